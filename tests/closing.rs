//! A copy of one's data, closing the account, and what Facebook asks for in somebody's name.

use crate::federation::{by, finish_on, follow_to, resident, userinfo, world};
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
    assert!(about(answer).await.contains("We keep nothing"));
    let unknown = Agent::new().send(Request::get(&server.url("/federated/deletion/nothing"))).await.expect(200).text();
    assert!(unknown.contains("We do not know this request"), "{unknown}");
}
