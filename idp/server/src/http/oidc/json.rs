//! How the endpoints that machines call answer: JSON, never cached, readable by the scripts of registered origins.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use idp_core::oidc::client::ClientAuth;
use idp_core::oidc::error::{ErrorCode, OAuthError};
use serde::Serialize;
use url::Url;

use crate::app::App;
use crate::clients::Client;
use crate::signin::StepError;
use crate::store::StoreError;

/// An answer with a JSON body.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
            (status, headers, bytes).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
}

/// An error of the token endpoint (RFC 6749, 5.2).
#[must_use]
pub fn error(error: &OAuthError) -> Response {
    let status = match error.code {
        ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
        ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = ErrorBody { error: error.code.as_str(), error_description: error.description() };
    let mut response = json(status, &body);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// A failure of ours.
#[must_use]
pub fn failure(cause: &StepError) -> Response {
    if matches!(cause, StepError::Store(StoreError::Unavailable { .. }) | StepError::Busy) {
        tracing::warn!(error = %cause, "a request could not be served now");
        return error(&OAuthError::new(ErrorCode::TemporarilyUnavailable, "try again in a few seconds"));
    }
    tracing::error!(error = %cause, "a request failed");
    error(&OAuthError::new(ErrorCode::ServerError, "something went wrong; the request id names it in our log"))
}

/// Lets scripts of the origins where browser clients have redirect URIs read the answer; never with cookies. The scheme
/// of an app is no origin: it would be “null”, which every sandboxed frame has.
pub fn allow_registered_origin(app: &App, asked: &HeaderMap, response: &mut Response) {
    let Some(origin) = asked.get(header::ORIGIN) else { return };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Ok(text) = origin.to_str() else { return };
    let registered = |uri: &String| {
        let origin = Url::parse(uri).map(|url| url.origin());
        origin.is_ok_and(|origin| origin.is_tuple() && origin.ascii_serialization() == text)
    };
    let in_browsers =
        |client: &Client| client.enabled && client.metadata.token_endpoint_auth_method == ClientAuth::None;
    let clients = app.clients();
    let known = clients.iter().filter(|c| in_browsers(c)).any(|c| c.metadata.redirect_uris.iter().any(registered));
    if known {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = HeaderValue::from_static("www-authenticate, x-request-id");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// The answer to a script that asks whether it may call.
#[must_use]
pub fn preflight(app: &App, asked: &HeaderMap, methods: &'static str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    allow_registered_origin(app, asked, &mut response);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    let names = HeaderValue::from_static("authorization, content-type");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    response
}
