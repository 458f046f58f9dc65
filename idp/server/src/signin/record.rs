//! What is kept of a step: the proof with its counts, and the event. Part of the write that the step's consequence is
//! part of.

use chrono::{DateTime, Utc};
use idp_core::journey::Proof;
use uuid::Uuid;

use super::advance::Done;
use super::ask::{self, Asked};
use super::notices;
use super::transaction::Transaction;
use super::view::View;
use super::{Origin, Refusal, StepError};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::factor::Evidence;
use crate::store::budgets::FactorLimits;
use crate::store::outbox::{self, Outgoing};
use crate::store::proofs::{self, Challenge};
use crate::store::{Tx, accounts, budgets, contacts, enrolments};

/// What is to be kept of a step.
#[derive(Debug)]
pub struct Record {
    transaction: String,
    begun: bool,
    account: Uuid,
    done: Done,
    proof: Option<Proof>,
    starts_mfa: bool,
    limits: FactorLimits,
    max_tries: i64,
    contact_id: Uuid,
    notices: Vec<Outgoing>,
    event: Option<AuditEvent>,
    at: DateTime<Utc>,
}

impl Record {
    /// What is to be kept; `None` where nobody is signed in.
    #[must_use]
    pub fn of(
        app: &App,
        view: &View,
        transaction: &Transaction,
        done: Done,
        proof: Option<Proof>,
        starts_mfa: bool,
        origin: &Origin,
    ) -> Option<Self> {
        let account = view.account.as_ref()?;
        let at = app.clock.now();
        let kind = match &done {
            Done::Nothing => None,
            Done::Password => Some("sign_in.password_right"),
            Done::Factor { .. } => Some("factor.passed"),
            Done::Contact { .. } | Done::Enrolled { .. } => Some("factor.enrolled"),
        };
        let max_tries = done.challenge().map_or(0, |c| view.policy.tries_of(&c.factor));
        let notices = match done.enrols() {
            Some(factor) => notices::of_new_factor(app, view, &factor, at),
            None => Vec::new(),
        };
        let event = kind.map(|kind| AuditEvent {
            actor: Actor::Account(account.id),
            account: Some(account.id),
            client: Some(view.client.id.clone()),
            details: serde_json::json!({ "method": proof.as_ref().map(|p| &p.method) }),
            ..origin.event(at, kind)
        });
        Some(Self {
            transaction: transaction.id.clone(),
            begun: transaction.begun,
            account: account.id,
            done,
            proof,
            starts_mfa,
            limits: ask::limits(app),
            max_tries,
            contact_id: app.random.uuid(at),
            notices,
            event,
            at,
        })
    }

    /// Whether there is nothing to keep.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.done, Done::Nothing) && !self.starts_mfa
    }

    /// The challenge that it is the right answer to.
    #[must_use]
    pub const fn answered(&self) -> Option<&Challenge> {
        self.done.challenge()
    }

    /// Whether it puts messages into the outbox.
    #[must_use]
    pub const fn has_notices(&self) -> bool {
        !self.notices.is_empty()
    }

    /// Keeps it; the journey goes on.
    ///
    /// # Errors
    /// [`Refusal`] where the proof does not count; the write must then be rolled back.
    pub async fn keep(self, tx: &mut Tx) -> Result<(), StepError> {
        self.count(tx).await?;
        self.give(tx).await?;
        self.note(tx).await
    }

    /// Keeps it, and takes everything that was proven in the transaction away: the person signs in again.
    ///
    /// # Errors
    /// As [`Record::keep`].
    pub async fn keep_and_begin_anew(self, tx: &mut Tx) -> Result<(), StepError> {
        self.count(tx).await?;
        proofs::clear(tx, &self.transaction).await?;
        self.note(tx).await
    }

    /// Keeps it; the journey ends, so that the session holds the proof and no row of the transaction is needed.
    ///
    /// # Errors
    /// As [`Record::keep`].
    pub async fn keep_last(self, tx: &mut Tx) -> Result<(), StepError> {
        self.count(tx).await?;
        self.note(tx).await
    }

    /// Keeps it and asks for a code; in a new transaction with one statement for both.
    ///
    /// # Errors
    /// As [`Record::keep`] and [`Asked::carry_out`].
    pub async fn keep_and_ask(
        self,
        tx: &mut Tx,
        asked: &Asked,
        before: Option<Challenge>,
    ) -> Result<Outgoing, StepError> {
        let outgoing = match (&self.done, &self.proof) {
            (Done::Password, Some(proof)) if !self.begun => asked.carry_out_first(tx, proof).await?,
            _ => {
                self.count(tx).await?;
                self.give(tx).await?;
                asked.carry_out(tx, before).await?
            }
        };
        self.note(tx).await?;
        Ok(outgoing)
    }

    /// Counts the proof and lets it pass. The statement that counts a code is the one that accepts it, so that a code
    /// passes once, on whichever node.
    async fn count(&self, tx: &mut Tx) -> Result<(), StepError> {
        let Self { transaction, account, limits, at, .. } = self;
        match &self.done {
            Done::Nothing | Done::Password => {}
            Done::Factor { challenge, evidence, .. } => {
                let step = if let Evidence::Step(step) = evidence { *step } else { 0 };
                if !budgets::spend_code(tx, *account, true, step, *limits, *at).await? {
                    let used = step > 0 && budgets::totp_step(tx, *account).await? >= step;
                    return Err(if used { Refusal::CodeUsed } else { Refusal::Codes(None) }.into());
                }
                if let Some(challenge) = challenge {
                    self.redeem(tx, challenge).await?;
                }
            }
            Done::Contact(challenge) => {
                if !budgets::spend_code(tx, *account, true, 0, *limits, *at).await? {
                    return Err(Refusal::Codes(None).into());
                }
                self.redeem(tx, challenge).await?;
                let proven =
                    contacts::prove(tx, *account, &challenge.factor, &challenge.destination, self.contact_id, *at);
                if !proven.await? {
                    return Err(Refusal::TooManyPeople.into());
                }
            }
            Done::Enrolled { secret } => {
                if !enrolments::finish(tx, transaction, *account).await? {
                    return Err(Refusal::AlreadyUsed.into());
                }
                accounts::set_authenticator(tx, *account, secret.clone(), *at).await?;
            }
        }
        Ok(())
    }

    async fn redeem(&self, tx: &mut Tx, challenge: &Challenge) -> Result<(), StepError> {
        let right = proofs::try_code(tx, &self.transaction, challenge, true, self.at, self.max_tries).await?;
        if right { Ok(()) } else { Err(Refusal::CodeGone.into()) }
    }

    /// Gives the transaction the proof, unless counting it did.
    async fn give(&self, tx: &mut Tx) -> Result<(), StepError> {
        let Some(proof) = self.proof.as_ref().filter(|_| self.answered().is_none()) else { return Ok(()) };
        if matches!(self.done, Done::Password) && self.begun {
            proofs::begin_anew(tx, &self.transaction, self.account).await?;
        }
        let given = proofs::give(tx, &self.transaction, self.account, proof).await?;
        if given { Ok(()) } else { Err(Refusal::AlreadyUsed.into()) }
    }

    async fn note(self, tx: &mut Tx) -> Result<(), StepError> {
        if self.starts_mfa {
            accounts::start_mfa(tx, self.account, self.at).await?;
        }
        for notice in self.notices {
            outbox::put(tx, notice, self.at).await?;
        }
        if let Some(event) = self.event {
            tx.audit(event);
        }
        Ok(())
    }
}
