//! Public keys as JSON Web Keys (RFC 7517), and their thumbprints (RFC 7638).
//!
//! The type has no member for private material, so none can be published.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::oidc::alg::SigningAlg;
use serde::Serialize;

/// The public half of a signing key as it stands in the JWK set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    /// The RFC 7638 thumbprint of the key: unique, and the same wherever the key is.
    pub kid: String,
    /// The one algorithm that the key is used with.
    pub alg: SigningAlg,
    #[serde(rename = "use")]
    usage: &'static str,
    /// The members that make up the key itself.
    #[serde(flatten)]
    pub parameters: Parameters,
}

/// The key itself. The members of each variant are in the order in which RFC 7638 section 3.2 hashes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Parameters {
    /// An RSA key (RFC 7518 section 6.3).
    Rsa {
        /// The public exponent, base64url.
        e: String,
        /// Always `RSA`.
        kty: &'static str,
        /// The modulus, base64url.
        n: String,
    },
    /// A point on P-256 (RFC 7518 section 6.2).
    Ec {
        /// Always `P-256`.
        crv: &'static str,
        /// Always `EC`.
        kty: &'static str,
        /// The x coordinate, 32 bytes in base64url.
        x: String,
        /// The y coordinate, 32 bytes in base64url.
        y: String,
    },
    /// An Ed25519 key (RFC 8037 section 2).
    Okp {
        /// Always `Ed25519`.
        crv: &'static str,
        /// Always `OKP`.
        kty: &'static str,
        /// The public key, 32 bytes in base64url.
        x: String,
    },
}

impl Parameters {
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self::Rsa { e: URL_SAFE_NO_PAD.encode(exponent), kty: "RSA", n: URL_SAFE_NO_PAD.encode(modulus) }
    }

    pub(super) fn p256(x: &[u8], y: &[u8]) -> Self {
        Self::Ec { crv: "P-256", kty: "EC", x: URL_SAFE_NO_PAD.encode(x), y: URL_SAFE_NO_PAD.encode(y) }
    }

    pub(super) fn ed25519(public: &[u8]) -> Self {
        Self::Okp { crv: "Ed25519", kty: "OKP", x: URL_SAFE_NO_PAD.encode(public) }
    }

    /// The thumbprint with SHA-256, base64url.
    fn thumbprint(&self) -> String {
        // Values are base64url and constants, so that nothing needs escaping.
        let canonical = match self {
            Self::Rsa { e, kty, n } => format!(r#"{{"e":"{e}","kty":"{kty}","n":"{n}"}}"#),
            Self::Ec { crv, kty, x, y } => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#),
            Self::Okp { crv, kty, x } => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
    }
}

impl PublicJwk {
    pub(super) fn new(alg: SigningAlg, parameters: Parameters) -> Self {
        Self { kid: parameters.thumbprint(), alg, usage: "sig", parameters }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_rfc_7638_example() {
        // RFC 7638 section 3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF\
                 V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9\
                 c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1\
                 jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = Parameters::Rsa { e: "AQAB".to_owned(), kty: "RSA", n: n.to_owned() };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_thumbprint_is_that_of_the_rfc_8037_example() {
        // RFC 8037 appendix A.3.
        let key =
            Parameters::Okp { crv: "Ed25519", kty: "OKP", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned() };
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
