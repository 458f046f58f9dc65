//! Recognising our own tokens: ID tokens that come back as hints, and access tokens.
//!
//! Everything that RFC 8725 asks for is required: the key comes from the ring by its name alone, its algorithm is the
//! only one allowed, and `typ`, `iss`, `aud` and a numeric `exp` must be there and right. Any header member that we do
//! not write ourselves (`jku`, `x5u`, `jwk`, `crit`, …) refuses the token before any key is looked at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use idp_core::oidc::alg::SigningAlg;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::ring::KeyRing;

/// Longest token looked at, in bytes. Ours are far shorter.
pub(in crate::keys) const MAX_LEN: usize = 16 * 1024;

/// What a token must be to be accepted.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The `typ` it was signed with, such as `JWT` or `at+jwt`.
    pub typ: &'a str,
    /// Who must be among its audience. `None` accepts any audience, for hints that come without a client id.
    pub audience: Option<&'a str>,
    /// Accept a token whose time is over: `id_token_hint` only (OpenID Connect Core section 3.1.2.1).
    pub expired_ok: bool,
    /// The time against which `exp` is measured.
    pub now: DateTime<Utc>,
}

/// Why a token is not one of ours, or not the one expected. For logs and tests: the presenter learns only that it is
/// invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64url, too long, or the payload is not a JSON object.
    #[error("not a compact JWS")]
    Malformed,
    /// The header is not exactly `alg`, `typ` and `kid`, or `alg` is not allowed.
    #[error("the header is not one that we write")]
    Header,
    /// No published key has this name, or it has another algorithm.
    #[error("signed with a key that is not published")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// A token for another use.
    #[error("the token has another type")]
    Type,
    /// Not our `iss`.
    #[error("the token has another issuer")]
    Issuer,
    /// `aud` is missing, malformed, or somebody else's.
    #[error("the token is for another audience")]
    Audience,
    /// `exp` is missing or not a number.
    #[error("the token has no expiry time")]
    NoExpiry,
    /// The token's time is over.
    #[error("the token has expired")]
    Expired,
    /// A token of somebody else that does not say when it was issued, is from the future, or lives longer than it may.
    #[error("the token was issued at no time that is accepted")]
    Lifetime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnHeader {
    alg: SigningAlg,
    typ: String,
    kid: String,
}

impl KeyRing {
    /// The claims of a token that this issuer signed with a key that is still published.
    ///
    /// # Errors
    /// When it is not such a token, or not the one that `expected` describes.
    pub fn verify_own(&self, token: &str, expected: Expectation<'_>) -> Result<Map<String, Value>, TokenError> {
        if token.len() > MAX_LEN {
            return Err(TokenError::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenError::Malformed)?;
        let header: OwnHeader = serde_json::from_slice(&header).map_err(|_| TokenError::Header)?;
        let key = self.published(&header.kid).filter(|key| key.alg() == header.alg).ok_or(TokenError::UnknownKey)?;
        if !signature_is_right(key.alg(), key.verifier(), message.as_bytes(), signature) {
            return Err(TokenError::Signature);
        }
        if !header.typ.eq_ignore_ascii_case(expected.typ) {
            return Err(TokenError::Type);
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Malformed)?;
        let claims: Map<String, Value> = serde_json::from_slice(&payload).map_err(|_| TokenError::Malformed)?;
        check_claims(&claims, &self.issuer_value(), expected)?;
        Ok(claims)
    }

    fn issuer_value(&self) -> Value {
        Value::from(self.issuer())
    }
}

fn check_claims(claims: &Map<String, Value>, issuer: &Value, expected: Expectation<'_>) -> Result<(), TokenError> {
    if claims.get("iss") != Some(issuer) {
        return Err(TokenError::Issuer);
    }
    if !audience_is_right(claims.get("aud"), expected.audience) {
        return Err(TokenError::Audience);
    }
    let expiry = claims.get("exp").and_then(seconds_in).ok_or(TokenError::NoExpiry)?;
    if !expected.expired_ok && expiry <= expected.now.timestamp() {
        return Err(TokenError::Expired);
    }
    Ok(())
}

/// A time as RFC 7519 writes it: a number of seconds. We write whole ones; fractions are allowed and cut off.
pub(crate) fn seconds_in(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().and_then(whole_seconds))
}

fn whole_seconds(seconds: f64) -> Option<i64> {
    // Beyond 2^53 the fraction is meaningless and the number is no time.
    #[expect(clippy::cast_possible_truncation, reason = "cutting off the fraction is meant, and the range is checked")]
    (0.0..9_007_199_254_740_992.0).contains(&seconds).then_some(seconds as i64)
}

/// `aud` is a string or a non-empty array of strings (RFC 7519 section 4.1.3).
pub(crate) fn audience_is_right(audience: Option<&Value>, wanted: Option<&str>) -> bool {
    let matches = |one: &str| wanted.is_none_or(|wanted| wanted == one);
    match audience {
        Some(Value::String(one)) => matches(one),
        Some(Value::Array(many)) => {
            many.iter().all(Value::is_string) && many.iter().filter_map(Value::as_str).any(matches)
        }
        _ => false,
    }
}

/// The one place that verifies a signature. `signature` is base64url.
pub(in crate::keys) fn signature_is_right(alg: SigningAlg, key: &DecodingKey, message: &[u8], signature: &str) -> bool {
    let algorithm = match alg {
        SigningAlg::RS256 => Algorithm::RS256,
        SigningAlg::PS256 => Algorithm::PS256,
        SigningAlg::ES256 => Algorithm::ES256,
        SigningAlg::EdDSA => Algorithm::EdDSA,
    };
    jsonwebtoken::crypto::verify(signature, message, key, algorithm).unwrap_or(false)
}
