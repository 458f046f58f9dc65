//! `/token`: authorization codes and client credentials.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use http::header::{self, HeaderMap};
use idp_core::journey::{IssueFacts, may_issue};
use idp_core::oidc::claims::{self, Claims};
use idp_core::oidc::client::GrantType;
use idp_core::oidc::error::{ErrorCode, OAuthError};
use idp_core::oidc::id_token::{IdToken, Previous};
use idp_core::oidc::params::Params;
use idp_core::oidc::scope::Scopes;
use idp_core::oidc::token::{CodeFacts, Credentials, Presented, TokenRequest, may_redeem};
use serde::Serialize;

use super::json::{self, allow_registered_origin};
use super::person::claims_of;
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::clients::Client;
use crate::ephemeral::Throttle;
use crate::http::cx::Cx;
use crate::net::form::Form;
use crate::signin::transaction::hash;
use crate::signin::{Origin, StepError};
use crate::store::grants::{self, CodeGrant, MachineToken};

/// Wrong client secrets from one address for one client in a minute that are told so; more are told to wait. A right one is
/// always taken: it cannot be guessed, and a neighbour with a wrong one must not lock its owner out.
const WRONG_SECRETS: u32 = 30;

/// Why there is no token.
enum NoToken {
    Refused(OAuthError),
    Throttled(Duration),
    Failed(StepError),
}

impl From<OAuthError> for NoToken {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl<E: Into<StepError>> From<E> for NoToken {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A successful answer (RFC 6749, 5.1).
#[derive(Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// `OPTIONS /token`.
pub async fn preflight(State(app): State<App>, headers: HeaderMap) -> Response {
    json::preflight(&app, &headers, "POST")
}

/// `POST /token`.
pub async fn post(cx: Cx, body: Bytes) -> Response {
    let outcome = answer(&cx, &body).await;
    let mut response = match outcome {
        Ok(tokens) => json::json(StatusCode::OK, &tokens),
        Err(NoToken::Refused(error)) => {
            tracing::info!(code = %error.code, why = error.description(), "a token request was refused");
            json::error(&error)
        }
        Err(NoToken::Throttled(retry_after)) => too_many(retry_after),
        Err(NoToken::Failed(error)) => json::failure(&error),
    };
    allow_registered_origin(&cx.app, &cx.headers, &mut response);
    response
}

fn too_many(retry_after: Duration) -> Response {
    let error = OAuthError::new(ErrorCode::InvalidClient, "too many wrong client secrets: try again later");
    let mut response = json::error(&error);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let seconds = i64::try_from(retry_after.as_secs()).unwrap_or(60);
    crate::http::cx::retry_after(&mut response, seconds);
    response
}

async fn answer(cx: &Cx, body: &Bytes) -> Result<Tokens, NoToken> {
    let params = read_body(&cx.headers, body)?;
    let credentials = Credentials::read(authorization(&cx.headers)?, &params)?;
    let client = authenticate(cx, &credentials).await?;
    let request = TokenRequest::read(&params)?;
    if !client.metadata.may_use(request.grant_type()) {
        let why = "this client may not use this grant";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, why).into());
    }
    match request {
        TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier } => {
            let presented = Presented {
                client_id: &client.id,
                redirect_uri: redirect_uri.as_deref(),
                code_verifier: code_verifier.as_deref(),
                now: cx.app.clock.now(),
            };
            redeem(&cx.app, &client, &code, presented, &cx.origin).await
        }
        TokenRequest::ClientCredentials { scope } => machine(&cx.app, &client, scope.as_deref(), &cx.origin).await,
    }
}

fn invalid_request(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, why)
}

fn read_body(headers: &HeaderMap, body: &Bytes) -> Result<Params, OAuthError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|h| h.to_str().ok()).and_then(|h| h.split(';').next());
    if !kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(invalid_request("the body must be application/x-www-form-urlencoded"));
    }
    let form =
        Form::parse(body).map_err(|_| invalid_request("the body is not a well-formed form within our limits"))?;
    Ok(form.iter().collect())
}

fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).into_iter();
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(invalid_request("there is more than one Authorization header"));
    }
    first.map(|h| h.to_str().map_err(|_| invalid_request("the Authorization header is not ASCII"))).transpose()
}

/// The client that the credentials prove.
async fn authenticate(cx: &Cx, credentials: &Credentials) -> Result<Arc<Client>, NoToken> {
    let unknown = || OAuthError::new(ErrorCode::InvalidClient, "client authentication failed");
    let clients = cx.app.clients();
    let client = clients.enabled(&credentials.client_id).ok_or_else(unknown)?;
    if client.metadata.token_endpoint_auth_method != credentials.method {
        return Err(unknown().into());
    }
    let Some(secret) = &credentials.secret else { return Ok(Arc::clone(client)) };
    let key = format!("client-secret:{}:{}", client.id, cx.origin.address_key.as_deref().unwrap_or_default());
    if client.has_secret(secret, &cx.app.purposes.client_secrets) {
        return Ok(Arc::clone(client));
    }
    match cx.app.ephemeral.throttle(&key, 1, WRONG_SECRETS, Duration::from_mins(1)).await {
        Throttle::Allowed { .. } => Err(unknown().into()),
        Throttle::Denied { retry_after } => Err(NoToken::Throttled(retry_after)),
    }
}

