//! Second factors that their owner has lost: to be taken away when the wait is over, unless somebody stops it. At most
//! one is open for an account.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    OPEN = "INSERT INTO recoveries (id, account_id, stop_hash, opened_at, ready_at) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (account_id) WHERE closed_at IS NULL DO NOTHING";
    USE = "UPDATE recoveries SET closed_at = $2, closed_by = 'used' \
           WHERE account_id = $1 AND closed_at IS NULL AND ready_at <= $2";
    CLOSE = "UPDATE recoveries SET closed_at = $2, closed_by = $3 WHERE account_id = $1 AND closed_at IS NULL";
    STOP = "UPDATE recoveries SET closed_at = $2, closed_by = 'stop_link' WHERE stop_hash = $1 AND closed_at IS NULL \
            RETURNING account_id";
    TO_STOP = "SELECT ready_at FROM recoveries WHERE stop_hash = $1 AND closed_at IS NULL";
    APPROVE = "UPDATE recoveries SET ready_at = $2 WHERE account_id = $1 AND closed_at IS NULL AND ready_at > $2";
    LIST = "SELECT r.account_id, a.sub, e.value AS email, r.opened_at, r.ready_at FROM recoveries r \
            JOIN accounts a ON a.id = r.account_id \
            LEFT JOIN contacts e ON e.account_id = a.id AND e.kind = 'email' AND e.is_default \
            WHERE r.closed_at IS NULL ORDER BY r.ready_at";
    PURGE = "DELETE FROM recoveries WHERE closed_at < $1 OR ready_at < $1";
}

/// A recovery to be opened.
#[derive(Clone, Debug)]
pub struct NewRecovery {
    /// Its id.
    pub id: Uuid,
    /// Whose second factors are lost.
    pub account: Uuid,
    /// The hash of what the links that stop it carry.
    pub stop_hash: [u8; 32],
    /// Now.
    pub at: DateTime<Utc>,
    /// When the wait is over.
    pub ready_at: DateTime<Utc>,
}

/// Opens a recovery; `false` where one is open already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn open(tx: &mut Tx, new: NewRecovery) -> Result<bool, StoreError> {
    let insert = tx.query(OPEN).bind(new.id).bind(new.account).bind(new.stop_hash.to_vec());
    Ok(insert.bind(Micros(new.at)).bind(Micros(new.ready_at)).execute().await? == 1)
}

/// Uses the open recovery of an account up; `false` where there is none, or its wait is not over.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn use_up(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(USE).bind(account).bind(Micros(at)).execute().await? == 1)
}

/// Closes the open recovery of an account; `false` where there is none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn close(tx: &mut Tx, account: Uuid, by: &'static str, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(CLOSE).bind(account).bind(Micros(at)).bind(by).execute().await? == 1)
}

/// Closes the open recovery whose links hash to `stop_hash`, and says whose it was.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn stop(tx: &mut Tx, stop_hash: [u8; 32], at: DateTime<Utc>) -> Result<Option<Uuid>, StoreError> {
    tx.query_scalar(STOP).bind(stop_hash.to_vec()).bind(Micros(at)).fetch_optional().await
}

/// When the open recovery whose links hash to `stop_hash` is ready; `None` where there is none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn to_stop(conn: &mut Conn, stop_hash: [u8; 32]) -> Result<Option<DateTime<Utc>>, StoreError> {
    let ready_at: Option<Micros> = conn.query_scalar(TO_STOP).bind(stop_hash.to_vec()).fetch_optional().await?;
    Ok(ready_at.map(Into::into))
}

/// Ends the wait of an account's open recovery; `false` where there is none that waits.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn approve(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(APPROVE).bind(account).bind(Micros(at)).execute().await? == 1)
}

/// An open recovery, for an operator.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenRecovery {
    /// Whose.
    pub account_id: Uuid,
    /// Their subject.
    pub sub: String,
    /// Their address.
    pub email: Option<String>,
    /// When it was opened.
    pub opened_at: Micros,
    /// When its wait is over.
    pub ready_at: Micros,
}

/// The open recoveries, those that are ready first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn list(conn: &mut Conn) -> Result<Vec<OpenRecovery>, StoreError> {
    conn.query_as(LIST).fetch_all().await
}

/// Deletes those that were closed, or ready and not used, before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
