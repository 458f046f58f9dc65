//! R28: going on without an account.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::journey::Need;

use super::tx::{OnTx, read};
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::Frame;
use crate::page::screens::other_ways::Guest;
use crate::signin::done::Done;
use crate::signin::{StepError, guest};

async fn for_guest(cx: Cx) -> Result<Result<OnTx, Response>, Stop> {
    let mut on = read(cx).await?;
    if matches!(on.need(), Need::Login) && guest::may_enter(&on.view, &on.tx) {
        return Ok(Ok(on));
    }
    Ok(Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response)))
}

/// `GET /guest`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_guest(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let links = on.links().await?;
    let (here, sign_in) = (links.to("/guest"), links.to("/sign-in"));
    let page = Guest { action: here.clone(), sign_in_href: Some(sign_in.clone()), cancel: Some(links.to("/cancel")) };
    Ok(on.page(StatusCode::OK, &Frame { back: Some(sign_in), ..on.frame(&here) }, &page))
}

/// `POST /guest`.
pub async fn enter(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_guest(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let account = match guest::enter(&on.cx.app, &on.view, &on.cx.origin).await {
        Ok(account) => account,
        Err(StepError::Refused(refusal)) => return Ok(on.refused(&refusal).await),
        Err(error) => return Err(on.cx.stop(error)),
    };
    let view = on.view.clone().with_account(&on.cx.app, account, &Done::Guest).await;
    *on.view = view.map_err(|error| on.cx.stop(error))?;
    on.step(Done::Guest, None).await
}
