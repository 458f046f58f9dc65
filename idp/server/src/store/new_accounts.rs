//! Accounts that are made, with what they sign in with.

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use sqlx::types::Json;
use uuid::Uuid;

use super::accounts::{self, Guest, class_name};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    INSERT = "INSERT INTO accounts (id, sub, class, status, profile, locale, mfa_on, mfa_reset, mfa_since, created_at, updated_at, \
              guest_of, guest_until) VALUES ($1, $2, $3, 'active', $4, $5, FALSE, FALSE, NULL, $6, $6, $7, $8)";
    INSERT_NAME = "INSERT INTO sign_in_names (class, name, account_id) VALUES ($1, $2, $3)";
    INSERT_CONTACT = "INSERT INTO contacts (id, account_id, kind, value, state, is_default, external_owner, created_at, state_at) \
                      VALUES ($1, $2, $3, $4, $5, TRUE, $7, $6, $6)";
    HAS_ROLE = "SELECT COUNT(*) FROM roles WHERE account_id = $1";
    GRANT_ROLE = "INSERT INTO roles (account_id, role, granted_at) VALUES ($1, $2, $3) \
                  ON CONFLICT (account_id, role) DO NOTHING";
}

/// What kind of contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContactKind {
    /// An email address.
    Email,
    /// A phone number in E.164.
    Phone,
}

impl ContactKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its id.
    pub id: Uuid,
    /// Its subject.
    pub sub: String,
    /// Its class.
    pub class: UserClass,
    /// What it signs in with, and its default email, with how far that is proven.
    pub email: Option<(EmailAddress, ContactState)>,
    /// Its default phone in E.164.
    pub phone: Option<(String, ContactState)>,
    /// The back office that owns its contacts.
    pub external_owner: Option<String>,
    /// Its standard claims.
    pub profile: Claims,
    /// The language of its messages.
    pub locale: Option<String>,
    /// Its password, hashed.
    pub phc: Option<String>,
    /// Its authenticator's secret, sealed.
    pub totp_secret: Option<Vec<u8>>,
    /// What being a guest limits.
    pub guest: Option<Guest>,
    /// Ids for its contacts.
    pub contact_ids: [Uuid; 2],
    /// Now.
    pub at: DateTime<Utc>,
}

/// Makes an account.
///
/// # Errors
/// [`StoreError::Conflict`] where the class has somebody with that address already.
pub async fn insert(tx: &mut Tx, new: NewAccount) -> Result<(), StoreError> {
    let at = Micros(new.at);
    let insert = tx.query(INSERT).bind(new.id).bind(new.sub).bind(class_name(new.class)).bind(Json(new.profile));
    let (guest_of, guest_until) = new.guest.map(|guest| (guest.client, guest.until)).unzip();
    let insert = insert.bind(new.locale).bind(at).bind(guest_of).bind(guest_until.flatten().map(Micros));
    insert.execute().await?;
    if let Some((name, _)) = &new.email {
        add_name(tx, new.class, name, new.id).await?;
    }
    let email = new.email.map(|(value, state)| (ContactKind::Email, value.as_str().to_owned(), state));
    let phone = new.phone.map(|(value, state)| (ContactKind::Phone, value, state));
    for (id, (kind, value, state)) in new.contact_ids.into_iter().zip([email, phone].into_iter().flatten()) {
        let insert = tx.query(INSERT_CONTACT).bind(id).bind(new.id).bind(kind.as_str()).bind(value);
        insert.bind(state.as_str()).bind(at).bind(new.external_owner.clone()).execute().await?;
    }
    if let Some(phc) = &new.phc {
        accounts::set_password(tx, new.id, phc, new.at).await?;
    }
    if let Some(secret) = new.totp_secret {
        accounts::set_authenticator(tx, new.id, secret, new.at).await?;
    }
    Ok(())
}

/// Lets an account sign in with an address.
///
/// # Errors
/// [`StoreError::Conflict`] where the class has somebody with that address already.
pub async fn add_name(tx: &mut Tx, class: UserClass, name: &EmailAddress, id: Uuid) -> Result<(), StoreError> {
    tx.query(INSERT_NAME).bind(class_name(class)).bind(name.as_str()).bind(id).execute().await.map(drop)
}

/// Whether an account has any administrator's role.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn has_role(conn: &mut Conn, id: Uuid) -> Result<bool, StoreError> {
    Ok(conn.query_scalar::<i64>(HAS_ROLE).bind(id).fetch_one().await? > 0)
}

/// Gives an account an administrator's role.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn grant_role(tx: &mut Tx, id: Uuid, role: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(GRANT_ROLE).bind(id).bind(role).bind(Micros(at)).execute().await.map(drop)
}
