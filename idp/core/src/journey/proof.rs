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
    /// A second factor.
    Factor(FactorId),
}

impl Method {
    /// Whether a sign-in can begin with it.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        matches!(self, Self::Password | Self::ResetPassword | Self::ResetPermit)
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
        Method::Factor(_) | Method::ResetPermit => false,
    };
    let first = proofs.clone().into_iter().filter(accepted).max_by_key(|p| p.at)?;
    let mut amr = vec![Amr::Pwd];
    let factors = proofs.into_iter().filter_map(|proof| match &proof.method {
        Method::Factor(factor) if policy.allows(factor) => Some(factor),
        Method::Factor(_) | Method::Password | Method::ResetPassword | Method::ResetPermit => None,
    });
    let (mut second_factor, mut raises) = (false, false);
    for factor in factors {
        second_factor = true;
        // The mailbox that reset the password completes the step, but is no second channel.
        if first.method == Method::ResetPassword && *factor == FactorId::Email {
            continue;
        }
        raises = true;
        amr.extend(factor.amr());
    }
    if raises {
        amr.push(Amr::Mfa);
    }
    amr.sort_unstable();
    amr.dedup();
    let level = if raises { Level::TwoFactor } else { Level::OneFactor };
    Some(Reached { level, amr, auth_time: first.at, second_factor })
}
