//! Levels of assurance (`acr`) and authentication methods (`amr`, RFC 8176).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An authentication context class, weakest first; `Ord` is strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// No account: the guest flow.
    #[serde(rename = "guest")]
    Guest,
    /// One factor: a password, or a federated sign-in.
    #[serde(rename = "1fa")]
    OneFactor,
    /// A first factor and a second one.
    #[serde(rename = "2fa")]
    TwoFactor,
    /// Phishing-resistant: a passkey with user verification.
    #[serde(rename = "phr")]
    PhishingResistant,
}

impl Level {
    /// Every level, weakest first, as `acr_values_supported` lists them.
    pub const ALL: [Self; 4] = [Self::Guest, Self::OneFactor, Self::TwoFactor, Self::PhishingResistant];

    /// The `acr` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::OneFactor => "1fa",
            Self::TwoFactor => "2fa",
            Self::PhishingResistant => "phr",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not one of our `acr` values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a level: use guest, 1fa, 2fa or phr")]
pub struct UnknownLevel(pub String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or_else(|| UnknownLevel(text.to_owned()))
    }
}

/// An authentication method reference (RFC 8176), or one of the private values `fed` and `email`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    /// Password.
    Pwd,
    /// Federated sign-in (private value).
    Fed,
    /// One-time code.
    Otp,
    /// The code came by text message.
    Sms,
    /// The code came by phone call.
    Tel,
    /// The code came by email (private value).
    Email,
    /// Proof of possession of a hardware-secured key.
    Hwk,
    /// Proof of possession of a software-secured key.
    Swk,
    /// The user was verified by the device.
    User,
    /// More than one factor.
    Mfa,
}
