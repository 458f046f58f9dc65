//! `idp serve`: runs a node until SIGTERM or SIGINT.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::Common;
use super::failure::Failure;
use crate::app::App;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::node::{Node, Stop};
use crate::telemetry::{self, Metrics};

/// Time for writes that no request waits for, once all requests are answered.
pub const LAST_WRITES: Duration = Duration::from_secs(2);

/// Runs a node.
///
/// # Errors
/// The configuration is wrong, the store is away, or an address is in use.
pub fn run(common: &Common) -> Result<(), Failure> {
    let config = Config::load(common.config.as_deref())?;
    let runtime = runtime(config.server.worker_threads)?;
    let ended = runtime.block_on(serve(config));
    runtime.shutdown_timeout(LAST_WRITES);
    ended
}

/// A runtime with that many threads; 0 is one a core.
///
/// # Errors
/// The system gives no threads.
pub fn runtime(threads: usize) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if threads > 0 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build()
}

async fn serve(config: Config) -> Result<(), Failure> {
    telemetry::start(&config.log).map_err(|error| Failure::failed(error.to_string()))?;
    let metrics = Metrics::start().map_err(|error| Failure::failed(error.to_string()))?;
    let stop = Stop::on_signals()?;
    let app = App::start(config, Clock::system(), Random::default()).await?;
    let node = Node::bind(&app, metrics).await?;
    tracing::info!(address = %node.address(), issuer = app.issuer(), "listening");
    node.run(stop).await;
    Ok(())
}
