//! Two nodes of one database: steps that land anywhere, a node that dies, a cache that goes away.

use std::process::{Command, Stdio};

use crate::limits::{assert_gated, burst};
use crate::self_service::{add, href_of};
use crate::support::authenticator::Authenticator;
use crate::support::journey::{Ask, asks, finish, step, until};
use crate::support::server::cli;
use crate::support::settings::Backend;
use crate::support::{Agent, Cluster, Factor, Response, Stop, eventually, inbox};

/// Two nodes. These tests are ignored by a plain `cargo test`, because several processes on one SQLite file are no
/// supported deployment; `tests/run` includes them.
async fn cluster() -> Cluster {
    assert_ne!(Backend::chosen(), Backend::Sqlite, "set IDP_TEST_POSTGRES_URL and IDP_TEST_REDIS_URL");
    Cluster::start(2).await
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn cluster_a_journey_whose_every_request_lands_on_the_other_node_succeeds() {
    let cluster = cluster().await;
    let (party, mut browser) = (cluster.portal(), cluster.browser());
    for (resident, factor) in [(cluster.resident_with_email(), Factor::Email), (cluster.resident(), Factor::Totp)] {
        browser.jar.clear();
        let request = party.authorize();
        let before = cluster.balancer.served().len();
        let stop = browser.open(&request.url()).await;
        let stop = finish(&mut browser, stop, &resident, factor, &cluster.codes()).await;
        let tokens = party.finish(&request, &stop.callback()).await;
        party.userinfo(&tokens.access_token).await.expect(200);
        let served = cluster.balancer.served();
        assert!(served[before..].windows(2).all(|pair| pair[0] != pair[1]), "{served:?}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn cluster_a_node_killed_in_mid_journey_costs_at_most_one_repeated_step() {
    let mut cluster = cluster().await;
    let (party, resident, mut browser) = (cluster.portal(), cluster.resident(), cluster.browser());
    let request = party.authorize();
    let stop = browser.open(&request.url()).await;
    let page = until(&mut browser, stop, Ask::Method, &resident, Factor::Totp, &cluster.codes()).await.page();
    cluster.nodes[0].kill();
    let mut seen = Vec::new();
    let mut stop = step(&mut browser, &page, &resident, Factor::Totp, &cluster.codes()).await;
    while let Stop::Page(page) = stop {
        seen.push(asks(&page));
        stop = step(&mut browser, &page, &resident, Factor::Totp, &cluster.codes()).await;
    }
    assert!(seen.len() <= 2, "the code page, and at most one step again: {seen:?}");
    party.finish(&request, &stop.callback()).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn case_tk3_cluster_a_hundred_redemptions_over_two_nodes_have_one_winner() {
    let cluster = cluster().await;
    let (party, resident, mut browser) = (cluster.portal(), cluster.resident_with_email(), cluster.browser());
    let request = party.authorize();
    let stop = browser.open(&request.url()).await;
    finish(&mut browser, stop, &resident, Factor::Email, &cluster.codes()).await.callback().code();
    for _ in 0..25 {
        let request = party.authorize();
        let callback = browser.open(&request.url()).await.callback();
        let message = party.token_request(&party.code_params(&request, callback.code()));
        let before = cluster.balancer.served().len();
        let answers = futures::future::join_all((0..100).map(|_| {
            let message = message.clone();
            async move { Agent::new().send(message).await }
        }))
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "{:?}", won.iter().map(Response::text).collect::<Vec<_>>());
        for answer in lost {
            answer.oauth_error(400, "invalid_grant");
        }
        let served = cluster.balancer.served();
        let first = served[before..].iter().filter(|node| **node == 0).count();
        assert!((30..=70).contains(&first), "both nodes were asked: {first} of {}", served.len() - before);
        // A code that came twice is one that leaked: what the winner got is worth nothing.
        let token = won[0].json()["access_token"].as_str().expect("a token").to_owned();
        party.userinfo(&token).await.expect(401);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn case_ot2_case_ot14_cluster_guesses_and_steps_are_counted_over_nodes() {
    let cluster = cluster().await;
    let party = cluster.portal();
    for at in [0, 2, 7, 20, 60, 199] {
        let (resident, mut browser) = (cluster.resident_with_email(), cluster.browser());
        let stop = browser.open(&party.authorize().url()).await;
        let page = until(&mut browser, stop, Ask::Code, &resident, Factor::Email, &cluster.codes()).await.page();
        let right = inbox::code(&cluster.codes().nodes, &resident.email).await;
        let before = cluster.balancer.served().len();
        let (answers, evaluated) = burst(&browser, &page, &right, at, || cluster.metrics()).await;
        assert_gated(&answers, evaluated, at);
        let served = cluster.balancer.served();
        assert!([0, 1].iter().all(|node| served[before..].contains(node)), "both nodes were asked");
    }
    // One authenticator step, one success, whichever node sees it first.
    let resident = cluster.resident();
    let mut fronts = Vec::new();
    for _ in 0..2 {
        let mut browser = cluster.browser();
        let stop = browser.open(&party.authorize().url()).await;
        let page = until(&mut browser, stop, Ask::Code, &resident, Factor::Totp, &cluster.codes()).await.page();
        fronts.push((browser, page));
    }
    let code = crate::support::totp::code(&resident.totp_secret, cluster.codes().now);
    let answers = futures::future::join_all(fronts.into_iter().map(|(mut browser, page)| {
        let code = code.clone();
        async move { matches!(browser.submit(&page, &[("code", &code)]).await, Stop::Callback(_)) }
    }))
    .await;
    assert_eq!(answers.iter().filter(|won| **won).count(), 1, "{answers:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn case_pw5_cluster_guesses_at_one_account_are_counted_over_nodes() {
    let cluster = cluster().await;
    let (party, resident) = (cluster.portal(), cluster.resident_with_email());
    let mut fronts = Vec::new();
    for _ in 0..4 {
        let mut browser = cluster.browser();
        let stop = browser.open(&party.authorize().url()).await;
        let page = until(&mut browser, stop, Ask::Password, &resident, Factor::Email, &cluster.codes()).await.page();
        fronts.push((browser, page));
    }
    let before = cluster.metrics().await.sum("argon2_verifications_total");
    let answers = futures::future::join_all((0..100).map(|n| {
        let (mut browser, page) = fronts[n % fronts.len()].clone();
        let guess = if n == 99 { resident.password.clone() } else { format!("guess number {n}") };
        async move { browser.submit(&page, &[("password", &guess)]).await }
    }))
    .await;
    let evaluated = cluster.metrics().await.sum("argon2_verifications_total") - before;
    // The right one, if it came in time, costs no guess.
    let right = answers.into_iter().any(|stop| matches!(asks(&stop.page()), Ask::Code | Ask::Method));
    let wrong = evaluated - if right { 1.0 } else { 0.0 };
    assert!(wrong <= 10.0, "{wrong} wrong ones were evaluated");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn case_lo4_check_118_cluster_a_session_ended_at_one_node_is_dead_at_the_other_within_a_second() {
    let cluster = cluster().await;
    let (party, resident, mut browser) = (cluster.portal(), cluster.resident_with_email(), cluster.browser());
    let request = party.authorize();
    let stop = browser.open(&request.url()).await;
    let callback = finish(&mut browser, stop, &resident, Factor::Email, &cluster.codes()).await.callback();
    let tokens = party.finish(&request, &callback).await;
    let old = browser.jar.all().to_vec();
    cluster.balancer.pin(Some(0));
    browser.open(&party.logout_url(&[("id_token_hint", &tokens.id_token)])).await.page();
    cluster.balancer.pin(Some(1));
    browser.jar.plant(&old);
    let silent = browser.open(&party.authorize().with("prompt", "none").url()).await.callback();
    silent.error("login_required");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn sec_r52_cluster_redis_stopped_in_mid_journey_costs_no_step_and_revives_nothing() {
    // A Redis of this test's own, so that it may be stopped.
    let port = crate::support::server::free_port();
    let mut redis = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server runs");
    let env = vec![("IDP_EPHEMERAL__REDIS_URL".to_owned(), format!("redis://127.0.0.1:{port}"))];
    let options = crate::support::Options { env, ..crate::support::Options::default() };
    let cluster = Cluster::with(2, options).await;
    let (party, resident, mut browser) = (cluster.portal(), cluster.resident(), cluster.browser());
    let request = party.authorize();
    let stop = browser.open(&request.url()).await;
    let page = until(&mut browser, stop, Ask::Method, &resident, Factor::Totp, &cluster.codes()).await.page();
    redis.kill().expect("killed");
    redis.wait().expect("ended");
    let page = step(&mut browser, &page, &resident, Factor::Totp, &cluster.codes()).await.page();
    assert_eq!(asks(&page), Ask::Code, "no step is repeated");
    let code = crate::support::totp::code(&resident.totp_secret, cluster.codes().now);
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    party.finish(&request, &callback).await;
    party.redeem(&request, callback.code()).await.oauth_error(400, "invalid_grant");
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn sec_r18_cluster_of_two_factors_removed_on_two_nodes_at_once_one_stays() {
    let cluster = cluster().await;
    let config = cluster.nodes[0].config_file();
    let rule = r#"{"factors":["totp","passkey"]}"#;
    cli(&config, &["client", "policy", "--id", "app-only", "--set", rule]);
    for round in 0..8 {
        let (party, resident, mut browser) = (cluster.client("app-only"), cluster.resident(), cluster.browser());
        let stop = browser.open(&party.authorize().url()).await;
        finish(&mut browser, stop, &resident, Factor::Totp, &cluster.codes()).await.callback();
        let page = browser.open("/account/security/passkey").await.page();
        let listed = add(&mut browser, &page, &mut Authenticator::new(&cluster.issuer), "").await;
        let key = browser.open(href_of(&listed, "/remove?passkey=")).await.page();
        let app = eventually("each may go while the other is there, on either node", async || {
            let (mut one, mut two) = (browser.clone(), browser.clone());
            let page = one.open("/account/security/remove?factor=totp").await.page();
            let other = two.open("/account/security/remove?factor=totp").await.page();
            (page.has_button("continue") && other.has_button("continue")).then_some(page)
        })
        .await;
        let mut second = browser.clone();
        let before = cluster.balancer.served().len();
        let (one, two) = tokio::join!(browser.press(&app, "continue", &[]), second.press(&key, "continue", &[]));
        let served = cluster.balancer.served();
        assert!([0, 1].iter().all(|node| served[before..].contains(node)), "both nodes were asked");
        let refused = [one.page(), two.page()].iter().filter(|p| p.text.contains("You cannot remove this")).count();
        let shown = cli(&config, &["user", "show", "--email", &resident.email]);
        let left = u64::from(shown["authenticator"] == true) + shown["passkeys"].as_u64().expect("a number");
        assert_eq!((refused, left), (1, 1), "round {round}: {shown}");
    }
}
