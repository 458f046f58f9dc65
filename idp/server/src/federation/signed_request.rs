//! `signed_request`: what Facebook posts when somebody removes the app there, or asks for their data to be deleted.
//!
//! Its payload is believed only once its signature is right, and only for a day: whoever saw it can send it again. What
//! Facebook hands to browsers that sign in is signed with the same secret: it is told by what it carries, and is no notice.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::identity::is_subject;

/// The longest that is looked at, in bytes.
const LONGEST: usize = 4096;
/// How long after it was signed a request is believed.
const OLDEST: TimeDelta = TimeDelta::hours(24);
/// How far Facebook's clock may be ahead of this one.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// What was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// Who it is about: the subject of their identity.
    pub user_id: String,
    /// When it was signed, in whole seconds.
    pub issued_at: DateTime<Utc>,
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedRequestError {
    /// It is not two parts of base64url with a JSON object in the second.
    #[error("not a signed request")]
    Malformed,
    /// It was not signed with the app's secret.
    #[error("the signature is wrong")]
    Signature,
    /// It says that it was signed in another way.
    #[error("signed with an algorithm that is not accepted")]
    Algorithm,
    /// Its time is over.
    #[error("the request has expired")]
    Expired,
    /// It does not say when it was signed, or a time that is too long ago or to come.
    #[error("signed too long ago, at no time or in the future")]
    Age,
    /// It is what a browser gets that signs in, which its owner can read.
    #[error("a request of a sign-in is no notice")]
    SignIn,
    /// It is about nobody.
    #[error("the request names nobody")]
    Nobody,
    /// This provider signs no requests.
    #[error("this provider signs no requests")]
    NotSigned,
}

#[derive(Deserialize)]
struct Payload {
    algorithm: String,
    user_id: Option<String>,
    issued_at: Option<i64>,
    expires: Option<i64>,
    code: Option<IgnoredAny>,
    oauth_token: Option<IgnoredAny>,
}

/// Reads and checks a request. The comparison takes the same time whatever is wrong.
pub(super) fn read(text: &str, secret: &SecretString, now: DateTime<Utc>) -> Result<SignedRequest, SignedRequestError> {
    if text.len() > LONGEST {
        return Err(SignedRequestError::Malformed);
    }
    let decode =
        |part: &str| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).map_err(|_| SignedRequestError::Malformed);
    let (signature, payload) = text.split_once('.').ok_or(SignedRequestError::Malformed)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    hmac::verify(&key, payload.as_bytes(), &decode(signature)?).map_err(|_| SignedRequestError::Signature)?;
    let payload: Payload = serde_json::from_slice(&decode(payload)?).map_err(|_| SignedRequestError::Malformed)?;
    if !payload.algorithm.eq_ignore_ascii_case("HMAC-SHA256") {
        return Err(SignedRequestError::Algorithm);
    }
    // 0 is how Facebook says that it does not expire.
    if payload.expires.is_some_and(|at| at > 0 && at <= now.timestamp()) {
        return Err(SignedRequestError::Expired);
    }
    if payload.code.is_some() || payload.oauth_token.is_some() {
        return Err(SignedRequestError::SignIn);
    }
    let issued_at = payload.issued_at.and_then(|at| DateTime::from_timestamp(at, 0));
    let in_time = |at: &DateTime<Utc>| (-AHEAD..=OLDEST).contains(&now.signed_duration_since(*at));
    let issued_at = issued_at.filter(in_time).ok_or(SignedRequestError::Age)?;
    let user_id = payload.user_id.filter(|id| is_subject(id)).ok_or(SignedRequestError::Nobody)?;
    Ok(SignedRequest { user_id, issued_at })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
    }

    fn signed(payload: &Value, secret: &str) -> String {
        let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        format!("{}.{payload}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, payload.as_bytes())))
    }

    fn judged(text: &str) -> Result<SignedRequest, SignedRequestError> {
        read(text, &"fbsecret".to_owned().into(), now())
    }

    fn payload() -> Value {
        json!({"user_id": "10222", "algorithm": "HMAC-SHA256", "issued_at": 1_799_999_990, "expires": 1_800_003_600})
    }

    #[test]
    fn case_fe8_a_request_that_the_app_secret_signed_names_somebody() {
        let found = judged(&signed(&payload(), "fbsecret")).expect("believed");
        assert_eq!((found.user_id.as_str(), found.issued_at.timestamp()), ("10222", 1_799_999_990));
        for issued_at in [1_800_000_300, 1_799_913_600] {
            let endless = json!({"user_id": "10222", "algorithm": "hmac-sha256", "issued_at": issued_at, "expires": 0});
            assert_eq!(judged(&signed(&endless, "fbsecret")).map(|found| found.issued_at.timestamp()), Ok(issued_at));
        }
        let padded = signed(&payload(), "fbsecret").replacen('.', "=.", 1);
        assert!(judged(&padded).is_ok(), "padding says nothing");
    }

    #[test]
    fn case_fe8_anything_else_is_refused() {
        let with = |member: &str, value: Value| {
            let mut payload = payload();
            payload[member] = value;
            signed(&payload, "fbsecret")
        };
        let good = signed(&payload(), "fbsecret");
        let (signature, body) = good.split_once('.').expect("two parts");
        let other = signed(&json!({"user_id": "1", "algorithm": "HMAC-SHA256"}), "fbsecret");
        let (_, other_body) = other.split_once('.').expect("two parts");
        for (text, error) in [
            (signed(&payload(), "another"), SignedRequestError::Signature),
            (format!("{signature}.{other_body}"), SignedRequestError::Signature),
            (format!(".{body}"), SignedRequestError::Signature),
            (format!("{}.{body}", &signature[..20]), SignedRequestError::Signature),
            (body.to_owned(), SignedRequestError::Malformed),
            (format!("{good}.x"), SignedRequestError::Signature),
            (format!("%%.{body}"), SignedRequestError::Malformed),
            ("x".repeat(5000), SignedRequestError::Malformed),
            (with("algorithm", json!("none")), SignedRequestError::Algorithm),
            (with("algorithm", Value::Null), SignedRequestError::Malformed),
            (with("expires", json!(1_800_000_000)), SignedRequestError::Expired),
            (with("issued_at", Value::Null), SignedRequestError::Age),
            (with("issued_at", json!(1_799_913_599)), SignedRequestError::Age),
            (with("issued_at", json!(1_800_000_301)), SignedRequestError::Age),
            (with("issued_at", json!(i64::MAX)), SignedRequestError::Age),
            (with("code", json!("AQB")), SignedRequestError::SignIn),
            (with("oauth_token", json!("EAA")), SignedRequestError::SignIn),
            (with("user_id", json!("")), SignedRequestError::Nobody),
            (with("user_id", Value::Null), SignedRequestError::Nobody),
        ] {
            assert_eq!(judged(&text), Err(error), "{text:.80}");
        }
    }
}
