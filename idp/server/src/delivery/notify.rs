//! GOV.UK Notify: email and text messages, by its REST API.
//!
//! Notify holds the wording: we send the id of a template and the values for its places. Each request carries a JWT of
//! its own, made now, because Notify takes none that is older than half a minute. Its answer repeats the message with the
//! code in it: nothing of it is ever logged.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use idp_core::factor::FactorId;
use idp_core::metering::sms_parts;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

use super::router::Tools;
use super::{Accepted, DeliveryError, Message, Sender};
use crate::clock::Clock;
use crate::config::{self, notify_key_parts};
use crate::net::outbound::{Fetched, Outbound};

/// The name in audit, metrics, charges and health checks.
pub const NAME: &str = "notify";

/// The sender for email and text messages.
pub struct Notify {
    settings: config::Notify,
    service: String,
    secret: SecretString,
    outbound: Outbound,
    clock: Clock,
}

/// The parts of an answer that matter. Not printable: the text holds the code.
#[derive(Deserialize)]
struct Taken {
    id: Option<String>,
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Content {
    body: Option<String>,
}

/// Messages that were taken before, as Notify lists them.
#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    notifications: Vec<Earlier>,
}

#[derive(Deserialize)]
struct Earlier {
    id: String,
    #[serde(default)]
    body: String,
}

/// A bearer token for one request.
fn token(service: &str, secret: &SecretString, now: i64) -> String {
    const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;
    let claims = format!(r#"{{"iss":"{service}","iat":{now}}}"#);
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

impl Notify {
    /// The sender as set up; `None` without an API key.
    #[must_use]
    pub fn new(settings: &config::Notify, tools: &Tools) -> Option<Self> {
        let key = settings.api_key.as_ref()?;
        let (service, secret) = notify_key_parts(key.expose_secret())?;
        let (service, secret) = (service.to_owned(), secret.into());
        let (outbound, clock) = (tools.outbound.clone(), tools.clock.clone());
        Some(Self { settings: settings.clone(), service, secret, outbound, clock })
    }

    /// Whether it has a template for codes on this channel.
    #[must_use]
    pub fn carries(&self, channel: &FactorId) -> bool {
        match channel {
            FactorId::Email => self.settings.template(false, true, false).is_some(),
            FactorId::Sms => self.settings.template(true, true, false).is_some(),
            _ => false,
        }
    }

    /// The values for the places of a template.
    fn values(&self, message: &Message) -> Map<String, Value> {
        let settings = &self.settings;
        let minutes = message.minutes.to_string();
        let given = match &message.code {
            Some(code) => [
                (&settings.code_key, code.expose_secret()),
                (&settings.minutes_key, minutes.as_str()),
                (&settings.service_key, message.service.as_str()),
            ],
            None => [
                (&settings.subject_key, message.subject.as_str()),
                (&settings.body_key, message.body.as_str()),
                (&settings.service_key, message.service.as_str()),
            ],
        };
        let named = given.into_iter().filter(|(name, _)| !name.is_empty());
        named.map(|(name, value)| (name.clone(), Value::from(value))).collect()
    }

    fn request(&self, message: &Message) -> Result<(&'static str, Value), DeliveryError> {
        let is_sms = message.channel == FactorId::Sms;
        let template = self.settings.template(is_sms, message.code.is_some(), message.locale == "cy");
        let template = template.ok_or_else(|| DeliveryError::Refused("no template for this message".to_owned()))?;
        let mut body = json!({
            "template_id": template,
            "personalisation": self.values(message),
            "reference": message.reference,
        });
        let (path, address, sender) = match &message.channel {
            FactorId::Sms => ("/v2/notifications/sms", "phone_number", ("sms_sender_id", self.settings.sms_sender_id)),
            FactorId::Email => {
                let reply_to = ("email_reply_to_id", self.settings.email_reply_to_id);
                ("/v2/notifications/email", "email_address", reply_to)
            }
            _ => return Err(DeliveryError::Malformed("Notify carries email and text messages only")),
        };
        if let Some(fields) = body.as_object_mut() {
            fields.insert(address.to_owned(), message.to.clone().into());
            if let (name, Some(id)) = sender {
                fields.insert(name.to_owned(), id.to_string().into());
            }
        }
        Ok((path, body))
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Fetched, DeliveryError> {
        let url = format!("{}{path}", self.settings.base_url.as_str().trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|_| DeliveryError::Refused("notify.base_url is no address".to_owned()))?;
        let bearer = format!("Bearer {}", token(&self.service, &self.secret, self.clock.now().timestamp()));
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| DeliveryError::Malformed("no header"))?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        if body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        Ok(self.outbound.send(method, &url, headers, body).await?)
    }

    /// The message of an earlier try that got no answer, if Notify took it: it has no other way of not sending twice.
    async fn taken_before(&self, message: &Message) -> Result<Option<Accepted>, DeliveryError> {
        let reference: String = url::form_urlencoded::byte_serialize(message.reference.as_bytes()).collect();
        let answer = self.call(Method::GET, &format!("/v2/notifications?reference={reference}"), None).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer));
        }
        let listed: Listed = serde_json::from_slice(&answer.body)
            .map_err(|_| DeliveryError::Unavailable("its answer cannot be read".to_owned()))?;
        let is_sms = message.channel == FactorId::Sms;
        Ok(listed.notifications.into_iter().next().map(|earlier| Accepted {
            provider_id: Some(earlier.id),
            fragments: is_sms.then(|| sms_parts(&earlier.body)),
            delivered: false,
        }))
    }

    async fn hand_over(&self, message: &Message) -> Result<Accepted, DeliveryError> {
        let (path, body) = self.request(message)?;
        if message.tries_before > 0
            && let Some(earlier) = self.taken_before(message).await?
        {
            return Ok(earlier);
        }
        let answer = self.call(Method::POST, path, Some(&body)).await?;
        if answer.status != StatusCode::CREATED {
            return Err(refusal(&answer));
        }
        // Whatever else the answer holds, the message is taken.
        let taken = serde_json::from_slice::<Taken>(&answer.body).ok();
        let text = taken.as_ref().and_then(|taken| taken.content.as_ref()?.body.as_deref());
        let is_sms = message.channel == FactorId::Sms;
        let fragments = is_sms.then(|| sms_parts(text.unwrap_or(&message.body)));
        Ok(Accepted { provider_id: taken.as_ref().and_then(|taken| taken.id.clone()), fragments, delivered: false })
    }

    /// Every template that is set, with the name of its setting and the type it must have.
    fn templates(&self) -> Vec<(String, &'static str, bool, Uuid)> {
        let settings = &self.settings;
        let mut found = Vec::new();
        for (is_sms, kind) in [(true, "sms"), (false, "email")] {
            for (is_code, purpose) in [(true, "code"), (false, "notice")] {
                let english = settings.template(is_sms, is_code, false);
                let welsh = settings.template(is_sms, is_code, true).filter(|id| Some(*id) != english);
                for (language, id) in [("en", english), ("cy", welsh)] {
                    let name = format!("{kind}_{purpose}_template_{language}");
                    found.extend(id.map(|id| (name, kind, is_code, id)));
                }
            }
        }
        found
    }

    /// Has Notify fill in each template: that shows the key, the ids and the names of the places to be right.
    async fn preview_all(&self) -> Result<String, DeliveryError> {
        let templates = self.templates();
        if templates.is_empty() {
            return Err(DeliveryError::Refused("no template is set".to_owned()));
        }
        let at = |name: &str, error: &str| DeliveryError::Refused(format!("notify.{name}: {error}"));
        for (name, kind, is_code, id) in &templates {
            let sample = Message {
                to: String::new(),
                channel: FactorId::Sms,
                subject: "Notice".to_owned(),
                body: "Text".to_owned(),
                locale: "en".to_owned(),
                code: is_code.then(|| "123456".into()),
                minutes: 15,
                service: "Service".to_owned(),
                key_prompt: None,
                tries_before: 0,
                reference: String::new(),
            };
            let body = json!({ "personalisation": self.values(&sample) });
            let answer = self.call(Method::POST, &format!("/v2/template/{id}/preview"), Some(&body)).await?;
            match answer.status {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => return Err(at(name, "Notify has no such template")),
                StatusCode::BAD_REQUEST => return Err(at(name, &told(&answer).1)),
                _ => return Err(refusal(&answer)),
            }
            let preview: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if preview.get("type").and_then(Value::as_str) != Some(kind) {
                return Err(at(name, &format!("is not a template for {kind}")));
            }
            let text = preview.get("body").and_then(Value::as_str).unwrap_or_default();
            if *is_code && !text.contains("123456") {
                return Err(at(name, &format!("has no place (({})) for the code", self.settings.code_key)));
            }
        }
        Ok(format!("answers and knows us, with {} templates", templates.len()))
    }
}

