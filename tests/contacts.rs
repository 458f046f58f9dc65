//! What a contact is worth: who may use it, when it is in doubt, and who may change it.

use crate::phones::{past_password, sent, with_phone};
use crate::recovery::follow;
use crate::support::html::Page;
use crate::support::journey::{Ask, asks};
use crate::support::seed::PASSWORD;
use crate::support::{Browser, Options, RelyingParty, Resident, Server, eventually};
use crate::{code_page, outbox};

const DAY: i64 = 86_400;
const FACTOR_ADDED: &str = "A second step was added to your account";

/// Somebody with arguments of `idp user add`.
fn person(server: &Server, email: &str, args: &[&str]) -> Resident {
    server.cli(&[&["user", "add", "--email", email, "--password", PASSWORD], args].concat());
    Resident {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    }
}

/// Signs in with the code that was sent to `to` last.
async fn with_code(server: &Server, browser: &mut Browser, page: &Page, to: &str) -> Page {
    let code = server.inbox_code(to).await;
    browser.submit(page, &[("code", &code)]).await.page()
}

/// Proves a number at the client that captures one at the first sign-in.
async fn captures(server: &Server, party: &RelyingParty, resident: &Resident, phone: &str) {
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, party, resident).await;
    let page = browser.submit(&page, &[("phone", phone), ("method", "sms")]).await.page();
    let page = with_code(server, &mut browser, &page, phone).await;
    assert_eq!(asks(&page), Ask::Email, "proven: {}", page.text);
}

/// Signs in where the chooser offers a code by email.
async fn sign_in_by_email(server: &Server, party: &RelyingParty, resident: &Resident) {
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, party, resident).await;
    let page = browser.submit(&page, &[("method", "email")]).await.page();
    let code = server.inbox_code(&resident.email).await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
}

#[tokio::test]
async fn req_week_one_8_a_recycled_number_is_in_doubt_and_proven_again_after_another_factor() {
    let server = Server::start(Options::default()).await;
    let phone = "+447700900901";
    let before = with_phone(&server, "before@example.test", phone, "verified");
    let family = with_phone(&server, "family@example.test", phone, "verified");
    let (council, capturing) = (server.client("council"), server.client("sms-first"));
    server.advance(100 * DAY).await;
    // One of those who share it goes on using it.
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &council, &family).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let code = server.inbox_code(phone).await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
    // Somebody new proves it.
    captures(&server, &capturing, &server.resident_with_email(), phone).await;
    let (page, _) = past_password(&mut server.browser(), &council, &family).await;
    assert_eq!(page.choices("method"), ["voice", "sms"], "a number in use is not in doubt: {}", page.text);
    // Who had it and did not use it gets nothing there any more.
    let texts = sent(&server, phone).await.len();
    let (page, _) = past_password(&mut server.browser(), &council, &before).await;
    assert_eq!(page.headings, ["Check your email"], "{}", page.text);
    assert!(!page.has_button("call") && !page.text.contains("901"), "{}", page.text);
    assert_eq!(sent(&server, phone).await.len(), texts);
    // It is proven again after another factor, although a password alone would do for a newcomer.
    let mut browser = server.browser();
    let (page, request) = past_password(&mut browser, &capturing, &before).await;
    assert_eq!((asks(&page), page.headings[0].as_str()), (Ask::Code, "Check your email"), "{}", page.text);
    let page = with_code(&server, &mut browser, &page, &before.email).await;
    assert!(page.has_field("phone"), "{}", page.text);
    let page = browser.submit(&page, &[("phone", phone), ("method", "sms")]).await.page();
    let page = with_code(&server, &mut browser, &page, phone).await;
    assert_eq!(asks(&page), Ask::Email, "{}", page.text);
    let page = browser.submit(&page, &[("email", &before.email)]).await.page();
    let page = browser.submit(&page, &[("password", &before.password)]).await.page();
    assert_eq!(page.headings, ["Check your phone"], "{}", page.text);
    let code = server.inbox_code(phone).await;
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    assert_eq!(capturing.finish(&request, &callback).await.amr(), ["mfa", "otp", "pwd", "sms"]);
}

