//! A second factor that a service elsewhere implements: it is asked over signed HTTP to pose a question, and then what an
//! answer is worth. `docs/adding-a-factor.md` has the protocol.
//!
//! Both sides sign: the service verifies us by our published keys, we verify it by the keys that the configuration names.
//! A reply names the message that it answers, and no message is sent twice, so none can be used again or elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use idp_core::level::Amr;
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::{Answer, Asking, Cx, Evidence, FactorError, Means, Posed, Question, SecondFactor, Verdict};
use crate::clock::Random;
use crate::config::{RemoteService, Shared};
use crate::keys::seal::MacKey;
use crate::keys::signing::TokenError;
use crate::keys::trusted::{Expected, TrustedKeys};
use crate::net::breaker::Breaker;
use crate::net::outbound::{FetchError, Outbound};
use crate::store::accounts::{Account, Contact};
use crate::store::proofs::Challenge;

const CHALLENGE: &str = "idp-factor-challenge+jwt";
const QUESTION: &str = "idp-factor-question+jwt";
const ANSWER: &str = "idp-factor-answer+jwt";
const VERDICT: &str = "idp-factor-verdict+jwt";

/// Seconds that a message of ours may be used.
const LIFE: i64 = 60;
/// The longest words of a question, in characters.
const LONGEST_PROMPT: usize = 500;
/// The longest that a service has us keep, in bytes.
const LONGEST_STATE: usize = 2048;
/// For how long keys that were fetched are used.
const KEYS_LIVE: TimeDelta = TimeDelta::minutes(10);
/// The pause between two looks for a key that is not among those fetched.
const KEYS_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The factors of the configured services.
pub fn all(means: Means<'_>) -> impl Iterator<Item = Arc<dyn SecondFactor>> {
    means.config.remote.iter().map(move |(name, service)| {
        let keys = service.jwk.as_ref().and_then(|jwk| TrustedKeys::read(jwk).ok());
        Arc::new(Remote {
            name: name.clone(),
            service: service.clone(),
            outbound: means.outbound.clone(),
            random: means.random.clone(),
            pseudonyms: means.pseudonyms.clone(),
            breaker: Breaker::default(),
            keys: Mutex::new(keys.map(|keys| (DateTime::<Utc>::MIN_UTC, Arc::new(keys)))),
        }) as Arc<dyn SecondFactor>
    })
}

/// One service.
struct Remote {
    name: String,
    service: RemoteService,
    outbound: Outbound,
    random: Random,
    pseudonyms: MacKey,
    breaker: Breaker,
    /// Its keys, and when they were fetched, if they were.
    keys: Mutex<Option<(DateTime<Utc>, Arc<TrustedKeys>)>>,
}

/// Why a service gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("it failed too often just now")]
    BreakerOpen,
    #[error("it took too long")]
    TooSlow,
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("it answered with the status {0}")]
    Status(StatusCode),
    #[error("its message is refused: {0}")]
    Refused(#[from] TokenError),
    #[error("its message answers another one")]
    AnotherMessage,
    #[error("its message is not one of the protocol: {0}")]
    Malformed(String),
    #[error("its keys cannot be read: {0}")]
    Keys(String),
    #[error("nothing can be signed for it")]
    Unsigned,
}

/// What we remember of a question.
#[derive(Serialize, Deserialize)]
struct Kept {
    challenge: String,
    state: Option<String>,
    typed: bool,
}

/// What a service says when it is asked to pose a question.
#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Reply {
    Asked { prompt: BTreeMap<String, String>, answer: Wanted, state: Option<String> },
    NotEnrolled,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Code,
    Wait,
}

#[derive(Deserialize)]
struct Judged {
    verdict: Word,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Right,
    Wrong,
    Pending,
}

impl Remote {
    /// Sends a message of this type and gives what the reply says. All of it, keys included, ends at one deadline.
    async fn exchange<T: DeserializeOwned>(
        &self,
        cx: Cx<'_>,
        (path, typ, reply): (&str, &str, &str),
        own: Value,
    ) -> Result<T, Unanswered> {
        if !self.breaker.may_try(cx.now) {
            return Err(Unanswered::BreakerOpen);
        }
        let deadline = Duration::from_secs(self.service.timeout_seconds);
        let said = tokio::time::timeout(deadline, self.converse(cx, (path, typ, reply), own)).await;
        let said = said.unwrap_or(Err(Unanswered::TooSlow)).and_then(read);
        if said.is_ok() {
            self.breaker.succeeded();
        } else if self.breaker.failed(cx.now) {
            tracing::error!(factor = self.id_text(), "a service failed five times in a row: nobody waits for it now");
        }
        said
    }

