//! A second factor that its owner has lost: a code by email opens a recovery, every contact is told and can stop it, and
//! when the wait is over another code by email takes the factor away. Whoever still has the factor closes it by using it.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use idp_core::journey::{Method, Proof};
use idp_core::policy::{ContactEdit, UserClass};
use serde_json::json;
use uuid::Uuid;

use super::ending::{RECOVERY_READY, end_everything};
use super::mailed::{self, Recipient, Spending};
use super::notices;
use super::rules;
use super::standing::standing;
use super::transaction::{Transaction, hash};
use super::view::View;
use super::{Origin, Refusal, StepError};
use crate::app::{App, Purposes};
use crate::audit::{Actor, AuditEvent};
use crate::clients::ACCOUNT_PAGES;
use crate::page::Lang;
use crate::store::accounts::{Account, Contact};
use crate::store::outbox::{self, Outgoing};
use crate::store::recoveries::{self, NewRecovery};
use crate::store::recovery_codes::{MailedCode, Purpose};
use crate::store::{StoreError, Tx, account_status, accounts, budgets, contacts, proofs};

/// What recovery can do for somebody now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: the portal's help is who to ask.
    Closed,
    /// It can be begun.
    Open,
    /// It was begun; from that time on it can be ended by signing in with the password.
    Waiting(DateTime<Utc>),
    /// The wait is over.
    Ready,
}

/// What recovery can do for the person of this view: a resident with a proven address of their own, who has more than that
/// address to lose. It ends only where the password was typed in this very sign-in: a session is none.
///
/// # Errors
/// When the store fails.
pub async fn standing_of(app: &App, view: &View) -> Result<Standing, StoreError> {
    let Some(account) = view.account.as_ref() else { return Ok(Standing::Closed) };
    let proven = account.email.as_ref().is_some_and(|email| email.state == ContactState::Verified);
    let has_more = standing(app, account, &view.policy.countries).holds_more_than_email(view.policy.vouched_contacts);
    // A contact that only the portal may change is not put out of use by a recovery either: the portal's help is who to ask.
    // Contacts are the account's: what one of its clients locks is locked at all.
    let edit = rules::contact_edits(app, account, &view.policy).await?;
    let is_locked = |contact: &Option<Contact>, edit| {
        contact.as_ref().is_some_and(|contact| contact.owner.is_some() || edit == ContactEdit::Locked)
    };
    let locked = is_locked(&account.email, edit.email) || is_locked(&account.phone, edit.phone);
    let offered = proven && has_more && !locked && account.class == UserClass::Resident && app.channels().email;
    let typed = view.proofs.iter().any(|proof| proof.method == Method::Password);
    Ok(match account.recovery_ready_at {
        _ if !offered || view.first.is_by_mailbox() => Standing::Closed,
        None => Standing::Open,
        Some(at) if at <= app.clock.now() && typed => Standing::Ready,
        Some(at) => Standing::Waiting(at),
    })
}

/// What the recoveries of an account are counted by.
#[must_use]
pub fn mailbox_key(purposes: &Purposes, account: Uuid) -> [u8; 32] {
    purposes.addresses.tag(&[b"recovery", account.as_bytes()])
}

/// What a link that stops a recovery carries: worked out from its id, so that the database, which knows the hash, tells
/// none.
#[must_use]
pub fn stop_token(purposes: &Purposes, id: Uuid) -> String {
    let tag = purposes.codes.tag(&[b"stop-recovery", id.as_bytes()]);
    BASE64URL_NOPAD.encode(tag.get(..16).unwrap_or_default())
}

/// Asks for the code that begins or ends a recovery.
///
/// # Errors
/// [`Refusal::Sends`] where another was asked for a moment ago, or too many from this network address.
pub async fn ask(
    app: &App,
    view: &View,
    transaction: &Transaction,
    lang: Lang,
    origin: &Origin,
) -> Result<(), StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let destination = account.email.as_ref().map(|email| email.value.clone());
    let recipient = Recipient {
        mailbox: mailbox_key(&app.purposes, account.id),
        account: Some(account.id),
        destination,
        method: Purpose::Recovery.method(),
    };
    mailed::ask(app, transaction, Purpose::Recovery, recipient, lang, origin).await
}

/// What a right code came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// The wait has begun, or goes on.
    Waits(DateTime<Utc>),
    /// The lost factors are gone.
    Recovered,
}

/// Takes a right code: begins a recovery, or ends one whose wait is over, in one write.
///
/// # Errors
/// [`Refusal::CodeGone`] where the code was spent meanwhile; [`Refusal::NotIssued`] where nothing is to be recovered.
pub async fn enter(
    app: &App,
    view: &View,
    transaction: &Transaction,
    code: &MailedCode,
    origin: &Origin,
) -> Result<Entered, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let step = |kind| {
        let at = app.clock.now();
        let event = event(view, kind, origin, at);
        let (transaction, spending) = (transaction.id.clone(), Spending::of(app, code));
        Step { transaction, spending, code: code.clone(), told: Vec::new(), event, at }
    };
    let entered = match standing_of(app, view).await? {
        Standing::Closed => Err(Refusal::NotIssued.into()),
        Standing::Waiting(at) => Ok(Entered::Waits(at)),
        Standing::Open => begin(app, account, step("recovery.opened"), view).await,
        Standing::Ready => finish(app, account, step("recovery.used"), view).await,
    };
    app.outbox.notify_one();
    entered
}

