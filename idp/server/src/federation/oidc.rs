//! OpenID Connect: Google, and whoever else speaks it. The code flow with `state`, `nonce` and PKCE; identity comes from
//! the ID token alone (OpenID Connect Core 1.0, section 3.1).

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::cache::{Cache, Fetched};
use super::error::{Outage, Refusal, UpstreamError};
use super::exchange::{self, Exchange, Registration};
use super::id_token::{self, Expected};
use super::identity::{UpstreamEmail, UpstreamIdentity, email, is_subject, line};
use super::{Answer, Hints, Kept, secret_of};
use crate::config::{Google, OidcProvider, is_loopback};
use crate::keys::signing::TokenError;
use crate::keys::trusted::TrustedKeys;

/// The most values of `amr` and `acr` that are taken over.
const MOST_CONTEXTS: usize = 20;

/// Whom a provider speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    /// Google: for its own mailboxes and those of its business customers.
    Google,
    /// For every address that it calls verified, if the operator says so.
    Verified(bool),
}

/// A provider that speaks OpenID Connect.
pub(super) struct Oidc {
    issuer: String,
    client: String,
    secret: SecretString,
    scope: String,
    speaks: Speaks,
    exchange: Exchange,
    metadata: Cache<Metadata>,
    keys: Cache<TrustedKeys>,
    /// Where browsers are sent, once it is known.
    origin: OnceLock<String>,
}

/// What a provider says about itself (OpenID Connect Discovery 1.0, section 3), as far as it is needed.
#[derive(Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Whether the secret has to be in the body: it is in a header wherever that is understood.
    fn secret_in_body(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        let has = |method: &str| methods.iter().any(|known| known == method);
        has("client_secret_post") && !has("client_secret_basic")
    }

    /// It is about this issuer, and leads to addresses that can be trusted as much as the issuer’s own.
    fn check(&self, issuer: &str) -> Result<(), UpstreamError> {
        if self.issuer != issuer {
            return Err(UpstreamError::Misconfigured("its metadata are those of another issuer".to_owned()));
        }
        let own = issuer.parse::<Url>().is_ok_and(|url| is_loopback(&url));
        let good = |url: &Url| url.scheme() == "https" || (own && url.scheme() == "http" && is_loopback(url));
        if [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri].into_iter().all(good) {
            Ok(())
        } else {
            Err(UpstreamError::Misconfigured("its metadata name an endpoint that is not https".to_owned()))
        }
    }
}

