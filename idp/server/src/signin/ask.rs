//! Asking for a code: which, where to, how often, and the message that carries it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::Proof;
use idp_core::policy::{CodePolicy, Policy};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{Refusal, StepError};
use crate::app::App;
use crate::delivery::Message;
use crate::factor::code::{self, Binding};
use crate::factor::{Asking, Cx};
use crate::page::{self, Lang};
use crate::store::accounts::Account;
use crate::store::budgets::{self, FactorLimits};
use crate::store::proofs::{self, Ask, Challenge};
use crate::store::{StoreError, Tx};

/// How long a page waits for a message to be handed over before it goes on without knowing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Limits on second factors, from the configuration.
#[must_use]
pub fn limits(app: &App) -> FactorLimits {
    let limits = &app.config.limits;
    FactorLimits {
        per_hour: i64::from(limits.wrong_codes_per_hour),
        in_row: i64::from(limits.wrong_codes_in_a_row),
        unanswered_sends: i64::from(limits.unanswered_per_number_per_day),
    }
}

/// A code that is to be asked for, and the limits it is under.
#[derive(Clone, Debug)]
pub struct Asked {
    ask: Ask,
    limits: FactorLimits,
    code: CodePolicy,
    block_for: TimeDelta,
}

/// What asking came to, once it is durable.
#[derive(Clone, Debug)]
pub struct ToSend {
    /// The challenge whose code is to be sent.
    pub challenge: Challenge,
    transaction: String,
    account: Uuid,
    code: CodePolicy,
}

/// Prepares to ask `account` for a code by `factor`; `None` for a factor that sends nothing.
///
/// # Errors
/// The account does not have the factor.
pub fn prepare(
    app: &App,
    transaction: &str,
    account: &Account,
    policy: &Policy,
    factor: &FactorId,
) -> Result<Option<Asked>, StepError> {
    let now = app.clock.now();
    let found = app.factors.get(factor).ok_or_else(|| StepError::Broken(format!("no factor {factor}")))?;
    let cx = Cx { account, authenticators: &app.purposes.authenticators, now };
    let asking = found.ask(cx).map_err(|error| StepError::Broken(error.to_string()))?;
    let Asking::Send { to, .. } = asking else { return Ok(None) };
    let code = policy.code.of(factor).copied().unwrap_or_default();
    let ask = Ask {
        transaction: transaction.to_owned(),
        account: account.id,
        factor: factor.clone(),
        destination: to,
        challenge: app.random.uuid(now),
        expires_at: now + seconds(code.ttl_seconds),
        at: now,
        sent_before: now - seconds(code.resend_cooldown_seconds),
        max_sends: i64::from(code.max_sends),
        max_tries: i64::from(code.max_tries),
    };
    let block_for = seconds(app.config.limits.send_block_seconds);
    Ok(Some(Asked { ask, limits: limits(app), code, block_for }))
}

fn seconds(n: u32) -> TimeDelta {
    TimeDelta::seconds(i64::from(n))
}

/// What the store knows of the code that is being asked for when it is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// There is a code that works: it is sent again, as it is.
    Repeat,
    /// There is none, or one that works no more.
    New,
}

impl Asked {
    /// Whether `challenge` still works and is therefore repeated.
    #[must_use]
    pub fn live(&self, challenge: Option<&Challenge>) -> Live {
        match challenge {
            Some(c) if c.expires_at > self.ask.at && c.tries < self.ask.max_tries => Live::Repeat,
            _ => Live::New,
        }
    }

    /// Counts the send and asks, in this write.
    ///
    /// # Errors
    /// [`Refusal::Sends`] where nothing may be sent; the write must then be rolled back, and [`Asked::block`] called
    /// if there were too many.
    pub async fn carry_out(&self, tx: &mut Tx, before: Option<Challenge>) -> Result<ToSend, StepError> {
        let ask = &self.ask;
        self.spend(tx).await?;
        let challenge = match before {
            Some(challenge) if self.live(Some(&challenge)) == Live::Repeat => {
                let (factor, at) = (&ask.factor, ask.at);
                if !proofs::resend(tx, &ask.transaction, factor, at, ask.sent_before, ask.max_sends).await? {
                    return Err(self.too_soon(&challenge).into());
                }
                challenge
            }
            before => {
                if !proofs::ask(tx, ask.clone()).await? {
                    return Err(before.map_or(Refusal::AlreadyUsed, |c| self.too_soon(&c)).into());
                }
                self.first()
            }
        };
        Ok(self.to_send(challenge))
    }

