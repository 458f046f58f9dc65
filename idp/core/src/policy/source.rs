//! Where each effective value comes from, for the console and the explainer; and which key was meant by a misspelt one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::document::PolicyDocument;
use super::effective::Policy;
use super::floor::Floor;
use super::preset::Preset;

/// The tag of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The installation default, or the product's.
    Default,
    /// As the client's preset wrote it.
    Preset,
    /// Written for this client.
    #[serde(rename = "This app")]
    ThisApp,
    /// The floor of the class of account is stricter.
    Floor,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "Default",
            Self::Preset => "Preset",
            Self::ThisApp => "This app",
            Self::Floor => "Floor",
        })
    }
}

/// The tag of every field of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources(BTreeMap<&'static str, Source>);

impl Sources {
    /// Tags the fields of the policy that `document` gives over `installation_default` and under `floor`.
    #[must_use]
    pub fn of(document: &PolicyDocument, installation_default: &PolicyDocument, floor: &Floor) -> Self {
        let policy = document.resolve(installation_default);
        let written = fields(document);
        let preset = document.preset.as_ref().and_then(Preset::written).map(|preset| fields(&preset.document()));
        let raised = raised(&policy, floor);
        let tag = |key: &'static str| {
            let source = match written.get(key) {
                _ if raised.contains(&key) => Source::Floor,
                None => Source::Default,
                Some(value) if preset.as_ref().and_then(|preset| preset.get(key)) == Some(value) => Source::Preset,
                Some(_) => Source::ThisApp,
            };
            (key, source)
        };
        Self(policy_keys().map(tag).collect())
    }

    /// The tag of one field; an unknown field is the default's.
    #[must_use]
    pub fn get(&self, field: &str) -> Source {
        self.0.get(field).copied().unwrap_or(Source::Default)
    }

    /// Every field with its tag, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Source)> + '_ {
        self.0.iter().map(|(key, source)| (*key, *source))
    }
}

/// The fields that a floor makes stricter than the policy has them.
pub(super) fn raised(policy: &Policy, floor: &Floor) -> Vec<&'static str> {
    let (before, after) = (fields(&policy.to_document()), fields(&policy.under_floor(floor).to_document()));
    policy_keys().filter(|key| before.get(*key) != after.get(*key)).collect()
}

/// The names of the fields, in the order of the form.
pub fn policy_keys() -> impl Iterator<Item = &'static str> {
    PolicyDocument::KEYS.iter().copied().filter(|key| *key != "preset")
}

/// The written fields by name.
pub(super) fn fields(document: &PolicyDocument) -> Map<String, Value> {
    match serde_json::to_value(document) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The known key that somebody who wrote `unknown` probably meant, or `None` if nothing is near.
#[must_use]
pub fn nearest_key(unknown: &str) -> Option<&'static str> {
    use super::document::{BackupCodesDocument, CodeDocument, CodesDocument, ContactEditDocument};
    let nested = [CodesDocument::KEYS, CodeDocument::KEYS, ContactEditDocument::KEYS, BackupCodesDocument::KEYS];
    PolicyDocument::KEYS
        .iter()
        .chain(nested.into_iter().flatten())
        .map(|key| (distance(unknown, key), *key))
        .filter(|(distance, key)| *distance <= key.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, key)| key)
}

/// How many single-character edits lead from one text to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().take(64).enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (b, above) in to.iter().zip(row.windows(2)) {
            let (diagonal, up) = (above.first().copied().unwrap_or(0), above.last().copied().unwrap_or(0));
            left = (diagonal + usize::from(a != *b)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;

    fn sources(toml: &str, floor: &Floor) -> Sources {
        Sources::of(&toml::from_str(toml).unwrap(), &PolicyDocument::default(), floor)
    }

    #[test]
    fn every_field_is_tagged() {
        let tags = sources("theme = \"blue\"", &Floor::default());
        assert_eq!(tags.iter().count(), PolicyDocument::KEYS.len() - 1);
        assert_eq!((tags.get("theme"), tags.get("mfa")), (Source::ThisApp, Source::Default));
    }

    #[test]
    fn a_value_as_the_preset_wrote_it_is_the_presets_until_it_is_changed() {
        let mut document = Preset::SmsFirst.document();
        document.remember_device_days = Some(0);
        let tags = Sources::of(&document, &PolicyDocument::default(), &Floor::default());
        assert_eq!(tags.get("chooser"), Source::Preset);
        assert_eq!(tags.get("remember_device_days"), Source::ThisApp);
        assert_eq!(tags.get("theme"), Source::Default);
        document.chooser = Some(crate::policy::Chooser::Always);
        let tags = Sources::of(&document, &PolicyDocument::default(), &Floor::default());
        assert_eq!(tags.get("chooser"), Source::ThisApp);
    }

    #[test]
    fn a_preset_of_an_unknown_version_tags_its_values_as_this_apps() {
        let tags = sources("preset = \"sms-first@9\"\nchooser = \"never\"", &Floor::default());
        assert_eq!(tags.get("chooser"), Source::ThisApp);
    }

    #[test]
    fn a_field_that_the_floor_makes_stricter_is_the_floors() {
        let floor = Floor { min_acr: Some(Level::TwoFactor), ..Floor::default() };
        let tags = sources("mfa = \"required\"\nremember_device_days = 9", &floor);
        assert_eq!((tags.get("min_acr"), tags.get("remember_device_days")), (Source::Floor, Source::Floor));
        assert_eq!(tags.get("mfa"), Source::ThisApp);
    }

    #[test]
    fn a_misspelt_key_is_refused_and_the_nearest_known_one_is_found() {
        assert!(toml::from_str::<PolicyDocument>("remember_devise_days = 3").is_err());
        assert_eq!(nearest_key("remember_devise_days"), Some("remember_device_days"));
        assert_eq!(nearest_key("factor"), Some("factors"));
        assert_eq!(nearest_key("ttl_second"), Some("ttl_seconds"));
        assert_eq!(nearest_key("completely-different"), None);
    }

    #[test]
    fn null_is_refused_and_none_is_a_word() {
        for json in [r#"{"mfa": null}"#, r#"{"min_acr": null}"#, r#"{"code": {"sms": null}}"#, r#"{"factors": [null]}"#]
        {
            assert!(serde_json::from_str::<PolicyDocument>(json).is_err(), "{json}");
        }
        let document: PolicyDocument = serde_json::from_str(r#"{"min_acr": "none", "pilot": "none"}"#).unwrap();
        assert_eq!(serde_json::to_string(&document).unwrap(), r#"{"min_acr":"none","pilot":"none"}"#);
        assert!(serde_json::from_str::<PolicyDocument>(r#"{"min_acr": "3fa"}"#).is_err());
    }
}
