//! Guests: a subject of their own at one client, and nothing more.

use std::collections::BTreeSet;

use crate::recovery::follow;
use crate::support::cookies::Cookie;
use crate::support::journey::{Ask, asks, finish};
use crate::support::tokens::Tokens;
use crate::support::{Authorization, Browser, Factor, Options, RelyingParty, Request, Server, Stop};

/// From the request to the callback, as a guest.
pub async fn enter(browser: &mut Browser, party: &RelyingParty, request: &Authorization) -> Tokens {
    let page = browser.open(&request.url()).await.page();
    let page = follow(browser, &page, "/guest?").await;
    page.assert_contract();
    let callback = browser.press(&page, "continue", &[]).await.callback();
    party.finish(request, &callback).await
}

#[tokio::test]
async fn req_s0_17_scr_r28_case_gu1_sec_r43_a_guest_is_a_real_subject_that_says_what_it_is() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.client("council"), server.browser());
    let tokens = enter(&mut browser, &party, &party.authorize()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("guest", vec![]));
    let claims = party.claims(&tokens.access_token).await;
    assert_eq!(claims["sub"], tokens.sub());
    let names = claims.as_object().expect("claims").keys().map(String::as_str).collect::<BTreeSet<_>>();
    assert!(!names.iter().any(|name| name.starts_with("email") || name.starts_with("phone")), "{names:?}");
    let other = enter(&mut server.browser(), &party, &party.authorize()).await;
    assert_ne!(other.sub(), tokens.sub(), "each visit is somebody");
}

#[tokio::test]
async fn req_assurance_8_a_guest_is_no_session_at_its_own_client_or_another() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.client("council"), server.browser());
    let tokens = enter(&mut browser, &party, &party.authorize()).await;
    for client in ["council", "portal", "one-factor"] {
        let party = server.client(client);
        browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
        assert_eq!(asks(&browser.open(&party.authorize().url()).await.page()), Ask::Email, "{client}");
    }
    // The cookie of a guest opens nothing, whatever it is called.
    let guest =
        browser.jar.all().iter().find(|cookie| cookie.name.contains("-guest")).expect("a guest's cookie").clone();
    let mut thief = server.browser();
    thief.jar.plant(&[Cookie { name: guest.name.replace("-guest", "-session"), ..guest }]);
    thief.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    let page = thief.open("/account").await.page();
    assert_ne!(page.path(), "/account", "{}", page.text);
    // The next person at this screen is another guest.
    let next = enter(&mut browser, &party, &party.authorize()).await;
    assert_ne!(next.sub(), tokens.sub());
}

#[tokio::test]
async fn case_gu1_who_is_asked_for_more_than_a_guest_can_show_signs_in() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.client("council"), server.browser());
    enter(&mut browser, &party, &party.authorize()).await;
    for acr in ["1fa", "2fa"] {
        let page = browser.open(&party.authorize().with("acr_values", acr).url()).await.page();
        assert_eq!(asks(&page), Ask::Email, "{}", page.text);
        assert!(!page.links.iter().any(|link| link.href.contains("guest")), "{acr}: {}", page.text);
        let query = page.url().query().unwrap_or_default().to_owned();
        let forced = browser.open(&format!("/guest?{query}")).await.page();
        assert_eq!(asks(&forced), Ask::Email, "{acr}: {}", forced.text);
        let silent = party.authorize().with("acr_values", acr).with("prompt", "none");
        browser.open(&silent.url()).await.callback().error("login_required");
    }
    let tokens = enter(&mut browser, &party, &party.authorize().with("acr_values", "guest 1fa")).await;
    assert_eq!(tokens.acr(), "guest");
}

#[tokio::test]
async fn sec_r43_a_client_without_the_opt_in_takes_no_guests() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.portal(), server.browser());
    let page = browser.open(&party.authorize().url()).await.page();
    assert!(!page.links.iter().any(|link| link.href.contains("guest")), "{}", page.text);
    let query = page.url().query().unwrap_or_default().to_owned();
    let page = browser.open(&format!("/guest?{query}")).await.page();
    assert_eq!((page.path(), asks(&page)), ("/sign-in", Ask::Email));
}

