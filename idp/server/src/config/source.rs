//! Where values come from: a TOML file, then environment variables on top; and which source said what.
//!
//! Only variables with a `__` are keys (`IDP_SERVER__LISTEN`), so that other variables beginning with `IDP_` do not
//! become unknown keys.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use secrecy::SecretString;

use super::error::Problem;
use super::section::Key;
use super::senders::Pinned;
use super::setting::Setting;
use super::spelling::nearest;

const PREFIX: &str = "IDP_";
const ENVIRONMENT: &str = "environment";
/// The origin of what the database holds.
pub const DATABASE: &str = "database";

/// The environment variable of a key.
#[must_use]
pub fn variable(section: &str, key: &str) -> String {
    format!("{PREFIX}{}__{}", section.to_ascii_uppercase(), key.to_ascii_uppercase())
}

/// Environment variables as a figment provider that keeps every value as text.
struct Environment(Vec<(String, String)>);

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named(ENVIRONMENT)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut root = Dict::new();
        for (name, text) in &self.0 {
            let Some((section, key)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__")) else {
                continue;
            };
            let path: Vec<_> = key.split("__").map(str::to_ascii_lowercase).collect();
            // Inside a document no kind of ours reads the text, so a number or truth value must become one here.
            let leaf = if path.len() > 1 { scalar(text) } else { Value::from(text.clone()) };
            let value = path.into_iter().rev().fold(leaf, |inner, step| Value::from(Dict::from([(step, inner)])));
            let entry = root.entry(section.to_ascii_lowercase()).or_insert_with(|| Value::from(Dict::new()));
            merge(entry, value);
        }
        Ok(Map::from([(Profile::Default, root)]))
    }
}

fn scalar(text: &str) -> Value {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Bool(truth)) => Value::from(truth),
        Ok(serde_json::Value::Number(number)) if number.is_i64() => Value::from(number.as_i64().unwrap_or_default()),
        _ => Value::from(text),
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Dict(_, into), Value::Dict(_, from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(old) => merge(old, value),
                    None => drop(into.insert(key, value)),
                }
            }
        }
        (into, from) => *into = from,
    }
}

/// The merged sources, and the problems found while reading them.
pub struct Reader {
    figment: Figment,
    root: Dict,
    origins: BTreeMap<String, String>,
    /// Who said what, where figment does not know.
    said_by: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Reader {
    /// Reads the file, if one is named, and lays the environment over it.
    pub fn new(path: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Self {
        let mut problems = Vec::new();
        let mut figment = Figment::new();
        if let Some(path) = path {
            match std::fs::read_to_string(path) {
                Ok(text) => match text.parse::<toml::Table>() {
                    Ok(_) => figment = figment.merge(Toml::file_exact(path)),
                    Err(error) => problems.push(Problem {
                        key: path.display().to_string(),
                        origin: "file".to_owned(),
                        // The snippet that `Display` prints could show a secret's line.
                        message: format!("is not TOML: {}{}", error.message(), place(&text, error.span())),
                    }),
                },
                Err(error) => problems.push(Problem {
                    key: path.display().to_string(),
                    origin: "file".to_owned(),
                    message: format!("cannot be read: {error}"),
                }),
            }
        }
        figment = figment.merge(Environment(environment.filter(|(name, _)| name.starts_with(PREFIX)).collect()));
        let root = figment.find_value("").ok().and_then(Value::into_dict).unwrap_or_default();
        Self { figment, root, origins: BTreeMap::new(), said_by: BTreeMap::new(), problems }
    }

    /// What the database holds, with what is pinned laid over it.
    pub fn layered(stored: &BTreeMap<String, String>, pinned: &Pinned) -> Self {
        let mut root = Dict::new();
        let mut said_by = pinned.origins.clone();
        for (name, text) in stored {
            let Some((section, key)) = name.split_once('.') else { continue };
            // A secret's file and the secret itself must not meet.
            if pinned.origins.contains_key(name) || pinned.origins.contains_key(&format!("{name}_file")) {
                continue;
            }
            said_by.insert(name.clone(), DATABASE.to_owned());
            let value = Value::from(Dict::from([(key.to_owned(), Value::from(text.clone()))]));
            merge(root.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new())), value);
        }
        let mut all = Value::from(root);
        merge(&mut all, Value::from(pinned.root.clone()));
        let root = all.into_dict().unwrap_or_default();
        Self { figment: Figment::new(), root, origins: BTreeMap::new(), said_by, problems: Vec::new() }
    }

    /// What the sources say in these sections. To be called when all of their keys were taken.
    #[must_use]
    pub fn pinned(&self, sections: &[&str]) -> Pinned {
        let chosen = |name: &str| sections.contains(&name);
        let root = self.root.iter().filter(|(name, _)| chosen(name)).map(|(name, value)| (name.clone(), value.clone()));
        let origins = self.origins.iter().filter(|(name, _)| name.split('.').next().is_some_and(chosen));
        Pinned { root: root.collect(), origins: origins.map(|(name, by)| (name.clone(), by.clone())).collect() }
    }

    /// Gives the keys of a section that go by another name the one they are known by.
    pub fn rename(&mut self, section: &str, aliases: &[(&str, &str)]) {
        let Some(Value::Dict(_, table)) = self.root.get_mut(section) else { return };
        let mut twice = Vec::new();
        for (alias, known) in aliases {
            if let Some(value) = table.remove(*alias)
                && table.insert((*known).to_owned(), value).is_some()
            {
                twice.push((format!("{section}.{alias}"), format!("is another name of {section}.{known}: keep one")));
            }
        }
        for (key, message) in twice {
            self.refuse(&key, message);
        }
    }