#[tokio::test]
async fn req_week_one_8_a_number_that_cannot_be_reached_is_not_offered_any_more() {
    let (server, notify, twilio) = outbox::with_both().await;
    let resident = outbox::with_phone(&server, "gone@example.test", "+447700900902");
    let council = server.client("council");
    let mut browser = server.browser();
    let page = outbox::past_password(&mut browser, &council, &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    code_page::reported(&twilio, &twilio.taken()[0], "undelivered", &[("ErrorCode", "30005")]).await;
    // The page leads to what is left, and says why.
    let page = browser.open(page.url().as_str()).await.page();
    assert_eq!(page.path(), "/mfa/resend", "{}", page.text);
    assert!(page.text.contains("Your text message could not be delivered"), "{}", page.text);
    page.assert_contract();
    let page = browser.press(&page, "resend", &[]).await.page();
    let code = outbox::code_in(&notify.taken().pop().expect("a mail").body);
    browser.submit(&page, &[("code", &code)]).await.callback().code();
    let page = outbox::past_password(&mut server.browser(), &council, &resident).await;
    assert_eq!(page.headings, ["Check your email"], "{}", page.text);
    assert!(!page.has_button("call"), "{}", page.text);
}

#[tokio::test]
async fn req_week_one_1_a_phone_finds_and_recovers_no_account_and_its_texts_name_the_service_alone() {
    let server = Server::start(Options::default()).await;
    let phone = "+447700900903";
    let named = ["--phone", phone, "--name", "Sam Evans"];
    let resident = person(&server, "sam.evans@example.test", &named);
    with_phone(&server, "robin@example.test", phone, "verified");
    let council = server.client("council");
    // It is no name to sign in with, and none to ask for a new password by.
    let mut browser = server.browser();
    let page = browser.open(&council.authorize().url()).await.page();
    let refused = browser.submit(&page, &[("email", phone)]).await.page();
    assert_eq!((refused.status(), asks(&refused)), (422, Ask::Email), "{}", refused.text);
    let page = browser.submit(&refused, &[("email", &resident.email)]).await.page();
    let forgot = follow(&mut browser, &page, "/forgot?").await;
    let refused = browser.submit(&forgot, &[("email", phone)]).await.page();
    assert_eq!(refused.status(), 422, "{}", refused.text);
    assert!(sent(&server, phone).await.is_empty());
    // A reset and a recovery go by email, never by phone.
    let asked = browser.submit(&forgot, &[("email", &resident.email)]).await.page();
    assert_eq!(asks(&asked), Ask::Code, "{}", asked.text);
    eventually("the code is mailed", async || (sent(&server, &resident.email).await.len() == 1).then_some(())).await;
    assert!(sent(&server, phone).await.is_empty());
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &council, &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let help = follow(&mut browser, &page, "/mfa/help?").await;
    let asked = browser.submit(&help, &[("way", "recovery")]).await.page();
    assert_eq!(asked.path(), "/mfa/recovery", "{}", asked.text);
    eventually("the code is mailed", async || (sent(&server, &resident.email).await.len() == 2).then_some(())).await;
    // What comes to a phone that many read says which service, and not who.
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &council, &resident).await;
    browser.submit(&page, &[("method", "voice")]).await.page();
    let messages = sent(&server, phone).await;
    assert_eq!(messages.len(), 2);
    for message in messages {
        let (text, body) = (message.body.to_lowercase(), &message.body);
        assert!(!text.contains("sam") && !text.contains("evans") && !text.contains("@example"), "{body}");
        assert!(message.channel == "voice" || text.contains("security code for"), "{body}");
    }
}

#[tokio::test]
async fn case_ot20_what_nobody_proved_satisfies_nothing() {
    let server = Server::start(Options::default()).await;
    let (council, portal) = (server.client("council"), server.portal());
    let phone = "+447700900904";
    let resident = person(&server, "typed@example.test", &["--phone", phone, "--phone-state", "unproven"]);
    let (page, _) = past_password(&mut server.browser(), &council, &resident).await;
    assert_eq!(page.headings, ["Check your email"], "{}", page.text);
    let page = follow(&mut server.browser(), &page, "/mfa/help?").await;
    assert!(!page.text.contains("904"), "{}", page.text);
    assert!(sent(&server, phone).await.is_empty());
    // Nothing goes to an address that nobody proved, neither as a second factor nor before one is set up.
    let nobody = person(&server, "unproven@example.test", &["--email-unconfirmed"]);
    let (page, _) = past_password(&mut server.browser(), &portal, &nobody).await;
    assert_eq!(asks(&page), Ask::Nothing, "{}", page.text);
    assert!(sent(&server, &nobody.email).await.is_empty());
}

