//! The settings of the senders: from the configuration, and below it from the database.
//!
//! What a file or the environment says is pinned: the database cannot change it. Everything else can be set while nodes
//! run (`idp messages set`, the console), where it is kept sealed. The database holds texts, read as the environment's
//! are, so that both have the same kinds, checks and messages.

use std::collections::BTreeMap;
use std::fmt;

use figment::value::Dict;
use url::Url;

use super::issuer::is_loopback;
use super::mail::Mail;
use super::messages::Messages;
use super::notify::Notify;
use super::section::{Key, Section};
use super::setting::Setting as _;
use super::source::Reader;
use super::twilio::{TWILIO_ALIASES, Twilio};
use super::{Config, ConfigError};

/// What a file and the environment say about the senders.
#[derive(Clone, Default)]
pub struct Pinned {
    pub(super) root: Dict,
    pub(super) origins: BTreeMap<String, String>,
}

/// The names only: values are secrets too.
impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.origins.keys()).finish()
    }
}

/// Where a setting's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody has set it.
    Default,
    /// The database.
    Stored,
    /// The configuration, which says where: it cannot be changed while nodes run.
    Pinned(String),
}

/// One setting as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderSetting {
    /// Section and key.
    pub name: String,
    /// The value in TOML; `None` if there is none, or it is secret.
    pub value: Option<String>,
    /// Whether the value must not be shown.
    pub secret: bool,
    /// Where it comes from.
    pub source: Source,
    /// The doc comment.
    pub about: String,
}

/// Every setting of the senders, checked as a whole.
#[derive(Clone, Debug, Default)]
pub struct SenderSettings {
    /// `[mail]`
    pub mail: Mail,
    /// `[notify]`
    pub notify: Notify,
    /// `[twilio]`
    pub twilio: Twilio,
    /// `[messages]`
    pub messages: Messages,
    /// All of them, in the order of the reference.
    pub all: Vec<SenderSetting>,
}

/// The sections that the database can add to.
pub(super) const SECTIONS: [&str; 4] = [Mail::NAME, Notify::NAME, Twilio::NAME, Messages::NAME];

fn keys() -> Vec<(&'static str, Vec<Key>)> {
    vec![
        (Mail::NAME, Mail::keys()),
        (Notify::NAME, Notify::keys()),
        (Twilio::NAME, Twilio::keys()),
        (Messages::NAME, Messages::keys()),
    ]
}

/// A name of a setting that the database can hold, by the name it is known under: aliases are replaced. `None` for
/// what is no setting, and for paths, which mean something on one machine only.
#[must_use]
pub fn storable(name: &str) -> Option<String> {
    let (section, key) = name.split_once('.')?;
    let key = match section {
        Twilio::NAME => TWILIO_ALIASES.iter().find(|(alias, _)| *alias == key).map_or(key, |(_, known)| *known),
        _ => key,
    };
    let known = keys().into_iter().find(|(name, _)| *name == section)?.1;
    let found = known.iter().find(|known| known.name == key)?;
    (!found.name.ends_with("_file")).then(|| format!("{section}.{key}"))
}

impl Config {
    /// The senders' settings, with what the database holds below what is pinned here.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once.
    pub fn senders(&self, stored: &BTreeMap<String, String>) -> Result<SenderSettings, ConfigError> {
        let mut reader = Reader::layered(stored, &self.pinned);
        let known: Vec<_> = keys();
        reader.refuse_unknown(&known);
        let mut settings = SenderSettings {
            mail: Mail::read(&mut reader),
            notify: Notify::read(&mut reader),
            twilio: Twilio::read(&mut reader),
            messages: Messages::read(&mut reader),
            all: Vec::new(),
        };
        settings.mail.check(&mut reader);
        settings.notify.check(&mut reader);
        settings.twilio.check(&mut reader);
        settings.messages.check(&mut reader);
        settings.all = settings.list(known, stored, &self.pinned);
        let problems = reader.into_problems();
        if problems.is_empty() { Ok(settings) } else { Err(ConfigError { problems }) }
    }
}

