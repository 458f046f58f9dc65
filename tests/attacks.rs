//! What an attacker tries: transactions of two browsers, repeated ends, piles of cookies, mixed-up clients.

use crate::support::html::Page;
use crate::support::http::encode;
use crate::support::journey::{Ask, asks, finish, open_until, until};
use crate::support::relying_party::issuer_name;
use crate::support::{Agent, Browser, Factor, Request, Resident, Server, Stop, sign_in};

/// What happens to a browser that asks for each page of its transaction.
async fn look_around(browser: &mut Browser, page: &Page) -> Vec<Stop> {
    let query = page.url().query().unwrap_or_default().to_owned();
    let mut seen = Vec::new();
    for path in ["/sign-in", "/sign-in/password", "/sign-in/account", "/mfa/method", "/mfa/code", "/setup", "/consent"]
    {
        seen.push(browser.open(&format!("{path}?{query}")).await);
    }
    seen
}

#[tokio::test]
async fn sec_r24_case_az12_a_posted_request_goes_on_in_the_browser_that_posted_it_and_once() {
    let server = Server::shared().await;
    let (party, thief_is, victim_is) = (server.client("partner"), server.resident(), server.resident());
    let codes = server.into();
    // The thief posts a request, begins it, so that something of it is in the store, and takes that back.
    let mut thief = server.browser();
    let resume = thief.fetch(party.authorize().post()).await.expect(303).location().expect("the way on").to_owned();
    let stop = thief.open(&resume).await;
    let page = until(&mut thief, stop, Ask::Method, &thief_is, Factor::Totp, &codes).await.page();
    let cookies = thief.jar.all().to_vec();
    thief.press(&page, "cancel", &[]).await.callback().error("access_denied");
    thief.jar.plant(&cookies);
    // Whoever follows the thief's link proves nothing in the thief's transaction.
    let mut victim = server.browser();
    sign_in(server, &mut victim, &server.portal(), &victim_is, Factor::Totp).await;
    let refused = victim.open(&resume).await.page();
    assert_eq!((refused.status(), asks(&refused)), (410, Ask::Nothing), "{}", refused.text);
    refused.assert_contract();
    for stop in look_around(&mut thief, &page).await {
        let Stop::Page(seen) = stop else { panic!("the thief is signed in") };
        assert!(!seen.text.contains(&victim_is.email) && !seen.has_button("allow"), "{}", seen.text);
    }
    // And the honest way: once to the end, and no second time.
    let (mut browser, request) = (server.browser(), party.authorize());
    let resume = browser.fetch(request.post()).await.expect(303).location().expect("the way on").to_owned();
    let stop = browser.open(&resume).await;
    let honest = server.resident();
    let callback = finish(&mut browser, stop, &honest, Factor::Totp, &codes).await.callback();
    party.finish(&request, &callback).await;
    let again = browser.open(&resume).await.page();
    assert_eq!((again.status(), asks(&again)), (410, Ask::Nothing), "{}", again.text);
}

#[tokio::test]
async fn sec_r24_the_address_of_a_step_opens_nothing_in_another_browser_at_any_step() {
    let server = Server::shared().await;
    let (party, resident) = (server.client("partner"), server.resident());
    for step in [Ask::Email, Ask::Password, Ask::Method, Ask::Code, Ask::Consent] {
        let (mut browser, mut thief) = (server.browser(), server.browser());
        let resident = if step == Ask::Consent { server.resident() } else { resident.clone() };
        let page = open_until(server, &mut browser, &party.authorize(), step, &resident, Factor::Totp).await;
        thief.open(&party.authorize().url()).await.page();
        for stop in look_around(&mut thief, &page).await {
            let Stop::Page(seen) = stop else { panic!("{step:?}: the thief is signed in") };
            assert_eq!((seen.status(), asks(&seen)), (410, Ask::Nothing), "{step:?}: {}", seen.text);
            assert!(!seen.text.contains(&resident.email), "{step:?}: {}", seen.text);
        }
        // The form of the page, with its own token, sent by the other browser.
        let form = page.forms.iter().find(|form| form.post).expect("a form");
        let fields = form.defaults();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = thief.fetch(Browser::form_request(&page, form, &fields, None)).await;
        assert!(answer.status.is_client_error(), "{step:?}: {}", answer.status);
    }
}

