//! What the provider said about the resident, in a form that a person can read.

use chrono::DateTime;
use idp_core::level::Level;
use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Claims by name.
pub(super) type Claims = Map<String, Value>;

/// The claims for which the `openidconnect` crate has no field of its own, such as `sid`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OtherClaims {
    #[serde(flatten)]
    all: Claims,
}

impl AdditionalClaims for OtherClaims {}

/// One claim as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// The claim's name.
    pub(super) name: String,
    /// Its value in words.
    pub(super) value: String,
}

/// The claims that say who signed in and how, which come first.
const FIRST: [&str; 5] = ["sub", "acr", "amr", "auth_time", "sid"];

/// Claims whose number is a time (seconds since 1970).
const TIMES: [&str; 4] = ["auth_time", "exp", "iat", "updated_at"];

/// The claims of a token that the crate has verified, or of userinfo, by name.
pub(super) fn by_name<T: Serialize>(claims: &T) -> Result<Claims, serde_json::Error> {
    match serde_json::to_value(claims)? {
        // The crate writes a claim without a value as null.
        Value::Object(all) => Ok(all.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Ok(Claims::new()),
    }
}

/// All claims, the important ones first.
pub(super) fn rows(claims: &Claims) -> Vec<Row> {
    let first = FIRST.into_iter().filter_map(|name| claims.get_key_value(name));
    let rest = claims.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    first.chain(rest).map(|(name, value)| Row { name: name.clone(), value: in_words(name, value) }).collect()
}

/// The level that the claims say was reached; `None` where they name none that we know.
pub(super) fn level(claims: &Claims) -> Option<Level> {
    claims.get("acr")?.as_str()?.parse().ok()
}

/// What a level means to someone who has not read the documentation.
pub(super) const fn level_in_words(level: Level) -> &'static str {
    match level {
        Level::Guest => "no account",
        Level::OneFactor => "one factor",
        Level::TwoFactor => "two factors",
        Level::PhishingResistant => "a passkey, which cannot be phished",
    }
}

fn in_words(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| in_words(name, item)).collect::<Vec<_>>().join(", "),
        Value::Number(seconds) if TIMES.contains(&name) => {
            let time = seconds.as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            time.map_or_else(
                || seconds.to_string(),
                |time| format!("{seconds} ({})", time.format("%Y-%m-%d %H:%M:%S UTC")),
            )
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use openidconnect::core::CoreGenderClaim;
    use openidconnect::{IdTokenClaims, UserInfoClaims};
    use serde_json::json;

    use super::*;
    use crate::net::outbound::FetchError;

    #[test]
    fn claims_that_the_crate_does_not_know_are_kept() {
        let token = json!({
            "iss": "http://localhost:8080", "aud": "portal", "sub": "s1", "exp": 1_790_000_300, "iat": 1_790_000_000,
            "auth_time": 1_789_999_000, "acr": "2fa", "amr": ["pwd", "otp", "email", "mfa"], "sid": "session-1",
            "email": "a@example.org",
        });
        let read: IdTokenClaims<OtherClaims, CoreGenderClaim> = serde_json::from_value(token).expect("claims");
        let claims = by_name(&read).expect("an object");
        assert_eq!(claims["sid"], "session-1");
        assert_eq!(claims["amr"], json!(["pwd", "otp", "email", "mfa"]));
        assert_eq!(claims["email"], "a@example.org");
        assert_eq!(level(&claims), Some(Level::TwoFactor));

        let userinfo = json!({"sub": "s1", "email_verified": true, "council_tax": "yes"});
        let read: UserInfoClaims<OtherClaims, CoreGenderClaim> =
            UserInfoClaims::from_json::<FetchError>(userinfo.to_string().as_bytes(), None).expect("claims");
        let claims = by_name(&read).expect("an object");
        assert_eq!(
            claims,
            *json!({"sub": "s1", "email_verified": true, "council_tax": "yes"}).as_object().expect("one")
        );
    }

    #[test]
    fn who_and_how_come_first_and_values_can_be_read() {
        let claims = json!({
            "aud": ["portal"], "auth_time": 1_790_000_000, "amr": ["pwd", "otp"], "sub": "s1", "acr": "1fa",
            "address": {"postal_code": "AB1 2CD"}, "email_verified": true,
        });
        let shown = rows(claims.as_object().expect("an object"));
        let shown: Vec<_> = shown.iter().map(|row| (row.name.as_str(), row.value.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("sub", "s1"),
                ("acr", "1fa"),
                ("amr", "pwd, otp"),
                ("auth_time", "1790000000 (2026-09-21 14:13:20 UTC)"),
                ("address", r#"{"postal_code":"AB1 2CD"}"#),
                ("aud", "portal"),
                ("email_verified", "true"),
            ]
        );
    }
}
