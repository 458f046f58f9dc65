//! Ways into an account that are its owner's to add and to take away: the last one stays, one that is taken away takes along
//! what was opened with it, and one that is the account's mailbox again is no second channel.

use crate::account::at;
use crate::federation::{by, finish_on, follow_to, resident, userinfo, world};
use crate::passkeys::{answer, at_alone};
use crate::self_service::{add, href_of};
use crate::support::authenticator::Authenticator;
use crate::support::seed::PASSWORD;
use crate::support::{Factor, Options, Server, Stop, sign_in};

const ADD: &str = "/account/security/passkey";

#[tokio::test]
async fn scr_r42_sec_r18_the_last_passkey_stays_where_nothing_else_opens_the_account() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    let mut browser = server.browser();
    by(&upstreams, &mut browser, &party.authorize(), "google", "resident", &[]).await.callback().code();
    let rhian = resident("resident@gmail.com", "");
    let page = browser.open(ADD).await;
    let page = finish_on(&server, &mut browser, page, &rhian).await;
    let mut device = Authenticator::new(&server.issuer);
    let page = add(&mut browser, &page, &mut device, "My phone").await;
    // With a passkey the sign-in at Google can go.
    let page = follow_to(&mut browser, &page, "/account/security/identity/remove").await;
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You have removed the link"), "{}", page.text);
    // Then the passkey cannot.
    let page = browser.open(href_of(&page, "/remove?passkey=")).await.page();
    let stays = browser.press(&page, "continue", &[]).await.page();
    stays.assert_contract();
    assert_eq!(stays.status(), 409, "{}", stays.text);
    assert!(stays.text.contains("You could not sign in to your account without this passkey"), "{}", stays.text);
    // With another one it can.
    let page = browser.open(ADD).await.page();
    let mut other = Authenticator::new(&server.issuer);
    let page = add(&mut browser, &page, &mut other, "My key").await;
    let page = browser.open(href_of(&page, "/remove?passkey=")).await.page();
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You have removed a passkey"), "{}", page.text);
}

#[tokio::test]
async fn sec_r22_a_passkey_that_is_removed_takes_along_what_was_opened_with_it() {
    let server = Server::start(Options::default()).await;
    let person = server.resident_with_email();
    let (mut browser, page) = at(&server, ADD, &person).await;
    let mut device = Authenticator::new(&server.issuer);
    let page = add(&mut browser, &page, &mut device, "My phone").await;
    let party = server.client("passkey");
    let (mut elsewhere, request, waiting) = at_alone(&server, &party).await;
    let tokens = party.finish(&request, &answer(&mut elsewhere, &waiting, &mut device).await.callback()).await;
    assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 200);
    let page = browser.open(href_of(&page, "/remove?passkey=")).await.page();
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You have removed a passkey"), "{}", page.text);
    assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 401, "what began with it is over");
    let page = elsewhere.open("/account").await.page();
    assert_eq!(page.path(), "/sign-in", "{}", page.text);
    assert_eq!(browser.open("/account").await.page().path(), "/account", "whoever removed it goes on");
}

#[tokio::test]
async fn req_assurance_3_sec_r20_a_sign_in_that_is_linked_is_the_mailbox_that_it_is() {
    let (upstreams, server) = world().await;
    let email = "resident@gmail.com";
    server.cli(&["user", "add", "--email", email, "--password", PASSWORD]);
    let owner = resident(email, PASSWORD);
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.client("council"), &owner, Factor::Email).await;
    let page = browser.open("/account/security/identity?provider=google").await;
    let page = finish_on(&server, &mut browser, page, &owner).await;
    let left = browser.press(&page, "continue", &[]).await.callback();
    let url = left.response.location().expect("a redirect").to_owned();
    // So long there that they prove again who they are, in the sign-in that links.
    server.advance(400).await;
    upstreams.advance(400).await;
    let page = browser.open(&upstreams.choose(&url, "resident", &[]).await).await;
    let page = finish_on(&server, &mut browser, page, &owner).await;
    assert!(page.path() == "/account/security" && page.text.contains(email), "{}", page.text);
    // A code to that mailbox is the same channel again, in this session as in any later one.
    let party = server.client("google-and-email");
    let request = party.authorize();
    let callback = match browser.open(&request.url()).await {
        Stop::Callback(callback) => callback,
        Stop::Page(page) => panic!("{}: {}", page.url(), page.text),
    };
    assert_eq!(party.finish(&request, &callback).await.acr(), "1fa");
}
