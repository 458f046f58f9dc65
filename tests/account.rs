//! The pages of one's own account (R38, R41 to R45): who gets in, what a change takes, and what follows from it. How
//! contacts are changed is in `contact_changes`.

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until, step};
use crate::support::seed::PASSWORD;
use crate::support::{Browser, Factor, Options, Request, Resident, Server, Stop, inbox, sign_in, totp};

const NEW_PASSWORD: &str = "violet lantern over quiet harbour";

/// Goes on as this resident until the browser is on a page of the account.
pub(crate) async fn inside(
    server: &Server,
    browser: &mut Browser,
    mut stop: Stop,
    resident: &Resident,
    factor: Factor,
) -> Page {
    for _ in 0..8 {
        let page = stop.page();
        if page.path().starts_with("/account") {
            return page;
        }
        stop = step(browser, &page, resident, factor, &server.into()).await;
    }
    panic!("the account does not open")
}

/// A page of the account, whatever it asks for first.
pub(crate) async fn open(
    server: &Server,
    browser: &mut Browser,
    path: &str,
    resident: &Resident,
    factor: Factor,
) -> Page {
    let stop = browser.open(path).await;
    inside(server, browser, stop, resident, factor).await
}

/// Signed in at the portal, and on a page of the account.
pub(crate) async fn at(server: &Server, path: &str, resident: &Resident) -> (Browser, Page) {
    let mut browser = server.browser();
    sign_in(server, &mut browser, &server.portal(), resident, Factor::Email).await;
    let page = open(server, &mut browser, path, resident, Factor::Email).await;
    (browser, page)
}

pub(crate) async fn told(server: &Server, to: &str, words: &str) -> inbox::Message {
    crate::support::eventually(words, async || {
        let messages = inbox::messages(&server.nodes(), to).await;
        messages.into_iter().find(|message| message.body.contains(words))
    })
    .await
}

/// Whether this address and password begin a sign-in.
pub(crate) async fn signs_in(server: &Server, email: &str, password: &str) -> bool {
    let mut browser = server.browser();
    let page = browser.open(&server.portal().authorize().url()).await.page();
    let page = browser.submit(&page, &[("email", email)]).await.page();
    match browser.submit(&page, &[("password", password)]).await {
        Stop::Page(page) => page.status() < 400,
        Stop::Callback(_) => true,
    }
}

#[tokio::test]
async fn scr_r38_the_account_opens_after_a_whole_sign_in_and_lists_what_it_holds() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    // Known at a service, whose texts a new number is proven with.
    sign_in(server, &mut server.browser(), &server.portal(), &resident, Factor::Email).await;
    let mut browser = server.browser();
    let first = browser.open("/account").await.page();
    assert_eq!(first.path(), "/sign-in", "who is not signed in signs in first");
    first.assert_contract();
    assert!(!first.has_button("cancel"), "there is no service to go back to");
    let page = inside(server, &mut browser, Stop::Page(Box::new(first)), &resident, Factor::Email).await;
    page.assert_contract();
    assert_eq!((page.path(), page.headings[0].as_str()), ("/account", "Your account"));
    assert!(page.text.contains(&resident.email), "{}", page.text);
    for href in ["/account/email", "/account/phone", "/account/password"] {
        assert!(page.links.iter().any(|link| link.href == href), "{href}");
    }
    assert!(page.text.contains("Change your email address"), "the link says what it changes: {}", page.text);
    for path in ["/account/security", "/account/sessions", "/account/activity", "/account/apps"] {
        let page = browser.open(path).await.page();
        page.assert_contract();
        assert_eq!(page.path(), path);
        assert_eq!(page.response.header("cross-origin-opener-policy"), "same-origin");
    }
}

