//! What the policy lets a person be asked for, worked out from what they have.

use chrono::{DateTime, Utc};

use crate::account::ContactState;
use crate::factor::FactorId;
use crate::policy::{
    Channels, ChooserStep, EnrolGate, FirstFactor, Policy, Standing, Step, captures_phone_now, chooser_step,
    email_is_fallback, enrol_gate, factors_failing, factors_listed, factors_usable, may_enrol, proves_pushed_contact,
    step,
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
    /// Those of `enrol` that nothing has to come before as long as they prove the contact on file.
    pub on_file: Vec<FactorId>,
    /// Whether the person is asked which of the ready factors to use.
    pub choose: bool,
    /// Those of `enrol` that the chooser lists too.
    pub listed_to_enrol: Vec<FactorId>,
    /// Whether a code may go to the address instead, by a link on the code page, although the chooser does not list it.
    pub email_fallback: bool,
    /// The factors of which one must be used before a way in is added or replaced: a new password, an identity provider.
    /// `None` where the account has none besides its mailbox.
    pub protection: Option<Vec<FactorId>>,
    /// The phone factors of which one is set up before anything else; none where this sign-in asks for no number.
    pub capture: Vec<FactorId>,
    /// Those that could be used if their senders worked.
    pub failing: Vec<FactorId>,
    /// Those that the person is invited to set up although nothing asks for one; none where they are not invited.
    pub invitation: Vec<FactorId>,
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
    /// Which channels have a sender, whether or not it answers.
    pub set_up: &'a Channels,
    /// The second factors this installation has; a policy may name others, which come to nothing.
    pub installed: &'a [FactorId],
    /// Those of them that can be set up within a sign-in.
    pub enrollable: &'a [FactorId],
    /// Whether a help desk took its second factors away, and none was set up since.
    pub after_reset: bool,
    /// When MFA first applied to the account.
    pub mfa_since: DateTime<Utc>,
    /// Before this time the person is not invited again to set a second factor up.
    pub invite_after: Option<DateTime<Utc>>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What the policy lets this account be asked for.
#[must_use]
pub fn offer(asked: &Asked<'_>) -> Offer {
    let Asked { policy, standing, first, .. } = *asked;
    if *first == FirstFactor::Guest {
        return Offer { step: step(policy, first, standing).is_asked(), ..Offer::default() };
    }
    let channels = &carried(asked);
    let enrollable = |factor: &FactorId| {
        asked.enrollable.contains(factor) && channels.carry(factor) && may_enrol(policy, standing, factor).is_ok()
    };
    let mut ready = factors_usable(policy, standing, first, channels);
    ready.retain(|factor| asked.installed.contains(factor));
    let sets_up = |factor: &&FactorId| enrollable(factor) && !standing.holds(factor, policy.vouched_contacts);
    let mut enrol = policy.factors.iter().filter(sets_up).cloned().collect::<Vec<_>>();
    let gate = enrol_gate(policy, standing, asked.mfa_since, asked.after_reset, asked.now);
    let mut before_enrolment = before_enrolment(asked, channels, gate);
    let proves_pushed =
        |factor: &&FactorId| gate == EnrolGate::PushedContact && proves_pushed_contact(standing, factor);
    let on_file = enrol.iter().filter(proves_pushed).cloned().collect::<Vec<_>>();
    let pushed =
        standing.email == Some(ContactState::Vouched) && enrol.contains(&FactorId::Email) && on_file.is_empty();
    if pushed && before_enrolment.is_some() && enrolled(asked).is_empty() {
        // No contact can receive a code yet; but the code that proves a pushed address is a code to a contact on file.
        (enrol, before_enrolment) = (vec![FactorId::Email], None);
    }
    let mut failing = factors_failing(policy, standing, first, (asked.channels, asked.set_up));
    failing.retain(|factor| asked.installed.contains(factor));
    let mut listed = factors_listed(policy, standing, first, channels);
    listed.retain(|entry| if entry.ready { ready.contains(&entry.factor) } else { enrol.contains(&entry.factor) });
    let asks_step = step(policy, first, standing).is_asked();
    let invited = is_invited(asked) && before_enrolment.as_ref().is_none_or(|first| !first.is_empty());
    let invitation = enrol.iter().filter(|factor| invited && **factor != FactorId::Email).cloned().collect();
    let captures = asks_step && captures_phone_now(policy, standing, first);
    Offer {
        step: asks_step,
        email_fallback: asked.installed.contains(&FactorId::Email)
            && email_is_fallback(policy, standing, first, channels),
        capture: enrol.iter().filter(|factor| captures && factor.is_by_phone()).cloned().collect(),
        choose: chooser_step(policy, &listed) == ChooserStep::Show,
        listed_to_enrol: listed.into_iter().filter(|entry| !entry.ready).map(|entry| entry.factor).collect(),
        ready,
        enrol,
        before_enrolment,
        on_file,
        protection: protection(asked, channels),
        failing,
        invitation,
    }
}

/// Whether the person is invited to set a second factor up: the policy leaves it to them, and they have none. A device
/// that many people use is no place for it, and who has only just got a new password by email has other things to do.
fn is_invited(asked: &Asked<'_>) -> bool {
    let Asked { policy, standing, first, .. } = *asked;
    step(policy, first, standing) == Step::NotSwitchedOn
        && matches!(first, FirstFactor::Password { reset_by_email: false })
        && !policy.shared_device
        && !standing.holds_more_than_email(policy.vouched_contacts)
        && asked.invite_after.is_none_or(|after| after <= asked.now)
}

/// The factors of which one comes before a new way in: whoever has the mailbox alone does not take an account over that
/// has more. One whose sender is down is not replaced by nothing.
fn protection(asked: &Asked<'_>, channels: &Channels) -> Option<Vec<FactorId>> {
    let mut factors = enrolled(asked);
    if factors.is_empty() {
        return None;
    }
    factors.extend(held(asked, [FactorId::Backup]));
    factors.retain(|factor| channels.carry(factor) && asked.standing.is_served(factor));
    Some(factors)
}

/// The channels, without the senders of factors that this installation does not have: what cannot be used must not
/// hide what can.
fn carried(asked: &Asked<'_>) -> Channels {
    let has = |factor: FactorId| asked.installed.contains(&factor);
    Channels {
        email: asked.channels.email && has(FactorId::Email),
        sms: asked.channels.sms && has(FactorId::Sms),
        voice: asked.channels.voice && has(FactorId::Voice),
        passkey: asked.channels.passkey && has(FactorId::Passkey),
        remotes: asked.channels.remotes.iter().filter(|name| has(FactorId::Remote((*name).clone()))).cloned().collect(),
    }
}

/// The factors of which one comes before an enrolment. A factor that this installation does not have protects nothing
/// here; one whose sender is down does, and nothing else takes its place.
fn before_enrolment(asked: &Asked<'_>, channels: &Channels, gate: EnrolGate) -> Option<Vec<FactorId>> {
    let mut factors = match gate {
        EnrolGate::Open => return None,
        EnrolGate::ContactCode | EnrolGate::PushedContact => contacts_on_file(asked),
        EnrolGate::EnrolledFactor => enrolled(asked),
    };
    if factors.is_empty() {
        factors = contacts_on_file(asked);
    }
    factors.retain(|factor| channels.carry(factor) && asked.standing.is_served(factor));
    Some(factors)
}

/// The factors whose code goes to a contact that is on file.
fn contacts_on_file(asked: &Asked<'_>) -> Vec<FactorId> {
    held(asked, [FactorId::Email, FactorId::Sms, FactorId::Voice])
}

/// The factors other than an address that the account has, strongest first, at whichever client it uses them.
fn enrolled(asked: &Asked<'_>) -> Vec<FactorId> {
    let remotes = asked.standing.remotes.iter().cloned().map(FactorId::Remote);
    let built_in = [FactorId::Passkey, FactorId::Totp, FactorId::Sms, FactorId::Voice];
    held(asked, built_in.into_iter().chain(remotes))
}

fn held(asked: &Asked<'_>, factors: impl IntoIterator<Item = FactorId>) -> Vec<FactorId> {
    let holds = |factor: &FactorId| asked.standing.holds(factor, asked.policy.vouched_contacts);
    factors.into_iter().filter(|factor| asked.installed.contains(factor) && holds(factor)).collect()
}
