//! The token endpoint: grants, codes that work once, answers and refusals.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::http::{Request, encode};
use crate::support::{Agent, Authorization, Browser, Factor, Options, RelyingParty, Resident, Server, random, sign_in};

/// A signed-in browser and the way to fresh codes.
struct SignedIn {
    browser: Browser,
    party: RelyingParty,
}

impl SignedIn {
    async fn new(server: &Server, party: RelyingParty, resident: &Resident) -> Self {
        let mut browser = server.browser();
        sign_in(server, &mut browser, &party, resident, Factor::Email).await;
        Self { browser, party }
    }

    /// A new code by single sign-on.
    async fn code(&mut self) -> (Authorization, String) {
        let request = self.party.authorize();
        let callback = self.browser.open(&request.url()).await.callback();
        let code = callback.code().to_owned();
        (request, code)
    }
}

async fn at_portal(server: &Server) -> SignedIn {
    SignedIn::new(server, server.portal(), &server.resident_with_email()).await
}

#[tokio::test]
async fn check_53_69_70_case_tk1_a_code_works_once_and_its_reuse_kills_the_tokens() {
    let server = Server::shared().await;
    let mut signed_in = at_portal(server).await;
    let (request, code) = signed_in.code().await;
    let party = &signed_in.party;
    let token =
        party.redeem(&request, &code).await.expect(200).json()["access_token"].as_str().expect("text").to_owned();
    party.userinfo(&token).await.expect(200);
    party.redeem(&request, &code).await.oauth_error(400, "invalid_grant");
    // check 70
    party.userinfo(&token).await.expect(401);
}

