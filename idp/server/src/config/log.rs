//! `[log]`: what is written to standard error.

use tracing_subscriber::EnvFilter;

use super::section::{choice, section};
use super::source::Reader;

choice! {
    /// The form of a log line.
    pub enum LogFormat {
        /// One JSON object a line.
        Json = "json",
        /// For people.
        Text = "text",
    }
}

section! {
    /// The log, which goes to standard error. It never contains codes, passwords, tokens or whole addresses.
    pub struct Log in "log" {
        /// `json`, one object a line, or `text`.
        format: LogFormat = LogFormat::Json,
        /// The least level: `error`, `warn`, `info`, `debug` or `trace`; also for one part, as in `info,idp::net=debug`.
        level: String = "info".to_owned(),
    }
}

impl Log {
    pub(super) fn check(&self, reader: &mut Reader) {
        if EnvFilter::try_new(&self.level).is_err() {
            reader.refuse("log.level", "must be a level like info, or levels for parts like info,idp::net=debug");
        }
    }
}
