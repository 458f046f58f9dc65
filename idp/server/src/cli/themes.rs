//! `idp themes check`: renders every page of every theme in every language, as a node does when it starts.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::{Common, output};
use crate::config::Config;
use crate::page::Pages;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Themes {
    /// Render every page of every theme in every language
    Check,
}

impl Themes {
    /// Runs the command.
    ///
    /// # Errors
    /// A theme cannot show a page; the message names theme, screen and language.
    pub fn run(self, common: &Common) -> Result<(), Failure> {
        let config = Config::load(common.config.as_deref())?;
        let Self::Check = self;
        let brand = &config.brand;
        Pages::load(brand.themes_dir.as_deref()).map_err(|error| Failure::failed(error.to_string()))?;
        let own = |directory: &std::path::PathBuf| directory.join(&brand.theme).is_dir();
        if brand.theme != "default" && !brand.themes_dir.as_ref().is_some_and(own) {
            return Err(Failure::failed(format!("brand.theme names “{}”, but brand.themes_dir has none", brand.theme)));
        }
        output::print(common.json, &json!({ "valid": true, "theme": brand.theme }), || {
            format!("Every page of every theme can be shown. The theme in use is “{}”.", brand.theme)
        });
        Ok(())
    }
}
