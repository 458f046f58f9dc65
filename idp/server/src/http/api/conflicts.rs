//! `/api/v1/conflicts`: addresses that somebody else signs in with.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use idp_core::account::EmailAddress;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bodies;
use super::caller::{self, DECIDE, READ};
use super::problem::{Problem, ProblemBody};
use crate::http::cx::Cx;
use crate::http::oidc::json::json;
use crate::store::contact_conflicts::Conflict;
use crate::sync::Refused;
use crate::sync::conflict::{self, Decision};

/// The most conflicts of one answer.
const MOST: i64 = 1000;

/// An address that somebody else signs in with.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownConflict {
    /// Its id.
    id: Uuid,
    /// The person that the address was pushed for.
    external_id: String,
    /// The address, as it was pushed.
    email: String,
    /// Since when it waits.
    #[schema(value_type = String, format = DateTime)]
    opened_at: DateTime<Utc>,
    /// What was decided: `same_person`, `refuse` or `sign_in_name`; nothing yet where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
}

impl From<Conflict> for ShownConflict {
    fn from(conflict: Conflict) -> Self {
        Self {
            id: conflict.id,
            external_id: conflict.external_id,
            email: conflict.wanted,
            opened_at: conflict.opened_at,
            decision: conflict.decision,
        }
    }
}

/// What waits for a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct Waiting {
    /// The conflicts, the oldest first, at most 1,000.
    conflicts: Vec<ShownConflict>,
}

/// Lists the addresses of your people that wait for a decision.
#[utoipa::path(
    get, path = "/api/v1/conflicts", tag = "conflicts", operation_id = "list_conflicts",
    responses(
        (status = 200, description = "What waits", body = Waiting),
        (status = 401, description = "No token that works", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`: more people than a client may send in a minute; come back after the seconds of Retry-After", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("client_credentials" = ["contacts:read"]))
)]
pub async fn list(cx: Cx) -> Response {
    let listed = async {
        let client = caller::allowed(&cx, READ).await?.client;
        let waiting = conflict::waiting(&cx.app.db, Some(&client.id), MOST).await?;
        Ok::<_, Problem>(Waiting { conflicts: waiting.into_iter().map(Into::into).collect() })
    };
    match listed.await {
        Ok(waiting) => json(StatusCode::OK, &waiting),
        Err(problem) => problem.answer(&cx.origin.request_id),
    }
}

/// What can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Who has the address is that person: their account is the person's from now on, and they are told.
    SamePerson,
    /// The person does not get the address.
    Refuse,
    /// The person gets the address for messages and signs in by another name.
    SignInName,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// What is decided.
    decision: Verdict,
    /// With `sign_in_name`: the name, in the form of an email address, which need not be one.
    #[serde(default)]
    sign_in_name: Option<String>,
}

impl DecisionBody {
    fn read(self) -> Result<Decision, Problem> {
        const FIELD: &str = "sign_in_name";
        match (self.decision, self.sign_in_name) {
            (Verdict::SamePerson, None) => Ok(Decision::SamePerson),
            (Verdict::Refuse, None) => Ok(Decision::Refuse),
            (Verdict::SignInName, Some(name)) => {
                let name = EmailAddress::parse(&name);
                name.map(Decision::SignInName)
                    .map_err(|problem| Problem::field(FIELD, "sign_in_name_malformed", problem.to_string()))
            }
            (Verdict::SignInName, None) => {
                Err(Problem::field(FIELD, "sign_in_name_missing", "say which name the person signs in by"))
            }
            (_, Some(_)) => {
                Err(Problem::field(FIELD, "sign_in_name_unwanted", "it goes with the decision sign_in_name"))
            }
        }
    }
}

/// Decides about an address, once.
#[utoipa::path(
    post, path = "/api/v1/conflicts/{id}", tag = "conflicts", operation_id = "decide_conflict",
    params(("id" = Uuid, Path, description = "The conflict")),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "Decided", body = ShownConflict),
        (status = 401, description = "No token that works", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`: more people than a client may send in a minute; come back after the seconds of Retry-After", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown_conflict`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`already_decided`, `name_taken`, `contact_ended`, `address_free`, `holder_managed`, `administrator`, `contact_signs_in`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The name is missing or malformed", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("client_credentials" = ["contacts:decide"]))
)]
pub async fn decide(cx: Cx, id: Result<Path<Uuid>, PathRejection>, body: Bytes) -> Response {
    let decided = async {
        let caller = caller::allowed(&cx, DECIDE).await?;
        let Ok(Path(id)) = id else { return Err(Refused::UnknownConflict.into()) };
        let decision = bodies::read::<DecisionBody>(&body)?.read()?;
        let by = caller::by(&cx, &caller);
        let conflict = conflict::decide(&cx.app.db, by, id, Some(caller.client.id.clone()), decision).await?;
        cx.app.outbox.notify_one();
        Ok::<_, Problem>(ShownConflict::from(conflict))
    };
    match decided.await {
        Ok(conflict) => json(StatusCode::OK, &conflict),
        Err(problem) => problem.answer(&cx.origin.request_id),
    }
}
