//! The stand-ins for Google and Facebook, seen from outside: they are what the configuration says and refuse what the
//! real services refuse.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;

use crate::support::demo::Demo;
use crate::support::http::encode;
use crate::support::server::{cli, cli_output};
use crate::support::upstreams::Upstreams;
use crate::support::{Agent, Request, random};

const ISSUER: &str = "http://localhost:9";

/// A verifier and the challenge that is made of it.
fn pkce() -> (String, String) {
    let verifier = random();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref());
    (verifier, challenge)
}

fn code_of(back: &str) -> String {
    let url: Url = back.parse().expect("an address");
    assert!(url.query_pairs().any(|(name, value)| name == "state" && value == "s"), "{back}");
    url.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned()).expect("a code")
}

#[tokio::test]
async fn sec_r40_the_google_stand_in_gives_an_id_token_once_for_the_right_secret_redirect_uri_and_verifier() {
    let upstreams = Upstreams::start().await;
    upstreams.admit(ISSUER).await;
    let agent = Agent::new();
    let google = format!("{}/google", upstreams.base);
    let metadata = agent.get(&format!("{google}/.well-known/openid-configuration")).await.expect(200).json();
    assert_eq!(metadata["issuer"], google.as_str());
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (id, secret) = (text(&upstreams.about["google"]["id"]), text(&upstreams.about["google"]["secret"]));
    let redirect_uri = format!("{ISSUER}/federated/google/callback");
    let (verifier, challenge) = pkce();
    let query = encode([
        ("client_id", id.as_str()),
        ("redirect_uri", &redirect_uri),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let authorize = format!("{}?{query}", text(&metadata["authorization_endpoint"]));
    let token = text(&metadata["token_endpoint"]);
    let redeem = async |code: &str, secret: &str, redirect_uri: &str, verifier: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        agent.send(Request::post(&token, &fields).basic(&id, secret)).await
    };
    for (secret, uri, verifier, status, error) in [
        ("wrong", redirect_uri.as_str(), verifier.as_str(), 401, "invalid_client"),
        (secret.as_str(), "http://localhost:9/federated/google/callback/", &verifier, 400, "redirect_uri_mismatch"),
        (secret.as_str(), &redirect_uri, "", 400, "invalid_grant"),
        (secret.as_str(), &redirect_uri, &random(), 400, "invalid_grant"),
    ] {
        let code = code_of(&upstreams.choose(&authorize, "resident", &[]).await);
        redeem(&code, secret, uri, verifier).await.oauth_error(status, error);
    }
    let code = code_of(&upstreams.choose(&authorize, "own", &[("sub", "somebody")]).await);
    let tokens = redeem(&code, &secret, &redirect_uri, &verifier).await.expect(200).json();
    let payload = text(&tokens["id_token"]).split('.').nth(1).map(|part| BASE64_URL_SAFE_NO_PAD.decode(part));
    let claims: Value = serde_json::from_slice(&payload.expect("a payload").expect("base64url")).expect("claims");
    assert_eq!(
        (&claims["sub"], &claims["nonce"], &claims["aud"]),
        (&"somebody".into(), &"n".into(), &id.as_str().into())
    );
    redeem(&code, &secret, &redirect_uri, &verifier).await.oauth_error(400, "invalid_grant");
    assert!(upstreams.requests("google.token").await >= 6);

    let code = code_of(&upstreams.choose(&authorize, "resident", &[]).await);
    upstreams.advance(601).await;
    redeem(&code, &secret, &redirect_uri, &verifier).await.oauth_error(400, "invalid_grant");
    let other = authorize.replace("callback", "elsewhere");
    let page = upstreams.page(&other).await;
    assert_eq!((page.status(), page.forms.len()), (400, 0), "{}", page.text);
}

#[tokio::test]
async fn sec_r40_what_the_stand_ins_print_is_a_configuration() {
    let upstreams = Upstreams::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("idp.toml");
    std::fs::write(&file, format!("[development]\n{}", upstreams.config())).expect("written");
    assert_eq!(cli(&file, &["config", "check"])["valid"], true);

    let found = |checks: &Value| {
        let check = checks.as_array().expect("checks").iter().find(|check| check["check"] == "identity providers");
        check.expect("listed").clone()
    };
    let doctor = found(&cli(&file, &["doctor"]));
    assert_eq!(doctor["remark"], "facebook answers; google answers; partner answers", "{doctor}");
    let secret = upstreams.about["facebook"]["secret"].as_str().expect("a secret");
    let spoilt = std::fs::read_to_string(&file).expect("written").replace(secret, "another");
    std::fs::write(&file, spoilt).expect("written");
    let output = cli_output(&file, &["doctor"]);
    let doctor = found(&serde_json::from_slice(&output.stdout).expect("JSON"));
    assert!(!output.status.success() && doctor["state"] == "fail", "{doctor}");
    assert!(doctor["remark"].as_str().is_some_and(|remark| remark.contains("facebook: ")), "{doctor}");
}

#[tokio::test]
async fn demo_has_stand_ins_for_google_and_facebook_at_the_third_port() {
    let demo = Demo::start().await;
    let agent = Agent::new();
    let port = demo.issuer.port().expect("a port");
    let base = format!("http://localhost:{}", port + 2);
    let about = agent.get(demo.issuer.join("/dev/demo.json").expect("a path").as_str()).await.json();
    assert_eq!(about["upstreams"]["google"]["issuer"], format!("{base}/google"));
    assert_eq!(about["upstreams"]["google"]["first"], "resident@gmail.com");
    let stand_ins = agent.get(about["upstreams"]["about"].as_str().expect("an address")).await.expect(200).json();
    let callback = format!("http://localhost:{port}/federated/facebook/callback");
    assert!(stand_ins["redirect_uris"].as_array().is_some_and(|uris| uris.contains(&callback.into())), "{stand_ins}");
    agent.get(about["upstreams"]["facebook"]["notices"].as_str().expect("an address")).await.expect(200);
    agent.get(&format!("{base}/google/.well-known/openid-configuration")).await.expect(200);
    assert!(demo.printed().contains(&base), "{}", demo.printed());
}
