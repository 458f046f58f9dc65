//! The stand-ins that speak OpenID Connect: Google, and a partner who differs in what providers differ in. The partner
//! signs with ES256, names itself in every answer (RFC 9207), and says how somebody signed in (`amr`, `acr`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Map, Value, json};
use url::Url;

use super::fault::Fault;
use super::keys::{Alg, Key};
use super::page::{Choice, Chooser, Field, Group};
use super::people::{READY, described, people};
use super::token::Draft;
use super::{Registered, Shared, StandIns, lock};
use crate::clock::Random;
use crate::net::form::Form;

/// For how long a code is good.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);
/// For how long somebody waits who gets no answer: longer than anybody has patience.
pub(super) const HANG: Duration = Duration::from_secs(30);
/// Bytes of an answer that is too long.
pub(super) const HUGE: usize = 10 * 1024 * 1024;

/// A stand-in for an OpenID Connect provider.
#[derive(Debug)]
pub(super) struct OpenId {
    path: &'static str,
    name: &'static str,
    client: Registered,
    alg: Alg,
    /// Whether answers name it.
    names_itself: bool,
    /// What it says about everybody.
    says: Map<String, Value>,
    key: Mutex<Option<Arc<Key>>>,
    codes: Mutex<HashMap<String, Issued>>,
}

/// What a code stands for.
#[derive(Debug)]
struct Issued {
    redirect_uri: String,
    nonce: String,
    challenge: String,
    person: Map<String, Value>,
    fault: Fault,
    until: DateTime<Utc>,
}

/// A request that may be answered.
struct Asked {
    redirect_uri: Url,
    state: String,
    nonce: String,
    challenge: String,
    scope: String,
    hints: Vec<String>,
}

pub(super) fn routes() -> Router<Arc<StandIns>> {
    Router::new()
        .route("/{provider}/.well-known/openid-configuration", get(metadata))
        .route("/{provider}/authorize", get(choose).post(answer))
        .route("/{provider}/token", post(token))
        .route("/{provider}/certs", get(certs))
}

impl OpenId {
    pub(super) fn google(client: Registered) -> Self {
        Self::new("google", "Google", client, Alg::Rs256, Map::new())
    }

    pub(super) fn partner(client: Registered) -> Self {
        let says = json!({"amr": ["pwd", "mfa"], "acr": "urn:example:two-factors"});
        Self::new("partner", "Partner", client, Alg::Es256, says.as_object().cloned().unwrap_or_default())
    }

    fn new(path: &'static str, name: &'static str, client: Registered, alg: Alg, says: Map<String, Value>) -> Self {
        let names_itself = !says.is_empty();
        Self { path, name, client, alg, names_itself, says, key: Mutex::default(), codes: Mutex::default() }
    }

    pub(super) const fn client(&self) -> &Registered {
        &self.client
    }

    pub(super) fn issuer(&self, stand_ins: &StandIns) -> String {
        stand_ins.at(&format!("/{}", self.path))
    }

    /// The key of this moment, made when it is first needed.
    fn key(&self, random: &Random) -> Option<Arc<Key>> {
        let mut key = lock(&self.key);
        if key.is_none() {
            *key = Key::new(self.alg, random).map(Arc::new);
        }
        key.clone()
    }

