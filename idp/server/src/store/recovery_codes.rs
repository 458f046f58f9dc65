//! Codes by email outside the second factors: to set a new password, to have a lost second factor taken away, and to prove
//! an address that there is no account of yet.
//!
//! There is a row whether or not there is an account, so that both are answered with the same statements. As for any
//! other code, the statement that counts a try is the one that spends it, and the row is its message's place in the
//! outbox.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use sqlx::types::Json;
use uuid::Uuid;

use super::outbox::{Outgoing, SendAs, Subject};
use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

statements! {
    ASK = "INSERT INTO recovery_codes (transaction_id, purpose, mailbox, account_id, method, destination, challenge_id, \
           asked_at, expires_at, last_sent_at, tries, message_id, send_due_at, send_tries, send_as) \
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, 0, $10, $11, 0, $12) \
           ON CONFLICT (transaction_id, purpose) DO UPDATE SET \
           challenge_id = CASE WHEN recovery_codes.mailbox = excluded.mailbox AND recovery_codes.spent_at IS NULL \
           AND recovery_codes.expires_at > $8 AND recovery_codes.tries < $13 \
           THEN recovery_codes.challenge_id ELSE excluded.challenge_id END, \
           expires_at = CASE WHEN recovery_codes.mailbox = excluded.mailbox AND recovery_codes.spent_at IS NULL \
           AND recovery_codes.expires_at > $8 AND recovery_codes.tries < $13 \
           THEN recovery_codes.expires_at ELSE excluded.expires_at END, \
           tries = CASE WHEN recovery_codes.mailbox = excluded.mailbox AND recovery_codes.spent_at IS NULL \
           AND recovery_codes.expires_at > $8 AND recovery_codes.tries < $13 \
           THEN recovery_codes.tries ELSE 0 END, \
           mailbox = excluded.mailbox, account_id = excluded.account_id, method = excluded.method, \
           destination = excluded.destination, asked_at = excluded.asked_at, last_sent_at = excluded.last_sent_at, \
           spent_at = NULL, message_id = excluded.message_id, send_due_at = excluded.send_due_at, send_tries = 0, \
           send_as = excluded.send_as \
           WHERE recovery_codes.last_sent_at <= $14 OR recovery_codes.mailbox <> excluded.mailbox \
           RETURNING challenge_id, expires_at";
    SUPERSEDE = "UPDATE recovery_codes SET expires_at = $4, send_due_at = NULL \
                 WHERE mailbox = $1 AND purpose = $2 AND transaction_id <> $3 AND expires_at > $4";
    FIND = "SELECT mailbox, account_id, method, destination, challenge_id, expires_at, last_sent_at, tries, spent_at \
            FROM recovery_codes WHERE transaction_id = $1 AND purpose = $2";
    TRY = "UPDATE recovery_codes SET tries = tries + 1, \
           spent_at = CASE WHEN $4 THEN CAST($5 AS TIMESTAMPTZ) END, \
           send_due_at = CASE WHEN $4 THEN NULL ELSE send_due_at END \
           WHERE transaction_id = $1 AND purpose = $2 AND challenge_id = $3 AND spent_at IS NULL \
           AND tries < $6 AND expires_at > $5";
    FORGET = "DELETE FROM recovery_codes WHERE account_id = $1 AND transaction_id <> $2";
    FORGET_DONE = "DELETE FROM recovery_codes WHERE account_id IS NULL AND (spent_at IS NOT NULL OR expires_at <= $2) \
                   AND destination IN (SELECT value FROM contacts WHERE account_id = $1 \
                   UNION ALL SELECT name FROM sign_in_names WHERE account_id = $1)";
    CLAIM = "UPDATE recovery_codes SET send_due_at = $2, send_tries = send_tries + 1 \
             WHERE send_due_at <= $1 AND (transaction_id, purpose) IN (SELECT r.transaction_id, r.purpose \
             FROM recovery_codes r WHERE r.send_due_at <= $1 AND r.expires_at > $1 \
             AND r.destination IS NOT NULL ORDER BY r.send_due_at LIMIT $3) \
             RETURNING transaction_id, method, account_id, destination, challenge_id, expires_at, message_id, \
             send_tries, send_as";
    SETTLE = "UPDATE recovery_codes SET send_due_at = $3 WHERE transaction_id = $1 AND message_id = $2 \
              AND send_due_at IS NOT NULL";
    PURGE = "DELETE FROM recovery_codes WHERE asked_at < $1";
}

