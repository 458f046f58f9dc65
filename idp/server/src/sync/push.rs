//! One push: the person is found or made, and what was said of them is applied.

use chrono::{DateTime, Utc};
use idp_core::journey::AccountStatus;
use idp_core::oidc::claims::Claims;
use uuid::Uuid;

use super::{By, Details, Left, Outcome, Person, Record, Refused, SyncError, apply, ending};
use crate::store::accounts::{self, Account};
use crate::store::new_accounts::{self, NewAccount};
use crate::store::{Db, StoreError, Tx, account_changes, external_ids};

/// Whether what is done is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settling {
    /// It is.
    Kept,
    /// It is only tried, and undone.
    Tried,
}

/// Applies what a back office says of a person, in one write. Of any number of pushes of one person at the same moment each
/// sees what the one before it did; the same push twice changes nothing.
///
/// # Errors
/// [`Refused::UnknownPerson`], [`Refused::ClassFixed`], [`Refused::NotForStaff`], [`Refused::Administrator`]; when the
/// store fails.
pub async fn push(db: &Db, by: By, person: Person, record: Record, settling: Settling) -> Result<Outcome, SyncError> {
    let done = db.try_write(move |tx| {
        Box::pin(async move {
            let outcome = apply_to(tx, &by, &person, record).await?;
            if settling == Settling::Tried { Err(SyncError::Tried(outcome)) } else { Ok(outcome) }
        })
    });
    match done.await {
        Err(SyncError::Tried(outcome)) => Ok(without_conflicts(outcome)),
        done => done,
    }
}

/// What a trial came to: a conflict that was undone with it has no id.
fn without_conflicts(mut outcome: Outcome) -> Outcome {
    for left in &mut outcome.left {
        if let Left::Email(conflict) = left {
            *conflict = None;
        }
    }
    outcome
}

async fn apply_to(tx: &mut Tx, by: &By, person: &Person, record: Record) -> Result<Outcome, SyncError> {
    let at = by.event.at;
    let known = external_ids::claim(tx, &person.client, &person.external_id, at).await?;
    let account = match known {
        Some(id) => Some(manageable(tx, id, &person.client).await?),
        None => None,
    };
    let details = match record {
        Record::Active(details) => details,
        Record::Ended => {
            let account = account.ok_or(Refused::UnknownPerson)?;
            by.may_change(account.class)?;
            let ended = ending::end(tx, by, &account, person).await?;
            return Ok(Outcome { changed: ended.then_some("status").into_iter().collect(), ..Outcome::default() });
        }
    };
    let mut outcome = Outcome::default();
    outcome.left.extend(details.numbers.rejected.iter().map(|(place, problem)| Left::Phone(*place, *problem)));
    // An account that has ended is nobody's any more: whoever comes back is somebody new.
    let account = match account.filter(|account| account.status != AccountStatus::Ended) {
        Some(account) if details.class.is_some_and(|class| class != account.class) => {
            return Err(Refused::ClassFixed.into());
        }
        Some(account) => {
            by.may_change(account.class)?;
            account
        }
        None => {
            outcome.created = true;
            by.may_change(details.class.unwrap_or(details.usual_class))?;
            made(tx, by, person, &details, at).await?
        }
    };
    apply::details(tx, by, person, &account, *details, &mut outcome).await?;
    Ok(outcome)
}

/// The account with that id, held to the end of this write.
pub(super) async fn held(tx: &mut Tx, id: Uuid, client: &str) -> Result<Account, StoreError> {
    account_changes::hold(tx, id).await?;
    let account = accounts::by_id(tx, id, client).await?;
    account.ok_or_else(|| StoreError::inconsistent("external_ids", "account_id", id))
}

/// The account with that id, held to the end of this write, which a back office may change.
pub(super) async fn manageable(tx: &mut Tx, id: Uuid, client: &str) -> Result<Account, SyncError> {
    let account = held(tx, id, client).await?;
    if new_accounts::has_role(tx, id).await? { Err(Refused::Administrator.into()) } else { Ok(account) }
}

/// Makes an account without any contact yet.
async fn made(
    tx: &mut Tx,
    by: &By,
    person: &Person,
    details: &Details,
    at: DateTime<Utc>,
) -> Result<Account, StoreError> {
    let id = by.random.uuid(at);
    let new = NewAccount {
        id,
        sub: by.random.token(),
        class: details.class.unwrap_or(details.usual_class),
        email: None,
        phone: None,
        external_owner: None,
        profile: Claims::new(),
        locale: None,
        phc: None,
        totp_secret: None,
        guest: None,
        contact_ids: [by.random.uuid(at), by.random.uuid(at)],
        at,
    };
    new_accounts::insert(tx, new).await?;
    external_ids::assign(tx, &person.client, &person.external_id, id).await?;
    tx.audit(by.event("account.created", id, &person.client));
    held(tx, id, &person.client).await
}
