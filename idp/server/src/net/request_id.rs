//! An id for every request: on every log line within it, in the answer's `x-request-id`, and on error pages, so that
//! a resident can read out what an operator can search for. Never taken from the request.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tracing::Instrument as _;

use crate::clock::Random;

/// The response header.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request being answered: 16 hexadecimal digits. An extension of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    fn new(random: &Random) -> Self {
        Self(format!("{:016x}", u64::from_be_bytes(random.bytes())).into())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands where no request has an id.
impl Default for RequestId {
    fn default() -> Self {
        Self("-".into())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Middleware: gives the request its id and its span, and counts and logs the answer. The query is not logged: it
/// can carry codes and hints.
pub async fn assign(State(random): State<Random>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(&random);
    let span = tracing::info_span!("request", id = id.as_str(), method = %request.method(), path = %loggable(request.uri().path()));
    request.extensions_mut().insert(id.clone());
    async move {
        let mut response = next.run(request).await;
        let status = response.status();
        match status.as_u16() {
            500.. => tracing::error!(status = status.as_u16(), "answered"),
            400.. => tracing::info!(status = status.as_u16(), "answered"),
            _ => tracing::debug!(status = status.as_u16(), "answered"),
        }
        let class = match status.as_u16() {
            500.. => "5xx",
            400.. => "4xx",
            300.. => "3xx",
            _ => "2xx",
        };
        metrics::counter!("http_responses_total", "class" => class).increment(1);
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
}

/// A path without what looks like one of our tokens: an invitation is one.
fn loggable(path: &str) -> Cow<'_, str> {
    let is_token =
        |part: &str| part.len() == 43 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !path.split('/').any(is_token) {
        return Cow::Borrowed(path);
    }
    let parts = path.split('/').map(|part| if is_token(part) { "[redacted]" } else { part });
    Cow::Owned(parts.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_r10_an_invitation_is_not_written_to_the_log() {
        let token = Random::default().token();
        assert_eq!(loggable(&format!("/admin/invite/{token}")), "/admin/invite/[redacted]");
        assert_eq!(loggable("/sign-in/password"), "/sign-in/password");
    }
}
