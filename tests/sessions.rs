//! Sessions and their cookies.

use crate::support::journey::{Ask, asks, finish, open_until};
use crate::support::{Agent, Browser, Factor, Options, RelyingParty, Request, Resident, Server, Stop, sign_in};

async fn answer(browser: &mut Browser, party: &RelyingParty) -> Option<String> {
    let callback = browser.open(&party.authorize().with("prompt", "none").url()).await.callback();
    callback.get("error").map(str::to_owned)
}

#[tokio::test]
async fn sec_r22_case_se1_ids_change_at_each_raise_and_old_ones_are_dead() {
    let server = Server::shared().await;
    let (party, resident) = (server.portal(), server.resident());
    // The attacker's browser starts, and its cookies end up with the victim.
    let mut attacker = server.browser();
    let request = party.authorize();
    attacker.open(&request.url()).await.page();
    let planted = attacker.jar.all().to_vec();
    let mut victim = server.browser();
    victim.jar.plant(&planted);
    sign_in(server, &mut victim, &party, &resident, Factor::Totp).await;
    let signed_in = victim.jar.all().to_vec();
    for old in &planted {
        let kept =
            signed_in.iter().any(|new| new.name == old.name && new.value == old.value && old.name.contains("session"));
        assert!(!kept, "{} survived the sign-in", old.name);
    }
    assert_eq!(answer(&mut attacker, &party).await.as_deref(), Some("login_required"));
    // A raise by a second factor: the cookie of before is dead.
    let (plain, resident, mut browser) = (server.client("one-factor"), server.resident(), server.browser());
    sign_in(server, &mut browser, &plain, &resident, Factor::Totp).await;
    let half = browser.jar.all().to_vec();
    let request = plain.authorize().with("acr_values", "2fa");
    let stop = browser.open(&request.url()).await;
    finish(&mut browser, stop, &resident, Factor::Totp, &server.into()).await.callback();
    let mut old = server.browser();
    old.jar.plant(&half);
    assert_eq!(answer(&mut old, &plain).await.as_deref(), Some("login_required"));
}

#[tokio::test]
async fn sec_r23_sec_r25_case_se2_cookies_and_headers_of_every_answer() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.portal(), server.browser());
    sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let port = server.issuer.port().expect("a port");
    assert!(!browser.jar.seen.is_empty());
    for cookie in &browser.jar.seen {
        assert!(cookie.name.starts_with("__Host-") && cookie.name.ends_with(&format!("-{port}")), "{cookie:?}");
        assert!(cookie.secure && cookie.http_only && cookie.same_site.as_deref() == Some("lax"), "{cookie:?}");
        assert!(cookie.value.len() < 4096);
    }
    let agent = Agent::new();
    let mut answers = browser.history.clone();
    for path in
        ["/", "/nothing-here", "/sign-in", "/admin", "/account", "/cookies", "/privacy", "/accessibility", "/help"]
    {
        answers.push(agent.get(&server.url(path)).await);
    }
    answers.push(agent.send(Request::new(http::Method::DELETE, &server.url("/sign-in"))).await);
    answers.push(agent.get(&server.portal().authorize().with("client_id", "x").url()).await);
    for answer in answers.iter().filter(|answer| answer.is_html()) {
        let place = format!("{} {}", answer.status, answer.url.path());
        let csp = answer.header("content-security-policy");
        assert!(csp.contains("frame-ancestors 'none'") && csp.contains("default-src"), "{place}: {csp}");
        assert!(!csp.contains("unsafe-inline") && !csp.contains("unsafe-eval"), "{place}: {csp}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{place}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{place}");
        let hsts = answer.header("strict-transport-security").strip_prefix("max-age=").unwrap_or_default();
        let seconds = hsts.split(';').next().and_then(|text| text.parse::<u64>().ok());
        assert!(seconds.is_some_and(|seconds| seconds >= 31_536_000), "{place}: {hsts}");
        assert!(answer.header("cache-control").contains("no-store"), "{place}");
    }
}

