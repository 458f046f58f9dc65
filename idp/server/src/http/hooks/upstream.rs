//! What Facebook posts: that somebody removed the app there, or wants their data deleted; and the page that says what became
//! of it.

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::http::cx::{Cx, Posted, Stop};
use crate::net::form::Form;
use crate::page::Frame;
use crate::page::screens::deletion::Deletion;
use crate::signin::upstream_notices::{self, Asked};
use crate::store::identities::IdentityKey;

/// `POST /federated/{provider}/deauthorize`.
pub async fn deauthorize(cx: Cx, Path(provider): Path<String>, Posted(form): Posted) -> Result<Response, Stop> {
    take(&cx, &provider, &form, Asked::Deauthorize).await
}

/// `POST /federated/{provider}/deletion`.
pub async fn delete(cx: Cx, Path(provider): Path<String>, Posted(form): Posted) -> Result<Response, Stop> {
    take(&cx, &provider, &form, Asked::Delete).await
}

async fn take(cx: &Cx, id: &str, form: &Form, asked: Asked) -> Result<Response, Stop> {
    let refused = |status: StatusCode, why: &str| (status, Json(json!({ "error": why }))).into_response();
    let Some(provider) = cx.app.providers.get(id) else {
        return Ok(refused(StatusCode::NOT_FOUND, "no such provider"));
    };
    let request = form.get("signed_request").unwrap_or_default();
    let signed = match provider.signed_request(request, cx.app.clock.now()) {
        Ok(signed) => signed,
        Err(error) => {
            tracing::warn!(provider = id, %error, "a notice of a provider is refused");
            return Ok(refused(StatusCode::BAD_REQUEST, "the signed request is not right"));
        }
    };
    let key = IdentityKey { issuer: provider.issuer(), subject: signed.user_id };
    let taken = upstream_notices::take(&cx.app, id, key, (asked, signed.issued_at), &cx.origin).await;
    let code = taken.map_err(|error| cx.stop(error))?;
    let url = format!("{}/federated/deletion/{code}", cx.app.issuer().trim_end_matches('/'));
    Ok(Json(json!({ "url": url, "confirmation_code": code })).into_response())
}

/// `GET /federated/deletion/{code}`.
pub async fn status(cx: Cx, Path(code): Path<String>) -> Result<Response, Stop> {
    let outcome = upstream_notices::outcome(&cx.app, &code).await.map_err(|error| cx.stop(error))?;
    let frame = Frame { here: cx.here(), ..cx.frame() };
    let shown = code.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(64).collect();
    Ok(cx.page(StatusCode::OK, &frame, &Deletion { outcome, code: shown }))
}
