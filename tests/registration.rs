//! Accounts that people make themselves: R30 to R34, and nothing that tells whether there is one already.

use crate::passkeys::{answer, at_alone};
use crate::recovery::{codes, folded, follow};
use crate::support::authenticator::{Authenticator, options_of};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, finish, open_until};
use crate::support::seed::PASSWORD;
use crate::support::{
    Authorization, Browser, Factor, Options, RelyingParty, Resident, Server, eventually, inbox, sign_in,
};

const NEW: &str = "mauve tractor 9 lamp";

fn newcomer(email: &str) -> Resident {
    Resident {
        email: email.to_owned(),
        password: NEW.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    }
}

/// The page that asks for the code, whoever has the address.
async fn at_code(server: &Server, email: &str) -> (RelyingParty, Authorization, Browser, Page) {
    let (party, mut browser) = (server.portal(), server.browser());
    let request = party.authorize();
    let page = browser.open(&request.url()).await.page();
    let page = follow(&mut browser, &page, "/create?").await;
    let page = browser.submit(&page, &[("email", email)]).await.page();
    (party, request, browser, page)
}

#[tokio::test]
async fn scr_r30_scr_r31_scr_r32_scr_r33_scr_r34_an_account_is_made_and_signs_in() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.portal(), server.browser());
    let request = party.authorize();
    let page = browser.open(&request.url()).await.page();
    let page = follow(&mut browser, &page, "/create?").await;
    page.assert_contract();
    assert_eq!(page.headings, ["Create an account"]);
    let wrong = browser.submit(&page, &[("email", "nobody")]).await.page();
    assert_eq!(wrong.status(), 422);
    let page = browser.submit(&page, &[("email", "New.Person@Example.test")]).await.page();
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("Check your email", "/create/code"));
    // No password without the code, by any address.
    let query = page.url().query().unwrap_or_default().to_owned();
    for path in ["/create/password", "/create/details", "/create/done"] {
        let early = browser.open(&format!("{path}?{query}")).await.page();
        assert!(!early.has_field("password") && !early.has_field("given_name"), "{path}: {}", early.text);
    }
    let code = codes(&server, "new.person@example.test", 1).await.remove(0);
    let other = format!("{:06}", (code.parse::<u32>().expect("digits") + 1) % 1_000_000);
    assert_eq!(browser.submit(&page, &[("code", &other)]).await.page().status(), 422);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("Create a password", "/create/password"));
    let field = |name: &str| page.form_with("password").and_then(|f| f.field(name)).cloned().expect("a field");
    assert_eq!(field("password").autocomplete, "new-password");
    assert_eq!(field("username").value, "new.person@example.test");
    for (typed, words) in
        [("short", "at least 8 characters"), ("new.person@example.test", "must not include your email")]
    {
        let again = browser.submit(&page, &[("password", typed)]).await.page();
        assert_eq!(again.status(), 422, "{typed}");
        assert!(again.text.contains(words), "{typed}: {}", again.text);
    }
    let page = browser.submit(&page, &[("password", NEW)]).await.page();
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("What is your name?", "/create/details"));
    assert_eq!(browser.submit(&page, &[("given_name", "Wen"), ("family_name", " ")]).await.page().status(), 422);
    let page = browser.submit(&page, &[("given_name", "Wen"), ("family_name", "Llwyd-Ŷ")]).await.page();
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("You have created your account", "/create/done"));
    let callback = browser.press(&page, "continue", &[]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    // The code was a code by email, and the password is the first factor.
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["email", "mfa", "otp", "pwd"]));
    let claims = party.claims(&tokens.access_token).await;
    assert_eq!(claims["email"], "new.person@example.test");
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["given_name"], "Wen");
    assert_eq!(claims["name"], "Wen Llwyd-Ŷ");
    let again =
        sign_in(&server, &mut server.browser(), &party, &newcomer("new.person@example.test"), Factor::Email).await;
    assert_eq!(again.sub(), tokens.sub());
}

#[tokio::test]
async fn sec_r7_making_an_account_tells_nobody_but_the_mailbox_that_there_is_one() {
    let server = Server::start(Options::default()).await;
    let known = server.resident_with_email();
    let (_, _, mut first, with) = at_code(&server, &known.email).await;
    let (_, _, _, without) = at_code(&server, "nobody@example.test").await;
    assert_eq!(folded(&with, &known.email), folded(&without, "nobody@example.test"));
    let told = eventually("the owner is told", async || {
        let sent = inbox::messages(&server.nodes(), &known.email).await;
        sent.into_iter().find(|message| message.subject.as_deref() == Some("You already have an account"))
    })
    .await;
    assert_eq!(told.code, None);
    let page = first.submit(&with, &[("code", "000000")]).await.page();
    assert_eq!(page.status(), 422);
    assert!(page.text.contains("The code you entered is not correct"), "{}", page.text);
    let tokens = sign_in(&server, &mut server.browser(), &server.portal(), &known, Factor::Email).await;
    assert_eq!(tokens.acr(), "2fa", "the account is as it was");
}

