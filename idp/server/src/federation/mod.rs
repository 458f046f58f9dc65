//! Identity providers that people sign in at: which there are, and what they say of somebody. Knows neither HTTP routes nor
//! SQL.

use serde::{Deserialize, Serialize};

/// The identity providers that are configured.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    enabled: Vec<String>,
}

impl Providers {
    /// Whether people may sign in at the provider with that id.
    #[must_use]
    pub fn is_enabled(&self, id: &str) -> bool {
        self.enabled.iter().any(|enabled| enabled == id)
    }
}

/// An address that a provider named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamEmail {
    /// The address, as it was written.
    pub address: String,
    /// Whether the provider says that it was proven to it.
    pub verified: bool,
    /// Whether the mailbox is the provider's own, so that nobody else can say more of it.
    pub authoritative: bool,
}

/// Somebody, as an identity provider knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamIdentity {
    /// The provider's id.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// Its subject: at most 255 characters, case-sensitive.
    pub subject: String,
    /// The address that it named.
    pub email: Option<UpstreamEmail>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// The whole name.
    pub name: Option<String>,
    /// The language that they chose there.
    pub locale: Option<String>,
    /// The `amr` and `acr` values that it signed.
    pub context: Vec<String>,
}
