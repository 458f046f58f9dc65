//! The portal's routes: reads a request, asks [`RelyingParty`] and [`Sessions`], answers with a page or a redirect.
//!
//! All that changes something is a POST from one of the portal's own pages, or a callback that carries the `state` of
//! this very browser.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use http::{HeaderMap, StatusCode, Uri, header};

use super::callback::Answer;
use super::initiate::Start;
use super::page::Pages;
use super::relying_party::{Ask, RelyingParty, SignInError};
use super::session::{Sessions, SignedIn};
use super::{
    CALLBACK_PATH, FORM_PATH, INITIATE_PATH, PortalClient, PortalSettings, SIGNED_OUT_PATH, SetupError, without_slash,
};
use crate::clock::{Clock, Random};
use crate::config::Server;
use crate::net::form::Form;
use crate::net::headers::FormAction;
use crate::net::limits::RequestLimits;
use crate::net::outbound::Outbound;
use crate::net::{protect, refusal};
use crate::page::assets;

type Shared = State<Arc<Site>>;

/// Everything a handler needs.
struct Site {
    settings: PortalSettings,
    cookie: String,
    pages: Pages,
    sessions: Sessions,
    party: RelyingParty,
}

pub(super) fn router(
    settings: PortalSettings,
    clock: Clock,
    random: Random,
    outbound: Outbound,
) -> Result<Router, SetupError> {
    let site = Arc::new(Site {
        cookie: format!("__Host-portal-{}", settings.base.port_or_known_default().unwrap_or_default()),
        pages: Pages::new(&settings)?,
        sessions: Sessions::new(clock.clone(), random.clone()),
        party: RelyingParty::new(&settings, clock, random.clone(), outbound)?,
        settings,
    });
    let refused = Arc::clone(&site);
    let render: refusal::Render = Arc::new(move |asked, status| {
        let reason = status.canonical_reason().unwrap_or("Error");
        refused.problem(status, reason, "", &format!("Reference: {}", asked.id))
    });
    let routes = Router::new()
        .route("/", get(start))
        .route("/sign-in", post(sign_in))
        .route("/step-up", post(step_up))
        .route("/sign-in-again", post(sign_in_again))
        .route("/sign-out", post(sign_out))
        .route(&format!("{INITIATE_PATH}{{client}}"), get(initiate).post(initiate_by_form))
        .route(CALLBACK_PATH, get(callback))
        .route(FORM_PATH, get(form))
        .route(SIGNED_OUT_PATH, get(signed_out))
        .route("/static/{*path}", get(asset))
        .fallback(not_found)
        .with_state(site);
    // Of the server's settings only the proxies and https count here: the portal has neither.
    Ok(protect(routes, &Server::default(), random, render, RequestLimits::default()))
}

async fn start(State(site): Shared, jar: CookieJar) -> Response {
    match site.signed_in(&jar) {
        Some((signed_in, client)) => site.page(StatusCode::OK, site.pages.signed_in(&signed_in, client)),
        None => site.page(StatusCode::OK, site.pages.start(&site.settings)),
    }
}

async fn sign_in(State(site): Shared, headers: HeaderMap, jar: CookieJar, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap_or_default();
    match form.get("client").and_then(|id| site.client(id)) {
        Some(client) => site.send(&headers, jar, client, Ask::SignIn).await,
        None => site.problem(
            StatusCode::BAD_REQUEST,
            "There is no such service",
            "",
            "Choose one of the services on the start page",
        ),
    }
}

/// Somebody else starts a sign-in here, such as a short link: by GET or POST (OpenID Connect Core 4).
async fn initiate(State(site): Shared, Path(client): Path<String>, jar: CookieJar, uri: Uri) -> Response {
    site.initiate(jar, &client, &Form::query(&uri).unwrap_or_default()).await
}

async fn initiate_by_form(State(site): Shared, Path(client): Path<String>, jar: CookieJar, body: Bytes) -> Response {
    site.initiate(jar, &client, &Form::parse(&body).unwrap_or_default()).await
}

/// Where the demo's short link leads to.
async fn form(State(site): Shared, jar: CookieJar) -> Response {
    match site.signed_in(&jar) {
        Some((_, client)) => site.page(StatusCode::OK, site.pages.form(client)),
        None => Redirect::to("/").into_response(),
    }
}

async fn step_up(State(site): Shared, headers: HeaderMap, jar: CookieJar) -> Response {
    ask_again(&site, &headers, jar, Ask::SecondFactor).await
}

async fn sign_in_again(State(site): Shared, headers: HeaderMap, jar: CookieJar) -> Response {
    ask_again(&site, &headers, jar, Ask::Again).await
}

