//! `[factors]`: second factors that services outside implement.

use std::collections::BTreeMap;

use figment::value::Value;
use serde::{Deserialize, Serialize};
use url::Url;

use super::section::section;
use super::senders::check_base_url;
use super::setting::{Setting, inline};
use super::source::Reader;
use crate::keys::trusted::TrustedKeys;

section! {
    /// Second factors of your own: services that speak the protocol in `docs/adding-a-factor.md`.
    pub struct Factors in "factors" {
        /// The services, each under the name that policies call it by: `remote:council-card` is
        /// `[factors.remote.council-card]`. Its keys: `url`, where the service is; `label_en` and `label_cy`, what the
        /// pages call it (without `label_cy` they use the English one in Welsh too); either `jwk`, its public key, or
        /// `jwks_url`, where its keys are; `timeout_seconds`, from 1 to 5, how long a person waits for it; `share`, what
        /// it is told about the account besides a pseudonym: `sub`, `email`, `phone`.
        remote: BTreeMap<String, RemoteService> = BTreeMap::new() => "{ \"council-card\" = { url = \"https://card.example.gov.uk/factor\", label_en = \"Council card\", label_cy = \"Cerdyn y cyngor\", jwks_url = \"https://card.example.gov.uk/jwks\" } }",
    }
}

/// A service that implements a second factor.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteService {
    /// Where it is, and its name in what is signed.
    pub url: Url,
    /// What pages call it in English.
    pub label_en: String,
    /// What pages call it in Welsh, if that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_cy: Option<String>,
    /// Its public key, or a set of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwk: Option<serde_json::Value>,
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<Url>,
    /// Seconds that it may take to answer.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
    /// What it is told about the account.
    #[serde(default)]
    pub share: Vec<Shared>,
}

const fn default_timeout() -> u64 {
    5
}

/// What a service may be told about an account besides its pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shared {
    /// The `sub` that relying parties know.
    Sub,
    /// The default address, if its owner has proven it.
    Email,
    /// The default number, if its owner has proven it.
    Phone,
}

/// The longest label, in characters.
const LONGEST_LABEL: usize = 60;

impl Setting for RemoteService {
    fn kind() -> String {
        "a table that describes a service".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value {
            Value::Dict(..) => {
                let json = serde_json::to_value(value).map_err(|error| format!("cannot be read: {error}"))?;
                serde_json::from_value(json).map_err(|error| format!("cannot be read: {error}"))
            }
            Value::String(_, text) => Self::parse(&inline(text)?),
            _ => Err(format!("must be {}", Self::kind())),
        }
    }

    fn show(&self) -> Option<String> {
        toml::Value::try_from(self).ok().map(|value| value.to_string())
    }
}

impl RemoteService {
    /// What pages call it.
    #[must_use]
    pub fn label(&self, welsh: bool) -> &str {
        self.label_cy.as_deref().filter(|_| welsh).unwrap_or(&self.label_en)
    }

    fn check(&self, name: &str, reader: &mut Reader) {
        const KEY: &str = "factors.remote";
        let mut refuse = |what: &str, why: &str| reader.refuse(KEY, format!("{name}.{what} {why}"));
        if format!("remote:{name}").parse::<idp_core::factor::FactorId>().is_err() {
            refuse("…", "must be named with up to 40 lower-case letters, digits and hyphens");
        }
        for (what, label) in [("label_en", Some(&self.label_en)), ("label_cy", self.label_cy.as_ref())] {
            let bad = |label: &String| {
                label.trim().is_empty() || label.chars().count() > LONGEST_LABEL || label.chars().any(char::is_control)
            };
            if label.is_some_and(bad) {
                refuse(what, "must be a name of 1 to 60 characters, on one line");
            }
        }
        if !(1..=5).contains(&self.timeout_seconds) {
            refuse("timeout_seconds", "must be from 1 to 5: a person waits for it");
        }
        match (&self.jwk, &self.jwks_url) {
            (Some(_), Some(_)) => refuse("jwk", "is set beside jwks_url: keep one of them"),
            (None, None) => refuse("jwk", "is missing: set it, or jwks_url, to the key that the service signs with"),
            (Some(jwk), None) => {
                if let Err(error) = TrustedKeys::read(jwk) {
                    refuse("jwk", &error.to_string());
                }
            }
            (None, Some(_)) => {}
        }
        for url in [Some(&self.url), self.jwks_url.as_ref()].into_iter().flatten() {
            check_base_url(reader, KEY, url);
        }
    }
}

impl Factors {
    pub(super) fn check(&self, reader: &mut Reader) {
        for (name, service) in &self.remote {
            service.check(name, reader);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, ConfigError};

    const GOOD: &str = "[factors.remote.card]\nurl = \"https://card.example.gov.uk/factor\"\nlabel_en = \"Council card\"\n\
                        jwk = { kty = \"OKP\", crv = \"Ed25519\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }\n";

    fn load(file: &str) -> Result<Config, ConfigError> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("idp.toml");
        std::fs::write(&path, file).expect("written");
        Config::from_sources(Some(&path), std::iter::empty())
    }

    #[test]
    fn a_service_of_ones_own_is_a_table_under_its_name() {
        let config = load(GOOD).expect("valid");
        let card = config.factors.remote.get("card").expect("configured");
        assert_eq!((card.label(false), card.label(true)), ("Council card", "Council card"));
        assert_eq!((card.timeout_seconds, card.share.len()), (5, 0));
        let config = load(&format!("{GOOD}label_cy = \"Cerdyn\"\nshare = [\"sub\", \"email\"]\n")).expect("valid");
        let card = config.factors.remote.get("card").expect("configured");
        assert_eq!((card.label(false), card.label(true), card.share.len()), ("Council card", "Cerdyn", 2));
    }

    #[test]
    fn sec_r34_sec_r50_what_cannot_be_trusted_or_reached_is_refused_at_start() {
        let second_key = "jwks_url = \"https://card.example.gov.uk/jwks\"\n";
        for (change, words) in [
            (GOOD.replace("https://card", "http://card"), "must be an https address"),
            (GOOD.replace("https://card", "https://user:secret@card"), "user name or password"),
            (GOOD.replace("remote.card", "remote.Card"), "lower-case"),
            (GOOD.replace("Council card", " "), "label_en"),
            (GOOD.replace("x = ", "d = \"AAAA\", x = "), "private key"),
            (GOOD.replace("Ed25519", "X25519"), "jwk"),
            (GOOD.replace("jwk = ", "key = "), "unknown field `key`"),
            (format!("{GOOD}timeout_seconds = 6\n"), "from 1 to 5"),
            (format!("{GOOD}share = [\"address\"]\n"), "unknown variant"),
            (format!("{GOOD}{second_key}"), "keep one of them"),
            (GOOD.lines().take(3).collect::<Vec<_>>().join("\n"), "is missing"),
        ] {
            let error = load(&change).expect_err(words).to_string();
            assert!(error.contains("factors.remote") && error.contains(words), "{words}: {error}");
        }
    }
}