#[tokio::test]
async fn case_se6_another_person_in_the_same_browser_never_gets_the_firsts_claims() {
    let server = Server::shared().await;
    let (party, a, b) = (server.portal(), server.resident_with_email(), server.resident_with_email());
    let mut browser = server.browser();
    let of_a = party.authorize();
    let waiting = open_until(server, &mut browser, &of_a, Ask::Code, &a, Factor::Email).await;
    let tokens_b = sign_in(server, &mut browser, &party, &b, Factor::Email).await;
    let code = server.inbox_code(&a.email).await;
    match browser.submit(&waiting, &[("code", &code)]).await {
        Stop::Page(page) => assert_ne!(asks(&page), Ask::Nothing, "a way on: {}", page.text),
        Stop::Callback(callback) => {
            let tokens = party.finish(&of_a, &callback).await;
            let claims = party.claims(&tokens.access_token).await;
            // Whoever proved both factors in this transaction is who it is about, and nobody is mixed.
            let expected = if tokens.sub() == tokens_b.sub() { &b.email } else { &a.email };
            assert_eq!(claims["email"], expected.as_str());
            assert_eq!(claims["sub"], tokens.sub());
        }
    }
}

#[tokio::test]
async fn sec_r22_case_se9_sessions_end_by_idleness_and_by_age() {
    let server = Server::start(Options::default()).await;
    let (party, mut idle) = (server.portal(), server.browser());
    sign_in(&server, &mut idle, &party, &server.resident_with_email(), Factor::Email).await;
    server.advance(29 * 60).await;
    assert_eq!(answer(&mut idle, &party).await, None, "used in time");
    server.advance(30 * 60 + 1).await;
    assert_eq!(answer(&mut idle, &party).await.as_deref(), Some("login_required"));
    let mut busy = server.browser();
    sign_in(&server, &mut busy, &party, &server.resident_with_email(), Factor::Email).await;
    for _ in 0..(12 * 60 / 29) {
        server.advance(29 * 60).await;
        assert_eq!(answer(&mut busy, &party).await, None);
    }
    server.advance(29 * 60).await;
    assert_eq!(answer(&mut busy, &party).await.as_deref(), Some("login_required"), "twelve hours are over");
}

#[tokio::test]
async fn sec_r22_sec_r28_case_se9_ended_sessions_and_what_came_of_them_are_dead_at_once() {
    let server = Server::start(Options::default()).await;
    for what in [&["end-sessions"][..], &["lock"], &["reset-mfa", "--reason", "lost"], &["end", "--reason", "died"]] {
        let (party, resident) = (server.portal(), server.resident_with_email());
        let (mut one, mut other) = (server.browser(), server.browser());
        let tokens = sign_in(&server, &mut one, &party, &resident, Factor::Email).await;
        sign_in(&server, &mut other, &party, &resident, Factor::Email).await;
        let request = party.authorize();
        let code = one.open(&request.url()).await.callback().code().to_owned();
        let half =
            open_until(&server, &mut server.browser(), &party.authorize(), Ask::Password, &resident, Factor::Email)
                .await;
        drop(half);
        server.cli(&[&["user"], what, &["--email", &resident.email]].concat());
        for browser in [&mut one, &mut other] {
            assert_eq!(answer(browser, &party).await.as_deref(), Some("login_required"), "{what:?}");
        }
        party.userinfo(&tokens.access_token).await.expect(401);
        party.redeem(&request, &code).await.oauth_error(400, "invalid_grant");
    }
    // A sign-in that stands between its two factors ends as well.
    for what in [&["end-sessions"][..], &["lock"], &["reset-mfa", "--reason", "lost"], &["end", "--reason", "died"]] {
        let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
        let page = open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Email).await;
        let code = server.inbox_code(&resident.email).await;
        server.cli(&[&["user"], what, &["--email", &resident.email]].concat());
        let stop = browser.submit(&page, &[("code", &code)]).await;
        let page = stop.page();
        assert!(asks(&page) != Ask::Code || page.status() >= 400, "{what:?}: {}", page.text);
    }
}

