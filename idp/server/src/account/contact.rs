//! Changing an email address or a phone number: the old one stays in force until a code that was sent to the new one
//! comes back, and whoever had the old one can undo it for a week.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::{ContactState, EmailAddress, PhoneNumber};
use idp_core::factor::FactorId;
use idp_core::journey::Method;
use idp_core::policy::{ContactEdit, UserClass};
use serde_json::json;
use uuid::Uuid;

use super::access::Inside;
use super::{Raised, event};
use crate::app::App;
use crate::clients::{ACCOUNT_PAGES, Client};
use crate::page::Lang;
use crate::signin::address::{self, Spent};
use crate::signin::contact::{Checked, compare, phone_for};
use crate::signin::ending::end_everything;
use crate::signin::outbox::{LEASE, Prompt, UNDO, promptly};
use crate::signin::transaction::Transaction;
use crate::signin::{Origin, Refusal, StepError, ask, notices, send_guard};
use crate::store::account_changes::{self, Change, Kind, Replacement, WayBack};
use crate::store::accounts::Contact;
use crate::store::outbox::{self, Outgoing};
use crate::store::proofs::{self, Challenge};
use crate::store::{Tx, account_pages, budgets, devices};

/// For how long a change waits for its codes.
const WAITS: TimeDelta = TimeDelta::minutes(30);
/// For how long it can be undone.
const UNDOABLE: TimeDelta = TimeDelta::days(7);

/// Whether a contact may be changed.
#[derive(Clone, Debug)]
pub enum Editable {
    /// After these codes.
    With(ContactEdit),
    /// A back office of this name owns it.
    Owned(String),
    /// This client locks it.
    Locked(Arc<Client>),
    /// There is no sender whose code could prove a new one.
    NoSender,
}

/// The account's contact of a kind.
#[must_use]
pub const fn current(inside: &Inside, kind: Kind) -> Option<&Contact> {
    match kind {
        Kind::Email => inside.account.email.as_ref(),
        Kind::Phone => inside.account.phone.as_ref(),
    }
}

/// Whether the account's contact of a kind may be changed, and how.
///
/// # Errors
/// When the store fails.
pub async fn editable(app: &App, inside: &Inside, kind: Kind) -> Result<Editable, StepError> {
    let facts = account_pages::facts(&mut app.db.read().await?, inside.account.id).await?;
    let owner = match kind {
        Kind::Email => facts.email_owner,
        Kind::Phone => facts.phone_owner,
    };
    if let Some(owner) = owner {
        return Ok(Editable::Owned(owner));
    }
    let rule = |edit: idp_core::policy::ContactEdits| match kind {
        Kind::Email => edit.email,
        Kind::Phone => edit.phone,
    };
    let rules = &inside.rules;
    let locks = rules.policies.iter().position(|policy| rule(policy.contact_edit) == ContactEdit::Locked);
    if let Some(client) = locks.and_then(|place| rules.clients.get(place)) {
        return Ok(Editable::Locked(Arc::clone(client)));
    }
    let channels = app.channels();
    let proves = match kind {
        Kind::Email => channels.email,
        // A text or call has to be somebody's, whose caps it is under.
        Kind::Phone => (channels.sms || channels.voice) && rules.billed().is_some(),
    };
    Ok(if proves { Editable::With(rule(rules.policy.contact_edit)) } else { Editable::NoSender })
}

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
    fn place(&self) -> String {
        match self.stage {
            Stage::Old => format!("{}.old", self.change.id),
            Stage::New => self.change.id.clone(),
        }
    }
}

