//! What Twilio asks and tells: how messages and calls went, and what to say once a key was pressed. Every request is
//! signed over our public address, which comes from the configuration: a proxy may have changed Host and port.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Uri, header};

use crate::app::App;
use crate::delivery::receipts::{FromTwilio, from_twilio, is_from_twilio};
use crate::delivery::{ReceiptError, twilio};
use crate::net::form::Form;

/// The header with the signature.
const SIGNATURE: &str = "x-twilio-signature";

/// Our public address of this request.
fn public(app: &App, uri: &Uri) -> String {
    app.config.server.issuer.link(uri.path_and_query().map_or("", |path| path.as_str()))
}

/// Takes a receipt.
pub async fn receipt(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(form) = Form::parse(&body) else { return StatusCode::BAD_REQUEST };
    let fields: Vec<_> = form.iter().collect();
    let url = public(&app, &uri);
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let request = FromTwilio { url: &url, signature, fields: &fields };
    match from_twilio(&app.senders().settings.twilio, &request, app.clock.now()) {
        Ok(Some(receipt)) => super::kept(&app, receipt).await,
        Ok(None) => StatusCode::NO_CONTENT,
        Err(ReceiptError::Unauthorised) => StatusCode::FORBIDDEN,
        Err(ReceiptError::Malformed) => StatusCode::BAD_REQUEST,
    }
}

/// Says what a call says, now that somebody has pressed a key.
pub async fn call(State(app): State<App>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let (Ok(form), Ok(query)) = (Form::parse(&body), Form::query(&uri)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let fields: Vec<_> = form.iter().collect();
    let url = public(&app, &uri);
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    if !is_from_twilio(&app.senders().settings.twilio, &FromTwilio { url: &url, signature, fields: &fields }) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let sealed = query.get("say").unwrap_or_default();
    match twilio::spoken(&app.purposes.calls, sealed, app.clock.now().timestamp()) {
        Some(markup) => ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], markup).into_response(),
        None => StatusCode::GONE.into_response(),
    }
}
