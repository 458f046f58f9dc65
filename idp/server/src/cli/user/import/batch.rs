//! Many people in one write: accounts for those who have none, and for the others what `--update` may change.

use chrono::{DateTime, Utc};
use idp_core::account::ContactState;
use idp_core::oidc::claims::Claims;
use serde_json::json;
use uuid::Uuid;

use super::person::Person;
use crate::cli::desk::Desk;
use crate::factor::totp;
use crate::hashing::is_foreign;
use crate::store::accounts::set_password;
use crate::store::imports::{self, Kind, Known};
use crate::store::new_accounts::{self, NewAccount};
use crate::store::{Conn, StoreError, Tx};

/// What became of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Added,
    Updated,
    Present,
}

/// How an import is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) update: bool,
    pub(super) dry_run: bool,
}

/// What is to be changed of an account.
enum Change {
    Person(Claims, Option<String>),
    Raise(Kind, String, ContactState),
    Phone(String, ContactState),
    Password(String),
}

impl Change {
    const fn name(&self) -> &'static str {
        match self {
            Self::Person(..) => "profile",
            Self::Raise(Kind::Email, ..) => "email_state",
            Self::Raise(Kind::Phone, ..) => "phone_state",
            Self::Phone(..) => "phone",
            Self::Password(_) => "password",
        }
    }
}

/// What the file knows better: claims and language always; a contact as long as its owner has not proven it, nor a back
/// office owns it; the password until somebody has signed in with it here. The second factor is its owner's business.
fn changes(known: &Known, person: &Person) -> Vec<Change> {
    let mut changes = Vec::new();
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
        if known.phone.as_deref() != Some(phone.as_str()) {
            changes.extend(is_open.then(|| Change::Phone(phone.as_str().to_owned(), *state)));
        } else if is_open && is_better(*state, known.phone_state()) {
            changes.push(Change::Raise(Kind::Phone, phone.as_str().to_owned(), *state));
        }
    }
    if let Some(phc) = &person.phc
        && known.phc.as_deref().is_none_or(|stored| is_foreign(stored) && stored != phc)
    {
        changes.push(Change::Password(phc.clone()));
    }
    changes
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
    if mode.dry_run {
        let mut conn = desk.db.read().await?;
        let mut outcomes = Vec::with_capacity(people.len());
        for person in &people {
            outcomes.push(foresee(&mut conn, person, mode).await?.0);
        }
        return Ok(outcomes);
    }
    match write(desk, people.clone(), mode).await {
        // Somebody has signed up or proven a number in this moment: each by itself, so that only theirs is left alone.
        Err(StoreError::Conflict { .. }) => {}
        settled => return settled,
    }
    let mut outcomes = Vec::with_capacity(people.len());
    for person in people {
        match write(desk, vec![person], mode).await {
            Ok(settled) => outcomes.extend(settled),
            Err(StoreError::Conflict { .. }) => outcomes.push(Outcome::Present),
            Err(error) => return Err(error),
        }
    }
    Ok(outcomes)
}

/// What is to be done about somebody, and to which account.
async fn foresee(
    conn: &mut Conn,
    person: &Person,
    mode: Mode,
) -> Result<(Outcome, Option<(Uuid, Vec<Change>)>), StoreError> {
    let Some(known) = imports::find(conn, person.class, &person.email).await? else {
        return Ok((Outcome::Added, None));
    };
    let changes = if mode.update { changes(&known, person) } else { Vec::new() };
    let outcome = if changes.is_empty() { Outcome::Present } else { Outcome::Updated };
    Ok((outcome, Some((known.id, changes))))
}

async fn write(desk: &Desk, people: Vec<Person>, mode: Mode) -> Result<Vec<Outcome>, StoreError> {
    let now = desk.clock.now();
    let accounts = people.into_iter().map(|person| (account(desk, &person, now), person)).collect::<Vec<_>>();
    let (mut created, mut updated) = (desk.event("account.created"), desk.event("account.imported_again"));
    (created.at, updated.at) = (now, now);
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                let mut outcomes = Vec::with_capacity(accounts.len());
                for (account, person) in accounts {
                    let contact = account.contact_ids[1];
                    let (outcome, known) = foresee(tx, &person, mode).await?;
                    match known {
                        None => {
                            let mut event = created.clone();
                            event.account = Some(account.id);
                            event.details = json!({ "by": "import" });
                            new_accounts::insert(tx, account).await?;
                            tx.audit(event);
                        }
                        Some((id, changes)) if !changes.is_empty() => {
                            let mut event = updated.clone();
                            event.account = Some(id);
                            let names = changes.iter().map(Change::name).collect::<Vec<_>>();
                            event.details = json!({ "changed": names });
                            for change in changes {
                                apply(tx, id, contact, change, now).await?;
                            }
                            tx.audit(event);
                        }
                        Some(_) => {}
                    }
                    outcomes.push(outcome);
                }
                Ok(outcomes)
            })
        })
        .await
}

async fn apply(tx: &mut Tx, id: Uuid, contact: Uuid, change: Change, now: DateTime<Utc>) -> Result<(), StoreError> {
    match change {
        Change::Person(profile, locale) => imports::set_person(tx, id, profile, locale, now).await,
        Change::Raise(kind, value, state) => imports::raise(tx, id, (kind, &value), state, now).await,
        Change::Phone(value, state) => imports::replace_phone(tx, id, (contact, &value), state, now).await,
        Change::Password(phc) => set_password(tx, id, &phc, now).await,
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