    async fn converse(
        &self,
        cx: Cx<'_>,
        (path, typ, reply): (&str, &str, &str),
        own: Value,
    ) -> Result<Map<String, Value>, Unanswered> {
        let occasion = cx.occasion.ok_or(Unanswered::Unsigned)?;
        let (ring, at) = (occasion.ring, cx.now.timestamp());
        let signer = ring.signing_algs().first().and_then(|alg| ring.signer(*alg)).ok_or(Unanswered::Unsigned)?;
        let jti = own.get("jti").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut claims = json!({
            "iss": ring.issuer(),
            "aud": self.service.url.as_str(),
            "iat": at,
            "exp": at + LIFE,
            "sub": self.pseudonym(b"sub", cx.account.id.as_bytes()),
            "txn": self.pseudonym(b"txn", occasion.transaction.as_bytes()),
            "person": self.person(cx.account),
        });
        if let (Some(claims), Value::Object(own)) = (claims.as_object_mut(), own) {
            claims.extend(own);
        }
        let message = signer.sign_compact(typ, &claims).map_err(|_| Unanswered::Unsigned)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/jwt"));
        let url = self.at(path);
        let answer = self.outbound.send(Method::POST, &url, headers, Bytes::from(message)).await?;
        if answer.status != StatusCode::OK {
            return Err(Unanswered::Status(answer.status));
        }
        let text = std::str::from_utf8(&answer.body).map_err(|_| TokenError::Malformed)?.trim();
        let (issuer, audience) = (self.service.url.as_str(), ring.issuer());
        let claims = self.verified(text, Expected { typ: reply, issuer, audience, now: cx.now }).await?;
        // Compared after the signature was: what it answers is no secret, but nobody else may choose it.
        if claims.get("in_reply_to").and_then(Value::as_str) != Some(jti.as_str()) {
            return Err(Unanswered::AnotherMessage);
        }
        Ok(claims)
    }

    /// The claims of a message that one of the service's keys signed. Keys that are fetched are looked for again where a
    /// message was signed with none of those known: the service may have changed them.
    async fn verified(&self, text: &str, expected: Expected<'_>) -> Result<Map<String, Value>, Unanswered> {
        let known = self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(url) = &self.service.jwks_url else {
            let (_, keys) = known.ok_or_else(|| Unanswered::Keys("there are none".to_owned()))?;
            return Ok(keys.claims(text, expected)?);
        };
        if let Some((since, keys)) = known.filter(|(since, _)| *since + KEYS_LIVE > expected.now) {
            match keys.claims(text, expected) {
                Err(TokenError::UnknownKey | TokenError::Signature) if since + KEYS_PAUSE <= expected.now => {}
                judged => return Ok(judged?),
            }
        }
        let answer = self.outbound.get(url).await?;
        if answer.status != StatusCode::OK {
            return Err(Unanswered::Keys(answer.status.to_string()));
        }
        let set: Value = serde_json::from_slice(&answer.body).map_err(|error| Unanswered::Keys(error.to_string()))?;
        let keys = Arc::new(TrustedKeys::read(&set).map_err(|error| Unanswered::Keys(error.to_string()))?);
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some((expected.now, Arc::clone(&keys)));
        Ok(keys.claims(text, expected)?)
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.service.url.clone();
        let whole = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        url
    }

    /// What this service knows an account or a sign-in by: always the same, and of no use to another service.
    fn pseudonym(&self, kind: &[u8], of: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.pseudonyms.tag(&[kind, self.name.as_bytes(), of]))
    }

    /// What the service may know of the account besides.
    fn person(&self, account: &Account) -> Map<String, Value> {
        let proven = |contact: &Option<Contact>| {
            contact
                .as_ref()
                .filter(|contact| contact.state == ContactState::Verified)
                .map(|contact| contact.value.clone())
        };
        let shared = self.service.share.iter().filter_map(|what| match what {
            Shared::Sub => Some(("sub", account.sub.clone())),
            Shared::Email => Some(("email", proven(&account.email)?)),
            Shared::Phone => Some(("phone_number", proven(&account.phone)?)),
        });
        shared.map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
    }

    fn id_text(&self) -> String {
        self.id().to_string()
    }

    /// Counts what an exchange came to, and writes down why one came to nothing.
    fn note(&self, outcome: Result<&'static str, &Unanswered>) {
        let factor = self.id_text();
        let word = outcome.unwrap_or_else(|why| match why {
            Unanswered::Refused(_) | Unanswered::AnotherMessage | Unanswered::Malformed(_) => "refused",
            _ => "unanswered",
        });
        if let Err(reason) = outcome {
            tracing::warn!(factor, %reason, "the service of a second factor gave no answer that can be used");
        }
        metrics::counter!("factor_service_answers_total", "factor" => factor, "outcome" => word).increment(1);
    }
}

/// The claims as a reply of the protocol.
fn read<T: DeserializeOwned>(claims: Map<String, Value>) -> Result<T, Unanswered> {
    serde_json::from_value(Value::Object(claims)).map_err(|error| Unanswered::Malformed(error.to_string()))
}

