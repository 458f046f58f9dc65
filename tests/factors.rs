//! Second factors: codes by email and authenticator apps, their limits, and enrolment inside a sign-in.

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until};
use crate::support::{Browser, Factor, Options, RelyingParty, Resident, Server, Stop, inbox, sign_in, totp};

/// A browser in front of the code page.
async fn at_code(server: &Server, resident: &Resident, factor: Factor) -> (RelyingParty, Browser, Page) {
    let (party, mut browser) = (server.portal(), server.browser());
    let page = open_until(server, &mut browser, &party.authorize(), Ask::Code, resident, factor).await;
    (party, browser, page)
}

/// A code that is not the right one.
fn wrong(right: &str, n: u32) -> String {
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

/// Sends 200 guesses at once, the right one at one of the places, and gives what came of them and how many codes were
/// evaluated.
pub(crate) async fn burst(
    browser: &Browser,
    page: &Page,
    right: &str,
    at: usize,
    metrics: impl AsyncFn() -> crate::support::metrics::Metrics,
) -> (Vec<Stop>, f64) {
    let before = metrics().await.sum("otp_checks_total");
    let form = page.form_with("code").expect("a form");
    let guesses = (0..200).map(|n| {
        let guess = if n == at { right.to_owned() } else { wrong(right, u32::try_from(n).expect("small")) };
        let request = Browser::form_request(page, form, &[("code", &guess)], None);
        let mut browser = browser.clone();
        async move { browser.go(request).await }
    });
    let answers = futures::future::join_all(guesses).await;
    (answers, metrics().await.sum("otp_checks_total") - before)
}

/// Asserts what a burst may come to: at most five codes evaluated, at most one sign-in, and nobody told more.
#[track_caller]
pub(crate) fn assert_gated(answers: &[Stop], evaluated: f64, at: usize) {
    assert!((1.0..=5.0).contains(&evaluated), "{evaluated} were evaluated");
    let codes = answers.iter().filter(|stop| matches!(stop, Stop::Callback(c) if c.get("code").is_some())).count();
    assert!(codes <= 1, "{codes} sign-ins");
    let pages = answers.iter().enumerate().filter_map(|(n, stop)| match stop {
        Stop::Page(page) => Some((n, page)),
        Stop::Callback(_) => None,
    });
    for (n, page) in pages {
        assert!((400..500).contains(&page.status()), "{n}: {} {}", page.status(), page.text);
        // A right code that came too late is answered as a wrong one is.
        assert!(n != at || !page.text.contains("latest message"), "{}", page.text);
    }
}

#[tokio::test]
async fn sec_r12_case_ot2_two_hundred_parallel_guesses_with_the_right_one_inside_are_evaluated_five_times() {
    let server = Server::start(Options::default()).await;
    let mut won = 0;
    for at in [0, 3, 50, 199] {
        let resident = server.resident_with_email();
        let (_, mut browser, page) = at_code(&server, &resident, Factor::Email).await;
        let code = server.inbox_code(&resident.email).await;
        let (answers, evaluated) = burst(&browser, &page, &code, at, || server.metrics()).await;
        assert_gated(&answers, evaluated, at);
        let in_time = answers.iter().any(|stop| matches!(stop, Stop::Callback(_)));
        won += usize::from(in_time);
        if !in_time {
            // Five wrong ones came before it: it is dead, now and later.
            let late = browser.submit(&page, &[("code", &code)]).await.page();
            assert!(late.status() >= 400, "{} {}", late.status(), late.text);
        }
    }
    assert!(won < 4, "the right code won every time: {won}");
}

#[tokio::test]
async fn sec_r12_ten_wrong_codes_in_an_hour_lock_the_account_over_transactions_and_factors() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let mut tries = 0;
    'outer: for factor in [Factor::Totp, Factor::Email, Factor::Totp, Factor::Email] {
        let (party, mut browser) = (server.portal(), server.browser());
        let stop = browser.open(&party.authorize().url()).await;
        let codes = (&server).into();
        let stop = crate::support::journey::until(&mut browser, stop, Ask::Code, &resident, factor, &codes).await;
        let mut page = stop.page();
        for n in 0..4 {
            if asks(&page) != Ask::Code {
                break 'outer;
            }
            let right = match factor {
                Factor::Totp => server.totp(&resident),
                Factor::Email => server.inbox_code(&resident.email).await,
            };
            page = browser.submit(&page, &[("code", &wrong(&right, n))]).await.page();
            tries += 1;
            if page.status() == 429 {
                assert!(!page.response.header("retry-after").is_empty(), "{:?}", page.response.headers);
                break 'outer;
            }
        }
    }
    assert!((5..=11).contains(&tries), "locked after {tries}");
    assert!(server.metrics().await.sum("otp_checks_total") <= 10.0);
}