#[tokio::test]
async fn sec_r11_the_code_of_an_account_to_be_made_is_of_its_own_browser_works_once_and_takes_five_guesses() {
    let server = Server::start(Options::default()).await;
    let (_, _, mut browser, page) = at_code(&server, "guessed@example.test").await;
    let code = codes(&server, "guessed@example.test", 1).await.remove(0);
    for n in 1..=5_u32 {
        let wrong = format!("{:06}", (code.parse::<u32>().expect("digits") + n) % 1_000_000);
        assert_eq!(browser.submit(&page, &[("code", &wrong)]).await.page().status(), 422);
    }
    assert_eq!(browser.submit(&page, &[("code", &code)]).await.page().status(), 422, "not even the right one");
    let (_, _, mut browser, page) = at_code(&server, "mine@example.test").await;
    let code = codes(&server, "mine@example.test", 1).await.remove(0);
    let mut stranger = server.browser();
    let there = stranger.open(page.url().as_str()).await.page();
    assert!(!there.has_field("code"), "another browser with the address of the page: {}", there.text);
    let password = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(password.path(), "/create/password");
    let again = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(again.status() >= 400 || again.path() != "/create/password", "{}", again.text);
    let page = browser.submit(&password, &[("password", NEW)]).await.page();
    assert_eq!(page.path(), "/create/details", "{}", page.text);
    let twice = browser.submit(&password, &[("password", "another tractor 9 lamp")]).await.page();
    assert!(!twice.has_field("given_name"), "one account, with the first password: {}", twice.text);
    let mine = newcomer("mine@example.test");
    let tokens = sign_in(&server, &mut server.browser(), &server.portal(), &mine, Factor::Email).await;
    assert_eq!(tokens.acr(), "2fa");
}

#[tokio::test]
async fn of_two_who_prove_one_mailbox_the_first_makes_the_account() {
    let server = Server::start(Options::default()).await;
    let (_, _, mut first, page) = at_code(&server, "shared@example.test").await;
    let code = codes(&server, "shared@example.test", 1).await.remove(0);
    let ready = first.submit(&page, &[("code", &code)]).await.page();
    let (_, _, mut second, page) = at_code(&server, "shared@example.test").await;
    let code = codes(&server, "shared@example.test", 2).await.remove(0);
    let late = second.submit(&page, &[("code", &code)]).await.page();
    assert_eq!((ready.path(), late.path()), ("/create/password", "/create/password"));
    assert_eq!(first.submit(&ready, &[("password", NEW)]).await.page().path(), "/create/details");
    let page = second.submit(&late, &[("password", PASSWORD)]).await.page();
    assert_eq!((page.path(), asks(&page)), ("/sign-in", Ask::Email), "{}", page.text);
    assert!(page.text.contains("There is an account with this email address already"), "{}", page.text);
}

#[tokio::test]
async fn where_a_client_makes_no_accounts_there_is_no_way_to_them() {
    let server = Server::start(Options::default()).await;
    let party = server.client("authenticator");
    let mut browser = server.browser();
    let page = browser.open(&party.authorize().url()).await.page();
    assert!(!page.links.iter().any(|link| link.href.starts_with("/create")), "{}", page.text);
    let query = page.url().query().unwrap_or_default().to_owned();
    for path in ["/create", "/create/code", "/create/password"] {
        let page = browser.open(&format!("{path}?{query}")).await.page();
        assert_eq!(page.path(), "/sign-in", "{path}");
    }
}

#[tokio::test]
async fn an_account_is_made_in_welsh_and_its_messages_stay_welsh() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.portal(), server.browser());
    let request = party.authorize().with("ui_locales", "cy");
    let page = browser.open(&request.url()).await.page();
    let page = follow(&mut browser, &page, "/create?").await;
    assert_eq!((page.language.as_str(), page.headings[0].as_str()), ("cy", "Creu cyfrif"));
    let page = browser.submit(&page, &[("email", "cymro@example.test")]).await.page();
    let sent = eventually("the message", async || {
        inbox::messages(&server.nodes(), "cymro@example.test").await.into_iter().next()
    });
    let sent = sent.await;
    assert_eq!(sent.subject.as_deref(), Some("Eich cod i greu cyfrif"));
    let page = browser.submit(&page, &[("code", &sent.code.expect("a code"))]).await.page();
    let page = browser.submit(&page, &[("password", NEW)]).await.page();
    let page = browser.submit(&page, &[("given_name", "Siân"), ("family_name", "Rhys")]).await.page();
    let callback = browser.press(&page, "continue", &[]).await.callback();
    assert_eq!(party.finish(&request, &callback).await.acr(), "2fa");
    let resident = newcomer("cymro@example.test");
    let page =
        open_until(&server, &mut server.browser(), &party.authorize(), Ask::Code, &resident, Factor::Email).await;
    assert_eq!(page.language, "en", "the page is in the browser's language");
    let mut browser = server.browser();
    let stop = browser.open(&party.authorize().url()).await;
    finish(&mut browser, stop, &resident, Factor::Email, &(&server).into()).await.callback();
}

