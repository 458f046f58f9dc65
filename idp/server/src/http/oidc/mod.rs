//! The protocol endpoints. A handler extracts, calls the rules, and answers in the protocol's form.

pub mod authorize;
pub mod discovery;
pub mod json;
pub mod logout;
pub mod person;
pub mod token;
pub mod userinfo;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::metadata).options(discovery::preflight))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata).options(discovery::preflight))
        .route("/jwks", get(discovery::jwks).options(discovery::preflight))
        .route("/authorize", get(authorize::get).post(authorize::post))
        .route("/authorize/resume", get(authorize::resume))
        .route("/token", post(token::post).options(token::preflight))
        .route("/userinfo", get(userinfo::get).post(userinfo::post).options(userinfo::preflight))
        .route("/logout", get(logout::get).post(logout::post))
        .route("/sign-out", get(logout::confirm_page).post(logout::confirm))
        .route("/still-signed-in", get(logout::still_page))
        .route("/signed-out", get(logout::done_page))
}
