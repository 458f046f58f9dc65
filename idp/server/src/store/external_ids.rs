//! People as back offices know them: an id in the namespace of one client, and the account that it stands for.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    // Whoever pushes the same person at the same moment waits here, on whichever node.
    CLAIM = "INSERT INTO external_ids (client_id, external_id, account_id, created_at) VALUES ($1, $2, NULL, $3) \
             ON CONFLICT (client_id, external_id) DO UPDATE SET client_id = excluded.client_id RETURNING account_id";
    ASSIGN = "UPDATE external_ids SET account_id = $3 WHERE client_id = $1 AND external_id = $2";
    FIND = "SELECT account_id FROM external_ids WHERE client_id = $1 AND external_id = $2 AND account_id IS NOT NULL";
    HOLDER = "SELECT x.account_id FROM external_ids x JOIN accounts a ON a.id = x.account_id \
              WHERE x.client_id = $1 AND x.external_id = $2 AND a.status <> 'ended'";
    RELEASE = "DELETE FROM external_ids WHERE client_id = $1 AND external_id = $2 AND account_id IS NULL";
    MANAGERS = "SELECT client_id FROM external_ids WHERE account_id = $1 \
                  UNION SELECT external_owner FROM contacts WHERE account_id = $1 AND external_owner <> $2";
}

/// Holds a person to the end of this write, and says which account it is, if it has one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn claim(
    tx: &mut Tx,
    client: &str,
    external_id: &str,
    at: DateTime<Utc>,
) -> Result<Option<Uuid>, StoreError> {
    let claim = tx.query_scalar::<Option<Uuid>>(CLAIM).bind(client).bind(external_id).bind(Micros(at));
    Ok(claim.fetch_optional().await?.flatten())
}

/// Says which account a person is from now on.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn assign(tx: &mut Tx, client: &str, external_id: &str, account: Uuid) -> Result<(), StoreError> {
    tx.query(ASSIGN).bind(client).bind(external_id).bind(account).execute().await.map(drop)
}

/// The account of a person.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, client: &str, external_id: &str) -> Result<Option<Uuid>, StoreError> {
    conn.query_scalar(FIND).bind(client).bind(external_id).fetch_optional().await
}

/// The account of a person, unless it has ended: then it is nobody's any more.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn holder(conn: &mut Conn, client: &str, external_id: &str) -> Result<Option<Uuid>, StoreError> {
    conn.query_scalar(HOLDER).bind(client).bind(external_id).fetch_optional().await
}

/// Lets go of a person who was claimed in this write and got no account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn release(tx: &mut Tx, client: &str, external_id: &str) -> Result<(), StoreError> {
    tx.query(RELEASE).bind(client).bind(external_id).execute().await.map(drop)
}

/// Whether an account stands for a person of a back office already, or one other than `client` owns a contact of it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn is_managed(conn: &mut Conn, account: Uuid, client: &str) -> Result<bool, StoreError> {
    let managers = conn.query_scalar::<String>(MANAGERS).bind(account).bind(client);
    Ok(managers.fetch_optional().await?.is_some())
}
