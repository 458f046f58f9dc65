//! R15 where the policy leaves the second factor to the person: they are invited, and may skip.

use crate::support::html::Page;
use crate::support::journey::{Ask, asks};
use crate::support::{Authorization, Browser, RelyingParty, Request, Resident, Server, Stop, totp};

const DAY: i64 = 86_400;

async fn past_password(browser: &mut Browser, party: &RelyingParty, resident: &Resident) -> (Stop, Authorization) {
    let request = party.authorize();
    let page = browser.open(&request.url()).await.page();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    (browser.submit(&page, &[("password", &resident.password)]).await, request)
}

fn key(page: &Page) -> String {
    let found = regex::Regex::new(r"\b([A-Z2-7]{4} ){7}[A-Z2-7]{4}\b").expect("a pattern").find(&page.text);
    found.unwrap_or_else(|| panic!("no key: {}", page.text)).as_str().replace(' ', "")
}

#[tokio::test]
async fn scr_r15_who_may_go_without_is_invited_skips_and_is_asked_again_a_month_later() {
    let server = Server::start(crate::support::Options::default()).await;
    let (party, resident) = (server.client("optional"), server.resident_with_email());
    let mut browser = server.browser();
    let (stop, request) = past_password(&mut browser, &party, &resident).await;
    let page = stop.page();
    assert_eq!((page.path(), page.has_button("skip")), ("/setup", true), "{}", page.text);
    page.assert_contract();
    assert!(
        page.text.contains("You do not have to") && page.text.contains("ask you again in 30 days"),
        "{}",
        page.text
    );
    let callback = browser.press(&page, "skip", &[]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("1fa", vec!["pwd"]));
    // Neither a session nor the next sign-in is asked again.
    browser.open(&party.authorize().url()).await.callback().code();
    let (stop, _) = past_password(&mut server.browser(), &party, &resident).await;
    stop.callback().code();
    server.advance(31 * DAY).await;
    let (stop, _) = past_password(&mut server.browser(), &party, &resident).await;
    assert_eq!(stop.page().path(), "/setup");
}

#[tokio::test]
async fn scr_r15_case_ot25_who_accepts_confirms_the_contact_on_file_and_is_asked_from_then_on() {
    let server = Server::start(crate::support::Options::default()).await;
    let (party, resident) = (server.client("optional"), server.resident_with_email());
    let mut browser = server.browser();
    let (stop, request) = past_password(&mut browser, &party, &resident).await;
    let invitation = stop.page();
    // Nobody comes to the set-up with a password alone.
    let tx = invitation.url().query().unwrap_or_default().to_owned();
    let page = browser.open(&format!("/setup/app?{tx}")).await.page();
    assert_eq!(page.path(), "/setup", "{}", page.text);
    let page = browser.submit(&page, &[]).await.page();
    assert_eq!((asks(&page), page.headings[0].as_str()), (Ask::Code, "Check your email"), "{}", page.text);
    // They may think again.
    let back = browser.open(&format!("/setup?{}", page.url().query().unwrap_or_default())).await.page();
    assert!(back.has_button("skip"), "{}", back.text);
    let code = server.inbox_code(&resident.email).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/setup/app", "{}", page.text);
    let secret = key(&page);
    let code = totp::code(&secret, server.now());
    let mut stop = browser.submit(&page, &[("code", &code)]).await;
    while let Stop::Page(page) = &stop {
        let saved = if page.has_field("saved") { vec![("saved", "yes")] } else { Vec::new() };
        stop = browser.press(page, "continue", &saved).await;
    }
    let tokens = party.finish(&request, &stop.callback()).await;
    assert_eq!(tokens.acr(), "2fa");
    server.advance(60).await;
    let mut later = server.browser();
    let (stop, _) = past_password(&mut later, &party, &resident).await;
    assert_eq!(asks(&stop.page()), Ask::Method, "switched on: email or the app");
}

