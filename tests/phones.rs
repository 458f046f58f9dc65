//! Codes to phones: which way is offered, what is captured, and where a code goes.

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, step};
use crate::support::seed::PASSWORD;
use crate::support::{
    Authorization, Browser, Factor, Options, RelyingParty, Request, Resident, Server, eventually, inbox,
};

/// Numbers of the range that is kept free for drama; one for each test that sends to it.
fn number(n: u32) -> String {
    format!("+4477009{:05}", n % 1000 + 200)
}

/// Somebody with a phone number.
pub fn with_phone(server: &Server, email: &str, phone: &str, state: &str) -> Resident {
    server.cli(&["user", "add", "--email", email, "--password", PASSWORD, "--phone", phone, "--phone-state", state]);
    Resident {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        phone: phone.to_owned(),
        totp_secret: String::new(),
        situation: "phone".to_owned(),
    }
}

/// Through the address and the password, to whatever comes then.
pub async fn past_password(browser: &mut Browser, party: &RelyingParty, resident: &Resident) -> (Page, Authorization) {
    let request = party.authorize();
    let page = browser.open(&request.url()).await.page();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    (browser.submit(&page, &[("password", &resident.password)]).await.page(), request)
}

/// What the field for the number holds.
fn phone_field(page: &Page) -> Option<&str> {
    page.form_with("phone")?.field("phone").map(|field| field.value.as_str())
}

/// The channel, text and code of each message to `to`, newest first.
pub async fn sent(server: &Server, to: &str) -> Vec<Sent> {
    let messages = inbox::messages(&server.nodes(), to).await;
    let sent = messages.into_iter().map(|m| Sent {
        channel: m.channel,
        subject: m.subject.unwrap_or_default(),
        body: m.body,
        code: m.code.unwrap_or_default(),
    });
    sent.collect()
}

pub struct Sent {
    pub channel: String,
    pub subject: String,
    pub body: String,
    pub code: String,
}

#[tokio::test]
async fn req_s0_5_req_s0_7_req_s0_8_a_phone_gets_a_call_or_a_text_and_email_stays_as_a_link() {
    let server = Server::start(Options::default()).await;
    let phone = number(1);
    let resident = with_phone(&server, "both@example.test", &phone, "verified");
    let party = server.client("council");
    let mut browser = server.browser();
    let (page, request) = past_password(&mut browser, &party, &resident).await;
    assert_eq!(page.choices("method"), ["voice", "sms"], "{}", page.text);
    assert!(!page.text.contains(&phone), "the number is masked: {}", page.text);
    assert!(page.text.contains(&phone[10..]));
    assert!(!page.has_field("phone"), "nobody types a destination");
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    assert_eq!(asks(&page), Ask::Code);
    let text = sent(&server, &phone).await;
    assert_eq!((text.len(), text[0].channel.as_str()), (1, "sms"));
    assert!(text[0].body.ends_with(&format!("@localhost #{}", text[0].code)), "{}", text[0].body);
    assert!(text[0].body.chars().count() <= 160, "one part: {}", text[0].body);
    // The link sends a code to the address; the one to the phone still works.
    let page = browser.press(&page, "email-fallback", &[]).await.page();
    assert_eq!(asks(&page), Ask::Code);
    let mail = sent(&server, &resident.email).await;
    assert_eq!((mail.len(), mail[0].channel.as_str()), (1, "email"));
    let wrong_channel = browser.submit(&page, &[("code", &text[0].code)]).await.page();
    assert_eq!(wrong_channel.status(), 422, "a code is bound to its channel");
    let callback = browser.submit(&wrong_channel, &[("code", &mail[0].code)]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!(tokens.acr(), "2fa");
    assert_eq!(tokens.amr(), ["email", "mfa", "otp", "pwd"]);
}

#[tokio::test]
async fn req_s0_6_without_a_phone_the_emailed_code_is_sent_at_once() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let party = server.client("council");
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &party, &resident).await;
    assert_eq!(asks(&page), Ask::Code);
    assert_eq!(sent(&server, &resident.email).await.len(), 1);
}