impl SenderSettings {
    fn list(
        &self,
        known: Vec<(&'static str, Vec<Key>)>,
        stored: &BTreeMap<String, String>,
        pinned: &Pinned,
    ) -> Vec<SenderSetting> {
        let shown = [self.mail.shown(), self.notify.shown(), self.twilio.shown(), self.messages.shown()].concat();
        let keys = known.into_iter().flat_map(|(section, keys)| keys.into_iter().map(move |key| (section, key)));
        let setting = |((section, key), value): ((&str, Key), Option<String>)| {
            let name = format!("{section}.{}", key.name);
            let source = match pinned.origins.get(&name) {
                Some(origin) => Source::Pinned(origin.clone()),
                // A file with the secret goes before the secret in the database.
                None if stored.contains_key(&name) && !pinned.origins.contains_key(&format!("{name}_file")) => {
                    Source::Stored
                }
                None => Source::Default,
            };
            let secret = key.kind == secrecy::SecretString::kind();
            let about = key.about.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
            SenderSetting { name, value, secret, source, about }
        };
        keys.zip(shown).map(setting).collect()
    }
}

/// An address of an API must be https, or on this machine.
pub(super) fn check_base_url(reader: &mut Reader, key: &str, url: &Url) {
    let good = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    if !good || url.cannot_be_a_base() || url.query().is_some() || url.fragment().is_some() {
        reader.refuse(key, "must be an https address without a query");
    }
    if !url.username().is_empty() || url.password().is_some() {
        reader.refuse(key, "must not contain a user name or password");
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    fn config(pinned: &[(&str, &str)]) -> Config {
        let pinned = pinned.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_sources(None, pinned).expect("a configuration")
    }

    fn stored(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn source(settings: &SenderSettings, name: &str) -> Source {
        settings.all.iter().find(|setting| setting.name == name).expect(name).source.clone()
    }

    #[test]
    fn req_s1_6_what_the_configuration_says_goes_before_the_database() {
        let config = config(&[("IDP_TWILIO__FROM", "+441632960001")]);
        let stored = stored(&[
            ("twilio.from", "+441632960002"),
            ("twilio.account_sid", SID),
            ("twilio.auth_token", "12345"),
            ("messages.sms", "twilio"),
        ]);
        let settings = config.senders(&stored).expect("valid");
        assert_eq!(settings.twilio.from.as_deref(), Some("+441632960001"));
        assert_eq!(settings.twilio.auth_token.as_ref().map(ExposeSecret::expose_secret), Some("12345"));
        assert_eq!(settings.messages.sms, [super::super::SenderName::Twilio]);
        assert_eq!(source(&settings, "twilio.from"), Source::Pinned("IDP_TWILIO__FROM".to_owned()));
        assert_eq!(source(&settings, "twilio.auth_token"), Source::Stored);
        assert_eq!(source(&settings, "twilio.voice_from"), Source::Default);
        let token = settings.all.iter().find(|setting| setting.name == "twilio.auth_token").expect("listed");
        assert!(token.secret && token.value.is_none());
    }

    #[test]
    fn a_file_with_a_secret_goes_before_the_secret_in_the_database() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        std::fs::write(&path, "from-the-file\n").expect("written");
        let config = config(&[("IDP_TWILIO__AUTH_TOKEN_FILE", path.to_str().expect("a path"))]);
        let settings = config.senders(&stored(&[("twilio.auth_token", "from-the-database")])).expect("valid");
        assert_eq!(settings.twilio.auth_token.as_ref().map(ExposeSecret::expose_secret), Some("from-the-file"));
        assert_eq!(source(&settings, "twilio.auth_token"), Source::Default);
    }

    #[test]
    fn req_s1_7_req_s4_4_twilio_s_fields_go_by_the_names_of_other_consoles_too() {
        for (sid, token, from) in [
            ("CLIENT_ID", "CLIENT_SECRET", "FROM_PHONE_NUMBER"),
            ("SMS_ACCOUNT_ID", "SMS_AUTHENTICATION_TOKEN", "SMS_PHONE_NUMBER"),
        ] {
            let [sid, token, from] = [sid, token, from].map(|name| format!("IDP_TWILIO__{name}"));
            let config = config(&[(&sid, SID), (&token, "secret"), (&from, "+441632960001")]);
            assert_eq!(config.twilio.account_sid.as_deref(), Some(SID));
            assert_eq!(config.twilio.auth_token.as_ref().map(ExposeSecret::expose_secret), Some("secret"));
            assert_eq!(config.twilio.from.as_deref(), Some("+441632960001"));
        }
        assert_eq!(storable("twilio.client_id").as_deref(), Some("twilio.account_sid"));
        assert_eq!(storable("twilio.auth_token_file"), None);
        assert_eq!(storable("server.issuer"), None);
        let both = [("IDP_TWILIO__CLIENT_ID", SID), ("IDP_TWILIO__ACCOUNT_SID", SID)];
        let both = both.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let error = Config::from_sources(None, both).expect_err("refused").to_string();
        assert!(error.contains("twilio.client_id"), "{error}");
    }

    #[test]
    fn wrong_values_are_refused_whole_and_without_repeating_secrets() {
        let wrong = stored(&[
            ("notify.api_key", "hunter2"),
            ("notify.sms_code_template_en", "not-a-uuid"),
            ("twilio.account_sid", "XX1"),
            ("twilio.from", "0"),
            ("messages.sms", "smtp"),
            ("messages.allow_list", "everybody"),
            ("notify.base_url", "http://example.org"),
        ]);
        let error = config(&[]).senders(&wrong).expect_err("refused").to_string();
        for name in wrong.keys() {
            assert!(error.contains(name.as_str()), "{name}: {error}");
        }
        assert!(!error.contains("hunter2"), "{error}");
        let pinned = config(&[("IDP_TWILIO__AUTH_TOKEN", "hunter2")]);
        assert!(!format!("{pinned:?}").contains("hunter2"));
    }
}
