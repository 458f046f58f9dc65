//! Passkeys: signing in with one alone, making one within a sign-in, and what its owner does with it. Using one as a
//! second factor is a factor like any other.
//!
//! Who signs in with a passkey alone is not known before the answer, and a page that anybody may open must not cost a
//! write. So that challenge travels sealed in the page, bound to the transaction and its owner, and is written down when
//! it is spent.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::PasskeyUse;
use idp_core::policy::{Policy, SignInMethod};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::address::{self, Spent};
use super::advance::Done;
use super::transaction::{Transaction, hash};
use super::view::{View, may_sign_in};
use super::{Origin, Refusal, StepError, pose};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::factor::passkey::ceremony::{Ceremonies, Person, Refused, read_use};
use crate::factor::passkey::evidence;
use crate::factor::{Evidence, Posed};
use crate::store::accounts::Account;
use crate::store::passkeys::{self, NewPasskey, Passkey};
use crate::store::{StoreError, Tx};

/// The longest name of a passkey, in characters.
pub const LONGEST_NAME: usize = 60;

/// A challenge of a page where nobody has said who they are.
#[derive(Clone, Debug)]
pub struct Open {
    /// What the browser is told.
    pub shown: Value,
    /// What its form sends back.
    pub sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    state: Vec<u8>,
    posed_at: DateTime<Utc>,
}

fn ceremonies(app: &App) -> Result<&Ceremonies, StepError> {
    app.ceremonies.as_ref().ok_or_else(|| StepError::Broken("this installation takes no passkeys".to_owned()))
}

/// Whether a passkey alone signs in at a client of this policy.
#[must_use]
pub fn signs_in(app: &App, policy: &Policy) -> bool {
    app.ceremonies.is_some() && policy.sign_in.contains(&SignInMethod::Passkey)
}

fn context(transaction: &Transaction) -> [&[u8]; 3] {
    let owner = transaction.owner.as_ref().map_or(&[][..], |owner| owner.as_slice());
    [b"passkey-alone", transaction.id.as_bytes(), owner]
}

/// A challenge that anybody's passkey may answer.
///
/// # Errors
/// Only a mistake of ours.
pub fn open_challenge(app: &App, transaction: &Transaction) -> Result<Open, StepError> {
    let broken = |error: &dyn std::fmt::Display| StepError::Broken(error.to_string());
    let (state, shown) = ceremonies(app)?.begin_use(&[], true).map_err(|error| broken(&error))?;
    let sealed = Sealed { state, posed_at: app.clock.now() };
    let sealed = app.purposes.challenges.seal_json(&app.random, &context(transaction), &sealed);
    Ok(Open { shown, sealed: sealed.map_err(|error| broken(&error))? })
}

/// What an answer to an open challenge is worth.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Right: whose passkey it is, and the step to take.
    Right(Box<Account>, Box<Done>),
    /// Not accepted.
    Refused,
    /// Too many failures from this address; none is evaluated before that time.
    AddressThrottled(DateTime<Utc>),
}

/// Evaluates an answer to an open challenge: `sealed` as the page had it, `answer` as the browser's script wrote it.
///
/// # Errors
/// When the store fails.
pub async fn evaluate(
    app: &App,
    view: &View,
    transaction: &Transaction,
    (sealed, answer): (&str, &str),
    origin: &Origin,
) -> Result<Outcome, StepError> {
    let _attempt = match address::attempt(app, origin, Spent::Password).await {
        Ok(attempt) => attempt,
        Err(until) => return Ok(Outcome::AddressThrottled(until)),
    };
    let Ok(kept) = app.purposes.challenges.open_json::<Sealed>(&context(transaction), sealed) else {
        return Ok(Outcome::Refused);
    };
    let (now, expires_at) = (app.clock.now(), kept.posed_at + pose::LIFE);
    let Ok(answer) = read_use(answer) else { return Ok(Outcome::Refused) };
    if expires_at <= now {
        return Ok(Outcome::Refused);
    }
    let found = passkeys::by_credential(&mut app.db.read().await?, answer.get_credential_id(), &view.client.id).await?;
    let Some((passkey, account)) = found.filter(|(_, account)| may_sign_in(&view.client, account)) else {
        return Ok(Outcome::Refused);
    };
    match ceremonies(app)?.finish_use(&kept.state, &answer, &passkey, true) {
        Ok(shown) => {
            address::give_back(app, origin, Spent::Password).await;
            let done = Done::Passkey {
                evidence: evidence(&passkey, shown, true),
                challenge: hash(sealed),
                expires_at: expires_at + TimeDelta::minutes(1),
            };
            Ok(Outcome::Right(Box::new(account), Box::new(done)))
        }
        Err(refused) => {
            note_refused(app, view, account.id, &passkey, &refused, origin).await?;
            Ok(Outcome::Refused)
        }
    }
}

