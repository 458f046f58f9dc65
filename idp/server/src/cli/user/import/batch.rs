//! Many people in one write: accounts for those who have none, and for the others what `--update` may change.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use idp_core::account::ContactState;
use idp_core::oidc::claims::Claims;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::person::{Person, Problem, problem};
use super::seen::Tried;
use crate::audit::AuditEvent;
use crate::cli::desk::Desk;
use crate::factor::totp;
use crate::hashing::is_foreign;
use crate::signin::contact::sharers_key;
use crate::store::accounts::set_password;
use crate::store::imports::{self, Kind, Known};
use crate::store::new_accounts::{self, NewAccount};
use crate::store::{Conn, StoreError, Tx, contacts, external_ids};
use crate::sync;

/// What became of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// With their number, or without because others have it.
    Added(Phone),
    Updated(Left),
    Present(Left),
    /// Nothing of the line goes in.
    Refused(Problem),
}

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phone {
    Taken,
    /// As many as may share it have proven it already.
    Crowded,
}

/// What of a line about somebody who has an account stays out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) phone: Phone,
    /// The fields that are left to the account's owner.
    pub(super) owners: Vec<&'static str>,
}

impl Left {
    const NOTHING: Self = Self { phone: Phone::Taken, owners: Vec::new() };
}

/// How an import is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) update: bool,
}

/// What is to be changed of an account.
#[derive(Clone)]
enum Change {
    Person(Claims, Option<String>),
    Raise(Kind, String, ContactState),
    Phone(String, ContactState),
    Password(String),
    Office(sync::Person),
}

/// What is to be done about somebody.
enum Plan {
    Add(Phone),
    Change(Uuid, Vec<Change>, Left),
    Leave(Left),
    Refuse(Problem),
}

impl From<Plan> for Outcome {
    fn from(plan: Plan) -> Self {
        match plan {
            Plan::Add(phone) => Self::Added(phone),
            Plan::Change(_, _, left) => Self::Updated(left),
            Plan::Leave(left) => Self::Present(left),
            Plan::Refuse(problem) => Self::Refused(problem),
        }
    }
}

impl Change {
    /// The number that would count as its owner's.
    fn proven_number(&self) -> Option<&str> {
        match self {
            Self::Raise(Kind::Phone, number, ContactState::Verified) | Self::Phone(number, ContactState::Verified) => {
                Some(number)
            }
            _ => None,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Person(..) => "profile",
            Self::Raise(Kind::Email, ..) => "email_state",
            Self::Raise(Kind::Phone, ..) => "phone_state",
            Self::Phone(..) => "phone",
            Self::Password(_) => "password",
            Self::Office(_) => "external_id",
        }
    }
}

/// What the file knows better: claims and language always; a contact as long as its owner has not proven it, nor a back
/// office owns it; the password until somebody has signed in with it here. The second factor is its owner's business.
///
/// Password and number are ways in. Whoever has proven the address here owns the account, and the line may be about somebody
/// who only typed that address into the other system (R41): unless it is trusted to say that they proved it there, both are
/// left to the owner. So is a password where the owner signs in without one. Gives those fields too.
fn changes(known: &Known, person: &Person) -> (Vec<Change>, Vec<&'static str>) {
    let (mut changes, mut owners) = (Vec::new(), Vec::new());
    let is_owners = known.email_state() == Some(ContactState::Verified) && person.email_state != ContactState::Verified;
    let mut profile = known.profile().clone();
    profile.extend(person.profile.clone());
    let locale = person.locale.clone().or_else(|| known.locale.clone());
    if &profile != known.profile() || locale != known.locale {
        changes.push(Change::Person(profile, locale));
    }
    let email = person.email.as_str();
    if known.email.as_deref() == Some(email) && is_better(person.email_state, known.email_state()) {
        changes.push(Change::Raise(Kind::Email, email.to_owned(), person.email_state));
    }
    if let Some((phone, state)) = &person.phone {
        let is_open = matches!(known.phone_state(), None | Some(ContactState::Unproven | ContactState::Vouched))
            && known.phone_owner.is_none();
        let number = || phone.as_str().to_owned();
        let change = if known.phone.as_deref() == Some(phone.as_str()) {
            (is_open && is_better(*state, known.phone_state())).then(|| Change::Raise(Kind::Phone, number(), *state))
        } else {
            is_open.then(|| Change::Phone(number(), *state))
        };
        match change {
            Some(_) if is_owners => owners.push("phone"),
            change => changes.extend(change),
        }
    }
    if let Some(phc) = &person.phc
        && known.phc.as_deref().is_none_or(|stored| is_foreign(stored) && stored != phc)
    {
        if is_owners || (known.phc.is_none() && known.opens_otherwise) {
            owners.push("password_hash");
        } else {
            changes.push(Change::Password(phc.clone()));
        }
    }
    (changes, owners)
}

