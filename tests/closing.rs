//! A copy of one's data, closing the account, and what Facebook asks for in somebody's name.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::contact_sync::{ALL, Office};
use crate::federation::{by, finish_on, follow_to, resident, userinfo, world};
use crate::phones::{past_password, with_phone};
use crate::recovery::codes;
use crate::support::journey::{Ask, open_until};
use crate::support::seed::PASSWORD;
use crate::support::{Agent, Factor, Options, Request, Resident, Server, Stop, eventually, inbox, sign_in};

async fn at_data(server: &Server, person: &Resident) -> (crate::support::Browser, crate::support::html::Page) {
    let mut browser = server.browser();
    let page = browser.open("/account/data").await;
    let page = finish_on(server, &mut browser, page, person).await;
    (browser, page)
}

#[tokio::test]
async fn scr_r38_a_resident_takes_a_copy_of_everything_but_secrets() {
    let server = Server::start(Options::default()).await;
    let (party, person) = (server.portal(), server.resident());
    let tokens = sign_in(&server, &mut server.browser(), &party, &person, Factor::Totp).await;
    server.advance(31).await;
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &party, &person, Factor::Totp).await;
    let page = browser.open("/account/data").await.page();
    page.assert_contract();
    assert_eq!(page.headings, ["Your data"], "{}", page.text);
    let form = page.forms.iter().find(|form| form.action.path() == "/account/data/download").expect("a form");
    let request = crate::support::Browser::form_request(&page, form, &[], None);
    let answer = browser.fetch(request).await.expect(200);
    assert!(answer.header("content-disposition").contains("attachment"), "{:?}", answer.headers);
    let copy = answer.json();
    assert_eq!(copy["subject"], tokens.sub());
    assert_eq!(copy["email"]["value"], person.email.as_str());
    assert_eq!(copy["authenticator_app"], true);
    assert!(copy["sign_ins"].as_array().is_some_and(|past| past.len() >= 2), "{copy}");
    let text = answer.text();
    assert!(!text.contains(&person.totp_secret) && !text.contains("argon2"), "no secrets: {text}");
}

#[tokio::test]
async fn a_closed_account_is_gone_and_its_address_makes_a_new_subject() {
    let server = Server::start(Options::default()).await;
    let (party, person) = (server.client("one-factor"), server.resident_with_email());
    let tokens = sign_in(&server, &mut server.browser(), &party, &person, Factor::Email).await;
    let (mut browser, page) = at_data(&server, &person).await;
    let page = follow_to(&mut browser, &page, "/account/close").await;
    let page = finish_on(&server, &mut browser, Stop::Page(Box::new(page)), &person).await;
    page.assert_contract();
    let gone = browser.press(&page, "continue", &[]).await.page();
    assert_eq!(gone.path(), "/signed-out", "{}", gone.text);
    assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 401);
    let mut again = server.browser();
    let page = open_until(&server, &mut again, &party.authorize(), Ask::Password, &person, Factor::Email).await;
    assert_eq!(again.submit(&page, &[("password", PASSWORD)]).await.page().status(), 422);
    eventually("a last message", async || {
        let sent = inbox::messages(&server.nodes(), &person.email).await;
        sent.into_iter().find(|message| message.subject.as_deref() == Some("Your account is closed"))
    })
    .await;
    // The address is free, and whoever takes it is somebody else.
    server.cli(&["user", "add", "--email", &person.email, "--password", PASSWORD]);
    let new = sign_in(&server, &mut server.browser(), &party, &person, Factor::Email).await;
    assert_ne!(new.sub(), tokens.sub());
    let copy = at_data(&server, &person).await.1;
    assert_eq!(copy.headings, ["Your data"]);
}

#[tokio::test]
async fn an_account_that_a_back_office_manages_is_not_closed_by_its_holder() {
    let server = Server::start(Options::default()).await;
    let email = "managed@example.test";
    server.cli(&["user", "add", "--email", email, "--password", PASSWORD, "--external-owner", "portal"]);
    let person = resident(email, PASSWORD);
    let (mut browser, page) = at_data(&server, &person).await;
    let page = follow_to(&mut browser, &page, "/account/close").await;
    let page = finish_on(&server, &mut browser, Stop::Page(Box::new(page)), &person).await;
    assert!(page.text.contains("manages your account") && !page.has_button("continue"), "{}", page.text);
}

