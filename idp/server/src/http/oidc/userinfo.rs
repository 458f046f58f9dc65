//! `/userinfo` (OpenID Connect Core 5.3; RFC 6750).

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use idp_core::journey::{IssueFacts, may_issue};
use idp_core::oidc::claims::{self, Claims};
use idp_core::oidc::error::ErrorCode;
use idp_core::oidc::id_token::Previous;
use serde_json::json;

use super::json::{self, allow_registered_origin};
use super::person::claims_of;
use crate::app::App;
use crate::http::cx::Cx;
use crate::net::form::Form;
use crate::signin::StepError;
use crate::signin::transaction::hash;
use crate::store::grants;

/// The claims, as the client asked to have them.
enum Answer {
    Plain(Claims),
    Signed(String),
}

/// Why there is no answer.
enum NoAnswer {
    /// No credentials: the challenge alone (RFC 6750, 3.1).
    Nothing,
    /// Malformed, or more than one way at once.
    Request(&'static str),
    /// Unknown, expired or revoked.
    Token,
    /// Without the scope openid.
    Scope,
    Failed(StepError),
}

impl<E: Into<StepError>> From<E> for NoAnswer {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// `OPTIONS /userinfo`.
pub async fn preflight(State(app): State<App>, headers: HeaderMap) -> Response {
    json::preflight(&app, &headers, "GET, POST")
}

/// `GET /userinfo`.
pub async fn get(cx: Cx) -> Response {
    answer(&cx, None).await
}

/// `POST /userinfo`: the token in the header or in the form.
pub async fn post(cx: Cx, body: Bytes) -> Response {
    let kind = cx.headers.get(header::CONTENT_TYPE).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let form = kind.starts_with("application/x-www-form-urlencoded").then(|| Form::parse(&body).ok()).flatten();
    let in_body = form.and_then(|form| form.get("access_token").filter(|t| !t.is_empty()).map(str::to_owned));
    answer(&cx, in_body).await
}

async fn answer(cx: &Cx, in_body: Option<String>) -> Response {
    let outcome = match presented(cx, in_body) {
        Ok(token) => claims_for(cx, &token).await,
        Err(no_answer) => Err(no_answer),
    };
    let mut response = match outcome {
        Ok(Answer::Plain(claims)) => json::json(StatusCode::OK, &claims),
        Ok(Answer::Signed(token)) => signed(token),
        Err(NoAnswer::Nothing) => refuse(StatusCode::UNAUTHORIZED, None, ""),
        Err(NoAnswer::Request(why)) => refuse(StatusCode::BAD_REQUEST, Some(ErrorCode::InvalidRequest), why),
        Err(NoAnswer::Token) => {
            let why = "the access token is unknown, expired or revoked";
            refuse(StatusCode::UNAUTHORIZED, Some(ErrorCode::InvalidToken), why)
        }
        Err(NoAnswer::Scope) => {
            let why = "the access token lacks the scope openid";
            refuse(StatusCode::FORBIDDEN, Some(ErrorCode::InsufficientScope), why)
        }
        Err(NoAnswer::Failed(error)) => json::failure(&error),
    };
    allow_registered_origin(&cx.app, &cx.headers, &mut response);
    response
}

/// A signed answer (OpenID Connect Core 5.3.2).
fn signed(token: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/jwt"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::OK, headers, token).into_response()
}

fn refuse(status: StatusCode, code: Option<ErrorCode>, why: &str) -> Response {
    let (body, challenge) = match code {
        None => (json!({}), "Bearer realm=\"userinfo\"".to_owned()),
        Some(code) => (
            json!({ "error": code.as_str(), "error_description": why }),
            format!("Bearer realm=\"userinfo\", error=\"{code}\", error_description=\"{why}\""),
        ),
    };
    let mut response = json::json(status, &body);
    if let Ok(value) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// The one token presented. A token in the address is refused: addresses end up in logs.
fn presented(cx: &Cx, in_body: Option<String>) -> Result<String, NoAnswer> {
    if cx.query("access_token").is_some() {
        return Err(NoAnswer::Request("the access token must not be in the query"));
    }
    let mut headers = cx.headers.get_all(header::AUTHORIZATION).into_iter();
    let (header, second) = (headers.next(), headers.next());
    if second.is_some() {
        return Err(NoAnswer::Request("there is more than one Authorization header"));
    }
    let in_header = match header {
        None => None,
        Some(value) => {
            let text = value.to_str().map_err(|_| NoAnswer::Request("the Authorization header is not ASCII"))?;
            let (scheme, token) = text.split_once(' ').ok_or(NoAnswer::Nothing)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(NoAnswer::Nothing);
            }
            Some(token.trim().to_owned())
        }
    };
    match (in_header, in_body) {
        (Some(_), Some(_)) => Err(NoAnswer::Request("the access token came in the header and in the body")),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(NoAnswer::Nothing),
    }
}

async fn claims_for(cx: &Cx, token: &str) -> Result<Answer, NoAnswer> {
    let now = cx.app.clock.now();
    let mut conn = cx.app.db.read().await?;
    let Some(found) = grants::by_token(&mut conn, hash(token)).await? else {
        let machine = grants::machine_token(&mut conn, hash(token)).await?;
        return Err(if machine.is_some_and(|token| token.expires_at > now) {
            NoAnswer::Scope
        } else {
            NoAnswer::Token
        });
    };
    let clients = cx.app.clients();
    let client = clients.enabled(&found.client_id).ok_or(NoAnswer::Token)?;
    let facts = IssueFacts {
        account: (found.account.status, found.account.class),
        client_enabled: client.enabled,
        client_class: client.policy.user_class,
        session_alive: found.session_alive,
        provider_enabled: found.provider.as_deref().is_none_or(|id| cx.app.providers.is_enabled(id)),
        guest_elsewhere: found.account.is_guest_elsewhere(&client.id, now),
    };
    if found.revoked || found.expires_at <= now || may_issue(&facts).is_err() {
        return Err(NoAnswer::Token);
    }
    if !found.scopes.has("openid") {
        return Err(NoAnswer::Scope);
    }
    let mut claims = claims::released(&claims_of(&found.account), &found.scopes, &found.claims.userinfo);
    claims.insert("sub".to_owned(), json!(found.account.sub));
    claims.extend(Previous::of(found.account.previous_subs).claims());
    let Some(alg) = client.metadata.userinfo_signed_response_alg else { return Ok(Answer::Plain(claims)) };
    claims.insert("iss".to_owned(), json!(cx.app.issuer()));
    claims.insert("aud".to_owned(), json!(client.id));
    let signing = cx.app.signing();
    let key = signing.ring.signer(alg).ok_or_else(|| StepError::Broken(format!("no active {alg} key")))?;
    let token = key.sign_compact("JWT", &claims).map_err(|error| StepError::Broken(error.to_string()))?;
    Ok(Answer::Signed(token))
}