/// One wrong code of an authenticator in a sign-in of its own, and the status of the answer.
async fn guess_authenticator(server: &Server, resident: &Resident, n: u32) -> u16 {
    let (_, mut browser, page) = at_code(server, resident, Factor::Totp).await;
    browser.submit(&page, &[("code", &wrong(&server.totp(resident), n))]).await.page().status()
}

#[tokio::test]
async fn sec_r12_a_hundred_wrong_codes_in_a_row_lock_the_factors_until_they_are_reset() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let before = server.metrics().await.sum("otp_checks_total");
    for hour in 0..10 {
        for n in 0..10 {
            assert_eq!(guess_authenticator(&server, &resident, n).await, 422, "hour {hour}, guess {n}");
        }
        assert_eq!(guess_authenticator(&server, &resident, 10).await, 429, "hour {hour}");
        server.advance(3_601).await;
    }
    let evaluated = server.metrics().await.sum("otp_checks_total") - before;
    assert!((evaluated - 100.0).abs() < f64::EPSILON, "{evaluated}");
    // No pause helps now, neither with the right code nor with that of another factor.
    server.advance(30 * 24 * 3_600).await;
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Totp).await;
    assert_eq!(browser.submit(&page, &[("code", &server.totp(&resident))]).await.page().status(), 429);
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Email).await;
    let code = server.inbox_code(&resident.email).await;
    assert_eq!(browser.submit(&page, &[("code", &code)]).await.page().status(), 429);
    server.cli(&["user", "reset-mfa", "--email", &resident.email]);
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Email).await;
    let code = server.inbox_code(&resident.email).await;
    browser.submit(&page, &[("code", &code)]).await.callback().code();
}

#[tokio::test]
async fn sec_r13_case_ot6_after_the_sixth_ask_nothing_is_sent_for_two_hours_in_any_sign_in() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (_, mut browser, page) = at_code(&server, &resident, Factor::Email).await;
    for _ in 0..5 {
        server.advance(31).await;
        browser.press(&page, "resend", &[]).await;
    }
    let sent = async || inbox::messages(&server.nodes(), &resident.email).await.len();
    assert_eq!(sent().await, 5);
    let again = async || {
        let (party, mut browser) = (server.portal(), server.browser());
        let page = open_until(&server, &mut browser, &party.authorize(), Ask::Password, &resident, Factor::Email).await;
        browser.submit(&page, &[("password", &resident.password)]).await.page()
    };
    for wait in [0, 3_600, 3_500] {
        server.advance(wait).await;
        let blocked = again().await;
        assert_eq!((blocked.status(), sent().await), (429, 5), "{}", blocked.text);
        assert!(!blocked.response.header("retry-after").is_empty());
    }
    server.advance(200).await;
    let page = again().await;
    let page =
        if asks(&page) == Ask::Method { browser.submit(&page, &[("method", "email")]).await.page() } else { page };
    assert_eq!((asks(&page), sent().await), (Ask::Code, 6), "{}", page.text);
}

#[tokio::test]
async fn sec_r13_ten_unanswered_messages_of_an_account_and_twenty_of_an_address_are_all() {
    let server = Server::start(Options::default()).await;
    // One account from anywhere.
    let resident = server.resident_with_email();
    for n in 0..14 {
        let (party, mut browser) = (server.portal(), server.browser());
        let page = open_until(&server, &mut browser, &party.authorize(), Ask::Password, &resident, Factor::Email).await;
        let next = browser.submit(&page, &[("password", &resident.password)]).await.page();
        assert_eq!(next.status(), if n < 10 { 200 } else { 429 }, "{n}: {}", next.text);
    }
    assert_eq!(inbox::messages(&server.nodes(), &resident.email).await.len(), 10);
    // Any account from one address.
    let attacker = crate::support::Agent::new();
    let mut sent = 0;
    for n in 0..24 {
        let (party, mut browser, victim) = (server.portal(), server.browser(), server.resident_with_email());
        browser.agent = attacker.clone();
        let page = open_until(&server, &mut browser, &party.authorize(), Ask::Password, &victim, Factor::Email).await;
        let next = browser.submit(&page, &[("password", &victim.password)]).await.page();
        assert_eq!(next.status(), if n < 20 { 200 } else { 429 }, "{n}: {}", next.text);
        sent += inbox::messages(&server.nodes(), &victim.email).await.len();
    }
    assert_eq!(sent, 20);
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
