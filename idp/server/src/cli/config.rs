//! `idp config`: check the configuration, print an example file or the reference page.

use clap::Subcommand;
use serde_json::json;

use super::failure::Failure;
use super::{Common, output};
use crate::config;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Name everything that is wrong
    Check,
    /// Print a file with every key, its meaning and its default
    Example,
    /// Print the reference page in Markdown
    Reference,
}

impl Config {
    /// Runs the command.
    ///
    /// # Errors
    /// The configuration has problems.
    pub fn run(self, common: &Common) -> Result<(), Failure> {
        match self {
            Self::Check => {
                let config = config::Config::load(common.config.as_deref())?;
                let issuer = config.server.issuer.as_str();
                output::print(common.json, &json!({ "valid": true, "issuer": issuer }), || {
                    format!("The configuration is valid. The issuer is {issuer}.")
                });
            }
            Self::Example => output::say(config::example().trim_end()),
            Self::Reference => output::say(config::reference().trim_end()),
        }
        Ok(())
    }
}
