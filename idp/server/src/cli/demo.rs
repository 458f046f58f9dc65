//! `idp demo`: see [`crate::demo`].

use clap::Args;
use secrecy::SecretString;

use super::failure::Failure;
use super::serve;
use crate::demo;

/// The command.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// The provider's port; the portal and the stand-ins have the next two
    #[arg(long, value_name = "BASE", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..=65533))]
    port: u16,
    /// Keep the data in this empty PostgreSQL database, instead of a temporary SQLite file
    #[arg(long, value_name = "URL")]
    store: Option<SecretString>,
}

impl Demo {
    /// Runs the demo until it is told to stop.
    ///
    /// # Errors
    /// A port is in use, or something did not start.
    pub fn run(self) -> Result<(), Failure> {
        let runtime = serve::runtime(0)?;
        let ended = runtime.block_on(demo::run(self.port, self.store));
        runtime.shutdown_timeout(serve::LAST_WRITES);
        Ok(ended?)
    }
}
