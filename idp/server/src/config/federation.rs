//! `[federation]`: the identity providers of others that people can sign in with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::value::Value;
use idp_core::policy::{SignInMethod, is_provider_id};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::development::Development;
use super::issuer::is_loopback;
use super::section::section;
use super::senders::check_base_url;
use super::setting::{Setting, inline};
use super::source::Reader;

section! {
    /// Other organisations that people can sign in with. Which of them a client accepts is said in its policy
    /// (`sign_in`). Each wants to know the redirect URI `https://…/federated/<id>/callback`, under this provider's own
    /// address; `<id>` is `google`, `facebook`, or the name of the table.
    pub struct Federation in "federation" {
        /// Google, `[federation.google]`. Its keys: `client_id`, and `client_secret` or `client_secret_file`, from the
        /// Google Cloud console; `issuer`, by default `https://accounts.google.com`; `enabled`, by default `true`.
        google: Option<Google> = None => "{ client_id = \"123-abc.apps.googleusercontent.com\", client_secret_file = \"/run/secrets/google_client_secret\" }",
        /// Facebook, `[federation.facebook]`. Its keys: `app_id`, and `app_secret` or `app_secret_file`, from Meta for
        /// Developers, where “Require App Secret” should be on; `graph_version`, by default `v26.0`; `dialog_url` and
        /// `graph_url`, where its dialog and its API are; `enabled`, by default `true`.
        facebook: Option<Facebook> = None => "{ app_id = \"1234567890\", app_secret_file = \"/run/secrets/facebook_app_secret\" }",
        /// Any other OpenID Connect provider, each under the name that policies call it by: `nhs-login` is
        /// `[federation.oidc.nhs-login]`. Its keys: `name` and `name_cy`, what the pages call it; `issuer`, exactly as
        /// its metadata spell it; `client_id`, and `client_secret` or `client_secret_file`; `scopes`, by default
        /// `openid email profile`; `trust_email`, by default `false`: whether an address that it calls verified is as
        /// good as one that was proven here; `enabled`, by default `true`.
        oidc: BTreeMap<String, OidcProvider> = BTreeMap::new() => "{ \"nhs-login\" = { name = \"NHS login\", issuer = \"https://auth.login.example.nhs.uk\", client_id = \"anytown\", client_secret_file = \"/run/secrets/nhs_client_secret\" } }",
    }
}

/// Google's issuer.
const GOOGLE: &str = "https://accounts.google.com";
/// The longest name of a provider, in characters.
const LONGEST_NAME: usize = 60;
/// The most scopes that a provider is asked for.
const MOST_SCOPES: usize = 20;

/// This installation as a client of Google.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Google {
    /// The client's id.
    #[serde(deserialize_with = "text")]
    pub client_id: String,
    /// Its secret.
    #[serde(default, deserialize_with = "secret")]
    pub client_secret: Option<SecretString>,
    /// The file with its secret.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// The issuer, character by character.
    #[serde(default = "google_issuer")]
    pub issuer: String,
    /// Whether it can be used.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// This installation as an app of Facebook.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facebook {
    /// The app's id.
    #[serde(deserialize_with = "text")]
    pub app_id: String,
    /// Its secret.
    #[serde(default, deserialize_with = "secret")]
    pub app_secret: Option<SecretString>,
    /// The file with its secret.
    #[serde(default)]
    pub app_secret_file: Option<PathBuf>,
    /// The version of the Graph API, as in its paths.
    #[serde(default = "graph_version")]
    pub graph_version: String,
    /// Where the dialog is, without version and path.
    #[serde(default = "dialog_url")]
    pub dialog_url: Url,
    /// Where the Graph API is, without version.
    #[serde(default = "graph_url")]
    pub graph_url: Url,
    /// Whether it can be used.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// This installation as a client of another OpenID Connect provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// What pages call it in English.
    pub name: String,
    /// What pages call it in Welsh, if that is something else.
    #[serde(default)]
    pub name_cy: Option<String>,
    /// The issuer, character by character.
    pub issuer: String,
    /// The client's id.
    #[serde(deserialize_with = "text")]
    pub client_id: String,
    /// Its secret.
    #[serde(default, deserialize_with = "secret")]
    pub client_secret: Option<SecretString>,
    /// The file with its secret.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// What it is asked for.
    #[serde(default = "usual_scopes", deserialize_with = "words")]
    pub scopes: Vec<String>,
    /// Whether an address that it calls verified needs no proof of our own.
    #[serde(default)]
    pub trust_email: bool,
    /// Whether it can be used.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

