//! What a person has proven, and the level it amounts to at one client.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::factor::FactorId;
use crate::level::{Amr, Level};
use crate::policy::{Policy, SignInMethod};

/// A way in which something was proven.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The account's password: a first factor.
    Password,
    /// The account's password, set in this sign-in with a code by email: a first factor that the mailbox stands behind,
    /// which therefore is no second one.
    ResetPassword,
    /// A code by email that lets a new password be set, once, in this transaction. It says who is here, and is no
    /// first factor for a client.
    ResetPermit,
    /// A passkey: a first factor that is the second one too, or a second factor after another first one.
    Passkey(PasskeyUse),
    /// Any other second factor.
    Factor(FactorId),
}

/// What using a passkey has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PasskeyUse {
    /// Whether the person signed in with it and nothing else; only a verified use can be.
    pub alone: bool,
    /// Whether the device verified the person, by fingerprint, face or PIN.
    pub verified: bool,
    /// Whether the key cannot leave its device. A passkey that is, or may be, copied to a cloud is not bound.
    pub bound: bool,
}

impl PasskeyUse {
    /// The methods it adds to `amr`, besides `mfa`.
    fn amr(self) -> impl Iterator<Item = Amr> {
        let key = if self.bound { Amr::Hwk } else { Amr::Swk };
        std::iter::once(key).chain(self.verified.then_some(Amr::User))
    }
}

impl Method {
    /// Whether a sign-in can begin with it.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        match self {
            Self::Password | Self::ResetPassword | Self::ResetPermit => true,
            Self::Passkey(used) => used.alone && used.verified,
            Self::Factor(_) => false,
        }
    }

    /// Whether it is both factors in one.
    #[must_use]
    pub const fn is_both(&self) -> bool {
        matches!(self, Self::Passkey(_)) && self.is_first()
    }

    /// The second factor that it is.
    #[must_use]
    pub fn factor(&self) -> Option<&FactorId> {
        match self {
            Self::Password | Self::ResetPassword | Self::ResetPermit => None,
            Self::Passkey(_) => Some(&FactorId::Passkey),
            Self::Factor(factor) => Some(factor),
        }
    }

    /// The most that using `factor` as a second factor can show.
    #[must_use]
    pub fn best_of(factor: &FactorId) -> Self {
        match factor {
            FactorId::Passkey => Self::Passkey(PasskeyUse { alone: false, verified: true, bound: false }),
            other => Self::Factor(other.clone()),
        }
    }
}

/// One thing proven, at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// How.
    pub method: Method,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a set of proofs amounts to at one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The level.
    pub level: Level,
    /// The methods, as the ID token lists them.
    pub amr: Vec<Amr>,
    /// The last active first factor: `auth_time`.
    pub auth_time: DateTime<Utc>,
    /// Whether a second factor that this client accepts is among them.
    pub second_factor: bool,
}

/// Whether the last first factor is a password that was set with a code by email: then a code to the same mailbox is
/// the same channel again.
#[must_use]
pub fn is_reset_by_email<'a>(proofs: impl IntoIterator<Item = &'a Proof>) -> bool {
    let first = proofs.into_iter().filter(|proof| proof.method.is_first()).max_by_key(|proof| proof.at);
    first.is_some_and(|proof| proof.method != Method::Password)
}

/// The level that `proofs` reach under `policy`, from those methods alone that this client's `sign_in` and `factors`
/// accept. `None` without an accepted first factor.
#[must_use]
pub fn reached<'a>(policy: &Policy, proofs: impl IntoIterator<Item = &'a Proof> + Clone) -> Option<Reached> {
    let accepted = |proof: &&Proof| match &proof.method {
        Method::Password | Method::ResetPassword => policy.sign_in.contains(&SignInMethod::Password),
        Method::Passkey(_) => proof.method.is_first() && policy.sign_in.contains(&SignInMethod::Passkey),
        Method::Factor(_) | Method::ResetPermit => false,
    };
    let first = proofs.clone().into_iter().filter(accepted).max_by_key(|p| p.at)?;
    let (mut amr, mut level, mut second_factor) = (Vec::new(), Level::OneFactor, false);
    for proof in proofs {
        let factor = proof.method.factor().filter(|factor| policy.allows(factor));
        match &proof.method {
            Method::Password | Method::ResetPassword if accepted(&proof) => amr.push(Amr::Pwd),
            Method::Passkey(used) if factor.is_some() || accepted(&proof) => {
                second_factor = true;
                amr.extend(used.amr());
                level = level.max(if used.verified { Level::PhishingResistant } else { Level::TwoFactor });
            }
            // The mailbox that reset the password completes the step, but is no second channel.
            Method::Factor(FactorId::Email) if factor.is_some() && first.method == Method::ResetPassword => {
                second_factor = true;
            }
            Method::Factor(other) if factor.is_some() => {
                second_factor = true;
                amr.extend(other.amr());
                level = level.max(Level::TwoFactor);
            }
            Method::Password | Method::ResetPassword | Method::ResetPermit | Method::Passkey(_) | Method::Factor(_) => {
            }
        }
    }
    if level > Level::OneFactor {
        amr.push(Amr::Mfa);
    }
    amr.sort_unstable();
    amr.dedup();
    Some(Reached { level, amr, auth_time: first.at, second_factor })
}
