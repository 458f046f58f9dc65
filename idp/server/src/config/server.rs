//! `[server]`: the name of the provider, the sockets it answers on, and what a connection may cost.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::issuer::Issuer;
use super::section::{choice, section};
use super::source::Reader;

choice! {
    /// The header in which the trusted proxies name the client.
    pub enum ForwardedHeader {
        /// `X-Forwarded-For`.
        XForwardedFor = "x-forwarded-for",
        /// `Forwarded` (RFC 7239).
        Forwarded = "forwarded",
    }
}

section! {
    /// The provider's public name, the sockets it answers on, and what a connection may cost.
    pub struct Server in "server" {
        /// The public address, exactly as relying parties know it: https, a host name of its own, no path, no final
        /// slash. `http` is taken for localhost only, where the development parts may be switched on.
        issuer: Issuer = default_issuer(),
        /// The address and port to answer on.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)),
        /// The certificate chain in PEM, the server's own certificate first. With it the provider speaks TLS 1.2 and
        /// 1.3 itself; without it a reverse proxy must. Read again on SIGHUP.
        tls_certificate_file: Option<PathBuf> = None => "\"/etc/idp/tls.crt\"",
        /// The private key of the certificate in PEM.
        tls_key_file: Option<PathBuf> = None => "\"/etc/idp/tls.key\"",
        /// The networks of the reverse proxies whose word about the client's address is believed. Name no
        /// network from which a browser can come.
        trusted_proxies: Vec<IpNet> = Vec::new(),
        /// The one header in which those proxies name the client. The other is never read, since a proxy that does
        /// not know it passes on whatever the browser wrote there.
        forwarded_header: ForwardedHeader = ForwardedHeader::XForwardedFor,
        /// A second address for `/metrics`, which is never served on the public one. Loopback or a private address.
        metrics_listen: Option<SocketAddr> = None => "\"127.0.0.1:9090\"",
        /// Threads that answer requests; 0 is one per core. Password hashing has its own.
        worker_threads: usize = 0,
        /// Seconds that requests under way are given to finish after SIGTERM.
        drain_seconds: u64 = 10,
        /// Seconds for which readiness already fails while requests are still taken, so that a load balancer can turn
        /// away first. Part of `drain_seconds`.
        unready_seconds: u64 = 2,
        /// Connections held at once, over all addresses.
        max_connections: usize = 4096,
        /// Connections held at once from one IPv4 address or IPv6 /64; trusted proxies are exempt.
        max_connections_per_address: usize = 1024,
    }
}

#[expect(clippy::expect_used, reason = "a constant, parsed in every test that makes a default configuration")]
fn default_issuer() -> Issuer {
    "http://localhost:8080".parse().expect("the default issuer is an issuer")
}

impl Server {
    pub(super) fn check(&mut self, reader: &mut Reader) {
        if self.tls_certificate_file.is_some() != self.tls_key_file.is_some() {
            let (set, missing) = if self.tls_key_file.is_some() {
                ("server.tls_key_file", "server.tls_certificate_file")
            } else {
                ("server.tls_certificate_file", "server.tls_key_file")
            };
            reader.refuse(set, format!("needs {missing} beside it: set both or neither"));
        }
        if self.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
            reader.refuse(
                "server.trusted_proxies",
                "contains every address, so that any visitor could choose the address we see: name the proxies' own",
            );
        }
        if let Some(metrics) = self.metrics_listen {
            if metrics.port() == self.listen.port() && metrics.port() != 0 && metrics.ip() == self.listen.ip() {
                reader.refuse("server.metrics_listen", "is the public address: choose another port");
            }
            if !is_internal(metrics) {
                reader.refuse("server.metrics_listen", "must be a loopback or private address: metrics are not public");
            }
        }
        reader.within("server.drain_seconds", &self.drain_seconds, &(1..=300), "longer would hold up a restart");
        reader.within(
            "server.unready_seconds",
            &self.unready_seconds,
            &(0..=self.drain_seconds),
            "it is part of server.drain_seconds",
        );
        reader.within("server.worker_threads", &self.worker_threads, &(0..=1024), "0 is one per core");
        reader.within("server.max_connections", &self.max_connections, &(16..=1_000_000), "each holds a file handle");
        reader.within(
            "server.max_connections_per_address",
            &self.max_connections_per_address,
            &(8..=self.max_connections),
            "it is a share of server.max_connections",
        );
    }
}

fn is_internal(address: SocketAddr) -> bool {
    match address.ip() {
        std::net::IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        std::net::IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}
