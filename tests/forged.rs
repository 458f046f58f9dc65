//! Tokens that somebody else made: refused wherever a token is taken, and nothing is fetched for them.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::support::{Factor, RelyingParty, Server, Tokens, sign_in};

/// Somebody's server, which nobody should ask.
struct Canary {
    address: String,
    hits: Arc<AtomicUsize>,
}

impl Canary {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        std::thread::spawn(move || {
            for _ in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { address, hits }
    }
}

/// A key that is not the provider's.
struct Attacker {
    key: rcgen::KeyPair,
}

impl Attacker {
    fn jwk(&self, kid: &str) -> Value {
        // An uncompressed point: 0x04, then both coordinates.
        let point = self.key.public_key_raw();
        let (x, y) = (BASE64_URL_SAFE_NO_PAD.encode(&point[1..33]), BASE64_URL_SAFE_NO_PAD.encode(&point[33..65]));
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y })
    }

    /// Claims under a header of the attacker's making, with a signature that its own key verifies.
    fn token(&self, header: &Value, claims: &Value) -> String {
        let encoded = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let key = EncodingKey::from_ec_der(&self.key.serialize_der());
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256).expect("a signature");
        format!("{message}.{signature}")
    }
}

/// Every header by which a token brings, names or hides the key that it is to be checked with.
fn headers(canary: &Canary, attacker: &Attacker, kid: &str) -> Vec<Value> {
    let at = |path: &str| format!("{}/{path}", canary.address);
    let base = json!({ "alg": "ES256", "typ": "JWT" });
    let with = |members: Value| {
        let mut header = base.clone();
        header.as_object_mut().expect("an object").extend(members.as_object().expect("an object").clone());
        header
    };
    vec![
        with(json!({ "jku": at("jwks"), "kid": kid })),
        with(json!({ "jku": at("jwks"), "kid": "attacker" })),
        with(json!({ "x5u": at("cert.pem"), "kid": kid })),
        with(json!({ "x5u": at("cert.pem") })),
        with(json!({ "jwk": attacker.jwk(kid), "kid": kid })),
        with(json!({ "jwk": attacker.jwk("attacker"), "kid": "attacker" })),
        with(json!({ "x5c": ["MIIB"], "kid": kid })),
        with(json!({ "crit": ["exp"], "kid": kid })),
        with(json!({ "kid": at("key") })),
        with(json!({ "kid": "../../../../dev/null" })),
        with(json!({ "kid": "' OR 1=1 --" })),
        with(json!({ "kid": "x\r\nHost: evil.test" })),
        with(json!({ "kid": kid })),
        with(json!({})),
        json!({ "alg": "none", "kid": kid }),
        json!({ "alg": "HS256", "kid": kid }),
    ]
}

/// What a signed-in person's client holds, and the kid of the provider's own key of the attacker's kind.
async fn signed_in(server: &Server) -> (RelyingParty, crate::support::Browser, Tokens, String) {
    let (party, mut browser) = (server.portal(), server.browser());
    let tokens = sign_in(server, &mut browser, &party, &server.resident_with_email(), Factor::Email).await;
    let keys = party.agent.get(&party.url("/jwks")).await.expect(200).json();
    let keys = keys["keys"].as_array().expect("keys");
    let own = keys.iter().find(|key| key["alg"] == "ES256").expect("an ES256 key");
    let kid = own["kid"].as_str().expect("a kid").to_owned();
    (party, browser, tokens, kid)
}

#[tokio::test]
async fn case_jw2_sec_r34_a_token_that_names_its_own_key_is_refused_everywhere_and_nothing_is_fetched() {
    let server = Server::shared().await;
    let (canary, attacker) = (Canary::start(), Attacker { key: rcgen::KeyPair::generate().expect("a key") });
    let (party, mut browser, tokens, kid) = signed_in(server).await;
    for header in headers(&canary, &attacker, &kid) {
        let forged = attacker.token(&header, &tokens.claims);
        // As an access token.
        let refused = party.userinfo(&forged).await.expect(401);
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains("invalid_token"), "{header}: {challenge}");
        // As a hint of who is expected.
        for prompt in ["none", "login"] {
            let request = party.authorize().with("prompt", prompt).with("id_token_hint", &forged);
            let callback = browser.open(&request.url()).await.callback();
            assert_eq!(callback.error("invalid_request").get("state"), Some(&*request.state), "{header}");
        }
        // As a hint of who leaves: nobody is signed out, and nobody is sent on.
        let out = [("id_token_hint", forged.as_str()), ("post_logout_redirect_uri", "http://localhost:9/out")];
        browser.open(&party.logout_url(&out)).await.page();
    }
    // Their honest twins are taken, and the session is alive.
    let request = party.authorize().with("prompt", "none").with("id_token_hint", &tokens.id_token);
    browser.open(&request.url()).await.callback().code();
    party.userinfo(&tokens.access_token).await.expect(200);
    assert_eq!(canary.hits.load(Ordering::Relaxed), 0, "the canary was asked");
}

#[tokio::test]
async fn case_if9_case_jw2_no_parameter_of_any_endpoint_makes_the_server_fetch_an_address() {
    let server = Server::shared().await;
    let canary = Canary::start();
    let (party, mut browser, _, _) = signed_in(server).await;
    let at = |path: &str| format!("{}/{path}", canary.address);
    for name in [
        "request_uri",
        "jwks_uri",
        "logo_uri",
        "policy_uri",
        "sector_identifier_uri",
        "target_link_uri",
        "iss",
        "resource",
        "registration",
        "initiate_login_uri",
        "backchannel_logout_uri",
    ] {
        browser.open(&party.authorize().with("prompt", "none").with(name, &at(name)).url()).await;
        party.token(&[("grant_type", "authorization_code"), ("code", "x"), (name, &at(name))]).await;
        browser.open(&party.logout_url(&[(name, &at(name))])).await;
    }
    assert_eq!(canary.hits.load(Ordering::Relaxed), 0, "the canary was asked");
}
