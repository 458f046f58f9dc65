//! Sign-ins at Google and Facebook that are linked to an account and unlinked again: by whom, in which browser, and what ends.

use crate::federation::{by, by_text, finish_on, follow_to, resident, sign_in_by_text, userinfo, world};
use crate::recovery::follow;
use crate::support::journey::{Ask, asks, finish};
use crate::support::seed::PASSWORD;
use crate::support::upstreams::Upstreams;
use crate::support::{Browser, Factor, Resident, Server, Stop, eventually, inbox, sign_in};

#[tokio::test]
async fn scr_r27_sec_r41_a_sign_in_is_linked_once_its_owner_has_signed_in_to_the_account() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    server.cli(&["user", "add", "--email", "owner@gmail.com", "--password", PASSWORD, "--phone", "+447700900321"]);
    let known = sign_in_by_text(&server, &party).await;
    let fields = [("sub", "88001"), ("email", "owner@gmail.com"), ("email_verified", "true")];
    // Who does not link signs in in another way, and nothing is linked.
    let mut browser = server.browser();
    let page = by(&upstreams, &mut browser, &party.authorize(), "google", "own", &fields).await.page();
    assert_eq!(page.path(), "/link", "{}", page.text);
    page.assert_contract();
    let page = browser.press(&page, "do-not-link", &[]).await.page();
    assert_eq!(asks(&page), Ask::Email, "{}", page.text);
    // The password alone is not enough: the strongest factor of the account comes next.
    let mut browser = server.browser();
    let request = party.authorize();
    let page = by(&upstreams, &mut browser, &request, "google", "own", &fields).await.page();
    let wrong = browser.submit(&page, &[("password", "not this one at all")]).await.page();
    assert_eq!((wrong.status(), wrong.path()), (422, "/link"), "{}", wrong.text);
    let page = browser.submit(&page, &[("password", PASSWORD)]).await.page();
    assert_ne!(asks(&page), Ask::Nothing, "{}", page.text);
    let callback = by_text(&server, &mut browser, page).await.callback();
    let linked = party.finish(&request, &callback).await;
    assert_eq!((linked.sub(), linked.acr()), (known.as_str(), "2fa"));
    // From now on Google alone signs in to it, and its owner has been told.
    let request = party.authorize();
    let callback = by(&upstreams, &mut server.browser(), &request, "google", "own", &fields).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.sub(), tokens.acr()), (known.as_str(), "1fa"));
    eventually("the owner is told", async || {
        let sent = inbox::messages(&server.nodes(), "owner@gmail.com").await;
        sent.into_iter().find(|message| message.subject.as_deref() == Some("You can sign in with Google"))
    })
    .await;
}

#[tokio::test]
async fn scr_r41_who_signs_in_with_google_alone_creates_a_password_and_can_then_unlink_it() {
    let (upstreams, server) = world().await;
    let (party, mut browser) = (server.client("council"), server.browser());
    let request = party.authorize();
    let callback = by(&upstreams, &mut browser, &request, "google", "resident", &[]).await.callback();
    let known = party.finish(&request, &callback).await;
    let rhian = resident("resident@gmail.com", "mauve tractor 9 lamp");
    // Whoever does not know a sign-in is not asked for a password that there is not.
    let page = browser.open("/account/activity/not-me").await;
    let page = finish_on(&server, &mut browser, page, &rhian).await;
    let page = browser.press(&page, "continue", &[]).await;
    let page = finish_on(&server, &mut browser, page, &rhian).await;
    page.assert_contract();
    assert_eq!((page.path(), page.headings[0].as_str()), ("/account/password", "Create a password"), "{}", page.text);
    assert!(page.text.contains("We have signed out every other device") && !page.has_field("current_password"));
    let page = browser.submit(&page, &[("new_password", "short")]).await.page();
    assert_eq!(page.status(), 422);
    let page = browser.submit(&page, &[("new_password", &rhian.password)]).await.page();
    assert!(page.text.contains("You have created a password"), "{}", page.text);
    crate::account::told(&server, &rhian.email, "A password was created").await;
    let page = browser.open("/account/password").await.page();
    assert!(page.has_field("current_password"), "{}", page.text);
    let page = browser.open("/account/security").await.page();
    let page = follow_to(&mut browser, &page, "/account/security/identity/remove").await;
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You have removed the link"), "{}", page.text);
    let tokens = sign_in(&server, &mut server.browser(), &party, &rhian, Factor::Email).await;
    assert_eq!(tokens.sub(), known.sub());
}

