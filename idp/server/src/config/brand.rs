//! `[brand]`: whose pages these are. The look itself is a theme.

use std::path::PathBuf;

use url::Url;

use super::section::section;
use super::source::Reader;
use crate::page::Lang;

/// The council's name while nobody has given one.
const DEFAULT_COUNCIL: &str = "Example Council";
/// The service's name while nobody has given one, in both languages.
const DEFAULT_SERVICE: &str = "Your account";
const DEFAULT_SERVICE_CY: &str = "Eich cyfrif";

section! {
    /// Whose pages these are. The look itself is a theme.
    pub struct Brand in "brand" {
        /// The council's name, in titles, headers, messages and phone calls.
        council: String = DEFAULT_COUNCIL.to_owned(),
        /// The same in Welsh; without it, the English one. It stands where no letter of it need mutate.
        council_cy: Option<String> = None => "\"Cyngor Enghraifft\"",
        /// The name of the whole service, in titles and headings where no application's name is shown.
        service: String = DEFAULT_SERVICE.to_owned(),
        /// The same in Welsh; without it, the English one ("Eich cyfrif" beside the default).
        service_cy: Option<String> = None => "\"Eich cyfrif\"",
        /// The theme.
        theme: String = "default".to_owned(),
        /// A directory with one folder for each further theme, whose files take the place of the default's.
        themes_dir: Option<PathBuf> = None => "\"/etc/idp/themes\"",
        /// Languages offered, the default one first. With one of them there are no language links, and what browsers and
        /// applications ask for makes no difference.
        languages: Vec<Lang> = Lang::ALL.to_vec(),
        /// The email address that pages give for help.
        contact_email: Option<String> = None => "\"help@example.gov.uk\"",
        /// The telephone number that pages give for help, as people write it.
        contact_phone: Option<String> = None => "\"01632 960000\"",
        /// The page that the Help link leads to; without it, our own.
        help_url: Option<Url> = None => "\"https://www.example.gov.uk/contact\"",
        /// The privacy notice that the footer links.
        privacy_url: Option<Url> = None => "\"https://www.example.gov.uk/privacy\"",
        /// The accessibility statement that the footer links; without it, our own model statement.
        accessibility_url: Option<Url> = None => "\"https://www.example.gov.uk/accessibility\"",
    }
}

impl Brand {
    /// The council's name in a language.
    #[must_use]
    pub fn council_in(&self, lang: Lang) -> &str {
        self.council_cy.as_deref().filter(|_| lang == Lang::Cy).unwrap_or(&self.council)
    }

    /// The name of the whole service in a language.
    #[must_use]
    pub fn service_in(&self, lang: Lang) -> &str {
        match (lang, &self.service_cy) {
            (Lang::Cy, Some(name)) => name,
            (Lang::Cy, None) if self.service == DEFAULT_SERVICE => DEFAULT_SERVICE_CY,
            _ => &self.service,
        }
    }

    /// Every name that is ours, in every language.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let ours = Lang::ALL.into_iter().flat_map(|lang| [self.council_in(lang), self.service_in(lang)]);
        ours.collect::<std::collections::BTreeSet<_>>().into_iter()
    }

    /// What residents would miss or take for a mistake: the keys that still stand at their defaults, in words.
    #[must_use]
    pub fn unsaid(&self) -> Vec<String> {
        let mut unsaid = Vec::new();
        if self.council == DEFAULT_COUNCIL {
            unsaid.push(format!("pages and messages call the council “{DEFAULT_COUNCIL}”: set brand.council"));
        }
        if self.council_cy.is_none() && self.languages.contains(&Lang::Cy) {
            unsaid.push("Welsh pages call it by its English name: set brand.council_cy".to_owned());
        }
        if self.contact_email.is_none() && self.contact_phone.is_none() {
            unsaid.push("no page says whom to ask for help: set brand.contact_email or brand.contact_phone".to_owned());
        }
        unsaid
    }

    pub(super) fn check(&self, reader: &mut Reader) {
        let ours = [
            ("brand.council", Some(&self.council)),
            ("brand.council_cy", self.council_cy.as_ref()),
            ("brand.service", Some(&self.service)),
            ("brand.service_cy", self.service_cy.as_ref()),
        ];
        for (key, value) in ours.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            if value.trim().is_empty() || value.chars().any(char::is_control) {
                reader.refuse(key, "must be a name of at least one letter, on one line");
            }
        }
        let named =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !named(&self.theme) {
            reader.refuse("brand.theme", "must be the name of a theme: letters, digits, - and _");
        }
        if self.theme != "default" && self.themes_dir.is_none() {
            reader.refuse("brand.theme", "names a theme of your own: set brand.themes_dir to where it is");
        }
        if let Some(directory) = &self.themes_dir
            && !directory.is_dir()
        {
            reader.refuse("brand.themes_dir", format!("names {}, which is not a directory", directory.display()));
        }
        let mut seen = Vec::new();
        for language in &self.languages {
            if seen.contains(language) {
                reader.refuse("brand.languages", format!("names {language} twice"));
            }
            seen.push(*language);
        }
        if self.languages.is_empty() {
            reader.refuse("brand.languages", "must name at least one of en and cy, the default one first");
        }
        let links = [
            ("brand.help_url", &self.help_url),
            ("brand.privacy_url", &self.privacy_url),
            ("brand.accessibility_url", &self.accessibility_url),
        ];
        for (key, url) in links {
            if url.as_ref().is_some_and(|url| !["https", "http"].contains(&url.scheme())) {
                reader.refuse(key, "must be a web address beginning with https");
            }
        }
    }
}