#[tokio::test]
async fn sec_r28_case_az12_an_address_from_before_the_last_proof_is_worthless_with_its_old_cookie() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.client("partner"), server.resident(), server.browser());
    let page = open_until(server, &mut browser, &party.authorize(), Ask::Password, &resident, Factor::Totp).await;
    let mut spy = server.browser();
    spy.jar.plant(browser.jar.all());
    let stop = finish_to_consent(server, &mut browser, Stop::Page(Box::new(page.clone())), &resident).await;
    for stop in look_around(&mut spy, &page).await {
        let seen = stop.page();
        assert!(matches!(asks(&seen), Ask::Email | Ask::Password | Ask::Nothing), "{:?} {}", asks(&seen), seen.text);
    }
    browser.press(&stop, "allow", &[]).await.callback().code();
}

async fn finish_to_consent(server: &Server, browser: &mut Browser, stop: Stop, resident: &Resident) -> Page {
    until(browser, stop, Ask::Consent, resident, Factor::Totp, &server.into()).await.page()
}

#[tokio::test]
async fn case_az12_twenty_parallel_agreements_give_one_code() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.client("partner"), server.resident(), server.browser());
    let page = open_until(server, &mut browser, &party.authorize(), Ask::Consent, &resident, Factor::Totp).await;
    let form = page.form_of_button("allow").expect("a form");
    let request = Browser::form_request(&page, form, &[], Some("allow"));
    let answers = futures::future::join_all((0..20).map(|_| {
        let (mut browser, request) = (browser.clone(), request.clone());
        async move { browser.go(request).await }
    }))
    .await;
    let codes: Vec<_> = answers
        .iter()
        .filter_map(|stop| match stop {
            Stop::Callback(callback) => callback.get("code"),
            Stop::Page(page) => {
                assert!((400..500).contains(&page.status()), "{} {}", page.status(), page.text);
                None
            }
        })
        .collect();
    assert_eq!(codes.len(), 1, "{codes:?}");
}

#[tokio::test]
async fn hundreds_of_sign_ins_left_open_do_not_lock_a_browser_out() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    // A portal's page that was open all night, and asked again whenever its own session had ended.
    for _ in 0..250 {
        let page = browser.open(&party.authorize().url()).await.page();
        assert_eq!((page.status(), asks(&page)), (200, Ask::Email), "{}", page.text);
    }
    assert!(browser.jar.header("/sign-in").is_some_and(|cookies| cookies.len() < 8 * 1024));
    sign_in(server, &mut browser, &party, &resident, Factor::Email).await;
}

