//! R39 and R40: changing the address or the number.

use axum::response::Response;
use idp_core::policy::ContactEdit;

use super::{On, fresh, fresh_form, to, wrong};
use crate::account::contact::{self, Editable, Stage, Typed, Waiting};
use crate::factor::code::normalised;
use crate::http::cx::{Cx, Posted, Stop};
use crate::http::signin::arrival::notice_of;
use crate::http::signin::code::{alphabet, code_problem};
use crate::net::form::Form;
use crate::page::screens::account::contact::{NewContact, NewEmail, NewPhone};
use crate::page::screens::code::Code;
use crate::page::{FieldError, Message};
use crate::signin::{Refusal, StepError};
use crate::store::account_changes::Kind;

const fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => "/account/email",
        Kind::Phone => "/account/phone",
    }
}

const fn code_path(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => "/account/email/code",
        Kind::Phone => "/account/phone/code",
    }
}

/// `GET /account/email`.
pub async fn email_page(cx: Cx) -> Result<Response, Stop> {
    form_page(cx, Kind::Email).await
}

/// `POST /account/email`.
pub async fn email(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    begin(cx, form, Kind::Email).await
}

/// `GET /account/email/code`.
pub async fn email_code_page(cx: Cx) -> Result<Response, Stop> {
    code_page(cx, Kind::Email).await
}

/// `POST /account/email/code`.
pub async fn email_code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    code(cx, form, Kind::Email).await
}

/// `POST /account/email/resend`.
pub async fn email_resend(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    Box::pin(resend(cx, form, Kind::Email)).await
}

/// `GET /account/phone`.
pub async fn phone_page(cx: Cx) -> Result<Response, Stop> {
    form_page(cx, Kind::Phone).await
}

/// `POST /account/phone`.
pub async fn phone(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    begin(cx, form, Kind::Phone).await
}

/// `GET /account/phone/code`.
pub async fn phone_code_page(cx: Cx) -> Result<Response, Stop> {
    code_page(cx, Kind::Phone).await
}

/// `POST /account/phone/code`.
pub async fn phone_code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    code(cx, form, Kind::Phone).await
}

/// `POST /account/phone/resend`.
pub async fn phone_resend(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    Box::pin(resend(cx, form, Kind::Phone)).await
}

/// How the contact may be changed; the page of the account says why where it may not.
async fn rule(on: &On, kind: Kind) -> Result<ContactEdit, Stop> {
    let editable = contact::editable(&on.cx.app, &on.inside, kind).await.map_err(|error| on.cx.stop(error))?;
    match editable {
        Editable::With(edit) => Ok(edit),
        Editable::Owned(_) | Editable::Locked(_) | Editable::NoSender => Err(Stop::from(to("/account"))),
    }
}

async fn form_page(cx: Cx, kind: Kind) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let edit = rule(&on, kind).await?;
    let typed = on.typed(kind.as_str()).unwrap_or_default();
    Ok(show_form(&on, kind, edit, typed, Vec::new()))
}

fn show_form(on: &On, kind: Kind, edit: ContactEdit, value: String, errors: Vec<FieldError>) -> Response {
    let current = contact::current(&on.inside, kind).map(|contact| contact.value.clone());
    let old_first = edit == ContactEdit::VerifyOldAndNew && current.is_some();
    let page = NewContact { action: path(kind).to_owned(), value, current, old_first, errors, ..NewContact::default() };
    match kind {
        Kind::Email => on.page(Some("/account"), &NewEmail::new(page)),
        Kind::Phone => on.page(Some("/account"), &NewPhone::new(page)),
    }
}

async fn begin(cx: Cx, form: Form, kind: Kind) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[kind.as_str()]).await?;
    let edit = rule(&on, kind).await?;
    let typed = form.get(kind.as_str()).unwrap_or_default().trim().to_owned();
    let new = match contact::read(&on.cx.app, &on.inside, kind, &typed) {
        Ok(new) => new,
        Err(key) => return Ok(show_form(&on, kind, edit, typed, wrong(kind.as_str(), key))),
    };
    let by = (&on.cx.origin, on.cx.lang);
    match contact::begin(&on.cx.app, &on.inside, (kind, edit), new, by).await {
        Ok(sent) => Ok(to_code(kind, sent, "")),
        Err(error) => Ok(on.refused(&error)),
    }
}

fn to_code(kind: Kind, sent: bool, otherwise: &str) -> Response {
    let notice = if sent { otherwise } else { "?notice=not-sent" };
    to(&format!("{}{notice}", code_path(kind)))
}

