//! Remembered devices: browsers whose cookie stands in for the second factor of one account at one client.

use chrono::{DateTime, Utc};
use idp_core::account::Device as Browser;
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    OF_BROWSER = "SELECT id, account_id, client_id, policy_version, remembered_at, last_used_at, expires_at, device \
                  FROM remembered_devices WHERE token_hash = $1 AND client_id = $2";
    OF_ACCOUNT = "SELECT id, account_id, client_id, policy_version, remembered_at, last_used_at, expires_at, device \
                  FROM remembered_devices WHERE account_id = $1 AND expires_at > $2 ORDER BY last_used_at DESC, id";
    RENAME = "UPDATE remembered_devices SET token_hash = $2 WHERE token_hash = $1";
    REMEMBER = "INSERT INTO remembered_devices (id, token_hash, account_id, client_id, policy_version, remembered_at, \
                last_used_at, expires_at, device) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8) \
                ON CONFLICT (token_hash, client_id, account_id) DO UPDATE SET policy_version = excluded.policy_version, \
                remembered_at = excluded.remembered_at, last_used_at = excluded.last_used_at, expires_at = excluded.expires_at, \
                device = excluded.device";
    TOUCH = "UPDATE remembered_devices SET last_used_at = $2 WHERE id = $1 AND expires_at > $2";
    REVOKE = "DELETE FROM remembered_devices WHERE account_id = $1 AND id = $2";
    FORGET = "DELETE FROM remembered_devices WHERE account_id = $1";
    PURGE = "DELETE FROM remembered_devices WHERE expires_at <= $1";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    client_id: String,
    policy_version: Vec<u8>,
    remembered_at: Micros,
    last_used_at: Micros,
    expires_at: Micros,
    device: Option<String>,
}

impl From<Row> for Device {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            account: row.account_id,
            client: row.client_id,
            policy_version: row.policy_version,
            remembered_at: row.remembered_at.into(),
            last_used_at: row.last_used_at.into(),
            expires_at: row.expires_at.into(),
            browser: Browser::from_text(row.device.as_deref().unwrap_or_default()),
        }
    }
}

/// A browser that is remembered for one account at one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: Uuid,
    /// Whose second factor it stands in for.
    pub account: Uuid,
    /// Where.
    pub client: String,
    /// The version of the client's policy that it was remembered under.
    pub policy_version: Vec<u8>,
    /// Since when.
    pub remembered_at: DateTime<Utc>,
    /// When it last stood in.
    pub last_used_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// What the browser is called.
    pub browser: Browser,
}

/// A browser to be remembered.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its id.
    pub id: Uuid,
    /// The hash of its new cookie.
    pub token_hash: [u8; 32],
    /// The hash of the cookie it had, whose other rows the new cookie takes over.
    pub replaces: Option<[u8; 32]>,
    /// Whose second factor it stands in for.
    pub account: Uuid,
    /// Where.
    pub client: String,
    /// The version of the client's policy.
    pub policy_version: [u8; 32],
    /// Now.
    pub at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// What the browser is called, if it said what it is.
    pub browser: Option<Browser>,
}

/// What the browser with that cookie is remembered for at a client, expired or not.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn of_browser(conn: &mut Conn, token_hash: [u8; 32], client_id: &str) -> Result<Vec<Device>, StoreError> {
    let rows = conn.query_as::<Row>(OF_BROWSER).bind(token_hash.to_vec()).bind(client_id).fetch_all().await?;
    Ok(rows.into_iter().map(Device::from).collect())
}

/// The devices that are remembered for an account, the one used last first.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn of_account(conn: &mut Conn, account: Uuid, now: DateTime<Utc>) -> Result<Vec<Device>, StoreError> {
    let rows = conn.query_as::<Row>(OF_ACCOUNT).bind(account).bind(Micros(now)).fetch_all().await?;
    Ok(rows.into_iter().map(Device::from).collect())
}

/// Remembers a browser, under a new cookie: whoever knew the old one has nothing of it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remember(tx: &mut Tx, new: NewDevice) -> Result<(), StoreError> {
    if let Some(old) = new.replaces {
        tx.query(RENAME).bind(old.to_vec()).bind(new.token_hash.to_vec()).execute().await?;
    }
    let insert = tx.query(REMEMBER).bind(new.id).bind(new.token_hash.to_vec()).bind(new.account).bind(new.client);
    let insert = insert.bind(new.policy_version.to_vec()).bind(Micros(new.at)).bind(Micros(new.expires_at));
    let insert = insert.bind(new.browser.map(|browser| browser.to_text()));
    insert.execute().await.map(drop)
}

/// Notes that a device stood in for a second factor; `false` if it is not remembered any more.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn touch(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(TOUCH).bind(id).bind(Micros(at)).execute().await? == 1)
}

/// Forgets one device of an account; `false` if it has no such device.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn revoke(tx: &mut Tx, account: Uuid, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query(REVOKE).bind(account).bind(id).execute().await? == 1)
}

/// Forgets every device of an account: its second factors were reset, its password or a contact changed, or its owner says
/// so. Says how many there were.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget_devices(tx: &mut Tx, account: Uuid) -> Result<u64, StoreError> {
    tx.query(FORGET).bind(account).execute().await
}

/// Deletes those that have expired.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(now)).execute().await
}
