//! Invitations of administrators: single-use, found by hash.

use chrono::{DateTime, Utc};

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    INSERT = "INSERT INTO invitations (token_hash, role, secret, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT role, secret FROM invitations WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    WAS_USED = "SELECT used_at FROM invitations WHERE token_hash = $1";
    USE = "UPDATE invitations SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    PURGE = "DELETE FROM invitations WHERE expires_at < $1";
}

/// A live invitation.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Invitation {
    /// The role that whoever accepts it gets.
    pub role: String,
    /// The sealed authenticator secret that its page shows.
    pub secret: Vec<u8>,
}

/// Invites somebody.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(
    tx: &mut Tx,
    token_hash: [u8; 32],
    invitation: Invitation,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let insert = tx.query(INSERT).bind(token_hash.to_vec()).bind(invitation.role).bind(invitation.secret);
    insert.bind(Micros(at)).bind(Micros(expires_at)).execute().await.map(drop)
}

/// The invitation with that token, while it can be used.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, token_hash: [u8; 32], now: DateTime<Utc>) -> Result<Option<Invitation>, StoreError> {
    conn.query_as(FIND).bind(token_hash.to_vec()).bind(Micros(now)).fetch_optional().await
}

#[derive(sqlx::FromRow)]
struct UsedRow {
    used_at: Option<Micros>,
}

/// Whether an invitation that cannot be used any more was used, or has expired; `None` where it is not known, or not any
/// more.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn was_used(conn: &mut Conn, token_hash: [u8; 32]) -> Result<Option<bool>, StoreError> {
    let row = conn.query_as::<UsedRow>(WAS_USED).bind(token_hash.to_vec()).fetch_optional().await?;
    Ok(row.map(|row| row.used_at.is_some()))
}

/// Uses an invitation; `false` if it was used, or has expired.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spend(tx: &mut Tx, token_hash: [u8; 32], at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(USE).bind(token_hash.to_vec()).bind(Micros(at)).execute().await? == 1)
}

/// Deletes those that expired before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