#[tokio::test]
async fn check_36_prompt_create_leads_to_making_an_account_whoever_is_signed_in() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser) = (server.portal(), server.browser());
    let document = party.agent.get(&server.url("/.well-known/openid-configuration")).await.json();
    assert!(document["prompt_values_supported"].as_array().expect("values").contains(&"create".into()), "{document}");
    let resident = server.resident_with_email();
    let signed_in = sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    let request = party.authorize().with("prompt", "create");
    let page = browser.open(&request.url()).await.page();
    assert_eq!(page.headings, ["Create an account"]);
    let page = browser.submit(&page, &[("email", "second@example.test")]).await.page();
    let code = codes(&server, "second@example.test", 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    let page = browser.submit(&page, &[("password", NEW)]).await.page();
    let page = browser.submit(&page, &[("given_name", "Ann"), ("family_name", "Other")]).await.page();
    let callback = browser.press(&page, "continue", &[]).await.callback();
    let made = party.finish(&request, &callback).await;
    assert_ne!(made.sub(), signed_in.sub());
    // Who has an account after all signs in instead.
    let mut other = server.browser();
    let request = party.authorize().with("prompt", "create");
    let page = other.open(&request.url()).await.page();
    let page = follow(&mut other, &page, "/sign-in?").await;
    let page = other.submit(&page, &[("email", &resident.email)]).await;
    let callback = finish(&mut other, page, &resident, Factor::Email, &(&server).into()).await.callback();
    assert_eq!(party.finish(&request, &callback).await.sub(), signed_in.sub());
}

/// The page where somebody whose address is proven makes a password, at a client that signs people in with a passkey too.
async fn at_password(server: &Server, client: &str, email: &str) -> (RelyingParty, Authorization, Browser, Page) {
    let (party, mut browser) = (server.client(client), server.browser());
    let request = party.authorize();
    let page = browser.open(&request.url()).await.page();
    let page = follow(&mut browser, &page, "/create?").await;
    let page = browser.submit(&page, &[("email", email)]).await.page();
    let code = codes(server, email, 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/create/password", "{}", page.text);
    (party, request, browser, page)
}

#[tokio::test]
async fn scr_r32_a_passkey_is_made_instead_of_a_password_and_signs_in_alone() {
    let server = Server::start(Options::default()).await;
    let email = "keyholder@example.test";
    let (party, request, mut browser, page) = at_password(&server, "passkey", email).await;
    page.assert_contract();
    let page = follow(&mut browser, &page, "/create/passkey?").await;
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("Create a passkey", "/create/passkey"));
    let options = options_of(&page, "create").expect("a ceremony");
    assert_eq!(options["user"]["name"], email);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    // Nothing is made of no answer, of one of a device that has not verified its owner, nor of one to another page.
    let mut device = Authenticator::new(&server.issuer);
    let name = ("name", "My phone");
    let none = browser.submit(&page, &[("credential", ""), ("error", "NotAllowedError"), name]).await.page();
    assert_eq!((none.status(), none.path()), (422, "/create/passkey"), "{}", none.text);
    device.verifies = false;
    let unverified = device.make(&options_of(&none, "create").expect("a ceremony"));
    let page = browser.submit(&none, &[("credential", &unverified), ("error", ""), name]).await.page();
    assert_eq!(page.status(), 422);
    assert!(page.text.contains("We could not create a passkey"), "{}", page.text);
    device.verifies = true;
    let stale = device.make(&options);
    let page = browser.submit(&page, &[("credential", &stale), ("error", ""), name]).await.page();
    assert_eq!(page.status(), 422);
    assert!(!crate::import::exists(&server, email), "nobody has an account yet");

    let made = device.make(&options_of(&page, "create").expect("a ceremony"));
    let done = browser.submit(&page, &[("credential", &made), ("error", ""), name]).await.page();
    assert_eq!(done.path(), "/create/details", "{}", done.text);
    let page = browser.submit(&done, &[("given_name", "Kay"), ("family_name", "Holder")]).await.page();
    assert_eq!(page.headings, ["You have created your account"]);
    let tokens = party.finish(&request, &browser.press(&page, "continue", &[]).await.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("phr", vec!["email", "mfa", "otp", "swk", "user"]));
    let shown = crate::import::show(&server, email);
    assert_eq!((&shown["password"], &shown["passkeys"]), (&serde_json::Value::Null, &1.into()));
    assert_eq!(shown["email"]["state"], "verified");
    // From now on it signs in alone.
    let (mut elsewhere, request, page) = at_alone(&server, &party).await;
    let callback = answer(&mut elsewhere, &page, &mut device).await.callback();
    assert_eq!(party.finish(&request, &callback).await.sub(), tokens.sub());
}

