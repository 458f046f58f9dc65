//! GOV.UK Notify, as strict as the real one: it checks each request's token, fields, addresses and templates, and honours
//! the numbers that Notify keeps for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::http::{Agent, Request, Response};
use super::provider::{Answer, Behaviour, Incoming, Switch, lock, serve};
use super::unix_now;

const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";
const SECRET: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";

/// A message that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub id: String,
    pub kind: &'static str,
    pub to: String,
    pub template: String,
    pub subject: Option<String>,
    pub body: String,
    pub reference: Option<String>,
    /// `sms_sender_id` or `email_reply_to_id`.
    pub sender: Option<String>,
}

#[derive(Debug)]
struct Template {
    kind: &'static str,
    subject: &'static str,
    body: &'static str,
}

#[derive(Debug, Default)]
struct State {
    templates: Mutex<BTreeMap<String, Template>>,
    taken: Mutex<Vec<Taken>>,
    /// What a real service would have refused, for the failure message.
    complaints: Mutex<Vec<String>>,
    clock_offset: AtomicI64,
}

/// A running fake.
#[derive(Debug, Clone)]
pub struct Notify {
    pub port: u16,
    state: Arc<State>,
    switch: Switch,
}

impl Notify {
    pub fn start() -> Self {
        let (state, switch) = (Arc::<State>::default(), Switch::default());
        let shared = state.clone();
        let port = serve(
            switch.clone(),
            move |incoming| shared.answer(incoming),
            |status, kind| error(status, kind, "told to fail").1,
        );
        Self { port, state, switch }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A key as Notify shows it, with hyphens in its name.
    pub fn api_key() -> String {
        format!("sign-in-live-{SERVICE}-{SECRET}")
    }

    /// Adds a template and gives its id.
    pub fn template(&self, kind: &'static str, subject: &'static str, body: &'static str) -> String {
        let mut templates = lock(&self.state.templates);
        let id = Uuid::from_u128(0xf335_17ff_2a88_4f6e_b855_c550_268c_0000 + templates.len() as u128).to_string();
        templates.insert(id.clone(), Template { kind, subject, body });
        id
    }

    pub fn behave(&self, behaviour: Behaviour) {
        self.switch.set(behaviour);
    }

    /// Lets its clock run ahead, as a server's under test may.
    pub fn advance(&self, seconds: i64) {
        self.state.clock_offset.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state.taken).clone()
    }

    pub fn complaints(&self) -> Vec<String> {
        lock(&self.state.complaints).clone()
    }

    /// What a test key makes of a message to this address.
    pub fn outcome(to: &str) -> &'static str {
        match to {
            "+447700900003" | "temp-fail@simulator.notify" => "temporary-failure",
            "+447700900002" | "perm-fail@simulator.notify" => "permanent-failure",
            _ => "delivered",
        }
    }

    /// Reports about a message as Notify does.
    pub async fn report(&self, url: &str, bearer: &str, taken: &Taken, status: &str) -> Response {
        let body = json!({
            "id": taken.id, "reference": taken.reference, "to": taken.to, "status": status,
            "created_at": "2026-11-14T12:15:30.000000Z", "completed_at": "2026-11-14T12:15:32.000000Z",
            "sent_at": "2026-11-14T12:15:31.000000Z", "notification_type": taken.kind,
            "template_id": taken.template, "template_version": 3,
        });
        Agent::new().send(Request::new(http::Method::POST, url).bearer(bearer).json(&body)).await
    }
}

fn error(status: u16, kind: &str, message: &str) -> Answer {
    (status, json!({ "status_code": status, "errors": [{ "error": kind, "message": message }] }))
}

impl State {
    fn answer(&self, incoming: &Incoming) -> Answer {
        let answer = self.answer_to(incoming);
        if answer.0 >= 400 {
            lock(&self.complaints).push(format!("{} {}: {}", incoming.method, incoming.uri, answer.1));
        }
        answer
    }

