//! The link that stops a recovery. Whoever follows it is asked first: mail programs follow links by themselves.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::cx::{Cx, Posted, Stop};
use crate::app::App;
use crate::page::screens::error::Problem;
use crate::page::screens::recovery::{StopRecovery, Stopped};
use crate::page::{ClockTime, Frame};
use crate::signin::recovery;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/recovery/stop", get(page).post(stop))
}

/// `GET /recovery/stop`.
async fn page(cx: Cx) -> Result<Response, Stop> {
    let token = cx.query("t").unwrap_or_default();
    let found = recovery::to_stop(&cx.app, token).await.map_err(|error| cx.stop(error))?;
    let Some(ready_at) = found else { return Ok(show_stopped(&cx, false)) };
    let here = format!("/recovery/stop?t={token}");
    let page = StopRecovery { action: here.clone(), ready_at: ClockTime::at(ready_at, cx.app.clock.now()) };
    let frame = Frame { csrf: Some(form_token(&cx, token)), here, ..cx.frame() };
    Ok(cx.page(StatusCode::OK, &frame, &page))
}

/// `POST /recovery/stop`.
async fn stop(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let token = cx.query("t").unwrap_or_default();
    if !cx.is_from_our_pages() || form.get("csrf") != Some(&form_token(&cx, token)) {
        return Err(Stop::from(cx.problem(StatusCode::FORBIDDEN, Problem::Forbidden)));
    }
    let stopped = recovery::stop(&cx.app, token, cx.lang, &cx.origin).await.map_err(|error| cx.stop(error))?;
    Ok(show_stopped(&cx, stopped))
}

fn show_stopped(cx: &Cx, stopped: bool) -> Response {
    let contact = cx.contact();
    let status = if stopped { StatusCode::OK } else { StatusCode::GONE };
    cx.page(status, &cx.frame(), &Stopped { stopped, contact })
}

fn form_token(cx: &Cx, token: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&cx.app.purposes.forms.tag(&[b"stop-recovery", token.as_bytes()]))
}
