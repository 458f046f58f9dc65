//! The seal on the audit trail (ASVS 16.4): each row's hash covers the row and the hash before it, under a key that the
//! database does not hold, so that a change, a loss or another order is seen, and where it begins.
//!
//! Rows are linked in the order in which the sealer sees them committed: PostgreSQL numbers rows (`seq`) before they are
//! committed, so the chain has numbers of its own (`chain_no`). Any node may seal; the head's row lets one do it at a
//! time. What is not seen here: rows taken away before they were sealed; an earlier state, head and all, put back. For the
//! latter compare the head with one that was noted elsewhere.

use std::fmt::Write as _;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use uuid::Uuid;

use super::Db;
use super::error::StoreError;
use super::statement::{Conn, statements};
use super::tx::Tx;
use super::value::Micros;

statements! {
    BEGIN = "INSERT INTO audit_head (name, chain_no, hash) VALUES ('audit', 0, $1) ON CONFLICT (name) DO NOTHING";
    LOCK = "UPDATE audit_head SET chain_no = chain_no WHERE name = 'audit' RETURNING chain_no, hash";
    MOVE = "UPDATE audit_head SET chain_no = $1, hash = $2 WHERE name = 'audit'";
    HEAD = "SELECT chain_no, hash FROM audit_head WHERE name = 'audit'";
    FIRST_SEALED = "SELECT seq FROM audit WHERE chain_no = 1";
    ANY_UNSEALED = "SELECT seq FROM audit WHERE chain_no IS NULL LIMIT 1";
    UNSEALED = "SELECT seq, at, kind, actor, account, client, session, address, request_id, details, chain_no, hash \
                FROM audit WHERE chain_no IS NULL ORDER BY seq LIMIT $1";
    SEALED = "SELECT seq, at, kind, actor, account, client, session, address, request_id, details, chain_no, hash \
              FROM audit WHERE chain_no > $1 AND chain_no <= $2 ORDER BY chain_no LIMIT $3";
}

/// The most rows that one call seals, and that one statement reads.
const PAGE: i64 = 500;
/// The most rows that one statement links.
const LINKS: usize = 100;
/// What stands before the first row.
const START: [u8; 32] = [0; 32];

/// The chain, with the key of its hashes.
#[derive(Clone, Debug)]
pub struct Chain {
    key: hmac::Key,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every sealed row is as it was sealed.
    Intact {
        /// How many rows are sealed.
        rows: i64,
        /// The hash of the last one, in hex, to be noted elsewhere.
        head: String,
    },
    /// The trail was changed; everything before this row is as it was sealed.
    Broken {
        /// The place in the chain of the first bad row.
        chain_no: i64,
        /// The row's number in the table, if there is a row.
        seq: Option<i64>,
        /// What is wrong with it.
        flaw: Flaw,
    },
}

/// What is wrong with a row of the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not there.
    Missing,
    /// It is not the row that was sealed, or does not follow the one before it.
    Altered,
    /// It holds what this program cannot have written.
    Unreadable,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    seq: i64,
    at: Micros,
    kind: String,
    actor: String,
    account: Option<Uuid>,
    client: Option<String>,
    session: Option<Uuid>,
    address: Option<String>,
    request_id: Option<String>,
    details: String,
    chain_no: Option<i64>,
    hash: Option<Vec<u8>>,
}

