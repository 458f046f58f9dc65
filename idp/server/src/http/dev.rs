//! `/dev`: the parts that development has and production must not. They are routed only on a loopback issuer with the
//! inbox or the movable clock switched on.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::TimeDelta;
use http::StatusCode;

use super::cx::{Cx, Posted};
use crate::app::App;
use crate::page::Frame;
use crate::page::screens::error::Problem;
use crate::page::screens::inbox::{Inbox, InboxMessage};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/dev/inbox", get(inbox_page))
        .route("/dev/inbox.json", get(inbox))
        .route("/dev/demo.json", get(demo))
        .route("/dev/clock", post(clock))
}

async fn inbox(State(app): State<App>, cx: Cx) -> Response {
    match &app.inbox {
        Some(inbox) => Json(inbox.entries(cx.query("to"))).into_response(),
        None => cx.problem(StatusCode::NOT_FOUND, Problem::NotFound),
    }
}

async fn inbox_page(State(app): State<App>, cx: Cx) -> Response {
    let Some(inbox) = &app.inbox else { return cx.problem(StatusCode::NOT_FOUND, Problem::NotFound) };
    let messages = inbox.entries(cx.query("to")).into_iter().map(|entry| InboxMessage {
        to: entry.to,
        channel: entry.channel.to_string(),
        subject: entry.subject,
        body: entry.body,
        sent_at: entry.sent_at,
    });
    let frame = Frame { here: "/dev/inbox".to_owned(), ..cx.frame() };
    cx.page(StatusCode::OK, &frame, &Inbox { messages: messages.collect() })
}

async fn demo(State(app): State<App>, cx: Cx) -> Response {
    match app.demo() {
        Some(demo) => Json(demo).into_response(),
        None => cx.problem(StatusCode::NOT_FOUND, Problem::NotFound),
    }
}

/// Moves this node's clock forward, so that a test need not wait for what expires.
async fn clock(State(app): State<App>, cx: Cx, Posted(form): Posted) -> Response {
    let seconds = form.get("advance_seconds").and_then(|text| text.parse::<i64>().ok());
    match seconds.filter(|_| app.config.development.clock) {
        Some(seconds) => {
            app.clock.advance(TimeDelta::seconds(seconds));
            Json(serde_json::json!({ "now": app.clock.now() })).into_response()
        }
        None => cx.problem(StatusCode::BAD_REQUEST, Problem::Unreadable),
    }
}