    /// The value of a key; `default` if no source has it or it cannot be read, which is then a problem.
    pub fn take<T: Setting>(&mut self, section: &str, key: &str, default: T) -> T {
        let Some(value) = self.root.get(section).and_then(Value::as_dict).and_then(|table| table.get(key)) else {
            return default;
        };
        let name = format!("{section}.{key}");
        let origin = self.origin_of(value, section, key);
        let parsed = T::parse(value);
        self.origins.insert(name.clone(), origin);
        match parsed {
            Ok(value) => value,
            Err(message) => {
                // What is wrong with a part of the value begins with the rest of its path.
                match message.split_once(' ').filter(|(path, _)| path.starts_with('.')) {
                    Some((path, why)) => self.refuse(&format!("{name}{path}"), why),
                    None => self.refuse(&name, message),
                }
                default
            }
        }
    }

    fn origin_of(&self, value: &Value, section: &str, key: &str) -> String {
        if let Some(origin) = self.said_by.get(&format!("{section}.{key}")) {
            return origin.clone();
        }
        match self.figment.get_metadata(value.tag()) {
            Some(metadata) if metadata.name == ENVIRONMENT => variable(section, key),
            Some(Metadata { source: Some(source), .. }) => source.to_string(),
            // A table that several sources built together has no tag of its own.
            _ => format!("file or {}", variable(section, key)),
        }
    }

    /// Records that a key's value is wrong; `message` is read after the key.
    pub fn refuse(&mut self, key: &str, message: impl Into<String>) {
        // A part of a value was set where the whole was.
        let whole = self.origins.iter().filter(|(known, _)| {
            key.strip_prefix(known.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        let origin = whole.max_by_key(|(known, _)| known.len()).map(|(_, origin)| origin.clone());
        let origin = origin.unwrap_or_else(|| "not set".to_owned());
        self.problems.push(Problem { key: key.to_owned(), origin, message: message.into() });
    }

    /// Refuses a number outside `allowed`; `why` ends the sentence.
    pub fn within<T: PartialOrd + Display>(&mut self, key: &str, value: &T, allowed: &RangeInclusive<T>, why: &str) {
        if !allowed.contains(value) {
            self.refuse(key, format!("is {value}, must be from {} to {}: {why}", allowed.start(), allowed.end()));
        }
    }

    /// Whether a source set this key.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.origins.contains_key(key)
    }

    /// Takes a secret from the file that `{key}_file` names. Both at once, or a file that is unreadable or empty, is
    /// a problem.
    pub fn secret(&mut self, key: &str, value: &mut Option<SecretString>, file: Option<&PathBuf>) {
        let Some(path) = file else { return };
        let file_key = format!("{key}_file");
        if value.is_some() {
            self.refuse(&file_key, format!("is set beside {key}: keep one of them"));
            return;
        }
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let text = zeroize::Zeroizing::new(text);
                let text = text.trim_end_matches(['\r', '\n']);
                if text.is_empty() {
                    self.refuse(&file_key, format!("names {}, which is empty: write the secret to it", path.display()));
                } else {
                    *value = Some(text.into());
                }
            }
            Err(error) => {
                self.refuse(&file_key, format!("names {}, which cannot be read: {error}", path.display()));
            }
        }
    }

    /// Refuses everything that is not in `known`, naming what may have been meant.
    pub fn refuse_unknown(&mut self, known: &[(&'static str, Vec<Key>)]) {
        let mut found = Vec::new();
        for (section, value) in &self.root {
            let Some((_, keys)) = known.iter().find(|(name, _)| name == section) else {
                found.push((section.clone(), self.origin_of(value, section, "…"), unknown_section(section, known)));
                continue;
            };
            let Some(table) = value.as_dict() else {
                found.push((
                    section.clone(),
                    self.origin_of(value, section, "…"),
                    "is a section: write it as [table]".into(),
                ));
                continue;
            };
            for (key, value) in table {
                if !keys.iter().any(|known| known.name == key) {
                    found.push((
                        format!("{section}.{key}"),
                        self.origin_of(value, section, key),
                        unknown_key(section, key, known),
                    ));
                }
            }
        }
        for (key, origin, message) in found {
            self.problems.push(Problem { key, origin, message });
        }
    }

    /// All problems found so far.
    #[must_use]
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

fn unknown_section(section: &str, known: &[(&'static str, Vec<Key>)]) -> String {
    if let Some((home, _)) = known.iter().find(|(_, keys)| keys.iter().any(|key| key.name == section)) {
        return format!("is not a section: did you mean {home}.{section}?");
    }
    match nearest(section, known.iter().map(|(name, _)| *name)) {
        Some(name) => format!("is not a section: did you mean {name}?"),
        None => "is not a section: remove it".to_owned(),
    }
}

fn unknown_key(section: &str, key: &str, known: &[(&'static str, Vec<Key>)]) -> String {
    let here = known.iter().filter(|(name, _)| *name == section).flat_map(|(_, keys)| keys.iter().map(|key| key.name));
    if let Some(name) = nearest(key, here) {
        return format!("is not a key: did you mean {section}.{name}?");
    }
    match known.iter().find(|(_, keys)| keys.iter().any(|known| known.name == key)) {
        Some((home, _)) => format!("is not a key: did you mean {home}.{key}?"),
        None => "is not a key: remove it".to_owned(),
    }
}

/// Where in the file a TOML error is.
fn place(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let Some(before) = span.and_then(|span| text.get(..span.start)) else { return String::new() };
    format!(", line {}", before.matches('\n').count() + 1)
}