    /// As [`Asked::carry_out`] in a transaction that nothing is known of yet, together with its first proof.
    ///
    /// # Errors
    /// As [`Asked::carry_out`]; [`Refusal::AlreadyUsed`] where something is known of it after all.
    pub async fn carry_out_first(&self, tx: &mut Tx, proof: &Proof) -> Result<ToSend, StepError> {
        self.spend(tx).await?;
        if proofs::give_and_ask(tx, proof, self.ask.clone()).await? {
            Ok(self.to_send(self.first()))
        } else {
            Err(Refusal::AlreadyUsed.into())
        }
    }

    async fn spend(&self, tx: &mut Tx) -> Result<(), StepError> {
        let may_send = budgets::spend_send(tx, self.ask.account, self.limits, self.ask.at).await?;
        if may_send { Ok(()) } else { Err(Refusal::Sends(self.ask.at + self.block_for).into()) }
    }

    fn first(&self) -> Challenge {
        let ask = &self.ask;
        Challenge {
            factor: ask.factor.clone(),
            id: ask.challenge,
            destination: ask.destination.clone(),
            expires_at: ask.expires_at,
            last_sent_at: ask.at,
            sends: 1,
            tries: 0,
        }
    }

    fn to_send(&self, challenge: Challenge) -> ToSend {
        let Ask { transaction, account, .. } = &self.ask;
        ToSend { challenge, transaction: transaction.clone(), account: *account, code: self.code }
    }

    fn too_soon(&self, challenge: &Challenge) -> Refusal {
        if challenge.sends >= self.ask.max_sends {
            Refusal::Sends(self.ask.at + self.block_for)
        } else {
            Refusal::Sends(challenge.last_sent_at + seconds(self.code.resend_cooldown_seconds))
        }
    }

    /// Blocks further sends to this account where `refusal` says that there were too many. Gives the time at which
    /// another can be asked for.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn block(&self, app: &App, until: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
        if until < self.ask.at + self.block_for {
            return Ok(until);
        }
        let (account, now) = (self.ask.account, self.ask.at);
        app.db.write(move |tx| Box::pin(async move { budgets::block_sends(tx, account, until, now).await })).await
    }
}

/// The code of a challenge.
#[must_use]
pub fn code_of(
    app: &App,
    transaction: &str,
    account: Uuid,
    challenge: &Challenge,
    policy: &CodePolicy,
) -> SecretString {
    let factor = challenge.factor.to_string();
    let binding =
        Binding { challenge: challenge.id, transaction, account, factor: &factor, destination: &challenge.destination };
    code::derive(&app.purposes.codes, &binding, policy)
}

/// Hands the message over. A slow sender is left to finish by itself; `false` where it is known that nothing was sent.
pub async fn send(app: &App, to_send: ToSend, lang: Lang, wording: &str, service: &str) -> bool {
    let Some(sender) = app.mail.clone() else { return false };
    let code = code_of(app, &to_send.transaction, to_send.account, &to_send.challenge, &to_send.code);
    let minutes = to_send.code.ttl_seconds.div_ceil(60);
    let text = |key: &'static str| {
        let message = page::Message::new(key)
            .with("code", code.expose_secret())
            .with("minutes", minutes)
            .with("service", service)
            .with("council", app.config.brand.council.as_str());
        app.pages.text(lang, wording, &message)
    };
    let (subject, body) = match (text("mail-code-subject"), text("mail-code-body")) {
        (Ok(subject), Ok(body)) => (subject, body),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "a message could not be written");
            return false;
        }
    };
    let message = Message {
        to: to_send.challenge.destination.clone(),
        channel: to_send.challenge.factor.clone(),
        subject,
        body,
        locale: lang.code().to_owned(),
        code: Some(code),
        reference: to_send.challenge.id.to_string(),
    };
    let handing_over = tokio::spawn(async move {
        let outcome = sender.send(&message).await;
        if let Err(error) = &outcome {
            tracing::warn!(%error, sender = sender.name(), reference = message.reference, "a message was not taken");
        }
        metrics::counter!("messages_accepted_total", "channel" => message.channel.to_string())
            .increment(u64::from(outcome.is_ok()));
        outcome.is_ok()
    });
    match tokio::time::timeout(PATIENCE, handing_over).await {
        Ok(Ok(taken)) => taken,
        // Still on its way: the page says where to look, and how to ask again.
        Err(_) => true,
        Ok(Err(_)) => false,
    }
}
