//! `[policy]` and `[acr]`: what second factor is asked for where a client's own policy does not say.
//!
//! The documents are the same as a client's own; `idp_core::policy` gives them their meaning.

use std::collections::BTreeMap;

use idp_core::level::Level;
use idp_core::policy::{Floors, PolicyDocument};

use super::section::section;
use super::source::Reader;

section! {
    /// The second-factor policy of the installation. Each client's own policy goes before `defaults`; nothing goes
    /// below `floors`.
    pub struct Policy in "policy" {
        /// The policy that a client inherits where its own says nothing, as `[policy.defaults]`.
        defaults: PolicyDocument = PolicyDocument::default(),
        /// The least for each class of user, as `[policy.floors.staff]` and `[policy.floors.resident]`.
        floors: Floors = Floors::default(),
    }
}

section! {
    /// Names of levels of assurance (`acr`).
    pub struct Acr in "acr" {
        /// Further names for our levels `guest`, `1fa`, `2fa` and `phr`, for relying parties that ask in another
        /// vocabulary; the answer uses the name asked for.
        aliases: BTreeMap<String, Level> = BTreeMap::new() => "{ \"Cl\" = \"1fa\", \"Cl.Cm\" = \"2fa\" }",
    }
}

impl Acr {
    pub(super) fn check(&self, reader: &mut Reader) {
        for (alias, level) in &self.aliases {
            if alias.parse::<Level>().is_ok() {
                reader.refuse(
                    "acr.aliases",
                    format!("gives the level {alias} another meaning, {level}: choose another name"),
                );
            }
            if alias.is_empty() || !alias.bytes().all(|byte| byte.is_ascii_graphic()) {
                reader.refuse("acr.aliases", format!("contains “{alias}”: a name is printable ASCII without spaces"));
            }
        }
    }
}
