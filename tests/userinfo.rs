//! The userinfo endpoint: who may ask, how, and what is told.

use crate::support::http::{Request, encode};
use crate::support::relying_party::{CALLBACK, RelyingParty};
use crate::support::{Agent, Factor, Options, Server, Tokens, random, sign_in};

async fn signed_in(server: &Server, party: &RelyingParty) -> Tokens {
    sign_in(server, &mut server.browser(), party, &server.resident_with_email(), Factor::Email).await
}

#[tokio::test]
async fn check_85_89_91_get_post_and_form_body_answer_alike() {
    let server = Server::shared().await;
    let party = server.portal();
    let tokens = signed_in(server, &party).await;
    let (agent, url, token) = (Agent::new(), server.url("/userinfo"), &*tokens.access_token);
    let expected = agent.send(Request::get(&url).bearer(token)).await.expect(200).json();
    assert_eq!(expected["sub"], tokens.sub());
    let post = Request::new(http::Method::POST, &url).bearer(token);
    assert_eq!(agent.send(post).await.expect(200).json(), expected);
    let lower = Request::get(&url).header("authorization", &format!("bEARER {token}"));
    assert_eq!(agent.send(lower).await.expect(200).json(), expected);
    assert_eq!(agent.post(&url, &[("access_token", token)]).await.expect(200).json(), expected);
}

