//! What the policy lets a person be asked for, worked out from what they have.

use chrono::{DateTime, Utc};

use crate::factor::FactorId;
use crate::policy::{
    Channels, ChooserStep, EnrolGate, FirstFactor, Policy, Standing, chooser_step, enrol_gate, factors_listed,
    factors_usable, may_enrol, step,
};

/// What the policy lets a person be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Whether the policy asks for the second-factor step after this first factor.
    pub step: bool,
    /// Factors that can be used at once, in the order of the policy.
    pub ready: Vec<FactorId>,
    /// Factors that may be set up now.
    pub enrol: Vec<FactorId>,
    /// The factors of which one must be used before another is set up; `None` where the first factor suffices.
    pub before_enrolment: Option<Vec<FactorId>>,
    /// Whether the person is asked which of the ready factors to use.
    pub choose: bool,
    /// Those of `enrol` that the chooser lists too.
    pub listed_to_enrol: Vec<FactorId>,
}

/// What an account may be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The client's policy, under the floor of the account's class.
    pub policy: &'a Policy,
    /// The account.
    pub standing: &'a Standing,
    /// How it signed in.
    pub first: &'a FirstFactor,
    /// Which senders answer.
    pub channels: &'a Channels,
    /// The second factors this installation has; a policy may name others, which come to nothing.
    pub installed: &'a [FactorId],
    /// Those of them that can be set up within a sign-in.
    pub enrollable: &'a [FactorId],
    /// When MFA first applied to the account.
    pub mfa_since: DateTime<Utc>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What the policy lets this account be asked for.
#[must_use]
pub fn offer(asked: &Asked<'_>) -> Offer {
    let Asked { policy, standing, first, channels, .. } = *asked;
    let installed = |factor: &FactorId| asked.installed.contains(factor);
    let enrollable =
        |factor: &FactorId| asked.enrollable.contains(factor) && may_enrol(policy, standing, factor).is_ok();
    let mut ready = factors_usable(policy, standing, first, channels);
    ready.retain(installed);
    let mut listed = factors_listed(policy, standing, first, channels);
    listed.retain(|entry| installed(&entry.factor) && (entry.ready || enrollable(&entry.factor)));
    let sets_up = |factor: &&FactorId| enrollable(factor) && !standing.holds(factor, policy.vouched_contacts);
    let before_enrolment = match enrol_gate(policy, standing, asked.mfa_since, false, asked.now) {
        EnrolGate::Open => None,
        EnrolGate::ContactCode => Some(contacts_on_file(policy, standing, channels)),
        EnrolGate::EnrolledFactor => Some(held(policy, standing, channels)),
    };
    Offer {
        step: step(policy, first, standing).is_asked(),
        enrol: policy.factors.iter().filter(sets_up).cloned().collect(),
        before_enrolment: before_enrolment.map(|factors| factors.into_iter().filter(installed).collect()),
        choose: chooser_step(policy, &listed) == ChooserStep::Show,
        listed_to_enrol: listed.into_iter().filter(|entry| !entry.ready).map(|entry| entry.factor).collect(),
        ready,
    }
}

/// The factors whose code goes to a contact that is on file.
fn contacts_on_file(policy: &Policy, standing: &Standing, channels: &Channels) -> Vec<FactorId> {
    [FactorId::Email, FactorId::Sms, FactorId::Voice]
        .into_iter()
        .filter(|factor| standing.holds(factor, policy.vouched_contacts) && channels.carry(factor))
        .collect()
}

/// The factors other than an address that the account has, strongest first, at whichever client it uses them.
fn held(policy: &Policy, standing: &Standing, channels: &Channels) -> Vec<FactorId> {
    [FactorId::Passkey, FactorId::Totp, FactorId::Sms, FactorId::Voice]
        .into_iter()
        .filter(|factor| standing.holds(factor, policy.vouched_contacts) && channels.carry(factor))
        .collect()
}
