//! The identity providers of others that people can sign in with: Google, Facebook, and any that speaks OpenID Connect.
//!
//! [`Provider::begin`] gives the address to send a browser to, [`Provider::finish`] says who came back with its answer.
//! Whose account that is, and what it may be linked to, is no question of this module: it knows neither HTTP routes nor
//! SQL nor accounts. The caller binds `state` to the browser and to the provider, and uses each answer once.
//!
//! A provider is believed only about itself: the key of an identity is issuer and subject, never an address (R40). All
//! requests leave through [`crate::net::outbound`], and whoever waits for a provider waits for at most five seconds.
//! Neither codes nor tokens nor secrets are logged or part of an error.

mod answer;
mod cache;
mod error;
mod exchange;
mod facebook;
mod id_token;
mod identity;
mod oidc;
mod signed_request;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

pub use answer::Answer;
pub use error::{Outage, Refusal, UpstreamError};
pub use identity::{UpstreamEmail, UpstreamIdentity};
pub use signed_request::{SignedRequest, SignedRequestError};

use self::exchange::Exchange;
use self::facebook::Facebook;
use self::oidc::Oidc;
use crate::clock::Random;
use crate::config;
use crate::net::breaker::Breaker;
use crate::net::outbound::Outbound;

/// The longest that a person waits for a provider, whatever a single request may take.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What a provider is asked for besides who somebody is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The address that was typed.
    pub login_hint: Option<&'a str>,
    /// Ask which account it is even where somebody is signed in there already: for computers that are shared.
    pub select_account: bool,
    /// The language of the pages.
    pub ui_locale: Option<&'a str>,
    /// Ask again for what was declined, such as the address.
    pub rerequest: bool,
}

/// What must be kept until the answer comes, and shown to nobody: the caller seals it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    /// What the ID token must repeat; of no use to Facebook, which has none.
    nonce: String,
    /// What shows that the code was asked for by us (RFC 7636).
    verifier: String,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept([redacted])")
    }
}

impl Kept {
    fn new(random: &Random) -> Self {
        Self { nonce: random.token(), verifier: random.token() }
    }
}

/// How a provider is spoken to.
enum Protocol {
    Oidc(Box<Oidc>),
    Facebook(Box<Facebook>),
}

/// One identity provider.
pub struct Provider {
    id: String,
    name: String,
    name_cy: String,
    protocol: Protocol,
    breaker: Breaker,
    longest_wait: Duration,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The identity providers that are configured and enabled.
#[derive(Debug, Default)]
pub struct Providers {
    providers: BTreeMap<String, Provider>,
}

impl Providers {
    /// The providers as configured. None is asked for anything before somebody wants to sign in.
    #[must_use]
    pub fn new(config: &config::Federation, outbound: &Outbound) -> Self {
        let exchange = Exchange::new(outbound.clone());
        let mut providers = Vec::new();
        if let Some(google) = config.google.as_ref().filter(|google| google.enabled) {
            let protocol = Protocol::Oidc(Box::new(Oidc::google(google, exchange.clone())));
            providers.push(Provider::new("google", ["Google"; 2], protocol));
        }
        if let Some(facebook) = config.facebook.as_ref().filter(|facebook| facebook.enabled) {
            let protocol = Protocol::Facebook(Box::new(Facebook::new(facebook, exchange.clone())));
            providers.push(Provider::new("facebook", ["Facebook"; 2], protocol));
        }
        for (id, other) in config.oidc.iter().filter(|(_, other)| other.enabled) {
            let protocol = Protocol::Oidc(Box::new(Oidc::other(other, exchange.clone())));
            providers.push(Provider::new(id, [false, true].map(|welsh| other.label(welsh)), protocol));
        }
        Self { providers: providers.into_iter().map(|provider| (provider.id.clone(), provider)).collect() }
    }

    /// The provider of this id, if it can be used.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.providers.get(id)
    }

    /// Whether people may sign in at the provider of this id.
    #[must_use]
    pub fn is_enabled(&self, id: &str) -> bool {
        self.providers.contains_key(id)
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }
}

