//! The authorization endpoint: requests, refusals and the parameters of answers.

use crate::support::http::Request;
use crate::support::journey::{self, Ask, asks, finish, open_until};
use crate::support::relying_party::{Authorization, CALLBACK, RelyingParty, issuer_name};
use crate::support::server::cli_output;
use crate::support::{Agent, Callback, Factor, Mode, Options, Server, Stop, sign_in};

/// Opens a request in a new browser by GET and by POST, and asserts the same error at the callback for both.
async fn refused(server: &Server, request: &Authorization, error: &str) -> Callback {
    let mut last = None;
    for stop in [server.browser().open(&request.url()).await, server.browser().go(request.post()).await] {
        let callback = stop.callback();
        callback.error(error);
        let state = request.params.iter().find(|(name, _)| name == "state").map(|(_, value)| value.as_str());
        assert_eq!(callback.get("state"), state);
        assert_eq!(callback.get("iss"), Some(issuer_name(&server.issuer).as_str()));
        let allowed = ["error", "error_description", "error_uri", "state", "iss"];
        assert!(callback.params.keys().all(|key| allowed.contains(&key.as_str())), "{:?}", callback.params);
        last = Some(callback);
    }
    last.expect("two answers")
}

/// Opens a request by GET and by POST and asserts an own page that leads nowhere.
async fn own_page(server: &Server, request: &Authorization) {
    for stop in [server.browser().open(&request.url()).await, server.browser().go(request.post()).await] {
        let page = stop.page();
        page.response.clone().own_page();
        page.assert_contract();
    }
}

#[tokio::test]
async fn check_16_17_an_unknown_or_missing_client_gets_an_own_page() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    own_page(server, &request.clone().with("client_id", "nobody")).await;
    own_page(server, &request.clone().without("client_id")).await;
    own_page(server, &request.with("client_id", "")).await;
}

#[tokio::test]
async fn check_20_case_ru7_a_missing_redirect_uri_gets_an_own_page() {
    let server = Server::shared().await;
    own_page(server, &server.portal().authorize().without("redirect_uri")).await;
    own_page(server, &server.client("second").authorize().without("redirect_uri")).await;
}

#[tokio::test]
async fn check_22_23_54_wrong_response_types_go_back_with_state_and_issuer() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    refused(server, &request.clone().without("response_type"), "invalid_request").await;
    refused(server, &request.with("response_type", "foo"), "unsupported_response_type").await;
}

#[tokio::test]
async fn case_az2_tokens_never_travel_through_the_browser_of_a_code_client() {
    let server = Server::shared().await;
    for kind in ["token", "code token", "id_token token", "id_token", "code id_token"] {
        let request = server.portal().authorize().with("response_type", kind);
        let callback = server.browser().open(&request.url()).await.callback();
        let error = callback.get("error").unwrap_or_default();
        assert!(matches!(error, "unsupported_response_type" | "unauthorized_client"), "{kind}: {:?}", callback.params);
        assert_eq!(callback.get("state"), Some(&*request.state), "{kind}");
        assert_eq!(callback.get("iss"), Some(issuer_name(&server.issuer).as_str()), "{kind}");
        for token in ["access_token", "id_token", "code"] {
            assert_eq!(callback.get(token), None, "{kind}");
        }
    }
}

#[tokio::test]
async fn check_24_a_client_without_the_code_grant_is_unauthorized() {
    let server = Server::shared().await;
    // A machine client has no redirect URI to prove, so its refusal can only be an own page.
    let mut request = server.portal().authorize().with("client_id", "machine");
    own_page(server, &request).await;
    request = request.without("redirect_uri");
    own_page(server, &request).await;
    // One that has an address is told there, and its code would be worth nothing either.
    let party = server.client("machine-with-address");
    refused(server, &party.authorize(), "unauthorized_client").await;
    refused(server, &party.authorize().with("prompt", "none"), "unauthorized_client").await;
    let params = party.code_params(&party.authorize(), "anything");
    party.token(&params).await.oauth_error(400, "unauthorized_client");
    party.token(&[("grant_type", "client_credentials")]).await.expect(200);
}

#[tokio::test]
async fn check_26_an_empty_scope_is_invalid() {
    let server = Server::shared().await;
    refused(server, &server.portal().authorize().with("scope", ""), "invalid_scope").await;
    refused(server, &server.portal().authorize().with("scope", "open\"id"), "invalid_scope").await;
}

