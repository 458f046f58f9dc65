//! The ways out of a sign-in: back to the client, and beginning anew.

use axum::response::Response;
use idp_core::journey::Need;
use idp_core::oidc::error::{ErrorCode, OAuthError};

use super::begin::take_up;
use super::frame::leave;
use super::tx::read;
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::page::screens::session::ExpiredCause;
use crate::signin::cookie;
use crate::signin::ending::end_session;
use crate::signin::transaction::Transaction;
use crate::store::proofs;

/// `POST /cancel`: back to the client with the error that says why.
pub async fn cancel(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = read(cx).await?;
    on.check_form(&form)?;
    let need = on.need();
    // Whoever does not agree to the terms signs out: the session, if there is one, would only lead there again.
    let who = on.view.account.as_ref().map(|account| account.id);
    let own = on.view.session.clone().filter(|session| Some(session.account.id) == who);
    let session = own.filter(|_| need == Need::Terms);
    let error = match need {
        Need::Refuse(error, _) => error,
        _ => OAuthError::new(ErrorCode::AccessDenied, "the person went back without signing in"),
    };
    let mut event = on.cx.origin.event(on.cx.app.clock.now(), "sign_in.cancelled");
    event.client = Some(on.view.client.id.clone());
    event.account = on.view.account.as_ref().map(|a| a.id);
    event.details = serde_json::json!({ "error": error.code.as_str() });
    let (id, begun, signs_out) = (on.tx.id.clone(), on.tx.begun, session.is_some());
    if begun || signs_out {
        let (now, origin) = (on.cx.app.clock.now(), on.cx.origin.clone());
        on.cx
            .app
            .db
            .write(move |tx| {
                Box::pin(async move {
                    proofs::clear(tx, &id).await?;
                    if let Some(session) = session {
                        end_session(tx, &session, &origin, now).await?;
                    }
                    tx.audit(event);
                    Ok(())
                })
            })
            .await
            .map_err(|error| on.cx.stop(error))?;
    }
    let reply = on.tx.error(on.cx.app.issuer(), &error);
    let mut response = leave(&on.cx, &on.tx, reply);
    if signs_out {
        add_cookie(&mut response, &cookie::clear(&on.cx.names.session()));
    }
    Ok(response)
}

/// `GET /start-again`: the same request, begun anew.
pub async fn start_again(cx: Cx) -> Result<Response, Stop> {
    let text = cx.query("tx").unwrap_or_default();
    let found = Transaction::open(&cx.app, text).await.map_err(|error| cx.stop(error))?;
    let Some(old) = found else { return Err(Stop::from(cx.expired(ExpiredCause::Idle, None))) };
    if old.joins.is_some() {
        // That takes a fresh proof of the account that stays.
        return Ok(see_other("/account/join"));
    }
    let now = cx.app.clock.now();
    let fresh = old.again(&cx.app.random, now);
    take_up(cx, Box::new(fresh)).await
}
