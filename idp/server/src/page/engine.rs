//! Renders a page: the theme's template, filled with a frame and a screen's context.
//!
//! A custom theme is checked with every sample in every language before it is used, and a page of it that still fails
//! at run time is replaced by the default theme's page, with the reason in the log.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;
use tera::Context;

use super::assets::{self, Asset};
use super::frame::Frame;
use super::lang::Lang;
use super::message::{Arg, Message};
use super::screens::{self, Visitor};
use super::texts::TextError;
use super::theme::Theme;
use super::{Page, screens::error::Unavailable};

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template is wrong.
    #[error("template: {0}")]
    Template(#[from] tera::Error),
    /// A text is missing or wrong.
    #[error("text: {0}")]
    Text(#[from] TextError),
    /// A theme's file could not be read.
    #[error("{path}: {reason}")]
    File {
        /// The file or directory.
        path: String,
        /// What the operating system said.
        reason: String,
    },
    /// A custom theme cannot show one of the screens.
    #[error("theme “{theme}”, screen {screen}, language {lang}: {reason}")]
    Theme {
        /// The theme's name.
        theme: String,
        /// The screen's number.
        screen: &'static str,
        /// The language.
        lang: Lang,
        /// What failed.
        reason: String,
    },
}

impl PageError {
    pub(super) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), reason: error.to_string() }
    }
}

/// The two pages that must be there when nothing else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StaticPage {
    /// 500: the service has a problem.
    Broken,
    /// 503: the service is not available at the moment.
    Unavailable,
}

/// All themes, ready to render.
pub struct Pages {
    default: Theme,
    custom: BTreeMap<String, Theme>,
    fixed: BTreeMap<(StaticPage, Lang), String>,
}

/// Stand-ins that rendering puts into the fixed pages and [`Pages::fixed`] replaces.
const COUNCIL: &str = "{council-name}";
const REFERENCE: &str = "{reference-number}";

#[derive(Serialize)]
struct Language {
    lang: &'static str,
    text: &'static str,
    href: String,
    current: bool,
}

#[derive(Serialize)]
struct ErrorLink {
    text: String,
    href: String,
}

impl Pages {
    /// The built-in theme and those in `custom`, a directory with one directory for each theme.
    ///
    /// # Errors
    /// [`PageError`] when a theme cannot be read, does not compile, or cannot show one of the screens.
    pub fn load(custom: Option<&Path>) -> Result<Self, PageError> {
        let mut pages = Self { default: Theme::built_in()?, custom: BTreeMap::new(), fixed: BTreeMap::new() };
        for (page, sample) in
            [(StaticPage::Broken, Unavailable::broken()), (StaticPage::Unavailable, Unavailable::down())]
        {
            for lang in Lang::ALL {
                let frame = Frame {
                    lang,
                    council: COUNCIL.to_owned(),
                    reference: REFERENCE.to_owned(),
                    wording: "default".to_owned(),
                    ..Frame::default()
                };
                let html = pages.render(&frame, &sample)?;
                pages.fixed.insert((page, lang), html);
            }
        }
        let Some(dir) = custom else { return Ok(pages) };
        for entry in fs::read_dir(dir).map_err(|e| PageError::file(dir, &e))? {
            let path = entry.map_err(|e| PageError::file(dir, &e))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_dir()) else {
                continue;
            };
            let theme = Theme::read(name, &path)?;
            screens::every_screen(&mut Check { name, theme: &theme })?;
            pages.custom.insert(name.to_owned(), theme);
        }
        Ok(pages)
    }

    /// The page as HTML, in the frame's theme, language and wording.
    ///
    /// # Errors
    /// [`PageError`] when the default theme cannot show it either.
    pub fn render<P: Page>(&self, frame: &Frame, page: &P) -> Result<String, PageError> {
        if let Some(theme) = self.custom.get(&frame.theme) {
            match render_with(theme, frame, page) {
                Ok(html) => return Ok(html),
                Err(error) => tracing::error!(
                    theme = frame.theme,
                    screen = P::SCREEN,
                    %error,
                    "the theme cannot show the page; showing the default theme's"
                ),
            }
        }
        render_with(&self.default, frame, page)
    }

    /// A text on its own, for a message that is sent.
    ///
    /// # Errors
    /// [`PageError`] when there is no such text, or a value in it is missing.
    pub fn text(&self, lang: Lang, wording: &str, message: &Message) -> Result<String, PageError> {
        Ok(self.default.texts.write(lang, wording, message.key(), || message.named_args().collect())?)
    }

    /// A page that was rendered at start: it needs no template engine and no database.
    #[must_use]
    pub fn fixed(&self, page: StaticPage, lang: Lang, council: &str, reference: &str) -> String {
        let html = self.fixed.get(&(page, lang)).map(String::as_str).unwrap_or_default();
        html.replace(COUNCIL, &escape(council)).replace(REFERENCE, &escape(reference))
    }

    /// The file at `/static/{hash}/{name}`: built in, or a custom theme's style sheet.
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<&Asset> {
        let own = || self.custom.values().filter_map(|t| t.style.as_ref()).find(|(at, _)| at == path);
        assets::find(path).or_else(|| own().map(|(_, asset)| asset))
    }

    /// Whether there is a theme of this name.
    #[must_use]
    pub fn has_theme(&self, name: &str) -> bool {
        name == "default" || self.custom.contains_key(name)
    }

    /// Where the theme's own style sheet is, if it has one.
    #[must_use]
    pub fn style_of(&self, theme: &str) -> Option<&str> {
        self.custom.get(theme)?.style.as_ref().map(|(at, _)| at.as_str())
    }

    #[cfg(test)]
    pub(super) fn default_theme(&self) -> &Theme {
        &self.default
    }
}

