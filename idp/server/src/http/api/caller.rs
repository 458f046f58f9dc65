//! Who calls: a client in its own name, by a token of the client credentials grant, with the scope that a route asks for.

use std::sync::Arc;
use std::time::Duration;

use http::{StatusCode, header};
use idp_core::oidc::client::GrantType;

use super::problem::Problem;
use crate::audit::{Actor, AuditEvent};
use crate::clients::Client;
use crate::ephemeral::Throttle;
use crate::http::cx::Cx;
use crate::signin::transaction::hash;
use crate::store::grants;
use crate::sync::By;

/// Reading people that the client’s back office pushed.
pub const READ: &str = "contacts:read";
/// Pushing people.
pub const WRITE: &str = "contacts:write";
/// Making and changing accounts of staff, besides [`WRITE`]: they open every client of staff, whoever pushed them.
pub const STAFF: &str = "contacts:staff";
/// Deciding about addresses that somebody else signs in with: whoever pushes does not decide by that.
pub const DECIDE: &str = "contacts:decide";

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The client.
    pub client: Arc<Client>,
    /// Whether it may make and change accounts of staff.
    pub staff: bool,
}

/// The client that calls, if it may.
///
/// # Errors
/// 401 without a token that works, 403 where it lacks the scope, 429 where the client has called too often.
pub async fn allowed(cx: &Cx, scope: &str) -> Result<Caller, Problem> {
    let invalid = || Problem::new(StatusCode::UNAUTHORIZED, "invalid_token", "the access token is unknown or expired");
    let token = presented(cx)?;
    let found = grants::machine_token(&mut cx.app.db.read().await?, hash(token)).await?;
    let found = found.filter(|token| token.expires_at > cx.app.clock.now()).ok_or_else(invalid)?;
    let clients = cx.app.clients();
    let client = clients.enabled(&found.client_id).ok_or_else(invalid)?;
    if !client.metadata.may_use(GrantType::ClientCredentials) {
        return Err(invalid());
    }
    // What was taken from the client is taken from its tokens.
    let has = |scope: &str| found.scopes.has(scope) && client.metadata.scope.has(scope);
    if !has(scope) {
        return Err(lacks(scope));
    }
    spend(cx, client, 1).await?;
    Ok(Caller { staff: has(STAFF), client: Arc::clone(client) })
}

/// The token lacks this scope.
#[must_use]
pub fn lacks(scope: &str) -> Problem {
    let why = format!("the access token lacks the scope {scope}");
    Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", why)
}

/// Counts the people of a batch; the call itself was counted by [`allowed`]. A batch that is larger than the limit takes the
/// whole of it: it would never pass otherwise.
///
/// # Errors
/// 429 where there were too many in this minute; then none of these is counted.
pub async fn spend_batch(cx: &Cx, client: &Client, people: usize) -> Result<(), Problem> {
    let more = cx.app.config.limits.people_per_client_per_minute.saturating_sub(1);
    spend(cx, client, u32::try_from(people.saturating_sub(1)).unwrap_or(u32::MAX).min(more)).await
}

/// A client that runs in a loop, or pushes all that it has again and again, leaves others their share of the database.
async fn spend(cx: &Cx, client: &Client, cost: u32) -> Result<(), Problem> {
    let most = cx.app.config.limits.people_per_client_per_minute;
    match cx.app.ephemeral.throttle(&format!("api:{}", client.id), cost, most, Duration::from_mins(1)).await {
        Throttle::Allowed { .. } => Ok(()),
        Throttle::Denied { retry_after } => {
            let why = format!("at most {most} people in a minute");
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", why);
            Err(Problem { retry_after: Some(retry_after), ..problem })
        }
    }
}

fn presented(cx: &Cx) -> Result<&str, Problem> {
    let none = || Problem::new(StatusCode::UNAUTHORIZED, "no_token", "send an access token as Authorization: Bearer");
    let mut headers = cx.headers.get_all(header::AUTHORIZATION).into_iter();
    let (Some(value), None) = (headers.next(), headers.next()) else { return Err(none()) };
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(none)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(none()) }
}

/// What a client does, as the audit trail says it.
pub fn by(cx: &Cx, Caller { client, staff }: &Caller) -> By {
    let event = cx.origin.event(cx.app.clock.now(), "contact.synced");
    By {
        random: cx.app.random.clone(),
        staff: *staff,
        lang: client.policy.default_locale.as_str().to_owned(),
        event: AuditEvent { actor: Actor::Client(client.id.clone()), ..event },
    }
}
