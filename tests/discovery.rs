//! Metadata and keys: what the issuer says about itself, and that it keeps its word.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::http::Request;
use crate::support::relying_party::issuer_name;
use crate::support::{Agent, Factor, Server, sign_in};

/// Names registered for OpenID Connect and OAuth metadata that this product may publish.
const REGISTERED: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "registration_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "acr_values_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "id_token_encryption_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    "request_object_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "display_values_supported",
    "claim_types_supported",
    "claims_supported",
    "service_documentation",
    "claims_locales_supported",
    "ui_locales_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "op_policy_uri",
    "op_tos_uri",
    "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported",
    "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "code_challenge_methods_supported",
    "device_authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "dpop_signing_alg_values_supported",
    "end_session_endpoint",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "authorization_response_iss_parameter_supported",
    "require_signed_request_object",
    "tls_client_certificate_bound_access_tokens",
    "mtls_endpoint_aliases",
    "prompt_values_supported",
    "authorization_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
];

async fn metadata(server: &Server) -> Value {
    Agent::new().get(&server.url("/.well-known/openid-configuration")).await.expect(200).json()
}

#[track_caller]
fn list<'a>(metadata: &'a Value, name: &str) -> Vec<&'a str> {
    let found = metadata[name].as_array().unwrap_or_else(|| panic!("{name} is a list: {}", metadata[name]));
    found.iter().map(|value| value.as_str().expect("a list of texts")).collect()
}

#[tokio::test]
async fn check_1_2_the_document_names_one_issuer_and_only_registered_things() {
    let server = Server::shared().await;
    let found = metadata(server).await;
    let issuer = issuer_name(&server.issuer);
    assert_eq!(found["issuer"], issuer);
    for (name, value) in found.as_object().expect("an object") {
        assert!(REGISTERED.contains(&name.as_str()), "{name} is not a registered name");
        assert!(!value.is_null(), "{name} is null");
        assert!(value.as_array().is_none_or(|list| !list.is_empty()), "{name} is empty");
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let url = value.as_str().expect("an address");
            assert!(url.starts_with(&format!("{issuer}/")), "{name}: {url}");
        }
    }
}

#[tokio::test]
async fn check_3_to_7_and_11_the_document_says_what_the_provider_does() {
    let found = metadata(Server::shared().await).await;
    let algorithms = list(&found, "id_token_signing_alg_values_supported");
    assert!(algorithms.contains(&"RS256"), "{algorithms:?}");
    assert!(algorithms.iter().any(|alg| matches!(*alg, "PS256" | "ES256")), "{algorithms:?}");
    assert!(algorithms.iter().all(|alg| *alg != "none" && !alg.starts_with("HS")), "{algorithms:?}");
    assert!(found["request_uri_parameter_supported"].is_boolean(), "absent means true");
    if !found["request_object_signing_alg_values_supported"].is_null() {
        assert!(!list(&found, "request_object_signing_alg_values_supported").contains(&"none"));
    }
    assert_eq!(list(&found, "code_challenge_methods_supported"), ["S256"]);
    assert!(list(&found, "response_types_supported").contains(&"code"));
    let modes: BTreeSet<_> = list(&found, "response_modes_supported").into_iter().collect();
    assert!(modes.is_superset(&BTreeSet::from(["form_post", "fragment", "query"])), "{modes:?}");
    let grants = list(&found, "grant_types_supported");
    assert!(grants.contains(&"authorization_code") && grants.contains(&"client_credentials"), "{grants:?}");
    let methods: BTreeSet<_> = list(&found, "token_endpoint_auth_methods_supported").into_iter().collect();
    assert!(methods.is_superset(&BTreeSet::from(["client_secret_basic", "client_secret_post", "none"])), "{methods:?}");
    assert_eq!(found["authorization_response_iss_parameter_supported"], true);
    assert!(found["end_session_endpoint"].is_string());
    for channel in ["backchannel", "frontchannel"] {
        let (on, session) = (format!("{channel}_logout_supported"), format!("{channel}_logout_session_supported"));
        assert_eq!(found[&on].is_boolean(), found[&session].is_boolean(), "{channel}: both or neither");
    }
}

