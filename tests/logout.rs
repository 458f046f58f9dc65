//! RP-initiated logout: with proof at once, without it only after a question.

use crate::support::relying_party::RelyingParty;
use crate::support::{Browser, Factor, Server, Stop, Tokens, random, sign_in};

const OUT: &str = "http://localhost:9/out";

async fn signed_in(server: &Server) -> (RelyingParty, Browser, Tokens) {
    let (party, mut browser) = (server.portal(), server.browser());
    let tokens = sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    (party, browser, tokens)
}

async fn has_session(browser: &mut Browser, party: &RelyingParty) -> bool {
    let callback = browser.open(&party.authorize().with("prompt", "none").url()).await.callback();
    match callback.get("error") {
        None => true,
        Some("login_required") => false,
        Some(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn check_113_114_a_hint_and_a_registered_address_log_out_and_return() {
    let server = Server::shared().await;
    for state in [Some("s".repeat(128)), None] {
        let (party, mut browser, tokens) = signed_in(server).await;
        let mut params = vec![("id_token_hint", &*tokens.id_token), ("post_logout_redirect_uri", OUT)];
        params.extend(state.as_deref().map(|state| ("state", state)));
        let stop = browser.open(&party.logout_url(&params)).await;
        let callback = stop.callback();
        assert_eq!(callback.url.as_str(), OUT);
        assert_eq!(callback.get("state"), state.as_deref());
        assert_eq!(callback.params.len(), usize::from(state.is_some()), "nothing else: {:?}", callback.params);
        assert!(!has_session(&mut browser, &party).await);
    }
}

#[tokio::test]
async fn check_115_case_lo2_forged_hints_and_strange_addresses_never_redirect() {
    use base64::Engine;
    let server = Server::shared().await;
    let (party, mut browser, tokens) = signed_in(server).await;
    let encode = |text: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text);
    let payload = tokens.id_token.split('.').nth(1).expect("a payload");
    let unsigned = format!("{}.{payload}.", encode(r#"{"alg":"none"}"#));
    let mut cut = tokens.id_token.clone();
    cut.truncate(cut.len() - 8);
    let good = &tokens.id_token;
    for (hint, uri) in [
        (good.as_str(), "http://localhost:9/out?foo=bar"),
        (good, "http://localhost:9/out/"),
        (good, "https://evil.test/out"),
        (good, "http://localhost:9@evil.test/out"),
        (&unsigned, OUT),
        (&cut, OUT),
        ("garbage", OUT),
    ] {
        let stop = browser.open(&party.logout_url(&[("id_token_hint", hint), ("post_logout_redirect_uri", uri)])).await;
        let Stop::Page(page) = stop else { panic!("a redirect to {uri} with {hint:.40}") };
        assert!(page.response.is_html());
        if hint != good {
            assert!(has_session(&mut browser, &party).await, "nobody was logged out by {hint:.40}");
        }
    }
}

#[tokio::test]
async fn check_116_117_case_lo1_without_a_hint_the_person_is_asked_first() {
    let server = Server::shared().await;
    for params in [&[][..], &[("state", "x")], &[("post_logout_redirect_uri", OUT)], &[("client_id", "portal")]] {
        let (party, mut browser, _) = signed_in(server).await;
        let page = browser.open(&party.logout_url(params)).await.page();
        assert!(page.has_button("sign-out"), "{params:?}: {}", page.text);
        page.assert_contract();
        assert!(has_session(&mut browser, &party).await, "a GET ends nothing");
        let page = browser.press(&page, "sign-out", &[]).await.page();
        assert_eq!(page.status(), 200, "signed out, and no way to {params:?} without proof");
        assert!(!has_session(&mut browser, &party).await);
    }
}

#[tokio::test]
async fn check_117_the_person_may_stay() {
    let server = Server::shared().await;
    let (party, mut browser, _) = signed_in(server).await;
    let page = browser.open(&party.logout_url(&[])).await.page();
    let request = crate::support::Request::post(&server.url("/sign-out"), &[("sign-out", "1")]);
    let forged = browser.fetch(request.header("origin", "https://evil.test")).await;
    assert!(matches!(forged.status.as_u16(), 403..=405), "{}", forged.status);
    drop(page);
    assert!(has_session(&mut browser, &party).await);
}

#[tokio::test]
async fn scr_r46_whoever_stays_signed_in_goes_back_to_the_service_or_to_a_page_that_says_so() {
    let server = Server::shared().await;
    let (party, mut browser, _) = signed_in(server).await;
    let page = browser.open(&party.logout_url(&[])).await.page();
    assert!(page.links.iter().any(|link| link.href == "/still-signed-in"), "{:?}", page.links);
    let stay = browser.open(&server.url("/still-signed-in")).await.page();
    stay.assert_contract();
    assert_eq!((stay.status(), stay.path()), (200, "/still-signed-in"));
    assert!(has_session(&mut browser, &party).await);
    // A service that has a page is where one came from, before as after.
    let named = [("client_id", "with-home"), ("state", "x")];
    let page = browser.open(&party.logout_url(&named)).await.page();
    assert!(page.links.iter().any(|link| link.href == "http://localhost:9/home"), "{:?}", page.links);
    assert!(page.title.contains("with-home"), "{}", page.title);
    let out = browser.press(&page, "sign-out", &[]).await.page();
    assert_eq!((out.status(), out.path()), (200, "/signed-out"));
    assert!(out.links.iter().any(|link| link.href == "http://localhost:9/home"), "{:?}", out.links);
    let nobody = browser.open(&server.url("/still-signed-in")).await.page();
    assert_eq!(nobody.path(), "/signed-out", "there is nobody to stay");
}

#[tokio::test]
async fn check_118_case_lo4_old_cookies_and_pages_are_dead_after_logout() {
    let server = Server::shared().await;
    let (party, mut browser, tokens) = signed_in(server).await;
    let old = browser.jar.all().to_vec();
    let request = party.authorize();
    let parked = browser.open(&request.clone().with("prompt", "login").url()).await.page();
    browser.open(&party.logout_url(&[("id_token_hint", &tokens.id_token)])).await.page();
    browser.jar.plant(&old);
    assert!(!has_session(&mut browser, &party).await, "a replayed cookie");
    let stop = browser.open(parked.url().as_str()).await;
    let Stop::Page(page) = stop else { panic!("an interaction outlived its session") };
    assert!(page.response.header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn check_119_logout_works_by_post_as_well() {
    let server = Server::shared().await;
    let (party, mut browser, tokens) = signed_in(server).await;
    let fields = [("id_token_hint", &*tokens.id_token), ("post_logout_redirect_uri", OUT), ("state", "abc")];
    let request = crate::support::Request::post(&server.url("/logout"), &fields).header("origin", "http://localhost:9");
    let callback = browser.go(request).await.callback();
    assert_eq!(callback.get("state"), Some("abc"));
    // SameSite=Lax keeps the session cookie out of a cross-site POST: the hint alone names the session.
    assert!(!has_session(&mut browser, &party).await);
}

#[tokio::test]
async fn check_113_an_expired_hint_is_still_a_hint() {
    let server = Server::start(crate::support::Options::default()).await;
    let (party, mut browser, tokens) = signed_in(&server).await;
    server.advance(1200).await;
    let params = [("id_token_hint", &*tokens.id_token), ("post_logout_redirect_uri", OUT)];
    let callback = browser.open(&party.logout_url(&params)).await.callback();
    assert_eq!(callback.url.as_str(), OUT);
}

#[tokio::test]
async fn check_115_a_hint_of_another_person_or_client_asks_first() {
    let server = Server::shared().await;
    let (party, mut browser, _) = signed_in(server).await;
    let (_, _, other) = signed_in(server).await;
    let params = [("id_token_hint", &*other.id_token), ("post_logout_redirect_uri", OUT), ("state", &*random())];
    let stop = browser.open(&party.logout_url(&params)).await;
    if let Stop::Page(page) = stop {
        assert!(page.has_button("sign-out"), "{}", page.text);
    }
    assert!(has_session(&mut browser, &party).await, "only the hint's own session may end");
}
