//! `/healthz` and `/readyz`: for balancers, and silent about everything else.

use axum::extract::State;
use http::StatusCode;

use crate::app::App;

/// The process answers.
pub async fn alive() -> &'static str {
    "ok"
}

/// The node can serve: it is not about to stop, and its store answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.readiness.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match app.db.revisions().await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready")
        }
    }
}