/// Writes down that a passkey of an account was not accepted.
async fn note_refused(
    app: &App,
    view: &View,
    account: Uuid,
    passkey: &Passkey,
    refused: &Refused,
    origin: &Origin,
) -> Result<(), StoreError> {
    tracing::info!(%refused, "a passkey was not accepted");
    let kind = if *refused == Refused::Cloned { CLONED } else { "sign_in.passkey_wrong" };
    let event = event(app, view, account, kind, serde_json::json!({ "passkey": passkey.id }), origin);
    note(app, event).await
}

/// The event that says that there may be a copy of a passkey.
const CLONED: &str = "passkey.sign_count_regressed";

fn event(app: &App, view: &View, account: Uuid, kind: &'static str, details: Value, origin: &Origin) -> AuditEvent {
    AuditEvent {
        actor: Actor::Account(account),
        account: Some(account),
        client: Some(view.client.id.clone()),
        details,
        ..origin.event(app.clock.now(), kind)
    }
}

async fn note(app: &App, event: AuditEvent) -> Result<(), StoreError> {
    if event.kind == CLONED {
        metrics::counter!("passkey_copies_suspected_total").increment(1);
    }
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.audit(event);
                Ok(())
            })
        })
        .await
}

/// Writes down that the sign count of a passkey did not grow: somebody may have a copy of it.
///
/// # Errors
/// When the store fails.
pub async fn note_clone(app: &App, view: &View, origin: &Origin) -> Result<(), StepError> {
    let Some(account) = view.account.as_ref() else { return Ok(()) };
    note(app, event(app, view, account.id, CLONED, serde_json::json!({}), origin)).await?;
    Ok(())
}

/// What a passkey of this account is to be called if its owner does not say: its number.
#[must_use]
pub fn number_of_next(account: &Account) -> u32 {
    account.passkeys.saturating_add(1)
}

/// The options for making a passkey within a sign-in.
///
/// # Errors
/// [`Refusal::AlreadyUsed`] where one was made in this transaction already.
pub async fn begin_making(app: &App, view: &View, transaction: &Transaction) -> Result<Value, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let (id, proposed) = (account.id, random_handle(app));
    let handle = app.db.write(move |tx| Box::pin(async move { passkeys::handle(tx, id, proposed).await })).await?;
    let held = pose::held(app, account, &FactorId::Passkey).await?;
    let name = account.email.as_ref().map_or(account.sub.as_str(), |email| email.value.as_str());
    let discoverable = signs_in(app, &view.policy);
    pose::pose_set_up(app, view, transaction, &FactorId::Passkey, || {
        let person = Person { handle, name };
        let posed = ceremonies(app)?.begin_making(person, &held, discoverable);
        let (state, shown) = posed.map_err(|error| StepError::Broken(error.to_string()))?;
        Ok(Posed { state, shown })
    })
    .await
}

/// 128 bits that are nobody's until they are stored.
fn random_handle(app: &App) -> Uuid {
    uuid::Builder::from_random_bytes(app.random.bytes()).into_uuid()
}

