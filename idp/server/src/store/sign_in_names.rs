//! The names that an account got from another one that was joined to it.

use uuid::Uuid;

use super::statement::statements;
use super::{Conn, StoreError, Tx};

statements! {
    JOINED = "SELECT name FROM sign_in_names WHERE account_id = $1 AND joined ORDER BY name";
    // Nobody is left without any.
    REMOVE = "DELETE FROM sign_in_names WHERE account_id = $1 AND name = $2 AND joined \
              AND EXISTS (SELECT 1 FROM sign_in_names n WHERE n.account_id = $1 AND n.name <> $2)";
    REMOVE_CONTACT = "DELETE FROM contacts WHERE account_id = $1 AND kind = 'email' AND value = $2 AND NOT is_default \
                      AND external_owner IS NULL";
}

/// What an account signs in with since another one was joined to it.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn joined(conn: &mut Conn, account: Uuid) -> Result<Vec<String>, StoreError> {
    conn.query_scalar(JOINED).bind(account).fetch_all().await
}

/// Has a name that came with another account open this one no more, and takes the address away where nothing else needs it;
/// `false` where it does not, or is the only one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn remove(tx: &mut Tx, account: Uuid, name: &str) -> Result<bool, StoreError> {
    let removed = tx.query(REMOVE).bind(account).bind(name).execute().await? == 1;
    if removed {
        tx.query(REMOVE_CONTACT).bind(account).bind(name).execute().await?;
    }
    Ok(removed)
}
