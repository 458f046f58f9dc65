//! How often codes may be tried and sent: over codes, sign-ins, factors, accounts and addresses.

use crate::factors::{at_code, wrong};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until};
use crate::support::settings::Backend;
use crate::support::{Browser, Factor, Options, Resident, Server, Stop, inbox};

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
        // A machine that is busy with other tests may have no time for all of them: nothing is evaluated then.
        let busy = page.status() == 503 && !page.response.header("retry-after").is_empty();
        assert!(busy || (400..500).contains(&page.status()), "{n}: {} {}", page.status(), page.text);
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
    server.cli(&["user", "reset-mfa", "--email", &resident.email, "--reason", "lost"]);
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
async fn case_if4_sec_r49_requests_that_are_too_large_to_travel_are_counted_by_address() {
    let server = Server::start(Options::default()).await;
    let party = server.portal();
    let long = || (0..44).map(|_| crate::support::random()).collect::<String>();
    let large = || party.authorize().with("state", &long()).with("nonce", &long());
    // Many pages of one sign-in are one request.
    let mut browser = server.browser();
    let page = browser.open(&large().url()).await.page();
    for _ in 0..30 {
        assert_eq!(browser.open(page.url().as_str()).await.page().status(), 200);
    }
    let mut kept = 1;
    let refused = loop {
        let page = browser.open(&large().url()).await.page();
        if page.status() != 200 {
            break page;
        }
        kept += 1;
        assert!(kept <= 20, "every one is kept");
    };
    assert_eq!((kept, refused.status()), (20, 429), "{}", refused.text);
    assert!(refused.response.headers.contains_key("retry-after"));
    refused.assert_contract();
    // Whoever asks for less is served, and so is who comes from elsewhere, or later.
    assert_eq!(browser.open(&party.authorize().url()).await.page().status(), 200);
    assert_eq!(server.browser().open(&large().url()).await.page().status(), 200, "from another address");
    // Redis counts by a clock of its own, which a test does not move.
    if Backend::chosen() == Backend::Sqlite {
        server.advance(61).await;
    } else {
        browser = server.browser();
    }
    let resident = server.resident_with_email();
    let request = large();
    let stop = browser.open(&request.url()).await;
    let callback = crate::support::journey::finish(&mut browser, stop, &resident, Factor::Email, &(&server).into())
        .await
        .callback();
    party.finish(&request, &callback).await;
}
