//! What was proven in a transaction, and the codes that are being asked for in it: one row a method. How codes are asked
//! for is in [`super::challenges`], how their messages leave in [`super::outbox`].
//!
//! A code itself is never stored; a row has the id that it is derived from. The statement that counts a try is the one
//! that writes the proof, so no number of parallel tries is evaluated more often than allowed.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::{Method, PasskeyUse, Proof, Upstream};
use idp_core::metering::SendStatus;
use uuid::Uuid;

use super::accounts::{Account, AccountRow, account_columns, account_joins};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Text, Tx};

statements! {
    OF_TRANSACTION = concat!(
        "SELECT r.method, r.destination, r.challenge_id, r.asked_at, r.expires_at, r.last_sent_at, r.sends, r.tries, \
         r.given_at, r.message_id, r.send_failed, r.state, r.details, m.status AS receipt, m.status_at AS receipt_at, ",
        account_columns!("$2"),
        " FROM proofs r JOIN accounts a ON a.id = r.account_id LEFT JOIN charges m ON m.id = r.message_id", account_joins!(),
        "WHERE r.transaction_id = $1"
    );
    GIVE_FIRST = "INSERT INTO proofs (transaction_id, method, account_id, asked_at, sends, tries, given_at, details) \
                  VALUES ($1, $2, $3, $4, 0, 0, $4, $5) \
                  ON CONFLICT (transaction_id, method) DO UPDATE SET given_at = excluded.given_at, \
                  asked_at = excluded.asked_at, details = excluded.details \
                  WHERE proofs.account_id = excluded.account_id";
    TRY = "UPDATE proofs SET tries = tries + 1, given_at = CASE WHEN $4 THEN $5 ELSE NULL END, \
           state = CASE WHEN $4 THEN NULL ELSE state END, details = CAST($7 AS TEXT) \
           WHERE transaction_id = $1 AND method = $2 AND challenge_id = $3 AND given_at IS NULL \
           AND tries < $6 AND expires_at > $5";
    GIVE_BACK_TRY = "UPDATE proofs SET tries = tries - 1 WHERE transaction_id = $1 AND method = $2 \
                     AND challenge_id = $3 AND given_at IS NULL AND tries > 0";
    CLEAR = "DELETE FROM proofs WHERE transaction_id = $1";
    BEGIN_ANEW = "DELETE FROM proofs WHERE transaction_id = $1 AND (account_id <> $2 OR given_at IS NOT NULL)";
    CLEAR_OF_ACCOUNT = "DELETE FROM proofs WHERE account_id = $1 AND transaction_id <> $2";
    HOLD = "UPDATE proofs SET asked_at = asked_at WHERE transaction_id = $1 AND account_id = $2 AND given_at IS NOT NULL";
    SPEND_PERMIT = "DELETE FROM proofs WHERE transaction_id = $1 AND account_id = $2 AND method = 'reset-permit'";
    PURGE = "DELETE FROM proofs WHERE asked_at < $1";
}

#[derive(sqlx::FromRow)]
struct Row {
    method: String,
    destination: Option<String>,
    challenge_id: Option<Uuid>,
    expires_at: Option<Micros>,
    last_sent_at: Option<Micros>,
    sends: i64,
    tries: i64,
    given_at: Option<Micros>,
    message_id: Option<Uuid>,
    send_failed: bool,
    state: Option<Vec<u8>>,
    details: Option<String>,
    receipt: Option<Text<SendStatus>>,
    receipt_at: Option<Micros>,
    #[sqlx(flatten)]
    account: AccountRow,
}

/// A code that is being asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// By which factor.
    pub factor: FactorId,
    /// Whether the code proves a contact that is being set up for the factor, not one that is.
    pub sets_up: bool,
    /// What the code is derived from.
    pub id: Uuid,
    /// Where it was sent.
    pub destination: String,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was last sent.
    pub last_sent_at: DateTime<Utc>,
    /// How often it was sent.
    pub sends: i64,
    /// How often it was tried.
    pub tries: i64,
    /// The last message that carried it.
    pub message: Option<Uuid>,
    /// Whether that message could not be sent.
    pub send_failed: bool,
    /// What is known of that message since a provider took it, and since when.
    pub receipt: Option<(SendStatus, DateTime<Utc>)>,
    /// What the factor keeps until it is answered, sealed; for factors that send no code.
    pub state: Option<Vec<u8>>,
}