async fn ask_again(site: &Site, headers: &HeaderMap, jar: CookieJar, ask: Ask) -> Response {
    match site.signed_in(&jar) {
        Some((_, client)) => site.send(headers, jar, client, ask).await,
        None => Redirect::to("/").into_response(),
    }
}

async fn callback(State(site): Shared, jar: CookieJar, uri: Uri) -> Response {
    let unknown = || {
        site.problem(
            StatusCode::BAD_REQUEST,
            "This sign-in cannot go on",
            "",
            "It did not begin in this browser, took too long, or is finished already",
        )
    };
    let Ok(query) = Form::query(&uri) else { return unknown() };
    let Some(id) = site.session_id(&jar) else { return unknown() };
    let Some(pending) = query.get("state").and_then(|state| site.sessions.take(&id, state)) else { return unknown() };
    let Some(client) = site.client(&pending.client_id) else { return unknown() };
    let code = match site.party.answer(&query) {
        Ok(Answer::Code(code)) => code,
        Ok(Answer::Refused { error, description }) => {
            return site.problem(StatusCode::OK, "You were not signed in", &error, &description);
        }
        Err(error) => return site.failed(&error.into()),
    };
    match site.party.redeem(client, &pending, code).await {
        Ok(signed_in) => match site.sessions.sign_in(&id, signed_in) {
            Some(id) => (jar.add(site.cookie_with(id)), Redirect::to(&pending.target)).into_response(),
            None => unknown(),
        },
        Err(error) => site.failed(&error),
    }
}

async fn sign_out(State(site): Shared, headers: HeaderMap, jar: CookieJar) -> Response {
    if !site.is_own_page(&headers) {
        return site.foreign();
    }
    let Some(id) = site.session_id(&jar) else { return Redirect::to("/").into_response() };
    let (request, state) = match site.party.sign_out().await {
        Ok(request) => request,
        Err(error) => return site.failed(&error),
    };
    let Some(signed_in) = site.sessions.sign_out(&id, state) else { return Redirect::to("/").into_response() };
    Redirect::to(request.set_id_token_hint(&signed_in.id_token).http_get_url().as_str()).into_response()
}

async fn signed_out(State(site): Shared, jar: CookieJar, uri: Uri) -> Response {
    let query = Form::query(&uri).unwrap_or_default();
    let id = site.session_id(&jar);
    let complete = id.zip(query.get("state")).is_some_and(|(id, state)| site.sessions.has_signed_out(&id, state));
    site.page(StatusCode::OK, site.pages.signed_out(complete))
}

/// The style sheet, as the build made it. Its path holds its hash.
async fn asset(State(site): Shared, request: Request) -> Response {
    match assets::find(request.uri().path()) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.content_type.as_ref()),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.identity.as_ref()).into_response()
        }
        None => site.not_found(),
    }
}

async fn not_found(State(site): Shared) -> Response {
    site.not_found()
}

impl Site {
    fn client(&self, id: &str) -> Option<&PortalClient> {
        self.settings.clients.iter().find(|client| client.client_id == id)
    }

    fn session_id(&self, jar: &CookieJar) -> Option<String> {
        jar.get(&self.cookie).map(|cookie| cookie.value().to_owned())
    }

    fn signed_in(&self, jar: &CookieJar) -> Option<(Arc<SignedIn>, &PortalClient)> {
        let signed_in = self.sessions.signed_in(&self.session_id(jar)?)?;
        let client = self.client(&signed_in.client_id)?;
        Some((signed_in, client))
    }

    /// Sends the browser to the provider.
    async fn send(&self, headers: &HeaderMap, jar: CookieJar, client: &PortalClient, ask: Ask) -> Response {
        if !self.is_own_page(headers) {
            return self.foreign();
        }
        self.go(jar, client, ask, Start::default()).await
    }

    /// Starts a sign-in that nobody asked for on a page of the portal.
    async fn initiate(&self, jar: CookieJar, client: &str, params: &Form) -> Response {
        let Some(client) = self.client(client) else { return self.not_found() };
        match self.party.start(params) {
            Ok(start) => self.go(jar, client, Ask::SignIn, start).await,
            Err(error) => self.problem(StatusCode::BAD_REQUEST, "This sign-in cannot begin", "", &error.to_string()),
        }
    }

