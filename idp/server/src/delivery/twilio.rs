//! Twilio: text messages and calls, by its REST API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::TimeDelta;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use idp_core::factor::FactorId;
use idp_core::metering::{plain_text, sms_parts};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;
use url::form_urlencoded::Serializer;

use super::router::Tools;
use super::twiml::{self, Voice};
use super::{Accepted, DeliveryError, Message, Sender};
use crate::clock::{Clock, Random};
use crate::config::{self, is_loopback};
use crate::keys::seal::Sealer;
use crate::net::outbound::{Fetched, Outbound};

/// The name in audit, metrics, charges and health checks.
pub const NAME: &str = "twilio";
/// Characters that a text message may have.
const LONGEST_TEXT: usize = 1600;
/// Seconds that a call may last.
const CALL_SECONDS: &str = "120";
/// Minutes for which what a call says can be fetched after a key press.
const KEY_PRESS_MINUTES: i64 = 10;
/// What [`Spoken`] is sealed for.
const SPOKEN: &[&[u8]] = &[b"call"];

/// The sender for text messages and calls.
pub struct Twilio {
    settings: config::Twilio,
    account: String,
    user: String,
    password: SecretString,
    /// Where Twilio reports to; `None` where it cannot reach us.
    receipts: Option<String>,
    calls: Sealer,
    random: Random,
    outbound: Outbound,
    clock: Clock,
}

/// What a call says once a key was pressed. It travels sealed in the address that Twilio then asks.
#[derive(Deserialize, Serialize)]
struct Spoken {
    markup: String,
    until: i64,
}

/// What a call says, from the seal in the address that Twilio asks; `None` if it is not ours or too old.
#[must_use]
pub fn spoken(calls: &Sealer, sealed: &str, now: i64) -> Option<String> {
    let spoken: Spoken = calls.open_json(SPOKEN, sealed).ok()?;
    (now < spoken.until).then_some(spoken.markup)
}

#[derive(Deserialize)]
struct Created {
    sid: Option<String>,
    num_segments: Option<String>,
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: u32,
}

#[derive(Deserialize)]
struct Account {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    status: String,
}

impl Twilio {
    /// The sender as set up; `None` without an account, credentials or something to send from.
    #[must_use]
    pub fn new(settings: &config::Twilio, tools: &Tools) -> Option<Self> {
        let account = settings.account_sid.clone()?;
        let (user, password) = match (&settings.api_key_sid, &settings.api_key_secret, &settings.auth_token) {
            (Some(sid), Some(secret), _) => (sid.clone(), secret.clone()),
            (_, _, Some(token)) => (account.clone(), token.clone()),
            _ => return None,
        };
        // Twilio refuses a message whose receipts would go to an address that it cannot reach.
        let reachable = !tools.issuer.is_loopback() || is_loopback(&settings.base_url);
        Some(Self {
            settings: settings.clone(),
            account,
            user,
            password,
            receipts: reachable.then(|| tools.issuer.link("/hooks/twilio")),
            calls: tools.calls.clone(),
            random: tools.random.clone(),
            outbound: tools.outbound.clone(),
            clock: tools.clock.clone(),
        })
    }

    /// Whether there is something for this channel to come from.
    #[must_use]
    pub fn carries(&self, channel: &FactorId) -> bool {
        match channel {
            FactorId::Sms => self.settings.messaging_service_sid.is_some() || self.settings.from.is_some(),
            FactorId::Voice => self.settings.caller().is_some(),
            _ => false,
        }
    }

    /// Where the receipts of a message go. Our reference travels with them.
    fn callback(&self, message: &Message) -> Option<String> {
        let base = self.receipts.as_ref()?;
        let query = Serializer::new(String::new())
            .append_pair("channel", &message.channel.to_string())
            .append_pair("ref", &message.reference)
            .finish();
        Some(format!("{base}?{query}"))
    }

