//! `/logout` (OpenID Connect RP-Initiated Logout 1.0) and the pages around it: R46.

use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use idp_core::oidc::logout::{LogoutHint, LogoutRequest, LogoutStep, decide};
use idp_core::oidc::params::Params;
use serde::{Deserialize, Serialize};

use crate::clients::Client;
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::keys::signing::Expectation;
use crate::net::form::Form;
use crate::page::screens::error::Problem;
use crate::page::screens::session::{SignOut, SignedOut, StillSignedIn};
use crate::page::{ClientFace, Frame};
use crate::signin::StepError;
use crate::signin::cookie;
use crate::signin::ending::end_session;
use crate::signin::transaction::hash;
use crate::store::sessions::{self, Session};

/// What a request to sign out asked for, sealed into the address of the page that asks first and of those after it.
#[derive(Serialize, Deserialize)]
struct Confirmation {
    /// Where the browser goes once the person has confirmed.
    target: Option<String>,
    /// The client that asked.
    client: Option<String>,
    asked_at: i64,
    /// Whether many people use the device.
    #[serde(default)]
    shared: bool,
}

/// A confirmation is answered within this many seconds.
const ANSWER_WITHIN: i64 = 1800;

/// `GET /logout`.
pub async fn get(cx: Cx) -> Result<Response, Stop> {
    let Ok(form) = Form::query(&cx.uri) else {
        return Err(Stop::from(cx.problem(StatusCode::BAD_REQUEST, Problem::Unreadable)));
    };
    receive(cx, form).await
}

/// `POST /logout`.
pub async fn post(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    receive(cx, form).await
}

async fn session(cx: &Cx) -> Result<Option<Session>, StepError> {
    let Some(token) = cx.session_token() else { return Ok(None) };
    Ok(sessions::by_token(&mut cx.app.db.read().await?, hash(token), "").await?)
}

async fn receive(cx: Cx, form: Form) -> Result<Response, Stop> {
    let params = form.iter().collect::<Params>();
    if let Some(name) = params.repeated() {
        return Err(Stop::from(cx.request_problem(
            None,
            "invalid_request",
            &format!("the parameter {name} came more than once"),
        )));
    }
    let claims = params.get("id_token_hint").map(|token| {
        let expected = Expectation { typ: "JWT", audience: None, expired_ok: true, now: cx.app.clock.now() };
        cx.app.signing().ring.verify_own(token, expected).ok()
    });
    let text = |name: &str| claims.as_ref().and_then(|c| c.as_ref()?.get(name)?.as_str());
    let hint = match &claims {
        None => LogoutHint::Absent,
        Some(_) => text("aud").map_or(LogoutHint::Foreign, |audience| LogoutHint::Ours { audience, sid: text("sid") }),
    };
    let session = session(&cx).await.map_err(|error| cx.stop(error))?;
    let clients = cx.app.clients();
    let asking = params.get("client_id").or_else(|| text("aud")).and_then(|id| clients.enabled(id));
    let request = LogoutRequest {
        hint,
        client_id: params.get("client_id"),
        client: asking.map(|client| &client.metadata),
        return_to: params.get("post_logout_redirect_uri"),
        state: params.get("state"),
        session: session.as_ref().map(|s| s.sid.as_str()),
    };
    match decide(&request) {
        Err(error) => Err(Stop::from(cx.request_problem(
            asking.map(|client| client.id.as_str()),
            error.code.as_str(),
            error.description(),
        ))),
        Ok(LogoutStep::SignOut(target)) => end(&cx, session, asked(&cx, target, asking.map(AsRef::as_ref))).await,
        Ok(LogoutStep::Confirm(target)) => {
            let confirmation = asked(&cx, target, asking.map(AsRef::as_ref));
            if session.is_none() {
                return end(&cx, None, confirmation).await;
            }
            Ok(see_other(&at(&cx, "/sign-out", &confirmation)?))
        }
    }
}

fn asked(cx: &Cx, target: Option<String>, client: Option<&Client>) -> Confirmation {
    Confirmation {
        target,
        client: client.map(|client| client.id.clone()),
        asked_at: cx.app.clock.now().timestamp(),
        shared: client.is_some_and(|client| client.policy.shared_device),
    }
}

/// The address of one of our pages that knows what was asked for.
fn at(cx: &Cx, path: &str, confirmation: &Confirmation) -> Result<String, Stop> {
    let sealed = cx.app.purposes.transactions.seal_json(&cx.app.random, &[b"logout"], confirmation);
    let sealed = sealed.map_err(|error| cx.stop(StepError::Broken(error.to_string())))?;
    Ok(format!("{path}?then={sealed}"))
}

