//! SMTP against a listener that speaks just enough of the protocol.

use idp_core::factor::FactorId;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;

/// A server that answers every RCPT with `rcpt` and gives out each message it was sent, envelope first.
async fn server(rcpt: &'static str) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let (sent, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let sent = sent.clone();
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let (mut heard, mut in_data) = (String::new(), false);
                let _ = stream.write_all(b"220 test ESMTP\r\n").await;
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                        return;
                    }
                    let reply = match line.get(..4).unwrap_or_default() {
                        _ if in_data && line == ".\r\n" => {
                            in_data = false;
                            let _ = sent.send(std::mem::take(&mut heard));
                            "250 2.0.0 queued as 42\r\n"
                        }
                        _ if in_data => {
                            heard.push_str(&line);
                            continue;
                        }
                        "EHLO" => "250-test\r\n250 8BITMIME\r\n",
                        "RCPT" => rcpt,
                        "DATA" => {
                            in_data = true;
                            "354 go on\r\n"
                        }
                        _ => "250 ok\r\n",
                    };
                    if line.starts_with("MAIL") || line.starts_with("RCPT") {
                        heard.push_str(&line);
                    }
                    let _ = stream.write_all(reply.as_bytes()).await;
                }
            });
        }
    });
    (port, received)
}

fn smtp(port: u16) -> Smtp {
    let mail = Mail {
        host: Some("127.0.0.1".to_owned()),
        port: Some(port),
        tls: MailTls::None,
        from: Some("Cyngor Ynys Môn <no-reply@example.org>".to_owned()),
        reply_to: Some("help@example.org".to_owned()),
        ..Mail::default()
    };
    Smtp::new(&mail, Clock::system()).expect("usable").expect("configured")
}

fn message() -> Message {
    crate::delivery::testing::message("mary@example.net", FactorId::Email)
}

#[tokio::test]
async fn a_message_arrives_with_its_headers_and_text() {
    let (port, mut received) = server("250 ok\r\n").await;
    let accepted = smtp(port).send(&message()).await.expect("taken");
    assert!(!accepted.delivered);
    let mail = received.recv().await.expect("a message");
    for line in [
        "MAIL FROM:<no-reply@example.org>",
        "RCPT TO:<mary@example.net>",
        "To: mary@example.net",
        "Subject: Your security code",
        "Reply-To: help@example.org",
        "Message-ID: <0190-abc@example.org>",
        "Auto-Submitted: auto-generated",
        "Content-Language: en",
        "123456 is your security code.",
    ] {
        assert!(mail.contains(line), "{line} is not in\n{mail}");
    }
}

#[tokio::test]
async fn case_if7_nothing_in_a_message_can_add_a_header_or_a_recipient() {
    let (port, mut received) = server("250 ok\r\n").await;
    let smtp = smtp(port);
    let hostile = [
        Message { to: "mary@example.net\r\nBcc: eve@example.net".to_owned(), ..message() },
        Message { to: "mary@example.net, eve@example.net".to_owned(), ..message() },
        Message { to: "mary@example.net>\r\nRCPT TO:<eve@example.net".to_owned(), ..message() },
        Message { subject: "Code\r\nBcc: eve@example.net".to_owned(), ..message() },
        Message { subject: "Code\nBcc: eve@example.net".to_owned(), ..message() },
        Message { locale: "en\r\nBcc: eve@example.net".to_owned(), ..message() },
        Message { reference: "x>\r\nBcc: eve@example.net".to_owned(), ..message() },
    ];
    for message in &hostile {
        assert!(matches!(smtp.send(message).await, Err(DeliveryError::Malformed(_))), "{message:?}");
    }
    // A text that looks like the end of a message, or like headers, stays text.
    let body = "line\r\n.\r\nMAIL FROM:<eve@example.net>\r\nBcc: eve@example.net\r\n".to_owned();
    smtp.send(&Message { body, ..message() }).await.expect("taken");
    let mail = received.recv().await.expect("one message");
    let (head, text) = mail.split_once("\r\n\r\n").expect("a head and a text");
    assert!(!head.contains("eve@example.net"), "{head}");
    assert!(text.contains("\r\n..\r\n") && text.contains("Bcc: eve@example.net"), "{text}");
    assert!(received.try_recv().is_err(), "only one message was sent");
}

#[tokio::test]
async fn a_refused_recipient_is_told_from_a_server_that_is_busy_and_neither_names_the_address() {
    let (port, _received) = server("550 5.1.1 mary@example.net unknown\r\n").await;
    let refused = smtp(port).send(&message()).await.expect_err("refused");
    assert!(matches!(refused, DeliveryError::Recipient(_)) && !refused.to_string().contains("mary"), "{refused}");
    let (port, _received) = server("530 5.7.0 must authenticate first\r\n").await;
    let refused = smtp(port).send(&message()).await.expect_err("refused");
    assert!(matches!(refused, DeliveryError::Refused(_)) && refused.is_the_senders(), "{refused}");
    let (port, _received) = server("451 4.3.0 mary@example.net later\r\n").await;
    let busy = smtp(port).send(&message()).await.expect_err("busy");
    assert!(matches!(busy, DeliveryError::Unavailable(_)) && !busy.to_string().contains("mary"), "{busy}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    assert!(matches!(smtp(port).send(&message()).await, Err(DeliveryError::Unavailable(_))));
    assert!(matches!(smtp(port).check().await, Err(DeliveryError::Unavailable(_))));
}

#[tokio::test]
async fn welsh_letters_survive_in_subject_and_text() {
    let (port, mut received) = server("250 ok\r\n").await;
    let welsh =
        Message { subject: "Eich côd".to_owned(), body: "ŵ ŷ".to_owned(), locale: "cy".to_owned(), ..message() };
    smtp(port).send(&welsh).await.expect("taken");
    let mail = received.recv().await.expect("a message");
    assert!(mail.contains("Subject: Eich =?utf-8?") || mail.contains("Subject: =?utf-8?"), "{mail}");
    assert!(mail.contains("=C5=B5 =C5=B7"), "{mail}");
}

#[test]
fn case_ot24_debug_output_has_neither_code_nor_address() {
    let text = format!("{:?}", message());
    assert!(!text.contains("123456") && !text.contains("mary"), "{text}");
}
