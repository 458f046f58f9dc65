//! What the owner of an account has said: who they are, what they agreed to, and what they put off.

use chrono::{DateTime, Utc};
use idp_core::oidc::claims::Claims;
use idp_core::oidc::scope::Scopes;
use sqlx::types::Json;
use uuid::Uuid;

use crate::store::statement::statements;
use crate::store::{Micros, StoreError, Tx};

statements! {
    PUT_INVITATION_OFF = "UPDATE accounts SET invite_after = $2 WHERE id = $1";
    SET_PROFILE = "UPDATE accounts SET profile = $2, updated_at = $3 WHERE id = $1";
    AGREE_TO_TERMS = "UPDATE accounts SET terms_version = $2, terms_agreed_at = $3 WHERE id = $1";
    AGREE = "INSERT INTO consents (account_id, client_id, scopes, agreed_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account_id, client_id) DO UPDATE SET scopes = excluded.scopes, agreed_at = excluded.agreed_at";
}

/// Replaces the standard claims of an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn set_profile(tx: &mut Tx, id: Uuid, profile: Claims, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(SET_PROFILE).bind(id).bind(Json(profile)).bind(Micros(at)).execute().await.map(drop)
}

/// Remembers that an account's holder agreed to a version of the council's terms.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn agree_to_terms(tx: &mut Tx, id: Uuid, version: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(AGREE_TO_TERMS).bind(id).bind(version).bind(Micros(at)).execute().await.map(drop)
}

/// Does not invite the owner of an account to set a second factor up before `until`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put_invitation_off(tx: &mut Tx, id: Uuid, until: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(PUT_INVITATION_OFF).bind(id).bind(Micros(until)).execute().await.map(drop)
}

/// Remembers what an account agreed to share with a client.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn agree(
    tx: &mut Tx,
    id: Uuid,
    client_id: &str,
    scopes: &Scopes,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let insert = tx.query(AGREE).bind(id).bind(client_id).bind(scopes.to_string());
    insert.bind(Micros(at)).execute().await.map(drop)
}
