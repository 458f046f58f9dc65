//! The guard and the listener together, over real sockets.

mod http2;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::client_address::ClientAddress;
use super::listener::{Listener, Readiness};
use super::*;
use crate::clock::Random;

struct Running {
    address: SocketAddr,
    readiness: Readiness,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

fn routes() -> Router {
    Router::new()
        .route("/", get(|| async { "ok" }))
        .route("/account", get(|| async { "account" }))
        .route("/echo", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/address", get(|ClientAddress(address): ClientAddress| async move { address.to_string() }))
        .route("/panic", get(|| async { if true { panic!("secret detail") } else { ().into_response() } }))
        .route("/never", get(std::future::pending::<()>))
}

async fn run(server: Server, limits: RequestLimits, router: Router) -> Running {
    run_with(None, server, limits, router).await
}

async fn run_with(tls: Option<super::tls::Tls>, server: Server, limits: RequestLimits, router: Router) -> Running {
    let app = protect(router, &server, Random::default(), refusal::plain(), limits);
    let readiness = Readiness::default();
    let listener = Listener::bind(([127, 0, 0, 1], 0).into(), &server, tls, readiness.clone()).await.expect("bound");
    let address = listener.address().expect("an address");
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(listener.serve(app, async move {
        let _ = stopped.await;
    }));
    Running { address, readiness, stop: Some(stop), task }
}

async fn running() -> Running {
    run(Server { unready_seconds: 0, ..Server::default() }, RequestLimits::default(), routes()).await
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// Sends bytes on a new connection and reads until the server closes.
    async fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that refuses early may close before all is written.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str, headers: &str) -> String {
        self.raw(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").as_bytes()).await
    }

    async fn post(&self, headers: &str, body: &str) -> String {
        self.raw(format!("POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n{body}").as_bytes()).await
    }
}

fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn sec_r25_errors_of_every_kind_have_the_security_headers_and_an_id() {
    let server = running().await;
    let long = format!("/?{}", "x".repeat(9000));
    for (path, expected) in [("/", 200), ("/missing", 404), ("/echo", 405), ("/panic", 500), (long.as_str(), 414)] {
        let answer = server.get(path, "").await;
        assert_eq!(status(&answer), expected);
        for header in ["content-security-policy: default-src 'none'", "nosniff", "no-store", "x-request-id: "] {
            assert!(answer.contains(header), "{header} is not in {answer}");
        }
    }
}

#[tokio::test]
async fn sec_r51_a_panic_is_a_500_without_its_text_and_the_server_goes_on() {
    let server = running().await;
    let answer = server.get("/panic", "").await;
    assert_eq!(status(&answer), 500);
    assert!(!answer.contains("secret detail") && answer.contains("Reference: "), "{answer}");
    assert_eq!(status(&server.get("/", "").await), 200);
}

#[tokio::test]
async fn sec_r49_over_long_addresses_headers_and_bodies_are_refused() {
    let server = running().await;
    let address = |length: usize| format!("/?{}", "x".repeat(length - 2));
    assert_eq!(status(&server.get(&address(8192), "").await), 200);
    assert_eq!(status(&server.get(&address(8193), "").await), 414);
    assert_eq!(status(&server.get("/", &format!("x-a: {}\r\n", "x".repeat(12_000))).await), 200);
    assert_eq!(status(&server.get("/", &format!("x-a: {}\r\n", "x".repeat(17_000))).await), 431);
    assert_eq!(status(&server.get("/", &format!("x-a: {}\r\n", "x".repeat(40_000))).await), 431);
    assert_eq!(status(&server.get("/", &"x-a: b\r\n".repeat(101)).await), 431);
    let body = "x".repeat(64 * 1024);
    let answer = server.post(&format!("content-length: {}\r\n", body.len()), &body).await;
    assert!(status(&answer) == 200 && answer.ends_with("65536"));
}

#[tokio::test]
async fn case_if4_a_large_body_is_refused_before_it_is_read_chunked_or_not() {
    let server = running().await;
    assert_eq!(status(&server.post("content-length: 10485760\r\n", "").await), 413);
    let chunk = format!("{:x}\r\n{}\r\n", 40_000, "x".repeat(40_000));
    let answer = server.post("transfer-encoding: chunked\r\n", &format!("{chunk}{chunk}0\r\n\r\n")).await;
    assert_eq!(status(&answer), 413);
}

#[tokio::test]
async fn sec_r49_compressed_bodies_are_refused() {
    let server = running().await;
    for encoding in ["gzip", "br", "deflate", "x-unknown"] {
        let headers = format!("content-encoding: {encoding}\r\ncontent-length: 1\r\n");
        assert_eq!(status(&server.post(&headers, "x").await), 415, "{encoding}");
    }
    assert_eq!(status(&server.post("content-encoding: identity\r\ncontent-length: 1\r\n", "x").await), 200);
}

#[tokio::test]
async fn case_if4_a_body_that_does_not_come_and_an_answer_that_does_not_come_end_at_the_deadline() {
    let limits = RequestLimits { time: Duration::from_millis(50), ..RequestLimits::default() };
    let server = run(Server::default(), limits, routes()).await;
    assert_eq!(status(&server.post("content-length: 10\r\n", "x").await), 408);
    let answer = server.get("/never", "").await;
    assert!(status(&answer) == 503 && answer.contains("retry-after: "), "{answer}");
}

#[tokio::test]
async fn case_if4_hundreds_of_silent_connections_leave_others_served() {
    let server = running().await;
    let mut silent = Vec::new();
    for number in 0..400 {
        let mut stream = server.connect().await;
        if number % 2 == 0 {
            stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-a: ").await.expect("written");
        }
        silent.push(stream);
    }
    for _ in 0..20 {
        assert_eq!(status(&server.get("/", "").await), 200);
    }
    drop(silent);
}

#[tokio::test]
async fn case_if4_an_address_over_its_share_is_cut_off() {
    let server = Server { max_connections_per_address: 8, ..Server::default() };
    let server = run(server, RequestLimits::default(), routes()).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("answered");
        held.push(stream);
    }
    assert_eq!(server.get("/", "").await, "");
}

#[tokio::test]
async fn case_if2_the_peer_is_the_client_whatever_an_unlisted_peer_says() {
    let server = running().await;
    let spoof = "x-forwarded-for: 198.51.100.1\r\nforwarded: for=198.51.100.1\r\nx-real-ip: 198.51.100.1\r\n";
    assert!(server.get("/address", spoof).await.ends_with("127.0.0.1"));
    let trusting = Server { trusted_proxies: vec!["127.0.0.0/8".parse().expect("a network")], ..Server::default() };
    let server = run(trusting, RequestLimits::default(), routes()).await;
    assert!(server.get("/address", spoof).await.ends_with("198.51.100.1"));
}

#[tokio::test]
async fn while_draining_requests_are_answered_and_their_connections_closed() {
    let mut server = run(Server { unready_seconds: 10, ..Server::default() }, RequestLimits::default(), routes()).await;
    server.stop.take().expect("running").send(()).expect("told");
    while !server.readiness.is_draining() {
        tokio::task::yield_now().await;
    }
    let answer = server.raw(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(status(&answer) == 200 && answer.contains("connection: close"), "{answer}");
    server.task.abort();
}

#[tokio::test]
async fn a_drain_fails_readiness_finishes_what_is_under_way_and_closes_the_door() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (arrived.clone(), go_on.clone());
    let slow = Router::new().route(
        "/slow",
        get(move || {
            let (tell, wait) = (tell.clone(), wait.clone());
            async move {
                tell.notify_one();
                wait.notified().await;
                "finished"
            }
        }),
    );
    let mut server = run(Server { unready_seconds: 0, ..Server::default() }, RequestLimits::default(), slow).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("written");
    arrived.notified().await;
    assert!(!server.readiness.is_draining());
    server.stop.take().expect("running").send(()).expect("told");
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(server.readiness.is_draining());
    go_on.notify_one();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered and closed");
    assert!(answer.ends_with("finished"), "{answer}");
    server.task.await.expect("ended by itself");
}
