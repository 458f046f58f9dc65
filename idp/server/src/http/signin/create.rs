//! R30 to R34: making an account. The pages, their words and what they cost are the same whether or not there is an account.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::journey::Need;

use super::federated::{name_problem, placed, typed_name, with_owner};
use super::login::{address_problem, typed_password};
use super::mailed::{Place, gone, typed};
use super::tx::{OnTx, read, reread};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::http::words;
use crate::page::screens::create::{Create, CreateDetails, CreateDone, CreatePassword};
use crate::page::{FieldError, Frame, Message};
use crate::signin::registration::{self, NotMade, With};
use crate::signin::{Refusal, StepError, passkey};
use crate::store::recovery_codes::Purpose;

/// Whether somebody may make an account here: a first factor is needed, and a password is one.
async fn for_create(mut on: OnTx) -> Result<OnTx, Response> {
    if matches!(on.need(), Need::Login | Need::SelectAccount) && registration::takes_passwords(&on.view) {
        return Ok(on);
    }
    Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))
}

/// Whether an address is being proven here: to make an account, or for an identity that came back from a provider.
async fn for_code(on: OnTx) -> Result<OnTx, Response> {
    let from_provider = on.view.newcomer.as_ref().is_some_and(|newcomer| newcomer.identity.is_some());
    if from_provider && matches!(on.need(), Need::Login) {
        return Ok(on);
    }
    for_create(on).await
}

/// `GET /create`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_create(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let known = on.tx.email.clone().or_else(|| on.tx.request.login_hint.clone());
    let typed = known.filter(|_| !on.view.policy.shared_device).unwrap_or_default();
    show(&on, typed, Vec::new()).await
}

async fn show(on: &OnTx, email: String, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let (here, sign_in) = (links.to("/create"), links.to("/sign-in"));
    let page = Create {
        action: here.clone(),
        email,
        terms_href: on.cx.app.config.terms.url_in(on.cx.lang).map(ToString::to_string),
        sign_in_href: Some(sign_in.clone()),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &Frame { back: Some(sign_in), ..on.frame(&here) }, &page))
}

