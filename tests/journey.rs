//! The sign-in journey as a whole: steps, step-up, consent, single sign-on, and everything people do with tabs.

use crate::support::journey::{Ask, asks, finish, open_until, step, until};
use crate::support::{Agent, Browser, Factor, Options, RelyingParty, Request, Server, Stop, sign_in};

async fn silent(browser: &mut Browser, party: &RelyingParty) -> crate::support::Callback {
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback()
}

#[tokio::test]
async fn req_s1_11_five_steps_log_a_resident_in_by_emailed_code() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.client("always"), server.resident_with_email(), server.browser());
    let request = party.authorize();
    let mut stop = browser.open(&request.url()).await;
    let mut seen = Vec::new();
    while let Stop::Page(page) = stop {
        page.assert_contract();
        seen.push(asks(&page));
        stop = step(&mut browser, &page, &resident, Factor::Email, &server.into()).await;
    }
    assert_eq!(seen, [Ask::Email, Ask::Password, Ask::Method, Ask::Code]);
    let tokens = party.finish(&request, &stop.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["email", "mfa", "otp", "pwd"]));
}

#[tokio::test]
async fn scr_r5_the_chooser_offers_what_this_person_can_use_and_totp_works() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident(), server.browser());
    let request = party.authorize();
    let page = open_until(server, &mut browser, &request, Ask::Method, &resident, Factor::Totp).await;
    assert_eq!(page.choices("method"), ["email", "totp"]);
    assert!(!page.text.contains(&resident.email), "the address is masked");
    let stop = finish(&mut browser, Stop::Page(Box::new(page)), &resident, Factor::Totp, &server.into()).await;
    let tokens = party.finish(&request, &stop.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["mfa", "otp", "pwd"]));
}

#[tokio::test]
async fn check_33_136_single_sign_on_is_silent_and_keeps_time_subject_and_session() {
    let server = Server::shared().await;
    let (portal, second, mut browser) = (server.portal(), server.client("second"), server.browser());
    let first = sign_in(server, &mut browser, &portal, &server.resident_with_email(), Factor::Email).await;
    for party in [&portal, &second] {
        let request = party.authorize().with("prompt", "none");
        let callback = browser.open(&request.url()).await.callback();
        let tokens = party.finish(&request, &callback).await;
        assert_eq!((tokens.sub(), tokens.auth_time()), (first.sub(), first.auth_time()));
        assert_eq!(tokens.sid(), first.sid());
        assert_eq!(tokens.acr(), "2fa");
    }
}

#[tokio::test]
async fn check_32_36_consent_is_asked_of_third_parties_once_and_of_anyone_by_prompt() {
    let server = Server::shared().await;
    let (partner, portal, mut browser) = (server.client("partner"), server.portal(), server.browser());
    let resident = server.resident_with_email();
    sign_in(server, &mut browser, &portal, &resident, Factor::Email).await;
    silent(&mut browser, &partner).await.error("consent_required");
    let request = partner.authorize();
    let page = browser.open(&request.url()).await.page();
    assert_eq!(asks(&page), Ask::Consent);
    page.assert_contract();
    let callback = browser.press(&page, "allow", &[]).await.callback();
    partner.finish(&request, &callback).await;
    silent(&mut browser, &partner).await.code();
    let page = browser.open(&portal.authorize().with("prompt", "consent").url()).await.page();
    assert_eq!(asks(&page), Ask::Consent);
    browser.press(&page, "cancel", &[]).await.callback().error("access_denied");
}

#[tokio::test]
async fn check_41_case_az10_hints_name_the_person_and_must_be_ours() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser, mut other) = (server.portal(), server.browser(), server.browser());
    let mine = sign_in(&server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let theirs = sign_in(&server, &mut other, &party, &server.resident_with_email(), Factor::Email).await;
    let ask = |hint: &str| party.authorize().with("prompt", "none").with("id_token_hint", hint);
    browser.open(&ask(&mine.id_token).url()).await.callback().code();
    browser.open(&ask(&theirs.id_token).url()).await.callback().error("login_required");
    let mut forged = mine.id_token.clone();
    forged.truncate(forged.len() - 6);
    for hint in ["garbage", "a.b.c", &forged] {
        browser.open(&ask(hint).url()).await.callback().error("invalid_request");
    }
    server.advance(1200).await;
    browser.open(&ask(&mine.id_token).url()).await.callback().code();
}

