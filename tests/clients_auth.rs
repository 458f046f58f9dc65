//! How clients prove who they are.

use crate::support::http::Request;
use crate::support::relying_party::ClientAuth;
use crate::support::seed::AWKWARD_SECRET;
use crate::support::{Agent, Factor, RelyingParty, Server, random, sign_in};

const GRANT: &[(&str, &str)] =
    &[("grant_type", "authorization_code"), ("code", "unknown"), ("redirect_uri", "http://localhost:9/cb")];

fn with_secret(party: &RelyingParty, secret: &str) -> RelyingParty {
    RelyingParty { secret: secret.to_owned(), agent: Agent::new(), ..party.clone() }
}

#[tokio::test]
async fn check_65_case_ca1_a_wrong_secret_is_an_invalid_client_with_a_challenge() {
    let server = Server::shared().await;
    let portal = server.portal();
    for secret in ["", "wrong", &random(), "second-secret-0123456789-0123456789-abcdef", &portal.secret[1..]] {
        let answer = with_secret(&portal, secret).token(GRANT).await;
        assert!(answer.header("www-authenticate").starts_with("Basic"), "{:?}", answer.headers);
        answer.oauth_error(401, "invalid_client");
    }
    // No secret at all, only the proof key.
    portal.clone().auth(ClientAuth::None).token(GRANT).await.oauth_error(401, "invalid_client");
    let nobody = RelyingParty { client_id: "nobody".to_owned(), ..portal };
    nobody.token(GRANT).await.oauth_error(401, "invalid_client");
}

#[tokio::test]
async fn check_67_case_ca2_two_methods_at_once_are_an_invalid_request() {
    let server = Server::shared().await;
    let portal = server.portal();
    let body = [GRANT, &[("client_id", "portal"), ("client_secret", &*portal.secret)]].concat();
    portal.token(&body).await.oauth_error(400, "invalid_request");
    let twice =
        Request::post(&server.url("/token"), GRANT).basic("portal", &portal.secret).basic("portal", &portal.secret);
    Agent::new().send(twice).await.oauth_error(400, "invalid_request");
}

#[tokio::test]
async fn check_68_a_client_has_one_registered_method() {
    let server = Server::shared().await;
    for (id, auth) in [("portal", ClientAuth::Post), ("post", ClientAuth::Basic), ("public", ClientAuth::Basic)] {
        server.client(id).auth(auth).token(GRANT).await.oauth_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn check_66_case_ca9_basic_credentials_are_form_decoded() {
    let server = Server::shared().await;
    let awkward = server.client("awkward");
    awkward.token(GRANT).await.oauth_error(400, "invalid_grant");
    let raw = Request::post(&server.url("/token"), GRANT).basic_raw(&format!("awkward:{AWKWARD_SECRET}"));
    Agent::new().send(raw).await.oauth_error(401, "invalid_client");
    for broken in ["Basic", "Basic !!!", "Basic Og==", "Basic cG9ydGFs", "Digest x"] {
        let request = Request::post(&server.url("/token"), GRANT).header("authorization", broken);
        let answer = Agent::new().send(request).await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{broken}: {}", answer.status);
    }
}

#[tokio::test]
async fn case_ca9_guessing_a_secret_is_throttled_by_address_and_the_owner_works_on() {
    let server = Server::start(crate::support::Options::default()).await;
    let guesser = with_secret(&server.portal(), "wrong");
    let mut statuses = Vec::new();
    for _ in 0..110 {
        statuses.push(guesser.token(GRANT).await.status.as_u16());
    }
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    server.portal().token(GRANT).await.oauth_error(400, "invalid_grant");
}

#[tokio::test]
async fn check_66_68_each_registered_method_works_in_the_whole_flow() {
    let server = Server::shared().await;
    for id in ["portal", "post", "public", "awkward"] {
        let party = server.client(id);
        let tokens = sign_in(server, &mut server.browser(), &party, &server.resident_with_email(), Factor::Email).await;
        assert_eq!(tokens.claims["aud"], id);
    }
}
