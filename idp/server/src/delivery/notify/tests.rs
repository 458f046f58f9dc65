//! The token, the meaning of answers, and a try that got none.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::super::testing::message;
use super::*;
use crate::clock::Random;
use crate::config::{Development, Outbound as OutboundSettings};
use crate::keys::seal::MasterKey;

#[test]
fn req_s2_3_the_token_of_the_published_example() {
    let secret = "3d844edf-8d35-48ac-975b-e847b4f122b0".into();
    let made = token("26785a09-ab16-4eb0-8407-a37497a57506", &secret, 1_568_818_578);
    assert_eq!(
        made,
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiIyNjc4NWEwOS1hYjE2LTRlYjAtODQwNy1hMzc0OTdhNTc1MDYiLCJpYXQiOjE1Njg4MTg1Nzh9.YT_aQYNif0l3HaPwy62Cj9g0qsYzjnj1K5pLwkELiFw"
    );
}

#[test]
fn an_error_is_told_by_status_and_kind() {
    let answer = |status: u16, error: &str| Fetched {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: HeaderMap::new(),
        body: json!({ "status_code": status, "errors": [{ "error": error, "message": "words" }] }).to_string().into(),
    };
    let kind = |status, error| refusal(&answer(status, error)).kind();
    assert_eq!(kind(400, "ValidationError"), "recipient");
    assert_eq!(kind(400, "BadRequestError"), "refused");
    assert_eq!((kind(401, "AuthError"), kind(403, "AuthError")), ("refused", "refused"));
    assert_eq!(kind(429, "RateLimitError"), "unavailable");
    assert_eq!(kind(429, "TooManyRequestsError"), "refused");
    assert_eq!((kind(500, "Exception"), kind(503, "")), ("unavailable", "unavailable"));
    let html = Fetched { body: Bytes::from_static(b"<html>"), ..answer(502, "") };
    assert_eq!(refusal(&html).kind(), "unavailable");
}

/// A listener that answers every GET with `listed` and every POST with 201, and notes the request lines.
async fn listener(listed: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let heard = Arc::<Mutex<Vec<String>>>::default();
    let lines = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 8192];
            let length = stream.read(&mut buffer).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let line = text.lines().next().unwrap_or_default().to_owned();
            let (status, body) = if line.starts_with("GET") { (200, listed) } else { (201, "{\"id\":\"new\"}") };
            lines.lock().expect("not poisoned").push(line);
            let start = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((start + body).as_bytes()).await;
        }
    });
    (port, heard)
}

#[tokio::test]
async fn case_rl15_a_message_that_was_taken_without_an_answer_is_found_and_not_sent_again() {
    let earlier = r#"{"notifications":[{"id":"earlier","body":"123456 is your code"}],"links":{}}"#;
    for (listed, expected, requests) in [(earlier, "earlier", 1), (r#"{"notifications":[]}"#, "new", 2)] {
        let (port, heard) = listener(listed).await;
        let random = Random::default();
        let development = Development { allow_loopback_fetch: true, ..Development::default() };
        let tools = Tools {
            clock: Clock::system(),
            outbound: Outbound::new(&OutboundSettings::default(), &development),
            issuer: "http://localhost:1".parse().expect("an issuer"),
            calls: MasterKey::generate(&random).sealer("calls"),
            inbox: None,
            random,
        };
        let settings = config::Notify {
            api_key: Some("x-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0".into()),
            base_url: format!("http://127.0.0.1:{port}").parse().expect("an address"),
            sms_code_template_en: Some(Uuid::nil()),
            ..config::Notify::default()
        };
        let notify = Notify::new(&settings, &tools).expect("set up");
        let again = Message { tries_before: 1, ..message("+447700900123", FactorId::Sms) };
        let accepted = notify.send(&again).await.expect("taken");
        assert_eq!((accepted.provider_id.as_deref(), accepted.fragments), (Some(expected), Some(1)));
        let lines = heard.lock().expect("not poisoned").clone();
        assert_eq!(lines.len(), requests, "{lines:?}");
        assert!(lines[0].starts_with("GET /v2/notifications?reference=0190-abc "), "{lines:?}");
    }
}
