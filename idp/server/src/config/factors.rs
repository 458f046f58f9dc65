//! `[factors]`: second factors that services outside implement.

use std::collections::BTreeMap;
use std::net::IpAddr;

use figment::value::{Dict, Value};
use serde::Serialize;
use url::{Host, Url};

use super::development::Development;
use super::issuer::is_loopback;
use super::outbound::Outbound;
use super::section::section;
use super::senders::check_base_url;
use super::setting::{Setting, inline, within};
use super::source::Reader;
use super::spelling::nearest;
use crate::keys::trusted::TrustedKeys;
use crate::net::address::is_global;

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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemoteService {
    /// Where it is, and its name in what is signed.
    pub url: Url,
    /// What pages call it in English.
    pub label_en: String,
    /// What pages call it in Welsh, if that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_cy: Option<String>,
    /// Its public key, or a set of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwk: Option<serde_json::Value>,
    /// Where its public keys are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<Url>,
    /// Seconds that it may take to answer.
    pub timeout_seconds: u64,
    /// What it is told about the account.
    pub share: Vec<Shared>,
}

/// What a service may be told about an account besides its pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shared {
    /// The `sub` that relying parties know.
    Sub,
    /// The default address, if its owner has proven it.
    Email,
    /// The default number, if its owner has proven it.
    Phone,
}

/// Every key of a service.
const KEYS: [&str; 7] = ["url", "label_en", "label_cy", "jwk", "jwks_url", "timeout_seconds", "share"];
/// The longest label, in characters.
const LONGEST_LABEL: usize = 60;
/// Seconds that a service may take where its table does not say.
const DEFAULT_TIMEOUT: u64 = 5;

impl Setting for Shared {
    fn kind() -> String {
        "`sub`, `email` or `phone`".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some("sub") => Ok(Self::Sub),
            Some("email") => Ok(Self::Email),
            Some("phone") => Ok(Self::Phone),
            _ => Err(format!("must be {}", Self::kind())),
        }
    }

    fn show(&self) -> Option<String> {
        toml::Value::try_from(self).ok().map(|value| value.to_string())
    }
}

/// A key of a service's table, if it is there.
fn part<T: Setting>(table: &Dict, key: &str) -> Result<Option<T>, String> {
    table.get(key).map(|value| T::parse(value).map_err(|why| within(key, &why))).transpose()
}

impl Setting for RemoteService {
    fn kind() -> String {
        "a table that describes a service".to_owned()
    }

    fn parse(value: &Value) -> Result<Self, String> {
        let table = match value {
            Value::Dict(_, table) => table,
            Value::String(_, text) => return Self::parse(&inline(text)?),
            _ => return Err(format!("must be {}", Self::kind())),
        };
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let hint =
                nearest(key, KEYS.into_iter()).map_or("remove it".to_owned(), |near| format!("did you mean {near}?"));
            return Err(within(key, &format!("is not a key: {hint}")));
        }
        let jwk = table.get("jwk").map(serde_json::to_value).transpose();
        Ok(Self {
            url: part(table, "url")?.ok_or(".url is missing: set it to where the service is")?,
            label_en: part(table, "label_en")?.ok_or(".label_en is missing: set it to what pages call the service")?,
            label_cy: part(table, "label_cy")?,
            jwk: jwk.map_err(|error| within("jwk", &format!("cannot be read: {error}")))?,
            jwks_url: part(table, "jwks_url")?,
            timeout_seconds: part(table, "timeout_seconds")?.unwrap_or(DEFAULT_TIMEOUT),
            share: part(table, "share")?.unwrap_or_default(),
        })
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

    fn check(&self, name: &str, reader: &mut Reader, reach: Reach<'_>) {
        let key = format!("factors.remote.{name}");
        if format!("remote:{name}").parse::<idp_core::factor::FactorId>().is_err() {
            reader.refuse(&key, "must be named with up to 40 lower-case letters, digits and hyphens");
        }
        let mut refuse = |what: &str, why: &str| reader.refuse(&format!("{key}.{what}"), why);
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
        for (what, url) in [("url", Some(&self.url)), ("jwks_url", self.jwks_url.as_ref())] {
            let Some(url) = url else { continue };
            let key = format!("{key}.{what}");
            check_base_url(reader, &key, url);
            reach.check(reader, &key, url);
        }
    }
}

