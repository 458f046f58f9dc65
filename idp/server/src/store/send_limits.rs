//! What sending is allowed: budgets of a number and of numbers that begin alike, and how many of a client's sends were
//! followed by a right code. Each counter is changed by one conditional statement, on any number of nodes.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::metering::breaker::{Breaker, Conversion, bucket};

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    SPEND = "INSERT INTO number_budgets (key, unanswered, total, since, last_at) VALUES ($1, 1, 1, $2, $2) \
             ON CONFLICT (key) DO UPDATE SET \
             unanswered = CASE WHEN number_budgets.last_at <= $3 THEN 1 ELSE number_budgets.unanswered + 1 END, \
             total = CASE WHEN number_budgets.since <= $3 THEN 1 ELSE number_budgets.total + 1 END, \
             since = CASE WHEN number_budgets.since <= $3 THEN CAST($2 AS TIMESTAMPTZ) ELSE number_budgets.since END, \
             last_at = CASE WHEN number_budgets.last_at > $2 THEN number_budgets.last_at ELSE CAST($2 AS TIMESTAMPTZ) END \
             WHERE (number_budgets.blocked_until IS NULL OR number_budgets.blocked_until <= $2) \
             AND (number_budgets.last_at <= $3 OR number_budgets.unanswered < $4) \
             AND (number_budgets.since <= $3 OR number_budgets.total < $5)";
    ANSWERED = "UPDATE number_budgets SET unanswered = 0 WHERE key = $1";
    ANSWERED_SOME = "UPDATE number_budgets SET unanswered = CASE WHEN unanswered > $2 THEN unanswered - $2 ELSE 0 END \
                     WHERE key = $1";
    GIVE_BACK = "UPDATE number_budgets SET unanswered = CASE WHEN unanswered > 0 THEN unanswered - 1 ELSE 0 END, \
                 total = CASE WHEN total > 0 THEN total - 1 ELSE 0 END WHERE key = $1";
    BLOCK = "INSERT INTO number_budgets (key, unanswered, total, since, last_at, blocked_until) \
             VALUES ($1, 0, 0, $2, $2, $3) \
             ON CONFLICT (key) DO UPDATE SET blocked_until = CASE WHEN number_budgets.blocked_until > $3 \
             THEN number_budgets.blocked_until ELSE CAST($3 AS TIMESTAMPTZ) END";
    PURGE = "DELETE FROM number_budgets WHERE last_at < $1 AND (blocked_until IS NULL OR blocked_until < $2)";
    COUNT_SEND = "INSERT INTO send_conversions (client_id, bucket, sent, verified) VALUES ($1, $2, 1, 0) \
                  ON CONFLICT (client_id, bucket) DO UPDATE SET sent = send_conversions.sent + 1";
    COUNT_VERIFIED = "UPDATE send_conversions SET verified = CASE WHEN verified + $3 <= sent THEN verified + $3 ELSE sent END \
                      WHERE client_id = $1 AND bucket = $2";
    CONVERSION = "SELECT COALESCE(CAST(SUM(sent) AS BIGINT), 0), COALESCE(CAST(SUM(verified) AS BIGINT), 0) \
                  FROM send_conversions WHERE client_id = $1 AND bucket >= $2 AND bucket <= $3";
    PURGE_CONVERSIONS = "DELETE FROM send_conversions WHERE bucket < $1";
}

/// Limits on sends to one number, or to the numbers that begin alike.
#[derive(Clone, Copy, Debug)]
pub struct NumberLimits {
    /// The most sends that no right code followed, until there was a pause of `window`.
    pub unanswered: i64,
    /// The most sends in a `window` in any case.
    pub total: i64,
    /// How long counting goes on.
    pub window: TimeDelta,
}

impl NumberLimits {
    /// Those of one number: 10 unanswered, 40 in all, in 24 hours.
    pub const NUMBER: Self = Self { unanswered: 10, total: 40, window: TimeDelta::hours(24) };
}

/// Counts a send before it is sent; `false` when there may be none, and nothing is counted. The key is an HMAC of the
/// number, or of its beginning.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spend(tx: &mut Tx, key: [u8; 32], limits: NumberLimits, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let spend = tx.query(SPEND).bind(key.to_vec()).bind(Micros(at)).bind(Micros(at - limits.window));
    Ok(spend.bind(limits.unanswered).bind(limits.total).execute().await? == 1)
}

/// A right code followed: nothing sent to the number before counts as unanswered any more.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn answered(tx: &mut Tx, key: [u8; 32]) -> Result<(), StoreError> {
    tx.query(ANSWERED).bind(key.to_vec()).execute().await.map(drop)
}

/// A right code followed `sends` of the sends to numbers that begin alike; the others stay unanswered.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn answered_some(tx: &mut Tx, key: [u8; 32], sends: i64) -> Result<(), StoreError> {
    tx.query(ANSWERED_SOME).bind(key.to_vec()).bind(sends).execute().await.map(drop)
}

/// Gives a send back that no provider accepted.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_back(tx: &mut Tx, key: [u8; 32]) -> Result<(), StoreError> {
    tx.query(GIVE_BACK).bind(key.to_vec()).execute().await.map(drop)
}

/// Sends nothing there until `until`; a longer block that is there stays.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn block(tx: &mut Tx, key: [u8; 32], until: DateTime<Utc>, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(BLOCK).bind(key.to_vec()).bind(Micros(at)).bind(Micros(until)).execute().await.map(drop)
}

/// Counts a send of a client.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn count_send(tx: &mut Tx, client: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(COUNT_SEND).bind(client).bind(bucket(at)).execute().await.map(drop)
}

/// Counts the right code that followed `sends` sends, the last of them at `sent_at`. Never more than were sent.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn count_verified(tx: &mut Tx, client: &str, sends: i64, sent_at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(COUNT_VERIFIED).bind(client).bind(bucket(sent_at)).bind(sends).execute().await.map(drop)
}

/// What was counted of a client in the time that is judged at `at`; [`Breaker::is_open`] judges it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn conversion(
    conn: &mut Conn,
    client: &str,
    breaker: &Breaker,
    at: DateTime<Utc>,
) -> Result<Conversion, StoreError> {
    let (first, last) = breaker.judged(at);
    let (sent, verified) =
        conn.query_as::<(i64, i64)>(CONVERSION).bind(client).bind(first).bind(last).fetch_one().await?;
    Ok(Conversion { sent, verified })
}

/// Deletes what no limit looks at any more, going by `now`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let gone = tx.query(PURGE).bind(Micros(before)).bind(Micros(now)).execute().await?;
    Ok(gone + tx.query(PURGE_CONVERSIONS).bind(bucket(before)).execute().await?)
}
