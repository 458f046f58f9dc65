//! OAuth 2.0 and OpenID Connect errors, free of HTTP.

use std::borrow::Cow;
use std::fmt;

/// An `error` value (RFC 6749, OpenID Connect Core 3.1.2.6, OpenID Connect Unmet Authentication Requirements).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// RFC 6749, 4.1.2.1.
    AccessDenied,
    /// OpenID Connect Core 3.1.2.6.
    ConsentRequired,
    /// OpenID Connect Core 3.1.2.6.
    InteractionRequired,
    /// RFC 6749, 5.2.
    InvalidClient,
    /// RFC 6749, 5.2.
    InvalidGrant,
    /// RFC 6749, 4.1.2.1 and 5.2.
    InvalidRequest,
    /// RFC 6749, 4.1.2.1 and 5.2.
    InvalidScope,
    /// RFC 6750, 3.1.
    InvalidToken,
    /// RFC 6750, 3.1.
    InsufficientScope,
    /// OpenID Connect Core 3.1.2.6.
    LoginRequired,
    /// OpenID Connect Core 3.1.2.6.
    RegistrationNotSupported,
    /// OpenID Connect Core 3.1.2.6.
    RequestNotSupported,
    /// OpenID Connect Core 3.1.2.6.
    RequestUriNotSupported,
    /// RFC 6749, 4.1.2.1.
    ServerError,
    /// RFC 6749, 4.1.2.1.
    TemporarilyUnavailable,
    /// RFC 6749, 4.1.2.1 and 5.2.
    UnauthorizedClient,
    /// OpenID Connect Core Error Code `unmet_authentication_requirements` 1.0.
    UnmetAuthenticationRequirements,
    /// RFC 6749, 5.2.
    UnsupportedGrantType,
    /// RFC 6749, 4.1.2.1.
    UnsupportedResponseType,
}

impl ErrorCode {
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::LoginRequired => "login_required",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error with the sentence a developer reads in `error_description`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct OAuthError {
    /// The `error` value.
    pub code: ErrorCode,
    description: Cow<'static, str>,
}

impl OAuthError {
    /// An error; characters that RFC 6749 does not allow in a description are replaced.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        if description.chars().all(may_stand_in_description) {
            return Self { code, description };
        }
        let cleaned =
            description.chars().map(|c| if may_stand_in_description(c) { c } else { '?' }).collect::<String>();
        Self { code, description: Cow::Owned(cleaned) }
    }

    /// What `error_description` says: only `%x20-21 / %x23-5B / %x5D-7E` (RFC 6749, appendix A.8).
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }
}

const fn may_stand_in_description(c: char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

/// Shorthand for the commonest error.
pub(super) fn invalid_request(description: impl Into<Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_55_descriptions_hold_only_what_rfc_6749_allows() {
        let error = OAuthError::new(ErrorCode::InvalidRequest, "a \"quoted\\ £5\r\nline");
        assert_eq!(error.description(), "a ?quoted? ?5??line");
    }
}
