//! A contact that somebody sets up for codes: whether it may be one, and whether its code is right.

use idp_core::account::{DestinationProblem, PhoneNumber, PhoneProblem, check_destination};
use idp_core::factor::FactorId;
use idp_core::metering::Channel;
use idp_core::policy::{ContactEdit, Policy, may_add_phone};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::ask;
use super::rules;
use super::standing::standing;
use super::transaction::Transaction;
use super::view::View;
use crate::app::{App, Purposes};
use crate::store::StoreError;
use crate::store::accounts::Account;
use crate::store::proofs::Challenge;

/// What those who share a number are held by while one of them proves it.
#[must_use]
pub fn sharers_key(purposes: &Purposes, number: &str) -> [u8; 32] {
    purposes.addresses.tag(&[b"sharers", number.as_bytes()])
}

/// The number that somebody typed to get codes by `factor`.
///
/// # Errors
/// The key of the text that says what is wrong with it.
pub fn phone_for(policy: &Policy, factor: &FactorId, typed: &str) -> Result<PhoneNumber, &'static str> {
    let number = PhoneNumber::parse(typed).map_err(|problem| match problem {
        PhoneProblem::Empty => "error-phone-empty",
        PhoneProblem::Format | PhoneProblem::Impossible => "error-phone-format",
    })?;
    let channel = Channel::of(factor).unwrap_or(Channel::Sms);
    check_destination(&number, channel, &policy.countries).map_err(DestinationProblem::text_key)?;
    Ok(number)
}

/// Whether a number may be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It is the one on file, or another one that may be set up now.
    Granted,
    /// Another one, once a contact on file was proven.
    AfterProof,
    /// Another one, and a contact that is locked is proven as it is.
    Refused,
}

/// Whether this number may be set up in this sign-in.
///
/// # Errors
/// When the store fails.
pub async fn leave_for(
    app: &App,
    view: &View,
    transaction: &Transaction,
    account: &Account,
    number: &str,
) -> Result<Leave, StoreError> {
    if account.phone.as_ref().is_some_and(|phone| phone.value == number) {
        return Ok(Leave::Granted);
    }
    if may_add_phone(&view.policy, &standing(app, account, &view.policy.countries)).is_err() {
        return Ok(Leave::Refused);
    }
    // It would take the place of a number that other clients use too.
    let replaces = account.phone.is_some();
    if replaces && rules::contact_edits(app, account, &view.policy).await?.phone == ContactEdit::Locked {
        return Ok(Leave::Refused);
    }
    let can_prove = view.offer.before_enrolment.as_ref().is_some_and(|before| !before.is_empty());
    Ok(match view.is_open(app, transaction) {
        true => Leave::Granted,
        false if can_prove => Leave::AfterProof,
        false => Leave::Refused,
    })
}

/// What a typed code is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// Right; it passes once it is counted.
    Right,
    /// Wrong; it is to be counted.
    Wrong,
    /// The code works no more, whatever was typed.
    Dead,
}

/// Compares a typed code with the one that was sent to a contact, in constant time.
#[must_use]
pub fn check(app: &App, view: &View, transaction: &Transaction, challenge: &Challenge, typed: &str) -> Checked {
    let Some(account) = view.account.as_ref() else { return Checked::Dead };
    compare(app, (&transaction.id, account.id), &view.policy, challenge, typed)
}

/// As [`check`], for a code that was asked for under `transaction` of this account.
#[must_use]
pub fn compare(
    app: &App,
    (transaction, account): (&str, Uuid),
    policy: &Policy,
    challenge: &Challenge,
    typed: &str,
) -> Checked {
    if challenge.expires_at <= app.clock.now() || challenge.tries >= policy.tries_of(&challenge.factor) {
        return Checked::Dead;
    }
    let policy = policy.code.of(&challenge.factor).copied().unwrap_or_default();
    let expected = ask::code_of(app, transaction, account, challenge, &policy);
    if bool::from(expected.expose_secret().as_bytes().ct_eq(typed.as_bytes())) {
        Checked::Right
    } else {
        Checked::Wrong
    }
}
