//! Every sample of every screen as it looks: for tests, for whoever makes a theme, and for eyes.

use std::fs;
use std::io;
use std::path::Path;

use super::assets;
use super::screens::{self, Visitor};
use super::{Lang, Message, Page, PageError, Pages};

/// The sets of texts that the presets choose among; the first is the usual one.
pub const WORDINGS: [&str; 5] = ["default", "always-on", "staff-app", "authenticator", "sms-first"];

/// One sample.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The screen's number.
    pub screen: &'static str,
    /// Screen, number of the sample, language: `R5-1-en`.
    pub name: String,
    /// The language.
    pub lang: Lang,
    /// How many fields are wrong on it.
    pub errors: usize,
    /// Its title's text, before it is written.
    pub title: Message,
    /// The page.
    pub html: String,
}

struct Render<'a> {
    pages: &'a Pages,
    theme: &'a str,
    wording: &'a str,
    shown: Vec<Shown>,
}

impl Visitor for Render<'_> {
    type Error = PageError;

    fn visit<P: Page>(&mut self) -> Result<(), PageError> {
        // Several pages may share a screen of the specification.
        let before = self.shown.iter().filter(|shown| shown.screen == P::SCREEN).count() / Lang::ALL.len();
        for (i, page) in P::samples().into_iter().enumerate() {
            for lang in Lang::ALL {
                let mut frame = screens::sample_frame(lang);
                self.theme.clone_into(&mut frame.theme);
                self.wording.clone_into(&mut frame.wording);
                let name = format!("{}-{}-{lang}", P::SCREEN, before + i + 1);
                let html = self.pages.render(&frame, &page)?;
                let (title, errors) = (page.title(), page.errors().len());
                self.shown.push(Shown { screen: P::SCREEN, name, lang, errors, title, html });
            }
        }
        Ok(())
    }
}

/// Every sample in a theme and a wording.
///
/// # Errors
/// [`PageError`] when a page cannot be shown.
pub fn gallery(pages: &Pages, theme: &str, wording: &str) -> Result<Vec<Shown>, PageError> {
    let mut render = Render { pages, theme, wording, shown: Vec::new() };
    screens::every_screen(&mut render)?;
    Ok(number_alike(render.shown))
}

/// Two kinds of screen may have one number: their samples are counted on.
fn number_alike(mut shown: Vec<Shown>) -> Vec<Shown> {
    let mut counts = std::collections::BTreeMap::new();
    for page in &mut shown {
        let count = counts.entry((page.screen, page.lang)).and_modify(|count| *count += 1).or_insert(1);
        page.name = format!("{}-{count}-{}", page.screen, page.lang);
    }
    shown
}

/// Writes the gallery of a theme in every wording below `folder`, with its style sheets and scripts, for any server of
/// plain files. Answers how many pages there are.
///
/// # Errors
/// A page cannot be shown, or a file cannot be written.
pub fn write(pages: &Pages, theme: &str, folder: &Path) -> io::Result<usize> {
    let mut written = 0;
    for wording in WORDINGS {
        let below = folder.join(wording);
        fs::create_dir_all(&below)?;
        for page in gallery(pages, theme, wording).map_err(io::Error::other)? {
            fs::write(below.join(format!("{}.html", page.name)), &page.html)?;
            written += 1;
        }
    }
    let own = pages.style_of(theme);
    let built =
        ["idp.css", "idp.js", "detect.js"].into_iter().filter_map(|name| -> Option<&str> { assets::path_of(name) });
    for path in built.chain(own) {
        let Some(asset) = pages.asset(path) else { continue };
        let file = folder.join(path.trim_start_matches('/'));
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(file, &asset.identity)?;
    }
    Ok(written)
}
