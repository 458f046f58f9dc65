//! The proof that a request's every need is met.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::proof::Proof;
use crate::level::{Amr, Level};
use crate::oidc::scope::Scopes;

/// What has to happen to the browser's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// Nothing was proven anew.
    Keep,
    /// The same person proved more, or the same again: same `sid`, new proofs, new cookie.
    Raise,
    /// Somebody signed in: a new session, and the browser's old one ends.
    Start,
}

/// A request whose every need is met. Only [`super::next_need`] makes one, and only its holder can issue a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Satisfied {
    pub(super) account: Uuid,
    pub(super) level: Level,
    pub(super) acr: String,
    pub(super) amr: Vec<Amr>,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) scopes: Scopes,
    pub(super) proofs: Vec<Proof>,
    pub(super) session: SessionChange,
    pub(super) by_device: bool,
    pub(super) provider: Option<String>,
}

impl Satisfied {
    /// Who signed in.
    #[must_use]
    pub const fn account(&self) -> Uuid {
        self.account
    }

    /// The level reached at this client.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The `acr` claim.
    #[must_use]
    pub fn acr(&self) -> &str {
        &self.acr
    }

    /// The `amr` claim.
    #[must_use]
    pub fn amr(&self) -> &[Amr] {
        &self.amr
    }

    /// The `auth_time` claim.
    #[must_use]
    pub const fn auth_time(&self) -> DateTime<Utc> {
        self.auth_time
    }

    /// The scopes granted.
    #[must_use]
    pub const fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The proofs that the session is to hold from now on.
    #[must_use]
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// Whether a remembered device stood in for the second factor that the policy asks for.
    #[must_use]
    pub const fn by_device(&self) -> bool {
        self.by_device
    }

    /// The identity provider that the sign-in rests on.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// Whether it is a guest's.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.level == Level::Guest
    }

    /// What has to happen to the session.
    #[must_use]
    pub const fn session(&self) -> SessionChange {
        self.session
    }
}
