//! What the request itself asks: `prompt`, `max_age`, the expected subject, consent.

use super::world::{ADA, BOB, World, at, scopes};
use super::{Row, check};
use crate::policy::Policy;

const BOTH: &[(&str, i64)] = &[("password", -600), ("email", -590)];
const PASSWORD: &[(&str, i64)] = &[("password", -600)];

fn mail() -> World {
    World::with_factors("email")
}

fn third_party() -> World {
    mail().set(|w| w.policy.first_party = false).session(ADA, BOTH)
}

#[test]
fn check_134_case_ot12_the_password_comes_first_and_the_factor_before_anything_else() {
    let rows: &[Row] = &[
        ("nobody", mail, "login"),
        ("a factor alone is no sign-in", || mail().proves("email", 0), "login"),
        ("password", || mail().proves("password", 0), "use email"),
        ("password and code", || mail().proves("password", -9).proves("email", 0), "code 2fa start"),
        (
            "consent comes after the factor",
            || mail().set(|w| w.policy.first_party = false).proves("password", 0),
            "use email",
        ),
        (
            "also where it was given",
            || mail().prompt("consent").set(|w| w.consent.given = Some(scopes("openid"))).proves("password", 0),
            "use email",
        ),
    ];
    check(rows);
}

#[test]
fn checks_31_32_prompt_none_shows_no_page_and_says_which_it_would_have_been() {
    let rows: &[Row] = &[
        ("no session", || mail().prompt("none"), "login_required"),
        ("session of a password", || mail().prompt("none").session(ADA, PASSWORD), "interaction_required"),
        (
            "nothing enrolled",
            || World::with_factors("totp").prompt("none").session(ADA, &[("password", -60)]),
            "interaction_required",
        ),
        (
            "nothing enrolled, on a session too old to set anything up",
            || World::with_factors("totp").prompt("none").session(ADA, PASSWORD),
            "login_required",
        ),
        ("consent missing", || third_party().prompt("none"), "consent_required"),
        ("too old", || mail().prompt("none").max_age(60).session(ADA, BOTH), "login_required"),
        ("max_age=0", || mail().prompt("none").max_age(0).session(ADA, BOTH), "login_required"),
        (
            "no factor to be had",
            || {
                World::with_factors("email")
                    .prompt("none")
                    .no_email()
                    .set(|w| w.enrollable.clear())
                    .session(ADA, PASSWORD)
            },
            "access_denied",
        ),
    ];
    check(rows);
}

#[test]
fn check_137_prompt_none_and_a_higher_level_is_interaction_required_or_unmet() {
    let rows: &[Row] = &[
        (
            "can be reached",
            || World::mfa_off().prompt("none").acr("2fa").session(ADA, PASSWORD),
            "interaction_required",
        ),
        (
            "cannot be reached here",
            || mail().prompt("none").acr("phr").session(ADA, BOTH),
            "unmet_authentication_requirements",
        ),
    ];
    check(rows);
}

#[test]
fn check_33_a_session_that_meets_everything_is_silent_and_auth_time_stays() {
    let world = mail().prompt("none").session(ADA, BOTH);
    assert_eq!(world.says(), "code 2fa keep");
    assert_eq!(world.satisfied().auth_time(), at(-600));
}

#[test]
fn checks_35_39_case_az7_a_new_sign_in_asks_for_password_and_factor_again() {
    let asks: &[fn() -> World] = &[
        || mail().prompt("login"),
        || mail().prompt("login consent"),
        || mail().max_age(60),
        || mail().max_age(0),
        || mail().set(|w| w.policy.default_max_age = Some(60)),
    ];
    for (row, world) in asks.iter().enumerate() {
        let world = || world().session(ADA, BOTH);
        assert_eq!(world().says(), "login", "row {row}");
        assert_eq!(world().proves("password", 1).says(), "use email", "row {row}");
        let done = world().proves("password", 1).proves("email", 2).set(|w| w.consent.given = Some(scopes("openid")));
        assert_eq!(done.says(), "code 2fa raise", "row {row}");
        assert_eq!(done.satisfied().auth_time(), at(1), "row {row}");
    }
}

#[test]
fn check_38_the_age_of_a_sign_in_is_measured_when_the_request_arrives() {
    let rows: &[Row] = &[
        ("young enough", || mail().max_age(600).session(ADA, BOTH), "code 2fa keep"),
        ("a second too old", || mail().max_age(599).session(ADA, BOTH), "login"),
        (
            "a factor that takes longer than max_age",
            || {
                let later = |w: &mut World| w.now = at(400);
                mail().max_age(1).proves("password", 1).proves("email", 400).set(later)
            },
            "code 2fa start",
        ),
        (
            "a session that grows old during the step-up",
            || {
                let later = |w: &mut World| w.now = at(400);
                mail().max_age(1).session(ADA, &[("password", -1)]).proves("email", 400).set(later)
            },
            "code 2fa raise",
        ),
        (
            "a session that began after the request arrived",
            || mail().max_age(60).session(ADA, &[("password", 5), ("email", 6)]).set(|w| w.now = at(100)),
            "code 2fa keep",
        ),
        (
            "no session at all for max_age=0, not even a later one",
            || mail().max_age(0).session(ADA, &[("password", 5), ("email", 6)]).set(|w| w.now = at(100)),
            "login",
        ),
        (
            "the factor's age counts too",
            || mail().max_age(60).session(ADA, &[("password", -10), ("email", -600)]),
            "use email",
        ),
    ];
    check(rows);
}