impl Challenge {
    /// Whether the last message that carried it is known not to arrive.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.send_failed || self.receipt.is_some_and(|(status, _)| status == SendStatus::Failed)
    }

    /// The method that it is kept under, and that its code is bound to.
    #[must_use]
    pub fn method(&self) -> String {
        method_of(&self.factor, self.sets_up)
    }
}

/// The method that a code of `factor` is kept under: setting a contact up is another one than using it.
#[must_use]
pub fn method_of(factor: &FactorId, sets_up: bool) -> String {
    if sets_up { format!("{SET_UP}{factor}") } else { factor.to_string() }
}

/// What is known of one transaction.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Whom it is about.
    pub account: Account,
    /// What was proven.
    pub proofs: Vec<Proof>,
    /// What is being asked for.
    pub challenges: Vec<Challenge>,
}

/// A first factor is stored under one of these words, a second one under its id, one that is being set up under its id
/// after this prefix.
const PASSWORD: &str = "password";
const RESET_PASSWORD: &str = "reset-password";
const RESET_PERMIT: &str = "reset-permit";
const PASSKEY_ALONE: &str = "passkey-alone";
const FEDERATED: &str = "federated";
const GUEST: &str = "guest";
const SET_UP: &str = "setup:";
/// What the details of a passkey's proof say.
const VERIFIED: &str = "verified";
const BOUND: &str = "bound";

/// The method that a row is about, and whether it sets something up.
fn method_named(text: &str, details: Option<&str>) -> Option<(Method, bool)> {
    let (name, sets_up) = text.strip_prefix(SET_UP).map_or((text, false), |name| (name, true));
    let has = |word: &str| details.unwrap_or_default().split(' ').any(|part| part == word);
    let passkey = |alone| Method::Passkey(PasskeyUse { alone, verified: has(VERIFIED), bound: has(BOUND) });
    let method = match name {
        PASSWORD => Method::Password,
        RESET_PASSWORD => Method::ResetPassword,
        RESET_PERMIT => Method::ResetPermit,
        PASSKEY_ALONE => passkey(true),
        FEDERATED => Method::Federated(serde_json::from_str::<Upstream>(details?).ok()?),
        GUEST => Method::Guest,
        name => match name.parse().ok()? {
            FactorId::Passkey => passkey(false),
            factor => Method::Factor(factor),
        },
    };
    Some((method, sets_up))
}

pub(super) fn name_of(method: &Method) -> String {
    match method {
        Method::Password => PASSWORD.to_owned(),
        Method::ResetPassword => RESET_PASSWORD.to_owned(),
        Method::ResetPermit => RESET_PERMIT.to_owned(),
        Method::Passkey(used) if used.alone => PASSKEY_ALONE.to_owned(),
        Method::Passkey(_) => FactorId::Passkey.to_string(),
        Method::Federated(_) => FEDERATED.to_owned(),
        Method::Guest => GUEST.to_owned(),
        Method::Factor(factor) => factor.to_string(),
    }
}

fn details_of(method: &Method) -> Option<String> {
    let used = match method {
        Method::Passkey(used) => used,
        Method::Federated(upstream) => return serde_json::to_string(upstream).ok(),
        _ => return None,
    };
    let words = [(used.verified, VERIFIED), (used.bound, BOUND)];
    Some(words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect::<Vec<_>>().join(" "))
}

