//! What is known of a person, as their back office may see it.

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, LineType, PhoneNumber};
use idp_core::journey::AccountStatus;

use super::{Person, masked_email, masked_phone};
use crate::store::accounts::{self, Account};
use crate::store::pushed_contacts::{self, Held};
use crate::store::{Db, StoreError, external_ids};

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownContact {
    /// The address or number, masked where another than this client owns it.
    pub value: String,
    /// Whether it is masked.
    pub masked: bool,
    /// How far it is proven.
    pub state: ContactState,
    /// Whether it is the default of its kind.
    pub is_default: bool,
    /// What a number reaches.
    pub line: Option<LineType>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct Known {
    /// Their account.
    pub account: Account,
    /// Their address.
    pub email: Option<KnownContact>,
    /// Their numbers, the default first.
    pub phones: Vec<KnownContact>,
}

impl Known {
    /// When the account ended, if it has: nothing about it changes any more.
    #[must_use]
    pub fn ended_at(&self) -> Option<DateTime<Utc>> {
        (self.account.status == AccountStatus::Ended).then_some(self.account.updated_at)
    }
}

/// What is known of a person, if anything.
///
/// # Errors
/// When the store fails.
pub async fn known(db: &Db, person: &Person) -> Result<Option<Known>, StoreError> {
    let mut conn = db.read().await?;
    let Some(id) = external_ids::find(&mut conn, &person.client, &person.external_id).await? else { return Ok(None) };
    let Some(account) = accounts::by_id(&mut conn, id, &person.client).await? else { return Ok(None) };
    let contacts = pushed_contacts::of_account(&mut conn, id).await?;
    let contact = |held: &Held, mask: fn(&str) -> String, line| {
        let own = held.owner.as_deref() == Some(person.client.as_str());
        KnownContact {
            value: if own { held.value.clone() } else { mask(&held.value) },
            masked: !own,
            state: held.state,
            is_default: held.is_default,
            line,
        }
    };
    let email = contacts.email().map(|held| contact(held, masked_email, None));
    let line = |held: &Held| PhoneNumber::parse(&held.value).ok().map(|number| number.line_type());
    let phones = contacts.phones.iter().map(|held| contact(held, masked_phone, line(held))).collect();
    Ok(Some(Known { account, email, phones }))
}
