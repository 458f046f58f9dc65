//! Contacts: their owner proves them, and what happens may put them in doubt again.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};
use crate::audit::AuditEvent;

statements! {
    DOUBT_PHONES = "UPDATE contacts SET state = 'doubtful', state_at = $2 \
                    WHERE account_id = $1 AND kind = 'phone' AND state IN ('verified', 'vouched')";
    YIELD = "UPDATE contacts SET is_default = FALSE WHERE account_id = $1 AND kind = $2 AND is_default AND value <> $3";
    VERIFY = "UPDATE contacts SET state = 'verified', is_default = TRUE, state_at = $4 \
              WHERE account_id = $1 AND kind = $2 AND value = $3 AND (kind <> 'phone' OR state = 'verified' OR \
              (SELECT COUNT(*) FROM contacts c WHERE c.kind = 'phone' AND c.value = $3 AND c.state = 'verified' \
              AND c.account_id <> $1) < $5)";
    CONFIRM = "UPDATE contacts SET state = 'verified', state_at = $4 \
               WHERE account_id = $1 AND kind = $2 AND value = $3 AND state IN ('verified', 'vouched')";
    DOUBT_OTHERS = "UPDATE contacts SET state = 'doubtful', state_at = $4 WHERE kind = 'phone' AND value = $2 \
                    AND account_id <> $1 AND state = 'verified' AND state_at < $3 RETURNING account_id";
    DOUBT_UNREACHABLE = "UPDATE contacts SET state = 'doubtful', state_at = $2 WHERE kind = 'phone' \
                         AND state IN ('verified', 'vouched') AND (account_id, value) IN \
                         (SELECT r.account_id, r.destination FROM charges m JOIN proofs r ON r.account_id = m.account_id \
                         WHERE m.id = $1 AND r.message_id = $1) RETURNING account_id";
    DOUBT_UNUSED = "UPDATE contacts SET state = 'doubtful', state_at = $2 \
                    WHERE kind = 'phone' AND state = 'verified' AND state_at < $1";
    // The row of a number's sharers counts nothing: who proves the number waits here for whoever is just proving it.
    HOLD = "INSERT INTO number_budgets (key, unanswered, total, since, last_at) VALUES ($1, 0, 0, $2, $2) \
            ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at";
    SHARERS_OF = "SELECT COUNT(*) FROM contacts WHERE kind = 'phone' AND value = $1 AND state = 'verified'";
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
pub const SHARERS: i64 = 5;
/// How long a number was not used before it may have become somebody else's.
const SOMEBODY_ELSES_AFTER: TimeDelta = TimeDelta::days(90);
/// How old the last proof of a number becomes before the next one is written down.
pub const PROOF_IS_KEPT_AFTER: TimeDelta = TimeDelta::days(30);

/// A contact whose owner has proven it.
#[derive(Clone, Debug)]
pub struct Proven {
    /// Whose.
    pub account: Uuid,
    /// The factor whose code went to it.
    pub factor: FactorId,
    /// The address or number.
    pub value: String,
    /// Under which id a number is added that is new to the account.
    pub id: Uuid,
    /// What those who share a number are held by while one of them proves it: an HMAC of the number.
    pub hold: [u8; 32],
    /// Now.
    pub at: DateTime<Utc>,
}

/// Holds those who share a number to the end of this write. Before any of their contacts is touched: two orders would wait
/// for each other.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn hold_sharers(tx: &mut Tx, hold: [u8; 32], at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(HOLD).bind(hold.to_vec()).bind(Micros(at)).execute().await.map(drop)
}

/// How many people have proven a number.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn sharers(conn: &mut Conn, number: &str) -> Result<i64, StoreError> {
    conn.query_scalar(SHARERS_OF).bind(number).fetch_one().await
}

/// Makes the contact that a code went to the account's verified default of its kind. `false` where as many others as may
/// share a number have it; the write must then be rolled back. Of any number of people who prove a number at the same
/// moment, each is counted by the next.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn prove(tx: &mut Tx, proven: Proven) -> Result<bool, StoreError> {
    let Proven { account, factor, value, id, hold, at } = proven;
    let (kind, value) = (kind_of(&factor), value.as_str());
    if kind == "phone" {
        hold_sharers(tx, hold, at).await?;
    }
    tx.query(YIELD).bind(account).bind(kind).bind(value).execute().await?;
    let verify = tx.query(VERIFY).bind(account).bind(kind).bind(value).bind(Micros(at)).bind(SHARERS);
    let verified = verify.execute().await?;
    if kind == "email" {
        return Ok(verified > 0);
    }
    if verified == 0 {
        let add = tx.query(ADD_PHONE).bind(id).bind(account).bind(value).bind(Micros(at)).bind(SHARERS);
        if add.execute().await? == 0 {
            return Ok(false);
        }
    }
    doubt_others(tx, account, value, at).await?;
    Ok(true)
}

/// A right code that was sent to a contact proves it once more, and one that a back office pushed for the first time.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn confirm(
    tx: &mut Tx,
    account: Uuid,
    factor: &FactorId,
    value: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kind = kind_of(factor);
    tx.query(CONFIRM).bind(account).bind(kind).bind(value).bind(Micros(at)).execute().await.map(drop)
}

/// Somebody has proven a number. Who had it before and has not used it for a while may have lost it to them: networks give
/// a number to somebody else only after months. Who shares it, as a family does, keeps using it.
async fn doubt_others(tx: &mut Tx, account: Uuid, value: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    let before = Micros(at - SOMEBODY_ELSES_AFTER);
    let doubt = tx.query_scalar(DOUBT_OTHERS).bind(account).bind(value).bind(before).bind(Micros(at));
    for other in doubt.fetch_all().await? {
        note(tx, other, "somebody_elses", at);
    }
    Ok(())
}

/// A provider says that the message of that name can never arrive at the number that it was sent to.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn doubt_unreachable(tx: &mut Tx, message: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    for account in tx.query_scalar(DOUBT_UNREACHABLE).bind(message).bind(Micros(at)).fetch_all().await? {
        note(tx, account, "unreachable", at);
    }
    Ok(())
}

/// Doubts the numbers that were last proven before `before`; says how many.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn doubt_unused(tx: &mut Tx, before: DateTime<Utc>, at: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(DOUBT_UNUSED).bind(Micros(before)).bind(Micros(at)).execute().await
}

fn note(tx: &mut Tx, account: Uuid, why: &str, at: DateTime<Utc>) {
    let details = serde_json::json!({ "kind": "phone", "why": why });
    tx.audit(AuditEvent { account: Some(account), details, ..AuditEvent::new(at, "contact.doubted") });
}

const fn kind_of(factor: &FactorId) -> &'static str {
    if factor.is_by_phone() { "phone" } else { "email" }
}
