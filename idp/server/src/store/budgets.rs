//! What guessing is allowed: durable counters, each changed by one conditional statement, on any number of nodes.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Db, Micros, StoreError, Tx};

statements! {
    RESERVE = "INSERT INTO sign_in_budgets (key, used, failed_in_row, last_at) VALUES ($1, 1, 1, $2) \
               ON CONFLICT (key) DO UPDATE SET \
               used = CASE WHEN sign_in_budgets.last_at <= $3 THEN 1 ELSE sign_in_budgets.used + 1 END, \
               failed_in_row = sign_in_budgets.failed_in_row + 1, last_at = $2 \
               WHERE (sign_in_budgets.last_at <= $3 OR sign_in_budgets.used < $4) \
               AND sign_in_budgets.failed_in_row < $5 \
               AND (sign_in_budgets.blocked_until IS NULL OR sign_in_budgets.blocked_until <= $2) \
               RETURNING failed_in_row";
    SIGN_IN_STATE = "SELECT used, failed_in_row, last_at, blocked_until FROM sign_in_budgets WHERE key = $1";
    GIVE_BACK = "UPDATE sign_in_budgets SET used = CASE WHEN used > 0 THEN used - 1 ELSE 0 END, failed_in_row = 0, \
                 blocked_until = NULL WHERE key = $1";
    BLOCK = "UPDATE sign_in_budgets SET blocked_until = $2 WHERE key = $1";
    FORGET = "DELETE FROM sign_in_budgets WHERE key = $1";
    SPEND_CODE = "INSERT INTO factor_budgets (account_id, wrong, wrong_in_row, last_wrong_at, totp_step, sends_unanswered) \
                  VALUES ($1, CASE WHEN $2 THEN 0 ELSE 1 END, CASE WHEN $2 THEN 0 ELSE 1 END, \
                  CASE WHEN NOT $2 THEN CAST($3 AS TIMESTAMPTZ) END, CASE WHEN $2 THEN CAST($4 AS BIGINT) ELSE 0 END, 0) \
                  ON CONFLICT (account_id) DO UPDATE SET \
                  wrong = CASE WHEN factor_budgets.last_wrong_at <= $5 THEN 0 ELSE factor_budgets.wrong END \
                          + CASE WHEN $2 THEN 0 ELSE 1 END, \
                  wrong_in_row = CASE WHEN $2 THEN 0 ELSE factor_budgets.wrong_in_row + 1 END, \
                  last_wrong_at = CASE WHEN $2 THEN factor_budgets.last_wrong_at ELSE CAST($3 AS TIMESTAMPTZ) END, \
                  totp_step = CASE WHEN $2 AND $4 > factor_budgets.totp_step THEN CAST($4 AS BIGINT) ELSE factor_budgets.totp_step END, \
                  sends_unanswered = CASE WHEN $2 THEN 0 ELSE factor_budgets.sends_unanswered END \
                  WHERE (factor_budgets.last_wrong_at IS NULL OR factor_budgets.last_wrong_at <= $5 \
                         OR factor_budgets.wrong < $6) \
                  AND factor_budgets.wrong_in_row < $7 \
                  AND (NOT $2 OR $4 = 0 OR factor_budgets.totp_step < $4)";
    HOLD = "INSERT INTO factor_budgets (account_id, wrong, wrong_in_row, totp_step, sends_unanswered) VALUES ($1, 0, 0, 0, 0) \
            ON CONFLICT (account_id) DO UPDATE SET wrong = factor_budgets.wrong";
    GIVE_BACK_CODE = "UPDATE factor_budgets SET wrong = CASE WHEN wrong > 0 THEN wrong - 1 ELSE 0 END, \
                      wrong_in_row = CASE WHEN wrong_in_row > 0 THEN wrong_in_row - 1 ELSE 0 END WHERE account_id = $1";
    GIVE_BACK_SEND = "UPDATE factor_budgets SET sends_unanswered = \
                      CASE WHEN sends_unanswered > 0 THEN sends_unanswered - 1 ELSE 0 END WHERE account_id = $1";
    TOTP_STEP = "SELECT totp_step FROM factor_budgets WHERE account_id = $1";
    SPEND_SEND = "INSERT INTO factor_budgets (account_id, wrong, wrong_in_row, totp_step, sends_unanswered, last_sent_at) \
                  VALUES ($1, 0, 0, 0, 1, $2) \
                  ON CONFLICT (account_id) DO UPDATE SET \
                  sends_unanswered = CASE WHEN factor_budgets.last_sent_at <= $3 THEN 1 \
                                          ELSE factor_budgets.sends_unanswered + 1 END, \
                  last_sent_at = $2 \
                  WHERE (factor_budgets.sends_blocked_until IS NULL OR factor_budgets.sends_blocked_until <= $2) \
                  AND (factor_budgets.last_sent_at IS NULL OR factor_budgets.last_sent_at <= $3 \
                       OR factor_budgets.sends_unanswered < $4)";
    BLOCK_SENDS = "UPDATE factor_budgets SET sends_blocked_until = \
                   CASE WHEN sends_blocked_until > $3 THEN sends_blocked_until ELSE CAST($2 AS TIMESTAMPTZ) END \
                   WHERE account_id = $1 RETURNING sends_blocked_until";
    FORGET_FACTORS = "DELETE FROM factor_budgets WHERE account_id = $1";
    PURGE = "DELETE FROM sign_in_budgets WHERE last_at < $1";
}

