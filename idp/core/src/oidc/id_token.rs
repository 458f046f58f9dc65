//! The ID token's claims (OpenID Connect Core 2).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::claims::Claims;
use crate::level::Amr;

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
    /// The subject that the client knew this person by until now: what it has under that belongs to `sub` from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_sub: Option<&'a str>,
    /// Binds the access token of the same answer.
    pub at_hash: String,
    /// Claims that the request named for the ID token.
    #[serde(flatten)]
    pub requested: Claims,
}