fn event(view: &View, kind: &'static str, origin: &Origin, at: DateTime<Utc>) -> AuditEvent {
    let account = view.account.as_ref().map(|account| account.id);
    AuditEvent {
        actor: account.map_or(Actor::System, Actor::Account),
        account,
        client: Some(view.client.id.clone()),
        ..origin.event(at, kind)
    }
}

/// What either step of a recovery keeps besides: its code is spent, contacts are told, and the trail says so.
struct Step {
    transaction: String,
    code: MailedCode,
    spending: Spending,
    told: Vec<(Outgoing, DateTime<Utc>)>,
    event: AuditEvent,
    at: DateTime<Utc>,
}

impl Step {
    async fn spend_code(&self, tx: &mut Tx) -> Result<(), StepError> {
        self.spending.redeem(tx, &self.transaction, &self.code, self.at).await
    }

    async fn tell(self, tx: &mut Tx) -> Result<(), StoreError> {
        for (notice, due_at) in self.told {
            outbox::put(tx, notice, due_at).await?;
        }
        tx.audit(self.event);
        Ok(())
    }
}

async fn begin(app: &App, account: &Account, mut step: Step, view: &View) -> Result<Entered, StepError> {
    let at = step.at;
    let id = app.random.uuid(at);
    let stop_hash = hash(&stop_token(&app.purposes, id));
    let ready_at = at + TimeDelta::hours(i64::from(app.config.recovery.wait_hours));
    let new = NewRecovery { id, account: account.id, stop_hash, at, ready_at };
    let told = notices::of_recovery(app, view, "recovery-opened", Some(id), at).into_iter().map(|notice| (notice, at));
    let later = notices::of_recovery_ready(app, view, ready_at).into_iter().map(|notice| (notice, ready_at));
    step.told = told.chain(later).collect();
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                step.spend_code(tx).await?;
                // Of two that are opened at once one stands, and its contacts are told.
                if recoveries::open(tx, new).await? {
                    step.tell(tx).await?;
                }
                Ok::<_, StepError>(Entered::Waits(ready_at))
            })
        })
        .await
}

async fn finish(app: &App, account: &Account, mut step: Step, view: &View) -> Result<Entered, StepError> {
    let (account, at) = (account.id, step.at);
    let told = notices::of_recovery(app, view, "recovery-done", None, at);
    step.told = told.into_iter().map(|notice| (notice, at)).collect();
    let proof = Proof { method: Method::Factor(FactorId::Email), at };
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                step.spend_code(tx).await?;
                if !recoveries::use_up(tx, account, at).await? {
                    return Err(StepError::from(Refusal::AlreadyUsed));
                }
                account_status::reset_factors(tx, account, at).await?;
                contacts::doubt_phones(tx, account, at).await?;
                budgets::forget_factors(tx, account).await?;
                end_everything(tx, account, Some(&step.transaction), at).await?;
                // The code that was just typed is the code by email that an enrolment asks for first.
                proofs::give(tx, &step.transaction, account, &proof).await?;
                step.tell(tx).await?;
                Ok(Entered::Recovered)
            })
        })
        .await
}

/// When the recovery is ready that a link stops; `None` where it is stopped, used or no such link.
///
/// # Errors
/// When the store fails.
pub async fn to_stop(app: &App, token: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    recoveries::to_stop(&mut app.db.read().await?, hash(token)).await
}

/// Stops the recovery that a link is about, and tells every contact; `false` where there is none any more.
///
/// # Errors
/// When the store fails.
pub async fn stop(app: &App, token: &str, lang: Lang, origin: &Origin) -> Result<bool, StoreError> {
    let (stop_hash, at, shared) = (hash(token), app.clock.now(), app.clone());
    let mut event = origin.event(at, "recovery.stopped");
    let stopped = app.db.write(move |tx| {
        Box::pin(async move {
            let Some(id) = recoveries::stop(tx, stop_hash, at).await? else { return Ok(false) };
            outbox::call_off(tx, id, RECOVERY_READY).await?;
            if let Some(account) = accounts::by_id(tx, id, ACCOUNT_PAGES).await? {
                for notice in notices::to_contacts(&shared, &account, &(None, lang), "recovery-stopped", &json!({}), at)
                {
                    outbox::put(tx, notice, at).await?;
                }
            }
            event.account = Some(id);
            tx.audit(event);
            Ok(true)
        })
    });
    let stopped = stopped.await?;
    app.outbox.notify_one();
    Ok(stopped)
}
