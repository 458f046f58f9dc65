//! Levels and ages: when more, or the same again, is asked of a person who is signed in.

use crate::support::journey::{Ask, asks, finish, open_until, sign_in_with, step};
use crate::support::{Factor, Options, Server, Stop, sign_in};

const ESSENTIAL_2FA: &str = r#"{"id_token":{"acr":{"essential":true,"values":["2fa"]}}}"#;

#[tokio::test]
async fn check_32_137_a_session_of_one_factor_steps_up_by_acr_values_and_keeps_who_and_when() {
    let server = Server::shared().await;
    let (plain, portal, mut browser) = (server.client("one-factor"), server.portal(), server.browser());
    let resident = server.resident();
    let first = sign_in(server, &mut browser, &plain, &resident, Factor::Totp).await;
    assert_eq!((first.acr(), first.amr()), ("1fa", vec!["pwd"]));
    let silent = portal.authorize().with("prompt", "none");
    let error = browser.open(&silent.url()).await.callback();
    let code = error.get("error").unwrap_or_default();
    assert!(matches!(code, "interaction_required" | "login_required"), "{:?}", error.params);
    let cookies = browser.jar.all().to_vec();
    let request = plain.authorize().with("acr_values", "2fa");
    let page = browser.open(&request.url()).await.page();
    assert!(matches!(asks(&page), Ask::Method | Ask::Code), "straight to the second factor, not {:?}", asks(&page));
    let stop = finish(&mut browser, Stop::Page(Box::new(page)), &resident, Factor::Totp, &server.into()).await;
    let raised = plain.finish(&request, &stop.callback()).await;
    assert_eq!((raised.acr(), raised.sub()), ("2fa", first.sub()));
    assert_eq!((raised.sid(), raised.auth_time()), (first.sid(), first.auth_time()));
    let session_before: Vec<_> = cookies.iter().map(|cookie| &cookie.value).collect();
    let renewed = browser.jar.all().iter().any(|cookie| !session_before.contains(&&cookie.value));
    assert!(renewed, "the session cookie rotates");
}

#[tokio::test]
async fn req_assurance_2_check_44_135_any_known_level_satisfies_and_unknown_ones_are_ignored() {
    let server = Server::shared().await;
    let (party, mut browser, resident) = (server.client("one-factor"), server.browser(), server.resident_with_email());
    let request = party.authorize().with("acr_values", "urn:unknown 1fa 2fa");
    let tokens = sign_in_with(server, &mut browser, &party, request, &resident, Factor::Email).await;
    assert_eq!(tokens.acr(), "1fa", "the lowest listed level is the target");
    let request = party.authorize().with("acr_values", "urn:unknown");
    let callback = browser.open(&request.url()).await.callback();
    party.finish(&request, &callback).await;
}

#[tokio::test]
async fn case_az8_a_required_second_factor_is_no_choice_of_the_address() {
    let server = Server::shared().await;
    let (plain, party, mut browser) = (server.client("one-factor"), server.client("two-fa"), server.browser());
    let resident = server.resident();
    sign_in(server, &mut browser, &plain, &resident, Factor::Totp).await;
    for request in
        [party.authorize().with("acr_values", "2fa"), party.authorize(), party.authorize().with("acr_values", "1fa")]
    {
        let page = browser.open(&request.url()).await.page();
        assert!(matches!(asks(&page), Ask::Method | Ask::Code), "{:?}", asks(&page));
    }
}

#[tokio::test]
async fn check_45_an_essential_level_is_met_by_a_step_up() {
    let server = Server::shared().await;
    let (party, mut browser, resident) = (server.client("one-factor"), server.browser(), server.resident());
    sign_in(server, &mut browser, &party, &resident, Factor::Totp).await;
    let silent = party.authorize().with("claims", ESSENTIAL_2FA).with("prompt", "none");
    let callback = browser.open(&silent.url()).await.callback();
    let error = callback.get("error").unwrap_or_default();
    assert!(matches!(error, "interaction_required" | "unmet_authentication_requirements"), "{:?}", callback.params);
    let request = party.authorize().with("claims", ESSENTIAL_2FA);
    let tokens = sign_in_with(server, &mut browser, &party, request, &resident, Factor::Totp).await;
    assert_eq!(tokens.acr(), "2fa");
}