impl Oidc {
    /// The issuer of its identities.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn google(config: &Google, exchange: Exchange) -> Self {
        let client = (config.client_id.clone(), secret_of(config.client_secret.as_ref()));
        Self::new(config.issuer.clone(), client, "openid email profile".to_owned(), Speaks::Google, exchange)
    }

    pub(super) fn other(config: &OidcProvider, exchange: Exchange) -> Self {
        let client = (config.client_id.clone(), secret_of(config.client_secret.as_ref()));
        let speaks = Speaks::Verified(config.trust_email);
        Self::new(config.issuer.clone(), client, config.scopes.join(" "), speaks, exchange)
    }

    fn new(
        issuer: String,
        (client, secret): (String, SecretString),
        scope: String,
        speaks: Speaks,
        exchange: Exchange,
    ) -> Self {
        Self {
            issuer,
            client,
            secret,
            scope,
            speaks,
            exchange,
            metadata: Cache::default(),
            keys: Cache::default(),
            origin: OnceLock::new(),
        }
    }

    pub(super) fn origin(&self) -> String {
        let of_the_issuer = || self.issuer.parse::<Url>().map(|url| url.origin().ascii_serialization());
        self.origin.get().cloned().unwrap_or_else(|| of_the_issuer().unwrap_or_default())
    }

    pub(super) async fn begin(
        &self,
        state: &str,
        callback: &Url,
        hints: Hints<'_>,
        kept: &Kept,
        now: DateTime<Utc>,
    ) -> Result<Url, UpstreamError> {
        let metadata = self.metadata(now).await?;
        let mut extra = vec![("nonce", kept.nonce.as_str())];
        let prompts = [(hints.select_account, "select_account"), (hints.rerequest, "consent")];
        let prompt = prompts.iter().filter(|(wanted, _)| *wanted).map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
        if !prompt.is_empty() {
            extra.push(("prompt", &prompt));
        }
        extra.extend(hints.login_hint.map(|hint| ("login_hint", hint)));
        // Google has a parameter of its own for it.
        let locale = if self.speaks == Speaks::Google { "hl" } else { "ui_locales" };
        extra.extend(hints.ui_locale.map(|tag| (locale, tag)));
        let endpoint = &metadata.authorization_endpoint;
        Ok(exchange::authorize(endpoint, &self.client, (state, callback, kept), &self.scope, &extra))
    }

    pub(super) async fn finish(
        &self,
        answer: &Answer,
        kept: &Kept,
        callback: &Url,
        now: DateTime<Utc>,
    ) -> Result<UpstreamIdentity, UpstreamError> {
        let metadata = self.metadata(now).await?;
        // Before all else: an answer of another provider is not even believed in its error (RFC 9207, section 2.4).
        let mixed = match &answer.iss {
            Some(iss) => *iss != metadata.issuer,
            None => metadata.authorization_response_iss_parameter_supported,
        };
        if mixed {
            return Err(Refusal::Mixed.into());
        }
        let registration = Registration { id: &self.client, secret: &self.secret, in_body: metadata.secret_in_body() };
        let endpoint = &metadata.token_endpoint;
        let redeemed = self.exchange.redeem(endpoint, registration, answer.code()?, (kept, callback)).await?;
        let id_token = redeemed.id_token.ok_or(Refusal::NoIdToken)?;
        let claims = self.verified(&metadata, id_token.expose_secret(), now).await?;
        let expected = Expected {
            issuer: &self.issuer,
            legacy_issuer: self.legacy_issuer(),
            client: &self.client,
            nonce: &kept.nonce,
            now,
        };
        id_token::check(&claims, expected)?;
        Ok(self.identity(&claims)?)
    }

    /// Whether metadata and keys can be fetched and used. Whether the secret is right only a sign-in shows.
    pub(super) async fn check(&self, now: DateTime<Utc>) -> Result<(), UpstreamError> {
        let metadata = self.metadata(now).await?;
        self.keys.get(now, self.fetch_keys(&metadata)).await.map(drop)
    }

    /// Google’s older spelling: the issuer without its scheme.
    fn legacy_issuer(&self) -> Option<&str> {
        let without_scheme = self.issuer.split_once("://").map(|(_, rest)| rest);
        without_scheme.filter(|_| self.speaks == Speaks::Google)
    }

    /// The claims of a token that the provider signed. Keys are fetched again where none of those known did: the
    /// provider may have changed them.
    async fn verified(
        &self,
        metadata: &Metadata,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Map<String, Value>, UpstreamError> {
        let keys = self.keys.get(now, self.fetch_keys(metadata)).await?;
        match keys.id_token(token) {
            Err(unknown @ (TokenError::UnknownKey | TokenError::Signature)) => {
                let later = self.keys.later(&keys, now, self.fetch_keys(metadata)).await?;
                Ok(later.ok_or(unknown)?.id_token(token)?)
            }
            judged => Ok(judged?),
        }
    }

    async fn metadata(&self, now: DateTime<Utc>) -> Result<Arc<Metadata>, UpstreamError> {
        let metadata = self.metadata.get(now, self.fetch_metadata()).await?;
        self.origin.get_or_init(|| metadata.authorization_endpoint.origin().ascii_serialization());
        Ok(metadata)
    }

    async fn fetch_metadata(&self) -> Fetched<Metadata> {
        const NAME: &str = "metadata";
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let url = address.parse().map_err(|_| UpstreamError::Misconfigured("its issuer is no address".to_owned()))?;
        let found: Option<(Metadata, TimeDelta)> = self.exchange.document(&url, NAME).await?;
        let (metadata, lives) = found.ok_or(Outage::Document(NAME))?;
        metadata.check(&self.issuer)?;
        Ok((metadata, lives))
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Fetched<TrustedKeys> {
        const NAME: &str = "keys";
        let found: Option<(Value, TimeDelta)> = self.exchange.document(&metadata.jwks_uri, NAME).await?;
        let (set, lives) = found.ok_or(Outage::Document(NAME))?;
        Ok((TrustedKeys::read(&set).map_err(|_| Outage::Document(NAME))?, lives))
    }

    /// Who the checked claims are about.
    fn identity(&self, claims: &Map<String, Value>) -> Result<UpstreamIdentity, Refusal> {
        let subject = claims.get("sub").and_then(Value::as_str).filter(|sub| is_subject(sub));
        let subject = subject.ok_or(Refusal::Subject)?.to_owned();
        // Only the JSON value `true`: the text "true" is what careless providers write, and what an attacker hopes for.
        let verified = claims.get("email_verified") == Some(&Value::Bool(true));
        let email = email(claims).map(|address| {
            let authoritative = verified
                && match self.speaks {
                    Speaks::Google => address.domain() == "gmail.com" || line(claims, "hd").is_some(),
                    Speaks::Verified(trusted) => trusted,
                };
            UpstreamEmail { address, verified, authoritative }
        });
        Ok(UpstreamIdentity {
            provider: String::new(),
            issuer: self.issuer.clone(),
            subject,
            email,
            given_name: line(claims, "given_name"),
            family_name: line(claims, "family_name"),
            name: line(claims, "name"),
            locale: line(claims, "locale"),
            context: if self.speaks == Speaks::Google { Vec::new() } else { context(claims) },
        })
    }
}

/// What the provider signed about how somebody proved who they are.
fn context(claims: &Map<String, Value>) -> Vec<String> {
    let methods = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    let values = methods.chain(claims.get("acr")).filter_map(Value::as_str);
    values.filter(|value| is_subject(value)).take(MOST_CONTEXTS).map(str::to_owned).collect()
}
