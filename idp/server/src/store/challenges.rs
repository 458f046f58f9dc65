//! Asking for codes. What is asked for is a row of `proofs`, which is the place of its message in the outbox as well: a
//! code and the message that carries it are kept together or not at all.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::Proof;
use sqlx::types::Json;
use uuid::Uuid;

use super::outbox::SendAs;
use super::proofs::{Challenge, method_of, name_of};
use super::statement::statements;
use super::{Micros, StoreError, Tx};

statements! {
    ASK = "INSERT INTO proofs (transaction_id, method, account_id, destination, challenge_id, asked_at, expires_at, \
           last_sent_at, sends, tries, message_id, send_due_at, send_as, send_tries) \
           VALUES ($1, $2, $3, $4, $5, $6, $7, $6, 1, 0, $11, $12, $13, 1) \
           ON CONFLICT (transaction_id, method) DO UPDATE SET challenge_id = excluded.challenge_id, \
           destination = excluded.destination, asked_at = excluded.asked_at, expires_at = excluded.expires_at, \
           last_sent_at = excluded.last_sent_at, sends = proofs.sends + 1, tries = 0, message_id = excluded.message_id, \
           send_due_at = excluded.send_due_at, send_tries = 1, send_as = excluded.send_as, send_failed = FALSE \
           WHERE proofs.given_at IS NULL AND proofs.account_id = excluded.account_id \
           AND proofs.last_sent_at <= $8 AND proofs.sends < $9 \
           AND (proofs.expires_at <= $6 OR proofs.tries >= $10 OR proofs.destination <> excluded.destination)";
    GIVE_AND_ASK = "INSERT INTO proofs (transaction_id, method, account_id, destination, challenge_id, asked_at, \
                    expires_at, last_sent_at, sends, tries, given_at, message_id, send_due_at, send_as, send_tries) \
                    VALUES ($1, $8, $3, NULL, NULL, $6, NULL, NULL, 0, 0, $6, NULL, NULL, NULL, 0), \
                    ($1, $2, $3, $4, $5, $6, $7, $6, 1, 0, NULL, $9, $10, $11, 1) ON CONFLICT DO NOTHING";
    RESEND = "UPDATE proofs SET sends = sends + 1, last_sent_at = $3, message_id = $6, send_due_at = $7, send_tries = 1, \
              send_as = $8, send_failed = FALSE WHERE transaction_id = $1 AND method = $2 AND given_at IS NULL \
              AND expires_at > $3 AND last_sent_at <= $4 AND sends < $5";
    SENDS_OF_ALL = "SELECT COALESCE(CAST(SUM(sends) AS BIGINT), 0), \
                    COUNT(CASE WHEN method <> $2 AND last_sent_at > $3 THEN 1 END) FROM proofs WHERE transaction_id = $1";
    POSE = "INSERT INTO proofs (transaction_id, method, account_id, destination, challenge_id, asked_at, expires_at, \
            last_sent_at, sends, tries, state) VALUES ($1, $2, $3, '', $4, $5, $6, $5, 1, 0, $7) \
            ON CONFLICT (transaction_id, method) DO UPDATE SET challenge_id = excluded.challenge_id, \
            asked_at = excluded.asked_at, expires_at = excluded.expires_at, last_sent_at = excluded.last_sent_at, \
            sends = proofs.sends + 1, tries = 0, state = excluded.state \
            WHERE proofs.given_at IS NULL AND proofs.account_id = excluded.account_id AND proofs.sends < $8";
    RESERVE_POSE = "UPDATE proofs SET last_sent_at = $3 WHERE transaction_id = $1 AND method = $2 AND given_at IS NULL \
                    AND last_sent_at <= $4 AND sends < $5";
    GIVE_BACK_POSE = "UPDATE proofs SET last_sent_at = $3 WHERE transaction_id = $1 AND method = $2 \
                      AND challenge_id = $4 AND given_at IS NULL";
}

/// A code to be asked for, and the message that is to carry it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The transaction.
    pub transaction: String,
    /// The account.
    pub account: Uuid,
    /// The factor.
    pub factor: FactorId,
    /// Whether the contact is being set up.
    pub sets_up: bool,
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
    /// The message.
    pub message: Uuid,
    /// How the message is written.
    pub send_as: SendAs,
    /// When a worker takes it, if whoever asked has not sent it by then. Whoever asks tries first.
    pub due_at: DateTime<Utc>,
}

impl Ask {
    fn method(&self) -> String {
        method_of(&self.factor, self.sets_up)
    }
}

