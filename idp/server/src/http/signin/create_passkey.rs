//! R32: a passkey in place of a password, in the browser that has proven the address.

use axum::response::Response;
use http::StatusCode;
use idp_core::account::EmailAddress;

use super::create::{for_password, on_from_made};
use super::passkey::answer_in;
use super::tx::{OnTx, read};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::create::CreatePasskey;
use crate::page::screens::passkey::Ceremony;
use crate::page::{FieldError, Frame, Message};
use crate::signin::passkey::{name_of, signs_in};
use crate::signin::registration::{self, NotMade, With};
use crate::signin::{Refusal, StepError, first_passkey};

/// The address that was proven, where a passkey alone signs in here: elsewhere nobody could use the account.
async fn for_passkey(on: OnTx) -> Result<(OnTx, EmailAddress), Result<Response, Stop>> {
    let on = for_password(on).await.map_err(Ok)?;
    let proven = on.view.newcomer.as_ref().and_then(|newcomer| newcomer.proven.clone());
    match proven.filter(|_| signs_in(&on.cx.app, &on.view.client.policy)) {
        Some(address) => Ok((on, address)),
        None => Err(on.at("/create/password").await.map(|elsewhere| see_other(&elsewhere))),
    }
}

/// `GET /create/passkey`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    match for_passkey(read(cx).await?).await {
        Ok((on, address)) => show(&on, &address, String::new(), Vec::new()).await,
        Err(elsewhere) => elsewhere,
    }
}

async fn show(on: &OnTx, address: &EmailAddress, name: String, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let open = first_passkey::begin(&on.cx.app, &on.tx, address).map_err(|error| on.cx.stop(error))?;
    let links = on.links().await?;
    let (here, password) = (links.to("/create/passkey"), links.to("/create/password"));
    let page = CreatePasskey {
        action: here.clone(),
        email: address.as_str().to_owned(),
        ceremony: Ceremony { options: open.shown.to_string(), sealed: Some(open.sealed) },
        name,
        password_href: password.clone(),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &Frame { back: Some(password), ..on.frame(&here) }, &page))
}

/// `POST /create/passkey`: the account is made.
pub async fn make(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, address) = match for_passkey(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return elsewhere,
    };
    on.check_form(&form)?;
    let typed = form.get("name").unwrap_or_default().to_owned();
    let unnamed = Message::new("setup-passkey-default-name").with("number", 1);
    let unnamed = on.cx.app.pages.text(on.cx.lang, &on.view.policy.wording, &unnamed);
    let unnamed = unnamed.map_err(|error| on.cx.stop(StepError::Broken(error.to_string())))?;
    let name = name_of(&typed).unwrap_or(unnamed);
    let sealed = form.get("challenge").unwrap_or_default();
    let first =
        answer_in(&form).and_then(|answer| first_passkey::finish(&on.cx.app, &on.tx, &address, (sealed, answer), name));
    let not_accepted = || vec![FieldError::new("name", Message::new("error-create-passkey"))];
    let Some(first) = first else { return show(&on, &address, typed, not_accepted()).await };
    let with = With::Passkey(Box::new(first));
    match registration::make(&on.cx.app, &on.view, &on.tx, with, on.cx.lang, &on.cx.origin).await {
        Ok(Ok(_)) => on_from_made(on).await,
        Ok(Err(NotMade::Taken | NotMade::Refused(_))) => {
            Ok(see_other(&format!("{}&notice=account-taken", on.at("/sign-in").await?)))
        }
        Err(StepError::Refused(Refusal::CodeGone | Refusal::PasskeyTaken)) => {
            show(&on, &address, typed, not_accepted()).await
        }
        Err(StepError::Refused(refusal)) => Ok(on.refused(&refusal).await),
        Err(error) => Err(on.cx.stop(error)),
    }
}
