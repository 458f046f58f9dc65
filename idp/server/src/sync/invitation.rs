//! Inviting somebody who was pushed and has no password. The message has a link that begins a code by email; it opens nothing,
//! and is the same for everybody. The right code proves the address, and a password can be chosen.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::AccountStatus;
use serde_json::json;
use uuid::Uuid;

use super::push::held;
use super::{By, Person, Refused, SyncError, masked_email};
use crate::signin::notices;
use crate::store::accounts::{self, Account};
use crate::store::{Db, Tx, external_ids, outbox, pushed_contacts};

/// For how long an invitation holds.
const HOLDS: TimeDelta = TimeDelta::days(30);
/// The least time between two to one person.
const BETWEEN: TimeDelta = TimeDelta::hours(1);
/// Where the link leads.
pub const PATH: &str = "/account/welcome";

/// Who is invited.
#[derive(Clone, Debug)]
pub enum Whom {
    /// A person of a back office.
    Person(Person),
    /// Whose account this is.
    Account(Uuid),
}

/// An invitation that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Where to, masked.
    pub email: String,
    /// Until when it holds.
    pub until: DateTime<Utc>,
}

/// Sends an invitation; `link` is the whole address of [`PATH`].
///
/// # Errors
/// [`Refused`] says which rule forbids it; when the store fails.
pub async fn invite(db: &Db, by: By, whom: Whom, link: String) -> Result<Invited, SyncError> {
    db.try_write(move |tx| {
        Box::pin(async move {
            let (account, client) = match &whom {
                Whom::Person(Person { client, external_id }) => {
                    let id = external_ids::claim(tx, client, external_id, by.event.at).await?;
                    (held(tx, id.ok_or(Refused::UnknownPerson)?, client).await?, Some(client.as_str()))
                }
                Whom::Account(id) => (held(tx, *id, "").await?, None),
            };
            send(tx, &by, &account, client, &link).await
        })
    })
    .await
}

async fn send(tx: &mut Tx, by: &By, account: &Account, client: Option<&str>, link: &str) -> Result<Invited, SyncError> {
    let (at, until) = (by.event.at, by.event.at + HOLDS);
    by.may_change(account.class)?;
    if account.status != AccountStatus::Active {
        return Err(Refused::PersonGone.into());
    }
    let email = account.email.as_ref().filter(|email| notices::receives(email.state)).ok_or(Refused::NoAddress)?;
    if accounts::password_of(tx, account.id).await?.is_some() {
        return Err(Refused::HasPassword.into());
    }
    if account.invited_until.is_some_and(|before| before > until - BETWEEN) {
        return Err(Refused::JustInvited.into());
    }
    pushed_contacts::invite(tx, account.id, Some(until)).await?;
    // Who shares the mailbox signs in by another name.
    let names = accounts::names_of(tx, account.id).await?;
    let name = names.iter().find(|name| **name == email.value).or(names.first()).ok_or(Refused::NoName)?;
    let (to, details) = ((FactorId::Email, email.value.clone()), json!({ "link": link, "name": name }));
    let lang = by.lang.as_str();
    outbox::put(tx, notices::by_office(&by.random, (account, client, lang), to, "invited", &details, at), at).await?;
    let email = masked_email(&email.value);
    let mut event = by.event("contact.invited", account.id, client.unwrap_or_default());
    event.client = client.map(str::to_owned);
    event.details = json!({ "email": email, "reason": by.event.details.get("reason") });
    tx.audit(event);
    Ok(Invited { email, until })
}
