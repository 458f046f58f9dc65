//! `/logout` (OpenID Connect RP-Initiated Logout 1.0) and the pages around it: R46.

use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use idp_core::oidc::logout::{LogoutHint, LogoutRequest, LogoutStep, decide};
use idp_core::oidc::params::Params;
use serde::{Deserialize, Serialize};

use crate::audit::{Actor, AuditEvent};
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::keys::signing::Expectation;
use crate::net::form::Form;
use crate::page::Frame;
use crate::page::screens::error::Problem;
use crate::page::screens::session::{SignOut, SignedOut};
use crate::signin::StepError;
use crate::signin::cookie;
use crate::signin::transaction::hash;
use crate::store::sessions::{self, Session};

/// Where the browser goes once the person has confirmed, sealed into the address of the page that asks.
#[derive(Serialize, Deserialize)]
struct Confirmation {
    target: Option<String>,
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
        return Err(Stop::from(
            cx.request_problem("invalid_request", &format!("the parameter {name} came more than once")),
        ));
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
    let shared = cx.is_on_shared_network() || asking.is_some_and(|client| client.policy.shared_device);
    let request = LogoutRequest {
        hint,
        client_id: params.get("client_id"),
        client: asking.map(|client| &client.metadata),
        return_to: params.get("post_logout_redirect_uri"),
        state: params.get("state"),
        session: session.as_ref().map(|s| s.sid.as_str()),
    };
    match decide(&request) {
        Err(error) => Err(Stop::from(cx.request_problem(error.code.as_str(), error.description()))),
        Ok(LogoutStep::SignOut(target)) => end(&cx, session, target, shared).await,
        Ok(LogoutStep::Confirm(target)) if session.is_none() => end(&cx, None, target, shared).await,
        Ok(LogoutStep::Confirm(target)) => {
            let confirmation = Confirmation { target, asked_at: cx.app.clock.now().timestamp(), shared };
            let sealed = cx.app.purposes.transactions.seal_json(&cx.app.random, &[b"logout"], &confirmation);
            match sealed {
                Ok(sealed) => Ok(see_other(&format!("/sign-out?then={sealed}"))),
                Err(error) => Err(cx.stop(StepError::Broken(error.to_string()))),
            }
        }
    }
}

/// `GET /sign-out`: asks first. Nothing ends because somebody follows a link or loads an image.
pub async fn confirm_page(cx: Cx) -> Result<Response, Stop> {
    let session = session(&cx).await.map_err(|error| cx.stop(error))?;
    if session.is_none() {
        return Ok(see_other("/signed-out"));
    }
    let here = cx.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let stay_href = confirmed(&cx).and_then(|c| c.target);
    let page = SignOut { action: here.clone(), stay_href };
    let frame = Frame { csrf: form_token(&cx), here, ..cx.frame() };
    Ok(cx.page(StatusCode::OK, &frame, &page))
}

/// `POST /sign-out`.
pub async fn confirm(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let expected = form_token(&cx);
    if !cx.is_from_our_pages() || expected.is_none() || form.get("csrf") != expected.as_deref() {
        return Err(Stop::from(cx.problem(StatusCode::FORBIDDEN, Problem::Forbidden)));
    }
    let session = session(&cx).await.map_err(|error| cx.stop(error))?;
    let (target, shared) = confirmed(&cx).map_or((None, false), |c| (c.target, c.shared));
    end(&cx, session, target, shared).await
}

fn confirmed(cx: &Cx) -> Option<Confirmation> {
    let sealed = cx.query("then")?;
    let confirmation = cx.app.purposes.transactions.open_json::<Confirmation>(&[b"logout"], &sealed).ok()?;
    (cx.app.clock.now().timestamp() - confirmation.asked_at < ANSWER_WITHIN).then_some(confirmation)
}

fn form_token(cx: &Cx) -> Option<String> {
    let session = hash(cx.session_token()?);
    Some(BASE64URL_NOPAD.encode(&cx.app.purposes.forms.tag(&[b"sign-out", &session])))
}

/// Ends the session everywhere at once, and every sign-in that this browser has open.
async fn end(cx: &Cx, session: Option<Session>, target: Option<String>, shared: bool) -> Result<Response, Stop> {
    if let Some(session) = session {
        let now = cx.app.clock.now();
        let event = AuditEvent {
            actor: Actor::Account(session.account.id),
            account: Some(session.account.id),
            session: Some(session.id),
            ..cx.origin.event(now, "session.ended")
        };
        let id = session.id;
        cx.app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    if sessions::end(tx, id, now).await? {
                        tx.audit(event);
                    }
                    Ok(())
                })
            })
            .await
            .map_err(|error| cx.stop(error))?;
    }
    let done = if shared { "/signed-out?shared=1" } else { "/signed-out" };
    let mut response = see_other(target.as_deref().unwrap_or(done));
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
    let shared_device = cx.is_on_shared_network() || cx.query("shared").is_some();
    let page = SignedOut { shared_device, ..SignedOut::default() };
    let here = if shared_device { "/signed-out?shared=1" } else { "/signed-out" };
    let frame = Frame { here: here.to_owned(), ..cx.frame() };
    cx.page(StatusCode::OK, &frame, &page)
}
