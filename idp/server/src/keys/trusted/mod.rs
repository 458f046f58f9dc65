//! Keys of others that the configuration trusts, and what was signed with them.
//!
//! Everything that RFC 8725 asks for is required. A key is used with the algorithms of its own kind alone, which are all
//! asymmetric; no message names the key that it is checked with: a header has `alg`, `typ` and perhaps `kid`, and any
//! other member (`jku`, `x5u`, `jwk`, `crit`, …) refuses it before a key is looked at. Identity providers write further
//! members into the headers of ID tokens: there only those are refused that could change something.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use idp_core::oidc::alg::SigningAlg;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::signing::{MAX_LEN, TokenError, audience_is_right, seconds_in, signature_is_right};

/// Seconds by which the clock of whoever signed may be ahead of ours.
const CLOCK_SKEW: i64 = 30;
/// The longest life of a message, in seconds.
const LONGEST_LIFE: i64 = 600;
/// The most keys of a set.
const MOST_KEYS: usize = 16;
/// Bytes of an RSA modulus: 2048 to 4096 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
/// Members of a header that would name another key, or change what is signed and how it is read.
const REFUSED: [&str; 9] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "cty", "enc", "zip"];
/// Members of a JWK that are secret (RFC 7518 section 6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// Not a JWK or a set of them.
    #[error("is not a JSON Web Key or a set of them (RFC 7517)")]
    Malformed,
    /// It has private members, which nobody but its owner may have.
    #[error("contains a private key: give the public one only, and make a new pair")]
    Private,
    /// Another kind or size of key.
    #[error("is not an RSA key of 2048 to 4096 bits, a key on P-256 or an Ed25519 key that signs")]
    Kind,
    /// No key is in it.
    #[error("contains no key that can be used")]
    Empty,
}

/// A public key of somebody else.
#[derive(Clone)]
struct TrustedKey {
    kid: Option<String>,
    algorithms: Vec<SigningAlg>,
    key: DecodingKey,
}

/// The public keys of one other party.
#[derive(Clone)]
pub struct TrustedKeys {
    keys: Vec<TrustedKey>,
}

impl fmt::Debug for TrustedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| (&key.kid, &key.algorithms))).finish()
    }
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

fn bytes(member: Option<&String>) -> Result<Vec<u8>, KeyRefused> {
    URL_SAFE_NO_PAD.decode(member.ok_or(KeyRefused::Kind)?).map_err(|_| KeyRefused::Kind)
}

/// The key, if its bytes are a key of this algorithm: on the curve, not only of the right length.
fn parsed(algorithm: &'static dyn VerificationAlgorithm, key: &[u8]) -> Result<(), KeyRefused> {
    ParsedPublicKey::new(algorithm, key).map(drop).map_err(|_| KeyRefused::Kind)
}

impl TrustedKey {
    fn read(value: &Value) -> Result<Self, KeyRefused> {
        if PRIVATE.iter().any(|member| value.get(member).is_some()) {
            return Err(KeyRefused::Private);
        }
        let jwk: Jwk = serde_json::from_value(value.clone()).map_err(|_| KeyRefused::Malformed)?;
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(KeyRefused::Kind);
        }
        let (mut algorithms, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", None) => {
                let (modulus, exponent) = (bytes(jwk.n.as_ref())?, bytes(jwk.e.as_ref())?);
                if !RSA_BYTES.contains(&modulus.len()) || modulus.first() == Some(&0) {
                    return Err(KeyRefused::Kind);
                }
                let key = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
                (vec![SigningAlg::RS256, SigningAlg::PS256], key)
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes(jwk.x.as_ref())?, bytes(jwk.y.as_ref())?);
                parsed(&ECDSA_P256_SHA256_FIXED, &[&[4], x.as_slice(), y.as_slice()].concat())?;
                let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
                let key = DecodingKey::from_ec_components(&x, &y).map_err(|_| KeyRefused::Kind)?;
                (vec![SigningAlg::ES256], key)
            }
            ("OKP", Some("Ed25519")) => {
                let x = bytes(jwk.x.as_ref())?;
                parsed(&ED25519, &x)?;
                let key = DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(x)).map_err(|_| KeyRefused::Kind)?;
                (vec![SigningAlg::EdDSA], key)
            }
            _ => return Err(KeyRefused::Kind),
        };
        algorithms.retain(|algorithm| jwk.alg.as_deref().is_none_or(|named| named == algorithm.as_str()));
        if algorithms.is_empty() { Err(KeyRefused::Kind) } else { Ok(Self { kid: jwk.kid, algorithms, key }) }
    }
}

/// What a message must be to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Its `typ`.
    pub typ: &'a str,
    /// Its `iss`.
    pub issuer: &'a str,
    /// Who must be among its `aud`.
    pub audience: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: SigningAlg,
    typ: String,
    kid: Option<String>,
}