/// The step that an answer to [`begin_making`] is worth; `None` where it is not accepted.
#[must_use]
pub fn finish_making(app: &App, view: &View, transaction: &Transaction, name: String, answer: &str) -> Option<Done> {
    let account = view.account.as_ref()?;
    let challenge = view.set_up_challenge(&FactorId::Passkey)?.clone();
    let state = pose::state_of(app, transaction, account.id, Some(&challenge))?;
    let made = app.ceremonies.as_ref()?.finish_making(&state, answer);
    let made = made.inspect_err(|refused| tracing::info!(%refused, "a new passkey was not accepted")).ok()?;
    let new = NewPasskey {
        id: app.random.uuid(app.clock.now()),
        credential_id: made.credential_id,
        credential: made.credential,
        name,
        sign_count: i64::from(made.shown.sign_count),
        backed_up: made.shown.backed_up,
        user_verified: made.shown.verified,
    };
    let shown = PasskeyUse { alone: false, verified: made.shown.verified, bound: made.shown.bound };
    Some(Done::PasskeyMade { challenge, new: Box::new(new), shown })
}

/// A name as it is kept: trimmed, without control characters, not longer than [`LONGEST_NAME`]; `None` where nothing is
/// left.
#[must_use]
pub fn name_of(typed: &str) -> Option<String> {
    let kept = typed.chars().filter(|c| !c.is_control()).collect::<String>();
    let name = kept.trim().chars().take(LONGEST_NAME).collect::<String>();
    (!name.is_empty()).then_some(name)
}

/// Uses a passkey up, in this write.
///
/// # Errors
/// [`Refusal::PasskeyCopied`] where its sign count did not grow, or it is gone.
pub async fn use_up(tx: &mut Tx, account: Uuid, evidence: &Evidence, at: DateTime<Utc>) -> Result<(), StepError> {
    let Evidence::Passkey { used, .. } = evidence else { return Ok(()) };
    if passkeys::use_up(tx, account, *used, at).await? { Ok(()) } else { Err(Refusal::PasskeyCopied.into()) }
}

/// The passkeys of an account, oldest first.
///
/// # Errors
/// When the store fails.
pub async fn list(app: &App, account: Uuid) -> Result<Vec<Passkey>, StepError> {
    Ok(passkeys::of_account(&mut app.db.read().await?, account).await?)
}

/// Gives one of an account's passkeys another name; `false` where it has no such passkey or the name is empty.
///
/// # Errors
/// When the store fails.
pub async fn rename(app: &App, account: Uuid, id: Uuid, typed: &str, origin: &Origin) -> Result<bool, StepError> {
    let Some(name) = name_of(typed) else { return Ok(false) };
    let event = owners_event(app, account, id, "passkey.renamed", origin);
    let renamed = app.db.write(move |tx| {
        Box::pin(async move {
            let renamed = passkeys::rename(tx, account, id, &name).await?;
            if renamed {
                tx.audit(event);
            }
            Ok(renamed)
        })
    });
    Ok(renamed.await?)
}

/// Takes one of an account's passkeys away; `false` where it has no such passkey. Whether the account may be left
/// without it is the caller's to ask first.
///
/// # Errors
/// When the store fails.
pub async fn remove(app: &App, account: Uuid, id: Uuid, origin: &Origin) -> Result<bool, StepError> {
    let event = owners_event(app, account, id, "factor.removed", origin);
    let removed = app.db.write(move |tx| {
        Box::pin(async move {
            let removed = passkeys::remove(tx, account, id).await?;
            if removed {
                tx.audit(event);
            }
            Ok(removed)
        })
    });
    Ok(removed.await?)
}

fn owners_event(app: &App, account: Uuid, id: Uuid, kind: &'static str, origin: &Origin) -> AuditEvent {
    AuditEvent {
        actor: Actor::Account(account),
        account: Some(account),
        details: serde_json::json!({ "factor": FactorId::Passkey, "passkey": id }),
        ..origin.event(app.clock.now(), kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_wa5_a_name_is_plain_text_of_sixty_characters() {
        assert_eq!(name_of("  My phone\n").as_deref(), Some("My phone"));
        assert_eq!(name_of(" \t "), None);
        assert_eq!(name_of("\u{0}").as_deref(), None);
        assert_eq!(name_of(&"é".repeat(100)).map(|name| name.chars().count()), Some(LONGEST_NAME));
    }
}
