//! Passwords: what is told, what is counted, what is never evaluated.

use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until, until};
use crate::support::seed::PASSWORD;
use crate::support::server::cli_output;
use crate::support::settings::Backend;
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

/// Everything about an answer that somebody could compare: status, headers with their values, and the page.
fn seen(page: &Page, email: &str) -> (u16, Vec<(String, String)>, String) {
    let chance = ["date", "x-request-id", "set-cookie", "content-length", "retry-after"];
    let mut headers: Vec<(String, String)> = page
        .response
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .map(|(name, value)| if chance.contains(&name.as_str()) { (name, String::new()) } else { (name, value) })
        .collect();
    headers.sort_unstable();
    (page.status(), headers, folded(page, email))
}

#[tokio::test]
async fn sec_r7_case_pw1_known_unknown_locked_and_foreign_people_see_the_same() {
    let server = Server::start(Options::default()).await;
    let (known, locked) = (server.resident_with_email().email, server.resident_with_email().email);
    server.cli(&["user", "lock", "--email", &locked]);
    let staff = "officer@example.test";
    server.cli(&["user", "add", "--email", staff, "--class", "staff", "--password", PASSWORD]);
    let bare = "bare@example.test";
    server.cli(&["user", "add", "--email", bare, "--email-unconfirmed", "--password", PASSWORD]);
    let mut all = Vec::new();
    for email in [known.as_str(), "nobody-at-all@example.test", &locked, staff, bare] {
        let (mut browser, page) = at_password(&server, email).await;
        let mut trail = vec![seen(&page, email)];
        // Wrong ones up to the wait, and one more that is not looked at.
        let mut hashes = Vec::new();
        for n in 0..6 {
            let before = server.metrics().await.sum("argon2_verifications_total");
            let page = browser.submit(&page, &[("password", &format!("certainly not this one {n}"))]).await.page();
            hashes.push(server.metrics().await.sum("argon2_verifications_total") - before);
            trail.push(seen(&page, email));
        }
        assert_eq!(hashes, [1.0, 1.0, 1.0, 1.0, 1.0, 0.0], "{email}");
        all.push((email.to_owned(), trail));
    }
    let statuses: Vec<u16> = all[0].1.iter().map(|(status, _, _)| *status).collect();
    assert_eq!(statuses, [200, 422, 422, 422, 422, 422, 429]);
    assert!(all[0].1[1].2.contains("The email address or password you entered is not correct"));
    for (email, trail) in &all[1..] {
        assert_eq!(trail, &all[0].1, "{email} looks otherwise than {known}");
    }
    // Who may not sign in is told nothing by the right password either.
    let (mut browser, page) = at_password(&server, "somebody@example.test").await;
    let wrong =
        seen(&browser.submit(&page, &[("password", "certainly not this one")]).await.page(), "somebody@example.test");
    // (Whoever is locked is told so, by R52.)
    let staff = "second@example.test";
    server.cli(&["user", "add", "--email", staff, "--class", "staff", "--password", PASSWORD]);
    let (mut browser, page) = at_password(&server, staff).await;
    let page = browser.submit(&page, &[("password", PASSWORD)]).await.page();
    assert_eq!(seen(&page, staff), wrong, "{staff} with the right password");
}

#[tokio::test]
async fn sec_r5_waits_double_up_to_an_hour_and_a_hundred_wrong_passwords_in_a_row_wait_for_help() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let guess = async |password: &str| {
        let (mut browser, page) = at_password(&server, &resident.email).await;
        browser.submit(&page, &[("password", password)]).await
    };
    let retry = |page: &Page| page.response.header("retry-after").parse::<i64>().expect("seconds");
    let (mut waits, mut failures) = (Vec::new(), 0);
    while failures < 100 {
        let page = guess("not the password").await.page();
        if page.status() == 422 {
            failures += 1;
            continue;
        }
        assert_eq!(page.status(), 429, "{}", page.text);
        waits.push(retry(&page));
        server.advance(retry(&page) + 1).await;
    }
    // Each begins a moment after the failure that caused it.
    let expected = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600];
    for (wait, expected) in waits.iter().zip(expected) {
        assert!((expected - 5..=expected.max(900)).contains(wait), "{waits:?}");
    }
    // No pause helps now, not even for the right one; an administrator does.
    server.advance(7 * 24 * 3600).await;
    assert_eq!(guess(&resident.password).await.page().status(), 429);
    server.cli(&["user", "unlock", "--email", &resident.email]);
    assert_eq!(asks(&guess(&resident.password).await.page()), Ask::Code);
}

