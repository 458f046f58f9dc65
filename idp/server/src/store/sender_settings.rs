//! Settings of the senders as rows, each value sealed with its name. Every change bumps the revision `sender_settings`.

use chrono::{DateTime, Utc};

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    ALL_SETTINGS = "SELECT name, sealed FROM sender_settings ORDER BY name";
    PUT = "INSERT INTO sender_settings (name, sealed, updated_at) VALUES ($1, $2, $3) \
           ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at";
    DELETE = "DELETE FROM sender_settings WHERE name = $1";
}

/// The revision that changes with every setting.
pub const REVISION: &str = "sender_settings";

/// Every setting: its name and its sealed value.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn all(conn: &mut Conn) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    conn.query_as(ALL_SETTINGS).fetch_all().await
}

/// Sets a setting.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put(tx: &mut Tx, name: String, sealed: Vec<u8>, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(PUT).bind(name).bind(sealed).bind(Micros(at)).execute().await?;
    tx.bump(REVISION).await
}

/// Takes a setting away; `false` if there was none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn delete(tx: &mut Tx, name: String) -> Result<bool, StoreError> {
    let deleted = tx.query(DELETE).bind(name).execute().await? == 1;
    tx.bump(REVISION).await?;
    Ok(deleted)
}
