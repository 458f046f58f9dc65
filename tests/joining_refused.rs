//! Whose accounts are not joined, and by whom: nobody joins what they have not proven just now.

use crate::account::{at, inside, open};
use crate::contact_changes::change_email;
use crate::contact_sync::{ALL, Office};
use crate::federation::{resident, userinfo, world};
use crate::joining::{at_check, at_sign_in, joined, prove};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, step};
use crate::support::seed::PASSWORD;
use crate::support::{Browser, Factor, Options, RelyingParty, Resident, Server, Stop, Tokens, sign_in};

/// The accounts are two, as they were.
async fn apart(server: &Server, party: &RelyingParty, tokens: &Tokens, other: &Resident) {
    assert_eq!(userinfo(party, server, &tokens.access_token).await, 200);
    assert_eq!(server.cli(&["user", "show", "--email", &other.email])["sub"], tokens.sub());
}

/// The page that says why not.
#[track_caller]
fn refused(page: &Page, why: &str) {
    assert_eq!((page.status(), page.headings[0].as_str()), (409, "These accounts cannot be joined"), "{}", page.text);
    assert!(page.text.contains(why) && !page.has_button("continue"), "{}", page.text);
    page.assert_contract();
}

#[tokio::test]
async fn req_week_one_7_the_same_account_twice_is_one_and_a_session_alone_proves_neither() {
    let server = Server::start(Options::default()).await;
    let survivor = server.resident_with_email();
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let here = page.url().clone();
    let page = prove(&server, &mut browser, page, &survivor, Factor::Email).await;
    refused(&page, "You have signed in to the same account twice");
    assert!(page.links.iter().any(|link| link.href == "/account/join"), "{}", page.text);
    // The session is as it was, and its confirmation page is none of the other account's.
    assert_eq!(browser.open("/account/security").await.page().path(), "/account/security");
    let (mut other, page) = at_sign_in(&server, &survivor).await;
    let page = other.open(&page.url().as_str().replace("/sign-in?", "/sign-in/confirm?")).await.page();
    assert_eq!((page.path(), asks(&page)), ("/sign-in", Ask::Email), "{}", page.text);
    let page = other.open(&page.url().as_str().replace("/sign-in?", "/join?")).await.page();
    assert_eq!(page.path(), "/sign-in", "{}", page.text);
    // What was proven of the account that stays grows old.
    server.advance(301).await;
    let page = browser.open("/account/join").await.page();
    assert_eq!(page.path(), "/sign-in/confirm", "{}", page.text);
    let page = other.open("/account/security").await.page();
    let page = other.open(crate::self_service::href_of(&page, "/account/join")).await.page();
    assert_eq!(page.path(), "/sign-in/confirm", "{}", page.text);
    // And so does the whole.
    server.advance(31 * 60).await;
    let page = browser.open(here.as_str()).await.page();
    assert_eq!(page.status(), 410, "{}", page.text);
    let again = crate::self_service::href_of(&page, "/start-again").to_owned();
    let page = browser.open(&again).await.page();
    assert!(page.path().starts_with("/sign-in"), "{}", page.text);
    let page = inside(&server, &mut browser, Stop::Page(Box::new(page)), &survivor, Factor::Email).await;
    assert_eq!(page.path(), "/account/join", "{}", page.text);
}

#[tokio::test]
async fn req_week_one_7_a_form_that_was_left_open_takes_a_new_proof() {
    let server = Server::start(Options::default()).await;
    let survivor = server.resident_with_email();
    let (mut browser, page) = at(&server, "/account/join", &survivor).await;
    server.advance(301).await;
    let page = browser.submit(&page, &[]).await.page();
    assert_eq!(page.path(), "/sign-in/confirm", "{}", page.text);
    let page = inside(&server, &mut browser, Stop::Page(Box::new(page)), &survivor, Factor::Email).await;
    assert_eq!(page.path(), "/account/join", "{}", page.text);
}

