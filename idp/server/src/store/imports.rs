//! What an import finds about somebody who has an account already, and what it may change of it.

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use sqlx::types::Json;
use uuid::Uuid;

use super::accounts::class_name;
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

/// The columns of [`Known`], of `accounts a` with its default contacts and its password; the argument says where `a` is from.
macro_rules! known {
    ($from:literal) => {
        concat!(
            "SELECT a.id, a.profile, a.locale, e.value AS email, e.state AS email_state, p.value AS phone, \
             p.state AS phone_state, p.external_owner AS phone_owner, w.phc, \
             EXISTS (SELECT 1 FROM identities i WHERE i.account_id = a.id) \
             OR EXISTS (SELECT 1 FROM passkeys k WHERE k.account_id = a.id) AS opens_otherwise FROM ",
            $from,
            " LEFT JOIN contacts e ON e.account_id = a.id AND e.kind = 'email' AND e.is_default \
              LEFT JOIN contacts p ON p.account_id = a.id AND p.kind = 'phone' AND p.is_default \
              LEFT JOIN passwords w ON w.account_id = a.id "
        )
    };
}

statements! {
    FIND = concat!(
        known!("sign_in_names n JOIN accounts a ON a.id = n.account_id"), "WHERE n.class = $1 AND n.name = $2"
    );
    BY_ID = concat!(known!("accounts a"), "WHERE a.id = $1");
    MARK = "UPDATE accounts SET imported_at = $2 WHERE id = $1";
    SET_PERSON = "UPDATE accounts SET profile = $2, locale = $3, updated_at = $4 WHERE id = $1";
    RAISE = "UPDATE contacts SET state = $4, state_at = $5 WHERE account_id = $1 AND kind = $2 AND is_default AND value = $3";
    DROP_PHONE = "DELETE FROM contacts WHERE account_id = $1 AND kind = 'phone' AND is_default AND external_owner IS NULL \
                  AND state IN ('unproven', 'vouched')";
    ADD_PHONE = "INSERT INTO contacts (id, account_id, kind, value, state, is_default, external_owner, created_at, state_at) \
                 VALUES ($1, $2, 'phone', $3, $4, TRUE, NULL, $5, $5)";
}

/// An account that an import may meet.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Known {
    /// Its id.
    pub id: Uuid,
    profile: Json<Claims>,
    /// The language of its messages.
    pub locale: Option<String>,
    /// Its default email address.
    pub email: Option<String>,
    email_state: Option<String>,
    /// Its default phone number.
    pub phone: Option<String>,
    phone_state: Option<String>,
    /// The back office that owns the number.
    pub phone_owner: Option<String>,
    /// The hash of its password.
    pub phc: Option<String>,
    /// Whether a sign-in at a provider or a passkey opens it.
    pub opens_otherwise: bool,
}

impl Known {
    /// Its standard claims.
    #[must_use]
    pub const fn profile(&self) -> &Claims {
        &self.profile.0
    }

    /// How far its address is proven.
    #[must_use]
    pub fn email_state(&self) -> Option<ContactState> {
        self.email_state.as_deref().and_then(ContactState::named)
    }

    /// How far its number is proven.
    #[must_use]
    pub fn phone_state(&self) -> Option<ContactState> {
        self.phone_state.as_deref().and_then(ContactState::named)
    }
}

/// The account of `class` that signs in with an address.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, class: UserClass, name: &EmailAddress) -> Result<Option<Known>, StoreError> {
    conn.query_as::<Known>(FIND).bind(class_name(class)).bind(name.as_str()).fetch_optional().await
}

/// The account with that id.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Known>, StoreError> {
    conn.query_as::<Known>(BY_ID).bind(id).fetch_optional().await
}

/// Notes that an account was brought in.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn mark(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(MARK).bind(id).bind(Micros(at)).execute().await.map(drop)
}

/// Which contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The default email address.
    Email,
    /// The default phone number.
    Phone,
}

/// Replaces the claims and the language of an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn set_person(
    tx: &mut Tx,
    id: Uuid,
    profile: Claims,
    locale: Option<String>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.query(SET_PERSON).bind(id).bind(Json(profile)).bind(locale).bind(Micros(at)).execute().await.map(drop)
}

/// Writes down how far a contact is proven.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn raise(
    tx: &mut Tx,
    id: Uuid,
    (kind, value): (Kind, &str),
    state: ContactState,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kind = match kind {
        Kind::Email => "email",
        Kind::Phone => "phone",
    };
    let raise = tx.query(RAISE).bind(id).bind(kind).bind(value).bind(state.as_str());
    raise.bind(Micros(at)).execute().await.map(drop)
}

/// Gives an account a phone number, in place of one that its owner has not proven.
///
/// # Errors
/// [`StoreError::Conflict`] where its owner has proven one in the meantime.
pub async fn replace_phone(
    tx: &mut Tx,
    id: Uuid,
    (contact, value): (Uuid, &str),
    state: ContactState,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.query(DROP_PHONE).bind(id).execute().await?;
    let add = tx.query(ADD_PHONE).bind(contact).bind(id).bind(value).bind(state.as_str());
    add.bind(Micros(at)).execute().await.map(drop)
}
