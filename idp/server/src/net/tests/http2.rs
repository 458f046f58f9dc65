//! HTTP/2 and the floods it is known for (IF4).

use axum::body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// `:method GET`, `:scheme http`, `:path /` of HPACK's static table, and `:authority x`.
const GET_ROOT: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'x'];
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

pub(super) async fn client<S>(stream: S) -> SendRequest<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (client, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    client
}

pub(super) async fn get(
    client: &mut SendRequest<Body>,
    path: &str,
    header: &str,
) -> Result<http::Response<Incoming>, hyper::Error> {
    let request = http::Request::get(format!("http://x{path}")).header("x-a", header).body(Body::empty());
    client.send_request(request.expect("a request")).await
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Sends a flood and waits for the server to close; this side keeps its half open. The guard is shorter than any
/// deadline of a merely silent connection, so only the flood can be the cause.
async fn closed_for(server: &Running, flood: &[u8]) {
    let closed = tokio::time::timeout(crate::net::listener::HEAD_TIME / 2, server.raw(flood)).await;
    assert!(closed.is_ok(), "the connection was kept");
}

#[tokio::test]
async fn without_tls_both_protocols_are_taken_on_one_socket() {
    let server = running().await;
    let mut client = client(server.connect().await).await;
    let response = get(&mut client, "/account", "").await.expect("answered");
    assert_eq!((response.status().as_u16(), response.version()), (200, http::Version::HTTP_2));
    assert!(response.headers().contains_key("content-security-policy"));
    assert_eq!(status(&server.get("/", "").await), 200);
}

#[tokio::test]
async fn sec_r49_headers_over_16_kib_are_refused_over_http_2_too() {
    let server = running().await;
    let mut client = client(server.connect().await).await;
    assert_eq!(get(&mut client, "/", &"x".repeat(12_000)).await.expect("answered").status(), 200);
    let refused = get(&mut client, "/", &"x".repeat(20_000)).await;
    assert!(refused.is_err() || refused.is_ok_and(|response| response.status() == 431));
    assert_eq!(status(&server.get("/", "").await), 200);
}

#[tokio::test]
async fn case_if4_a_flood_of_resets_ends_its_connection_and_no_other() {
    let server = running().await;
    let mut flood = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    for stream in (1..20_000).step_by(2) {
        flood.extend(frame(HEADERS, END_STREAM | END_HEADERS, stream, GET_ROOT));
        flood.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
    }
    closed_for(&server, &flood).await;
    assert_eq!(status(&server.get("/", "").await), 200);
}

#[tokio::test]
async fn case_if4_a_flood_of_continuations_ends_its_connection_and_no_other() {
    let server = running().await;
    let mut flood = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(HEADERS, END_STREAM, 1, GET_ROOT)].concat();
    let filler = [[0x00, 0x01, b'a', 0x01, b'b']; 2000].concat();
    for _ in 0..100 {
        flood.extend(frame(CONTINUATION, 0, 1, &filler));
    }
    closed_for(&server, &flood).await;
    assert_eq!(status(&server.get("/", "").await), 200);
}
