//! Forgotten passwords: a code by email, a new password, and nothing that tells whether there is an account.

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, finish, open_until, sign_in_with, step, until};
use crate::support::seed::PASSWORD;
use crate::support::{Authorization, Browser, Factor, Options, RelyingParty, Request, Resident, Server, Stop};
use crate::support::{eventually, inbox, sign_in};

const NEW: &str = "mauve tractor 9 lamp";

/// Follows the link to a page below `path`.
pub async fn follow(browser: &mut Browser, page: &Page, path: &str) -> Page {
    let link = page.links.iter().find(|link| link.href.starts_with(path));
    let link = link.unwrap_or_else(|| panic!("no link to {path} on {}: {:.400}", page.url(), page.text));
    browser.open(&link.href).await.page()
}

/// The codes that were sent to an address, newest first; waits for as many.
pub async fn codes(server: &Server, to: &str, count: usize) -> Vec<String> {
    eventually("the codes are there", async || {
        let sent = inbox::messages(&server.nodes(), to).await;
        let codes = sent.into_iter().filter_map(|message| message.code).collect::<Vec<_>>();
        (codes.len() >= count).then_some(codes)
    })
    .await
}

/// The page that asks for the code to reset the password of this person (known or not).
async fn at_code(server: &Server, email: &str) -> (RelyingParty, Authorization, Browser, Page) {
    let (party, mut browser) = (server.portal(), server.browser());
    let request = party.authorize();
    let page = ask_in(server, &mut browser, &request, email).await;
    (party, request, browser, page)
}

async fn ask_in(server: &Server, browser: &mut Browser, request: &Authorization, email: &str) -> Page {
    let someone = Resident { email: email.to_owned(), ..person() };
    let page = open_until(server, browser, request, Ask::Password, &someone, Factor::Email).await;
    let page = follow(browser, &page, "/forgot?").await;
    browser.submit(&page, &[("email", email)]).await.page()
}

fn person() -> Resident {
    Resident {
        email: String::new(),
        password: PASSWORD.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    }
}

pub fn folded(page: &Page, email: &str) -> (u16, String, Vec<String>) {
    let html = page.response.text().replace(email, "EMAIL");
    let chance = regex::Regex::new(r"[A-Za-z0-9_\-]{20,}={0,2}|[0-9a-f]{8}-[0-9a-f-]{27}").expect("a pattern");
    let mut headers: Vec<_> = page.response.headers.keys().map(ToString::to_string).collect();
    headers.sort_unstable();
    (page.status(), chance.replace_all(&html, "RANDOM").into_owned(), headers)
}