#[tokio::test]
async fn case_tk3_sec_r28_sixteen_parallel_redemptions_of_a_code_have_one_winner() {
    let server = Server::shared().await;
    let mut signed_in = at_portal(server).await;
    for _ in 0..5 {
        let (request, code) = signed_in.code().await;
        let message = signed_in.party.token_request(&signed_in.party.code_params(&request, &code));
        let answers = futures::future::join_all((0..16).map(|_| {
            let message = message.clone();
            async move { Agent::new().send(message).await }
        }))
        .await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{:?}", answers.iter().map(|a| a.status.as_u16()).collect::<Vec<_>>());
        for answer in answers.into_iter().filter(|answer| answer.status != 200) {
            answer.oauth_error(400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn check_53_case_tk5_a_code_dies_after_sixty_seconds() {
    let server = Server::start(Options::default()).await;
    let mut signed_in = at_portal(&server).await;
    let (request, code) = signed_in.code().await;
    server.advance(61).await;
    signed_in.party.redeem(&request, &code).await.oauth_error(400, "invalid_grant");
    let (request, code) = signed_in.code().await;
    server.advance(50).await;
    signed_in.party.redeem(&request, &code).await.expect(200);
}

#[tokio::test]
async fn check_69_case_tk4_a_code_belongs_to_one_client() {
    let server = Server::shared().await;
    let mut signed_in = at_portal(server).await;
    let (request, code) = signed_in.code().await;
    let params = signed_in.party.code_params(&request, &code);
    server.client("second").token(&params).await.oauth_error(400, "invalid_grant");
    server.client("public").token(&params).await.oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn check_69_case_ru7_a_code_is_bound_to_the_redirect_uri_of_its_request() {
    let server = Server::shared().await;
    let party = server.client("second");
    let mut signed_in = SignedIn::new(server, party, &server.resident_with_email()).await;
    let (request, code) = signed_in.code().await;
    let other = signed_in.party.clone().redirect("http://localhost:9/third");
    other.redeem(&request, &code).await.oauth_error(400, "invalid_grant");
    let (request, code) = signed_in.code().await;
    let mut without = signed_in.party.code_params(&request, &code);
    without.retain(|(name, _)| name != "redirect_uri");
    signed_in.party.token(&without).await.oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn check_69_unknown_codes_are_invalid_grants() {
    let server = Server::shared().await;
    let party = server.portal();
    for code in [random(), "x".to_owned(), "é".repeat(40)] {
        party.redeem(&party.authorize(), &code).await.oauth_error(400, "invalid_grant");
    }
    // No code at all is no request (RFC 6749, 3.2: a parameter without a value counts as left out).
    party.redeem(&party.authorize(), "").await.oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn check_62_63_case_tk9_only_post_of_form_fields_is_a_token_request() {
    let server = Server::shared().await;
    let (party, agent, url) = (server.portal(), Agent::new(), server.url("/token"));
    assert_eq!(agent.get(&url).await.status, 405);
    let request = Request::new(http::Method::POST, &url).json(&json!({"grant_type": "client_credentials"}));
    let request = request.basic(&party.client_id, &party.secret);
    // check 63
    agent.send(request).await.oauth_error(400, "invalid_request");
    let in_query = format!("{url}?{}", encode([("grant_type", "client_credentials")]));
    let request = Request::post(&in_query, &[]).basic(&party.client_id, &party.secret);
    agent.send(request).await.oauth_error(400, "invalid_request");
    let twice = [("grant_type", "authorization_code"), ("code", "a"), ("code", "b")];
    party.token(&twice).await.oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn check_64_case_tk9_grant_types_are_named_known_and_allowed() {
    let server = Server::shared().await;
    let party = server.portal();
    party.token(&[("scope", "openid")]).await.oauth_error(400, "invalid_request");
    for grant in ["password", "implicit", "something"] {
        let params = [("grant_type", grant), ("username", "a"), ("password", "b")];
        party.token(&params).await.oauth_error(400, "unsupported_grant_type");
    }
    // case TK10: this client may only use codes.
    party.token(&[("grant_type", "client_credentials")]).await.oauth_error(400, "unauthorized_client");
}

#[tokio::test]
async fn check_83_case_tk10_a_machine_gets_an_access_token_and_nothing_of_a_person() {
    let server = Server::shared().await;
    let machine = server.client("machine");
    let answer = machine.token(&[("grant_type", "client_credentials")]).await.expect(200);
    assert!(answer.header("cache-control").contains("no-store"));
    let body = answer.json();
    assert!(body["id_token"].is_null() && body["refresh_token"].is_null(), "{body}");
    assert_eq!(body["token_type"], "Bearer");
    let token = body["access_token"].as_str().expect("an access token");
    assert!(machine.userinfo(token).await.status.is_client_error(), "no person to tell about");
    // A person's scopes mean nothing to a machine: they are left out, and open nothing.
    let asked = [("grant_type", "client_credentials"), ("scope", "openid profile")];
    let body = machine.token(&asked).await.expect(200).json();
    assert!(body["id_token"].is_null() && body["refresh_token"].is_null(), "{body}");
    assert_eq!(body["scope"].as_str().unwrap_or_default(), "");
    let refused = machine.userinfo(body["access_token"].as_str().expect("a token")).await;
    assert!(refused.status.is_client_error() && !refused.text().contains("sub"), "{}", refused.text());
}

#[tokio::test]
async fn check_72_73_79_the_answer_and_the_id_token_have_everything_in_place() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.portal(), server.browser());
    let before = server.now();
    let tokens = sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let claims = &tokens.claims;
    assert_eq!(claims["aud"], "portal");
    assert_eq!(tokens.header.alg, jsonwebtoken::Algorithm::RS256, "the default");
    let number = |name: &str| claims[name].as_i64().unwrap_or_else(|| panic!("{name}: {claims}"));
    assert!(number("exp") > number("iat") && number("exp") - number("iat") <= 3600, "{claims}");
    assert!((before - 2..=server.now() + 2).contains(&number("auth_time")), "{claims}");
    assert_eq!(tokens.acr(), "2fa");
    assert_eq!(tokens.amr(), ["email", "mfa", "otp", "pwd"]);
    assert!(!tokens.sid().is_empty());
    if let Some(hash) = claims["at_hash"].as_str() {
        use base64::Engine;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, tokens.access_token.as_bytes());
        assert_eq!(hash, base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
    } else {
        panic!("at_hash: {claims}");
    }
    let known: BTreeSet<&str> =
        ["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "acr", "amr", "azp", "at_hash", "sid", "jti", "nbf"]
            .into();
    for name in claims.as_object().expect("claims").keys() {
        assert!(known.contains(name.as_str()), "{name} was not asked for: {claims}");
    }
    assert!(tokens.access_token.len() >= 43 && tokens.access_token.is_ascii());
    // check 75: nobody asked for more than this sign-in.
    assert!(tokens.body["refresh_token"].is_null(), "{}", tokens.body);
}

#[tokio::test]
async fn check_79_codes_are_43_characters_of_base64url_and_never_alike() {
    let server = Server::shared().await;
    let mut signed_in = at_portal(server).await;
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let (_, code) = signed_in.code().await;
        assert_eq!(code.len(), 43, "{code}");
        assert!(code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "{code}");
        assert!(seen.insert(code));
    }
}

#[tokio::test]
async fn check_84_sec_r51_nonsense_is_a_client_error_and_never_a_500() {
    let server = Server::shared().await;
    let (party, agent, url) = (server.portal(), Agent::new(), server.url("/token"));
    let form = || {
        Request::new(http::Method::POST, &url)
            .header("content-type", "application/x-www-form-urlencoded")
            .basic(&party.client_id, &party.secret)
    };
    let bodies: [Vec<u8>; 6] = [
        b"grant_type=%ff%fe&code=%80".to_vec(),
        b"\xff\xfe\xfd".to_vec(),
        b"grant_type=authorization_code&code=%".to_vec(),
        format!("grant_type=authorization_code&code={}", "c".repeat(20_000)).into_bytes(),
        b"&&&===&&&".to_vec(),
        vec![b'a'; 200_000],
    ];
    for body in bodies {
        let label = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = agent.send(form().body(body)).await;
        assert!(matches!(answer.status.as_u16(), 400 | 413), "{label}: {}", answer.status);
    }
    agent.send(Request::get(&server.url("/healthz"))).await.expect(200);
}
