//! Delivery receipts of GOV.UK Notify. It waits five seconds for an answer, and tries again after a 5xx only.

use axum::body::Bytes;
use axum::extract::State;
use http::{HeaderMap, StatusCode, header};

use crate::app::App;
use crate::delivery::{ReceiptError, receipts};

/// Takes a receipt.
pub async fn receipt(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let read = receipts::from_notify(&app.senders().settings.notify, authorization, &body, app.clock.now());
    match read {
        Ok(receipt) => super::kept(&app, receipt).await,
        Err(ReceiptError::Unauthorised) => StatusCode::UNAUTHORIZED,
        Err(ReceiptError::Malformed) => StatusCode::BAD_REQUEST,
    }
}
