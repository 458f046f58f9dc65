//! R15: setting up a second factor within a sign-in. Nothing is enrolled before it is proven.

pub mod app;
pub mod backup_codes;
pub mod contact;
pub mod passkey;

use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::Need;

use super::tx::{Links, OnTx, read};
use crate::audit::{Actor, AuditEvent};
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::screens::setup::{Setup, SetupOption};
use crate::page::{FieldError, Frame, Message};
use crate::signin::view::Given;
use crate::store::accounts::{self, Account};

/// For how many days whoever puts the setting up of a second factor off is not invited again.
const PUT_OFF_DAYS: u32 = 30;

/// The factors that may be set up now, or the page of what is needed instead.
pub(super) async fn for_setup(mut on: OnTx) -> Result<(OnTx, Account, Vec<FactorId>), Response> {
    let factors = to_set_up(&on);
    match on.view.account.clone() {
        Some(account) if !factors.is_empty() => Ok((on, account, factors)),
        _ => Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response)),
    }
}

fn to_set_up(on: &OnTx) -> Vec<FactorId> {
    let need = on.need();
    let may = |factor: &&FactorId| on.view.may_set_up(&on.cx.app, &on.tx, (&need, Given::default()), factor);
    match &need {
        Need::Enrol(factors) | Need::Invite(factors) => factors.iter().filter(may).cloned().collect(),
        need => on.view.sets_up(&on.cx.app, &on.tx, need, Given::default()).into_iter().collect(),
    }
}

/// Where the button that puts the setting up off posts to, for who is invited and not asked.
pub(super) fn skip_action(on: &OnTx, links: &Links) -> Option<String> {
    matches!(on.need(), Need::Invite(_)).then(|| links.to("/setup/skip"))
}

/// What is chosen from: whatever may be set up, or what the person is invited to.
async fn for_choice(mut on: OnTx) -> Result<(OnTx, Vec<FactorId>), Response> {
    // Who comes back to the choice has not made it.
    (on.tx.accepted, on.tx.proves_first) = (false, false);
    match on.need() {
        Need::Invite(factors) => {
            on.tx.set_up = None;
            Ok((on, factors))
        }
        Need::Enrol(factors) => Ok((on, factors)),
        _ => for_setup(on).await.map(|(on, _, factors)| (on, factors)),
    }
}

/// `GET /setup`.
pub async fn choose_page(cx: Cx) -> Result<Response, Stop> {
    match for_choice(read(cx).await?).await {
        Ok((on, factors)) => show_choice(&on, factors, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show_choice(on: &OnTx, factors: Vec<FactorId>, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/setup");
    let page = Setup {
        action: here.clone(),
        options: factors.into_iter().map(SetupOption::new).collect(),
        skip_action: skip_action(on, &links),
        skip_days: PUT_OFF_DAYS,
        cancel: Some(links.to("/cancel")),
        errors,
    };
    let back = if on.several() { Some(links.to("/mfa/method")) } else { None };
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /setup`.
pub async fn choose(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, factors) = match for_choice(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let chosen = match form.get("method") {
        Some(text) => text.parse::<FactorId>().ok(),
        None if factors.len() == 1 => factors.first().cloned(),
        None => None,
    };
    let Some(factor) = chosen.filter(|factor| factors.contains(factor)) else {
        let errors = vec![FieldError::new("method", Message::new("error-setup-none"))];
        return show_choice(&on, factors, errors).await;
    };
    let need = on.need();
    on.tx.accepted = matches!(need, Need::Invite(_));
    // A code to the contact on file may have to come first.
    let may = on.view.may_set_up(&on.cx.app, &on.tx, (&need, Given::default()), &factor);
    on.tx.proves_first = matches!(need, Need::Enrol(_)) && !may;
    on.tx.set_up = Some(factor);
    if on.tx.accepted || on.tx.proves_first { on.lead_on().await } else { on.to_set_up().await }
}

/// `POST /setup/skip`: the sign-in goes on without.
pub async fn skip(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    on.check_form(&form)?;
    on.tx.accepted = false;
    on.tx.set_up = None;
    if let (Need::Invite(_), Some(account)) = (on.need(), &on.view.account) {
        let (account, app) = (account.id, &on.cx.app);
        let now = app.clock.now();
        let event = AuditEvent {
            actor: Actor::Account(account),
            account: Some(account),
            client: Some(on.view.client.id.clone()),
            ..on.cx.origin.event(now, "factor.put_off")
        };
        let put_off = app.db.write(move |tx| {
            Box::pin(async move {
                tx.audit(event);
                // Who was shown the invitation before its time was noted begins here.
                accounts::start_mfa(tx, account, now).await?;
                accounts::put_invitation_off(tx, account, now + TimeDelta::days(i64::from(PUT_OFF_DAYS))).await
            })
        });
        put_off.await.map_err(|error| on.cx.stop(error))?;
        on.reload().await?;
    }
    on.lead_on().await
}
