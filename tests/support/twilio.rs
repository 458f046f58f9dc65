//! Twilio, as strict as the real one: it checks credentials, form, numbers and markup, and honours the numbers that
//! Twilio keeps for tests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::http::{Agent, Request, Response};
use super::provider::{Answer, Behaviour, Incoming, Switch, lock, serve};

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const TOKEN: &str = "fedcba9876543210fedcba9876543210";
pub const API_KEY: (&str, &str) = ("SK0123456789abcdef0123456789abcdef", "an-api-key-secret");

/// A message or call that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub sid: String,
    pub fields: Vec<(String, String)>,
    /// Who it was authenticated by.
    pub user: String,
}

impl Taken {
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub fn is_call(&self) -> bool {
        self.sid.starts_with("CA")
    }
}

#[derive(Debug, Default)]
struct State {
    taken: Mutex<Vec<Taken>>,
    complaints: Mutex<Vec<String>>,
    next: AtomicU32,
    /// Parts that a text is said to have; 0: one.
    segments: AtomicU32,
}

/// A running fake.
#[derive(Debug, Clone)]
pub struct Twilio {
    pub port: u16,
    state: Arc<State>,
    switch: Switch,
}

impl Twilio {
    pub fn start() -> Self {
        let (state, switch) = (Arc::<State>::default(), Switch::default());
        let shared = state.clone();
        let fail = |status: u16, kind: &str| problem(status, kind.parse().unwrap_or(20500)).1;
        let port = serve(switch.clone(), move |incoming| shared.answer(incoming), fail);
        Self { port, state, switch }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn behave(&self, behaviour: Behaviour) {
        self.switch.set(behaviour);
    }

    /// How many parts its answers say that a text has.
    pub fn counts_segments(&self, segments: u32) {
        self.state.segments.store(segments, Ordering::Relaxed);
    }

    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state.taken).clone()
    }

    pub fn complaints(&self) -> Vec<String> {
        lock(&self.state.complaints).clone()
    }

    /// Asks an address of ours as Twilio does, with a signature made by `token` over `signed_url`.
    pub async fn ask(url: &str, signed_url: &str, token: &str, fields: &[(&str, &str)]) -> Response {
        let mut sorted = fields.to_vec();
        sorted.sort_unstable();
        let text = sorted.into_iter().fold(signed_url.to_owned(), |all, (name, value)| all + name + value);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
        let signature = BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()));
        Agent::new().send(Request::post(url, fields).header("x-twilio-signature", &signature)).await
    }

    /// Reports about a message or call to where it was told to.
    pub async fn report(&self, taken: &Taken, status: &str) -> Response {
        self.report_with(taken, status, &[]).await
    }

    /// As [`Twilio::report`], with further fields.
    pub async fn report_with(&self, taken: &Taken, status: &str, further: &[(&str, &str)]) -> Response {
        let url = taken.get("StatusCallback");
        let (id, word) = if taken.is_call() { ("CallSid", "CallStatus") } else { ("MessageSid", "MessageStatus") };
        let fields = [
            (id, taken.sid.as_str()),
            (word, status),
            ("To", taken.get("To")),
            ("From", taken.get("From")),
            ("AccountSid", ACCOUNT),
            ("ApiVersion", "2010-04-01"),
        ];
        Self::ask(url, url, TOKEN, &[&fields[..], further].concat()).await
    }
}

fn problem(status: u16, code: u32) -> Answer {
    let message = format!("The problem with the code {code}");
    let info = format!("https://www.twilio.com/docs/errors/{code}");
    (status, json!({ "code": code, "message": message, "more_info": info, "status": status }))
}

fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|d| (8..=15).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()))
}

/// Twilio's magic numbers.
fn magic(call: bool, from: &str, to: &str) -> Option<u32> {
    let refused_from = match (call, from) {
        (_, "+15005550001") => Some(21212),
        (false, "+15005550007") => Some(21606),
        (false, "+15005550008") => Some(21611),
        (true, from) if from.starts_with("+1500555") && from != "+15005550006" => Some(21210),
        _ => None,
    };
    refused_from.or(match (call, to) {
        (false, "+15005550001") => Some(21211),
        (false, "+15005550002") => Some(21612),
        (false, "+15005550003") => Some(21408),
        (false, "+15005550004") => Some(21610),
        (false, "+15005550009") => Some(21614),
        (true, "+15005550001") => Some(21217),
        (true, "+15005550002") => Some(21214),
        (true, "+15005550003") => Some(21215),
        (true, "+15005550004") => Some(21216),
        _ => None,
    })
}

const MESSAGE_FIELDS: [&str; 7] =
    ["To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod", "RiskCheck"];
const CALL_FIELDS: [&str; 7] = ["To", "From", "Twiml", "Timeout", "TimeLimit", "StatusCallback", "StatusCallbackEvent"];

impl State {
    fn answer(&self, incoming: &Incoming) -> Answer {
        let answer = self.answer_to(incoming).unwrap_or_else(|refused| refused);
        if answer.0 >= 400 {
            lock(&self.complaints).push(format!("{} {}: {}", incoming.method, incoming.uri, answer.1));
        }
        answer
    }