/// What a code by email is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To set a new password.
    Reset,
    /// To have a lost second factor taken away.
    Recovery,
    /// To make an account.
    Create,
}

impl Purpose {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Recovery => "recovery",
            Self::Create => "create",
        }
    }

    /// The method that its codes are bound to.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::Reset => "reset:email",
            Self::Recovery => "recovery:email",
            Self::Create => "create:email",
        }
    }
}

/// Whether a message with that method is one of these.
#[must_use]
pub fn carries(method: &str) -> bool {
    ["reset", "recovery", "create"].iter().any(|purpose| method.starts_with(purpose))
}

/// A code to be asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The transaction.
    pub transaction: String,
    /// What for.
    pub purpose: Purpose,
    /// The tag of the address that was typed.
    pub mailbox: [u8; 32],
    /// Whose address it is, if it is anybody's.
    pub account: Option<Uuid>,
    /// What the message says; only [`Purpose::method`] carries a code.
    pub method: &'static str,
    /// Where the message goes, if one does.
    pub destination: Option<String>,
    /// What a new code is derived from.
    pub challenge: Uuid,
    /// Now.
    pub at: DateTime<Utc>,
    /// When a new code stops working.
    pub expires_at: DateTime<Utc>,
    /// The message.
    pub message: Uuid,
    /// When a worker takes the message, if whoever asked has not sent it by then; none where none is to be sent.
    pub due_at: Option<DateTime<Utc>>,
    /// How the message is written.
    pub send_as: SendAs,
    /// The most tries of one code.
    pub max_tries: i64,
    /// The latest time of the send before at which another may follow.
    pub sent_before: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct AskedRow {
    challenge_id: Uuid,
    expires_at: Micros,
}

/// Asks for a code; one to the same mailbox that is still live is repeated. Gives the message that is to go out, or
/// `None` where one was sent a moment ago.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn ask(tx: &mut Tx, ask: Ask) -> Result<Option<Option<Outgoing>>, StoreError> {
    let insert = tx.query_as::<AskedRow>(ASK).bind(ask.transaction.as_str()).bind(ask.purpose.as_str());
    let insert = insert.bind(ask.mailbox.to_vec()).bind(ask.account).bind(ask.method).bind(ask.destination.clone());
    let insert = insert.bind(ask.challenge).bind(Micros(ask.at)).bind(Micros(ask.expires_at)).bind(ask.message);
    let insert = insert.bind(ask.due_at.map(Micros)).bind(Json(ask.send_as.clone())).bind(ask.max_tries);
    let Some(row) = insert.bind(Micros(ask.sent_before)).fetch_optional().await? else { return Ok(None) };
    let goes = ask.due_at.and(ask.destination);
    Ok(Some(goes.map(|destination| Outgoing {
        id: ask.message,
        account: ask.account,
        channel: FactorId::Email,
        destination,
        subject: Subject::Code {
            transaction: ask.transaction,
            method: ask.method.to_owned(),
            challenge: row.challenge_id,
        },
        send_as: ask.send_as,
        expires_at: row.expires_at.into(),
        tries: 1,
    })))
}

/// Ends the codes that other transactions have asked for from that mailbox: the newest alone works.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn supersede(
    tx: &mut Tx,
    mailbox: [u8; 32],
    purpose: Purpose,
    transaction: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let update = tx.query(SUPERSEDE).bind(mailbox.to_vec()).bind(purpose.as_str()).bind(transaction);
    update.bind(Micros(at)).execute().await.map(drop)
}

