//! Second factors: codes by email and authenticator apps, their limits, and enrolment inside a sign-in.

use crate::support::html::Page;
use crate::support::journey::{Ask, open_until};
use crate::support::{Browser, Factor, Options, RelyingParty, Resident, Server, Stop, inbox, sign_in, totp};

/// A browser in front of the code page.
pub(crate) async fn at_code(server: &Server, resident: &Resident, factor: Factor) -> (RelyingParty, Browser, Page) {
    let (party, mut browser) = (server.portal(), server.browser());
    let page = open_until(server, &mut browser, &party.authorize(), Ask::Code, resident, factor).await;
    (party, browser, page)
}

/// A code that is not the right one.
pub(crate) fn wrong(right: &str, n: u32) -> String {
    let right: u32 = right.parse().expect("digits");
    format!("{:06}", (right + 1 + n) % 1_000_000)
}

#[tokio::test]
async fn sec_r11_case_ot1_five_wrong_codes_kill_the_right_one() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (_, mut browser, mut page) = at_code(&server, &resident, Factor::Email).await;
    let code = server.inbox_code(&resident.email).await;
    for n in 0..5 {
        page = browser.submit(&page, &[("code", &wrong(&code, n))]).await.page();
        assert!(matches!(page.status(), 422 | 429), "try {n}: {}", page.status());
        if !page.has_field("code") {
            break;
        }
    }
    let stop = if page.has_field("code") {
        browser.submit(&page, &[("code", &code)]).await
    } else {
        Stop::Page(Box::new(page))
    };
    assert_ne!(stop.page().status(), 200, "the right code came too late");
    assert!(server.metrics().await.sum("otp_checks_total") <= 5.0);
}

#[tokio::test]
async fn sec_r11_case_ot4_a_code_works_once_and_for_ten_minutes() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (_, browser, page) = at_code(&server, &resident, Factor::Email).await;
    let code = server.inbox_code(&resident.email).await;
    let form = page.form_with("code").expect("a form");
    let request = Browser::form_request(&page, form, &[("code", &code)], None);
    let answers = futures::future::join_all((0..8).map(|_| {
        let (mut browser, request) = (browser.clone(), request.clone());
        async move { browser.go(request).await }
    }))
    .await;
    let codes: std::collections::BTreeSet<_> = answers
        .iter()
        .filter_map(|stop| match stop {
            Stop::Callback(callback) => callback.get("code").map(str::to_owned),
            Stop::Page(_) => None,
        })
        .collect();
    assert_eq!(codes.len(), 1, "one success in all");
    // The same digits in a new transaction are worth nothing.
    let other = server.resident_with_email();
    let (_, mut stranger, page) = at_code(&server, &other, Factor::Email).await;
    assert_ne!(stranger.submit(&page, &[("code", &code)]).await.page().status(), 200);
    let late = server.resident_with_email();
    let (_, mut browser, page) = at_code(&server, &late, Factor::Email).await;
    let code = server.inbox_code(&late.email).await;
    server.advance(601).await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(page.status() >= 400, "{} {}", page.status(), page.text);
}

#[tokio::test]
async fn sec_r13_sec_r14_case_ot6_a_resend_waits_repeats_the_live_code_and_ends_in_a_block() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Email).await;
    let code = server.inbox_code(&resident.email).await;
    let sent = async || inbox::messages(&server.nodes(), &resident.email).await;
    let again = async |browser: &mut Browser, page: &Page| {
        let mut page = browser.press(page, "resend", &[]).await.page();
        if page.path().ends_with("/resend") && page.has_button("continue") {
            page = browser.press(&page, "continue", &[]).await.page();
        }
        page
    };
    again(&mut browser, &page).await;
    assert_eq!(sent().await.len(), 1, "within 30 seconds nothing goes out");
    for n in 2..=5 {
        server.advance(31).await;
        again(&mut browser, &page).await;
        let messages = sent().await;
        assert_eq!(messages.len(), n);
        assert!(messages.iter().all(|message| message.code.as_deref() == Some(&*code)), "the live code is repeated");
    }
    server.advance(31).await;
    let blocked = again(&mut browser, &page).await;
    assert_eq!(sent().await.len(), 5, "the sixth is not sent");
    assert!(matches!(blocked.status(), 200 | 422 | 429), "{}", blocked.status());
    // The code that is out there still works.
    let stop = browser.submit(&page, &[("code", &code)]).await;
    stop.callback().code();
}

