//! The outbox: messages that are committed and not yet handed over. A message with a code is the row of its challenge
//! (see [`super::challenges`]), any other a row of `notices`. Neither holds a text: it is written when it is sent.
//!
//! Whoever takes a message has it for a while; it is another worker's turn when that has passed without a word.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use idp_core::policy::Alphabet;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::statement::statements;
use super::{Micros, StoreError, Tx, recovery_codes};

statements! {
    CLAIM_CODES = "UPDATE proofs SET send_due_at = $2, send_tries = send_tries + 1 \
                   WHERE send_due_at <= $1 AND expires_at > $1 AND given_at IS NULL \
                   AND (transaction_id, method) IN (SELECT r.transaction_id, r.method FROM proofs r \
                   WHERE r.send_due_at <= $1 ORDER BY r.send_due_at LIMIT $3) \
                   RETURNING transaction_id, method, account_id, destination, challenge_id, expires_at, message_id, \
                   send_tries, send_as";
    DROP_STALE_CODES = "UPDATE proofs SET send_due_at = NULL WHERE send_due_at <= $1 AND (expires_at <= $1 OR given_at IS NOT NULL)";
    CODE_SENT = "UPDATE proofs SET send_due_at = NULL WHERE transaction_id = $1 AND method = $2 AND message_id = $3";
    CODE_FAILED = "UPDATE proofs SET send_due_at = NULL, send_failed = TRUE \
                   WHERE transaction_id = $1 AND method = $2 AND message_id = $3";
    CODE_PUT_OFF = "UPDATE proofs SET send_due_at = $4 WHERE transaction_id = $1 AND method = $2 AND message_id = $3 \
                    AND send_due_at IS NOT NULL";
    NOTICE = "INSERT INTO notices (id, account_id, channel, destination, kind, details, send_as, send_due_at, send_tries, \
              expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)";
    CLAIM_NOTICES = "UPDATE notices SET send_due_at = $2, send_tries = send_tries + 1 WHERE send_due_at <= $1 \
                     AND expires_at > $1 AND id IN (SELECT n.id FROM notices n WHERE n.send_due_at <= $1 \
                     ORDER BY n.send_due_at LIMIT $3) \
                     RETURNING id, account_id, channel, destination, kind, details, send_as, send_tries, expires_at";
    NOTICE_DONE = "DELETE FROM notices WHERE id = $1";
    NOTICE_PUT_OFF = "UPDATE notices SET send_due_at = $2 WHERE id = $1";
    CALL_OFF = "DELETE FROM notices WHERE account_id = $1 AND kind = $2";
    SILENCE = "DELETE FROM notices WHERE account_id = $1";
    HASTEN = "UPDATE notices SET send_due_at = $3 WHERE account_id = $1 AND kind = $2 AND send_due_at > $3";
    PURGE = "DELETE FROM notices WHERE expires_at <= $1";
}

/// How a message is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendAs {
    /// The client that it is sent for; none where it is about the account alone.
    pub client: Option<String>,
    /// How the person came to the client: `direct`, or `go:` and the short link's name.
    pub entry: String,
    /// The language, `en` or `cy`.
    pub lang: String,
    /// The set of texts.
    pub wording: String,
    /// The shape of its code, if it carries one.
    pub code: Option<CodeShape>,
}

/// What a code looks like and how long it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeShape {
    /// The alphabet.
    pub alphabet: Alphabet,
    /// Characters.
    pub length: u32,
    /// Life in seconds.
    pub ttl_seconds: u32,
    /// Whether a call waits for a key before it says the code.
    #[serde(default)]
    pub keypress: bool,
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The code of a challenge.
    Code {
        /// The transaction.
        transaction: String,
        /// The method that the code is bound to.
        method: String,
        /// The challenge.
        challenge: Uuid,
    },
    /// Something that has happened.
    Notice {
        /// Which text.
        kind: String,
        /// What it says besides.
        details: serde_json::Map<String, serde_json::Value>,
    },
}

/// A message that is to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its name, the same at each try.
    pub id: Uuid,
    /// Whose account it is about; none where there is no account yet.
    pub account: Option<Uuid>,
    /// The channel it takes.
    pub channel: FactorId,
    /// Where it goes.
    pub destination: String,
    /// What it is about.
    pub subject: Subject,
    /// How it is written.
    pub send_as: SendAs,
    /// After this it is worthless and is not sent.
    pub expires_at: DateTime<Utc>,
    /// Which try this is, from 1.
    pub tries: i64,
}

#[derive(sqlx::FromRow)]
struct CodeRow {
    transaction_id: String,
    method: String,
    account_id: Uuid,
    destination: Option<String>,
    challenge_id: Option<Uuid>,
    expires_at: Option<Micros>,
    message_id: Option<Uuid>,
    send_tries: i64,
    send_as: Option<Json<SendAs>>,
}

#[derive(sqlx::FromRow)]
struct NoticeRow {
    id: Uuid,
    account_id: Uuid,
    channel: String,
    destination: String,
    kind: String,
    details: Json<serde_json::Map<String, serde_json::Value>>,
    send_as: Json<SendAs>,
    send_tries: i64,
    expires_at: Micros,
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
    tx.query(DROP_STALE_CODES).bind(Micros(at)).execute().await?;
    let codes = tx.query_as::<CodeRow>(CLAIM_CODES).bind(Micros(at)).bind(Micros(until)).bind(most);
    let mut claimed = codes.fetch_all().await?.into_iter().map(code).collect::<Result<Vec<_>, _>>()?;
    let notices = tx.query_as::<NoticeRow>(CLAIM_NOTICES).bind(Micros(at)).bind(Micros(until)).bind(most);
    for row in notices.fetch_all().await? {
        claimed.push(notice(row)?);
    }
    claimed.extend(recovery_codes::claim(tx, at, until, most).await?);
    Ok(claimed)
}

