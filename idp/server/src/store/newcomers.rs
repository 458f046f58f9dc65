//! Who has no account yet, in a transaction: who came back from an identity provider, or has proven an address to make an
//! account. One row a transaction, sealed.

use chrono::{DateTime, Utc};

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    PUT = "INSERT INTO newcomers (transaction_id, sealed, came_at) VALUES ($1, $2, $3) \
           ON CONFLICT (transaction_id) DO UPDATE SET sealed = excluded.sealed, came_at = excluded.came_at";
    FIND = "SELECT sealed FROM newcomers WHERE transaction_id = $1";
    TAKE = "DELETE FROM newcomers WHERE transaction_id = $1";
    PURGE = "DELETE FROM newcomers WHERE came_at < $1";
}

/// Keeps what is known of the newcomer of a transaction, in place of what was known before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put(tx: &mut Tx, transaction: &str, sealed: String, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(PUT).bind(transaction).bind(sealed).bind(Micros(at)).execute().await.map(drop)
}

/// What is known of the newcomer of a transaction.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, transaction: &str) -> Result<Option<String>, StoreError> {
    conn.query_scalar(FIND).bind(transaction).fetch_optional().await
}

/// The newcomer of a transaction is none any more; `false` where there is none: of any number of callers, one gets
/// `true`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn take(tx: &mut Tx, transaction: &str) -> Result<bool, StoreError> {
    Ok(tx.query(TAKE).bind(transaction).execute().await? == 1)
}

/// Deletes who came before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