fn google_issuer() -> String {
    GOOGLE.to_owned()
}

fn graph_version() -> String {
    "v26.0".to_owned()
}

#[expect(clippy::expect_used, reason = "a constant, parsed in a test")]
fn dialog_url() -> Url {
    "https://www.facebook.com".parse().expect("an address")
}

#[expect(clippy::expect_used, reason = "a constant, parsed in a test")]
fn graph_url() -> Url {
    "https://graph.facebook.com".parse().expect("an address")
}

fn usual_scopes() -> Vec<String> {
    ["openid", "email", "profile"].map(str::to_owned).to_vec()
}

/// Text that may look like a number, as it does where it comes from the environment. A wrong value is not repeated: it
/// may be a secret.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        serde_json::Value::Bool(word) => Ok(word.to_string()),
        _ => Err(serde::de::Error::custom("an id or secret is not text in quotation marks")),
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    text(deserializer).map(|text| (!text.is_empty()).then(|| text.into()))
}

/// A list of words, or one text with blanks between them.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        List(Vec<String>),
    }
    match Either::deserialize(deserializer) {
        Ok(Either::Text(text)) => Ok(text.split_whitespace().map(str::to_owned).collect()),
        Ok(Either::List(list)) => Ok(list),
        Err(_) => Err(serde::de::Error::custom("scopes is not a list of words")),
    }
}

fn table<T: DeserializeOwned>(value: &Value, kind: &str) -> Result<T, String> {
    match value {
        Value::Dict(..) => {
            let json = serde_json::to_value(value).map_err(|error| format!("cannot be read: {error}"))?;
            serde_json::from_value(json).map_err(|error| format!("cannot be read: {error}"))
        }
        Value::String(_, text) => table(&inline(text)?, kind),
        _ => Err(format!("must be {kind}")),
    }
}

/// Tables with secrets in them: they are read and never shown.
macro_rules! tables {
    ($($type:ty: $kind:literal),+ $(,)?) => {$(
        impl Setting for $type {
            fn kind() -> String {
                $kind.to_owned()
            }

            fn parse(value: &Value) -> Result<Self, String> {
                table(value, $kind)
            }

            fn show(&self) -> Option<String> {
                None
            }
        }
    )+};
}
tables! {
    Google: "a table that describes a client of Google",
    Facebook: "a table that describes an app of Facebook",
    OidcProvider: "a table that describes a client of the provider",
}

impl OidcProvider {
    /// What pages call it.
    #[must_use]
    pub fn label(&self, welsh: bool) -> &str {
        self.name_cy.as_deref().filter(|_| welsh).unwrap_or(&self.name)
    }
}

impl Federation {
    /// The ids of the providers that can be used.
    pub fn enabled(&self) -> impl Iterator<Item = &str> {
        let google = self.google.iter().filter(|google| google.enabled).map(|_| "google");
        let facebook = self.facebook.iter().filter(|facebook| facebook.enabled).map(|_| "facebook");
        let others = self.oidc.iter().filter(|(_, provider)| provider.enabled).map(|(id, _)| id.as_str());
        google.chain(facebook).chain(others)
    }

