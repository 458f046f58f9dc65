//! The open words of a policy: sign-in methods, exemptions and presets, which may carry a provider's id or a version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is not a word that the field knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not {what}")]
pub struct UnknownWord {
    text: String,
    what: &'static str,
}

/// Whether the text can be the id of an identity provider: 1 to 40 lower-case letters, digits, `-` or `_`.
#[must_use]
pub fn is_provider_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        && text != "federated"
}

/// A first factor that a client may accept: an entry of the field `sign_in`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SignInMethod {
    /// Address and password.
    Password,
    /// A discoverable passkey.
    Passkey,
    /// Google.
    Google,
    /// Facebook.
    Facebook,
    /// Without an account.
    Guest,
    /// Another identity provider, by its configured id.
    Provider(String),
}

impl SignInMethod {
    /// The id of the identity provider, if this method is one.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        match self {
            Self::Google => Some("google"),
            Self::Facebook => Some("facebook"),
            Self::Provider(id) => Some(id),
            Self::Password | Self::Passkey | Self::Guest => None,
        }
    }
}

impl FromStr for SignInMethod {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "password" => Ok(Self::Password),
            "passkey" => Ok(Self::Passkey),
            "google" => Ok(Self::Google),
            "facebook" => Ok(Self::Facebook),
            "guest" => Ok(Self::Guest),
            id if is_provider_id(id) => Ok(Self::Provider(id.to_owned())),
            _ => Err(UnknownWord {
                text: text.to_owned(),
                what: "a way to sign in: use password, passkey, google, facebook, guest or a provider's id",
            }),
        }
    }
}

impl fmt::Display for SignInMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Guest => "guest",
            Self::Google => "google",
            Self::Facebook => "facebook",
            Self::Provider(id) => id,
        })
    }
}

/// A sign-in that the second-factor step leaves alone: an entry of the field `exempt`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Exemption {
    /// The guest flow.
    Guest,
    /// Every identity provider.
    Federated,
    /// One identity provider, by its id.
    FederatedBy(String),
}

impl FromStr for Exemption {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "guest" => Ok(Self::Guest),
            "federated" => Ok(Self::Federated),
            _ => match text.strip_prefix("federated:") {
                Some(id) if is_provider_id(id) => Ok(Self::FederatedBy(id.to_owned())),
                _ => Err(UnknownWord {
                    text: text.to_owned(),
                    what: "an exemption: use guest, federated or federated:<provider>",
                }),
            },
        }
    }
}

impl fmt::Display for Exemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest => f.write_str("guest"),
            Self::Federated => f.write_str("federated"),
            Self::FederatedBy(id) => write!(f, "federated:{id}"),
        }
    }
}

/// Which version of which preset a document was written from: `name@version`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PresetRef {
    /// The preset's name; it may be one that a later version of the product knows.
    pub name: String,
    /// Its version, from 1.
    pub version: u32,
}

impl FromStr for PresetRef {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('@')
            .filter(|(name, _)| is_provider_id(name))
            .and_then(|(name, version)| Some(Self { name: name.to_owned(), version: version.parse().ok()? }))
            .ok_or_else(|| UnknownWord { text: text.to_owned(), what: "a preset: write name@version" })
    }
}

impl fmt::Display for PresetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// The conversions that serde uses, the same for each type that is one word.
macro_rules! one_word {
    ($($word:ty),+) => {$(
        impl TryFrom<String> for $word {
            type Error = UnknownWord;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$word> for String {
            fn from(word: $word) -> Self {
                word.to_string()
            }
        }
    )+};
}

one_word!(SignInMethod, Exemption, PresetRef);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_round_trip_and_unknown_ones_are_refused() {
        for text in ["password", "passkey", "google", "facebook", "guest", "nhs-login"] {
            assert_eq!(text.parse::<SignInMethod>().map(|m| m.to_string()), Ok(text.to_owned()));
        }
        for text in ["guest", "federated", "federated:google"] {
            assert_eq!(text.parse::<Exemption>().map(|e| e.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("sms-first@1".parse::<PresetRef>().map(|p| p.to_string()), Ok("sms-first@1".to_owned()));
        assert!("Google".parse::<SignInMethod>().is_err());
        assert!("federated:".parse::<Exemption>().is_err());
        assert!("sms-first".parse::<PresetRef>().is_err());
    }

    #[test]
    fn google_and_facebook_are_providers_and_a_password_is_not() {
        assert_eq!(SignInMethod::Google.provider(), Some("google"));
        assert_eq!(SignInMethod::Provider("nhs-login".to_owned()).provider(), Some("nhs-login"));
        assert_eq!(SignInMethod::Password.provider(), None);
    }
}