/// Limits on guessing one account's password.
#[derive(Clone, Copy, Debug)]
pub struct SignInLimits {
    /// The most guesses evaluated until there was a pause of `window`.
    pub per_window: i64,
    /// The pause after which counting starts anew.
    pub window: TimeDelta,
    /// The most failures in a row.
    pub in_row: i64,
}

/// Limits on second factors of one account.
#[derive(Clone, Copy, Debug)]
pub struct FactorLimits {
    /// The most wrong codes until there was an hour without one.
    pub per_hour: i64,
    /// The most wrong codes in a row.
    pub in_row: i64,
    /// The most messages in 24 hours that no right code followed.
    pub unanswered_sends: i64,
}

/// Reserves one guess before it is evaluated: the number of failures in a row that this one would make. `None` when
/// the budget is used up.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn reserve_sign_in(
    tx: &mut Tx,
    key: [u8; 32],
    limits: SignInLimits,
    at: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    let reserve = tx.query_scalar(RESERVE).bind(key.to_vec()).bind(Micros(at)).bind(Micros(at - limits.window));
    reserve.bind(limits.per_window).bind(limits.in_row).fetch_optional().await
}

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct SignInRow {
    used: i64,
    failed_in_row: i64,
    last_at: Micros,
    blocked_until: Option<Micros>,
}

/// When the next guess may be made. `None`: not until an administrator or a reset helps.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn sign_in_opens_at(
    conn: &mut Conn,
    key: [u8; 32],
    limits: SignInLimits,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = conn.query_as::<SignInRow>(SIGN_IN_STATE).bind(key.to_vec()).fetch_optional().await?;
    let Some(row) = row else { return Ok(Some(DateTime::UNIX_EPOCH)) };
    if row.failed_in_row >= limits.in_row {
        return Ok(None);
    }
    let window = (row.used >= limits.per_window).then(|| row.last_at.0 + limits.window);
    Ok(window.max(row.blocked_until.map(Into::into)).or(Some(row.last_at.0)))
}

/// Gives a reservation back after a right password.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_back_sign_in(db: &Db, key: [u8; 32]) -> Result<(), StoreError> {
    db.execute(GIVE_BACK, move |s| s.bind(key.to_vec())).await.map(drop)
}

/// Refuses further guesses until `until`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn block_sign_in(tx: &mut Tx, key: [u8; 32], until: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(BLOCK).bind(key.to_vec()).bind(Micros(until)).execute().await.map(drop)
}

/// Forgets all failed guesses, as an administrator's unlock does.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget_sign_in(tx: &mut Tx, key: [u8; 32]) -> Result<(), StoreError> {
    tx.query(FORGET).bind(key.to_vec()).execute().await.map(drop)
}

/// Counts a code of any second factor. `right` codes cost nothing, but pass only while the account has budget left;
/// a right code of an authenticator passes `step` (0 for other factors), and passes only once. `false`: refused, and
/// not evaluated.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spend_code(
    tx: &mut Tx,
    account: Uuid,
    right: bool,
    step: i64,
    limits: FactorLimits,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let spend = tx.query(SPEND_CODE).bind(account).bind(right).bind(Micros(at)).bind(step);
    let spend = spend.bind(Micros(at - TimeDelta::hours(1))).bind(limits.per_hour).bind(limits.in_row);
    Ok(spend.execute().await? == 1)
}

/// Holds the budget of an account until the end of the write: whoever uses a second factor of it at this moment is done
/// before, or waits.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn hold(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(HOLD).bind(account).execute().await.map(drop)
}

/// Gives back a code that was counted as wrong before it was evaluated and came to nothing.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_back_code(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(GIVE_BACK_CODE).bind(account).execute().await.map(drop)
}

/// Gives back a message that was counted before it was sent and was not.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_back_send(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(GIVE_BACK_SEND).bind(account).execute().await.map(drop)
}

/// The last authenticator step that was accepted from an account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn totp_step(conn: &mut Conn, account: Uuid) -> Result<i64, StoreError> {
    Ok(conn.query_scalar(TOTP_STEP).bind(account).fetch_optional().await?.unwrap_or_default())
}

/// Counts a message to an account; `false` when it may have none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spend_send(
    tx: &mut Tx,
    account: Uuid,
    limits: FactorLimits,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let spend = tx.query(SPEND_SEND).bind(account).bind(Micros(at)).bind(Micros(at - TimeDelta::hours(24)));
    Ok(spend.bind(limits.unanswered_sends).execute().await? == 1)
}

/// Sends an account nothing until `until`, or until an earlier block of it ends: asking again prolongs nothing. Gives
/// the time at which it ends.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn block_sends(
    tx: &mut Tx,
    account: Uuid,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, StoreError> {
    let block = tx.query_scalar::<Micros>(BLOCK_SENDS).bind(account).bind(Micros(until)).bind(Micros(now));
    Ok(block.fetch_optional().await?.map_or(until, Into::into))
}

/// Forgets wrong codes and sends, as an administrator's reset does.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget_factors(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(FORGET_FACTORS).bind(account).execute().await.map(drop)
}

/// Deletes password budgets that nobody has touched since `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
