//! Passkeys of accounts. What changes with use has columns of its own, and a use is one conditional statement: of any
//! number of assertions with one sign count, one passes.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

use super::accounts::{Account, AccountRow, account_columns, account_joins};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    HANDLE = "INSERT INTO passkey_users (account_id, handle) VALUES ($1, $2) \
              ON CONFLICT (account_id) DO UPDATE SET handle = passkey_users.handle RETURNING handle";
    INSERT = "INSERT INTO passkeys (id, account_id, credential_id, credential, name, sign_count, backed_up, user_verified, \
              created_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL) \
              ON CONFLICT (credential_id) DO NOTHING";
    OF_ACCOUNT = "SELECT k.id, k.credential_id, k.credential, k.name, k.sign_count, k.backed_up, k.user_verified, \
                  k.created_at, k.last_used_at, k.copy_noted_at, COALESCE(k.handle, u.handle) AS handle FROM passkeys k \
                  LEFT JOIN passkey_users u ON u.account_id = k.account_id \
                  WHERE k.account_id = $1 ORDER BY k.created_at, k.id";
    BY_CREDENTIAL = concat!(
        "SELECT k.id, k.credential_id, k.credential, k.name, k.sign_count, k.backed_up, k.user_verified, k.created_at, \
         k.last_used_at, k.copy_noted_at, COALESCE(k.handle, u.handle) AS handle, ", account_columns!("$2"),
        " FROM passkeys k LEFT JOIN passkey_users u ON u.account_id = k.account_id JOIN accounts a ON a.id = k.account_id",
        account_joins!(), "WHERE k.credential_id = $1"
    );
    USE = "UPDATE passkeys SET sign_count = $3, backed_up = $4, last_used_at = $5 WHERE id = $1 AND account_id = $2 \
           AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0))";
    NOTE_COPY = "UPDATE passkeys SET copy_noted_at = $3 WHERE id = $1 AND account_id = $2 \
                 AND (copy_noted_at IS NULL OR copy_noted_at <= $4)";
    RENAME = "UPDATE passkeys SET name = $3 WHERE id = $1 AND account_id = $2";
    REMOVE = "DELETE FROM passkeys WHERE id = $1 AND account_id = $2";
    REMOVE_ALL = "DELETE FROM passkeys WHERE account_id = $1";
    SPEND_CHALLENGE = "INSERT INTO spent_challenges (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    IS_SPENT = "SELECT COUNT(*) FROM spent_challenges WHERE hash = $1";
    PURGE_CHALLENGES = "DELETE FROM spent_challenges WHERE expires_at < $1";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    credential_id: Vec<u8>,
    credential: Json<serde_json::Value>,
    name: String,
    sign_count: i64,
    backed_up: bool,
    user_verified: bool,
    created_at: Micros,
    last_used_at: Option<Micros>,
    copy_noted_at: Option<Micros>,
    handle: Uuid,
}

#[derive(sqlx::FromRow)]
struct Owned {
    #[sqlx(flatten)]
    passkey: Row,
    #[sqlx(flatten)]
    account: AccountRow,
}

/// A passkey of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Passkey {
    /// Its id here.
    pub id: Uuid,
    /// Its id as authenticators know it.
    pub credential_id: Vec<u8>,
    /// The public key, with what was seen at registration.
    pub credential: serde_json::Value,
    /// What its owner calls it.
    pub name: String,
    /// The last sign count; 0 where the authenticator keeps none.
    pub sign_count: i64,
    /// Whether it was copied to a cloud when it was last used.
    pub backed_up: bool,
    /// Whether the person was verified at registration.
    pub user_verified: bool,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When its owner was last told that there may be a copy of it.
    pub copy_noted_at: Option<DateTime<Utc>>,
    /// What its account is called inside it.
    pub handle: Uuid,
}

impl From<Row> for Passkey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            credential_id: row.credential_id,
            credential: row.credential.0,
            name: row.name,
            sign_count: row.sign_count,
            backed_up: row.backed_up,
            user_verified: row.user_verified,
            created_at: row.created_at.into(),
            last_used_at: row.last_used_at.map(Into::into),
            copy_noted_at: row.copy_noted_at.map(Into::into),
            handle: row.handle,
        }
    }
}

