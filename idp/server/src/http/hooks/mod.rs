//! `/hooks`: what providers of messages tell us. Each request proves where it comes from; none has a cookie, and each may
//! come twice.

mod notify;
mod twilio;
mod upstream;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;

use crate::app::App;
use crate::delivery::Receipt;
use crate::messages::receipts::{Kept, keep};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/hooks/notify", post(notify::receipt))
        .route("/hooks/twilio", post(twilio::receipt))
        .route("/hooks/twilio/call", post(twilio::call))
        .route("/federated/{provider}/deauthorize", post(upstream::deauthorize))
        .route("/federated/{provider}/deletion", post(upstream::delete))
        .route("/federated/deletion/{code}", get(upstream::status))
}

/// Keeps a receipt. One that cannot be kept now is answered with 503, after which Notify comes again.
async fn kept(app: &App, receipt: Receipt) -> StatusCode {
    match keep(app, receipt).await {
        Ok(Kept::Yes) => StatusCode::NO_CONTENT,
        Ok(Kept::NotYet) => StatusCode::SERVICE_UNAVAILABLE,
        Err(error) => {
            tracing::warn!(%error, "a receipt could not be kept");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