/// Whether a state says more about a contact than another. Doubt is not lifted by a file.
fn is_better(new: ContactState, old: Option<ContactState>) -> bool {
    match old {
        Some(ContactState::Unproven) => new != ContactState::Unproven,
        Some(ContactState::Vouched) => new == ContactState::Verified,
        _ => false,
    }
}

/// Brings people in, each whole, and all of them or none.
///
/// # Errors
/// As [`StoreError`] says.
pub(super) async fn settle(desk: &Desk, people: Vec<Person>, mode: Mode) -> Result<Vec<Outcome>, StoreError> {
    match write(desk, people.clone(), mode).await {
        // Somebody has signed up or proven a number in this moment: each by itself, so that only theirs is left alone.
        Err(StoreError::Conflict { .. }) => {}
        settled => return settled,
    }
    let mut outcomes = Vec::with_capacity(people.len());
    for person in people {
        match write(desk, vec![person], mode).await {
            Ok(settled) => outcomes.extend(settled),
            Err(StoreError::Conflict { .. }) => outcomes.push(Outcome::Present(Left::NOTHING)),
            Err(error) => return Err(error),
        }
    }
    Ok(outcomes)
}

/// Says what would become of people, and writes nothing.
///
/// # Errors
/// As [`StoreError`] says.
pub(super) async fn rehearse(
    desk: &Desk,
    people: &[Person],
    mode: Mode,
    tried: &mut Tried,
) -> Result<Vec<Outcome>, StoreError> {
    let mut conn = desk.db.read().await?;
    let mut outcomes = Vec::with_capacity(people.len());
    for person in people {
        let plan = foresee(&mut conn, person, mode, tried).await?;
        let number = match &plan {
            Plan::Add(Phone::Taken) => person.phone.as_ref().filter(|(_, state)| *state == ContactState::Verified),
            Plan::Change(_, changes, _) if changes.iter().any(|change| change.proven_number().is_some()) => {
                person.phone.as_ref()
            }
            _ => None,
        };
        if let Some((number, _)) = number {
            tried.share(number.as_str());
        }
        outcomes.push(plan.into());
    }
    Ok(outcomes)
}

/// What is to be done about somebody.
async fn foresee(conn: &mut Conn, person: &Person, mode: Mode, tried: &Tried) -> Result<Plan, StoreError> {
    let known = imports::find(conn, person.class, &person.email).await?;
    let holder = match &person.office {
        Some(office) => external_ids::holder(conn, &office.client, &office.external_id).await?,
        None => None,
    };
    if holder.is_some() && holder != known.as_ref().map(|known| known.id) {
        return Ok(Plan::Refuse(problem("external_id", "another account has it")));
    }
    let Some(known) = known else {
        let proven = person.phone.as_ref().filter(|(_, state)| *state == ContactState::Verified);
        return Ok(Plan::Add(match proven {
            Some((phone, _)) => room(conn, phone.as_str(), tried).await?,
            None => Phone::Taken,
        }));
    };
    if !mode.update {
        return Ok(Plan::Leave(Left::NOTHING));
    }
    let (mut changes, owners) = changes(&known, person);
    if let (Some(office), None) = (&person.office, holder) {
        if external_ids::is_managed(conn, known.id, &office.client).await? {
            return Ok(Plan::Refuse(problem(
                "external_id",
                "the person's account is another's in a back office already",
            )));
        }
        changes.push(Change::Office(office.clone()));
    }
    let phone = match changes.iter().find_map(Change::proven_number) {
        Some(number) => room(conn, number, tried).await?,
        None => Phone::Taken,
    };
    if phone == Phone::Crowded {
        changes.retain(|change| change.proven_number().is_none());
    }
    let left = Left { phone, owners };
    Ok(if changes.is_empty() { Plan::Leave(left) } else { Plan::Change(known.id, changes, left) })
}

/// Whether one more may have a number that counts as proven.
async fn room(conn: &mut Conn, number: &str, tried: &Tried) -> Result<Phone, StoreError> {
    let sharers = contacts::sharers(conn, number).await? + tried.sharers(number);
    Ok(if sharers < contacts::SHARERS { Phone::Taken } else { Phone::Crowded })
}

