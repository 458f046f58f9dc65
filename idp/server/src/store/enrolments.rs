//! Authenticators that are being set up within a sign-in. Nothing here is enrolled.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    BEGIN = "INSERT INTO authenticator_enrolments (transaction_id, account_id, secret, created_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (transaction_id) DO NOTHING";
    FIND = "SELECT secret, confirmed_at FROM authenticator_enrolments WHERE transaction_id = $1 AND account_id = $2";
    CONFIRM = "UPDATE authenticator_enrolments SET confirmed_at = $3 \
               WHERE transaction_id = $1 AND account_id = $2 AND confirmed_at IS NULL";
    FINISH = "DELETE FROM authenticator_enrolments WHERE transaction_id = $1 AND account_id = $2 \
              AND confirmed_at IS NOT NULL";
    PURGE = "DELETE FROM authenticator_enrolments WHERE created_at < $1";
}

#[derive(sqlx::FromRow)]
struct Row {
    secret: Vec<u8>,
    confirmed_at: Option<Micros>,
}

/// An authenticator that is being set up.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// Its sealed secret.
    pub secret: Vec<u8>,
    /// Whether a right code was typed.
    pub confirmed: bool,
}

/// Begins to set one up, unless the transaction has begun already: a reload shows the same secret.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn begin(
    tx: &mut Tx,
    transaction: &str,
    account: Uuid,
    secret: Vec<u8>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let insert = tx.query(BEGIN).bind(transaction).bind(account).bind(secret).bind(Micros(at));
    Ok(insert.execute().await? == 1)
}

/// What a transaction is setting up.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, transaction: &str, account: Uuid) -> Result<Option<Enrolment>, StoreError> {
    let row = conn.query_as::<Row>(FIND).bind(transaction).bind(account).fetch_optional().await?;
    Ok(row.map(|row| Enrolment { secret: row.secret, confirmed: row.confirmed_at.is_some() }))
}

/// Notes that a right code was typed; `false` if one was before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn confirm(tx: &mut Tx, transaction: &str, account: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let update = tx.query(CONFIRM).bind(transaction).bind(account).bind(Micros(at));
    Ok(update.execute().await? == 1)
}

/// Takes a confirmed enrolment out, once; `false` if there is none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn finish(tx: &mut Tx, transaction: &str, account: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query(FINISH).bind(transaction).bind(account).execute().await? == 1)
}

/// Deletes those begun before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
