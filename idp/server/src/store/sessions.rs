//! Sessions: which browser somebody is signed in with. Found by the hash of the cookie, which changes at each raise.

use chrono::{DateTime, Utc};
use idp_core::account::Device;
use idp_core::journey::{Method, Proof, SessionFacts};
use sqlx::types::Json;
use uuid::Uuid;

use super::accounts::{Account, AccountRow, account_columns, account_joins};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    BY_TOKEN = concat!(
        "SELECT s.id, s.sid, s.proofs, s.created_at, s.last_seen_at, ", account_columns!("$2"),
        " FROM sessions s JOIN accounts a ON a.id = s.account_id", account_joins!(),
        "WHERE s.token_hash = $1 AND s.ended_at IS NULL"
    );
    INSERT = "INSERT INTO sessions (id, token_hash, sid, account_id, proofs, created_at, last_seen_at, device) \
              SELECT $1, $2, $3, $4, $5, $6, $6, $7 \
              WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.id = $4 AND a.status = 'active') \
              AND NOT EXISTS (SELECT 1 FROM passwords w WHERE w.account_id = $4 AND w.changed_at > $8) \
              AND (CAST($9 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM proofs r WHERE r.transaction_id = $9 \
              AND r.account_id = $4 AND r.given_at IS NOT NULL))";
    IS_LIVE = "SELECT 1 FROM sessions WHERE id = $1 AND ended_at IS NULL";
    RAISE = "UPDATE sessions SET token_hash = $2, proofs = $3, last_seen_at = $4 WHERE id = $1 AND ended_at IS NULL";
    TOUCH = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";
    END = "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    END_ALL = "UPDATE sessions SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL";
    PURGE = "DELETE FROM sessions WHERE last_seen_at < $1";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    sid: String,
    proofs: Json<Vec<Proof>>,
    created_at: Micros,
    last_seen_at: Micros,
    #[sqlx(flatten)]
    account: AccountRow,
}

/// A session that has not been ended; whether it is within a client's limits is for the rules to say.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its row.
    pub id: Uuid,
    /// The `sid` claim: never changes.
    pub sid: String,
    /// What the rules look at.
    pub facts: SessionFacts,
    /// Whose it is.
    pub account: Account,
}

/// The live session whose cookie hashes to `token_hash`, as seen at `client_id`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_token(conn: &mut Conn, token_hash: [u8; 32], client_id: &str) -> Result<Option<Session>, StoreError> {
    let row = conn.query_as::<Row>(BY_TOKEN).bind(token_hash.to_vec()).bind(client_id).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    let account = row.account.read()?;
    let facts = SessionFacts {
        account: account.id,
        proofs: row.proofs.0,
        created_at: row.created_at.into(),
        last_seen_at: row.last_seen_at.into(),
    };
    Ok(Some(Session { id: row.id, sid: row.sid, facts, account }))
}

/// A session to be begun.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its row.
    pub id: Uuid,
    /// The hash of its cookie.
    pub token_hash: [u8; 32],
    /// Its `sid`.
    pub sid: String,
    /// Whose it is.
    pub account: Uuid,
    /// What was proven.
    pub proofs: Vec<Proof>,
    /// The browser, if it said what it is.
    pub device: Option<Device>,
    /// The transaction in whose earlier steps something was proven that has to be there still.
    pub rests_on: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

/// Begins a session; `false` if the account is not in use any more, if the password that it is to begin with has been
/// replaced since it was checked, or if what it rests on was taken away.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(tx: &mut Tx, new: NewSession) -> Result<bool, StoreError> {
    let password = new.proofs.iter().find(|proof| proof.method == Method::Password).map(|proof| Micros(proof.at));
    let insert = tx.query(INSERT).bind(new.id).bind(new.token_hash.to_vec()).bind(new.sid).bind(new.account);
    let insert = insert.bind(Json(new.proofs)).bind(Micros(new.at)).bind(new.device.map(|device| device.to_text()));
    Ok(insert.bind(password).bind(new.rests_on).execute().await? == 1)
}

/// Whether a session has not been ended.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn is_live(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query_scalar::<i32>(IS_LIVE).bind(id).fetch_optional().await?.is_some())
}

/// Gives a session further proofs and a new cookie; `false` if it has ended meanwhile.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn raise(
    tx: &mut Tx,
    id: Uuid,
    token_hash: [u8; 32],
    proofs: Vec<Proof>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let update = tx.query(RAISE).bind(id).bind(token_hash.to_vec()).bind(Json(proofs)).bind(Micros(at));
    Ok(update.execute().await? == 1)
}

/// Notes that a session was used.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn touch(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(TOUCH).bind(id).bind(Micros(at)).execute().await.map(drop)
}

/// Ends a session; `false` if it had ended already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(END).bind(id).bind(Micros(at)).execute().await? == 1)
}

/// Ends every session of an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_all(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(END_ALL).bind(account).bind(Micros(at)).execute().await
}

/// Deletes sessions last used before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