impl Provider {
    fn new(id: &str, [name, name_cy]: [&str; 2], protocol: Protocol) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            name_cy: name_cy.to_owned(),
            protocol,
            breaker: Breaker::default(),
            longest_wait: LONGEST_WAIT,
        }
    }

    /// The id, as policies and addresses have it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What pages call it.
    #[must_use]
    pub fn name(&self, welsh: bool) -> &str {
        if welsh { &self.name_cy } else { &self.name }
    }

    /// The issuer of its identities.
    #[must_use]
    pub fn issuer(&self) -> String {
        match &self.protocol {
            Protocol::Oidc(oidc) => oidc.issuer().to_owned(),
            Protocol::Facebook(_) => facebook::ISSUER.to_owned(),
        }
    }

    /// The origin that [`Provider::begin`] sends browsers to, as far as it is known before: for the `form-action` of the
    /// page with the button.
    #[must_use]
    pub fn origin(&self) -> String {
        match &self.protocol {
            Protocol::Oidc(oidc) => oidc.origin(),
            Protocol::Facebook(facebook) => facebook.origin(),
        }
    }

    /// Whether it answered of late, as far as it was asked. Of one that fails all the time nothing is asked for half a
    /// minute.
    #[must_use]
    pub fn answers(&self, now: DateTime<Utc>) -> bool {
        !self.breaker.is_open(now)
    }

    /// The address to send the browser to, and what to keep until its answer comes. `state` comes back with the answer;
    /// `callback` is the redirect URI that is registered at the provider.
    ///
    /// # Errors
    /// The provider is away, or what is configured about it is not right.
    pub async fn begin(
        &self,
        state: &str,
        callback: &Url,
        hints: Hints<'_>,
        (random, now): (&Random, DateTime<Utc>),
    ) -> Result<(Url, Kept), UpstreamError> {
        let kept = Kept::new(random);
        let url = if self.breaker.is_open(now) {
            Err(Outage::Failing.into())
        } else {
            let url = self.in_time(async {
                match &self.protocol {
                    Protocol::Oidc(oidc) => oidc.begin(state, callback, hints, &kept, now).await,
                    Protocol::Facebook(facebook) => Ok(facebook.begin(state, callback, hints, &kept)),
                }
            });
            self.judged(url.await, now)
        };
        self.note(url.as_ref().map(|_| "sent"));
        Ok((url?, kept))
    }

    /// Who came back with this answer. `kept` and `callback` are those of [`Provider::begin`]; that the answer’s `state`
    /// is the one that was given there is for the caller to see to.
    ///
    /// # Errors
    /// Nobody is identified: they changed their mind, the provider is away, or its answer is not right.
    pub async fn finish(
        &self,
        answer: &Answer,
        kept: &Kept,
        callback: &Url,
        now: DateTime<Utc>,
    ) -> Result<UpstreamIdentity, UpstreamError> {
        // Whether it is open, and not whether one more may try: anybody can bring an answer for which nothing is asked, and
        // must not use up the try of those who would find that the provider is back.
        let identity = if self.breaker.is_open(now) {
            Err(Outage::Failing.into())
        } else {
            let identity = self.in_time(async {
                match &self.protocol {
                    Protocol::Oidc(oidc) => oidc.finish(answer, kept, callback, now).await,
                    Protocol::Facebook(facebook) => facebook.finish(answer, kept, callback).await,
                }
            });
            let identity = self.judged(identity.await, now);
            if identity.is_ok() {
                self.breaker.succeeded();
            }
            identity.map(|identity| identity.of(&self.id))
        };
        self.note(identity.as_ref().map(|_| "identified"));
        identity
    }

    /// Whether it can be reached and is what is configured, as an operator asks. Nobody signs in.
    ///
    /// # Errors
    /// What a sign-in would find.
    pub async fn check(&self, now: DateTime<Utc>) -> Result<(), UpstreamError> {
        self.in_time(async {
            match &self.protocol {
                Protocol::Oidc(oidc) => oidc.check(now).await,
                Protocol::Facebook(facebook) => facebook.check().await,
            }
        })
        .await
    }

    /// What Facebook signed when somebody removes the app there, or asks for their data to be deleted.
    ///
    /// # Errors
    /// It was signed by somebody else, is too old, or this provider signs no requests.
    pub fn signed_request(&self, text: &str, now: DateTime<Utc>) -> Result<SignedRequest, SignedRequestError> {
        match &self.protocol {
            Protocol::Facebook(facebook) => signed_request::read(text, facebook.app_secret(), now),
            Protocol::Oidc(_) => Err(SignedRequestError::NotSigned),
        }
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, UpstreamError>>) -> Result<T, UpstreamError> {
        tokio::time::timeout(self.longest_wait, work).await.unwrap_or_else(|_| Err(Outage::TooSlow.into()))
    }

    /// Counts a failure of the provider. What a browser brought is none: anybody could bring it.
    fn judged<T>(&self, outcome: Result<T, UpstreamError>, now: DateTime<Utc>) -> Result<T, UpstreamError> {
        if let Err(UpstreamError::Unavailable(why)) = &outcome
            && !matches!(why, Outage::Said(_))
            && self.breaker.failed(now)
        {
            tracing::error!(
                provider = self.id,
                "an identity provider failed five times in a row: nobody waits for it now"
            );
        }
        outcome
    }

    /// Counts what became of it, and writes down why something went wrong.
    fn note(&self, outcome: Result<&'static str, &UpstreamError>) {
        let provider = self.id.clone();
        match outcome {
            Ok(_) | Err(UpstreamError::Cancelled) => {}
            Err(reason @ UpstreamError::Misconfigured(_)) => {
                tracing::error!(provider, %reason, "signing in with an identity provider is not set up properly");
            }
            Err(reason) => tracing::warn!(provider, %reason, "nobody could be signed in by an identity provider"),
        }
        let word = outcome.unwrap_or_else(UpstreamError::word);
        metrics::counter!("federation_answers_total", "provider" => provider, "outcome" => word).increment(1);
    }
}

/// A code or token: long enough for every provider, and short enough to be kept.
fn is_value(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.len() <= longest && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// The client secret of a checked configuration, which has one.
fn secret_of(configured: Option<&SecretString>) -> SecretString {
    configured.cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn case_fe11_nobody_waits_longer_than_five_seconds_for_all_requests_together() {
        assert_eq!(LONGEST_WAIT, Duration::from_secs(5));
        let config = config::Config::from_sources(
            None,
            [("APP_ID", "1"), ("APP_SECRET", "x")]
                .into_iter()
                .map(|(key, value)| (format!("IDP_FEDERATION__FACEBOOK__{key}"), value.to_owned())),
        )
        .expect("valid");
        let outbound = Outbound::new(&config.outbound, &config.development);
        let mut providers = Providers::new(&config.federation, &outbound);
        let provider = providers.providers.get_mut("facebook").expect("configured");
        assert_eq!(provider.longest_wait, LONGEST_WAIT);
        provider.longest_wait = Duration::ZERO;
        let waited = provider.in_time(std::future::pending::<Result<(), UpstreamError>>()).await;
        assert_eq!(waited, Err(Outage::TooSlow.into()));
    }
}