#[tokio::test]
async fn sec_r24_case_se3_a_login_from_a_foreign_page_or_frame_is_refused_at_every_form() {
    let server = Server::shared().await;
    let (party, resident) = (server.client("partner"), server.resident());
    for step in [Ask::Email, Ask::Password, Ask::Method, Ask::Code, Ask::Consent] {
        let mut browser = server.browser();
        let resident = if step == Ask::Consent { server.resident() } else { resident.clone() };
        let page = open_until(server, &mut browser, &party.authorize(), step, &resident, Factor::Totp).await;
        for form in page.forms.iter().filter(|form| form.post) {
            let targets: Vec<_> = form.buttons.iter().map(|button| button.id.clone()).collect();
            for button in targets {
                let good = Browser::form_request(&page, form, &[], Some(&button));
                for (header, value) in [
                    ("origin", "https://evil.test"),
                    ("origin", "null"),
                    ("origin", "http://localhost"),
                    ("sec-fetch-site", "cross-site"),
                    ("sec-fetch-site", "same-site"),
                ] {
                    let mut foreign = good.clone();
                    foreign.headers.insert(header, value.parse().expect("a value"));
                    let answer = browser.fetch(foreign).await;
                    assert_eq!(answer.status, 403, "{step:?} {button} {header}: {value}");
                    assert!(answer.header("set-cookie").is_empty(), "{step:?} {button}");
                }
                let mut text = good.clone();
                text.headers.insert("content-type", "text/plain".parse().expect("a value"));
                assert_eq!(browser.fetch(text).await.status, 403, "{step:?} {button}: text/plain");
                let mut bare = good.clone();
                let kept = bare.body.split(|byte| *byte == b'&').filter(|pair| !pair.starts_with(b"csrf="));
                bare.body = kept.collect::<Vec<_>>().join(&b'&').into();
                assert_eq!(browser.fetch(bare).await.status, 403, "{step:?} {button}: no token");
            }
        }
        // Nothing was done by any of them.
        let again = browser.open(page.url().as_str()).await.page();
        assert_eq!(asks(&again), step);
    }
}

#[tokio::test]
async fn sec_r28_case_tk4_a_code_that_another_client_tried_is_still_only_its_owners() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.portal(), server.browser());
    sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let request = party.authorize();
    let code = browser.open(&request.url()).await.callback().code().to_owned();
    let params = party.code_params(&request, &code);
    let second = server.client("second");
    // Its own credentials with the other's name beside them.
    let named = [&params[..], &[("client_id".to_owned(), "portal".to_owned())]].concat();
    let answer = second.token(&named).await;
    assert!(matches!(answer.status.as_u16(), 400 | 401), "{}", answer.status);
    assert!(answer.json()["access_token"].is_null());
    second.token(&params).await.oauth_error(400, "invalid_grant");
    server.client("public").token(&params).await.oauth_error(400, "invalid_grant");
    let tokens = party.token(&params).await.expect(200).json();
    assert!(tokens["access_token"].is_string());
}

#[tokio::test]
async fn sec_r48_no_page_or_redirect_believes_a_host_header() {
    let server = Server::shared().await;
    let (party, agent) = (server.portal(), Agent::new());
    for target in [party.authorize().url(), server.url("/help"), server.url("/logout"), server.url("/signed-out")] {
        let evil = Request::get(&target).header("host", "evil.test").header("x-forwarded-host", "evil.test");
        let answer = agent.send(evil).await;
        let location = answer.location().unwrap_or_default().to_owned();
        assert!(!location.contains("evil.test") && !answer.text().contains("evil.test"), "{target}: {location}");
        assert!(answer.status.as_u16() < 500, "{target}");
    }
    let silent = Request::get(&party.authorize().with("prompt", "none").url()).header("host", "evil.test");
    let location = agent.send(silent).await.location().expect("an answer").to_owned();
    let iss = encode([("iss", &*issuer_name(&server.issuer))]);
    assert!(location.contains(&iss), "{location}");
}

#[tokio::test]
async fn sec_r51_oversized_and_broken_inputs_of_every_page_are_client_errors() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident(), server.browser());
    let page = open_until(server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
    let form = page.form_with("code").expect("a form");
    let query = page.url().query().unwrap_or_default();
    let long = "9".repeat(4_000);
    for value in [long.as_str(), "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", "１２３４５６", "12345\u{202e}6", "-12345", "1e5000"]
    {
        let answer = browser.fetch(Browser::form_request(&page, form, &[("code", value)], None)).await;
        assert!(answer.status.is_client_error(), "{value:.20}: {}", answer.status);
    }
    let half = &query[..query.len() / 2];
    for bad in
        ["tx=", "tx=%00", "tx=é", half, &format!("{query}A"), &format!("{query}&{query}x"), &format!("tx={long}")]
    {
        for path in ["/sign-in", "/mfa/code", "/consent", "/start-again", "/authorize/resume", "/setup/app"] {
            let mut url = server.issuer.join(path).expect("a path");
            url.set_query(Some(bad));
            let answer = browser.fetch(Request::get(url.as_str())).await;
            assert!(answer.status.as_u16() < 500, "{path}?{bad:.30}: {}", answer.status);
            assert!(answer.location().is_none_or(|to| to.starts_with('/')), "{path}?{bad:.30}");
        }
    }
}

