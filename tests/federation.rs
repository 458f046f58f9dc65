//! Signing in at Google and Facebook: what the relying party gets, what a stranger cannot get, and whose account it is.

use crate::recovery::codes;
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, finish, open_until};
use crate::support::seed::{PASSWORD, TOTP_SECRET};
use crate::support::upstreams::Upstreams;
use crate::support::{
    Authorization, Browser, Factor, Options, RelyingParty, Request, Resident, Server, Stop, eventually, inbox, sign_in,
};
use crate::ways_on::becomes_administrator;

/// A server that people sign in to at the stand-ins.
pub async fn world() -> (Upstreams, Server) {
    let upstreams = Upstreams::start().await;
    let server = Server::start(Options { config: upstreams.config(), ..Options::default() }).await;
    upstreams.admit(server.issuer.as_str()).await;
    (upstreams, server)
}

/// Presses the provider's button: where the browser is sent.
async fn leave(browser: &mut Browser, page: &Page, provider: &str) -> String {
    let stop = browser.press(page, &format!("provider-{provider}"), &[]).await;
    stop.callback().response.location().expect("a redirect").to_owned()
}

/// From the request to whatever follows the provider's answer.
pub async fn by(
    upstreams: &Upstreams,
    browser: &mut Browser,
    request: &Authorization,
    provider: &str,
    person: &str,
    fields: &[(&str, &str)],
) -> Stop {
    let page = browser.open(&request.url()).await.page();
    let url = leave(browser, &page, provider).await;
    let back = upstreams.choose(&url, person, fields).await;
    browser.open(&back).await
}

pub fn resident(email: &str, password: &str) -> Resident {
    Resident {
        email: email.to_owned(),
        password: password.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    }
}

pub async fn userinfo(party: &RelyingParty, server: &Server, token: &str) -> u16 {
    party.agent.send(Request::get(&server.url("/userinfo")).bearer(token)).await.status.as_u16()
}

#[tokio::test]
async fn req_s0_18_google_signs_in_without_a_second_factor_and_is_known_by_its_subject() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    let mut browser = server.browser();
    let request = party.authorize();
    let callback = by(&upstreams, &mut browser, &request, "google", "resident", &[]).await.callback();
    let first = party.finish(&request, &callback).await;
    assert_eq!((first.acr(), first.amr()), ("1fa", vec!["fed"]));
    let claims = party.claims(&first.access_token).await;
    assert_eq!((&claims["email"], &claims["email_verified"]), (&"resident@gmail.com".into(), &true.into()));
    assert_eq!(claims["given_name"], "Rhian");
    // The session is one like any other, where the client takes Google.
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().code();
    browser.open(&server.portal().authorize().with("prompt", "none").url()).await.callback().error("login_required");
    // Another address changes nothing; the same address of another subject is somebody else.
    let request = party.authorize();
    let callback = by(&upstreams, &mut server.browser(), &request, "google", "changed-email", &[]).await.callback();
    let again = party.finish(&request, &callback).await;
    assert_eq!(again.sub(), first.sub());
    let page = by(&upstreams, &mut server.browser(), &party.authorize(), "google", "other-sub", &[]).await.page();
    assert_eq!((page.path(), page.headings[0].as_str()), ("/link", "You already have an account"), "{}", page.text);
}

