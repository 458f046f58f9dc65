//! The rules that refuse a policy when it is saved, the same for console, API, configuration file and command line.
//!
//! A rule is one clause of the ten in the requirements; its code never changes. To add one: the file of its subject, a
//! new letter, a test of both sides. Nothing here looks anything up: the facts come as an [`Installation`].

mod code;
mod identity;
mod levels;
mod steps;
mod warn;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::document::PolicyDocument;
use super::effective::Policy;
use super::floor::Floors;
use crate::factor::FactorId;
use crate::level::Level;

/// What the rules must know about the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// The configured sender of each of email, sms and voice, by name.
    pub senders: BTreeMap<FactorId, String>,
    /// Passkeys can be registered.
    pub passkeys: bool,
    /// The configured remote factors.
    pub remotes: BTreeSet<String>,
    /// The configured identity providers.
    pub providers: BTreeSet<String>,
    /// Messages go only to an allow-list of recipients.
    pub allow_list_only: bool,
    /// Some account that may sign in here has no phone number.
    pub accounts_without_phone: bool,
    /// The countries that it sends texts and calls to.
    pub countries: Vec<String>,
    /// The floors.
    pub floors: Floors,
    /// Other names of levels.
    pub acr_aliases: BTreeMap<String, Level>,
    /// For each tariff plan, the channels it has a price for (0 is a price).
    pub prices: BTreeMap<String, BTreeSet<FactorId>>,
}

impl Installation {
    /// Whether this factor can work at all.
    #[must_use]
    pub fn supports(&self, factor: &FactorId) -> bool {
        match factor {
            FactorId::Email | FactorId::Sms | FactorId::Voice => self.senders.contains_key(factor),
            FactorId::Totp | FactorId::Backup => true,
            FactorId::Passkey => self.passkeys,
            FactorId::Remote(name) => self.remotes.contains(name),
        }
    }
}

/// Why a policy cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// `policy_rule_N` with a letter for the clause, or `policy_range`, or `policy_value`.
    pub code: &'static str,
    /// The fields that contradict each other.
    pub fields: Vec<String>,
    /// What is wrong and what to change, in English.
    pub message: String,
}

/// What may be saved but should be thought about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// `policy_warning_…`.
    pub code: &'static str,
    /// The fields concerned.
    pub fields: Vec<String>,
    /// What may go wrong, in English.
    pub message: String,
}

/// Judges a policy that is about to be saved: `policy` is what `document` resolves to, before any floor.
///
/// # Errors
/// Every refusal, in the order of the rules.
pub fn check(
    document: &PolicyDocument,
    policy: &Policy,
    installation: &Installation,
) -> Result<Vec<Warning>, Vec<Refusal>> {
    let mut draft = Draft { document, policy, installation, refusals: Vec::new() };
    draft.steps();
    draft.levels();
    draft.identities();
    draft.codes();
    draft.values();
    if draft.refusals.is_empty() { Ok(warn::warnings(policy, installation)) } else { Err(draft.refusals) }
}

/// A policy being judged.
struct Draft<'a> {
    document: &'a PolicyDocument,
    policy: &'a Policy,
    installation: &'a Installation,
    refusals: Vec<Refusal>,
}

impl Draft<'_> {
    fn refuse_if(&mut self, wrong: bool, code: &'static str, fields: &[&str], message: &str) {
        if wrong {
            let fields = fields.iter().map(|field| (*field).to_owned()).collect();
            self.refusals.push(Refusal { code, fields, message: message.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests;
