//! What the operator's commands work with: the configuration and the open store.

use std::sync::Arc;

use idp_core::policy::{Floors, PolicyDocument};
use uuid::Uuid;

use super::failure::Failure;
use super::{Common, output};
use crate::app::{Opened, Purposes, open};
use crate::audit::{Actor, AuditEvent};
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::store::Db;

/// The configuration and the open store.
#[derive(Debug)]
pub struct Desk {
    /// The configuration.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The store, up to date.
    pub db: Db,
    /// Keys by purpose.
    pub purposes: Purposes,
    json: bool,
}

impl Desk {
    /// Opens the store of the configuration.
    ///
    /// # Errors
    /// The configuration is wrong, or the store cannot be opened.
    pub async fn open(common: &Common) -> Result<Self, Failure> {
        let config = Config::load(common.config.as_deref())?;
        let random = Random::default();
        let Opened { db, purposes } = open(&config, &random).await?;
        Ok(Self { config, clock: Clock::system(), random, db: db.for_workers(), purposes, json: common.json })
    }

    /// What a client's policy inherits, and what it cannot go below.
    #[must_use]
    pub fn policies(&self) -> (PolicyDocument, Arc<Floors>) {
        (self.config.policy.defaults.clone(), Arc::new(self.config.policy.floors.clone()))
    }

    /// An event of the operator about a client.
    #[must_use]
    pub fn client_event(&self, kind: &'static str, client: &str) -> AuditEvent {
        AuditEvent { client: Some(client.to_owned()), ..self.event(kind) }
    }

    /// An event of the operator about an account.
    #[must_use]
    pub fn account_event(&self, kind: &'static str, account: Uuid) -> AuditEvent {
        AuditEvent { account: Some(account), ..self.event(kind) }
    }

    /// An event of the operator.
    #[must_use]
    pub fn event(&self, kind: &'static str) -> AuditEvent {
        AuditEvent { actor: Actor::Operator, ..AuditEvent::new(self.clock.now(), kind) }
    }

    /// Tells what should be thought about where the answer is data that has no place for it.
    pub fn note(&self, notes: &[String]) {
        for note in notes.iter().filter(|_| self.json) {
            output::complain(&format!("note: {note}"));
        }
    }

    /// Whether answers are data.
    #[must_use]
    pub const fn answers_in_json(&self) -> bool {
        self.json
    }

    /// Prints what came of the command.
    pub fn print(&self, value: &impl serde::Serialize, text: impl FnOnce() -> String) {
        output::print(self.json, value, text);
    }
}