#[tokio::test]
async fn case_fe1_sec_r40_an_answer_counts_once_in_its_own_browser_and_from_its_own_provider() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    let mut browser = server.browser();
    let page = browser.open(&party.authorize().url()).await.page();
    let url = leave(&mut browser, &page, "google").await;
    assert!(url.contains("code_challenge_method=S256") && url.contains("nonce=") && url.contains("state="), "{url}");
    let back = upstreams.choose(&url, "resident", &[]).await;
    let refused = |page: Page| {
        assert!(page.status() >= 400, "{} {}", page.url(), page.text);
    };
    // Without the state, with another, to the other provider, in another browser.
    let state = regex::Regex::new("state=[^&]*").expect("a pattern");
    refused(browser.open(&state.replace(&back, "")).await.page());
    refused(browser.open(&state.replace(&back, "state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).await.page());
    refused(server.browser().open(&back).await.page());
    // The stranger has used it up, and got nothing.
    refused(browser.open(&back).await.page());
    let url = leave(&mut browser, &page, "google").await;
    let back = upstreams.choose(&url, "resident", &[]).await;
    refused(browser.open(&back.replace("/federated/google/", "/federated/facebook/")).await.page());
    let url = leave(&mut browser, &page, "google").await;
    let back = upstreams.choose(&url, "resident", &[]).await;
    let callback = browser.open(&back).await.callback();
    callback.code();
    refused(browser.open(&back).await.page());
}

#[tokio::test]
async fn case_fe3_wrong_answers_are_refused_with_a_page_and_another_way() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    for fault in ["wrong-nonce", "wrong-aud", "wrong-iss", "expired", "no-exp", "alg-none", "other-key"] {
        let mut browser = server.browser();
        let page = by(&upstreams, &mut browser, &party.authorize(), "google", fault, &[]).await.page();
        assert_eq!(
            (page.status(), page.headings[0].as_str()),
            (403, "We could not sign you in with Google"),
            "{fault}"
        );
        page.assert_contract();
        let query = page.links.iter().find(|link| link.href.starts_with("/sign-in?")).expect("another way");
        assert_eq!(asks(&browser.open(&query.href).await.page()), Ask::Email, "{fault}");
    }
}

#[tokio::test]
async fn case_fe3_an_address_that_the_provider_did_not_verify_links_nothing() {
    let (upstreams, server) = world().await;
    let (party, owner) = (server.client("council"), server.resident_with_email());
    for (n, verified) in ["false", "", "true"].into_iter().enumerate() {
        // Even one that is said to be verified, where the provider does not own the mailbox.
        let sub = format!("77700{n}");
        let fields = [("sub", sub.as_str()), ("email", owner.email.as_str()), ("email_verified", verified)];
        let mut browser = server.browser();
        let page = by(&upstreams, &mut browser, &party.authorize(), "google", "own", &fields).await.page();
        assert_eq!(
            (page.path(), page.headings[0].as_str()),
            ("/federated/finish", "Check your details"),
            "{}",
            page.text
        );
        let page = browser.submit(&page, &[("email", &owner.email)]).await.page();
        assert_eq!((page.path(), asks(&page)), ("/create/code", Ask::Code), "{}", page.text);
        let page = browser.submit(&page, &[("code", "123456")]).await.page();
        assert_eq!(page.status(), 422);
    }
    let tokens = sign_in(&server, &mut server.browser(), &server.portal(), &owner, Factor::Email).await;
    assert_eq!(tokens.acr(), "2fa");
}

/// Signs in with the password and a text; gives the subject.
pub async fn sign_in_by_text(server: &Server, party: &RelyingParty) -> String {
    let mut browser = server.browser();
    let request = party.authorize();
    let owner = resident("owner@gmail.com", PASSWORD);
    let page = open_until(server, &mut browser, &request, Ask::Password, &owner, Factor::Email).await;
    let page = browser.submit(&page, &[("password", PASSWORD)]).await.page();
    let callback = by_text(server, &mut browser, page).await.callback();
    party.finish(&request, &callback).await.sub().to_owned()
}

/// Answers with a text, whether or not it has to be chosen.
pub async fn by_text(server: &Server, browser: &mut Browser, page: Page) -> Stop {
    let page = if asks(&page) == Ask::Method { browser.submit(&page, &[("method", "sms")]).await.page() } else { page };
    let code = inbox::code(&server.nodes(), "+447700900321").await;
    browser.submit(&page, &[("code", &code)]).await
}

#[tokio::test]
async fn req_assurance_4_req_assurance_3_a_level_is_reached_with_our_own_factor_or_explained() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    // The mailbox is the identity: nothing to step up with.
    let mut browser = server.browser();
    by(&upstreams, &mut browser, &party.authorize(), "google", "resident", &[]).await.callback().code();
    let page = browser.open(&party.authorize().with("acr_values", "2fa").url()).await.page();
    assert!(page.status() < 400 && page.has_button("cancel"), "{} {}", page.status(), page.text);
    let callback = browser.press(&page, "cancel", &[]).await.callback();
    callback.error("unmet_authentication_requirements");
    browser.open(&party.authorize().url()).await.callback().code();
    let silent = party.authorize().with("acr_values", "2fa").with("prompt", "none");
    browser.open(&silent.url()).await.callback().error("unmet_authentication_requirements");
    // Somebody with a phone.
    server.cli(&["user", "add", "--email", "owner@gmail.com", "--password", PASSWORD, "--phone", "+447700900321"]);
    let fields = [("sub", "88002"), ("email", "owner@gmail.com"), ("email_verified", "true")];
    let mut browser = server.browser();
    let page = by(&upstreams, &mut browser, &party.authorize(), "google", "own", &fields).await.page();
    let page = browser.submit(&page, &[("password", PASSWORD)]).await.page();
    by_text(&server, &mut browser, page).await.callback().code();
    server.advance(60).await;
    upstreams.advance(60).await;
    let mut browser = server.browser();
    let request = party.authorize().with("acr_values", "2fa");
    let page = by(&upstreams, &mut browser, &request, "google", "own", &fields).await.page();
    let callback = by_text(&server, &mut browser, page).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["fed", "mfa", "otp", "sms"]));
}

