//! What somebody has done here while the system that they came from was still in use.

use uuid::Uuid;

use super::statement::statements;
use super::{Conn, StoreError};

statements! {
    DONE_HERE = "SELECT EXISTS (SELECT 1 FROM audit s WHERE s.account = a.id AND s.kind = 'sign_in.succeeded') AS signed_in, \
                 (EXISTS (SELECT 1 FROM authenticators t WHERE t.account_id = a.id) \
                 OR EXISTS (SELECT 1 FROM passkeys k WHERE k.account_id = a.id) \
                 OR EXISTS (SELECT 1 FROM factor_uses u WHERE u.account_id = a.id)) AS second_factor \
                 FROM accounts a WHERE a.id = $1";
    IMPORTED = "SELECT id, sub FROM accounts WHERE imported_at IS NOT NULL AND status <> 'ended' AND id > $1 ORDER BY id LIMIT $2";
}

/// What an account was used for here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct DoneHere {
    /// Whether anybody has signed in with it.
    pub signed_in: bool,
    /// Whether it has a second factor: an authenticator app, a passkey, or one that was used.
    pub second_factor: bool,
}

/// What an account was used for here.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn done_here(conn: &mut Conn, account: Uuid) -> Result<DoneHere, StoreError> {
    Ok(conn.query_as::<DoneHere>(DONE_HERE).bind(account).fetch_optional().await?.unwrap_or_default())
}

/// An account that was brought in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Imported {
    /// Its id.
    pub id: Uuid,
    /// Its subject.
    pub sub: String,
}

/// Accounts in use that were brought in, by id, at most `most` of those after `after`.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn imported(conn: &mut Conn, after: Uuid, most: i64) -> Result<Vec<Imported>, StoreError> {
    conn.query_as::<Imported>(IMPORTED).bind(after).bind(most).fetch_all().await
}
