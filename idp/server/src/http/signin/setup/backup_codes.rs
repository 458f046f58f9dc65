//! R22: new backup codes, offered, made, shown once and downloaded.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use idp_core::policy::BackupOffer;

use super::app;
use crate::audit::{Actor, AuditEvent};
use crate::factor::backup::{Seed, shown};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::http::signin::tx::{OnTx, read};
use crate::page::screens::backup::{BackupCodes, Part};
use crate::page::{FieldError, Message};
use crate::signin::backup::{NewCodes, Notice, codes, regenerate};
use crate::signin::{Refusal, StepError, notices};

/// Where this page is.
const PATH: &str = "/setup/backup-codes";

/// `GET /setup/backup-codes`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    match on.tx.backup.clone() {
        Some(Notice::Made(seed)) => show_codes(&on, &seed, Vec::new()).await,
        Some(Notice::Offered { left: Some(left), .. }) => show_offer(&on, left).await,
        Some(Notice::Offered { left: None, .. }) => Ok(see_other(&on.at("/setup/done").await?)),
        Some(Notice::Left(_)) | None => on.lead_on().await,
    }
}

/// The codes that were made, as they are shown.
fn shown_codes(on: &OnTx, seed: &Seed) -> Vec<String> {
    codes(&on.cx.app, seed, on.view.policy.backup_codes.count).iter().map(|code| shown(code)).collect()
}

async fn show_codes(on: &OnTx, seed: &Seed, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let here = on.at(PATH).await?;
    let page = BackupCodes {
        action: here.clone(),
        part: Part::Codes,
        codes: shown_codes(on, seed),
        download_action: Some(on.at("/setup/backup-codes/download").await?),
        asks_saved: on.view.policy.backup_codes.offer == BackupOffer::Always,
        errors,
        ..BackupCodes::default()
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

async fn show_offer(on: &OnTx, left: u32) -> Result<Response, Stop> {
    let here = on.at(PATH).await?;
    let generate_action = Some(on.at("/setup/backup-codes/new").await?);
    let page = BackupCodes { action: here.clone(), left, generate_action, ..BackupCodes::default() };
    Ok(on.page(StatusCode::OK, &on.frame(&here), &page))
}

/// `POST /setup/backup-codes`: they are saved, or not wanted; the sign-in goes on.
pub async fn go_on(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    on.check_form(&form)?;
    if let Some(Notice::Made(seed)) = on.tx.backup.clone() {
        let asks = on.view.policy.backup_codes.offer == BackupOffer::Always;
        if asks && form.get("saved").is_none() {
            let errors = vec![FieldError::new("saved", Message::new("error-backup-saved"))];
            return show_codes(&on, &seed, errors).await;
        }
    }
    leave(&mut on).await
}

/// Leads on; where a set-up has the person sign in anew, the first page says why.
pub(super) async fn leave(on: &mut OnTx) -> Result<Response, Stop> {
    on.tx.backup = None;
    if on.view.account.is_none() && on.tx.begun {
        return Ok(see_other(&format!("{}&notice=set-up", on.at("/sign-in").await?)));
    }
    on.lead_on().await
}

/// `POST /setup/backup-codes/new`. Asking twice makes the same codes: they follow from the seed of the offer.
pub async fn generate(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    on.check_form(&form)?;
    let seed = match on.tx.backup.clone() {
        Some(Notice::Offered { seed, .. }) => seed,
        Some(Notice::Made(_)) => return Ok(see_other(&on.at(PATH).await?)),
        // The app is about to be enabled on the page before, which the codes are asked for with.
        Some(Notice::Left(_)) | None => return app::done_with_codes(on).await,
    };
    let Some(account) = on.view.account.as_ref() else { return on.lead_on().await };
    let at = on.cx.app.clock.now();
    let event = AuditEvent {
        actor: Actor::Account(account.id),
        account: Some(account.id),
        client: Some(on.view.client.id.clone()),
        details: serde_json::json!({ "count": on.view.policy.backup_codes.count }),
        ..on.cx.origin.event(at, "backup_code.generated")
    };
    let new = NewCodes {
        account: account.id,
        seed,
        count: on.view.policy.backup_codes.count,
        notices: notices::of_new_backup_codes(&on.cx.app, &on.view, at),
        event,
        // The seed is the transaction's: asking again makes the same codes.
        asked: None,
        at,
    };
    regenerate(&on.cx.app, new).await.map_err(|error| on.cx.stop(error))?;
    on.tx.backup = Some(Notice::Made(seed));
    Ok(see_other(&on.at(PATH).await?))
}

/// `POST /setup/backup-codes/download`: the codes as a text file.
pub async fn download(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = read(cx).await?;
    on.check_form(&form)?;
    let Some(Notice::Made(seed)) = &on.tx.backup else { return Ok(on.refused(&Refusal::AlreadyUsed).await) };
    file_of(&on.cx, &on.view.policy.wording, &shown_codes(&on, seed))
}

/// Codes as a text file, in the words of the page.
pub(in crate::http) fn file_of(cx: &Cx, wording: &str, codes: &[String]) -> Result<Response, Stop> {
    let text = |message: Message| {
        let text = cx.app.pages.text(cx.lang, wording, &message);
        text.map_err(|error| cx.stop(StepError::Broken(error.to_string())))
    };
    let title = text(Message::new("backup-codes-file-title").with("council", cx.app.config.brand.council_in(cx.lang)))?;
    let once = text(Message::new("backup-codes-once"))?;
    let file = format!("{title}\r\n{once}\r\n\r\n{}\r\n", codes.join("\r\n"));
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"backup-codes.txt\""),
    ];
    Ok((StatusCode::OK, headers, file).into_response())
}