#[tokio::test]
async fn req_s0_3_a_call_says_the_code_and_tells_so_in_amr() {
    let server = Server::start(Options::default()).await;
    let phone = number(2);
    let resident = with_phone(&server, "call@example.test", &phone, "vouched");
    let party = server.client("council");
    let mut browser = server.browser();
    let (page, request) = past_password(&mut browser, &party, &resident).await;
    let page = browser.submit(&page, &[("method", "voice")]).await.page();
    let call = sent(&server, &phone).await;
    assert_eq!((call.len(), call[0].channel.as_str()), (1, "voice"));
    let said = call[0].code.chars().map(String::from).collect::<Vec<_>>().join(", ");
    assert_eq!(call[0].body.matches(&said).count(), 2, "said twice: {}", call[0].body);
    let callback = browser.submit(&page, &[("code", &call[0].code)]).await.callback();
    assert_eq!(party.finish(&request, &callback).await.amr(), ["mfa", "otp", "pwd", "tel"]);
}

#[tokio::test]
async fn req_s1_10_a_landline_gets_calls_and_no_texts() {
    let server = Server::start(Options::default()).await;
    let resident = with_phone(&server, "landline@example.test", "+442079460018", "verified");
    let party = server.client("council");
    let (page, _) = past_password(&mut server.browser(), &party, &resident).await;
    // The call is the only phone factor, so it is made at once.
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
    let call = sent(&server, "+442079460018").await;
    assert_eq!((call.len(), call[0].channel.as_str()), (1, "voice"));
}

#[tokio::test]
async fn req_s4_7_req_s4_8_req_s4_9_req_s4_10_req_s4_11_req_s4_16_the_number_is_updated_and_the_next_login_texts_at_once()
 {
    let server = Server::start(Options::default()).await;
    let party = server.client("sms-first");
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    let (page, request) = past_password(&mut browser, &party, &resident).await;
    assert!(page.text.contains("Update Phone Number"), "{}", page.text);
    for (typed, says) in [
        ("", "Enter a mobile phone number"),
        ("12345", "correct format"),
        ("020 7946 0018", "mobile number"),
        ("+33 6 31 96 65 43", "a country we can send codes to"),
    ] {
        let again = browser.submit(&page, &[("phone", typed), ("method", "sms")]).await.page();
        assert_eq!(again.status(), 422, "{typed}");
        assert!(again.text.contains(says), "{typed}: {}", again.text);
        assert_eq!(phone_field(&again), Some(typed), "echoed as typed");
    }
    let page = browser.submit(&page, &[("phone", "07700 900303"), ("method", "sms")]).await.page();
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
    let code = server.inbox_code("+447700900303").await;
    assert_eq!(code.len(), 6);
    assert!(code.chars().all(|c| c.is_ascii_digit()));
    let wrong = browser.submit(&page, &[("code", "000000")]).await.page();
    assert_eq!(wrong.status(), 422);
    // Back to the sign-in screen; the request is kept.
    let page = browser.submit(&wrong, &[("code", &code)]).await.page();
    assert_eq!(asks(&page), Ask::Email, "{}", page.text);
    eventually("the address is told", async || {
        let told = sent(&server, &resident.email).await;
        told.iter().any(|message| message.subject.contains("second step was added")).then_some(())
    })
    .await;
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    assert_eq!(asks(&page), Ask::Code, "a text at once, no chooser: {}", page.text);
    assert!(page.has_button("email-fallback"), "Send code to email");
    let code = server.inbox_code("+447700900303").await;
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!(tokens.amr(), ["mfa", "otp", "pwd", "sms"]);
}

