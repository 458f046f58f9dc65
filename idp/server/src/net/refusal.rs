//! How a request that the edge refuses is answered. The edge decides the status; the page and API layers give the
//! answer its looks through [`Render`]. An answer names the request's id and nothing of the cause (R51).

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, Method, StatusCode, Uri, header};

use super::request_id::RequestId;

/// What is known of a refused request: enough to choose the kind of answer and its language.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The address, with its query.
    pub uri: Uri,
    /// The languages the browser asked for.
    pub accept_language: Option<HeaderValue>,
    /// The request's id, which the answer may show.
    pub id: RequestId,
}

impl Asked {
    /// What is known of `request`.
    pub fn of<B>(request: &http::Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            accept_language: request.headers().get(header::ACCEPT_LANGUAGE).cloned(),
            id: request.extensions().get().cloned().unwrap_or_default(),
        }
    }
}

/// Makes the answer to a refused request.
pub type Render = Arc<dyn Fn(&Asked, StatusCode) -> Response + Send + Sync>;

/// The answer where no page layer is: the status in words and the request's id, as plain text.
#[must_use]
pub fn plain() -> Render {
    Arc::new(|asked, status| {
        let words = status.canonical_reason().unwrap_or("Error");
        (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{words}\nReference: {}\n", asked.id))
            .into_response()
    })
}
