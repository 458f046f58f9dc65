//! The only way out: every request that the provider makes to another server (R50, IF9, IF11).
//!
//! https to public addresses only. A name is resolved once, by our resolver, which drops every address that is not
//! public, so the address connected to is the one that was checked. Redirects are not followed, answers are cut off
//! at a size, and everything ends at one deadline. With a proxy configured all requests but those to `no_proxy` hosts
//! go through it; it resolves names, and our check is then of the address as written.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy as Redirects;
use reqwest::{Certificate, Client, Proxy};
use secrecy::ExposeSecret as _;
use url::{Host, Url};

use super::address::is_global;
use crate::config;

/// Bytes of an answer's body.
pub const ANSWER_BYTES: usize = 256 * 1024;

/// Why a request was not answered. To whoever named the address these must all look alike: a difference would tell
/// what is behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address may not be fetched from: not https, not public, or with a user name in it.
    #[error("the address may not be fetched from")]
    Forbidden,
    /// No connection, no answer in time, or a connection that broke.
    #[error("the server did not answer")]
    Unreachable,
    /// The answer was a redirect, which is not followed.
    #[error("the server answered with a redirect")]
    Redirected,
    /// The answer was over [`ANSWER_BYTES`].
    #[error("the answer is too long")]
    TooLong,
    /// The certificate authorities or the proxy cannot be used.
    #[error("outbound requests are not configured properly")]
    Misconfigured,
}

/// An answer, whatever its status but a redirect.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// The guarded client. Cloning shares its connections.
#[derive(Clone)]
pub struct Outbound {
    rules: Arc<Rules>,
    direct: Arc<OnceLock<Option<Client>>>,
    proxied: Arc<OnceLock<Option<Client>>>,
}

struct Rules {
    config: config::Outbound,
    allow_loopback: bool,
    timeout: Duration,
}

impl Outbound {
    /// The client as configured. Connections and certificate stores are made at the first request.
    #[must_use]
    pub fn new(config: &config::Outbound, development: &config::Development) -> Self {
        let timeout = Duration::from_secs(config.timeout_seconds);
        let rules = Rules { config: config.clone(), allow_loopback: development.allow_loopback_fetch, timeout };
        Self { rules: Arc::new(rules), direct: Arc::default(), proxied: Arc::default() }
    }

    /// Fetches an address.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn get(&self, url: &Url) -> Result<Fetched, FetchError> {
        self.send(Method::GET, url, HeaderMap::new(), Bytes::new()).await
    }

    /// Sends a request.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Fetched, FetchError> {
        self.rules.check(url)?;
        let client = self.client(url).ok_or(FetchError::Misconfigured)?;
        let exchange = async {
            let request = client.request(method, url.clone()).headers(headers).body(body);
            let mut response = request.send().await.map_err(|error| unreachable_because(url, &error))?;
            if response.status().is_redirection() {
                return Err(FetchError::Redirected);
            }
            let mut body = BytesMut::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| unreachable_because(url, &error))? {
                if body.len() + chunk.len() > ANSWER_BYTES {
                    return Err(FetchError::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
            let headers = std::mem::take(response.headers_mut());
            Ok(Fetched { status: response.status(), headers, body: body.freeze() })
        };
        tokio::time::timeout(self.rules.timeout, exchange).await.unwrap_or(Err(FetchError::Unreachable))
    }

    /// Sends a request in the `http` crate's types, as protocol libraries make them.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn execute(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, FetchError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| FetchError::Forbidden)?;
        let fetched = self.send(parts.method, &url, parts.headers, body.into()).await?;
        let mut response = http::Response::new(fetched.body.to_vec());
        *response.status_mut() = fetched.status;
        *response.headers_mut() = fetched.headers;
        Ok(response)
    }

    fn client(&self, url: &Url) -> Option<&Client> {
        let rules = &self.rules;
        match &rules.config.proxy {
            Some(proxy) if rules.needs_proxy(url) => {
                self.proxied.get_or_init(|| log_failure(rules.proxied_client(proxy))).as_ref()
            }
            _ => self.direct.get_or_init(|| log_failure(rules.direct_client())).as_ref(),
        }
    }
}

