//! R42: names that came with an account that was joined.

use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

use super::{On, fresh, fresh_form, to};
use crate::account::names;
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::Message;
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::page::screens::account::security::NameRow;
use crate::signin::StepError;
use crate::signin::transaction::hash;

const PATH: &str = "/account/security/name/remove";
const BACK: &str = "/account/security";

/// The names as R42 lists them.
pub async fn rows(on: &On) -> Result<Vec<NameRow>, StepError> {
    let row = |name: String| NameRow { remove_href: format!("{PATH}?name={}", id_of(&name)), name };
    Ok(names::joined(&on.cx.app, &on.inside).await?.into_iter().map(row).collect())
}

/// What an address calls a name: it tells nobody's.
fn id_of(name: &str) -> String {
    BASE64URL_NOPAD.encode(hash(name).get(..12).unwrap_or_default())
}

async fn named(on: &On) -> Result<String, Stop> {
    let asked = on.cx.query("name").unwrap_or_default().to_owned();
    let held = names::joined(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    held.into_iter().find(|name| id_of(name) == asked).ok_or_else(|| Stop::from(to(BACK)))
}

/// `GET /account/security/name/remove`.
pub async fn remove_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let about = Some(Message::new("device-named").with("name", named(&on).await?));
    let page = Confirm { question: Question::RemoveName, action: super::here(&on.cx), about, ..Confirm::default() };
    Ok(on.page(Some(BACK), &page))
}

/// `POST /account/security/name/remove`.
pub async fn remove(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let name = named(&on).await?;
    match names::remove(&on.cx.app, &on.inside, name, &on.cx.origin).await {
        Ok(()) => Ok(to("/account/security?done=name")),
        Err(error) => Ok(on.refused(&error)),
    }
}
