//! Documented journeys of the source systems, each by its number.

use crate::backup_codes::{set_app_up_from, with_codes};
use crate::remembered_devices::{is_asked, remember};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, finish, open_until, step};
use crate::support::{
    Browser, Factor, Options, RelyingParty, Resident, Server, Stop, eventually, inbox, sign_in, totp,
};

#[tokio::test]
async fn req_s2_11_req_s3_3_req_s3_4_req_s3_5_an_app_is_set_up_inside_the_sign_in() {
    let server = Server::shared().await;
    let (party, resident, mut browser) =
        (server.client("authenticator"), server.resident_with_email(), server.browser());
    let request = party.authorize();
    let mut page = browser.open(&request.url()).await.page();
    let mut secret = String::new();
    let mut tokens = None;
    for _ in 0..14 {
        // The preset asks for proof of the address before a first factor is enrolled.
        let key = manual_key(&page);
        let stop = if let Some(key) = &key {
            secret.clone_from(key);
            assert!(page.response.text().contains("<svg"), "the QR code is part of the page");
            assert!(
                !page.forms.iter().flat_map(|f| &f.fields).any(|f| f.value.replace(' ', "") == *key),
                "not in a field"
            );
            // A reload shows the same key: half a set-up survives.
            let again = browser.open(page.url().as_str()).await.page();
            assert_eq!(manual_key(&again).as_ref(), Some(key));
            if asks(&page) == Ask::Code {
                let wrong = browser.submit(&page, &[("code", "000000")]).await.page();
                assert_eq!(wrong.status(), 422);
                browser.submit(&page, &[("code", &totp::code(key, server.now()))]).await
            } else {
                browser.press(&page, "continue", &[]).await
            }
        } else if asks(&page) == Ask::Code && !secret.is_empty() {
            browser.submit(&page, &[("code", &totp::code(&secret, server.now()))]).await
        } else {
            step(
                &mut browser,
                &page,
                &resident,
                if asks(&page) == Ask::Method { Factor::Totp } else { Factor::Email },
                &server.into(),
            )
            .await
        };
        match stop {
            Stop::Page(next) => page = *next,
            Stop::Callback(callback) => {
                tokens = Some(party.finish(&request, &callback).await);
                break;
            }
        }
    }
    let tokens = tokens.unwrap_or_else(|| panic!("not signed in: {} {}", page.url(), page.text));
    assert_eq!(tokens.acr(), "2fa");
    assert!(!secret.is_empty(), "a key was shown");
    // The next sign-in asks for the app, a step later than the one that confirmed it.
    let mut later = server.browser();
    let next = Resident { totp_secret: secret, ..resident };
    let page = open_until(server, &mut later, &party.authorize(), Ask::Code, &next, Factor::Totp).await;
    let code = totp::code(&next.totp_secret, server.now() + totp::STEP);
    later.submit(&page, &[("code", &code)]).await.callback().code();
}

/// The key in groups of four, if the page shows one.
fn manual_key(page: &Page) -> Option<String> {
    let group = regex::Regex::new(r"\b([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})\b").expect("a pattern");
    group.captures(&page.text).map(|found| found[1].replace(' ', ""))
}

