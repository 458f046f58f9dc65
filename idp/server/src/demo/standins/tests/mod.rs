//! [`crate::federation`] against the stand-ins, over HTTP on this machine.

mod facebook;
mod openid;

use std::net::{Ipv4Addr, SocketAddr};

use axum::body::Body;
use chrono::TimeDelta;
use http::{Request, header};
use tower::ServiceExt as _;

use super::*;
use crate::config::Config;
use crate::federation::{Answer, Hints, Kept, Provider, Providers, UpstreamError, UpstreamIdentity};
use crate::net::listener::{Listener, Readiness};

const ISSUER: &str = "http://localhost:8080";

/// Stand-ins that listen, and the providers of somebody who uses them.
struct World {
    stand_ins: Arc<StandIns>,
    providers: Providers,
}

/// Somebody at a provider, before they have said who they are.
struct Visit {
    url: Url,
    kept: Kept,
    callback: Url,
}

impl World {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    /// As configured by the stand-ins, and further by `more`. A request may take one second.
    async fn with(more: &[(&str, &str)]) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Listener::bind(address, &Server::default(), None, Readiness::default()).await.expect("a socket");
        let port = listener.address().expect("an address").port();
        let settings = StandInSettings {
            base: format!("http://localhost:{port}").parse().expect("an address"),
            redirect_uris: ["google", "facebook", "partner"].map(|id| callback(id).to_string()).into(),
            known: vec![("email only".to_owned(), "known@example.org".to_owned())],
        };
        let stand_ins = StandIns::on_this_machine(settings, &Clock::system(), &Random::default()).expect("stand-ins");
        tokio::spawn(listener.serve(stand_ins.router(), std::future::pending()));
        let usual = [("IDP_DEVELOPMENT__ALLOW_LOOPBACK_FETCH", "true"), ("IDP_OUTBOUND__TIMEOUT_SECONDS", "1")];
        let more = usual.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::from_sources(None, stand_ins.environment().into_iter().chain(more)).expect("valid");
        let outbound = Outbound::new(&config.outbound, &config.development);
        Self { providers: Providers::new(&config.federation, &outbound), stand_ins }
    }

    fn provider(&self, id: &str) -> &Provider {
        self.providers.get(id).expect(id)
    }

    fn now(&self) -> DateTime<Utc> {
        self.stand_ins.now()
    }

    fn pass(&self, seconds: i64) {
        self.stand_ins.clock.advance(TimeDelta::seconds(seconds));
    }

    /// How often an endpoint was asked.
    fn requests(&self, endpoint: &str) -> u64 {
        lock(&self.stand_ins.requests).get(endpoint).copied().unwrap_or_default()
    }

    async fn begin(&self, id: &str, hints: Hints<'_>) -> Result<Visit, UpstreamError> {
        let callback = callback(id);
        let moment = (&self.stand_ins.random, self.now());
        let (url, kept) = self.provider(id).begin("the-state", &callback, hints, moment).await?;
        Ok(Visit { url, kept, callback })
    }

    /// Chooses at the stand-in, and gives the address that the browser is sent back to.
    async fn choose(&self, visit: &Visit, chosen: &str) -> Url {
        self.fill_in(visit, &[("as", chosen)]).await
    }

    async fn fill_in(&self, visit: &Visit, fields: &[(&str, &str)]) -> Url {
        let fields: Vec<_> = [("request", visit.url.query().expect("a query"))].iter().chain(fields).copied().collect();
        let body = serde_urlencoded::to_string(fields).expect("a form");
        let request = Request::post(visit.url.path()).body(Body::from(body)).expect("a request");
        let answer = self.stand_ins.router().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        answer.headers()[header::LOCATION].to_str().expect("text").parse().expect("an address")
    }

    async fn finish(&self, id: &str, visit: &Visit, back: &Url) -> Result<UpstreamIdentity, UpstreamError> {
        assert!(back.as_str().starts_with(visit.callback.as_str()), "{back}");
        let query = Form::parse(back.query().unwrap_or_default().as_bytes()).expect("a query");
        assert_eq!(query.get("state"), Some("the-state"));
        self.provider(id).finish(&Answer::of(&query)?, &visit.kept, &visit.callback, self.now()).await
    }

    /// A whole sign-in.
    async fn sign_in(&self, id: &str, chosen: &str) -> Result<UpstreamIdentity, UpstreamError> {
        let visit = self.begin(id, Hints::default()).await?;
        let back = self.choose(&visit, chosen).await;
        self.finish(id, &visit, &back).await
    }

    async fn page(&self, url: &Url) -> (StatusCode, String) {
        let address = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let request = Request::get(address).body(Body::empty()).expect("a request");
        let answer = self.stand_ins.router().oneshot(request).await.expect("an answer");
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }
}

fn callback(id: &str) -> Url {
    format!("{ISSUER}/federated/{id}/callback").parse().expect("an address")
}

/// What a URL's query says.
fn given(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
