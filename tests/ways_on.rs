//! No page is a dead end: it says what is the case, and shows a way on.

use crate::account::told;
use crate::code_page::texted;
use crate::outbox::{with_both, with_phone};
use crate::recovery::{codes, follow};
use crate::support::factor_service::{FactorService, RIGHT};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until, step, until};
use crate::support::provider::Behaviour;
use crate::support::{Browser, Factor, Options, Request, Resident, Server, Stop, eventually, inbox};

const CARD: &str = "remote:council-card";
const HELP: &str = "[brand]\ncontact_phone = \"01632 960000\"\n";

fn has_link(page: &crate::support::html::Page, path: &str) -> bool {
    page.links.iter().any(|link| link.href.starts_with(path))
}

#[tokio::test]
async fn scr_r13_who_asks_for_another_code_too_soon_reads_when_to_come_and_then_gets_it() {
    let (server, _, twilio) = with_both().await;
    let resident = with_phone(&server, "hasty@example.test", "+447700900731");
    let mut browser = server.browser();
    let page = texted(&server, &mut browser, &resident).await;
    let early = browser.press(&page, "resend", &[]).await.page();
    assert_eq!((early.status(), early.headings[0].as_str()), (429, "Get a new code"), "{}", early.text);
    assert!(early.text.contains("You can ask for another code at"), "{}", early.text);
    let again = early.links.iter().find(|link| link.id == "again").expect("a way to try again").href.clone();
    // Too early it says the same; nobody who waits for the minute that is shown is too early.
    assert!(!browser.open(&again).await.page().has_button("resend"));
    server.advance(30 + 60 - (server.now() + 30).rem_euclid(60)).await;
    let page = browser.open(&again).await.page();
    page.assert_contract();
    assert!(page.has_button("resend") && !page.text.contains("You can ask for another code at"), "{}", page.text);
    let before = twilio.taken().len();
    assert_eq!(asks(&browser.press(&page, "resend", &[]).await.page()), Ask::Code);
    assert_eq!(twilio.taken().len(), before + 1);
}

/// Makes an administrator's account by invitation. Gives its address, and the last page of it with what was typed there.
pub async fn becomes_administrator(server: &Server, email: &str) -> (String, Browser, Page, String) {
    let invited = server.cli(&["admin", "invite", "--role", "owner"]);
    let url = invited["url"].as_str().expect("an address").to_owned();
    let mut browser = server.browser();
    let page = browser.open(&url).await.page();
    let page = browser.submit(&page, &[("email", email), ("password", "mauve tractor 9 lamp")]).await.page();
    let key = regex::Regex::new(r"secret=([A-Z2-7]+)").expect("a pattern");
    let html = page.response.text();
    let secret = key.captures(&html).expect("a key")[1].to_owned();
    let code = crate::support::totp::code(&secret, server.now());
    let done = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(done.status(), 200, "{}", done.text);
    (url, browser, page, code)
}

#[tokio::test]
async fn scr_r47_a_used_invitation_and_one_that_never_was_are_told_apart() {
    let server = Server::start(Options { config: HELP.to_owned(), ..Options::default() }).await;
    let (url, mut browser, page, code) = becomes_administrator(&server, "owner@example.test").await;
    let used = browser.open(&url).await.page();
    used.assert_contract();
    assert_eq!((used.status(), used.headings[0].as_str()), (410, "This link has been used"), "{}", used.text);
    assert!(has_link(&used, "/account") && used.text.contains("01632 960000"), "{}", used.text);
    assert_eq!(browser.submit(&page, &[("code", &code)]).await.page().headings, ["This link has been used"]);
    let welsh = browser.open(&format!("{url}?lang=cy")).await.page();
    assert_eq!(welsh.headings, ["Mae’r ddolen hon wedi’i defnyddio"]);
    let mut browser = server.browser();
    let none = browser.open("/admin/invite/anything").await.page();
    none.assert_contract();
    assert_eq!((none.status(), none.headings[0].as_str()), (410, "This link does not work"), "{}", none.text);
    assert!(none.text.contains("not one of our invitations"), "{}", none.text);
    let other = server.cli(&["admin", "invite", "--role", "owner"]);
    server.advance(31 * 86_400).await;
    let late = browser.open(other["url"].as_str().expect("an address")).await.page();
    assert!(["This link has expired", "This link does not work"].contains(&&*late.headings[0]), "{}", late.text);
}