#[tokio::test]
async fn req_week_one_7_whoever_comes_to_an_open_page_joins_nothing_of_their_own() {
    let server = Server::start(Options::default()).await;
    let (survivor, other, party) = (server.resident_with_email(), server.resident_with_email(), server.portal());
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    server.advance(301).await;
    let tokens = sign_in(&server, &mut server.browser(), &party, &other, Factor::Email).await;
    let page = prove(&server, &mut browser, page, &other, Factor::Email).await;
    refused(&page, "It is too long ago that you confirmed that it is you");
    apart(&server, &party, &tokens, &other).await;
    // What was begun in time may take its time.
    let page = open(&server, &mut browser, "/account/join", &survivor, Factor::Email).await;
    let page = browser.submit(&page, &[]).await.page();
    let page = prove(&server, &mut browser, page, &other, Factor::Email).await;
    server.advance(600).await;
    joined(&mut browser, &page).await;
}

#[tokio::test]
async fn req_week_one_7_sec_r41_a_password_is_not_enough_where_the_other_account_has_more() {
    let server = Server::start(Options::default()).await;
    let (survivor, party) = (server.resident_with_email(), server.portal());
    for (other, factor) in [(server.resident(), Factor::Totp), (server.resident_with_email(), Factor::Email)] {
        let tokens = sign_in(&server, &mut server.browser(), &party, &other, factor).await;
        server.advance(31).await;
        let (mut browser, page) = at_sign_in(&server, &survivor).await;
        let page = browser.submit(&page, &[("email", &other.email)]).await.page();
        let wrong = browser.submit(&page, &[("password", "not this one at all")]).await.page();
        assert_eq!(wrong.status(), 422, "{}", wrong.text);
        let page = browser.submit(&page, &[("password", &other.password)]).await.page();
        assert_eq!(asks(&page), Ask::Code, "{factor:?}: {}", page.text);
        let query = page.url().query().expect("a transaction").to_owned();
        let page = browser.open(&format!("/join?{query}")).await.page();
        assert_eq!(asks(&page), Ask::Code, "{factor:?}: {}", page.text);
        apart(&server, &party, &tokens, &other).await;
    }
}

#[tokio::test]
async fn req_week_one_7_sec_r41_case_fe5_an_address_alone_joins_nothing() {
    let (upstreams, server) = world().await;
    let (survivor, other) = (server.resident_with_email(), resident("owner@gmail.com", PASSWORD));
    server.cli(&["user", "add", "--email", &other.email, "--password", PASSWORD]);
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let away = browser.press(&page, "provider-google", &[]).await.callback();
    let url = away.response.location().expect("a redirect").to_owned();
    let fields = [("sub", "88001"), ("email", other.email.as_str()), ("email_verified", "true")];
    let back = upstreams.choose(&url, "own", &fields).await;
    let page = browser.open(&back).await.page();
    assert_eq!(
        (page.status(), page.headings[0].as_str()),
        (403, "We could not sign you in with Google"),
        "{}",
        page.text
    );
    assert!(page.text.contains("We do not know an account"), "{}", page.text);
    // Nor does a guest, who has no account.
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let page = browser.open(&page.url().as_str().replace("/sign-in?", "/guest?")).await.page();
    assert_eq!((page.path(), asks(&page)), ("/sign-in", Ask::Email), "{}", page.text);
}

#[tokio::test]
async fn req_week_one_7_accounts_of_staff_are_not_joined_to_anybodys() {
    let server = Server::start(Options::default()).await;
    let (survivor, staff) =
        (server.resident(), Resident { email: "desk@example.test".to_owned(), ..server.resident() });
    let add = ["user", "add", "--email", &staff.email, "--password", PASSWORD, "--class", "staff"];
    server.cli(&[&add[..], &["--totp-secret", &staff.totp_secret]].concat());
    let mut browser = server.browser();
    let page = open(&server, &mut browser, "/account/join", &survivor, Factor::Totp).await;
    let page = browser.submit(&page, &[]).await.page();
    let page = prove(&server, &mut browser, page, &staff, Factor::Totp).await;
    refused(&page, "Accounts of staff are not joined");
    // The other way round it does not even begin.
    server.advance(60).await;
    let mut browser = server.browser();
    let page = open(&server, &mut browser, "/account/security", &staff, Factor::Totp).await;
    assert!(!page.links.iter().any(|link| link.href == "/account/join"), "{}", page.text);
    let page = open(&server, &mut browser, "/account/join", &staff, Factor::Totp).await;
    refused(&page, "Accounts of staff are not joined");
}

