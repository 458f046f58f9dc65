//! What the way out lets through, shown with listeners on this machine.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// A listener that counts connections, keeps what it was sent, and answers with fixed bytes.
struct Canary {
    port: u16,
    hits: Arc<AtomicUsize>,
    heard: Arc<std::sync::Mutex<String>>,
}

impl Canary {
    async fn answering(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        let (hits, heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(std::sync::Mutex::new(String::new())));
        let (count, keep) = (hits.clone(), heard.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let mut buffer = vec![0; 4096];
                let read = stream.read(&mut buffer).await.unwrap_or(0);
                keep.lock().expect("not poisoned").push_str(&String::from_utf8_lossy(&buffer[..read]));
                let _ = stream.write_all(&answer).await;
            }
        });
        Self { port, hits, heard }
    }

    fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

fn outbound(change: impl FnOnce(&mut config::Outbound), allow_loopback_fetch: bool) -> Outbound {
    let mut config = config::Outbound::default();
    change(&mut config);
    Outbound::new(&config, &config::Development { allow_loopback_fetch, ..Default::default() })
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

#[tokio::test]
async fn case_if9_no_spelling_of_a_private_address_reaches_the_canary() {
    let canary = Canary::answering(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()).await;
    let outbound = outbound(|_| (), false);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "[fc00::1]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "foo.localhost",
        "10.0.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "127。0。0。1",
        "①27.0.0.1",
    ] {
        for scheme in ["https", "http"] {
            let Ok(url) = Url::parse(&format!("{scheme}://{host}:{}/keys", canary.port)) else { continue };
            let error = outbound.get(&url).await.expect_err(host);
            assert!(matches!(error, FetchError::Forbidden | FetchError::Unreachable), "{host}: {error}");
        }
    }
    assert_eq!(canary.hits(), 0);
}

#[tokio::test]
async fn case_if9_a_name_that_resolves_to_a_private_address_is_not_connected_to() {
    let rules = outbound(|_| (), false).rules;
    let answer = GuardedResolver { rules }.resolve("localhost".parse().expect("a name")).await;
    assert!(answer.is_err());
    let rules = outbound(|_| (), true).rules;
    let answer = GuardedResolver { rules }.resolve("localhost".parse().expect("a name")).await;
    assert!(answer.is_ok_and(|mut addresses| addresses.all(|socket| socket.ip().is_loopback())));
}

#[tokio::test]
async fn sec_r50_only_https_and_no_credentials_in_the_address() {
    let outbound = outbound(|_| (), false);
    for text in
        ["http://example.org/", "ftp://example.org/", "file:///etc/passwd", "https://a:b@example.org/", "data:,x"]
    {
        assert_eq!(outbound.get(&url(text)).await.expect_err(text), FetchError::Forbidden, "{text}");
    }
}

#[tokio::test]
async fn sec_r50_redirects_are_not_followed() {
    let target = Canary::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let answer =
        format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n", target.port);
    let source = Canary::answering(answer.into_bytes()).await;
    let outbound = outbound(|_| (), true);
    let error = outbound.get(&url(&format!("http://127.0.0.1:{}/", source.port))).await.expect_err("a redirect");
    assert_eq!(error, FetchError::Redirected);
    assert_eq!((source.hits(), target.hits()), (1, 0));
}

#[tokio::test]
async fn sec_r50_a_long_answer_is_cut_off_whatever_length_it_claims() {
    let body = "x".repeat(ANSWER_BYTES + 1);
    let closed = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}");
    let sized = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let outbound = outbound(|_| (), true);
    for answer in [closed, sized] {
        let canary = Canary::answering(answer.into_bytes()).await;
        let error = outbound.get(&url(&format!("http://127.0.0.1:{}/", canary.port))).await.expect_err("too long");
        assert_eq!(error, FetchError::TooLong);
    }
}

#[tokio::test]
async fn a_service_on_this_machine_is_reached_in_development() {
    let canary = Canary::answering(b"HTTP/1.1 201 Created\r\nx-a: b\r\ncontent-length: 2\r\n\r\nok".to_vec()).await;
    let outbound = outbound(|_| (), true);
    let request = http::Request::post(format!("http://localhost:{}/x", canary.port)).body(b"a=b".to_vec());
    let response = outbound.execute(request.expect("a request")).await.expect("answered");
    assert_eq!((response.status().as_u16(), response.body().as_slice()), (201, b"ok".as_slice()));
    assert_eq!(response.headers()["x-a"], "b");
}

#[tokio::test]
async fn case_if11_with_a_proxy_everything_but_no_proxy_hosts_goes_through_it() {
    let proxy =
        Canary::answering(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let outbound = outbound(
        |config| {
            config.proxy = Some(url(&format!("http://127.0.0.1:{}", proxy.port)));
            config.proxy_username = Some("idp".to_owned());
            config.proxy_password = Some("hunter2".into());
            config.no_proxy = vec!["internal.example".to_owned()];
        },
        false,
    );
    assert_eq!(outbound.get(&url("https://accounts.example/keys")).await.expect_err("407"), FetchError::Unreachable);
    assert_eq!(proxy.hits(), 1);
    let heard = proxy.heard.lock().expect("not poisoned").clone();
    assert!(heard.starts_with("CONNECT accounts.example:443 "), "{heard}");
    assert!(heard.to_ascii_lowercase().contains("proxy-authorization: basic awrwomh1bnrlcji="), "{heard}");
    assert!(!outbound.rules.needs_proxy(&url("https://a.internal.example/")));
    assert!(outbound.rules.needs_proxy(&url("https://notinternal.example/")));
    assert_eq!(outbound.get(&url("https://127.0.0.1/")).await.expect_err("refused"), FetchError::Forbidden);
}

#[test]
fn no_proxy_entries_are_names_suffixes_addresses_and_networks() {
    for (entry, host, covered) in [
        ("example.org", "example.org", true),
        ("example.org", "a.example.org", true),
        (".example.org", "a.example.org", true),
        ("*.example.org", "a.example.org", true),
        ("example.org", "badexample.org", false),
        ("10.0.0.0/8", "10.1.2.3", true),
        ("10.0.0.0/8", "11.1.2.3", false),
        ("::1", "[::1]", true),
        ("", "example.org", false),
    ] {
        assert_eq!(covers(entry, host), covered, "{entry} {host}");
    }
}

#[test]
fn a_network_of_our_own_can_be_allowed() {
    let rules =
        outbound(|config| config.allow_networks = vec!["10.20.0.0/16".parse().expect("a network")], false).rules;
    assert!(rules.check(&url("https://10.20.1.1/")).is_ok());
    assert_eq!(rules.check(&url("https://10.21.1.1/")), Err(FetchError::Forbidden));
    assert_eq!(rules.check(&url("http://10.20.1.1/")), Err(FetchError::Forbidden));
}
