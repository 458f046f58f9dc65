//! R10: a backup code in place of the second factor.

use axum::response::Response;
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::FactorNeed;
use secrecy::SecretString;

use super::code::{count_check, verify};
use super::factor::for_factor;
use super::tx::{OnTx, Wishes, read};
use crate::factor::backup::was_used;
use crate::factor::code::normalised;
use crate::factor::{Answer, Verdict};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::backup::Backup;
use crate::page::{FieldError, Frame, Message};
use crate::signin::advance::count_wrong;
use crate::signin::done::Done;
use crate::signin::{Refusal, ask};

/// `GET /mfa/backup`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    match for_backup(read(cx).await?).await? {
        Ok((on, need)) => show(&on, &need, None).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// The transaction, where a backup code would be accepted now; otherwise the page of what is.
async fn for_backup(on: OnTx) -> Result<Result<(OnTx, FactorNeed), Response>, Stop> {
    match for_factor(on).await {
        Ok((on, need)) if need.accepts(&FactorId::Backup) => Ok(Ok((on, need))),
        Ok((on, _)) => Ok(Err(see_other(&on.at("/mfa/method").await?))),
        Err(elsewhere) => Ok(Err(elsewhere)),
    }
}

async fn show(on: &OnTx, need: &FactorNeed, error: Option<&'static str>) -> Result<Response, Stop> {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let here = on.at("/mfa/backup").await?;
    let mut page = Backup { action: here.clone(), cancel: Some(on.at("/cancel").await?), ..Backup::default() };
    if need.ready.len() + need.enrol.len() > 1 {
        page.choose_href = Some(on.at("/mfa/method").await?);
    }
    page.errors = error.map(|key| FieldError::new("code", Message::new(key))).into_iter().collect();
    let back = page.choose_href.clone();
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /mfa/backup`.
pub async fn submit(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, need) = match for_backup(read(cx).await?).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let typed = normalised(form.get("code").unwrap_or_default());
    if typed.is_empty() {
        return show(&on, &need, Some("error-backup-empty")).await;
    }
    let verdict = verify(&on, &FactorId::Backup, None, typed.clone()).await.map_err(|error| on.cx.stop(error))?;
    let Verdict::Right(evidence) = verdict else { return wrong(&on, &need, typed).await };
    let done = Done::Factor { factor: FactorId::Backup, challenge: None, evidence };
    let outcome = on.step_or_refusal(done, None, Wishes::default()).await?;
    if matches!(outcome, Ok(_) | Err(Refusal::CodeUsed)) {
        count_check(&FactorId::Backup);
    }
    match outcome {
        Ok(response) => Ok(response),
        Err(Refusal::CodeUsed) => show(&on, &need, Some("error-backup-used")).await,
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// A wrong code, or one that was used before, costs the account a try either way.
async fn wrong(on: &OnTx, need: &FactorNeed, typed: String) -> Result<Response, Stop> {
    let app = &on.cx.app;
    let counted = count_wrong(app, &on.view, &on.tx, None, &FactorId::Backup, &on.cx.origin).await;
    if !counted.map_err(|error| on.cx.stop(error))? {
        return Ok(on.refused(&Refusal::Codes(None)).await);
    }
    count_check(&FactorId::Backup);
    let answer = Answer { code: SecretString::from(typed), expected: None, state: None };
    let used = on.view.account.as_ref().is_some_and(|account| was_used(ask::factor_cx(app, account), &answer));
    show(on, need, Some(if used { "error-backup-used" } else { "error-backup-wrong" })).await
}
