//! What an account signs in with: names, the password, and second factors.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use uuid::Uuid;

use crate::store::statement::statements;
use crate::store::{Conn, Micros, StoreError, Tx};

statements! {
    SET_PASSWORD = "INSERT INTO passwords (account_id, phc, changed_at) VALUES ($1, $2, $3) \
                    ON CONFLICT (account_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at";
    PASSWORD_OF = "SELECT phc FROM passwords WHERE account_id = $1";
    NAMES_OF = "SELECT name FROM sign_in_names WHERE account_id = $1";
    REHASH = "UPDATE passwords SET phc = $2 WHERE account_id = $1 AND phc = $3";
    SET_AUTHENTICATOR = "INSERT INTO authenticators (account_id, secret, enabled_at) VALUES ($1, $2, $3) \
                         ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, enabled_at = excluded.enabled_at";
    SWITCH_MFA_ON = "UPDATE accounts SET mfa_on = TRUE, mfa_reset = FALSE, updated_at = $2 WHERE id = $1";
    START_MFA = "UPDATE accounts SET mfa_since = $2 WHERE id = $1 AND mfa_since IS NULL";
    USE_FACTOR = "INSERT INTO factor_uses (account_id, client_id, factor, first_at) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (account_id, client_id, factor) DO NOTHING";
}

/// Sets a password, in place of the one before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn set_password(tx: &mut Tx, id: Uuid, phc: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(SET_PASSWORD).bind(id).bind(phc).bind(Micros(at)).execute().await.map(drop)
}

/// The hash of an account's password, if it has one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn password_of(conn: &mut Conn, id: Uuid) -> Result<Option<String>, StoreError> {
    conn.query_scalar(PASSWORD_OF).bind(id).fetch_optional().await
}

/// What an account signs in with.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn names_of(conn: &mut Conn, id: Uuid) -> Result<Vec<String>, StoreError> {
    conn.query_scalar(NAMES_OF).bind(id).fetch_all().await
}

/// Replaces the hash that a password was just verified against by a stronger one of the same password.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn rehash(tx: &mut Tx, id: Uuid, phc: &str, verified: &str) -> Result<(), StoreError> {
    tx.query(REHASH).bind(id).bind(phc).bind(verified).execute().await.map(drop)
}

/// Enables an authenticator, in place of the one before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn set_authenticator(tx: &mut Tx, id: Uuid, secret: Vec<u8>, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(SET_AUTHENTICATOR).bind(id).bind(secret).bind(Micros(at)).execute().await?;
    switch_mfa_on(tx, id, at).await
}

/// Switches the second factor on: enrolling an authenticator or a passkey does.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn switch_mfa_on(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(SWITCH_MFA_ON).bind(id).bind(Micros(at)).execute().await.map(drop)
}

/// Remembers when a second factor was first required of an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn start_mfa(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(START_MFA).bind(id).bind(Micros(at)).execute().await.map(drop)
}

/// Remembers that a second factor was set up or used at a client.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn use_factor(
    tx: &mut Tx,
    id: Uuid,
    client_id: &str,
    factor: &FactorId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let insert = tx.query(USE_FACTOR).bind(id).bind(client_id).bind(factor.to_string());
    insert.bind(Micros(at)).execute().await.map(drop)
}