async fn redeem(
    app: &App,
    client: &Client,
    code: &str,
    presented: Presented<'_>,
    origin: &Origin,
) -> Result<Tokens, NoToken> {
    let invalid = || OAuthError::new(ErrorCode::InvalidGrant, "the code is not valid");
    let grant = grants::by_code(&mut app.db.read().await?, hash(code)).await?.ok_or_else(invalid)?;
    let facts = CodeFacts {
        client_id: &grant.client_id,
        redirect_uri: &grant.redirect_uri,
        code_challenge: grant.code_challenge.as_ref(),
        expires_at: grant.code_expires_at,
    };
    let now = presented.now;
    if grant.client_id == client.id && grant.spent {
        revoke(app, &grant, now, origin).await?;
        return Err(invalid().into());
    }
    may_redeem(&facts, &presented)?;
    let facts = IssueFacts {
        account: (grant.account.status, grant.account.class),
        client_enabled: client.enabled,
        client_class: client.policy.user_class,
        session_alive: grant.session_alive,
        provider_enabled: grant.provider.as_deref().is_none_or(|id| app.providers.is_enabled(id)),
        guest_elsewhere: grant.account.is_guest_elsewhere(&client.id, now),
    };
    may_issue(&facts).map_err(|_| invalid())?;
    let access_token = app.random.token();
    let lifetime = TimeDelta::seconds(i64::from(app.config.tokens.access_token_seconds));
    let id_token = grant.scopes.has("openid").then(|| id_token(app, client, &grant, &access_token, now)).transpose()?;
    if !grants::redeem(&app.db, grant.id, hash(&access_token), now + lifetime).await? {
        revoke(app, &grant, now, origin).await?;
        return Err(invalid().into());
    }
    Ok(Tokens {
        access_token,
        token_type: "Bearer",
        expires_in: lifetime.num_seconds(),
        scope: grant.scopes.to_string(),
        id_token,
    })
}

/// A code that comes twice is a stolen one: everything it led to ends (RFC 6749, 4.1.2).
async fn revoke(app: &App, grant: &CodeGrant, now: DateTime<Utc>, origin: &Origin) -> Result<(), StepError> {
    let event = AuditEvent {
        actor: Actor::Client(grant.client_id.clone()),
        account: Some(grant.account.id),
        client: Some(grant.client_id.clone()),
        session: Some(grant.session),
        ..origin.event(now, "code.replayed")
    };
    let id = grant.id;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if grants::revoke(tx, id, now).await? {
                    tx.audit(event);
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}

fn id_token(
    app: &App,
    client: &Client,
    grant: &CodeGrant,
    access_token: &str,
    now: DateTime<Utc>,
) -> Result<String, StepError> {
    let requested = if grant.claims.id_token.is_empty() {
        Claims::new()
    } else {
        claims::released(&claims_of(&grant.account), &Scopes::default(), &grant.claims.id_token)
    };
    let token = IdToken {
        iss: app.issuer(),
        sub: &grant.account.sub,
        aud: &client.id,
        exp: now + TimeDelta::seconds(i64::from(app.config.tokens.id_token_seconds)),
        iat: now,
        auth_time: grant.auth_time,
        nonce: grant.nonce.as_deref(),
        acr: &grant.acr,
        amr: &grant.amr,
        sid: &grant.sid,
        previous: Previous::of(grant.account.previous_subs.iter().chain(&grant.previous_sub).cloned().collect()),
        at_hash: URL_SAFE_NO_PAD.encode(hash(access_token).get(..16).unwrap_or_default()),
        requested,
    };
    let alg = client.metadata.id_token_signed_response_alg;
    let signing = app.signing();
    let key = signing.ring.signer(alg).ok_or_else(|| StepError::Broken(format!("no active {alg} key")))?;
    key.sign_compact("JWT", &token).map_err(|error| StepError::Broken(error.to_string()))
}

/// The client credentials grant: a token that speaks for nobody.
async fn machine(app: &App, client: &Client, scope: Option<&str>, _: &Origin) -> Result<Tokens, NoToken> {
    let granted = match scope {
        None => Scopes::default(),
        Some(text) => {
            let asked = Scopes::read(Some(text))?;
            // Scopes of a person mean nothing here; anything the client does not have is refused.
            let own = asked.only(|s| client.metadata.scope.has(s) && claims::of_scope(s).is_empty() && s != "openid");
            let personal = asked.only(|s| s == "openid" || !claims::of_scope(s).is_empty());
            if !asked.is_within(&own.with(&personal)) {
                let why = "this client may not have every scope asked for";
                return Err(OAuthError::new(ErrorCode::InvalidScope, why).into());
            }
            own
        }
    };
    debug_assert!(client.metadata.may_use(GrantType::ClientCredentials), "checked before");
    let access_token = app.random.token();
    let lifetime = TimeDelta::seconds(i64::from(app.config.tokens.access_token_seconds));
    let token = MachineToken {
        hash: hash(&access_token),
        client_id: client.id.clone(),
        scopes: granted.clone(),
        expires_at: app.clock.now() + lifetime,
    };
    grants::insert_token(&app.db, token).await?;
    let expires_in = lifetime.num_seconds();
    Ok(Tokens { access_token, token_type: "Bearer", expires_in, scope: granted.to_string(), id_token: None })
}
