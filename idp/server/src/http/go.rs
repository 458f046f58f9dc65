//! `/go/{slug}`: short addresses for forms, as they stand in letters. Each leads to where its client starts a sign-in
//! (OpenID Connect Core 4); the form itself is the client's, which leads there after the sign-in.

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use axum::routing::get;
use http::{Method, StatusCode};
use idp_core::short_link::{login_address, meant};

use super::cx::{Cx, Stop, add_cookie, see_other};
use crate::app::App;
use crate::page::Frame;
use crate::page::screens::dead_link::{About, DeadLink, Why};
use crate::page::screens::error::Problem;
use crate::signin::{cookie, entry};
use crate::store::short_links::{self, ShortLink};

/// The routes. Who types from paper may use capitals throughout.
pub fn routes() -> Router<App> {
    ["go", "Go", "GO"].iter().fold(Router::new(), |routes, go| routes.route(&format!("/{go}/{{*slug}}"), get(follow)))
}

async fn follow(cx: Cx, path: Result<Path<String>, PathRejection>) -> Result<Response, Stop> {
    let unknown = || Stop::from(cx.problem(StatusCode::NOT_FOUND, Problem::NotFound));
    let slug = path.ok().and_then(|Path(typed)| meant(&typed)).ok_or_else(unknown)?;
    let found = async { short_links::find(&mut cx.app.db.read().await?, &slug).await };
    let link = found.await.map_err(|error| cx.stop(error))?.ok_or_else(unknown)?;
    let clients = cx.app.clients();
    let Some(client) = clients.enabled(&link.client_id) else {
        tracing::info!(slug, client = link.client_id, "a short link leads to a client app that cannot be used");
        return Ok(closed(&cx, &link));
    };
    let address = match login_address(&client.metadata, cx.app.issuer(), &link.target_link_uri) {
        Ok(address) => address,
        Err(error) => {
            tracing::warn!(slug, client = link.client_id, %error, "a short link leads nowhere");
            return Ok(closed(&cx, &link));
        }
    };
    let value = entry::cookie(&cx.app, &link.slug, &client.id).map_err(|error| cx.stop(error))?;
    let mut response = see_other(&address);
    add_cookie(&mut response, &cookie::set(&cx.names.entry(), &value, Some(entry::LIFE_SECONDS)));
    note_use(&cx, link);
    Ok(response)
}

/// R47b: the address is right, and what it leads to cannot be used.
fn closed(cx: &Cx, link: &ShortLink) -> Response {
    let frame = Frame { here: cx.here(), ..cx.client_frame(&link.client_id) };
    let page = DeadLink { about: About::Service, why: Why::Closed, contact: cx.contact() };
    cx.page(StatusCode::NOT_FOUND, &frame, &page)
}

/// Nobody waits for the note that a link is still in use.
fn note_use(cx: &Cx, link: ShortLink) {
    let now = cx.app.clock.now();
    if cx.method != Method::GET || !link.is_to_be_noted(now) {
        return;
    }
    let db = cx.app.db.for_workers();
    tokio::spawn(async move {
        if let Err(error) = short_links::note_use(&db, link.slug, now).await {
            tracing::warn!(%error, "the use of a short link was not noted");
        }
    });
}