#[tokio::test]
async fn check_60_case_az13_two_tabs_of_one_browser_do_not_swap_their_requests() {
    let server = Server::shared().await;
    let (one, two, resident) = (server.portal(), server.client("second"), server.resident_with_email());
    let (first, second, mut browser) = (one.authorize(), two.authorize(), server.browser());
    let page_one = browser.open(&first.url()).await.page();
    let page_two = browser.open(&second.url()).await.page();
    let codes = server.into();
    // Crossed order: the second tab gets as far as the code, then the first finishes, then the second.
    let waiting =
        until(&mut browser, Stop::Page(Box::new(page_two)), Ask::Code, &resident, Factor::Email, &codes).await;
    let stop = finish(&mut browser, Stop::Page(Box::new(page_one)), &resident, Factor::Email, &codes).await;
    one.finish(&first, &stop.callback()).await;
    let stop = finish(&mut browser, waiting, &resident, Factor::Email, &codes).await;
    two.finish(&second, &stop.callback()).await;
}

#[tokio::test]
async fn check_60_case_az12_back_reload_and_double_submit_end_friendly_and_give_no_second_code() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let request = party.authorize();
    let page = open_until(server, &mut browser, &request, Ask::Code, &resident, Factor::Email).await;
    // Reload: the same question, and no second message.
    let again = browser.open(page.url().as_str()).await.page();
    assert_eq!(asks(&again), Ask::Code);
    assert_eq!(crate::support::inbox::messages(&server.nodes(), &resident.email).await.len(), 1, "a GET never sends");
    let code = server.inbox_code(&resident.email).await;
    let form = page.form_with("code").expect("a form");
    let message = Browser::form_request(&page, form, &[("code", &code)], None);
    let first = browser.go(message.clone()).await.callback();
    party.finish(&request, &first).await;
    let resumed = Request::get(page.url().as_str());
    for late in [message, resumed] {
        match browser.go(late).await {
            Stop::Page(page) => {
                assert_eq!(page.status(), 410, "{}", page.text);
                page.assert_contract();
                assert!(page.text.contains("portal"), "it names the service: {}", page.text);
            }
            // A repeated POST may be answered with the same way out, but never with a second code.
            Stop::Callback(callback) => assert_eq!(callback.get("code"), first.get("code")),
        }
    }
}

#[tokio::test]
async fn scr_r47_an_expired_transaction_shows_the_way_back_to_the_portal() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let page = open_until(&server, &mut browser, &party.authorize(), Ask::Password, &resident, Factor::Email).await;
    server.advance(3 * 3600).await;
    let expired = browser.submit(&page, &[("password", &resident.password)]).await.page();
    assert!((400..500).contains(&expired.status()), "{}", expired.status());
    expired.assert_contract();
    assert!(expired.text.contains("portal"), "the page names the way back: {}", expired.text);
}

#[tokio::test]
async fn scr_r50_with_cookies_off_the_page_says_so() {
    let server = Server::shared().await;
    let mut browser = server.browser();
    browser.jar.off = true;
    let mut stop = browser.open(&server.portal().authorize().url()).await;
    if let Stop::Page(page) = &stop
        && asks(page) == Ask::Email
    {
        let page = page.clone();
        stop = browser.submit(&page, &[("email", "someone@example.test")]).await;
    }
    let page = stop.page();
    assert!(page.status() >= 400 && page.text.to_lowercase().contains("cookies"), "{} {}", page.status(), page.text);
}

#[tokio::test]
async fn sec_r19_case_ot12_a_half_session_opens_nothing_but_its_second_factor() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let request = party.authorize();
    let page = open_until(server, &mut browser, &request, Ask::Code, &resident, Factor::Email).await;
    let transaction = page.url().query().unwrap_or_default().to_owned();
    for path in [
        "/consent",
        "/account",
        "/account/security",
        "/sign-in/account",
        "/setup",
        "/setup/done",
        "/setup/app",
        "/authorize/resume",
        "/admin",
    ] {
        for url in [path.to_owned(), format!("{path}?{transaction}")] {
            match browser.open(&url).await {
                Stop::Callback(callback) => assert_eq!(callback.get("code"), None, "{url}"),
                Stop::Page(page) => {
                    let harmless = page.status() >= 400
                        || matches!(asks(&page), Ask::Code | Ask::Method | Ask::Email | Ask::Password);
                    assert!(harmless, "{url}: {} {:.200}", page.status(), page.text);
                }
            }
        }
    }
    silent(&mut browser, &party).await.error("login_required");
    silent(&mut browser, &server.client("one-factor")).await.error("login_required");
}

