//! What is known about a contact of an account.

use serde::{Deserialize, Serialize};

use crate::policy::Vouched;

/// How far an email address or phone number is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// Typed by somebody; receives no sign-in code.
    Unproven,
    /// Pushed by an authorised back office; usable where the policy says so.
    Vouched,
    /// Its owner typed a code that was sent to it.
    Verified,
    /// Failing, long unused, or proven by another account; not offered until proven again.
    Doubtful,
}

impl ContactState {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unproven => "unproven",
            Self::Vouched => "vouched",
            Self::Verified => "verified",
            Self::Doubtful => "doubtful",
        }
    }

    /// From how it is stored.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Unproven, Self::Vouched, Self::Verified, Self::Doubtful].into_iter().find(|s| s.as_str() == name)
    }

    /// Whether a sign-in code may go to such a contact.
    #[must_use]
    pub const fn receives_codes(self, vouched: Vouched) -> bool {
        match self {
            Self::Verified => true,
            Self::Vouched => matches!(vouched, Vouched::Usable),
            Self::Unproven | Self::Doubtful => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_verified_contact_or_a_vouched_one_where_allowed_receives_codes() {
        for vouched in [Vouched::Usable, Vouched::VerifyFirst] {
            assert!(ContactState::Verified.receives_codes(vouched));
            assert!(!ContactState::Unproven.receives_codes(vouched));
            assert!(!ContactState::Doubtful.receives_codes(vouched));
        }
        assert!(ContactState::Vouched.receives_codes(Vouched::Usable));
        assert!(!ContactState::Vouched.receives_codes(Vouched::VerifyFirst));
    }
}