#[tokio::test]
async fn check_45_sec_r20_an_unreachable_essential_level_is_an_error_without_a_page() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.portal(), server.browser());
    sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["urn:nobody-reaches-this"]}}}"#;
    let callback = browser.open(&party.authorize().with("claims", claims).url()).await.callback();
    callback.error("unmet_authentication_requirements");
}

#[tokio::test]
async fn check_35_38_39_case_az7_prompt_and_age_ask_for_everything_again() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser, resident) = (server.portal(), server.browser(), server.resident_with_email());
    let first = sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    let mut last = first.auth_time();
    for (name, value) in [("prompt", "login"), ("max_age", "60"), ("max_age", "0")] {
        server.advance(660).await;
        let request = party.authorize().with(name, value);
        let mut seen = Vec::new();
        let mut stop = browser.open(&request.url()).await;
        while let Stop::Page(page) = stop {
            seen.push(asks(&page));
            stop = step(&mut browser, &page, &resident, Factor::Email, &(&server).into()).await;
        }
        assert!(seen.contains(&Ask::Password) && seen.contains(&Ask::Code), "{name}={value}: {seen:?}");
        let tokens = party.finish(&request, &stop.callback()).await;
        assert!(tokens.auth_time() > last, "{name}={value}");
        assert_eq!(tokens.sub(), first.sub());
        last = tokens.auth_time();
    }
}

#[tokio::test]
async fn check_38_a_satisfied_max_age_is_silent_and_slow_steps_do_not_loop() {
    let server = Server::start(Options::default()).await;
    let (party, mut browser, resident) = (server.portal(), server.browser(), server.resident_with_email());
    let first = sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    let request = party.authorize().with("max_age", "10000");
    let callback = browser.open(&request.url()).await.callback();
    assert_eq!(party.finish(&request, &callback).await.auth_time(), first.auth_time());
    server.advance(700).await;
    let request = party.authorize().with("max_age", "1");
    let page = open_until(&server, &mut browser, &request, Ask::Code, &resident, Factor::Email).await;
    // The second factor takes longer than max_age: the age is compared with the start of the request.
    server.advance(20).await;
    let stop = step(&mut browser, &page, &resident, Factor::Email, &(&server).into()).await;
    party.finish(&request, &stop.callback()).await;
}

#[tokio::test]
async fn sec_r18_an_old_session_sets_no_factor_up_before_the_password_and_a_code_are_typed_again() {
    let server = Server::start(Options::default()).await;
    let (council, app) = (server.client("council"), server.client("authenticator"));
    let resident = crate::phones::with_phone(&server, "old-session@example.test", "+447700900916", "verified");
    let mut browser = server.browser();
    let (page, _) = crate::phones::past_password(&mut browser, &council, &resident).await;
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let code = server.inbox_code("+447700900916").await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
    // Just after, the session speaks for both.
    let page = browser.open(&app.authorize().url()).await.page();
    assert_eq!(page.path(), "/setup", "{}", page.text);
    server.advance(25 * 60).await;
    let page = browser.open(&app.authorize().url()).await.page();
    assert_eq!(asks(&page), Ask::Password, "{}: {}", page.path(), page.text);
    let tx = page.url().query().unwrap_or_default().to_owned();
    let forced = browser.open(&format!("/setup/app?{tx}")).await.page();
    assert!(!forced.path().starts_with("/setup"), "{}", forced.text);
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    assert_eq!(page.choices("method"), ["sms", "voice"], "{}: {}", page.path(), page.text);
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let code = server.inbox_code("+447700900916").await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/setup", "{}", page.text);
    // What was proven for this request lasts as long as it does.
    server.advance(10 * 60).await;
    assert_eq!(browser.open(page.url().as_str()).await.page().path(), "/setup");
}