/// What the provider may reach: an address that it may not would be found out by the first person who needs it.
#[derive(Clone, Copy)]
struct Reach<'a> {
    outbound: &'a Outbound,
    development: &'a Development,
}

impl Reach<'_> {
    fn check(self, reader: &mut Reader, key: &str, url: &Url) {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(address.to_canonical()),
            _ => None,
        };
        let named = |address| self.outbound.allow_networks.iter().any(|network| network.contains(&address));
        if is_loopback(url) {
            let reached =
                self.development.allow_loopback_fetch || (url.scheme() == "https" && address.is_some_and(named));
            if !reached {
                reader.refuse(
                    key,
                    "is on this machine, which is reached only to try things out: set development.allow_loopback_fetch",
                );
            }
        } else if address.is_some_and(|address| !is_global(address) && !named(address)) {
            reader.refuse(key, "is a private address, which is reached only if outbound.allow_networks names it");
        }
    }
}

impl Factors {
    pub(super) fn check(&self, reader: &mut Reader, outbound: &Outbound, development: &Development) {
        for (name, service) in &self.remote {
            service.check(name, reader, Reach { outbound, development });
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
            (GOOD.replace("https://card", "http://card"), "card.url must be an https address"),
            (
                GOOD.replace("https://card", "https://user:secret@card"),
                "card.url must not contain a user name or password",
            ),
            (GOOD.replace("https://card.example.gov.uk", "http://localhost:9000"), "card.url is on this machine"),
            (
                GOOD.replace("https://card.example.gov.uk", "http://localhost:9000"),
                "set development.allow_loopback_fetch",
            ),
            (GOOD.replace("card.example.gov.uk", "10.1.2.3"), "card.url is a private address"),
            (GOOD.replace("https://card.example.gov.uk/factor", "card"), "card.url must be a URL"),
            (GOOD.replace("remote.card", "remote.Card"), "Card must be named with up to 40 lower-case"),
            (GOOD.replace("Council card", " "), "card.label_en must be a name"),
            (GOOD.replace("\"Council card\"", "7"), "card.label_en must be text"),
            (GOOD.replace("x = ", "d = \"AAAA\", x = "), "private key"),
            (GOOD.replace("Ed25519", "X25519"), "card.jwk"),
            (GOOD.replace("jwk = ", "jwt = "), "card.jwt is not a key: did you mean jwk?"),
            (format!("{GOOD}timeout_seconds = 6\n"), "card.timeout_seconds must be from 1 to 5"),
            (format!("{GOOD}share = [\"address\"]\n"), "card.share each must be `sub`, `email` or `phone`"),
            (format!("{GOOD}{second_key}"), "keep one of them"),
            (GOOD.lines().take(3).collect::<Vec<_>>().join("\n"), "card.jwk is missing"),
            (GOOD.lines().take(2).collect::<Vec<_>>().join("\n"), "card.label_en is missing"),
        ] {
            let error = load(&change).expect_err(words).to_string();
            assert!(error.contains("factors.remote.") && error.contains(words), "{words}: {error}");
            assert!(error.contains("idp.toml)"), "where it was set: {error}");
        }
    }

    #[test]
    fn a_service_on_this_machine_is_tried_out_where_that_is_allowed() {
        let here = GOOD.replace("https://card.example.gov.uk", "http://localhost:9000");
        load(&format!("{here}[development]\nallow_loopback_fetch = true\n")).expect("for trying it out");
        let network = GOOD.replace("card.example.gov.uk", "10.1.2.3");
        load(&format!("{network}[outbound]\nallow_networks = [\"10.1.2.3/32\"]\n")).expect("a network of one's own");
    }
}
