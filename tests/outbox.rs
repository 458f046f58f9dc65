//! A message is committed with the step that causes it: what becomes of it when senders fail or a node dies, what is
//! charged, and what is withheld.

use serde_json::Value;

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until};
use crate::support::notify::Notify;
use crate::support::provider::Behaviour;
use crate::support::seed::PASSWORD;
use crate::support::twilio::{self, Twilio};
use crate::support::{Browser, Factor, Options, RelyingParty, Resident, Server, eventually, inbox};

/// A server whose email goes through one fake and whose texts and calls go through another.
pub async fn with_both() -> (Server, Notify, Twilio) {
    let (notify, twilio) = (Notify::start(), Twilio::start());
    let template = notify.template("email", "Sign in to ((service))", "((code)) ((minutes)) ((service))");
    let config = format!(
        "allow_loopback_fetch = true\n\n[notify]\napi_key = {:?}\nbase_url = {:?}\nemail_code_template_en = {template:?}\n\n\
         [twilio]\naccount_sid = {:?}\nauth_token = {:?}\nfrom = \"+441632960000\"\nbase_url = {:?}\n",
        Notify::api_key(),
        notify.base(),
        twilio::ACCOUNT,
        twilio::TOKEN,
        twilio.base(),
    );
    (Server::start(Options { config, deliver: true, ..Options::default() }).await, notify, twilio)
}

/// Somebody with a verified phone.
pub fn with_phone(server: &Server, email: &str, phone: &str) -> Resident {
    server.cli(&["user", "add", "--email", email, "--password", PASSWORD, "--phone", phone]);
    Resident {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        phone: phone.to_owned(),
        totp_secret: String::new(),
        situation: "phone".to_owned(),
    }
}

/// Past address and password.
pub async fn past_password(browser: &mut Browser, party: &RelyingParty, resident: &Resident) -> Page {
    let page = browser.open(&party.authorize().url()).await.page();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    browser.submit(&page, &[("password", &resident.password)]).await.page()
}

pub fn charges(server: &Server) -> Vec<Value> {
    server.cli(&["charges", "list"]).as_array().expect("a list").clone()
}

#[tokio::test]
async fn case_ot21_a_failing_sender_is_answered_at_once_with_another_way_and_costs_nothing() {
    let (server, _, twilio) = with_both().await;
    let resident = with_phone(&server, "failing@example.test", "+447700900501");
    let party = server.client("council");
    for behaviour in [Behaviour::Fails(500, "20500"), Behaviour::Hangs] {
        twilio.behave(behaviour);
        let mut browser = server.browser();
        let page = past_password(&mut browser, &party, &resident).await;
        assert_eq!(asks(&page), Ask::Method, "{}", page.text);
        let page = browser.submit(&page, &[("method", "sms")]).await.page();
        assert_eq!(asks(&page), Ask::Code, "{}", page.text);
        assert!(page.has_button("email-fallback"), "another way is offered: {}", page.text);
        assert!(charges(&server).is_empty(), "{:?}", charges(&server));
        server.advance(31).await;
    }
}

