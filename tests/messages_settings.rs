//! The senders' settings in the database, and what providers report.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::http::{Agent, Request};
use crate::support::journey::{Ask, until};
use crate::support::notify::{Notify, Taken};
use crate::support::server::{binary, cli_output};
use crate::support::twilio::{self, Twilio};
use crate::support::{Factor, Options, Server, eventually};

const MOBILE: &str = "+447700900123";
const TOKEN: &str = "a-token-of-twenty-characters";

async fn start(config: &str) -> Server {
    let config = format!("allow_loopback_fetch = true\n\n{config}");
    Server::start(Options { config, deliver: true, ..Options::default() }).await
}

fn set(server: &Server, values: &[String]) -> Value {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    server.cli(&[&["messages", "set"], &values[..]].concat())
}

/// Gives a setting on standard input, as secrets are.
fn set_secret(server: &Server, key: &str, value: &str) {
    let mut command = binary(server.folder());
    command.args(["messages", "set", "--stdin", key]).arg("--config").arg(server.node.config_file());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(value.as_bytes()).expect("written");
    assert!(child.wait().expect("ended").success());
}

/// Purpose and status of a send, by the provider's id.
fn ledger(server: &Server, provider_id: &str) -> (String, String) {
    let rows = server.cli(&["charges", "list"]);
    let rows = rows.as_array().expect("rows");
    let row = rows.iter().find(|row| row["provider_id"] == provider_id).unwrap_or_else(|| panic!("{rows:?}"));
    let text = |key: &str| row[key].as_str().expect("text").to_owned();
    (text("purpose"), text("status"))
}

fn setting(shown: &Value, key: &str) -> Value {
    let found = shown["settings"].as_array().expect("settings").iter().find(|setting| setting["key"] == key);
    found.unwrap_or_else(|| panic!("{key} is not in {shown}")).clone()
}

#[tokio::test]
async fn req_s1_6_senders_set_in_the_database_work_within_a_second_and_can_be_taken_away() {
    let server = start("").await;
    let notify = Notify::start();
    let template = notify.template("email", "Sign in", "((code)) ((minutes)) ((service))");
    let key = Notify::api_key();
    let values = [format!("notify.base_url={}", notify.base()), format!("notify.email_code_template_en={template}")];
    set(&server, &values);
    set_secret(&server, "notify.api_key", &key);
    let shown = server.cli(&["messages", "show"]);
    assert_eq!(shown["senders"], json!({ "email": ["notify"], "sms": [], "voice": [] }));
    let party = server.portal();
    eventually("a code is sent by the new sender", async || {
        let (resident, mut browser) = (server.resident_with_email(), server.browser());
        let stop = browser.open(&party.authorize().url()).await;
        let codes = (&server).into();
        let page = until(&mut browser, stop, Ask::Password, &resident, Factor::Email, &codes).await.page();
        // Before the node has noticed, the page after it says that there is no second step.
        browser.submit(&page, &[("password", &resident.password)]).await;
        notify.taken().pop()
    })
    .await;
    server.cli(&["messages", "unset", "notify.api_key"]);
    let shown = server.cli(&["messages", "show"]);
    assert_eq!(shown["senders"]["email"], json!([]));
    assert_eq!(
        setting(&shown, "notify.api_key"),
        json!({ "key": "notify.api_key", "value": "", "secret": true, "source": "default" })
    );
    assert_eq!(setting(&shown, "notify.base_url")["source"], "database");
}

#[tokio::test]
async fn req_s1_7_req_s4_4_secrets_are_write_only_and_sealed_and_fields_have_the_names_of_other_consoles() {
    let server = start("").await;
    let values = [format!("twilio.client_id={}", twilio::ACCOUNT), "twilio.sms_phone_number=+441632960000".to_owned()];
    set(&server, &values);
    set_secret(&server, "twilio.sms_authentication_token", twilio::TOKEN);
    let shown = server.cli(&["messages", "show"]);
    assert_eq!(setting(&shown, "twilio.account_sid")["value"], format!("{:?}", twilio::ACCOUNT));
    assert_eq!(setting(&shown, "twilio.auth_token")["value"], "(secret)");
    assert!(!shown.to_string().contains(twilio::TOKEN));
    assert_eq!(shown["senders"], json!({ "email": [], "sms": ["twilio"], "voice": ["twilio"] }));
    // Nothing on the disk has the token, nor any other value.
    for entry in std::fs::read_dir(server.folder()).expect("a folder").flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        for secret in [twilio::TOKEN, "441632960000"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {:?}", entry.path());
        }
    }
    server.cli(&["audit", "verify"]);
}