#[tokio::test]
async fn facebook_takes_a_permission_back_or_has_data_deleted_and_only_facebook_does() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    let gwyn = "gwyn.parry@example.com";
    let sign_up = async || {
        let (mut browser, request) = (server.browser(), party.authorize());
        let mut stop = by(&upstreams, &mut browser, &request, "facebook", "resident", &[]).await;
        if let Stop::Page(page) = &stop {
            let page = browser.submit(page, &[("email", gwyn)]).await.page();
            let code = codes(&server, gwyn, 1).await.remove(0);
            stop = browser.submit(&page, &[("code", &code)]).await;
        }
        party.finish(&request, &stop.callback()).await
    };
    let first = sign_up().await;
    let notice = |id: &'static str| upstreams.notice(server.issuer.as_str(), id);
    let (status, _) = notice("forged-deletion").await;
    assert_eq!(status, 400);
    assert_eq!(userinfo(&party, &server, &first.access_token).await, 200, "nobody but Facebook");
    // The permission: what began with it ends; the account stays, and its owner makes a password.
    let (status, _) = notice("deauthorize").await;
    assert_eq!(status, 200);
    assert_eq!(userinfo(&party, &server, &first.access_token).await, 401);
    let mut browser = server.browser();
    let page = browser.open(&party.authorize().url()).await.page();
    let page = browser.submit(&page, &[("email", gwyn)]).await.page();
    let page = follow_to(&mut browser, &page, "/forgot?").await;
    let page = browser.submit(&page, &[("email", gwyn)]).await.page();
    let code = codes(&server, gwyn, 2).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/forgot/new", "no other way in is left: {}", page.text);
    // The data, twice: the second time there is nothing left.
    server.advance(60).await;
    upstreams.advance(60).await;
    let (mut other, request) = (server.browser(), party.authorize());
    let page = by(&upstreams, &mut other, &request, "facebook", "no-email", &[]).await.page();
    let page = other.submit(&page, &[("email", "zofia@example.test")]).await.page();
    let code = codes(&server, "zofia@example.test", 1).await.remove(0);
    let tokens = party.finish(&request, &other.submit(&page, &[("code", &code)]).await.callback()).await;
    let about = |answer: serde_json::Value| async move {
        let url = answer["url"].as_str().expect("an address").to_owned();
        let page = Agent::new().send(Request::get(&url)).await.expect(200).text();
        assert!(page.contains(answer["confirmation_code"].as_str().expect("a code")), "{page}");
        page
    };
    let (status, answer) = upstreams.notice_about(server.issuer.as_str(), "deletion", "no-email").await;
    assert_eq!(status, 200, "{answer}");
    assert!(about(answer).await.contains("We have closed your account"));
    assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 401);
    let (_, answer) = upstreams.notice_about(server.issuer.as_str(), "deletion", "no-email").await;
    assert!(about(answer).await.contains("nothing that we have to delete"));
    let unknown = Agent::new().send(Request::get(&server.url("/federated/deletion/nothing"))).await.expect(200).text();
    assert!(unknown.contains("We do not know this request"), "{unknown}");
}

