//! The pages of a sign-in. A handler reads its transaction, calls one verb of [`crate::signin`], and leads on to the
//! page of what is needed next. Any page can be asked for at any time: one that is not needed leads to the one that is.

pub(in crate::http) mod arrival;
pub mod backup;
mod begin;
pub mod choose;
pub mod code;
pub mod consent;
pub mod create;
pub mod create_passkey;
pub mod factor;
pub mod federated;
pub mod forgot;
mod frame;
pub mod guest;
pub mod leave;
pub mod link;
pub mod login;
mod mailed;
pub mod passkey;
pub mod question;
pub mod recovery;
mod refused;
pub mod setup;
mod terms;
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
        .route("/mfa/code", get(code::code_page).post(code::code))
        .route("/mfa/backup", get(backup::page).post(backup::submit))
        .route("/mfa/resend", get(code::resend_page).post(code::resend))
        .route("/mfa/call", post(code::call))
        .route("/mfa/email", post(code::email))
        .route("/mfa/help", get(recovery::page).post(recovery::choose))
        .route("/mfa/recovery", get(recovery::code_page).post(recovery::code))
        .route("/mfa/recovery/send", post(recovery::again))
        .route("/forgot", get(forgot::page).post(forgot::ask))
        .route("/forgot/send", post(forgot::again))
        .route("/forgot/code", get(forgot::code_page).post(forgot::code))
        .route("/forgot/new", get(forgot::new_page).post(forgot::save))
        .route("/mfa/question", get(question::page).post(question::answer))
        .route("/mfa/question/again", post(question::again))
        .route("/mfa/passkey", get(passkey::second_page).post(passkey::second))
        .route("/mfa/passkey/failed", get(passkey::second_failed_page).post(passkey::second_failed))
        .route("/sign-in/passkey", get(passkey::alone_page).post(passkey::alone))
        .route("/sign-in/passkey/failed", get(passkey::alone_failed_page).post(passkey::alone_failed))
        .route("/setup/passkey", get(setup::passkey::page).post(setup::passkey::make))
        .route("/setup/passkey/done", get(setup::passkey::done_page).post(setup::passkey::done))
        .route("/setup/skip", post(setup::skip))
        .route("/setup", get(setup::choose_page).post(setup::choose))
        .route("/setup/app", get(setup::app::page).post(setup::app::confirm))
        .route("/setup/done", get(setup::app::done_page).post(setup::app::done))
        .route("/setup/backup-codes", get(setup::backup_codes::page).post(setup::backup_codes::go_on))
        .route("/setup/backup-codes/new", post(setup::backup_codes::generate))
        .route("/setup/backup-codes/download", post(setup::backup_codes::download))
        .route("/setup/phone", get(setup::contact::phone_page).post(setup::contact::phone))
        .route("/setup/phone/code", get(setup::contact::phone_code_page).post(setup::contact::phone_code))
        .route("/setup/phone/resend", post(setup::contact::phone_resend))
        .route("/setup/email", get(setup::contact::email_page).post(setup::contact::email_code))
        .route("/setup/email/send", post(setup::contact::email_send))
        .route("/terms", get(terms::page).post(terms::agree))
        .route("/consent", get(consent::page).post(consent::agree))
        .route("/federated/{provider}/start", post(federated::start))
        .route("/federated/{provider}/callback", get(federated::callback))
        .route("/federated/finish", get(federated::finish_page).post(federated::finish))
        .route("/guest", get(guest::page).post(guest::enter))
        .route("/link", get(link::page).post(link::link))
        .route("/link/leave", post(link::leave))
        .route("/link/disown", post(link::disown))
        .route("/create", get(create::page).post(create::ask))
        .route("/create/send", post(create::again))
        .route("/create/code", get(create::code_page).post(create::code))
        .route("/create/password", get(create::password_page).post(create::password))
        .route("/create/passkey", get(create_passkey::page).post(create_passkey::make))
        .route("/create/details", get(create::details_page).post(create::details))
        .route("/create/done", get(create::done_page).post(create::done))
        .route("/cancel", post(leave::cancel))
        .route("/start-again", get(leave::start_again))
}

pub(in crate::http) use begin::{resume, take_up};
pub(in crate::http) use code::code_problem;
pub(in crate::http) use frame::{deliver, with_providers};