#[tokio::test]
async fn req_week_one_7_two_accounts_that_back_offices_manage_stay_two() {
    let server = Server::start(Options::default()).await;
    let (survivor, other) = (server.resident_with_email(), server.resident_with_email());
    let crm = Office::of(&server, "crm", ALL).await;
    crm.adopts("1", &survivor).await;
    crm.adopts("2", &other).await;
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let page = prove(&server, &mut browser, page, &other, Factor::Email).await;
    refused(&page, "managed by the council already: crm");
    // Of one, the other goes on.
    let third = server.resident_with_email();
    let (mut browser, page) = at_check(&server, &survivor, &third, Factor::Email).await;
    joined(&mut browser, &page).await;
}

#[tokio::test]
async fn req_week_one_7_case_ot9_whoever_may_still_undo_a_change_of_the_other_account_does_not_lose_it() {
    let server = Server::start(Options::default()).await;
    let (survivor, victim) = (server.resident_with_email(), server.resident_with_email());
    let stolen = "thief@example.test";
    let (mut thief, _) = at(&server, "/account/email", &victim).await;
    change_email(&server, &mut thief, stolen).await;
    let taken = Resident { email: stolen.to_owned(), ..victim.clone() };
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let page = prove(&server, &mut browser, page, &taken, Factor::Email).await;
    refused(&page, "changed a few days ago");
    server.advance(8 * 24 * 3600).await;
    let (mut browser, page) = at_check(&server, &survivor, &taken, Factor::Email).await;
    joined(&mut browser, &page).await;
}

#[tokio::test]
async fn req_week_one_7_sec_r42_an_account_that_is_locked_or_ended_is_not_joined() {
    let server = Server::start(Options::default()).await;
    let survivor = server.resident_with_email();
    // Before it is proven.
    let other = server.resident_with_email();
    server.cli(&["user", "lock", "--email", &other.email]);
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let page = browser.submit(&page, &[("email", &other.email)]).await.page();
    let page = browser.submit(&page, &[("password", &other.password)]).await.page();
    assert_eq!(page.status(), 403, "{}", page.text);
    // After it was.
    for command in [&["lock"][..], &["end", "--reason", "moved away"]] {
        let other = server.resident_with_email();
        let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
        let args = [&["user", command[0], "--email", &other.email], &command[1..]].concat();
        server.cli(&args);
        let page = browser.press(&page, "continue", &[]).await.page();
        assert_ne!(page.path(), "/account/security", "{command:?}: {}", page.text);
        assert!(!browser.open("/account/security").await.page().text.contains(&other.email), "{command:?}");
    }
    // And the one that is to stay.
    let (other, party) = (server.resident_with_email(), server.portal());
    let tokens = sign_in(&server, &mut server.browser(), &party, &other, Factor::Email).await;
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    server.cli(&["user", "lock", "--email", &survivor.email]);
    let page = browser.press(&page, "continue", &[]).await.page();
    assert_ne!(page.path(), "/account/security", "{}", page.text);
    apart(&server, &party, &tokens, &other).await;
}

#[tokio::test]
async fn req_week_one_7_the_session_that_asked_must_be_there_to_the_end() {
    let server = Server::start(Options::default()).await;
    let (survivor, other, party) = (server.resident_with_email(), server.resident_with_email(), server.portal());
    let tokens = sign_in(&server, &mut server.browser(), &party, &other, Factor::Email).await;
    // It was ended from elsewhere.
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    server.cli(&["user", "end-sessions", "--email", &survivor.email]);
    let answer = browser.press(&page, "continue", &[]).await.page();
    refused(&answer, "You are not signed in any more to the account that stays");
    apart(&server, &party, &tokens, &other).await;
    // Another one of the same account is not it.
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    server.cli(&["user", "end-sessions", "--email", &survivor.email]);
    sign_in(&server, &mut browser, &party, &survivor, Factor::Email).await;
    let answer = browser.press(&page, "continue", &[]).await.page();
    assert!(answer.path() == "/sign-in" || answer.status() == 409, "{} {}", answer.url(), answer.text);
    apart(&server, &party, &tokens, &other).await;
    // Nor is somebody else's.
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    let third = server.resident_with_email();
    server.cli(&["user", "end-sessions", "--email", &survivor.email]);
    sign_in(&server, &mut browser, &party, &third, Factor::Email).await;
    let answer = browser.press(&page, "continue", &[]).await.page();
    assert_ne!(answer.path(), "/account/security", "{}", answer.text);
    apart(&server, &party, &tokens, &other).await;
}

