//! Proof Key for Code Exchange (RFC 7636), method S256 only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::error::{OAuthError, invalid_request};

/// A `code_challenge` of method S256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method` (RFC 7636, 4.3). No challenge is `Ok(None)`.
    ///
    /// # Errors
    /// `invalid_request` for `plain`, also by default, and for what is no SHA-256 digest in base64url.
    pub fn read(challenge: Option<&str>, method: Option<&str>) -> Result<Option<Self>, OAuthError> {
        let Some(challenge) = challenge else {
            return match method {
                None => Ok(None),
                Some(_) => Err(invalid_request("code_challenge_method without code_challenge")),
            };
        };
        if method != Some("S256") {
            return Err(invalid_request("code_challenge_method must be S256"));
        }
        match URL_SAFE_NO_PAD.decode(challenge) {
            Ok(digest) if digest.len() == 32 => Ok(Some(Self(challenge.to_owned()))),
            _ => Err(invalid_request("code_challenge must be the base64url SHA-256 digest of the code_verifier")),
        }
    }

    /// Whether `verifier` (43 to 128 unreserved characters, RFC 7636, 4.1) is the one this challenge was made of.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let well_formed = (43..=128).contains(&verifier.len())
            && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        well_formed && bool::from(digest.as_bytes().ct_eq(self.0.as_bytes()))
    }

    /// The challenge as text, to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A stored challenge.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn check_48_the_vector_of_rfc_7636_holds_and_plain_is_refused() {
        let challenge = CodeChallenge::read(Some(CHALLENGE), Some("S256")).unwrap().unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        assert!(!challenge.is_met_by(&VERIFIER.replace('d', "e")));
        for method in [None, Some("plain"), Some("s256")] {
            assert!(CodeChallenge::read(Some(CHALLENGE), method).is_err());
        }
        assert!(CodeChallenge::read(None, Some("S256")).is_err());
        assert_eq!(CodeChallenge::read(None, None), Ok(None));
        assert!(CodeChallenge::read(Some("short"), Some("S256")).is_err());
    }

    #[test]
    fn case_pk1_verifiers_of_42_and_129_characters_never_match() {
        for len in [42, 129] {
            let verifier = "a".repeat(len);
            let challenge = CodeChallenge::stored(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())));
            assert!(!challenge.is_met_by(&verifier));
        }
    }
}
