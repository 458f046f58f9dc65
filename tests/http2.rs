//! The floods that HTTP/2 is known for, against the real binary, without TLS and with its own (IF4).

use std::path::Path;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

use crate::support::seed::{self, write_secret};
use crate::support::server::{Node, free_port};
use crate::support::{Agent, Options, Server};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// `:method GET`, `:scheme http`, `:path /` of HPACK's static table, and `:authority x`.
const GET_ROOT: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'x'];
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Wire for S {}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn opening() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// CVE-2023-44487: streams that are taken back as soon as they are asked for.
fn rapid_reset() -> Vec<u8> {
    let mut flood = opening();
    for stream in (1..20_000).step_by(2) {
        flood.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, GET_ROOT));
        flood.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    }
    flood
}

/// VU#421644: headers that never end.
fn continuations() -> Vec<u8> {
    let mut flood = [opening(), frame(HEADERS, END_STREAM, 1, GET_ROOT)].concat();
    let filler = [[0x00, 0x01, b'a', 0x01, b'b']; 2000].concat();
    for _ in 0..400 {
        flood.extend(frame(CONTINUATION, 0, 1, &filler));
    }
    flood
}

/// CVE-2019-9512 and -9515: frames that must be answered, from somebody who reads no answers.
fn pings_and_settings() -> Vec<u8> {
    let mut flood = opening();
    for _ in 0..20_000 {
        flood.extend(frame(PING, 0, 0, b"12345678"));
        flood.extend(frame(SETTINGS, 0, 0, &[]));
    }
    flood
}

/// Sends a flood and reads until the server ends the connection, or has read everything and is idle.
async fn pour(mut stream: impl Wire, flood: Vec<u8>) -> bool {
    let (mut reader, mut writer) = tokio::io::split(&mut stream);
    let write = async {
        let sent = writer.write_all(&flood).await;
        sent.is_ok()
    };
    let read = async {
        let mut buffer = vec![0; 8192];
        while !matches!(reader.read(&mut buffer).await, Ok(0) | Err(_)) {}
    };
    let both = async { tokio::join!(write, read) };
    // Shorter than any deadline of a merely silent connection: only the flood can be the cause.
    tokio::time::timeout(std::time::Duration::from_secs(5), both).await.is_ok()
}

/// A whole request over HTTP/2 on a connection of its own.
async fn get(stream: impl Wire, authority: &str, path: &str) -> u16 {
    let io = TokioIo::new(stream);
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
    let driver = tokio::spawn(connection);
    let request = http::Request::get(format!("https://{authority}{path}")).body(Empty::<bytes::Bytes>::new());
    let answer = client.send_request(request.expect("a request")).await.expect("an answer");
    let status = answer.status().as_u16();
    answer.into_body().collect().await.expect("a body");
    driver.abort();
    status
}

/// Several attackers pour each flood in at once while others ask for pages.
async fn survive<S: Wire>(node: &Node, authority: &str, connect: impl AsyncFn(Agent) -> S) {
    let idle = node.resident_kib();
    assert_eq!(get(connect(Agent::new()).await, authority, "/jwks").await, 200);
    for (name, flood, ends) in [
        ("resets", rapid_reset(), true),
        ("continuations", continuations(), true),
        ("pings", pings_and_settings(), false),
    ] {
        let mut attackers = Vec::new();
        for _ in 0..10 {
            attackers.push(pour(connect(Agent::new()).await, flood.clone()));
        }
        let others = async {
            let mut statuses = Vec::new();
            for path in ["/jwks", "/healthz", "/help", "/.well-known/openid-configuration"] {
                statuses.push(get(connect(Agent::new()).await, authority, path).await);
            }
            statuses
        };
        let (ended, statuses) = tokio::join!(futures::future::join_all(attackers), others);
        assert_eq!(statuses, [200; 4], "{name}: others are served meanwhile");
        assert!(!ends || ended.iter().all(|ended| *ended), "{name}: a connection was kept: {ended:?}");
        assert_eq!(get(connect(Agent::new()).await, authority, "/jwks").await, 200, "{name}: alive afterwards");
    }
    let now = node.resident_kib();
    assert!(idle == 0 || now < idle * 2, "{idle} KiB became {now} KiB");
}

#[tokio::test]
async fn case_if4_floods_over_http_2_without_tls_end_their_connections_and_cost_nobody_else() {
    let server = Server::start(Options::default()).await;
    let port = server.node.port;
    survive(&server.node, "localhost", async |agent: Agent| agent.connect(port).await.expect("a connection")).await;
    server.portal().agent.get(&server.url("/healthz")).await.expect(200);
}

/// Writes a new certificate for localhost with its key.
fn certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(folder.join("tls.crt"), made.cert.pem()).expect("written");
    write_secret(&folder.join("tls.key"), &made.signing_key.serialize_pem());
    made.cert.der().clone()
}

#[tokio::test]
async fn case_if4_floods_over_http_2_with_tls_end_their_connections_and_cost_nobody_else() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let stores = seed::copy_to(folder.path()).await;
    let trusted = certificate(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let env = vec![
        ("IDP_SERVER__TLS_CERTIFICATE_FILE".to_owned(), path("tls.crt")),
        ("IDP_SERVER__TLS_KEY_FILE".to_owned(), path("tls.key")),
    ];
    let port = free_port();
    let options = Options { env, ..Options::default() };
    let issuer = format!("https://localhost:{port}");
    let node = Node::start_silently(folder.path(), &stores, "node", port, &issuer, &options);
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted).expect("a root");
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    let shake_hands = async |agent: Agent| {
        let stream = agent.connect(port).await.ok()?;
        connector.connect(ServerName::try_from("localhost").expect("a name"), stream).await.ok()
    };
    crate::support::eventually("the server speaks TLS", async || shake_hands(Agent::new()).await).await;
    survive(&node, "localhost", async |agent: Agent| shake_hands(agent).await.expect("a handshake")).await;
}
