//! Whose request it is, as far as addresses tell (R48): the peer, or, when the peer is a listed proxy, the right-most
//! hop that is not. Entries further left are whatever the client wrote. `X-Forwarded-Host` and `-Proto` are never
//! read: links come from the configured issuer.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, header};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::config::{ForwardedHeader, Server};

/// The client's address, IPv4 where it is IPv4 written in IPv6. An extension of the request, and an extractor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What throttles count: the IPv4 address, or the /64 that one IPv6 subscriber has at least.
    #[must_use]
    pub fn throttle_key(self) -> IpNet {
        match self.0.to_canonical() {
            IpAddr::V4(address) => IpNet::V4(Ipv4Net::from(address)),
            IpAddr::V6(address) => match Ipv6Net::new(address, 64) {
                Ok(network) => IpNet::V6(network.trunc()),
                Err(_) => IpNet::V6(Ipv6Net::from(address)),
            },
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

/// The proxies whose word is believed, and the header they give it in.
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

impl TrustedProxies {
    /// The proxies of this installation.
    #[must_use]
    pub fn of(server: &Server) -> Self {
        Self { networks: server.trusted_proxies.clone(), header: server.forwarded_header }
    }

    /// Whether an address is one of the proxies.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The client behind `peer`. A hop that is not an address ends the search at the proxy that reported it.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut nearest = peer.to_canonical();
        if self.contains(nearest) {
            for hop in self.hops(headers).into_iter().rev() {
                let Some(address) = hop else { break };
                nearest = address.to_canonical();
                if !self.contains(nearest) {
                    break;
                }
            }
        }
        ClientAddress(nearest)
    }

    /// The reported hops, the client's end first; `None` where one is not an address.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ForwardedHeader::XForwardedFor => ("x-forwarded-for", node),
            ForwardedHeader::Forwarded => (header::FORWARDED.as_str(), forwarded_for),
        };
        headers
            .get_all(name)
            .iter()
            .flat_map(|line| match line.to_str() {
                Ok(line) => line.split(',').map(|hop| read(hop.trim())).collect(),
                Err(_) => vec![None],
            })
            .collect()
    }
}

/// The `for` of one element of a `Forwarded` header (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| node(value.trim().trim_matches('"')))?
    })
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

/// Middleware: finds the client's address and puts it into the request's extensions.
pub async fn find(State(proxies): State<Arc<TrustedProxies>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if let Some(peer) = peer {
        let client = proxies.client(peer, request.headers());
        request.extensions_mut().insert(client);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn proxies(header: ForwardedHeader) -> TrustedProxies {
        TrustedProxies {
            networks: vec!["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("one")],
            header,
        }
    }

    fn client(peer: &str, header: ForwardedHeader, lines: &[(&'static str, &'static str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        proxies(header).client(peer.parse().expect("an address"), &headers).0.to_string()
    }

    #[test]
    fn case_if2_an_unlisted_peer_cannot_choose_its_address() {
        for value in ["198.51.100.1", "10.0.0.1", "198.51.100.2, 10.0.0.1"] {
            let lines = [("x-forwarded-for", value), ("forwarded", "for=198.51.100.9")];
            assert_eq!(client("203.0.113.7", ForwardedHeader::XForwardedFor, &lines), "203.0.113.7");
        }
    }

    #[test]
    fn sec_r48_behind_a_listed_proxy_the_right_most_unlisted_hop_counts() {
        let x = ForwardedHeader::XForwardedFor;
        for (value, expected) in [
            ("198.51.100.1", "198.51.100.1"),
            ("1.1.1.1, 198.51.100.1", "198.51.100.1"),
            ("1.1.1.1, 198.51.100.1, 10.2.2.2", "198.51.100.1"),
            ("10.3.3.3", "10.3.3.3"),
            ("198.51.100.1:443", "198.51.100.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("1.1.1.1, nonsense", "10.0.0.1"),
            ("nonsense, 198.51.100.1", "198.51.100.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", x, &[("x-forwarded-for", value)]), expected, "{value}");
        }
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(client("10.0.0.1", x, &lines), "198.51.100.1", "several lines are one list");
    }

    #[test]
    fn sec_r48_only_the_configured_header_is_read() {
        let both = [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.2;proto=http")];
        assert_eq!(client("10.0.0.1", ForwardedHeader::XForwardedFor, &both), "198.51.100.1");
        assert_eq!(client("10.0.0.1", ForwardedHeader::Forwarded, &both), "198.51.100.2");
    }

    #[test]
    fn the_forwarded_header_is_read_as_rfc_7239_writes_it() {
        let f = ForwardedHeader::Forwarded;
        for (value, expected) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("proto=https; for=198.51.100.1;by=10.0.0.1", "198.51.100.1"),
            ("for=1.1.1.1, for=198.51.100.1, for=10.9.9.9", "198.51.100.1"),
            ("for=_hidden", "10.0.0.1"),
            ("for=unknown", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", f, &[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn sec_r5_one_ipv6_subscriber_is_one_key() {
        let key = |text: &str| ClientAddress(text.parse().expect("an address")).throttle_key().to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
        assert_eq!(key("198.51.100.1"), "198.51.100.1/32");
        assert_eq!(key("::ffff:198.51.100.1"), "198.51.100.1/32");
    }
}
