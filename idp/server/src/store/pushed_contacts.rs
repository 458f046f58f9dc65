//! Contacts that a back office pushes, in place of those that were there.

use chrono::{DateTime, Utc};
use idp_core::account::ContactState;
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use sqlx::types::Json;
use uuid::Uuid;

use super::account_changes::Kind;
use super::accounts::class_name;
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    OF_ACCOUNT = "SELECT kind, value, state, is_default, external_owner, created_at, state_at FROM contacts \
                  WHERE account_id = $1 ORDER BY kind, is_default DESC, created_at, id";
    DROP = "DELETE FROM contacts WHERE account_id = $1 AND kind = $2";
    ADD = "INSERT INTO contacts (id, account_id, kind, value, state, is_default, external_owner, created_at, state_at) \
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    OWN = "UPDATE contacts SET external_owner = $2 WHERE account_id = $1";
    TAKE_NAME = "INSERT INTO sign_in_names (class, name, account_id) VALUES ($1, $2, $3) ON CONFLICT (class, name) \
                 DO UPDATE SET joined = FALSE WHERE sign_in_names.account_id = excluded.account_id";
    DROP_OTHER_NAMES = "DELETE FROM sign_in_names WHERE account_id = $1 AND name <> $2 AND NOT joined";
    DESCRIBE = "UPDATE accounts SET profile = $2, locale = $3, updated_at = $4 WHERE id = $1";
    INVITE = "UPDATE accounts SET invited_until = $2 WHERE id = $1";
    TOUCH = "UPDATE accounts SET updated_at = $2 WHERE id = $1";
}

/// A contact, default or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The address or number, canonical.
    pub value: String,
    /// How far it is proven.
    pub state: ContactState,
    /// Whether it is the default of its kind.
    pub is_default: bool,
    /// The back office that owns it.
    pub owner: Option<String>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Since when it is in its state.
    pub state_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    value: String,
    state: String,
    is_default: bool,
    external_owner: Option<String>,
    created_at: Micros,
    state_at: Micros,
}

/// All contacts of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    /// Its addresses, the default first.
    pub emails: Vec<Held>,
    /// Its numbers, the default first.
    pub phones: Vec<Held>,
}

impl Contacts {
    /// The default address.
    #[must_use]
    pub fn email(&self) -> Option<&Held> {
        self.emails.iter().find(|held| held.is_default)
    }

    /// The default number.
    #[must_use]
    pub fn phone(&self) -> Option<&Held> {
        self.phones.iter().find(|held| held.is_default)
    }
}

/// All contacts of an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn of_account(conn: &mut Conn, account: Uuid) -> Result<Contacts, StoreError> {
    let mut contacts = Contacts::default();
    for row in conn.query_as::<Row>(OF_ACCOUNT).bind(account).fetch_all().await? {
        let bad = || StoreError::inconsistent("contacts", "state", account);
        let held = Held {
            value: row.value,
            state: ContactState::named(&row.state).ok_or_else(bad)?,
            is_default: row.is_default,
            owner: row.external_owner,
            created_at: row.created_at.into(),
            state_at: row.state_at.into(),
        };
        if row.kind == Kind::Email.as_str() { contacts.emails.push(held) } else { contacts.phones.push(held) }
    }
    Ok(contacts)
}

/// Puts these contacts, each with an id, in place of all of a kind.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put(tx: &mut Tx, account: Uuid, kind: Kind, contacts: Vec<(Uuid, Held)>) -> Result<(), StoreError> {
    tx.query(DROP).bind(account).bind(kind.as_str()).execute().await?;
    for (id, held) in contacts {
        let add = tx.query(ADD).bind(id).bind(account).bind(kind.as_str()).bind(held.value);
        let add = add.bind(held.state.as_str()).bind(held.is_default).bind(held.owner);
        add.bind(Micros(held.created_at)).bind(Micros(held.state_at)).execute().await?;
    }
    Ok(())
}

/// Gives every contact of an account to a back office.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn own(tx: &mut Tx, account: Uuid, owner: &str) -> Result<(), StoreError> {
    tx.query(OWN).bind(account).bind(owner).execute().await.map(drop)
}

/// Lets an account sign in by a name, and by no other but those of accounts that were joined to it. `false` where somebody else does: then nothing is changed.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn take_name(tx: &mut Tx, account: Uuid, class: UserClass, name: &str) -> Result<bool, StoreError> {
    let take = tx.query(TAKE_NAME).bind(class_name(class)).bind(name).bind(account);
    if take.execute().await? != 1 {
        return Ok(false);
    }
    tx.query(DROP_OTHER_NAMES).bind(account).bind(name).execute().await?;
    Ok(true)
}

/// Replaces the standard claims and the language of an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn describe(
    tx: &mut Tx,
    account: Uuid,
    profile: Claims,
    locale: Option<String>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.query(DESCRIBE).bind(account).bind(Json(profile)).bind(locale).bind(Micros(at)).execute().await.map(drop)
}

/// Notes until when somebody who has no password may choose one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn invite(tx: &mut Tx, account: Uuid, until: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    tx.query(INVITE).bind(account).bind(until.map(Micros)).execute().await.map(drop)
}

/// Notes that an account has changed.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn touch(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(TOUCH).bind(account).bind(Micros(at)).execute().await.map(drop)
}
