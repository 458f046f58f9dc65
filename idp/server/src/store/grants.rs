//! Grants, the codes that tell them, and access tokens. Revoking a grant ends everything that came from it.

use chrono::{DateTime, Utc};
use idp_core::level::Amr;
use idp_core::oidc::claims::ClaimsRequest;
use idp_core::oidc::pkce::CodeChallenge;
use idp_core::oidc::scope::Scopes;
use sqlx::types::Json;
use uuid::Uuid;

use super::accounts::{Account, AccountRow, account_columns, account_joins};
use super::statement::statements;
use super::{Conn, Db, Micros, StoreError, Tx};

statements! {
    INSERT = "INSERT INTO grants (id, transaction_id, client_id, account_id, session_id, scopes, acr, amr, auth_time, \
              nonce, claims, redirect_uri, code_challenge, code_hash, code_expires_at, created_at, provider, previous_sub) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
              ON CONFLICT (transaction_id) DO NOTHING";
    BY_CODE = concat!(
        "SELECT g.id, g.client_id, g.session_id, g.scopes, g.acr, g.amr, g.auth_time, g.nonce, g.claims, \
         g.redirect_uri, g.code_challenge, g.code_expires_at, g.revoked_at, g.provider, g.previous_sub, \
         EXISTS (SELECT 1 FROM access_tokens k WHERE k.redeems = g.id) AS redeemed, \
         s.sid, s.ended_at AS session_ended_at, ", account_columns!("g.client_id"),
        " FROM grants g JOIN accounts a ON a.id = g.account_id JOIN sessions s ON s.id = g.session_id",
        account_joins!(), "WHERE g.code_hash = $1"
    );
    REDEEM = "INSERT INTO access_tokens (hash, grant_id, redeems, client_id, scopes, expires_at) \
              SELECT $1, g.id, g.id, g.client_id, g.scopes, $3 FROM grants g WHERE g.id = $2 AND g.revoked_at IS NULL \
              ON CONFLICT (redeems) DO NOTHING";
    REVOKE = "UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    REVOKE_OF_ACCOUNT = "UPDATE grants SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL";
    INSERT_TOKEN = "INSERT INTO access_tokens (hash, client_id, scopes, expires_at) VALUES ($1, $2, $3, $4)";
    BY_TOKEN = concat!(
        "SELECT k.client_id, k.scopes, k.expires_at, g.claims, g.revoked_at, g.provider, \
         s.ended_at AS session_ended_at, ", account_columns!("k.client_id"),
        " FROM access_tokens k JOIN grants g ON g.id = k.grant_id JOIN accounts a ON a.id = g.account_id \
         JOIN sessions s ON s.id = g.session_id", account_joins!(),
        "WHERE k.hash = $1"
    );
    MACHINE_TOKEN = "SELECT client_id, scopes, expires_at FROM access_tokens WHERE hash = $1 AND grant_id IS NULL";
    PURGE_TOKENS = "DELETE FROM access_tokens WHERE expires_at < $1";
    PURGE = "DELETE FROM grants WHERE created_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM access_tokens k WHERE k.grant_id = grants.id)";
}

/// A grant to be made, with its code.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Its id.
    pub id: Uuid,
    /// The transaction it ends: there is at most one grant of each.
    pub transaction_id: String,
    /// The client.
    pub client_id: String,
    /// The account.
    pub account: Uuid,
    /// The session.
    pub session: Uuid,
    /// What was granted.
    pub scopes: Scopes,
    /// The `acr` claim.
    pub acr: String,
    /// The `amr` claim.
    pub amr: Vec<Amr>,
    /// The `auth_time` claim.
    pub auth_time: DateTime<Utc>,
    /// The request's nonce.
    pub nonce: Option<String>,
    /// Claims the request named one by one.
    pub claims: ClaimsRequest,
    /// The request's redirect URI.
    pub redirect_uri: String,
    /// The request's challenge.
    pub code_challenge: Option<CodeChallenge>,
    /// The hash of the code.
    pub code_hash: [u8; 32],
    /// When the code stops working.
    pub code_expires_at: DateTime<Utc>,
    /// The identity provider that it rests on.
    pub provider: Option<String>,
    /// The subject that the client knew the person by before, where it is another one now.
    pub previous_sub: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

