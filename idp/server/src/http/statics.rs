//! `/static`: styles and scripts, named by their content, so that they can be kept for ever.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};

use super::cx::Cx;
use crate::app::App;
use crate::page::screens::error::Problem;

/// `GET /static/{hash}/{name}`.
pub async fn asset(State(app): State<App>, uri: Uri, headers: HeaderMap, cx: Cx) -> Response {
    let Some(asset) = app.pages.asset(uri.path()) else {
        return cx.problem(StatusCode::NOT_FOUND, Problem::NotFound);
    };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let takes = |coding: &str| accepted.split(',').any(|c| c.split(';').next().is_some_and(|c| c.trim() == coding));
    let (body, coding) = match (&asset.br, &asset.gzip) {
        (Some(br), _) if takes("br") => (br.clone(), Some("br")),
        (_, Some(gzip)) if takes("gzip") => (gzip.clone(), Some("gzip")),
        _ => (asset.identity.clone(), None),
    };
    let mut response = body.into_owned().into_response();
    let out = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&asset.content_type) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}
