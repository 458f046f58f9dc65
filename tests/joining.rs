//! Two accounts of one person: joined once both are proven, and what the relying parties are told. What keeps two apart is
//! in `joining_refused`.

use serde_json::{Value, json};

use crate::account::{at, open, signs_in, told};
use crate::federation::{by, userinfo, world};
use crate::operator::database_has;
use crate::passkeys::{answer, at_alone, with_passkey};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, step};
use crate::support::upstreams::Upstreams;
use crate::support::{
    Browser, Factor, Options, RelyingParty, Request, Resident, Server, Stop, Tokens, eventually, inbox, sign_in, totp,
};

/// A browser of the account that stays, in front of the sign-in to the other one.
pub(crate) async fn at_sign_in(server: &Server, survivor: &Resident) -> (Browser, Page) {
    let (mut browser, page) = at(server, "/account/join", survivor).await;
    assert_eq!(page.path(), "/account/join", "{:.400}", page.text);
    let page = browser.submit(&page, &[]).await.page();
    assert_eq!((page.path(), asks(&page)), ("/sign-in", Ask::Email), "{:.400}", page.text);
    (browser, page)
}

/// Goes on as this resident until the browser is asked whether the accounts are to be joined, or told that they are not.
pub(crate) async fn prove(
    server: &Server,
    browser: &mut Browser,
    page: Page,
    other: &Resident,
    factor: Factor,
) -> Page {
    let mut page = page;
    for _ in 0..8 {
        if page.path() == "/join" {
            return page;
        }
        page = step(browser, &page, other, factor, &server.into()).await.page();
    }
    panic!("never asked: {} {:.400}", page.url(), page.text)
}

/// The page that asks whether these two are to be joined.
pub(crate) async fn at_check(server: &Server, survivor: &Resident, other: &Resident, factor: Factor) -> (Browser, Page) {
    let (mut browser, page) = at_sign_in(server, survivor).await;
    let page = prove(server, &mut browser, page, other, factor).await;
    assert_eq!(page.headings[0], "Do you want to join these accounts?", "{:.400}", page.text);
    (browser, page)
}

/// Joins them.
pub(crate) async fn joined(browser: &mut Browser, page: &Page) -> Page {
    let page = browser.press(page, "continue", &[]).await.page();
    assert_eq!(page.path(), "/account/security", "{} {:.400}", page.status(), page.text);
    assert!(page.text.contains("You have joined your accounts"), "{:.400}", page.text);
    page
}

async fn at_party(server: &Server, party: &RelyingParty, resident: &Resident) -> Tokens {
    sign_in(server, &mut server.browser(), party, resident, Factor::Email).await
}

/// Whoever is called so, with the password of the account that stays.
fn named(email: &str, survivor: &Resident) -> Resident {
    Resident { email: email.to_owned(), ..survivor.clone() }
}

/// Types name and password, and answers with the code that goes to the account's own address.
async fn sign_in_as(server: &Server, party: &RelyingParty, name: &str, survivor: &Resident) -> Tokens {
    let (mut browser, request) = (server.browser(), party.authorize());
    let mut stop = browser.open(&request.url()).await;
    for _ in 0..8 {
        let page = match stop {
            Stop::Page(page) => *page,
            Stop::Callback(callback) => return party.finish(&request, &callback).await,
        };
        let who = if asks(&page) == Ask::Email { named(name, survivor) } else { survivor.clone() };
        stop = step(&mut browser, &page, &who, Factor::Email, &server.into()).await;
    }
    panic!("{name} does not sign in")
}

#[tokio::test]
async fn req_week_one_7_scr_r42_both_are_proven_one_stays_and_every_relying_party_learns_who_was_who() {
    let server = Server::start(Options::default()).await;
    let (survivor, other) = (server.resident_with_email(), server.resident_with_email());
    let (portal, one_factor) = (server.portal(), server.client("one-factor"));
    let stays = at_party(&server, &portal, &survivor).await;
    let mut elsewhere = server.browser();
    let ends = sign_in(&server, &mut elsewhere, &portal, &other, Factor::Email).await;
    let also = at_party(&server, &one_factor, &other).await;
    let request = one_factor.authorize();
    let unredeemed = elsewhere.open(&request.url()).await.callback();
    // What it means, in words, before anything.
    let (mut browser, page) = at(&server, "/account/security", &survivor).await;
    page.assert_contract();
    let page = browser.open(crate::self_service::href_of(&page, "/account/join")).await.page();
    page.assert_contract();
    assert!(page.text.contains("This cannot be undone"), "{}", page.text);
    let page = browser.submit(&page, &[]).await.page();
    page.assert_contract();
    assert!(page.text.contains("Sign in to the other account"), "{}", page.text);
    let page = prove(&server, &mut browser, page, &other, Factor::Email).await;
    page.assert_contract();
    assert!(page.text.contains("m***@example.test"), "{}", page.text);
    assert!(!page.text.contains(&other.email), "{}", page.text);
    // Nothing has happened.
    assert_eq!(userinfo(&portal, &server, &ends.access_token).await, 200);
    let page = joined(&mut browser, &page).await;
    page.assert_contract();
    // The other one is over: its sessions, codes and tokens.
    for (party, token) in [(&portal, &ends.access_token), (&one_factor, &also.access_token)] {
        assert_eq!(userinfo(party, &server, token).await, 401);
    }
    assert_eq!(one_factor.redeem(&request, unredeemed.code()).await.status, 400);
    elsewhere.open(&portal.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    // The session of the one that stays is what it was, and so are its tokens.
    assert_eq!(userinfo(&portal, &server, &stays.access_token).await, 200);
    let request = portal.authorize().with("prompt", "none");
    let callback = browser.open(&request.url()).await.callback();
    let tokens = portal.finish(&request, &callback).await;
    assert_eq!((tokens.sub(), tokens.text("previous_sub")), (stays.sub(), Some(ends.sub())));
    assert_eq!(portal.claims(&tokens.access_token).await["previous_sub"], ends.sub());
    // By either name, with the one password; at each client that knew the other, and at no other.
    for name in [&survivor.email, &other.email] {
        let tokens = sign_in_as(&server, &one_factor, name, &survivor).await;
        assert_eq!((tokens.sub(), tokens.text("previous_sub")), (stays.sub(), Some(ends.sub())), "{name}");
        assert_eq!(tokens.claims.get("previous_subs"), None);
    }
    let tokens = sign_in_as(&server, &server.client("public"), &other.email, &survivor).await;
    assert_eq!((tokens.sub(), tokens.text("previous_sub")), (stays.sub(), None));
    // A client that still names the other one means whoever it is now.
    let request = portal.authorize().with("prompt", "none").with("id_token_hint", &ends.id_token);
    browser.open(&request.url()).await.callback().code();
    // Both mailboxes hear of it, and the trail has it.
    told(&server, &survivor.email, "was joined to your account").await;
    told(&server, &other.email, "has ended").await;
    assert!(database_has(&server, "joined_to"), "the trail says what it was joined to");
    assert_eq!(server.cli(&["audit", "verify"])["intact"], true);
}