struct Check<'a> {
    name: &'a str,
    theme: &'a Theme,
}

impl Visitor for Check<'_> {
    type Error = PageError;

    fn visit<P: Page>(&mut self) -> Result<(), PageError> {
        for page in P::samples() {
            for lang in Lang::ALL {
                let frame = screens::sample_frame(lang);
                render_with(self.theme, &frame, &page).map_err(|e| PageError::Theme {
                    theme: self.name.to_owned(),
                    screen: P::SCREEN,
                    lang,
                    reason: e.to_string(),
                })?;
            }
        }
        Ok(())
    }
}

fn render_with<P: Page>(theme: &Theme, frame: &Frame, page: &P) -> Result<String, PageError> {
    let say = |message: &Message| {
        let known = || {
            let service = ("service", Cow::Owned(Arg::from(frame.service())));
            let council = ("council", Cow::Owned(Arg::from(frame.council.as_str())));
            message.named_args().chain([service, council]).collect()
        };
        theme.texts.write(frame.lang, &frame.wording, message.key(), known)
    };
    let title = say(&page.title())?;
    let mut errors = Vec::new();
    let mut error_texts = BTreeMap::new();
    for error in page.errors() {
        let text = say(&error.message)?;
        errors.push(ErrorLink { text: text.clone(), href: format!("#{}", error.field) });
        error_texts.entry(error.field.clone()).or_insert(text);
    }
    let error_prefix = say(&Message::new("error-prefix"))?;
    let mut document_title = if errors.is_empty() { String::new() } else { format!("{error_prefix}: ") };
    document_title.push_str(&title);
    if frame.service() != frame.council && frame.service() != title {
        document_title.push_str(" - ");
        document_title.push_str(frame.service());
    }
    document_title.push_str(" - ");
    document_title.push_str(&frame.council);

    let mut context = Context::new();
    context.insert("page", page);
    context.insert("screen", P::SCREEN);
    context.insert("title", &title);
    context.insert("document_title", &document_title);
    context.insert("errors", &errors);
    context.insert("error_texts", &error_texts);
    context.insert("error_prefix", &error_prefix);
    context.insert("warning_prefix", &say(&Message::new("warning-prefix"))?);
    context.insert("lang", frame.lang.code());
    context.insert("wording", &frame.wording);
    context.insert("council", &frame.council);
    context.insert("service", frame.service());
    context.insert("client", &frame.client);
    context.insert("has_client", &frame.client.is_some());
    context.insert("csrf", frame.csrf.as_deref().unwrap_or_default());
    context.insert("back", &frame.back);
    context.insert("banner", &frame.banner.as_ref().map(&say).transpose()?);
    context.insert("reference", &frame.reference);
    context.insert("languages", &languages(frame));
    context.insert("signed_in", &frame.signed_in);
    context.insert("replaced_by", if frame.answers_form { frame.here.as_str() } else { "" });
    context.insert("style_href", &assets::path_of("idp.css"));
    context.insert("theme_href", &theme.style.as_ref().map(|(at, _)| at));
    context.insert("script_src", &assets::path_of("idp.js"));
    context.insert("detect_src", &assets::path_of("detect.js"));
    let own = page.own_template().filter(|name| theme.has_template(name));
    Ok(theme.tera.render(own.as_deref().unwrap_or(P::TEMPLATE), &context)?)
}

fn languages(frame: &Frame) -> Vec<Language> {
    if frame.here.is_empty() || frame.languages.len() < 2 {
        return Vec::new();
    }
    let languages = frame.languages.iter().map(|&lang| Language {
        lang: lang.code(),
        text: lang.own_name(),
        href: in_language(&frame.here, lang),
        current: lang == frame.lang,
    });
    languages.collect()
}

/// The same page in `lang`: its path and query with one `lang` parameter.
fn in_language(here: &str, lang: Lang) -> String {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let mut kept: Vec<&str> = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("lang=")).collect();
    let chosen = format!("lang={lang}");
    kept.push(&chosen);
    format!("{path}?{}", kept.join("&"))
}

fn escape(text: &str) -> String {
    let mut escaped = Vec::new();
    // Writing to a vector cannot fail.
    let _ = tera::escape_html(text, &mut escaped);
    String::from_utf8(escaped).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scr_the_link_to_the_other_language_keeps_the_place() {
        assert_eq!(in_language("/mfa/code?tx=a&lang=en", Lang::Cy), "/mfa/code?tx=a&lang=cy");
        assert_eq!(in_language("/sign-in", Lang::En), "/sign-in?lang=en");
    }
}
