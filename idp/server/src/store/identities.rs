//! Sign-ins at identity providers: which account each opens, and those that are under way. An identity is found by issuer
//! and subject, never by an address.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::accounts::{Account, AccountRow, account_columns, account_joins};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    ACCOUNT_OF = concat!(
        "SELECT ", account_columns!("$3"), " FROM identities i JOIN accounts a ON a.id = i.account_id", account_joins!(),
        "WHERE i.issuer = $1 AND i.subject = $2"
    );
    OF_ACCOUNT = "SELECT issuer, subject, provider, email, linked_at, last_used_at FROM identities \
                  WHERE account_id = $1 ORDER BY linked_at, subject";
    LINK = "INSERT INTO identities (issuer, subject, account_id, provider, email, linked_at, last_used_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (issuer, subject) DO NOTHING";
    TOUCH = "UPDATE identities SET last_used_at = $4, email = $5 WHERE issuer = $1 AND subject = $2 AND account_id = $3";
    UNLINK = "DELETE FROM identities WHERE issuer = $1 AND subject = $2 AND account_id = $3";
    UNLINK_ALL = "DELETE FROM identities WHERE account_id = $1";
    BEGIN = "INSERT INTO upstream_requests (state_hash, sealed, expires_at) VALUES ($1, $2, $3)";
    TAKE = "DELETE FROM upstream_requests WHERE state_hash = $1 AND expires_at > $2 RETURNING sealed";
    HOLDER = "SELECT account_id, linked_at FROM identities WHERE issuer = $1 AND subject = $2";
    NOTE_DELETION = "INSERT INTO upstream_deletions (code, provider, outcome, at) VALUES ($1, $2, $3, $4)";
    DELETION = "SELECT outcome FROM upstream_deletions WHERE code = $1";
    PURGE = "DELETE FROM upstream_requests WHERE expires_at < $1";
}

/// The name that a provider knows somebody by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityKey {
    /// The provider's issuer.
    pub issuer: String,
    /// Its subject there: case-sensitive.
    pub subject: String,
}

/// An identity that opens an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its key.
    pub key: IdentityKey,
    /// The provider's id.
    pub provider: String,
    /// The address that the provider named last.
    pub email: Option<String>,
    /// Since when it opens the account.
    pub linked_at: DateTime<Utc>,
    /// When it last did.
    pub last_used_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    issuer: String,
    subject: String,
    provider: String,
    email: Option<String>,
    linked_at: Micros,
    last_used_at: Micros,
}

/// The account that an identity opens, as seen at `client_id`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn account_of(conn: &mut Conn, key: &IdentityKey, client_id: &str) -> Result<Option<Account>, StoreError> {
    let find = conn.query_as::<AccountRow>(ACCOUNT_OF).bind(key.issuer.clone()).bind(key.subject.clone());
    find.bind(client_id).fetch_optional().await?.map(AccountRow::read).transpose()
}

/// The identities that open an account, the oldest link first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn of_account(conn: &mut Conn, account: Uuid) -> Result<Vec<Identity>, StoreError> {
    let rows = conn.query_as::<Row>(OF_ACCOUNT).bind(account).fetch_all().await?;
    let identity = |row: Row| Identity {
        key: IdentityKey { issuer: row.issuer, subject: row.subject },
        provider: row.provider,
        email: row.email,
        linked_at: row.linked_at.into(),
        last_used_at: row.last_used_at.into(),
    };
    Ok(rows.into_iter().map(identity).collect())
}

/// Lets an identity open an account; `false` where it opens one already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn link(
    tx: &mut Tx,
    key: &IdentityKey,
    account: Uuid,
    provider: &str,
    email: Option<String>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let insert = tx.query(LINK).bind(key.issuer.clone()).bind(key.subject.clone()).bind(account).bind(provider);
    Ok(insert.bind(email).bind(Micros(at)).execute().await? == 1)
}

/// Notes that an identity was used; `false` where it does not open this account any more.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn touch(
    tx: &mut Tx,
    key: &IdentityKey,
    account: Uuid,
    email: Option<String>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let update = tx.query(TOUCH).bind(key.issuer.clone()).bind(key.subject.clone()).bind(account);
    Ok(update.bind(Micros(at)).bind(email).execute().await? == 1)
}

/// Has an identity open an account no more; `false` where it does not.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn unlink(tx: &mut Tx, key: &IdentityKey, account: Uuid) -> Result<bool, StoreError> {
    let delete = tx.query(UNLINK).bind(key.issuer.clone()).bind(key.subject.clone()).bind(account);
    Ok(delete.execute().await? == 1)
}

/// Has no identity open an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn unlink_all(tx: &mut Tx, account: Uuid) -> Result<u64, StoreError> {
    tx.query(UNLINK_ALL).bind(account).execute().await
}

/// Keeps a sign-in that goes on at a provider, under the hash of its `state`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn begin(
    tx: &mut Tx,
    state_hash: [u8; 32],
    sealed: String,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.query(BEGIN).bind(state_hash.to_vec()).bind(sealed).bind(Micros(expires_at)).execute().await.map(drop)
}

/// Takes up a sign-in that went on at a provider. Of any number of callers on any number of nodes, one gets it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn take(tx: &mut Tx, state_hash: [u8; 32], now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
    tx.query_scalar(TAKE).bind(state_hash.to_vec()).bind(Micros(now)).fetch_optional().await
}

/// The account that an identity opens, and since when it does.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn holder(conn: &mut Conn, key: &IdentityKey) -> Result<Option<(Uuid, DateTime<Utc>)>, StoreError> {
    let find = conn.query_as::<(Uuid, Micros)>(HOLDER).bind(key.issuer.clone()).bind(key.subject.clone());
    Ok(find.fetch_optional().await?.map(|(account, since)| (account, since.into())))
}

/// Keeps what became of a request that a provider passed on, under its code. It names nobody.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn note_deletion(
    tx: &mut Tx,
    code: &str,
    provider: &str,
    outcome: &'static str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let insert = tx.query(NOTE_DELETION).bind(code).bind(provider).bind(outcome);
    insert.bind(Micros(at)).execute().await.map(drop)
}

/// What became of a request, by its code.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn deletion(conn: &mut Conn, code: &str) -> Result<Option<String>, StoreError> {
    conn.query_scalar(DELETION).bind(code).fetch_optional().await
}

/// Deletes sign-ins that expired before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