#[tokio::test]
async fn check_86_without_a_good_token_the_challenge_says_what_is_wrong() {
    let server = Server::shared().await;
    let (agent, url) = (Agent::new(), server.url("/userinfo"));
    let bare = agent.get(&url).await.expect(401);
    let challenge = bare.header("www-authenticate");
    assert!(challenge.starts_with("Bearer") && !challenge.contains("error="), "{challenge}");
    for token in [random(), "x".to_owned(), "a.b.c".to_owned()] {
        let answer = agent.send(Request::get(&url).bearer(&token)).await.expect(401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer") && challenge.contains("invalid_token"), "{challenge}");
    }
}

#[tokio::test]
async fn check_86_an_access_token_expires() {
    let server = Server::start(Options::default()).await;
    let party = server.portal();
    let tokens = signed_in(&server, &party).await;
    let life = tokens.body["expires_in"].as_i64().expect("seconds");
    assert!(life <= 900, "at most a quarter of an hour: {life}");
    party.userinfo(&tokens.access_token).await.expect(200);
    server.advance(life + 1).await;
    party.userinfo(&tokens.access_token).await.expect(401);
}

#[tokio::test]
async fn check_87_a_token_without_openid_has_insufficient_scope() {
    let server = Server::shared().await;
    let (party, mut browser, resident) = (server.portal(), server.browser(), server.resident_with_email());
    sign_in(server, &mut browser, &party, &resident, Factor::Email).await;
    let request = party.authorize().with("scope", "profile");
    let callback = browser.open(&request.url()).await.callback();
    let answer = party.redeem(&request, callback.code()).await.expect(200).json();
    let token = answer["access_token"].as_str().expect("a token");
    let refused = party.userinfo(token).await.expect(403);
    assert!(refused.header("www-authenticate").contains("insufficient_scope"), "{:?}", refused.headers);
}

#[tokio::test]
async fn check_88_a_token_in_the_address_is_never_accepted() {
    let server = Server::shared().await;
    let tokens = signed_in(server, &server.portal()).await;
    let url = format!("{}?{}", server.url("/userinfo"), encode([("access_token", &*tokens.access_token)]));
    let answer = Agent::new().get(&url).await.expect(400);
    assert!(answer.header("www-authenticate").contains("invalid_request"), "{:?}", answer.headers);
    assert!(!answer.text().contains("sub"), "{}", answer.text());
    let both = Request::post(&server.url("/userinfo"), &[("access_token", &tokens.access_token)]);
    let answer = Agent::new().send(both.bearer(&tokens.access_token)).await;
    assert_eq!(answer.status, 400, "two ways at once");
}

#[tokio::test]
async fn check_90_claims_follow_the_granted_scopes_and_nothing_is_empty() {
    let server = Server::shared().await;
    let (mut browser, resident) = (server.browser(), server.resident_with_email());
    let all = server.portal();
    let tokens = sign_in(server, &mut browser, &all, &resident, Factor::Email).await;
    let claims = all.claims(&tokens.access_token).await;
    assert_eq!(claims["email"], resident.email.as_str());
    assert_eq!(claims["email_verified"], true);
    for (name, value) in claims.as_object().expect("claims") {
        assert!(!value.is_null() && value.as_str() != Some("") && value.as_str() != Some("null"), "{name}: {claims}");
    }
    if let Some(at) = claims["updated_at"].as_i64() {
        assert!(at < 100_000_000_000, "seconds, not milliseconds: {at}");
    }
    let party = server.portal().scope("openid");
    let tokens = sign_in(server, &mut browser, &party, &resident, Factor::Email).await;
    let claims = party.claims(&tokens.access_token).await;
    assert_eq!(claims.as_object().expect("claims").keys().collect::<Vec<_>>(), ["sub"]);
}

#[tokio::test]
async fn check_90_every_standard_claim_of_every_scope_can_be_told() {
    let server = Server::start(Options::default()).await;
    let claims = serde_json::json!({
        "given_name": "Ada", "family_name": "Lovelace", "middle_name": "King", "nickname": "Ada",
        "preferred_username": "ada", "profile": "https://example.test/ada", "picture": "https://example.test/ada.png",
        "website": "https://example.test", "gender": "female", "birthdate": "1815-12-10",
        "zoneinfo": "Europe/London", "locale": "en-GB", "name": "Ada Lovelace",
        "address": {"street_address": "1 High Street", "locality": "London", "postal_code": "N1 1AA", "country": "GB"}
    });
    let email = "ada@example.test";
    let args =
        ["user", "add", "--email", email, "--password", crate::support::seed::PASSWORD, "--phone", "+447700900123"];
    server.cli(&[&args[..], &["--claims", &claims.to_string()]].concat());
    let resident = crate::support::Resident { email: email.to_owned(), ..server.resident_with_email() };
    let party = server.portal();
    let tokens = sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
    let found = party.claims(&tokens.access_token).await;
    for (name, value) in claims.as_object().expect("claims") {
        if name == "address" {
            for (part, value) in value.as_object().expect("an address") {
                assert_eq!(&found["address"][part], value, "{part}: {found}");
            }
        } else {
            assert_eq!(&found[name], value, "{name}: {found}");
        }
    }
    assert!(found["updated_at"].is_i64(), "{found}");
    assert_eq!(found["phone_number"], "+447700900123");
    assert!(found["phone_number_verified"].is_boolean(), "{found}");
}

#[tokio::test]
async fn check_93_browser_clients_may_call_from_their_registered_origin_only() {
    let server = Server::shared().await;
    let tokens = signed_in(server, &server.client("public")).await;
    let ask = async |origin: &str| {
        let request = Request::get(&server.url("/userinfo")).bearer(&tokens.access_token).header("origin", origin);
        Agent::new().send(request).await
    };
    let own = CALLBACK.trim_end_matches("/cb");
    assert_eq!(ask(own).await.header("access-control-allow-origin"), own);
    // A stranger, a client that keeps a secret and so is no script, and the origin of every sandboxed frame, which is also
    // what the address of an app would give.
    for origin in ["https://evil.test", "https://app.test", "null", "http://localhost:99", ""] {
        let answer = ask(origin).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{origin}");
    }
    for path in ["/token", "/userinfo"] {
        let preflight = async |origin: &str| {
            let request = Request::new(http::Method::OPTIONS, &server.url(path)).header("origin", origin);
            Agent::new().send(request.header("access-control-request-method", "POST")).await
        };
        assert_eq!(preflight(own).await.header("access-control-allow-origin"), own, "{path}");
        assert_eq!(preflight("null").await.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn case_jw1_a_rewritten_or_unsigned_token_is_no_access_token() {
    use base64::Engine;
    let server = Server::shared().await;
    let party = server.portal();
    let tokens = signed_in(server, &party).await;
    let encode = |text: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text);
    let payload = tokens.id_token.split('.').nth(1).expect("a payload");
    for header in [
        r#"{"alg":"none","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","kid":"../../dev/null"}"#,
        r#"{"alg":"RS256","jku":"http://localhost:9/keys","kid":"1"}"#,
    ] {
        let forged = format!("{}.{payload}.{}", encode(header), encode("signature"));
        party.userinfo(&forged).await.expect(401);
    }
    // An ID token is not an access token.
    party.userinfo(&tokens.id_token).await.expect(401);
}

#[tokio::test]
async fn check_92_a_client_may_have_its_answers_signed() {
    let server = Server::shared().await;
    let party = server.client("signed");
    let tokens = signed_in(server, &party).await;
    let answer = party.userinfo(&tokens.access_token).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/jwt");
    let (header, claims) = crate::support::tokens::open(&party, &answer.text(), &["iss", "aud"]).await;
    assert_eq!(header.alg, jsonwebtoken::Algorithm::ES256);
    assert_eq!((&claims["iss"], &claims["aud"]), (&tokens.claims["iss"], &"signed".into()));
    assert_eq!(claims["sub"], tokens.sub());
    assert!(claims["email"].is_string() && claims["nonce"].is_null(), "{claims}");
}
