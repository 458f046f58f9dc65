//! Redirect URIs: exact or nothing.

use std::path::Path;

use crate::support::seed::Client;
use crate::support::server::cli_output;
use crate::support::{Agent, Factor, Mode, Options, Server, Stop, journey};

/// The request with this redirect URI leads to an own page, by GET and by POST.
async fn refused(server: &Server, client: &str, uri: &str) {
    let request = server.client(client).authorize().with("redirect_uri", uri);
    for stop in [server.browser().open(&request.url()).await, server.browser().go(request.post()).await] {
        let page = stop.page();
        assert_eq!(page.status(), 400, "{uri}");
        page.response.own_page();
    }
}

#[tokio::test]
async fn check_18_19_case_ru1_only_the_exact_address_is_registered() {
    let server = Server::shared().await;
    for uri in [
        "https://evil.test/cb",
        "https://app.test.evil.test/cb",
        "https://app.test/cb/",
        "https://app.test/cb?x=1",
        "https://app.test/cb/../x",
        "https://app.test/CB",
        "https://app.test/%63b",
        "https://app.test:8443/cb",
        "https://APP.test/cb",
        "http://app.test/cb",
        "https://app.test/cb#",
        "https://app.test/cb#x",
        " https://app.test/cb",
        "https://app.test/cb\r\n",
    ] {
        refused(server, "app", uri).await;
    }
}

#[tokio::test]
async fn case_ru3_parsers_that_disagree_find_no_gap() {
    let server = Server::shared().await;
    for uri in [
        "https://app.test@evil.test/cb",
        "https://evil.test\\@app.test/cb",
        "https://a@b@app.test/cb",
        "https:app.test/cb",
        "https:///app.test/cb",
        "https:\\\\app.test/cb",
        "//app.test/cb",
        "https://app.test\u{2044}cb",
        "https://app.test%2ecom/cb",
        "https://[::1%25app.test]/cb",
        "javascript:alert(1)//https://app.test/cb",
    ] {
        refused(server, "app", uri).await;
    }
}

#[tokio::test]
async fn check_21_a_registered_query_is_kept_beside_the_answer() {
    let server = Server::shared().await;
    let party = server.client("second").redirect("https://app.test/cb?bar=foo");
    let (request, mut browser, resident) = (party.authorize(), server.browser(), server.resident_with_email());
    let callback = browser.open(&request.clone().with("prompt", "none").url()).await.callback();
    assert_eq!((callback.error("login_required").get("bar"), callback.mode), (Some("foo"), Mode::Query));
    let stop = browser.open(&request.url()).await;
    let callback = journey::finish(&mut browser, stop, &resident, Factor::Email, &server.into()).await.callback();
    assert_eq!(callback.get("bar"), Some("foo"));
    assert_eq!(callback.url.as_str(), "https://app.test/cb");
    party.finish(&request, &callback).await;
    for uri in ["https://app.test/cb", "https://app.test/cb?bar=baz", "https://app.test/cb?bar=foo&x=1"] {
        refused(server, "second", uri).await;
    }
}

#[tokio::test]
async fn case_ru6_a_native_app_may_change_the_loopback_port_and_nothing_else() {
    let server = Server::shared().await;
    let party = server.client("native");
    for uri in ["http://127.0.0.1:51234/cb", "http://127.0.0.1/cb"] {
        let request = party.authorize().with("redirect_uri", uri).with("prompt", "none");
        let callback = server.browser().open(&request.url()).await.callback();
        assert_eq!(callback.error("login_required").url.as_str(), uri);
    }
    for uri in [
        "http://127.0.0.1:51234/other",
        "http://127.0.0.1:51234/cb?x=1",
        "http://localhost.evil.test:51234/cb",
        "http://127.0.0.2:51234/cb",
        "http://127.0.0.1.evil.test/cb",
        "https://127.0.0.1:51234/cb",
    ] {
        refused(server, "native", uri).await;
    }
}

#[tokio::test]
async fn case_ru5_dangerous_addresses_cannot_be_registered() {
    let server = Server::shared().await;
    for uri in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "https://app.test/cb#fragment",
        "https://*.app.test/cb",
        "https://app.test/*",
        "http://app.test/cb",
        "/cb",
        "https://user:password@app.test/cb",
        "",
    ] {
        let client = Client { id: "refused", redirects: &[], ..crate::support::seed::CLIENTS[0] };
        let config = server.node.config_file();
        let output = add(&config, client.id, uri);
        assert!(!output.status.success(), "{uri:?} was registered");
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(said.contains("redirect") && !said.contains("panicked"), "{uri:?}: {said}");
    }
}

fn add(config: &Path, id: &str, uri: &str) -> std::process::Output {
    cli_output(config, &["client", "add", "--id", id, "--name", id, "--secret", &"s".repeat(43), "--redirect-uri", uri])
}

#[tokio::test]
async fn check_18_an_error_page_keeps_a_reference_and_reveals_no_registered_address() {
    let server = Server::shared().await;
    let request = server.client("app").authorize().with("redirect_uri", "https://evil.test/cb");
    let answer = Agent::new().get(&request.url()).await.own_page();
    assert!(!answer.text().contains("https://app.test/cb"), "an attacker learns nothing");
    assert!(!answer.text().contains("href=\"https://evil.test"), "no link to where it wanted to go");
}

#[tokio::test]
async fn case_ru8_no_other_error_makes_a_bad_address_or_client_a_redirect() {
    let server = Server::start(Options::default()).await;
    let bad_address = server.portal().authorize().with("redirect_uri", "https://evil.test/cb");
    let unknown = server.portal().authorize().with("client_id", "nobody");
    let disabled = server.client("second").authorize();
    server.cli(&["client", "disable", "--id", "second"]);
    crate::support::eventually("the client is disabled", async || {
        matches!(server.browser().open(&disabled.url()).await, Stop::Page(page) if page.status() == 400).then_some(())
    })
    .await;
    for request in [bad_address, unknown, disabled] {
        for (name, value) in [
            ("state", "x"),
            ("scope", ""),
            ("response_type", "foo"),
            ("response_mode", "carrier-pigeon"),
            ("prompt", "none"),
            ("max_age", "-1"),
            ("claims", "{"),
            ("request", "x"),
            ("id_token_hint", "garbage"),
        ] {
            let request = request.clone().with(name, value);
            for stop in [server.browser().open(&request.url()).await, server.browser().go(request.post()).await] {
                let page = stop.page();
                assert_eq!(page.status(), 400, "{name}={value}");
                page.response.own_page();
            }
        }
    }
}