#[tokio::test]
async fn req_week_one_7_what_was_proven_counts_once_in_its_own_browser_and_from_its_own_page() {
    let server = Server::start(Options::default()).await;
    let (survivor, other, party) = (server.resident_with_email(), server.resident_with_email(), server.portal());
    let tokens = sign_in(&server, &mut server.browser(), &party, &other, Factor::Email).await;
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    let form = page.form_of_button("continue").expect("a form").clone();
    let request = || Browser::form_request(&page, &form, &[], Some("continue"));
    // Another browser, even one of the same person.
    for mut elsewhere in [server.browser(), at(&server, "/account", &survivor).await.0] {
        let answer = elsewhere.fetch(request()).await;
        assert!(answer.status.is_client_error(), "{} {}", answer.status, answer.text());
        let shown = elsewhere.open(page.url().as_str()).await.page();
        assert!(shown.status() >= 400, "{}", shown.text);
    }
    // A form that is not ours.
    let forged = Browser::form_request(&page, &form, &[("csrf", "AAAA")], Some("continue"));
    assert_eq!(browser.fetch(forged).await.status, 403);
    apart(&server, &party, &tokens, &other).await;
    // Its own: once, however often it is sent at the same time.
    let mut others = [browser.clone(), browser.clone(), browser.clone()];
    let [one, two, three] = &mut others;
    let (a, b, c) = tokio::join!(one.fetch(request()), two.fetch(request()), three.fetch(request()));
    let done = [&a, &b, &c].iter().filter(|answer| answer.location() == Some("/account/security?done=joined")).count();
    assert_eq!(done, 1, "{} {} {}", a.text(), b.text(), c.text());
    for answer in [a, b, c] {
        assert!(answer.status.as_u16() < 500, "{}", answer.text());
    }
    let mut replay = browser.clone();
    let page = replay.go(request()).await.page();
    assert_ne!(page.path(), "/account/security", "{}", page.text);
    // Two that join each other at the same moment: one stays.
    let (first, second) = (server.resident_with_email(), server.resident_with_email());
    let (mut one, to_first) = at_check(&server, &first, &second, Factor::Email).await;
    let (mut two, to_second) = at_check(&server, &second, &first, Factor::Email).await;
    let (a, b) = tokio::join!(one.press(&to_first, "continue", &[]), two.press(&to_second, "continue", &[]));
    let done = [a.page(), b.page()].iter().filter(|page| page.text.contains("You have joined your accounts")).count();
    assert_eq!(done, 1);
    let [first, second] =
        [&first, &second].map(|who| server.cli(&["user", "show", "--email", &who.email])["sub"].clone());
    assert_eq!(first, second);
}

#[tokio::test]
async fn req_week_one_7_whoever_leaves_joins_nothing() {
    let server = Server::start(Options::default()).await;
    let (survivor, other, party) = (server.resident_with_email(), server.resident_with_email(), server.portal());
    let tokens = sign_in(&server, &mut server.browser(), &party, &other, Factor::Email).await;
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    let page = browser.press(&page, "cancel", &[]).await.page();
    assert_eq!(page.path(), "/account", "{}", page.text);
    apart(&server, &party, &tokens, &other).await;
    // In Welsh as well.
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let page = browser.open(&format!("{}&lang=cy", page.url())).await.page();
    assert!(page.text.contains("Mewngofnodwch i’r cyfrif arall"), "{}", page.text);
    let mut page = page;
    while page.path() != "/join" {
        page = step(&mut browser, &page, &other, Factor::Email, &(&server).into()).await.page();
    }
    assert_eq!(page.headings[0], "Ydych chi eisiau uno’r cyfrifon hyn?", "{}", page.text);
}
