//! Addresses that were pushed for one person while another signs in with them, until somebody decides.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::statement::statements;
use super::{Conn, Micros, StoreError, Tx};

macro_rules! columns {
    () => {
        "c.id, c.client_id, c.external_id, c.wanted, c.holder_id, c.opened_at, c.decision, c.decided_at, x.account_id \
         FROM contact_conflicts c JOIN external_ids x ON x.client_id = c.client_id AND x.external_id = c.external_id "
    };
}

statements! {
    OPEN = "INSERT INTO contact_conflicts (id, client_id, external_id, wanted, holder_id, opened_at, decision, decided_at) \
            VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL) ON CONFLICT (client_id, external_id, wanted, holder_id) DO NOTHING";
    REOPEN = "UPDATE contact_conflicts SET decision = NULL, decided_at = NULL, opened_at = $5 \
              WHERE client_id = $1 AND external_id = $2 AND wanted = $3 AND holder_id = $4 AND decision IS NOT NULL \
              AND decision <> 'refuse'";
    OF_PUSH = "SELECT id FROM contact_conflicts WHERE client_id = $1 AND external_id = $2 AND wanted = $3 AND holder_id = $4";
    SUPERSEDE = "UPDATE contact_conflicts SET decision = 'superseded', decided_at = $4 \
                 WHERE client_id = $1 AND external_id = $2 AND wanted <> $3 AND decision IS NULL";
    BY_ID = concat!("SELECT ", columns!(), "WHERE c.id = $1");
    WAITING = concat!("SELECT ", columns!(), "WHERE c.decision IS NULL ORDER BY c.opened_at, c.id LIMIT $1");
    WAITING_OF = concat!("SELECT ", columns!(), "WHERE c.decision IS NULL AND c.client_id = $2 ORDER BY c.opened_at, c.id LIMIT $1");
    FORGET = "DELETE FROM contact_conflicts WHERE holder_id = $1";
    DECIDE = "UPDATE contact_conflicts SET decision = $2, decided_at = $3 WHERE id = $1 AND decision IS NULL";
}

/// An address that somebody else signs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Its id.
    pub id: Uuid,
    /// The client whose back office pushed it.
    pub client: String,
    /// Whom it was pushed for.
    pub external_id: String,
    /// Their account.
    pub account: Option<Uuid>,
    /// The address.
    pub wanted: String,
    /// Who signs in with it.
    pub holder: Uuid,
    /// Since when it waits.
    pub opened_at: DateTime<Utc>,
    /// What was decided: `same_person`, `refuse`, `sign_in_name`, or `superseded` by another push.
    pub decision: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    client_id: String,
    external_id: String,
    wanted: String,
    holder_id: Uuid,
    opened_at: Micros,
    decision: Option<String>,
    decided_at: Option<Micros>,
    account_id: Option<Uuid>,
}

impl From<Row> for Conflict {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            client: row.client_id,
            external_id: row.external_id,
            account: row.account_id,
            wanted: row.wanted,
            holder: row.holder_id,
            opened_at: row.opened_at.into(),
            decision: row.decision,
            decided_at: row.decided_at.map(Into::into),
        }
    }
}

/// A push that meets somebody else's address.
#[derive(Clone, Debug)]
pub struct Met<'a> {
    /// An id for the conflict, if it is a new one.
    pub id: Uuid,
    /// The client.
    pub client: &'a str,
    /// Whom it was pushed for.
    pub external_id: &'a str,
    /// The address.
    pub wanted: &'a str,
    /// Who signs in with it.
    pub holder: Uuid,
    /// Now.
    pub at: DateTime<Utc>,
}

/// Notes that an address is somebody else's: gives the conflict's id, and whether it waits for a decision anew. One that was
/// refused stays so.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn note(tx: &mut Tx, met: Met<'_>) -> Result<(Uuid, bool), StoreError> {
    supersede(tx, (met.client, met.external_id), met.wanted, met.at).await?;
    let open = tx.query(OPEN).bind(met.id).bind(met.client).bind(met.external_id).bind(met.wanted).bind(met.holder);
    if open.bind(Micros(met.at)).execute().await? == 1 {
        return Ok((met.id, true));
    }
    let reopen = tx.query(REOPEN).bind(met.client).bind(met.external_id).bind(met.wanted).bind(met.holder);
    let reopened = reopen.bind(Micros(met.at)).execute().await? == 1;
    let of_push = tx.query_scalar(OF_PUSH).bind(met.client).bind(met.external_id).bind(met.wanted).bind(met.holder);
    let id = of_push.fetch_optional().await?;
    Ok((id.ok_or_else(|| StoreError::inconsistent("contact_conflicts", "id", met.external_id))?, reopened))
}

/// Closes what waits for a person about any other address than this one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn supersede(
    tx: &mut Tx,
    (client, external_id): (&str, &str),
    but: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.query(SUPERSEDE).bind(client).bind(external_id).bind(but).bind(Micros(at)).execute().await.map(drop)
}

/// The conflict with that id.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Conflict>, StoreError> {
    Ok(conn.query_as::<Row>(BY_ID).bind(id).fetch_optional().await?.map(Into::into))
}

/// The conflicts that wait for a decision, of one client or of all, the oldest first, at most `most`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn waiting(conn: &mut Conn, client: Option<&str>, most: i64) -> Result<Vec<Conflict>, StoreError> {
    let rows = match client {
        Some(client) => conn.query_as::<Row>(WAITING_OF).bind(most).bind(client).fetch_all().await?,
        None => conn.query_as::<Row>(WAITING).bind(most).fetch_all().await?,
    };
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Decides a conflict, once; `false` where it was decided before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn decide(tx: &mut Tx, id: Uuid, decision: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(tx.query(DECIDE).bind(id).bind(decision).bind(Micros(at)).execute().await? == 1)
}

/// Forgets the conflicts about addresses of an account: the next push of one meets nobody.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn forget(tx: &mut Tx, holder: Uuid) -> Result<(), StoreError> {
    tx.query(FORGET).bind(holder).execute().await.map(drop)
}
