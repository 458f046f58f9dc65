//! An outbound proxy that asks for a name and password, notes every CONNECT, and ends TLS itself, so that the fakes of
//! public services can stand behind their real names.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::provider::{lock, on_a_thread};

pub const USER: &str = "idp";
pub const PASSWORD: &str = "a-proxy-password";

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    /// The certificate that its services show, to be trusted.
    pub certificate: PathBuf,
    hosts: Arc<Mutex<Vec<String>>>,
}

/// `USER:PASSWORD` as it travels.
pub fn credentials() -> String {
    BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"))
}

impl Proxy {
    /// `routes` says which port stands behind which name.
    pub fn start(folder: &Path, routes: &[(&'static str, u16)]) -> Self {
        let names: Vec<_> = routes.iter().map(|(name, _)| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let certificate = folder.join("proxy-ca.pem");
        std::fs::write(&certificate, made.cert.pem()).expect("written");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a usable certificate");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (hosts, routes) = (Arc::<Mutex<Vec<String>>>::default(), routes.to_vec());
        let seen = hosts.clone();
        let port = on_a_thread(async move |listener| {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen, routes) = (acceptor.clone(), seen.clone(), routes.clone());
                tokio::spawn(async move { drop(tunnel(stream, acceptor, &seen, &routes).await) });
            }
        });
        Self { port, certificate, hosts }
    }

    /// The hosts that were asked for.
    pub fn hosts(&self) -> Vec<String> {
        lock(&self.hosts).clone()
    }
}

async fn tunnel(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    seen: &Mutex<Vec<String>>,
    routes: &[(&'static str, u16)],
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let authorised = head.lines().any(|line| {
        let (name, value) = line.split_once(':').unwrap_or_default();
        name.eq_ignore_ascii_case("proxy-authorization") && value.trim() == format!("Basic {}", credentials())
    });
    if !authorised {
        return stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
    }
    let host = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()).unwrap_or_default().to_owned();
    lock(seen).push(host.clone());
    let Some((_, port)) = routes.iter().find(|(name, _)| *name == host) else {
        return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    };
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let mut outside = acceptor.accept(stream).await?;
    let mut inside = TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).await?;
    tokio::io::copy_bidirectional(&mut outside, &mut inside).await.map(drop)
}