    /// The request of this query, or the error that is shown instead of being sent anywhere.
    fn read(&self, stand_ins: &StandIns, query: &str) -> Result<Asked, &'static str> {
        let query = Form::parse(query.as_bytes()).map_err(|_| "invalid_request")?;
        if query.duplicate().is_some() {
            return Err("invalid_request: a parameter occurs twice");
        }
        let given = |name: &str| query.get(name).filter(|value| !value.is_empty());
        if given("client_id") != Some(&self.client.id) {
            return Err("invalid_client: there is no such client");
        }
        let redirect_uri = given("redirect_uri").filter(|uri| stand_ins.is_registered(uri));
        let redirect_uri = redirect_uri.and_then(|uri| uri.parse().ok()).ok_or("redirect_uri_mismatch")?;
        if given("response_type") != Some("code") {
            return Err("unsupported_response_type");
        }
        let scope = given("scope").filter(|scope| scope.split(' ').any(|word| word == "openid"));
        let challenge = given("code_challenge").filter(|challenge| challenge.len() == 43);
        if given("code_challenge_method") != Some("S256") {
            return Err("invalid_request: code_challenge_method is not S256");
        }
        let known = ["select_account", "consent", "login", "none"];
        if given("prompt").is_some_and(|prompt| !prompt.split(' ').all(|word| known.contains(&word))) {
            return Err("invalid_request: prompt");
        }
        let hints = ["login_hint", "prompt", "hl", "ui_locales"];
        let hints = hints.iter().filter_map(|name| Some(format!("{name}: {}", given(name)?)));
        Ok(Asked {
            redirect_uri,
            state: given("state").ok_or("invalid_request: state is missing")?.to_owned(),
            nonce: given("nonce").ok_or("invalid_request: nonce is missing")?.to_owned(),
            challenge: challenge.ok_or("invalid_request: code_challenge is missing")?.to_owned(),
            scope: scope.ok_or("invalid_scope")?.to_owned(),
            hints: hints.collect(),
        })
    }

    fn chooser(&self, stand_ins: &StandIns, asked: Asked, request: &str) -> Response {
        let everybody = people(&stand_ins.settings.known).into_iter();
        let mut somebody = Choice::new("own", "Continue as whoever this is");
        let fields = [
            ("sub", "42"),
            ("email", "somebody@example.com"),
            ("email_verified", "true"),
            ("hd", ""),
            ("name", "Somebody Else"),
            ("given_name", "Somebody"),
            ("family_name", "Else"),
        ];
        somebody.fields = fields.map(|(name, value)| Field { name, value: value.to_owned() }).into();
        let faults = Fault::ALL.iter().map(|(_, id, text)| Choice::new(*id, *text));
        let groups = vec![
            Group { name: "People", choices: everybody.map(|person| Choice::new(person.id, person.text)).collect() },
            Group { name: "Somebody of your own", choices: vec![somebody] },
            Group { name: "What goes wrong", choices: faults.collect() },
        ];
        stand_ins.pages.choose(&Chooser {
            title: &format!("Stand-in for {}: choose an account", self.name),
            about: &format!("This stands in for {} in the demo and in tests. The first account is {READY}.", self.name),
            action: &format!("/{}/authorize", self.path),
            request,
            hints: asked.hints,
            groups,
        })
    }

    /// The browser's way back.
    fn answer(&self, stand_ins: &StandIns, asked: Asked, form: &Form) -> Response {
        let chosen = form.get("as").unwrap_or_default();
        let everybody = people(&stand_ins.settings.known);
        let (person, fault) = if let Some(fault) = Fault::of(chosen) {
            (everybody.into_iter().next().map(|person| person.claims), fault)
        } else if chosen == "own" {
            (Some(described(form)), Fault::None)
        } else {
            (everybody.into_iter().find(|person| person.id == chosen).map(|person| person.claims), Fault::None)
        };
        let Some(mut person) = person else {
            return stand_ins.pages.say(StatusCode::BAD_REQUEST, "Error 400", "there is nobody of that name");
        };
        person.extend(self.says.clone());
        if fault == Fault::Rotated {
            *lock(&self.key) = Key::new(self.alg, &stand_ins.random).map(Arc::new);
        }
        let mut url = asked.redirect_uri.clone();
        url.query_pairs_mut().append_pair("state", &asked.state);
        if fault == Fault::Cancelled {
            url.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let code = format!("4/0A{}", stand_ins.random.token());
            url.query_pairs_mut().append_pair("code", &code).append_pair("scope", &asked.scope);
            let issued = Issued {
                redirect_uri: asked.redirect_uri.into(),
                nonce: asked.nonce,
                challenge: asked.challenge,
                person,
                fault,
                until: stand_ins.now() + CODE_LIFE,
            };
            lock(&self.codes).insert(code, issued);
        }
        if fault == Fault::MixedUp {
            url.query_pairs_mut().append_pair("iss", "https://accounts.example");
        } else if self.names_itself {
            url.query_pairs_mut().append_pair("iss", &self.issuer(stand_ins));
        }
        Redirect::to(url.as_str()).into_response()
    }

    /// The answer of the token endpoint, or an error code with its status.
    async fn redeem(
        &self,
        stand_ins: &StandIns,
        headers: &HeaderMap,
        form: &Form,
    ) -> Result<Response, (StatusCode, &'static str)> {
        let bad = |error| (StatusCode::BAD_REQUEST, error);
        if form.duplicate().is_some() {
            return Err(bad("invalid_request"));
        }
        let (id, secret) = credentials(headers, form).ok_or((StatusCode::UNAUTHORIZED, "invalid_client"))?;
        if id != self.client.id || secret != self.client.secret {
            return Err((StatusCode::UNAUTHORIZED, "invalid_client"));
        }
        if form.get("grant_type") != Some("authorization_code") {
            return Err(bad("unsupported_grant_type"));
        }
        // A code is for one use, whatever comes of it.
        let issued = lock(&self.codes).remove(form.get("code").unwrap_or_default()).ok_or(bad("invalid_grant"))?;
        let proven = is_challenge_of(&issued.challenge, form.get("code_verifier").unwrap_or_default());
        if !proven || issued.until <= stand_ins.now() {
            return Err(bad("invalid_grant"));
        }
        if form.get("redirect_uri") != Some(&issued.redirect_uri) {
            return Err(bad("redirect_uri_mismatch"));
        }
        match issued.fault {
            Fault::TokenError => return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            Fault::TokenHangs => tokio::time::sleep(HANG).await,
            Fault::TokenHuge => return Ok(huge()),
            Fault::SecretUnknown => return Err((StatusCode::UNAUTHORIZED, "invalid_client")),
            _ => {}
        }
        let key = self.key(&stand_ins.random).ok_or((StatusCode::INTERNAL_SERVER_ERROR, "server_error"))?;
        let own_name = self.issuer(stand_ins);
        let draft = Draft {
            issuer: &own_name,
            client: &self.client.id,
            secret: &self.client.secret,
            nonce: &issued.nonce,
            person: &issued.person,
            alg: self.alg,
            now: stand_ins.now(),
        };
        let mut tokens = json!({
            "access_token": stand_ins.random.token(),
            "token_type": "Bearer",
            "expires_in": 3599,
            "scope": "openid email profile",
        });
        if let (Some(tokens), true) = (tokens.as_object_mut(), issued.fault != Fault::NoIdToken) {
            tokens.insert("id_token".to_owned(), draft.token(issued.fault, &key, &stand_ins.random).into());
        }
        Ok(Json(tokens).into_response())
    }
}