#[tokio::test]
async fn scr_r35_scr_r36_scr_r37_sec_r8_a_code_by_email_sets_a_new_password_and_leaves_1fa() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (party, mut browser) = (server.portal(), server.browser());
    let request = party.authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Password, &resident, Factor::Email).await;
    let page = follow(&mut browser, &page, "/forgot?").await;
    page.assert_contract();
    assert_eq!(page.headings, ["Reset your password"]);
    assert_eq!(page.form_with("email").and_then(|f| f.field("email")).expect("a field").value, resident.email);
    let wrong = browser.submit(&page, &[("email", "020 7946 0000")]).await.page();
    assert_eq!(wrong.status(), 422, "a phone number finds nobody");
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("Check your email", "/forgot/code"));
    assert!(page.text.contains("within 10 minutes"), "{}", page.text);
    let code = codes(&server, &resident.email, 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("Create a new password", "/forgot/new"));
    let field = |page: &Page, name: &str| page.form_with("password").and_then(|f| f.field(name)).cloned();
    assert_eq!(field(&page, "password").expect("a field").autocomplete, "new-password");
    assert_eq!(field(&page, "username").expect("a field").value, resident.email);
    for (typed, words) in [
        ("", "Enter a new password"),
        ("short", "at least 8 characters"),
        ("password1234567", "harder to guess"),
        (&*resident.email, "must not include your email"),
        (PASSWORD, "not used here before"),
    ] {
        let again = browser.submit(&page, &[("password", typed)]).await.page();
        assert_eq!(again.status(), 422, "{typed}");
        assert!(again.text.contains(words), "{typed}: {}", again.text);
    }
    // The step is asked, and a code to the same mailbox completes it without raising the level.
    let page = browser.submit(&page, &[("password", NEW)]).await.page();
    assert_eq!((asks(&page), page.path()), (Ask::Code, "/mfa/code"), "{}", page.text);
    let code = codes(&server, &resident.email, 2).await.remove(0);
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("1fa", vec!["pwd"]));
    // Who wants the level gets no code to that mailbox.
    let page = browser.open(&party.authorize().with("acr_values", "2fa").url()).await.page();
    assert_eq!(page.path(), "/setup", "{}", page.text);
    assert!(!page.choices("method").contains(&"email"), "{}", page.text);
    // From now on the new password alone works, and then a code by email is a second factor again.
    let (mut old, request) = (server.browser(), party.authorize());
    let page = open_until(&server, &mut old, &request, Ask::Password, &resident, Factor::Email).await;
    assert_eq!(old.submit(&page, &[("password", PASSWORD)]).await.page().status(), 422);
    let resident = Resident { password: NEW.to_owned(), ..resident };
    let tokens = sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
    assert_eq!(tokens.acr(), "2fa");
    eventually("the owner is told", async || {
        let sent = inbox::messages(&server.nodes(), &resident.email).await;
        sent.into_iter().find(|message| message.subject.as_deref() == Some("Your account has a new password"))
    })
    .await;
}

