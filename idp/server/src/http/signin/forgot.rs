//! R35 to R37: a forgotten password. The pages, their words and what they cost are the same whether or not there is an
//! account.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::account::password::PasswordProblem;
use idp_core::journey::Need;
use idp_core::policy::SignInMethod;
use secrecy::{ExposeSecret as _, SecretString};

use super::code::code_problem;
use super::login::{address_problem, typed_password};
use super::tx::{OnTx, Wishes, read};
use crate::factor::code::normalised;
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::code::Alphabet;
use crate::page::screens::forgot::{Forgot, ForgotCode, NewPassword};
use crate::page::{ClockTime, FieldError, Frame, Message};
use crate::signin::mailed::{self, COOLDOWN, Checked};
use crate::signin::reset::{self, NotSet};
use crate::signin::{Refusal, StepError};
use crate::store::recovery_codes::{MailedCode, Purpose};

/// How many digits a code by email has.
pub(super) const DIGITS: u32 = 6;

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
    let back = Some(on.at("/sign-in").await?);
    let page = Forgot { action: here.clone(), email, cancel: Some(on.at("/cancel").await?), errors };
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
    match reset::ask(&on.cx.app, &on.view.client, &on.tx, on.cx.lang, &on.cx.origin).await {
        Ok(()) => Ok(see_other(&format!("{}{notice}", on.at("/forgot/code").await?))),
        Err(StepError::Refused(Refusal::Sends(until))) if until <= on.cx.app.clock.now() + COOLDOWN => {
            Ok(see_other(&format!("{}&notice=wait", on.at("/forgot/code").await?)))
        }
        Err(StepError::Refused(Refusal::Sends(until))) => Ok(on.cx.too_many(until)),
        Err(error) => Err(on.cx.stop(error)),
    }
}

/// The code that this transaction has asked for; without one the page that asks comes first.
async fn asked(on: &OnTx) -> Result<Result<MailedCode, Response>, Stop> {
    match mailed::find(&on.cx.app, &on.tx, Purpose::Reset).await.map_err(|error| on.cx.stop(error))? {
        Some(code) if on.tx.email.is_some() => Ok(Ok(code)),
        _ => Ok(Err(see_other(&on.at("/forgot").await?))),
    }
}

/// `GET /forgot/code`.
pub async fn code_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_forgot(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match asked(&on).await? {
        Ok(code) => show_code(&on, &code, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// What the page of a code by email says first.
pub(super) fn notice_of(cx: &Cx, code: &MailedCode) -> Option<Message> {
    let now = cx.app.clock.now();
    match cx.query("notice").as_deref() {
        Some("sent-again") => Some(Message::new("notice-sent-again")),
        Some("wait") => {
            let again = code.last_sent_at + COOLDOWN;
            (again > now).then(|| Message::new("resend-wait").with("time", ClockTime::at(again, now)))
        }
        _ => None,
    }
}

async fn show_code(on: &OnTx, code: &MailedCode, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let here = on.at("/forgot/code").await?;
    let change = on.at("/forgot").await?;
    let page = ForgotCode {
        action: here.clone(),
        email: on.tx.email.clone().unwrap_or_default(),
        minutes: mailed::MINUTES,
        resend_action: on.at("/forgot/send").await?,
        change_href: change.clone(),
        notices: notice_of(&on.cx, code).into_iter().collect(),
        cancel: Some(on.at("/cancel").await?),
        errors,
    };
    Ok(on.page(status, &Frame { back: Some(change), ..on.frame(&here) }, &page))
}

/// `POST /forgot/code`.
pub async fn code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_forgot(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let code = match asked(&on).await? {
        Ok(code) => code,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let typed = normalised(form.get("code").unwrap_or_default());
    if let Some(problem) = code_problem(&typed, Alphabet::Digits, DIGITS) {
        return show_code(&on, &code, vec![FieldError::new("code", problem)]).await;
    }
    let app = on.cx.app.clone();
    let checked = mailed::check(&app, &on.tx, &code, &typed, &on.cx.origin).await;
    let key = match checked.map_err(|error| on.cx.stop(error))? {
        Checked::Wrong { spent: false } => "error-code-wrong",
        Checked::Wrong { spent: true } => "error-code-spent",
        Checked::Gone => "error-mailed-code-gone",
        Checked::Right(id) => {
            let found = reset::account(&app, &on.view.client, id).await.map_err(|error| on.cx.stop(error))?;
            match found {
                Some(account) => {
                    let view = on.view.with_account(&app, account, true).await;
                    on.view = Box::new(view.map_err(|error| on.cx.stop(error))?);
                    match on
                        .step_or_refusal(crate::signin::advance::Done::ResetCode(code.clone()), None, Wishes::default())
                        .await?
                    {
                        Ok(response) => return Ok(response),
                        Err(Refusal::CodeGone) => "error-mailed-code-gone",
                        Err(refusal) => return Ok(on.refused(&refusal).await),
                    }
                }
                None => "error-mailed-code-gone",
            }
        }
    };
    show_code(&on, &code, vec![FieldError::new("code", Message::new(key))]).await
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
        email: email.map(|email| email.value.clone()).unwrap_or_default(),
        length: u32::try_from(on.cx.app.passwords.minimum_length()).unwrap_or(u32::MAX),
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
            let first = problems.first().map(|problem| problem_text(problem, &typed));
            let message = first.unwrap_or_else(|| Message::new("error-password-common"));
            show_new(&on, vec![FieldError::new("password", message)]).await
        }
    }
}

/// What is wrong with a new password, in the words of a page.
fn problem_text(problem: &PasswordProblem, typed: &SecretString) -> Message {
    match problem {
        PasswordProblem::Empty => Message::new("error-new-password-empty"),
        PasswordProblem::TooShort(_) if typed.expose_secret().is_empty() => Message::new("error-new-password-empty"),
        PasswordProblem::TooShort(least) => {
            Message::new("error-password-short").with("length", u32::try_from(*least).unwrap_or(u32::MAX))
        }
        PasswordProblem::TooLong => Message::new("error-password-long"),
        PasswordProblem::OwnWord => Message::new("error-password-email"),
        PasswordProblem::KnownWord(_) | PasswordProblem::Breached | PasswordProblem::Guessable => {
            Message::new("error-password-common")
        }
    }
}