#[tokio::test]
async fn sec_r1_a_password_is_hashed_anew_when_the_cost_has_risen() {
    if Backend::chosen() != Backend::Sqlite {
        // The row is read from the database's file, as somebody who took it would.
        return;
    }
    let config = "[passwords]\nmemory_kib = 20480\niterations = 3\n".to_owned();
    let server = Server::start(Options { config, ..Options::default() }).await;
    let stored = |what: &str| {
        let files =
            ["idp.sqlite", "idp.sqlite-wal"].map(|name| std::fs::read(server.folder().join(name)).unwrap_or_default());
        files.iter().any(|bytes| bytes.windows(what.len()).any(|window| window == what.as_bytes()))
    };
    assert!(stored("$argon2id$v=19$m=19456,t=2,p=1$"), "the seed's cost");
    assert!(!stored("$argon2id$v=19$m=20480,t=3,p=1$"), "nobody has signed in");
    let resident = server.resident_with_email();
    for _ in 0..2 {
        // The second time by the new hash.
        crate::support::sign_in(&server, &mut server.browser(), &server.portal(), &resident, Factor::Email).await;
        crate::support::eventually("the stronger hash is stored", async || {
            stored("$argon2id$v=19$m=20480,t=3,p=1$").then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn sec_r2_the_shortest_and_the_longest_password_are_where_they_should_be() {
    let server = Server::start(Options::default()).await;
    let config = server.node.config_file();
    // Eight characters drawn at random may happen to be a word.
    let random = format!("q7wZ-xK9{}", crate::support::random());
    let long = random.repeat(30);
    for (n, (password, good)) in [
        (random[..7].to_owned(), false),
        (random[..8].to_owned(), true),
        // Code points count, not bytes.
        ("\u{e9}\u{17e}\u{1e95}\u{107}\u{f8}\u{153}\u{12b}".to_owned(), false),
        (long[..64].to_owned(), true),
        (long[..1024].to_owned(), true),
        (long[..1025].to_owned(), false),
        // No rule of composition.
        ("marmalade skies over swansea".to_owned(), true),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("length{n}@example.test");
        let output = cli_output(&config, &["user", "add", "--email", &email, "--password", &password]);
        assert_eq!(output.status.success(), good, "{n}: {}", String::from_utf8_lossy(&output.stderr));
        if good {
            let (mut browser, page) = at_password(&server, &email).await;
            let next = browser.submit(&page, &[("password", &password)]).await.page();
            assert_eq!(asks(&next), Ask::Code, "{n}: signs in");
        }
    }
    // Where a password can be all there is, it is longer.
    let alone = config.with_file_name("alone.toml");
    let text = std::fs::read_to_string(&config).expect("a file");
    std::fs::write(&alone, format!("{text}\n[policy.defaults]\nmfa = \"off\"\n")).expect("written");
    for (length, good) in [(14, false), (15, true)] {
        let email = format!("alone{length}@example.test");
        let output = cli_output(&alone, &["user", "add", "--email", &email, "--password", &random[..length]]);
        assert_eq!(output.status.success(), good, "{length}: {}", String::from_utf8_lossy(&output.stderr));
    }
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
    for password in [
        "password1234567",
        "short",
        "qwertyuiopasdf",
        "weak-one@example.test",
        "Weak-One@Example.Test",
        "examplecouncil",
        "letmeinletmein",
    ] {
        let args = ["user", "add", "--email", "weak-one@example.test", "--password", password];
        let output = cli_output(&config, &args);
        assert!(!output.status.success(), "{password} was accepted");
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(said.contains("password") && !said.contains("panicked"), "{said}");
    }
}