#[tokio::test]
async fn sec_r19_half_a_sign_in_opens_no_page_of_the_account() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    // Known at a client that demands a second factor, and signed in at one that does not.
    sign_in(&server, &mut server.browser(), &server.portal(), &resident, Factor::Totp).await;
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.client("one-factor"), &resident, Factor::Totp).await;
    for path in [
        "/account",
        "/account/email",
        "/account/phone",
        "/account/password",
        "/account/security",
        "/account/security/app",
        "/account/security/remove?factor=totp",
        "/account/sessions",
        "/account/sessions/everywhere",
        "/account/activity",
        "/account/activity/not-me",
        "/account/apps",
    ] {
        let page = browser.open(path).await.page();
        assert!(page.path().starts_with("/mfa/") || page.path() == "/sign-in/confirm", "{path}: {}", page.url());
        assert!(!page.text.contains("Last changed"), "{path}");
    }
    let post = Request::post(&server.url("/account/sessions/everywhere"), &[("csrf", "x")]);
    let page = browser.go(post).await.page();
    assert!(!page.path().starts_with("/account"), "{}", page.url());
    // A password alone is half of the sign-in to the pages themselves.
    let mut browser = server.browser();
    let page = browser.open("/account").await.page();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    browser.submit(&page, &[("password", PASSWORD)]).await.page();
    let page = browser.open("/account/sessions").await.page();
    assert_eq!(page.path(), "/sign-in");
}

#[tokio::test]
async fn sec_r18_the_account_pages_are_no_client_to_anybody() {
    let server = Server::shared().await;
    let mut browser = server.browser();
    let request = server.portal().authorize().with("client_id", "idp:account");
    assert_eq!(browser.open(&request.with("redirect_uri", "/account").url()).await.page().status(), 400);
    let params = [("grant_type", "authorization_code"), ("client_id", "idp:account"), ("code", "x")];
    let answer = browser.agent.send(Request::post(&server.url("/token"), &params)).await;
    answer.oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn req_assurance_5_sec_r18_case_ot9_every_change_takes_a_fresh_proof_with_the_strongest_factor() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let mut browser = server.browser();
    // A code by email suffices at the portal; the account has an app, so that it is what its own pages ask for.
    sign_in(&server, &mut browser, &server.portal(), &resident, Factor::Email).await;
    let page = browser.open("/account").await.page();
    assert!(page.headings[0].contains("authenticator app"), "{}", page.text);
    let page = inside(&server, &mut browser, Stop::Page(Box::new(page)), &resident, Factor::Totp).await;
    assert_eq!(page.path(), "/account");
    server.advance(301).await;
    let listed = browser.open("/account/sessions").await.page();
    let end = listed.links.iter().find(|link| link.href.contains("/end?")).expect("a session");
    let asked = browser.open(&end.href).await.page();
    let token = asked.forms[0].field("csrf").expect("a token").value.clone();
    for (path, fields) in [
        ("/account/email", vec![("email", "taken.over@example.test")]),
        ("/account/phone", vec![("phone", "07700 900123")]),
        ("/account/password", vec![("current_password", PASSWORD), ("new_password", NEW_PASSWORD)]),
        ("/account/security/app", vec![("code", "000000")]),
        ("/account/security/remove?factor=totp", vec![]),
        ("/account/sessions/everywhere", vec![]),
    ] {
        let fields = [&[("csrf", token.as_str())][..], &fields[..]].concat();
        let request = Request::post(&server.url(path), &fields).header("sec-fetch-site", "same-origin");
        let page = browser.go(request).await.page();
        assert_eq!(page.path(), "/sign-in/confirm", "{path}: {}", page.text);
        assert!(page.has_button("cancel"), "they can go back: {path}");
    }
    assert!(inbox::messages(&server.nodes(), "taken.over@example.test").await.is_empty());
    // What was typed is there again when who they are is proven.
    let fields = [("csrf", token.as_str()), ("email", "moved@example.test")];
    let request = Request::post(&server.url("/account/email"), &fields).header("sec-fetch-site", "same-origin");
    let stop = browser.go(request).await;
    let page = stop.page();
    let code = browser.submit(&page, &[("password", PASSWORD)]).await.page();
    assert!(code.headings[0].contains("authenticator app"), "the strongest factor, not an email: {}", code.text);
    let page = browser.submit(&code, &[("code", &server.totp(&resident))]).await.page();
    assert_eq!(page.path(), "/account/email");
    let typed = page.form_with("email").and_then(|form| form.field("email")).expect("the field");
    assert_eq!(typed.value, "moved@example.test");
    // Cancelling keeps the session.
    server.advance(301).await;
    let page = browser.open("/account/password").await.page();
    let page = browser.press(&page, "cancel", &[]).await.page();
    assert_eq!(page.path(), "/account");
}

