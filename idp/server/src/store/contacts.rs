//! Contacts that their owner proves.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use uuid::Uuid;

use super::statement::statements;
use super::{Micros, StoreError, Tx};

statements! {
    DOUBT_PHONES = "UPDATE contacts SET state = 'doubtful', state_at = $2 \
                    WHERE account_id = $1 AND kind = 'phone' AND state IN ('verified', 'vouched')";
    YIELD = "UPDATE contacts SET is_default = FALSE WHERE account_id = $1 AND kind = $2 AND is_default AND value <> $3";
    VERIFY = "UPDATE contacts SET state = 'verified', is_default = TRUE, state_at = $4 \
              WHERE account_id = $1 AND kind = $2 AND value = $3";
    ADD_PHONE = "INSERT INTO contacts (id, account_id, kind, value, state, is_default, external_owner, created_at, state_at) \
                 SELECT $1, $2, 'phone', $3, 'verified', TRUE, NULL, $4, $4 \
                 WHERE (SELECT COUNT(*) FROM contacts c WHERE c.kind = 'phone' AND c.value = $3 AND c.state = 'verified' \
                 AND c.account_id <> $2) < $5";
}

/// Doubts an account's phone numbers: its owner says that they are lost. They get no code before they are proven again.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn doubt_phones(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(DOUBT_PHONES).bind(account).bind(Micros(at)).execute().await.map(drop)
}

/// How many people may share a phone number, as a family does.
const SHARERS: i64 = 5;

/// Makes the contact that a code of `factor` went to the account's verified default of its kind; a number that is new to
/// the account is added under `id`. `false` where as many others as may share a number have it; the write must then be
/// rolled back.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn prove(
    tx: &mut Tx,
    account: Uuid,
    factor: &FactorId,
    value: &str,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let kind = if factor.is_by_phone() { "phone" } else { "email" };
    tx.query(YIELD).bind(account).bind(kind).bind(value).execute().await?;
    let verified = tx.query(VERIFY).bind(account).bind(kind).bind(value).bind(Micros(at)).execute().await?;
    if verified > 0 || kind == "email" {
        return Ok(verified > 0);
    }
    let added = tx.query(ADD_PHONE).bind(id).bind(account).bind(value).bind(Micros(at)).bind(SHARERS).execute().await?;
    Ok(added == 1)
}
