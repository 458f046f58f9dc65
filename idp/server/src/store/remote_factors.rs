//! The factors of external services that accounts hold. Whether one answers is the service's to say.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Micros, StoreError, Tx};

statements! {
    ADD = "INSERT INTO remote_factors (account_id, name, added_at) VALUES ($1, $2, $3) \
           ON CONFLICT (account_id, name) DO NOTHING";
    REMOVE = "DELETE FROM remote_factors WHERE account_id = $1 AND name = $2";
    REMOVE_ALL = "DELETE FROM remote_factors WHERE account_id = $1";
}

/// Gives an account the factor of that name; `false` where it had it already.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn add(tx: &mut Tx, account: Uuid, name: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(ADD).bind(account).bind(name).bind(Micros(at)).execute().await? == 1)
}

/// Takes the factor of that name away; `false` where the account did not have it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remove(tx: &mut Tx, account: Uuid, name: &str) -> Result<bool, StoreError> {
    Ok(tx.query(REMOVE).bind(account).bind(name).execute().await? == 1)
}

/// Takes every such factor away.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remove_all(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(REMOVE_ALL).bind(account).execute().await.map(drop)
}
