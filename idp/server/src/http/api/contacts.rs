//! `/api/v1/contacts/{external_id}`: one person.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use idp_core::account::{ContactState, LineType};
use serde::Serialize;
use utoipa::ToSchema;

use super::bodies::{self, Contact, Pushed};
use super::caller::{self, READ, WRITE};
use super::problem::{Problem, ProblemBody};
use crate::http::cx::Cx;
use crate::http::oidc::json::json;
use crate::sync::{self, Known, KnownContact, Person, Refused, Settling};

/// The id of a person in an address.
pub type Id = Result<Path<String>, PathRejection>;

/// The id of a person in an address.
///
/// # Errors
/// It is none.
pub fn external_id(id: Id) -> Result<String, Problem> {
    let Ok(Path(id)) = id else { return bodies::external_id("") };
    bodies::external_id(&id)
}

/// Says what a person's details are from now on. The same twice changes nothing.
#[utoipa::path(
    put, path = "/api/v1/contacts/{external_id}", tag = "contacts", operation_id = "put_contact",
    params(("external_id" = String, Path, description = "The person's id in your system: 1 to 200 bytes")),
    request_body = Contact,
    responses(
        (status = 200, description = "Applied, but for what `problems` names", body = Pushed),
        (status = 201, description = "As 200, and the account was made", body = Pushed),
        (status = 401, description = "No token that works", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope, or `contacts:staff` where the account is one of staff", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`: more people than a client may send in a minute; come back after the seconds of Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_contact`: a person who was never pushed cannot end", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`class_fixed`, `administrator`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong; nothing was applied", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("client_credentials" = ["contacts:write"]))
)]
pub async fn put(cx: Cx, id: Id, body: Bytes) -> Response {
    match put_one(&cx, id, &body).await {
        Ok((status, pushed)) => json(status, &pushed),
        Err(problem) => problem.answer(&cx.origin.request_id),
    }
}

async fn put_one(cx: &Cx, id: Id, body: &[u8]) -> Result<(StatusCode, Pushed), Problem> {
    let caller = caller::allowed(cx, WRITE).await?;
    let external_id = external_id(id)?;
    let record = bodies::read::<Contact>(body)?.record(&cx.app, &caller.client)?;
    let person = Person { client: caller.client.id.clone(), external_id: external_id.clone() };
    let outcome = sync::push(&cx.app.db, caller::by(cx, &caller), person, record, Settling::Kept).await?;
    cx.app.outbox.notify_one();
    let status = if outcome.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Pushed::new(external_id, &outcome)))
}

/// A contact as it is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownContact {
    /// The address or number in E.164; masked where you do not own it.
    value: String,
    /// Whether it is masked.
    masked: bool,
    /// `vouched`: pushed and not proven. `verified`: its owner typed a code. `doubtful`: not reached, or long unused.
    /// `unproven`: somebody typed it.
    #[schema(value_type = String)]
    state: ContactState,
    /// Whether codes go to it.
    default: bool,
    /// What a number reaches: `mobile`, `landline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    line: Option<LineType>,
}

impl From<KnownContact> for ShownContact {
    fn from(known: KnownContact) -> Self {
        let KnownContact { value, masked, state, is_default, line } = known;
        Self { value, masked, state, default: is_default, line }
    }
}

/// A person as they are known.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownPerson {
    /// The person's id.
    external_id: String,
    /// The subject that tokens know the person by at your client.
    sub: String,
    /// `active`, `locked` or `ended`.
    status: String,
    /// Subjects of accounts that the person had before and joined to this one, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    previous_subs: Vec<String>,
    /// When the account ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The address.
    email: Option<ShownContact>,
    /// The numbers, the default first.
    phones: Vec<ShownContact>,
    /// The given name.
    given_name: Option<String>,
    /// The family name.
    family_name: Option<String>,
    /// The language of messages.
    locale: Option<String>,
}

impl ShownPerson {
    fn new(external_id: String, known: Known) -> Self {
        let name = |claim: &str| known.account.profile.get(claim).and_then(|value| value.as_str()).map(str::to_owned);
        Self {
            external_id,
            status: known.account.status.as_str().to_owned(),
            ended_at: known.ended_at(),
            given_name: name("given_name"),
            family_name: name("family_name"),
            sub: known.account.sub,
            previous_subs: known.account.previous_subs,
            locale: known.account.locale,
            email: known.email.map(Into::into),
            phones: known.phones.into_iter().map(Into::into).collect(),
        }
    }
}

/// Shows what is known of a person that you pushed.
#[utoipa::path(
    get, path = "/api/v1/contacts/{external_id}", tag = "contacts", operation_id = "get_contact",
    params(("external_id" = String, Path, description = "The person's id in your system")),
    responses(
        (status = 200, description = "The person", body = ShownPerson),
        (status = 401, description = "No token that works", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`: more people than a client may send in a minute; come back after the seconds of Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_contact`: you pushed nobody with this id", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("client_credentials" = ["contacts:read"]))
)]
pub async fn get(cx: Cx, id: Id) -> Response {
    match get_one(&cx, id).await {
        Ok(person) => json(StatusCode::OK, &person),
        Err(problem) => problem.answer(&cx.origin.request_id),
    }
}

async fn get_one(cx: &Cx, id: Id) -> Result<ShownPerson, Problem> {
    let client = caller::allowed(cx, READ).await?.client;
    let external_id = external_id(id)?;
    let person = Person { client: client.id.clone(), external_id: external_id.clone() };
    let known = sync::known(&cx.app.db, &person).await?.ok_or(Refused::UnknownPerson)?;
    Ok(ShownPerson::new(external_id, known))
}
