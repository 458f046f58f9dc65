//! Passwords: what is told, what is counted, what is never evaluated.

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until, until};
use crate::support::seed::PASSWORD;
use crate::support::{Agent, Browser, Factor, Options, Resident, Server, Stop};

/// A new browser in front of the password page of this person (known or not).
async fn at_password(server: &Server, email: &str) -> (Browser, Page) {
    let mut browser = server.browser();
    let someone = Resident { email: email.to_owned(), ..server_person() };
    let request = server.portal().authorize();
    let page = open_until(server, &mut browser, &request, Ask::Password, &someone, Factor::Email).await;
    (browser, page)
}

fn server_person() -> Resident {
    Resident {
        email: String::new(),
        password: PASSWORD.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    }
}

/// A page with everything that differs by chance taken out.
fn folded(page: &Page, email: &str) -> String {
    let html = page.response.text().replace(email, "EMAIL");
    let chance = regex::Regex::new(r"[A-Za-z0-9_\-]{20,}={0,2}|[0-9a-f]{8}-[0-9a-f-]{27}").expect("a pattern");
    chance.replace_all(&html, "RANDOM").into_owned()
}

fn names(page: &Page) -> Vec<String> {
    let mut found: Vec<_> = page.response.headers.keys().map(ToString::to_string).collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn sec_r7_case_pw1_known_and_unknown_people_see_the_same() {
    let server = Server::shared().await;
    let known = server.resident_with_email().email;
    let unknown = "nobody-at-all@example.test";
    let mut seen = Vec::new();
    for email in [known.as_str(), unknown] {
        let (mut browser, page) = at_password(server, email).await;
        let before = (page.status(), names(&page), folded(&page, email));
        let wrong = browser.submit(&page, &[("password", "certainly not this one")]).await.page();
        assert_eq!(wrong.status(), 422);
        assert!(wrong.text.contains("The email address or password you entered is not correct"), "{}", wrong.text);
        seen.push((before, (wrong.status(), names(&wrong), folded(&wrong, email))));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn sec_r7_case_pw2_unknown_people_cost_a_hash_as_well() {
    let server = Server::start(Options::default()).await;
    let hashes = async || server.metrics().await.sum("argon2_verifications_total");
    let (mut browser, page) = at_password(&server, "nobody@example.test").await;
    let before = hashes().await;
    browser.submit(&page, &[("password", "some password or other")]).await.page();
    assert!((hashes().await - before - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn sec_r5_case_pw5_parallel_guesses_on_one_account_are_counted_before_hashing() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let mut fronts = Vec::new();
    for _ in 0..4 {
        fronts.push(at_password(&server, &resident.email).await);
    }
    let before = server.metrics().await.sum("argon2_verifications_total");
    let guesses = (0..40).map(|n| {
        let (browser, page) = &fronts[n % fronts.len()];
        let (mut browser, page) = (browser.clone(), page.clone());
        let guess = if n == 39 { PASSWORD.to_owned() } else { format!("guess number {n}") };
        async move { browser.submit(&page, &[("password", &guess)]).await }
    });
    futures::future::join_all(guesses).await;
    let evaluated = server.metrics().await.sum("argon2_verifications_total") - before;
    assert!(evaluated <= 10.0, "{evaluated} were evaluated");
}

#[tokio::test]
async fn sec_r5_case_pw4_one_address_spraying_many_accounts_is_stopped() {
    let server = Server::start(Options::default()).await;
    let attacker = Agent::new();
    let before = server.metrics().await.sum("argon2_verifications_total");
    let mut last = 0;
    for n in 0..110 {
        let mut browser = server.browser();
        browser.agent = attacker.clone();
        let someone = Resident { email: format!("victim{n}@example.test"), ..server_person() };
        let stop = browser.open(&server.portal().authorize().url()).await;
        let codes = (&server).into();
        let page = until(&mut browser, stop, Ask::Password, &someone, Factor::Email, &codes).await.page();
        if asks(&page) != Ask::Password {
            last = page.status();
            break;
        }
        let page = browser.submit(&page, &[("password", "Summer2026!Summer")]).await.page();
        last = page.status();
        if last == 429 {
            assert!(!page.response.header("retry-after").is_empty());
            break;
        }
    }
    assert_eq!(last, 429);
    let metrics = server.metrics().await;
    // When Redis has been slow, as on a busy machine, this node's memory has counted as well, up to the same limit.
    let most = if metrics.sum("ephemeral_failures_total") > 0.0 { 100.0 } else { 50.0 };
    let evaluated = metrics.sum("argon2_verifications_total") - before;
    assert!(evaluated <= most, "{evaluated} were evaluated");
    // Everybody else signs in.
    let resident = server.resident_with_email();
    crate::support::sign_in(&server, &mut server.browser(), &server.portal(), &resident, Factor::Email).await;
}

#[tokio::test]
async fn case_pw8_over_long_passwords_are_refused_without_hashing() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let before = server.metrics().await.sum("argon2_verifications_total");
    for length in [1_025, 60_000, 1_000_000] {
        let (mut browser, page) = at_password(&server, &resident.email).await;
        let form = page.form_with("password").expect("a form");
        let request = Browser::form_request(&page, form, &[("password", &"p".repeat(length))], None);
        let answer = browser.fetch(request).await;
        assert!(answer.status.is_client_error(), "{length}: {}", answer.status);
    }
    let after = server.metrics().await.sum("argon2_verifications_total");
    assert!((after - before).abs() < f64::EPSILON, "nothing was hashed");
}

#[tokio::test]
async fn case_pw8_two_hundred_sign_ins_at_once_stay_within_memory_and_keys_are_served() {
    let server = Server::start(Options::default()).await;
    let idle = server.node.resident_kib();
    let mut fronts = Vec::new();
    for n in 0..20 {
        fronts.push(at_password(&server, &format!("crowd{n}@example.test")).await);
    }
    let crowd = (0..200).map(|n| {
        let (browser, page) = &fronts[n % fronts.len()];
        let (mut browser, page) = (browser.clone(), page.clone());
        browser.agent = Agent::new();
        async move { browser.submit(&page, &[("password", "not the password")]).await.page().status() }
    });
    let keys = async { Agent::new().get(&server.url("/jwks")).await.expect(200) };
    let (statuses, _) = tokio::join!(futures::future::join_all(crowd), keys);
    assert!(statuses.iter().all(|status| matches!(status, 422 | 429 | 503)), "{statuses:?}");
    if idle > 0 {
        // 19 MiB for each hashing thread, and room for 200 connections.
        let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
        let limit = idle + (threads * 20 + 40) * 1024;
        let now = server.node.resident_kib();
        assert!(now <= limit, "{now} KiB of {limit}");
    }
}

#[tokio::test]
async fn sec_r3_a_password_is_compared_whole_and_in_one_normal_form() {
    let server = Server::start(Options::default()).await;
    // "é" composed here, decomposed below; with blanks at both ends and more than 72 bytes.
    let password = format!(" Caf\u{e9} {} ", "long enough to outlast bcrypt ".repeat(3));
    let email = "exact@example.test";
    server.cli(&["user", "add", "--email", email, "--password", &password]);
    let submit = async |typed: String| {
        let (mut browser, page) = at_password(&server, email).await;
        browser.submit(&page, &[("password", &typed)]).await
    };
    for different in [password.trim().to_owned(), password.to_lowercase(), password[..80].to_owned()] {
        assert_eq!(submit(different).await.page().status(), 422);
    }
    let decomposed = password.replace('\u{e9}', "e\u{301}");
    assert!(matches!(submit(decomposed).await, Stop::Page(page) if asks(&page) == Ask::Code));
}

#[tokio::test]
async fn sec_r4_case_pw10_guessable_passwords_are_refused_with_the_reason() {
    let server = Server::shared().await;
    let config = server.node.config_file();
    for password in ["password1234567", "short", "qwertyuiopasdf", "weak-one@example.test"] {
        let args = ["user", "add", "--email", "weak-one@example.test", "--password", password];
        let output = crate::support::server::cli_output(&config, &args);
        assert!(!output.status.success(), "{password} was accepted");
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(said.contains("password") && !said.contains("panicked"), "{said}");
    }
}
