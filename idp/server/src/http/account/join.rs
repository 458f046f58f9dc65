//! R42: joining another account to this one. What it means, and the way to the sign-in to that account; what comes after
//! that sign-in is in [`crate::http::signin`].

use axum::response::Response;
use http::StatusCode;

use super::{On, fresh, fresh_form};
use crate::account::joining::{self, Apart};
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::Message;
use crate::page::screens::account::joining::{Join, NotJoined};

/// Where it begins.
pub const PATH: &str = "/account/join";
const BACK: &str = "/account/security";

/// Why two accounts are not joined, as their owner reads it.
pub(in crate::http) fn not_joined(cx: &Cx, apart: &Apart) -> NotJoined {
    let why = match apart {
        Apart::Same => Message::new("account-join-same"),
        Apart::SessionGone => Message::new("account-join-session"),
        Apart::Stale => Message::new("account-join-stale"),
        Apart::Staff => Message::new("account-join-staff"),
        Apart::Administrator => Message::new("account-join-administrator"),
        Apart::Managed(clients) => Message::new("account-join-managed").with("portals", names(cx, clients).join(", ")),
        Apart::ChangedLately => Message::new("account-join-changed"),
    };
    let again = matches!(apart, Apart::Same | Apart::SessionGone | Apart::Stale);
    NotJoined { why, again_href: again.then(|| PATH.to_owned()) }
}

/// What clients are called; their ids where they are gone.
pub(in crate::http) fn names(cx: &Cx, clients: &[String]) -> Vec<String> {
    let known = cx.app.clients();
    let name = |id: &String| known.enabled(id).map_or_else(|| id.clone(), |client| client.name_in(cx.lang));
    clients.iter().map(name).collect()
}

async fn refused(on: &On) -> Result<Option<Response>, Stop> {
    let may = joining::may_begin(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    Ok(may.err().map(|apart| on.page_with(StatusCode::CONFLICT, Some(BACK), &not_joined(&on.cx, &apart))))
}

/// `GET /account/join`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    if let Some(refused) = refused(&on).await? {
        return Ok(refused);
    }
    Ok(on.page(Some(BACK), &Join { action: super::here(&on.cx) }))
}

/// `POST /account/join`: leads to the sign-in to the other account.
pub async fn begin(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    if let Some(refused) = refused(&on).await? {
        return Ok(refused);
    }
    let transaction = joining::begin(&on.cx.app, &on.inside);
    crate::http::signin::take_up(on.cx, Box::new(transaction)).await
}