#[tokio::test]
async fn req_s2_5_req_s2_6_req_s2_7_req_s2_8_staff_choose_a_text_and_the_number_is_captured_before_a_code_of_letters() {
    let server = Server::start(Options::default()).await;
    let party = server.client("staff-app");
    let email = "clerk@example.test";
    server.cli(&["user", "add", "--email", email, "--password", PASSWORD, "--class", "staff"]);
    let clerk = Resident { email: email.to_owned(), ..with_nothing() };
    let mut browser = server.browser();
    let (page, request) = past_password(&mut browser, &party, &clerk).await;
    assert_eq!(page.choices("method"), ["sms", "totp"], "{}", page.text);
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    assert!(page.has_field("phone"), "{}", page.text);
    let page = browser.submit(&page, &[("phone", "+44 7700 900404")]).await.page();
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
    let code = server.inbox_code("+447700900404").await;
    assert!(code.chars().any(|c| c.is_ascii_digit()) && code.chars().any(|c| c.is_ascii_uppercase()), "{code}");
    let typed = format!("{} {}", &code[..3].to_lowercase(), &code[3..]);
    let callback = browser.submit(&page, &[("code", &typed)]).await.callback();
    assert_eq!(party.finish(&request, &callback).await.amr(), ["mfa", "otp", "pwd", "sms"]);
    // The next time the text goes out without asking for a number.
    let mut later = server.browser();
    let (page, _) = past_password(&mut later, &party, &clerk).await;
    let page = later.submit(&page, &[("method", "sms")]).await.page();
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
}

fn with_nothing() -> Resident {
    Resident {
        email: String::new(),
        password: PASSWORD.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    }
}

#[tokio::test]
async fn req_week_one_1_a_number_is_shared_by_five_people_and_no_more() {
    let server = Server::start(Options::default()).await;
    let phone = number(5);
    for n in 0..5 {
        with_phone(&server, &format!("family{n}@example.test"), &phone, "verified");
    }
    let party = server.client("sms-first");
    let sixth = server.resident_with_email();
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &party, &sixth).await;
    let page = browser.submit(&page, &[("phone", &phone), ("method", "sms")]).await.page();
    let code = server.inbox_code(&phone).await;
    let refused = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(refused.status(), 422);
    assert!(refused.text.contains("as many people as can share"), "{}", refused.text);
}

#[tokio::test]
async fn case_ot11_what_the_client_does_not_allow_is_neither_sent_nor_accepted() {
    let server = Server::start(Options::default()).await;
    let phone = number(6);
    let resident = with_phone(&server, "apponly@example.test", &phone, "verified");
    let party = server.client("email-only");
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &party, &resident).await;
    assert_eq!(asks(&page), Ask::Code);
    let tx = page.url().query().unwrap_or_default().to_owned();
    let csrf = page.form_with("code").expect("a form").field("csrf").expect("a token").value.clone();
    for path in ["/mfa/call", "/mfa/email", "/mfa/method", "/setup/phone"] {
        let fields = [("csrf", csrf.as_str()), ("method", "sms"), ("phone", phone.as_str())];
        let answer = browser.fetch(Request::post(&server.url(&format!("{path}?{tx}")), &fields)).await;
        assert!(!answer.status.is_server_error(), "{path}");
    }
    assert!(sent(&server, &phone).await.is_empty(), "nothing went to the phone");
}

#[tokio::test]
async fn a_vouched_number_is_prefilled_and_usable_only_once_it_is_proven() {
    let server = Server::start(Options::default()).await;
    let party = server.client("sms-first");
    let phone = number(7);
    let resident = with_phone(&server, "pushed@example.test", &phone, "vouched");
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &party, &resident).await;
    assert_eq!(phone_field(&page), Some(phone.as_str()), "{}", page.text);
    let page = browser.submit(&page, &[("phone", &phone), ("method", "sms")]).await.page();
    let code = server.inbox_code(&phone).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(asks(&page), Ask::Email);
    let stop = step(&mut browser, &page, &resident, Factor::Email, &(&server).into()).await;
    let page = stop.page();
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
}
