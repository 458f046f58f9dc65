//! The texts of one theme in every language.
//!
//! A custom theme's files lie over the default theme's, key by key. A text that is missing, or that needs a value it
//! was not given, is an error here and never an empty place on a page.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::lang::Lang;
use super::message::Arg;

/// Why a text could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No such key.
    #[error("there is no text “{0}” in {1}")]
    Missing(String, Lang),
    /// The text needs something that it was not given.
    #[error("the text “{0}” in {1} cannot be written: {2}")]
    Broken(String, Lang, String),
    /// A locale file does not parse.
    #[error("{0}: {1}")]
    Syntax(String, String),
}

pub(super) struct Texts {
    bundles: BTreeMap<Lang, FluentBundle<FluentResource>>,
}

impl Texts {
    /// Reads `(path, content)` pairs; a path holds the language as a directory name, and later files win.
    pub(super) fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, TextError> {
        let mut bundles = BTreeMap::new();
        for lang in Lang::ALL {
            let tag = lang.code().parse().map_err(|_| TextError::Missing(lang.to_string(), lang))?;
            let mut bundle = FluentBundle::new_concurrent(vec![tag]);
            // The marks would be visible in titles and in what password managers store.
            bundle.set_use_isolating(false);
            bundles.insert(lang, bundle);
        }
        for (path, content) in files {
            let lang = Lang::ALL.into_iter().find(|lang| path.contains(&format!("locales/{lang}/")));
            let Some(bundle) = lang.and_then(|lang| bundles.get_mut(&lang)) else {
                return Err(TextError::Syntax(path.to_owned(), "it is not below locales/en or locales/cy".to_owned()));
            };
            let resource = FluentResource::try_new(content.to_owned()).map_err(|(_, errors)| {
                let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                TextError::Syntax(path.to_owned(), errors.join("; "))
            })?;
            bundle.add_resource_overriding(resource);
        }
        Ok(Self { bundles })
    }

    /// The text `key--wording` if there is one, else the text `key`. Its values are asked for if it needs any: most texts
    /// do not.
    pub(super) fn write<'a>(
        &self,
        lang: Lang,
        wording: &str,
        key: &str,
        args: impl FnOnce() -> Vec<(&'a str, Cow<'a, Arg>)>,
    ) -> Result<String, TextError> {
        let missing = || TextError::Missing(key.to_owned(), lang);
        let bundle = self.bundles.get(&lang).ok_or_else(missing)?;
        let message =
            bundle.get_message(&format!("{key}--{wording}")).or_else(|| bundle.get_message(key)).ok_or_else(missing)?;
        let pattern = message.value().ok_or_else(missing)?;
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, None, &mut errors);
        if errors.is_empty() {
            return Ok(text.into_owned());
        }
        errors.clear();
        let mut values = FluentArgs::new();
        for (name, value) in args() {
            let value: FluentValue<'_> = match value.into_owned() {
                Arg::Text(text) => text.into(),
                Arg::Number(number) => number.into(),
                Arg::Time(time) => time.words(lang).into(),
            };
            values.set(name, value);
        }
        let text = bundle.format_pattern(pattern, Some(&values), &mut errors);
        if let Some(error) = errors.first() {
            return Err(TextError::Broken(key.to_owned(), lang, error.to_string()));
        }
        Ok(text.into_owned())
    }

    /// Whether there is such a text for any wording.
    pub(super) fn has(&self, lang: Lang, wording: &str, key: &str) -> bool {
        self.bundles.get(&lang).is_some_and(|b| b.has_message(&format!("{key}--{wording}")) || b.has_message(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Texts {
        let en = "plain = Plain\nplain--loud = LOUD\nnamed = Hello { $name }\n";
        Texts::read([("locales/en/a.ftl", en), ("locales/en/b.ftl", "plain = Later\n")]).unwrap()
    }

    #[test]
    fn scr_the_wordings_own_text_wins_and_a_later_file_wins_over_an_earlier_one() {
        assert_eq!(texts().write(Lang::En, "default", "plain", Vec::new).unwrap(), "Later");
        assert_eq!(texts().write(Lang::En, "loud", "plain", Vec::new).unwrap(), "LOUD");
    }

    #[test]
    fn scr_a_missing_text_or_value_is_an_error_and_not_an_empty_place() {
        assert!(matches!(texts().write(Lang::Cy, "default", "plain", Vec::new), Err(TextError::Missing(..))));
        assert!(matches!(texts().write(Lang::En, "default", "named", Vec::new), Err(TextError::Broken(..))));
        let name = || vec![("name", Cow::Owned(Arg::from("Sam")))];
        assert_eq!(texts().write(Lang::En, "default", "named", name).unwrap(), "Hello Sam");
    }

    #[test]
    fn scr_a_locale_file_that_does_not_parse_is_refused_with_its_name() {
        let error = Texts::read([("locales/en/a.ftl", "= nothing")]).err().unwrap();
        assert!(error.to_string().contains("locales/en/a.ftl"));
        assert!(Texts::read([("locales/fr/a.ftl", "a = b")]).is_err());
    }
}
