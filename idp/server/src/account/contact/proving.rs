//! Taking the codes that a change waits for.

use chrono::{DateTime, Utc};
use idp_core::journey::Method;
use serde_json::json;
use uuid::Uuid;

use super::asking::{Stage, Waiting, send, waiting_of};
use super::change::change;
use crate::account::access::Inside;
use crate::account::event;
use crate::app::App;
use crate::page::Lang;
use crate::signin::address::{self, Spent};
use crate::signin::contact::{Checked, compare};
use crate::signin::{Origin, Refusal, StepError, ask, send_guard};
use crate::store::account_changes::{self, Change, Kind};
use crate::store::proofs::{self, Challenge};
use crate::store::{Tx, budgets};

/// What a typed code came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Right: the contact in force is proven, and the code of the new one was sent, or could not be.
    OldProven(bool),
    /// Right: the new contact is in force. The session has this new cookie.
    Changed(String),
    /// Wrong, and counted; `true` where the code has no try left.
    Wrong(bool),
    /// The code has expired or has no try left.
    Dead,
}

/// Takes a typed code.
///
/// # Errors
/// [`Refusal::Codes`] where the account has no try left, [`Refusal::TooManyPeople`] where a number has its most people,
/// [`Refusal::CodeGone`] where the code was used in another tab.
pub async fn prove(
    app: &App,
    inside: &Inside,
    kind: Kind,
    waiting: Waiting,
    typed: &str,
    by: (&Origin, Lang),
) -> Result<Typed, StepError> {
    let Some(challenge) = waiting.challenge.clone() else { return Ok(Typed::Dead) };
    let (place, policy, origin) = (waiting.place(), &inside.rules.policy, by.0);
    let mut checked = compare(app, (&place, inside.account.id), policy, &challenge, typed);
    if waiting.change.taken && waiting.stage == Stage::New && checked == Checked::Right {
        // Nobody was sent this code.
        checked = Checked::Wrong;
    }
    match (checked, waiting.stage) {
        (Checked::Dead, _) => Ok(Typed::Dead),
        (Checked::Wrong, _) => {
            count_wrong(app, inside, origin, (place, challenge.clone())).await?;
            Ok(Typed::Wrong(challenge.tries + 1 >= policy.tries_of(&challenge.factor)))
        }
        (Checked::Right, Stage::Old) => {
            let right = Right::new(app, inside, place, challenge.clone());
            let (account, id) = (inside.account.id, waiting.change.id.clone());
            app.db
                .try_write(move |tx| {
                    Box::pin(async move {
                        right.count(tx).await?;
                        let waits = account_changes::prove_old(tx, account, kind, &id).await?;
                        if waits { Ok(()) } else { Err(StepError::from(Refusal::CodeGone)) }
                    })
                })
                .await?;
            answered(app, inside, origin, &challenge).await;
            let change = Change { old_proven: true, ..waiting.change };
            let next = waiting_of(app, inside, kind, change).await?;
            Ok(Typed::OldProven(send(app, inside, kind, &next, by).await?))
        }
        (Checked::Right, Stage::New) => {
            let right = Right::new(app, inside, place, challenge.clone());
            let token = change(app, inside, kind, waiting.change, right, origin).await?;
            answered(app, inside, origin, &challenge).await;
            app.outbox.notify_one();
            Ok(Typed::Changed(token))
        }
    }
}

/// A message was followed by its right code: it counts against nobody any more.
async fn answered(app: &App, inside: &Inside, origin: &Origin, challenge: &Challenge) {
    address::give_back(app, origin, Spent::Message).await;
    if let Some(billed) = inside.rules.billed().filter(|_| challenge.factor.is_by_phone()) {
        send_guard::answered(app, billed, &challenge.destination, challenge.sends, challenge.last_sent_at);
    }
}

/// A right code, to be counted in the write that follows from it.
pub(super) struct Right {
    place: String,
    account: Uuid,
    challenge: Challenge,
    limits: budgets::FactorLimits,
    max_tries: i64,
    at: DateTime<Utc>,
}

impl Right {
    fn new(app: &App, inside: &Inside, place: String, challenge: Challenge) -> Self {
        let max_tries = inside.rules.policy.tries_of(&challenge.factor);
        let (limits, at) = (ask::limits(app), app.clock.now());
        Self { place, account: inside.account.id, challenge, limits, max_tries, at }
    }

    /// The statement that counts the code is the one that accepts it.
    pub(super) async fn count(&self, tx: &mut Tx) -> Result<(), StepError> {
        if !budgets::spend_code(tx, self.account, true, 0, self.limits, self.at).await? {
            return Err(Refusal::Codes(None).into());
        }
        let proven = Method::Factor(self.challenge.factor.clone());
        let right = proofs::try_code(tx, &self.place, &self.challenge, Some(&proven), self.at, self.max_tries).await?;
        if right { Ok(()) } else { Err(Refusal::CodeGone.into()) }
    }
}

async fn count_wrong(
    app: &App,
    inside: &Inside,
    origin: &Origin,
    (place, challenge): (String, Challenge),
) -> Result<(), StepError> {
    let (account, limits, now) = (inside.account.id, ask::limits(app), app.clock.now());
    let max_tries = inside.rules.policy.tries_of(&challenge.factor);
    let details = json!({ "factor": challenge.factor, "device": origin.device });
    let event = event(app, inside, origin, "factor.wrong", details);
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                // The account before the code, as where a right one is counted.
                let counted = budgets::spend_code(tx, account, false, 0, limits, now).await?
                    && proofs::try_code(tx, &place, &challenge, None, now, max_tries).await?;
                tx.audit(event);
                if counted { Ok(()) } else { Err(StepError::from(Refusal::Codes(None))) }
            })
        })
        .await
}
