//! Proof keys: S256 or nothing, and the verifier of this very request.

use crate::support::relying_party::challenge;
use crate::support::{Factor, RelyingParty, Server, random, sign_in};

#[tokio::test]
async fn check_48_sec_r29_case_pk1_requests_without_an_s256_challenge_are_refused() {
    let server = Server::shared().await;
    for client in ["portal", "public"] {
        let request = server.client(client).authorize();
        let bare = request.clone().without("code_challenge").without("code_challenge_method");
        let plain = request.clone().with("code_challenge_method", "plain");
        // Without a method the challenge is plain (RFC 7636 section 4.3).
        let unnamed = request.clone().without("code_challenge_method");
        let unknown = request.clone().with("code_challenge_method", "S512");
        let short = request.clone().with("code_challenge", "abc");
        let long = request.clone().with("code_challenge", &"a".repeat(129));
        for wrong in [bare, plain, unnamed, unknown, short, long] {
            let callback = server.browser().open(&wrong.url()).await.callback();
            assert_eq!(callback.error("invalid_request").get("state"), Some(&*request.state));
        }
    }
}

/// Redeems a new code of a signed-in browser with this verifier.
async fn redeem_with(
    browser: &mut crate::support::Browser,
    party: &RelyingParty,
    good: &str,
    sent: Option<&str>,
) -> crate::support::Response {
    let request = party.authorize().with("code_challenge", &challenge(good));
    let callback = browser.open(&request.url()).await.callback();
    let mut params = party.code_params(&request, callback.code());
    params.retain(|(name, _)| name != "code_verifier");
    params.extend(sent.map(|verifier| ("code_verifier".to_owned(), verifier.to_owned())));
    party.token(&params).await
}

#[tokio::test]
async fn check_71_case_pk1_the_verifier_is_right_in_full_or_the_grant_is_invalid() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.portal(), server.browser());
    sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let good = random();
    redeem_with(&mut browser, &party, &good, Some(&good)).await.expect(200);
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    for wrong in [None, Some(random()), Some(good[..42].to_owned()), Some(String::new())] {
        redeem_with(&mut browser, &party, &good, wrong.as_deref()).await.oauth_error(400, "invalid_grant");
    }
    // A verifier of a forbidden length is wrong even where its hash matches.
    for verifier in [&short, &long] {
        redeem_with(&mut browser, &party, verifier, Some(verifier)).await.oauth_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn check_71_case_pk3_a_verifier_without_a_challenge_is_a_downgrade() {
    let server = Server::shared().await;
    let (party, mut browser) = (server.client("without-pkce"), server.browser());
    sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let request = party.authorize().without("code_challenge").without("code_challenge_method");
    let callback = browser.open(&request.url()).await.callback();
    party.redeem(&request, callback.code()).await.oauth_error(400, "invalid_grant");
    let callback = browser.open(&request.url()).await.callback();
    let mut params = party.code_params(&request, callback.code());
    params.retain(|(name, _)| name != "code_verifier");
    party.token(&params).await.expect(200);
}
