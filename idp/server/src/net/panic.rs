//! The last resort (R51): a handler that panics answers 500 with the request's id, and the connection and all other
//! requests go on. The panic's text goes to the log, not to the browser.

use std::any::Any;
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
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            tracing::error!(panic = text(panic.as_ref()), "a handler panicked");
            metrics::counter!("panics_total").increment(1);
            render(&asked, StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without text")
}
