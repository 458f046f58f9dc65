//! Several nodes of one database behind the balancer.

use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use url::Url;

use super::balancer::Balancer;
use super::journey::Codes;
use super::metrics::Metrics;
use super::seed::{self, Resident};
use super::server::{Node, Options, free_port};
use super::{Browser, RelyingParty, unix_now};

/// Nodes that share their state, and the address in front of them.
#[derive(Debug)]
pub struct Cluster {
    pub nodes: Vec<Node>,
    pub balancer: Balancer,
    pub issuer: Url,
    next_resident: AtomicUsize,
    _folder: TempDir,
}

impl Cluster {
    pub async fn start(count: usize) -> Self {
        Self::with(count, Options::default()).await
    }

    pub async fn with(count: usize, mut options: Options) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let stores = seed::copy_to(folder.path()).await;
        let port = free_port();
        let issuer: Url = format!("http://localhost:{port}").parse().expect("an address");
        // The balancer stands at 127.0.0.1; clients have other loopback addresses.
        options.env.push(("IDP_SERVER__TRUSTED_PROXIES".to_owned(), r#"["127.0.0.1/32"]"#.to_owned()));
        let mut nodes = Vec::new();
        for n in 0..count {
            let name = format!("node{n}");
            let issuer = issuer.as_str().trim_end_matches('/');
            nodes.push(Node::start(folder.path(), &stores, &name, free_port(), issuer, &options).await);
        }
        let balancer = Balancer::start(port, nodes.iter().map(|node| node.port).collect());
        Self { nodes, balancer, issuer, next_resident: AtomicUsize::new(0), _folder: folder }
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.issuer)
    }

    pub fn client(&self, id: &str) -> RelyingParty {
        seed::party(&self.issuer, id)
    }

    pub fn portal(&self) -> RelyingParty {
        self.client("portal")
    }

    pub fn resident(&self) -> Resident {
        seed::with_authenticator(self.next_resident.fetch_add(1, Ordering::Relaxed))
    }

    pub fn resident_with_email(&self) -> Resident {
        seed::with_email(self.next_resident.fetch_add(1, Ordering::Relaxed))
    }

    /// Where codes come from: the nodes that are still alive.
    pub fn codes(&self) -> Codes {
        Codes { nodes: self.nodes.iter().map(Node::base).collect(), now: unix_now() }
    }

    pub async fn metrics(&self) -> Metrics {
        let addresses: Vec<_> = self.nodes.iter().map(Node::metrics_base).collect();
        Metrics::scrape(&addresses).await
    }
}
