//! Organisations: who is charged. A client belongs to one; they are never deleted, because the ledger names them.

use chrono::{DateTime, Utc};

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    LIST = "SELECT id, name, created_at FROM organisations ORDER BY id";
    INSERT = "INSERT INTO organisations (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    EXISTS = "SELECT COUNT(*) FROM organisations WHERE id = $1";
}

/// The organisation of clients that were given none.
pub const DEFAULT: &str = "default";

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Organisation {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Since when it is here.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
}

/// All organisations.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn all(conn: &mut Conn) -> Result<Vec<Organisation>, StoreError> {
    conn.query_as(LIST).fetch_all().await
}

/// Adds one; `false` if the id is taken.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(tx: &mut Tx, organisation: Organisation) -> Result<bool, StoreError> {
    let insert = tx.query(INSERT).bind(organisation.id).bind(organisation.name);
    Ok(insert.bind(Micros(organisation.created_at)).execute().await? == 1)
}

/// Whether there is one with that id.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn exists(conn: &mut Conn, id: &str) -> Result<bool, StoreError> {
    Ok(conn.query_scalar::<i64>(EXISTS).bind(id).fetch_one().await? == 1)
}