#[tokio::test]
async fn case_se10_safe_methods_and_odd_paths_change_and_reveal_nothing() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.portal(), server.browser());
    sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    for path in ["/sign-out", "/logout", "/mfa/resend", "/consent", "/sign-in"] {
        for method in [http::Method::HEAD, http::Method::OPTIONS] {
            let request = Request::new(method, &server.url(path)).header("x-http-method-override", "POST");
            browser.fetch(request).await;
        }
    }
    let overridden = Request::get(&format!("{}?_method=POST", server.url("/sign-out")));
    browser.fetch(overridden).await;
    assert_eq!(answer(&mut browser, &party).await, None, "still signed in");
    for path in ["/account/x.css", "/sign-in/style.css", "/userinfo/x.png", "/sign-out;x.js"] {
        let answer = browser.fetch(Request::get(&server.url(path))).await;
        assert!(answer.status.is_client_error() || answer.status.is_redirection(), "{path}: {}", answer.status);
        assert!(answer.header("cache-control").contains("no-store"), "{path}: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn sec_r26_redirects_stay_inside_or_go_where_they_were_registered() {
    let server = Server::shared().await;
    let mut browser = server.browser();
    for attack in ["//evil.test/", "https://evil.test/", "/\\evil.test", "/%2f%2fevil.test", "///evil.test"] {
        for name in ["next", "return_to", "redirect", "continue", "target_link_uri", "post_logout_redirect_uri"] {
            let mut url = server.issuer.join("/sign-in").expect("a path");
            url.query_pairs_mut().append_pair(name, attack);
            if let Stop::Callback(callback) = browser.open(url.as_str()).await {
                panic!("{name}={attack} left for {}", callback.url);
            }
        }
        let target = format!("/{}", attack.trim_start_matches('/'));
        let answer = Agent::new().send(Request::get(&server.url("/")).target(&target)).await;
        if let Some(location) = answer.location() {
            let to = server.issuer.join(location).expect("an address");
            assert_eq!(to.origin(), server.issuer.origin(), "{target} -> {location}");
        }
    }
}

#[tokio::test]
async fn req_week_one_4_one_address_is_a_member_of_staff_and_a_resident_who_never_meet() {
    let server = Server::start(Options::default()).await;
    let person = server.resident();
    let staff_password = "granite kettle before dawn";
    let add = ["user", "add", "--class", "staff", "--email", &person.email, "--password", staff_password];
    server.cli(&[&add[..], &["--totp-secret", &person.totp_secret]].concat());
    let staff = Resident { password: staff_password.to_owned(), ..person.clone() };
    let (portal, office) = (server.portal(), server.client("staff-app"));
    let mut browser = server.browser();
    let as_resident = sign_in(&server, &mut browser, &portal, &person, Factor::Totp).await;
    // The resident’s session opens nothing for staff, and neither does the resident’s password.
    browser.open(&office.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    let mut other = server.browser();
    let page = open_until(&server, &mut other, &office.authorize(), Ask::Password, &person, Factor::Totp).await;
    assert_eq!(other.submit(&page, &[("password", &person.password)]).await.page().status(), 422);
    server.advance(31).await;
    let as_staff = sign_in(&server, &mut browser, &office, &staff, Factor::Totp).await;
    assert_ne!(as_staff.sub(), as_resident.sub(), "two accounts");
    browser.open(&portal.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    // What happens to one happens to nobody else.
    server.cli(&["user", "end", "--email", &person.email, "--class", "staff", "--reason", "Left the council"]);
    server.advance(31).await;
    let again = sign_in(&server, &mut server.browser(), &portal, &person, Factor::Totp).await;
    assert_eq!(again.sub(), as_resident.sub());
}
