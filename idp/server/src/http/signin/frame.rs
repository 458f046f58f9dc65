//! What is around the pages of a sign-in: in whose name they are, where their forms may lead, and the ways out of it.

use axum::response::Response;
use http::StatusCode;
use idp_core::oidc::response::Reply;
use url::Url;

use crate::app::App;
use crate::federation::Provider;
use crate::http::cx::{Cx, add_cookie, see_other};
use crate::net::headers::FormAction;
use crate::page::screens::error::TurnOnCookies;
use crate::page::screens::form_post::{FormPost, Parameter};
use crate::page::screens::session::ExpiredCause;
use crate::page::{ClientFace, Frame};
use crate::signin::cookie;
use crate::signin::transaction::{Gone, Transaction};

/// In whose name a transaction's pages are.
pub(super) fn face(cx: &Cx, tx: &Transaction) -> Option<ClientFace> {
    if tx.is_for_account_pages() {
        // Who is only asked again came from there and can go back; who comes in has nothing to go back to.
        return tx.request.max_age.and_then(|_| crate::http::account::face(cx));
    }
    cx.face(&tx.request.client_id)
}

/// The frame of a page about a transaction that does not go on.
fn frame_of(cx: &Cx, tx: &Transaction) -> Frame {
    Frame { client: face(cx, tx), here: cx.here(), ..cx.client_frame(&tx.request.client_id) }
}

/// The page of a transaction that its address does not open.
pub(super) fn gone_page(cx: &Cx, gone: Gone, text: &str) -> Response {
    let again = Some(format!("/start-again?tx={text}"));
    match gone {
        Gone::Unreadable => cx.expired(ExpiredCause::Idle, None),
        Gone::Expired(tx) => cx.expired_in(&frame_of(cx, &tx), ExpiredCause::Idle, again),
        Gone::NotOwned(tx) => {
            let home = face(cx, &tx).and_then(|face| face.home_uri);
            cx.expired_in(&frame_of(cx, &tx), ExpiredCause::Passed, home.or(again))
        }
        Gone::NoCookies(tx) => {
            cx.page(StatusCode::BAD_REQUEST, &frame_of(cx, &tx), &TurnOnCookies { again_href: again })
        }
    }
}

/// The page of a step that was taken already: it leads to the client’s own page.
pub(super) fn passed(cx: &Cx, tx: &Transaction) -> Response {
    let home = face(cx, tx).and_then(|face| face.home_uri);
    cx.expired_in(&frame_of(cx, tx), ExpiredCause::Passed, home)
}

/// Where forms of a page may lead, as CSP's `form-action` says it: ourselves, https, and the client's own scheme or
/// loopback origin. Chromium applies it to every redirect that follows.
pub(super) fn form_targets(redirect_uri: &str) -> String {
    let own = match Url::parse(redirect_uri) {
        Ok(url) if url.scheme() == "http" => url.origin().ascii_serialization(),
        Ok(url) if url.scheme() != "https" => format!("{}:", url.scheme()),
        _ => return "'self' https:".to_owned(),
    };
    format!("'self' https: {own}")
}

/// The same, for pages whose forms lead to identity providers too: those of a demo or a test have no https.
pub(in crate::http) fn with_providers(app: &App, mut targets: String) -> String {
    for origin in app.providers.iter().map(Provider::origin).filter(|origin| origin.starts_with("http://")) {
        targets.push(' ');
        targets.push_str(&origin);
    }
    targets
}

/// Sends an answer to the client; where a page carries it, in this frame.
pub(in crate::http) fn deliver(cx: &Cx, frame: &Frame, reply: Reply) -> Response {
    match reply {
        Reply::Redirect(to) => see_other(&to),
        Reply::Post { action, fields } => {
            let parameters =
                fields.into_iter().map(|(name, value)| Parameter { name: name.to_owned(), value }).collect();
            let targets = form_targets(&action);
            let mut response = cx.page(StatusCode::OK, frame, &FormPost { action, parameters });
            response.extensions_mut().insert(FormAction(targets));
            response
        }
    }
}

/// Sends an answer to the client of a transaction, and forgets its cookie.
pub(super) fn leave(cx: &Cx, tx: &Transaction, reply: Reply) -> Response {
    let mut response = deliver(cx, &Frame { here: String::new(), ..frame_of(cx, tx) }, reply);
    let name = cx.names.transaction(&tx.id);
    if cx.cookie(&name).is_some() {
        add_cookie(&mut response, &cookie::clear(&name));
    }
    response
}
