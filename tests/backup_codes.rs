//! Backup codes: made once, shown once, each used once.

use std::collections::BTreeSet;

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until, step};
use crate::support::{Browser, Factor, Options, RelyingParty, Resident, Server, Stop, eventually, inbox, totp};

/// A code as it is shown.
const SHOWN: &str = r"\b[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b";

pub(crate) fn codes_in(text: &str) -> Vec<String> {
    regex::Regex::new(SHOWN).expect("a pattern").find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

/// The key for an authenticator app, where the page shows one.
fn manual_key(page: &Page) -> Option<String> {
    let group = regex::Regex::new(r"\b([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})\b").expect("a pattern");
    group.captures(&page.text).map(|found| found[1].replace(' ', ""))
}

/// Sets an app up within a sign-in, until a page offers or shows backup codes. The resident has the app then.
async fn set_app_up(server: &Server, browser: &mut Browser, party: &RelyingParty, resident: &mut Resident) -> Page {
    let page = browser.open(&party.authorize().url()).await.page();
    set_app_up_from(server, browser, page, resident).await
}

/// The same from a page on the way there.
pub(crate) async fn set_app_up_from(
    server: &Server,
    browser: &mut Browser,
    mut page: Page,
    resident: &mut Resident,
) -> Page {
    for _ in 0..14 {
        if let Some(key) = manual_key(&page) {
            resident.totp_secret = key;
        }
        if page.has_button("generate-codes") || page.has_button("download") {
            return page;
        }
        let factor =
            if resident.totp_secret.is_empty() && asks(&page) != Ask::Method { Factor::Email } else { Factor::Totp };
        page = step(browser, &page, resident, factor, &server.into()).await.page();
    }
    panic!("no backup codes on {} {}", page.url(), page.text)
}

/// A resident with an app and five codes, at the client that asks for an app and offers codes on request.
pub(crate) async fn with_codes(server: &Server) -> (RelyingParty, Resident, Vec<String>) {
    let (party, mut resident) = (server.client("authenticator"), server.resident_with_email());
    let mut browser = server.browser();
    let page = set_app_up(server, &mut browser, &party, &mut resident).await;
    let page = browser.press(&page, "generate-codes", &[]).await.page();
    let codes = codes_in(&page.text);
    assert_eq!(codes.len(), 5, "{}", page.text);
    browser.press(&page, "continue", &[]).await.callback().code();
    server.advance(31).await;
    (party, resident, codes)
}

#[tokio::test]
async fn scr_r44_a_backup_code_is_listed_as_what_it_is_whether_it_was_right_or_wrong() {
    let server = Server::start(Options::default()).await;
    let (party, resident, codes) = with_codes(&server).await;
    assert_eq!(try_code(&server, &party, &resident, "0000-0000-0000").await.page().status(), 422);
    try_code(&server, &party, &resident, &codes[0]).await.callback().code();
    server.advance(61).await;
    let mut browser = server.browser();
    let page = crate::account::open(&server, &mut browser, "/account/activity", &resident, Factor::Totp).await;
    page.assert_contract();
    let html = page.response.text();
    let rows = html.split("<tr").skip(2).collect::<Vec<_>>();
    let of = |words: &str| rows.iter().filter(|row| row.contains(words)).collect::<Vec<_>>();
    assert_eq!(of("Backup code").len(), 2, "the right one and the wrong one: {}", page.text);
    assert!(of("Backup code").iter().all(|row| !row.contains("Authenticator app")), "{}", page.text);
    assert!(of("Failed").iter().all(|row| row.contains("<li>")), "each says how: {}", page.text);
    let welsh = browser.open("/account/activity?lang=cy").await.page();
    assert!(welsh.text.contains("Cod wrth gefn"), "{}", welsh.text);
}

/// A browser in front of the page for a backup code.
async fn at_backup(server: &Server, party: &RelyingParty, resident: &Resident) -> (Browser, Page) {
    let mut browser = server.browser();
    let page = open_until(server, &mut browser, &party.authorize(), Ask::Code, resident, Factor::Totp).await;
    let link = page.links.iter().find(|link| link.href.starts_with("/mfa/backup")).expect("a link");
    let page = browser.open(&server.url(&link.href)).await.page();
    assert!(page.path() == "/mfa/backup" && page.has_field("code"), "{}", page.text);
    (browser, page)
}

async fn try_code(server: &Server, party: &RelyingParty, resident: &Resident, code: &str) -> Stop {
    let (mut browser, page) = at_backup(server, party, resident).await;
    browser.submit(&page, &[("code", code)]).await
}

#[tokio::test]
async fn req_s3_7_req_s3_8_scr_r22_generate_download_continue_and_each_of_five_codes_works_once() {
    let server = Server::start(Options::default()).await;
    let (party, mut resident, mut browser) =
        (server.client("authenticator"), server.resident_with_email(), server.browser());
    let page = set_app_up(&server, &mut browser, &party, &mut resident).await;
    assert!(page.text.contains("Generate Backup Codes") && page.text.contains("Continue to Sign In"), "{}", page.text);
    let page = browser.press(&page, "generate-codes", &[]).await.page();
    let codes = codes_in(&page.text);
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 5, "{}", page.text);
    assert!(!page.has_field("saved"), "nobody has to say so where they asked for the codes");
    let html = page.response.text();
    assert!(html.contains("<ol") && html.contains(r#"translate="no""#), "a list that is not translated");
    let copy = html.split("<button").find(|button| button.contains("copy-codes")).expect("a copy button");
    assert!(copy.contains(" hidden"), "without a script it could do nothing");
    // Shown until they go on, and the same; downloaded by a plain form.
    let again = browser.open(page.url().as_str()).await.page();
    assert_eq!(codes_in(&again.text), codes);
    let form = page.form_of_button("download").expect("a form");
    let file = browser.fetch(Browser::form_request(&page, form, &[], Some("download"))).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(file.header("content-disposition").starts_with("attachment"), "{:?}", file.headers);
    assert_eq!(file.header("cache-control"), "no-store");
    assert_eq!(codes_in(&file.text()), codes);
    browser.press(&page, "continue", &[]).await.callback().code();
    let gone = browser.open(page.url().as_str()).await.page();
    assert!(gone.status() == 410 && codes_in(&gone.text).is_empty(), "shown once: {} {}", gone.status(), gone.text);
    server.advance(31).await;
    // Case, spaces and hyphens do not matter.
    let typed = [
        codes[0].to_lowercase(),
        codes[1].replace('-', " "),
        format!(" {} ", codes[2].replace('-', "")),
        codes[3].replace('0', "o").replace('1', "l"),
        codes[4].clone(),
    ];
    for (n, code) in typed.iter().enumerate() {
        match try_code(&server, &party, &resident, code).await {
            Stop::Callback(callback) => assert!(n < 3 && !callback.code().is_empty()),
            // With one left, or none, new ones are offered first.
            Stop::Page(page) => assert!(n >= 3 && page.has_button("generate-codes"), "{n}: {}", page.text),
        }
    }
    for code in &codes {
        let mut browser = server.browser();
        let page = open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
        assert!(!page.links.iter().any(|link| link.href.starts_with("/mfa/backup")), "none is left: {code}");
    }
}

#[tokio::test]
async fn scr_r22_where_codes_are_always_offered_the_box_has_to_be_ticked() {
    let server = Server::shared().await;
    let (party, mut resident, mut browser) =
        (server.client("app-only"), server.resident_with_email(), server.browser());
    let page = set_app_up(server, &mut browser, &party, &mut resident).await;
    let codes = codes_in(&page.text);
    assert!(codes.len() == 5 && page.has_field("saved"), "{}", page.text);
    let page = browser.press(&page, "continue", &[]).await.page();
    assert_eq!((page.status(), codes_in(&page.text)), (422, codes));
    assert!(page.text.contains("Select that you have saved these codes"), "{}", page.text);
    browser.press(&page, "continue", &[("saved", "yes")]).await.callback().code();
}

#[tokio::test]
async fn scr_r10_what_is_wrong_is_said_and_the_number_left_is_told() {
    let server = Server::start(Options::default()).await;
    let (party, resident, codes) = with_codes(&server).await;
    let (mut browser, page) = at_backup(&server, &party, &resident).await;
    for (typed, says) in [
        ("", "Enter a backup code"),
        (" - ", "Enter a backup code"),
        ("0000-0000-0000", "The backup code you entered is not correct"),
        ("123456", "The backup code you entered is not correct"),
    ] {
        let page = browser.submit(&page, &[("code", typed)]).await.page();
        assert!(page.status() == 422 && page.text.contains(says), "{typed}: {}", page.text);
    }
    // The chooser lists it too.
    let link = page.links.iter().find(|link| link.href.starts_with("/mfa/method")).expect("another way");
    let chooser = browser.open(&server.url(&link.href)).await.page();
    assert!(chooser.choices("method").contains(&"backup"), "{}", chooser.text);
    let page = browser.submit(&chooser, &[("method", "backup")]).await.page();
    assert_eq!(page.path(), "/mfa/backup");
    browser.submit(&page, &[("code", &codes[0])]).await.callback().code();
    let stop = try_code(&server, &party, &resident, &codes[0]).await;
    let page = stop.page();
    assert!(
        page.status() == 422 && page.text.contains("Enter a backup code you have not used before"),
        "{}",
        page.text
    );
    // On the next page, where there is one.
    let partner = server.client("partner");
    server.cli(&["client", "policy", "--id", "partner", "--set", r#"{"factors":["totp"]}"#]);
    let page = eventually("the partner asks for the app", async || {
        let (mut browser, page) = (server.browser(), partner.authorize());
        let page = open_until(&server, &mut browser, &page, Ask::Code, &resident, Factor::Totp).await;
        let link = page.links.iter().find(|link| link.href.starts_with("/mfa/backup"))?;
        let page = browser.open(&server.url(&link.href)).await.page();
        Some(browser.submit(&page, &[("code", &codes[1])]).await.page())
    })
    .await;
    assert!(page.has_button("allow") && page.text.contains("You have 3 backup codes left"), "{}", page.text);
}

#[tokio::test]
async fn case_ot17_a_code_passes_once_however_many_try_it_at_once() {
    let server = Server::start(Options::default()).await;
    let (party, resident, codes) = with_codes(&server).await;
    let mut tries = Vec::new();
    for _ in 0..6 {
        let (browser, page) = at_backup(&server, &party, &resident).await;
        let form = page.form_with("code").expect("a form");
        tries.push((browser, Browser::form_request(&page, form, &[("code", &codes[0])], None)));
    }
    let tries = tries.into_iter().map(|(mut browser, request)| async move { browser.go(request).await });
    let stops = futures::future::join_all(tries).await;
    let passed = stops.iter().filter(|stop| matches!(stop, Stop::Callback(_))).count();
    assert_eq!(passed, 1);
    let told = eventually("its owner is told", async || {
        let messages = inbox::messages(&server.nodes(), &resident.email).await;
        messages.into_iter().find(|message| message.body.contains("A backup code was used"))
    })
    .await;
    assert!(told.body.contains("You have 4 backup codes left"), "{}", told.body);
}

#[tokio::test]
async fn case_ot17_new_codes_void_the_old_ones() {
    let server = Server::start(Options::default()).await;
    let (party, resident, codes) = with_codes(&server).await;
    for code in &codes[..3] {
        try_code(&server, &party, &resident, code).await.callback().code();
    }
    // The last but one leads to the offer.
    let (mut browser, page) = at_backup(&server, &party, &resident).await;
    let page = browser.submit(&page, &[("code", &codes[3])]).await.page();
    assert!(page.text.contains("You have 1 backup code left"), "{}", page.text);
    let page = browser.press(&page, "generate-codes", &[]).await.page();
    let fresh = codes_in(&page.text);
    assert_eq!(fresh.len(), 5, "{}", page.text);
    browser.press(&page, "continue", &[]).await.callback().code();
    let stop = try_code(&server, &party, &resident, &codes[4]).await;
    assert_eq!(stop.page().status(), 422, "never used, and void");
    try_code(&server, &party, &resident, &fresh[0]).await.callback().code();
    eventually("its owner is told", async || {
        let messages = inbox::messages(&server.nodes(), &resident.email).await;
        messages.into_iter().find(|message| message.body.contains("The old ones have stopped working"))
    })
    .await;
}

#[tokio::test]
async fn case_ot17_guesses_share_the_accounts_budget_with_every_other_code() {
    let server = Server::start(Options::default()).await;
    let (party, resident, codes) = with_codes(&server).await;
    let (mut browser, page) = at_backup(&server, &party, &resident).await;
    let before = server.metrics().await.sum("otp_checks_total");
    let form = page.form_with("code").expect("a form");
    let guesses = (0..40).map(|n| {
        let mut browser = browser.clone();
        let request = Browser::form_request(&page, form, &[("code", &format!("0000-0000-{n:04}"))], None);
        async move { browser.fetch(request).await }
    });
    let answers = futures::future::join_all(guesses).await;
    assert!(answers.iter().all(|answer| answer.status.is_client_error()), "nobody guessed");
    assert!(server.metrics().await.sum("otp_checks_total") - before <= 10.0, "at most ten in an hour are evaluated");
    // The right one is not taken either, nor is the app's.
    let locked = browser.submit(&page, &[("code", &codes[0])]).await.page();
    assert_eq!(locked.status(), 429, "{}", locked.text);
    let mut browser = server.browser();
    let page = open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Totp).await;
    let code = totp::code(&resident.totp_secret, server.now());
    assert_eq!(browser.submit(&page, &[("code", &code)]).await.page().status(), 429);
}

#[tokio::test]
async fn sec_r16_neither_the_database_nor_the_log_has_a_code() {
    let server = Server::start(Options::default()).await;
    let (party, resident, codes) = with_codes(&server).await;
    try_code(&server, &party, &resident, &codes[0]).await.callback().code();
    let plain = codes.iter().map(|code| code.replace('-', "")).collect::<Vec<_>>();
    let log = server.log();
    let mut files = 0;
    for entry in std::fs::read_dir(server.folder()).expect("a folder").flatten() {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        files += usize::from(entry.file_name().to_string_lossy().starts_with("idp.sqlite"));
        for code in codes.iter().chain(&plain) {
            assert!(!log.contains(code), "{code} in the log");
            let found = bytes.windows(code.len()).any(|window| window.eq_ignore_ascii_case(code.as_bytes()));
            assert!(!found, "{code} in {:?}", entry.file_name());
        }
    }
    // A deployment on PostgreSQL has its rows elsewhere; the schema's only column for a code is the tag.
    assert!(files > 0 || std::env::var_os("IDP_TEST_POSTGRES_URL").is_some(), "a database to look into");
    let shown = server.cli(&["user", "show", "--email", &resident.email]);
    assert_eq!(shown["backup_codes_left"], 4);
}

#[tokio::test]
async fn case_ot26_a_reset_takes_the_codes_away() {
    let server = Server::start(Options::default()).await;
    let (_, resident, _) = with_codes(&server).await;
    server.cli(&["user", "reset-mfa", "--email", &resident.email, "--reason", "lost"]);
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["backup_codes_left"], 0);
}
