//! Questions about all accounts together, which the rules of a policy ask when it is saved.

use uuid::Uuid;

use super::statement::statements;
use super::{Conn, StoreError};

statements! {
    WITHOUT_PHONE = "SELECT a.id FROM accounts a WHERE a.status = 'active' AND NOT EXISTS \
                     (SELECT 1 FROM contacts c WHERE c.account_id = a.id AND c.kind = 'phone') LIMIT 1";
}

/// Whether some account in use has no phone number.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn anyone_without_phone(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(conn.query_scalar::<Uuid>(WITHOUT_PHONE).fetch_optional().await?.is_some())
}
