//! R35 to R37: a forgotten password. The pages, their words and what they cost are the same whether or not there is an
//! account.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::journey::Need;
use idp_core::policy::SignInMethod;

use super::login::{address_problem, typed_password};
use super::mailed::{Place, gone, typed};
use super::tx::{OnTx, Wishes, read};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::http::words;
use crate::page::screens::forgot::{Forgot, NewPassword};
use crate::page::{FieldError, Frame, Message};
use crate::signin::Refusal;
use crate::signin::done::Done;
use crate::signin::reset::{self, NotSet};
use crate::store::recovery_codes::{MailedCode, Purpose};

const FORGOT: Place =
    Place { purpose: Purpose::Reset, address: "/forgot", code: "/forgot/code", again: "/forgot/send" };

/// Whether somebody may ask for a new password here: a first factor is needed, and a password is one.
async fn for_forgot(mut on: OnTx) -> Result<OnTx, Response> {
    let asks = matches!(on.need(), Need::Login | Need::SelectAccount | Need::NewPassword);
    if asks && on.view.client.policy.sign_in.contains(&SignInMethod::Password) {
        return Ok(on);
    }
    Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))
}

/// `GET /forgot`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_forgot(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let session = on.view.session.as_ref().filter(|_| !on.view.policy.shared_device);
    let signed_in = session.and_then(|session| session.account.email.as_ref()).map(|email| email.value.clone());
    let typed = on.tx.email.clone().or(signed_in).unwrap_or_default();
    show(&on, typed, Vec::new()).await
}

async fn show(on: &OnTx, email: String, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let here = on.at("/forgot").await?;
    // The page that they come from: a password is asked for once there is an address.
    let from = if on.tx.email.is_some() && !on.tx.invited { "/sign-in/password" } else { "/sign-in" };
    let back = Some(on.at(from).await?);
    let cancel = Some(on.at("/cancel").await?);
    let page = Forgot { action: here.clone(), first: on.tx.invited, email, cancel, errors };
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /forgot`.
pub async fn ask(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_forgot(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let typed = form.get("email").unwrap_or_default().trim().to_owned();
    if let Some(key) = address_problem(&typed) {
        return show(&on, typed, vec![FieldError::new("email", Message::new(key))]).await;
    }
    on.tx.email = Some(typed);
    send(on, "").await
}

/// `POST /forgot/send`: the code again.
pub async fn again(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_forgot(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    if on.tx.email.is_none() {
        return Ok(see_other(&on.at("/forgot").await?));
    }
    send(on, "&notice=sent-again").await
}

/// Asks for a code and leads to its page, whoever asks for whatever address.
async fn send(on: OnTx, notice: &str) -> Result<Response, Stop> {
    let asked = reset::ask(&on.cx.app, &on.view.client, &on.tx, on.cx.lang, &on.cx.origin).await;
    FORGOT.lead(&on, asked, notice).await
}

/// `GET /forgot/code`.
pub async fn code_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_forgot(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match FORGOT.asked(&on).await? {
        Ok(code) => FORGOT.show::<false>(&on, &code, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /forgot/code`.
pub async fn code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_forgot(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let code = match FORGOT.asked(&on).await? {
        Ok(code) => code,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let problem = match typed(&on, &code, &form).await? {
        Ok(()) => match permit(&mut on, code.clone()).await? {
            Some(response) => return Ok(response),
            None => gone(),
        },
        Err(problem) => problem,
    };
    FORGOT.show::<false>(&on, &code, vec![FieldError::new("code", problem)]).await
}

/// A right code permits a new password; nothing where it was spent meanwhile, or its account is none any more.
async fn permit(on: &mut OnTx, code: MailedCode) -> Result<Option<Response>, Stop> {
    let Some(account) = code.account else { return Ok(None) };
    let found = reset::account(&on.cx.app, &on.view.client, account).await.map_err(|error| on.cx.stop(error))?;
    let Some(account) = found else { return Ok(None) };
    let done = Done::ResetCode(code);
    let view = on.view.clone().with_account(&on.cx.app, account, &done).await;
    *on.view = view.map_err(|error| on.cx.stop(error))?;
    match on.step_or_refusal(done, None, Wishes::default()).await? {
        Ok(response) => Ok(Some(response)),
        Err(Refusal::CodeGone) => Ok(None),
        Err(refusal) => Ok(Some(on.refused(&refusal).await)),
    }
}

/// Whether a code by email has permitted a new password, and what has to come before it was proven.
async fn for_new(mut on: OnTx) -> Result<OnTx, Response> {
    if matches!(on.need(), Need::NewPassword) {
        return Ok(on);
    }
    Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))
}

/// `GET /forgot/new`.
pub async fn new_page(cx: Cx) -> Result<Response, Stop> {
    match for_new(read(cx).await?).await {
        Ok(on) => show_new(&on, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show_new(on: &OnTx, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let here = on.at("/forgot/new").await?;
    let email = on.view.account.as_ref().and_then(|account| account.email.as_ref());
    let page = NewPassword {
        action: here.clone(),
        first: on.tx.invited,
        email: email.map(|email| email.value.clone()).unwrap_or_default(),
        length: words::shortest_password(&on.cx.app),
        cancel: Some(on.at("/cancel").await?),
        errors,
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /forgot/new`.
pub async fn save(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_new(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let typed = typed_password(form);
    let judged = reset::new_password(&on.cx.app, &on.view, &typed).await.map_err(|error| on.cx.stop(error))?;
    match judged {
        Ok(done) => {
            // Every session of the account ends with the step, this browser's too: it begins another one.
            on.view.session = None;
            on.step(done, None).await
        }
        Err(NotSet::Same) => {
            show_new(&on, vec![FieldError::new("password", Message::new("error-password-same"))]).await
        }
        Err(NotSet::Refused(problems)) => {
            show_new(&on, vec![FieldError::new("password", words::of_new_password(&problems))]).await
        }
    }
}