/// Asks for a code: a first one, or a new one in place of one that has expired, was tried too often or went elsewhere.
/// `false` where a code is still live (then [`resend`] repeats it), or there were too many, or too recently.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn ask(tx: &mut Tx, ask: Ask) -> Result<bool, StoreError> {
    let method = ask.method();
    let insert = tx
        .query(ASK)
        .bind(ask.transaction)
        .bind(method)
        .bind(ask.account)
        .bind(ask.destination)
        .bind(ask.challenge)
        .bind(Micros(ask.at))
        .bind(Micros(ask.expires_at))
        .bind(Micros(ask.sent_before))
        .bind(ask.max_sends)
        .bind(ask.max_tries)
        .bind(ask.message)
        .bind(Micros(ask.due_at))
        .bind(Json(ask.send_as));
    Ok(insert.execute().await? == 1)
}

/// Notes a first factor and asks for a code, both for the first time in their transaction; `false` where it is not a
/// new one, as when a form is sent twice at once. The write must then be rolled back.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_and_ask(tx: &mut Tx, proof: &Proof, ask: Ask) -> Result<bool, StoreError> {
    let method = ask.method();
    let insert = tx.query(GIVE_AND_ASK).bind(ask.transaction).bind(method).bind(ask.account);
    let insert = insert.bind(ask.destination).bind(ask.challenge).bind(Micros(ask.at)).bind(Micros(ask.expires_at));
    let insert = insert.bind(name_of(&proof.method)).bind(ask.message).bind(Micros(ask.due_at)).bind(Json(ask.send_as));
    Ok(insert.execute().await? == 2)
}

/// Counts another send of the live code; `false` where none is live, or there were too many, or too recently.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn resend(tx: &mut Tx, ask: Ask) -> Result<bool, StoreError> {
    let method = ask.method();
    let update = tx.query(RESEND).bind(ask.transaction).bind(method).bind(Micros(ask.at));
    let update = update.bind(Micros(ask.sent_before)).bind(ask.max_sends).bind(ask.message);
    Ok(update.bind(Micros(ask.due_at)).bind(Json(ask.send_as)).execute().await? == 1)
}

/// What was sent in a transaction by all its channels together, and whether another channel than this one sent something
/// so lately that nothing may follow.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn sends_of_all(tx: &mut Tx, ask: &Ask) -> Result<(i64, bool), StoreError> {
    let all = tx.query_as::<(i64, i64)>(SENDS_OF_ALL).bind(ask.transaction.as_str()).bind(ask.method());
    let (sends, lately) = all.bind(Micros(ask.sent_before)).fetch_one().await?;
    Ok((sends, lately > 0))
}

/// A challenge whose state the factor has to keep.
#[derive(Clone, Debug)]
pub struct Pose {
    /// The transaction.
    pub transaction: String,
    /// The account.
    pub account: Uuid,
    /// The factor.
    pub factor: FactorId,
    /// Whether the factor is being set up.
    pub sets_up: bool,
    /// Its id.
    pub challenge: Uuid,
    /// What the factor keeps, sealed.
    pub state: Vec<u8>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// Now.
    pub at: DateTime<Utc>,
    /// The most challenges of one transaction and factor.
    pub most: i64,
}

/// Poses a challenge in place of the one before; `false` where the factor has been proven, the transaction is somebody
/// else's, or there were too many.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn pose(tx: &mut Tx, pose: Pose) -> Result<bool, StoreError> {
    let method = method_of(&pose.factor, pose.sets_up);
    let insert = tx.query(POSE).bind(pose.transaction).bind(method).bind(pose.account).bind(pose.challenge);
    let insert = insert.bind(Micros(pose.at)).bind(Micros(pose.expires_at)).bind(pose.state).bind(pose.most);
    Ok(insert.execute().await? == 1)
}

/// A challenge that is about to be posed in place of another.
#[derive(Clone, Copy, Debug)]
pub struct Again {
    /// Now.
    pub at: DateTime<Utc>,
    /// The latest time of the challenge before at which another may follow.
    pub posed_before: DateTime<Utc>,
    /// The most challenges of one transaction and factor.
    pub most: i64,
}

/// Reserves posing another challenge in place of `challenge`, before whoever poses it is asked; `false` where it is too
/// soon, or there were too many.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn reserve_pose(
    tx: &mut Tx,
    transaction: &str,
    challenge: &Challenge,
    again: Again,
) -> Result<bool, StoreError> {
    let update = tx.query(RESERVE_POSE).bind(transaction).bind(challenge.method()).bind(Micros(again.at));
    Ok(update.bind(Micros(again.posed_before)).bind(again.most).execute().await? == 1)
}

/// Gives a reservation back: none was posed.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn give_back_pose(tx: &mut Tx, transaction: &str, challenge: &Challenge) -> Result<(), StoreError> {
    let update = tx.query(GIVE_BACK_POSE).bind(transaction).bind(challenge.method());
    update.bind(Micros(challenge.last_sent_at)).bind(challenge.id).execute().await.map(drop)
}
