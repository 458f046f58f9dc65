//! What was proven in a transaction, and the codes that are being asked for in it: one row a method.
//!
//! A code itself is never stored; a row has the id that it is derived from. The statement that counts a try is the one
//! that writes the proof, so no number of parallel tries is evaluated more often than allowed.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::{Method, Proof};
use uuid::Uuid;

use super::accounts::{Account, AccountRow, account_columns, account_joins};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    OF_TRANSACTION = concat!(
        "SELECT r.method, r.destination, r.challenge_id, r.asked_at, r.expires_at, r.last_sent_at, r.sends, r.tries, \
         r.given_at, ", account_columns!("$2"),
        " FROM proofs r JOIN accounts a ON a.id = r.account_id", account_joins!(),
        "WHERE r.transaction_id = $1"
    );
    GIVE_FIRST = "INSERT INTO proofs (transaction_id, method, account_id, asked_at, sends, tries, given_at) \
                  VALUES ($1, $2, $3, $4, 0, 0, $4) \
                  ON CONFLICT (transaction_id, method) DO UPDATE SET given_at = excluded.given_at, \
                  asked_at = excluded.asked_at WHERE proofs.account_id = excluded.account_id";
    ASK = "INSERT INTO proofs (transaction_id, method, account_id, destination, challenge_id, asked_at, expires_at, \
           last_sent_at, sends, tries) VALUES ($1, $2, $3, $4, $5, $6, $7, $6, 1, 0) \
           ON CONFLICT (transaction_id, method) DO UPDATE SET challenge_id = excluded.challenge_id, \
           destination = excluded.destination, asked_at = excluded.asked_at, expires_at = excluded.expires_at, \
           last_sent_at = excluded.last_sent_at, sends = proofs.sends + 1, tries = 0 \
           WHERE proofs.given_at IS NULL AND proofs.account_id = excluded.account_id \
           AND proofs.last_sent_at <= $8 AND proofs.sends < $9 AND (proofs.expires_at <= $6 OR proofs.tries >= $10)";
    GIVE_AND_ASK = "INSERT INTO proofs (transaction_id, method, account_id, destination, challenge_id, asked_at, \
                    expires_at, last_sent_at, sends, tries, given_at) \
                    VALUES ($1, $8, $3, NULL, NULL, $6, NULL, NULL, 0, 0, $6), ($1, $2, $3, $4, $5, $6, $7, $6, 1, 0, NULL) \
                    ON CONFLICT DO NOTHING";
    RESEND = "UPDATE proofs SET sends = sends + 1, last_sent_at = $3 WHERE transaction_id = $1 AND method = $2 \
              AND given_at IS NULL AND expires_at > $3 AND last_sent_at <= $4 AND sends < $5";
    TRY = "UPDATE proofs SET tries = tries + 1, given_at = CASE WHEN $4 THEN $5 ELSE NULL END \
           WHERE transaction_id = $1 AND method = $2 AND challenge_id = $3 AND given_at IS NULL \
           AND tries < $6 AND expires_at > $5";
    CLEAR = "DELETE FROM proofs WHERE transaction_id = $1";
    BEGIN_ANEW = "DELETE FROM proofs WHERE transaction_id = $1 AND (account_id <> $2 OR given_at IS NOT NULL)";
    CLEAR_OF_ACCOUNT = "DELETE FROM proofs WHERE account_id = $1";
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
    #[sqlx(flatten)]
    account: AccountRow,
}

/// A code that is being asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// By which factor.
    pub factor: FactorId,
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

/// A first factor is stored under this word, a second one under its id.
const PASSWORD: &str = "password";

fn method_named(text: &str) -> Option<Method> {
    if text == PASSWORD { Some(Method::Password) } else { text.parse().ok().map(Method::Factor) }
}

