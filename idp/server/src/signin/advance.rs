//! One step of a journey: a proof and its consequence, kept together or not at all.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::{FactorNeed, Method, Need, Proof};
use idp_core::oidc::scope::Scopes;
use uuid::Uuid;

use super::address::{self, Spent};
use super::ask::{self, Asked, ToSend};
use super::finish::{self, Finish, Finished};
use super::transaction::Transaction;
use super::view::{Given, View};
use super::{Origin, Refusal, StepError};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::store::proofs::{self, Challenge};
use crate::store::{Tx, accounts, budgets, enrolments};

/// What somebody has just done.
#[derive(Clone, Debug)]
pub enum Done {
    /// Nothing that is a proof: they came, chose, or agreed.
    Nothing,
    /// Typed the right password.
    Password,
    /// Typed the right code that was sent.
    Code(Challenge),
    /// Typed the right code of an authenticator.
    Authenticator {
        /// Its time step.
        step: i64,
    },
    /// Enabled an authenticator that they confirmed before.
    Enrolled {
        /// Its sealed secret.
        secret: Vec<u8>,
    },
}

impl Done {
    fn proof(&self, at: DateTime<Utc>) -> Option<Proof> {
        let method = match self {
            Self::Nothing => return None,
            Self::Password => Method::Password,
            Self::Code(challenge) => Method::Factor(challenge.factor.clone()),
            Self::Authenticator { .. } | Self::Enrolled { .. } => Method::Factor(FactorId::Totp),
        };
        Some(Proof { method, at })
    }
}

/// Where a step leads.
#[derive(Debug)]
pub enum Next {
    /// To the page of this need.
    Page(Need),
    /// To the page of this factor; a code is to be sent, if it is one that is sent.
    Factor(FactorNeed, FactorId, Option<ToSend>),
    /// Back to the client.
    Finished(Finished),
}

/// A step to be taken.
#[derive(Debug)]
pub struct Step<'a> {
    /// What is known.
    pub view: &'a View,
    /// The transaction.
    pub transaction: &'a Transaction,
    /// What was done.
    pub done: Done,
    /// What was agreed to.
    pub agreed: Option<Scopes>,
    /// Where from.
    pub origin: &'a Origin,
}

enum Consequence {
    Wait,
    Ask(Box<Asked>, Option<Challenge>),
    Finish(Box<Finish>),
}

/// Takes a step: asks the rules what follows from it, and keeps both in one write.
///
/// # Errors
/// [`StepError::Refused`] with the reason; then nothing was kept.
pub async fn advance(app: &App, step: Step<'_>) -> Result<Next, StepError> {
    let Step { view, transaction, done, agreed, origin } = step;
    let now = app.clock.now();
    let proof = done.proof(now);
    let given = Given { proof: proof.as_ref(), consent: agreed.as_ref() };
    let need = view.need(app, transaction, given);
    let (next, consequence) = match need {
        Need::Nothing(_) | Need::Consent(_) if view.sets_up(transaction, &need, given).is_some() => {
            // They chose a factor that had to wait until one they have was used.
            let chosen = view.sets_up(transaction, &need, given).into_iter().collect();
            (Some((Need::Enrol(chosen), None)), Consequence::Wait)
        }
        Need::Nothing(satisfied) => {
            let finish = finish::prepare(app, view, transaction, *satisfied, agreed, origin)?;
            (None, Consequence::Finish(Box::new(finish)))
        }
        Need::Factor(need) if !need.choose => match (view.account.as_ref(), need.ready.first().cloned()) {
            (Some(account), Some(factor)) => {
                let asked = ask::prepare(app, &transaction.id, account, &view.policy, &factor)?;
                let before = view.challenge(&factor).cloned();
                let consequence = match asked {
                    // A code that is still live is not sent again just because somebody passes by.
                    Some(asked) if asked.live(before.as_ref()) == ask::Live::New => {
                        Consequence::Ask(Box::new(asked), before)
                    }
                    _ => Consequence::Wait,
                };
                (Some((Need::Factor(need.clone()), Some((need, factor)))), consequence)
            }
            _ => (Some((Need::Factor(need), None)), Consequence::Wait),
        },
        need => (Some((need, None)), Consequence::Wait),
    };
    let Some(record) = record(app, view, transaction, done, proof, origin) else {
        return nothing_to_record(next, &consequence);
    };
    let started = view.account.as_ref().is_some_and(|a| a.mfa_since.is_none()) && is_about_mfa(next.as_ref());
    if let Consequence::Ask(..) = consequence {
        address::spend(app, origin, Spent::Message).await.map_err(Refusal::Sends)?;
    }
    let answered = matches!(record.done, Done::Code(_));
    let outcome = keep(app, record, started, consequence).await?;
    if answered {
        address::give_back(app, origin, Spent::Message).await;
    }
    Ok(lead_on(next, outcome))
}

