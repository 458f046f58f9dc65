//! Stand-ins for Google, for another OpenID Connect provider, and for Facebook: for the demo, and for tests.
//!
//! They are as strict as the real services: a redirect URI is compared character by character, a code is for one use,
//! secrets and PKCE are checked. Where one signs in they ask who to be, and what to do wrong. They know nothing of the
//! provider, keep everything in memory, and listen on this machine only.
//!
//! Another person or misbehaviour is one line in [`people`] or in [`fault`].

mod facebook;
mod fault;
mod keys;
mod notices;
mod openid;
mod page;
mod people;
mod token;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use self::facebook::Graph;
use self::openid::OpenId;
use self::page::Pages;
pub use self::people::{READY, subject_of_known};
use crate::clock::{Clock, Random};
use crate::config::{self, Development, Server};
use crate::net::form::Form;
use crate::net::limits::RequestLimits;
use crate::net::outbound::Outbound;
use crate::net::{protect, refusal};

type Shared = State<Arc<StandIns>>;

/// Where they say what a script needs to know of them.
pub const ABOUT_PATH: &str = "/dev/stand-ins.json";
/// Where Facebook's notices are sent from.
pub const NOTICES_PATH: &str = "/facebook/notices";

/// What the stand-ins need to know.
#[derive(Clone, Debug)]
pub struct StandInSettings {
    /// Their own address, as browsers see it.
    pub base: Url,
    /// The redirect URIs that are registered from the beginning.
    pub redirect_uris: Vec<String>,
    /// Addresses of people who have an account at the provider, each with whether the stand-in for Google is linked to it.
    pub known: Vec<(String, String)>,
}

/// A client that is registered at a stand-in.
#[derive(Clone, Debug)]
struct Registered {
    id: String,
    secret: String,
}

/// The stand-ins.
pub struct StandIns {
    settings: StandInSettings,
    google: OpenId,
    partner: OpenId,
    facebook: Graph,
    pages: Pages,
    clock: Clock,
    random: Random,
    outbound: Outbound,
    redirect_uris: Mutex<Vec<String>>,
    requests: Mutex<BTreeMap<String, u64>>,
}

impl StandIns {
    /// The stand-ins, with secrets of their own.
    fn new(
        settings: StandInSettings,
        (clock, random): (Clock, Random),
        outbound: Outbound,
    ) -> Result<Arc<Self>, tera::Error> {
        let client = |id: &str| Registered { id: id.to_owned(), secret: random.token() };
        Ok(Arc::new(Self {
            google: OpenId::google(client("stand-in.apps.googleusercontent.com")),
            partner: OpenId::partner(client("anytown")),
            facebook: Graph::new(client("1234567890123456")),
            pages: Pages::new()?,
            redirect_uris: Mutex::new(settings.redirect_uris.clone()),
            requests: Mutex::default(),
            settings,
            clock,
            random,
            outbound,
        }))
    }

    /// The stand-ins at this address, which listen to nobody but this machine.
    ///
    /// # Errors
    /// A template of theirs is wrong.
    pub fn on_this_machine(
        settings: StandInSettings,
        clock: &Clock,
        random: &Random,
    ) -> Result<Arc<Self>, tera::Error> {
        let development = Development { allow_loopback_fetch: true, ..Development::default() };
        let outbound = Outbound::new(&config::Outbound::default(), &development);
        Self::new(settings, (clock.clone(), random.clone()), outbound)
    }

    /// Their routes, with the same guard around them as the provider's.
    pub fn router(self: &Arc<Self>) -> Router {
        let routes = Router::new()
            .merge(openid::routes())
            .merge(facebook::routes())
            .merge(notices::routes())
            .route(ABOUT_PATH, get(about))
            .route("/dev/redirect-uris", post(register))
            .route("/dev/clock", post(advance))
            .with_state(Arc::clone(self));
        protect(routes, &Server::default(), self.random.clone(), refusal::plain(), RequestLimits::default())
    }

    /// The configuration of whoever uses them, as the environment would give it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let entries = self.configuration().into_iter();
        let variable = |(section, key, value): (&str, &str, String)| {
            (format!("IDP_{}__{}", section.replace('.', "__").to_uppercase(), key.to_uppercase()), value)
        };
        entries.map(variable).collect()
    }

    /// The same as sections of a configuration file.
    #[must_use]
    pub fn toml(&self) -> String {
        let (mut text, mut within) = (String::new(), "");
        for (section, key, value) in self.configuration() {
            if section != within {
                let _ = writeln!(text, "[{section}]");
                within = section;
            }
            let _ = writeln!(text, "{key} = {}", toml::Value::String(value));
        }
        text
    }

    /// Section, key and value of everything that has to be configured.
    fn configuration(&self) -> Vec<(&'static str, &'static str, String)> {
        let (google, facebook, partner) = ("federation.google", "federation.facebook", "federation.oidc.partner");
        vec![
            (google, "client_id", self.google.client().id.clone()),
            (google, "client_secret", self.google.client().secret.clone()),
            (google, "issuer", self.google.issuer(self)),
            (facebook, "app_id", self.facebook.app().id.clone()),
            (facebook, "app_secret", self.facebook.app().secret.clone()),
            (facebook, "dialog_url", self.at("/facebook")),
            (facebook, "graph_url", self.at("/graph")),
            (partner, "name", "Partner".to_owned()),
            (partner, "client_id", self.partner.client().id.clone()),
            (partner, "client_secret", self.partner.client().secret.clone()),
            (partner, "issuer", self.partner.issuer(self)),
        ]
    }

    /// What a script needs to know of them.
    #[must_use]
    pub fn document(&self) -> Value {
        let requests = lock(&self.requests).clone();
        let secret = |client: &Registered| json!({ "id": client.id, "secret": client.secret });
        json!({
            "base": self.at(""),
            "google": secret(self.google.client()),
            "partner": secret(self.partner.client()),
            "facebook": secret(self.facebook.app()),
            "config": self.toml(),
            "redirect_uris": *lock(&self.redirect_uris),
            // How often each endpoint was asked.
            "requests": requests,
        })
    }

    /// An address below their own.
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.settings.base.as_str().trim_end_matches('/'))
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn is_registered(&self, redirect_uri: &str) -> bool {
        lock(&self.redirect_uris).iter().any(|known| known == redirect_uri)
    }

    fn count(&self, endpoint: &str) {
        *lock(&self.requests).entry(endpoint.to_owned()).or_default() += 1;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn about(State(stand_ins): Shared) -> Response {
    Json(stand_ins.document()).into_response()
}

/// Registers a redirect URI, as one does in the console of the real service.
async fn register(State(stand_ins): Shared, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap_or_default();
    let given: Vec<_> = form.all("redirect_uri").map(str::to_owned).collect();
    if given.is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    lock(&stand_ins.redirect_uris).extend(given);
    Json(stand_ins.document()).into_response()
}

/// Moves their clock forward, together with that of whoever uses them.
async fn advance(State(stand_ins): Shared, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap_or_default();
    match form.get("advance_seconds").and_then(|text| text.parse().ok()) {
        Some(seconds) => {
            stand_ins.clock.advance(TimeDelta::seconds(seconds));
            Json(json!({ "now": stand_ins.now() })).into_response()
        }
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[cfg(test)]
mod tests;
