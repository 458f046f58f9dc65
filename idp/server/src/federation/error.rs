//! Why nobody was identified. The reasons are for the log: they tell neither codes nor tokens, and no page shows them.

use http::StatusCode;

use crate::keys::signing::TokenError;
use crate::net::outbound::FetchError;

/// Nobody was identified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// They said no at the provider.
    #[error("it was cancelled at the provider")]
    Cancelled,
    /// The provider does not answer as it should at the moment.
    #[error("the provider is not available: {0}")]
    Unavailable(#[from] Outage),
    /// The answer is not right: forged, for somebody else, or too late.
    #[error("the provider’s answer is refused: {0}")]
    Refused(#[from] Refusal),
    /// The provider does not know this installation, or cannot be what is configured.
    #[error("the provider is not what is configured: {0}")]
    Misconfigured(String),
}

impl UpstreamError {
    /// The word in metrics.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
            Self::Misconfigured(_) => "misconfigured",
        }
    }
}

/// Why a provider is not available.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// It failed too often just now.
    #[error("it failed too often just now")]
    Failing,
    /// All of it took too long.
    #[error("it took too long")]
    TooSlow,
    /// A request got no answer.
    #[error(transparent)]
    Fetch(FetchError),
    /// A request was answered with this status.
    #[error("it answered with the status {0}")]
    Status(StatusCode),
    /// A document of it cannot be read.
    #[error("its {0} cannot be read")]
    Document(&'static str),
    /// It says so itself, through the browser.
    #[error("it answered {0}")]
    Said(String),
}

/// Why an answer is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A parameter occurs twice, or neither a code nor an error is there, or both.
    #[error("it is none: {0}")]
    Malformed(&'static str),
    /// `iss` is that of another provider, or missing where the provider sends it (RFC 9207).
    #[error("it came from another provider")]
    Mixed,
    /// The provider said no.
    #[error("it says {0}")]
    Said(String),
    /// The code was not exchanged.
    #[error("the code was not exchanged: {0}")]
    Exchange(String),
    /// There is no ID token.
    #[error("there is no ID token")]
    NoIdToken,
    /// The ID token is not signed by the provider, not for us, or not of this time.
    #[error(transparent)]
    Token(TokenError),
    /// The ID token answers another request.
    #[error("the nonce is another one")]
    Nonce,
    /// The ID token was issued to another client.
    #[error("the token was issued to another client")]
    AuthorizedParty,
    /// There is no subject, or one that cannot be.
    #[error("there is no proper subject")]
    Subject,
    /// The access token is that of another app, or of somebody else.
    #[error("the access token is not one of ours: {0}")]
    AccessToken(&'static str),
}

impl From<FetchError> for UpstreamError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Forbidden | FetchError::Misconfigured => Self::Misconfigured(error.to_string()),
            FetchError::Unreachable | FetchError::Redirected | FetchError::TooLong => Outage::Fetch(error).into(),
        }
    }
}

impl From<TokenError> for UpstreamError {
    fn from(error: TokenError) -> Self {
        Refusal::Token(error).into()
    }
}

/// An error code of a provider as it may be logged: a short word, or nothing of it.
pub(super) fn word(code: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !code.is_empty() && code.len() <= 60 && code.chars().all(plain) {
        code.to_owned()
    } else {
        "something that is no error code".to_owned()
    }
}