    async fn go(&self, jar: CookieJar, client: &PortalClient, ask: Ask, start: Start) -> Response {
        match self.party.request(client, ask, start).await {
            Ok((address, pending)) => {
                let id = self.sessions.park(self.session_id(&jar).as_deref(), pending);
                (jar.add(self.cookie_with(id)), Redirect::to(address.as_str())).into_response()
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Whether a form of the portal sent this, as far as the browser says: without an `Origin` it is no browser.
    fn is_own_page(&self, headers: &HeaderMap) -> bool {
        let origin = self.settings.base.origin().ascii_serialization();
        headers.get(header::ORIGIN).is_none_or(|given| given.as_bytes() == origin.as_bytes())
    }

    fn cookie_with(&self, id: String) -> Cookie<'static> {
        Cookie::build((self.cookie.clone(), id)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
    }

    fn foreign(&self) -> Response {
        self.problem(StatusCode::FORBIDDEN, "This was not asked here", "", "Another site sent this form")
    }

    fn not_found(&self) -> Response {
        self.problem(StatusCode::NOT_FOUND, "Page not found", "", "")
    }

    fn failed(&self, error: &SignInError) -> Response {
        tracing::warn!(%error, "the demo portal could not finish a sign-in");
        self.problem(StatusCode::BAD_GATEWAY, "You were not signed in", "", &error.to_string())
    }

    fn problem(&self, status: StatusCode, title: &str, error: &str, description: &str) -> Response {
        self.page(status, self.pages.problem(title, error, description))
    }

    fn page(&self, status: StatusCode, page: Result<String, tera::Error>) -> Response {
        match page {
            Ok(html) => {
                let mut response = (status, Html(html)).into_response();
                // Its forms end in a redirect to the provider.
                let targets = format!("'self' {}", without_slash(&self.settings.issuer));
                response.extensions_mut().insert(FormAction(targets));
                response
            }
            Err(error) => {
                tracing::error!(%error, "the demo portal cannot show a page");
                (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown\n").into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Method;
    use tower::ServiceExt as _;

    use super::*;
    use crate::config;

    /// A portal whose provider does not answer: the way out refuses its address.
    async fn answer(method: Method, path: &str, headers: &[(&str, &str)], body: &'static str) -> Response {
        let client = PortalClient {
            client_id: "portal".to_owned(),
            client_secret: "secret".to_owned().into(),
            preset: "always-on".to_owned(),
            name: "Report a missed bin".to_owned(),
        };
        let settings = PortalSettings {
            issuer: "http://localhost:8080".parse().expect("an address"),
            base: "http://localhost:8081".parse().expect("an address"),
            clients: vec![client],
            residents: Vec::new(),
        };
        let outbound = Outbound::new(&config::Outbound::default(), &config::Development::default());
        let router = router(settings, Clock::system(), Random::default(), outbound).expect("a portal");
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        router.oneshot(request.body(Body::from(body)).expect("a request")).await.expect("an answer")
    }

    #[tokio::test]
    async fn the_start_page_may_lead_to_itself_and_the_provider_only() {
        let response = answer(Method::GET, "/", &[], "").await;
        assert_eq!(response.status(), StatusCode::OK);
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("form-action 'self' http://localhost:8080;"), "{policy}");
        assert!(response.headers().get(header::SET_COOKIE).is_none());
    }

    #[tokio::test]
    async fn the_style_sheet_is_served_and_other_paths_are_not_found() {
        let path = assets::path_of("idp.css").expect("a style sheet");
        let style = answer(Method::GET, path, &[], "").await;
        assert_eq!(style.status(), StatusCode::OK);
        assert_eq!(style.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(answer(Method::GET, "/static/0/idp.css", &[], "").await.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer(Method::GET, "/unknown", &[], "").await.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_form_of_another_site_starts_nothing() {
        let foreign = [("origin", "http://localhost:8080")];
        let response = answer(Method::POST, "/sign-in", &foreign, "client=portal").await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let own = [("origin", "http://localhost:8081")];
        let response = answer(Method::POST, "/sign-in", &own, "client=portal").await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY, "the provider does not answer");
    }

    #[tokio::test]
    async fn a_service_that_is_not_offered_cannot_be_signed_in_to() {
        for body in ["", "client=other", "client=%"] {
            let response = answer(Method::POST, "/sign-in", &[], body).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        }
    }

    #[tokio::test]
    async fn a_callback_that_this_browser_did_not_ask_for_is_refused() {
        for cookie in ["", "__Host-portal-8081=chosen"] {
            let path = "/callback?code=a&state=b&iss=http%3A%2F%2Flocalhost%3A8080";
            let response = answer(Method::GET, path, &[("cookie", cookie)], "").await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{cookie}");
            assert!(response.headers().get(header::SET_COOKIE).is_none());
        }
    }

    #[tokio::test]
    async fn who_is_not_signed_in_is_led_to_the_start_page() {
        for path in ["/step-up", "/sign-in-again", "/sign-out"] {
            let response = answer(Method::POST, path, &[], "").await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
            assert_eq!(response.headers()[header::LOCATION], "/", "{path}");
        }
        assert_eq!(answer(Method::GET, "/signed-out?state=x", &[], "").await.status(), StatusCode::OK);
    }
}
