//! R56: a second factor that is lost. A code by email, a wait in which every contact can stop it, and another code.

use crate::recovery::{codes, follow};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, finish, open_until};
use crate::support::server::cli_output;
use crate::support::{Browser, Factor, Options, Resident, Server, Stop, eventually, inbox, sign_in};

const HOURS: i64 = 3_600;

/// Signs in up to the page that says what is left, at a client that takes authenticators alone.
async fn at_help(server: &Server, browser: &mut Browser, resident: &Resident) -> Page {
    let party = server.client("app-only");
    let page = open_until(server, browser, &party.authorize(), Ask::Code, resident, Factor::Totp).await;
    follow(browser, &page, "/mfa/help?").await
}

/// Asks for recovery, and types the code.
async fn recover(server: &Server, browser: &mut Browser, page: &Page, resident: &Resident, count: usize) -> Stop {
    let way = *page.choices("way").last().expect("a way");
    let page = browser.submit(page, &[("way", way)]).await.page();
    page.assert_contract();
    assert_eq!(page.path(), "/mfa/recovery", "{}", page.text);
    let code = codes(server, &resident.email, count).await.remove(0);
    browser.submit(&page, &[("code", &code)]).await
}

async fn told(server: &Server, to: &str, subject: &str) -> inbox::Message {
    eventually(subject, async || {
        let sent = inbox::messages(&server.nodes(), to).await;
        sent.into_iter().find(|message| message.subject.as_deref() == Some(subject))
    })
    .await
}

fn link(body: &str) -> String {
    let found = regex::Regex::new(r"https?://\S+/recovery/stop\?t=\S+").expect("a pattern").find(body);
    found.unwrap_or_else(|| panic!("no link in {body}")).as_str().to_owned()
}

const OPENED: &str = "Somebody has asked to remove your second step";

#[tokio::test]
async fn scr_r56_req_week_one_3_a_lost_authenticator_is_taken_away_after_the_wait() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let party = server.client("app-only");
    let mut elsewhere = server.browser();
    sign_in(&server, &mut elsewhere, &party, &resident, Factor::Totp).await;
    let mut browser = server.browser();
    let page = at_help(&server, &mut browser, &resident).await;
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.choices("way")), ("You cannot use any of these", vec!["recovery"]));
    let none = browser.press(&page, "continue", &[]).await.page();
    assert!(none.status() == 422 && none.text.contains("Select what you want to do"), "{}", none.text);
    let opened = recover(&server, &mut browser, &page, &resident, 1).await.page();
    opened.assert_contract();
    assert_eq!(opened.headings, ["You have asked us to remove your second step"]);
    told(&server, &resident.email, OPENED).await;
    let listed = server.cli(&["user", "recovery", "list"]);
    assert_eq!(listed[0]["email"], resident.email.as_str(), "{listed}");
    // Before the wait is over there is nothing to press.
    server.advance(71 * HOURS).await;
    let page = at_help(&server, &mut server.browser(), &resident).await;
    assert!(page.choices("way").is_empty() && page.text.contains("You can do it from"), "{}", page.text);
    // Afterwards the password and another code take the factor away, and a new one is set up.
    server.advance(HOURS + 60).await;
    told(&server, &resident.email, "You can sign in again").await;
    let mut browser = server.browser();
    let page = at_help(&server, &mut browser, &resident).await;
    assert_eq!(page.choices("way"), ["recovered"]);
    let page = recover(&server, &mut browser, &page, &resident, 2).await.page();
    assert_eq!((page.path(), asks(&page)), ("/setup", Ask::Continue), "{}", page.text);
    told(&server, &resident.email, "Your second step was removed").await;
    let silent = elsewhere.open(&party.authorize().with("prompt", "none").url()).await.callback();
    silent.error("login_required");
    let page = browser.press(&page, "continue", &[]).await.page();
    let html = page.response.text();
    let key =
        regex::Regex::new(r"secret=([A-Z2-7]+)").expect("a pattern").captures(&html).expect("a key")[1].to_owned();
    let found = Resident { totp_secret: key, ..resident };
    let stop = browser.submit(&page, &[("code", &server.totp(&found))]).await;
    finish(&mut browser, stop, &found, Factor::Totp, &(&server).into()).await.callback().code();
    server.advance(31).await;
    sign_in(&server, &mut server.browser(), &party, &found, Factor::Totp).await;
    assert_eq!(server.cli(&["user", "recovery", "list"]).as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn scr_r56_the_link_in_a_notice_stops_it_once_and_not_by_being_looked_at() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let mut browser = server.browser();
    let page = at_help(&server, &mut browser, &resident).await;
    recover(&server, &mut browser, &page, &resident, 1).await.page();
    let notice = told(&server, &resident.email, OPENED).await;
    assert!(notice.code.is_none() && notice.body.contains("72 hours"), "{notice:?}");
    let link = link(&notice.body);
    let mut owner = server.browser();
    for _ in 0..2 {
        let page = owner.open(&link).await.page();
        page.assert_contract();
        assert_eq!((page.status(), page.headings[0].as_str()), (200, "Do you want to stop this?"));
    }
    let page = owner.open(&link).await.page();
    let forged = crate::support::Agent::new().post(&link, &[]).await;
    assert_eq!(forged.status, 403);
    let stopped = owner.press(&page, "continue", &[]).await.page();
    assert_eq!((stopped.status(), stopped.headings[0].as_str()), (200, "You have stopped it"));
    assert_eq!(owner.open(&link).await.page().status(), 410, "once");
    assert_eq!(owner.press(&page, "continue", &[]).await.page().status(), 410);
    assert_eq!(owner.open("/recovery/stop?t=anything").await.page().status(), 410);
    server.advance(73 * HOURS).await;
    let page = at_help(&server, &mut server.browser(), &resident).await;
    assert_eq!(page.choices("way"), ["recovery"], "it begins from the beginning");
    let sent = inbox::messages(&server.nodes(), &resident.email).await;
    assert!(sent.iter().all(|message| message.subject.as_deref() != Some("You can sign in again")), "{sent:?}");
}

