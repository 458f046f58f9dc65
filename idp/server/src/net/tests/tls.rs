//! Our own TLS: versions, HTTP/2 by ALPN, and a new certificate without a restart.

use std::path::Path;

use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::net::tls::Tls;

/// Writes a new certificate for localhost and its key, and gives out the certificate.
fn write_certificate(directory: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(directory.join("tls.crt"), made.cert.pem()).expect("written");
    std::fs::write(directory.join("tls.key"), made.signing_key.serialize_pem()).expect("written");
    made.cert.der().clone()
}

fn server(directory: &Path) -> Server {
    Server {
        tls_certificate_file: Some(directory.join("tls.crt")),
        tls_key_file: Some(directory.join("tls.key")),
        ..Server::default()
    }
}

async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn tls_is_spoken_in_both_versions_and_http_2_is_chosen_by_alpn() {
    let directory = tempfile::tempdir().expect("a directory");
    let certificate = write_certificate(directory.path());
    let server = server(directory.path());
    let tls = Tls::of(&server).expect("usable");
    let running = run_with(tls, server, RequestLimits::default(), routes()).await;
    for version in [&TLS12, &TLS13] {
        let mut stream = connect(running.address, &certificate, version, b"http/1.1").await.expect("a handshake");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.expect("written");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        assert!(answer.ends_with("ok"), "{answer}");

        let stream = connect(running.address, &certificate, version, b"h2").await.expect("a handshake");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let mut client = http2::client(stream).await;
        assert_eq!(http2::get(&mut client, "/", "").await.expect("answered").status(), 200);
    }
}

#[tokio::test]
async fn a_new_certificate_is_taken_without_a_restart_and_a_bad_one_is_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = write_certificate(directory.path());
    let server = server(directory.path());
    let tls = Tls::of(&server).expect("usable");
    let running = run_with(tls.clone(), server, RequestLimits::default(), routes()).await;
    let second = write_certificate(directory.path());
    assert!(connect(running.address, &first, &TLS13, b"h2").await.is_ok(), "files alone change nothing");
    let tls = tls.expect("configured");
    tls.reload().expect("a good pair");
    assert!(connect(running.address, &second, &TLS13, b"h2").await.is_ok());
    assert!(connect(running.address, &first, &TLS13, b"h2").await.is_err());
    std::fs::write(directory.path().join("tls.key"), "not a key").expect("written");
    assert!(tls.reload().is_err());
    assert!(connect(running.address, &second, &TLS13, b"h2").await.is_ok(), "the old one stays");
}

#[tokio::test]
async fn case_if4_a_client_that_speaks_no_tls_is_let_go_and_others_are_served() {
    let directory = tempfile::tempdir().expect("a directory");
    let certificate = write_certificate(directory.path());
    let server = server(directory.path());
    let tls = Tls::of(&server).expect("usable");
    let running = run_with(tls, server, RequestLimits::default(), routes()).await;
    let silent = running.connect().await;
    let answer = running.raw(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(!answer.contains("HTTP/1.1"));
    assert!(connect(running.address, &certificate, &TLS13, b"h2").await.is_ok());
    drop(silent);
}
