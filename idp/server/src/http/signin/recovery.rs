//! R56: nothing that they have can be used now. Another way, a backup code, or recovery: a code by email, a wait, and
//! another code by email.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::FactorNeed;

use super::factor::for_factor;
use super::mailed::{gone, notice_of, sent, typed};
use super::tx::{OnTx, read};
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::page::screens::recovery::{CannotUse, RecoveryCode, RecoveryOpened, Way};
use crate::page::{ClockTime, FieldError, Frame, Message};
use crate::signin::cookie;
use crate::signin::mailed;
use crate::signin::recovery::{self, Entered, Standing};
use crate::signin::{Refusal, StepError};
use crate::store::recovery_codes::{MailedCode, Purpose};

/// What is left to this person.
async fn ways(on: &OnTx, need: &FactorNeed) -> Result<Vec<Way>, Stop> {
    let several = need.ready.iter().filter(|factor| **factor != FactorId::Backup).count() + need.enrol.len() > 1;
    let backup = need.ready.contains(&FactorId::Backup);
    let recovery = match standing_of(on, need).await? {
        Standing::Open => Some(Way::Recovery),
        Standing::Ready => Some(Way::Recovered),
        Standing::Closed | Standing::Waiting(_) => None,
    };
    Ok(several.then_some(Way::Other).into_iter().chain(backup.then_some(Way::Backup)).chain(recovery).collect())
}

/// What recovery can do here. It begins with a code by email: whoever is asked for nothing else has no use for it.
async fn standing_of(on: &OnTx, need: &FactorNeed) -> Result<Standing, Stop> {
    let standing = recovery::standing_of(&on.cx.app, &on.view).await.map_err(|error| on.cx.stop(error))?;
    let email_alone = need.enrol.is_empty() && need.ready.iter().all(|factor| *factor == FactorId::Email);
    Ok(if standing == Standing::Open && email_alone { Standing::Closed } else { standing })
}

/// `GET /mfa/help`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    show(&on, &need, Vec::new()).await
}

async fn show(on: &OnTx, need: &FactorNeed, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let ways = ways(on, need).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let here = on.at("/mfa/help").await?;
    let now = on.cx.app.clock.now();
    let waits_until = match standing_of(on, need).await? {
        Standing::Waiting(at) => Some(ClockTime::at(at, now)),
        _ => None,
    };
    let back = on.at("/mfa/code").await?;
    let page = CannotUse {
        action: here.clone(),
        ways,
        waits_until,
        hours: on.cx.app.config.recovery.wait_hours,
        contact: on.contact(),
        cancel: Some(on.at("/cancel").await?),
        errors,
    };
    Ok(on.page(status, &Frame { back: Some(back), ..on.frame(&here) }, &page))
}

/// `POST /mfa/help`.
pub async fn choose(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let ways = ways(&on, &need).await?;
    let chosen = ways.iter().find(|way| form.get("way") == Some(way.as_str())).copied();
    match chosen {
        Some(Way::Other) => Ok(see_other(&on.at("/mfa/method").await?)),
        Some(Way::Backup) => {
            on.tx.factor = Some(FactorId::Backup);
            Ok(see_other(&on.at("/mfa/backup").await?))
        }
        Some(Way::Recovery | Way::Recovered) => send(on, "").await,
        None => show(&on, &need, vec![FieldError::new("way", Message::new("error-way-none"))]).await,
    }
}

/// The recovery of the person who needs a second factor, or the page of what is needed instead.
async fn for_recovery(cx: Cx) -> Result<Result<OnTx, Response>, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    match standing_of(&on, &need).await? {
        Standing::Open | Standing::Ready => Ok(Ok(on)),
        Standing::Closed | Standing::Waiting(_) => Ok(Err(see_other(&on.at("/mfa/help").await?))),
    }
}

