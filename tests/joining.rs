//! Two accounts of one person: joined once both are proven, and what the relying parties are told. What keeps two apart is
//! in `joining_refused`.

use serde_json::json;

use crate::account::{at, inside, open, signs_in, told};
use crate::contact_changes::change_email;
use crate::contact_sync::{ALL, Office};
use crate::federation::{by, resident, userinfo, world};
use crate::operator::database_has;
use crate::passkeys::{answer, at_alone, with_passkey};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until, step};
use crate::support::seed::PASSWORD;
use crate::support::settings::Backend;
use crate::support::upstreams::Upstreams;
use crate::support::{Browser, Factor, Options, RelyingParty, Resident, Server, Stop, Tokens, sign_in};

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
        // Whatever factor they have, their mailbox is asked as well.
        let factor = if page.headings[0] == "Check your email" { Factor::Email } else { factor };
        page = step(browser, &page, other, factor, &server.into()).await.page();
    }
    panic!("never asked: {} {:.400}", page.url(), page.text)
}

/// The page that asks whether these two are to be joined.
pub(crate) async fn at_check(
    server: &Server,
    survivor: &Resident,
    other: &Resident,
    factor: Factor,
) -> (Browser, Page) {
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
    assert!(
        Backend::chosen() != Backend::Sqlite || database_has(&server, "joined_to"),
        "the trail says what it was joined to"
    );
    assert_eq!(server.cli(&["audit", "verify"])["intact"], true);
}

/// Signs in at Google on a page of ours.
async fn with_google(upstreams: &Upstreams, browser: &mut Browser, page: &Page) -> Stop {
    let away = browser.press(page, "provider-google", &[]).await.callback();
    let url = away.response.location().expect("a redirect").to_owned();
    let back = upstreams.choose(&url, "resident", &[]).await;
    browser.open(&back).await
}

/// An account that was made with Google; gives what its first client knows.
async fn made_with_google(upstreams: &Upstreams, server: &Server, party: &RelyingParty) -> Tokens {
    let request = party.authorize();
    let callback = by(upstreams, &mut server.browser(), &request, "google", "resident", &[]).await.callback();
    party.finish(&request, &callback).await
}