impl StandIns {
    fn openid(&self, path: &str, endpoint: &str) -> Option<&OpenId> {
        let found = [&self.google, &self.partner].into_iter().find(|provider| provider.path == path)?;
        self.count(&format!("{path}.{endpoint}"));
        Some(found)
    }
}

/// An answer that nobody wants to read.
pub(super) fn huge() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], vec![b' '; HUGE]).into_response()
}

/// Whether a challenge was made from this verifier (RFC 7636, section 4.6).
pub(super) fn is_challenge_of(challenge: &str, verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref()) == challenge
}

/// The client's id and secret: in a header or in the body, and not in both (RFC 6749, section 2.3).
fn credentials(headers: &HeaderMap, form: &Form) -> Option<(String, String)> {
    let in_body = form.get("client_id").map(str::to_owned).zip(form.get("client_secret").map(str::to_owned));
    let in_header = headers.get(header::AUTHORIZATION).map(|value| {
        let encoded = value.to_str().ok()?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        let decoded = |text: &str| Some(Form::parse(format!("x={text}").as_bytes()).ok()?.get("x")?.to_owned());
        Some((decoded(id)?, decoded(secret)?))
    });
    match (in_header, in_body) {
        (Some(in_header), None) => in_header,
        (None, in_body) => in_body,
        (Some(_), Some(_)) => None,
    }
}

async fn metadata(State(stand_ins): Shared, Path(provider): Path<String>) -> Response {
    let Some(openid) = stand_ins.openid(&provider, "metadata") else { return StatusCode::NOT_FOUND.into_response() };
    let issuer = openid.issuer(&stand_ins);
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/certs"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [openid.alg.name()],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "authorization_response_iss_parameter_supported": openid.names_itself,
    });
    ([(header::CACHE_CONTROL, "public, max-age=3600")], Json(document)).into_response()
}

async fn certs(State(stand_ins): Shared, Path(provider): Path<String>) -> Response {
    let Some(openid) = stand_ins.openid(&provider, "certs") else { return StatusCode::NOT_FOUND.into_response() };
    let keys: Vec<Value> = openid.key(&stand_ins.random).iter().map(|key| key.jwk()).collect();
    ([(header::CACHE_CONTROL, "public, max-age=20000, must-revalidate")], Json(json!({ "keys": keys }))).into_response()
}

async fn choose(State(stand_ins): Shared, Path(provider): Path<String>, uri: Uri) -> Response {
    let Some(openid) = stand_ins.openid(&provider, "authorize") else { return StatusCode::NOT_FOUND.into_response() };
    let query = uri.query().unwrap_or_default();
    match openid.read(&stand_ins, query) {
        Ok(asked) => openid.chooser(&stand_ins, asked, query),
        Err(error) => stand_ins.pages.say(StatusCode::BAD_REQUEST, "Error 400", error),
    }
}

async fn answer(State(stand_ins): Shared, Path(provider): Path<String>, body: Bytes) -> Response {
    let Some(openid) = stand_ins.openid(&provider, "answer") else { return StatusCode::NOT_FOUND.into_response() };
    let form = Form::parse(&body).unwrap_or_default();
    match openid.read(&stand_ins, form.get("request").unwrap_or_default()) {
        Ok(asked) => openid.answer(&stand_ins, asked, &form),
        Err(error) => stand_ins.pages.say(StatusCode::BAD_REQUEST, "Error 400", error),
    }
}

async fn token(State(stand_ins): Shared, Path(provider): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(openid) = stand_ins.openid(&provider, "token") else { return StatusCode::NOT_FOUND.into_response() };
    let form = Form::parse(&body).unwrap_or_default();
    let redeemed = openid.redeem(&stand_ins, &headers, &form).await;
    redeemed.unwrap_or_else(|(status, error)| (status, Json(json!({ "error": error }))).into_response())
}