#[tokio::test]
async fn scr_r42_sec_r41_a_sign_in_is_linked_and_unlinked_on_the_account_pages_and_nobody_is_locked_out() {
    let (upstreams, server) = world().await;
    let (party, owner) = (server.client("council"), server.resident_with_email());
    let mut browser = server.browser();
    let known = sign_in(&server, &mut browser, &party, &owner, Factor::Email).await;
    let page = browser.open("/account/security").await;
    let page = finish_on(&server, &mut browser, page, &owner).await;
    assert!(page.text.contains("You have not linked another sign-in"), "{}", page.text);
    // Another person's mailbox: who can sign in there is who is linked, whatever it is called.
    let page = follow_to(&mut browser, &page, "/account/security/identity?provider=google").await;
    let page = finish_on(&server, &mut browser, Stop::Page(Box::new(page)), &owner).await;
    assert_eq!(page.headings, ["Link a sign-in with Google"], "{}", page.text);
    let url =
        browser.press(&page, "continue", &[]).await.callback().response.location().expect("a redirect").to_owned();
    let back = upstreams.choose(&url, "resident", &[]).await;
    // Not in another browser.
    let stranger = server.browser().open(&back).await.page();
    assert!(stranger.status() >= 400, "{}", stranger.text);
    let page = follow_to(&mut browser, &page, "").await;
    let url =
        browser.press(&page, "continue", &[]).await.callback().response.location().expect("a redirect").to_owned();
    let back = upstreams.choose(&url, "resident", &[]).await;
    let page = browser.open(&back).await.page();
    assert_eq!(page.path(), "/account/security", "{}", page.text);
    assert!(page.text.contains("resident@gmail.com"), "{}", page.text);
    let request = party.authorize();
    let callback = by(&upstreams, &mut server.browser(), &request, "google", "resident", &[]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.sub(), tokens.acr()), (known.sub(), "1fa"));
    // One that opens an account is nobody else's.
    let other = server.resident_with_email();
    let mut second = server.browser();
    sign_in(&server, &mut second, &party, &other, Factor::Email).await;
    let page = second.open("/account/security/identity?provider=google").await;
    let page = finish_on(&server, &mut second, page, &other).await;
    let url = second.press(&page, "continue", &[]).await.callback().response.location().expect("a redirect").to_owned();
    let page = second.open(&upstreams.choose(&url, "resident", &[]).await).await.page();
    assert_eq!(page.status(), 409, "{}", page.text);
    // Unlinked, it opens nothing.
    let page = browser.open("/account/security").await.page();
    let page = follow_to(&mut browser, &page, "/account/security/identity/remove").await;
    let page = finish_on(&server, &mut browser, Stop::Page(Box::new(page)), &owner).await;
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You have removed the link"), "{}", page.text);
    assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 401, "what began with it is over");
    let request = party.authorize();
    let callback = by(&upstreams, &mut server.browser(), &request, "google", "resident", &[]).await.callback();
    let own = party.finish(&request, &callback).await;
    assert_ne!(own.sub(), known.sub(), "whoever has it is somebody else here now");
    // The only way into an account stays.
    let mut browser = server.browser();
    by(&upstreams, &mut browser, &party.authorize(), "google", "resident", &[]).await.callback().code();
    let rhian = resident("resident@gmail.com", "");
    let page = browser.open("/account/security").await;
    let page = finish_on(&server, &mut browser, page, &rhian).await;
    let page = follow_to(&mut browser, &page, "/account/security/identity/remove").await;
    let page = finish_on(&server, &mut browser, Stop::Page(Box::new(page)), &rhian).await;
    let page = browser.press(&page, "continue", &[]).await.page();
    assert_eq!(page.status(), 409, "{}", page.text);
    assert!(page.text.contains("You could not sign in to your account without it"), "{}", page.text);
}