#[tokio::test]
async fn scr_r41_case_pw15_sec_r9_a_new_password_takes_the_current_one_and_ends_other_sessions() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let mut other = server.browser();
    sign_in(&server, &mut other, &server.portal(), &resident, Factor::Email).await;
    server.advance(61).await;
    let (mut browser, page) = at(&server, "/account/password", &resident).await;
    page.assert_contract();
    let save = async |browser: &mut Browser, current: &str, new: &str| {
        let fields = [("current_password", current), ("new_password", new)];
        browser.press(&page, "save", &fields).await.page()
    };
    for (current, new, words) in [
        ("", NEW_PASSWORD, "Enter your current password"),
        ("not the one it is", NEW_PASSWORD, "The current password you entered is not correct"),
        (PASSWORD, "short", "Password must be at least"),
        (PASSWORD, "password1", "Choose a password that is harder to guess"),
        (PASSWORD, PASSWORD, "Choose a password you have not used here before"),
    ] {
        let page = save(&mut browser, current, new).await;
        assert_eq!(page.status(), 422, "{words}");
        assert!(page.text.contains(words), "{words}: {}", page.text);
        assert!(!page.response.text().contains("violet lantern"), "a password is never shown again");
    }
    assert!(signs_in(&server, &resident.email, PASSWORD).await);
    let done = save(&mut browser, PASSWORD, NEW_PASSWORD).await;
    assert_eq!(done.path(), "/account");
    assert!(!signs_in(&server, &resident.email, PASSWORD).await);
    assert!(signs_in(&server, &resident.email, NEW_PASSWORD).await);
    told(&server, &resident.email, "The password of your account").await;
    assert_eq!(browser.open("/account").await.page().path(), "/account", "this session stays");
    assert_eq!(other.open("/account").await.page().path(), "/sign-in", "the other one has ended");
}

/// The key of an authenticator app that a page shows.
pub(crate) fn key_on(page: &Page) -> String {
    let group = regex::Regex::new(r"\b([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})\b").expect("a pattern");
    group.captures(&page.text).expect("a key")[1].replace(' ', "")
}

#[tokio::test]
async fn scr_r42_an_app_is_set_up_replaced_and_removed_and_the_last_needed_factor_stays() {
    let server = Server::start(Options::default()).await;
    let mut resident = server.resident_with_email();
    let (mut browser, page) = at(&server, "/account/security", &resident).await;
    assert!(page.text.contains("Not set up"), "{}", page.text);
    let page = open(&server, &mut browser, "/account/security/app", &resident, Factor::Email).await;
    page.assert_contract();
    resident.totp_secret = key_on(&page);
    let reloaded = browser.open("/account/security/app").await.page();
    assert_eq!(key_on(&reloaded), resident.totp_secret, "a reload shows the same key");
    assert_eq!(browser.submit(&page, &[("code", "000000")]).await.page().status(), 422);
    assert!(browser.open("/account/security").await.page().text.contains("Not set up"));
    let page = browser.submit(&page, &[("code", &server.totp(&resident))]).await.page();
    assert_eq!(page.path(), "/account/security");
    assert!(page.text.contains("You have set up an authenticator app"), "{}", page.text);
    told(&server, &resident.email, "An authenticator app was set up").await;
    // From now on the app is what the account pages ask for.
    server.advance(301).await;
    let page = open(&server, &mut browser, "/account/security/remove?factor=totp", &resident, Factor::Totp).await;
    assert!(page.has_button("continue"), "{}", page.text);
    // A client that takes nothing but an app keeps it.
    server.advance(31).await;
    sign_in(&server, &mut browser, &server.client("app-only"), &resident, Factor::Totp).await;
    let refused = browser.press(&page, "continue", &[]).await.page();
    assert!(refused.text.contains("You cannot remove this. app-only"), "{}", refused.text);
    assert!(!refused.has_button("continue"));
    // It is still there, and why it stays is said where it could be removed.
    let page = browser.open("/account/security").await.page();
    page.assert_contract();
    assert!(page.text.contains("Set up") && page.text.contains("app-only asks for a second step"), "{}", page.text);
    assert!(page.links.iter().all(|link| !link.href.contains("/remove?factor=totp")), "{}", page.text);
    let welsh = browser.open("/account/security?lang=cy").await.page();
    assert!(welsh.text.contains("Mae app-only yn gofyn am ail gam"), "{}", welsh.text);
    browser.open("/account/security?lang=en").await.page();
    // Replacing it is possible; the new one counts from then on.
    server.advance(31).await;
    let page = open(&server, &mut browser, "/account/security/app", &resident, Factor::Totp).await;
    let key = key_on(&page);
    assert_ne!(key, resident.totp_secret);
    server.advance(31).await;
    let page = browser.submit(&page, &[("code", &totp::code(&key, server.now()))]).await.page();
    assert_eq!(page.path(), "/account/security");
    // Somebody who needs no app may remove it.
    let other = server.resident();
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.portal(), &other, Factor::Totp).await;
    let page = open(&server, &mut browser, "/account/security/remove?factor=totp", &other, Factor::Totp).await;
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(
        page.text.contains("You have removed your authenticator app") && page.text.contains("Not set up"),
        "{}",
        page.text
    );
    told(&server, &other.email, "was removed").await;
}

