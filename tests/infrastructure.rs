//! Hosts, proxies, limits and the wire.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::http::encode;
use crate::support::journey::{Ask, open_until};
use crate::support::relying_party::issuer_name;
use crate::support::server::cli;
use crate::support::{Agent, Browser, Factor, Options, Request, Server, Stop, inbox, random};

#[tokio::test]
async fn sec_r48_case_if1_addresses_come_from_configuration_and_never_from_headers() {
    let server = Server::shared().await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let evil = [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.test;proto=https"),
        ("x-original-host", "evil.test"),
    ];
    browser.extra = evil.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let mut request = Request::get(&server.url("/.well-known/openid-configuration")).header("host", "evil.test");
    for (name, value) in evil {
        request = request.header(name, value);
    }
    let answer = Agent::new().send(request).await;
    assert!(!answer.text().contains("evil.test"), "{}", answer.text());
    if answer.status == 200 {
        assert_eq!(answer.json()["issuer"], issuer_name(&server.issuer));
    }
    let request = party.authorize();
    let page = open_until(server, &mut browser, &request, Ask::Code, &resident, Factor::Email).await;
    assert!(!page.response.text().contains("evil.test"));
    for message in inbox::messages(&server.nodes(), &resident.email).await {
        assert!(!message.body.contains("evil.test"), "{}", message.body);
    }
    let callback = browser.submit(&page, &[("code", &server.inbox_code(&resident.email).await)]).await.callback();
    assert_eq!(callback.get("iss"), Some(issuer_name(&server.issuer).as_str()));
}

#[tokio::test]
async fn sec_r48_case_if2_an_untrusted_peer_cannot_change_its_address() {
    let server = Server::start(Options::default()).await;
    let guesser = server.portal();
    let mut limited = false;
    for n in 0..120 {
        let params = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "http://localhost:9/cb")];
        let request = Request::post(&guesser.url("/token"), &params)
            .basic("portal", "wrong")
            .header("x-forwarded-for", &format!("203.0.113.{}", n % 250))
            .header("forwarded", &format!("for=203.0.113.{}", n % 250))
            .header("x-real-ip", &format!("203.0.113.{}", n % 250));
        if guesser.agent.send(request).await.status == 429 {
            limited = true;
            break;
        }
    }
    assert!(limited, "the limit follows the connection");
}

#[cfg(unix)]
#[tokio::test]
async fn the_first_start_makes_folder_database_and_key_that_only_their_owner_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let config = folder.path().join("idp.toml");
    std::fs::write(&config, "").expect("a configuration file");
    cli(&config, &["migrate"]);
    let mode = |path: &str| std::fs::metadata(folder.path().join(path)).expect(path).permissions().mode() & 0o777;
    assert_eq!([mode("data"), mode("data/idp.db"), mode("data/master.key")], [0o700, 0o600, 0o600]);
}