#[tokio::test]
async fn case_ot18_a_linked_sign_in_is_asked_for_the_factor_where_no_exemption_says_otherwise() {
    let (upstreams, server) = world().await;
    let email = "both@gmail.com";
    let add = ["user", "add", "--email", email, "--password", PASSWORD, "--totp-secret", TOTP_SECRET];
    server.cli(&add);
    let owner = Resident { totp_secret: TOTP_SECRET.to_owned(), ..resident(email, PASSWORD) };
    let fields = [("sub", "88003"), ("email", email), ("email_verified", "true")];
    let party = server.client("google-and-step");
    let mut browser = server.browser();
    let page = by(&upstreams, &mut browser, &party.authorize(), "google", "own", &fields).await.page();
    let page = browser.submit(&page, &[("password", PASSWORD)]).await;
    finish(&mut browser, page, &owner, Factor::Totp, &(&server).into()).await.callback().code();
    server.advance(60).await;
    upstreams.advance(60).await;
    // Linked: Google, and then the app; the mailbox that is the identity is not offered beside it.
    let (mut browser, request) = (server.browser(), party.authorize());
    let page = by(&upstreams, &mut browser, &request, "google", "own", &fields).await.page();
    assert!(page.text.contains("authenticator app") && !page.choices("method").contains(&"email"), "{}", page.text);
    let callback = browser.submit(&page, &[("code", &server.totp(&owner))]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["fed", "mfa", "otp"]));
    // With the exemption the answer says that nothing was asked.
    let (party, request) = (server.client("council"), server.client("council").authorize());
    let callback = by(&upstreams, &mut server.browser(), &request, "google", "own", &fields).await.callback();
    assert_eq!(party.finish(&request, &callback).await.acr(), "1fa");
}

