//! R15: setting up a second factor within a sign-in. Nothing is enrolled before it is proven.

pub mod app;
pub mod backup_codes;
pub mod contact;
pub mod passkey;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::Need;

use super::tx::{OnTx, read};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::setup::{Setup, SetupOption};
use crate::page::{FieldError, Frame, Message};
use crate::signin::view::Given;
use crate::store::accounts::Account;

/// The factors that may be set up now, or the page of what is needed instead.
pub(super) async fn for_setup(mut on: OnTx) -> Result<(OnTx, Account, Vec<FactorId>), Response> {
    let factors = to_set_up(&on);
    match on.view.account.clone() {
        Some(account) if !factors.is_empty() => Ok((on, account, factors)),
        _ => Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response)),
    }
}

fn to_set_up(on: &OnTx) -> Vec<FactorId> {
    match &on.need() {
        Need::Enrol(factors) => factors.clone(),
        need => on.view.sets_up(&on.tx, need, Given::default()).into_iter().collect(),
    }
}

/// `GET /setup`.
pub async fn choose_page(cx: Cx) -> Result<Response, Stop> {
    match for_setup(read(cx).await?).await {
        Ok((on, _, factors)) => show_choice(&on, factors, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show_choice(on: &OnTx, factors: Vec<FactorId>, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/setup");
    let page = Setup {
        action: here.clone(),
        options: factors.into_iter().map(SetupOption::new).collect(),
        cancel: Some(links.to("/cancel")),
        errors,
        ..Setup::default()
    };
    let back = if on.several() { Some(links.to("/mfa/method")) } else { None };
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /setup`.
pub async fn choose(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, _, factors) = match for_setup(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let chosen = match form.get("method") {
        Some(text) => text.parse::<FactorId>().ok(),
        None if factors.len() == 1 => factors.first().cloned(),
        None => None,
    };
    match chosen {
        Some(factor) if factors.contains(&factor) => {
            let path = match factor {
                FactorId::Sms => "/setup/phone",
                FactorId::Voice => return Ok(see_other(&format!("{}&by=voice", on.at("/setup/phone").await?))),
                FactorId::Email => "/setup/email",
                FactorId::Totp => "/setup/app",
                FactorId::Passkey => "/setup/passkey",
                FactorId::Backup | FactorId::Remote(_) => "/setup",
            };
            Ok(see_other(&on.at(path).await?))
        }
        _ => {
            let errors = vec![FieldError::new("method", Message::new("error-setup-none"))];
            show_choice(&on, factors, errors).await
        }
    }
}