fn is_about_mfa(next: Option<&(Need, Option<(FactorNeed, FactorId)>)>) -> bool {
    matches!(next, Some((Need::Factor(_) | Need::Enrol(_), _)))
}

/// What a write came to.
enum Kept {
    Waits,
    Sends(ToSend),
    Finished(Finished),
}

fn lead_on(next: Option<(Need, Option<(FactorNeed, FactorId)>)>, kept: Kept) -> Next {
    match (next, kept) {
        (_, Kept::Finished(finished)) => Next::Finished(finished),
        (Some((_, Some((need, factor)))), Kept::Sends(to_send)) => Next::Factor(need, factor, Some(to_send)),
        (Some((_, Some((need, factor)))), Kept::Waits) => Next::Factor(need, factor, None),
        (Some((need, None)), _) => Next::Page(need),
        // Without a next page there is a consequence that ends the journey.
        (None, _) => Next::Page(Need::Login),
    }
}

/// What is to be kept of what was done.
struct Record {
    transaction: String,
    begun: bool,
    account: Uuid,
    done: Done,
    proof: Option<Proof>,
    limits: budgets::FactorLimits,
    max_tries: i64,
    event: Option<AuditEvent>,
}

fn record(
    app: &App,
    view: &View,
    transaction: &Transaction,
    done: Done,
    proof: Option<Proof>,
    origin: &Origin,
) -> Option<Record> {
    let account = view.account.as_ref()?;
    let kind = match &done {
        Done::Nothing => None,
        Done::Password => Some("sign_in.password_right"),
        Done::Code(_) | Done::Authenticator { .. } => Some("factor.passed"),
        Done::Enrolled { .. } => Some("factor.enrolled"),
    };
    let max_tries = match &done {
        Done::Code(challenge) => view.policy.code.of(&challenge.factor).map_or(5, |code| i64::from(code.max_tries)),
        _ => 0,
    };
    let event = kind.map(|kind| AuditEvent {
        actor: Actor::Account(account.id),
        account: Some(account.id),
        client: Some(view.client.id.clone()),
        details: serde_json::json!({ "method": proof.as_ref().map(|p| &p.method) }),
        ..origin.event(app.clock.now(), kind)
    });
    Some(Record {
        transaction: transaction.id.clone(),
        begun: transaction.begun,
        account: account.id,
        done,
        proof,
        limits: ask::limits(app),
        max_tries,
        event,
    })
}

/// Nobody is signed in: there is nothing to keep.
fn nothing_to_record(
    next: Option<(Need, Option<(FactorNeed, FactorId)>)>,
    consequence: &Consequence,
) -> Result<Next, StepError> {
    match consequence {
        Consequence::Wait => Ok(lead_on(next, Kept::Waits)),
        Consequence::Ask(..) | Consequence::Finish(_) => Err(Refusal::NotIssued.into()),
    }
}

