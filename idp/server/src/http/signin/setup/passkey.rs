//! R20 and R21: making a passkey within a sign-in. It is enrolled, and counts as the second factor, once its device has
//! signed the challenge.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::factor::FactorId;

use super::{for_setup, skip_action};
use crate::http::cx::{Cx, Posted, Stop};
use crate::http::signin::tx::{OnTx, Wishes, read};
use crate::page::screens::passkey::{Ceremony, MakePasskey, PasskeyMade};
use crate::page::{FieldError, Frame, Message};
use crate::signin::passkey::{begin_making, finish_making, name_of, number_of_next};
use crate::signin::{Refusal, StepError};
use crate::store::accounts::Account;

async fn for_passkey(on: OnTx) -> Result<(OnTx, Account, bool), Response> {
    let (mut on, account, factors) = for_setup(on).await?;
    if factors.contains(&FactorId::Passkey) {
        return Ok((on, account, factors.len() > 1));
    }
    Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))
}

/// `GET /setup/passkey`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    match for_passkey(read(cx).await?).await {
        Ok((on, account, several)) => show(on, &account, several, String::new(), Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show(
    mut on: OnTx,
    account: &Account,
    several: bool,
    name: String,
    errors: Vec<FieldError>,
) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let options = match begin_making(&on.cx.app, &on.view, &on.tx).await {
        Ok(options) => options,
        Err(StepError::Refused(refusal)) => return Ok(on.refused(&refusal).await),
        Err(error) => return Err(on.cx.stop(error)),
    };
    on.tx.begun = true;
    let links = on.links().await?;
    let here = links.to("/setup/passkey");
    let skip_action = skip_action(&on, &links);
    let page = MakePasskey {
        action: here.clone(),
        ceremony: Ceremony { options: options.to_string(), sealed: None },
        name,
        number: number_of_next(account),
        choose_href: several.then(|| links.to("/setup")),
        required: skip_action.is_none(),
        skip_action,
        cancel: Some(links.to("/cancel")),
        errors,
    };
    let back = page.choose_href.clone();
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /setup/passkey`.
pub async fn make(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, account, several) = match for_passkey(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let typed = form.get("name").unwrap_or_default().to_owned();
    let unnamed = Message::new("setup-passkey-default-name").with("number", number_of_next(&account));
    let unnamed = on.cx.app.pages.text(on.cx.lang, &on.view.policy.wording, &unnamed);
    let unnamed = unnamed.map_err(|error| on.cx.stop(StepError::Broken(error.to_string())))?;
    let name = name_of(&typed).unwrap_or(unnamed);
    let answer = form.get("credential").filter(|_| form.get("error").unwrap_or_default().is_empty());
    let done = answer.and_then(|answer| finish_making(&on.cx.app, &on.view, &on.tx, name, answer));
    let refusal = match done {
        None => None,
        Some(done) => match on.step_or_refusal(done, None, Wishes::default()).await? {
            Ok(response) => return Ok(response),
            Err(refusal) => Some(refusal),
        },
    };
    match refusal {
        None | Some(Refusal::CodeGone | Refusal::PasskeyTaken) => {
            let errors = vec![FieldError::new("name", Message::new("error-passkey-setup"))];
            show(on, &account, several, typed, errors).await
        }
        Some(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// `GET /setup/passkey/done`.
pub async fn done_page(cx: Cx) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    let made = on.view.proofs.iter().any(|proof| proof.method.factor() == Some(&FactorId::Passkey));
    if !made {
        return on.lead_on().await;
    }
    let here = on.at("/setup/passkey/done").await?;
    Ok(on.page(StatusCode::OK, &on.frame(&here), &PasskeyMade { action: here.clone() }))
}

/// `POST /setup/passkey/done`.
pub async fn done(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    on.check_form(&form)?;
    on.lead_on().await
}