/// A passkey to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPasskey {
    /// Its id here.
    pub id: Uuid,
    /// Its id as authenticators know it.
    pub credential_id: Vec<u8>,
    /// The public key, with what was seen at registration.
    pub credential: serde_json::Value,
    /// What its owner calls it.
    pub name: String,
    /// The first sign count.
    pub sign_count: i64,
    /// Whether it is copied to a cloud.
    pub backed_up: bool,
    /// Whether the person was verified.
    pub user_verified: bool,
}

/// What a use of a passkey changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Which.
    pub id: Uuid,
    /// The sign count that came with it.
    pub sign_count: i64,
    /// Whether it is copied to a cloud now.
    pub backed_up: bool,
}

/// What an account is called inside its passkeys: `proposed`, unless it has a name already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn handle(tx: &mut Tx, account: Uuid, proposed: Uuid) -> Result<Uuid, StoreError> {
    tx.query_scalar(HANDLE).bind(account).bind(proposed).fetch_one().await
}

/// Keeps a passkey; `false` where somebody has one with that id already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn insert(tx: &mut Tx, account: Uuid, new: NewPasskey, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let insert = tx.query(INSERT).bind(new.id).bind(account).bind(new.credential_id).bind(Json(new.credential));
    let insert = insert.bind(new.name).bind(new.sign_count).bind(new.backed_up).bind(new.user_verified);
    Ok(insert.bind(Micros(at)).execute().await? == 1)
}

/// The passkeys of an account, oldest first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn of_account(conn: &mut Conn, account: Uuid) -> Result<Vec<Passkey>, StoreError> {
    let rows = conn.query_as::<Row>(OF_ACCOUNT).bind(account).fetch_all().await?;
    Ok(rows.into_iter().map(Passkey::from).collect())
}

/// The passkey with that id, and whose it is, as seen at `client_id`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_credential(
    conn: &mut Conn,
    credential_id: &[u8],
    client_id: &str,
) -> Result<Option<(Passkey, Account)>, StoreError> {
    let row = conn.query_as::<Owned>(BY_CREDENTIAL).bind(credential_id.to_vec()).bind(client_id).fetch_optional();
    let Some(Owned { passkey, account }) = row.await? else { return Ok(None) };
    Ok(Some((passkey.into(), account.read()?)))
}

/// Notes a use. `false` where the passkey is gone or its sign count did not grow; a count of zero stands for none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn use_up(tx: &mut Tx, account: Uuid, used: Used, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let update = tx.query(USE).bind(used.id).bind(account).bind(used.sign_count).bind(used.backed_up);
    Ok(update.bind(Micros(at)).execute().await? == 1)
}

/// Notes that there may be a copy of a passkey; `true` where its owner was not told after `told_before`. `false` also where
/// the account has no such passkey.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn note_copy(
    tx: &mut Tx,
    account: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
    told_before: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let update = tx.query(NOTE_COPY).bind(id).bind(account).bind(Micros(at)).bind(Micros(told_before));
    Ok(update.execute().await? == 1)
}

/// Gives a passkey of an account another name; `false` where it has no such passkey.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn rename(tx: &mut Tx, account: Uuid, id: Uuid, name: &str) -> Result<bool, StoreError> {
    Ok(tx.query(RENAME).bind(id).bind(account).bind(name).execute().await? == 1)
}

/// Takes a passkey away from an account; `false` where it has no such passkey.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remove(tx: &mut Tx, account: Uuid, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query(REMOVE).bind(id).bind(account).execute().await? == 1)
}

/// Takes every passkey away from an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remove_all(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(REMOVE_ALL).bind(account).execute().await.map(drop)
}

/// Spends a challenge that was asked of nobody in particular, once; `false` if it was spent before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spend_challenge(tx: &mut Tx, hash: [u8; 32], expires_at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(SPEND_CHALLENGE).bind(hash.to_vec()).bind(Micros(expires_at)).execute().await? == 1)
}

/// Whether a challenge, or what else works once under its hash, was spent.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn is_spent(conn: &mut Conn, hash: [u8; 32]) -> Result<bool, StoreError> {
    let found: i64 = conn.query_scalar(IS_SPENT).bind(hash.to_vec()).fetch_one().await?;
    Ok(found > 0)
}

/// Forgets spent challenges that have expired.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE_CHALLENGES).bind(Micros(now)).execute().await
}