#[tokio::test]
async fn case_az7_prompt_login_and_age_cannot_be_dropped_on_the_way() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    sign_in(server, &mut browser, &party, &resident, Factor::Email).await;
    for (name, value) in [("prompt", "login"), ("max_age", "0")] {
        let page = browser.open(&party.authorize().with(name, value).url()).await.page();
        assert_eq!(asks(&page), Ask::Password, "{name}");
        // Whatever is written beside the sealed request, it stays as it was, also when it is begun anew.
        let query = page.url().query().unwrap_or_default().to_owned();
        for path in ["/sign-in", "/consent", "/mfa/code", "/mfa/method", "/sign-in/account", "/start-again"] {
            let url = format!("{path}?{query}&prompt=none&max_age=99999");
            let seen = browser.open(&url).await.page();
            assert!(matches!(asks(&seen), Ask::Password | Ask::Email), "{path}: {}", seen.text);
        }
    }
}

#[tokio::test]
async fn case_az13_the_transaction_of_one_client_never_answers_to_another() {
    let server = Server::shared().await;
    let (portal, second, resident) = (server.portal(), server.client("second"), server.resident_with_email());
    let mut browser = server.browser();
    let request = portal.authorize();
    let page = open_until(server, &mut browser, &request, Ask::Code, &resident, Factor::Email).await;
    let query = page.url().query().unwrap_or_default().to_owned();
    let other = second.authorize();
    let extra = encode([("client_id", "second"), ("redirect_uri", &*second.redirect_uri), ("state", &*other.state)]);
    let page = browser.open(&format!("/mfa/code?{query}&{extra}")).await.page();
    let callback =
        finish(&mut browser, Stop::Page(Box::new(page)), &resident, Factor::Email, &server.into()).await.callback();
    assert_eq!(callback.url.as_str(), portal.redirect_uri);
    second.redeem(&other, callback.code()).await.oauth_error(400, "invalid_grant");
    portal.finish(&request, &callback).await;
}

#[tokio::test]
async fn case_se1_cookies_tossed_from_a_sibling_do_not_decide_anything() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.portal(), server.browser());
    let tokens = sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let good = browser.jar.header("/").expect("a session");
    let (name, _) = good
        .split(';')
        .map(str::trim)
        .filter_map(|pair| pair.split_once('='))
        .find(|(n, _)| n.contains("session"))
        .expect("a session");
    let plain = name.trim_start_matches("__Host-");
    // A name without the prefix is no cookie of ours, and a value that is no session signs nobody in or out.
    let url = party.authorize().with("prompt", "none").url();
    for (cookies, signed_in) in [
        (format!("{plain}=tossed; {good}"), true),
        (format!("{good}; {plain}=tossed"), true),
        (format!("{plain}={}", good.split_once('=').expect("a value").1), false),
        (format!("{name}="), false),
        (format!("{name}=' OR 1=1"), false),
    ] {
        let answer = Agent::new().send(Request::get(&url).header("cookie", &cookies)).await;
        let location = answer.location().unwrap_or_default();
        assert_eq!(location.contains("code="), signed_in, "{cookies:.40}: {location}");
    }
    assert_eq!(party.claims(&tokens.access_token).await["sub"], tokens.sub());
}

/// Sends one form many times at once from one browser; gives what each answer led to, and the statuses.
async fn press_hard(browser: &Browser, request: &Request) -> Vec<Stop> {
    futures::future::join_all((0..10).map(|_| {
        let (mut browser, request) = (browser.clone(), request.clone());
        async move { browser.go(request).await }
    }))
    .await
}

