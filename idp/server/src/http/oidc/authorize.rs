//! `/authorize`: reads the request and hands it to the sign-in. Until client and redirect URI are proven, an error is a
//! page of our own.

use axum::response::Response;
use idp_core::oidc::authorize::{Asked, Hint, read, reply_to};
use idp_core::oidc::error::OAuthError;
use idp_core::oidc::params::Params;

use crate::clients::Client;
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::http::signin::{self, deliver, take_up};
use crate::keys::signing::Expectation;
use crate::net::form::Form;
use crate::page::screens::error::Problem;
use crate::signin::cookie;
use crate::signin::transaction::Transaction;
use crate::store::clients;

/// What came of a request: to be signed in for, or answered already.
enum Read {
    Transaction(Box<Transaction>),
    Answered(Box<Response>),
}

fn receive(cx: &Cx, form: &Form) -> Read {
    let params = form.iter().collect::<Params>();
    let clients = cx.app.clients();
    let client = params.get("client_id").and_then(|id| clients.enabled(id));
    let reply_to = match reply_to(&params, client.map(|c| &c.metadata)) {
        Ok(reply_to) => reply_to,
        Err(error) => return Read::Answered(Box::new(own_page(cx, client.map(|client| client.id.as_str()), &error))),
    };
    let Some(client) = client else { return Read::Answered(Box::new(cx.request_problem(None, "invalid_request", ""))) };
    let now = cx.app.clock.now();
    let hint = hint(cx, &params);
    let asked = Asked {
        params: &params,
        client_id: &client.id,
        client: &client.metadata,
        vocabulary: &cx.app.vocabulary,
        hint: &hint,
        received_at: now,
    };
    match read(&asked, reply_to.clone()) {
        Ok(request) => {
            if client.first_accessed_at.is_none() {
                note_first_access(cx, client);
            }
            Read::Transaction(Box::new(Transaction::new(request, &cx.app.random, now)))
        }
        Err(error) => {
            Read::Answered(Box::new(deliver(cx, &cx.client_frame(&client.id), reply_to.error(cx.app.issuer(), &error))))
        }
    }
}

/// Charges begin with a client's first valid request. Nobody waits for the note; the next request repeats one that was
/// lost.
fn note_first_access(cx: &Cx, client: &Client) {
    let (db, id, now) = (cx.app.db.for_workers(), client.id.clone(), cx.app.clock.now());
    tokio::spawn(async move {
        let noted = db.write(move |tx| Box::pin(async move { clients::first_access(tx, &id, now).await })).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "the first access of a client was not noted");
        }
    });
}

fn own_page(cx: &Cx, client_id: Option<&str>, error: &OAuthError) -> Response {
    tracing::info!(code = %error.code, why = error.description(), "an authorization request was refused on a page");
    cx.request_problem(client_id, error.code.as_str(), error.description())
}

/// An ID token of ours, however old, names the person that the client expects.
fn hint(cx: &Cx, params: &Params) -> Hint {
    let Some(token) = params.get("id_token_hint") else { return Hint::Absent };
    let expected = Expectation { typ: "JWT", audience: None, expired_ok: true, now: cx.app.clock.now() };
    let claims = cx.app.signing().ring.verify_own(token, expected).ok();
    let sub = claims.and_then(|claims| claims.get("sub")?.as_str().map(str::to_owned));
    sub.map_or(Hint::Foreign, |sub| Hint::Ours { sub })
}

/// `GET /authorize`.
pub async fn get(cx: Cx) -> Result<Response, Stop> {
    let Ok(form) = Form::query(&cx.uri) else {
        return Err(Stop::from(cx.problem(http::StatusCode::BAD_REQUEST, Problem::Unreadable)));
    };
    match receive(&cx, &form) {
        Read::Transaction(transaction) => take_up(cx, transaction).await,
        Read::Answered(response) => Ok(*response),
    }
}

/// `POST /authorize`: from another site the browser sends no cookies with it, so that the request goes on by GET. It
/// belongs to this browser already: whoever else follows the address gets nothing of it.
pub async fn post(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    match receive(&cx, &form) {
        Read::Transaction(mut transaction) => {
            let owner = transaction.give_to_new_owner(&cx.app.random);
            let sealed = transaction.seal(&cx.app, &cx.origin).await.map_err(|error| cx.stop(error))?;
            let mut response = see_other(&format!("/authorize/resume?tx={sealed}"));
            add_cookie(&mut response, &cookie::set(&cx.names.transaction(&transaction.id), &owner, None));
            Ok(response)
        }
        Read::Answered(response) => Ok(*response),
    }
}

/// `GET /authorize/resume`: the posted request goes on, in the browser that posted it.
pub async fn resume(cx: Cx) -> Result<Response, Stop> {
    signin::resume(cx).await
}
