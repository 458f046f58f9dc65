//! One signing key: parsed once, used for every signature.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::oidc::alg::SigningAlg;
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use zeroize::Zeroizing;

use super::jwk::{Parameters, PublicJwk};

/// The largest modulus accepted, in bytes: 4096 bits.
const MAX_RSA_LEN: usize = 512;

/// Why bytes are not a key that may sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library could not make a key.
    #[error("no {0} key could be made")]
    Generation(SigningAlg),
    /// Not a PKCS #8 private key of the kind that the algorithm needs, or of a size that is not allowed: RSA has 2048 to
    /// 4096 bits, the curve is P-256 or Ed25519.
    #[error("the stored bytes are not a private key for {0}")]
    Rejected(SigningAlg),
    /// The key is not the one that its row names.
    #[error("the key named {expected} has the thumbprint {found}")]
    WrongKid {
        /// What the row says.
        expected: String,
        /// What the key is.
        found: String,
    },
    /// The row does not open under the configured master key.
    #[error("the signing key {kid} cannot be unsealed")]
    Sealed {
        /// The key's name.
        kid: String,
        /// Why not.
        #[source]
        source: crate::keys::seal::SealError,
    },
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims have no JSON form.
    #[error("the claims cannot be written as JSON")]
    Claims(#[from] serde_json::Error),
    /// The cryptographic library refused.
    #[error("the signature could not be computed")]
    Signature,
}

/// A private key with everything derived from it: its name, its public JWK, and the form in which it verifies.
pub struct SigningKey {
    pair: Pair,
    jwk: PublicJwk,
    verifier: DecodingKey,
}

enum Pair {
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

#[derive(Serialize)]
struct Header<'a> {
    alg: SigningAlg,
    typ: &'a str,
    kid: &'a str,
}

impl SigningKey {
    /// Makes a new private key in PKCS #8: RSA of 2048 bits, P-256 or Ed25519. The randomness is the cryptographic
    /// library's own, which cannot be replaced.
    ///
    /// # Errors
    /// When the library cannot make a key.
    pub fn generate(alg: SigningAlg) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let rng = SystemRandom::new();
        let der = match alg {
            SigningAlg::RS256 | SigningAlg::PS256 => RsaKeyPair::generate(KeySize::Rsa2048)
                .and_then(|pair| pair.as_der().map(|der: Pkcs8V1Der<'_>| der.as_ref().to_vec())),
            SigningAlg::ES256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng)
                .map(|document| document.as_ref().to_vec()),
            SigningAlg::EdDSA => Ed25519KeyPair::generate_pkcs8(&rng).map(|document| document.as_ref().to_vec()),
        };
        der.map(Zeroizing::new).map_err(|_| KeyError::Generation(alg))
    }

    /// Parses a private key. This is the slow part of signing, so it is done once per key.
    ///
    /// # Errors
    /// When the bytes are not a private key that `alg` may use.
    pub fn from_pkcs8(alg: SigningAlg, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let (pair, parameters, verifier) = match alg {
            SigningAlg::RS256 => rsa(pkcs8, &RSA_PKCS1_SHA256),
            SigningAlg::PS256 => rsa(pkcs8, &RSA_PSS_SHA256),
            SigningAlg::ES256 => p256(pkcs8),
            SigningAlg::EdDSA => ed25519(pkcs8),
        }
        .ok_or(KeyError::Rejected(alg))?;
        Ok(Self { pair, jwk: PublicJwk::new(alg, parameters), verifier })
    }

    /// The algorithm, the only one that this key is used with.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.jwk.alg
    }

    /// The key's name: its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.jwk.kid
    }

    /// The public key as published.
    #[must_use]
    pub fn jwk(&self) -> &PublicJwk {
        &self.jwk
    }

    pub(super) fn verifier(&self) -> &DecodingKey {
        &self.verifier
    }

    /// Signs `claims` as a compact JWS (RFC 7515) with the header members `alg`, `typ` and `kid`.
    ///
    /// # Errors
    /// When the claims have no JSON form, or the library cannot sign.
    pub fn sign_compact(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        // One scratch buffer for both JSON texts, one for the token.
        let mut json = Vec::with_capacity(768);
        serde_json::to_writer(&mut json, &Header { alg: self.jwk.alg, typ, kid: &self.jwk.kid })?;
        let mut token = String::with_capacity(1536);
        URL_SAFE_NO_PAD.encode_string(&json, &mut token);
        json.clear();
        serde_json::to_writer(&mut json, claims)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&json, &mut token);
        self.append_signature(&mut token)?;
        Ok(token)
    }

    fn append_signature(&self, token: &mut String) -> Result<(), SignError> {
        // The library takes a generator for compatibility and does not use it.
        let rng = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut space = [0; MAX_RSA_LEN];
                let signature = space.get_mut(..pair.public_modulus_len()).ok_or(SignError::Signature)?;
                pair.sign(*encoding, &rng, token.as_bytes(), signature).map_err(|_| SignError::Signature)?;
                append(token, signature);
            }
            Pair::P256(pair) => {
                let signature = pair.sign(&rng, token.as_bytes()).map_err(|_| SignError::Signature)?;
                append(token, signature.as_ref());
            }
            Pair::Ed25519(pair) => {
                let signature = pair.try_sign(token.as_bytes()).map_err(|_| SignError::Signature)?;
                append(token, signature.as_ref());
            }
        }
        Ok(())
    }
}

fn append(token: &mut String, signature: &[u8]) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, token);
}

type Parsed = (Pair, Parameters, DecodingKey);

