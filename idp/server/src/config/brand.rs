//! `[brand]`: whose pages these are. The look itself is a theme.

use std::path::PathBuf;

use url::Url;

use super::section::section;
use super::source::Reader;
use crate::page::Lang;

section! {
    /// Whose pages these are. The look itself is a theme.
    pub struct Brand in "brand" {
        /// The council's name, in titles, headers, messages and phone calls.
        council: String = "Example Council".to_owned(),
        /// The name of the whole service, where no application's name is shown.
        service: String = "Your account".to_owned(),
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
    pub(super) fn check(&self, reader: &mut Reader) {
        for (key, value) in [("brand.council", &self.council), ("brand.service", &self.service)] {
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
