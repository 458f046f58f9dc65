//! `/hooks`: what providers of messages tell us. Each request proves where it comes from; none has a cookie, and each may
//! come twice.

mod notify;
mod twilio;

use axum::Router;
use axum::routing::post;

use crate::app::App;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/hooks/notify", post(notify::receipt))
        .route("/hooks/twilio", post(twilio::receipt))
        .route("/hooks/twilio/call", post(twilio::call))
}
