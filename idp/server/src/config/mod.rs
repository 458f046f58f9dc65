//! The configuration: read once at start, from a TOML file and the environment, and checked as a whole.
//!
//! Each section has its file and declares its keys once; the example file and the reference page are made from the
//! same declaration. All problems are reported together. Nothing here opens a socket or a database.
//!
//! A new key is one line in its section's file; a new section is a file and one line in [`sections!`] below.

mod brand;
mod development;
mod error;
mod factors;
mod federation;
mod issuer;
mod keys;
mod limits;
mod log;
mod mail;
mod master_key;
mod messages;
mod metering;
mod notify;
mod outbound;
mod passwords;
mod policy;
mod recovery;
mod reference;
mod section;
mod senders;
mod server;
mod setting;
mod source;
mod spelling;
mod store;
mod terms;
mod tokens;
mod twilio;

use std::path::Path;

pub use brand::Brand;
pub use development::Development;
pub use error::{ConfigError, Problem};
pub use factors::{Factors, RemoteService, Shared};
pub use federation::{Facebook, Federation, Google, OidcProvider};
pub use issuer::{Issuer, NotAnIssuer, is_loopback};
pub use keys::{Keys, SigningAlgorithm};
pub use limits::Limits;
pub use log::{Log, LogFormat};
pub use mail::{Mail, MailTls};
pub use messages::{Messages, SenderName};
pub use metering::{BillCalls, Metering};
pub use notify::{Notify, notify_key_parts};
pub use outbound::Outbound;
pub use passwords::Passwords;
pub use policy::{Acr, Policy};
pub use recovery::Recovery;
pub use reference::{example, reference};
use section::{Key, Section as _};
pub use senders::{Pinned, SenderSetting, SenderSettings, Source, storable};
pub use server::{ForwardedHeader, Server};
use source::Reader;
pub use store::{DEFAULT_STORE, Ephemeral, Store};
pub use terms::Terms;
pub use tokens::{Sessions, Tokens};
pub use twilio::{TWILIO_ALIASES, Twilio};

/// A section's name, documentation and keys.
struct SectionDoc {
    name: &'static str,
    about: &'static [&'static str],
    keys: Vec<Key>,
}

macro_rules! sections {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty),+ $(,)?) => {
        /// Everything that can be configured; valid by construction.
        #[derive(Clone, Debug, Default)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $field: $type,)+
            /// What the sources say about the senders, which the database adds to.
            pub pinned: Pinned,
        }

        impl Config {
            fn read(reader: &mut Reader) -> Self {
                Self { $($field: <$type>::read(reader),)+ pinned: Pinned::default() }
            }
        }

        fn section_docs() -> Vec<SectionDoc> {
            vec![$(SectionDoc { name: <$type>::NAME, about: <$type>::ABOUT, keys: <$type>::keys() }),+]
        }
    };
}

sections! {
    /// `[server]`
    server: Server,
    /// `[store]`
    store: Store,
    /// `[ephemeral]`
    ephemeral: Ephemeral,
    /// `[keys]`
    keys: Keys,
    /// `[tokens]`
    tokens: Tokens,
    /// `[sessions]`
    sessions: Sessions,
    /// `[passwords]`
    passwords: Passwords,
    /// `[limits]`
    limits: Limits,
    /// `[recovery]`
    recovery: Recovery,
    /// `[mail]`
    mail: Mail,
    /// `[notify]`
    notify: Notify,
    /// `[twilio]`
    twilio: Twilio,
    /// `[messages]`
    messages: Messages,
    /// `[metering]`
    metering: Metering,
    /// `[brand]`
    brand: Brand,
    /// `[terms]`
    terms: Terms,
    /// `[policy]`
    policy: Policy,
    /// `[acr]`
    acr: Acr,
    /// `[factors]`
    factors: Factors,
    /// `[federation]`
    federation: Federation,
    /// `[outbound]`
    outbound: Outbound,
    /// `[log]`
    log: Log,
    /// `[development]`
    development: Development,
}

impl Config {
    /// Reads the file, if one is named, and the environment over it.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        Self::from_sources(path, std::env::vars())
    }

    /// As [`Config::load`], with the environment given.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn from_sources(
        path: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(path, environment);
        reader.rename(Twilio::NAME, TWILIO_ALIASES);
        let known: Vec<_> = section_docs().into_iter().map(|section| (section.name, section.keys)).collect();
        reader.refuse_unknown(&known);
        let mut config = Self::read(&mut reader);
        config.pinned = reader.pinned(&senders::SECTIONS);
        config.check(&mut reader);
        let problems = reader.into_problems();
        if problems.is_empty() { Ok(config) } else { Err(ConfigError { problems }) }
    }

    fn check(&mut self, reader: &mut Reader) {
        self.server.check(reader);
        self.store.check(reader);
        self.ephemeral.check(reader);
        self.keys.check(reader, &self.store);
        self.tokens.check(reader);
        self.sessions.check(reader);
        self.passwords.check(reader);
        self.limits.check(reader);
        self.recovery.check(reader);
        self.mail.check(reader);
        self.notify.check(reader);
        self.twilio.check(reader);
        self.messages.check(reader);
        self.metering.check(reader);
        self.brand.check(reader);
        self.terms.check(reader);
        self.acr.check(reader);
        self.factors.check(reader, &self.outbound, &self.development);
        self.federation.check(reader, &self.development);
        self.outbound.check(reader);
        self.log.check(reader);
        self.development.check(reader, &self.server);
    }
}

#[cfg(test)]
mod tests;
