//! R42: passkeys of the account. Making one takes a script; the page says so.

use axum::response::Response;
use uuid::Uuid;

use super::{On, fresh, fresh_form, to, wrong};
use crate::account::factors::Removal;
use crate::account::passkeys;
use crate::http::cx::{Cx, Posted, Stop};
use crate::http::signin::passkey::answer_in;
use crate::page::screens::account::passkey::PasskeyName;
use crate::page::screens::account::security::PasskeyRow;
use crate::page::screens::passkey::{Ceremony, MakePasskey};
use crate::page::{FieldError, Message};
use crate::signin::StepError;
use crate::signin::passkey::{name_of, number_of_next};
use crate::store::passkeys::Passkey;

/// Where one is added.
pub const PATH: &str = "/account/security/passkey";
const BACK: &str = "/account/security";

/// A passkey as R42 lists it.
pub struct Row {
    /// Which.
    pub id: Uuid,
    /// As it is shown.
    pub shown: PasskeyRow,
}

/// The passkeys of the account as R42 lists them.
pub async fn rows(on: &On) -> Result<Vec<Row>, StepError> {
    let removable = |id| super::security::stays(on, Removal::Passkey(id)).is_none();
    let shown = |passkey: Passkey| PasskeyRow {
        added: on.time(passkey.created_at),
        last_used: passkey.last_used_at.map(|at| on.time(at)),
        suspect: passkey.copy_noted_at.is_some(),
        rename_href: format!("{PATH}/name?passkey={}", passkey.id),
        remove_href: removable(passkey.id).then(|| format!("/account/security/remove?passkey={}", passkey.id)),
        name: passkey.name,
    };
    let row = |passkey: Passkey| Row { id: passkey.id, shown: shown(passkey) };
    Ok(passkeys::list(&on.cx.app, &on.inside).await?.into_iter().map(row).collect())
}

/// The passkey that the address names; none where it names none.
pub async fn named(on: &On) -> Result<Option<Passkey>, Stop> {
    let Some(text) = on.cx.query("passkey") else { return Ok(None) };
    let id = text.parse::<Uuid>().ok();
    let held = passkeys::list(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    let found = held.into_iter().find(|passkey| Some(passkey.id) == id);
    found.map(Some).ok_or_else(|| Stop::from(to(BACK)))
}

/// `GET /account/security/passkey`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    show(&on, String::new(), Vec::new()).await
}

async fn show(on: &On, name: String, errors: Vec<FieldError>) -> Result<Response, Stop> {
    if on.cx.app.ceremonies.is_none() {
        return Ok(to(BACK));
    }
    let begun = passkeys::begin(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    let page = MakePasskey {
        action: PATH.to_owned(),
        ceremony: Ceremony { options: begun.shown.to_string(), sealed: Some(begun.sealed) },
        name,
        number: number_of_next(&on.inside.account),
        errors,
        ..MakePasskey::default()
    };
    Ok(on.page(Some(BACK), &page))
}

/// `POST /account/security/passkey`.
pub async fn add(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let broken = |error: String| on.cx.stop(StepError::Broken(error));
    let typed = form.get("name").unwrap_or_default().to_owned();
    let unnamed = Message::new("setup-passkey-default-name").with("number", number_of_next(&on.inside.account));
    let unnamed = on.cx.app.pages.text(on.cx.lang, "default", &unnamed).map_err(|error| broken(error.to_string()))?;
    let name = name_of(&typed).unwrap_or(unnamed);
    let sealed = form.get("challenge").unwrap_or_default();
    let added = match answer_in(&form) {
        Some(answer) => passkeys::add(&on.cx.app, &on.inside, (sealed, answer), name, &on.cx.origin).await,
        None => Ok(None),
    };
    match added {
        Ok(Some(token)) => Ok(on.raised(to("/account/security?done=passkey"), &token)),
        Ok(None) => show(&on, typed, wrong("name", "error-passkey-setup")).await,
        Err(error) => Ok(on.refused(&error)),
    }
}

/// `GET /account/security/passkey/name`.
pub async fn name_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let Some(passkey) = named(&on).await? else { return Ok(to(BACK)) };
    Ok(show_name(&on, passkey.name, Vec::new()))
}

fn show_name(on: &On, name: String, errors: Vec<FieldError>) -> Response {
    on.page(Some(BACK), &PasskeyName { action: super::here(&on.cx), name, errors })
}

/// `POST /account/security/passkey/name`.
pub async fn name(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let Some(passkey) = named(&on).await? else { return Ok(to(BACK)) };
    let typed = form.get("name").unwrap_or_default();
    if name_of(typed).is_none() {
        return Ok(show_name(&on, String::new(), wrong("name", "error-passkey-name-empty")));
    }
    let renamed = passkeys::rename(&on.cx.app, &on.inside, passkey.id, typed, &on.cx.origin).await;
    renamed.map_err(|error| on.cx.stop(error))?;
    Ok(to("/account/security?done=passkey-name"))
}
