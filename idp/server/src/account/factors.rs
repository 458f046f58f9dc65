//! Adding and removing second factors outside a sign-in.

use std::sync::Arc;

use idp_core::factor::FactorId;
use idp_core::journey::Method;
use idp_core::policy::{ContactEdit, removal_left_without};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::access::Inside;
use super::identities::is_last_way;
use super::{Raised, event, told};
use crate::app::App;
use crate::clients::{ACCOUNT_PAGES, Client};
use crate::factor::{FactorError, totp};
use crate::signin::ending::{end_others, still_signed_in};
use crate::signin::rules::Rules;
use crate::signin::standing::standing;
use crate::signin::{Origin, Refusal, StepError, ask};
use crate::store::accounts::Account;
use crate::store::enrolments::{self, Enrolment};
use crate::store::{account_changes, accounts, backup_codes, budgets, outbox, passkeys};

/// What an authenticator that is being set up is kept under: nobody's transaction, but this session's.
fn place(inside: &Inside) -> String {
    format!("account:{}", inside.session)
}

/// The secret of the authenticator that this session is setting up; begun at the first look, the same at every reload.
///
/// # Errors
/// When the store fails.
pub async fn new_app(app: &App, inside: &Inside) -> Result<Zeroizing<Vec<u8>>, StepError> {
    let found = enrolment(app, inside).await?;
    totp::open(&app.purposes.authenticators, inside.account.id, &found.secret).map_err(broken)
}

fn broken(error: FactorError) -> StepError {
    StepError::Broken(error.to_string())
}

async fn enrolment(app: &App, inside: &Inside) -> Result<Enrolment, StepError> {
    let (place, account, now) = (place(inside), inside.account.id, app.clock.now());
    if let Some(found) = enrolments::find(&mut app.db.read().await?, &place, account).await? {
        return Ok(found);
    }
    let secret = totp::new_secret(&app.random);
    let sealed = totp::seal(&app.purposes.authenticators, &app.random, account, secret.as_slice());
    let found = app.db.write(move |tx| {
        Box::pin(async move {
            enrolments::begin(tx, &place, account, sealed, now).await?;
            enrolments::find(tx, &place, account).await
        })
    });
    found.await?.ok_or_else(|| StepError::Broken("an enrolment that was just begun is gone".to_owned()))
}

/// Enables the authenticator that this session is setting up, in place of the one before, if `code` is one of its codes.
/// Gives the new value of the session's cookie; `None`: it is not, and that was counted.
///
/// # Errors
/// [`Refusal::Codes`] where the account has no try left; [`Refusal::CodeUsed`] where a code of that time was used.
pub async fn enable_app(app: &App, inside: &Inside, code: &str, origin: &Origin) -> Result<Option<String>, StepError> {
    let now = app.clock.now();
    let Enrolment { secret, .. } = enrolment(app, inside).await?;
    let opened = totp::open(&app.purposes.authenticators, inside.account.id, &secret).map_err(broken)?;
    let step = totp::step_of(&opened, code, now).map_err(broken)?;
    let (place, account, limits) = (place(inside), inside.account.id, ask::limits(app));
    let raised = Raised::by(app, inside, Method::Factor(FactorId::Totp));
    let replaces = inside.account.totp_secret.is_some();
    let kind = if step.is_some() { "factor.enrolled" } else { "factor.wrong" };
    let event = event(
        app,
        inside,
        origin,
        kind,
        json!({ "factor": FactorId::Totp, "replaces": replaces, "device": origin.device }),
    );
    let told = told(app, inside, "factor-added", &json!({ "factor": FactorId::Totp.to_string() }));
    let enabled = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                let Some(step) = step else {
                    let counted = budgets::spend_code(tx, account, false, 0, limits, now).await?;
                    tx.audit(event);
                    return if counted { Ok(None) } else { Err(Refusal::Codes(None).into()) };
                };
                if !budgets::spend_code(tx, account, true, step, limits, now).await? {
                    let used = budgets::totp_step(tx, account).await? >= step;
                    return Err(if used { Refusal::CodeUsed } else { Refusal::Codes(None) }.into());
                }
                enrolments::confirm(tx, &place, account, now).await?;
                if !enrolments::finish(tx, &place, account).await? {
                    return Err(Refusal::AlreadyUsed.into());
                }
                accounts::set_authenticator(tx, account, secret, now).await?;
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                raised.keep(tx).await.map(Some)
            })
        })
        .await;
    app.outbox.notify_one();
    enabled
}

/// What is to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// The authenticator app.
    App,
    /// The phone number for texts and calls.
    Phone,
    /// One passkey.
    Passkey(Uuid),
}