async fn send(on: OnTx, notice: &str) -> Result<Response, Stop> {
    let asked = recovery::ask(&on.cx.app, &on.view, &on.tx, on.cx.lang, &on.cx.origin).await;
    match sent(&on, asked, "/mfa/recovery", notice).await? {
        Ok(response) => Ok(response),
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// `POST /mfa/recovery/send`: the code again.
pub async fn again(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_recovery(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    send(on, "&notice=sent-again").await
}

async fn asked(on: &OnTx) -> Result<Result<MailedCode, Response>, Stop> {
    match mailed::find(&on.cx.app, &on.tx, Purpose::Recovery).await.map_err(|error| on.cx.stop(error))? {
        Some(code) => Ok(Ok(code)),
        None => Ok(Err(see_other(&on.at("/mfa/help").await?))),
    }
}

/// `GET /mfa/recovery`.
pub async fn code_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_recovery(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match asked(&on).await? {
        Ok(code) => show_code(&on, &code, Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn show_code(on: &OnTx, code: &MailedCode, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let here = on.at("/mfa/recovery").await?;
    let standing = recovery::standing_of(&on.cx.app, &on.view).await.map_err(|error| on.cx.stop(error))?;
    let ready = standing == Standing::Ready;
    let email = on.view.account.as_ref().and_then(|account| account.email.as_ref());
    let masked = email.and_then(|email| idp_core::account::EmailAddress::parse(&email.value).ok());
    let page = RecoveryCode {
        action: here.clone(),
        email: masked.map(|email| email.masked()).unwrap_or_default(),
        minutes: mailed::MINUTES,
        ready,
        hours: on.cx.app.config.recovery.wait_hours,
        resend_action: on.at("/mfa/recovery/send").await?,
        notices: notice_of(&on.cx, code).into_iter().collect(),
        cancel: Some(on.at("/cancel").await?),
        errors,
    };
    let back = Some(on.at("/mfa/help").await?);
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /mfa/recovery`.
pub async fn code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_recovery(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let code = match asked(&on).await? {
        Ok(code) => code,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let problem = match typed(&on, &code, &form).await? {
        Ok(()) => match recovery::enter(&on.cx.app, &on.view, &on.tx, &code, &on.cx.origin).await {
            Ok(Entered::Waits(at)) => return opened(&on, at).await,
            Ok(Entered::Recovered) => return recovered(on).await,
            Err(StepError::Refused(Refusal::CodeGone)) => gone(),
            Err(StepError::Refused(refusal)) => return Ok(on.refused(&refusal).await),
            Err(error) => return Err(on.cx.stop(error)),
        },
        Err(problem) => problem,
    };
    show_code(&on, &code, vec![FieldError::new("code", problem)]).await
}

/// The wait has begun. A reload of what was posted shows the page of the wait.
async fn opened(on: &OnTx, at: chrono::DateTime<chrono::Utc>) -> Result<Response, Stop> {
    let page = RecoveryOpened {
        ready_at: ClockTime::at(at, on.cx.app.clock.now()),
        hours: on.cx.app.config.recovery.wait_hours,
        cancel: Some(on.at("/cancel").await?),
    };
    Ok(on.page(StatusCode::OK, &on.frame(""), &page))
}

/// The lost factor is gone, and a code by email was proven: the sign-in goes on, for whoever has the new cookie.
async fn recovered(on: OnTx) -> Result<Response, Stop> {
    let OnTx { cx, mut tx, .. } = on;
    let owner = tx.give_to_new_owner(&cx.app.random);
    tx.begun = true;
    let name = cx.names.transaction(&tx.id);
    let mut response = match super::tx::reread(cx, tx).await {
        Ok(mut on) => on.lead_on().await.unwrap_or_else(IntoResponse::into_response),
        Err(stop) => stop.into_response(),
    };
    if response.headers().get(http::header::LOCATION).and_then(|l| l.to_str().ok()).is_some_and(|l| l.starts_with('/'))
    {
        add_cookie(&mut response, &cookie::set(&name, &owner, None));
    }
    Ok(response)
}