impl Sender for Notify {
    fn name(&self) -> &'static str {
        NAME
    }

    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Accepted, DeliveryError>> {
        self.hand_over(message).boxed()
    }

    /// Only where its receipts would be taken.
    fn reports(&self) -> bool {
        self.settings.callback_token.is_some()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, DeliveryError>> {
        self.preview_all().boxed()
    }
}

/// The kind of an error and its words, which name neither addresses nor values.
fn told(answer: &Fetched) -> (String, String) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = body.pointer("/errors/0");
    let text = |key: &str| {
        let text = first.and_then(|error| error.get(key)).and_then(Value::as_str).unwrap_or_default();
        text.chars().filter(|c| !c.is_control()).take(200).collect::<String>()
    };
    (text("error"), text("message"))
}

/// What an answer other than “created” means. Notify asks to go by status and kind, since words change.
fn refusal(answer: &Fetched) -> DeliveryError {
    let (kind, words) = told(answer);
    let status = answer.status.as_u16();
    match (status, kind.as_str()) {
        // Template and sender ids are UUIDs by our own settings: what is left to be invalid is the address.
        (400, "ValidationError") => DeliveryError::Recipient("not an address that Notify sends to".to_owned()),
        (429, "TooManyRequestsError") => DeliveryError::Refused("the daily limit is used up".to_owned()),
        (429, _) => DeliveryError::Unavailable("too many requests at once".to_owned()),
        (500.., _) => DeliveryError::Unavailable(format!("status {status}")),
        _ => DeliveryError::Refused(format!("status {status} {kind}: {words}")),
    }
}

#[cfg(test)]
mod tests;