/// The change that waits for a code; without one, its form.
async fn waiting(on: &On, kind: Kind) -> Result<Waiting, Stop> {
    rule(on, kind).await?;
    let waiting = contact::waiting(&on.cx.app, &on.inside, kind).await.map_err(|error| on.cx.stop(error))?;
    waiting.ok_or_else(|| Stop::from(to(path(kind))))
}

async fn code_page(cx: Cx, kind: Kind) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let waiting = waiting(&on, kind).await?;
    Ok(show_code(&on, kind, &waiting, Vec::new()))
}

fn show_code(on: &On, kind: Kind, waiting: &Waiting, errors: Vec<FieldError>) -> Response {
    let mut page = Code::set_up(&waiting.factor, code_path(kind).to_owned(), waiting.destination.clone());
    if let Some(code) = on.inside.rules.policy.code.of(&waiting.factor) {
        page.alphabet = alphabet(code.alphabet);
        page.length = code.length;
        page.minutes = code.ttl_seconds.div_ceil(60);
    }
    page.resend_action = Some(format!("{}/resend", path(kind)));
    if waiting.stage == Stage::New {
        page.change_href = Some(path(kind).to_owned());
    }
    let notice = match on.cx.query("notice") {
        Some("sent-again") => Some("notice-sent-again"),
        Some("not-sent") => Some("notice-not-sent"),
        _ => None,
    };
    // What becomes of an email would tell whether somebody else signs in with the address: where they do, no code left, and
    // none can fail. Whoever asked hears at once whether mail goes out, in either case.
    let challenge = waiting.challenge.as_ref().filter(|_| kind == Kind::Phone);
    let known = challenge.and_then(|challenge| notice_of(challenge, on.cx.app.clock.now()));
    page.notices = known.or(notice.map(Message::new)).into_iter().collect();
    page.errors = errors;
    on.page(Some(path(kind)), &page)
}

async fn code(cx: Cx, form: Form, kind: Kind) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let waiting = waiting(&on, kind).await?;
    let typed = normalised(form.get("code").unwrap_or_default());
    let policy = on.inside.rules.policy.code.of(&waiting.factor).copied().unwrap_or_default();
    if let Some(problem) = code_problem(&typed, alphabet(policy.alphabet), policy.length) {
        return Ok(show_code(&on, kind, &waiting, vec![FieldError::new("code", problem)]));
    }
    let by = (&on.cx.origin, on.cx.lang);
    let outcome = contact::prove(&on.cx.app, &on.inside, kind, waiting.clone(), &typed, by).await;
    let key = match outcome {
        Ok(Typed::Changed(token)) => {
            return Ok(on.raised(to(&format!("/account?done={}", kind.as_str())), &token));
        }
        Ok(Typed::OldProven(sent)) => return Ok(to_code(kind, sent, "")),
        Err(StepError::Refused(Refusal::TooManyPeople)) if kind == Kind::Phone => {
            let edit = rule(&on, kind).await?;
            let errors = wrong("phone", "error-phone-shared");
            return Ok(show_form(&on, kind, edit, waiting.destination, errors));
        }
        // Where somebody else took the address while the code was on its way, who asks learns no more than with a wrong
        // code.
        Ok(Typed::Wrong(false)) | Err(StepError::Refused(Refusal::TooManyPeople)) => "error-code-wrong",
        Ok(Typed::Wrong(true) | Typed::Dead) => "error-code-spent",
        Err(StepError::Refused(Refusal::CodeGone)) => "error-code-replaced",
        Err(error) => return Ok(on.refused(&error)),
    };
    Ok(show_code(&on, kind, &waiting, wrong("code", key)))
}

async fn resend(cx: Cx, form: Form, kind: Kind) -> Result<Response, Stop> {
    let mut on = fresh_form_at(cx, &form, code_path(kind)).await?;
    let waiting = waiting(&on, kind).await?;
    let by = (&on.cx.origin, on.cx.lang);
    match contact::send(&on.cx.app, &on.inside, kind, &waiting, by).await {
        Ok(sent) => Ok(to_code(kind, sent, "?notice=sent-again")),
        Err(error) => {
            on.cx.uri = code_path(kind).parse().unwrap_or_default();
            Ok(on.refused(&error))
        }
    }
}

/// As [`fresh_form`], for a button on another page than the one that it posts to.
async fn fresh_form_at(mut cx: Cx, form: &Form, page: &'static str) -> Result<On, Stop> {
    cx.uri = page.parse().unwrap_or_default();
    fresh_form(cx, form, &[]).await
}
