//! Audit events: what happened, to whom, by whom. A write carries its events with it
//! ([`Tx::audit`](crate::store::Tx::audit)), so that there is never a change without its event, nor the reverse.
//!
//! An event names secrets by nothing: no code, token, password or cookie belongs into `details`.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Actor {
    /// Somebody who is not signed in.
    #[default]
    Anonymous,
    /// The holder of an account: a resident or a member of staff.
    Account(Uuid),
    /// A client, by its id, in its own name.
    Client(String),
    /// A person at the machine's command line.
    Operator,
    /// The service itself: expiry, rotation, migration.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
        }
    }
}

/// One row of the audit trail.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    /// When, to the microsecond.
    pub at: DateTime<Utc>,
    /// What, as `subject.verb`: `sign_in.succeeded`, `factor.enrolled`, `client.changed`.
    pub kind: &'static str,
    /// By whom.
    pub actor: Actor,
    /// The account it concerns.
    pub account: Option<Uuid>,
    /// The client it concerns, by its `client_id`.
    pub client: Option<String>,
    /// The session it concerns: its row's id, never the value of the cookie.
    pub session: Option<Uuid>,
    /// Where the request came from, after trusted proxies.
    pub address: Option<IpAddr>,
    /// The request's id, as in the log.
    pub request_id: Option<String>,
    /// Further facts of this kind of event.
    pub details: Value,
}

impl AuditEvent {
    /// An event with nothing but its time and kind; fill in what is known with `..` or field by field.
    #[must_use]
    pub fn new(at: DateTime<Utc>, kind: &'static str) -> Self {
        Self {
            at,
            kind,
            actor: Actor::Anonymous,
            account: None,
            client: None,
            session: None,
            address: None,
            request_id: None,
            details: Value::Object(serde_json::Map::new()),
        }
    }
}