/// `GET /sign-out`: asks first. Nothing ends because somebody follows a link or loads an image.
pub async fn confirm_page(cx: Cx) -> Result<Response, Stop> {
    let session = session(&cx).await.map_err(|error| cx.stop(error))?;
    if session.is_none() {
        return Ok(see_other("/signed-out"));
    }
    let here = cx.here();
    let client = client(&cx);
    // Not to where one goes once signed out: what is there would say so.
    let stay_href = client.as_ref().and_then(|client| client.home_uri.clone());
    let page = SignOut { action: here.clone(), stay_href: stay_href.unwrap_or_else(|| "/still-signed-in".to_owned()) };
    let frame = Frame { csrf: form_token(&cx), here, client, ..cx.frame() };
    Ok(cx.page(StatusCode::OK, &frame, &page))
}

/// The client that asked for the sign-out, as people know it.
fn client(cx: &Cx) -> Option<ClientFace> {
    cx.face(&confirmed(cx)?.client?)
}

/// `GET /still-signed-in`: nothing was ended, and there is no service to go back to that we know of.
pub async fn still_page(cx: Cx) -> Result<Response, Stop> {
    if session(&cx).await.map_err(|error| cx.stop(error))?.is_none() {
        return Ok(see_other("/signed-out"));
    }
    let frame = Frame { here: cx.here(), ..cx.frame() };
    Ok(cx.page(StatusCode::OK, &frame, &StillSignedIn { sign_out_href: "/sign-out".to_owned() }))
}

/// `POST /sign-out`.
pub async fn confirm(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let expected = form_token(&cx);
    if !cx.is_from_our_pages() || expected.is_none() || form.get("csrf") != expected.as_deref() {
        return Err(Stop::from(cx.problem(StatusCode::FORBIDDEN, Problem::Forbidden)));
    }
    let session = session(&cx).await.map_err(|error| cx.stop(error))?;
    let confirmation = confirmed(&cx).unwrap_or_else(|| asked(&cx, None, None));
    end(&cx, session, confirmation).await
}

fn confirmed(cx: &Cx) -> Option<Confirmation> {
    let sealed = cx.query("then")?;
    let confirmation = cx.app.purposes.transactions.open_json::<Confirmation>(&[b"logout"], sealed).ok()?;
    (cx.app.clock.now().timestamp() - confirmation.asked_at < ANSWER_WITHIN).then_some(confirmation)
}

fn form_token(cx: &Cx) -> Option<String> {
    let session = hash(cx.session_token()?);
    Some(BASE64URL_NOPAD.encode(&cx.app.purposes.forms.tag(&[b"sign-out", &session])))
}

/// Ends the session everywhere at once, and every sign-in that this browser has open.
async fn end(cx: &Cx, session: Option<Session>, confirmation: Confirmation) -> Result<Response, Stop> {
    if let Some(session) = session {
        let (now, origin) = (cx.app.clock.now(), cx.origin.clone());
        cx.app
            .db
            .write(move |tx| Box::pin(async move { end_session(tx, &session, &origin, now).await }))
            .await
            .map_err(|error| cx.stop(error))?;
    }
    let done = match (&confirmation.target, &confirmation.client) {
        (Some(target), _) => target.clone(),
        (None, Some(_)) => at(cx, "/signed-out", &confirmation)?,
        (None, None) => "/signed-out".to_owned(),
    };
    let mut response = see_other(&done);
    let session_cookie = cx.names.session();
    for (name, _) in cx.cookies() {
        if name == session_cookie || cx.names.is_transaction(name) {
            add_cookie(&mut response, &cookie::clear(name));
        }
    }
    Ok(response)
}

/// `GET /signed-out`.
pub async fn done_page(cx: Cx) -> Response {
    let (client, shared) = (client(&cx), confirmed(&cx).is_some_and(|confirmation| confirmation.shared));
    let page = SignedOut {
        client_href: client.as_ref().and_then(|c| c.home_uri.clone()),
        everywhere: cx.query("everywhere").is_some(),
        shared_device: shared || cx.is_on_shared_network(),
        ..SignedOut::default()
    };
    let frame = Frame { here: cx.here(), client, ..cx.frame() };
    cx.page(StatusCode::OK, &frame, &page)
}
