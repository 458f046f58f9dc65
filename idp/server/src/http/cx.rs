//! What every handler of a page knows of its request, and how it answers.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode, Uri};
use idp_core::account::Device;
use idp_core::policy::Policy;

use crate::app::App;
use crate::net::client_address::ClientAddress;
use crate::net::form::Form;
use crate::net::headers::FormAction;
use crate::net::request_id::RequestId;
use crate::page::lang::{negotiate, offered};
use crate::page::screens::dead_link::{About, DeadLink, Why};
use crate::page::screens::error::{HttpProblem, Problem, RequestProblem};
use crate::page::screens::session::{Expired, ExpiredCause};
use crate::page::{ClientFace, ClockTime, Frame, Lang, Page, StaticPage};
use crate::signin::cookie::{self, CookieNames};
use crate::signin::device::Device as KnownDevice;
use crate::signin::view::Visitor;
use crate::signin::{Origin, Refusal, StepError};
use crate::store::StoreError;

/// An answer that ends a handler early.
#[derive(Debug)]
pub struct Stop(Box<Response>);

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        *self.0
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What every handler of a page knows of its request.
#[derive(Clone)]
pub struct Cx {
    /// The shared state.
    pub app: App,
    /// For the audit trail.
    pub origin: Origin,
    /// The language of the answer.
    pub lang: Lang,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// The parameters of the query; none where it is malformed.
    query: Form,
    /// The request's headers.
    pub headers: HeaderMap,
    /// What our cookies are called.
    pub names: CookieNames,
}

impl FromRequestParts<App> for Cx {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, app))
    }
}

impl Cx {
    /// What is known from the head of a request.
    #[must_use]
    pub fn of(parts: &Parts, app: &App) -> Self {
        let address = parts.extensions.get::<ClientAddress>().copied();
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default();
        let mut cx = Self {
            app: app.clone(),
            origin: Origin {
                address: address.map(|a| a.0),
                address_key: address.map(|a| a.throttle_key().to_string()),
                request_id,
                device: text(&parts.headers, header::USER_AGENT).map(Device::of),
            },
            lang: Lang::default(),
            query: Form::query(&parts.uri).unwrap_or_default(),
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
            names: CookieNames::of(&app.config.server.issuer),
        };
        cx.lang = cx.language(None, None);
        cx
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// All cookies.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.headers.get_all(header::COOKIE).into_iter().filter_map(|h| h.to_str().ok());
        headers.flat_map(|h| h.split(';')).filter_map(|pair| pair.trim().split_once('='))
    }

