//! `idp themes`: checks the themes as a node does when it starts, and shows what they make of every page.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::{Common, output};
use crate::config::{Brand, Config};
use crate::page::{Pages, gallery};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Themes {
    /// Render every page of every theme in every language
    Check,
    /// Write every page of the theme in use as HTML files, to be looked at through any server of plain files
    Gallery {
        /// Where to
        folder: PathBuf,
    },
}

impl Themes {
    /// Runs the command.
    ///
    /// # Errors
    /// A theme cannot show a page; the message names theme, screen and language. Or a file cannot be written.
    pub fn run(self, common: &Common) -> Result<(), Failure> {
        let config = Config::load(common.config.as_deref())?;
        let pages = load(&config.brand)?;
        let theme = &config.brand.theme;
        match self {
            Self::Check => output::print(common.json, &json!({ "valid": true, "theme": theme }), || {
                format!("Every page of every theme can be shown. The theme in use is “{theme}”.")
            }),
            Self::Gallery { folder } => {
                let written = gallery::write(&pages, theme, &folder);
                let written = written.map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
                output::print(common.json, &json!({ "pages": written, "theme": theme }), || {
                    format!("{written} pages of the theme “{theme}” are in {}.", folder.display())
                });
            }
        }
        Ok(())
    }
}

fn load(brand: &Brand) -> Result<Pages, Failure> {
    let pages = Pages::load(brand.themes_dir.as_deref()).map_err(|error| Failure::failed(error.to_string()))?;
    if !pages.has_theme(&brand.theme) {
        return Err(Failure::failed(format!("brand.theme names “{}”, but brand.themes_dir has none", brand.theme)));
    }
    Ok(pages)
}