#[tokio::test]
async fn sec_r49_case_if4_slow_and_huge_senders_do_not_stop_the_others() {
    let server = Server::shared().await;
    let port = server.node.port;
    let slow = Agent::new();
    let mut held = Vec::new();
    for n in 0..200 {
        let mut stream = slow.connect(port).await.expect("a connection");
        let opening: &[u8] = if n % 2 == 0 {
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
        } else {
            b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ngrant"
        };
        stream.write_all(opening).await.expect("written");
        held.push(stream);
    }
    Agent::new().get(&server.url("/jwks")).await.expect(200);
    let form = |body: Vec<u8>| {
        Request::new(http::Method::POST, &server.url("/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    };
    let huge = Agent::new().try_send(form(vec![b'a'; 10_000_000])).await;
    // A server may also close while we are still sending.
    assert!(huge.is_err() || huge.is_ok_and(|answer| answer.status == 413));
    let zipped = form(b"\x1f\x8b\x08\x00".to_vec()).header("content-encoding", "gzip");
    let answer = Agent::new().send(zipped).await;
    assert!(matches!(answer.status.as_u16(), 400 | 413 | 415), "{}", answer.status);
    Agent::new().get(&server.url("/healthz")).await.expect(200);
    drop(held);
}

/// Writes bytes and reads what comes until the server closes or pauses.
async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = Agent::new().connect(server.node.port).await.expect("a connection");
    stream.write_all(bytes).await.expect("written");
    let mut answer = Vec::new();
    let read = async {
        let mut buffer = [0; 4096];
        while let Ok(n) = stream.read(&mut buffer).await {
            if n == 0 {
                break;
            }
            answer.extend_from_slice(&buffer[..n]);
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(3), read).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn case_if6_ambiguous_messages_get_one_answer_or_none() {
    let server = Server::shared().await;
    let smuggled = "GET /dev/inbox.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let length = smuggled.len();
    let messages = [
        format!(
            "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
        ),
        format!(
            "POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{smuggled}"
        ),
        format!(
            "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: {length}\r\n\r\n{smuggled}"
        ),
        format!(
            "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n Content-Length: {length}\r\n\r\n{smuggled}"
        ),
        format!("POST /token HTTP/1.1\nHost: localhost\nContent-Length : 0\n\n{smuggled}"),
    ];
    for message in messages {
        let answer = raw(server, message.as_bytes()).await;
        let oks = answer.matches("HTTP/1.1 200").count();
        assert_eq!(oks, 0, "{message:?} -> {answer}");
        assert!(answer.matches("HTTP/1.1 ").count() <= 2 && !answer.contains("\"channel\""), "{message:?} -> {answer}");
    }
    Agent::new().get(&server.url("/healthz")).await.expect(200);
}

#[tokio::test]
async fn case_if7_injections_are_plain_text() {
    let server = Server::shared().await;
    let attacks = [
        "' OR 1=1 --",
        "\"; DROP TABLE account; --",
        "{{7*7}}${7*7}<%= 7*7 %>",
        "a@example.test\r\nBcc: victim@example.test",
        "\u{1b}[31mred\u{1b}[0m\nforged=line",
        "<script>alert(1)</script>@example.test",
        "x'||(SELECT 1)||'@example.test",
    ];
    for attack in attacks {
        let mut browser = server.browser();
        let page = browser.open(&server.portal().authorize().url()).await.page();
        let shown = browser.submit(&page, &[("email", attack)]).await;
        if let Stop::Page(shown) = &shown {
            assert!(shown.status() < 500, "{attack:?}: {}", shown.status());
            assert!(!shown.response.text().contains("<script>alert") && !shown.text.contains("49$"), "{attack:?}");
            if shown.has_field("password") {
                let next = browser.submit(shown, &[("password", attack)]).await.page();
                assert!(next.status() < 500, "{attack:?}");
            }
        }
        let party = server.portal();
        let grant = [("grant_type", attack), ("code", attack), ("redirect_uri", attack)];
        assert!(party.token(&grant).await.status.is_client_error());
        let hint = party.authorize().with("login_hint", attack).with("acr_values", attack).with("ui_locales", attack);
        assert!(browser.open(&hint.url()).await.page().status() < 500);
    }
    for line in server.log().lines().filter(|line| !line.is_empty()) {
        assert!(!line.contains('\u{1b}'), "a control character in the log: {line:?}");
        assert!(
            line.starts_with('{') && serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "one event a line: {line}"
        );
    }
}

#[tokio::test]
async fn case_if8_no_path_leads_out_of_the_embedded_files() {
    let server = Server::shared().await;
    for target in [
        "/themes/..%2f..%2fetc/passwd",
        "/static/..%2f..%2fetc/passwd",
        "/static/../../etc/passwd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%5c..%5cetc/passwd",
        "/static//etc/passwd",
        "/static/x/..%00/etc/passwd",
    ] {
        let answer = Agent::new().send(Request::get(&server.url("/")).target(target)).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{target}: {}", answer.status);
        assert!(!answer.text().contains("root:"), "{target}");
    }
}

#[tokio::test]
async fn case_if8_a_theme_is_nothing_that_a_request_names() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    let plain = server.browser().open(&request.url()).await.page();
    for theme in ["../../../../etc/passwd", "..%2f..%2fetc", "none-such", "file:///etc/passwd"] {
        for name in ["theme", "wording", "template", "lang"] {
            let page = server.browser().open(&request.clone().with(name, theme).url()).await.page();
            assert_eq!((page.status(), &page.text), (200, &plain.text), "{name}={theme}");
            let again = format!("{}&{}", page.url(), encode([(name, theme)]));
            let mut browser = server.browser();
            let shown = browser.open(&again).await.page();
            assert!(shown.status() < 500 && !shown.text.contains("root:"), "{name}={theme}");
        }
    }
}

#[tokio::test]
async fn sec_r54_the_libraries_with_known_holes_are_not_among_ours() {
    let lock = include_str!("../Cargo.lock");
    let lock: toml::Table = lock.parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    let version = |name: &str| {
        let found = packages.iter().filter(|package| package["name"].as_str() == Some(name));
        found
            .map(|package| {
                let text = package["version"].as_str().expect("a version");
                text.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0)).take(3).collect::<Vec<u32>>()
            })
            .collect::<Vec<_>>()
    };
    let needs = |package: &toml::Value| package.get("dependencies").map(ToString::to_string).unwrap_or_default();
    // RUSTSEC-2023-0071 (a private key's timing) has no fixed version. The relying party of the demo brings it, and what
    // checks the signatures of passkeys: neither has a private key.
    let with_rsa: Vec<_> = packages
        .iter()
        .filter(|package| needs(package).contains("\"rsa "))
        .filter_map(|package| package["name"].as_str())
        .collect();
    assert_eq!(with_rsa, ["crypto-glue", "openidconnect"]);
    for (name, least) in [("jsonwebtoken", [10, 3, 0]), ("phonenumber", [0, 3, 6]), ("h2", [0, 4, 4])] {
        let found = version(name);
        assert!(!found.is_empty() && found.iter().all(|version| version[..] >= least[..]), "{name}: {found:?}");
    }
    let jsonwebtoken = packages.iter().find(|package| package["name"].as_str() == Some("jsonwebtoken"));
    assert!(needs(jsonwebtoken.expect("jsonwebtoken")).contains("\"aws-lc-rs\""));
}

#[tokio::test]
async fn sec_r51_case_if5_case_if12_error_pages_carry_a_reference_and_nothing_of_the_inside() {
    let server = Server::shared().await;
    let agent = Agent::new();
    let mut ids = Vec::new();
    for request in [
        Request::get(&server.url("/no/such/page")),
        Request::new(http::Method::DELETE, &server.url("/authorize")),
        Request::get(&server.portal().authorize().with("client_id", "unknown").url()),
    ] {
        let answer = agent.send(request).await;
        assert!(answer.status.is_client_error());
        let text = answer.text();
        for inside in
            ["panicked", "src/", ".rs:", "SELECT ", "sqlx", "sqlite", "postgres", "backtrace", "/root", "/home"]
        {
            assert!(!text.contains(inside), "{inside}: {text}");
        }
        let id = answer.header("x-request-id").to_owned();
        assert!(!id.is_empty(), "{:?}", answer.headers);
        if answer.is_html() {
            assert!(text.contains(&id), "the page shows the reference {id}");
        }
        ids.push(id);
    }
    let log = server.log();
    assert!(ids.iter().all(|id| log.contains(id)), "and the log has it");
}

#[tokio::test]
async fn case_if12_metrics_are_not_public_and_health_says_little() {
    let server = Server::shared().await;
    let agent = Agent::new();
    let metrics = agent.get(&server.url("/metrics")).await;
    assert!(matches!(metrics.status.as_u16(), 401 | 403 | 404), "{}", metrics.status);
    assert!(
        agent
            .get(&format!("{}/metrics", server.node.metrics_base()))
            .await
            .text()
            .contains("argon2_verifications_total")
    );
    for path in ["/healthz", "/readyz"] {
        let answer = agent.get(&server.url(path)).await.expect(200);
        assert!(answer.body.len() < 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn logs_have_a_request_id_on_every_line_of_a_request() {
    let server = Server::start(Options::default()).await;
    let mut browser: Browser = server.browser();
    browser.open(&server.portal().authorize().with("client_id", "nobody").url()).await.page();
    let id = browser.history.last().expect("an answer").header("x-request-id").to_owned();
    assert!(!id.is_empty());
    let log = crate::support::eventually("the request is logged", async || {
        let log = server.log();
        log.contains(&id).then_some(log)
    })
    .await;
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(event["level"].is_string() && (event["timestamp"].is_string() || event["time"].is_string()), "{line}");
    }
}

#[tokio::test]
async fn sec_r49_an_over_long_address_is_refused_and_the_next_request_works() {
    let server = Server::shared().await;
    let agent = Agent::new();
    let long = format!("{}?{}", server.url("/authorize"), encode([("x", "y".repeat(9_000).as_str())]));
    let answer = agent.get(&long).await;
    assert!(matches!(answer.status.as_u16(), 400 | 414), "{}", answer.status);
    let hundred: Vec<(String, String)> = (0..150).map(|n| (format!("f{n}"), random())).collect();
    let pairs: Vec<(&str, &str)> = hundred.iter().map(|(k, v)| (&k[..], &v[..4])).collect();
    let answer = agent.post(&server.url("/authorize"), &pairs).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    agent.get(&server.url("/healthz")).await.expect(200);
}