/// A question as pages may show it: not empty, not long, on one line.
fn question(prompt: BTreeMap<String, String>, wanted: Wanted) -> Result<Question, Unanswered> {
    let bad = |why: &str| Unanswered::Malformed(why.to_owned());
    let plain = |text: String| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let known = prompt.into_iter().filter(|(tag, _)| ["en", "cy"].contains(&tag.as_str()));
    let prompt: BTreeMap<_, _> = known.map(|(tag, text)| (tag, plain(text).trim().to_owned())).collect();
    if prompt.is_empty() {
        return Err(bad("the prompt has no text in en or cy"));
    }
    if prompt.values().any(|text| text.is_empty() || text.chars().count() > LONGEST_PROMPT) {
        return Err(bad("a text of the prompt is empty or too long"));
    }
    Ok(Question { prompt, typed: wanted == Wanted::Code })
}

impl SecondFactor for Remote {
    fn id(&self) -> FactorId {
        FactorId::Remote(self.name.clone())
    }

    fn amr(&self) -> &'static [Amr] {
        self.id().amr()
    }

    fn label(&self, welsh: bool) -> Option<&str> {
        Some(self.service.label(welsh))
    }

    fn answers(&self, now: DateTime<Utc>) -> bool {
        !self.breaker.is_open(now)
    }

    fn ask(&self, _: Cx<'_>) -> Result<Asking, FactorError> {
        Ok(Asking::Pose)
    }

    fn challenge<'a>(&'a self, cx: Cx<'a>) -> BoxFuture<'a, Result<Posed, FactorError>> {
        Box::pin(async move {
            let challenge = self.random.token();
            let occasion = cx.occasion.ok_or(FactorError::Unanswered)?;
            let own = json!({
                "jti": challenge,
                "client_id": occasion.client,
                "locale": occasion.locale,
            });
            let reply = self.exchange(cx, ("challenge", CHALLENGE, QUESTION), own).await;
            let posed = reply.and_then(|reply| match reply {
                Reply::NotEnrolled => Ok(None),
                Reply::Asked { state: Some(state), .. } if state.len() > LONGEST_STATE => {
                    Err(Unanswered::Malformed("the state is too long".to_owned()))
                }
                Reply::Asked { prompt, answer, state } => {
                    Ok(Some((question(prompt, answer)?, Kept { challenge, state, typed: answer == Wanted::Code })))
                }
            });
            match posed {
                Ok(Some((question, kept))) => {
                    self.note(Ok("asked"));
                    let written =
                        serde_json::to_vec(&kept).and_then(|state| Ok((state, serde_json::to_value(question)?)));
                    let (state, shown) = written.map_err(|_| FactorError::Unreadable)?;
                    Ok(Posed { state, shown })
                }
                Ok(None) => {
                    self.note(Ok("not_enrolled"));
                    Err(FactorError::NotEnrolled)
                }
                Err(why) => {
                    self.note(Err(&why));
                    Err(FactorError::Unanswered)
                }
            }
        })
    }

    fn verify<'a>(
        &'a self,
        cx: Cx<'a>,
        _: Option<&'a Challenge>,
        answer: &'a Answer,
    ) -> BoxFuture<'a, Result<Verdict, FactorError>> {
        Box::pin(async move {
            let state = answer.state.as_ref().ok_or(FactorError::Unreadable)?;
            let kept: Kept = serde_json::from_slice(state).map_err(|_| FactorError::Unreadable)?;
            let code = answer.code.expose_secret();
            if kept.typed && code.is_empty() {
                return Ok(Verdict::Wrong);
            }
            let mut own = json!({ "jti": self.random.token(), "challenge": kept.challenge });
            if let Some(own) = own.as_object_mut() {
                own.extend(kept.state.map(|state| ("state".to_owned(), Value::from(state))));
                own.extend(kept.typed.then(|| ("code".to_owned(), Value::from(code))));
            }
            let judged = self.exchange::<Judged>(cx, ("answer", ANSWER, VERDICT), own).await;
            match judged.map(|judged| judged.verdict) {
                Ok(Word::Right) => {
                    self.note(Ok("right"));
                    Ok(Verdict::Right(Evidence::Plain))
                }
                Ok(Word::Wrong) => {
                    self.note(Ok("wrong"));
                    Ok(Verdict::Wrong)
                }
                Ok(Word::Pending) if !kept.typed => {
                    self.note(Ok("pending"));
                    Ok(Verdict::Pending)
                }
                Ok(Word::Pending) => {
                    self.note(Err(&Unanswered::Malformed("pending, of an answer that was typed".to_owned())));
                    Err(FactorError::Unanswered)
                }
                Err(why) => {
                    self.note(Err(&why));
                    Err(FactorError::Unanswered)
                }
            }
        })
    }
}

#[cfg(test)]
#[path = "remote_tests.rs"]
mod tests;