/// Makes a grant; `false` if its transaction has made one already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(tx: &mut Tx, new: NewGrant) -> Result<bool, StoreError> {
    let insert = tx
        .query(INSERT)
        .bind(new.id)
        .bind(new.transaction_id)
        .bind(new.client_id)
        .bind(new.account)
        .bind(new.session)
        .bind(new.scopes.to_string())
        .bind(new.acr)
        .bind(Json(new.amr))
        .bind(Micros(new.auth_time))
        .bind(new.nonce)
        .bind(Json(new.claims))
        .bind(new.redirect_uri)
        .bind(new.code_challenge.map(|c| c.as_str().to_owned()))
        .bind(new.code_hash.to_vec())
        .bind(Micros(new.code_expires_at))
        .bind(Micros(new.at))
        .bind(new.provider)
        .bind(new.previous_sub);
    Ok(insert.execute().await? == 1)
}

#[derive(sqlx::FromRow)]
struct CodeRow {
    id: Uuid,
    client_id: String,
    session_id: Uuid,
    scopes: String,
    acr: String,
    amr: Json<Vec<Amr>>,
    auth_time: Micros,
    nonce: Option<String>,
    claims: Json<ClaimsRequest>,
    redirect_uri: String,
    code_challenge: Option<String>,
    code_expires_at: Micros,
    redeemed: bool,
    revoked_at: Option<Micros>,
    provider: Option<String>,
    previous_sub: Option<String>,
    sid: String,
    session_ended_at: Option<Micros>,
    #[sqlx(flatten)]
    account: AccountRow,
}

/// A grant as the token endpoint finds it by its code.
#[derive(Clone, Debug)]
pub struct CodeGrant {
    /// Its id.
    pub id: Uuid,
    /// The client.
    pub client_id: String,
    /// The session's row.
    pub session: Uuid,
    /// The session's `sid`.
    pub sid: String,
    /// Whether the session is alive.
    pub session_alive: bool,
    /// What was granted.
    pub scopes: Scopes,
    /// The `acr` claim.
    pub acr: String,
    /// The `amr` claim.
    pub amr: Vec<Amr>,
    /// The `auth_time` claim.
    pub auth_time: DateTime<Utc>,
    /// The request's nonce.
    pub nonce: Option<String>,
    /// Claims named one by one.
    pub claims: ClaimsRequest,
    /// The request's redirect URI.
    pub redirect_uri: String,
    /// The request's challenge.
    pub code_challenge: Option<CodeChallenge>,
    /// When the code stops working.
    pub code_expires_at: DateTime<Utc>,
    /// Whether the code was redeemed before, or the grant revoked.
    pub spent: bool,
    /// The identity provider that it rests on.
    pub provider: Option<String>,
    /// The subject that the client knew the person by before, where it is another one now.
    pub previous_sub: Option<String>,
    /// The account.
    pub account: Account,
}

/// The grant that a code tells.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_code(conn: &mut Conn, code_hash: [u8; 32]) -> Result<Option<CodeGrant>, StoreError> {
    let row = conn.query_as::<CodeRow>(BY_CODE).bind(code_hash.to_vec()).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(CodeGrant {
        id: row.id,
        client_id: row.client_id,
        session: row.session_id,
        sid: row.sid,
        session_alive: row.session_ended_at.is_none(),
        scopes: Scopes::from(row.scopes),
        acr: row.acr,
        amr: row.amr.0,
        auth_time: row.auth_time.into(),
        nonce: row.nonce,
        claims: row.claims.0,
        redirect_uri: row.redirect_uri,
        code_challenge: row.code_challenge.map(CodeChallenge::stored),
        code_expires_at: row.code_expires_at.into(),
        spent: row.redeemed || row.revoked_at.is_some(),
        provider: row.provider,
        previous_sub: row.previous_sub,
        account: row.account.read()?,
    }))
}

