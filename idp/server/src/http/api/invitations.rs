//! `POST /api/v1/contacts/{external_id}/invitation`.

use axum::response::Response;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{self, WRITE};
use super::contacts::{Id, external_id};
use super::problem::{Problem, ProblemBody};
use crate::http::cx::Cx;
use crate::http::oidc::json::json;
use crate::sync::Person;
use crate::sync::invitation::{self, PATH, Whom};

/// An invitation that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// The person's id.
    external_id: String,
    /// Where to, masked.
    email: String,
    /// Until when the person can choose a password.
    #[schema(value_type = String, format = DateTime)]
    until: DateTime<Utc>,
}

/// Invites a person who has no password to choose one. The link in the message begins a code by email and opens nothing.
#[utoipa::path(
    post, path = "/api/v1/contacts/{external_id}/invitation", tag = "contacts", operation_id = "invite_contact",
    params(("external_id" = String, Path, description = "The person's id in your system")),
    responses(
        (status = 202, description = "The message is on its way", body = Invitation),
        (status = 401, description = "No token that works", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or `contacts:staff` where the account is one of staff", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`: more people than a client may send in a minute; come back after the seconds of Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_contact`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`contact_ended`, `no_address`, `no_name`, `has_password`, or `just_invited`: at most one an hour", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("client_credentials" = ["contacts:write"]))
)]
pub async fn post(cx: Cx, id: Id) -> Response {
    match invite(&cx, id).await {
        Ok(invitation) => json(StatusCode::ACCEPTED, &invitation),
        Err(problem) => problem.answer(&cx.origin.request_id),
    }
}

async fn invite(cx: &Cx, id: Id) -> Result<Invitation, Problem> {
    let caller = caller::allowed(cx, WRITE).await?;
    let external_id = external_id(id)?;
    let person = Person { client: caller.client.id.clone(), external_id: external_id.clone() };
    let link = cx.app.config.server.issuer.link(PATH);
    let invited = invitation::invite(&cx.app.db, caller::by(cx, &caller), Whom::Person(person), link).await?;
    cx.app.outbox.notify_one();
    Ok(Invitation { external_id, email: invited.email, until: invited.until })
}