#[tokio::test]
async fn req_s3_10_after_switching_off_those_enrolled_are_still_asked_and_others_are_not() {
    let server = Server::start(Options::default()).await;
    let party = server.client("authenticator");
    let (enrolled, other) = (server.resident(), server.resident_with_email());
    sign_in(&server, &mut server.browser(), &party, &enrolled, Factor::Totp).await;
    server.cli(&["client", "policy", "--id", "authenticator", "--set", r#"{"mfa":"off"}"#]);
    let plain = crate::support::eventually("the new policy is in force", async || {
        let mut browser = server.browser();
        let stop = browser.open(&party.authorize().url()).await;
        let codes = (&server).into();
        let stop =
            crate::support::journey::until(&mut browser, stop, Ask::Password, &other, Factor::Email, &codes).await;
        let page = stop.page();
        match browser.submit(&page, &[("password", &other.password)]).await {
            Stop::Callback(callback) => Some(callback),
            Stop::Page(_) => None,
        }
    })
    .await;
    plain.code();
    // Whoever has set it up is still asked, and no code of another factor will do.
    server.advance(31).await;
    let mut browser = server.browser();
    let request = party.authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Code, &enrolled, Factor::Totp).await;
    let callback = browser.submit(&page, &[("code", &server.totp(&enrolled))]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["mfa", "otp", "pwd"]));
    // Until the service resets it: what was signed in ends, and from now on the password is enough.
    server.cli(&["user", "reset-mfa", "--email", &enrolled.email, "--reason", "lost"]);
    party.userinfo(&tokens.access_token).await.expect(401);
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    let request = party.authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Password, &enrolled, Factor::Totp).await;
    let callback = browser.submit(&page, &[("password", &enrolled.password)]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("1fa", vec!["pwd"]));
    // Ticked again, it is set up anew.
    server.cli(&["client", "policy", "--id", "authenticator", "--set", r#"{"mfa":"required"}"#]);
    crate::support::eventually("the policy is in force again", async || {
        let stop = browser.open(&party.authorize().with("prompt", "none").url()).await;
        stop.callback().get("error").is_some().then_some(())
    })
    .await;
}

/// Where the password leads in a browser that is at no page.
async fn after_password(server: &Server, browser: &mut Browser, party: &RelyingParty, who: &Resident) -> Stop {
    let page = open_until(server, browser, &party.authorize(), Ask::Password, who, Factor::Email).await;
    browser.submit(&page, &[("password", &who.password)]).await
}

fn has_to_configure(page: &Page) -> bool {
    let ways = page.text.to_lowercase().replace("skip to main content", "");
    page.text.contains("Enable MFA for your account") && page.text.contains("Configure") && !ways.contains("skip")
}

#[tokio::test]
async fn req_s3_1_req_s3_2_req_s3_11_one_box_applies_to_all_customers_and_switches_it_off_again() {
    let server = Server::start(Options::default()).await;
    let party = server.client("authenticator");
    let customers = [server.resident_with_email(), server.resident_with_email()];
    for customer in &customers {
        let page = after_password(&server, &mut server.browser(), &party, customer).await.page();
        assert!(has_to_configure(&page), "{}", page.text);
    }
    // Unticked: none of them is asked for more than the password.
    server.cli(&["client", "policy", "--id", "authenticator", "--set", r#"{"mfa":"off"}"#]);
    let mut signed_in = Vec::new();
    for customer in &customers {
        let mut browser = server.browser();
        let tokens = eventually("the password is enough", async || {
            browser = server.browser();
            let request = party.authorize();
            let page = open_until(&server, &mut browser, &request, Ask::Password, customer, Factor::Email).await;
            match browser.submit(&page, &[("password", &customer.password)]).await {
                Stop::Callback(callback) => Some(party.finish(&request, &callback).await),
                Stop::Page(_) => None,
            }
        })
        .await;
        assert_eq!((tokens.acr(), tokens.amr()), ("1fa", vec!["pwd"]));
        signed_in.push(browser);
    }
    // Ticked: all of them are, those who are signed in as well.
    server.cli(&["client", "policy", "--id", "authenticator", "--set", r#"{"mfa":"required"}"#]);
    for (mut browser, customer) in signed_in.into_iter().zip(&customers) {
        let page =
            eventually("the session is not enough", async || match browser.open(&party.authorize().url()).await {
                Stop::Page(page) => Some(page),
                Stop::Callback(_) => None,
            })
            .await;
        assert!(has_to_configure(&page), "{}", page.text);
        browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("interaction_required");
        let page = after_password(&server, &mut server.browser(), &party, customer).await.page();
        assert!(has_to_configure(&page), "{}", page.text);
    }
}

#[tokio::test]
async fn req_s3_9_a_reset_takes_app_codes_devices_and_sessions_and_the_customer_configures_again() {
    let server = Server::start(Options::default()).await;
    let (party, resident, codes) = with_codes(&server).await;
    let mut browser = server.browser();
    let tokens = sign_in(&server, &mut browser, &party, &resident, Factor::Totp).await;
    server.advance(31).await;
    let (remembers, mut device) = (server.client("remembers"), server.browser());
    remember(&server, &mut device, &remembers, &resident).await;
    let shown = || server.cli(&["user", "show", "--email", &resident.email]);
    let before = shown();
    assert_eq!(
        (&before["authenticator"], &before["backup_codes_left"]),
        (&true.into(), &codes.len().into()),
        "{before}"
    );

    server.cli(&["user", "reset-mfa", "--email", &resident.email, "--reason", "lost"]);
    let after = shown();
    assert_eq!((&after["authenticator"], &after["backup_codes_left"]), (&false.into(), &0.into()), "{after}");
    assert!(is_asked(&server, &device, &remembers, &resident).await, "the device is forgotten");
    party.userinfo(&tokens.access_token).await.expect(401);
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");

    // A password alone sets nothing up now: whoever asked for the reset proves the address first.
    server.advance(61).await;
    let mut page = after_password(&server, &mut browser, &party, &resident).await.page();
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
    assert!(!page.links.iter().any(|link| link.href.starts_with("/mfa/backup")), "no backup code is left");
    for old in [server.totp(&resident), codes[0].clone()] {
        page = browser.submit(&page, &[("code", &old)]).await.page();
        assert_eq!(page.status(), 422, "{}", page.text);
    }
    let code = server.inbox_code(&resident.email).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(has_to_configure(&page), "{}", page.text);
    let mut anew = Resident { totp_secret: String::new(), ..resident.clone() };
    let page = set_app_up_from(&server, &mut browser, page, &mut anew).await;
    assert_ne!(anew.totp_secret, resident.totp_secret, "the old key is of no use");
    browser.press(&page, "continue", &[]).await.callback().code();
    server.advance(31).await;
    sign_in(&server, &mut server.browser(), &party, &anew, Factor::Totp).await;
}

#[tokio::test]
async fn req_s1_1_req_s1_2_password_and_second_method_every_time_and_no_way_to_switch_it_off() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.client("always"), server.resident_with_email(), server.browser());
    for _ in 0..2 {
        let request = party.authorize();
        let mut seen = Vec::new();
        let mut stop = browser.open(&request.url()).await;
        while let Stop::Page(page) = stop {
            seen.push(asks(&page));
            let ways = page.text.to_lowercase().replace("skip to main content", "");
            assert!(!ways.contains("skip"), "no way round: {}", page.text);
            stop = step(&mut browser, &page, &resident, Factor::Email, &server.into()).await;
        }
        assert!(seen.contains(&Ask::Password) && seen.contains(&Ask::Code), "{seen:?}");
        party.finish(&request, &stop.callback()).await;
        let silent = browser.open(&party.authorize().with("prompt", "none").url()).await.callback();
        silent.error("login_required");
    }
}

#[tokio::test]
async fn req_s1_9_email_is_offered_only_when_it_is_confirmed() {
    let server = Server::start(Options::default()).await;
    let email = "unconfirmed@example.test";
    let args = ["user", "add", "--email", email, "--password", crate::support::seed::PASSWORD];
    server.cli(&[&args[..], &["--totp-secret", crate::support::seed::TOTP_SECRET, "--email-unconfirmed"]].concat());
    let resident = Resident { email: email.to_owned(), ..server.resident() };
    let (party, mut browser) = (server.client("portal"), server.browser());
    let stop = browser.open(&party.authorize().url()).await;
    let codes = (&server).into();
    let page =
        crate::support::journey::until(&mut browser, stop, Ask::Password, &resident, Factor::Totp, &codes).await.page();
    let next = browser.submit(&page, &[("password", &resident.password)]).await.page();
    assert!(!next.choices("method").contains(&"email"), "{:?}", next.choices("method"));
    let stop = finish(&mut browser, Stop::Page(Box::new(next)), &resident, Factor::Totp, &codes).await;
    stop.callback().code();
    assert!(inbox::messages(&server.nodes(), email).await.is_empty());
}