async fn keep(app: &App, record: Record, started: bool, consequence: Consequence) -> Result<Kept, StepError> {
    if matches!((&record.done, &consequence), (Done::Nothing, Consequence::Wait)) && !started {
        return Ok(Kept::Waits);
    }
    let now = app.clock.now();
    let block = match &consequence {
        Consequence::Ask(asked, _) => Some(asked.clone()),
        _ => None,
    };
    let finishes = matches!(consequence, Consequence::Finish(_));
    let outcome = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                let first_ask = match (&record.proof, &consequence) {
                    (Some(proof), Consequence::Ask(asked, None)) if !record.begun && !is_counted(&record.done) => {
                        Some(asked.carry_out_first(tx, proof).await?)
                    }
                    _ => {
                        prove(tx, &record, finishes, now).await?;
                        None
                    }
                };
                if started {
                    accounts::start_mfa(tx, record.account, now).await?;
                }
                if let Some(event) = record.event {
                    tx.audit(event);
                }
                match consequence {
                    _ if first_ask.is_some() => Ok(first_ask.map_or(Kept::Waits, Kept::Sends)),
                    Consequence::Wait => Ok(Kept::Waits),
                    Consequence::Ask(asked, before) => asked.carry_out(tx, before).await.map(Kept::Sends),
                    Consequence::Finish(finish) => finish.carry_out(tx).await.map(Kept::Finished),
                }
            })
        })
        .await;
    if let (Err(StepError::Refused(Refusal::Sends(until))), Some(asked)) = (&outcome, block) {
        asked.block(app, *until).await?;
    }
    outcome
}

/// Whether what was done is a code, and counts against a budget.
const fn is_counted(done: &Done) -> bool {
    matches!(done, Done::Code(_) | Done::Authenticator { .. } | Done::Enrolled { .. })
}

/// Keeps the proof. The statement that counts a code is the one that accepts it, so a code counts once, on whichever
/// node. Where the journey ends with it, the session holds the proof and no row of the transaction is needed.
async fn prove(tx: &mut Tx, record: &Record, finishes: bool, now: DateTime<Utc>) -> Result<(), StepError> {
    let Record { transaction, begun, account, done, proof, limits, max_tries, .. } = record;
    let (step, counts) = match done {
        Done::Authenticator { step } => (*step, true),
        Done::Code(_) => (0, true),
        Done::Nothing | Done::Password | Done::Enrolled { .. } => (0, false),
    };
    if counts && !budgets::spend_code(tx, *account, true, step, *limits, now).await? {
        let used = step > 0 && budgets::totp_step(tx, *account).await? >= step;
        return Err(if used { Refusal::CodeUsed } else { Refusal::Codes(None) }.into());
    }
    match done {
        Done::Nothing => return Ok(()),
        Done::Code(challenge) => {
            let accepted = proofs::try_code(tx, transaction, challenge, true, now, *max_tries).await?;
            return if accepted { Ok(()) } else { Err(Refusal::CodeGone.into()) };
        }
        Done::Enrolled { secret } => {
            if !enrolments::finish(tx, transaction, *account).await? {
                return Err(Refusal::AlreadyUsed.into());
            }
            accounts::set_authenticator(tx, *account, secret.clone(), now).await?;
        }
        Done::Password | Done::Authenticator { .. } => {}
    }
    let Some(proof) = proof.as_ref().filter(|_| !finishes) else { return Ok(()) };
    if matches!(done, Done::Password) && *begun {
        proofs::begin_anew(tx, transaction, *account).await?;
    }
    if !proofs::give(tx, transaction, *account, proof).await? {
        return Err(Refusal::AlreadyUsed.into());
    }
    Ok(())
}

/// Counts a wrong code. `true`: it was evaluated. `false`: the code or the account had no try left.
///
/// # Errors
/// When the store fails.
pub async fn count_wrong(
    app: &App,
    view: &View,
    transaction: &Transaction,
    challenge: Option<Challenge>,
    factor: &FactorId,
    origin: &Origin,
) -> Result<bool, StepError> {
    let Some(account) = view.account.as_ref() else { return Ok(false) };
    let event = AuditEvent {
        actor: Actor::Account(account.id),
        account: Some(account.id),
        client: Some(view.client.id.clone()),
        details: serde_json::json!({ "factor": factor }),
        ..origin.event(app.clock.now(), "factor.wrong")
    };
    let (account, limits, now) = (account.id, ask::limits(app), app.clock.now());
    let max_tries = view.policy.code.of(factor).map_or(5, |code| i64::from(code.max_tries));
    let transaction = transaction.id.clone();
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                if let Some(challenge) = challenge
                    && !proofs::try_code(tx, &transaction, &challenge, false, now, max_tries).await?
                {
                    return Ok(false);
                }
                if !budgets::spend_code(tx, account, false, 0, limits, now).await? {
                    return Ok(false);
                }
                tx.audit(event);
                Ok(true)
            })
        })
        .await
}