/// `POST /create`.
pub async fn ask(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_create(read(cx).await?).await {
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

/// `POST /create/send`: the code again.
pub async fn again(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_code(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    if on.tx.email.is_none() {
        return Ok(see_other(&on.at(place(&on).address).await?));
    }
    send(on, "&notice=sent-again").await
}

/// Where the code is asked for: whoever came from a provider types the address elsewhere.
pub(super) fn place(on: &OnTx) -> Place {
    let from_provider = on.view.newcomer.as_ref().is_some_and(|newcomer| newcomer.identity.is_some());
    let address = if from_provider { "/federated/finish" } else { "/create" };
    Place { purpose: Purpose::Create, address, code: "/create/code", again: "/create/send" }
}

/// Asks for a code and leads to its page, whoever asks for whatever address.
async fn send(on: OnTx, notice: &str) -> Result<Response, Stop> {
    let asked = registration::ask(&on.cx.app, &on.view, &on.tx, on.cx.lang, &on.cx.origin).await;
    place(&on).lead(&on, asked, notice).await
}

/// `GET /create/code`.
pub async fn code_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_code(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match place(&on).asked(&on).await? {
        Ok(code) => place(&on).show::<true>(&on, &code, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /create/code`.
pub async fn code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_code(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let code = match place(&on).asked(&on).await? {
        Ok(code) => code,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if let Err(problem) = typed(&on, &code, &form).await? {
        return place(&on).show::<true>(&on, &code, vec![FieldError::new("code", problem)]).await;
    }
    let newcomer = match registration::prove(&on.cx.app, &on.view, &on.tx, &code, &on.cx.origin).await {
        Ok(newcomer) => newcomer,
        Err(StepError::Refused(Refusal::CodeGone)) => {
            return place(&on).show::<true>(&on, &code, vec![FieldError::new("code", gone())]).await;
        }
        Err(error) => return Err(on.cx.stop(error)),
    };
    if newcomer.identity.is_some() {
        return Box::pin(placed(on, newcomer)).await;
    }
    on.view.newcomer = Some(newcomer);
    on.tx.newcomer = true;
    let owner = on.tx.give_to_new_owner(&on.cx.app.random);
    Ok(with_owner(&on, see_other(&on.at("/create/password").await?), &owner))
}

/// Whether an address was proven, so that a password may be set.
pub(super) async fn for_password(on: OnTx) -> Result<OnTx, Response> {
    let on = for_create(on).await?;
    let proven = on.view.newcomer.as_ref().is_some_and(|new| new.proven.is_some() && new.identity.is_none());
    if proven {
        return Ok(on);
    }
    match on.at("/create").await {
        Ok(elsewhere) => Err(see_other(&elsewhere)),
        Err(stop) => Err(stop.into_response()),
    }
}

/// `GET /create/password`.
pub async fn password_page(cx: Cx) -> Result<Response, Stop> {
    match for_password(read(cx).await?).await {
        Ok(on) => show_password(&on, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show_password(on: &OnTx, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/create/password");
    let proven = on.view.newcomer.as_ref().and_then(|newcomer| newcomer.proven.as_ref());
    let page = CreatePassword {
        action: here.clone(),
        email: proven.map(|address| address.as_str().to_owned()).unwrap_or_default(),
        length: words::shortest_password(&on.cx.app),
        passkey_href: passkey::signs_in(&on.cx.app, &on.view.client.policy).then(|| links.to("/create/passkey")),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /create/password`: the account is made.
pub async fn password(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_password(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let with = With::Password(typed_password(form));
    let made = registration::make(&on.cx.app, &on.view, &on.tx, with, on.cx.lang, &on.cx.origin).await;
    match made {
        Ok(Ok(_)) => {}
        Ok(Err(NotMade::Refused(problems))) => {
            return show_password(&on, vec![FieldError::new("password", words::of_new_password(&problems))]).await;
        }
        // Somebody else has proven the same mailbox at the same moment and was quicker.
        Ok(Err(NotMade::Taken)) => {
            return Ok(see_other(&format!("{}&notice=account-taken", on.at("/sign-in").await?)));
        }
        Err(StepError::Refused(refusal)) => return Ok(on.refused(&refusal).await),
        Err(error) => return Err(on.cx.stop(error)),
    }
    on_from_made(on).await
}

/// Leads on whoever has made the account; what they do next is theirs alone.
pub(super) async fn on_from_made(mut on: OnTx) -> Result<Response, Stop> {
    on.tx.newcomer = false;
    on.tx.begun = true;
    on.tx.made = true;
    let owner = on.tx.give_to_new_owner(&on.cx.app.random);
    let next = if on.tx.request.scopes.has("profile") { "/create/details" } else { "/create/done" };
    Ok(with_owner(&on, see_other(&on.at(next).await?), &owner))
}

/// Whether the account was made in this transaction.
async fn for_made(mut on: OnTx) -> Result<OnTx, Response> {
    if on.tx.made && on.view.account.is_some() {
        return Ok(on);
    }
    Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))
}

/// `GET /create/details`.
pub async fn details_page(cx: Cx) -> Result<Response, Stop> {
    match for_made(read(cx).await?).await {
        Ok(on) => show_details(&on, CreateDetails::default()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show_details(on: &OnTx, page: CreateDetails) -> Result<Response, Stop> {
    let status = if page.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/create/details");
    let page = CreateDetails { action: here.clone(), cancel: Some(links.to("/cancel")), ..page };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /create/details`.
pub async fn details(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_made(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let (given_name, family_name) = (typed_name(&form, "given_name"), typed_name(&form, "family_name"));
    let problems = [
        name_problem("given_name", &given_name, "error-given-name"),
        name_problem("family_name", &family_name, "error-family-name"),
    ];
    let errors = problems.into_iter().flatten().collect::<Vec<_>>();
    if !errors.is_empty() {
        return show_details(&on, CreateDetails { given_name, family_name, errors, ..CreateDetails::default() }).await;
    }
    registration::name(&on.cx.app, &on.view, (given_name, family_name)).await.map_err(|error| on.cx.stop(error))?;
    Ok(see_other(&on.at("/create/done").await?))
}

/// `GET /create/done`.
pub async fn done_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_made(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let here = on.at("/create/done").await?;
    Ok(on.page(StatusCode::OK, &on.frame(&here), &CreateDone { action: here.clone() }))
}

/// `POST /create/done`: on to what is needed next.
pub async fn done(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_made(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let OnTx { cx, mut tx, .. } = on;
    tx.made = false;
    reread(cx, tx).await?.lead_on().await
}
