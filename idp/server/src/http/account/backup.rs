//! R42 and R22: new backup codes outside a sign-in, shown once and downloaded.

use axum::response::Response;
use http::StatusCode;
use idp_core::policy::BackupOffer;

use super::{On, fresh, fresh_form, seen, seen_form, to, wrong};
use crate::account::backup;
use crate::factor::backup::shown;
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::http::signin::setup::backup_codes::file_of;
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::page::screens::account::security::Codes;
use crate::page::screens::backup::{BackupCodes, Part};
use crate::page::{FieldError, Message};

const PATH: &str = "/account/security/backup-codes";
const BACK: &str = "/account/security";

/// What R42 says of them; nothing where the account can have none.
pub fn card(on: &On) -> Option<Codes> {
    let left = on.inside.account.backup_codes_left();
    backup::may_have(&on.inside).then(|| Codes { left, make_href: PATH.to_owned() })
}

/// `GET /account/security/backup-codes`.
pub async fn ask_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    if !backup::may_have(&on.inside) {
        return Ok(to(BACK));
    }
    let first = on.inside.account.backup_codes.is_empty();
    let question = if first { Question::FirstCodes } else { Question::NewCodes };
    let page = Confirm { question, action: PATH.to_owned(), ..Confirm::default() };
    Ok(on.page(Some(BACK), &page))
}

/// `POST /account/security/backup-codes`.
pub async fn make(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    if !backup::may_have(&on.inside) {
        return Ok(to(BACK));
    }
    let made = backup::make(&on.cx.app, &on.inside, &on.cx.origin).await.map_err(|error| on.cx.stop(error))?;
    let Some(made) = made else {
        let refused = Some(Message::new("account-refused-codes-again"));
        let page = Confirm { question: Question::NewCodes, action: PATH.to_owned(), refused, ..Confirm::default() };
        let mut answer = on.page(Some(BACK), &page);
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        return Ok(answer);
    };
    Ok(see_other(&format!("{PATH}/new?codes={made}")))
}

/// What the address carries, with the codes; without them, R42 says how many there are.
async fn carried(on: &On) -> Result<(String, Vec<String>), Stop> {
    let sealed = on.cx.query("codes").unwrap_or_default().to_owned();
    let codes = backup::shown(&on.cx.app, &on.inside, &sealed).await.map_err(|error| on.cx.stop(error))?;
    match codes {
        Some(codes) => Ok((sealed, codes.iter().map(|code| shown(code)).collect())),
        None => Err(Stop::from(to(BACK))),
    }
}

/// `GET /account/security/backup-codes/new`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let (sealed, codes) = carried(&on).await?;
    Ok(show(&on, &sealed, codes, Vec::new()))
}

fn asks_saved(on: &On) -> bool {
    on.inside.rules.policy.backup_codes.offer == BackupOffer::Always
}

fn show(on: &On, sealed: &str, codes: Vec<String>, errors: Vec<FieldError>) -> Response {
    let page = BackupCodes {
        action: format!("{PATH}/new?codes={sealed}"),
        part: Part::Codes,
        codes,
        download_action: Some(format!("{PATH}/download?codes={sealed}")),
        asks_saved: asks_saved(on),
        errors,
        ..BackupCodes::default()
    };
    on.page(None, &page)
}

/// `POST /account/security/backup-codes/new`: they are saved.
pub async fn go_on(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = seen_form(cx, &form).await?;
    let (sealed, codes) = carried(&on).await?;
    if asks_saved(&on) && form.get("saved").is_none() {
        return Ok(show(&on, &sealed, codes, wrong("saved", "error-backup-saved")));
    }
    backup::put_away(&on.cx.app, &on.inside, &sealed).await.map_err(|error| on.cx.stop(error))?;
    Ok(to("/account/security?done=codes"))
}

/// `POST /account/security/backup-codes/download`: the codes as a text file.
pub async fn download(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = seen_form(cx, &form).await?;
    let (_, codes) = carried(&on).await?;
    file_of(&on.cx, "default", &codes)
}