#[tokio::test]
async fn sec_r21_a_pushed_number_is_used_where_the_policy_says_so_and_proven_by_its_first_right_code() {
    let server = Server::start(Options::default()).await;
    let phone = "+447700900905";
    let resident = with_phone(&server, "vouched@example.test", phone, "vouched");
    let (council, strict) = (server.client("council"), server.client("abroad"));
    // Where the owner has to prove it first it is not used.
    let (page, _) = past_password(&mut server.browser(), &strict, &resident).await;
    assert_eq!(page.headings, ["Check your email"], "{}", page.text);
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &council, &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let code = server.inbox_code(phone).await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
    let (page, _) = past_password(&mut server.browser(), &strict, &resident).await;
    assert_eq!(page.choices("method"), ["sms", "email"], "its owner has proven it: {}", page.text);
}

#[tokio::test]
async fn case_ot7_sec_r13_texts_go_to_the_countries_that_both_the_installation_and_the_policy_name() {
    // The policy of this client names France, the installation does not.
    let phone = "+33631966543";
    let server = Server::start(Options::default()).await;
    let resident = with_phone(&server, "paris@example.test", phone, "verified");
    let (page, _) = past_password(&mut server.browser(), &server.client("abroad"), &resident).await;
    assert_eq!(page.headings, ["Check your email"], "{}", page.text);
    assert!(sent(&server, phone).await.is_empty());
    // Both do; the other client’s policy does not.
    let config = "[limits]\ncountries = [\"GB\", \"FR\"]\n".to_owned();
    let server = Server::start(Options { config, ..Options::default() }).await;
    let resident = with_phone(&server, "paris@example.test", phone, "verified");
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &server.client("abroad"), &resident).await;
    assert_eq!(page.choices("method"), ["sms", "email"], "{}", page.text);
    browser.submit(&page, &[("method", "sms")]).await.page();
    assert_eq!(sent(&server, phone).await.len(), 1);
    let (page, _) = past_password(&mut server.browser(), &server.client("council"), &resident).await;
    assert_eq!(page.headings, ["Check your email"], "{}", page.text);
}

#[tokio::test]
async fn req_s1_3_a_number_that_may_not_be_changed_is_proven_as_it_is() {
    let server = Server::start(Options::default()).await;
    let phone = "+447700900906";
    let resident = with_phone(&server, "onfile@example.test", phone, "vouched");
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &server.client("on-file"), &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    assert!(page.has_field("phone"), "{}", page.text);
    let refused = browser.submit(&page, &[("phone", "07700 900907"), ("method", "sms")]).await.page();
    assert_eq!(refused.status(), 422);
    assert!(refused.text.contains("Enter the phone number that we have for you"), "{}", refused.text);
    assert!(sent(&server, "+447700900907").await.is_empty());
    let page = browser.submit(&refused, &[("phone", phone), ("method", "sms")]).await.page();
    let code = server.inbox_code(phone).await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
    eventually("the address is told", async || {
        sent(&server, &resident.email).await.iter().any(|message| message.subject == FACTOR_ADDED).then_some(())
    })
    .await;
}