#[tokio::test]
async fn scr_r15_where_a_second_step_is_required_nothing_is_skipped() {
    let server = Server::start(crate::support::Options::default()).await;
    let (party, resident) = (server.client("window"), server.resident_with_email());
    let mut browser = server.browser();
    let (stop, _) = past_password(&mut browser, &party, &resident).await;
    let page = stop.page();
    assert_eq!((page.path(), page.has_button("skip")), ("/setup", false), "{}", page.text);
    let csrf = page.form_with("csrf").and_then(|form| form.field("csrf")).expect("a token").value.clone();
    let tx = page.url().query().unwrap_or_default().to_owned();
    let skip = Request::post(&server.url(&format!("/setup/skip?{tx}")), &[("csrf", &csrf)]);
    let answer = browser.fetch(skip).await;
    let to = answer.headers.get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
    assert!(to.starts_with("/setup?"), "{} {to}", answer.status);
    // A level that the client asks for is no invitation either.
    let request = server.client("optional").authorize().with("acr_values", "2fa");
    let mut second = server.browser();
    let page = second.open(&request.url()).await.page();
    let page = second.submit(&page, &[("email", &resident.email)]).await.page();
    let page = second.submit(&page, &[("password", &resident.password)]).await.page();
    assert_eq!((asks(&page), page.has_button("skip")), (Ask::Code, false), "{}", page.text);
}

#[tokio::test]
async fn scr_r15_who_chose_what_to_set_up_is_not_asked_again() {
    let server = Server::start(crate::support::Options::default()).await;
    let party = server.client("staff-app");
    let (email, phone) = ("chooses@example.test", "+447700900811");
    let password = crate::support::seed::PASSWORD;
    server.cli(&["user", "add", "--email", email, "--password", password, "--class", "staff", "--phone", phone]);
    let clerk = Resident { email: email.to_owned(), phone: phone.to_owned(), ..server.resident_with_email() };
    let mut browser = server.browser();
    let (stop, request) = past_password(&mut browser, &party, &clerk).await;
    let page = stop.page();
    assert_eq!(page.choices("method"), ["sms", "totp"], "{}", page.text);
    // The number that they have comes first, and then the app at once.
    let page = browser.submit(&page, &[("method", "totp")]).await.page();
    assert_eq!((asks(&page), page.headings[0].as_str()), (Ask::Code, "Check your phone"), "{}", page.text);
    let code = server.inbox_code(phone).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.path(), "/setup/app", "{}", page.text);
    let code = totp::code(&key(&page), server.now());
    let mut stop = browser.submit(&page, &[("code", &code)]).await;
    while let Stop::Page(page) = &stop {
        stop = browser.press(page, "continue", &[]).await;
    }
    assert_eq!(party.finish(&request, &stop.callback()).await.acr(), "2fa");
}

#[tokio::test]
async fn scr_r15_case_ot25_who_skips_has_no_longer_than_others_to_set_up_with_a_password_alone() {
    let server = Server::start(crate::support::Options::default()).await;
    let (party, resident) = (server.client("optional-window"), server.resident_with_email());
    let mut browser = server.browser();
    let (stop, _) = past_password(&mut browser, &party, &resident).await;
    let page = stop.page();
    assert_eq!((page.path(), page.has_button("skip")), ("/setup", true), "{}", page.text);
    browser.press(&page, "skip", &[]).await.callback().code();
    server.advance(31 * DAY).await;
    let mut later = server.browser();
    let (stop, _) = past_password(&mut later, &party, &resident).await;
    let page = stop.page();
    assert_eq!(page.path(), "/setup", "{}", page.text);
    let tx = page.url().query().unwrap_or_default().to_owned();
    let app = later.open(&format!("/setup/app?{tx}")).await.page();
    assert_ne!(app.path(), "/setup/app", "{}", app.text);
    let page = later.submit(&page, &[("method", "totp")]).await.page();
    assert_eq!((asks(&page), page.headings[0].as_str()), (Ask::Code, "Check your email"), "{}", page.text);
}
