//! The claims of an ID token whose signature is right: whether it is for us, for this request, and of this time
//! (OpenID Connect Core 1.0, section 3.1.3.7).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::error::{Refusal, UpstreamError};
use crate::keys::signing::{TokenError, audience_is_right, seconds_in};

/// By how much the provider's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(1);
/// For how long a token may have been issued: it was fetched just now, and clocks differ.
const BEHIND: TimeDelta = TimeDelta::minutes(10);

/// What a token must be.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// Another spelling of the same issuer.
    pub(super) legacy_issuer: Option<&'a str>,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// Whether the claims are those that were asked for.
pub(super) fn check(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), UpstreamError> {
    let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
    let issuer = text("iss").ok_or(TokenError::Issuer)?;
    if issuer != expected.issuer && Some(issuer) != expected.legacy_issuer {
        return Err(TokenError::Issuer.into());
    }
    let audience = claims.get("aud");
    if !audience_is_right(audience, Some(expected.client)) {
        return Err(TokenError::Audience.into());
    }
    let several = audience.and_then(Value::as_array).is_some_and(|audience| audience.len() > 1);
    let authorized = match claims.get("azp") {
        None => !several,
        Some(party) => party.as_str() == Some(expected.client),
    };
    if !authorized {
        return Err(Refusal::AuthorizedParty.into());
    }
    let expiry = claims.get("exp").and_then(seconds_in).ok_or(TokenError::NoExpiry)?;
    if expiry <= expected.now.timestamp() {
        return Err(TokenError::Expired.into());
    }
    let issued_at = claims.get("iat").and_then(seconds_in).ok_or(TokenError::Lifetime)?;
    let accepted = (expected.now - BEHIND).timestamp()..=(expected.now + AHEAD).timestamp();
    if !accepted.contains(&issued_at) {
        return Err(TokenError::Lifetime.into());
    }
    let nonce = text("nonce").unwrap_or_default();
    if bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) { Ok(()) } else { Err(Refusal::Nonce.into()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://accounts.google.com";

    fn claims() -> Value {
        json!({"iss": ISSUER, "aud": "we", "azp": "we", "sub": "1", "nonce": "n", "iat": 1_000_000, "exp": 1_003_600})
    }

    fn judged(change: impl FnOnce(&mut Value)) -> Result<(), UpstreamError> {
        let mut claims = claims();
        change(&mut claims);
        let Value::Object(claims) = claims else { panic!("an object") };
        let now = DateTime::from_timestamp(1_000_030, 0).expect("a time");
        let legacy_issuer = Some("accounts.google.com");
        check(&claims, Expected { issuer: ISSUER, legacy_issuer, client: "we", nonce: "n", now })
    }

    #[test]
    fn sec_r40_a_token_is_taken_that_is_for_us_and_for_this_request() {
        assert_eq!(judged(|_| ()), Ok(()));
        assert_eq!(judged(|claims| claims["iss"] = json!("accounts.google.com")), Ok(()), "Google’s older spelling");
        assert_eq!(judged(|claims| claims["aud"] = json!(["we"])), Ok(()));
        assert_eq!(judged(|claims| claims["aud"] = json!(["others", "we"])), Ok(()), "issued to us");
        assert_eq!(judged(|claims| claims["iat"] = json!(1_000_090)), Ok(()), "a clock that is ahead");
        assert_eq!(judged(|claims| drop(claims.as_object_mut().map(|c| c.remove("azp")))), Ok(()));
    }

    #[test]
    fn case_fe3_a_token_that_differs_in_one_claim_is_refused() {
        let token = |error: TokenError| UpstreamError::from(error);
        for (claim, value, refusal) in [
            ("iss", json!("https://accounts.google.com/"), token(TokenError::Issuer)),
            ("iss", json!("http://accounts.google.com"), token(TokenError::Issuer)),
            ("iss", json!([ISSUER]), token(TokenError::Issuer)),
            ("aud", json!("others"), token(TokenError::Audience)),
            ("aud", json!([]), token(TokenError::Audience)),
            ("aud", json!(["we", 1]), token(TokenError::Audience)),
            ("azp", json!("others"), Refusal::AuthorizedParty.into()),
            ("azp", json!(["we"]), Refusal::AuthorizedParty.into()),
            ("exp", json!(1_000_030), token(TokenError::Expired)),
            ("exp", json!("1003600"), token(TokenError::NoExpiry)),
            ("iat", json!(1_000_091), token(TokenError::Lifetime)),
            ("iat", json!(999_429), token(TokenError::Lifetime)),
            ("iat", json!("1000000"), token(TokenError::Lifetime)),
            ("nonce", json!("N"), Refusal::Nonce.into()),
            ("nonce", json!(""), Refusal::Nonce.into()),
            ("nonce", json!(["n"]), Refusal::Nonce.into()),
        ] {
            assert_eq!(judged(|claims| claims[claim] = value.clone()), Err(refusal), "{claim} {value}");
        }
        for claim in ["iss", "aud", "exp", "iat", "nonce"] {
            let removed = judged(|claims| drop(claims.as_object_mut().map(|members| members.remove(claim))));
            assert!(removed.is_err(), "without {claim}");
        }
        let several = judged(|claims| {
            claims["aud"] = json!(["others", "we"]);
            drop(claims.as_object_mut().map(|members| members.remove("azp")));
        });
        assert_eq!(several, Err(Refusal::AuthorizedParty.into()), "several audiences, issued to nobody");
    }
}
