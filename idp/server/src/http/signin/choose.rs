//! R2: which of the accounts signed in with this browser.

use axum::response::Response;
use http::StatusCode;
use idp_core::journey::Need;

use super::tx::{OnTx, read};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::sign_in::{ChooseAccount, LiveAccount};
use crate::page::{FieldError, Message};

/// The value of the choice: there is one session in a browser.
const CURRENT: &str = "current";

/// `GET /sign-in/account`.
pub async fn account_page(cx: Cx) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    if !matches!(on.need(), Need::SelectAccount) {
        return on.lead_on().await;
    }
    show(&on, Vec::new()).await
}

async fn show(on: &OnTx, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/sign-in/account");
    let account = on.view.session.as_ref().map(|session| &session.account);
    let text = |name: &str| account.and_then(|a| a.profile.get(name)?.as_str()).unwrap_or_default().to_owned();
    let live = LiveAccount {
        value: CURRENT.to_owned(),
        email: account.and_then(|a| a.email.as_ref()).map(|e| e.value.clone()).unwrap_or_default(),
        name: text("name"),
    };
    let page = ChooseAccount {
        action: here.clone(),
        accounts: vec![live],
        other_href: links.to("/sign-in"),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /sign-in/account`.
pub async fn account(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    if !matches!(on.need(), Need::SelectAccount) {
        return on.lead_on().await;
    }
    on.check_form(&form)?;
    match form.get("account") {
        Some(CURRENT) => {
            on.tx.chosen = true;
            on.lead_on().await
        }
        Some("other") => Ok(see_other(&on.at("/sign-in").await?)),
        _ => show(&on, vec![FieldError::new("account", Message::new("error-account-none"))]).await,
    }
}