/// A server with a service for cards, whose portal has this policy; in force once somebody who signs in gets to `path`.
async fn with_card(policy: &str, path: &str) -> (FactorService, Server) {
    let service = FactorService::start();
    let config = format!("{}\n{HELP}", service.config("council-card"));
    let server = Server::start(Options { config, ..Options::default() }).await;
    server.cli(&["client", "policy", "--id", "portal", "--set", policy]);
    eventually("the policy is in force", async || {
        let resident = server.resident_with_email();
        let stop = after_password(&mut server.browser(), &server, "", &resident).await;
        matches!(stop, Stop::Page(page) if page.path() == path).then_some(())
    })
    .await;
    (service, server)
}

/// Where the password leads: at the portal, or at the account pages.
async fn after_password(browser: &mut Browser, server: &Server, path: &str, resident: &Resident) -> Stop {
    let start = if path.is_empty() { server.portal().authorize().url() } else { path.to_owned() };
    let (stop, codes) = (browser.open(&start).await, server.into());
    let page = until(browser, stop, Ask::Password, resident, Factor::Email, &codes).await.page();
    step(browser, &page, resident, Factor::Email, &codes).await
}

#[tokio::test]
async fn scr_r9b_an_account_whose_service_does_not_answer_says_so_with_when_and_whom_to_ask() {
    let both = r#"{"factors":["remote:council-card","email"]}"#;
    let (service, server) = with_card(both, "/mfa/method").await;
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    let page = after_password(&mut browser, &server, "", &resident).await.page();
    let page = browser.submit(&page, &[("method", CARD)]).await.page();
    browser.submit(&page, &[("code", RIGHT)]).await.callback().code();
    service.behave(Behaviour::Fails(503, "busy"));
    // As long as the service is tried, and when nobody waits for it any more: the same page.
    for n in 0..7 {
        let mut browser = server.browser();
        let page = after_password(&mut browser, &server, "/account", &resident).await.page();
        page.assert_contract();
        assert_eq!(page.headings, ["Council card is not available"], "{n}: {}", page.text);
        assert!(page.text.contains("Nothing is wrong with your account"), "{}", page.text);
        assert!(
            page.text.contains("Try again in a few minutes") && page.text.contains("01632 960000"),
            "{}",
            page.text
        );
        let again = page.links.iter().find(|link| link.id == "again").expect("a way to try again").href.clone();
        if n == 6 {
            assert_eq!(browser.open(&again).await.page().headings, ["Council card is not available"]);
            service.behave(Behaviour::Works);
            server.advance(31).await;
            let page = browser.open(&again).await.page();
            assert_eq!((page.path(), page.has_field("code")), ("/mfa/question", true), "{}", page.text);
            let page = browser.submit(&page, &[("code", RIGHT)]).await.page();
            assert_eq!(page.path(), "/account", "{}", page.text);
        }
    }
}

