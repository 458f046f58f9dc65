//! Client apps as rows. Nodes work from a cached copy; every change bumps the revision `clients`.

use chrono::{DateTime, Utc};
use idp_core::oidc::client::ClientMetadata;
use idp_core::policy::PolicyDocument;
use sqlx::types::Json;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    ALL_CLIENTS = "SELECT id, organisation, metadata, policy, secret_tag, enabled, first_accessed_at FROM clients ORDER BY id";
    UPSERT = "INSERT INTO clients (id, metadata, policy, secret_tag, enabled, created_at, updated_at, organisation) \
              VALUES ($1, $2, $3, $4, $5, $6, $6, $7) \
              ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation, metadata = excluded.metadata, policy = excluded.policy, \
              secret_tag = excluded.secret_tag, enabled = excluded.enabled, updated_at = excluded.updated_at";
    INSERT = "INSERT INTO clients (id, metadata, policy, secret_tag, enabled, created_at, updated_at, organisation) \
              VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT (id) DO NOTHING";
    FIRST_ACCESS = "UPDATE clients SET first_accessed_at = $2 WHERE id = $1 AND first_accessed_at IS NULL";
    DELETE = "DELETE FROM clients WHERE id = $1";
}

/// The revision that changes with every client.
pub const REVISION: &str = "clients";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    organisation: String,
    metadata: Json<ClientMetadata>,
    policy: Json<PolicyDocument>,
    secret_tag: Option<Vec<u8>>,
    enabled: bool,
    first_accessed_at: Option<Micros>,
}

/// A client app as it is stored.
#[derive(Clone, Debug)]
pub struct StoredClient {
    /// `client_id`.
    pub id: String,
    /// Who is charged for its messages: the id of an organisation.
    pub organisation: String,
    /// What it registered.
    pub metadata: ClientMetadata,
    /// Its policy, as written.
    pub policy: PolicyDocument,
    /// HMAC of its secret; none for a public client.
    pub secret_tag: Option<Vec<u8>>,
    /// Whether it may be used.
    pub enabled: bool,
    /// When its first valid authorization request came.
    pub first_accessed_at: Option<DateTime<Utc>>,
}

/// All clients.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn all(conn: &mut Conn) -> Result<Vec<StoredClient>, StoreError> {
    let rows = conn.query_as::<Row>(ALL_CLIENTS).fetch_all().await?;
    let read = |row: Row| StoredClient {
        id: row.id,
        organisation: row.organisation,
        metadata: row.metadata.0,
        policy: row.policy.0,
        secret_tag: row.secret_tag,
        enabled: row.enabled,
        first_accessed_at: row.first_accessed_at.map(Into::into),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Adds a client; `false` if there is one with that id.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(tx: &mut Tx, client: StoredClient, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let added = bind(tx, INSERT, client, at).await?;
    tx.bump(REVISION).await?;
    Ok(added)
}

/// Adds a client or replaces it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put(tx: &mut Tx, client: StoredClient, at: DateTime<Utc>) -> Result<(), StoreError> {
    bind(tx, UPSERT, client, at).await?;
    tx.bump(REVISION).await
}

async fn bind(tx: &mut Tx, sql: &'static str, client: StoredClient, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let statement = tx.query(sql).bind(client.id).bind(Json(client.metadata)).bind(Json(client.policy));
    let statement = statement.bind(client.secret_tag).bind(client.enabled).bind(Micros(at)).bind(client.organisation);
    Ok(statement.execute().await? == 1)
}

/// Notes the first valid authorization request of a client.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn first_access(tx: &mut Tx, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    if tx.query(FIRST_ACCESS).bind(id).bind(Micros(at)).execute().await? == 1 {
        tx.bump(REVISION).await?;
    }
    Ok(())
}

/// Deletes a client; `false` if there is none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    let deleted = tx.query(DELETE).bind(id).execute().await? == 1;
    tx.bump(REVISION).await?;
    Ok(deleted)
}