#[tokio::test]
async fn case_fe5_sec_r41_what_somebody_prepared_with_an_address_that_is_not_theirs_is_worth_nothing() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    let one = server.client("one-factor");
    for (provider, victim) in [("google", "victim@gmail.com"), ("facebook", "victim@example.com")] {
        server.cli(&["user", "add", "--email", victim, "--email-unconfirmed", "--password", PASSWORD]);
        let attacker = resident(victim, PASSWORD);
        let mut attackers = server.browser();
        let prepared = sign_in(&server, &mut attackers, &one, &attacker, Factor::Email).await;
        // The victim comes, and is not led into it.
        let mut browser = server.browser();
        let request = party.authorize();
        let fields = [("sub", "99001"), ("user", "99001"), ("email", victim), ("email_verified", "true")];
        let mut page = by(&upstreams, &mut browser, &request, provider, "own", &fields).await.page();
        if provider == "facebook" {
            assert_eq!(page.path(), "/federated/finish", "Facebook verifies no address: {}", page.text);
            page = browser.submit(&page, &[("email", victim)]).await.page();
            let code = codes(&server, victim, 1).await.remove(0);
            page = browser.submit(&page, &[("code", &code)]).await.page();
        }
        assert_eq!((page.path(), page.has_button("disown")), ("/link", true), "{}", page.text);
        let callback = browser.press(&page, "disown", &[]).await.callback();
        let own = party.finish(&request, &callback).await;
        assert_ne!(own.sub(), prepared.sub(), "no account is shared with whoever prepared it");
        // What was prepared is gone.
        assert_eq!(userinfo(&one, &server, &prepared.access_token).await, 401);
        attackers.open(&one.authorize().with("prompt", "none").url()).await.callback().error("login_required");
        let mut again = server.browser();
        let page = open_until(&server, &mut again, &one.authorize(), Ask::Password, &attacker, Factor::Email).await;
        assert_eq!(again.submit(&page, &[("password", PASSWORD)]).await.page().status(), 422);
    }
}

#[tokio::test]
async fn scr_r1_where_no_password_is_taken_none_is_asked_for() {
    let (_upstreams, server) = world().await;
    server.cli(&["client", "set-policy", "--id", "council", "sign_in=google,guest"]);
    let party = server.client("council");
    let page = eventually("the policy is in force", async || {
        let page = server.browser().open(&party.authorize().url()).await.page();
        (!page.has_field("email")).then_some(page)
    })
    .await;
    page.assert_contract();
    assert!(page.has_button("provider-google") && page.links.iter().any(|link| link.href.contains("guest")));
    let mut browser = server.browser();
    let page = browser.open(&party.authorize().url()).await.page();
    let query = page.url().query().unwrap_or_default().to_owned();
    let forced = browser.open(&format!("/sign-in/password?{query}")).await.page();
    assert!(!forced.has_field("password"), "{}", forced.text);
}

#[tokio::test]
async fn case_fe5_sec_r41_a_mailbox_alone_closes_no_account_that_has_more_or_is_not_in_use() {
    let (upstreams, server) = world().await;
    let unproven = |email: &str, more: &[&str]| {
        let args = ["user", "add", "--email", email, "--email-unconfirmed", "--password", PASSWORD];
        server.cli(&[&args, more].concat());
    };
    unproven("app@example.test", &["--totp-secret", TOTP_SECRET]);
    unproven("phone@example.test", &["--phone", "+447700900801"]);
    unproven("locked@example.test", &[]);
    let file = server.folder().join("people.csv");
    std::fs::write(&file, "email,external_id\noffice@example.test,H-1\n").expect("a file");
    server.cli(&["user", "import", "--client", "crm", file.to_str().expect("a path")]);
    server.cli(&["user", "lock", "--email", "locked@example.test"]);
    becomes_administrator(&server, "owner@example.test").await;
    for (n, (client, email)) in [
        ("council", "app@example.test"),
        ("council", "phone@example.test"),
        ("council", "locked@example.test"),
        ("council", "office@example.test"),
        ("council-and-office", "owner@example.test"),
    ]
    .into_iter()
    .enumerate()
    {
        let (mut browser, sub) = (server.browser(), format!("7700{n}"));
        let fields = [
            ("sub", sub.as_str()),
            ("user", &sub),
            ("email", email),
            ("email_verified", "true"),
            ("hd", "example.test"),
        ];
        let page =
            by(&upstreams, &mut browser, &server.client(client).authorize(), "google", "own", &fields).await.page();
        assert!(!page.has_button("disown"), "{email}: {}", page.text);
        let form = page.form_of_button("do-not-link").expect("a way out");
        let (link, token) = (form.action.as_str(), form.field("csrf").expect("a token").value.clone());
        let forged = Request::post(&link.replace("/link/leave", "/link/disown"), &[("csrf", &token)]);
        browser.go(forged.header("sec-fetch-site", "same-origin")).await.page();
        let class = if email.starts_with("owner") { "staff" } else { "resident" };
        let account = server.cli(&["user", "show", "--email", email, "--class", class]);
        assert_ne!(account["status"], "ended", "{email}");
    }
}

