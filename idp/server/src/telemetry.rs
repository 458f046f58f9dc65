//! Logs and metrics. One event is one line on standard error, with the request's id; metrics are counted in memory
//! and rendered for Prometheus.
//!
//! What is secret never reaches the log: it is a `SecretString`, or is wrapped in [`Redacted`]; addresses and numbers
//! are written through [`masked_email`] and [`masked_phone`].

use std::fmt;
use std::panic::PanicHookInfo;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{Log, LogFormat};

/// Buckets of every histogram, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Starts logging to standard error, panics too. Once in a process.
///
/// # Errors
/// Logging was started before.
pub fn start(log: &Log) -> Result<(), TryInitError> {
    subscriber(log, std::io::stderr).try_init()?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic as one event like any other, inside the span of its request: the usual report is several lines of text.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(panic = panic.payload_as_str().unwrap_or("without text"), place, "a panic");
}

/// What writes the log as configured to `writer`.
pub fn subscriber<W>(log: &Log, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false);
    match log.format {
        LogFormat::Json => {
            Box::new(builder.json().flatten_event(true).with_current_span(true).with_span_list(false).finish())
        }
        LogFormat::Text => Box::new(builder.finish()),
    }
}

/// The counters of this process.
#[derive(Clone, Debug)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Starts counting. Once in a process.
    ///
    /// # Errors
    /// Counting was started before.
    pub fn start() -> Result<Self, BuildError> {
        Ok(Self { handle: PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder()? })
    }

    /// All metrics in Prometheus's text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// A value that can be passed about but not printed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Redacted<T>(pub T);

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// An email address as logs show it: its first character and its domain.
#[must_use]
pub fn masked_email(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, domain)) => format!("{}***@{domain}", name.chars().next().unwrap_or('*')),
        None => "***".to_owned(),
    }
}

/// A telephone number as logs show it: its last three digits.
#[must_use]
pub fn masked_phone(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits.iter().skip(digits.len().saturating_sub(3)).collect();
    format!("***{last}")
}

#[cfg(test)]
mod tests;