#[tokio::test]
async fn sec_r14_a_message_that_is_sent_at_the_second_try_is_sent_once_and_charged_for_once() {
    let (server, _, twilio) = with_both().await;
    let resident = with_phone(&server, "second@example.test", "+447700900502");
    let party = server.client("council");
    twilio.behave(Behaviour::Fails(503, "20503"));
    let mut browser = server.browser();
    let page = past_password(&mut browser, &party, &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    assert_eq!(asks(&page), Ask::Code);
    twilio.behave(Behaviour::Works);
    server.advance(35).await;
    let sent = eventually("a worker sends it", async || twilio.taken().pop()).await;
    let code = code_in(sent.get("Body"));
    eventually("it is charged for", async || (charges(&server).len() == 1).then_some(())).await;
    let row = charges(&server).remove(0);
    assert_eq!((row["channel"].as_str(), row["client_id"].as_str()), (Some("sms"), Some("council")), "{row}");
    assert_eq!((row["entry"].as_str(), row["purpose"].as_str()), (Some("direct"), Some("code")), "{row}");
    assert_eq!(row["amount"].as_str(), Some("0.09"), "{row}");
    assert_eq!(twilio.taken().len(), 1);
    browser.submit(&page, &[("code", &code)]).await.callback().code();
}

#[tokio::test]
async fn a_node_that_dies_before_it_sends_leaves_the_message_to_the_next_one() {
    let (mut server, _, twilio) = with_both().await;
    let resident = with_phone(&server, "dying@example.test", "+447700900503");
    let party = server.client("council");
    twilio.behave(Behaviour::Hangs);
    let mut browser = server.browser();
    let page = past_password(&mut browser, &party, &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    assert_eq!(asks(&page), Ask::Code);
    server.restart().await;
    twilio.behave(Behaviour::Works);
    server.advance(20).await;
    let sent = eventually("the message is taken up", async || twilio.taken().pop()).await;
    eventually("it is charged for", async || (charges(&server).len() == 1).then_some(())).await;
    assert_eq!(twilio.taken().len(), 1);
    // The sign-in that was under way goes on.
    browser.submit(&page, &[("code", &code_in(sent.get("Body")))]).await.callback().code();
}

#[tokio::test]
async fn a_code_that_has_expired_is_never_sent() {
    let (server, _, twilio) = with_both().await;
    let resident = with_phone(&server, "late@example.test", "+447700900504");
    let party = server.client("council");
    twilio.behave(Behaviour::Fails(503, "20503"));
    let mut browser = server.browser();
    let page = past_password(&mut browser, &party, &resident).await;
    browser.submit(&page, &[("method", "sms")]).await.page();
    server.advance(601).await;
    twilio.behave(Behaviour::Works);
    // A later message shows that the worker has been there.
    let other = with_phone(&server, "other@example.test", "+447700900505");
    let mut second = server.browser();
    let page = past_password(&mut second, &party, &other).await;
    second.submit(&page, &[("method", "sms")]).await.page();
    eventually("the later one is sent", async || (!twilio.taken().is_empty()).then_some(())).await;
    let to = twilio.taken().iter().map(|taken| taken.get("To").to_owned()).collect::<Vec<_>>();
    assert_eq!(to, ["+447700900505"]);
    assert_eq!(charges(&server).len(), 1);
}

#[tokio::test]
async fn case_ot7_sec_r13_a_number_gets_ten_messages_a_day_whoever_asks() {
    let server = Server::start(Options::default()).await;
    let phone = "+447700900506";
    let party = server.client("sms-first");
    for n in 0..14 {
        let resident = server.resident_with_email();
        let mut browser = server.browser();
        let page = past_password(&mut browser, &party, &resident).await;
        let page = browser.submit(&page, &[("phone", phone), ("method", "sms")]).await.page();
        assert_eq!(page.status(), 200, "{n}: {}", page.text);
        // Each from an hour of its own, so that the limit of the address does not come first.
        server.advance(3601).await;
    }
    let sent = inbox::messages(&server.nodes(), phone).await;
    assert_eq!(sent.len(), 10, "no more than ten without a right code");
}

#[tokio::test]
async fn a_client_that_has_spent_its_cap_sends_codes_by_email() {
    let server = Server::start(Options::default()).await;
    server.cli(&["spend-cap", "set", "--name", "small", "--daily", "0.10"]);
    server.cli(&["client", "policy", "--id", "council", "--set", r#"{"spend_cap":"small"}"#]);
    let party = server.client("council");
    // The node knows the new policy within a second; from then on one text fits under the cap, and no second one.
    for n in 0..100 {
        let resident = with_phone(&server, &format!("spender{n}@example.test"), &format!("+447700900{:03}", 600 + n));
        let mut browser = server.browser();
        let page = past_password(&mut browser, &party, &resident).await;
        let page =
            if asks(&page) == Ask::Method { browser.submit(&page, &[("method", "sms")]).await.page() } else { page };
        assert_eq!(asks(&page), Ask::Code, "{}", page.text);
        let texts = inbox::messages(&server.nodes(), &resident.phone).await;
        if texts.is_empty() {
            assert!(n > 0, "the first text is under the cap");
            assert_eq!(inbox::messages(&server.nodes(), &resident.email).await.len(), 1, "by email: {}", page.text);
            let code = server.inbox_code(&resident.email).await;
            browser.submit(&page, &[("code", &code)]).await.callback().code();
            return;
        }
    }
    panic!("the cap never came into force");
}

#[tokio::test]
async fn req_s0_11_an_email_is_counted_and_costs_nothing() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.client("council"), server.resident_with_email(), server.browser());
    open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Email).await;
    eventually("it is in the ledger", async || (charges(&server).len() == 1).then_some(())).await;
    let row = charges(&server).remove(0);
    assert_eq!((row["channel"].as_str(), row["amount"].as_str()), (Some("email"), Some("0.00")), "{row}");
}

pub fn code_in(text: &str) -> String {
    regex::Regex::new(r"\b\d{6}\b").expect("a pattern").find(text).expect("a code").as_str().to_owned()
}
