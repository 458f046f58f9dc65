//! The issuer: the provider's name and the only origin it ever writes into a link (R48).
//!
//! It is one constant, compared character by character by relying parties (OpenID Connect Discovery 1.0, section
//! 4.3), so only its canonical spelling is taken. It has no path: `__Host-` cookies belong to the whole host.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use figment::value::Value;
use url::{Host, Url};

use super::setting::{Setting, quoted};

/// A checked issuer: `https://host[:port]`, or `http` on a loopback host; no path, query or final slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    url: Url,
    text: String,
}

/// Why a text is not an issuer; to be read after the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAnIssuer(String);

impl Issuer {
    /// The issuer as every token and document states it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The issuer as a URL; its path is `/`.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host, as in a URL: IPv6 addresses are in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The port, the scheme's own if none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the host is this machine only: `localhost`, `*.localhost` (RFC 6761), 127/8 or `::1`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// A link to one of our paths, which begins with `/`.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

/// Whether a URL's host is this machine only.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_loopback_name(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a host name or address in a setting, without brackets, is this machine only.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    is_loopback_name(host) || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_loopback_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

impl FromStr for Issuer {
    type Err = NotAnIssuer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |why: String| Err(NotAnIssuer(why));
        let url = match Url::parse(text) {
            Ok(url) if url.has_host() => url,
            _ => return refuse("must be a URL like https://id.example.gov.uk".to_owned()),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return refuse(format!("must begin with https: http is only for localhost, not for {text}")),
            other => return refuse(format!("must begin with https, not {other}")),
        }
        if url.query().is_some() || url.fragment().is_some() || text.contains(['?', '#']) {
            return refuse("must have no query and no fragment: remove what follows ? or #".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("must have no user name or password in it".to_owned());
        }
        if url.path() != "/" {
            return refuse("must have no path: give the provider a host name of its own".to_owned());
        }
        let canonical = url.as_str().trim_end_matches('/').to_owned();
        if canonical != text {
            return refuse(format!("must be written as {canonical}: relying parties compare it letter by letter"));
        }
        Ok(Self { url, text: canonical })
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Setting for Issuer {
    fn kind() -> String {
        "a URL without path".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| "must be a URL in quotation marks".to_owned())?;
        text.parse().map_err(|NotAnIssuer(why)| why)
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_r48_the_issuer_is_taken_only_in_its_one_canonical_spelling() {
        for good in
            ["https://id.example.gov.uk", "https://id.example.gov.uk:8443", "http://localhost:8080", "http://[::1]:80"]
        {
            let parsed = good.parse::<Issuer>();
            if good == "http://[::1]:80" {
                assert!(parsed.is_err(), "a default port is not canonical");
            } else {
                assert_eq!(parsed.map(|issuer| issuer.as_str().to_owned()), Ok(good.to_owned()));
            }
        }
        for bad in [
            "",
            "id.example.gov.uk",
            "http://id.example.gov.uk",
            "https://id.example.gov.uk/",
            "https://id.example.gov.uk/realm",
            "https://id.example.gov.uk?x=1",
            "https://id.example.gov.uk#",
            "https://ID.example.gov.uk",
            "https://id.example.gov.uk:443",
            "https://user@id.example.gov.uk",
            "ftp://localhost",
            "http://localhost.example.org",
        ] {
            assert!(bad.parse::<Issuer>().is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn loopback_is_told_from_its_look_alikes() {
        for (text, loopback) in [
            ("http://localhost:8080", true),
            ("http://idp.localhost:8080", true),
            ("http://127.0.0.9:1", true),
            ("http://[::1]:8080", true),
            ("https://localhost.example", false),
            ("https://192.0.2.1", false),
        ] {
            assert_eq!(text.parse::<Issuer>().map(|issuer| issuer.is_loopback()), Ok(loopback), "{text}");
        }
    }
}
