//! `/.well-known/*` and `/jwks`: the same for everyone, so anyone may read and keep them.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};

use crate::app::App;

/// Caches may keep the documents for five minutes; a new key is published at least a day before it signs.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// The provider's metadata.
pub async fn metadata(State(app): State<App>, headers: HeaderMap) -> Response {
    let signing = app.signing();
    document(&headers, signing.metadata.clone(), &format!("\"{}\"", short(&signing.metadata)), "application/json")
}

/// The public keys.
pub async fn jwks(State(app): State<App>, headers: HeaderMap) -> Response {
    let signing = app.signing();
    document(&headers, signing.ring.jwks().clone(), signing.ring.etag(), "application/json")
}

/// Scripts of any origin may read the documents.
pub async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    allow_any_origin(response.headers_mut());
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET"));
    response
}

fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

fn short(bytes: &Bytes) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    data_encoding::HEXLOWER.encode(digest.as_ref().get(..8).unwrap_or_default())
}

fn document(asked: &HeaderMap, body: Bytes, etag: &str, kind: &'static str) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|h| h.to_str().ok()).is_some_and(|h| h.contains(etag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, CACHE);
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    allow_any_origin(headers);
    response
}