fn rsa(pkcs8: &[u8], encoding: &'static dyn RsaEncoding) -> Option<Parsed> {
    // The library's own lower bound is 2048 bits.
    let pair = RsaKeyPair::from_pkcs8(pkcs8).ok().filter(|pair| pair.public_modulus_len() <= MAX_RSA_LEN)?;
    let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let verifier = DecodingKey::from_rsa_raw_components(&public.n, &public.e);
    let parameters = Parameters::rsa(&public.n, &public.e);
    Some((Pair::Rsa(Box::new(pair), encoding), parameters, verifier))
}

fn p256(pkcs8: &[u8]) -> Option<Parsed> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?;
    let point = pair.public_key().as_ref();
    // Uncompressed: 0x04 || x || y.
    let (x, y) = point.strip_prefix(&[4]).filter(|xy| xy.len() == 64)?.split_at(32);
    let (parameters, verifier) = (Parameters::p256(x, y), DecodingKey::from_ec_der(point));
    Some((Pair::P256(pair), parameters, verifier))
}

fn ed25519(pkcs8: &[u8]) -> Option<Parsed> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
    let public = pair.public_key().as_ref();
    let (parameters, verifier) = (Parameters::ed25519(public), DecodingKey::from_ed_der(public));
    Some((Pair::Ed25519(pair), parameters, verifier))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("alg", &self.jwk.alg).field("kid", &self.jwk.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn make(alg: SigningAlg) -> SigningKey {
        SigningKey::from_pkcs8(alg, &SigningKey::generate(alg).unwrap()).unwrap()
    }

    fn part(token: &str, index: usize) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()
    }

    #[test]
    fn every_algorithm_signs_tokens_that_an_independent_decoder_accepts_from_the_published_jwk() {
        for alg in SigningAlg::ALL {
            let key = make(alg);
            let claims = json!({"sub": "ada", "name": "Zoë"});
            let token = key.sign_compact("at+jwt", &claims).unwrap();
            let header: Value = serde_json::from_slice(&part(&token, 0)).unwrap();
            assert_eq!(header, json!({"alg": alg.as_str(), "typ": "at+jwt", "kid": key.kid()}));

            let published: jsonwebtoken::jwk::Jwk =
                serde_json::from_value(serde_json::to_value(key.jwk()).unwrap()).unwrap();
            let mut validation = jsonwebtoken::Validation::new(alg.as_str().parse().unwrap());
            validation.required_spec_claims.clear();
            validation.validate_exp = false;
            let public = DecodingKey::from_jwk(&published).unwrap();
            let decoded = jsonwebtoken::decode::<Value>(&token, &public, &validation).unwrap();
            assert_eq!(decoded.claims, claims);
        }
    }

    #[test]
    fn sec_r34_ecdsa_signatures_are_64_bytes_and_rsa_keys_have_2048_bits() {
        let es256 = make(SigningAlg::ES256);
        for _ in 0..50 {
            assert_eq!(part(&es256.sign_compact("JWT", &json!({})).unwrap(), 2).len(), 64);
        }
        assert_eq!(part(&make(SigningAlg::RS256).sign_compact("JWT", &json!({})).unwrap(), 2).len(), 256);
    }

    #[test]
    fn check_13_a_published_key_has_kid_alg_and_use_and_no_private_member() {
        for alg in SigningAlg::ALL {
            let key = make(alg);
            let Value::Object(jwk) = serde_json::to_value(key.jwk()).unwrap() else { panic!("a JWK is an object") };
            let mut members: Vec<_> = jwk.keys().map(String::as_str).collect();
            members.sort_unstable();
            let expected: &[&str] = match alg {
                SigningAlg::RS256 | SigningAlg::PS256 => &["alg", "e", "kid", "kty", "n", "use"],
                SigningAlg::ES256 => &["alg", "crv", "kid", "kty", "use", "x", "y"],
                SigningAlg::EdDSA => &["alg", "crv", "kid", "kty", "use", "x"],
            };
            assert_eq!(members, expected);
            assert_eq!((&jwk["use"], &jwk["alg"], &jwk["kid"]), (&json!("sig"), &json!(alg), &json!(key.kid())));
        }
    }

    #[test]
    fn sec_r34_a_key_of_another_kind_or_size_is_rejected() {
        let es256 = SigningKey::generate(SigningAlg::ES256).unwrap();
        let ed25519 = SigningKey::generate(SigningAlg::EdDSA).unwrap();
        let p384 =
            EcdsaKeyPair::generate_pkcs8(&aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new())
                .unwrap();
        let wrong: [(SigningAlg, &[u8]); 6] = [
            (SigningAlg::RS256, &es256),
            (SigningAlg::PS256, &ed25519),
            (SigningAlg::ES256, &ed25519),
            (SigningAlg::ES256, p384.as_ref()),
            (SigningAlg::EdDSA, &es256),
            (SigningAlg::EdDSA, b""),
        ];
        for (alg, bytes) in wrong {
            assert_eq!(SigningKey::from_pkcs8(alg, bytes).err(), Some(KeyError::Rejected(alg)));
        }
    }

    #[test]
    fn a_typ_that_needs_escaping_cannot_break_the_header() {
        let token = make(SigningAlg::EdDSA).sign_compact("a\",\"alg\":\"none", &json!({})).unwrap();
        let header: Value = serde_json::from_slice(&part(&token, 0)).unwrap();
        assert_eq!(header["alg"], "EdDSA");
    }

    #[test]
    fn debug_output_shows_only_the_algorithm_and_the_name() {
        let key = make(SigningAlg::ES256);
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ alg: ES256, kid: {:?}, .. }}", key.kid()));
    }
}
