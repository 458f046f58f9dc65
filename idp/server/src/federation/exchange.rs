//! What the protocols have in common: addresses that browsers are sent to, the exchange of a code, documents in JSON.
//! All of it on the guarded way out.

use std::fmt;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use http::StatusCode;
use oauth2::basic::{BasicClient, BasicTokenIntrospectionResponse, BasicTokenType};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, ErrorResponse,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::Kept;
use super::cache::life;
use super::error::{Outage, Refusal, UpstreamError, word};
use crate::net::outbound::{FetchError, Outbound};

/// This installation as a client of a provider.
#[derive(Clone, Copy)]
pub(super) struct Registration<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a SecretString,
    /// Whether the secret goes into the body, and not into a header.
    pub(super) in_body: bool,
}

/// What a code was exchanged for.
pub(super) struct Redeemed {
    pub(super) access_token: SecretString,
    pub(super) id_token: Option<SecretString>,
}

/// Why there is no answer that the crate may look at.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the status {0}")]
    Status(StatusCode),
}

impl From<ExchangeError> for UpstreamError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Fetch(error) => error.into(),
            ExchangeError::Status(status) => Outage::Status(status).into(),
        }
    }
}

/// The guarded client, as the crate wants one.
#[derive(Clone)]
pub(super) struct Exchange(Outbound);

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = ExchangeError;
    type Future = BoxFuture<'c, Result<HttpResponse, ExchangeError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.0.execute(request).await?;
            // What such an answer says is not what it would say if it could.
            if is_outage(response.status()) { Err(ExchangeError::Status(response.status())) } else { Ok(response) }
        })
    }
}

fn is_outage(status: StatusCode) -> bool {
    status.is_server_error() || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status)
}

/// What comes with an access token. Never shown.
#[derive(Deserialize, Serialize)]
struct WithIdToken {
    id_token: Option<String>,
}

impl fmt::Debug for WithIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithIdToken([redacted])")
    }
}

impl ExtraTokenFields for WithIdToken {}

/// An error of a token endpoint: a word, as RFC 6749 has it, or Facebook's object with a number.
#[derive(Debug, Deserialize, Serialize)]
struct Said {
    error: Value,
}

impl ErrorResponse for Said {}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code())
    }
}

impl Said {
    /// The error code. The words beside it can repeat what was sent.
    fn code(&self) -> String {
        let number = |value: &Value| value.get("code").and_then(Value::as_i64);
        match self.error.as_str() {
            Some(code) => word(code),
            None => number(&self.error).map_or_else(|| word(""), |code| format!("the error {code}")),
        }
    }

    /// Whether it is about us, and not about the code. Facebook's 1 is a wrong secret, 101 an unknown app.
    fn is_about_us(&self) -> bool {
        let known = ["invalid_client", "unauthorized_client", "redirect_uri_mismatch", "unsupported_grant_type"];
        let number = self.error.get("code").and_then(Value::as_i64);
        self.error.as_str().is_some_and(|code| known.contains(&code)) || matches!(number, Some(1 | 101))
    }
}

type Tokens = StandardTokenResponse<WithIdToken, BasicTokenType>;
type TokenClient = oauth2::Client<Said, Tokens, BasicTokenIntrospectionResponse, StandardRevocableToken, Said>;

impl Exchange {
    pub(super) const fn new(outbound: Outbound) -> Self {
        Self(outbound)
    }

    /// Exchanges a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
    pub(super) async fn redeem(
        &self,
        endpoint: &Url,
        registration: Registration<'_>,
        code: &SecretString,
        (kept, callback): (&Kept, &Url),
    ) -> Result<Redeemed, UpstreamError> {
        let style = if registration.in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        let client = TokenClient::new(ClientId::new(registration.id.to_owned()))
            .set_client_secret(ClientSecret::new(registration.secret.expose_secret().to_owned()))
            .set_auth_type(style)
            .set_redirect_uri(RedirectUrl::from_url(callback.clone()))
            .set_token_uri(TokenUrl::from_url(endpoint.clone()));
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(kept.verifier.clone()))
            .request_async(self)
            .await
            .map_err(refusal)?;
        Ok(Redeemed {
            access_token: tokens.access_token().secret().clone().into(),
            id_token: tokens.extra_fields().id_token.clone().map(Into::into),
        })
    }

    /// A document in JSON, and for how long it may be used. `None` where the server says that the request is wrong.
    pub(super) async fn document<T: DeserializeOwned>(
        &self,
        url: &Url,
        name: &'static str,
    ) -> Result<Option<(T, TimeDelta)>, UpstreamError> {
        let answer = self.0.get(url).await?;
        if is_outage(answer.status) {
            return Err(Outage::Status(answer.status).into());
        }
        if answer.status != StatusCode::OK {
            return Ok(None);
        }
        let document = serde_json::from_slice(&answer.body).map_err(|_| Outage::Document(name))?;
        Ok(Some((document, life(&answer.headers))))
    }
}

/// The crate's own words are not repeated: they can hold the answer.
fn refusal(error: RequestTokenError<ExchangeError, Said>) -> UpstreamError {
    match error {
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::ServerResponse(said) if said.is_about_us() => {
            UpstreamError::Misconfigured(format!("the exchange of a code was answered with {said}"))
        }
        RequestTokenError::ServerResponse(said) => Refusal::Exchange(said.code()).into(),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            Refusal::Exchange("the answer cannot be read".to_owned()).into()
        }
    }
}

/// The address that asks for a code: response type, client, redirect URI, `state`, scope and PKCE (S256), with `extra`
/// parameters behind.
pub(super) fn authorize(
    endpoint: &Url,
    client: &str,
    (state, callback, kept): (&str, &Url, &Kept),
    scope: &str,
    extra: &[(&str, &str)],
) -> Url {
    let client = BasicClient::new(ClientId::new(client.to_owned()))
        .set_auth_uri(AuthUrl::from_url(endpoint.clone()))
        .set_redirect_uri(RedirectUrl::from_url(callback.clone()));
    let verifier = PkceCodeVerifier::new(kept.verifier.clone());
    let mut request = client
        .authorize_url(|| CsrfToken::new(state.to_owned()))
        .add_scope(Scope::new(scope.to_owned()))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    for (name, value) in extra {
        request = request.add_extra_param(*name, *value);
    }
    request.url().0
}
