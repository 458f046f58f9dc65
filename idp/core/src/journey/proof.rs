//! What a person has proven, and the level it amounts to at one client.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::factor::FactorId;
use crate::level::{Amr, Level};
use crate::policy::{FirstFactor, Policy, accepts, upstream_level};

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
    /// A sign-in at an identity provider: a first factor.
    Federated(Upstream),
    /// Going on without an account, where a first factor would be.
    Guest,
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

/// What an identity provider has said of a sign-in there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Upstream {
    /// The provider's id.
    pub provider: String,
    /// Whether the account's address is the mailbox that it named: then a code to that mailbox is the same channel again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mailbox: bool,
    /// The `amr` and `acr` values that it signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
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
            Self::Password | Self::ResetPassword | Self::ResetPermit | Self::Federated(_) | Self::Guest => true,
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
            Self::Password | Self::ResetPassword | Self::ResetPermit | Self::Federated(_) | Self::Guest => None,
            Self::Passkey(_) => Some(&FactorId::Passkey),
            Self::Factor(factor) => Some(factor),
        }
    }

    /// Whether a later proof by one takes the place of an earlier one by the other.
    #[must_use]
    pub fn is_same_way_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Federated(one), Self::Federated(two)) => one.provider == two.provider,
            _ => self == other,
        }
    }

    /// How it begins a sign-in, if it is what one begins with. A permit to set a password is no sign-in.
    fn begins(&self) -> Option<FirstFactor> {
        match self {
            Self::Password => Some(FirstFactor::Password { reset_by_email: false }),
            Self::ResetPassword => Some(FirstFactor::Password { reset_by_email: true }),
            Self::Passkey(_) => self.is_first().then_some(FirstFactor::Passkey),
            Self::Federated(Upstream { provider, mailbox, .. }) => {
                Some(FirstFactor::Federated { provider: provider.clone(), mailbox: *mailbox })
            }
            Self::Guest => Some(FirstFactor::Guest),
            Self::ResetPermit | Self::Factor(_) => None,
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
    /// The identity provider that the first factor was given at.
    pub provider: Option<String>,
}

/// How the sign-in began that counts at this client: the last first factor that it accepts. Where it accepts none of
/// them, an address and a password are what it would ask for; a permit to set a new one is as good as the mailbox.
#[must_use]
pub fn first_factor(policy: &Policy, proofs: &[&Proof]) -> FirstFactor {
    let last = |is: &dyn Fn(&Method) -> bool| {
        let those = proofs.iter().filter(|proof| is(&proof.method));
        those.max_by_key(|proof| proof.at)
    };
    let accepted = last(&|method| method.begins().is_some_and(|first| accepts(policy, &first)));
    let permit = last(&|method| *method == Method::ResetPermit);
    match accepted.filter(|first| permit.is_none_or(|permit| first.at >= permit.at)) {
        Some(proof) => proof.method.begins().unwrap_or(FirstFactor::Password { reset_by_email: false }),
        None => FirstFactor::Password { reset_by_email: permit.is_some() },
    }
}

/// The level that `proofs` reach under `policy`, from those methods alone that this client's `sign_in` and `factors`
/// accept. `None` without an accepted first factor.
#[must_use]
pub fn reached<'a>(policy: &Policy, proofs: impl IntoIterator<Item = &'a Proof> + Clone) -> Option<Reached> {
    let accepted = |proof: &&Proof| proof.method.begins().is_some_and(|first| accepts(policy, &first));
    let first = proofs.clone().into_iter().filter(accepted).max_by_key(|p| p.at)?;
    if first.method == Method::Guest {
        // Nobody is known, so that nothing else could be theirs.
        let (level, amr, auth_time) = (Level::Guest, Vec::new(), first.at);
        return Some(Reached { level, amr, auth_time, second_factor: false, provider: None });
    }
    let by_mailbox = first.method.begins().is_some_and(|first| first.is_by_mailbox());
    let (mut amr, mut level, mut second_factor) = (Vec::new(), Level::OneFactor, false);
    for proof in proofs {
        let factor = proof.method.factor().filter(|factor| policy.allows(factor));
        match &proof.method {
            Method::Password | Method::ResetPassword if accepted(&proof) => amr.push(Amr::Pwd),
            Method::Federated(upstream) if accepted(&proof) => {
                amr.push(Amr::Fed);
                let context = upstream.context.iter().map(String::as_str);
                if upstream_level(policy, &upstream.provider, context) >= Some(Level::TwoFactor) {
                    second_factor = true;
                    level = level.max(Level::TwoFactor);
                }
            }
            Method::Passkey(used) if factor.is_some() || accepted(&proof) => {
                second_factor = true;
                amr.extend(used.amr());
                level = level.max(if used.verified { Level::PhishingResistant } else { Level::TwoFactor });
            }
            // The mailbox that stands behind the first factor completes the step, but is no second channel.
            Method::Factor(FactorId::Email) if factor.is_some() && by_mailbox => second_factor = true,
            Method::Factor(other) if factor.is_some() => {
                second_factor = true;
                amr.extend(other.amr());
                level = level.max(Level::TwoFactor);
            }
            Method::Password
            | Method::ResetPassword
            | Method::ResetPermit
            | Method::Passkey(_)
            | Method::Federated(_)
            | Method::Guest
            | Method::Factor(_) => {}
        }
    }
    if level > Level::OneFactor {
        amr.push(Amr::Mfa);
    }
    amr.sort_unstable();
    amr.dedup();
    let provider = match &first.method {
        Method::Federated(upstream) => Some(upstream.provider.clone()),
        _ => None,
    };
    Some(Reached { level, amr, auth_time: first.at, second_factor, provider })
}
