//! A script's browser: cookies, redirects followed by hand, plain forms, no JavaScript.

use std::collections::BTreeMap;

use http::Method;
use url::Url;

use super::cookies::Jar;
use super::html::{Form, Page};
use super::http::{Agent, Request, Response, encode};

const MAX_HOPS: usize = 20;

/// Where following redirects has led.
#[derive(Debug, Clone)]
pub enum Stop {
    /// A page of the issuer, whatever its status.
    Page(Box<Page>),
    /// The browser is about to leave for the relying party.
    Callback(Box<Callback>),
}

/// How the parameters of a callback travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Query,
    Fragment,
    FormPost,
}

/// What the relying party would get.
#[derive(Debug, Clone)]
pub struct Callback {
    /// The address without the parameters of the answer (registered query parameters are in `params`).
    pub url: Url,
    pub mode: Mode,
    pub params: BTreeMap<String, String>,
    /// The redirect, or the page that posts itself.
    pub response: Response,
}

impl Callback {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// The code; an error answer fails the test with its words.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.get("code").unwrap_or_else(|| panic!("no code: {:?}", self.params))
    }

    /// Asserts an error answer that carries nothing but what OAuth allows.
    #[track_caller]
    pub fn error(&self, expected: &str) -> &Self {
        assert_eq!(self.get("error"), Some(expected), "{:?}", self.params);
        assert_eq!(self.get("code"), None);
        assert!(self.get("iss").is_some(), "iss is in every answer: {:?}", self.params);
        if let Some(text) = self.get("error_description") {
            super::http::assert_described(text);
        }
        self
    }
}

impl Stop {
    #[track_caller]
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => *page,
            Self::Callback(callback) => panic!("a callback instead of a page: {:?}", callback.params),
        }
    }

    #[track_caller]
    pub fn callback(self) -> Callback {
        match self {
            Self::Callback(callback) => *callback,
            Self::Page(page) => {
                panic!("a page instead of a callback: {} {} {:.600}", page.status(), page.url(), page.text)
            }
        }
    }
}

/// One browser.
#[derive(Debug, Clone)]
pub struct Browser {
    pub agent: Agent,
    pub jar: Jar,
    pub issuer: Url,
    /// Sent as `Accept-Language`.
    pub language: String,
    /// Headers added to each request (a proxy's, an attacker's).
    pub extra: Vec<(String, String)>,
    /// Every answer so far, in order.
    pub history: Vec<Response>,
}

impl Browser {
    pub fn new(issuer: &Url) -> Self {
        Self {
            agent: Agent::new(),
            jar: Jar::default(),
            issuer: issuer.clone(),
            language: "en".to_owned(),
            extra: Vec::new(),
            history: Vec::new(),
        }
    }

    /// Goes to an address as if it had been typed, or linked from another site.
    pub async fn open(&mut self, url: &str) -> Stop {
        let url = self.issuer.join(url).expect("an address");
        self.go(Request::get(url.as_str())).await
    }