/// A payload signed with the secret of the app.
fn signed(secret: &str, payload: &Value) -> String {
    let payload = BASE64_URL_SAFE_NO_PAD.encode(payload.to_string());
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    let signature = aws_lc_rs::hmac::sign(&key, payload.as_bytes());
    format!("{}.{payload}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

#[tokio::test]
async fn case_fe8_a_deletion_that_is_sent_again_does_nothing_to_who_came_back() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    let zofia = "zofia@example.test";
    let sign_up = async |mails: usize| {
        let (mut browser, request) = (server.browser(), party.authorize());
        let page = by(&upstreams, &mut browser, &request, "facebook", "no-email", &[]).await.page();
        let page = browser.submit(&page, &[("email", zofia)]).await.page();
        let code = codes(&server, zofia, mails).await.remove(0);
        party.finish(&request, &browser.submit(&page, &[("code", &code)]).await.callback()).await
    };
    let secret = upstreams.about["facebook"]["secret"].as_str().expect("a secret").to_owned();
    let payload = |issued_at: i64| json!({"user_id": "10220000000000002", "algorithm": "HMAC-SHA256", "issued_at": issued_at, "expires": 0});
    let delete = async |payload: Value| {
        let url = server.url("/federated/facebook/deletion");
        Agent::new().send(Request::post(&url, &[("signed_request", &signed(&secret, &payload))])).await
    };
    let became = async |answer: crate::support::Response| {
        let url = answer.expect(200).json()["url"].as_str().expect("an address").to_owned();
        Agent::new().send(Request::get(&url)).await.expect(200).text()
    };
    let first = sign_up(1).await;
    // What is no notice of now is refused.
    let undated = json!({"user_id": "10220000000000002", "algorithm": "HMAC-SHA256", "expires": 0});
    let mut of_a_browser = payload(server.now());
    of_a_browser["code"] = json!("AQB");
    let old = payload(server.now() - 25 * 3600);
    for refused in [undated, of_a_browser, old, payload(server.now() + 600)] {
        delete(refused).await.expect(400);
    }
    assert_eq!(userinfo(&party, &server, &first.access_token).await, 200);
    let asked = payload(server.now());
    assert!(became(delete(asked.clone()).await).await.contains("We have closed your account"));
    assert_eq!(userinfo(&party, &server, &first.access_token).await, 401);
    // An hour later the person comes back, and somebody sends the request again.
    server.advance(3600).await;
    upstreams.advance(3600).await;
    let second = sign_up(2).await;
    assert_ne!(second.sub(), first.sub());
    assert!(became(delete(asked).await).await.contains("nothing that we have to delete"));
    assert_eq!(userinfo(&party, &server, &second.access_token).await, 200, "who came back did not ask");
    assert!(became(delete(payload(server.now())).await).await.contains("We have closed your account"));
}

#[tokio::test]
async fn sec_r46_what_is_left_of_a_closed_account_has_no_address_number_or_name() {
    let server = Server::start(Options::default()).await;
    let (party, email) = (server.portal(), "erika.leftover@example.test");
    // Its owner made it, by a code that was sent before there was an account.
    let mut browser = server.browser();
    let page = browser.open(&party.authorize().url()).await.page();
    let page = follow_to(&mut browser, &page, "/create?").await;
    let page = browser.submit(&page, &[("email", email)]).await.page();
    let code = codes(&server, email, 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    let page = browser.submit(&page, &[("password", "mauve tractor 9 lamp")]).await.page();
    let page = browser.submit(&page, &[("given_name", "Erikaunique"), ("family_name", "Leftoverfam")]).await.page();
    browser.press(&page, "continue", &[]).await.callback().code();
    // A back office pushes her address for somebody else, and somebody asks for a new password.
    let crm = Office::of(&server, "crm", ALL).await;
    let pushed = crm.pushes("1", &json!({ "email": email })).await;
    assert_eq!(pushed["problems"][0]["code"], "email_in_use");
    server.advance(61).await;
    let mut stranger = server.browser();
    let page = stranger.open(&party.authorize().url()).await.page();
    let page = stranger.submit(&page, &[("email", email)]).await.page();
    let page = follow_to(&mut stranger, &page, "/forgot?").await;
    stranger.submit(&page, &[("email", email)]).await.page();
    codes(&server, email, 2).await;
    close(&server, &mut browser, &resident(email, "mauve tractor 9 lamp")).await;
    // Another one has a number, which gets a code.
    let number = "+447700900678";
    let phil = with_phone(&server, "phil.leftover@example.test", number, "verified");
    let (mut browser, texts) = (server.browser(), server.client("sms-first"));
    let (page, _) = past_password(&mut browser, &texts, &phil).await;
    let code = inbox::code(&server.nodes(), number).await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
    close(&server, &mut browser, &phil).await;
    for text in ["erika.leftover", "Erikaunique", "Leftoverfam", "phil.leftover", number, "7700900678"] {
        eventually(&format!("{text} is nowhere"), async || server.tables_with(text).await.is_empty().then_some(()))
            .await;
    }
}

/// Closes the account of whoever is signed in, and waits for the last message.
async fn close(server: &Server, browser: &mut crate::support::Browser, person: &Resident) {
    let page = browser.open("/account/close").await;
    let page = finish_on(server, browser, page, person).await;
    let gone = browser.press(&page, "continue", &[]).await.page();
    assert_eq!(gone.path(), "/signed-out", "{}", gone.text);
    eventually("a last message", async || {
        let sent = inbox::messages(&server.nodes(), &person.email).await;
        sent.into_iter().find(|message| message.subject.as_deref() == Some("Your account is closed"))
    })
    .await;
}