#[tokio::test]
async fn case_fe8_scr_r26_facebook_without_an_address_asks_for_one_and_proves_it() {
    let (upstreams, server) = world().await;
    let (party, mut browser) = (server.client("council"), server.browser());
    let request = party.authorize();
    let page = by(&upstreams, &mut browser, &request, "facebook", "no-email", &[]).await.page();
    page.assert_contract();
    assert_eq!((page.path(), page.headings[0].as_str()), ("/federated/finish", "Check your details"), "{}", page.text);
    assert!(!page.has_field("given_name"), "only what is missing is asked for");
    assert_eq!(browser.submit(&page, &[("email", "")]).await.page().status(), 422);
    let page = browser.submit(&page, &[("email", "zofia@example.test")]).await.page();
    let code = codes(&server, "zofia@example.test", 1).await.remove(0);
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    let first = party.finish(&request, &callback).await;
    assert_eq!((first.acr(), first.amr()), ("1fa", vec!["fed"]));
    assert_eq!(party.claims(&first.access_token).await["email"], "zofia@example.test");
    let request = party.authorize();
    let callback = by(&upstreams, &mut server.browser(), &request, "facebook", "no-email", &[]).await.callback();
    assert_eq!(party.finish(&request, &callback).await.sub(), first.sub());
    let page = by(&upstreams, &mut server.browser(), &party.authorize(), "facebook", "other-app", &[]).await.page();
    assert_eq!(page.status(), 403, "a token of another app: {}", page.text);
}

#[tokio::test]
async fn case_fe10_sec_r42_a_locked_account_or_a_disabled_provider_stops_every_path() {
    let (upstreams, mut server) = world().await;
    for (provider, email) in [("google", "resident@gmail.com"), ("facebook", "gwyn.parry@example.com")] {
        let party = server.client("council");
        let (mut browser, request) = (server.browser(), party.authorize());
        let mut stop = by(&upstreams, &mut browser, &request, provider, "resident", &[]).await;
        if let Stop::Page(page) = &stop {
            let page = browser.submit(page, &[("email", email)]).await.page();
            let code = codes(&server, email, 1).await.remove(0);
            stop = browser.submit(&page, &[("code", &code)]).await;
        }
        let tokens = party.finish(&request, &stop.callback()).await;
        server.cli(&["user", "lock", "--email", email]);
        assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 401, "{provider}");
        browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
        let page = by(&upstreams, &mut server.browser(), &party.authorize(), provider, "resident", &[]).await.page();
        assert_eq!(page.headings, ["You cannot use your account at the moment"], "{provider}");
        server.cli(&["user", "unlock", "--email", email]);
        // Now the provider.
        let (mut browser, request) = (server.browser(), party.authorize());
        let callback = by(&upstreams, &mut browser, &request, provider, "resident", &[]).await.callback();
        let live = party.authorize();
        let late = browser.open(&live.url()).await.callback();
        let tokens = party.finish(&request, &callback).await;
        assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 200, "{provider}");
        let page = browser.open(&party.authorize().with("prompt", "login").url()).await.page();
        let away = leave(&mut browser, &page, provider).await;
        let back = upstreams.choose(&away, "resident", &[]).await;
        let key = format!("IDP_FEDERATION__{}__ENABLED", provider.to_uppercase());
        server.set_env(&key, "false");
        server.restart().await;
        assert_eq!(userinfo(&party, &server, &tokens.access_token).await, 401, "{provider}");
        assert_eq!(party.redeem(&live, late.code()).await.status, 400, "{provider}");
        assert_eq!(browser.open(&back).await.page().status(), 404, "{provider}");
        browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
        let page = server.browser().open(&party.authorize().url()).await.page();
        assert!(!page.has_button(&format!("provider-{provider}")), "{}", page.text);
        server.set_env(&key, "true");
        server.restart().await;
    }
}