    async fn call(&self, method: Method, path: &str, fields: &[(&str, String)]) -> Result<Fetched, DeliveryError> {
        let base = self.settings.base_url.as_str().trim_end_matches('/');
        let url = format!("{base}/2010-04-01/Accounts/{}{path}", self.account);
        let url = Url::parse(&url).map_err(|_| DeliveryError::Refused("twilio.base_url is no address".to_owned()))?;
        let pair = STANDARD.encode(format!("{}:{}", self.user, self.password.expose_secret()));
        let mut basic =
            HeaderValue::from_str(&format!("Basic {pair}")).map_err(|_| DeliveryError::Malformed("header"))?;
        basic.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, basic)]);
        if method == Method::POST {
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(header::CONTENT_TYPE, kind);
        }
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        Ok(self.outbound.send(method, &url, headers, Bytes::from(form)).await?)
    }

    async fn text(&self, message: &Message) -> Result<Accepted, DeliveryError> {
        let text = plain_text(message.body.trim());
        if text.is_empty() || text.chars().count() > LONGEST_TEXT {
            return Err(DeliveryError::Malformed("the text is empty or too long"));
        }
        let from = match (&self.settings.messaging_service_sid, &self.settings.from) {
            (Some(service), _) => ("MessagingServiceSid", service.clone()),
            (None, Some(from)) => ("From", from.clone()),
            (None, None) => return Err(DeliveryError::Refused("twilio.from is not set".to_owned())),
        };
        let mut fields = vec![
            ("To", message.to.clone()),
            from,
            ("Body", text.clone()),
            // Twilio looks at numbers that are known to be pumped.
            ("RiskCheck", "enable".to_owned()),
        ];
        if message.code.is_some() {
            // A code that arrives when it works no more only confuses.
            fields.push(("ValidityPeriod", (message.minutes.clamp(1, 600) * 60).to_string()));
        }
        fields.extend(self.callback(message).map(|callback| ("StatusCallback", callback)));
        let created = created(&self.call(Method::POST, "/Messages.json", &fields).await?)?;
        // With a Messaging Service Twilio does not know the number yet and says 0.
        let told = created.as_ref().and_then(|c| c.num_segments.as_ref()?.parse().ok()).filter(|parts| *parts > 0);
        let fragments = Some(told.unwrap_or_else(|| sms_parts(&text)));
        Ok(Accepted { provider_id: created.and_then(|created| created.sid), fragments, delivered: false })
    }

    fn voice(&self, locale: &str) -> Voice<'_> {
        let settings = &self.settings;
        match locale {
            "cy" => Voice { language: &settings.language_cy, name: &settings.voice_cy },
            _ => Voice { language: &settings.language_en, name: &settings.voice_en },
        }
    }

    /// What the call says, or that it asks for a key press first.
    fn markup(&self, message: &Message) -> Result<String, DeliveryError> {
        let voice = self.voice(&message.locale);
        let text = twiml::spelled(&message.body, message.code.as_ref().map(ExposeSecret::expose_secret));
        let markup = twiml::read_out(voice, &text);
        let Some(prompt) = &message.key_prompt else { return Ok(markup) };
        let Some(base) = &self.receipts else {
            let why = "a call with a key press needs a public address of ours";
            return Err(DeliveryError::Refused(why.to_owned()));
        };
        let until = (self.clock.now() + TimeDelta::minutes(KEY_PRESS_MINUTES)).timestamp();
        let sealed = self.calls.seal_json(&self.random, SPOKEN, &Spoken { markup, until });
        let sealed = sealed.map_err(|_| DeliveryError::Malformed("the call cannot be written"))?;
        Ok(twiml::ask_for_a_key(voice, prompt, &format!("{base}/call?say={sealed}")))
    }

    async fn ring(&self, message: &Message) -> Result<Accepted, DeliveryError> {
        let Some(from) = self.settings.caller() else {
            return Err(DeliveryError::Refused("twilio.voice_from is not set".to_owned()));
        };
        let mut fields = vec![
            ("To", message.to.clone()),
            ("From", from.to_owned()),
            ("Twiml", self.markup(message)?),
            ("Timeout", self.settings.ring_seconds.to_string()),
            ("TimeLimit", CALL_SECONDS.to_owned()),
        ];
        if let Some(callback) = self.callback(message) {
            fields.push(("StatusCallback", callback));
            fields.extend(["answered", "completed"].map(|event| ("StatusCallbackEvent", event.to_owned())));
        }
        let created = created(&self.call(Method::POST, "/Calls.json", &fields).await?)?;
        Ok(Accepted { provider_id: created.and_then(|created| created.sid), fragments: None, delivered: false })
    }

    async fn look_at_account(&self) -> Result<String, DeliveryError> {
        let answer = self.call(Method::GET, ".json", &[]).await?;
        if answer.status == StatusCode::FORBIDDEN && problem(&answer).code == TEST_CREDENTIALS {
            return Ok("answers and knows us: test credentials, nothing is delivered".to_owned());
        }
        if answer.status != StatusCode::OK {
            return Err(refusal(&answer));
        }
        let account: Account = serde_json::from_slice(&answer.body)
            .map_err(|_| DeliveryError::Unavailable("its answer cannot be read".to_owned()))?;
        if account.status != "active" {
            return Err(DeliveryError::Refused(format!("the account is {}", account.status)));
        }
        let trial = ": a trial account, which sends to verified numbers only";
        Ok(format!("answers and knows us{}", if account.kind == "Trial" { trial } else { "" }))
    }
}

