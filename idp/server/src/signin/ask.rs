//! Asking for a code: which, where to, and how often. The message that carries it is committed with it, and leaves
//! through [`super::outbox`].

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::Proof;
use idp_core::policy::{CodePolicy, Policy};
use secrecy::SecretString;
use uuid::Uuid;

use super::outbox;
use super::transaction::Transaction;
use super::{Refusal, StepError};
use crate::app::App;
use crate::factor::code::{self, Binding};
use crate::factor::{Asking, Cx};
use crate::page::Lang;
use crate::store::accounts::Account;
use crate::store::budgets::{self, FactorLimits};
use crate::store::challenges::{self, Ask};
use crate::store::outbox::{CodeShape, Outgoing, SendAs, Subject};
use crate::store::proofs::{Challenge, method_of};
use crate::store::{StoreError, Tx};

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

/// Who asks for a code, and in which words its message is written.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// Who is charged for a text or call.
    pub billed: Option<&'a str>,
    /// The account.
    pub account: &'a Account,
    /// The client's policy.
    pub policy: &'a Policy,
    /// The language of the page.
    pub lang: Lang,
}

/// Prepares to ask for a code by `factor`; `None` for a factor that sends nothing.
///
/// # Errors
/// The account does not have the factor.
pub fn prepare(app: &App, asker: Asker<'_>, factor: &FactorId) -> Result<Option<Asked>, StepError> {
    let found = app.factors.get(factor).ok_or_else(|| StepError::Broken(format!("no factor {factor}")))?;
    let cx = factor_cx(app, asker.account);
    match found.ask(cx).map_err(|error| StepError::Broken(error.to_string()))? {
        Asking::Send { to, .. } => Ok(Some(asked(app, asker, factor, to, false))),
        Asking::Held | Asking::Pose => Ok(None),
    }
}

/// What a factor may look at while it works for this account, before any credential of its own was read.
#[must_use]
pub fn factor_cx<'a>(app: &'a App, account: &'a Account) -> Cx<'a> {
    Cx {
        account,
        authenticators: &app.purposes.authenticators,
        backup_codes: &app.purposes.backup_codes,
        passkeys: &[],
        verified: false,
        occasion: None,
        now: app.clock.now(),
    }
}

/// Prepares to ask for the code that proves `destination`, a contact that is being set up for `factor`.
#[must_use]
pub fn prepare_set_up(app: &App, asker: Asker<'_>, factor: &FactorId, destination: String) -> Asked {
    asked(app, asker, factor, destination, true)
}

