//! One browser, several people, sessions and tabs.

use super::super::{Proof, SessionChange};
use super::world::{ADA, BOB, World, at, proof};
use super::{Row, check};
use crate::policy::MfaMode;

const BOTH: &[(&str, i64)] = &[("password", -600), ("email", -590)];
const PASSWORD: &[(&str, i64)] = &[("password", -600)];

fn mail() -> World {
    World::with_factors("email totp").totp()
}

fn held(world: &World) -> Vec<Proof> {
    world.satisfied().proofs().to_vec()
}

#[test]
fn case_se6_what_one_person_began_is_not_finished_in_the_session_of_another() {
    let rows: &[Row] = &[
        ("ada's password, then bob's session", || mail().proves("password", -700).session(BOB, BOTH), "login"),
        (
            "ada's password and factor, then bob's session",
            || mail().proves("password", -700).proves("totp", -690).session(BOB, BOTH),
            "login",
        ),
        (
            "also where bob's session is past this client's limits",
            || {
                let idle = |w: &mut World| w.policy.session_idle_seconds = 0;
                mail().proves("password", -700).proves("totp", -690).session(BOB, BOTH).set(idle)
            },
            "login",
        ),
        (
            "ada signs in again: from the beginning",
            || mail().session(BOB, BOTH).proves("password", 1).proves("totp", -690),
            "choose email totp",
        ),
        (
            "ada signs in again and proves the factor again",
            || mail().session(BOB, BOTH).proves("password", 1).proves("totp", 2),
            "code 2fa start",
        ),
        (
            "ada's step-up does not raise bob's session",
            || World::mfa_off().proves("email", -700).session(BOB, PASSWORD).acr("2fa"),
            "use email",
        ),
        (
            "ada's step-up does not help bob sign in",
            || mail().proves("totp", -700).proves("password", 1).set(|w| w.actor = BOB),
            "choose email totp",
        ),
        (
            "bob's session leaves ada's proof alone where it was older",
            || mail().session(BOB, BOTH).proves("password", 1).proves("email", 2),
            "code 2fa start",
        ),
    ];
    check(rows);
}

#[test]
fn case_se6_the_answer_is_about_who_signed_in_and_never_about_the_session_before() {
    let world = mail().session(BOB, BOTH).proves("password", 1).proves("email", 2);
    assert_eq!(world.satisfied().account(), ADA);
    assert_eq!(held(&world), [proof(("password", 1)), proof(("email", 2))]);
    assert_eq!(mail().session(BOB, BOTH).satisfied().account(), BOB);
}

#[test]
fn case_se9_a_session_ends_at_the_idle_and_the_absolute_limit() {
    let full = || mail().session(ADA, BOTH);
    let idle = |seconds: i64| full().set(|w| w.now = at(seconds));
    assert_eq!(idle(1799).says(), "code 2fa keep");
    assert_eq!(idle(1800).says(), "login");
    let busy = |seconds: i64| {
        full().set(|w| {
            w.now = at(seconds);
            w.session.as_mut().unwrap().last_seen_at = w.now;
        })
    };
    assert_eq!(busy(43_200 - 601).says(), "code 2fa keep");
    assert_eq!(busy(43_200 - 600).says(), "login");
}

#[test]
fn a_sign_in_after_the_limit_starts_a_new_session_which_then_stands() {
    let long = || mail().session(ADA, BOTH).set(|w| w.policy.session_absolute_seconds = 500);
    let done = long().proves("password", 1).proves("email", 2);
    assert_eq!(done.says(), "code 2fa start");
    assert_eq!(held(&done), [proof(("password", 1)), proof(("email", 2))]);
    let again = long().session(ADA, &[("password", 1), ("email", 2)]).set(|w| w.now = at(3));
    assert_eq!(again.says(), "code 2fa keep");
}

#[test]
fn a_session_within_the_limits_of_one_client_may_be_past_those_of_another() {
    let strict = || mail().session(ADA, BOTH).set(|w| w.policy.session_absolute_seconds = 300);
    assert_eq!(mail().session(ADA, BOTH).says(), "code 2fa keep");
    assert_eq!(strict().says(), "login");
    assert_eq!(strict().proves("email", 1).says(), "login");
}

#[test]
fn checks_136_137_signing_in_again_keeps_the_session_and_what_was_proven_in_it_for_other_clients() {
    let off = World::mfa_off().session(ADA, BOTH).prompt("login").proves("password", 1);
    assert_eq!(off.says(), "code 1fa raise");
    assert_eq!(held(&off), [proof(("password", 1)), proof(("email", -590))]);
}

#[test]
fn with_mfa_every_login_the_session_keeps_what_other_clients_accept() {
    let every = |w: &mut World| w.policy.mfa_every_login = true;
    let raised = mail().set(every).session(ADA, BOTH).proves("totp", 1);
    assert_eq!(raised.says(), "code 2fa raise");
    assert_eq!(held(&raised), [proof(("password", -600)), proof(("email", -590)), proof(("totp", 1))]);
    let kept = mail().set(every).set(|w| w.policy.mfa = MfaMode::Off).set(|w| w.standing.enrolled_here.clear());
    assert_eq!(held(&kept.session(ADA, BOTH)), BOTH.iter().copied().map(proof).collect::<Vec<_>>());
}

#[test]
fn repeated_step_ups_do_not_make_the_session_grow() {
    let every = |w: &mut World| w.policy.mfa_every_login = true;
    let raised = mail().set(every).session(ADA, BOTH).proves("email", 1);
    assert_eq!(held(&raised), [proof(("password", -600)), proof(("email", 1))]);
}

#[test]
fn case_az13_tabs_that_finish_in_crossed_order_do_not_move_the_session_back() {
    // The first tab's password is older than the session that the second tab made.
    let session = [("password", -50), ("email", -40)];
    let world = mail().proves("password", -60).proves("totp", -10).session(ADA, &session);
    let satisfied = world.satisfied();
    assert_eq!(satisfied.session(), SessionChange::Raise);
    assert_eq!(satisfied.auth_time(), at(-60));
    assert_eq!(held(&world), [proof(("password", -50)), proof(("email", -40)), proof(("totp", -10))]);
}

#[test]
fn check_134_a_session_that_ended_in_mid_step_up_leaves_no_half_sign_in() {
    let ended = World::mfa_off().acr("2fa").proves("email", -5);
    assert_eq!(ended.clone().says(), "login");
    assert_eq!(ended.proves("password", 1).says(), "use email");
}

#[test]
fn req_assurance_1_silent_sign_on_reaches_each_client_at_its_own_level() {
    let session = || [("password", -600), ("email", -590)];
    assert_eq!(World::with_factors("email").session(ADA, &session()).says(), "code 2fa keep");
    assert_eq!(World::with_factors("totp").totp().session(ADA, &session()).says(), "use totp");
    assert_eq!(
        World::with_factors("totp").set(|w| w.policy.mfa = MfaMode::Off).session(ADA, &session()).says(),
        "code 1fa keep"
    );
}
