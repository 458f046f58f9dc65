//! Whether a change makes a policy weaker, which takes the role that `mfa_changed_by` names.

use super::effective::{CodePolicy, Policy};
use super::value::{OnDisable, PolicyRole, Vouched};

/// The fields in which `after` protects less than `before`, and `mfa` if it changes in either direction.
#[must_use]
pub fn weakened(before: &Policy, after: &Policy) -> Vec<&'static str> {
    let (b, a) = (before, after);
    let gained = |from: &Option<_>, to: &Option<_>| to.is_some() && from != to;
    [
        ("mfa", a.mfa != b.mfa),
        ("mfa_changed_by", a.mfa_changed_by < b.mfa_changed_by),
        ("min_acr", a.min_acr < b.min_acr),
        ("sign_in", gains(&b.sign_in, &a.sign_in)),
        ("factors", gains(&b.factors, &a.factors)),
        ("exempt", gains(&b.exempt, &a.exempt)),
        ("trust_upstream_amr", gained(&b.trust_upstream_amr, &a.trust_upstream_amr)),
        ("mfa_every_login", b.mfa_every_login && !a.mfa_every_login),
        ("default_max_age", a.default_max_age.unwrap_or(u32::MAX) > b.default_max_age.unwrap_or(u32::MAX)),
        ("remember_device_days", a.remember_device_days > b.remember_device_days),
        ("on_disable", b.on_disable == OnDisable::KeepEnrolled && a.on_disable == OnDisable::IgnoreEnrolled),
        ("contact_edit", a.contact_edit.email < b.contact_edit.email || a.contact_edit.phone < b.contact_edit.phone),
        ("vouched_contacts", b.vouched_contacts == Vouched::VerifyFirst && a.vouched_contacts == Vouched::Usable),
        ("enrol_on_password_days", a.enrol_on_password_days > b.enrol_on_password_days),
        (
            "code",
            is_weaker(&b.code.email, &a.code.email)
                || is_weaker(&b.code.sms, &a.code.sms)
                || is_weaker(&b.code.voice, &a.code.voice),
        ),
        ("pilot", narrows(b.pilot.as_deref(), a.pilot.as_deref())),
        ("session_idle_seconds", a.session_idle_seconds > b.session_idle_seconds),
        ("session_absolute_seconds", a.session_absolute_seconds > b.session_absolute_seconds),
        ("shared_device", b.shared_device && !a.shared_device),
        ("self_registration", !b.self_registration && a.self_registration),
    ]
    .into_iter()
    .filter_map(|(field, weaker)| weaker.then_some(field))
    .collect()
}

/// Whether this role may make the change. The role that `before` names decides, so that nobody lowers it first.
#[must_use]
pub fn may_change(role: PolicyRole, before: &Policy, after: &Policy) -> bool {
    role >= before.mfa_changed_by || weakened(before, after).is_empty()
}

fn gains<T: PartialEq>(before: &[T], after: &[T]) -> bool {
    after.iter().any(|entry| !before.contains(entry))
}

fn is_weaker(before: &CodePolicy, after: &CodePolicy) -> bool {
    after.length < before.length
        || after.alphabet < before.alphabet
        || after.ttl_seconds > before.ttl_seconds
        || after.max_tries > before.max_tries
        || after.max_sends > before.max_sends
        || after.resend_cooldown_seconds < before.resend_cooldown_seconds
}

/// Whether the policy applies to fewer accounts than before.
fn narrows(before: Option<&[String]>, after: Option<&[String]>) -> bool {
    match (before, after) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => gains(after, before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::factor::FactorId;
    use crate::level::Level;
    use crate::policy::{MfaMode, PolicyDocument, Preset};

    fn preset(preset: Preset) -> Policy {
        preset.document().resolve(&PolicyDocument::default())
    }

    #[test]
    fn req_s0_16_only_the_named_role_changes_mfa() {
        let before = preset(Preset::CouncilPortal);
        let off = Policy { mfa: MfaMode::Off, ..before.clone() };
        assert_eq!(weakened(&before, &off), ["mfa"]);
        assert!(!may_change(PolicyRole::Owner, &before, &off));
        assert!(may_change(PolicyRole::Operator, &before, &off));
    }

    #[test]
    fn req_s2_4_switching_mfa_on_takes_the_named_role_too() {
        let off = Policy { mfa: MfaMode::Off, ..preset(Preset::StaffApp) };
        assert!(!may_change(PolicyRole::Owner, &off, &preset(Preset::StaffApp)));
    }

    #[test]
    fn req_s3_1_a_client_manager_may_tick_the_box_where_the_policy_says_so() {
        let before = preset(Preset::Authenticator);
        let off = Policy { mfa: MfaMode::Off, ..before.clone() };
        assert!(may_change(PolicyRole::ClientManager, &before, &off));
    }

    #[test]
    fn nobody_lowers_the_role_first() {
        let before = preset(Preset::CouncilPortal);
        let lowered = Policy { mfa_changed_by: PolicyRole::ClientManager, ..before.clone() };
        assert!(!may_change(PolicyRole::ClientManager, &before, &lowered));
    }

    #[test]
    fn every_loosening_is_seen_and_every_tightening_is_free() {
        let strict = Policy {
            min_acr: Some(Level::TwoFactor),
            factors: vec![FactorId::Totp],
            exempt: Vec::new(),
            mfa_every_login: true,
            default_max_age: Some(0),
            session_idle_seconds: 60,
            session_absolute_seconds: 60,
            self_registration: false,
            ..Policy::default()
        };
        let mut lax =
            Policy { remember_device_days: 1, enrol_on_password_days: 1, pilot: Some(Vec::new()), ..Policy::default() };
        lax.code.sms.max_sends = 6;
        assert_eq!(
            weakened(&strict, &lax),
            [
                "min_acr",
                "factors",
                "exempt",
                "mfa_every_login",
                "default_max_age",
                "remember_device_days",
                "enrol_on_password_days",
                "code",
                "pilot",
                "session_idle_seconds",
                "session_absolute_seconds",
                "self_registration",
            ]
        );
        assert_eq!(weakened(&Policy::default(), &strict), [""; 0]);
        assert!(may_change(PolicyRole::ClientManager, &Policy::default(), &strict));
    }
}