    /// The value of the session's cookie.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.cookie(&self.names.session())
    }

    /// Who asks, as the browser says.
    #[must_use]
    pub fn visitor(&self) -> Visitor<'_> {
        Visitor {
            session_token: self.session_token(),
            device_token: self.cookie(&self.names.device()),
            guest_token: self.cookie(&self.names.guest()),
            shared_network: self.is_on_shared_network(),
            lang: self.lang,
        }
    }

    /// Whether the browser is in a network of devices that many people use.
    #[must_use]
    pub fn is_on_shared_network(&self) -> bool {
        let networks = &self.app.config.sessions.shared_networks;
        self.origin.address.is_some_and(|address| networks.iter().any(|network| network.contains(&address)))
    }

    /// The device, if somebody signed in with it before.
    #[must_use]
    pub fn device(&self) -> Option<KnownDevice> {
        KnownDevice::open(&self.app, self.cookie(&self.names.known_device())?)
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }

    /// The language: the one chosen here, then what the client asked for, the cookie, and the browser's preference.
    #[must_use]
    pub fn language(&self, chosen: Option<&str>, ui_locales: Option<&str>) -> Lang {
        let header = self.headers.get(header::ACCEPT_LANGUAGE).and_then(|h| h.to_str().ok());
        let languages = &self.app.config.brand.languages;
        let named = |tag: &str| offered(languages, tag);
        self.query("lang")
            .and_then(named)
            .or_else(|| chosen.and_then(named))
            .unwrap_or_else(|| negotiate(languages, ui_locales, self.cookie(&self.names.language()), header))
    }

    /// This page's path and query, for the link to its other language; empty where it cannot be asked for again.
    #[must_use]
    pub fn here(&self) -> String {
        // A path that begins with two slashes would be the address of another server.
        let own = self.method == Method::GET && !self.uri.path().starts_with("//");
        self.uri.path_and_query().filter(|_| own).map(ToString::to_string).unwrap_or_default()
    }

    /// The frame of a page that says what is wrong.
    fn problem_frame(&self) -> Frame {
        Frame { here: self.here(), ..self.frame() }
    }

    /// The frame of a page that belongs to no client.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let brand = &self.app.config.brand;
        Frame {
            lang: self.lang,
            languages: brand.languages.clone(),
            theme: brand.theme.clone(),
            wording: "default".to_owned(),
            council: brand.council_in(self.lang).to_owned(),
            own_service: brand.service_in(self.lang).to_owned(),
            client: None,
            csrf: None,
            back: None,
            banner: None,
            here: String::new(),
            answers_form: self.method == Method::POST,
            reference: self.origin.request_id.clone(),
            signed_in: self.session_token().is_some(),
        }
    }

    /// The frame of a page in the look and words of a policy. Where a sign-in is under way nothing leads elsewhere.
    #[must_use]
    pub fn frame_in(&self, policy: &Policy, client: Option<ClientFace>) -> Frame {
        let frame = self.frame();
        let theme = if policy.theme == DEFAULT_THEME { frame.theme } else { policy.theme.clone() };
        Frame { theme, wording: policy.wording.clone(), client, signed_in: false, ..frame }
    }

    /// The frame of a page about a client; one that is unknown or disabled has none of its own.
    #[must_use]
    pub fn client_frame(&self, client_id: &str) -> Frame {
        let clients = self.app.clients();
        let client = clients.for_sign_in(client_id);
        client.map_or_else(|| self.frame(), |client| self.frame_in(&client.policy, self.face(client_id)))
    }

    /// A client as people know it, in the page's language; none for one that is unknown or disabled.
    #[must_use]
    pub fn face(&self, client_id: &str) -> Option<ClientFace> {
        let clients = self.app.clients();
        let client = clients.enabled(client_id)?;
        let metadata = &client.metadata;
        Some(ClientFace {
            name: client.name_in(self.lang),
            logo_src: metadata.logo_uri.as_ref().map(|_| format!("/logo/{}", client.id)),
            policy_uri: metadata.policy_uri.clone(),
            tos_uri: metadata.tos_uri.clone(),
            home_uri: metadata.client_uri.clone(),
        })
    }

    /// A page.
    #[must_use]
    pub fn page<P: Page>(&self, status: StatusCode, frame: &Frame, page: &P) -> Response {
        match self.app.pages.render(frame, page) {
            Ok(html) => {
                let mut response = (status, [(header::CONTENT_TYPE, HTML)], html).into_response();
                response.extensions_mut().insert(FormAction("'self' https:".to_owned()));
                self.keep_language(&mut response);
                response
            }
            Err(error) => {
                tracing::error!(%error, screen = P::SCREEN, "a page could not be rendered");
                self.fixed(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// The page that needs nothing: 500 or 503.
    #[must_use]
    pub fn fixed(&self, status: StatusCode) -> Response {
        let page = if status == StatusCode::SERVICE_UNAVAILABLE { StaticPage::Unavailable } else { StaticPage::Broken };
        let html =
            self.app.pages.fixed(page, self.lang, self.app.config.brand.council_in(self.lang), &self.origin.request_id);
        let mut response = (status, [(header::CONTENT_TYPE, HTML)], html).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }

    /// One of the common problems.
    #[must_use]
    pub fn problem(&self, status: StatusCode, problem: Problem) -> Response {
        self.page(status, &self.problem_frame(), &HttpProblem::new(problem))
    }

    /// Too many attempts from this address.
    #[must_use]
    pub fn too_many(&self, until: chrono::DateTime<chrono::Utc>) -> Response {
        let now = self.app.clock.now();
        let frame = self.problem_frame();
        let again_href = Some(frame.here.clone()).filter(|here| !here.is_empty());
        let page = HttpProblem { problem: Problem::TooMany, again_at: Some(ClockTime::at(until, now)), again_href };
        let mut response = self.page(StatusCode::TOO_MANY_REQUESTS, &frame, &page);
        retry_after(&mut response, (until - now).num_seconds());
        response
    }

    /// R48: a wrong request that must not be answered to where it says. Who it is from can be known all the same: then it
    /// leads to that client’s own page.
    #[must_use]
    pub fn request_problem(&self, client_id: Option<&str>, code: &str, detail: &str) -> Response {
        let frame = client_id.map_or_else(|| self.frame(), |id| self.client_frame(id));
        let frame = Frame { here: self.here(), ..frame };
        let home_href = frame.client.as_ref().and_then(|client| client.home_uri.clone());
        let page = RequestProblem { code: code.to_owned(), detail: detail.to_owned(), home_href };
        self.page(StatusCode::BAD_REQUEST, &frame, &page)
    }

    /// R47: the step is over, whatever it was of.
    #[must_use]
    pub fn expired(&self, cause: ExpiredCause, again_href: Option<String>) -> Response {
        self.expired_in(&self.problem_frame(), cause, again_href)
    }

    /// R47 in the frame of what it was of.
    #[must_use]
    pub fn expired_in(&self, frame: &Frame, cause: ExpiredCause, again_href: Option<String>) -> Response {
        self.page(StatusCode::GONE, frame, &Expired { cause, again_href })
    }

    /// R47b: a link from a message that leads nowhere any more.
    #[must_use]
    pub fn dead_link(&self, about: About, why: Why) -> Response {
        let page = DeadLink { about, why, contact: self.contact() };
        self.page(StatusCode::GONE, &self.problem_frame(), &page)
    }

    /// Whom to ask for help.
    #[must_use]
    pub fn contact(&self) -> Option<String> {
        let brand = &self.app.config.brand;
        brand.contact_phone.clone().or_else(|| brand.contact_email.clone())
    }

    /// The answer to a failure of ours. Most refusals have pages of their own and never come here.
    #[must_use]
    pub fn failure(&self, error: &StepError) -> Response {
        match error {
            StepError::Busy | StepError::Store(StoreError::Unavailable { .. }) => {
                tracing::warn!(%error, "a request could not be served now");
                self.fixed(StatusCode::SERVICE_UNAVAILABLE)
            }
            StepError::Refused(Refusal::Requests(until)) => self.too_many(*until),
            StepError::Refused(_) => self.expired(ExpiredCause::Passed, None),
            StepError::Store(_) | StepError::Broken(_) => {
                tracing::error!(%error, "a request failed");
                self.fixed(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// As [`Cx::failure`], to end a handler.
    pub fn stop(&self, error: impl Into<StepError>) -> Stop {
        Stop::from(self.failure(&error.into()))
    }

    /// A choice of language by `?lang=` is remembered.
    fn keep_language(&self, response: &mut Response) {
        let languages = &self.app.config.brand.languages;
        if let Some(lang) = self.query("lang").and_then(|tag| offered(languages, tag)) {
            add_cookie(response, &cookie::set(&self.names.language(), lang.code(), Some(31_536_000)));
        }
    }

    /// Whether a form was posted by a page of ours: browsers say where a request comes from.
    #[must_use]
    pub fn is_from_our_pages(&self) -> bool {
        let text = |name: &str| self.headers.get(name).and_then(|h| h.to_str().ok());
        let site = text("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
        site && text("origin")
            .is_none_or(|origin| origin == self.app.config.server.issuer.url().origin().ascii_serialization())
    }
}

/// The theme of a policy that names none: then it is the installation's.
const DEFAULT_THEME: &str = "default";

const HTML: &str = "text/html; charset=utf-8";

/// Adds a `Set-Cookie` header.
pub fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Says in how many seconds to come back.
pub fn retry_after(response: &mut Response, seconds: i64) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1).unsigned_abs()));
}

/// A redirect after which the browser asks by GET, whatever it did before (RFC 9700, 4.12).
#[must_use]
pub fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A form posted to us, whoever posted it.
#[derive(Debug)]
pub struct Posted(pub Form);

impl FromRequest<App> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let refused = |status, problem| Cx::of(&parts, app).problem(status, problem);
        let urlencoded = parts.headers.get(header::CONTENT_TYPE).and_then(|h| h.to_str().ok()).is_some_and(|kind| {
            kind.split(';').next().is_some_and(|k| k.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        });
        let bytes = Bytes::from_request(Request::new(body), &()).await;
        let bytes = bytes.map_err(|_| refused(StatusCode::PAYLOAD_TOO_LARGE, Problem::TooLarge))?;
        if !urlencoded && !bytes.is_empty() {
            return Err(refused(StatusCode::FORBIDDEN, Problem::Forbidden));
        }
        Form::parse(&bytes).map(Self).map_err(|_| refused(StatusCode::BAD_REQUEST, Problem::Unreadable))
    }
}
