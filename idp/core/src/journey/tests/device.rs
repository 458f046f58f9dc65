//! Remembered devices: they stand in for the second factor that a policy asks for, and prove nothing.

use super::world::{ADA, BOB, World};
use super::{Row, check};
use crate::level::{Amr, Level};
use crate::policy::{MfaMode, Preset};

const BOTH: &[(&str, i64)] = &[("password", -600), ("email", -590)];
const PASSWORD: &[(&str, i64)] = &[("password", -600)];

/// Ada typed her password at a client that remembers devices for a month, in a browser that is remembered as hers.
fn ada() -> World {
    let remembers = |w: &mut World| (w.policy.remember_device_days, w.remembered) = (30, Some(ADA));
    World::with_factors("email").set(remembers).proves("password", 0)
}

#[test]
fn req_assurance_6_a_remembered_device_meets_required_with_1fa_and_any_demand_asks_again() {
    let rows: &[Row] = &[
        ("remembered", ada, "code 1fa start"),
        ("not remembered", || ada().set(|w| w.remembered = None), "use email"),
        ("somebody else’s", || ada().set(|w| w.remembered = Some(BOB)), "use email"),
        ("2fa asked", || ada().acr("2fa"), "use email"),
        ("its alias asked", || ada().acr("Cl.Cm"), "use email"),
        ("1fa asked", || ada().acr("1fa"), "use email"),
        ("2fa asked and proven", || ada().acr("2fa").proves("email", 1), "code 2fa start"),
        ("default 2fa", || ada().set(|w| w.policy.default_acr_values = Some(vec!["2fa".to_owned()])), "use email"),
        ("min_acr of 1fa is reached", || ada().min_acr(Level::OneFactor), "code 1fa start"),
        ("min_acr of 2fa", || ada().min_acr(Level::TwoFactor), "use email"),
        ("every login", || ada().set(|w| w.policy.mfa_every_login = true), "use email"),
        ("shared device", || ada().set(|w| w.policy.shared_device = true), "use email"),
        ("remembering was switched off", || ada().set(|w| w.policy.remember_device_days = 0), "use email"),
        ("no password yet", || ada().set(|w| w.proofs.clear()), "login"),
        ("an old session", || ada().set(|w| w.proofs.clear()).session(ADA, PASSWORD), "code 1fa keep"),
        ("a session with both", || ada().set(|w| w.proofs.clear()).session(ADA, BOTH), "code 2fa keep"),
        ("silently", || ada().set(|w| w.proofs.clear()).session(ADA, PASSWORD).prompt("none"), "code 1fa keep"),
    ];
    check(rows);
}

#[test]
fn req_assurance_6_the_answer_to_a_remembered_device_claims_no_second_factor() {
    let satisfied = ada().satisfied();
    assert!(satisfied.by_device());
    assert_eq!((satisfied.acr(), satisfied.amr()), ("1fa", &[Amr::Pwd][..]));
    // The session holds what was proven, so that no other client takes the device for a factor.
    assert!(satisfied.proofs().iter().all(|proof| proof.method.is_first()));
}

#[test]
fn a_device_that_nobody_needed_is_not_said_to_have_stood_in() {
    assert!(!ada().proves("email", 1).satisfied().by_device());
    assert!(!ada().set(|w| w.policy.mfa = MfaMode::Off).satisfied().by_device());
}

#[test]
fn a_remembered_device_does_not_keep_a_phone_from_being_asked_for() {
    let first = World::preset(Preset::SmsFirst);
    let capture = first.set(|w| {
        (w.policy.mfa_every_login, w.policy.remember_device_days, w.remembered) = (false, 30, Some(ADA));
        (w.installed, w.enrollable) = (w.policy.factors.clone(), w.policy.factors.clone());
    });
    let says = capture.proves("password", 0).says();
    assert!(!says.starts_with("code"), "{says}");
}