#[tokio::test]
async fn check_25_without_openid_there_is_no_id_token_and_unknown_scopes_are_ignored() {
    let server = Server::shared().await;
    let (portal, mut browser, resident) = (server.portal(), server.browser(), server.resident_with_email());
    let request = portal.authorize().with("scope", "email something-unknown");
    let stop = browser.open(&request.url()).await;
    let callback = finish(&mut browser, stop, &resident, Factor::Email, &server.into()).await.callback();
    let answer = portal.redeem(&request, callback.code()).await.expect(200).json();
    assert!(answer["id_token"].is_null(), "{answer}");
    assert!(!answer["scope"].as_str().unwrap_or_default().contains("something-unknown"), "{answer}");
}

#[tokio::test]
async fn check_27_case_az1_a_parameter_sent_twice_is_refused_and_nothing_is_parked() {
    let server = Server::start(Options::default()).await;
    let request = server.portal().authorize().with("prompt", "none").with("max_age", "9").with("login_hint", "a");
    let before = server.metrics().await.sum("store_statements_total");
    for (name, value) in request.params.clone() {
        for other in [value.as_str(), "http://localhost:9/other", ""] {
            let twice = request.clone().also(&name, other);
            for stop in [server.browser().open(&twice.url()).await, server.browser().go(twice.post()).await] {
                let page = stop.page();
                assert_eq!(page.status(), 400, "{name} twice");
                assert!(page.text.contains("invalid_request"), "{name}: {}", page.text);
                page.response.clone().own_page();
                assert!(page.response.header("set-cookie").is_empty(), "{name}: nothing is parked");
            }
        }
    }
    let after = server.metrics().await.sum("store_statements_total");
    assert!((after - before).abs() < f64::EPSILON, "nothing is stored: {}", after - before);
}

#[tokio::test]
async fn check_28_43_unknown_parameters_and_locales_are_ignored() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    let strange = request.with("extra", "foobar").with("ui_locales", "se").with("claims_locales", "se");
    for display in ["page", "popup", "touch", "wap", "unheard-of"] {
        let page = server.browser().open(&strange.clone().with("display", display).url()).await.page();
        assert_eq!((page.status(), asks(&page)), (200, Ask::Email), "{display}");
        assert_eq!(page.language, "en");
    }
}

#[tokio::test]
async fn check_29_state_comes_back_byte_for_byte() {
    let server = Server::shared().await;
    let request = server.portal().authorize().with("prompt", "none");
    let awkward = "+%&\"<>'\\ /?#=;,£ü\u{1F600}";
    for state in [&"s".repeat(128), &"t".repeat(512), awkward] {
        let callback = server.browser().open(&request.clone().with("state", state).url()).await.callback();
        assert_eq!(callback.error("login_required").get("state"), Some(state));
    }
    let callback = server.browser().open(&request.without("state").url()).await.callback();
    assert_eq!(callback.error("login_required").get("state"), None);
}

#[tokio::test]
async fn check_30_nonces_up_to_384_characters_are_echoed_and_none_is_fine_for_code() {
    let server = Server::shared().await;
    let (portal, resident) = (server.portal(), server.resident_with_email());
    let mut browser = server.browser();
    sign_in(server, &mut browser, &portal, &resident, Factor::Email).await;
    for length in [1, 43, 384] {
        let request = portal.authorize().with("nonce", &"n".repeat(length));
        let callback = browser.open(&request.url()).await.callback();
        portal.finish(&request, &callback).await;
    }
    let request = portal.authorize().without("nonce");
    let callback = browser.open(&request.url()).await.callback();
    let answer = portal.redeem(&request, callback.code()).await.expect(200);
    let tokens = crate::support::tokens::check(&portal, &answer).await;
    assert!(tokens.claims["nonce"].is_null(), "{}", tokens.claims);
}

#[tokio::test]
async fn check_31_case_az4_prompt_none_without_a_session_needs_a_login() {
    let server = Server::shared().await;
    refused(server, &server.portal().authorize().with("prompt", "none"), "login_required").await;
}

#[tokio::test]
async fn check_34_37_prompt_none_stands_alone_and_unknown_values_do_no_harm() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    refused(server, &request.clone().with("prompt", "none login"), "invalid_request").await;
    let page = server.browser().open(&request.clone().with("prompt", "sparkle").url()).await.page();
    assert_eq!(asks(&page), Ask::Email, "a word that nobody knows is ignored");
    let page = server.browser().open(&request.with("prompt", "select_account").url()).await.page();
    assert_eq!(page.status(), 200);
}

#[tokio::test]
async fn check_40_a_negative_or_wordy_max_age_is_invalid() {
    let server = Server::shared().await;
    for age in ["-1", "NaN", "1.5", "", "99999999999999999999"] {
        let request = server.portal().authorize().with("max_age", age);
        match server.browser().open(&request.url()).await {
            Stop::Callback(callback) => drop(callback.error("invalid_request").clone()),
            // An empty value counts as no value.
            Stop::Page(page) => assert!(age.is_empty() && asks(&page) == Ask::Email, "max_age={age}"),
        }
    }
}

