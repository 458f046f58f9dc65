//! What is kept of a step: the proof with its counts, and the event. Part of the write that the step's consequence is
//! part of.

use chrono::{DateTime, Utc};
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use idp_core::journey::Proof;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::advance::Besides;
use super::ask::{self, Asked};
use super::contact::sharers_key;
use super::done::Done;
use super::ending::{close_recovery, end_everything};
use super::mailed::Spending;
use super::notices;
use super::passkey;
use super::transaction::Transaction;
use super::view::View;
use super::{Origin, Refusal, StepError};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::factor::Evidence;
use crate::store::accounts::Account;
use crate::store::budgets::FactorLimits;
use crate::store::contacts::Proven;
use crate::store::outbox::{self, Outgoing};
use crate::store::proofs::{self, Challenge};
use crate::store::{Tx, accounts, backup_codes, budgets, contacts, devices, enrolments, identities, passkeys};

/// What is to be kept of a step.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its own consequence")]
pub struct Record {
    transaction: String,
    begun: bool,
    account: Uuid,
    done: Done,
    proof: Option<Proof>,
    besides: Besides,
    /// Whether a contact that receives codes becomes another one.
    changes_contact: bool,
    /// Whether a right code is to be written down as a new proof of the contact that it was sent to.
    confirms_contact: bool,
    /// Whether what was proven in earlier steps has to be there still when the journey ends. A code that is redeemed, and a
    /// permit that is spent, was there.
    rests_on_proofs: bool,
    /// Whether setting a factor up was their own choice, which switches the second factor on.
    switches_on: bool,
    limits: FactorLimits,
    max_tries: i64,
    proven: Option<Proven>,
    spending: Option<Spending>,
    recovers: bool,
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
        besides: Besides,
        origin: &Origin,
    ) -> Option<Self> {
        let account = view.account.as_ref()?;
        let at = app.clock.now();
        let kind = match &done {
            Done::Nothing => None,
            Done::Password { .. } => Some("sign_in.password_right"),
            Done::Federated { .. } => Some("sign_in.federated"),
            Done::Guest => Some("sign_in.guest"),
            Done::Terms(_) => Some("terms.agreed"),
            Done::ResetCode(_) => Some("password.reset_permitted"),
            Done::NewPassword { .. } => Some("password.reset"),
            Done::Factor { .. } if done.spends_backup_code() => Some("backup_code.used"),
            Done::Factor { .. } => Some("factor.passed"),
            Done::Passkey { .. } => Some("sign_in.passkey_used"),
            Done::Contact { .. } | Done::Enrolled { .. } | Done::PasskeyMade { .. } => Some("factor.enrolled"),
        };
        let max_tries = done.challenge().map_or(0, |c| view.policy.tries_of(&c.factor));
        let notices = match (&done, done.enrols()) {
            (Done::NewPassword { .. }, _) => notices::of_new_password(app, view, at),
            (_, Some(factor)) => notices::of_new_factor(app, view, &factor, at),
            _ if done.spends_backup_code() => notices::of_used_backup_code(app, view, at),
            _ => Vec::new(),
        };
        let spending = if let Done::ResetCode(code) = &done { Some(Spending::of(app, code)) } else { None };
        let recovers = account.recovery_ready_at.is_some();
        let event = kind.map(|kind| AuditEvent {
            actor: Actor::Account(account.id),
            account: Some(account.id),
            client: Some(view.client.id.clone()),
            details: match &done {
                Done::Terms(version) => serde_json::json!({ "version": version }),
                _ => serde_json::json!({ "method": proof.as_ref().map(|p| &p.method) }),
            },
            ..origin.event(at, kind)
        });
        let proven = match &done {
            Done::Contact(challenge) => Some(Proven {
                account: account.id,
                factor: challenge.factor.clone(),
                value: challenge.destination.clone(),
                id: app.random.uuid(at),
                hold: sharers_key(&app.purposes, &challenge.destination),
                at,
            }),
            _ => None,
        };
        let changes_contact = changes_contact(&done, account);
        let confirms_contact = confirms_contact(&done, account, at);
        let redeems = done.challenge().is_some() || matches!(done, Done::NewPassword { .. });
        let rests_on_proofs = !view.proofs.is_empty() && !redeems;
        let switches_on = transaction.accepted && done.enrols().is_some();
        Some(Self {
            transaction: transaction.id.clone(),
            begun: transaction.begun,
            account: account.id,
            done,
            proof,
            besides,
            changes_contact,
            confirms_contact,
            rests_on_proofs,
            switches_on,
            limits: ask::limits(app),
            max_tries,
            proven,
            spending,
            recovers,
            notices,
            event,
            at,
        })
    }

    /// Whether there is nothing to keep.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self.done, Done::Nothing) && !self.besides.starts_mfa
    }

    /// The challenge that it is the right answer to.
    #[must_use]
    pub const fn answered(&self) -> Option<&Challenge> {
        self.done.challenge()
    }

    /// Whether what was proven in earlier steps has to be there still when the journey ends.
    #[must_use]
    pub const fn rests_on_proofs(&self) -> bool {
        self.rests_on_proofs
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
    pub async fn keep(mut self, tx: &mut Tx) -> Result<(), StepError> {
        self.count(tx).await?;
        self.give(tx).await?;
        self.note(tx).await
    }

    /// Keeps it, and takes everything that was proven in the transaction away: the person signs in again.
    ///
    /// # Errors
    /// As [`Record::keep`].
    pub async fn keep_and_begin_anew(mut self, tx: &mut Tx) -> Result<(), StepError> {
        self.count(tx).await?;
        proofs::clear(tx, &self.transaction).await?;
        self.note(tx).await
    }

    /// Keeps it; the journey ends, so that the session holds the proof and no row of the transaction is needed.
    ///
    /// # Errors
    /// As [`Record::keep`]; [`Refusal::NotIssued`] where somebody ended the sign-in meanwhile, as one does with all of an
    /// account by signing out everywhere.
    pub async fn keep_last(mut self, tx: &mut Tx) -> Result<(), StepError> {
        self.count(tx).await?;
        // Where a budget was spent, that holds whoever ends the sign-in; then the session looks for the proofs.
        let spends = matches!(self.done, Done::Factor { .. });
        if matches!(self.done, Done::Password { .. }) {
            // A password alone: whoever replaces it is done before, or waits and ends what begins here.
            budgets::hold(tx, self.account).await?;
        }
        if self.rests_on_proofs && !spends && !proofs::hold(tx, &self.transaction, self.account).await? {
            return Err(Refusal::NotIssued.into());
        }
        self.note(tx).await
    }

    /// Keeps it and asks for a code; in a new transaction with one statement for both.
    ///
    /// # Errors
    /// As [`Record::keep`] and [`Asked::carry_out`].
    pub async fn keep_and_ask(
        mut self,
        tx: &mut Tx,
        asked: &Asked,
        before: Option<Challenge>,
    ) -> Result<Outgoing, StepError> {
        let outgoing = match (&self.done, &self.proof) {
            (Done::Password { .. }, Some(proof)) if !self.begun => asked.carry_out_first(tx, proof).await?,
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
    async fn count(&mut self, tx: &mut Tx) -> Result<(), StepError> {
        if let Some(left) = self.count_done(tx).await? {
            self.state_left(left);
        }
        Ok(())
    }

    /// As [`Record::count`]; where a backup code was used up, how many are left.
    async fn count_done(&self, tx: &mut Tx) -> Result<Option<u32>, StepError> {
        let Self { transaction, account, limits, at, .. } = self;
        match &self.done {
            Done::Nothing | Done::Password { .. } | Done::Guest => {}
            Done::Terms(version) => accounts::agree_to_terms(tx, *account, version, *at).await?,
            Done::Federated { key, email, .. } => {
                if !identities::touch(tx, key, *account, email.clone(), *at).await? {
                    // It was unlinked meanwhile.
                    return Err(Refusal::NotIssued.into());
                }
            }
            Done::ResetCode(code) => {
                let spending = self.spending.ok_or(Refusal::CodeGone)?;
                spending.redeem(tx, transaction, code, *at).await?;
                if let Some(address) = &code.destination {
                    // A pushed address gets such a code by invitation only, and is its owner's from now on.
                    contacts::confirm(tx, *account, &FactorId::Email, address, *at).await?;
                }
            }
            Done::NewPassword { phc, budgets: guesses } => {
                if !proofs::spend_permit(tx, transaction, *account).await? {
                    return Err(Refusal::AlreadyUsed.into());
                }
                accounts::set_password(tx, *account, phc.expose_secret(), *at).await?;
                end_everything(tx, *account, Some(transaction), *at).await?;
                for guesses in guesses {
                    budgets::forget_sign_in(tx, *guesses).await?;
                }
            }
            Done::Passkey { evidence, challenge, expires_at } => {
                if !passkeys::spend_challenge(tx, *challenge, *expires_at).await? {
                    return Err(Refusal::CodeGone.into());
                }
                passkey::use_up(tx, *account, evidence, *at).await?;
            }
            Done::PasskeyMade { challenge, new, .. } => {
                self.redeem(tx, challenge).await?;
                if !passkeys::insert(tx, *account, (**new).clone(), *at).await? {
                    return Err(Refusal::PasskeyTaken.into());
                }
                accounts::switch_mfa_on(tx, *account, *at).await?;
            }
            Done::Factor { factor, challenge, evidence } => {
                let step = if let Evidence::Step(step) = evidence { *step } else { 0 };
                if !budgets::spend_code(tx, *account, true, step, *limits, *at).await? {
                    let used = step > 0 && budgets::totp_step(tx, *account).await? >= step;
                    return Err(if used { Refusal::CodeUsed } else { Refusal::Codes(None) }.into());
                }
                if let Evidence::BackupCode { tag } = evidence {
                    let left = backup_codes::spend(tx, *account, tag, *at).await?;
                    return left.map(Some).ok_or_else(|| Refusal::CodeUsed.into());
                }
                if let Some(challenge) = challenge {
                    self.redeem(tx, challenge).await?;
                    if self.confirms_contact {
                        contacts::confirm(tx, *account, factor, &challenge.destination, *at).await?;
                    }
                }
                // Whoever has the factor has not lost it.
                if self.recovers && *factor != FactorId::Email {
                    close_recovery(tx, *account, "factor", *at).await?;
                }
                passkey::use_up(tx, *account, evidence, *at).await?;
            }
            Done::Contact(challenge) => {
                if !budgets::spend_code(tx, *account, true, 0, *limits, *at).await? {
                    return Err(Refusal::Codes(None).into());
                }
                self.redeem(tx, challenge).await?;
                if let Some(proven) = &self.proven
                    && !contacts::prove(tx, proven.clone()).await?
                {
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
        Ok(None)
    }

    /// Says in the event and to the person how many backup codes are left.
    fn state_left(&mut self, left: u32) {
        if let Some(event) = &mut self.event {
            event.details = serde_json::json!({ "left": left });
        }
        for notice in &mut self.notices {
            notices::state_left(notice, left);
        }
    }

    async fn redeem(&self, tx: &mut Tx, challenge: &Challenge) -> Result<(), StepError> {
        let proven = self.proof.as_ref().map(|proof| &proof.method);
        let right = proofs::try_code(tx, &self.transaction, challenge, proven, self.at, self.max_tries).await?;
        if right { Ok(()) } else { Err(Refusal::CodeGone.into()) }
    }

    /// Gives the transaction the proof, unless counting it did.
    async fn give(&self, tx: &mut Tx) -> Result<(), StepError> {
        let Some(proof) = self.proof.as_ref().filter(|_| self.answered().is_none()) else { return Ok(()) };
        if self.done.is_first() && self.begun {
            proofs::begin_anew(tx, &self.transaction, self.account).await?;
        }
        let given = proofs::give(tx, &self.transaction, self.account, proof).await?;
        if given { Ok(()) } else { Err(Refusal::AlreadyUsed.into()) }
    }

    async fn note(self, tx: &mut Tx) -> Result<(), StepError> {
        if self.changes_contact {
            devices::forget_devices(tx, self.account).await?;
        }
        if let Some(tags) = &self.besides.codes {
            backup_codes::replace(tx, self.account, tags, self.at).await?;
        }
        if let Some(device) = self.besides.device {
            devices::remember(tx, device).await?;
        }
        if self.switches_on {
            accounts::switch_mfa_on(tx, self.account, self.at).await?;
        }
        if self.besides.starts_mfa {
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

/// Whether a right code says something new of the contact that it was sent to: that a pushed one is its owner's, or that a
/// number is still in use. That is not written at each sign-in.
fn confirms_contact(done: &Done, account: &Account, at: DateTime<Utc>) -> bool {
    let Done::Factor { factor, challenge: Some(challenge), .. } = done else { return false };
    let contact = match factor {
        FactorId::Email => &account.email,
        FactorId::Sms | FactorId::Voice => &account.phone,
        _ => return false,
    };
    contact.as_ref().filter(|contact| contact.value == challenge.destination).is_some_and(|contact| {
        let old = factor.is_by_phone() && contact.state_at < at - contacts::PROOF_IS_KEPT_AFTER;
        contact.state == ContactState::Vouched || old
    })
}

/// Whether a code proved another address or number than the one that the account had.
fn changes_contact(done: &Done, account: &Account) -> bool {
    let Done::Contact(challenge) = done else { return false };
    let had = if challenge.factor.is_by_phone() { &account.phone } else { &account.email };
    had.as_ref().is_some_and(|contact| contact.value != challenge.destination)
}
