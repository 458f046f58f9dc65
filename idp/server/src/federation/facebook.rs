//! Facebook: OAuth 2.0 and the Graph API. It signs nothing about who somebody is, so the access token is asked about:
//! whose it is, and which app's. Its addresses are never taken as verified: Facebook does not say whether they are.

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use futures::future::try_join;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::error::{Refusal, UpstreamError};
use super::exchange::{self, Exchange, Registration};
use super::identity::{UpstreamEmail, UpstreamIdentity, email, is_subject, line};
use super::{Answer, Hints, Kept, secret_of};
use crate::config;

/// The issuer of its identities. The address of the dialog is a setting; who people are is not.
pub(super) const ISSUER: &str = "https://www.facebook.com";
/// What is asked for, as Facebook separates it.
const SCOPE: &str = "email,public_profile";

/// Facebook.
pub(super) struct Facebook {
    app: String,
    secret: SecretString,
    version: String,
    dialog: Url,
    graph: Url,
    exchange: Exchange,
}

/// What Facebook says about a token.
#[derive(Deserialize)]
struct Debugged {
    data: TokenData,
}

#[derive(Deserialize)]
struct TokenData {
    #[serde(default)]
    is_valid: bool,
    #[serde(default)]
    app_id: Value,
    #[serde(default)]
    user_id: Value,
}

impl Facebook {
    pub(super) fn new(config: &config::Facebook, exchange: Exchange) -> Self {
        Self {
            app: config.app_id.clone(),
            secret: secret_of(config.app_secret.as_ref()),
            version: config.graph_version.clone(),
            dialog: config.dialog_url.clone(),
            graph: config.graph_url.clone(),
            exchange,
        }
    }

    pub(super) const fn app_secret(&self) -> &SecretString {
        &self.secret
    }

    pub(super) fn origin(&self) -> String {
        self.dialog.origin().ascii_serialization()
    }

    pub(super) fn begin(&self, state: &str, callback: &Url, hints: Hints<'_>, kept: &Kept) -> Url {
        let asked = [(hints.rerequest, "rerequest"), (hints.select_account, "reauthenticate")];
        let asked = asked.iter().filter(|(wanted, _)| *wanted).map(|(_, word)| *word).collect::<Vec<_>>().join(",");
        let extra = if asked.is_empty() { Vec::new() } else { vec![("auth_type", asked.as_str())] };
        let endpoint = self.at(&self.dialog, "dialog/oauth");
        exchange::authorize(&endpoint, &self.app, (state, callback, kept), SCOPE, &extra)
    }

    pub(super) async fn finish(
        &self,
        answer: &Answer,
        kept: &Kept,
        callback: &Url,
    ) -> Result<UpstreamIdentity, UpstreamError> {
        // Facebook sends none, so whoever does is somebody else.
        if answer.iss.as_deref().is_some_and(|iss| iss != ISSUER) {
            return Err(Refusal::Mixed.into());
        }
        let registration = Registration { id: &self.app, secret: &self.secret, in_body: true };
        let endpoint = self.at(&self.graph, "oauth/access_token");
        let redeemed = self.exchange.redeem(&endpoint, registration, answer.code()?, (kept, callback)).await?;
        let token = redeemed.access_token.expose_secret();
        let (owner, me) = try_join(self.owner(token), self.me(token)).await?;
        let subject = me.get("id").and_then(Value::as_str).filter(|id| is_subject(id)).ok_or(Refusal::Subject)?;
        if owner != subject {
            return Err(Refusal::AccessToken("it is somebody else’s").into());
        }
        Ok(UpstreamIdentity {
            provider: String::new(),
            issuer: ISSUER.to_owned(),
            subject: subject.to_owned(),
            email: email(&me).map(|address| UpstreamEmail { address, verified: false, authoritative: false }),
            given_name: line(&me, "first_name"),
            family_name: line(&me, "last_name"),
            name: line(&me, "name"),
            locale: None,
            context: Vec::new(),
        })
    }

    /// Whether Facebook knows the app and its secret.
    pub(super) async fn check(&self) -> Result<(), UpstreamError> {
        let url = self.asked_by_app(&self.app, &[("fields", "id")]);
        let found: Option<(Map<String, Value>, _)> = self.exchange.document(&url, "word about the app").await?;
        let app = found.as_ref().and_then(|(app, _)| text(app.get("id")?));
        if app.as_deref() == Some(self.app.as_str()) {
            Ok(())
        } else {
            Err(UpstreamError::Misconfigured("it does not know the app, or not with this secret".to_owned()))
        }
    }

    /// Whose token it is, if it is valid and of our app.
    async fn owner(&self, token: &str) -> Result<String, UpstreamError> {
        let url = self.asked_by_app("debug_token", &[("input_token", token)]);
        let found: Option<(Debugged, _)> = self.exchange.document(&url, "word about a token").await?;
        let (Debugged { data }, _) = found.ok_or(Refusal::AccessToken("nothing is known of it"))?;
        if !data.is_valid {
            return Err(Refusal::AccessToken("it is not valid").into());
        }
        if text(&data.app_id).as_deref() != Some(self.app.as_str()) {
            return Err(Refusal::AccessToken("it is another app’s").into());
        }
        Ok(text(&data.user_id).ok_or(Refusal::AccessToken("it is nobody’s"))?)
    }

    /// What they let us know about themselves.
    async fn me(&self, token: &str) -> Result<Map<String, Value>, UpstreamError> {
        let url = self.asked_with(token, "me", &[("fields", "id,name,first_name,last_name,email")]);
        let found: Option<(Map<String, Value>, _)> = self.exchange.document(&url, "word about a person").await?;
        Ok(found.ok_or(Refusal::AccessToken("it opens nothing"))?.0)
    }

    /// A question that the app itself asks.
    fn asked_by_app(&self, path: &str, parameters: &[(&str, &str)]) -> Url {
        self.asked_with(&format!("{}|{}", self.app, self.secret.expose_secret()), path, parameters)
    }

    /// A question with a token, and the proof that we know the app's secret: Facebook can be told to want it always.
    fn asked_with(&self, token: &str, path: &str, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.at(&self.graph, path);
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .append_pair("access_token", token)
            .append_pair("appsecret_proof", &appsecret_proof(&self.secret, token));
        url
    }

    fn at(&self, base: &Url, path: &str) -> Url {
        let mut url = base.clone();
        let whole = format!("{}/{}/{path}", url.path().trim_end_matches('/'), self.version);
        url.set_path(&whole);
        url
    }
}

/// An id, which Facebook writes as text and sometimes as a number.
fn text(id: &Value) -> Option<String> {
    id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|number| number.to_string()))
}

/// What shows Facebook that whoever uses a token knows the app's secret.
fn appsecret_proof(secret: &SecretString, token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    HEXLOWER.encode(hmac::sign(&key, token.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_of_the_app_secret_is_the_one_that_facebook_computes() {
        let proof = appsecret_proof(&"fbsecret".to_owned().into(), "EAAtoken");
        assert_eq!(proof, "fa8baaf5c55113d32f3bafd74e9d3ca82696ec62fc418243b411203d9b6f1dba");
    }

    #[test]
    fn an_id_is_text_or_a_number_and_nothing_else() {
        assert_eq!(text(&serde_json::json!("10222")).as_deref(), Some("10222"));
        assert_eq!(text(&serde_json::json!(10_222)).as_deref(), Some("10222"));
        for none in [Value::Null, serde_json::json!(1.5), serde_json::json!([1])] {
            assert_eq!(text(&none), None);
        }
    }
}
