//! Signing keys as rows. Nodes work from a cached ring; every change bumps the revision `keys`.

use idp_core::oidc::alg::SigningAlg;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Text, Tx};
use crate::keys::rotation::StoredKey;

statements! {
    ALL_KEYS = "SELECT kid, alg, sealed_pkcs8, created_at, published_at, active_from, retired_at, revoked_at \
                FROM signing_keys ORDER BY created_at, kid";
    PUT = "INSERT INTO signing_keys (kid, alg, sealed_pkcs8, created_at, published_at, active_from, retired_at, \
           revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
           ON CONFLICT (kid) DO UPDATE SET active_from = excluded.active_from, retired_at = excluded.retired_at, \
           revoked_at = excluded.revoked_at";
    DELETE = "DELETE FROM signing_keys WHERE kid = $1";
    FACT = "SELECT value FROM installation WHERE name = $1";
    STATE_FACT = "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
}

/// The revision that changes with every key.
pub const REVISION: &str = "keys";

#[derive(sqlx::FromRow)]
struct Row {
    kid: String,
    alg: Text<SigningAlg>,
    sealed_pkcs8: Vec<u8>,
    created_at: Micros,
    published_at: Micros,
    active_from: Option<Micros>,
    retired_at: Option<Micros>,
    revoked_at: Option<Micros>,
}

/// All keys, oldest first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, StoreError> {
    let rows = conn.query_as::<Row>(ALL_KEYS).fetch_all().await?;
    let read = |row: Row| StoredKey {
        kid: row.kid,
        alg: row.alg.0,
        sealed_pkcs8: row.sealed_pkcs8,
        created_at: row.created_at.into(),
        published_at: row.published_at.into(),
        active_from: row.active_from.map(Into::into),
        retired_at: row.retired_at.map(Into::into),
        revoked_at: row.revoked_at.map(Into::into),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Adds a key, or changes the times of its life.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put(tx: &mut Tx, key: StoredKey) -> Result<(), StoreError> {
    tx.query(PUT)
        .bind(key.kid)
        .bind(Text(key.alg))
        .bind(key.sealed_pkcs8)
        .bind(Micros(key.created_at))
        .bind(Micros(key.published_at))
        .bind(key.active_from.map(Micros))
        .bind(key.retired_at.map(Micros))
        .bind(key.revoked_at.map(Micros))
        .execute()
        .await?;
    tx.bump(REVISION).await
}

/// Deletes a key.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn delete(tx: &mut Tx, kid: &str) -> Result<(), StoreError> {
    tx.query(DELETE).bind(kid).execute().await?;
    tx.bump(REVISION).await
}

/// A fact of the installation.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn fact(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    conn.query_scalar(FACT).bind(name).fetch_optional().await
}

/// States a fact of the installation, if nobody has before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn state_fact(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.query(STATE_FACT).bind(name).bind(value).execute().await.map(drop)
}
