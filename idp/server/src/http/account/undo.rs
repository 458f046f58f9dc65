//! What a “this was not me” link leads to. Whoever holds the link had the contact; they need not be signed in.

use axum::extract::Path;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use idp_core::account::{EmailAddress, PhoneNumber};
use idp_core::policy::UserClass;
use uuid::Uuid;

use crate::account::contact;
use crate::http::cx::{Cx, Posted, Stop};
use crate::page::Frame;
use crate::page::screens::account::undo::Undo;
use crate::page::screens::dead_link::{About, Why};
use crate::page::screens::error::Problem;
use crate::signin::outbox::undone_by;
use crate::store::account_changes::{Kind, WayBack};

async fn find(cx: &Cx, token: &str) -> Result<(WayBack, UserClass), Stop> {
    let Some(id) = undone_by(&cx.app.purposes, token) else {
        return Err(Stop::from(cx.dead_link(About::Undo, Why::Unknown)));
    };
    match contact::way_back(&cx.app, id).await.map_err(|error| cx.stop(error))? {
        Some(found) => Ok(found),
        None => Err(gone(cx, id).await?),
    }
}

/// Says what became of a link of ours: whoever has it may know.
async fn gone(cx: &Cx, id: Uuid) -> Result<Stop, Stop> {
    let used = contact::was_undone(&cx.app, id).await.map_err(|error| cx.stop(error))?;
    Ok(Stop::from(cx.dead_link(About::Undo, Why::of(Some(used)))))
}

fn masked(way: &WayBack) -> String {
    match way.kind {
        Kind::Email => EmailAddress::parse(&way.old.0).map(|email| email.masked()).unwrap_or_default(),
        Kind::Phone => PhoneNumber::parse(&way.old.0).map(|number| number.ending().to_owned()).unwrap_or_default(),
    }
}

fn form_token(cx: &Cx, id: Uuid) -> String {
    BASE64URL_NOPAD.encode(&cx.app.purposes.forms.tag(&[b"undo-form", id.as_bytes()]))
}

/// `GET /account/undo/{token}`: changes nothing, so that a scanner of mail that follows links does no harm.
pub async fn page(cx: Cx, Path(token): Path<String>) -> Result<Response, Stop> {
    let (way, _) = find(&cx, &token).await?;
    let here = format!("/account/undo/{token}");
    let page = Undo { kind: way.kind.as_str().to_owned(), action: Some(here.clone()), old: masked(&way) };
    let frame = Frame { csrf: Some(form_token(&cx, way.id)), here, ..cx.frame() };
    Ok(cx.page(StatusCode::OK, &frame, &page))
}

/// `POST /account/undo/{token}`.
pub async fn undo(cx: Cx, Path(token): Path<String>, Posted(form): Posted) -> Result<Response, Stop> {
    let (way, class) = find(&cx, &token).await?;
    if !cx.is_from_our_pages() || form.get("csrf") != Some(form_token(&cx, way.id).as_str()) {
        return Err(Stop::from(cx.problem(StatusCode::FORBIDDEN, Problem::Forbidden)));
    }
    let (page, id) = (Undo { kind: way.kind.as_str().to_owned(), action: None, old: masked(&way) }, way.id);
    if !contact::undo(&cx.app, way, class, &cx.origin).await.map_err(|error| cx.stop(error))? {
        return Err(gone(&cx, id).await?);
    }
    Ok(cx.page(StatusCode::OK, &cx.frame(), &page))
}
