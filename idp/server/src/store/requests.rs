//! Authorization requests that are too large to travel in a URL, sealed.

use chrono::{DateTime, Utc};

use super::statement::statements;
use super::{Conn, Db, Micros, StoreError, Tx};

statements! {
    INSERT = "INSERT INTO parked_requests (id, sealed, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    FIND = "SELECT sealed FROM parked_requests WHERE id = $1 AND expires_at > $2";
    PURGE = "DELETE FROM parked_requests WHERE expires_at < $1";
}

/// Parks a sealed request, once: its transaction is sealed anew at every page.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(db: &Db, id: String, sealed: String, expires_at: DateTime<Utc>) -> Result<(), StoreError> {
    db.execute(INSERT, move |s| s.bind(id).bind(sealed).bind(Micros(expires_at))).await.map(drop)
}

/// The sealed request with that id, while it lives.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, id: &str, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
    conn.query_scalar(FIND).bind(id).bind(Micros(now)).fetch_optional().await
}

/// Deletes requests that expired before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
