//! Where an invitation leads: to a code by email. The address is no secret and opens nothing.

use axum::response::Response;
use http::HeaderValue;
use http::header::LOCATION;

use crate::account::access;
use crate::http::cx::{Cx, Stop};
use crate::http::signin::take_up;
use crate::signin::transaction::Transaction;

/// `GET /account/welcome`.
pub async fn begin(cx: Cx) -> Result<Response, Stop> {
    let transaction = Transaction { invited: true, ..access::afresh(&cx.app) };
    let mut response = take_up(cx, Box::new(transaction)).await?;
    // The first page leads to a password, which whoever is invited does not have.
    let query = response.headers().get(LOCATION).and_then(|location| location.to_str().ok()?.strip_prefix("/sign-in?"));
    if let Some(forgot) = query.and_then(|query| HeaderValue::from_str(&format!("/forgot?{query}")).ok()) {
        response.headers_mut().insert(LOCATION, forgot);
    }
    Ok(response)
}