fn name_of(method: &Method) -> String {
    match method {
        Method::Password => PASSWORD.to_owned(),
        Method::Factor(factor) => factor.to_string(),
    }
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
    if let Some(person) = rows.iter().find(|row| row.method == PASSWORD).or(rows.first()).map(|row| row.account.id()) {
        rows.retain(|row| row.account.id() == person);
    }
    let mut progress = None::<Progress>;
    for row in rows {
        let bad = |column: &'static str| StoreError::inconsistent("proofs", column, transaction);
        let method = method_named(&row.method).ok_or_else(|| bad("method"))?;
        let account = row.account.read()?;
        let progress = progress.get_or_insert_with(|| Progress { account, proofs: Vec::new(), challenges: Vec::new() });
        match (row.given_at, method) {
            (Some(at), method) => progress.proofs.push(Proof { method, at: at.into() }),
            (None, Method::Factor(factor)) => progress.challenges.push(Challenge {
                factor,
                id: row.challenge_id.ok_or_else(|| bad("challenge_id"))?,
                destination: row.destination.ok_or_else(|| bad("destination"))?,
                expires_at: row.expires_at.ok_or_else(|| bad("expires_at"))?.into(),
                last_sent_at: row.last_sent_at.ok_or_else(|| bad("last_sent_at"))?.into(),
                sends: row.sends,
                tries: row.tries,
            }),
            (None, Method::Password) => return Err(bad("given_at")),
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
    Ok(insert.bind(Micros(proof.at)).execute().await? == 1)
}

/// A code to be asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The transaction.
    pub transaction: String,
    /// The account.
    pub account: Uuid,
    /// The factor.
    pub factor: FactorId,
    /// Where the code goes.
    pub destination: String,
    /// What it is derived from.
    pub challenge: Uuid,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// Now.
    pub at: DateTime<Utc>,
    /// The latest time of the send before at which another may follow.
    pub sent_before: DateTime<Utc>,
    /// The most sends of one transaction and channel.
    pub max_sends: i64,
    /// The most tries of one code.
    pub max_tries: i64,
}

/// Asks for a code: a first one, or a new one in place of one that has expired or was tried too often. `false` where a
/// code is still live (then [`resend`] repeats it), or there were too many, or too recently.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn ask(tx: &mut Tx, ask: Ask) -> Result<bool, StoreError> {
    let insert = tx
        .query(ASK)
        .bind(ask.transaction)
        .bind(ask.factor.to_string())
        .bind(ask.account)
        .bind(ask.destination)
        .bind(ask.challenge)
        .bind(Micros(ask.at))
        .bind(Micros(ask.expires_at))
        .bind(Micros(ask.sent_before))
        .bind(ask.max_sends)
        .bind(ask.max_tries);
    Ok(insert.execute().await? == 1)
}

/// Notes a first factor and asks for a code, both for the first time in their transaction; `false` where it is not a
/// new one, as when a form is sent twice at once. The write must then be rolled back.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_and_ask(tx: &mut Tx, proof: &Proof, ask: Ask) -> Result<bool, StoreError> {
    let insert = tx.query(GIVE_AND_ASK).bind(ask.transaction).bind(ask.factor.to_string()).bind(ask.account);
    let insert = insert.bind(ask.destination).bind(ask.challenge).bind(Micros(ask.at)).bind(Micros(ask.expires_at));
    Ok(insert.bind(name_of(&proof.method)).execute().await? == 2)
}

/// Counts another send of the live code; `false` where none is live, or there were too many, or too recently.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn resend(
    tx: &mut Tx,
    transaction: &str,
    factor: &FactorId,
    at: DateTime<Utc>,
    sent_before: DateTime<Utc>,
    max_sends: i64,
) -> Result<bool, StoreError> {
    let update = tx.query(RESEND).bind(transaction).bind(factor.to_string()).bind(Micros(at));
    Ok(update.bind(Micros(sent_before)).bind(max_sends).execute().await? == 1)
}

/// Counts a try of a code and, if it was right, makes it a proof. `false` where the code is spent, expired, replaced or
/// was tried too often: then the try was not evaluated, whatever `right` says.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn try_code(
    tx: &mut Tx,
    transaction: &str,
    challenge: &Challenge,
    right: bool,
    at: DateTime<Utc>,
    max_tries: i64,
) -> Result<bool, StoreError> {
    let update = tx.query(TRY).bind(transaction).bind(challenge.factor.to_string()).bind(challenge.id);
    Ok(update.bind(right).bind(Micros(at)).bind(max_tries).execute().await? == 1)
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

/// Forgets what an account has proven in any transaction that is not finished.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn clear_of_account(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(CLEAR_OF_ACCOUNT).bind(account).execute().await.map(drop)
}

/// Deletes rows asked for before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
