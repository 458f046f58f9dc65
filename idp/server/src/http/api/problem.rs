//! How the API says what is wrong: `application/problem+json` (RFC 9457) with a stable `code`, the field where one is
//! wrong, and the request's id.

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{STAFF, lacks};
use crate::signin::StepError;
use crate::store::StoreError;
use crate::sync::{Refused, SyncError};

/// When to come back after what cannot be served now.
const AWAY: Duration = Duration::from_secs(5);

/// What is wrong with a request.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// What to do about it, in a sentence.
    pub detail: String,
    /// The field that is wrong.
    pub field: Option<String>,
    /// When to come back, where that is known.
    pub retry_after: Option<Duration>,
}

/// A problem as it is answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// A stable code to decide by.
    code: &'static str,
    /// What to do about it, for developers.
    detail: String,
    /// The field of the request that is wrong, for example `phones[1].default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The request's id, as in the log and the audit trail.
    request_id: String,
}

impl Problem {
    /// A problem of the whole request.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), field: None, retry_after: None }
    }

    /// A field that is wrong.
    pub fn field(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail) }
    }

    /// The problem as it is answered to the request with this id.
    #[must_use]
    pub fn body(self, request_id: &str) -> ProblemBody {
        ProblemBody {
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            field: self.field,
            request_id: request_id.to_owned(),
        }
    }

    /// The answer to the request with this id.
    #[must_use]
    pub fn answer(self, request_id: &str) -> Response {
        let status = self.status;
        let retry_after = self.retry_after.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(AWAY));
        let challenge = match status {
            StatusCode::UNAUTHORIZED if self.code == "no_token" => Some("Bearer realm=\"api\"".to_owned()),
            StatusCode::UNAUTHORIZED => Some("Bearer realm=\"api\", error=\"invalid_token\"".to_owned()),
            StatusCode::FORBIDDEN => Some("Bearer realm=\"api\", error=\"insufficient_scope\"".to_owned()),
            _ => None,
        };
        let body = serde_json::to_vec(&self.body(request_id)).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        let mut response = (status, kind, body).into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = challenge.and_then(|challenge| HeaderValue::from_str(&challenge).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(after) = retry_after {
            // A part of a second more is a second more: whoever comes back too early is refused again.
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }

    /// What the edge refuses, or no route takes.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("not_found", "there is nothing at this address"),
            StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "this address does not take this method"),
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "the body is too large"),
            StatusCode::TOO_MANY_REQUESTS => ("too_many_requests", "send requests less often"),
            StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "try again in a few seconds"),
            status if status.is_client_error() => ("request_malformed", "the request cannot be read"),
            _ => ("failed", "something went wrong; the request id names it in our log"),
        };
        Self::new(status, code, detail)
    }
}

/// The answer to a request that the edge refuses.
#[must_use]
pub fn at_the_edge(method: &Method, status: StatusCode, request_id: &str) -> Response {
    let mut response = Problem::of_status(status).answer(request_id);
    if method == Method::HEAD {
        *response.body_mut() = axum::body::Body::empty();
    }
    response
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Unavailable { .. }) {
            tracing::warn!(%error, "a request could not be served now");
            return Self::of_status(StatusCode::SERVICE_UNAVAILABLE);
        }
        tracing::error!(%error, "a request failed");
        Self::of_status(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<StepError> for Problem {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Store(error) => error.into(),
            error => {
                tracing::error!(%error, "a request failed");
                Self::of_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) => error.into(),
            SyncError::Refused(refused) => refused.into(),
            SyncError::Tried(_) => Self::of_status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (status, code, field) = match refused {
            Refused::NotForStaff => return lacks(STAFF),
            Refused::UnknownPerson => (StatusCode::NOT_FOUND, "unknown_contact", None),
            Refused::UnknownConflict => (StatusCode::NOT_FOUND, "unknown_conflict", None),
            Refused::ClassFixed => (StatusCode::CONFLICT, "class_fixed", Some("class")),
            Refused::AlreadyDecided => (StatusCode::CONFLICT, "already_decided", None),
            Refused::NameTaken => (StatusCode::CONFLICT, "name_taken", Some("sign_in_name")),
            Refused::PersonGone => (StatusCode::CONFLICT, "contact_ended", None),
            Refused::NoAddress => (StatusCode::CONFLICT, "no_address", None),
            Refused::NoName => (StatusCode::CONFLICT, "no_name", None),
            Refused::HasPassword => (StatusCode::CONFLICT, "has_password", None),
            Refused::JustInvited => (StatusCode::CONFLICT, "just_invited", None),
            Refused::HolderGone => (StatusCode::CONFLICT, "address_free", None),
            Refused::HolderManaged => (StatusCode::CONFLICT, "holder_managed", None),
            Refused::Administrator => (StatusCode::CONFLICT, "administrator", None),
            Refused::PersonSignsIn => (StatusCode::CONFLICT, "contact_signs_in", None),
        };
        Self { field: field.map(str::to_owned), ..Self::new(status, code, refused.to_string()) }
    }
}
