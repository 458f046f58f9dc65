//! What a browser brings back from a provider.

use std::fmt;

use secrecy::SecretString;

use super::error::{Outage, Refusal, UpstreamError, word};
use super::is_value;
use crate::net::form::Form;

/// The longest code, in bytes.
const LONGEST_CODE: usize = 2048;

/// The parameters of a callback, apart from `state`.
#[derive(Clone)]
pub struct Answer {
    pub(super) outcome: Result<SecretString, Failure>,
    pub(super) iss: Option<String>,
}

/// An error that the provider reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    error: String,
    /// Facebook's, which tells whether it was the person.
    reason: Option<String>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.outcome.as_ref().err();
        f.debug_struct("Answer").field("error", &error).field("iss", &self.iss).finish_non_exhaustive()
    }
}

impl Answer {
    /// Reads the query of a callback.
    ///
    /// # Errors
    /// It is no answer: a parameter occurs twice, or it says two things, or nothing.
    pub fn of(query: &Form) -> Result<Self, UpstreamError> {
        if query.duplicate().is_some() {
            return Err(Refusal::Malformed("a parameter occurs twice").into());
        }
        let outcome = match (query.get("code"), query.get("error")) {
            (Some(code), None) if is_value(code, LONGEST_CODE) => Ok(code.to_owned().into()),
            (Some(_), None) => return Err(Refusal::Malformed("the code cannot be one").into()),
            (None, Some(error)) => {
                Err(Failure { error: error.to_owned(), reason: query.get("error_reason").map(str::to_owned) })
            }
            _ => return Err(Refusal::Malformed("it holds neither a code nor an error, or both").into()),
        };
        Ok(Self { outcome, iss: query.get("iss").map(str::to_owned) })
    }

    /// The code.
    pub(super) fn code(&self) -> Result<&SecretString, UpstreamError> {
        self.outcome.as_ref().map_err(|failure| {
            let said = word(&failure.error);
            match (said.as_str(), failure.reason.as_deref()) {
                ("access_denied", None | Some("user_denied")) | ("user_denied", _) => UpstreamError::Cancelled,
                ("server_error" | "temporarily_unavailable", _) => Outage::Said(said).into(),
                ("unauthorized_client" | "unsupported_response_type" | "invalid_scope", _) => {
                    UpstreamError::Misconfigured(format!("it answered {said}"))
                }
                _ => Refusal::Said(said).into(),
            }
        })
    }
}