async fn write(desk: &Desk, people: Vec<Person>, mode: Mode) -> Result<Vec<Outcome>, StoreError> {
    let now = desk.clock.now();
    let accounts = people.into_iter().map(|person| (account(desk, &person, now), person)).collect::<Vec<_>>();
    let (mut created, mut updated) = (desk.event("account.created"), desk.event("account.imported_again"));
    (created.at, updated.at) = (now, now);
    // Always in the same order, as whoever proves one of these numbers waits for it.
    let proven = accounts.iter().filter_map(|(account, _)| account.phone.as_ref());
    let proven = proven.filter(|(_, state)| *state == ContactState::Verified);
    let holds = proven.map(|(number, _)| sharers_key(&desk.purposes, number)).collect::<BTreeSet<_>>();
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                let offices = claim(tx, accounts.iter().filter_map(|(_, person)| person.office.clone()), now).await?;
                for hold in holds {
                    contacts::hold_sharers(tx, hold, now).await?;
                }
                let mut outcomes = Vec::with_capacity(accounts.len());
                for (mut account, person) in accounts {
                    let contact = account.contact_ids[1];
                    let plan = foresee(tx, &person, mode, &Tried::default()).await?;
                    match &plan {
                        Plan::Add(phone) => {
                            account.phone = account.phone.filter(|_| *phone == Phone::Taken);
                            let id = account.id;
                            let event = about(&created, id, &person, ("by", "import".into()));
                            new_accounts::insert(tx, account).await?;
                            imports::mark(tx, id, now).await?;
                            if let Some(office) = person.office {
                                apply(tx, id, contact, Change::Office(office), now).await?;
                            }
                            tx.audit(event);
                        }
                        Plan::Change(id, changes, _) => {
                            let names = changes.iter().map(Change::name).collect();
                            let event = about(&updated, *id, &person, ("changed", names));
                            for change in changes {
                                apply(tx, *id, contact, change.clone(), now).await?;
                            }
                            tx.audit(event);
                        }
                        Plan::Leave(_) | Plan::Refuse(_) => {}
                    }
                    outcomes.push(plan.into());
                }
                for office in offices {
                    external_ids::release(tx, &office.client, &office.external_id).await?;
                }
                Ok(outcomes)
            })
        })
        .await
}

/// Holds those who are somebody in a back office to the end of this write, before anything else is touched and always in the
/// same order: whoever pushes them holds them first too. Gives those whom nobody has pushed.
async fn claim(
    tx: &mut Tx,
    offices: impl Iterator<Item = sync::Person> + Send,
    at: DateTime<Utc>,
) -> Result<Vec<sync::Person>, StoreError> {
    let mut offices = offices.collect::<Vec<_>>();
    offices.sort_unstable_by(|a, b| a.external_id.cmp(&b.external_id));
    let mut unknown = Vec::new();
    for office in offices {
        if external_ids::claim(tx, &office.client, &office.external_id, at).await?.is_none() {
            unknown.push(office);
        }
    }
    Ok(unknown)
}

/// An event about an account, with who its owner is to a back office.
fn about(event: &AuditEvent, account: Uuid, person: &Person, (name, value): (&str, Value)) -> AuditEvent {
    let mut details = Map::from_iter([(name.to_owned(), value)]);
    let office = person.office.as_ref();
    details.extend(office.map(|office| ("external_id".to_owned(), office.external_id.clone().into())));
    let client = office.map(|office| office.client.clone());
    AuditEvent { account: Some(account), client, details: Value::Object(details), ..event.clone() }
}

async fn apply(tx: &mut Tx, id: Uuid, contact: Uuid, change: Change, now: DateTime<Utc>) -> Result<(), StoreError> {
    match change {
        Change::Person(profile, locale) => imports::set_person(tx, id, profile, locale, now).await,
        Change::Raise(kind, value, state) => imports::raise(tx, id, (kind, &value), state, now).await,
        Change::Phone(value, state) => imports::replace_phone(tx, id, (contact, &value), state, now).await,
        Change::Password(phc) => set_password(tx, id, &phc, now).await,
        Change::Office(office) => external_ids::assign(tx, &office.client, &office.external_id, id).await,
    }
}

fn account(desk: &Desk, person: &Person, now: DateTime<Utc>) -> NewAccount {
    let (random, id) = (&desk.random, desk.random.uuid(now));
    let seal = |secret: &zeroize::Zeroizing<Vec<u8>>| totp::seal(&desk.purposes.authenticators, random, id, secret);
    NewAccount {
        id,
        sub: random.token(),
        class: person.class,
        email: Some((person.email.clone(), person.email_state)),
        phone: person.phone.as_ref().map(|(phone, state)| (phone.as_str().to_owned(), *state)),
        external_owner: None,
        profile: person.profile.clone(),
        locale: person.locale.clone(),
        phc: person.phc.clone(),
        totp_secret: person.totp_secret.as_ref().map(seal),
        guest: None,
        contact_ids: [random.uuid(now), random.uuid(now)],
        at: now,
    }
}
