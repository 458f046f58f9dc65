//! A portal's side of the protocol: requests as it would make them, answers checked as it must.

use serde_json::Value;
use url::Url;

use super::browser::Callback;
use super::http::{Agent, Request, Response, encode};
use super::tokens::Tokens;
use super::{random, tokens};

/// Where a script's callbacks end: nothing listens there.
pub const CALLBACK: &str = "http://localhost:9/cb";

/// How a client authenticates at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    Basic,
    Post,
    None,
}

/// One client of the issuer.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    pub agent: Agent,
    pub issuer: Url,
    pub client_id: String,
    pub secret: String,
    pub auth: ClientAuth,
    pub redirect_uri: String,
    pub scope: String,
}

/// An authorization request and what its answer has to match.
#[derive(Debug, Clone)]
pub struct Authorization {
    endpoint: Url,
    pub params: Vec<(String, String)>,
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

impl RelyingParty {
    pub fn new(issuer: &Url, client_id: &str, secret: &str) -> Self {
        Self {
            agent: Agent::new(),
            issuer: issuer.clone(),
            client_id: client_id.to_owned(),
            secret: secret.to_owned(),
            auth: ClientAuth::Basic,
            redirect_uri: CALLBACK.to_owned(),
            scope: "openid profile email phone address".to_owned(),
        }
    }

    #[must_use]
    pub fn auth(mut self, auth: ClientAuth) -> Self {
        self.auth = auth;
        self
    }

    #[must_use]
    pub fn redirect(mut self, uri: &str) -> Self {
        uri.clone_into(&mut self.redirect_uri);
        self
    }

    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        scope.clone_into(&mut self.scope);
        self
    }

    pub fn url(&self, path: &str) -> String {
        self.issuer.join(path).expect("a path").to_string()
    }

    /// A code request with state, nonce and PKCE.
    pub fn authorize(&self) -> Authorization {
        let (state, nonce, verifier) = (random(), random(), random());
        let params = [
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge(&verifier)),
            ("code_challenge_method", "S256"),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Authorization { endpoint: self.issuer.join("/authorize").expect("a path"), params, state, nonce, verifier }
    }

    /// The token request for a code, with everything in place.
    pub fn code_params(&self, request: &Authorization, code: &str) -> Vec<(String, String)> {
        let params = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", &request.verifier),
        ];
        params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// POST to the token endpoint, authenticated the client's way.
    pub async fn token<N: AsRef<str>, V: AsRef<str>>(&self, params: &[(N, V)]) -> Response {
        self.agent.send(self.token_request(params)).await
    }

    pub fn token_request<N: AsRef<str>, V: AsRef<str>>(&self, params: &[(N, V)]) -> Request {
        let mut all: Vec<(&str, &str)> = params.iter().map(|(n, v)| (n.as_ref(), v.as_ref())).collect();
        match self.auth {
            ClientAuth::Basic => {}
            ClientAuth::Post => all.extend([("client_id", &*self.client_id), ("client_secret", &*self.secret)]),
            ClientAuth::None => all.push(("client_id", &self.client_id)),
        }
        let request = Request::post(&self.url("/token"), &all);
        if self.auth == ClientAuth::Basic { request.basic(&self.client_id, &self.secret) } else { request }
    }

    pub async fn redeem(&self, request: &Authorization, code: &str) -> Response {
        self.token(&self.code_params(request, code)).await
    }

    /// Checks the callback against the request, redeems the code and verifies the ID token.
    pub async fn finish(&self, request: &Authorization, callback: &Callback) -> Tokens {
        assert_eq!(callback.get("state"), Some(&*request.state), "{:?}", callback.params);
        assert_eq!(callback.get("iss"), Some(issuer_name(&self.issuer).as_str()));
        let answer = self.redeem(request, callback.code()).await.expect(200);
        let tokens = tokens::check(self, &answer).await;
        assert_eq!(tokens.claims["nonce"], request.nonce.as_str());
        tokens
    }

    pub async fn userinfo(&self, access_token: &str) -> Response {
        self.agent.send(Request::get(&self.url("/userinfo")).bearer(access_token)).await
    }

    /// The claims of a userinfo answer.
    pub async fn claims(&self, access_token: &str) -> Value {
        self.userinfo(access_token).await.expect(200).json()
    }

    pub fn logout_url(&self, params: &[(&str, &str)]) -> String {
        format!("{}?{}", self.url("/logout"), encode(params.iter().copied()))
    }
}

impl Authorization {
    /// Sets a parameter in place of the one that is there.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.also(name, value)
    }

    /// Adds a parameter although one of this name may be there.
    #[must_use]
    pub fn also(mut self, name: &str, value: &str) -> Self {
        match name {
            "state" => value.clone_into(&mut self.state),
            "nonce" => value.clone_into(&mut self.nonce),
            _ => {}
        }
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(key, _)| key != name);
        self
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn url(&self) -> String {
        format!("{}?{}", self.endpoint, encode(self.pairs()))
    }

    /// The same request as a form, as another site's page would post it.
    pub fn post(&self) -> Request {
        Request::new(http::Method::POST, self.endpoint.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "http://localhost:9")
            .header("sec-fetch-site", "cross-site")
            .body(encode(self.pairs()))
    }
}

/// The S256 challenge of a verifier.
pub fn challenge(verifier: &str) -> String {
    use base64::Engine;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(hash)
}

/// An issuer as it is written: an origin without a trailing slash.
pub fn issuer_name(issuer: &Url) -> String {
    issuer.as_str().trim_end_matches('/').to_owned()
}