/// The value that somebody typed, canonical, with the channel that proves it.
///
/// # Errors
/// The key of the text that says what is wrong with it.
pub fn read(app: &App, inside: &Inside, kind: Kind, typed: &str) -> Result<(String, FactorId), &'static str> {
    use idp_core::account::EmailProblem;
    let (value, factor) = match kind {
        Kind::Email => {
            let email = EmailAddress::parse(typed).map_err(|problem| match problem {
                EmailProblem::Empty => "error-email-empty",
                EmailProblem::Format => "error-email-format",
                EmailProblem::TooLong => "error-email-long",
            })?;
            (email.as_str().to_owned(), FactorId::Email)
        }
        Kind::Phone => {
            let factor = channel_of(app, typed);
            (phone_for(&inside.rules.policy, &factor, typed)?.as_str().to_owned(), factor)
        }
    };
    match current(inside, kind) {
        // A number that is not proven, or not any more, can be proven again.
        Some(old) if old.value == value && old.state == ContactState::Verified => Err(match kind {
            Kind::Email => "error-email-same",
            Kind::Phone => "error-phone-same",
        }),
        _ => Ok((value, factor)),
    }
}

/// A text where the number takes one, else a call.
fn channel_of(app: &App, number: &str) -> FactorId {
    let texts = PhoneNumber::parse(number).is_ok_and(|number| number.line_type().takes_texts());
    if app.channels().sms && (texts || !app.channels().voice) { FactorId::Sms } else { FactorId::Voice }
}

/// Begins a change, and asks for its first code.
///
/// # Errors
/// [`Refusal::Sends`] where nothing may be sent now.
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
    let change = Change { id: app.random.token(), value, factor, taken, old_proven: !old_first };
    let (account, begun, now) = (inside.account.id, change.clone(), app.clock.now());
    app.db
        .write(move |tx| {
            Box::pin(async move { account_changes::begin(tx, account, kind, begun, now, now + WAITS).await })
        })
        .await?;
    let waiting = waiting_of(app, inside, kind, change).await?;
    send(app, inside, kind, &waiting, by).await
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

async fn waiting_of(app: &App, inside: &Inside, kind: Kind, change: Change) -> Result<Waiting, StepError> {
    let old = current(inside, kind).filter(|_| !change.old_proven).map(|old| old.value.clone());
    let (stage, factor, destination) = match old {
        Some(old) if kind == Kind::Phone => (Stage::Old, channel_of(app, &old), old),
        Some(old) => (Stage::Old, FactorId::Email, old),
        None => (Stage::New, change.factor.clone(), change.value.clone()),
    };
    let mut waiting = Waiting { change, stage, factor, destination, challenge: None };
    let progress = proofs::of_transaction(&mut app.db.read().await?, &waiting.place(), ACCOUNT_PAGES).await?;
    let challenges = progress.map(|progress| progress.challenges).unwrap_or_default();
    waiting.challenge = challenges.into_iter().find(|challenge| challenge.factor == waiting.factor);
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
    (origin, lang): (&Origin, Lang),
) -> Result<bool, StepError> {
    address::spend(app, origin, Spent::Message).await.map_err(Refusal::Sends)?;
    let now = app.clock.now();
    let transaction = Transaction { id: waiting.place(), ..super::access::none(app) };
    let policy = &inside.rules.policy;
    let asker =
        ask::Asker { transaction: &transaction, billed: inside.rules.billed(), account: &inside.account, policy, lang };
    let request = ask::prepare_set_up(app, asker, &waiting.factor, waiting.destination.clone());
    // Somebody who has the address hears of it; who asked learns nothing, and no code leaves.
    let instead = (waiting.change.taken && waiting.stage == Stage::New).then(|| {
        let to = (FactorId::Email, waiting.destination.clone());
        notices::to_one(app, &inside.account, (None, policy), to, "address-in-use", &json!({}), now)
    });
    let event =
        event(app, inside, origin, "factor.code_sent", json!({ "factor": waiting.factor, "for": kind.as_str() }));
    let (carried, before) = (request.clone(), waiting.challenge.clone());
    let sent = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                let outgoing = carried.carry_out(tx, before).await?;
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
struct Right {
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
    async fn count(&self, tx: &mut Tx) -> Result<(), StepError> {
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

/// Puts the new contact into force, and tells everybody who should know.
async fn change(
    app: &App,
    inside: &Inside,
    kind: Kind,
    change: Change,
    right: Right,
    origin: &Origin,
) -> Result<String, StepError> {
    let (account, class, now) = (inside.account.id, inside.account.class, app.clock.now());
    let old = current(inside, kind).cloned();
    let replacement = Replacement {
        account,
        class,
        kind,
        value: change.value.clone(),
        state: ContactState::Verified,
        old: old.as_ref().map(|old| old.value.clone()),
        id: app.random.uuid(now),
        at: now,
    };
    let way = old.filter(|old| old.value != change.value).map(|old| WayBack {
        id: app.random.uuid(now),
        account,
        kind,
        old: (old.value, old.state),
        new: change.value.clone(),
        at: now,
    });
    let told = told(app, inside, kind, &change, way.as_ref());
    let raised = Raised::by(app, inside, Method::Factor(change.factor.clone()));
    let event = event(app, inside, origin, "contact.changed", json!({ "kind": kind.as_str() }));
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                right.count(tx).await?;
                if !account_changes::finish(tx, account, kind, &change.id, now).await? {
                    return Err(StepError::from(Refusal::CodeGone));
                }
                if !account_changes::replace(tx, replacement).await? {
                    return Err(Refusal::TooManyPeople.into());
                }
                devices::forget_devices(tx, account).await?;
                if let Some(way) = way {
                    account_changes::leave_way_back(tx, way, now + UNDOABLE).await?;
                }
                for id in [change.id.clone(), format!("{}.old", change.id)] {
                    proofs::clear(tx, &id).await?;
                }
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                raised.keep(tx).await
            })
        })
        .await
}

