//! Backup codes, as HMACs. A code passes by one conditional statement; new codes replace all that were there.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Micros, StoreError, Tx};

statements! {
    // The row is what makes two that make new codes wait for each other.
    BEGIN_SET = "INSERT INTO backup_code_sets (account_id, made_at) VALUES ($1, $2) \
                 ON CONFLICT (account_id) DO UPDATE SET made_at = excluded.made_at";
    BEGIN_SET_AFTER = "INSERT INTO backup_code_sets (account_id, made_at) VALUES ($1, $2) \
                       ON CONFLICT (account_id) DO UPDATE SET made_at = excluded.made_at \
                       WHERE backup_code_sets.made_at <= $3";
    VOID = "DELETE FROM backup_codes WHERE account_id = $1";
    ADD = "INSERT INTO backup_codes (account_id, tag, used_at) VALUES ($1, $2, NULL)";
    USE = "UPDATE backup_codes SET used_at = $3 WHERE account_id = $1 AND tag = $2 AND used_at IS NULL";
    LEFT = "SELECT COUNT(*) FROM backup_codes WHERE account_id = $1 AND used_at IS NULL";
    FORGET = "DELETE FROM backup_code_sets WHERE account_id = $1";
}

/// Gives an account these codes in place of all that it had, used or not.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn replace(tx: &mut Tx, account: Uuid, tags: &[String], at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(BEGIN_SET).bind(account).bind(Micros(at)).execute().await?;
    put(tx, account, tags).await
}

/// As [`replace`], where those that the account has were made at `before` or earlier; else `false`, and nothing changes.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn replace_made_before(
    tx: &mut Tx,
    account: Uuid,
    tags: &[String],
    before: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let begin = tx.query(BEGIN_SET_AFTER).bind(account).bind(Micros(at)).bind(Micros(before));
    if begin.execute().await? != 1 {
        return Ok(false);
    }
    put(tx, account, tags).await?;
    Ok(true)
}

async fn put(tx: &mut Tx, account: Uuid, tags: &[String]) -> Result<(), StoreError> {
    tx.query(VOID).bind(account).execute().await?;
    for tag in tags {
        tx.query(ADD).bind(account).bind(tag.as_str()).execute().await?;
    }
    Ok(())
}

/// Uses a code up: how many are left then. `None` where the account has no such code, or it was used before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spend(tx: &mut Tx, account: Uuid, tag: &str, at: DateTime<Utc>) -> Result<Option<u32>, StoreError> {
    if tx.query(USE).bind(account).bind(tag).bind(Micros(at)).execute().await? != 1 {
        return Ok(None);
    }
    let left: i64 = tx.query_scalar(LEFT).bind(account).fetch_one().await?;
    Ok(Some(u32::try_from(left).unwrap_or_default()))
}

/// Takes all codes away, as a reset of the second factors does.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(FORGET).bind(account).execute().await.map(drop)
}
