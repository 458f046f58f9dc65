//! `/api/v1`: what back offices do here. JSON in and out; errors are problems (RFC 9457) with a stable `code`. Callers are
//! clients with a token of the client credentials grant: no cookie opens anything here, and no script of another origin may
//! read an answer.
//!
//! # Recipe: a resource
//! A file with handlers that take [`Cx`](super::cx::Cx), ask [`caller::allowed`] for a scope, call one verb and answer;
//! `#[utoipa::path]` on each, and their names in [`document`]. Then its routes here.

mod batch;
mod bodies;
pub mod caller;
mod conflicts;
mod contacts;
mod document;
mod invitations;
mod line;
pub mod problem;

use axum::Router;
use axum::routing::{get, post, put};

use crate::app::App;

/// The path that everything here is under.
pub const ROOT: &str = "/api/";
/// Bodies under this path may have so many bytes: a thousand people and more.
pub const LARGER_BODY: (&str, usize) = ("/api/v1/contacts", 1024 * 1024);

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/openapi.json", get(document::get))
        .route("/api/v1/contacts", post(batch::post))
        .route("/api/v1/contacts/{external_id}", put(contacts::put).get(contacts::get))
        .route("/api/v1/contacts/{external_id}/invitation", post(invitations::post))
        .route("/api/v1/conflicts", get(conflicts::list))
        .route("/api/v1/conflicts/{id}", post(conflicts::decide))
}
