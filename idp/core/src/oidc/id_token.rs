//! The ID token's claims (OpenID Connect Core 2).

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::claims::Claims;
use crate::level::Amr;

/// The subjects that a client knew a person by before: what it has under them belongs to `sub` from now on. Most people have
/// none, and few have more than one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Previous {
    /// The latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_sub: Option<String>,
    /// Where there are several, all of them, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    previous_subs: Vec<String>,
}

impl Previous {
    /// These subjects, the latest last.
    #[must_use]
    pub fn of(mut subs: Vec<String>) -> Self {
        let previous_sub = subs.last().cloned();
        if subs.len() < 2 {
            subs.clear();
        }
        Self { previous_sub, previous_subs: subs }
    }

    /// As claims.
    #[must_use]
    pub fn claims(&self) -> Claims {
        let Self { previous_sub, previous_subs } = self;
        let one = previous_sub.as_ref().map(|sub| ("previous_sub".to_owned(), Value::from(sub.as_str())));
        let all = (!previous_subs.is_empty()).then(|| ("previous_subs".to_owned(), Value::from(previous_subs.clone())));
        one.into_iter().chain(all).collect()
    }
}

/// The claims of an ID token; personal claims only where a request named them one by one.
#[derive(Clone, Debug, Serialize)]
pub struct IdToken<'a> {
    /// The issuer, exactly as configured.
    pub iss: &'a str,
    /// The subject.
    pub sub: &'a str,
    /// The client.
    pub aud: &'a str,
    /// When it stops being valid, in seconds since 1970.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub exp: DateTime<Utc>,
    /// When it was issued.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub iat: DateTime<Utc>,
    /// The last active primary authentication.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub auth_time: DateTime<Utc>,
    /// As the request sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    /// The level reached, in the request's words.
    pub acr: &'a str,
    /// The methods used.
    pub amr: &'a [Amr],
    /// The session, the same at every client and after a step-up.
    pub sid: &'a str,
    /// The subjects that the client knew this person by before.
    #[serde(flatten)]
    pub previous: Previous,
    /// Binds the access token of the same answer.
    pub at_hash: String,
    /// Claims that the request named for the ID token.
    #[serde(flatten)]
    pub requested: Claims,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_week_one_7_no_previous_subject_gets_lost() {
        let claims = |subs: &[&str]| Previous::of(subs.iter().map(|sub| (*sub).to_owned()).collect()).claims();
        assert_eq!(claims(&[]), Claims::new());
        let told = |subs: &[&str]| Value::Object(claims(subs));
        assert_eq!(told(&["a"]), serde_json::json!({ "previous_sub": "a" }));
        assert_eq!(told(&["a", "b"]), serde_json::json!({ "previous_sub": "b", "previous_subs": ["a", "b"] }));
    }
}
