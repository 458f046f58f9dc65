//! The pages of a sign-in. A handler reads its transaction, calls one verb of [`crate::signin`], and leads on to the
//! page of what is needed next. Any page can be asked for at any time: one that is not needed leads to the one that is.

pub mod choose;
pub mod consent;
pub mod factor;
pub mod leave;
pub mod login;
pub mod setup;
mod tx;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(login::address_page).post(login::address))
        .route("/sign-in/account", get(choose::account_page).post(choose::account))
        .route("/sign-in/password", get(login::password_page).post(login::password))
        .route("/sign-in/confirm", get(login::confirm_page).post(login::confirm))
        .route("/mfa/method", get(factor::method_page).post(factor::method))
        .route("/mfa/code", get(factor::code_page).post(factor::code))
        .route("/mfa/resend", get(factor::resend_page).post(factor::resend))
        .route("/setup", get(setup::choose_page).post(setup::choose))
        .route("/setup/app", get(setup::app_page).post(setup::app))
        .route("/setup/done", get(setup::done_page).post(setup::done))
        .route("/consent", get(consent::page).post(consent::agree))
        .route("/cancel", post(leave::cancel))
        .route("/start-again", get(leave::start_again))
}

pub(in crate::http) use factor::code_problem;
pub(in crate::http) use tx::{deliver, resume, take_up};