/// The header of an ID token of somebody else, as far as it is read.
#[derive(Deserialize)]
struct OpenHeader {
    alg: SigningAlg,
    typ: Option<String>,
    kid: Option<String>,
}

/// A compact JWS, taken apart.
struct Parts<'a> {
    signed: &'a str,
    header: Vec<u8>,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(message: &'a str) -> Result<Self, TokenError> {
        if message.len() > MAX_LEN {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = message.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenError::Malformed)?;
        Ok(Self { signed, header, payload, signature })
    }

    fn claims(&self) -> Result<Map<String, Value>, TokenError> {
        let payload = URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| TokenError::Malformed)?;
        serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)
    }
}

impl TrustedKeys {
    /// The keys of a JWK, all of which must be usable, or of a JWK set, of which those that cannot be used are left out.
    ///
    /// # Errors
    /// See [`KeyRefused`].
    pub fn read(value: &Value) -> Result<Self, KeyRefused> {
        let keys = match value.get("keys") {
            None => vec![TrustedKey::read(value)?],
            Some(Value::Array(set)) => {
                let usable = |value| match TrustedKey::read(value) {
                    Err(KeyRefused::Kind | KeyRefused::Malformed) => None,
                    read => Some(read),
                };
                set.iter().filter_map(usable).take(MOST_KEYS).collect::<Result<Vec<_>, _>>()?
            }
            Some(_) => return Err(KeyRefused::Malformed),
        };
        if keys.is_empty() { Err(KeyRefused::Empty) } else { Ok(Self { keys }) }
    }

    /// The claims of a compact JWS that one of these keys signed.
    ///
    /// # Errors
    /// When it is not such a message, or not the one that `expected` describes.
    pub fn claims(&self, message: &str, expected: Expected<'_>) -> Result<Map<String, Value>, TokenError> {
        let parts = Parts::of(message)?;
        let header: Header = serde_json::from_slice(&parts.header).map_err(|_| TokenError::Header)?;
        self.check_signature(&parts, header.alg, header.kid.as_deref())?;
        if !header.typ.eq_ignore_ascii_case(expected.typ) {
            return Err(TokenError::Type);
        }
        let claims = parts.claims()?;
        check(&claims, expected)?;
        Ok(claims)
    }

    /// The claims of an ID token that one of these keys signed, none of which is checked. Its header may have members
    /// that mean nothing to a signature, and no `typ`: providers write what they like (RFC 7515 section 4).
    ///
    /// # Errors
    /// When it is no such token.
    pub fn id_token(&self, message: &str) -> Result<Map<String, Value>, TokenError> {
        let parts = Parts::of(message)?;
        let header: Map<String, Value> = serde_json::from_slice(&parts.header).map_err(|_| TokenError::Header)?;
        if REFUSED.iter().any(|member| header.contains_key(*member)) {
            return Err(TokenError::Header);
        }
        let header: OpenHeader = serde_json::from_value(header.into()).map_err(|_| TokenError::Header)?;
        self.check_signature(&parts, header.alg, header.kid.as_deref())?;
        let is_plain = |typ: &str| ["jwt", "application/jwt"].contains(&typ.to_ascii_lowercase().as_str());
        if !header.typ.as_deref().is_none_or(is_plain) {
            return Err(TokenError::Type);
        }
        parts.claims()
    }

    fn check_signature(&self, parts: &Parts<'_>, alg: SigningAlg, kid: Option<&str>) -> Result<(), TokenError> {
        let mut keys = self.named(kid).filter(|key| key.algorithms.contains(&alg)).peekable();
        if keys.peek().is_none() {
            return Err(TokenError::UnknownKey);
        }
        if keys.any(|key| signature_is_right(alg, &key.key, parts.signed.as_bytes(), parts.signature)) {
            Ok(())
        } else {
            Err(TokenError::Signature)
        }
    }

    /// The keys that a message of this `kid` may be signed with: names are compared, never interpreted. A key without a
    /// name is one that any message may mean.
    fn named(&self, kid: Option<&str>) -> impl Iterator<Item = &TrustedKey> {
        self.keys.iter().filter(move |key| match (kid, &key.kid) {
            (Some(named), Some(known)) => named == known,
            _ => true,
        })
    }
}

fn check(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), TokenError> {
    if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return Err(TokenError::Issuer);
    }
    if !audience_is_right(claims.get("aud"), Some(expected.audience)) {
        return Err(TokenError::Audience);
    }
    let expiry = claims.get("exp").and_then(seconds_in).ok_or(TokenError::NoExpiry)?;
    if expiry <= expected.now.timestamp() {
        return Err(TokenError::Expired);
    }
    let issued = claims.get("iat").and_then(seconds_in).ok_or(TokenError::Lifetime)?;
    let latest = (expected.now + TimeDelta::seconds(CLOCK_SKEW)).timestamp();
    if issued > latest || expiry - issued > LONGEST_LIFE { Err(TokenError::Lifetime) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
