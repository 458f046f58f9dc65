//! Why a command failed, in one sentence for the person who typed it.

use std::fmt;

use crate::config::ConfigError;
use crate::store::StoreError;

/// A command that failed.
#[derive(Debug)]
pub enum Failure {
    /// The arguments or the configuration are wrong; nothing was done.
    Usage(String),
    /// It could not be done.
    Failed(String),
}

impl Failure {
    /// The exit code of the process.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
        }
    }

    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// Not possible.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Failed(message)) = self;
        f.write_str(message)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Failed(format!("the store: {error}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Starting up fails in words for an operator; a configuration that cannot work is wrong usage.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let message = format!("{error:#}");
        if error.chain().any(<dyn std::error::Error>::is::<ConfigError>) {
            Self::Usage(message)
        } else {
            Self::Failed(message)
        }
    }
}

impl From<crate::node::BindError> for Failure {
    fn from(error: crate::node::BindError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<crate::demo::DemoError> for Failure {
    fn from(error: crate::demo::DemoError) -> Self {
        Self::Failed(error.to_string())
    }
}
