//! The names of the ways to prove who one is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::level::Amr;

/// A second factor: the value used in policies, form fields (`method`), URL paths, audit events and templates.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FactorId {
    /// A code by email.
    Email,
    /// A code by text message.
    Sms,
    /// A code read out in a phone call.
    Voice,
    /// A code from an authenticator app (RFC 6238).
    Totp,
    /// A passkey (WebAuthn).
    Passkey,
    /// A one-time backup code.
    Backup,
    /// A factor that an external service implements, by its configured name.
    Remote(String),
}

impl FactorId {
    /// The methods it adds to `amr`, besides `mfa` (RFC 8176; `email` is a private value).
    #[must_use]
    pub const fn amr(&self) -> &'static [Amr] {
        match self {
            Self::Email => &[Amr::Otp, Amr::Email],
            Self::Sms => &[Amr::Otp, Amr::Sms],
            Self::Voice => &[Amr::Otp, Amr::Tel],
            Self::Totp | Self::Backup => &[Amr::Otp],
            // A passkey as a second factor, without user verification, proves possession of a software-held key.
            Self::Passkey => &[Amr::Swk],
            Self::Remote(_) => &[],
        }
    }

    /// Whether the factor is a code sent to a contact.
    #[must_use]
    pub const fn is_sent(&self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Voice)
    }

    /// Whether the code comes to a phone number.
    #[must_use]
    pub const fn is_by_phone(&self) -> bool {
        matches!(self, Self::Sms | Self::Voice)
    }
}

/// The text is not the name of a factor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a factor: use email, sms, voice, totp, passkey, backup or remote:<name>")]
pub struct UnknownFactor(pub String);

impl FromStr for FactorId {
    type Err = UnknownFactor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "email" => Self::Email,
            "sms" => Self::Sms,
            "voice" => Self::Voice,
            "totp" => Self::Totp,
            "passkey" => Self::Passkey,
            "backup" => Self::Backup,
            _ => match text.strip_prefix("remote:") {
                Some(name) if is_remote_name(name) => Self::Remote(name.to_owned()),
                _ => return Err(UnknownFactor(text.to_owned())),
            },
        })
    }
}

fn is_remote_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 40
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl TryFrom<String> for FactorId {
    type Error = UnknownFactor;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FactorId> for String {
    fn from(factor: FactorId) -> Self {
        factor.to_string()
    }
}

impl fmt::Display for FactorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email => f.write_str("email"),
            Self::Sms => f.write_str("sms"),
            Self::Voice => f.write_str("voice"),
            Self::Totp => f.write_str("totp"),
            Self::Passkey => f.write_str("passkey"),
            Self::Backup => f.write_str("backup"),
            Self::Remote(name) => write!(f, "remote:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_a_round_trip_and_unknown_ones_are_refused() {
        for name in ["email", "sms", "voice", "totp", "passkey", "backup", "remote:smart-card"] {
            assert_eq!(name.parse::<FactorId>().map(|f| f.to_string()), Ok(name.to_owned()));
        }
        for name in ["", "Email", "remote:", "remote:A b", "otp"] {
            assert_eq!(name.parse::<FactorId>(), Err(UnknownFactor(name.to_owned())));
        }
    }
}
