//! Codes by email outside the second factors. Who asks for one is told the same, and costs the same statements and no
//! message's time, whether or not there is an account.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::policy::CodePolicy;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::address::{self, Spent};
use super::outbox::{self, DIGITS};
use super::transaction::Transaction;
use super::{Origin, Refusal, StepError};
use crate::app::{App, Purposes};
use crate::audit::AuditEvent;
use crate::factor::code::{self, Binding};
use crate::page::Lang;
use crate::store::budgets::{self, SignInLimits};
use crate::store::outbox::SendAs;
use crate::store::recovery_codes::{self, Ask, MailedCode, Purpose};
use crate::store::{StoreError, Tx};

/// The most messages to one mailbox in an hour.
const MAILS_AN_HOUR: i64 = 3;
/// The least time between two messages of one transaction.
pub const COOLDOWN: TimeDelta = TimeDelta::seconds(30);
/// The most tries of one code.
pub const TRIES: i64 = 5;
/// For how many minutes a code works.
pub const MINUTES: u32 = DIGITS.ttl_seconds.div_ceil(60);

/// Whom a code is asked for, and what they are told.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The tag of the address that was typed, under a key that is not in the database.
    pub mailbox: [u8; 32],
    /// Whose it is, if it is anybody's.
    pub account: Option<Uuid>,
    /// Where the message goes, if one may.
    pub destination: Option<String>,
    /// Which message: [`Purpose::method`] or one that says why there is no code.
    pub method: &'static str,
}

/// Asks for a code. Nobody waits for its message, which would tell that there is one.
///
/// # Errors
/// [`Refusal::Sends`] where another was asked for a moment ago, or too many from this network address.
pub async fn ask(
    app: &App,
    transaction: &Transaction,
    purpose: Purpose,
    recipient: Recipient,
    lang: Lang,
    origin: &Origin,
) -> Result<(), StepError> {
    address::spend(app, origin, Spent::Message).await.map_err(Refusal::Sends)?;
    let now = app.clock.now();
    let carried = app.channels().email && recipient.destination.is_some();
    let mut ask = Ask {
        transaction: transaction.id.clone(),
        purpose,
        mailbox: recipient.mailbox,
        account: recipient.account,
        method: recipient.method,
        destination: recipient.destination,
        challenge: app.random.uuid(now),
        at: now,
        expires_at: now + TimeDelta::seconds(i64::from(DIGITS.ttl_seconds)),
        message: app.random.uuid(now),
        due_at: None,
        send_as: SendAs {
            client: Some(transaction.request.client_id.clone()),
            entry: transaction.came_by().to_owned(),
            lang: lang.code().to_owned(),
            wording: "default".to_owned(),
            code: Some(DIGITS),
        },
        max_tries: TRIES,
        sent_before: now - COOLDOWN,
    };
    let event = AuditEvent {
        account: recipient.account,
        client: Some(transaction.request.client_id.clone()),
        details: serde_json::json!({ "purpose": purpose.as_str() }),
        ..origin.event(now, "recovery.code_asked")
    };
    let budget = budget_key(&app.purposes, b"mailed", purpose, &recipient.mailbox);
    let limits = SignInLimits { per_window: MAILS_AN_HOUR, window: TimeDelta::hours(1), in_row: i64::MAX };
    let outgoing = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                if budgets::reserve_sign_in(tx, budget, limits, now).await?.is_some() {
                    ask.due_at = carried.then_some(now + outbox::LEASE);
                    recovery_codes::supersede(tx, ask.mailbox, purpose, &ask.transaction, now).await?;
                }
                let Some(outgoing) = recovery_codes::ask(tx, ask).await? else {
                    return Err(StepError::from(Refusal::Sends(now + COOLDOWN)));
                };
                tx.audit(event);
                Ok(outgoing)
            })
        })
        .await?;
    if let Some(outgoing) = outgoing {
        let app = app.clone();
        tokio::spawn(async move { outbox::promptly(&app, outgoing).await });
    }
    Ok(())
}

/// What guesses and messages of one mailbox are counted by.
fn budget_key(purposes: &Purposes, kind: &[u8], purpose: Purpose, mailbox: &[u8]) -> [u8; 32] {
    purposes.addresses.tag(&[kind, purpose.as_str().as_bytes(), mailbox])
}

