//! Levels: what is asked by `acr_values`, `claims`, the client's default and `min_acr`, and what the answer says.

use super::super::reached;
use super::world::{ADA, World, at, proof};
use super::{Row, check};
use crate::level::{Amr, Level};
use crate::policy::{FirstFactor, MfaMode, Preset};

const BOTH: &[(&str, i64)] = &[("password", -600), ("email", -590)];
const PASSWORD: &[(&str, i64)] = &[("password", -600)];

fn off() -> World {
    World::mfa_off()
}

/// A sign-in that the policy exempts.
fn exempt() -> World {
    World::preset(Preset::CouncilPortal).set(|w| w.first = FirstFactor::federated("google"))
}

fn default_acr(value: &'static str) -> World {
    off().set(|w| w.policy.default_acr_values = Some(vec![value.to_owned()]))
}

#[test]
fn case_az8_sec_r19_a_demand_gets_the_step_up_and_dropping_it_leaves_the_policy() {
    let mail = || World::with_factors("email").session(ADA, PASSWORD);
    assert_eq!(mail().acr("2fa").says(), "use email");
    assert_eq!(mail().says(), "use email");
    assert_eq!(mail().acr("1fa").says(), "use email");
}

#[test]
fn a_demand_wins_over_an_exemption_and_over_a_policy_that_asks_for_no_step() {
    let rows: &[Row] = &[
        ("off", || off().session(ADA, PASSWORD), "code 1fa keep"),
        ("off, 1fa asked", || off().session(ADA, PASSWORD).acr("1fa"), "code 1fa keep"),
        ("off, guest asked", || off().session(ADA, PASSWORD).acr("guest"), "code 1fa keep"),
        ("off, 2fa asked", || off().session(ADA, PASSWORD).acr("2fa"), "use email"),
        ("off, 2fa asked and proven", || off().session(ADA, PASSWORD).acr("2fa").proves("email", 0), "code 2fa raise"),
        ("off, 2fa there already", || off().session(ADA, BOTH).acr("2fa"), "code 2fa keep"),
        ("off, min_acr", || off().session(ADA, PASSWORD).min_acr(Level::TwoFactor), "use email"),
        ("off, min_acr, 1fa asked", || off().session(ADA, PASSWORD).min_acr(Level::TwoFactor).acr("1fa"), "use email"),
        ("off, default 2fa", || default_acr("2fa").session(ADA, PASSWORD), "use email"),
        ("off, default 2fa, 1fa asked", || default_acr("2fa").session(ADA, PASSWORD).acr("1fa"), "code 1fa keep"),
        ("off, unknown default", || default_acr("urn:x").session(ADA, PASSWORD), "code 1fa keep"),
        ("exempt", || exempt().session(ADA, PASSWORD), "code 1fa keep"),
        ("exempt, 2fa asked", || exempt().session(ADA, PASSWORD).acr("2fa"), "use email"),
        ("exempt, min_acr", || exempt().session(ADA, PASSWORD).min_acr(Level::TwoFactor), "use email"),
        (
            "exempt, 2fa asked, nothing enrolled",
            || exempt().no_email().session(ADA, PASSWORD).acr("2fa").set(|w| w.enrollable.clear()),
            "unmet_authentication_requirements on a page",
        ),
        (
            "optional, not switched on, 2fa asked",
            || off().set(|w| w.policy.mfa = MfaMode::Optional).session(ADA, PASSWORD).acr("2fa"),
            "use email",
        ),
        (
            "outside the pilot, 2fa asked",
            || {
                World::with_factors("email")
                    .set(|w| w.policy.pilot = Some(Vec::new()))
                    .session(ADA, PASSWORD)
                    .acr("2fa")
            },
            "use email",
        ),
    ];
    check(rows);
}

#[test]
fn req_assurance_2_check_45_a_level_that_nobody_can_reach_is_answered_at_once_and_without_a_page() {
    let unmet = "unmet_authentication_requirements";
    for world in [off(), off().proves("password", 0), off().session(ADA, BOTH), off().prompt("login")] {
        assert_eq!(world.clone().acr("phr").says(), unmet);
        assert_eq!(world.clone().min_acr(Level::PhishingResistant).says(), unmet);
        assert_eq!(world.min_acr(Level::PhishingResistant).acr("1fa").says(), unmet);
    }
}