/// What a transaction has come to, as seen at `client_id`. `None` while nothing was proven or asked in it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn of_transaction(
    conn: &mut Conn,
    transaction: &str,
    client_id: &str,
) -> Result<Option<Progress>, StoreError> {
    let mut rows = conn.query_as::<Row>(OF_TRANSACTION).bind(transaction).bind(client_id).fetch_all().await?;
    // A transaction is about one person: whoever proved the first factor. Rows of anybody else say nothing.
    let first = [PASSWORD, RESET_PASSWORD, RESET_PERMIT, PASSKEY_ALONE, FEDERATED, GUEST];
    let is_first = |row: &&Row| first.contains(&row.method.as_str());
    if let Some(person) = rows.iter().find(is_first).or(rows.first()).map(|row| row.account.id()) {
        rows.retain(|row| row.account.id() == person);
    }
    let mut progress = None::<Progress>;
    for row in rows {
        let bad = |column: &'static str| StoreError::inconsistent("proofs", column, transaction);
        let (method, sets_up) = method_named(&row.method, row.details.as_deref()).ok_or_else(|| bad("method"))?;
        let account = row.account.read()?;
        let progress = progress.get_or_insert_with(|| Progress { account, proofs: Vec::new(), challenges: Vec::new() });
        match (row.given_at, method) {
            (Some(at), method) => progress.proofs.push(Proof { method, at: at.into() }),
            (None, method) => progress.challenges.push(Challenge {
                factor: method.factor().filter(|_| !method.is_first()).cloned().ok_or_else(|| bad("given_at"))?,
                sets_up,
                id: row.challenge_id.ok_or_else(|| bad("challenge_id"))?,
                destination: row.destination.ok_or_else(|| bad("destination"))?,
                expires_at: row.expires_at.ok_or_else(|| bad("expires_at"))?.into(),
                last_sent_at: row.last_sent_at.ok_or_else(|| bad("last_sent_at"))?.into(),
                sends: row.sends,
                tries: row.tries,
                message: row.message_id,
                send_failed: row.send_failed,
                receipt: row.receipt.zip(row.receipt_at).map(|(status, at)| (status.0, at.into())),
                state: row.state,
            }),
        }
    }
    Ok(progress)
}

/// Notes that something was proven outright; `false` if the transaction belongs to another account.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give(tx: &mut Tx, transaction: &str, account: Uuid, proof: &Proof) -> Result<bool, StoreError> {
    let insert = tx.query(GIVE_FIRST).bind(transaction).bind(name_of(&proof.method)).bind(account);
    Ok(insert.bind(Micros(proof.at)).bind(details_of(&proof.method)).execute().await? == 1)
}

/// Counts a try of a challenge and, if `right` says what was proven, makes it that proof. `false` where it is spent,
/// expired, replaced or was tried too often: then the try was not evaluated, whatever `right` says.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn try_code(
    tx: &mut Tx,
    transaction: &str,
    challenge: &Challenge,
    right: Option<&Method>,
    at: DateTime<Utc>,
    max_tries: i64,
) -> Result<bool, StoreError> {
    let update = tx.query(TRY).bind(transaction).bind(challenge.method()).bind(challenge.id);
    let update = update.bind(right.is_some()).bind(Micros(at)).bind(max_tries);
    Ok(update.bind(right.and_then(details_of)).execute().await? == 1)
}

/// Gives back a try that was counted before it was evaluated and came to nothing.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_back_try(tx: &mut Tx, transaction: &str, challenge: &Challenge) -> Result<(), StoreError> {
    tx.query(GIVE_BACK_TRY).bind(transaction).bind(challenge.method()).bind(challenge.id).execute().await.map(drop)
}

/// Forgets what was proven in a transaction, and what was asked of anybody else: somebody begins it anew. A code that
/// is being asked of the same account stays, with its counts.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn begin_anew(tx: &mut Tx, transaction: &str, account: Uuid) -> Result<(), StoreError> {
    tx.query(BEGIN_ANEW).bind(transaction).bind(account).execute().await.map(drop)
}

/// Forgets everything about a transaction: the person leaves.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn clear(tx: &mut Tx, transaction: &str) -> Result<(), StoreError> {
    tx.query(CLEAR).bind(transaction).execute().await.map(drop)
}

/// Forgets what an account has proven in any transaction that is not finished, but for `but`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn clear_of_account(tx: &mut Tx, account: Uuid, but: &str) -> Result<(), StoreError> {
    tx.query(CLEAR_OF_ACCOUNT).bind(account).bind(but).execute().await.map(drop)
}

/// Holds what an account has proven in a transaction until the end of the write, so that nobody takes it away meanwhile;
/// `false` where somebody has.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn hold(tx: &mut Tx, transaction: &str, account: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query(HOLD).bind(transaction).bind(account).execute().await? > 0)
}

/// Spends the permit to set a new password; `false` where there is none in this transaction.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn spend_permit(tx: &mut Tx, transaction: &str, account: Uuid) -> Result<bool, StoreError> {
    Ok(tx.query(SPEND_PERMIT).bind(transaction).bind(account).execute().await? == 1)
}

/// Deletes rows asked for before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