#[tokio::test]
async fn check_60_sec_r51_every_form_pressed_ten_times_at_once_is_one_step_and_no_failure() {
    let server = Server::shared().await;
    let party = server.client("partner");
    for (step, factor) in [
        (Ask::Email, Factor::Totp),
        (Ask::Password, Factor::Totp),
        (Ask::Password, Factor::Email),
        (Ask::Method, Factor::Email),
        (Ask::Code, Factor::Email),
        (Ask::Code, Factor::Totp),
        (Ask::Consent, Factor::Totp),
    ] {
        // Somebody with one factor goes from the password straight to its code.
        let resident = if factor == Factor::Email && step != Ask::Method {
            server.resident_with_email()
        } else {
            server.resident()
        };
        let mut browser = server.browser();
        let page = open_until(server, &mut browser, &party.authorize(), step, &resident, factor).await;
        let sent = async || crate::support::inbox::messages(&server.nodes(), &resident.email).await.len();
        let before = sent().await;
        let code = match (step, factor) {
            (Ask::Code, Factor::Email) => server.inbox_code(&resident.email).await,
            _ => server.totp(&resident_or_default(&resident)),
        };
        let (field, value) = match step {
            Ask::Email => ("email", resident.email.as_str()),
            Ask::Password => ("password", resident.password.as_str()),
            Ask::Method => ("method", factor.id()),
            _ => ("code", code.as_str()),
        };
        let request = if step == Ask::Consent {
            Browser::form_request(&page, page.form_of_button("allow").expect("a form"), &[], Some("allow"))
        } else {
            Browser::form_request(&page, page.form_with(field).expect("a form"), &[(field, value)], None)
        };
        let stops = press_hard(&browser, &request).await;
        let codes = stops.iter().filter(|stop| matches!(stop, Stop::Callback(_))).count();
        assert!(codes <= 1, "{step:?} {factor:?}: {codes} codes");
        let mut went_on = codes;
        for stop in &stops {
            if let Stop::Page(page) = stop {
                assert!(page.status() < 500, "{step:?} {factor:?}: {} {}", page.status(), page.text);
                went_on += usize::from(page.status() == 200);
            }
        }
        assert!(went_on >= 1, "{step:?} {factor:?}: nobody went on: {:.300}", stops[0].clone().page().text);
        assert!(sent().await <= before + 1, "{step:?} {factor:?}: {} messages", sent().await - before);
    }
}

/// A resident whose authenticator can be asked, also where there is none.
fn resident_or_default(resident: &Resident) -> Resident {
    let totp_secret = crate::support::seed::TOTP_SECRET.to_owned();
    Resident { totp_secret, ..resident.clone() }
}

#[tokio::test]
async fn sec_r28_what_a_client_got_dies_with_it_and_lives_again_with_it() {
    let server = Server::start(crate::support::Options::default()).await;
    let (party, mut browser) = (server.client("second"), server.browser());
    let tokens = sign_in(&server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let request = party.authorize();
    let code = browser.open(&request.url()).await.callback().code().to_owned();
    let half = party.authorize().with("prompt", "login");
    let page = browser.open(&half.url()).await.page();
    server.cli(&["client", "disable", "--id", "second"]);
    crate::support::eventually("the client is disabled", async || {
        (party.redeem(&request, &code).await.status == 401).then_some(())
    })
    .await;
    party.redeem(&request, &code).await.oauth_error(401, "invalid_client");
    party.userinfo(&tokens.access_token).await.expect(401);
    for path in ["/sign-in", "/sign-in/confirm", "/mfa/code", "/consent", "/start-again"] {
        let url = format!("{path}?{}", page.url().query().unwrap_or_default());
        let seen = browser.open(&url).await.page();
        assert!(seen.status() >= 400, "{path}: {} {}", seen.status(), seen.text);
    }
}