    fn answer_to(&self, incoming: &Incoming) -> Result<Answer, Answer> {
        let pair =
            incoming.header("authorization").strip_prefix("Basic ").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let known = [format!("{ACCOUNT}:{TOKEN}"), format!("{}:{}", API_KEY.0, API_KEY.1)];
        if !known.contains(&pair) {
            return Err(problem(401, 20003));
        }
        let user = pair.split(':').next().unwrap_or_default().to_owned();
        let prefix = format!("/2010-04-01/Accounts/{ACCOUNT}");
        let Some(path) = incoming.uri.path().strip_prefix(&prefix) else { return Err(problem(404, 20404)) };
        let call = match (incoming.method.as_str(), path) {
            ("GET", ".json") => {
                return Ok((200, json!({ "sid": ACCOUNT, "status": "active", "type": "Trial", "friendly_name": "x" })));
            }
            ("POST", "/Messages.json") => false,
            ("POST", "/Calls.json") => true,
            _ => return Err(problem(404, 20404)),
        };
        if incoming.header("content-type") != "application/x-www-form-urlencoded" {
            return Err(problem(400, 20001));
        }
        let fields: Vec<_> = url::form_urlencoded::parse(&incoming.body).into_owned().collect();
        let allowed = if call { CALL_FIELDS } else { MESSAGE_FIELDS };
        if fields.iter().any(|(name, _)| !allowed.contains(&name.as_str())) {
            return Err(problem(400, 20001));
        }
        let sid = format!("{}{:032x}", if call { "CA" } else { "SM" }, self.next.fetch_add(1, Ordering::Relaxed));
        let taken = Taken { sid, fields, user };
        Self::check(&taken)?;
        let segments = self.segments.load(Ordering::Relaxed).max(1).to_string();
        let segments = if taken.get("MessagingServiceSid").is_empty() { segments } else { "0".to_owned() };
        let answer = json!({
            "sid": taken.sid, "status": "queued", "to": taken.get("To"), "from": taken.get("From"),
            "num_segments": if call { Value::Null } else { json!(segments) }, "price": null, "price_unit": null,
            "error_code": null, "error_message": null, "direction": "outbound-api", "messaging_service_sid": null,
            "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "uri": format!("{prefix}{path}"),
        });
        lock(&self.taken).push(taken);
        Ok((201, answer))
    }

    fn check(taken: &Taken) -> Result<(), Answer> {
        let (call, from, to) = (taken.is_call(), taken.get("From"), taken.get("To"));
        let refuse = |code| Err(problem(400, code));
        if !is_number(to) {
            return refuse(if call { 21217 } else { 21211 });
        }
        if from.is_empty() && taken.get("MessagingServiceSid").is_empty() {
            return refuse(21603);
        }
        if let Some(code) = magic(call, from, to) {
            return refuse(code);
        }
        let callback = taken.get("StatusCallback");
        if !callback.is_empty() && url::Url::parse(callback).is_err() {
            return refuse(21609);
        }
        if call {
            if !is_number(from) {
                return refuse(21212);
            }
            if let Err(why) = check_markup(taken.get("Twiml")) {
                return Err((400, json!({ "code": 12100, "message": why, "status": 400 })));
            }
            return Ok(());
        }
        let body = taken.get("Body").chars().count();
        if body == 0 || body > 1600 {
            return refuse(if body == 0 { 21602 } else { 21617 });
        }
        let validity = taken.get("ValidityPeriod");
        if !validity.is_empty() && !validity.parse().is_ok_and(|seconds: u32| (1..=36_000).contains(&seconds)) {
            return refuse(21628);
        }
        Ok(())
    }
}

/// Whether markup is well-formed and has only what a call may say.
pub fn check_markup(markup: &str) -> Result<(), String> {
    if markup.is_empty() || markup.chars().count() > 4000 {
        return Err("it is empty or over 4,000 characters".to_owned());
    }
    let entity = regex::Regex::new(r"^&(amp|lt|gt|quot|apos|#\d+);").expect("a pattern");
    for (at, _) in markup.match_indices('&') {
        if !entity.is_match(&markup[at..]) {
            return Err(format!("a bare & at {at}"));
        }
    }
    let tag = regex::Regex::new(r#"^<(/?)([A-Za-z]+)((?: [A-Za-z]+="[^"<]*")*)(/?)>"#).expect("a pattern");
    let (mut rest, mut open): (&str, Vec<String>) = (markup, Vec::new());
    while let Some(at) = rest.find('<') {
        if open.is_empty() && !rest[..at].trim().is_empty() {
            return Err("text outside the response".to_owned());
        }
        rest = &rest[at..];
        let found = tag.captures(rest).ok_or_else(|| format!("no tag: {rest:.40}"))?;
        let name = found[2].to_owned();
        let inside = open.last().map(String::as_str);
        let fits = matches!(
            (inside, name.as_str()),
            (None, "Response") | (Some("Response"), "Say" | "Pause" | "Gather") | (Some("Gather"), "Say" | "Pause")
        );
        match (&found[1], &found[4]) {
            ("/", "") if open.last() == Some(&name) => drop(open.pop()),
            ("", "/") if fits => {}
            ("", "") if fits => open.push(name),
            _ => return Err(format!("{name} has no place in {inside:?}")),
        }
        rest = &rest[found[0].len()..];
    }
    if open.is_empty() && rest.trim().is_empty() { Ok(()) } else { Err("it does not end".to_owned()) }
}
