//! `/logo/{client}`: a client's logo, fetched once through the guarded client, checked, and served from our own origin,
//! so that a resident's browser never asks a third party for anything.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderValue};
use moka::future::Cache;
use url::Url;

use super::cx::Cx;
use crate::app::App;
use crate::page::screens::error::Problem;

/// Images of clients, by address. One that could not be fetched is tried again after ten minutes.
#[derive(Clone, Debug)]
pub struct Logos {
    cache: Cache<String, Option<Arc<Logo>>>,
}

/// A checked image.
#[derive(Debug)]
struct Logo {
    kind: &'static str,
    bytes: Bytes,
}

impl Default for Logos {
    fn default() -> Self {
        Self { cache: Cache::builder().max_capacity(200).time_to_live(Duration::from_mins(10)).build() }
    }
}

/// What an image is, by its first bytes, whatever the server calls it. SVG is left out: it is a document.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

impl Logos {
    async fn of(&self, app: &App, address: &str) -> Option<Arc<Logo>> {
        let fetch = async {
            let fetched = app.outbound.get(&Url::parse(address).ok()?).await;
            let fetched = fetched.inspect_err(|error| tracing::info!(%error, "a logo could not be fetched")).ok()?;
            let kind = kind_of(&fetched.body).filter(|_| fetched.status.is_success())?;
            Some(Arc::new(Logo { kind, bytes: fetched.body }))
        };
        self.cache.get_with(address.to_owned(), fetch).await
    }
}

/// `GET /logo/{client}`.
pub async fn logo(State(app): State<App>, Path(client): Path<String>, cx: Cx) -> Response {
    let clients = app.clients();
    let address = clients.enabled(&client).and_then(|client| client.metadata.logo_uri.clone());
    let found = match address {
        Some(address) => app.logos.of(&app, &address).await,
        None => None,
    };
    let Some(logo) = found else { return cx.problem(StatusCode::NOT_FOUND, Problem::NotFound) };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(logo.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=600")),
    ];
    (headers, logo.bytes.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_ad3_only_pictures_are_served_whatever_they_are_called() {
        assert_eq!(kind_of(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(kind_of(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [&b"<svg onload=alert(1)>"[..], b"<html>", b"", b"GIF"] {
            assert_eq!(kind_of(other), None);
        }
    }
}
