//! `[terms]`: the council's terms, which residents agree to.

use url::Url;

use super::section::section;
use super::source::Reader;
use crate::page::Lang;

section! {
    /// The council's terms. Residents agree to them when they make an account; after that a page asks them once for every new
    /// version, before the next sign-in is finished.
    pub struct Terms in "terms" {
        /// The version, as you name it. Change it, and every resident is asked again. Without it, nobody is asked.
        version: Option<String> = None => "\"2026-11\"",
        /// The page that has the terms.
        url: Option<Url> = None => "\"https://www.example.gov.uk/terms\"",
        /// The same in Welsh; without it, the English one.
        url_cy: Option<Url> = None => "\"https://www.example.gov.uk/cy/telerau\"",
        /// What has changed since the version before, one sentence each, for the page that asks.
        changes: Vec<String> = Vec::new() => "[\"We keep messages for 12 months instead of 24.\"]",
        /// The same in Welsh; without it, Welsh pages only link the terms.
        changes_cy: Vec<String> = Vec::new() => "[\"Rydym yn cadw negeseuon am 12 mis yn lle 24.\"]",
    }
}

impl Terms {
    /// Where the terms are in a language, while there are any.
    #[must_use]
    pub fn url_in(&self, lang: Lang) -> Option<&Url> {
        self.version.as_ref()?;
        self.url_cy.as_ref().filter(|_| lang == Lang::Cy).or(self.url.as_ref())
    }

    /// What has changed, in a language.
    #[must_use]
    pub fn changes_in(&self, lang: Lang) -> &[String] {
        if lang == Lang::Cy { &self.changes_cy } else { &self.changes }
    }

    pub(super) fn check(&self, reader: &mut Reader) {
        if self.version.as_ref().is_some_and(|version| version.trim().is_empty()) {
            reader.refuse("terms.version", "must name the version, for example by its month");
        }
        if self.version.is_some() && self.url.is_none() {
            reader.refuse("terms.url", "must say where the terms are that residents agree to");
        }
        for (key, url) in [("terms.url", &self.url), ("terms.url_cy", &self.url_cy)] {
            if url.as_ref().is_some_and(|url| !["https", "http"].contains(&url.scheme())) {
                reader.refuse(key, "must be a web address beginning with https");
            }
        }
    }
}
