//! R5: which second factor, and asking for its code. The code itself is in [`super::code`].

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::{FactorNeed, Need};
use uuid::Uuid;

use super::arrival::{failing, undelivered};
use super::tx::{OnTx, read};
use crate::factor::Asking;
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::screens::method::{Method, MethodOption};
use crate::page::{ClockTime, FieldError, Lang, Message};
use crate::signin::address::{self, Spent};
use crate::signin::ask::{self, Asked, Live};
use crate::signin::view::Given;
use crate::signin::{Refusal, StepError};
use crate::store::outbox::Outgoing;
use crate::store::proofs::Challenge;

/// The need for a second factor, or the page of what is needed instead.
pub(super) async fn for_factor(mut on: OnTx) -> Result<(OnTx, FactorNeed), Response> {
    match on.need() {
        Need::Factor(need) => Ok((on, need)),
        _ => Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response)),
    }
}

/// As the person sees where a factor's code goes, or what the configuration calls the factor.
pub(super) fn shown(on: &OnTx, factor: &FactorId) -> String {
    let asking = on
        .view
        .account
        .as_ref()
        .and_then(|account| on.cx.app.factors.get(factor)?.ask(ask::factor_cx(&on.cx.app, account)).ok());
    match asking {
        Some(Asking::Send { shown, .. }) => shown,
        Some(Asking::Held | Asking::Pose) | None => label(on, factor),
    }
}

/// What the configuration calls a factor; nothing where its name is in the texts.
pub(super) fn label(on: &OnTx, factor: &FactorId) -> String {
    let found = on.cx.app.factors.get(factor);
    found.and_then(|found| found.label(on.cx.lang == Lang::Cy)).unwrap_or_default().to_owned()
}

/// `GET /mfa/method`.
pub async fn method_page(cx: Cx) -> Result<Response, Stop> {
    let (mut on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if !need.choose && need.ready.len() + need.enrol.len() < 2 {
        return on.lead_on().await;
    }
    show_methods(&on, &need, Vec::new()).await
}

async fn show_methods(on: &OnTx, need: &FactorNeed, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/mfa/method");
    let ready = need.ready.iter().map(|factor| {
        let last = on.tx.factor.as_ref() == Some(factor);
        MethodOption::new(factor.clone(), &shown(on, factor), last)
    });
    let page = Method {
        action: here.clone(),
        options: ready.chain(need.enrol.iter().cloned().map(MethodOption::to_set_up)).collect(),
        help_href: Some(links.to("/mfa/help")),
        notices: undelivered(on, None).into_iter().chain(failing(on)).collect(),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /mfa/method`.
pub async fn method(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let chosen = form.get("method").and_then(|text| text.parse::<FactorId>().ok());
    match chosen {
        Some(factor) if need.ready.contains(&factor) => ask_for(on, factor, false).await,
        Some(factor) if need.enrol.contains(&factor) => {
            // Where a factor that is enrolled has to come first, it is asked for, and the set-up follows.
            on.tx.set_up = Some(factor);
            if matches!(on.need(), Need::Login) {
                return on.lead_on().await;
            }
            let sets_up = on.view.sets_up(&on.cx.app, &on.tx, &Need::Factor(need.clone()), Given::default()).is_some();
            match need.ready.first().cloned() {
                Some(ready) if !sets_up => ask_for(on, ready, false).await,
                _ => on.to_set_up().await,
            }
        }
        // What the page did not list is refused whatever the form says: the list is the server's.
        _ => show_methods(&on, &need, vec![FieldError::new("method", Message::new("error-method-none"))]).await,
    }
}

/// Asks for a factor's code and leads to its page. A code that is live is sent again only when `again` is asked for.
pub(super) async fn ask_for(mut on: OnTx, factor: FactorId, again: bool) -> Result<Response, Stop> {
    match send_code(&on, &factor, again).await? {
        Ok(outgoing) => on.lead_to_factor(factor, outgoing).await,
        Err(Refusal::Sends(until)) => too_soon(on, factor, until).await,
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// Counts a send of a factor's code, if one is due, and gives the message that is to go out.
pub(super) async fn send_code(
    on: &OnTx,
    factor: &FactorId,
    again: bool,
) -> Result<Result<Option<Outgoing>, Refusal>, Stop> {
    let app = &on.cx.app;
    let Some(who) = on.asker() else { return Ok(Err(Refusal::NotIssued)) };
    let prepared = ask::prepare(app, who, factor).map_err(|error| on.cx.stop(error))?;
    let Some(asked) = prepared else { return Ok(Ok(None)) };
    let before = on.view.challenge(factor).cloned();
    if !again && asked.live(before.as_ref()) == Live::Repeat {
        return Ok(Ok(None));
    }
    send(on, who.account.id, factor, asked, before).await.map(|sent| sent.map(Some))
}

/// Counts a send, asks for the code and gives the message that is to go out.
pub(super) async fn send(
    on: &OnTx,
    account: Uuid,
    factor: &FactorId,
    asked: Asked,
    before: Option<Challenge>,
) -> Result<Result<Outgoing, Refusal>, Stop> {
    let app = &on.cx.app;
    if let Err(until) = address::spend(app, &on.cx.origin, Spent::Message).await {
        return Ok(Err(Refusal::Sends(until)));
    }
    let event = crate::audit::AuditEvent {
        account: Some(account),
        client: Some(on.view.client.id.clone()),
        details: serde_json::json!({ "factor": factor }),
        ..on.cx.origin.event(app.clock.now(), "factor.code_sent")
    };
    let carried = asked.clone();
    let sent = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                let outgoing = carried.carry_out(tx, before).await?;
                tx.audit(event);
                Ok(outgoing)
            })
        })
        .await;
    match sent {
        Ok(outgoing) => Ok(Ok(outgoing)),
        Err(StepError::Refused(Refusal::Sends(until))) => {
            let until = asked.block(app, until).await.map_err(|error| on.cx.stop(error))?;
            Ok(Err(Refusal::Sends(until)))
        }
        Err(StepError::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(on.cx.stop(error)),
    }
}

/// R13 with the time at which another code can be asked for, or R14 where that is not soon.
async fn too_soon(on: OnTx, factor: FactorId, until: chrono::DateTime<chrono::Utc>) -> Result<Response, Stop> {
    let now = on.cx.app.clock.now();
    if until - now > chrono::TimeDelta::minutes(5) {
        return Ok(on.refused(&Refusal::Sends(until)).await);
    }
    let mut response =
        super::code::show_resend(&on, &factor, Some(ClockTime::at(until, now)), StatusCode::TOO_MANY_REQUESTS).await?;
    crate::http::cx::retry_after(&mut response, (until - now).num_seconds());
    Ok(response)
}
