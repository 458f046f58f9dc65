//! Authentication context class references: what a request asks for and what the answer says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::level::Level;

/// The `acr` values this installation knows: the levels' own names and configured aliases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    aliases: BTreeMap<String, Level>,
}

impl Vocabulary {
    /// The levels' own names, and `aliases` for relying parties that come from elsewhere.
    #[must_use]
    pub const fn new(aliases: BTreeMap<String, Level>) -> Self {
        Self { aliases }
    }

    /// The level that `text` names.
    #[must_use]
    pub fn level(&self, text: &str) -> Option<Level> {
        text.parse().ok().or_else(|| self.aliases.get(text).copied())
    }

    /// `acr_values_supported`: every name of the `reachable` levels, weakest first.
    #[must_use]
    pub fn supported(&self, reachable: &[Level]) -> Vec<String> {
        let mut levels = reachable.to_vec();
        levels.sort_unstable();
        let names = |level: Level| {
            let aliases = self.aliases.iter().filter(move |(_, l)| **l == level).map(|(name, _)| name.clone());
            std::iter::once(level.to_string()).chain(aliases)
        };
        levels.into_iter().flat_map(names).collect()
    }
}

/// One known `acr` value of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// As the client wrote it.
    pub text: String,
    /// What it means here.
    pub level: Level,
}

/// The levels a request asks for, by `acr_values`, by the `claims` parameter, or by the client's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// The known values, in the order asked; unknown ones are ignored.
    pub listed: Vec<Listed>,
}

impl Demand {
    /// The known ones of `values`.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>, vocabulary: &Vocabulary) -> Self {
        let known = |text: &str| vocabulary.level(text).map(|level| Listed { text: text.to_owned(), level });
        Self { listed: values.into_iter().filter_map(known).collect() }
    }

    /// The level that must be reached: the lowest one listed.
    #[must_use]
    pub fn target(&self) -> Option<Level> {
        self.listed.iter().map(|l| l.level).min()
    }

    /// The `acr` claim for a sign-in that reached `level`: the strongest listed value reached, as it was asked, else
    /// the level's own name.
    #[must_use]
    pub fn answer(&self, level: Level) -> String {
        self.listed
            .iter()
            .filter(|l| l.level <= level)
            .rev()
            .max_by_key(|l| l.level)
            .map_or_else(|| level.to_string(), |l| l.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary::new(BTreeMap::from([("Cl".to_owned(), Level::OneFactor), ("Cl.Cm".to_owned(), Level::TwoFactor)]))
    }

    #[test]
    fn check_44_the_target_is_the_lowest_listed_and_unknown_values_are_ignored() {
        let demand = Demand::of(["phr", "urn:other", "2fa"], &vocabulary());
        assert_eq!(demand.target(), Some(Level::TwoFactor));
        assert_eq!(Demand::of(["urn:other"], &vocabulary()).target(), None);
    }

    #[test]
    fn the_answer_is_the_strongest_listed_value_reached_in_the_words_of_the_request() {
        let demand = Demand::of(["Cl", "Cl.Cm"], &vocabulary());
        assert_eq!(demand.answer(Level::TwoFactor), "Cl.Cm");
        assert_eq!(demand.answer(Level::OneFactor), "Cl");
        assert_eq!(demand.answer(Level::PhishingResistant), "Cl.Cm");
        assert_eq!(Demand::default().answer(Level::TwoFactor), "2fa");
    }

    #[test]
    fn check_9_supported_values_are_ordered_weakest_first() {
        let supported = vocabulary().supported(&[Level::TwoFactor, Level::OneFactor]);
        assert_eq!(supported, ["1fa", "Cl", "2fa", "Cl.Cm"]);
    }
}