#[tokio::test]
async fn scr_r9b_whom_no_service_knows_and_who_has_nothing_else_hears_whom_to_ask_and_of_no_card() {
    let (service, server) = with_card(r#"{"factors":["remote:council-card"]}"#, "/mfa/question").await;
    service.know_people(false);
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    let shown = after_password(&mut browser, &server, "", &resident).await.page();
    shown.assert_contract();
    assert!(shown.headings[0].starts_with("You cannot sign in to"), "{}", shown.text);
    assert!(shown.text.contains("01632 960000") && !shown.text.contains("Council card"), "{}", shown.text);
    let callback = browser.press(&shown, "cancel", &[]).await.callback();
    callback.error("access_denied");
}

#[tokio::test]
async fn scr_r56_who_stops_a_recovery_is_led_to_a_new_password_and_every_contact_is_told() {
    let server = Server::start(Options { config: HELP.to_owned(), ..Options::default() }).await;
    let resident = server.resident();
    let (party, mut browser) = (server.client("app-only"), server.browser());
    let page = open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
    let page = follow(&mut browser, &page, "/mfa/help?").await;
    let page = browser.submit(&page, &[("way", "recovery")]).await.page();
    let code = codes(&server, &resident.email, 1).await.remove(0);
    browser.submit(&page, &[("code", &code)]).await.page();
    let opened = told(&server, &resident.email, "/recovery/stop?t=").await.body;
    // Who, what, when and what to do, and whom to ask.
    for words in ["entered your password", "72 hours", "stop it here", "/account/password", "01632 960000"] {
        assert!(opened.contains(words), "{words}: {opened}");
    }
    let date = regex::Regex::new(r"(am|pm|midday|midnight) on \d{1,2} [A-Z][a-z]+ \d{4}").expect("a pattern");
    assert!(date.is_match(&opened), "{opened}");
    let link = opened.split_whitespace().find(|word| word.contains("/recovery/stop?t=")).expect("a link");
    let mut owner = server.browser();
    let page = owner.open(link).await.page();
    let stopped = owner.press(&page, "continue", &[]).await.page();
    stopped.assert_contract();
    assert!(has_link(&stopped, "/account/password"), "{}", stopped.text);
    let notice = told(&server, &resident.email, "It was stopped").await;
    assert!(notice.body.contains("/account/password"), "{notice:?}");
}

#[tokio::test]
async fn scr_r56_who_needs_nothing_but_a_code_by_email_is_offered_no_wait_for_a_factor_that_is_not_asked_for() {
    let server = Server::start(Options { config: HELP.to_owned(), ..Options::default() }).await;
    let resident = server.resident();
    server.cli(&["client", "policy", "--id", "app-only", "--set", r#"{"factors":["email"]}"#]);
    let page = eventually("the policy is in force", async || {
        let mut browser = server.browser();
        let start = server.client("app-only").authorize().url();
        let page = after_password(&mut browser, &server, &start, &resident).await.page();
        if page.headings != ["Check your email"] {
            return None;
        }
        Some(follow(&mut browser, &page, "/mfa/help?").await)
    })
    .await;
    assert!(page.choices("way").is_empty() && page.text.contains("01632 960000"), "{}", page.text);
}

#[tokio::test]
async fn scr_who_reads_welsh_is_told_in_welsh_what_happened_to_their_account() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let (party, mut browser) = (server.client("app-only"), server.browser());
    browser.language = "cy".to_owned();
    let page = open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
    let page = follow(&mut browser, &page, "/mfa/help?").await;
    let page = browser.submit(&page, &[("way", "recovery")]).await.page();
    let code = codes(&server, &resident.email, 1).await.remove(0);
    let opened = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!((opened.language.as_str(), opened.status()), ("cy", 200), "{}", opened.text);
    let subject = eventually("the owner is told", async || {
        let sent = inbox::messages(&server.nodes(), &resident.email).await;
        sent.into_iter().find(|message| message.code.is_none()).and_then(|message| message.subject)
    })
    .await;
    assert_eq!(subject, "Mae rhywun wedi gofyn am dynnu eich ail gam");
}

#[tokio::test]
async fn scr_r54_the_pages_of_the_footer_lead_back_to_where_somebody_came_from_and_nowhere_else() {
    let server = Server::shared().await;
    let mut browser = server.browser();
    let start = browser.open(&server.portal().authorize().url()).await.page();
    let from = |page: &str, referrer: &str| Request::get(&server.url(page)).header("referer", referrer);
    let back = |page: &crate::support::html::Page| {
        let html = page.response.text();
        let link = html.split("govuk-back-link").nth(1).is_some();
        link.then(|| page.links.iter().find(|link| link.href.starts_with("/sign-in")).map(|link| link.href.clone()))
    };
    for path in ["/help", "/cookies", "/privacy", "/accessibility"] {
        let page = browser.go(from(path, start.url().as_str())).await.page();
        page.assert_contract();
        let href = back(&page).flatten().unwrap_or_else(|| panic!("no way back on {path}"));
        assert_eq!(browser.open(&href).await.page().headings, start.headings);
        // The other language and the other pages of the footer keep it.
        let welsh = page.links.iter().find(|link| link.href.contains("lang=cy")).expect("a language").href.clone();
        let welsh = browser.go(from(&welsh, page.url().as_str())).await.page();
        assert_eq!(back(&welsh).flatten().as_ref(), Some(&href));
        browser.open(&format!("{path}?lang=en")).await.page();
    }
    for foreign in ["https://elsewhere.test/sign-in", "http://127.0.0.1:1/sign-in"] {
        assert!(back(&browser.go(from("/help", foreign)).await.page()).is_none(), "{foreign}");
    }
    for bent in ["//elsewhere.test/", "https://elsewhere.test/", "/%5Celsewhere.test", "javascript:alert(1)"] {
        let bent = bent.replace("%5C", "\\");
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("back", &bent).finish();
        let page = browser.open(&format!("/help?{query}")).await.page();
        assert!(back(&page).is_none(), "{bent}: {}", page.response.text());
    }
}