impl Removal {
    /// The factor that it is of.
    #[must_use]
    pub const fn factor(self) -> FactorId {
        match self {
            Self::App => FactorId::Totp,
            Self::Phone => FactorId::Sms,
            Self::Passkey(_) => FactorId::Passkey,
        }
    }

    const fn is_there(self, account: &Account) -> bool {
        match self {
            Self::App => account.totp_secret.is_some(),
            Self::Phone => account.phone.is_some(),
            Self::Passkey(_) => account.passkeys > 0,
        }
    }
}

/// Why a factor stays.
#[derive(Clone, Debug)]
pub enum Stays {
    /// The account does not have it.
    NotThere,
    /// This client asks for a second factor and would find none.
    Needed(Arc<Client>),
    /// The contact is not the account's own to change.
    Locked,
    /// The account could not be signed in to without it.
    LastWay,
}

/// Whether a factor may be removed from the account as it is here.
///
/// # Errors
/// Why not.
pub fn may_remove(app: &App, inside: &Inside, removal: Removal) -> Result<(), Stays> {
    may_be_without(app, &inside.rules, &inside.account, removal)
}

fn may_be_without(app: &App, rules: &Rules, account: &Account, removal: Removal) -> Result<(), Stays> {
    if !removal.is_there(account) {
        return Err(Stays::NotThere);
    }
    if removal == Removal::Phone && rules.policy.contact_edit.phone == ContactEdit::Locked {
        return Err(Stays::Locked);
    }
    let left_without =
        removal_left_without(&rules.policies, &standing(app, account, &rules.policy.countries), &removal.factor());
    match left_without.and_then(|place| rules.clients.get(place)) {
        Some(client) => Err(Stays::Needed(Arc::clone(client))),
        None => Ok(()),
    }
}

/// Whether the backup codes go with it: they come with an app or a passkey, and go with the last of them.
#[must_use]
pub fn takes_codes_along(account: &Account, removal: Removal) -> bool {
    let (app, passkeys) = (u32::from(account.totp_secret.is_some()), account.passkeys);
    removal != Removal::Phone && account.backup_codes_left() > 0 && app.saturating_add(passkeys) == 1
}

/// Removes a factor. The account is held while it is asked what it may be without, so that of two removals at the same time,
/// on whichever nodes, the second knows of the first.
///
/// # Errors
/// When the store fails.
pub async fn remove(
    app: &App,
    inside: &Inside,
    removal: Removal,
    origin: &Origin,
) -> Result<Result<(), Stays>, StepError> {
    let (account, rules, now) = (inside.account.id, inside.rules.clone(), app.clock.now());
    let (factor, judge) = (removal.factor(), app.clone());
    let mut details = json!({ "factor": factor });
    if let Removal::Passkey(id) = removal {
        details = json!({ "factor": factor, "passkey": id });
    }
    let event = event(app, inside, origin, "factor.removed", details);
    let told = told(app, inside, "factor-removed", &json!({ "factor": factor.to_string() }));
    let session = inside.session;
    let removed = app.db.try_write(move |tx| {
        Box::pin(async move {
            account_changes::hold(tx, account).await?;
            still_signed_in(tx, session).await?;
            let Some(held) = accounts::by_id(tx, account, ACCOUNT_PAGES).await? else {
                return Ok(Err(Stays::NotThere));
            };
            if let Err(stays) = may_be_without(&judge, &rules, &held, removal) {
                return Ok(Err(stays));
            }
            let signs_in = factor == FactorId::Passkey;
            if signs_in && is_last_way(tx, account).await? {
                return Ok(Err(Stays::LastWay));
            }
            let removed = match removal {
                Removal::App => account_changes::remove_app(tx, account).await?,
                Removal::Phone => account_changes::remove_phone(tx, account, now).await?,
                Removal::Passkey(id) => passkeys::remove(tx, account, id).await?,
            };
            if !removed {
                return Ok(Err(Stays::NotThere));
            }
            if held.passkeys == 1 && signs_in {
                account_changes::forget_use(tx, account, &factor).await?;
            }
            if signs_in {
                // Whoever came in with it is signed out, and does not finish coming in.
                end_others(tx, account, session, now).await?;
            }
            if takes_codes_along(&held, removal) {
                backup_codes::forget(tx, account).await?;
            }
            for notice in told {
                outbox::put(tx, notice, now).await?;
            }
            tx.audit(event);
            Ok(Ok(()))
        })
    });
    let removed: Result<_, StepError> = removed.await;
    app.outbox.notify_one();
    removed
}
