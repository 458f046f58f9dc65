//! Which factors a person may use now, what the chooser lists, and whether it is shown.

use super::effective::Policy;
use super::enrol::may_enrol;
use super::standing::{Channels, FirstFactor, Standing};
use super::value::{Chooser, ChooserLists, EmailWhenPhone};
use crate::factor::FactorId;

/// An entry of the chooser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The factor.
    pub factor: FactorId,
    /// Whether it can be used at once; otherwise choosing it leads to setting it up.
    pub ready: bool,
}

/// What comes before the code page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChooserStep {
    /// Show the list.
    Show,
    /// Use this one at once.
    Use(Listed),
    /// There is nothing to choose from.
    Nothing,
}

/// Why a factor that the policy allows is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unlisted {
    /// Not in `factors`.
    NotAllowed,
    /// No sender for it answers.
    NoSender,
    /// The account does not have it, or not yet proven.
    NotSetUp,
    /// Its number is of a country that no code goes to.
    Country,
    /// Email, while a phone factor is usable: it is a link on the code page.
    Fallback,
    /// Email, while a phone factor is usable: it is hidden.
    Hidden,
    /// Email, where the first factor is a password that was reset by email, or a sign-in elsewhere with the same mailbox.
    SameChannel,
}

/// The factors usable now, in the order of the chooser, backup codes last.
#[must_use]
pub fn factors_usable(policy: &Policy, standing: &Standing, first: &FirstFactor, channels: &Channels) -> Vec<FactorId> {
    candidates(policy).filter(|factor| verdict(policy, standing, first, channels, factor).is_ok()).collect()
}

/// The factors that could be used now if their senders worked. `set_up` says which channels have a sender at all: what
/// was never there is missed by nobody.
#[must_use]
pub fn factors_failing(
    policy: &Policy,
    standing: &Standing,
    first: &FirstFactor,
    (channels, set_up): (&Channels, &Channels),
) -> Vec<FactorId> {
    let working = Channels { email: set_up.email, sms: set_up.sms, voice: set_up.voice, ..channels.clone() };
    let mut failing = factors_usable(policy, standing, first, &working);
    failing.retain(|factor| factor.is_sent() && !channels.carry(factor));
    failing
}

/// Whether the code page shows a link that sends the code by email instead.
#[must_use]
pub fn email_is_fallback(policy: &Policy, standing: &Standing, first: &FirstFactor, channels: &Channels) -> bool {
    verdict(policy, standing, first, channels, &FactorId::Email) == Err(Unlisted::Fallback)
}

/// What the chooser lists: the usable factors and, with `chooser_lists = allowed`, those that could be set up.
#[must_use]
pub fn factors_listed(policy: &Policy, standing: &Standing, first: &FirstFactor, channels: &Channels) -> Vec<Listed> {
    candidates(policy)
        .filter_map(|factor| match verdict(policy, standing, first, channels, &factor) {
            Ok(()) => Some(Listed { factor, ready: true }),
            Err(Unlisted::NotSetUp)
                if policy.chooser_lists == ChooserLists::Allowed
                    && factor != FactorId::Backup
                    && may_enrol(policy, standing, &factor).is_ok() =>
            {
                Some(Listed { factor, ready: false })
            }
            Err(_) => None,
        })
        .collect()
}

/// Whether the chooser is shown for this list. A backup code alone beside one factor is no reason to: it is reached
/// from “I cannot use any of these”.
#[must_use]
pub fn chooser_step(policy: &Policy, listed: &[Listed]) -> ChooserStep {
    let Some(first) = listed.first() else { return ChooserStep::Nothing };
    let ways = listed.iter().filter(|entry| entry.factor != FactorId::Backup).count();
    match policy.chooser {
        Chooser::Always => ChooserStep::Show,
        Chooser::WhenMany if ways > 1 => ChooserStep::Show,
        Chooser::WhenMany | Chooser::Never => ChooserStep::Use(first.clone()),
    }
}

/// Whether this factor is listed as ready.
///
/// # Errors
/// The first reason against it.
pub fn verdict(
    policy: &Policy,
    standing: &Standing,
    first: &FirstFactor,
    channels: &Channels,
    factor: &FactorId,
) -> Result<(), Unlisted> {
    usable(policy, standing, channels, factor)?;
    if *factor != FactorId::Email {
        return Ok(());
    }
    // Email yields to other factors only if they can be used now.
    let other = |wanted: fn(&FactorId) -> bool| {
        candidates(policy).any(|f| wanted(&f) && usable(policy, standing, channels, &f).is_ok())
    };
    if first.is_by_mailbox() && other(|f| *f != FactorId::Email) {
        return Err(Unlisted::SameChannel);
    }
    match policy.email_when_phone_present {
        EmailWhenPhone::Fallback if other(is_phone) => Err(Unlisted::Fallback),
        EmailWhenPhone::Hide if other(is_phone) => Err(Unlisted::Hidden),
        _ => Ok(()),
    }
}

fn usable(policy: &Policy, standing: &Standing, channels: &Channels, factor: &FactorId) -> Result<(), Unlisted> {
    if !policy.allows(factor) {
        Err(Unlisted::NotAllowed)
    } else if !channels.carry(factor) {
        Err(Unlisted::NoSender)
    } else if !standing.may_use(factor, policy.vouched_contacts) {
        Err(Unlisted::NotSetUp)
    } else if !standing.is_served(factor) {
        Err(Unlisted::Country)
    } else {
        Ok(())
    }
}

const fn is_phone(factor: &FactorId) -> bool {
    matches!(factor, FactorId::Sms | FactorId::Voice)
}

/// The allowed factors in order, then backup codes where they come along.
pub(super) fn candidates(policy: &Policy) -> impl Iterator<Item = FactorId> + '_ {
    let backup = policy.allows(&FactorId::Backup).then_some(FactorId::Backup);
    policy.factors.iter().filter(|factor| **factor != FactorId::Backup).cloned().chain(backup)
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