#[tokio::test]
async fn scr_r56_week_one_3_a_contact_that_only_the_portal_changes_is_not_changed_by_a_recovery() {
    let server = Server::start(Options::default()).await;
    let (phone, council) = ("+447700900908", server.client("council"));
    let free = with_phone(&server, "free@example.test", phone, "verified");
    let owned = person(&server, "owned@example.test", &["--phone", phone, "--external-owner", "Benefits"]);
    for (resident, ways) in [(&free, vec!["other", "recovery"]), (&owned, vec!["other"])] {
        let mut browser = server.browser();
        let (page, _) = past_password(&mut browser, &council, resident).await;
        let page = browser.submit(&page, &[("method", "sms")]).await.page();
        let help = follow(&mut browser, &page, "/mfa/help?").await;
        assert_eq!(help.choices("way"), ways, "{}: {}", resident.email, help.text);
        help.assert_contract();
    }
    // Nor does a sign-in that asks for a number take another one in its place.
    let pushed = person(
        &server,
        "pushed-by-office@example.test",
        &["--phone", "+447700900909", "--phone-state", "vouched", "--external-owner", "Benefits"],
    );
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &server.client("sms-first"), &pushed).await;
    assert!(page.has_field("phone"), "{}", page.text);
    let refused = browser.submit(&page, &[("phone", "07700 900910"), ("method", "sms")]).await.page();
    assert!(refused.text.contains("Enter the phone number that we have for you"), "{}", refused.text);
}

#[tokio::test]
async fn case_ot25_sec_r21_a_password_alone_does_not_replace_a_pushed_number() {
    let server = Server::start(Options::default()).await;
    let (phone, other, party) = ("+447700900911", "+447700900912", server.client("sms-first"));
    let resident = with_phone(&server, "pushed-once@example.test", phone, "vouched");
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &party, &resident).await;
    assert!(page.has_field("phone"), "{}", page.text);
    let page = browser.submit(&page, &[("phone", other), ("method", "sms")]).await.page();
    assert_eq!((asks(&page), page.headings[0].as_str()), (Ask::Code, "Check your email"), "{}", page.text);
    assert!(sent(&server, other).await.is_empty());
    let code = server.inbox_code(&resident.email).await;
    // Nor is anything else set up with it.
    let mut second = server.browser();
    let (choice, _) = past_password(&mut second, &server.client("on-file"), &resident).await;
    let app = second.submit(&choice, &[("method", "totp")]).await.page();
    assert_eq!(app.headings, ["Check your email"], "{}", app.text);
    let tx = choice.url().query().unwrap_or_default().to_owned();
    let app = second.open(&format!("/setup/app?{tx}")).await.page();
    assert_ne!(app.path(), "/setup/app", "{}", app.text);
    // Who reads the address as well has another number.
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(page.has_field("phone"), "{}", page.text);
    let page = browser.submit(&page, &[("phone", other), ("method", "sms")]).await.page();
    let page = with_code(&server, &mut browser, &page, other).await;
    assert_eq!(asks(&page), Ask::Email, "proven: {}", page.text);
}

#[tokio::test]
async fn case_ot25_req_s1_3_a_number_that_one_client_locks_is_replaced_in_a_sign_in_at_none() {
    let server = Server::start(Options::default()).await;
    let (phone, other, always) = ("+447700900913", "+447700900914", server.client("always"));
    let resident = with_phone(&server, "locked-elsewhere@example.test", phone, "vouched");
    sign_in_by_email(&server, &always, &resident).await;
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &server.client("sms-first"), &resident).await;
    let refused = browser.submit(&page, &[("phone", other), ("method", "sms")]).await.page();
    assert!(refused.text.contains("Enter the phone number that we have for you"), "{}", refused.text);
    assert!(sent(&server, other).await.is_empty());
    let page = browser.submit(&refused, &[("phone", phone), ("method", "sms")]).await.page();
    let page = with_code(&server, &mut browser, &page, phone).await;
    assert_eq!(asks(&page), Ask::Email, "proven as it is: {}", page.text);
}

#[tokio::test]
async fn scr_r56_a_contact_that_one_client_locks_is_changed_by_a_recovery_at_none() {
    let server = Server::start(Options::default()).await;
    let (phone, council, always) = ("+447700900915", server.client("council"), server.client("always"));
    let resident = with_phone(&server, "locked-at-one@example.test", phone, "verified");
    sign_in_by_email(&server, &always, &resident).await;
    let mut browser = server.browser();
    let (page, _) = past_password(&mut browser, &council, &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let help = follow(&mut browser, &page, "/mfa/help?").await;
    assert_eq!(help.choices("way"), ["other"], "{}", help.text);
}