#[tokio::test]
async fn case_ot6_fifty_parallel_resends_are_one_message() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Email).await;
    server.advance(31).await;
    // The page of R13 if there is one, else the code page itself.
    let page = match page.form_of_button("resend") {
        Some(_) => page,
        None => browser.press(&page, "resend", &[]).await.page(),
    };
    let button = if page.has_button("resend") { "resend" } else { "continue" };
    let form = page.form_of_button(button).expect("a form that sends");
    let request = Browser::form_request(&page, form, &[], Some(button));
    futures::future::join_all((0..50).map(|_| {
        let (mut browser, request) = (browser.clone(), request.clone());
        async move { browser.fetch(request).await }
    }))
    .await;
    assert_eq!(inbox::messages(&server.nodes(), &resident.email).await.len(), 2);
    assert!((server.metrics().await.sum("messages_accepted_total") - 2.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn sec_r15_case_ot14_a_totp_step_is_accepted_once_and_only_beside_now() {
    let server = Server::start(Options::default()).await;
    // Two steps away is refused, one step is not.
    for (offset, good) in [(-2, false), (2, false), (-1, true), (1, true), (0, true)] {
        let resident = server.resident();
        let (_, mut browser, page) = at_code(&server, &resident, Factor::Totp).await;
        let code = totp::code(&resident.totp_secret, server.now() + offset * totp::STEP);
        match browser.submit(&page, &[("code", &code)]).await {
            Stop::Callback(callback) => assert!(good, "{offset}: {:?}", callback.params),
            Stop::Page(page) => assert!(!good && page.status() == 422, "{offset}: {} {}", page.status(), page.text),
        }
    }
    // The same step again, and an earlier one after it.
    let resident = server.resident();
    let code = server.totp(&resident);
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Totp).await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
    for used in [code, totp::code(&resident.totp_secret, server.now() - totp::STEP)] {
        let (_, mut browser, page) = at_code(&server, &resident, Factor::Totp).await;
        let page = browser.submit(&page, &[("code", &used)]).await.page();
        assert_eq!(page.status(), 422, "{}", page.text);
    }
    server.advance(31).await;
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Totp).await;
    browser.submit(&page, &[("code", &server.totp(&resident))]).await.callback().code();
}

#[tokio::test]
async fn case_ot14_one_totp_code_in_two_sign_ins_at_once_has_one_winner() {
    let server = Server::shared().await;
    let resident = server.resident();
    let (_, first, page_one) = at_code(server, &resident, Factor::Totp).await;
    let (_, second, page_two) = at_code(server, &resident, Factor::Totp).await;
    let code = server.totp(&resident);
    let post = |mut browser: Browser, page: Page, code: String| async move {
        matches!(browser.submit(&page, &[("code", &code)]).await, Stop::Callback(_))
    };
    let won = tokio::join!(post(first, page_one, code.clone()), post(second, page_two, code));
    assert!(won.0 ^ won.1, "{won:?}");
}

#[tokio::test]
async fn scr_r6_codes_may_be_typed_with_spaces_and_errors_say_what_to_do() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let (_, mut browser, page) = at_code(server, &resident, Factor::Email).await;
    let field = page.form_with("code").and_then(|form| form.field("code")).expect("a field");
    assert_eq!((field.autocomplete.as_str(), field.kind.as_str()), ("one-time-code", "text"));
    for (typed, words) in
        [("", "Enter the 6 digit code"), ("123", "Code must be 6 digits"), ("abcdef", "only include numbers")]
    {
        let shown = browser.submit(&page, &[("code", typed)]).await.page();
        assert_eq!(shown.status(), 422);
        assert!(shown.title.starts_with("Error: ") && shown.text.contains(words), "{typed:?}: {}", shown.text);
    }
    let code = server.inbox_code(&resident.email).await;
    let spaced = format!(" {} - {} ", &code[..3], &code[3..]);
    browser.submit(&page, &[("code", &spaced)]).await.callback().code();
}

#[tokio::test]
async fn sec_r19_case_ot11_the_request_cannot_choose_a_factor_the_client_refuses() {
    let server = Server::shared().await;
    let (party, mut browser, resident) = (server.client("app-only"), server.browser(), server.resident());
    let request = party.authorize();
    let page = open_until(server, &mut browser, &request, Ask::Code, &resident, Factor::Totp).await;
    let form = page.form_with("code").expect("a form");
    let method = Browser::form_request(&page, form, &[("method", "email"), ("factor", "email"), ("code", "")], None);
    browser.fetch(method).await;
    let query = page.url().query().unwrap_or_default().to_owned();
    browser.open(&format!("/mfa/method?{query}")).await;
    let chooser = page.url().join(&format!("/mfa/method?{query}")).expect("an address");
    let mut direct = Browser::form_request(&page, form, &[("method", "email")], None);
    direct.url = chooser;
    browser.fetch(direct).await;
    assert!(inbox::messages(&server.nodes(), &resident.email).await.is_empty(), "nothing was sent");
}

#[tokio::test]
async fn case_ot24_sec_r45_codes_passwords_and_secrets_are_in_no_log_and_no_file() {
    let server = Server::start(Options::default()).await;
    let (party, resident) = (server.portal(), server.resident_with_email());
    let tokens = sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
    let app = server.resident();
    sign_in(&server, &mut server.browser(), &party, &app, Factor::Totp).await;
    let code = server.inbox_code(&resident.email).await;
    let mut secrets = vec![
        crate::support::seed::PASSWORD.to_owned(),
        crate::support::seed::TOTP_SECRET.to_owned(),
        party.secret.clone(),
        tokens.access_token.clone(),
    ];
    let log = server.log();
    assert!(!log.is_empty(), "the server logs");
    // Six digits may stand in a time stamp by chance: a code is looked for between other characters.
    let digits = regex::Regex::new(&format!(r"(^|[^0-9.]){code}([^0-9]|$)")).expect("a pattern");
    assert!(!digits.is_match(&log), "the code in the log");
    for secret in &secrets {
        assert!(!log.contains(secret), "{secret} in the log");
    }
    secrets.push(code);
    for entry in std::fs::read_dir(server.folder()).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("idp.sqlite") {
            let bytes = std::fs::read(entry.path()).expect("a file");
            for secret in secrets.iter().filter(|secret| secret.len() > 8) {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} in {name}");
            }
        }
    }
}