/// The contacts from before hear of it, the one that was replaced with the way back; so does the new address.
fn told(app: &App, inside: &Inside, kind: Kind, change: &Change, way: Option<&WayBack>) -> Vec<Outgoing> {
    let now = app.clock.now();
    let by = || (None, &inside.rules.policy);
    let text = match kind {
        Kind::Email => "email-changed",
        Kind::Phone => "phone-changed",
    };
    let undo = |outgoing: &Outgoing| outgoing.channel == FactorId::Email && outgoing.destination != change.value;
    let mut told = notices::to_contacts(app, &inside.account, &by(), text, &json!({}), now);
    for outgoing in &mut told {
        if let (Some(way), true, outbox::Subject::Notice { details, kind }) =
            (way, undo(outgoing), &mut outgoing.subject)
        {
            details.insert(UNDO.to_owned(), json!(way.id));
            kind.push_str("-undo");
        }
    }
    if kind == Kind::Email {
        let to = (FactorId::Email, change.value.clone());
        told.push(notices::to_one(app, &inside.account, by(), to, text, &json!({}), now));
    }
    told
}

/// What a “this was not me” link leads to, while it leads anywhere.
///
/// # Errors
/// When the store fails.
pub async fn way_back(app: &App, id: Uuid) -> Result<Option<(WayBack, UserClass)>, StepError> {
    Ok(account_changes::way_back(&mut app.db.read().await?, id, app.clock.now()).await?)
}

/// Puts the contact before back into force, and ends every session: somebody else was here. `false` where the way was
/// used before, or the contact is another account's by now.
///
/// # Errors
/// When the store fails.
pub async fn undo(app: &App, way: WayBack, class: UserClass, origin: &Origin) -> Result<bool, StepError> {
    let now = app.clock.now();
    let mut event = origin.event(now, "contact.change_undone");
    event.account = Some(way.account);
    event.details = json!({ "kind": way.kind.as_str() });
    let replacement = Replacement {
        account: way.account,
        class,
        kind: way.kind,
        value: way.old.0.clone(),
        state: way.old.1,
        old: Some(way.new.clone()),
        id: app.random.uuid(now),
        at: now,
    };
    let undone = app.db.try_write(move |tx| {
        Box::pin(async move {
            let used = account_changes::use_way_back(tx, &way, now).await?;
            if !used || !account_changes::replace(tx, replacement).await? {
                return Err(StepError::from(Refusal::AlreadyUsed));
            }
            end_everything(tx, way.account, None, now).await?;
            tx.audit(event);
            Ok(())
        })
    });
    match undone.await {
        Ok(()) => Ok(true),
        Err(StepError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