#[tokio::test]
async fn case_gu4_guests_are_over_at_a_time_and_counted_by_address() {
    let server = Server::start(Options::default()).await;
    let party = server.client("council");
    let tokens = enter(&mut server.browser(), &party, &party.authorize()).await;
    let request = party.authorize();
    let mut browser = server.browser();
    let page = browser.open(&request.url()).await.page();
    let page = follow(&mut browser, &page, "/guest?").await;
    let callback = browser.press(&page, "continue", &[]).await.callback();
    // Each browser of a test has an address of its own.
    let (mut let_in, mut many) = (0, server.browser());
    let refused = loop {
        let page = many.open(&party.authorize().url()).await.page();
        let page = follow(&mut many, &page, "/guest?").await;
        match many.press(&page, "continue", &[]).await {
            Stop::Page(page) => break page,
            Stop::Callback(_) => let_in += 1,
        }
        assert!(let_in < 100, "guests without end");
    };
    assert_eq!((refused.status(), let_in), (429, 20), "{}", refused.text);
    server.advance(61 * 60).await;
    let info = Request::get(&server.url("/userinfo")).bearer(&tokens.access_token);
    assert_eq!(party.agent.send(info).await.status, 401, "over");
    assert_eq!(party.redeem(&request, callback.code()).await.status, 400, "its code is over too");
}

#[tokio::test]
async fn case_gu3_a_guest_who_signs_in_keeps_the_subject_where_nothing_else_claims_it() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.client("council"), server.browser());
    let guest = enter(&mut browser, &party, &party.authorize()).await;
    let resident = server.resident_with_email();
    let hinted = || party.authorize().with("id_token_hint", &guest.id_token);
    // Somebody else with the client's token is not that guest.
    let mut stranger = server.browser();
    let stop = stranger.open(&hinted().url()).await;
    let other = server.resident_with_email();
    let stop = finish(&mut stranger, stop, &other, Factor::Email, &(&server).into()).await;
    let page = stop.page();
    assert!(page.status() < 500 && page.has_button("cancel"), "{}", page.text);
    // The same browser: it is the guest, who has an account now.
    let request = hinted();
    let stop = browser.open(&request.url()).await;
    let callback = finish(&mut browser, stop, &resident, Factor::Email, &(&server).into()).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.sub(), tokens.acr()), (guest.sub(), "2fa"));
    assert_eq!(tokens.text("previous_sub"), None);
    let info = Request::get(&server.url("/userinfo")).bearer(&guest.access_token);
    assert_eq!(party.agent.send(info).await.status, 401, "the guest is over");
    assert_eq!(party.claims(&tokens.access_token).await["sub"], guest.sub());
    // From now on, in every browser, and at no other client.
    let again = crate::support::sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
    assert_eq!(again.sub(), guest.sub());
    let portal = server.portal();
    let elsewhere = crate::support::sign_in(&server, &mut server.browser(), &portal, &resident, Factor::Email).await;
    assert_ne!(elsewhere.sub(), guest.sub());
}

#[tokio::test]
async fn case_gu3_a_client_that_knows_the_person_already_is_told_which_guest_it_was() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.client("council"), server.browser());
    let resident = server.resident_with_email();
    let known = crate::support::sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
    let guest = enter(&mut browser, &party, &party.authorize()).await;
    let request = party.authorize().with("id_token_hint", &guest.id_token);
    let stop = browser.open(&request.url()).await;
    let callback = finish(&mut browser, stop, &resident, Factor::Email, &(&server).into()).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!(tokens.sub(), known.sub());
    assert_eq!(tokens.text("previous_sub"), Some(guest.sub()));
}

#[tokio::test]
async fn where_guests_share_an_account_every_guest_is_the_same_subject() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.client("shared-guest"), server.browser());
    let one = enter(&mut browser, &party, &party.authorize()).await;
    let two = enter(&mut server.browser(), &party, &party.authorize()).await;
    assert_eq!((one.sub(), one.acr()), (two.sub(), "guest"));
    server.advance(24 * 3600).await;
    let later = enter(&mut server.browser(), &party, &party.authorize()).await;
    assert_eq!(one.sub(), later.sub());
    // Whoever signs in was all of them, and takes nothing over.
    let resident = server.resident_with_email();
    let request = party.authorize().with("id_token_hint", &later.id_token);
    let stop = browser.open(&request.url()).await;
    let page = finish(&mut browser, stop, &resident, Factor::Email, &(&server).into()).await.page();
    assert!(page.has_button("cancel"), "{}", page.text);
}
