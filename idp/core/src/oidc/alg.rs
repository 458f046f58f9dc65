//! The algorithms this provider signs its own tokens with.
//!
//! A closed list (RFC 8725 section 3.1): `none`, the `HS` family and everything else cannot be expressed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A JWS algorithm (RFC 7518 section 3.1, RFC 8037) that the provider signs with. The names are those of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SigningAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what every client can verify, and the default of OpenID Connect.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256, signatures as fixed-length `r || s`.
    ES256,
    /// Ed25519.
    EdDSA,
}

/// The text is not the name of an algorithm that the provider signs with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a signing algorithm: use RS256, PS256, ES256 or EdDSA")]
pub struct UnknownAlg(pub String);

impl SigningAlg {
    /// All of them, in the order in which metadata lists them.
    pub const ALL: [Self; 4] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA];

    /// The registered name, as in the `alg` header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl fmt::Display for SigningAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SigningAlg {
    type Err = UnknownAlg;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text).ok_or_else(|| UnknownAlg(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_r34_only_the_four_names_are_algorithms_in_text_and_in_json() {
        for alg in SigningAlg::ALL {
            assert_eq!(alg.as_str().parse(), Ok(alg));
            let json = serde_json::to_string(&alg).expect("an algorithm is a string");
            assert_eq!(json, format!("\"{alg}\""));
            assert_eq!(serde_json::from_str::<SigningAlg>(&json).ok(), Some(alg));
        }
        for name in ["none", "None", "HS256", "RS1", "rs256", "ES256K", "Ed25519", ""] {
            assert_eq!(name.parse::<SigningAlg>(), Err(UnknownAlg(name.to_owned())));
            assert!(serde_json::from_str::<SigningAlg>(&format!("\"{name}\"")).is_err());
        }
    }
}
