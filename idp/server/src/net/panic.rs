//! The last resort (R51): a handler that panics answers 500 with the request's id, and the connection and all other
//! requests go on. The panic's text went to the log, by the hook that `telemetry::start` sets.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt as _;
use http::StatusCode;

use super::refusal::{Asked, Render};

/// Middleware: turns a panic into an answer.
pub async fn catch(State(render): State<Render>, request: Request, next: Next) -> Response {
    let asked = Asked::of(&request);
    if let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await {
        return response;
    }
    metrics::counter!("panics_total").increment(1);
    render(&asked, StatusCode::INTERNAL_SERVER_ERROR)
}
