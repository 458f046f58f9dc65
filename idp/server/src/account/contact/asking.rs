//! The codes that a change waits for: which, where they go, and asking for them.

use chrono::TimeDelta;
use idp_core::factor::FactorId;
use idp_core::policy::ContactEdit;
use serde_json::json;

use super::{channel_of, current};
use crate::account::access::{Inside, none};
use crate::account::event;
use crate::app::App;
use crate::clients::ACCOUNT_PAGES;
use crate::page::Lang;
use crate::signin::address::{self, Spent};
use crate::signin::ending::still_signed_in;
use crate::signin::outbox::{LEASE, Prompt, promptly};
use crate::signin::transaction::Transaction;
use crate::signin::{Origin, Refusal, StepError, ask, notices};
use crate::store::account_changes::{self, Change, Kind};
use crate::store::outbox::{self, Outgoing};
use crate::store::proofs::{self, Challenge};

/// For how long a change waits for its codes.
const WAITS: TimeDelta = TimeDelta::minutes(30);

/// Which contact a code is asked for from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The one in force.
    Old,
    /// The one that is to take its place.
    New,
}

/// A change and the code that it waits for.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The change.
    pub change: Change,
    /// Whose code.
    pub stage: Stage,
    /// The channel of that code.
    pub factor: FactorId,
    /// Where it goes.
    pub destination: String,
    /// The code, if one was asked for.
    pub challenge: Option<Challenge>,
}

impl Waiting {
    /// What the code is asked for under.
    pub(super) fn place(&self) -> String {
        match self.stage {
            Stage::Old => format!("{}{}", self.change.id, account_changes::OLD),
            Stage::New => self.change.id.clone(),
        }
    }

    async fn challenge(&self, app: &App) -> Result<Option<Challenge>, StepError> {
        let progress = proofs::of_transaction(&mut app.db.read().await?, &self.place(), ACCOUNT_PAGES).await?;
        let challenges = progress.map(|progress| progress.challenges).unwrap_or_default();
        Ok(challenges.into_iter().find(|challenge| challenge.factor == self.factor))
    }
}

/// Begins a change, and asks for its first code. The limits of a code go on from the change that waited before: the same
/// one goes on, with what was proven for it, and another takes its place.
///
/// # Errors
/// [`Refusal::Sends`] where nothing may be sent now; then nothing has begun.
pub async fn begin(
    app: &App,
    inside: &Inside,
    (kind, edit): (Kind, ContactEdit),
    (value, factor): (String, FactorId),
    by: (&Origin, Lang),
) -> Result<bool, StepError> {
    let taken = kind == Kind::Email && {
        let owner = account_changes::name_owner(&mut app.db.read().await?, inside.account.class, &value).await?;
        owner.is_some_and(|owner| owner != inside.account.id)
    };
    let old_first = edit == ContactEdit::VerifyOldAndNew && current(inside, kind).is_some_and(|old| old.value != value);
    let before = waiting(app, inside, kind).await?;
    let same = before.as_ref().filter(|before| before.change.value == value);
    let change = Change {
        id: same.map_or_else(|| app.random.token(), |same| same.change.id.clone()),
        value,
        factor,
        taken,
        old_proven: !old_first || same.is_some_and(|same| same.change.old_proven),
    };
    let mut waiting = waiting_of(app, inside, kind, change).await?;
    if let Some(before) = before.filter(|before| before.change.id != waiting.change.id) {
        let before = Waiting { change: before.change, challenge: None, ..waiting.clone() };
        // Its code dies with the change that it was for.
        let dead = |challenge| Challenge { expires_at: app.clock.now(), ..challenge };
        waiting.challenge = before.challenge(app).await?.map(dead);
    }
    ask_for(app, inside, (kind, true), &waiting, by).await
}

/// The change that waits, and for which code.
///
/// # Errors
/// When the store fails.
pub async fn waiting(app: &App, inside: &Inside, kind: Kind) -> Result<Option<Waiting>, StepError> {
    let now = app.clock.now();
    let change = account_changes::pending(&mut app.db.read().await?, inside.account.id, kind, now).await?;
    match change {
        Some(change) => Ok(Some(waiting_of(app, inside, kind, change).await?)),
        None => Ok(None),
    }
}

pub(super) async fn waiting_of(app: &App, inside: &Inside, kind: Kind, change: Change) -> Result<Waiting, StepError> {
    let old = current(inside, kind).filter(|_| !change.old_proven).map(|old| old.value.clone());
    let (stage, factor, destination) = match old {
        Some(old) if kind == Kind::Phone => (Stage::Old, channel_of(app, &old), old),
        Some(old) => (Stage::Old, FactorId::Email, old),
        None => (Stage::New, change.factor.clone(), change.value.clone()),
    };
    let mut waiting = Waiting { change, stage, factor, destination, challenge: None };
    waiting.challenge = waiting.challenge(app).await?;
    Ok(waiting)
}

/// Sends the code that a change waits for, once more if it was sent before; whether it went out.
///
/// # Errors
/// [`Refusal::Sends`] where nothing may be sent now.
pub async fn send(
    app: &App,
    inside: &Inside,
    kind: Kind,
    waiting: &Waiting,
    by: (&Origin, Lang),
) -> Result<bool, StepError> {
    ask_for(app, inside, (kind, false), waiting, by).await
}

/// Asks for the code that a change waits for, and begins the change in the same write where it `begins`.
async fn ask_for(
    app: &App,
    inside: &Inside,
    (kind, begins): (Kind, bool),
    waiting: &Waiting,
    (origin, lang): (&Origin, Lang),
) -> Result<bool, StepError> {
    address::spend(app, origin, Spent::Message).await.map_err(Refusal::Sends)?;
    let now = app.clock.now();
    let transaction = Transaction { id: waiting.place(), ..none(app) };
    let policy = &inside.rules.policy;
    let asker =
        ask::Asker { transaction: &transaction, billed: inside.rules.billed(), account: &inside.account, policy, lang };
    let request = ask::prepare_set_up(app, asker, &waiting.factor, waiting.destination.clone());
    // Somebody who has the address hears of it; who asked learns nothing, and no code leaves.
    let instead = (waiting.change.taken && waiting.stage == Stage::New).then(|| {
        let to = (FactorId::Email, waiting.destination.clone());
        notices::to_one(app, &inside.account, (None, lang), to, "address-in-use", &json!({}), now)
    });
    let event =
        event(app, inside, origin, "factor.code_sent", json!({ "factor": waiting.factor, "for": kind.as_str() }));
    let (carried, before) = (request.clone(), waiting.challenge.clone());
    let (account, session, begun) = (inside.account.id, inside.session, begins.then(|| waiting.change.clone()));
    let sent = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                still_signed_in(tx, session).await?;
                if let Some(change) = begun {
                    account_changes::begin(tx, account, kind, change, now, now + WAITS).await?;
                }
                let outgoing = carried.carry_out(tx, before).await?;
                // A number that gets a text and one that gets a call are one change.
                carried.share(tx).await?;
                tx.audit(event);
                let Some(notice) = instead else { return Ok(outgoing) };
                outbox::sent(tx, &outgoing).await?;
                outbox::put(tx, notice.clone(), now + LEASE).await?;
                Ok::<Outgoing, StepError>(notice)
            })
        })
        .await;
    match sent {
        Ok(outgoing) => Ok(promptly(app, outgoing).await == Prompt::OnItsWay),
        Err(error) => Err(match error {
            StepError::Refused(Refusal::Sends(until)) => Refusal::Sends(request.block(app, until).await?).into(),
            other => other,
        }),
    }
}
