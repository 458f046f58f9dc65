//! Values that an authorization request carries through: long, strange and hostile ones.

use crate::support::{Agent, Options, Server};

#[tokio::test]
async fn check_42_case_az14_a_login_hint_is_filled_in_and_escaped() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    let page = server.browser().open(&request.clone().with("login_hint", "me@example.test").url()).await.page();
    let field = page.form_with("email").and_then(|form| form.field("email")).expect("an email field");
    assert_eq!(field.value, "me@example.test");
    let nasty = "\"><script>alert(1)</script>\r\nSet-Cookie: a=b";
    let page = server.browser().open(&request.clone().with("login_hint", nasty).url()).await.page();
    assert!(!page.response.text().contains("<script>alert"), "escaped");
    let long = request.with("login_hint", &"x".repeat(10_000)).url();
    let answer = Agent::new().get(&long).await;
    assert!(answer.status.as_u16() < 500, "{}", answer.status);
}

#[tokio::test]
async fn case_az14_long_or_splitting_states_and_nonces_are_echoed_exactly_or_refused() {
    let server = Server::shared().await;
    let request = server.portal().authorize().with("prompt", "none");
    let splitting = "a\r\nSet-Cookie: pwned=1\r\n\r\n<script>";
    let callback = server.browser().open(&request.clone().with("state", splitting).url()).await.callback();
    assert_eq!(callback.get("state"), Some(splitting));
    assert!(callback.response.headers.get("set-cookie").is_none_or(|c| !c.as_bytes().starts_with(b"pwned")));
    for name in ["state", "nonce"] {
        let url = request.clone().with(name, &"y".repeat(4_000)).url();
        let answer = Agent::new().get(&url).await;
        assert!(matches!(answer.status.as_u16(), 303 | 400 | 413 | 414), "{name}: {}", answer.status);
        if let Some(location) = answer.location() {
            assert!(location.contains("error=invalid_request"), "{location}");
        }
    }
}

#[tokio::test]
async fn case_az16_locales_are_names_and_never_paths() {
    let server = Server::shared().await;
    for locale in ["../../etc/passwd", "cy/../../x", "en;q=1", &"z".repeat(2_000)] {
        let request = server.portal().authorize().with("ui_locales", locale);
        let page = server.browser().open(&request.url()).await.page();
        assert_eq!((page.status(), page.language.as_str()), (200, "en"), "{locale:.40}");
    }
}

#[tokio::test]
async fn case_az16_thousands_of_locales_and_clients_that_nobody_knows_take_no_memory() {
    let server = Server::start(Options::default()).await;
    let agent = Agent::new();
    let ask = async |n: usize| {
        let strange = server.portal().authorize().with("ui_locales", &format!("x-{n}-{}", "y".repeat(200)));
        agent.get(&strange.url()).await.expect(303);
        let unknown = server.portal().authorize().with("client_id", &format!("{n}-{}", "z".repeat(200)));
        agent.get(&unknown.url()).await.expect(400);
    };
    for n in 0..200 {
        ask(n).await;
    }
    let warm = server.node.resident_kib();
    for n in 200..2_000 {
        ask(n).await;
    }
    let now = server.node.resident_kib();
    // 50 MiB for 100,000 of each would be half a KiB for one: what is kept of each shows long before.
    assert!(warm == 0 || now < warm + 5 * 1024, "{warm} KiB became {now} KiB");
}
