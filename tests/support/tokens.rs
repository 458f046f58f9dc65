//! Token answers and ID tokens, verified against the published keys.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::Value;

use super::http::Response;
use super::relying_party::{RelyingParty, issuer_name};

/// A token answer that has been checked.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access_token: String,
    pub id_token: String,
    /// The ID token's claims.
    pub claims: Value,
    pub header: Header,
    /// The whole answer.
    pub body: Value,
}

impl Tokens {
    pub fn acr(&self) -> &str {
        self.claims["acr"].as_str().unwrap_or_default()
    }

    /// The methods, sorted.
    pub fn amr(&self) -> Vec<&str> {
        let mut found: Vec<&str> =
            self.claims["amr"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        found.sort_unstable();
        found
    }

    pub fn sub(&self) -> &str {
        self.claims["sub"].as_str().expect("sub is text")
    }

    pub fn sid(&self) -> &str {
        self.claims["sid"].as_str().expect("sid is text")
    }

    /// A further claim of the ID token, as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    pub fn auth_time(&self) -> i64 {
        self.claims["auth_time"].as_i64().expect("auth_time is a number")
    }
}

/// Checks what every token answer has to be, and verifies the ID token.
pub async fn check(party: &RelyingParty, answer: &Response) -> Tokens {
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
    let body = answer.json();
    let kind = body["token_type"].as_str().unwrap_or_default();
    assert!(kind.eq_ignore_ascii_case("Bearer"), "{body}");
    assert!(body["expires_in"].as_u64().is_some_and(|s| (1..=31_536_000).contains(&s)), "{body}");
    let access_token = body["access_token"].as_str().expect("an access token").to_owned();
    let id_token = body["id_token"].as_str().expect("an ID token").to_owned();
    let (header, claims) = verify(party, &id_token).await;
    Tokens { access_token, id_token, claims, header, body }
}

/// Verifies signature, issuer, audience and expiry of an ID token.
pub async fn verify(party: &RelyingParty, id_token: &str) -> (Header, Value) {
    let (header, claims) = open(party, id_token, &["exp", "iss", "aud", "sub"]).await;
    assert!(claims["iat"].as_i64().is_some(), "{claims}");
    (header, claims)
}

/// Verifies signature, issuer and audience of a token that has at least these claims.
pub async fn open(party: &RelyingParty, token: &str, required: &[&str]) -> (Header, Value) {
    let keys = jwks(party).await;
    let header = decode_header(token).expect("a JWS header");
    let kid = header.kid.as_deref().expect("a kid");
    let jwk = keys.find(kid).unwrap_or_else(|| panic!("no published key {kid}"));
    assert!(
        matches!(header.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::PS256 | Algorithm::EdDSA),
        "{:?}",
        header.alg
    );
    let mut rules = Validation::new(header.alg);
    rules.set_audience(&[&party.client_id]);
    rules.set_issuer(&[issuer_name(&party.issuer)]);
    rules.set_required_spec_claims(required);
    let key = DecodingKey::from_jwk(jwk).expect("a usable key");
    let opened = decode::<Value>(token, &key, &rules).unwrap_or_else(|e| panic!("{e}: {token}"));
    (header, opened.claims)
}

/// The published keys.
pub async fn jwks(party: &RelyingParty) -> JwkSet {
    let answer = party.agent.get(&party.url("/jwks")).await.expect(200);
    serde_json::from_slice(&answer.body).expect("a key set")
}