#[tokio::test]
async fn scr_r43_sec_r22_case_se9_sessions_are_listed_and_ended_one_by_one_and_all_at_once() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let mut phone = server.browser();
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1";
    phone.extra.push(("user-agent".to_owned(), agent.to_owned()));
    let tokens = sign_in(&server, &mut phone, &server.portal(), &resident, Factor::Email).await;
    server.portal().userinfo(&tokens.access_token).await.expect(200);
    server.advance(61).await;
    let (mut browser, page) = at(&server, "/account/sessions", &resident).await;
    assert!(page.text.contains("Safari on iPhone") && page.text.contains("This device"), "{}", page.text);
    let ends: Vec<_> = page.links.iter().filter(|link| link.href.contains("/end?")).map(|l| l.href.clone()).collect();
    assert_eq!(ends.len(), 2);
    let mut asked = Vec::new();
    for end in &ends {
        asked.push(browser.open(end).await.page());
    }
    let of_phone = asked.iter().find(|page| page.text.contains("iPhone")).expect("the phone");
    assert_eq!(phone.open("/account").await.page().path(), "/account", "asking ends nothing");
    let page = browser.press(of_phone, "continue", &[]).await.page();
    assert!(page.text.contains("You have signed out of that device"), "{}", page.text);
    assert_eq!(phone.open("/account").await.page().path(), "/sign-in");
    assert!(!server.portal().userinfo(&tokens.access_token).await.status.is_success());
    // Another account's session is none of theirs.
    let stranger = server.resident_with_email();
    let (mut theirs, page) = at(&server, "/account/sessions", &stranger).await;
    let own = page.links.iter().find(|link| link.href.contains("/end?")).expect("a session").href.clone();
    let confirm = theirs.open(&own).await.page();
    let token = confirm.forms[0].field("csrf").expect("a token").value.clone();
    let mine = browser.open("/account/sessions").await.page();
    let mine = mine.links.iter().find(|link| link.href.contains("/end?")).expect("a session").href.clone();
    let request = Request::post(&server.url(&mine), &[("csrf", &token)]).header("sec-fetch-site", "same-origin");
    theirs.go(request).await.page();
    assert_eq!(browser.open("/account").await.page().path(), "/account");
    // All at once.
    server.advance(61).await;
    sign_in(&server, &mut phone, &server.portal(), &resident, Factor::Email).await;
    let page = open(&server, &mut browser, "/account/sessions/everywhere", &resident, Factor::Email).await;
    let page = browser.press(&page, "continue", &[]).await.page();
    assert_eq!(page.path(), "/signed-out");
    assert!(page.text.contains("on every device") && !page.text.contains("in this browser"), "{}", page.text);
    for browser in [&mut browser, &mut phone] {
        assert_eq!(browser.open("/account").await.page().path(), "/sign-in");
    }
    // Idle and old sessions open nothing either.
    let (mut browser, _) = at(&server, "/account", &resident).await;
    server.advance(30 * 60 + 1).await;
    assert_eq!(browser.open("/account").await.page().path(), "/sign-in/confirm");
}

#[tokio::test]
async fn scr_r43_sec_r5_a_sign_in_that_finishes_while_its_owner_signs_out_everywhere_leaves_no_session() {
    let server = Server::start(Options::default()).await;
    let party = server.client("one-factor");
    for milliseconds in [0, 1, 2, 4, 6, 9, 13] {
        let resident = server.resident_with_email();
        let (mut owner, everywhere) = at(&server, "/account/sessions/everywhere", &resident).await;
        let mut thief = server.browser();
        let request = party.authorize().with("prompt", "consent");
        let consent = open_until(&server, &mut thief, &request, Ask::Consent, &resident, Factor::Email).await;
        let ends = async {
            tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
            owner.press(&everywhere, "continue", &[]).await
        };
        let (_, ended) = tokio::join!(thief.press(&consent, "allow", &[]), ends);
        assert_eq!(ended.page().path(), "/signed-out");
        let silent = thief.open(&party.authorize().with("prompt", "none").url()).await;
        silent.callback().error("login_required");
    }
}