fn log_failure(client: Result<Client, String>) -> Option<Client> {
    client.inspect_err(|error| tracing::error!(%error, "outbound requests cannot be made")).ok()
}

fn unreachable_because(url: &Url, error: &reqwest::Error) -> FetchError {
    // Neither the path nor the error's own text, which can repeat the address with what is secret in it.
    tracing::warn!(host = url.host_str(), timeout = error.is_timeout(), connect = error.is_connect(), "no answer");
    FetchError::Unreachable
}

impl Rules {
    /// Whether the address as written may be fetched from. Names are checked again when they are resolved.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        let loopback = self.allow_loopback && config::is_loopback(url);
        if url.scheme() != "https" && !(loopback && url.scheme() == "http") {
            return Err(FetchError::Forbidden);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Forbidden);
        }
        let allowed = match url.host() {
            Some(Host::Ipv4(address)) => self.may_connect(address.into()),
            Some(Host::Ipv6(address)) => self.may_connect(address.into()),
            Some(Host::Domain(_)) => loopback || !config::is_loopback(url),
            None => false,
        };
        if allowed { Ok(()) } else { Err(FetchError::Forbidden) }
    }

    fn may_connect(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical();
        is_global(address)
            || (self.allow_loopback && plain.is_loopback())
            || self.config.allow_networks.iter().any(|network| network.contains(&plain))
    }

    fn needs_proxy(&self, url: &Url) -> bool {
        let listed = |host| self.config.no_proxy.iter().any(|entry| covers(entry, host));
        let on_this_machine = self.allow_loopback && config::is_loopback(url);
        !on_this_machine && !url.host_str().is_some_and(listed)
    }

    /// What both clients have in common.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that builds a client")]
    fn builder(&self) -> Result<reqwest::ClientBuilder, String> {
        let mut builder = Client::builder()
            .redirect(Redirects::none())
            .timeout(self.timeout)
            .connect_timeout(self.timeout)
            .pool_max_idle_per_host(8)
            .user_agent(concat!("idp/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &self.config.ca_file {
            let pem = std::fs::read(path).map_err(|error| error.to_string())?;
            let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| error.to_string())?;
            builder = builder.tls_certs_merge(authorities);
        }
        Ok(builder)
    }

    fn direct_client(self: &Arc<Self>) -> Result<Client, String> {
        let resolver = GuardedResolver { rules: self.clone() };
        self.builder()?.no_proxy().dns_resolver(Arc::new(resolver)).build().map_err(|error| error.to_string())
    }

    fn proxied_client(&self, proxy: &Url) -> Result<Client, String> {
        let mut through = Proxy::all(proxy.clone()).map_err(|error| error.to_string())?;
        if let (Some(name), Some(password)) = (&self.config.proxy_username, &self.config.proxy_password) {
            through = through.basic_auth(name, password.expose_secret());
        }
        self.builder()?.proxy(through).build().map_err(|error| error.to_string())
    }
}

/// Whether a `no_proxy` entry means this host: the same name, a name above it, the same address, or its network.
fn covers(entry: &str, host: &str) -> bool {
    let entry = entry.trim().trim_start_matches("*.").trim_start_matches('.').to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    if entry.is_empty() {
        return false;
    }
    if let (Ok(network), Ok(address)) = (entry.parse::<IpNet>(), host.parse::<IpAddr>()) {
        return network.contains(&address);
    }
    entry == "*" || host == entry || host.strip_suffix(&entry).is_some_and(|above| above.ends_with('.'))
}

/// Resolves a name once and gives out only the addresses that may be connected to.
struct GuardedResolver {
    rules: Arc<Rules>,
}

/// No address of a name may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address that may be connected to")]
struct NoAddress;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.rules.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|socket| rules.may_connect(socket.ip())).collect();
            if allowed.is_empty() {
                return Err(NoAddress.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