#[tokio::test]
async fn req_s1_6_what_the_file_says_is_pinned_and_nonsense_is_refused_whole() {
    let server = start("[twilio]\nfrom = \"+441632960000\"\n").await;
    let refused = |args: &[&str]| {
        let output = cli_output(&server.node.config_file(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = refused(&["messages", "set", "twilio.from=+441632960001"]);
    assert!(said.contains("pinned by") && said.contains("node.toml"), "{said}");
    let said = refused(&["messages", "set", "messages.timeout_seconds=3", "messages.sms=smtp"]);
    assert!(said.contains("messages.sms names smtp"), "{said}");
    assert!(refused(&["messages", "set", "server.issuer=x"]).contains("is not a setting"));
    assert!(refused(&["messages", "set", "twilio.auth_token_file=/x"]).contains("is not a setting"));
    assert!(refused(&["messages", "set", "twilio.frm"]).contains("KEY=VALUE"));
    let shown = server.cli(&["messages", "show"]);
    assert_eq!(setting(&shown, "messages.timeout_seconds")["source"], "default", "nothing of it was kept");
    assert!(setting(&shown, "twilio.from")["source"].as_str().expect("text").starts_with("pinned by "), "{shown}");
}

#[tokio::test]
async fn req_s2_3_receipts_of_notify_need_our_token_and_may_come_twice() {
    let notify = Notify::start();
    let template = notify.template("sms", "", "((code)) ((minutes)) ((service))");
    let server = start(&format!(
        "[notify]\napi_key = {:?}\nbase_url = {:?}\nsms_code_template_en = {template:?}\ncallback_token = {TOKEN:?}\n",
        Notify::api_key(),
        notify.base()
    ))
    .await;
    let hook = server.url("/hooks/notify");
    for to in [MOBILE, "+447700900003", "+447700900002"] {
        server.cli(&["messages", "test", "--to", to, "--channel", "sms"]);
    }
    let taken = notify.taken();
    for wrong in ["", "another-token-of-20-characters"] {
        notify.report(&hook, wrong, &taken[0], "delivered").await.expect(401);
    }
    Agent::new().send(Request::post(&hook, &[])).await.expect(401);
    Agent::new()
        .send(Request::new(http::Method::POST, &hook).bearer(TOKEN).json(&json!({ "id": 1 })))
        .await
        .expect(400);
    Agent::new().get(&hook).await.expect(405);
    // In another order than they were sent in, and twice.
    for message in taken.iter().rev().chain(&taken) {
        notify.report(&hook, TOKEN, message, Notify::outcome(&message.to)).await.expect(204);
    }
    let metrics = server.metrics().await;
    for (status, times) in [("delivered", 2.0), ("failed_for_now", 2.0), ("failed_permanently", 2.0)] {
        let count = metrics.sum_where("message_receipts_total", &format!("status=\"{status}\""));
        assert!((count - times).abs() < f64::EPSILON, "{status}: {count}");
    }
    assert!(!server.log().contains("900003"), "numbers are not in the log");
    assert_eq!(ledger(&server, &taken[0].id), ("test".to_owned(), "delivered".to_owned()));
    assert_eq!(ledger(&server, &taken[1].id), ("test".to_owned(), "failed".to_owned()));
    // Of a message that is not in the ledger yet Notify shall report again.
    let unknown = Taken { reference: Some("01a22040-7f6c-73d2-8a70-5e4f398f890b".to_owned()), ..taken[0].clone() };
    notify.report(&hook, TOKEN, &unknown, "delivered").await.expect(503);
}

#[tokio::test]
async fn req_s4_2_receipts_of_twilio_are_signed_over_our_public_address() {
    let twilio = Twilio::start();
    let server = start(&format!(
        "[twilio]\naccount_sid = {:?}\nauth_token = {:?}\nfrom = \"+441632960000\"\nbase_url = {:?}\n",
        twilio::ACCOUNT,
        twilio::TOKEN,
        twilio.base()
    ))
    .await;
    server.cli(&["messages", "test", "--to", MOBILE, "--channel", "sms"]);
    server.cli(&["messages", "test", "--to", MOBILE, "--channel", "voice"]);
    let taken = twilio.taken();
    for (message, statuses) in [(&taken[0], ["sent", "delivered"]), (&taken[1], ["in-progress", "completed"])] {
        for status in statuses.iter().rev().chain(&statuses) {
            twilio.report(message, status).await.expect(204);
        }
    }
    let metrics = server.metrics().await;
    for (status, times) in [("sent", 2.0), ("answered", 2.0), ("delivered", 4.0)] {
        let count = metrics.sum_where("message_receipts_total", &format!("status=\"{status}\""));
        assert!((count - times).abs() < f64::EPSILON, "{status}: {count}");
    }
    for message in &taken {
        assert_eq!(ledger(&server, &message.sid), ("test".to_owned(), "delivered".to_owned()));
    }
    let url = taken[0].get("StatusCallback");
    let fields =
        [("MessageSid", taken[0].sid.as_str()), ("MessageStatus", "delivered"), ("AccountSid", twilio::ACCOUNT)];
    Twilio::ask(url, url, "another-token", &fields).await.expect(403);
    Twilio::ask(url, "http://evil.test/hooks/twilio", twilio::TOKEN, &fields).await.expect(403);
    let other =
        [("MessageSid", "SM1"), ("MessageStatus", "delivered"), ("AccountSid", "ACffffffffffffffffffffffffffffffff")];
    Twilio::ask(url, url, twilio::TOKEN, &other).await.expect(403);
    Agent::new().send(Request::post(url, &fields)).await.expect(403);
    let spelled = url.replace(&format!(":{}", server.node.port), "");
    Twilio::ask(url, &spelled, twilio::TOKEN, &fields).await.expect(204);
    Twilio::ask(url, url, twilio::TOKEN, &[("AccountSid", twilio::ACCOUNT)]).await.expect(400);
}