/// What the wrong codes of one mailbox are counted by.
#[must_use]
pub fn guess_key(purposes: &Purposes, purpose: Purpose, mailbox: &[u8]) -> [u8; 32] {
    budget_key(purposes, b"mailed-guess", purpose, mailbox)
}

/// What a typed code is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Right; it passes once it is counted.
    Right,
    /// Wrong, and counted; whether the code has no try left now.
    Wrong {
        /// Whether another code must be asked for.
        spent: bool,
    },
    /// No code works now, whatever was typed.
    Gone,
}

/// The code that a transaction has asked for.
///
/// # Errors
/// When the store fails.
pub async fn find(app: &App, transaction: &Transaction, purpose: Purpose) -> Result<Option<MailedCode>, StoreError> {
    recovery_codes::find(&mut app.db.read().await?, &transaction.id, purpose).await
}

/// Compares a typed code; a wrong one is counted. A code that nobody was sent is never right.
///
/// # Errors
/// When the store fails.
pub async fn check(
    app: &App,
    transaction: &Transaction,
    code: &MailedCode,
    typed: &str,
    origin: &Origin,
) -> Result<Checked, StepError> {
    let now = app.clock.now();
    if code.spent || code.expires_at <= now || code.tries >= TRIES {
        return Ok(Checked::Gone);
    }
    let binding = Binding {
        challenge: code.challenge,
        transaction: &transaction.id,
        account: code.account.unwrap_or_default(),
        factor: code.purpose.method(),
        destination: code.destination.as_deref().unwrap_or_default(),
    };
    let expected = code::derive(&app.purposes.codes, &binding, &CodePolicy::default());
    let right = bool::from(expected.expose_secret().as_bytes().ct_eq(typed.as_bytes()));
    if right && code.destination.is_some() {
        return Ok(Checked::Right);
    }
    let event = AuditEvent {
        account: code.account,
        client: Some(transaction.request.client_id.clone()),
        details: serde_json::json!({ "purpose": code.purpose.as_str() }),
        ..origin.event(now, "recovery.code_wrong")
    };
    let (id, tried, spending) = (transaction.id.clone(), code.clone(), Spending::of(app, code));
    let counted = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let counted = spending.guess(tx, now).await?
                    && recovery_codes::try_code(tx, &id, &tried, false, TRIES, now).await?;
                tx.audit(event);
                Ok(counted)
            })
        })
        .await?;
    Ok(if counted { Checked::Wrong { spent: code.tries + 1 >= TRIES } } else { Checked::Gone })
}

/// The durable count of the wrong codes of one mailbox: of a hundred in a row none passes before an administrator helps.
/// It is another than those of passwords and second factors, so that none of the three locks another.
#[derive(Clone, Copy, Debug)]
pub struct Spending {
    key: [u8; 32],
    limits: SignInLimits,
}

impl Spending {
    /// The count that this code is under.
    #[must_use]
    pub fn of(app: &App, code: &MailedCode) -> Self {
        let limits = SignInLimits {
            per_window: i64::MAX,
            window: TimeDelta::hours(1),
            in_row: i64::from(app.config.limits.wrong_codes_in_a_row),
        };
        Self { key: guess_key(&app.purposes, code.purpose, &code.mailbox), limits }
    }

    async fn guess(self, tx: &mut Tx, at: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(budgets::reserve_sign_in(tx, self.key, self.limits, at).await?.is_some())
    }

    /// Spends a right code, in this write, and forgets the wrong ones before it.
    ///
    /// # Errors
    /// [`Refusal::CodeGone`] where it was spent meanwhile, or replaced; the write must then be rolled back.
    pub async fn redeem(
        self,
        tx: &mut Tx,
        transaction: &str,
        code: &MailedCode,
        at: DateTime<Utc>,
    ) -> Result<(), StepError> {
        let passes =
            self.guess(tx, at).await? && recovery_codes::try_code(tx, transaction, code, true, TRIES, at).await?;
        if !passes {
            return Err(Refusal::CodeGone.into());
        }
        budgets::forget_sign_in(tx, self.key).await?;
        Ok(())
    }
}
