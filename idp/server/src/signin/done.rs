//! What somebody has done in a step, and what it proves.

use chrono::{DateTime, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::{Method, PasskeyUse, Proof, Upstream};
use secrecy::SecretString;

use crate::factor::Evidence;
use crate::store::identities::IdentityKey;
use crate::store::passkeys::NewPasskey;
use crate::store::proofs::Challenge;
use crate::store::recovery_codes::MailedCode;

/// What somebody has just done.
#[derive(Clone, Debug)]
pub enum Done {
    /// Nothing that is a proof: they came, chose, or agreed.
    Nothing,
    /// Typed the right password.
    Password {
        /// When it was looked at: one that is set after that is another one.
        at: DateTime<Utc>,
    },
    /// Signed in at an identity provider.
    Federated {
        /// What that proves.
        upstream: Upstream,
        /// Whom the provider knows them as.
        key: IdentityKey,
        /// The address that it named.
        email: Option<String>,
    },
    /// Went on as a guest.
    Guest,
    /// Agreed to this version of the council's terms, which proves nothing.
    Terms(String),
    /// Typed the right code by email that permits a new password.
    ResetCode(MailedCode),
    /// Set a new password.
    NewPassword {
        /// Its hash.
        phc: SecretString,
        /// What failed guesses at the old one are counted by.
        budgets: Vec<[u8; 32]>,
    },
    /// Used a second factor.
    Factor {
        /// Which.
        factor: FactorId,
        /// What was asked, if something was sent or kept.
        challenge: Option<Challenge>,
        /// What the answer uses up.
        evidence: Evidence,
    },
    /// Typed the right code that was sent to a contact that is being set up.
    Contact(Challenge),
    /// Enabled an authenticator that they confirmed before.
    Enrolled {
        /// Its sealed secret.
        secret: Vec<u8>,
    },
    /// Signed in with a passkey alone.
    Passkey {
        /// What it uses up.
        evidence: Evidence,
        /// The hash of the challenge that travelled in the page.
        challenge: [u8; 32],
        /// How long the challenge has to be remembered as spent.
        expires_at: DateTime<Utc>,
    },
    /// Made a passkey.
    PasskeyMade {
        /// The challenge.
        challenge: Challenge,
        /// What is kept of it.
        new: Box<NewPasskey>,
        /// What making it has shown.
        shown: PasskeyUse,
    },
}

impl Done {
    /// What it proves. A new password stands for the code that permitted it, and is as old: what was proven since counts
    /// on.
    pub(super) fn proof(&self, before: &[Proof], at: DateTime<Utc>) -> Option<Proof> {
        let method = match self {
            Self::Nothing | Self::Terms(_) => return None,
            Self::Password { at } => return Some(Proof { method: Method::Password, at: *at }),
            Self::Federated { upstream, .. } => Method::Federated(upstream.clone()),
            Self::Guest => Method::Guest,
            Self::ResetCode(_) => Method::ResetPermit,
            Self::NewPassword { .. } => Method::ResetPassword,
            Self::Factor { factor, evidence, .. } => evidence.proves(factor),
            Self::Contact(challenge) => Method::Factor(challenge.factor.clone()),
            Self::Enrolled { .. } => Method::Factor(FactorId::Totp),
            Self::Passkey { evidence, .. } => evidence.proves(&FactorId::Passkey),
            Self::PasskeyMade { shown, .. } => Method::Passkey(*shown),
        };
        let permitted = before.iter().find(|proof| proof.method == Method::ResetPermit).map(|proof| proof.at);
        let at = permitted.filter(|_| method == Method::ResetPassword).unwrap_or(at);
        Some(Proof { method, at })
    }

    /// The challenge that it answers.
    #[must_use]
    pub const fn challenge(&self) -> Option<&Challenge> {
        match self {
            Self::Factor { challenge, .. } => challenge.as_ref(),
            Self::Contact(challenge) | Self::PasskeyMade { challenge, .. } => Some(challenge),
            Self::Nothing
            | Self::Password { .. }
            | Self::Federated { .. }
            | Self::Guest
            | Self::Terms(_)
            | Self::ResetCode(_)
            | Self::NewPassword { .. }
            | Self::Enrolled { .. }
            | Self::Passkey { .. } => None,
        }
    }

    /// Whether it uses up a backup code.
    #[must_use]
    pub const fn spends_backup_code(&self) -> bool {
        matches!(self, Self::Factor { evidence: Evidence::BackupCode { .. }, .. })
    }

    /// Whether it says who is here: a first factor, or a code that stands in for one.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        matches!(
            self,
            Self::Password { .. } | Self::Federated { .. } | Self::Guest | Self::ResetCode(_) | Self::Passkey { .. }
        )
    }

    /// The factor that it sets up.
    #[must_use]
    pub fn enrols(&self) -> Option<FactorId> {
        match self {
            Self::Contact(challenge) => Some(challenge.factor.clone()),
            Self::Enrolled { .. } => Some(FactorId::Totp),
            Self::PasskeyMade { .. } => Some(FactorId::Passkey),
            Self::Nothing
            | Self::Password { .. }
            | Self::Federated { .. }
            | Self::Guest
            | Self::Terms(_)
            | Self::ResetCode(_)
            | Self::NewPassword { .. }
            | Self::Factor { .. }
            | Self::Passkey { .. } => None,
        }
    }
}
