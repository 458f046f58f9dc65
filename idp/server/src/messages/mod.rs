//! Messages in the world: which senders there are now, changing their settings, trying them, and what providers report.
//!
//! The settings come from the configuration and, below it, from the database, where each is sealed under a key of its
//! own with its name as associated data. Nodes follow the database within a second.

pub mod receipts;
mod settings;
mod trial;

use std::collections::BTreeMap;

use crate::app::Purposes;
use crate::config::{Config, ConfigError, SenderSettings};
use crate::delivery::smtp::SmtpError;
use crate::delivery::{Router, Tools};
use crate::store::{Db, StoreError, sender_settings};

pub use settings::{ChangeError, change};
pub use trial::{Trial, TrialError, TrialMessage, Workshop, trial};

/// The senders of one moment.
pub struct Senders {
    /// Their settings.
    pub settings: Box<SenderSettings>,
    /// The senders.
    pub router: Router,
}

/// Why there are no senders.
#[derive(Debug, thiserror::Error)]
pub enum SendersError {
    /// The settings do not go together.
    #[error("the senders’ settings cannot be used: {0}")]
    Settings(#[from] ConfigError),
    /// The SMTP settings cannot be used.
    #[error("mail: {0}")]
    Smtp(#[from] SmtpError),
    /// A value in the database does not open.
    #[error("the stored setting {0} cannot be read: it was not sealed with this master key")]
    Sealed(String),
    /// The store failed.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
}

impl Senders {
    /// The senders as configured, with what `stored` adds.
    ///
    /// # Errors
    /// The settings cannot be used.
    pub fn new(config: &Config, stored: &BTreeMap<String, String>, tools: &Tools) -> Result<Self, SendersError> {
        let settings = Box::new(config.senders(stored)?);
        let router = Router::new(&settings, tools)?;
        Ok(Self { settings, router })
    }

    /// The senders as configured, with what the database adds. What it adds in vain (it is damaged, or does not go with
    /// the configuration any more) is left out and told in the log: a node with the configured senders is better than
    /// none.
    ///
    /// # Errors
    /// The store fails, or the configured settings cannot be used.
    pub async fn load(config: &Config, db: &Db, purposes: &Purposes, tools: &Tools) -> Result<Self, SendersError> {
        match stored(db, purposes).await {
            Ok(stored) => match Self::new(config, &stored, tools) {
                Err(error) if !stored.is_empty() => {
                    tracing::error!(%error, "the senders’ settings in the database are left out: idp messages show");
                }
                built => return built,
            },
            Err(error @ SendersError::Store(_)) => return Err(error),
            Err(error) => tracing::error!(%error, "the senders’ settings in the database are left out"),
        }
        Self::new(config, &BTreeMap::new(), tools)
    }
}

/// The settings that the database holds, opened.
///
/// # Errors
/// The store fails, or a value does not open.
pub async fn stored(db: &Db, purposes: &Purposes) -> Result<BTreeMap<String, String>, SendersError> {
    let rows = sender_settings::all(&mut db.for_workers().read().await?).await?;
    let open = |(name, sealed): (String, Vec<u8>)| {
        let opened = purposes.sender_settings.open(&[name.as_bytes()], &sealed).ok();
        match opened.and_then(|plain| String::from_utf8(plain.to_vec()).ok()) {
            Some(text) => Ok((name, text)),
            None => Err(SendersError::Sealed(name)),
        }
    };
    rows.into_iter().map(open).collect()
}