#[tokio::test]
async fn scr_r44_sign_ins_are_listed_with_the_failed_ones_and_can_be_disowned() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    assert!(!signs_in(&server, &resident.email, "a wrong password").await);
    let mut thief = server.browser();
    sign_in(&server, &mut thief, &server.portal(), &resident, Factor::Email).await;
    server.advance(61).await;
    let (mut browser, page) = at(&server, "/account/activity", &resident).await;
    page.assert_contract();
    assert!(page.text.contains("Failed") && page.text.contains("portal"), "{}", page.text);
    assert!(page.text.contains("Code by email"), "{}", page.text);
    let again = browser.open("/account/activity?page=2").await.page();
    assert!(again.text.contains("Nobody has signed in"), "{}", again.text);
    let page = browser.open("/account/activity/not-me").await.page();
    let page = browser.press(&page, "continue", &[]).await;
    assert_eq!(thief.open("/account").await.page().path(), "/sign-in", "out at once");
    let page = inside(&server, &mut browser, page, &resident, Factor::Email).await;
    assert_eq!(page.path(), "/account/password");
    assert!(page.text.contains("We have signed out every other device"), "{}", page.text);
    server.advance(91 * 24 * 3600).await;
    let page = open(&server, &mut server.browser(), "/account/activity", &resident, Factor::Email).await;
    assert!(!page.text.contains("Failed"), "90 days: {}", page.text);
}

#[tokio::test]
async fn scr_r45_sharing_is_listed_and_stopped_with_its_tokens() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    let party = server.client("partner");
    let tokens = sign_in(server, &mut browser, &party, &resident, Factor::Email).await;
    party.userinfo(&tokens.access_token).await.expect(200);
    let page = open(server, &mut browser, "/account/apps", &resident, Factor::Email).await;
    assert!(page.text.contains("partner") && page.text.contains("Your email address"), "{}", page.text);
    let stop = page.links.iter().find(|link| link.href.contains("/apps/stop?")).expect("a way").href.clone();
    let page = browser.open(&stop).await.page();
    party.userinfo(&tokens.access_token).await.expect(200);
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You have not agreed to share"), "{}", page.text);
    assert!(!party.userinfo(&tokens.access_token).await.status.is_success());
    let page = browser.open(&party.authorize().url()).await.page();
    assert_eq!(asks(&page), crate::support::journey::Ask::Consent, "asked again: {}", page.url());
}

#[tokio::test]
async fn case_se10_account_forms_are_ours_alone_and_safe_methods_change_nothing() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let (mut browser, page) = at(server, "/account/sessions/everywhere", &resident).await;
    let form = page.form_of_button("continue").expect("a form");
    let token = form.field("csrf").expect("a token").value.clone();
    for method in [http::Method::HEAD, http::Method::OPTIONS] {
        let request = Request::new(method, &server.url("/account/sessions/everywhere"));
        browser.fetch(request.header("x-http-method-override", "POST")).await;
    }
    browser.open("/account/sessions/everywhere?_method=POST").await.page();
    let forged = |token: &str| Request::post(&server.url("/account/sessions/everywhere"), &[("csrf", token)]);
    assert_eq!(browser.go(forged("")).await.page().status(), 403);
    let foreign = forged(&token).header("origin", "https://evil.test").header("sec-fetch-site", "cross-site");
    assert_eq!(browser.go(foreign).await.page().status(), 403);
    // Another session's token is worth nothing here.
    let (_, other) = at(server, "/account/sessions/everywhere", &server.resident_with_email()).await;
    let theirs = other.forms[0].field("csrf").expect("a token").value.clone();
    assert_eq!(browser.go(forged(&theirs).header("sec-fetch-site", "same-origin")).await.page().status(), 403);
    assert_eq!(browser.open("/account").await.page().path(), "/account", "still signed in");
    for path in ["/account/x.css", "/account/sessions/x.png", "/account;x.js"] {
        let answer = browser.fetch(Request::get(&server.url(path))).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.header("cache-control").contains("no-store"), "{path}");
        assert!(!answer.text().contains(&resident.email), "{path}");
    }
}