#[tokio::test]
async fn sec_r8_case_pw13_the_second_factor_is_asked_before_the_new_password_and_everything_else_ends() {
    let server = Server::start(Options::default()).await;
    let (party, resident) = (server.portal(), server.resident());
    let mut elsewhere = server.browser();
    let tokens = sign_in(&server, &mut elsewhere, &party, &resident, Factor::Totp).await;
    server.advance(31).await;
    let mut half = server.browser();
    let half_way = open_until(&server, &mut half, &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
    let (party, request, mut browser, page) = at_code(&server, &resident.email).await;
    let code = codes(&server, &resident.email, 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    // The authenticator, whatever else: the mailbox is not offered.
    assert_eq!((page.path(), asks(&page)), ("/mfa/code", Ask::Code), "{}", page.text);
    assert!(page.text.contains("authenticator app"), "{}", page.text);
    let query = page.url().query().unwrap_or_default().to_owned();
    let early = browser.open(&format!("/forgot/new?{query}")).await.page();
    assert!(!early.has_field("password"), "not before the second factor: {}", early.text);
    let page = browser.submit(&page, &[("code", &server.totp(&resident))]).await.page();
    assert_eq!(page.path(), "/forgot/new", "{}", page.text);
    let callback = browser.submit(&page, &[("password", NEW)]).await.callback();
    let tokens_after = party.finish(&request, &callback).await;
    assert_eq!((tokens_after.acr(), tokens_after.amr()), ("2fa", vec!["mfa", "otp", "pwd"]));
    // Sessions, tokens and half-finished sign-ins elsewhere are over; the factor is as it was.
    let info = Request::get(&server.url("/userinfo")).bearer(&tokens.access_token);
    assert_eq!(elsewhere.agent.send(info).await.status, 401);
    let silent = elsewhere.open(&party.authorize().with("prompt", "none").url()).await.callback();
    silent.error("login_required");
    let stop = half.submit(&half_way, &[("code", &server.totp(&resident))]).await;
    assert!(matches!(stop, Stop::Page(_)), "{stop:?}");
    server.advance(31).await;
    let resident = Resident { password: NEW.to_owned(), ..resident };
    let page = open_until(&server, &mut server.browser(), &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
    assert!(page.text.contains("authenticator app"), "{}", page.text);
}

#[tokio::test]
async fn sec_r8_case_pw11_a_code_works_once_for_ten_minutes_in_its_own_browser_and_the_newest_alone() {
    let server = Server::start(Options::default()).await;
    let refused = |page: &Page| assert!(page.status() >= 400 && !page.has_field("username"), "{}", page.text);
    // Guesses: five, and then not even the right one.
    let guessed = server.resident_with_email();
    let (_, _, mut browser, page) = at_code(&server, &guessed.email).await;
    let code = codes(&server, &guessed.email, 1).await.remove(0);
    for n in 1..=5_u32 {
        let wrong = format!("{:06}", (code.parse::<u32>().expect("digits") + n) % 1_000_000);
        refused(&browser.submit(&page, &[("code", &wrong)]).await.page());
    }
    refused(&browser.submit(&page, &[("code", &code)]).await.page());
    // Another browser, with its own transaction or this one's address.
    let owner = server.resident_with_email();
    let (_, _, mut browser, page) = at_code(&server, &owner.email).await;
    let code = codes(&server, &owner.email, 1).await.remove(0);
    refused(&server.browser().submit(&page, &[("code", &code)]).await.page());
    let (_, _, mut other, other_page) = at_code(&server, &server.resident_with_email().email).await;
    refused(&other.submit(&other_page, &[("code", &code)]).await.page());
    // The older of two.
    let (_, _, mut newer, newer_page) = at_code(&server, &owner.email).await;
    let newest = codes(&server, &owner.email, 2).await.remove(0);
    refused(&browser.submit(&page, &[("code", &code)]).await.page());
    // Used once; at once eight times it passes once; and the permit as well.
    let form = newer_page.form_with("code").expect("a form");
    let request = Browser::form_request(&newer_page, form, &[("code", &newest)], None);
    let answers = futures::future::join_all((0..8).map(|_| {
        let (mut browser, request) = (newer.clone(), request.clone());
        async move { (browser.go(request).await, browser) }
    }))
    .await;
    let mut passed = answers.into_iter().filter_map(|(stop, browser)| match stop {
        Stop::Page(page) if page.path() == "/forgot/new" && page.status() == 200 => Some((*page, browser)),
        _ => None,
    });
    let (page, mut winner) = passed.next().expect("one passes");
    assert!(passed.next().is_none(), "a code passes once");
    let form = page.form_with("password").expect("a form");
    let request = Browser::form_request(&page, form, &[("password", NEW)], None);
    let saved = futures::future::join_all((0..4).map(|_| {
        let (mut browser, request) = (winner.clone(), request.clone());
        async move { browser.fetch(request).await.status.as_u16() }
    }))
    .await;
    assert_eq!(saved.iter().filter(|status| **status == 303).count(), 1, "{saved:?}");
    let after = winner.submit(&page, &[("password", "another tractor 7 lamp")]).await.page();
    assert_eq!(after.path(), "/mfa/code", "the permit is spent; the sign-in goes on: {}", after.text);
    refused(&newer.submit(&newer_page, &[("code", &newest)]).await.page());
    // After the password was changed otherwise, and after ten minutes.
    let changed = server.resident_with_email();
    let (_, _, mut browser, page) = at_code(&server, &changed.email).await;
    let code = codes(&server, &changed.email, 1).await.remove(0);
    server.cli(&["user", "end-sessions", "--email", &changed.email]);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(!page.has_field("username"), "{}", page.text);
    let late = server.resident_with_email();
    let (_, _, mut browser, page) = at_code(&server, &late.email).await;
    let code = codes(&server, &late.email, 1).await.remove(0);
    server.advance(601).await;
    refused(&browser.submit(&page, &[("code", &code)]).await.page());
}

#[tokio::test]
async fn sec_r7_case_pw1_known_unknown_locked_and_unproven_people_are_answered_alike_and_cost_the_same() {
    let server = Server::start(Options::default()).await;
    let (known, locked, ended) = (server.resident_with_email(), server.resident_with_email(), server.resident());
    server.cli(&["user", "lock", "--email", &locked.email]);
    let add = ["user", "add", "--password", PASSWORD, "--email"];
    server.cli(&[&add[..], &["pushed@example.test", "--email-state", "vouched"]].concat());
    let people = [&*known.email, "nobody@example.test", &locked.email, "pushed@example.test", &ended.email];
    let counts = async || {
        let metrics = server.metrics().await;
        (metrics.sum("store_statements_total"), metrics.sum("argon2_verifications_total"))
    };
    let mut seen = Vec::new();
    for email in people {
        let (party, mut browser) = (server.portal(), server.browser());
        let someone = Resident { email: email.to_owned(), ..person() };
        let request = party.authorize();
        let page = open_until(&server, &mut browser, &request, Ask::Password, &someone, Factor::Email).await;
        let start = follow(&mut browser, &page, "/forgot?").await;
        let before = counts().await;
        let code = browser.submit(&start, &[("email", email)]).await.page();
        let mut pages = vec![folded(&start, email), folded(&code, email)];
        for n in 0..6 {
            // Never right: two digits are refused, and the others are too high to be drawn often.
            let typed = if n == 0 { "12".to_owned() } else { format!("{:06}", 999_990 + n) };
            pages.push(folded(&browser.submit(&code, &[("code", &typed)]).await.page(), email));
        }
        server.advance(31).await;
        let resent = browser.press(&code, "resend", &[]).await.page();
        pages.push(folded(&resent, email));
        let after = counts().await;
        seen.push((email, pages, (after.0 - before.0, after.1 - before.1)));
    }
    for (email, pages, cost) in &seen[1..] {
        for (n, (page, first)) in pages.iter().zip(&seen[0].1).enumerate() {
            assert_eq!(page, first, "page {n} of {email}");
        }
        assert_eq!(cost, &seen[0].2, "statements and hashes of {email}");
    }
    // Who may not have a code is not sent one; an address that was pushed is told why.
    let sent = async |email: &str| inbox::messages(&server.nodes(), email).await;
    codes(&server, &known.email, 2).await;
    assert!(sent(&locked.email).await.is_empty());
    eventually("a pushed address is told", async || (!sent("pushed@example.test").await.is_empty()).then_some(()))
        .await;
    let told = sent("pushed@example.test").await;
    assert!(told.iter().all(|message| message.code.is_none()), "no code to a contact that was never proven: {told:?}");
}

#[tokio::test]
async fn case_pw15_one_mailbox_gets_three_mails_an_hour_and_the_caller_the_same_answer() {
    let network = "[limits]\ntrusted_networks = [\"127.0.0.0/8\", \"::1/128\"]\ntrusted_network_factor = 1000\n";
    let server = Server::start(Options { config: network.to_owned(), ..Options::default() }).await;
    let resident = server.resident_with_email();
    let party = server.portal();
    let mut answers = Vec::new();
    for _ in 0..40 {
        // A thousand requests in all, from forty browsers.
        let mut browser = server.browser();
        let page = ask_in(&server, &mut browser, &party.authorize(), &resident.email).await;
        answers.push(folded(&page, &resident.email));
        let form = page.form_of_button("resend").expect("a form");
        let request = Browser::form_request(&page, form, &[], Some("resend"));
        futures::future::join_all((0..24).map(|_| {
            let (mut browser, request) = (browser.clone(), request.clone());
            async move { assert_eq!(browser.fetch(request).await.status, 303) }
        }))
        .await;
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "the same answer");
    assert_eq!(codes(&server, &resident.email, 3).await.len(), 3);
    server.advance(3_601).await;
    ask_in(&server, &mut server.browser(), &party.authorize(), &resident.email).await;
    assert_eq!(codes(&server, &resident.email, 4).await.len(), 4);
}

#[tokio::test]
async fn scr_r52_scr_r4_a_locked_account_is_told_so_only_after_the_right_password() {
    let server = Server::start(Options::default()).await;
    let (resident, party) = (server.resident_with_email(), server.portal());
    server.cli(&["user", "lock", "--email", &resident.email]);
    let mut browser = server.browser();
    let page = open_until(&server, &mut browser, &party.authorize(), Ask::Password, &resident, Factor::Email).await;
    let wrong = browser.submit(&page, &[("password", "not the password")]).await.page();
    assert!(
        wrong.status() == 422 && wrong.text.contains("The email address or password you entered"),
        "{}",
        wrong.text
    );
    let before = server.metrics().await.sum("argon2_verifications_total");
    let locked = browser.submit(&page, &[("password", PASSWORD)]).await.page();
    locked.assert_contract();
    assert_eq!((locked.status(), locked.headings[0].as_str()), (403, "You cannot use your account at the moment"));
    assert!((server.metrics().await.sum("argon2_verifications_total") - before - 1.0).abs() < f64::EPSILON);
    browser.press(&locked, "cancel", &[]).await.callback().error("access_denied");
    server.cli(&["user", "unlock", "--email", &resident.email]);
    sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    // R4 has the link as well, and carries whose password it is.
    let again = browser.open(&party.authorize().with("prompt", "login").url()).await.page();
    assert_eq!(again.path(), "/sign-in/confirm");
    let page = follow(&mut browser, &again, "/forgot?").await;
    assert_eq!(page.form_with("email").and_then(|f| f.field("email")).expect("a field").value, resident.email);
}

#[tokio::test]
async fn case_ot25_a_password_alone_sets_no_factor_up_but_within_the_window_when_every_contact_is_told() {
    let server = Server::start(Options::default()).await;
    let outside = server.resident_with_email();
    let (party, mut attacker) = (server.client("app-only"), server.browser());
    let stop = attacker.open(&party.authorize().url()).await;
    let page = until(&mut attacker, stop, Ask::Code, &outside, Factor::Email, &(&server).into()).await.page();
    assert!(page.path() == "/mfa/code" && page.text.contains("email"), "a code to the contact on file: {}", page.text);
    let query = page.url().query().unwrap_or_default().to_owned();
    for path in ["/setup", "/setup/app", "/setup/phone"] {
        let page = attacker.open(&format!("{path}?{query}")).await.page();
        assert!(page.path() == "/mfa/code" || page.path() == "/mfa/resend", "{path}: {}", page.url());
    }
    // Within the days of the policy the password suffices, and the owner hears of it.
    let inside = server.resident_with_email();
    let (party, mut browser) = (server.client("window"), server.browser());
    let request = party.authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Continue, &inside, Factor::Totp).await;
    assert_eq!(page.path(), "/setup");
    let page = step(&mut browser, &page, &inside, Factor::Totp, &(&server).into()).await.page();
    let key = regex::Regex::new(r"secret=([A-Z2-7]+)").expect("a pattern");
    let html = page.response.text();
    let key = key.captures(&html).map(|found| found[1].to_owned()).expect("a key");
    let inside = Resident { totp_secret: key, ..inside };
    let page = browser.submit(&page, &[("code", &server.totp(&inside))]).await;
    let callback = finish(&mut browser, page, &inside, Factor::Totp, &(&server).into()).await.callback();
    assert_eq!(party.finish(&request, &callback).await.acr(), "2fa");
    eventually("the owner is told", async || {
        let sent = inbox::messages(&server.nodes(), &inside.email).await;
        sent.into_iter().find(|message| message.body.contains("authenticator app was set up"))
    })
    .await;
    server.advance(31).await;
    sign_in_with(&server, &mut server.browser(), &party, party.authorize(), &inside, Factor::Totp).await;
}