#[test]
fn a_level_that_this_person_cannot_reach_is_explained_first_and_never_asked_for_in_a_circle() {
    let rows: &[Row] = &[
        (
            "a second factor that is not phishing-resistant",
            || off().set(|w| w.ceiling = Level::PhishingResistant).session(ADA, BOTH).acr("phr").totp(),
            "unmet_authentication_requirements on a page",
        ),
        (
            "a passkey that was used without verification is asked for again, with it",
            || {
                let passkey = |w: &mut World| {
                    w.ceiling = Level::PhishingResistant;
                    w.installed.push(crate::factor::FactorId::Passkey);
                    w.standing.passkeys = 1;
                };
                off().set(passkey).session(ADA, &[("password", -9), ("passkey", -8)]).acr("phr")
            },
            "use passkey",
        ),
        (
            "the step is missing, though the level asked for is met",
            || World::with_factors("totp").set(|w| w.enrollable.clear()).session(ADA, PASSWORD).acr("1fa"),
            "access_denied on a page",
        ),
    ];
    check(rows);
}

#[test]
fn check_44_any_listed_value_satisfies_and_unknown_ones_are_ignored() {
    let rows: &[Row] = &[
        ("the lowest counts", || off().session(ADA, PASSWORD).acr("2fa 1fa"), "code 1fa keep"),
        ("one that cannot be reached beside one that can", || off().session(ADA, PASSWORD).acr("phr 2fa"), "use email"),
        ("unknown", || off().session(ADA, PASSWORD).acr("urn:x gold"), "code 1fa keep"),
        ("unknown beside a known one", || off().session(ADA, PASSWORD).acr("urn:x 2fa"), "use email"),
    ];
    check(rows);
}

#[test]
fn req_assurance_2_sec_r20_the_answer_is_the_strongest_listed_value_reached_in_the_words_of_the_client() {
    let answer = |world: World| world.satisfied().acr().to_owned();
    assert_eq!(answer(off().session(ADA, BOTH)), "2fa");
    assert_eq!(answer(off().session(ADA, PASSWORD)), "1fa");
    assert_eq!(answer(off().session(ADA, PASSWORD).acr("2fa 1fa")), "1fa");
    assert_eq!(answer(off().session(ADA, BOTH).acr("phr 2fa 1fa")), "2fa");
    assert_eq!(answer(off().session(ADA, BOTH).acr("Cl.Cm 1fa")), "Cl.Cm");
    assert_eq!(answer(off().session(ADA, BOTH).acr("1fa")), "1fa");
    assert_eq!(answer(default_acr("Cl.Cm").session(ADA, BOTH)), "Cl.Cm");
}

#[test]
fn check_135_amr_lists_what_was_proven_and_changes_only_then() {
    let amr = |world: World| world.satisfied().amr().to_vec();
    assert_eq!(amr(off().session(ADA, PASSWORD)), [Amr::Pwd]);
    assert_eq!(amr(off().totp().session(ADA, PASSWORD).set(|w| w.standing.enrolled_here.clear())), [Amr::Pwd]);
    assert_eq!(amr(off().session(ADA, BOTH)), [Amr::Pwd, Amr::Otp, Amr::Email, Amr::Mfa]);
    assert_eq!(amr(off().session(ADA, PASSWORD).proves("totp", 0)), [Amr::Pwd, Amr::Otp, Amr::Mfa]);
}

#[test]
fn sec_r20_only_what_this_client_accepts_counts() {
    let totp_only = || World::with_factors("totp").totp().session(ADA, BOTH);
    assert_eq!(totp_only().says(), "use totp");
    let exempt = totp_only().set(|w| w.policy.mfa = MfaMode::Off).set(|w| w.standing.enrolled_here.clear());
    assert_eq!(exempt.says(), "code 1fa keep");
    assert_eq!(exempt.satisfied().amr(), [Amr::Pwd]);
}

#[test]
fn req_assurance_9_checks_136_137_a_step_up_keeps_session_and_auth_time() {
    let world = off().session(ADA, PASSWORD).acr("2fa").proves("email", 30).set(|w| w.now = at(31));
    assert_eq!(world.says(), "code 2fa raise");
    assert_eq!(world.satisfied().auth_time(), at(-600));
    assert_eq!(world.satisfied().account(), ADA);
}

#[test]
fn check_136_auth_time_is_the_last_of_several_sign_ins() {
    let proofs = [("password", 1), ("email", 2), ("password", 3)].map(proof);
    for proofs in [proofs.to_vec(), proofs.into_iter().rev().collect()] {
        assert_eq!(reached(&off().policy, &proofs).unwrap().auth_time, at(3));
    }
}
