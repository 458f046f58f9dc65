//! A password that was set with a code by email, and devices that many people use.

use super::super::Method;
use super::world::{ADA, World};
use super::{Row, check};
use crate::account::ContactState;
use crate::level::{Amr, Level};
use crate::policy::{FirstFactor, Policy};

/// A code by email has permitted a new password.
fn permitted() -> World {
    World::of(Policy::default()).proves("permit", -3).set(|w| w.first = RESET)
}

/// The new password is set.
fn reset() -> World {
    permitted().proves("reset", -3)
}

const RESET: FirstFactor = FirstFactor::Password { reset_by_email: true };

#[test]
fn sec_r8_case_pw13_an_enrolled_factor_comes_before_the_new_password() {
    let rows: &[Row] = &[
        ("nothing but the mailbox", permitted, "new password"),
        ("an authenticator", || permitted().totp(), "use totp"),
        ("proven", || permitted().totp().proves("totp", -1), "new password"),
        ("proven before the code by email", || permitted().totp().proves("totp", -9), "use totp"),
        ("at whichever client it is used", || permitted().totp().set(|w| w.policy.factors = Vec::new()), "use totp"),
        ("the mailbox again is none", || permitted().totp().proves("email", -1), "use totp"),
        ("whatever the policy asks at a sign-in", || World::mfa_off().proves("permit", -3).totp(), "use totp"),
        ("not for prompt=none", || permitted().prompt("none"), "login_required"),
        ("a password typed instead", || permitted().proves("password", -1), "use email"),
    ];
    check(rows);
}

#[test]
fn req_assurance_3_sec_r8_the_mailbox_that_reset_the_password_completes_the_step_and_leaves_1fa() {
    let rows: &[Row] = &[
        ("the step is asked", reset, "use email"),
        ("and completed", || reset().proves("email", -1), "code 1fa start"),
        ("not offered beside another factor", || reset().totp(), "use totp"),
        ("which was asked before saving", || reset().totp().proves("totp", -2), "code 2fa start"),
        ("the level with another factor", || reset().totp().acr("2fa").proves("totp", -1), "code 2fa start"),
        (
            "nor later in that session",
            || World::of(Policy::default()).session(ADA, &[("reset", -60), ("email", -50)]),
            "code 1fa keep",
        ),
    ];
    check(rows);
    // Who wants the level sets a factor up; the mailbox is not asked to stand for it.
    let says = reset().acr("2fa").proves("email", -1).says();
    assert!(says.starts_with("enrol") && !says.contains("email"), "{says}");
    let code = reset().proves("email", -1).satisfied();
    assert_eq!((code.level(), code.amr()), (Level::OneFactor, &[Amr::Pwd][..]));
    assert!(code.proofs().iter().all(|proof| proof.method != Method::ResetPermit), "a permit is spent");
}

#[test]
fn sec_r8_a_permit_alone_is_no_sign_in() {
    let world = permitted().set(|w| w.standing.email = Some(ContactState::Verified));
    assert!(!world.says().starts_with("code"), "{}", world.says());
}

#[test]
fn req_week_one_6_a_shared_device_lists_no_account() {
    let rows: &[Row] = &[
        ("usually there is a list", selecting, "select"),
        ("on a shared device one signs in", || selecting().set(|w| w.policy.shared_device = true), "login"),
    ];
    check(rows);
}

fn selecting() -> World {
    World::mfa_off().session(ADA, &[("password", -60)]).prompt("select_account")
}
