//! Devices that are remembered in place of the second factor.

use crate::support::cookies::Cookie;
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until};
use crate::support::{
    Authorization, Browser, Factor, Options, RelyingParty, Resident, Server, Stop, eventually, sign_in,
};

const DAY: i64 = 24 * 60 * 60;

/// The device's cookie, if this browser has one.
fn device(browser: &Browser) -> Option<Cookie> {
    browser.jar.all().iter().find(|cookie| cookie.name.starts_with("__Host-idp-device")).cloned()
}

/// The browser after it was closed: what was to end with it is gone.
fn reopened(server: &Server, browser: &Browser) -> Browser {
    let mut fresh = server.browser();
    fresh.jar.plant(&device(browser).into_iter().collect::<Vec<_>>());
    fresh
}

/// Signs in and asks for the device to be remembered.
pub(crate) async fn remember(server: &Server, browser: &mut Browser, party: &RelyingParty, resident: &Resident) {
    let request = party.authorize();
    let page = open_until(server, browser, &request, Ask::Code, resident, Factor::Totp).await;
    assert!(page.has_field("remember"), "{}", page.text);
    let code = server.totp(resident);
    let callback = browser.submit(&page, &[("code", &code), ("remember", "yes")]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!(tokens.acr(), "2fa");
    // The next code of the app is another one.
    server.advance(31).await;
}

/// Where a request leads after the password.
async fn after_password(server: &Server, browser: &mut Browser, request: &Authorization, resident: &Resident) -> Stop {
    let page = open_until(server, browser, request, Ask::Password, resident, Factor::Totp).await;
    browser.submit(&page, &[("password", &resident.password)]).await
}

/// Whether the second factor is asked for after the password.
pub(crate) async fn is_asked(server: &Server, browser: &Browser, party: &RelyingParty, resident: &Resident) -> bool {
    let mut browser = reopened(server, browser);
    match after_password(server, &mut browser, &party.authorize(), resident).await {
        Stop::Page(page) => matches!(asks(&page), Ask::Code | Ask::Method),
        Stop::Callback(callback) => {
            callback.code();
            false
        }
    }
}

#[tokio::test]
async fn req_assurance_6_a_remembered_device_meets_required_truthfully_and_any_demand_asks_again() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.client("remembers"), server.resident(), server.browser());
    remember(&server, &mut browser, &party, &resident).await;
    let cookie = device(&browser).expect("a device’s cookie");
    assert!(cookie.secure && cookie.http_only && cookie.path == "/", "{cookie:?}");
    assert_eq!((cookie.same_site.as_deref(), cookie.max_age), (Some("lax"), Some(30 * DAY)));

    let mut again = reopened(&server, &browser);
    let request = party.authorize();
    let stop = after_password(&server, &mut again, &request, &resident).await;
    let tokens = party.finish(&request, &stop.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("1fa", vec!["pwd"]), "nothing is claimed that was not proven");
    // Not even within the session that it began.
    let request = party.authorize().with("acr_values", "2fa");
    let page = again.open(&request.url()).await.page();
    assert!(matches!(asks(&page), Ask::Code | Ask::Method), "{}", page.text);
    for demand in ["2fa", "1fa"] {
        let mut again = reopened(&server, &browser);
        let request = party.authorize().with("acr_values", demand);
        let page = after_password(&server, &mut again, &request, &resident).await.page();
        assert!(matches!(asks(&page), Ask::Code | Ask::Method), "{demand}: {}", page.text);
    }
}

#[tokio::test]
async fn req_assurance_6_a_device_is_remembered_for_one_account_at_one_client_in_one_browser() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.client("remembers"), server.resident(), server.browser());
    let other = server.resident();
    // Without the box ticked nothing is remembered.
    sign_in(&server, &mut browser, &party, &resident, Factor::Totp).await;
    assert_eq!(device(&browser), None);
    server.advance(31).await;
    let mut browser = server.browser();
    remember(&server, &mut browser, &party, &resident).await;
    assert!(!is_asked(&server, &browser, &party, &resident).await);
    assert!(is_asked(&server, &browser, &party, &other).await, "another account");
    assert!(is_asked(&server, &browser, &server.client("remembers-too"), &resident).await, "another client");
    assert!(is_asked(&server, &server.browser(), &party, &resident).await, "another browser");
    // A second client is remembered beside the first, under a new cookie; the old one is worth nothing.
    let mut second = reopened(&server, &browser);
    remember(&server, &mut second, &server.client("remembers-too"), &resident).await;
    for party in [party.clone(), server.client("remembers-too")] {
        assert!(!is_asked(&server, &second, &party, &resident).await);
        assert!(is_asked(&server, &browser, &party, &resident).await, "the cookie from before");
    }
}

#[tokio::test]
async fn req_assurance_6_a_device_is_forgotten_after_its_days() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.client("remembers"), server.resident(), server.browser());
    remember(&server, &mut browser, &party, &resident).await;
    server.advance(29 * DAY).await;
    assert!(!is_asked(&server, &browser, &party, &resident).await, "a sign-in prolongs nothing");
    server.advance(DAY).await;
    assert!(is_asked(&server, &browser, &party, &resident).await);
}

#[tokio::test]
async fn req_assurance_6_another_policy_forgets_the_device() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.client("remembers"), server.resident(), server.browser());
    remember(&server, &mut browser, &party, &resident).await;
    assert!(!is_asked(&server, &browser, &party, &resident).await);
    server.cli(&["client", "policy", "--id", "remembers", "--set", r#"{"session_idle_seconds":1799}"#]);
    eventually("the new policy is in force", async || {
        is_asked(&server, &browser, &party, &resident).await.then_some(())
    })
    .await;
}

#[tokio::test]
async fn case_ot26_case_pw13_a_reset_forgets_the_device() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.client("remembers"), server.resident(), server.browser());
    remember(&server, &mut browser, &party, &resident).await;
    let shown = server.cli(&["user", "show", "--email", &resident.email]);
    let listed = shown["remembered_devices"].as_array().expect("a list");
    assert_eq!((listed.len(), listed[0]["client"].as_str()), (1, Some("remembers")), "{shown}");
    server.cli(&["user", "reset-mfa", "--email", &resident.email, "--reason", "lost"]);
    assert!(is_asked(&server, &browser, &party, &resident).await);
    let shown = server.cli(&["user", "show", "--email", &resident.email]);
    assert_eq!(shown["remembered_devices"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn scr_r6_the_box_is_there_only_where_devices_are_remembered_and_the_cookies_page_says_so() {
    let server = Server::shared().await;
    let resident = server.resident();
    let at = async |party: &RelyingParty| -> Page {
        open_until(server, &mut server.browser(), &party.authorize(), Ask::Code, &resident, Factor::Totp).await
    };
    assert!(!at(&server.portal()).await.has_field("remember"));
    let page = at(&server.client("remembers")).await;
    assert!(page.has_field("remember") && page.text.contains("30 days"), "{}", page.text);
    // A box that the policy does not offer is of no use.
    let (party, mut browser) = (server.portal(), server.browser());
    let page = open_until(server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
    let code = server.totp(&resident);
    browser.submit(&page, &[("code", &code), ("remember", "yes")]).await.callback().code();
    assert_eq!(device(&browser), None);
    let cookies = browser.open(&server.url("/cookies")).await.page();
    assert!(cookies.text.contains("__Host-idp-device") && cookies.text.contains("30 days"), "{}", cookies.text);
}