    pub(super) fn check(&mut self, reader: &mut Reader, development: &Development) {
        let loopback = development.allow_loopback_fetch;
        if let Some(google) = &mut self.google {
            let key = "federation.google";
            check_client(reader, key, &google.client_id, "client_id");
            check_secret(reader, key, "client_secret", &mut google.client_secret, google.client_secret_file.as_ref());
            check_issuer(reader, key, &google.issuer, loopback);
        }
        if let Some(facebook) = &mut self.facebook {
            let key = "federation.facebook";
            check_client(reader, key, &facebook.app_id, "app_id");
            check_secret(reader, key, "app_secret", &mut facebook.app_secret, facebook.app_secret_file.as_ref());
            check_url(reader, &format!("{key}.dialog_url"), &facebook.dialog_url, loopback);
            check_url(reader, &format!("{key}.graph_url"), &facebook.graph_url, loopback);
            if !is_graph_version(&facebook.graph_version) {
                reader.refuse(&format!("{key}.graph_version"), "must be a version of the Graph API, like v26.0");
            }
        }
        for (id, provider) in &mut self.oidc {
            provider.check(id, reader, loopback);
        }
    }
}

impl OidcProvider {
    fn check(&mut self, id: &str, reader: &mut Reader, loopback: bool) {
        let key = format!("federation.oidc.{id}");
        if !is_provider_id(id) || !matches!(id.parse(), Ok(SignInMethod::Provider(_))) {
            reader.refuse(
                &key,
                "must be named with up to 40 lower-case letters, digits, hyphens and underscores, and not like another \
                 way to sign in: google, facebook, password, passkey, guest, federated",
            );
        }
        for (what, name) in [("name", Some(&self.name)), ("name_cy", self.name_cy.as_ref())] {
            let bad = |name: &String| {
                name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
            };
            if name.is_some_and(bad) {
                reader.refuse(&format!("{key}.{what}"), "must be a name of 1 to 60 characters, on one line");
            }
        }
        check_client(reader, &key, &self.client_id, "client_id");
        check_secret(reader, &key, "client_secret", &mut self.client_secret, self.client_secret_file.as_ref());
        check_issuer(reader, &key, &self.issuer, loopback);
        let is_scope = |scope: &String| {
            // RFC 6749 section 3.3.
            !scope.is_empty() && scope.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && !b"\"\\".contains(&byte))
        };
        if self.scopes.len() > MOST_SCOPES || !self.scopes.iter().all(is_scope) {
            reader.refuse(&format!("{key}.scopes"), "must be up to 20 scopes as the provider spells them");
        } else if !self.scopes.iter().any(|scope| scope == "openid") {
            reader.refuse(&format!("{key}.scopes"), "must contain openid: without it nobody is identified");
        }
    }
}

fn check_client(reader: &mut Reader, key: &str, id: &str, what: &str) {
    if id.trim().is_empty() || id.chars().any(|c| c.is_control() || c.is_whitespace()) {
        reader.refuse(&format!("{key}.{what}"), "must be the id that the provider gave, without blanks");
    }
}

fn check_secret(reader: &mut Reader, key: &str, what: &str, value: &mut Option<SecretString>, file: Option<&PathBuf>) {
    let name = format!("{key}.{what}");
    reader.secret(&name, value, file);
    if value.is_none() && file.is_none() {
        reader.refuse(&name, format!("is missing: set it, or {what}_file, to the secret that the provider gave"));
    }
}

fn check_issuer(reader: &mut Reader, key: &str, issuer: &str, loopback: bool) {
    let key = format!("{key}.issuer");
    match issuer.parse::<Url>() {
        Ok(url) if !issuer.chars().any(char::is_whitespace) => check_url(reader, &key, &url, loopback),
        _ => reader.refuse(&key, "must be the issuer as the provider’s metadata spell it, an https address"),
    }
}

fn check_url(reader: &mut Reader, key: &str, url: &Url, loopback: bool) {
    check_base_url(reader, key, url);
    if is_loopback(url) && !loopback {
        reader.refuse(key, "is on this machine: that needs development.allow_loopback_fetch");
    }
}

fn is_graph_version(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| number(major) && number(minor))
}

#[cfg(test)]
mod tests;
