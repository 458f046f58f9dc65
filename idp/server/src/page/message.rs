//! A text by its key and what goes into it; the language is chosen when it is rendered.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lang::ClockTime;

/// What goes into a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arg {
    /// Words that are the same in every language: names, addresses.
    Text(String),
    /// A whole number; the text chooses its plural form by it.
    Number(i64),
    /// A time of day, written as the language does.
    Time(ClockTime),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Self::Number(i64::from(number))
    }
}

impl From<ClockTime> for Arg {
    fn from(time: ClockTime) -> Self {
        Self::Time(time)
    }
}

/// A text of the theme's locale files. `service` and `council` are known to every text without being given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    key: Cow<'static, str>,
    #[serde(default)]
    args: BTreeMap<Cow<'static, str>, Arg>,
}

impl Message {
    /// The text with this key.
    #[must_use]
    pub fn new(key: impl Into<Cow<'static, str>>) -> Self {
        Self { key: key.into(), args: BTreeMap::new() }
    }

    /// The same text with one more value in it.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Arg>) -> Self {
        self.args.insert(name.into(), value.into());
        self
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values by their names.
    pub(super) fn named_args(&self) -> impl Iterator<Item = (&str, Cow<'_, Arg>)> {
        self.args.iter().map(|(name, value)| (name.as_ref(), Cow::Borrowed(value)))
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The id of the field, which is also its name: the summary links to it.
    pub field: Cow<'static, str>,
    /// What to do about it.
    pub message: Message,
}

impl FieldError {
    /// An error of the field with this id.
    #[must_use]
    pub fn new(field: impl Into<Cow<'static, str>>, message: Message) -> Self {
        Self { field: field.into(), message }
    }
}
