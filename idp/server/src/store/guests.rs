//! Guests: accounts of one client, without a name, that are over at a time; and what becomes of a guest who signs in.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    SHARED = "SELECT id FROM accounts WHERE guest_of = $1 AND guest_until IS NULL";
    BY_TOKEN = "SELECT s.id AS session_id, a.id AS account_id, a.sub FROM sessions s JOIN accounts a ON a.id = s.account_id \
                WHERE s.token_hash = $1 AND s.ended_at IS NULL AND a.guest_of = $2 AND a.guest_until > $3";
    ADOPT = "INSERT INTO client_subjects (client_id, account_id, sub) SELECT $1, $2, $3 \
             WHERE NOT EXISTS (SELECT 1 FROM grants g WHERE g.account_id = $2 AND g.client_id = $1) \
             AND NOT EXISTS (SELECT 1 FROM account_clients k WHERE k.account_id = $2 AND k.client_id = $1) \
             AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.account_id = $2 AND c.client_id = $1) \
             AND NOT EXISTS (SELECT 1 FROM external_ids x WHERE x.account_id = $2 AND x.client_id = $1) \
             ON CONFLICT DO NOTHING";
    FORGET = "DELETE FROM accounts WHERE guest_until < $1";
}

/// The account that all guests of a client share, if there is one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn shared(conn: &mut Conn, client_id: &str) -> Result<Option<Uuid>, StoreError> {
    conn.query_scalar(SHARED).bind(client_id).fetch_optional().await
}

#[derive(sqlx::FromRow)]
struct Row {
    session_id: Uuid,
    account_id: Uuid,
    sub: String,
}

/// The guest that a browser is at a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveGuest {
    /// Its session.
    pub session: Uuid,
    /// Its account.
    pub account: Uuid,
    /// Its subject.
    pub sub: String,
}

/// The guest of that client whose cookie hashes to `token_hash`, while it is one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_token(
    conn: &mut Conn,
    token_hash: [u8; 32],
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<Option<LiveGuest>, StoreError> {
    let find = conn.query_as::<Row>(BY_TOKEN).bind(token_hash.to_vec()).bind(client_id).bind(Micros(now));
    let row = find.fetch_optional().await?;
    Ok(row.map(|row| LiveGuest { session: row.session_id, account: row.account_id, sub: row.sub }))
}

/// Has a client know an account by the subject of the guest that it was there; `false` where the client knows the account
/// already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn adopt(tx: &mut Tx, client_id: &str, account: Uuid, sub: &str) -> Result<bool, StoreError> {
    Ok(tx.query(ADOPT).bind(client_id).bind(account).bind(sub).execute().await? == 1)
}

/// Deletes guests that were over before `before`, with all that was theirs.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(FORGET).bind(Micros(before)).execute().await
}
