//! A record that has ended.

use serde_json::json;

use super::{By, Person};
use crate::signin::ending::end_for_good;
use crate::store::accounts::Account;
use crate::store::{StoreError, Tx};

/// Ends the account of a person for good; `false` where it has ended already.
pub(super) async fn end(tx: &mut Tx, by: &By, account: &Account, person: &Person) -> Result<bool, StoreError> {
    let ended = end_for_good(tx, account.id, by.event.at).await?;
    if ended {
        let mut event = by.event("account.ended", account.id, &person.client);
        event.details = json!({ "external_id": person.external_id, "reason": "its record has ended" });
        tx.audit(event);
    }
    Ok(ended)
}