    fn answer_to(&self, incoming: &Incoming) -> Answer {
        if let Err(refused) = self.check_token(incoming.header("authorization")) {
            return refused;
        }
        match (incoming.method.as_str(), incoming.uri.path()) {
            ("POST", "/v2/notifications/sms") => self.take("sms", "phone_number", "sms_sender_id", incoming),
            ("POST", "/v2/notifications/email") => self.take("email", "email_address", "email_reply_to_id", incoming),
            ("GET", "/v2/notifications") => self.list(incoming.uri.query().unwrap_or_default()),
            ("POST", path) => match path.strip_prefix("/v2/template/").and_then(|rest| rest.strip_suffix("/preview")) {
                Some(id) => self.preview(id, incoming),
                None => error(404, "NoResultFound", "not found"),
            },
            _ => error(404, "NoResultFound", "not found"),
        }
    }

    fn check_token(&self, authorization: &str) -> Result<(), Answer> {
        let Some(token) = authorization.strip_prefix("Bearer ") else {
            return Err(error(401, "AuthError", "Unauthorized: authentication bearer scheme must be used"));
        };
        let refuse = |message: &str| error(403, "AuthError", message);
        let parts: Vec<_> = token.split('.').collect();
        let [head, claims, signature] = parts[..] else {
            return Err(refuse("Invalid token: signature, api token not found"));
        };
        let read =
            |part: &str| BASE64URL.decode(part).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        if read(head) != Some(json!({ "typ": "JWT", "alg": "HS256" })) {
            return Err(refuse("Invalid token: algorithm used is not HS256"));
        }
        let claims_read = read(claims).unwrap_or_default();
        if claims_read["iss"] != SERVICE || claims_read.as_object().map(Map::len) != Some(2) {
            return Err(refuse("Invalid token: service not found"));
        }
        let now = unix_now() + self.clock_offset.load(Ordering::Relaxed);
        if claims_read["iat"].as_i64().is_none_or(|iat| (now - iat).abs() > 30) {
            return Err(refuse("Error: Your system clock must be accurate to within 30 seconds"));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature = BASE64URL.decode(signature).unwrap_or_default();
        let signed = format!("{head}.{claims}");
        hmac::verify(&key, signed.as_bytes(), &signature).map_err(|_| refuse("Invalid token: API key not found"))
    }

    fn body(incoming: &Incoming, allowed: &[&str]) -> Result<Map<String, Value>, Answer> {
        let invalid = |message: &str| error(400, "ValidationError", message);
        if !incoming.header("content-type").starts_with("application/json") {
            return Err(error(400, "BadRequestError", "Invalid JSON supplied in POST data"));
        }
        let body: Value = serde_json::from_slice(&incoming.body)
            .map_err(|_| error(400, "BadRequestError", "Invalid JSON supplied in POST data"))?;
        let body = body.as_object().cloned().ok_or_else(|| invalid("not an object"))?;
        if let Some(unknown) = body.keys().find(|key| !allowed.contains(&key.as_str())) {
            return Err(invalid(&format!("Additional properties are not allowed ({unknown} was unexpected)")));
        }
        Ok(body)
    }

    /// The template filled in, as subject and body.
    fn fill(&self, id: &str, body: &Map<String, Value>) -> Result<(&'static str, String, String), Answer> {
        let templates = lock(&self.templates);
        let template = templates.get(id).ok_or_else(|| error(404, "NoResultFound", "No result found"))?;
        let empty = Map::new();
        let values = body.get("personalisation").and_then(Value::as_object).unwrap_or(&empty);
        let fill = |text: &str| {
            let filled = values.iter().fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("(({name}))"), value.as_str().expect("values are texts"))
            });
            // Notify writes typographic marks plainly in text messages.
            if template.kind == "sms" { filled.replace('\u{2019}', "'") } else { filled }
        };
        let (subject, text) = (fill(template.subject), fill(template.body));
        let place = regex::Regex::new(r"\(\(([^)]+)\)\)").expect("a pattern");
        let both = format!("{subject} {text}");
        let missing: BTreeSet<_> = place.captures_iter(&both).map(|found| found[1].to_owned()).collect();
        if missing.is_empty() {
            return Ok((template.kind, subject, text));
        }
        let names = missing.into_iter().collect::<Vec<_>>().join(", ");
        Err(error(400, "BadRequestError", &format!("Missing personalisation: {names}")))
    }

    fn preview(&self, id: &str, incoming: &Incoming) -> Answer {
        let body = match Self::body(incoming, &["personalisation"]) {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        match self.fill(id, &body) {
            Ok((kind, subject, text)) => {
                let subject = if kind == "email" { json!(subject) } else { Value::Null };
                (200, json!({ "id": id, "type": kind, "version": 3, "body": text, "subject": subject }))
            }
            Err(refused) => refused,
        }
    }

    fn take(&self, kind: &'static str, address: &str, sender: &str, incoming: &Incoming) -> Answer {
        let allowed = match kind {
            "sms" => vec![address, sender, "template_id", "personalisation", "reference", "scheduled_for"],
            _ => vec![
                address,
                sender,
                "template_id",
                "personalisation",
                "reference",
                "scheduled_for",
                "one_click_unsubscribe_url",
                "sanitise_content_for",
            ],
        };
        let body = match Self::body(incoming, &allowed) {
            Ok(body) => body,
            Err(refused) => return refused,
        };
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let invalid = |message: String| error(400, "ValidationError", &message);
        let (Some(to), Some(template)) = (text(address), text("template_id")) else {
            return invalid(format!("{address} and template_id are required properties"));
        };
        for (name, value) in [("template_id", Some(template.clone())), (sender, text(sender))] {
            if value.is_some_and(|value| Uuid::parse_str(&value).is_err()) {
                return invalid(format!("{name} is not a valid UUID"));
            }
        }
        if text("reference").is_none_or(|reference| reference.is_empty() || reference.len() > 1000) {
            return invalid("reference is too long".to_owned());
        }
        let digits = to.strip_prefix('+').unwrap_or(&to);
        if kind == "sms" && !(digits.len() > 6 && digits.bytes().all(|b| b.is_ascii_digit())) {
            return invalid("phone_number Must not contain letters or symbols".to_owned());
        }
        if kind == "sms" && !(digits.starts_with("447") && digits.len() == 12) {
            return error(400, "BadRequestError", "Cannot send to international mobile numbers");
        }
        if kind == "email" && to.split('@').filter(|part| !part.is_empty()).count() != 2 {
            return invalid("email_address Not a valid email address".to_owned());
        }
        let (found, subject, content) = match self.fill(&template, &body) {
            Ok(filled) => filled,
            Err((404, _)) => return error(400, "BadRequestError", "Template not found"),
            Err(refused) => return refused,
        };
        if found != kind {
            return error(400, "BadRequestError", &format!("{found} template is not suitable for {kind} notification"));
        }
        let mut random = [0; 16];
        aws_lc_rs::rand::fill(&mut random).expect("the system has random numbers");
        let id = uuid::Builder::from_random_bytes(random).into_uuid();
        let taken = Taken {
            id: id.to_string(),
            kind,
            to,
            template: template.clone(),
            subject: (kind == "email").then_some(subject.clone()),
            body: content.clone(),
            reference: text("reference"),
            sender: text(sender),
        };
        let content = match kind {
            "sms" => json!({ "body": content, "from_number": "GOVUK" }),
            _ => json!({ "subject": subject, "body": content, "from_email": "sign.in@notifications.service.gov.uk" }),
        };
        let answer = json!({
            "id": taken.id, "reference": taken.reference, "content": content, "scheduled_for": null,
            "uri": format!("https://api.notifications.service.gov.uk/v2/notifications/{id}"),
            "template": { "id": template, "version": 3, "uri": "https://api.notifications.service.gov.uk/x" },
        });
        lock(&self.taken).push(taken);
        (201, answer)
    }

    fn list(&self, query: &str) -> Answer {
        let wanted = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "reference");
        let wanted = wanted.map(|(_, value)| value.into_owned());
        let taken = lock(&self.taken);
        let found = taken.iter().filter(|taken| taken.reference == wanted);
        let found: Vec<_> = found
            .map(|taken| json!({ "id": taken.id, "body": taken.body, "status": "delivered", "type": taken.kind }))
            .collect();
        (200, json!({ "notifications": found, "links": { "current": "x" } }))
    }
}
