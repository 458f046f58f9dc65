//! The inside of one write: statements, the audit events that belong to it, and the revisions it changes.

use std::ops::{Deref, DerefMut};

use crate::audit::AuditEvent;

use super::error::StoreError;
use super::statement::Conn;
use super::{audit, revisions};

/// A write in progress. All its statements, revisions and audit events are kept together, or none is.
#[derive(Debug)]
pub struct Tx {
    pub(super) conn: Conn,
    pub(super) events: Vec<AuditEvent>,
}

impl Tx {
    pub(super) fn new(conn: Conn) -> Self {
        Self { conn, events: Vec::new() }
    }

    /// Adds an event to the audit trail of this write. It is inserted just before the commit, together with the
    /// others.
    pub fn audit(&mut self, event: AuditEvent) {
        self.events.push(event);
    }

    /// Says that records of the kind `name` (`clients`, `policies`, `keys` …) have changed, so that every node
    /// refreshes its cache of them within a second. Writes that bump the same name wait for each other.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn bump(&mut self, name: &'static str) -> Result<(), StoreError> {
        self.query(revisions::BUMP).bind(name).execute().await.map(drop)
    }

    /// What the write came to: a body that went on after one of its statements had failed has failed.
    pub(super) fn settle<T, E: From<StoreError>>(&self, outcome: Result<T, E>) -> Result<T, E> {
        match (&self.conn.state.failure, outcome) {
            (Some(failure), Ok(_)) => Err(failure.clone().into()),
            (_, outcome) => outcome,
        }
    }

    /// Inserts `events`, in their order.
    pub(super) async fn insert_events(&mut self, events: &[AuditEvent]) -> Result<(), StoreError> {
        audit::insert(&mut self.conn, events).await
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