fn code(row: CodeRow) -> Result<Outgoing, StoreError> {
    let bad = |column: &'static str| StoreError::inconsistent("proofs", column, &row.transaction_id);
    let channel = row.method.rsplit(':').next().and_then(|name| name.parse().ok()).ok_or_else(|| bad("method"))?;
    Ok(Outgoing {
        id: row.message_id.ok_or_else(|| bad("message_id"))?,
        account: Some(row.account_id),
        channel,
        destination: row.destination.clone().ok_or_else(|| bad("destination"))?,
        send_as: row.send_as.clone().ok_or_else(|| bad("send_as"))?.0,
        expires_at: row.expires_at.ok_or_else(|| bad("expires_at"))?.into(),
        tries: row.send_tries,
        subject: Subject::Code {
            challenge: row.challenge_id.ok_or_else(|| bad("challenge_id"))?,
            transaction: row.transaction_id,
            method: row.method,
        },
    })
}

fn notice(row: NoticeRow) -> Result<Outgoing, StoreError> {
    Ok(Outgoing {
        id: row.id,
        account: Some(row.account_id),
        channel: row.channel.parse().map_err(|_| StoreError::inconsistent("notices", "channel", row.id))?,
        destination: row.destination,
        subject: Subject::Notice { kind: row.kind, details: row.details.0 },
        send_as: row.send_as.0,
        expires_at: row.expires_at.into(),
        tries: row.send_tries,
    })
}

/// Puts a notice into the outbox; it is due at `due_at`. Messages with a code come with their challenge.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put(tx: &mut Tx, outgoing: Outgoing, due_at: DateTime<Utc>) -> Result<(), StoreError> {
    let Subject::Notice { kind, details } = outgoing.subject else { return Ok(()) };
    let insert = tx.query(NOTICE).bind(outgoing.id).bind(outgoing.account).bind(outgoing.channel.to_string());
    let insert = insert.bind(outgoing.destination).bind(kind).bind(Json(details)).bind(Json(outgoing.send_as));
    insert.bind(Micros(due_at)).bind(Micros(outgoing.expires_at)).execute().await.map(drop)
}

/// Calls the notices of one kind to an account off that were not sent yet.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn call_off(tx: &mut Tx, account: Uuid, kind: &str) -> Result<(), StoreError> {
    tx.query(CALL_OFF).bind(account).bind(kind).execute().await.map(drop)
}

/// Takes back every message to an account that is not sent yet.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn silence(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    tx.query(SILENCE).bind(account).execute().await.map(drop)
}

/// Has the notices of one kind to an account sent at `at`, not later.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn hasten(tx: &mut Tx, account: Uuid, kind: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
    tx.query(HASTEN).bind(account).bind(kind).bind(Micros(at)).execute().await.map(drop)
}

/// Notes that a message was handed over.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn sent(tx: &mut Tx, outgoing: &Outgoing) -> Result<(), StoreError> {
    match &outgoing.subject {
        Subject::Code { transaction, method, .. } if recovery_codes::carries(method) => {
            return recovery_codes::settle(tx, transaction, outgoing.id, None).await;
        }
        Subject::Code { transaction, method, .. } => {
            tx.query(CODE_SENT).bind(transaction.as_str()).bind(method.as_str()).bind(outgoing.id).execute().await?
        }
        Subject::Notice { .. } => tx.query(NOTICE_DONE).bind(outgoing.id).execute().await?,
    };
    Ok(())
}

/// Notes that nobody will ever take a message.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn failed(tx: &mut Tx, outgoing: &Outgoing) -> Result<(), StoreError> {
    match &outgoing.subject {
        Subject::Code { transaction, method, .. } if recovery_codes::carries(method) => {
            return recovery_codes::settle(tx, transaction, outgoing.id, None).await;
        }
        Subject::Code { transaction, method, .. } => {
            tx.query(CODE_FAILED).bind(transaction.as_str()).bind(method.as_str()).bind(outgoing.id).execute().await?
        }
        Subject::Notice { .. } => tx.query(NOTICE_DONE).bind(outgoing.id).execute().await?,
    };
    Ok(())
}

/// Has a message tried again at `due_at`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn put_off(tx: &mut Tx, outgoing: &Outgoing, due_at: DateTime<Utc>) -> Result<(), StoreError> {
    match &outgoing.subject {
        Subject::Code { transaction, method, .. } if recovery_codes::carries(method) => {
            return recovery_codes::settle(tx, transaction, outgoing.id, Some(due_at)).await;
        }
        Subject::Code { transaction, method, .. } => {
            let update = tx.query(CODE_PUT_OFF).bind(transaction.as_str()).bind(method.as_str()).bind(outgoing.id);
            update.bind(Micros(due_at)).execute().await?
        }
        Subject::Notice { .. } => tx.query(NOTICE_PUT_OFF).bind(outgoing.id).bind(Micros(due_at)).execute().await?,
    };
    Ok(())
}

/// Deletes notices that were worth nothing before `before`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.query(PURGE).bind(Micros(before)).execute().await
}
