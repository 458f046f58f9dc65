//! `idp stand-ins`: stand-ins for Google and Facebook without the rest of the demo. See [`crate::demo::standins`].

use clap::Args;
use url::Url;

use super::failure::Failure;
use super::serve;
use crate::demo;

/// The command. It prints the sections of a configuration file that make a provider use them.
#[derive(Clone, Debug, Args)]
pub struct StandIns {
    /// Their port, on this machine only
    #[arg(long, value_name = "PORT", default_value_t = 8082, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// The address of the provider that uses them: its redirect URIs are registered
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080")]
    issuer: Url,
}

impl StandIns {
    /// Runs them until they are told to stop.
    ///
    /// # Errors
    /// The port is in use.
    pub fn run(self) -> Result<(), Failure> {
        let runtime = serve::runtime(0)?;
        let ended = runtime.block_on(demo::run_stand_ins(self.port, &self.issuer));
        runtime.shutdown_timeout(serve::LAST_WRITES);
        Ok(ended?)
    }
}