#[tokio::test]
async fn req_week_one_7_an_account_made_with_google_is_joined_and_google_opens_the_one_that_stays() {
    let (upstreams, server) = world().await;
    let (party, survivor) = (server.client("council"), server.resident_with_email());
    let ends = made_with_google(&upstreams, &server, &party).await;
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let page = with_google(&upstreams, &mut browser, &page).await.page();
    let page = prove(&server, &mut browser, page, &resident("resident@gmail.com", ""), Factor::Email).await;
    assert_eq!(
        (page.path(), page.headings[0].as_str()),
        ("/join", "Do you want to join these accounts?"),
        "{}",
        page.text
    );
    page.assert_contract();
    assert!(page.text.contains("Google") && page.text.contains("r***@gmail.com"), "{}", page.text);
    let page = joined(&mut browser, &page).await;
    assert!(page.text.contains("resident@gmail.com"), "Google is listed, and the name: {}", page.text);
    let request = party.authorize();
    let callback = by(&upstreams, &mut server.browser(), &request, "google", "resident", &[]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_ne!(tokens.sub(), ends.sub());
    assert_eq!(tokens.text("previous_sub"), Some(ends.sub()));
    let claims = party.claims(&tokens.access_token).await;
    assert_eq!((&claims["sub"], &claims["email"]), (&tokens.sub().into(), &survivor.email.as_str().into()));
    // The same person with the password, by either name.
    for name in [survivor.email.as_str(), "resident@gmail.com"] {
        assert_eq!(
            sign_in_as(&server, &server.client("one-factor"), name, &survivor).await.sub(),
            tokens.sub(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn req_week_one_7_an_account_with_a_password_is_joined_to_one_made_with_google_which_has_the_password_then() {
    let (upstreams, server) = world().await;
    let (party, other) = (server.client("council"), server.resident_with_email());
    let stays = made_with_google(&upstreams, &server, &party).await;
    let ends = at_party(&server, &server.client("one-factor"), &other).await;
    let mut browser = server.browser();
    let page = browser.open("/account/join").await.page();
    let stop = with_google(&upstreams, &mut browser, &page).await;
    let page = inside(&server, &mut browser, stop, &resident("resident@gmail.com", ""), Factor::Email).await;
    assert_eq!(page.path(), "/account/join", "{:.400}", page.text);
    let page = browser.submit(&page, &[]).await.page();
    let page = prove(&server, &mut browser, page, &other, Factor::Email).await;
    assert!(!page.text.contains("stops working"), "the password moves: {}", page.text);
    joined(&mut browser, &page).await;
    for name in [other.email.as_str(), "resident@gmail.com"] {
        let tokens =
            sign_in_as(&server, &server.client("one-factor"), name, &resident("resident@gmail.com", PASSWORD)).await;
        assert_eq!((tokens.sub(), tokens.text("previous_sub")), (stays.sub(), Some(ends.sub())), "{name}");
    }
}

#[tokio::test]
async fn req_week_one_7_sec_r17_a_passkey_proves_the_other_account_moves_and_opens_the_one_that_stays() {
    let server = Server::start(Options::default()).await;
    let survivor = server.resident_with_email();
    let stays = at_party(&server, &server.portal(), &survivor).await;
    let (other, mut device) = with_passkey(&server).await;
    let (mut browser, page) = at_sign_in(&server, &survivor).await;
    let page = browser.open(&page.url().as_str().replace("/sign-in?", "/sign-in/passkey?")).await.page();
    let page = answer(&mut browser, &page, &mut device).await.page();
    assert_eq!((page.path(), page.headings[0].as_str()), ("/mfa/code", "Check your email"), "{}", page.text);
    let page = prove(&server, &mut browser, page, &other, Factor::Email).await;
    assert_eq!(
        (page.path(), page.headings[0].as_str()),
        ("/join", "Do you want to join these accounts?"),
        "{}",
        page.text
    );
    assert!(page.text.contains("1 passkey"), "{}", page.text);
    let page = joined(&mut browser, &page).await;
    assert!(page.text.contains("My phone") && page.text.contains(&other.email), "{}", page.text);
    // It knows the account by what the other one was called inside it.
    let party = server.client("passkey");
    let (mut elsewhere, request, page) = at_alone(&server, &party).await;
    let callback = answer(&mut elsewhere, &page, &mut device).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.sub(), tokens.acr()), (stays.sub(), "phr"));
    // And it protects the account from now on, as it did the other one.
    server.advance(301).await;
    let page = browser.open("/account/password").await.page();
    let page = browser.submit(&page, &[("password", &survivor.password)]).await.page();
    assert_eq!(page.path(), "/mfa/passkey", "{}", page.text);
}

#[tokio::test]
async fn req_week_one_7_case_ot14_an_authenticator_moves_and_its_last_code_stays_used() {
    let server = Server::start(Options::default()).await;
    let (survivor, other) = (server.resident_with_email(), server.resident());
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Totp).await;
    joined(&mut browser, &page).await;
    let both = Resident { totp_secret: other.totp_secret.clone(), ..survivor };
    let (party, mut elsewhere) = (server.client("app-only"), server.browser());
    let request = party.authorize();
    let page = open_until(&server, &mut elsewhere, &request, Ask::Code, &both, Factor::Totp).await;
    let again = elsewhere.submit(&page, &[("code", &server.totp(&both))]).await.page();
    assert_eq!(again.status(), 422, "used already: {}", again.text);
    server.advance(60).await;
    let callback = elsewhere.submit(&page, &[("code", &server.totp(&both))]).await.callback();
    assert_eq!(party.finish(&request, &callback).await.acr(), "2fa");
}

#[tokio::test]
async fn req_week_one_7_of_several_accounts_that_were_joined_no_subject_gets_lost() {
    let server = Server::start(Options::default()).await;
    let party = server.client("one-factor");
    let people = [server.resident_with_email(), server.resident_with_email(), server.resident_with_email()];
    let mut subs = Vec::new();
    for person in &people {
        subs.push(at_party(&server, &party, person).await.sub().to_owned());
    }
    let [first, second, third] = people;
    // The first to the second, and that to the third.
    for (other, survivor) in [(&first, &second), (&second, &third)] {
        let (mut browser, page) = at_check(&server, survivor, other, Factor::Email).await;
        joined(&mut browser, &page).await;
    }
    for name in [&first, &second, &third] {
        let tokens = sign_in_as(&server, &party, &name.email, &third).await;
        assert_eq!(tokens.sub(), subs[2], "{}", name.email);
        assert_eq!(tokens.text("previous_sub"), Some(subs[1].as_str()));
        assert_eq!(tokens.claims["previous_subs"], json!([subs[0], subs[1]]));
        let claims = party.claims(&tokens.access_token).await;
        assert_eq!((&claims["previous_sub"], &claims["previous_subs"]), (&json!(subs[1]), &json!([subs[0], subs[1]])));
    }
    // Whoever they are can see it.
    let (mut browser, page) = at(&server, "/account/data", &third).await;
    let form = page.forms.iter().find(|form| form.action.path() == "/account/data/download").expect("a form");
    let copy = browser.fetch(Browser::form_request(&page, form, &[], None)).await.expect(200).json();
    let previous = copy["previous_subjects"].as_array().expect("a list");
    assert!(previous.contains(&json!({ "service": "one-factor", "subject": subs[0] })), "{copy}");
    assert_eq!(copy["signs_in_as"].as_array().map(Vec::len), Some(3), "{copy}");
    // Nobody gets such an address by making an account with it.
    let taken = server.node.config_file();
    let args = ["user", "add", "--email", &first.email, "--password", PASSWORD];
    assert!(!crate::support::server::cli_output(&taken, &args).status.success());
}

#[tokio::test]
async fn req_week_one_7_req_s1_4_what_a_back_office_says_of_the_other_account_lands_on_the_one_that_stays() {
    let server = Server::start(Options::default()).await;
    let (survivor, other) = (server.resident_with_email(), server.resident_with_email());
    let stays = at_party(&server, &server.portal(), &survivor).await;
    let crm = Office::of(&server, "crm", ALL).await;
    crm.adopts("1", &other).await;
    let ends = crm.get("1").await.expect(200).json()["sub"].clone();
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    assert!(page.text.contains("crm manages the contact details"), "{}", page.text);
    joined(&mut browser, &page).await;
    let shown = crm.get("1").await.expect(200).json();
    assert_eq!((&shown["sub"], &shown["status"]), (&json!(stays.sub()), &json!("active")), "{shown}");
    assert_eq!(shown["previous_subs"], json!([ends]));
    // Both names sign in before something is pushed and after.
    let pushed = crm.pushes("1", &json!({ "email": other.email, "given_name": "Ann" })).await;
    assert_eq!((&pushed["created"], &pushed["problems"]), (&false.into(), &json!([])), "{pushed}");
    let shown = crm.get("1").await.expect(200).json();
    assert_eq!((&shown["sub"], &shown["given_name"]), (&json!(stays.sub()), &json!("Ann")), "{shown}");
    for name in [&survivor.email, &other.email] {
        assert!(signs_in(&server, name, &survivor.password).await, "{name}");
    }
}

#[tokio::test]
async fn req_week_one_7_a_name_that_came_with_the_other_account_stays_with_a_new_address_and_can_be_given_up() {
    let server = Server::start(Options::default()).await;
    let (survivor, other) = (server.resident_with_email(), server.resident_with_email());
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    joined(&mut browser, &page).await;
    let new = "moved.house@example.test";
    change_email(&server, &mut browser, new).await;
    let moved = Resident { email: new.to_owned(), ..survivor.clone() };
    for (name, opens) in [(new, true), (other.email.as_str(), true), (survivor.email.as_str(), false)] {
        assert_eq!(signs_in(&server, name, &survivor.password).await, opens, "{name}");
    }
    let page = open(&server, &mut browser, "/account/security", &moved, Factor::Email).await;
    let page = browser.open(crate::self_service::href_of(&page, "/name/remove?")).await.page();
    page.assert_contract();
    assert!(page.text.contains(&other.email), "{}", page.text);
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You do not sign in with that address any more"), "{}", page.text);
    assert!(!page.text.contains(&other.email), "{}", page.text);
    assert!(!signs_in(&server, &other.email, &survivor.password).await);
    told(&server, new, "does not sign in to your account").await;
}

#[tokio::test]
async fn req_week_one_7_a_machine_that_fails_in_the_middle_leaves_two_accounts_or_one() {
    let mut server = Server::start(Options::default()).await;
    let party = server.portal();
    for wait in [0, 1, 3, 6, 12] {
        let (survivor, other) = (server.resident_with_email(), server.resident_with_email());
        let stays = at_party(&server, &party, &survivor).await;
        let ends = at_party(&server, &party, &other).await;
        let (browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
        let form = page.form_of_button("continue").expect("a form");
        let mut request = Browser::form_request(&page, form, &[], Some("continue"));
        request = request.header("cookie", &browser.jar.header("/join").expect("cookies"));
        let agent = browser.agent.clone();
        let sent = tokio::spawn(async move { agent.try_send(request).await.is_ok() });
        tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
        server.restart().await;
        let answered = sent.await.expect("a request");
        let shown = server.cli(&["user", "show", "--email", &other.email]);
        let is_joined = shown["sub"] == stays.sub();
        assert!(is_joined || shown["sub"] == ends.sub(), "{shown}");
        assert!(is_joined || !answered, "what was answered is kept");
        // Either all of it, or nothing.
        assert_eq!(userinfo(&party, &server, &ends.access_token).await, if is_joined { 401 } else { 200 }, "{wait}");
        assert_eq!(userinfo(&party, &server, &stays.access_token).await, 200);
        let claims = party.claims(&stays.access_token).await;
        assert_eq!(claims.get("previous_sub").is_some(), is_joined, "{wait}: {claims}");
    }
}

#[tokio::test]
async fn req_week_one_7_sec_r5_case_pw15_every_name_of_an_account_counts_against_the_same_budget() {
    let server = Server::start(Options::default()).await;
    let (survivor, other) = (server.resident_with_email(), server.resident_with_email());
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    joined(&mut browser, &page).await;
    for n in 0..5 {
        assert!(!signs_in(&server, &survivor.email, &format!("wrong {n}")).await);
    }
    let request = server.portal().authorize();
    let mut guesser = server.browser();
    let page = open_until(&server, &mut guesser, &request, Ask::Password, &other, Factor::Email).await;
    let page = guesser.submit(&page, &[("password", &survivor.password)]).await.page();
    assert!(page.text.contains("oo many"), "the other name has no budget of its own: {}", page.text);
}

#[tokio::test]
async fn req_week_one_7_an_operator_finds_whoever_it_is_now_by_the_subject_from_before() {
    let server = Server::start(Options::default()).await;
    let (survivor, other) = (server.resident_with_email(), server.resident_with_email());
    let before = at_party(&server, &server.portal(), &other).await;
    let (mut browser, page) = at_check(&server, &survivor, &other, Factor::Email).await;
    joined(&mut browser, &page).await;
    let shown = server.cli(&["user", "show", "--sub", before.sub()]);
    assert_eq!((&shown["status"], &shown["email"]["value"]), (&json!("active"), &json!(survivor.email)), "{shown}");
}
