//! What a request may cost before anyone looks at it (R49): length of its address and headers, size of its body, time
//! to arrive and to be answered. The body is read whole here, so that a handler never waits for a slow sender and
//! every route refuses alike.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::refusal::{Asked, Render};

/// The limits of one request.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    /// Bytes of the address, with its query: more is 414.
    pub url_bytes: usize,
    /// Bytes of all header names and values: more is 431.
    pub header_bytes: usize,
    /// Bytes of the body: more is 413.
    pub body_bytes: usize,
    /// Path prefixes with a body limit of their own, such as an upload in the console.
    pub larger_bodies: Vec<(&'static str, usize)>,
    /// Time from the headers to the answer: a body that is not there by then is 408, a late answer 503.
    pub time: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            url_bytes: 8 * 1024,
            header_bytes: 16 * 1024,
            body_bytes: 64 * 1024,
            larger_bodies: Vec::new(),
            time: Duration::from_secs(30),
        }
    }
}

impl RequestLimits {
    fn body_bytes_of(&self, path: &str) -> usize {
        let own = self.larger_bodies.iter().find(|(prefix, _)| path.starts_with(prefix));
        own.map_or(self.body_bytes, |(_, bytes)| *bytes)
    }

    /// What the head of a request says against it.
    fn refuses_head<B>(&self, request: &http::Request<B>) -> Option<StatusCode> {
        let uri = request.uri();
        let length = uri.path_and_query().map_or(0, |path| path.as_str().len());
        if length > self.url_bytes {
            return Some(StatusCode::URI_TOO_LONG);
        }
        let headers = request.headers();
        if headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>() > self.header_bytes {
            return Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        if headers.get_all(header::CONTENT_ENCODING).iter().any(|encoding| !is_identity(encoding)) {
            return Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        (declared_length(headers)? > self.body_bytes_of(uri.path()) as u64).then_some(StatusCode::PAYLOAD_TOO_LARGE)
    }
}

fn is_identity(encoding: &HeaderValue) -> bool {
    encoding.as_bytes().eq_ignore_ascii_case(b"identity")
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Middleware: refuses what is over a limit.
pub async fn enforce(
    State((limits, render)): State<(Arc<RequestLimits>, Render)>,
    request: Request,
    next: Next,
) -> Response {
    let asked = Asked::of(&request);
    let refuse = |status: StatusCode| {
        tracing::info!(status = status.as_u16(), "over a limit");
        let mut response = render(&asked, status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    };
    if let Some(status) = limits.refuses_head(&request) {
        return refuse(status);
    }
    let deadline = tokio::time::Instant::now() + limits.time;
    let limit = limits.body_bytes_of(request.uri().path());
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout_at(deadline, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return refuse(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => return refuse(StatusCode::BAD_REQUEST),
        Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT),
    };
    let request = Request::from_parts(parts, Body::from(body));
    match tokio::time::timeout_at(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(StatusCode::SERVICE_UNAVAILABLE),
    }
}