impl Chain {
    /// A chain whose hashes are made under `key`: 32 bytes that never change and are not in the database.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(HMAC_SHA256, key) }
    }

    /// Links committed rows that are not sealed yet, at most 500, and says how many there were. To be called at least
    /// once a second; when it says 500, again at once.
    ///
    /// # Errors
    /// As [`StoreError`] says; [`StoreError::Inconsistent`] if rows are sealed and the head is gone: see [`Chain::verify`].
    pub async fn seal(&self, db: &Db) -> Result<usize, StoreError> {
        let (db, chain) = (db.for_workers(), self.clone());
        // Most of the time there is nothing to do, and then nothing is written.
        if db.read().await?.query_scalar::<i64>(ANY_UNSEALED).fetch_optional().await?.is_none() {
            return Ok(0);
        }
        db.write(move |tx| Box::pin(async move { chain.seal_page(tx).await })).await
    }

    async fn seal_page(&self, tx: &mut Tx) -> Result<usize, StoreError> {
        tx.query(BEGIN).bind(START.to_vec()).execute().await?;
        // From here to the commit this is the only sealer.
        let (mut chain_no, mut hash): (i64, Vec<u8>) = tx.query_as(LOCK).fetch_one().await?;
        if chain_no == 0
            && let Some(seq) = tx.query_scalar::<i64>(FIRST_SEALED).fetch_optional().await?
        {
            // Somebody took the head away. To begin again would hide that a tail may have gone with it.
            return Err(StoreError::inconsistent("audit", "chain_no", seq));
        }
        let rows: Vec<Row> = tx.query_as(UNSEALED).bind(PAGE).fetch_all().await?;
        let mut links = Vec::with_capacity(rows.len());
        for row in &rows {
            chain_no += 1;
            hash = self.hash(chain_no, &hash, row);
            links.push((row.seq, chain_no, hash.clone()));
        }
        for some in links.chunks(LINKS) {
            link(tx, some).await?;
        }
        tx.query(MOVE).bind(chain_no).bind(hash).execute().await?;
        Ok(rows.len())
    }

    /// Checks every row up to the head, from the first, and names the first bad one.
    ///
    /// # Errors
    /// As [`StoreError`] says; damage to the trail is no error but a verdict.
    pub async fn verify(&self, db: &Db) -> Result<Verdict, StoreError> {
        let db = db.for_workers();
        let head: Option<(i64, Vec<u8>)> = db.read().await?.query_as(HEAD).fetch_optional().await?;
        // Without a head nothing has been sealed; a row that says otherwise is the first bad one.
        let (last, sealed) = head.unwrap_or((i64::MAX, START.to_vec()));
        let (mut chain_no, mut hash, mut page) = (0, START.to_vec(), PAGE);
        while chain_no < last {
            let mut conn = db.read().await?;
            let rows = match fetch(&mut conn, chain_no, last, page).await {
                // One of them cannot be read: go on one by one until it is reached.
                Err(StoreError::Inconsistent { .. }) if page > 1 => {
                    page = 1;
                    continue;
                }
                Err(StoreError::Inconsistent { .. }) => {
                    return Ok(Verdict::Broken { chain_no: chain_no + 1, seq: None, flaw: Flaw::Unreadable });
                }
                rows => rows?,
            };
            if rows.is_empty() {
                break;
            }
            for row in rows {
                chain_no += 1;
                if row.chain_no != Some(chain_no) {
                    return Ok(Verdict::Broken { chain_no, seq: None, flaw: Flaw::Missing });
                }
                hash = self.hash(chain_no, &hash, &row);
                if row.hash.as_deref() != Some(hash.as_slice()) {
                    return Ok(Verdict::Broken { chain_no, seq: Some(row.seq), flaw: Flaw::Altered });
                }
            }
        }
        let headless = last == i64::MAX && chain_no > 0;
        Ok(if headless || (last == chain_no && sealed != hash) {
            Verdict::Broken { chain_no: chain_no + 1, seq: None, flaw: Flaw::Altered }
        } else if last != i64::MAX && chain_no < last {
            Verdict::Broken { chain_no: chain_no + 1, seq: None, flaw: Flaw::Missing }
        } else {
            Verdict::Intact { rows: chain_no, head: data_encoding::HEXLOWER.encode(&hash) }
        })
    }

    /// The hash of `row` at its place after `before`. Every field has its length before it, and an absent one is not
    /// an empty one, so that no two rows have the same bytes.
    fn hash(&self, chain_no: i64, before: &[u8], row: &Row) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.key);
        let mut add = |field: Option<&[u8]>| {
            context.update(&[u8::from(field.is_some())]);
            let field = field.unwrap_or_default();
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field);
        };
        add(Some(before));
        for number in [chain_no, row.seq, row.at.0.timestamp_micros()] {
            add(Some(&number.to_be_bytes()));
        }
        for text in [&row.kind, &row.actor, &row.details] {
            add(Some(text.as_bytes()));
        }
        for id in [row.account, row.session] {
            add(id.as_ref().map(|id| id.as_bytes().as_slice()));
        }
        for text in [&row.client, &row.address, &row.request_id] {
            add(text.as_deref().map(str::as_bytes));
        }
        context.sign().as_ref().to_vec()
    }
}

async fn fetch(conn: &mut Conn, after: i64, last: i64, page: i64) -> Result<Vec<Row>, StoreError> {
    conn.query_as(SEALED).bind(after).bind(last).bind(page).fetch_all().await
}

/// Writes the places and hashes of some rows in one statement.
async fn link(tx: &mut Tx, links: &[(i64, i64, Vec<u8>)]) -> Result<(), StoreError> {
    let mut sql = String::from("WITH link (seq, chain_no, hash) AS (VALUES ");
    for first in (0..links.len()).map(|row| row * 3 + 1) {
        let comma = if first == 1 { "" } else { ", " };
        write!(sql, "{comma}(${first}, ${}, ${})", first + 1, first + 2).ok();
    }
    sql.push_str(") UPDATE audit SET chain_no = link.chain_no, hash = link.hash FROM link WHERE audit.seq = link.seq");
    let mut statement = tx.statement::<()>(AssertSqlSafe(sql).into_sql_str());
    for (seq, chain_no, hash) in links {
        statement = statement.bind(seq).bind(chain_no).bind(hash);
    }
    statement.execute().await.map(drop)
}
