//! Passkeys: alone both factors in one, after a password a second one; what is verified decides the level.

use super::super::reached;
use super::world::{ADA, World, at, proof};
use super::{Row, check};
use crate::level::{Amr, Level};
use crate::policy::{Policy, SignInMethod};

/// A client with email and passkeys, whose person has both.
fn here() -> World {
    World::with_factors("email passkey").passkey()
}

/// The same, where a passkey alone signs in.
fn alone() -> World {
    here().signs_in_with_passkey()
}

/// A name, the policy, what was proven, and what it amounts to.
type Case<'a> = (&'a str, &'a Policy, &'a [(&'a str, i64)], Option<(Level, &'a [Amr])>);

#[test]
fn check_135_req_s0_14_level_and_methods_follow_from_what_was_shown() {
    use Amr::{Hwk, Mfa, Pwd, Swk, User};
    let both = alone().policy;
    let second = here().policy;
    let mut first_only = both.clone();
    first_only.factors.retain(|factor| factor.to_string() != "passkey");
    let mut neither = second.clone();
    neither.factors.retain(|factor| factor.to_string() != "passkey");
    let cases: &[Case<'_>] = &[
        ("alone", &both, &[("alone", 0)], Some((Level::PhishingResistant, &[Swk, User, Mfa]))),
        ("alone, bound", &both, &[("passkey+alone+uv+hw", 0)], Some((Level::PhishingResistant, &[Hwk, User, Mfa]))),
        ("alone where it is no way to sign in", &second, &[("alone", 0)], None),
        (
            "alone where it is no second factor",
            &first_only,
            &[("alone", 0)],
            Some((Level::PhishingResistant, &[Swk, User, Mfa])),
        ),
        ("second", &second, &[("password", 0), ("passkey", 1)], Some((Level::TwoFactor, &[Pwd, Swk, Mfa]))),
        ("second, bound", &second, &[("password", 0), ("passkey+hw", 1)], Some((Level::TwoFactor, &[Pwd, Hwk, Mfa]))),
        (
            "second, verified",
            &second,
            &[("password", 0), ("passkey+uv", 1)],
            Some((Level::PhishingResistant, &[Pwd, Swk, User, Mfa])),
        ),
        ("second and no first", &both, &[("passkey+uv", 0)], None),
        ("unverified is never alone", &both, &[("passkey+alone", 0)], None),
        ("not accepted here", &neither, &[("password", 0), ("passkey+uv", 1)], Some((Level::OneFactor, &[Pwd]))),
        (
            "elsewhere alone, here a second factor",
            &second,
            &[("password", 0), ("alone", 1)],
            Some((Level::PhishingResistant, &[Pwd, Swk, User, Mfa])),
        ),
    ];
    for (name, policy, proofs, expected) in cases {
        let proofs = proofs.iter().copied().map(proof).collect::<Vec<_>>();
        let got = reached(policy, &proofs);
        let got = got.as_ref().map(|reached| (reached.level, reached.amr.as_slice()));
        assert_eq!(got, *expected, "{name}");
    }
}

#[test]
fn check_136_a_passkey_alone_moves_auth_time_and_a_second_one_does_not() {
    let policy = alone().policy;
    let of = |proofs: &[(&str, i64)]| {
        let proofs = proofs.iter().copied().map(proof).collect::<Vec<_>>();
        reached(&policy, &proofs).map(|reached| reached.auth_time)
    };
    assert_eq!(of(&[("password", -60), ("passkey+uv", 0)]), Some(at(-60)));
    assert_eq!(of(&[("password", -60), ("alone", 0)]), Some(at(0)));
}

#[test]
fn req_s0_14_a_passkey_alone_is_both_factors() {
    let rows: &[Row] = &[
        ("alone", || alone().proves("alone", 0), "code phr start"),
        ("alone, 2fa asked", || alone().proves("alone", 0).acr("2fa"), "code phr start"),
        ("alone, phr asked", || alone().proves("alone", 0).acr("phr"), "code phr start"),
        ("alone, where only passwords sign in", || here().proves("alone", 0), "login"),
        ("session by passkey", || alone().session(ADA, &[("alone", -60)]), "code phr keep"),
        ("session by passkey, passwords only", || here().session(ADA, &[("alone", -60)]), "login"),
        (
            "no session stands in for the second factor, so it is asked for again",
            || alone().set(|w| w.policy.mfa_every_login = true).session(ADA, &[("alone", -60)]),
            "login",
        ),
        (
            "and the password of that session still stands",
            || alone().set(|w| w.policy.mfa_every_login = true).session(ADA, &[("password", -60), ("alone", -50)]),
            "choose email passkey",
        ),
        (
            "whoever has only a passkey needs no password",
            || alone().set(|w| w.policy.sign_in = vec![SignInMethod::Passkey]).proves("alone", 0),
            "code phr start",
        ),
        (
            "a demand of the client for somebody in particular",
            || alone().expects(super::world::BOB).proves("alone", 0),
            "login_required on a page",
        ),
    ];
    check(rows);
}

#[test]
fn req_s0_14_after_a_password_it_is_a_second_factor() {
    let rows: &[Row] = &[
        ("offered", || here().proves("password", 0), "choose email passkey"),
        ("unverified", || here().proves("password", 0).proves("passkey", 1), "code 2fa start"),
        ("verified", || here().proves("password", 0).proves("passkey+uv", 1), "code phr start"),
        ("phr asked", || here().proves("password", 0).acr("phr"), "use passkey"),
        ("phr asked, unverified", || here().proves("password", 0).proves("passkey", 1).acr("phr"), "use passkey"),
        ("phr asked, verified", || here().proves("password", 0).proves("passkey+uv", 1).acr("phr"), "code phr start"),
        (
            "phr asked, an email code given",
            || here().proves("password", 0).proves("email", 1).acr("phr"),
            "use passkey",
        ),
        (
            "phr asked, step-up of a session",
            || here().session(ADA, &[("password", -60), ("email", -50)]).acr("phr").proves("passkey+uv", 0),
            "code phr raise",
        ),
        (
            "phr asked, none enrolled: an address comes first",
            || World::with_factors("email passkey").takes_passkeys().proves("password", 0).acr("phr"),
            "first email",
        ),
        (
            "phr asked, none enrolled, address proven",
            || {
                let world = World::with_factors("email passkey").takes_passkeys();
                world.proves("password", 0).proves("email", 1).acr("phr")
            },
            "enrol passkey",
        ),
        (
            "phr asked where no passkey is allowed",
            || {
                World::with_factors("email").takes_passkeys().proves("password", 0).acr("phr").set(|w| {
                    w.ceiling = Level::TwoFactor;
                })
            },
            "unmet_authentication_requirements",
        ),
    ];
    check(rows);
}

#[test]
fn sec_r17_where_the_level_needs_it_the_passkey_has_to_verify_the_person() {
    use super::super::Need;
    let verified = |world: World| match world.need() {
        Need::Factor(need) => need.verified,
        other => panic!("{other:?}"),
    };
    assert!(!verified(here().proves("password", 0)));
    assert!(!verified(here().proves("password", 0).acr("2fa")));
    assert!(verified(here().proves("password", 0).acr("phr")));
    assert!(verified(here().proves("password", 0).min_acr(Level::PhishingResistant)));
}