#[tokio::test]
async fn scr_r32_without_a_client_that_takes_one_there_is_no_passkey_to_make() {
    let server = Server::start(Options::default()).await;
    let (_, _, mut browser, page) = at_password(&server, "portal", "plain@example.test").await;
    assert!(page.links.iter().all(|link| !link.href.starts_with("/create/passkey")));
    let query = page.url().query().unwrap_or_default().to_owned();
    assert_eq!(browser.open(&format!("/create/passkey?{query}")).await.page().path(), "/create/password");
    // Nor is there one for whoever has proven nothing.
    let (_, _, mut other, page) = at_code(&server, "early@example.test").await;
    let query = page.url().query().unwrap_or_default().to_owned();
    assert_eq!(other.open(&format!("/create/passkey?{query}")).await.page().path(), "/create");
}

#[tokio::test]
async fn scr_r32_sec_r8_a_passkey_account_makes_a_password_later_with_the_code_and_the_passkey() {
    let server = Server::start(Options::default()).await;
    let email = "elsewhere@example.test";
    let (party, _, mut browser, page) = at_password(&server, "passkey", email).await;
    let page = follow(&mut browser, &page, "/create/passkey?").await;
    let mut device = Authenticator::new(&server.issuer);
    let made = device.make(&options_of(&page, "create").expect("a ceremony"));
    browser.submit(&page, &[("credential", &made), ("error", ""), ("name", "")]).await.page();

    // On another device a code by email begins a new password. It does not stand in for the passkey.
    let someone = newcomer(email);
    let (mut second, page) = at_forgotten(&server, &party, &someone, 2).await;
    assert_eq!(page.path(), "/mfa/passkey", "{}", page.text);
    page.assert_contract();
    let help = follow(&mut second, &page, "/mfa/help?").await;
    assert!(help.choices("way").is_empty(), "the mailbox alone opens nothing: {}", help.text);
    // Whoever has it at hand, as a phone near by, goes on; from then on the password is the first factor anywhere.
    let page = second.open(page.url().as_str()).await.page();
    let page = answer(&mut second, &page, &mut device).await.page();
    assert_eq!(page.path(), "/forgot/new", "{}", page.text);
    second.submit(&page, &[("password", NEW)]).await.callback().code();
    let shown = crate::import::show(&server, email);
    assert_eq!((&shown["password"], &shown["passkeys"]), (&"argon2id".into(), &1.into()));
    sign_in(&server, &mut server.browser(), &server.portal(), &someone, Factor::Email).await;
}

#[tokio::test]
async fn scr_r32_sec_r8_whose_only_passkey_is_lost_makes_a_password_after_the_help_desk_took_it_away() {
    let server = Server::start(Options::default()).await;
    let email = "lost@example.test";
    let (party, _, mut browser, page) = at_password(&server, "passkey", email).await;
    let page = follow(&mut browser, &page, "/create/passkey?").await;
    let mut device = Authenticator::new(&server.issuer);
    let made = device.make(&options_of(&page, "create").expect("a ceremony"));
    browser.submit(&page, &[("credential", &made), ("error", ""), ("name", "")]).await.page();
    server.cli(&["user", "reset-mfa", "--email", email, "--reason", "the phone was stolen"]);
    let someone = newcomer(email);
    let (mut second, page) = at_forgotten(&server, &party, &someone, 2).await;
    assert_eq!(page.path(), "/forgot/new", "{}", page.text);
    second.submit(&page, &[("password", NEW)]).await;
    sign_in(&server, &mut server.browser(), &server.portal(), &someone, Factor::Email).await;
}

/// A new browser that has typed the right code for a new password, and the page after it.
async fn at_forgotten(server: &Server, party: &RelyingParty, someone: &Resident, count: usize) -> (Browser, Page) {
    let (mut browser, request) = (server.browser(), party.authorize());
    let page = open_until(server, &mut browser, &request, Ask::Password, someone, Factor::Email).await;
    let page = follow(&mut browser, &page, "/forgot?").await;
    let page = browser.submit(&page, &[("email", &someone.email)]).await.page();
    let code = codes(server, &someone.email, count).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    (browser, page)
}