/// Redeems a grant's code for its access token; `false` if the code was redeemed before, or the grant revoked. The token
/// that redeems a code is unique: of any number of callers at any number of nodes, one wins.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn redeem(db: &Db, id: Uuid, token_hash: [u8; 32], expires_at: DateTime<Utc>) -> Result<bool, StoreError> {
    let redeem = db.execute(REDEEM, move |s| s.bind(token_hash.to_vec()).bind(id).bind(Micros(expires_at)));
    Ok(redeem.await? == 1)
}

/// Revokes a grant and with it every token of it; `false` if it was revoked already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn revoke(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(REVOKE).bind(id).bind(Micros(at)).execute().await? == 1)
}

/// Revokes every grant of an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn revoke_of_account(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(REVOKE_OF_ACCOUNT).bind(account).bind(Micros(at)).execute().await
}

/// An access token that speaks for a client alone.
#[derive(Clone, Debug)]
pub struct MachineToken {
    /// Its hash.
    pub hash: [u8; 32],
    /// The client it was issued to.
    pub client_id: String,
    /// Its scopes.
    pub scopes: Scopes,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// Keeps an access token of the client credentials grant.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert_token(db: &Db, new: MachineToken) -> Result<(), StoreError> {
    let insert = db.execute(INSERT_TOKEN, move |s| {
        let s = s.bind(new.hash.to_vec()).bind(new.client_id);
        s.bind(new.scopes.to_string()).bind(Micros(new.expires_at))
    });
    insert.await.map(drop)
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    client_id: String,
    scopes: String,
    expires_at: Micros,
    claims: Json<ClaimsRequest>,
    revoked_at: Option<Micros>,
    provider: Option<String>,
    session_ended_at: Option<Micros>,
    #[sqlx(flatten)]
    account: AccountRow,
}

/// An access token that speaks for a person.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The client it was issued to.
    pub client_id: String,
    /// Its scopes.
    pub scopes: Scopes,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// Claims named one by one.
    pub claims: ClaimsRequest,
    /// Whether its grant was revoked.
    pub revoked: bool,
    /// The identity provider that its grant rests on.
    pub provider: Option<String>,
    /// Whether the session that it came from is alive.
    pub session_alive: bool,
    /// Whom it speaks for.
    pub account: Account,
}

/// The token with that hash, if it speaks for a person.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_token(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<AccessToken>, StoreError> {
    let row = conn.query_as::<TokenRow>(BY_TOKEN).bind(hash.to_vec()).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(AccessToken {
        client_id: row.client_id,
        scopes: Scopes::from(row.scopes),
        expires_at: row.expires_at.into(),
        claims: row.claims.0,
        revoked: row.revoked_at.is_some(),
        provider: row.provider,
        session_alive: row.session_ended_at.is_none(),
        account: row.account.read()?,
    }))
}

#[derive(sqlx::FromRow)]
struct MachineRow {
    client_id: String,
    scopes: String,
    expires_at: Micros,
}

/// The token with that hash, if it speaks for a client alone, expired or not.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn machine_token(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<MachineToken>, StoreError> {
    let row = conn.query_as::<MachineRow>(MACHINE_TOKEN).bind(hash.to_vec()).fetch_optional().await?;
    Ok(row.map(|row| MachineToken {
        hash,
        client_id: row.client_id,
        scopes: Scopes::from(row.scopes),
        expires_at: row.expires_at.into(),
    }))
}

/// Deletes tokens that expired before `before`, and grants without any that were made before it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let tokens = tx.query(PURGE_TOKENS).bind(Micros(before)).execute().await?;
    Ok(tokens + tx.query(PURGE).bind(Micros(before)).execute().await?)
}
