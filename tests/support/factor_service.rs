//! A second factor of a council's own, as the protocol in docs/adding-a-factor.md has it: it keeps what it is sent, and
//! can be told to lie.

use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{StatusCode, Uri};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::provider::{Behaviour, Switch, lock, on_a_thread};

/// The right answer to every question.
pub const RIGHT: &str = "4711 kestrel";

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Said {
    pub path: String,
    pub raw: String,
    pub claims: Value,
}

/// How a reply is spoilt.
#[derive(Debug, Clone)]
pub enum Trick {
    /// Signed properly, with this header.
    Header(Value),
    /// Signed by somebody else, with this header.
    Stranger(Value),
    /// With this `alg` and no signature.
    Unsigned(&'static str),
    /// HS256, with the public key as the secret.
    Hmac,
    /// One claim is another; null takes it away.
    Claim(&'static str, Value),
    /// The last right verdict again.
    Replay,
    /// Something else altogether.
    Text(String),
}

#[derive(Debug)]
struct State {
    key: Mutex<Ed25519KeyPair>,
    said: Mutex<Vec<Said>>,
    trick: Mutex<Option<Trick>>,
    last_right: Mutex<String>,
    knows: Mutex<bool>,
    waits: Mutex<bool>,
    confirmed: Mutex<bool>,
}

/// A running service.
#[derive(Debug, Clone)]
pub struct FactorService {
    pub port: u16,
    state: Arc<State>,
    switch: Switch,
}

fn new_key() -> Ed25519KeyPair {
    Ed25519KeyPair::generate().expect("a key")
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> Value {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

impl FactorService {
    pub fn start() -> Self {
        let state = Arc::new(State {
            key: Mutex::new(new_key()),
            said: Mutex::default(),
            trick: Mutex::default(),
            last_right: Mutex::default(),
            knows: Mutex::new(true),
            waits: Mutex::default(),
            confirmed: Mutex::default(),
        });
        let switch = Switch::default();
        let (shared, behaviour) = (state.clone(), switch.clone());
        let answer = move |uri: Uri, body: String| {
            let (state, behaviour) = (shared.clone(), behaviour.get());
            async move {
                match behaviour {
                    Behaviour::Works => state.answer(uri.path(), &body),
                    Behaviour::Fails(status, kind) => {
                        (StatusCode::from_u16(status).expect("a status"), kind).into_response()
                    }
                    Behaviour::Redirects => {
                        let location = format!("/moved{}", uri.path());
                        (StatusCode::TEMPORARY_REDIRECT, [("location", location)]).into_response()
                    }
                    Behaviour::Hangs => std::future::pending().await,
                    Behaviour::TakesAndHangs => {
                        state.answer(uri.path(), &body);
                        std::future::pending().await
                    }
                }
            }
        };
        let router = axum::Router::new().fallback(answer);
        let port = on_a_thread(async move |listener| axum::serve(listener, router).await);
        Self { port, state, switch }
    }

    /// Its `factors.remote.<name>.url`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/factor", self.port)
    }

    pub fn jwk(&self) -> Value {
        self.state.jwk()
    }

    /// Lines for a configuration file, which end in the section of this factor.
    pub fn config(&self, name: &str) -> String {
        let x = self.jwk()["x"].as_str().expect("a key").to_owned();
        self.config_with(name, &format!("jwk = {{ kty = \"OKP\", crv = \"Ed25519\", x = {x:?} }}"))
    }

    /// As [`Self::config`], with other lines about its keys.
    pub fn config_with(&self, name: &str, keys: &str) -> String {
        format!(
            "allow_loopback_fetch = true\n\n[factors.remote.{name}]\nurl = {:?}\nlabel_en = \"Council card\"\n\
             label_cy = \"Cerdyn y cyngor\"\ntimeout_seconds = 1\n{keys}\n",
            self.url()
        )
    }

    pub fn behave(&self, behaviour: Behaviour) {
        self.switch.set(behaviour);
    }

    /// Spoils every reply from now on.
    pub fn play(&self, trick: Option<Trick>) {
        *lock(&self.state.trick) = trick;
    }

    pub fn know_people(&self, knows: bool) {
        *lock(&self.state.knows) = knows;
    }

    /// Has people confirm elsewhere instead of typing; `confirmed`: they have.
    pub fn wait(&self, confirmed: bool) {
        *lock(&self.state.waits) = true;
        *lock(&self.state.confirmed) = confirmed;
    }

    /// Signs with another key from now on.
    pub fn change_key(&self) {
        *lock(&self.state.key) = new_key();
    }

    /// Every message that it was sent at this path.
    pub fn said(&self, path: &str) -> Vec<Said> {
        lock(&self.state.said).iter().filter(|said| said.path == path).cloned().collect()
    }
}

impl State {
    fn jwk(&self) -> Value {
        let x = BASE64_URL_SAFE_NO_PAD.encode(lock(&self.key).public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
    }

    fn answer(&self, path: &str, body: &str) -> Response {
        if path == "/factor/jwks" {
            return json!({ "keys": [self.jwk()] }).to_string().into_response();
        }
        if path == "/factor" {
            return StatusCode::NOT_FOUND.into_response();
        }
        let claims = decoded(body.split('.').nth(1).expect("three parts"));
        let said = Said { path: path.to_owned(), raw: body.to_owned(), claims };
        lock(&self.said).push(said.clone());
        let (typ, own) = match path {
            "/factor/challenge" => ("idp-factor-question+jwt", self.question(&said.claims)),
            "/factor/answer" => ("idp-factor-verdict+jwt", self.verdict(&said.claims)),
            _ => return StatusCode::NOT_FOUND.into_response(),
        };
        let mut claims = json!({
            "iss": said.claims["aud"],
            "aud": said.claims["iss"],
            "iat": said.claims["iat"],
            "exp": said.claims["exp"],
            "in_reply_to": said.claims["jti"],
        });
        claims.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
        let right = claims["verdict"] == "right";
        let reply = self.spoil(typ, claims);
        if right && lock(&self.trick).is_none() {
            lock(&self.last_right).clone_from(&reply);
        }
        ([("content-type", "application/jwt")], reply).into_response()
    }

    fn question(&self, asked: &Value) -> Value {
        if !*lock(&self.knows) {
            return json!({ "status": "not_enrolled" });
        }
        let waits = *lock(&self.waits);
        json!({
            "status": "asked",
            "answer": if waits { "wait" } else { "code" },
            "state": format!("state of {}", asked["jti"].as_str().expect("an id")),
            "prompt": { "en": "Which bird is on <b>your</b> card?", "cy": "Pa aderyn sydd ar eich cerdyn?" },
        })
    }

    fn verdict(&self, given: &Value) -> Value {
        let state = format!("state of {}", given["challenge"].as_str().expect("the challenge"));
        assert_eq!(given["state"], Value::from(state), "the state comes back as it was");
        let word = match (*lock(&self.waits), *lock(&self.confirmed)) {
            (true, false) => "pending",
            (true, true) => "right",
            (false, _) if given["code"] == RIGHT => "right",
            (false, _) => "wrong",
        };
        json!({ "verdict": word })
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(lock(&self.key).sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn spoil(&self, typ: &str, mut claims: Value) -> String {
        let header = |own: &Value| {
            let mut header = json!({ "alg": "EdDSA", "typ": typ });
            header.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
            header
        };
        let plain = header(&json!({}));
        match lock(&self.trick).clone() {
            None => self.signed(&plain, &claims),
            Some(Trick::Header(own)) => self.signed(&header(&own), &claims),
            Some(Trick::Stranger(own)) => {
                let message = format!("{}.{}", encoded(&header(&own)), encoded(&claims));
                let signature = BASE64_URL_SAFE_NO_PAD.encode(new_key().sign(message.as_bytes()));
                format!("{message}.{signature}")
            }
            Some(Trick::Unsigned(alg)) => {
                format!("{}.{}.", encoded(&header(&json!({ "alg": alg }))), encoded(&claims))
            }
            Some(Trick::Hmac) => {
                let message = format!("{}.{}", encoded(&header(&json!({ "alg": "HS256" }))), encoded(&claims));
                let secret = EncodingKey::from_secret(lock(&self.key).public_key().as_ref());
                let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256);
                format!("{message}.{}", signature.expect("a signature"))
            }
            Some(Trick::Claim(name, value)) => {
                let map = claims.as_object_mut().expect("an object");
                if value.is_null() {
                    map.remove(name);
                } else {
                    map.insert(name.to_owned(), value);
                }
                self.signed(&plain, &claims)
            }
            Some(Trick::Replay) => lock(&self.last_right).clone(),
            Some(Trick::Text(text)) => text,
        }
    }
}