#[tokio::test]
async fn check_46_malformed_claims_are_invalid() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    for claims in ["{", "[]", "\"x\"", "{\"id_token\":3}", "not json"] {
        refused(server, &request.clone().with("claims", claims), "invalid_request").await;
    }
    let deep = format!("{}{}", "{\"userinfo\":".repeat(200), "}".repeat(200));
    refused(server, &request.with("claims", &deep), "invalid_request").await;
}

#[tokio::test]
async fn check_49_request_objects_are_refused_by_name() {
    let server = Server::shared().await;
    let request = server.portal().authorize();
    refused(server, &request.clone().with("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported").await;
    let uri = "https://app.test/request.jwt";
    refused(server, &request.clone().with("request_uri", uri), "request_uri_not_supported").await;
    refused(server, &request.with("request", "x.y.z").with("request_uri", uri), "invalid_request").await;
}

#[tokio::test]
async fn check_50_case_az17_form_post_answers_success_and_error_by_a_self_submitting_page() {
    let server = Server::shared().await;
    let (portal, mut browser, resident) = (server.portal(), server.browser(), server.resident_with_email());
    let nasty = "'/><img src=x onerror=alert(1)>\"";
    let request = portal.authorize().with("response_mode", "form_post");
    let error = browser.open(&request.clone().with("prompt", "none").with("state", nasty).url()).await.callback();
    assert_eq!(error.mode, Mode::FormPost);
    assert_eq!(error.error("login_required").get("state"), Some(nasty));
    assert!(!error.response.text().contains("<img"), "escaped");
    let stop = browser.open(&request.url()).await;
    let callback = finish(&mut browser, stop, &resident, Factor::Email, &server.into()).await.callback();
    assert_eq!(callback.mode, Mode::FormPost);
    assert_eq!(callback.response.status, 200);
    assert!(callback.response.header("cache-control").contains("no-store"));
    let csp = callback.response.header("content-security-policy");
    assert!(!csp.contains("unsafe-inline") && !csp.is_empty(), "{csp}");
    portal.finish(&request, &callback).await;
}

#[tokio::test]
async fn check_52_response_modes_are_honoured_and_unknown_ones_refused() {
    let server = Server::shared().await;
    let request = server.portal().authorize().with("prompt", "none");
    for (mode, expected) in [("query", Mode::Query), ("fragment", Mode::Fragment), ("form_post", Mode::FormPost)] {
        let callback = server.browser().open(&request.clone().with("response_mode", mode).url()).await.callback();
        assert_eq!(callback.mode, expected);
        callback.error("login_required");
    }
    let callback = refused(server, &request.with("response_mode", "carrier-pigeon"), "invalid_request").await;
    assert_eq!(callback.mode, Mode::Query);
}

#[tokio::test]
async fn check_51_cancelling_any_step_returns_to_the_portal_with_access_denied() {
    let server = Server::shared().await;
    let (portal, resident) = (server.client("partner"), server.resident());
    for step in [Ask::Email, Ask::Password, Ask::Method, Ask::Code, Ask::Consent] {
        let (request, mut browser) = (portal.authorize(), server.browser());
        let resident = if step == Ask::Consent { server.resident() } else { resident.clone() };
        let page = open_until(server, &mut browser, &request, step, &resident, Factor::Totp).await;
        assert_eq!(asks(&page), step);
        let callback = browser.press(&page, "cancel", &[]).await.callback();
        assert_eq!(callback.error("access_denied").get("state"), Some(&*request.state), "{step:?}");
    }
}

#[tokio::test]
async fn check_56_a_cross_site_post_without_cookies_starts_a_sign_in() {
    let server = Server::shared().await;
    let page = server.browser().go(server.portal().authorize().post()).await.page();
    assert_eq!((page.status(), asks(&page)), (200, Ask::Email));
}

#[tokio::test]
async fn check_57_case_se10_other_methods_are_not_allowed() {
    let server = Server::shared().await;
    for method in [http::Method::PUT, http::Method::DELETE, http::Method::PATCH] {
        let answer = Agent::new().send(Request::new(method.clone(), &server.portal().authorize().url())).await;
        assert_eq!(answer.status, 405, "{method}");
    }
    let head = Agent::new().send(Request::new(http::Method::HEAD, &server.portal().authorize().url())).await;
    assert_eq!(head.status, 405);
    assert!(head.headers.get("set-cookie").is_none(), "a HEAD changes nothing");
}

#[tokio::test]
async fn check_58_59_case_az18_pages_let_the_portal_through_and_credential_posts_answer_303() {
    let server = Server::shared().await;
    let (portal, resident) = (server.portal(), server.resident_with_email());
    let (request, mut browser) = (portal.authorize(), server.browser());
    let stop = browser.open(&request.url()).await;
    finish(&mut browser, stop, &resident, Factor::Email, &server.into()).await.callback();
    for answer in &browser.history {
        assert!(!answer.status.is_redirection() || matches!(answer.status.as_u16(), 302 | 303), "{}", answer.status);
        if answer.is_html() {
            let csp = answer.header("content-security-policy");
            assert!(!csp.contains("form-action 'self';") && !csp.ends_with("form-action 'self'"), "{csp}");
            assert_eq!(answer.header("referrer-policy"), "same-origin");
            assert!(answer.header("cache-control").contains("no-store"));
        }
    }
}

#[tokio::test]
async fn check_61_the_page_shows_name_logo_policy_and_terms_of_the_service_that_asked() {
    let server = Server::start(Options::default()).await;
    let plain = server.browser().open(&server.portal().authorize().url()).await.page();
    assert!(plain.text.contains("portal") && !plain.response.text().contains("<img"), "{}", plain.text);
    let (policy, terms) = ("https://bins.example.test/privacy", "https://bins.example.test/terms");
    let add = ["client", "add", "--id", "bins", "--name", "Report a <b>missed</b> bin", "--name-cy", "Bin a fethwyd"];
    let uris = ["--redirect-uri", CALLBACK, "--policy-uri", policy, "--tos-uri", terms];
    server.cli(&[&add[..], &uris, &["--logo-uri", "https://127.0.0.1:9/logo.png"]].concat());
    let party = RelyingParty::new(&server.issuer, "bins", "not needed here");
    let page = crate::support::eventually("the client is known", async || {
        let page = server.browser().open(&party.authorize().url()).await.page();
        (page.status() == 200).then_some(page)
    })
    .await;
    assert_eq!(asks(&page), Ask::Email);
    assert!(page.text.contains("Report a <b>missed</b> bin"), "as text: {}", page.text);
    for uri in [policy, terms] {
        assert!(page.links.iter().any(|link| link.href == uri), "{uri}: {:?}", page.links);
    }
    // The logo comes from here, and is nothing where its address is none that we may ask.
    assert!(page.response.text().contains("src=\"/logo/bins\""));
    Agent::new().get(&server.url("/logo/bins")).await.expect(404);
    let welsh = server.browser().open(&party.authorize().with("ui_locales", "cy").url()).await.page();
    assert!(welsh.text.contains("Bin a fethwyd"), "{}", welsh.text);
    for (flag, bad) in
        [("--policy-uri", "javascript:alert(1)"), ("--tos-uri", "data:text/html,x"), ("--logo-uri", "/x.png")]
    {
        let args = [&["client", "add", "--id", "bad", "--redirect-uri", CALLBACK][..], &[flag, bad]].concat();
        assert!(!cli_output(&server.node.config_file(), &args).status.success(), "{flag} {bad}");
    }
}

#[tokio::test]
async fn check_45_an_essential_level_that_nobody_reaches_is_unmet() {
    let server = Server::shared().await;
    let request = server.portal().authorize().with("prompt", "none");
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["urn:unheard-of"]}}}"#;
    let callback = server.browser().open(&request.with("claims", claims).url()).await.callback();
    let error = callback.get("error").unwrap_or_default();
    assert!(matches!(error, "unmet_authentication_requirements" | "login_required"), "{:?}", callback.params);
}

#[tokio::test]
async fn check_47_74_asked_claims_go_where_they_were_asked_for() {
    let server = Server::shared().await;
    let (portal, mut browser, resident) =
        (server.portal().scope("openid"), server.browser(), server.resident_with_email());
    let claims = r#"{"userinfo":{"email":{"essential":true}},"id_token":{"email_verified":null}}"#;
    let request = portal.authorize().with("claims", claims);
    let tokens = journey::sign_in_with(server, &mut browser, &portal, request, &resident, Factor::Email).await;
    assert_eq!(tokens.claims["email_verified"], true, "{}", tokens.claims);
    assert!(tokens.claims["email"].is_null(), "{}", tokens.claims);
    let found = portal.claims(&tokens.access_token).await;
    assert_eq!(found["email"], resident.email.as_str());
    let plain = server.portal();
    let tokens = sign_in(server, &mut browser, &plain, &resident, Factor::Email).await;
    for claim in ["name", "email", "phone_number", "address", "birthdate"] {
        assert!(tokens.claims[claim].is_null(), "{claim} belongs to userinfo: {}", tokens.claims);
    }
}
