//! One HTTP/1.1 exchange after the other, exactly as asked: no redirects, no cookies, no retries.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use url::{Position, Url};

const TIMEOUT: Duration = Duration::from_secs(40);

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    /// What goes on the request line instead of the URL's own path and query, byte for byte.
    pub target: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    pub fn new(method: Method, url: &str) -> Self {
        let url = url.parse().unwrap_or_else(|e| panic!("{url}: {e}"));
        Self { method, url, target: None, headers: HeaderMap::new(), body: Bytes::new() }
    }

    pub fn get(url: &str) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST of form fields.
    pub fn post(url: &str, fields: &[(&str, &str)]) -> Self {
        let body = encode(fields.iter().copied());
        Self::new(Method::POST, url).header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        self
    }

    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// HTTP Basic as RFC 6749 section 2.3.1 wants it: both parts form-encoded first.
    #[must_use]
    pub fn basic(self, id: &str, secret: &str) -> Self {
        let encode = |s: &str| url::form_urlencoded::byte_serialize(s.as_bytes()).collect::<String>();
        self.basic_raw(&format!("{}:{}", encode(id), encode(secret)))
    }

    #[must_use]
    pub fn basic_raw(self, pair: &str) -> Self {
        use base64::Engine;
        let encoded = base64::prelude::BASE64_STANDARD.encode(pair);
        self.header("authorization", &format!("Basic {encoded}"))
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }
}

/// Form fields as `application/x-www-form-urlencoded`.
pub fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Response {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        let media = self.header("content-type");
        assert!(media.starts_with("application/json"), "{} is not JSON: {media} {}", self.status, self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The header's value, empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        let (location, text) = (self.location().unwrap_or_default(), self.text());
        assert_eq!(self.status.as_u16(), status, "{} {location} {text:.600}", self.url);
        self
    }

    /// Asserts an OAuth error answer and gives its body.
    #[track_caller]
    pub fn oauth_error(self, status: u16, error: &str) -> Value {
        let body = self.expect(status);
        let json = body.json();
        assert_eq!(json["error"], error, "{json}");
        assert!(body.header("cache-control").contains("no-store"), "an error may be cached: {:?}", body.headers);
        if let Some(text) = json["error_description"].as_str() {
            assert_described(text);
        }
        json
    }

    pub fn is_html(&self) -> bool {
        self.header(CONTENT_TYPE.as_str()).starts_with("text/html")
    }

    /// An own error page: 4xx, HTML, and no way out of the issuer.
    #[track_caller]
    pub fn own_page(self) -> Self {
        assert!(self.status.is_client_error(), "{} {} {:.300}", self.url, self.status, self.text());
        assert_eq!(self.location(), None, "an error page must not redirect");
        assert!(self.is_html(), "{:?}", self.headers);
        self
    }
}

/// The characters that RFC 6749 allows in an error description.
#[track_caller]
pub fn assert_described(text: &str) {
    let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    assert!(text.chars().all(allowed), "error_description has forbidden characters: {text:?}");
}

/// Somebody on the network, with an address of its own: throttles by address see each agent apart.
#[derive(Debug, Clone)]
pub struct Agent {
    source: Ipv4Addr,
}

impl Default for Agent {
    fn default() -> Self {
        Self::new()
    }
}

impl Agent {
    /// Takes the next unused loopback address.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        // Linux answers on all of 127/8; elsewhere only 127.0.0.1 exists, and throttles are then shared.
        let source = if cfg!(target_os = "linux") {
            Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 100, 0, 1)) + n)
        } else {
            Ipv4Addr::LOCALHOST
        };
        Self { source }
    }

    pub async fn get(&self, url: &str) -> Response {
        self.send(Request::get(url)).await
    }

    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> Response {
        self.send(Request::post(url, fields)).await
    }

    /// Sends and waits for the whole answer; a broken connection fails the test.
    pub async fn send(&self, request: Request) -> Response {
        let label = format!("{} {:.200}", request.method, request.url.as_str());
        self.try_send(request).await.unwrap_or_else(|e| panic!("{label}: {e:#}"))
    }

    pub async fn try_send(&self, request: Request) -> anyhow::Result<Response> {
        tokio::time::timeout(TIMEOUT, self.exchange(request)).await?
    }

    async fn exchange(&self, request: Request) -> anyhow::Result<Response> {
        let url = request.url;
        let port = url.port_or_known_default().unwrap_or(80);
        let stream = self.connect(port).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let own = &url[Position::BeforePath..Position::AfterQuery];
        let target = request.target.as_deref().unwrap_or(own);
        let mut message = http::Request::new(Full::new(request.body));
        *message.method_mut() = request.method;
        *message.uri_mut() = target.parse()?;
        *message.headers_mut() = request.headers;
        if !message.headers().contains_key(HOST) {
            let authority = &url[Position::BeforeHost..Position::AfterPort];
            message.headers_mut().insert(HOST, authority.parse()?);
        }
        let answer = sender.send_request(message).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        drop(sender);
        driver.abort();
        Ok(Response { url, status: parts.status, headers: parts.headers, body })
    }

    /// A bare connection from this agent's address, for tests that write bytes by hand.
    pub async fn connect(&self, port: u16) -> std::io::Result<tokio::net::TcpStream> {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind((self.source, 0).into())?;
        let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
