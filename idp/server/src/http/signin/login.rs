//! R1, R3 and R4: the address, the password, and confirming that it is still you.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::journey::Need;
use idp_core::policy::SignInMethod;
use secrecy::SecretString;

use super::federated::offered;
use super::tx::{Links, OnTx, read};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::net::form::Form;
use crate::page::screens::forgot::AccountLocked;
use crate::page::screens::passkey::Ceremony;
use crate::page::screens::sign_in::{Confirm, Password, SignIn};
use crate::page::{FieldError, Frame, Message};
use crate::signin::done::Done;
use crate::signin::guess::{Guess, Outcome, evaluate};
use crate::signin::{Refusal, StepError, guest, passkey, registration};

/// The longest address that is looked at (RFC 5321, 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// Whether a first factor is what is needed.
pub(super) async fn for_login(mut on: OnTx) -> Result<OnTx, Response> {
    if matches!(on.need(), Need::Login) {
        return Ok(on);
    }
    Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))
}

/// Whether people sign in with an address and a password at this client.
pub(super) fn takes_password(on: &OnTx) -> bool {
    on.view.client.policy.sign_in.contains(&SignInMethod::Password)
}

/// Whether an address and a password is what is needed; elsewhere the first page has the other ways.
async fn for_password(on: OnTx) -> Result<OnTx, Response> {
    let on = for_login(on).await?;
    if takes_password(&on) {
        return Ok(on);
    }
    Err(on.at("/sign-in").await.map_or_else(IntoResponse::into_response, |sign_in| see_other(&sign_in)))
}

/// `GET /sign-in`.
pub async fn address_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_login(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    // On a shared device nothing tells who was here before.
    let known = on.tx.email.clone().or_else(|| on.tx.request.login_hint.clone());
    let typed = known.filter(|_| !on.view.policy.shared_device).unwrap_or_default();
    show_address(&on, typed, Vec::new()).await
}

