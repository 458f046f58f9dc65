//! The page of a code: what became of its message, which other ways there are, and when.

use crate::outbox::{charges, past_password, with_both, with_phone};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks};
use crate::support::provider::Behaviour;
use crate::support::twilio::{Taken, Twilio};
use crate::support::{Browser, Options, Resident, Server, eventually, inbox};

const OTHERS: &str = "If the text message does not arrive";

/// In front of the page of a code that was sent as a text.
pub async fn texted(server: &Server, browser: &mut Browser, resident: &Resident) -> Page {
    let page = past_password(browser, &server.client("council"), resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
    page
}

/// Tells what became of a message, once the row that it is about is written.
pub async fn reported(twilio: &Twilio, taken: &Taken, status: &str, further: &[(&str, &str)]) {
    eventually("the report is taken", async || {
        twilio.report_with(taken, status, further).await.status.is_success().then_some(())
    })
    .await;
}

/// The page as it is when it is loaded again.
async fn reload(browser: &mut Browser, page: &Page) -> Page {
    browser.open(page.url().as_str()).await.page()
}

#[tokio::test]
async fn scr_r7_week_one_2_the_page_says_when_a_text_was_delivered() {
    let (server, _, twilio) = with_both().await;
    let resident = with_phone(&server, "delivered@example.test", "+447700900701");
    let mut browser = server.browser();
    let page = texted(&server, &mut browser, &resident).await;
    assert!(!page.text.contains("delivered at"), "{}", page.text);
    let taken = twilio.taken().pop().expect("a text");
    // Who looks too early is told what is known.
    let check =
        page.links.iter().find(|link| link.href.contains("notice=checked")).expect("a way to look").href.clone();
    let looked = browser.open(&check).await.page();
    looked.assert_contract();
    assert!(looked.text.contains("We do not know yet if your text message has arrived"), "{}", looked.text);
    let welsh = browser.open(&format!("{check}&lang=cy")).await.page();
    assert!(welsh.text.contains("Nid ydym yn gwybod eto a yw eich neges destun"), "{}", welsh.text);
    browser.open(&format!("{check}&lang=en")).await.page();
    reported(&twilio, &taken, "sent", &[]).await;
    assert!(!reload(&mut browser, &page).await.text.contains("delivered at"), "on its way is nothing new");
    reported(&twilio, &taken, "delivered", &[]).await;
    let before = server.metrics().await.sum("store_statements_total");
    // Without a script: a link of the page.
    let check = page.links.iter().find(|link| link.href.starts_with("/mfa/code?") && !link.href.contains("lang="));
    let now = browser.open(&check.expect("a link").href).await.page();
    let took = server.metrics().await.sum("store_statements_total") - before;
    assert!(took < 1.5, "what is read anyway tells: {took}");
    let said = regex::Regex::new(r"Your text message was delivered at (\d{1,2}:\d{2}(am|pm)|midday|midnight)\.");
    assert!(said.expect("a pattern").is_match(&now.text), "{}", now.text);
    now.assert_contract();
    let welsh = browser.open(&format!("{}&lang=cy", now.url())).await.page();
    assert!(welsh.text.contains("Cafodd eich neges destun ei danfon am"), "{}", welsh.text);
    // Another copy of the code is another message: nothing is known of it yet.
    server.advance(31).await;
    let english = browser.open(&format!("{}&lang=en", now.url())).await.page();
    let again = browser.press(&english, "resend", &[]).await.page();
    assert_eq!(asks(&again), Ask::Code, "{}", again.text);
    assert!(!again.text.contains("delivered at") && again.text.contains("sent the code again"), "{}", again.text);
}

#[tokio::test]
async fn req_week_one_2_a_call_or_an_email_is_offered_after_half_a_minute() {
    let (server, _, twilio) = with_both().await;
    let resident = with_phone(&server, "slow@example.test", "+447700900702");
    let mut browser = server.browser();
    let page = texted(&server, &mut browser, &resident).await;
    assert!(!page.text.contains(OTHERS), "{}", page.text);
    assert!(page.has_button("call"), "under “Problems with the code?”");
    assert!(page.response.text().contains("data-idp-open-after=\""), "a script opens it in time");
    server.advance(29).await;
    assert!(!reload(&mut browser, &page).await.text.contains(OTHERS));
    server.advance(2).await;
    let page = reload(&mut browser, &page).await;
    assert!(
        page.text.contains(OTHERS) && page.has_button("call") && page.has_button("email-fallback"),
        "{}",
        page.text
    );
    assert!(!page.response.text().contains("data-idp-open-after=\""));
    page.assert_contract();
    let called = browser.press(&page, "call", &[]).await.page();
    assert_eq!(called.headings, ["Answer your phone"], "{}", called.text);
    assert!(twilio.taken().last().expect("a call").is_call());
}

#[tokio::test]
async fn req_week_one_2_what_could_not_be_delivered_has_the_other_ways_offered_at_once() {
    let (server, notify, twilio) = with_both().await;
    let resident = with_phone(&server, "off@example.test", "+447700900703");
    let mut browser = server.browser();
    let page = texted(&server, &mut browser, &resident).await;
    // The phone is off: it may be on the next time.
    reported(&twilio, &twilio.taken()[0], "undelivered", &[("ErrorCode", "30003")]).await;
    let page = reload(&mut browser, &page).await;
    assert!(page.text.contains("Your text message could not be delivered"), "{}", page.text);
    assert!(page.text.contains("Get a code another way") && page.has_button("call"), "{}", page.text);
    page.assert_contract();
    let called = browser.press(&page, "call", &[]).await.page();
    reported(&twilio, &twilio.taken()[1], "no-answer", &[]).await;
    let called = reload(&mut browser, &called).await;
    assert!(called.text.contains("Your call was not answered"), "{}", called.text);
    let mailed = browser.press(&called, "email-fallback", &[]).await.page();
    assert_eq!(mailed.headings, ["Check your email"], "{}", mailed.text);
    let code = crate::outbox::code_in(&notify.taken().pop().expect("a mail").body);
    browser.submit(&mailed, &[("code", &code)]).await.callback().code();
}

#[tokio::test]
async fn scr_r8_week_one_2_a_landline_is_called_and_with_the_setting_a_key_press_comes_first() {
    let (server, _, twilio) = with_both().await;
    let digits = regex::Regex::new(r"(\d[^\da-z<]+){5}\d").expect("a pattern");
    for (client, waits) in [("council", false), ("keypress", true)] {
        let resident = with_phone(&server, &format!("{client}@landline.test"), "+442079460018");
        let mut browser = server.browser();
        let page = past_password(&mut browser, &server.client(client), &resident).await;
        assert_eq!((asks(&page), page.headings[0].as_str()), (Ask::Code, "Answer your phone"), "{}", page.text);
        assert!(!page.has_button("call") && page.has_button("email-fallback"), "voice only, and email: {}", page.text);
        let call = twilio.taken().pop().expect("a call");
        assert!(call.is_call());
        let markup = call.get("Twiml");
        assert_eq!(markup.contains("<Gather"), waits, "{client}: {markup}");
        assert_eq!(markup.contains("Press any key to hear it"), waits, "{client}: {markup}");
        assert_eq!(digits.is_match(markup), !waits, "{client}: no voicemail records the code: {markup}");
        assert!(page.text.contains("Check if the call was answered"), "{}", page.text);
        let check = page.links.iter().find(|link| link.href.contains("notice=checked")).expect("a way to look");
        let looked = browser.open(&check.href).await.page();
        assert!(looked.text.contains("We do not know yet if your call was answered"), "{}", looked.text);
        reported(&twilio, &call, "completed", &[]).await;
        let page = reload(&mut browser, &page).await;
        assert!(page.text.contains("Your call was answered at"), "{}", page.text);
    }
}

#[tokio::test]
async fn req_week_one_11_a_failing_channel_leaves_the_chooser_with_a_notice_and_comes_back() {
    let (server, _, twilio) = with_both().await;
    let party = server.client("always");
    twilio.behave(Behaviour::Fails(500, "20500"));
    let mut failures = 0;
    loop {
        let resident =
            with_phone(&server, &format!("outage{failures}@example.test"), &format!("+44770090071{failures}"));
        let mut browser = server.browser();
        let page = past_password(&mut browser, &party, &resident).await;
        if page.choices("method") == ["email"] {
            break;
        }
        assert_eq!(page.choices("method"), ["email", "sms"], "{failures}: {}", page.text);
        browser.submit(&page, &[("method", "sms")]).await.page();
        failures += 1;
        assert!(failures < 9, "the channel fails and stays listed");
    }
    assert!(failures > 1, "one failure closes no channel");
    let resident = with_phone(&server, "outage@example.test", "+447700900729");
    let mut browser = server.browser();
    let page = past_password(&mut browser, &party, &resident).await;
    assert_eq!(page.choices("method"), ["email"], "{}", page.text);
    assert!(page.text.contains("We cannot send text messages at the moment. Choose another way"), "{}", page.text);
    page.assert_contract();
    // Where one way is left it is used, and the page says why.
    let mut second = server.browser();
    let page = past_password(&mut second, &server.client("abroad"), &resident).await;
    assert_eq!(page.headings, ["Check your email"], "{}", page.text);
    assert!(page.text.contains("so your code comes another way"), "{}", page.text);
    // Who has no phone misses nothing.
    let other = server.resident_with_email();
    let page = past_password(&mut server.browser(), &party, &other).await;
    assert!(!page.text.contains("We cannot send text messages"), "{}", page.text);
    twilio.behave(Behaviour::Works);
    server.advance(31).await;
    let page = past_password(&mut server.browser(), &party, &resident).await;
    assert_eq!(page.choices("method"), ["email", "sms"], "{}", page.text);
}

#[tokio::test]
async fn req_week_one_11_a_client_that_may_spend_no_more_says_so_in_its_chooser() {
    let server = Server::start(Options::default()).await;
    server.cli(&["spend-cap", "set", "--name", "tiny", "--daily", "0.01"]);
    server.cli(&["client", "policy", "--id", "always", "--set", r#"{"spend_cap":"tiny","tariff_plan":"resale"}"#]);
    let party = server.client("always");
    for n in 0..50 {
        let resident = with_phone(&server, &format!("capped{n}@example.test"), &format!("+4477009007{:02}", 30 + n));
        let mut browser = server.browser();
        let page = past_password(&mut browser, &party, &resident).await;
        // The node knows the new policy within a second.
        let page = browser.submit(&page, &[("method", "sms")]).await.page();
        if inbox::messages(&server.nodes(), &resident.phone).await.is_empty() {
            assert_eq!(page.choices("method"), ["email"], "{}", page.text);
            assert!(page.text.contains("We cannot send text messages at the moment"), "{}", page.text);
            return;
        }
    }
    panic!("the cap never came into force");
}

#[tokio::test]
async fn req_s0_9_the_ledger_has_the_parts_that_twilio_counts() {
    let (server, _, twilio) = with_both().await;
    twilio.counts_segments(2);
    let resident = with_phone(&server, "parts@example.test", "+447700900704");
    let page = texted(&server, &mut server.browser(), &resident).await;
    assert_eq!(asks(&page), Ask::Code);
    eventually("it is charged for", async || (charges(&server).len() == 1).then_some(())).await;
    assert_eq!(charges(&server)[0]["parts"].as_i64(), Some(2), "as its answer says");
    reported(&twilio, &twilio.taken()[0], "delivered", &[("NumSegments", "3")]).await;
    let row = charges(&server).remove(0);
    assert_eq!((row["parts"].as_i64(), row["status"].as_str()), (Some(3), Some("delivered")), "{row}");
}

#[tokio::test]
async fn scr_r7_where_nobody_tells_what_became_of_a_text_nobody_is_asked_to_look() {
    let server = Server::start(Options::default()).await;
    let resident = with_phone(&server, "unheard@example.test", "+447700900732");
    let mut browser = server.browser();
    let page = texted(&server, &mut browser, &resident).await;
    assert!(page.has_button("resend") && !page.text.contains("has arrived"), "{}", page.text);
    let looked = browser.open(&format!("{}&notice=checked", page.url())).await.page();
    assert!(!looked.text.contains("We do not know yet"), "{}", looked.text);
}
