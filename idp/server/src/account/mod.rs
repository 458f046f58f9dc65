//! What people do about their own account: who may, what it takes, and what follows from it. Knows nothing of HTTP.

pub mod access;
pub mod backup;
pub mod closing;
pub mod contact;
pub mod devices;
pub mod factors;
pub mod identities;
pub mod joining;
pub mod names;
pub mod passkeys;
pub mod password;
pub mod presence;

use chrono::{DateTime, Utc};
use idp_core::journey::{Method, Proof};
use uuid::Uuid;

use crate::account::access::Inside;
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::signin::transaction::hash;
use crate::signin::{Origin, Refusal, StepError, notices};
use crate::store::outbox::Outgoing;
use crate::store::{Tx, sessions};

/// An event that the account's holder causes on these pages.
fn event(app: &App, inside: &Inside, origin: &Origin, kind: &'static str, details: serde_json::Value) -> AuditEvent {
    AuditEvent {
        actor: Actor::Account(inside.account.id),
        account: Some(inside.account.id),
        session: Some(inside.session),
        details,
        ..origin.event(app.clock.now(), kind)
    }
}

/// What the session holds from now on: a factor that was just set up was proven with it. Its cookie is a new one.
struct Raised {
    session: Uuid,
    token: String,
    proofs: Vec<Proof>,
    at: DateTime<Utc>,
}

impl Raised {
    fn by(app: &App, inside: &Inside, method: Method) -> Self {
        let proof = Proof { method, at: app.clock.now() };
        let mut proofs = inside.proofs.clone();
        proofs.retain(|held| held.method != proof.method);
        let (token, at) = (app.random.token(), proof.at);
        proofs.push(proof);
        Self { session: inside.session, token, proofs, at }
    }

    /// Keeps it, in the write that it follows from; gives the value of the cookie.
    async fn keep(self, tx: &mut Tx) -> Result<String, StepError> {
        let kept = sessions::raise(tx, self.session, hash(&self.token), self.proofs, self.at).await?;
        if kept { Ok(self.token) } else { Err(Refusal::NotIssued.into()) }
    }
}

/// What every contact of the account is told.
fn told(app: &App, inside: &Inside, kind: &str, details: &serde_json::Value) -> Vec<Outgoing> {
    notices::to_contacts(app, &inside.account, &(None, inside.lang), kind, details, app.clock.now())
}