async fn show_address(on: &OnTx, email: String, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/sign-in");
    let cancel = Some(links.to("/cancel"));
    let notice = match on.cx.query("notice") {
        _ if on.tx.joins.is_some() => Some("notice-join"),
        Some("set-up") => Some("notice-set-up"),
        Some("account-taken") => Some("notice-account-taken"),
        _ => None,
    };
    let notices = notice.map(Message::new).into_iter().collect();
    // What the browser offers with the address answers a challenge of its own.
    let takes_password = takes_password(on);
    let open = if takes_password && passkey::signs_in(&on.cx.app, &on.view.client.policy) {
        Some(passkey::open_challenge(&on.cx.app, &on.tx).map_err(|error| on.cx.stop(error))?)
    } else {
        None
    };
    let passkey = open.map(|open| Ceremony { options: open.shown.to_string(), sealed: Some(open.sealed) });
    // Where there is a session, whoever comes here is somebody else.
    let passkey_action = format!("{}&by=address", links.to("/sign-in/passkey"));
    let page = SignIn {
        action: takes_password.then(|| here.clone()),
        email,
        notices,
        providers: offered(on, &links),
        passkey_href: passkey_href(on, &links).filter(|_| !takes_password),
        passkey,
        passkey_action,
        guest_href: guest::may_enter(&on.view, &on.tx).then(|| links.to("/guest")),
        create_href: registration::takes_passwords(&on.view).then(|| links.to("/create")),
        cancel,
        errors,
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /sign-in`.
pub async fn address(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_password(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let typed = form.get("email").unwrap_or_default().trim().to_owned();
    if let Some(key) = address_problem(&typed) {
        return show_address(&on, typed, vec![FieldError::new("email", Message::new(key))]).await;
    }
    on.tx.email = Some(typed);
    if let Some(password) = form.get("password").filter(|p| !p.is_empty()) {
        let password = SecretString::from(password.to_owned());
        return password_checked(on, password).await;
    }
    Ok(see_other(&on.at("/sign-in/password").await?))
}

/// What is wrong with the form of an address. Whether it is anybody's shows in nothing.
pub(super) fn address_problem(typed: &str) -> Option<&'static str> {
    if typed.is_empty() {
        return Some("error-email-empty");
    }
    if typed.len() > LONGEST_ADDRESS {
        return Some("error-email-long");
    }
    idp_core::account::EmailAddress::parse(typed).is_err().then_some("error-email-format")
}

/// `GET /sign-in/password`.
pub async fn password_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_password(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if on.tx.email.is_none() {
        return Ok(see_other(&on.at("/sign-in").await?));
    }
    show_password(&on, Vec::new()).await
}

async fn show_password(on: &OnTx, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/sign-in/password");
    let address = links.to("/sign-in");
    let page = Password {
        action: here.clone(),
        email: on.tx.email.clone().unwrap_or_default(),
        change_href: address.clone(),
        forgot_href: Some(links.to("/forgot")),
        passkey_href: passkey_href(on, &links),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &Frame { back: Some(address), ..on.frame(&here) }, &page))
}

/// Where a passkey is used instead, at a client that signs people in with one.
pub(super) fn passkey_href(on: &OnTx, links: &Links) -> Option<String> {
    passkey::signs_in(&on.cx.app, &on.view.client.policy).then(|| links.to("/sign-in/passkey"))
}

/// `POST /sign-in/password`.
pub async fn password(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_login(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    if on.tx.email.is_none() {
        return Ok(see_other(&on.at("/sign-in").await?));
    }
    password_checked(on, typed_password(form)).await
}

async fn password_checked(on: OnTx, password: SecretString) -> Result<Response, Stop> {
    match check_password(on, password, Whose::Typed).await? {
        Asks::Answered(response) => Ok(response),
        Asks::Again(on, errors) => show_password(&on, errors).await,
    }
}

pub(super) fn typed_password(mut form: Form) -> SecretString {
    form.take_secret("password").unwrap_or_else(|| SecretString::from(String::new()))
}

/// `GET /sign-in/confirm`.
pub async fn confirm_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_login(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if on.view.session.is_none() || on.view.policy.shared_device || on.tx.joins.is_some() {
        return Ok(see_other(&on.at("/sign-in").await?));
    }
    show_confirm(&on, Vec::new()).await
}

async fn show_confirm(on: &OnTx, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/sign-in/confirm");
    let page = Confirm {
        action: Some(here.clone()),
        email: session_email(on).unwrap_or_default(),
        forgot_href: Some(links.to("/forgot")),
        passkey_href: passkey_href(on, &links),
        providers: offered(on, &links),
        someone_else_href: Some(links.to("/sign-in")),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

fn session_email(on: &OnTx) -> Option<String> {
    on.view.session.as_ref().and_then(|s| s.account.email.as_ref()).map(|e| e.value.clone())
}

/// `POST /sign-in/confirm`.
pub async fn confirm(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_login(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some(email) = session_email(&on) else { return Ok(see_other(&on.at("/sign-in").await?)) };
    on.tx.email = Some(email);
    match check_password(on, typed_password(form), Whose::Session).await? {
        Asks::Answered(response) => Ok(response),
        Asks::Again(on, errors) => show_confirm(&on, errors).await,
    }
}

/// Whose password is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of whoever signs in with the address that was typed.
    Typed,
    /// Of whoever the session is of.
    Session,
    /// Of the account that a sign-in elsewhere is to be linked to, whatever this client takes.
    Linked,
}

/// What comes of a password.
pub(super) enum Asks {
    /// An answer.
    Answered(Response),
    /// It is asked for again, with what was wrong.
    Again(Box<OnTx>, Vec<FieldError>),
}

/// Checks a password that was typed, and leads on if it is right.
pub(super) async fn check_password(mut on: OnTx, password: SecretString, whose: Whose) -> Result<Asks, Stop> {
    use secrecy::ExposeSecret as _;
    let again = |on: OnTx, key: &'static str| {
        Ok(Asks::Again(Box::new(on), vec![FieldError::new("password", Message::new(key))]))
    };
    if password.expose_secret().is_empty() {
        return again(on, "error-password-empty");
    }
    if whose != Whose::Linked && !takes_password(&on) {
        return again(on, "error-sign-in");
    }
    let email = on.tx.email.clone().unwrap_or_default();
    let device = on.cx.device();
    let guess = Guess { email: &email, password: &password, device: device.as_ref() };
    let client = if whose == Whose::Session { on.view.client_for_session() } else { on.view.client.clone() };
    let answered = match evaluate(&on.cx.app, &client, guess, &on.cx.origin).await {
        Ok(Outcome::Right(account, at)) => {
            let done = Done::Password { at };
            let view = on.view.with_account(&on.cx.app, *account, &done).await;
            *on.view = view.map_err(|error| on.cx.stop(error))?;
            on.step(done, None).await?
        }
        Ok(Outcome::Locked) => locked(&on).await?,
        // Whose account it is was said before.
        Ok(Outcome::Wrong) if whose == Whose::Linked => return again(on, "error-password-wrong"),
        Ok(Outcome::Wrong) => return again(on, "error-sign-in"),
        Ok(Outcome::AddressThrottled(until)) => on.cx.too_many(until),
        Err(StepError::Refused(refusal @ Refusal::Passwords(_))) => on.refused(&refusal).await,
        Err(error) => return Err(on.cx.stop(error)),
    };
    Ok(Asks::Answered(answered))
}

/// R52: shown only to who knows the password.
pub(super) async fn locked(on: &OnTx) -> Result<Response, Stop> {
    let page = AccountLocked { contact: on.contact(), cancel: Some(on.at("/cancel").await?) };
    Ok(on.page(StatusCode::FORBIDDEN, &on.frame(""), &page))
}