impl Sender for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Accepted, DeliveryError>> {
        match message.channel {
            FactorId::Sms => self.text(message).boxed(),
            FactorId::Voice => self.ring(message).boxed(),
            _ => async { Err(DeliveryError::Malformed("Twilio carries text messages and calls only")) }.boxed(),
        }
    }

    /// Only where Twilio can reach us, and its receipts can be checked.
    fn reports(&self) -> bool {
        self.receipts.is_some() && self.settings.auth_token.is_some()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, DeliveryError>> {
        self.look_at_account().boxed()
    }
}

/// “Resource not accessible with test account credentials”.
const TEST_CREDENTIALS: u32 = 20008;

/// What was made. `None` inside where the answer cannot be read: the message is taken all the same.
fn created(answer: &Fetched) -> Result<Option<Created>, DeliveryError> {
    if answer.status == StatusCode::CREATED {
        Ok(serde_json::from_slice(&answer.body).ok())
    } else {
        Err(refusal(answer))
    }
}

fn problem(answer: &Fetched) -> Problem {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// What an answer other than “created” means. Twilio’s words repeat the number, so only its code is kept.
fn refusal(answer: &Fetched) -> DeliveryError {
    let (status, code) = (answer.status.as_u16(), problem(answer).code);
    match (status, code) {
        (429 | 500.., _) | (_, 20429 | 21611) => DeliveryError::Unavailable(format!("status {status}, error {code}")),
        // Not a number, not reachable by text, opted out, blocked.
        (400, 21211 | 21214 | 21216 | 21217 | 21265 | 21610 | 21614 | 21635) => {
            DeliveryError::Recipient(format!("error {code}"))
        }
        _ => DeliveryError::Refused(format!("status {status}, error {code}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::seal::MasterKey;

    #[test]
    fn an_error_is_told_by_its_code() {
        let kind = |status: u16, code: u32| {
            let body = json!({ "code": code, "message": "+447700900123", "status": status }).to_string().into();
            let status = StatusCode::from_u16(status).expect("a status");
            let error = refusal(&Fetched { status, headers: HeaderMap::new(), body });
            assert!(!error.to_string().contains("7700"), "{error}");
            error.kind()
        };
        for code in [21211, 21610, 21614, 21217, 21214, 21216] {
            assert_eq!(kind(400, code), "recipient", "{code}");
        }
        for code in [21212, 21606, 21408, 21612, 21210, 21215, 21608, 1] {
            assert_eq!(kind(400, code), "refused", "{code}");
        }
        assert_eq!((kind(401, 20003), kind(403, 20008), kind(404, 20404)), ("refused", "refused", "refused"));
        assert_eq!((kind(429, 20429), kind(400, 21611), kind(503, 0)), ("unavailable", "unavailable", "unavailable"));
    }

    #[test]
    fn what_a_call_says_opens_for_ten_minutes_and_only_with_our_key() {
        let random = Random::default();
        let key = || MasterKey::generate(&random).sealer("calls");
        let ours = key();
        let spoken_words = Spoken { markup: "<Response/>".to_owned(), until: 600 };
        let sealed = ours.seal_json(&random, SPOKEN, &spoken_words).expect("sealed");
        assert_eq!(spoken(&ours, &sealed, 599).as_deref(), Some("<Response/>"));
        assert_eq!(spoken(&ours, &sealed, 600), None);
        assert_eq!(spoken(&key(), &sealed, 0), None);
        assert_eq!(spoken(&ours, "x", 0), None);
    }
}
