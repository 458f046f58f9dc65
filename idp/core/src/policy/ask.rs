//! Whether the second-factor *step* is asked for. A level that a request or `min_acr` demands is another question and
//! always wins over an answer of no here.

use super::effective::Policy;
use super::name::{Exemption, SignInMethod};
use super::standing::{FirstFactor, Standing};
use super::value::{MfaMode, OnDisable};
use crate::factor::FactorId;
use crate::level::Level;

/// The answer, with the rule that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `mfa = required`.
    Required,
    /// `mfa = optional` and the owner switched it on.
    SwitchedOn,
    /// `mfa = off`, and a factor enrolled at this client is kept.
    KeptEnrolled,
    /// No: the first factor is exempt.
    Exempt,
    /// No: a passkey is both factors.
    PasskeyIsBoth,
    /// No: `mfa = off`.
    Off,
    /// No: `mfa = optional` and the owner did not switch it on.
    NotSwitchedOn,
    /// No: the policy applies to the pilot accounts only, and this is none of them.
    OutsidePilot,
}

impl Step {
    /// Whether the step is asked for.
    #[must_use]
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::Required | Self::SwitchedOn | Self::KeptEnrolled)
    }
}

/// Whether this client takes this first factor.
#[must_use]
pub fn accepts(policy: &Policy, first: &FirstFactor) -> bool {
    policy.sign_in.iter().any(|method| match first {
        FirstFactor::Password { .. } => *method == SignInMethod::Password,
        FirstFactor::Passkey => *method == SignInMethod::Passkey,
        FirstFactor::Federated { provider, .. } => method.provider() == Some(provider),
        FirstFactor::Guest => *method == SignInMethod::Guest,
    })
}

/// Whether the second-factor step leaves this first factor alone.
#[must_use]
pub fn exempt(policy: &Policy, first: &FirstFactor) -> bool {
    policy.exempt.iter().any(|exemption| match (exemption, first) {
        (Exemption::Guest, FirstFactor::Guest) | (Exemption::Federated, FirstFactor::Federated { .. }) => true,
        (Exemption::FederatedBy(exempted), FirstFactor::Federated { provider, .. }) => exempted == provider,
        _ => false,
    })
}

/// Whether the policy applies to this account yet.
#[must_use]
pub fn applies_to(policy: &Policy, standing: &Standing) -> bool {
    policy.pilot.as_ref().is_none_or(|pilot| pilot.iter().any(|name| standing.names.contains(name)))
}

/// Whether the second-factor step is asked for, and why.
#[must_use]
pub fn step(policy: &Policy, first: &FirstFactor, standing: &Standing) -> Step {
    if exempt(policy, first) {
        return Step::Exempt;
    }
    if *first == FirstFactor::Passkey {
        return Step::PasskeyIsBoth;
    }
    let mode = if applies_to(policy, standing) { policy.mfa } else { MfaMode::Off };
    match mode {
        MfaMode::Required => Step::Required,
        MfaMode::Optional if standing.switched_on => Step::SwitchedOn,
        MfaMode::Optional => Step::NotSwitchedOn,
        MfaMode::Off if policy.on_disable == OnDisable::KeepEnrolled && enrolled_here(standing) => Step::KeptEnrolled,
        MfaMode::Off if policy.mfa != MfaMode::Off => Step::OutsidePilot,
        MfaMode::Off => Step::Off,
    }
}

/// Enrolled here: a totp, passkey, remote or phone set up or used at this client. An email address never counts.
fn enrolled_here(standing: &Standing) -> bool {
    standing.enrolled_here.iter().any(|factor| !matches!(factor, FactorId::Email | FactorId::Backup))
}

/// The level that an identity provider's signed `amr` and `acr` values stand for, at most `2fa`; `None` if the policy
/// trusts none of them.
#[must_use]
pub fn upstream_level<'a>(policy: &Policy, provider: &str, values: impl IntoIterator<Item = &'a str>) -> Option<Level> {
    let trusted = policy.trust_upstream_amr.as_ref()?.get(provider)?;
    values.into_iter().filter_map(|value| trusted.get(value).copied()).max().map(|level| level.min(Level::TwoFactor))
}

/// Whether a device may be remembered in place of the second factor.
#[must_use]
pub const fn remembers_devices(policy: &Policy) -> bool {
    policy.remember_device_days > 0 && !policy.mfa_every_login && !policy.shared_device
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;