#[tokio::test]
async fn check_8_9_10_scopes_claims_levels_and_languages_are_listed() {
    let found = metadata(Server::shared().await).await;
    let scopes = list(&found, "scopes_supported");
    for scope in ["openid", "profile", "email", "address", "phone"] {
        assert!(scopes.contains(&scope), "{scope} in {scopes:?}");
    }
    let claims = list(&found, "claims_supported");
    for claim in
        ["sub", "name", "given_name", "family_name", "email", "email_verified", "phone_number", "address", "acr"]
    {
        assert!(claims.contains(&claim), "{claim} in {claims:?}");
    }
    let levels = list(&found, "acr_values_supported");
    let rank = |level: &str| {
        levels.iter().position(|found| *found == level).unwrap_or_else(|| panic!("{level} in {levels:?}"))
    };
    assert!(rank("1fa") < rank("2fa") && rank("2fa") < rank("phr"), "weakest first: {levels:?}");
    let languages = list(&found, "ui_locales_supported");
    assert!(languages.iter().any(|tag| matches!(*tag, "en" | "en-GB")) && languages.contains(&"cy"), "{languages:?}");
}

#[tokio::test]
async fn check_12_the_oauth_document_equals_the_openid_one() {
    let server = Server::shared().await;
    let oauth = Agent::new().get(&server.url("/.well-known/oauth-authorization-server")).await.expect(200).json();
    assert_eq!(oauth, metadata(server).await);
}

#[tokio::test]
async fn check_13_case_jw6_the_key_set_shows_public_parts_of_strong_keys() {
    let server = Server::shared().await;
    let answer = Agent::new().get(&server.url("/jwks")).await.expect(200);
    assert!(answer.header("cache-control").contains("max-age"), "{:?}", answer.headers);
    let keys = serde_json::from_slice::<Value>(&answer.body).expect("JSON");
    let keys = keys["keys"].as_array().expect("a list of keys");
    let mut kids = BTreeSet::new();
    let mut algorithms = BTreeSet::new();
    for key in keys {
        assert!(kids.insert(key["kid"].as_str().expect("a kid").to_owned()), "kids are unique");
        assert_eq!(key["use"], "sig");
        algorithms.insert(key["alg"].as_str().expect("an alg"));
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(key[private].is_null(), "a private part {private}");
        }
        match key["kty"].as_str() {
            Some("RSA") => assert!(key["n"].as_str().is_some_and(|n| n.len() >= 342), "RSA of 2048 bits or more"),
            Some("EC") => assert_eq!(key["crv"], "P-256"),
            Some("OKP") => assert_eq!(key["crv"], "Ed25519"),
            other => panic!("a key of type {other:?}"),
        }
    }
    assert!(algorithms.contains("RS256") && algorithms.contains("ES256"), "{algorithms:?}");
}

#[tokio::test]
async fn check_14_a_rotated_key_is_published_before_it_signs_and_the_old_one_stays() {
    let server = Server::start(crate::support::Options::default()).await;
    let (portal, mut browser) = (server.portal(), server.browser());
    let kids = async || -> BTreeSet<String> {
        let keys = Agent::new().get(&server.url("/jwks")).await.json();
        keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].as_str().expect("kid").to_owned()).collect()
    };
    let before = kids().await;
    let first = sign_in(&server, &mut browser, &portal, &server.resident_with_email(), Factor::Email).await;
    server.cli(&["keys", "rotate"]);
    let after = crate::support::eventually("a new key is published", async || {
        let now = kids().await;
        (now.len() > before.len()).then_some(now)
    })
    .await;
    assert!(after.is_superset(&before), "old keys stay published");
    // verify() fetches the keys again: the old token still verifies.
    crate::support::tokens::verify(&portal, &first.id_token).await;
    let mut other = server.browser();
    let second = sign_in(&server, &mut other, &portal, &server.resident_with_email(), Factor::Email).await;
    assert!(after.contains(second.header.kid.as_deref().expect("a kid")));
}

#[tokio::test]
async fn check_15_metadata_and_keys_may_be_cached_and_read_by_any_origin() {
    let server = Server::shared().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"] {
        let request = Request::get(&server.url(path)).header("origin", "https://anywhere.test");
        let answer = Agent::new().send(request).await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(!answer.header("etag").is_empty(), "{path}: {:?}", answer.headers);
        assert!(answer.header("cache-control").contains("max-age"), "{path}: {:?}", answer.headers);
        assert!(answer.header("access-control-allow-credentials").is_empty(), "{path}");
    }
}