/// From the account pages to the provider and back: the address that the provider sends the browser back to.
async fn linking_comes_back(upstreams: &Upstreams, server: &Server, browser: &mut Browser, owner: &Resident) -> String {
    let page = browser.open("/account/security/identity?provider=google").await;
    let page = finish_on(server, browser, page, owner).await;
    let left = browser.press(&page, "continue", &[]).await.callback();
    upstreams.choose(left.response.location().expect("a redirect"), "resident", &[]).await
}

#[tokio::test]
async fn case_fe5_sec_r41_who_comes_back_to_a_browser_of_somebody_else_links_nothing() {
    let (upstreams, server) = world().await;
    let (party, ann) = (server.client("council"), server.resident_with_email());
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &party, &ann, Factor::Email).await;
    let back = linking_comes_back(&upstreams, &server, &mut browser, &ann).await;
    // Ann leaves the computer without signing out, and somebody else signs in there.
    let bob = server.resident_with_email();
    let request = party.authorize().with("prompt", "login");
    let confirm = browser.open(&request.url()).await.page();
    let page = follow(&mut browser, &confirm, "/sign-in?").await;
    let done = finish(&mut browser, Stop::Page(Box::new(page)), &bob, Factor::Email, &(&server).into()).await;
    party.finish(&request, &done.callback()).await;
    let page = browser.open(&back).await.page();
    assert_eq!((page.status(), page.headings[0].as_str()), (410, "Your session has ended"), "{}", page.text);
    let page = browser.open("/account/security").await;
    let page = finish_on(&server, &mut browser, page, &bob).await;
    assert!(page.text.contains("You have not linked another sign-in"), "{}", page.text);
}

#[tokio::test]
async fn sec_r18_who_stays_at_a_provider_for_long_signs_in_again_before_it_is_linked() {
    let (upstreams, server) = world().await;
    let (party, ann) = (server.client("council"), server.resident_with_email());
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &party, &ann, Factor::Email).await;
    let back = linking_comes_back(&upstreams, &server, &mut browser, &ann).await;
    server.advance(400).await;
    let page = browser.open(&back).await.page();
    assert!(!page.path().starts_with("/account"), "{}", page.text);
    let page = finish_on(&server, &mut browser, Stop::Page(Box::new(page)), &ann).await;
    assert!(page.text.contains("resident@gmail.com"), "{}", page.text);
}

#[tokio::test]
async fn sec_r41_unlinking_ends_what_somebody_is_half_through_with_the_sign_in() {
    let (upstreams, server) = world().await;
    let (party, ann) = (server.client("council"), server.resident_with_email());
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &party, &ann, Factor::Email).await;
    let back = linking_comes_back(&upstreams, &server, &mut browser, &ann).await;
    browser.open(&back).await.page();
    // Whoever has Ann's Google stops at the page that asks for consent.
    let (mut thief, request) = (server.browser(), party.authorize().with("prompt", "consent"));
    let consent = by(&upstreams, &mut thief, &request, "google", "resident", &[]).await.page();
    assert_eq!(asks(&consent), Ask::Consent, "{}", consent.text);
    let page = browser.open("/account/security").await.page();
    let page = follow_to(&mut browser, &page, "/account/security/identity/remove").await;
    let page = finish_on(&server, &mut browser, Stop::Page(Box::new(page)), &ann).await;
    browser.press(&page, "continue", &[]).await.page();
    let page = thief.press(&consent, "allow", &[]).await.page();
    assert_eq!(asks(&page), Ask::Email, "they sign in anew: {}", page.text);
}
