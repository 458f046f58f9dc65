//! Messages through a real SMTP server.

use std::path::PathBuf;

use crate::support::journey::{Ask, open_until};
use crate::support::{Factor, Options, Server, eventually};

#[tokio::test]
#[ignore = "needs an SMTP server: tests/run starts one"]
async fn sec_r11_a_code_travels_by_smtp_and_the_message_is_whole() {
    let port = std::env::var("IDP_TEST_SMTP_PORT").expect("the port of an SMTP server");
    let folder: PathBuf = std::env::var("IDP_TEST_SMTP_FOLDER").expect("where it keeps messages").into();
    let config = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"Sign in <no-reply@example.test>\"\n"
    );
    let server = Server::start(Options { config, deliver: true, ..Options::default() }).await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let request = party.authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Code, &resident, Factor::Email).await;
    let message = eventually("the message arrives", async || {
        let files = std::fs::read_dir(&folder).expect("a folder").flatten();
        let texts = files.filter_map(|entry| std::fs::read_to_string(entry.path()).ok());
        texts.into_iter().find(|text| text.contains(&format!("X-Envelope-To: {}\n", resident.email)))
    })
    .await;
    for header in
        ["From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "MIME-Version: 1.0", "Content-Type: text/plain"]
    {
        assert!(message.contains(header), "{header}: {message}");
    }
    let (head, body) = message.split_once("\n\n").expect("a header and a body");
    let code = regex::Regex::new(r"\b\d{6}\b").expect("a pattern").find(body).expect("a code in the body").as_str();
    assert!(!head.contains(code), "the code is not in the subject, which lock screens show");
    let callback = browser.submit(&page, &[("code", code)]).await.callback();
    party.finish(&request, &callback).await;
}