#[tokio::test]
async fn case_fe11_a_provider_that_fails_gets_a_page_and_leaves_the_other_ways() {
    let (upstreams, server) = world().await;
    let party = server.client("council");
    for fault in ["500", "10-mb", "cancel"] {
        let mut browser = server.browser();
        let page = by(&upstreams, &mut browser, &party.authorize(), "google", fault, &[]).await.page();
        let status = if fault == "cancel" { 200 } else { 503 };
        assert_eq!(
            (page.status(), page.headings[0].as_str()),
            (status, "We could not sign you in with Google"),
            "{fault}"
        );
        // Trying again leads there again, and another way is open.
        let url = browser.press(&page, "continue", &[]).await.callback().response.location().map(str::to_owned);
        assert!(url.expect("a redirect").starts_with(&upstreams.base), "{fault}");
        let other = page.links.iter().find(|link| link.href.starts_with("/sign-in?")).expect("another way");
        assert_eq!(asks(&browser.open(&other.href).await.page()), Ask::Email, "{fault}");
    }
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    let stop = browser.open(&party.authorize().url()).await;
    finish(&mut browser, stop, &resident, Factor::Email, &(&server).into()).await.callback().code();
}

#[tokio::test]
async fn on_a_shared_device_the_provider_asks_who_it_is() {
    let upstreams = Upstreams::start().await;
    let server = Server::start(Options { config: upstreams.config(), ..Options::default() }).await;
    upstreams.admit(server.issuer.as_str()).await;
    let mut browser = server.browser();
    let page = browser.open(&server.client("council").authorize().url()).await.page();
    assert!(!leave(&mut browser, &page, "google").await.contains("prompt="));
    let page = browser.open(&server.client("shared-federated").authorize().url()).await.page();
    assert!(leave(&mut browser, &page, "google").await.contains("prompt=select_account"));
}

/// Answers whatever an account page asks for first.
pub async fn finish_on(server: &Server, browser: &mut Browser, mut stop: Stop, resident: &Resident) -> Page {
    for _ in 0..6 {
        let page = match stop {
            Stop::Page(page) if page.path().starts_with("/account") => return *page,
            Stop::Page(page) => page,
            Stop::Callback(callback) => panic!("{:?}", callback.params),
        };
        stop = match asks(&page) {
            Ask::Email => browser.submit(&page, &[("email", &resident.email)]).await,
            Ask::Password => browser.submit(&page, &[("password", &resident.password)]).await,
            Ask::Code => {
                let code = inbox::code(&server.nodes(), &resident.email).await;
                browser.submit(&page, &[("code", &code)]).await
            }
            other => panic!("{other:?}: {}", page.text),
        };
    }
    panic!("no end")
}

/// The page that a link beginning so leads to; without one, the page again.
pub async fn follow_to(browser: &mut Browser, page: &Page, href: &str) -> Page {
    if href.is_empty() {
        return browser.open(page.url().as_str()).await.page();
    }
    let link = page.links.iter().find(|link| link.href.starts_with(href));
    let link = link.unwrap_or_else(|| panic!("no link to {href}: {}", page.text)).href.clone();
    browser.open(&link).await.page()
}