#[test]
fn req_s1_1_case_az8_a_request_cannot_loosen_the_policys_own_max_age() {
    let strict = || mail().set(|w| w.policy.default_max_age = Some(0)).session(ADA, BOTH);
    assert_eq!(strict().says(), "login");
    assert_eq!(strict().max_age(86_400).says(), "login");
    assert_eq!(mail().set(|w| w.policy.default_max_age = Some(3600)).max_age(60).session(ADA, BOTH).says(), "login");
}

#[test]
fn scr_r53_terms_are_agreed_to_once_whoever_is_there_is_known_and_before_anything_is_shared() {
    let due = |world: World| world.set(|w| w.consent.terms_due = true);
    let signed_in = || mail().session(ADA, BOTH).set(|w| w.consent.terms_due = true);
    let rows: &[Row] = &[
        ("not before the sign-in", || mail().set(|w| w.consent.terms_due = true), "login"),
        (
            "not before the second factor",
            || mail().proves("password", 0).set(|w| w.consent.terms_due = true),
            "use email",
        ),
        ("with a session", signed_in, "terms"),
        (
            "silently",
            || mail().session(ADA, BOTH).prompt("none").set(|w| w.consent.terms_due = true),
            "interaction_required",
        ),
        ("before consent", || third_party().set(|w| w.consent.terms_due = true), "terms"),
    ];
    check(rows);
    assert_eq!(due(third_party()).set(|w| w.consent.terms_due = false).says(), "consent openid profile");
}

#[test]
fn check_36_consent_is_asked_of_third_parties_and_on_demand() {
    let rows: &[Row] = &[
        ("first party", || mail().session(ADA, BOTH), "code 2fa keep"),
        ("prompt=consent", || mail().session(ADA, BOTH).prompt("consent"), "consent openid profile"),
        ("third party", third_party, "consent openid profile"),
        (
            "remembered",
            || third_party().set(|w| w.consent.remembered = scopes("openid email profile")),
            "code 2fa keep",
        ),
        (
            "only some remembered",
            || third_party().set(|w| w.consent.remembered = scopes("openid")),
            "consent openid profile",
        ),
        (
            "remembered, but asked again",
            || third_party().prompt("consent").set(|w| w.consent.remembered = scopes("openid profile")),
            "consent openid profile",
        ),
        (
            "given",
            || third_party().prompt("consent").set(|w| w.consent.given = Some(scopes("openid profile"))),
            "code 2fa keep",
        ),
    ];
    check(rows);
}

#[test]
fn check_36_only_what_was_agreed_to_and_asked_for_is_granted() {
    let granted = |given: &str| {
        let world = third_party().set(|w| w.consent.given = Some(scopes(given)));
        world.satisfied().scopes().to_string()
    };
    assert_eq!(granted(""), "openid");
    assert_eq!(granted("profile phone"), "openid profile");
}

#[test]
fn check_37_select_account_asks_once_and_only_where_there_is_a_session_to_choose() {
    let select = || mail().prompt("select_account");
    assert_eq!(select().says(), "login");
    assert_eq!(select().session(ADA, BOTH).says(), "select");
    assert_eq!(select().session(ADA, BOTH).set(|w| w.chosen = true).says(), "code 2fa keep");
    assert_eq!(select().max_age(60).session(ADA, BOTH).says(), "select");
    assert_eq!(select().max_age(60).session(ADA, BOTH).set(|w| w.chosen = true).says(), "login");
    let idle = select().session(ADA, BOTH).set(|w| w.policy.session_idle_seconds = 0);
    assert_eq!(idle.says(), "login");
}

#[test]
fn check_37_who_signs_in_for_this_request_has_chosen_even_if_it_is_the_same_account() {
    for account in [ADA, BOB] {
        for words in ["select_account", "select_account login"] {
            let world = mail().prompt(words).session(account, BOTH).proves("password", 1);
            assert_eq!(world.says(), "use email", "{words}");
        }
    }
    assert_eq!(mail().prompt("select_account login").session(ADA, BOTH).says(), "login");
}

#[test]
fn check_41_case_az10_nobody_but_the_expected_person_is_answered_for() {
    let rows: &[Row] = &[
        ("the one", || mail().session(ADA, BOTH).expects(ADA), "code 2fa keep"),
        ("another, silently", || mail().session(ADA, BOTH).expects(BOB).prompt("none"), "login_required"),
        ("another", || mail().session(ADA, BOTH).expects(BOB), "login"),
        ("another, who gave a factor only", || mail().session(ADA, PASSWORD).expects(BOB).proves("email", 1), "login"),
        ("another signed in again", || mail().expects(BOB).proves("password", 1), "login_required on a page"),
        (
            "the expected one over another's session",
            || mail().session(BOB, BOTH).expects(ADA).proves("password", 1).proves("email", 2),
            "code 2fa start",
        ),
    ];
    check(rows);
}

#[test]
fn a_first_factor_that_the_client_does_not_take_is_none() {
    let google = Policy { sign_in: vec![crate::policy::SignInMethod::Google], ..Policy::default() };
    assert_eq!(World::of(google.clone()).session(ADA, BOTH).says(), "login");
    assert_eq!(World::of(google).proves("password", 0).proves("email", 1).says(), "login");
}