fn asked(app: &App, asker: Asker<'_>, factor: &FactorId, destination: String, sets_up: bool) -> Asked {
    let now = app.clock.now();
    let Asker { transaction, billed, account, policy, lang } = asker;
    // What the account pages send by email is no client's.
    let billed = billed.filter(|_| !transaction.is_for_account_pages() || factor.is_by_phone());
    let code = policy.code.of(factor).copied().unwrap_or_default();
    let shape = CodeShape {
        alphabet: code.alphabet,
        length: code.length,
        ttl_seconds: code.ttl_seconds,
        keypress: policy.voice_keypress,
    };
    let ask = Ask {
        transaction: transaction.id.clone(),
        account: account.id,
        factor: factor.clone(),
        sets_up,
        destination,
        challenge: app.random.uuid(now),
        expires_at: now + seconds(code.ttl_seconds),
        at: now,
        sent_before: now - seconds(code.resend_cooldown_seconds),
        max_sends: i64::from(code.max_sends),
        max_tries: i64::from(code.max_tries),
        message: app.random.uuid(now),
        send_as: SendAs {
            client: billed.map(str::to_owned),
            entry: transaction.came_by().to_owned(),
            lang: lang.code().to_owned(),
            wording: policy.wording.clone(),
            code: Some(shape),
        },
        due_at: now + outbox::LEASE,
    };
    let block_for = seconds(app.config.limits.send_block_seconds);
    Asked { ask, limits: limits(app), code, block_for }
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
            Some(c)
                if c.expires_at > self.ask.at
                    && c.tries < self.ask.max_tries
                    && c.destination == self.ask.destination =>
            {
                Live::Repeat
            }
            _ => Live::New,
        }
    }

    /// Counts the send and asks, in this write.
    ///
    /// # Errors
    /// [`Refusal::Sends`] where nothing may be sent; the write must then be rolled back, and [`Asked::block`] called
    /// if there were too many.
    pub async fn carry_out(&self, tx: &mut Tx, before: Option<Challenge>) -> Result<Outgoing, StepError> {
        self.spend(tx).await?;
        let (challenge, expires_at) = match before {
            Some(challenge) if self.live(Some(&challenge)) == Live::Repeat => {
                if !challenges::resend(tx, self.ask.clone()).await? {
                    return Err(self.too_soon(&challenge).into());
                }
                (challenge.id, challenge.expires_at)
            }
            before => {
                if !challenges::ask(tx, self.ask.clone()).await? {
                    return Err(before.map_or(Refusal::AlreadyUsed, |c| self.too_soon(&c)).into());
                }
                (self.ask.challenge, self.ask.expires_at)
            }
        };
        Ok(self.outgoing(challenge, expires_at))
    }

    /// As [`Asked::carry_out`] in a transaction that nothing is known of yet, together with its first proof.
    ///
    /// # Errors
    /// As [`Asked::carry_out`]; [`Refusal::AlreadyUsed`] where something is known of it after all.
    pub async fn carry_out_first(&self, tx: &mut Tx, proof: &Proof) -> Result<Outgoing, StepError> {
        self.spend(tx).await?;
        if challenges::give_and_ask(tx, proof, self.ask.clone()).await? {
            Ok(self.outgoing(self.ask.challenge, self.ask.expires_at))
        } else {
            Err(Refusal::AlreadyUsed.into())
        }
    }

    /// Refuses what was just asked for, in this write, where all channels of its transaction together have sent too much or
    /// too lately: they share the limits of the one that is used. The account's row is held by then, so that no other node
    /// sends meanwhile.
    ///
    /// # Errors
    /// [`Refusal::Sends`]; the write must then be rolled back.
    pub async fn share(&self, tx: &mut Tx) -> Result<(), StepError> {
        let (sends, lately) = challenges::sends_of_all(tx, &self.ask).await?;
        if sends > self.ask.max_sends {
            return Err(Refusal::Sends(self.ask.at + self.block_for).into());
        }
        let pause = seconds(self.code.resend_cooldown_seconds);
        if lately { Err(Refusal::Sends(self.ask.at + pause).into()) } else { Ok(()) }
    }

    async fn spend(&self, tx: &mut Tx) -> Result<(), StepError> {
        let may_send = budgets::spend_send(tx, self.ask.account, self.limits, self.ask.at).await?;
        if may_send { Ok(()) } else { Err(Refusal::Sends(self.ask.at + self.block_for).into()) }
    }

    fn outgoing(&self, challenge: Uuid, expires_at: DateTime<Utc>) -> Outgoing {
        let ask = &self.ask;
        Outgoing {
            id: ask.message,
            account: Some(ask.account),
            channel: ask.factor.clone(),
            destination: ask.destination.clone(),
            subject: Subject::Code {
                transaction: ask.transaction.clone(),
                method: method_of(&ask.factor, ask.sets_up),
                challenge,
            },
            send_as: ask.send_as.clone(),
            expires_at,
            tries: 1,
        }
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

/// The code of a challenge of `transaction`.
#[must_use]
pub fn code_of(
    app: &App,
    transaction: &str,
    account: Uuid,
    challenge: &Challenge,
    policy: &CodePolicy,
) -> SecretString {
    let method = challenge.method();
    let binding =
        Binding { challenge: challenge.id, transaction, account, factor: &method, destination: &challenge.destination };
    code::derive(&app.purposes.codes, &binding, policy)
}
