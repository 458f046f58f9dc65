//! Whose password a guess at nobody's is taken for, so that it takes as long.
//!
//! Where passwords were imported, some hashes cost more than others. An address that nobody has borrows the hash of one
//! account, always the same for the same address: guesses at addresses without an account then take what guesses at
//! accounts take, in the same proportion.

use idp_core::policy::UserClass;

use super::accounts::class_name;
use super::statement::statements;
use super::{Conn, StoreError};

statements! {
    // Subjects are random, so that a random place in their order is a random account. Few rows are looked at, however few
    // people of that class there are: where none is among them nobody's hash is borrowed.
    NEXT = "SELECT w.phc FROM (SELECT id, class, sub FROM accounts WHERE sub >= $1 ORDER BY sub LIMIT 64) a \
            JOIN passwords w ON w.account_id = a.id WHERE a.class = $2 ORDER BY a.sub LIMIT 1";
    FIRST = "SELECT w.phc FROM (SELECT id, class, sub FROM accounts ORDER BY sub LIMIT 64) a \
             JOIN passwords w ON w.account_id = a.id WHERE a.class = $1 ORDER BY a.sub LIMIT 1";
}

/// The password hash of the account of `class` whose subject is the next after `place`; none if nobody near it has one.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn at(conn: &mut Conn, class: UserClass, place: &str) -> Result<Option<String>, StoreError> {
    let next = conn.query_scalar(NEXT).bind(place).bind(class_name(class)).fetch_optional().await?;
    if next.is_some() {
        return Ok(next);
    }
    conn.query_scalar(FIRST).bind(class_name(class)).fetch_optional().await
}