#[derive(sqlx::FromRow)]
struct Row {
    mailbox: Vec<u8>,
    account_id: Option<Uuid>,
    method: String,
    destination: Option<String>,
    challenge_id: Uuid,
    expires_at: Micros,
    last_sent_at: Micros,
    tries: i64,
    spent_at: Option<Micros>,
}

/// A code that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedCode {
    /// What for.
    pub purpose: Purpose,
    /// The tag of the address that was typed.
    pub mailbox: Vec<u8>,
    /// Whose it is, if it is anybody's.
    pub account: Option<Uuid>,
    /// Where the code went; nowhere if nobody was to have one.
    pub destination: Option<String>,
    /// What it is derived from.
    pub challenge: Uuid,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was last sent.
    pub last_sent_at: DateTime<Utc>,
    /// How often it was tried.
    pub tries: i64,
    /// Whether it was used.
    pub spent: bool,
}

/// The code that a transaction has asked for.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn find(conn: &mut Conn, transaction: &str, purpose: Purpose) -> Result<Option<MailedCode>, StoreError> {
    let row = conn.query_as::<Row>(FIND).bind(transaction).bind(purpose.as_str()).fetch_optional().await?;
    Ok(row.map(|row| MailedCode {
        purpose,
        mailbox: row.mailbox,
        account: row.account_id,
        destination: row.destination.filter(|_| row.method == purpose.method()),
        challenge: row.challenge_id,
        expires_at: row.expires_at.into(),
        last_sent_at: row.last_sent_at.into(),
        tries: row.tries,
        spent: row.spent_at.is_some(),
    }))
}

/// Counts a try of that code, and spends it if it is right; `false` where it works no more, whatever was typed.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn try_code(
    tx: &mut Tx,
    transaction: &str,
    code: &MailedCode,
    right: bool,
    max_tries: i64,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let update = tx.query(TRY).bind(transaction).bind(code.purpose.as_str()).bind(code.challenge).bind(right);
    Ok(update.bind(Micros(at)).bind(max_tries).execute().await? == 1)
}

/// Forgets the codes that an account was sent in other transactions than `but`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget(tx: &mut Tx, account: Uuid, but: &str) -> Result<(), StoreError> {
    tx.query(FORGET).bind(account).bind(but).execute().await.map(drop)
}

/// Forgets the codes that are done with and went to an address of an account before it was one, as whoever makes an account
/// is sent. One that still works is somebody's who is here.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget_done(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(FORGET_DONE).bind(account).bind(Micros(at)).execute().await.map(drop)
}

#[derive(sqlx::FromRow)]
struct ToSend {
    transaction_id: String,
    method: String,
    account_id: Option<Uuid>,
    destination: String,
    challenge_id: Uuid,
    expires_at: Micros,
    message_id: Uuid,
    send_tries: i64,
    send_as: Json<SendAs>,
}

/// Takes up to `most` messages that are due at `at`; until `until` they are nobody else's.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn claim(
    tx: &mut Tx,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Outgoing>, StoreError> {
    let rows = tx.query_as::<ToSend>(CLAIM).bind(Micros(at)).bind(Micros(until)).bind(most).fetch_all().await?;
    let claimed = rows.into_iter().map(|row| Outgoing {
        id: row.message_id,
        account: row.account_id,
        channel: FactorId::Email,
        destination: row.destination,
        subject: Subject::Code { transaction: row.transaction_id, method: row.method, challenge: row.challenge_id },
        send_as: row.send_as.0,
        expires_at: row.expires_at.into(),
        tries: row.send_tries,
    });
    Ok(claimed.collect())
}

/// Notes what became of a message: tried again at `again_at`, or done with.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn settle(
    tx: &mut Tx,
    transaction: &str,
    message: Uuid,
    again_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let update = tx.query(SETTLE).bind(transaction).bind(message).bind(again_at.map(Micros));
    update.execute().await.map(drop)
}

/// Deletes codes asked for before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