#[tokio::test]
async fn sec_r24_case_se3_posts_need_this_browsers_token_and_origin() {
    let server = Server::shared().await;
    let (party, resident) = (server.portal(), server.resident_with_email());
    let (request, mut browser) = (party.authorize(), server.browser());
    let page = open_until(server, &mut browser, &request, Ask::Password, &resident, Factor::Email).await;
    let form = page.form_with("password").expect("a form");
    let good = Browser::form_request(&page, form, &[("password", &resident.password)], None);
    // Another site's page.
    let mut foreign = good.clone();
    foreign.headers.insert("origin", "https://evil.test".parse().expect("a value"));
    foreign.headers.insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    assert_eq!(browser.fetch(foreign).await.status, 403);
    // No token, and the token of another browser.
    let hidden: Vec<_> =
        form.fields.iter().filter(|f| f.kind == "hidden" && f.name != "email" && f.name != "username").collect();
    assert!(!hidden.is_empty(), "a form carries a token");
    let bare = Request::post(form.action.as_str(), &[("password", &resident.password)])
        .header("origin", page.url().origin().ascii_serialization().as_str());
    assert_eq!(browser.fetch(bare).await.status, 403);
    let mut stranger = server.browser();
    let other = open_until(server, &mut stranger, &party.authorize(), Ask::Password, &resident, Factor::Email).await;
    let other_form = other.form_with("password").expect("a form");
    let mut swapped = Browser::form_request(&other, other_form, &[("password", &resident.password)], None);
    swapped.url = good.url.clone();
    assert!(browser.fetch(swapped).await.status.is_client_error());
    // Another media type.
    let mut text = good.clone();
    text.headers.insert("content-type", "text/plain".parse().expect("a value"));
    assert!(browser.fetch(text).await.status.is_client_error());
    // Another browser with the address of the step.
    let mut thief = server.browser();
    match thief.open(page.url().as_str()).await {
        Stop::Page(page) => assert_ne!(asks(&page), Ask::Password, "a step belongs to its browser"),
        Stop::Callback(callback) => panic!("{:?}", callback.params),
    }
    // And the honest one still works: nothing was changed.
    let stop = browser.go(good).await;
    assert_eq!(asks(&stop.clone().page()), Ask::Code);
    let stop = finish(&mut browser, stop, &resident, Factor::Email, &server.into()).await;
    party.finish(&request, &stop.callback()).await;
}

#[tokio::test]
async fn check_10_welsh_pages_come_by_request_and_stay() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let request = party.authorize().with("ui_locales", "cy");
    let mut stop = browser.open(&request.url()).await;
    while let Stop::Page(page) = stop {
        assert_eq!(page.language, "cy", "{}", page.url());
        page.assert_contract();
        stop = step(&mut browser, &page, &resident, Factor::Email, &server.into()).await;
    }
    party.finish(&request, &stop.callback()).await;
    let mut welsh = server.browser();
    welsh.language = "cy, en;q=0.5".to_owned();
    assert_eq!(welsh.open(&party.authorize().url()).await.page().language, "cy");
}

#[tokio::test]
async fn budget_data_statements_of_sign_in_and_silent_sign_on_hold() {
    let server = Server::start(Options::default()).await;
    let party = server.portal();
    let count = async || server.metrics().await.sum("store_statements_total");
    let mut browser = server.browser();
    for (resident, factor) in [(server.resident(), Factor::Totp), (server.resident_with_email(), Factor::Email)] {
        // The first time ever, an account also remembers that it was asked for a second factor here.
        sign_in(&server, &mut server.browser(), &party, &resident, factor).await;
        server.advance(60).await;
        let before = count().await;
        browser = server.browser();
        sign_in(&server, &mut browser, &party, &resident, factor).await;
        let took = count().await - before;
        assert!((6.0..=12.0).contains(&took), "a sign-in by {factor:?} took {took} statements");
    }
    let signed_in = count().await;
    let request = party.authorize();
    let callback = browser.open(&request.url()).await.callback();
    let answer = party.redeem(&request, callback.code()).await.expect(200).json();
    let silent = count().await;
    assert!(silent - signed_in <= 5.0, "silent sign-on took {} statements", silent - signed_in);
    party.userinfo(answer["access_token"].as_str().expect("a token")).await.expect(200);
    let asked = count().await;
    assert!(asked - silent <= 1.0, "userinfo took {} statements", asked - silent);
}

#[tokio::test]
async fn case_ru8_visitors_without_a_request_get_a_page_and_no_500() {
    let server = Server::shared().await;
    for path in
        ["/sign-in", "/sign-in/password", "/mfa/code", "/mfa/method", "/setup", "/consent", "/expired", "/signed-out"]
    {
        let answer = Agent::new().get(&server.url(path)).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        assert!(answer.is_html(), "{path}: {:?}", answer.headers);
    }
}