#[tokio::test]
async fn scr_r56_whoever_still_has_the_factor_ends_it_and_so_does_an_operator() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let (party, mut browser) = (server.client("app-only"), server.browser());
    let page = at_help(&server, &mut browser, &resident).await;
    recover(&server, &mut browser, &page, &resident, 1).await.page();
    sign_in(&server, &mut server.browser(), &party, &resident, Factor::Totp).await;
    assert_eq!(server.cli(&["user", "recovery", "list"]).as_array().map(Vec::len), Some(0));
    // An operator stops one, or ends the wait of one.
    server.advance(31).await;
    let other = server.resident();
    let mut browser = server.browser();
    let page = at_help(&server, &mut browser, &other).await;
    recover(&server, &mut browser, &page, &other, 1).await.page();
    let stop = ["user", "recovery", "stop", "--email", &other.email, "--reason", "She rang: it was not her"];
    server.cli(&stop);
    let again = cli_output(&server.node.config_file(), &stop);
    assert!(!again.status.success(), "there is none to stop");
    let mut browser = server.browser();
    let page = at_help(&server, &mut browser, &other).await;
    recover(&server, &mut browser, &page, &other, 2).await.page();
    server.cli(&["user", "recovery", "approve", "--email", &other.email, "--reason", "Came with a passport"]);
    told(&server, &other.email, "You can sign in again").await;
    let page = at_help(&server, &mut server.browser(), &other).await;
    assert_eq!(page.choices("way"), ["recovered"]);
}

#[tokio::test]
async fn scr_r56_a_locked_contact_names_the_portals_help_and_a_forgotten_password_is_not_recovered_by_mail_alone() {
    let help = "[brand]\ncontact_phone = \"01632 960000\"\n";
    let server = Server::start(Options { config: help.to_owned(), ..Options::default() }).await;
    let resident = server.resident();
    let (party, mut browser) = (server.client("always"), server.browser());
    let page = open_until(&server, &mut browser, &party.authorize(), Ask::Method, &resident, Factor::Email).await;
    let page = follow(&mut browser, &page, "/mfa/help?").await;
    assert!(page.choices("way").is_empty() && page.text.contains("01632 960000"), "{}", page.text);
    // Whoever has the mailbox alone gets no further than the factor.
    let mut browser = server.browser();
    let request = server.client("app-only").authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Password, &resident, Factor::Email).await;
    let page = follow(&mut browser, &page, "/forgot?").await;
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    let code = codes(&server, &resident.email, 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    let page = follow(&mut browser, &page, "/mfa/help?").await;
    assert!(page.choices("way").is_empty() && page.text.contains("01632 960000"), "{}", page.text);
}
