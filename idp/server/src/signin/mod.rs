//! The sign-in journey in the world: gathers what the rules look at, asks them what is needed next, and carries that
//! out in one write. Decides nothing itself and knows nothing of HTTP.

pub mod address;
pub mod advance;
pub mod ask;
pub mod backup;
pub mod contact;
pub mod cookie;
pub mod device;
pub mod done;
pub mod ending;
pub mod entry;
pub mod federated;
pub mod finish;
pub mod first_passkey;
pub mod guess;
pub mod guest;
pub mod mailed;
pub mod newcomer;
pub mod notices;
pub mod outbox;
pub mod passkey;
pub mod pose;
pub mod question;
pub mod record;
pub mod recovery;
pub mod registration;
pub mod remembered;
pub mod reset;
pub mod rules;
pub mod send_guard;
pub mod standing;
pub mod transaction;
pub mod upstream_notices;
mod vain;
pub mod view;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use idp_core::account::Device;
use uuid::Uuid;

use crate::audit::AuditEvent;
use crate::store::StoreError;

/// Where a request came from, for the audit trail.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The client's address, after trusted proxies.
    pub address: Option<IpAddr>,
    /// How budgets by address count it: an IPv4 address, or an IPv6 /64.
    pub address_key: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// The browser, if it said what it is.
    pub device: Option<Device>,
}

impl Origin {
    /// An event of this request.
    #[must_use]
    pub fn event(&self, at: DateTime<Utc>, kind: &'static str) -> AuditEvent {
        AuditEvent { address: self.address, request_id: Some(self.request_id.clone()), ..AuditEvent::new(at, kind) }
    }
}

/// Why a step was not taken. Nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The transaction has already led to a code, or belongs to somebody else by now.
    AlreadyUsed,
    /// The account, the client or the session may not have a code.
    NotIssued,
    /// The code was spent, has expired or was replaced.
    CodeGone,
    /// Too many wrong codes; none is evaluated before that time.
    Codes(Option<DateTime<Utc>>),
    /// An authenticator's code that was used before.
    CodeUsed,
    /// A passkey whose sign count did not grow: there may be a copy of it. Or one that was removed meanwhile.
    PasskeyCopied(Uuid),
    /// A passkey that somebody has already.
    PasskeyTaken,
    /// The number is already used by as many people as may share one.
    TooManyPeople,
    /// No message is sent before that time.
    Sends(DateTime<Utc>),
    /// No request that is too large to travel is kept before that time.
    Requests(DateTime<Utc>),
    /// No password is evaluated before that time.
    Passwords(Option<DateTime<Utc>>),
}

/// A step that failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StepError {
    /// Refused by a rule.
    #[error("the step was refused: {0:?}")]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too many passwords are being checked; try again in a moment.
    #[error("too busy to check a password")]
    Busy,
    /// Something that only a mistake of ours explains.
    #[error("{0}")]
    Broken(String),
}

impl From<Refusal> for StepError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