    /// One request with this browser's cookies and no redirect followed.
    pub async fn fetch(&mut self, mut request: Request) -> Response {
        if let Some(cookies) = self.jar.header(request.url.path()) {
            request = request.header("cookie", &cookies);
        }
        request = request.header("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
        request = request.header("accept-language", &self.language);
        for (name, value) in &self.extra {
            request = request.header(name, value);
        }
        let path = request.url.path().to_owned();
        let response = self.agent.send(request).await;
        for cookie in response.headers.get_all("set-cookie") {
            self.jar.store(cookie.to_str().expect("cookies are ASCII"), &path);
        }
        self.history.push(response.clone());
        response
    }

    /// A request and the redirects after it, up to a page or the way out.
    pub async fn go(&mut self, request: Request) -> Stop {
        let mut response = self.fetch(request).await;
        for _ in 0..MAX_HOPS {
            let Some(location) = response.location().filter(|_| response.status.is_redirection()) else {
                return self.land(response);
            };
            let next = response.url.join(location).unwrap_or_else(|e| panic!("{location}: {e}"));
            if next.origin() != self.issuer.origin() {
                return Stop::Callback(Box::new(leave(next, response)));
            }
            assert!(!matches!(response.status.as_u16(), 307 | 308), "a redirect that repeats the POST: {location}");
            response = self.fetch(Request::get(next.as_str())).await;
        }
        panic!("the redirects do not end: {}", response.url);
    }

    fn land(&self, response: Response) -> Stop {
        let page = Page::parse(response);
        let away = page.forms.iter().find(|form| form.post && form.action.origin() != self.issuer.origin());
        match away {
            Some(form) => {
                let mut params: BTreeMap<_, _> = form.action.query_pairs().into_owned().collect();
                params.extend(form.fields.iter().map(|field| (field.name.clone(), field.value.clone())));
                let response = page.response.clone();
                Stop::Callback(Box::new(Callback { url: form.action.clone(), mode: Mode::FormPost, params, response }))
            }
            None => Stop::Page(Box::new(page)),
        }
    }

    /// Fills in the form that has the first of these fields, and sends it by its primary action.
    pub async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Stop {
        let form = match fields.first() {
            Some((name, _)) => page.form_with(name),
            None => page.form_of_button("continue").or_else(|| page.forms.iter().find(|form| form.post)),
        };
        let form = form.unwrap_or_else(|| panic!("no form for {fields:?} on {}: {:.400}", page.url(), page.text));
        self.send_form(page, form, fields, None).await
    }

    /// Presses the button (or follows the link) with this id.
    pub async fn press(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Stop {
        if let Some(form) = page.form_of_button(button) {
            return self.send_form(page, form, fields, Some(button)).await;
        }
        let link = page.links.iter().find(|link| link.id == button);
        let link = link.unwrap_or_else(|| panic!("no «{button}» on {}: {:.400}", page.url(), page.text));
        let to = page.url().join(&link.href).expect("a link's address");
        if to.origin() != self.issuer.origin() {
            return Stop::Callback(Box::new(leave(to, page.response.clone())));
        }
        self.open(to.as_str()).await
    }

    async fn send_form(&mut self, page: &Page, form: &Form, fields: &[(&str, &str)], button: Option<&str>) -> Stop {
        self.go(Self::form_request(page, form, fields, button)).await
    }

    /// The request that a browser makes of a form, for tests that send it by hand or twice.
    pub fn form_request(page: &Page, form: &Form, fields: &[(&str, &str)], button: Option<&str>) -> Request {
        let mut values = form.defaults();
        for (name, value) in fields {
            values.retain(|(key, _)| key != name);
            values.push(((*name).to_owned(), (*value).to_owned()));
        }
        let button = button.and_then(|id| form.button(id));
        if let Some(button) = button.filter(|button| !button.name.is_empty()) {
            values.push((button.name.clone(), button.value.clone()));
        }
        let mut action = button.and_then(|button| button.action.clone()).unwrap_or_else(|| form.action.clone());
        let pairs = values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        if !form.post {
            action.set_query(Some(&encode(pairs)));
            return Request::get(action.as_str());
        }
        let origin = page.url().origin().ascii_serialization();
        Request::new(Method::POST, action.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", &origin)
            .header("referer", page.url().as_str())
            .header("sec-fetch-site", "same-origin")
            .body(encode(pairs))
    }
}

fn leave(mut url: Url, response: Response) -> Callback {
    let mut params: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let mut mode = Mode::Query;
    if let Some(fragment) = url.fragment() {
        params.extend(url::form_urlencoded::parse(fragment.as_bytes()).into_owned());
        mode = Mode::Fragment;
    }
    url.set_query(None);
    url.set_fragment(None);
    Callback { url, mode, params, response }
}
