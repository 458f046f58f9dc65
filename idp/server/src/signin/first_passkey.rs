//! A passkey in place of a password, made by somebody who has proven an address and has no account yet. Nothing is kept before
//! the answer: the ceremony travels sealed in the page, with what the account is to be called inside the passkey.

use chrono::{DateTime, Utc};
use idp_core::account::EmailAddress;
use idp_core::journey::PasskeyUse;
use uuid::Uuid;

use super::passkey::{Carried, Open, ceremonies, made, random_handle, seal, unseal};
use super::transaction::Transaction;
use super::{Refusal, StepError};
use crate::app::App;
use crate::factor::passkey::ceremony::Person;
use crate::store::Tx;
use crate::store::accounts;
use crate::store::passkeys::{self, NewPasskey};

/// Bytes of what an account is called inside its passkeys.
const HANDLE: usize = 16;

/// A passkey that an account is made with.
#[derive(Clone, Debug)]
pub struct FirstPasskey {
    new: NewPasskey,
    handle: Uuid,
    /// What making it has shown.
    pub shown: PasskeyUse,
    spent: [u8; 32],
    remembered_until: DateTime<Utc>,
}

/// What a ceremony is sealed for: the browser and the address, so that nobody answers the page of another.
fn context<'a>(transaction: &'a Transaction, address: &'a EmailAddress) -> [&'a [u8]; 4] {
    let owner = transaction.owner.as_ref().map_or(&[][..], |owner| owner.as_slice());
    [b"passkey-first", transaction.id.as_bytes(), owner, address.as_str().as_bytes()]
}

/// Begins to make one. It must be one that signs in alone.
///
/// # Errors
/// Only a mistake of ours.
pub fn begin(app: &App, transaction: &Transaction, address: &EmailAddress) -> Result<Open, StepError> {
    let handle = random_handle(app);
    let begun = ceremonies(app)?.begin_making(Person { handle, name: address.as_str() }, &[], true);
    let (state, shown) = begun.map_err(|error| StepError::Broken(error.to_string()))?;
    let kept = [handle.as_bytes().as_slice(), &state].concat();
    seal(app, &context(transaction, address), (kept, shown))
}

/// The passkey that an answer to [`begin`] made: `sealed` as the page had it, `answer` as the browser's script wrote it. `None`
/// where it is not accepted, as where the device has not verified the person: it could not sign in alone.
#[must_use]
pub fn finish(
    app: &App,
    transaction: &Transaction,
    address: &EmailAddress,
    (sealed, answer): (&str, &str),
    name: String,
) -> Option<FirstPasskey> {
    let Carried { state, hash, remembered_until } = unseal(app, &context(transaction, address), sealed)?;
    let (handle, state) = state.split_first_chunk::<HANDLE>()?;
    let (new, shown) = made(app, state, answer, name)?;
    shown.verified.then(|| FirstPasskey {
        new,
        handle: Uuid::from_bytes(*handle),
        shown: PasskeyUse { alone: true, ..shown },
        spent: hash,
        remembered_until,
    })
}

impl FirstPasskey {
    /// Keeps it for an account that was made in this write.
    ///
    /// # Errors
    /// [`Refusal::CodeGone`] where the challenge was answered before; [`Refusal::PasskeyTaken`] where somebody has the passkey.
    pub(super) async fn keep(self, tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<(), StepError> {
        if !passkeys::spend_challenge(tx, self.spent, self.remembered_until).await? {
            return Err(Refusal::CodeGone.into());
        }
        passkeys::handle(tx, account, self.handle).await?;
        if !passkeys::insert(tx, account, self.new, at).await? {
            return Err(Refusal::PasskeyTaken.into());
        }
        Ok(accounts::switch_mfa_on(tx, account, at).await?)
    }
}
