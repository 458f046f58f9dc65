//! Who came back from a provider, in the terms that all providers have in common.

use idp_core::account::EmailAddress;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest subject, in bytes (OpenID Connect Core 1.0, section 2).
const LONGEST_SUBJECT: usize = 255;
/// The longest name that is taken over, in characters.
const LONGEST_NAME: usize = 100;

/// Somebody, as a provider knows them. Issuer and subject are who it is; nothing else is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamIdentity {
    /// The provider's id here.
    pub provider: String,
    /// Its issuer: one spelling for each provider.
    pub issuer: String,
    /// The subject, of 1 to 255 ASCII characters, compared as it is written.
    pub subject: String,
    /// The address, where one was given that can be one.
    pub email: Option<UpstreamEmail>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The whole name.
    pub name: Option<String>,
    /// The language that they use there, as the provider tags it.
    pub locale: Option<String>,
    /// The `amr` and `acr` values that the provider signed; none of Google and Facebook, which state none.
    pub context: Vec<String>,
}

/// An address that a provider gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamEmail {
    /// The address in its canonical form.
    pub address: EmailAddress,
    /// Whether the provider says that it was verified at some time.
    pub verified: bool,
    /// Whether the provider speaks for the mailbox, so that no proof of our own is needed.
    pub authoritative: bool,
}

impl UpstreamIdentity {
    /// The identity with the id of the provider that vouches for it.
    pub(super) fn of(self, provider: &str) -> Self {
        Self { provider: provider.to_owned(), ..self }
    }
}

/// Whether this can be a subject.
pub(super) fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_SUBJECT && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// An address among claims, if it can be one.
pub(super) fn email(claims: &Map<String, Value>) -> Option<EmailAddress> {
    EmailAddress::parse(claims.get("email")?.as_str()?).ok()
}

/// A name or tag among claims: one line, trimmed; nothing if it is empty or too long to be one.
pub(super) fn line(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    let text = claims.get(claim)?.as_str()?;
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.trim();
    (!plain.is_empty() && plain.chars().count() <= LONGEST_NAME).then(|| plain.to_owned())
}
