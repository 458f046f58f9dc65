//! Which factors may be set up during a sign-in, and what must be proven first.

use chrono::{DateTime, Duration, Utc};

use super::effective::Policy;
use super::standing::{FirstFactor, Standing};
use super::value::{ContactEdit, PhoneCapture};
use crate::account::ContactState;
use crate::factor::FactorId;

/// Why a factor cannot be set up here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotEnrollable {
    /// Not in `factors`.
    NotAllowed,
    /// `contact_edit` locks the contact; the portal's help changes it.
    Locked,
    /// `phone_capture = never`.
    NoPhoneCapture,
    /// Set up elsewhere: remote factors at their service, backup codes with a totp or passkey.
    NotHere,
}

/// What must come before the first factor is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnrolGate {
    /// The first factor suffices.
    Open,
    /// A code to a contact on file.
    ContactCode,
    /// The same, but the code that proves a pushed contact is itself a code to a contact on file: nothing comes before it.
    PushedContact,
    /// A factor that is already enrolled.
    EnrolledFactor,
}

/// Whether this factor may be set up during a sign-in at this client. For email that means: proving the address.
///
/// # Errors
/// The rule that forbids it.
pub fn may_enrol(policy: &Policy, standing: &Standing, factor: &FactorId) -> Result<(), NotEnrollable> {
    if !policy.allows(factor) {
        return Err(NotEnrollable::NotAllowed);
    }
    match factor {
        FactorId::Totp | FactorId::Passkey => Ok(()),
        FactorId::Backup | FactorId::Remote(_) => Err(NotEnrollable::NotHere),
        FactorId::Email if standing.email.is_some() => Ok(()),
        FactorId::Email => unlocked(policy.contact_edit.email),
        FactorId::Sms | FactorId::Voice => {
            // Proving the number on file is no edit and no capture.
            if has_number_to_prove(standing, factor, |state| state != ContactState::Verified) {
                return Ok(());
            }
            may_add_phone(policy, standing)
        }
    }
}

/// Whether a code of this factor can go to a number on file that is in such a state.
fn has_number_to_prove(standing: &Standing, factor: &FactorId, is: impl Fn(ContactState) -> bool) -> bool {
    let reaches =
        |line: crate::account::LineType| if *factor == FactorId::Sms { line.takes_texts() } else { line.takes_calls() };
    standing.phones.iter().any(|phone| phone.served && reaches(phone.line) && is(phone.state))
}

/// Whether setting this factor up proves the contact that a back office pushed.
#[must_use]
pub fn proves_pushed_contact(standing: &Standing, factor: &FactorId) -> bool {
    match factor {
        FactorId::Email => standing.email == Some(ContactState::Vouched),
        FactorId::Sms | FactorId::Voice => {
            has_number_to_prove(standing, factor, |state| state == ContactState::Vouched)
        }
        FactorId::Totp | FactorId::Passkey | FactorId::Backup | FactorId::Remote(_) => false,
    }
}

/// Whether a number may be set up during a sign-in at this client that is not on file.
///
/// # Errors
/// The rule that forbids it.
pub fn may_add_phone(policy: &Policy, standing: &Standing) -> Result<(), NotEnrollable> {
    if standing.phones.iter().any(|phone| phone.owned) {
        return Err(NotEnrollable::Locked);
    }
    unlocked(policy.contact_edit.phone)?;
    if policy.phone_capture == PhoneCapture::Never { Err(NotEnrollable::NoPhoneCapture) } else { Ok(()) }
}

fn unlocked(edit: ContactEdit) -> Result<(), NotEnrollable> {
    if edit == ContactEdit::Locked { Err(NotEnrollable::Locked) } else { Ok(()) }
}

/// Whether a phone number is asked for at this sign-in before anything else.
#[must_use]
pub fn captures_phone_now(policy: &Policy, standing: &Standing, first: &FirstFactor) -> bool {
    policy.phone_capture == PhoneCapture::FirstLogin
        && matches!(first, FirstFactor::Password { .. } | FirstFactor::Passkey)
        && !standing.phones.iter().any(|phone| phone.state == ContactState::Verified)
}

/// What must come before a factor is set up. `mfa_since` is when MFA first applied to the account; `after_reset` says
/// that a help desk reset its factors and none was set up since.
#[must_use]
pub fn enrol_gate(
    policy: &Policy,
    standing: &Standing,
    mfa_since: DateTime<Utc>,
    after_reset: bool,
    now: DateTime<Utc>,
) -> EnrolGate {
    if standing.holds_more_than_email(policy.vouched_contacts) {
        return EnrolGate::EnrolledFactor;
    }
    let window = Duration::days(i64::from(policy.enrol_on_password_days));
    let has_phone = |state| standing.phones.iter().any(|phone| phone.state == state);
    // Who had a number that is in doubt is no newcomer: a password alone does not prove it again.
    if after_reset || has_phone(ContactState::Doubtful) || now.signed_duration_since(mfa_since) >= window {
        EnrolGate::ContactCode
    } else if has_phone(ContactState::Vouched) {
        // Nor is whom a back office knows by a number, whatever it is worth at this client: others may send codes there.
        EnrolGate::PushedContact
    } else {
        EnrolGate::Open
    }
}

#[cfg(test)]
#[path = "enrol_tests.rs"]
mod tests;
