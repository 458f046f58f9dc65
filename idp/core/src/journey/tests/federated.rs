//! Signing in at an identity provider, linking one, and going on as a guest.

use super::super::{Joining, Linking, Method, Need, first_factor};
use super::world::{ADA, BOB, World, proof};
use super::{Row, check};
use crate::level::{Amr, Level};
use crate::policy::{Exemption, FirstFactor, PhoneCapture, Preset, SignInMethod};

/// The council's portal, where Google, Facebook and guests are exempt.
fn council() -> World {
    World::preset(Preset::CouncilPortal)
}

/// Ada has signed in at Google, whose mailbox is the only contact that she has.
fn google() -> World {
    by(council().proves("google+mailbox", 0))
}

/// A guest.
fn guest() -> World {
    by(council().proves("guest", 0).no_email())
}

/// The first factor, from the proofs.
fn by(world: World) -> World {
    let session = world.session.iter().flat_map(|session| &session.proofs);
    let first = first_factor(&world.policy, &world.proofs.iter().chain(session).collect::<Vec<_>>());
    world.set(|w| w.first = first)
}

/// A client that exempts nobody.
fn strict() -> World {
    council().set(|w| w.policy.exempt.clear())
}

/// A client that takes `mfa` in Google's answer for two factors.
fn trusting() -> World {
    let trusted = [("google".to_owned(), [("mfa".to_owned(), Level::TwoFactor)].into())].into();
    strict().set(|w| w.policy.trust_upstream_amr = Some(trusted))
}

#[test]
fn req_s0_18_req_assurance_4_google_is_exempt_and_reaches_one_factor() {
    assert_eq!(google().says(), "code 1fa start");
    assert_eq!(google().satisfied().amr(), [Amr::Fed]);
    let capturing = google().set(|w| w.policy.phone_capture = PhoneCapture::FirstLogin);
    assert_eq!(capturing.says(), "code 1fa start", "no number is asked for");
    let only_facebook = google().set(|w| w.policy.exempt = vec![Exemption::FederatedBy("facebook".to_owned())]);
    assert_eq!(by(only_facebook).says(), "use email");
    let refused = google().set(|w| w.policy.sign_in = vec![SignInMethod::Password]);
    assert_eq!(refused.says(), "login", "what this client does not accept counts for nothing");
}

#[test]
fn req_assurance_3_the_mailbox_that_is_the_google_identity_never_lifts_it() {
    let rows: &[Row] = &[
        ("the step", || by(strict().proves("google+mailbox", 0)), "use email"),
        ("the step, done", || by(strict().proves("google+mailbox", 0).proves("email", 1)), "code 1fa start"),
        (
            "a level",
            || google().acr("2fa").set(|w| w.enrollable.clear()),
            "unmet_authentication_requirements on a page",
        ),
        ("another mailbox", || by(council().proves("google", 0)).acr("2fa"), "use email"),
        (
            "another mailbox, proven",
            || by(council().proves("google", 0).proves("email", 1)).acr("2fa"),
            "code 2fa start",
        ),
        (
            "silently",
            || google().acr("2fa").prompt("none").set(|w| w.enrollable.clear()),
            "unmet_authentication_requirements",
        ),
    ];
    check(rows);
}

#[test]
fn what_the_provider_signed_is_worth_what_the_policy_says_and_at_most_two_factors() {
    assert_eq!(by(trusting().proves("google+mfa", 0)).says(), "code 2fa start");
    assert_eq!(by(trusting().proves("google+mfa", 0)).satisfied().amr(), [Amr::Fed, Amr::Mfa]);
    assert_eq!(by(trusting().proves("google+pwd", 0)).says(), "use email");
    assert_eq!(by(strict().proves("google+mfa", 0)).says(), "use email", "nobody trusts it here");
}

#[test]
fn case_ot18_whoever_has_a_second_factor_is_asked_for_it_without_an_exemption() {
    let rows: &[Row] = &[
        (
            "asked",
            || by(strict().totp().set(|w| w.policy.factors = vec!["totp".parse().unwrap()]).proves("google", 0)),
            "use totp",
        ),
        ("exempt", || by(council().totp().proves("google", 0)), "code 1fa start"),
    ];
    check(rows);
}

#[test]
fn a_session_from_google_counts_where_google_is_accepted() {
    let rows: &[Row] = &[
        ("accepted", || by(council().session(ADA, &[("google", -60)])), "code 1fa keep"),
        ("not accepted", || by(World::mfa_off().session(ADA, &[("google", -60)])), "login"),
        (
            "the later of two sign-ins tells the exemption",
            || by(council().session(ADA, &[("google", -60), ("password", -9)])),
            "use email",
        ),
        ("the other way round", || by(council().session(ADA, &[("password", -60), ("google", -9)])), "code 1fa keep"),
    ];
    check(rows);
}

/// Google is to be linked to Ada's account.
fn linking() -> World {
    World::mfa_off().set(|w| w.linking = Some(Linking { account: ADA, proof: proof(("google", 0)) }))
}

#[test]
fn sec_r41_linking_takes_a_sign_in_to_the_account_with_its_strongest_factor() {
    let rows: &[Row] = &[
        ("nobody is signed in", linking, "login"),
        ("an open session is not enough", || linking().session(ADA, &[("password", -301)]), "login"),
        (
            "one that was when they left for the provider is, but not after a long time there",
            || {
                let late = Linking { account: ADA, proof: proof(("google", 400)) };
                linking().session(ADA, &[("password", -60)]).set(|w| w.linking = Some(late))
            },
            "login",
        ),
        ("one that was begun just now is", || linking().session(ADA, &[("password", -60)]), "code 1fa keep"),
        ("somebody else's is not", || linking().session(BOB, &[("password", -60)]), "login"),
        ("nor is somebody else's password", || linking().set(|w| w.actor = BOB).proves("password", 5), "login"),
        ("a password, where there is no more", || linking().proves("password", 5), "code 1fa start"),
        ("an app", || linking().totp().proves("password", 5), "use totp"),
        ("an app, used", || linking().totp().proves("password", 5).proves("totp", 6), "code 2fa start"),
        (
            "an app that this client does not take",
            || linking().totp().set(|w| w.policy.factors.clear()).proves("password", 5),
            "use totp",
        ),
        (
            "an app that cannot be used now",
            || {
                let offer = |w: &World| super::super::Offer { protection: Some(Vec::new()), ..w.offer() };
                let world = linking().totp().proves("password", 5);
                assert!(matches!(world.need_with(offer(&world)), Need::Refuse(..)));
                world
            },
            "use totp",
        ),
    ];
    check(rows);
    let linked = linking().proves("password", 5).set(|w| w.policy.sign_in.push(SignInMethod::Google)).satisfied();
    assert!(linked.proofs().iter().any(|proof| matches!(proof.method, Method::Federated(_))), "both were proven");
    assert_eq!(linked.amr(), [Amr::Pwd, Amr::Fed]);
}

/// The account that is signed in to is to be joined to another one, which the session is of.
fn joining() -> World {
    World::mfa_off().prompt("login").session(BOB, &[("password", -60)]).set(|w| w.joining = Joining::WithoutMailbox)
}

#[test]
fn req_week_one_7_joining_takes_a_sign_in_to_the_other_account_with_its_strongest_factor() {
    let rows: &[Row] = &[
        ("nobody has signed in to it", joining, "login"),
        ("its own session is not enough, however new", || joining().session(ADA, &[("password", -1)]), "login"),
        (
            "nor where nothing asked for a new sign-in",
            || World::mfa_off().session(ADA, &[("password", -1)]).set(|w| w.joining = Joining::WithoutMailbox),
            "login",
        ),
        (
            "the mailbox, whatever else was shown",
            || {
                let world = joining().totp().set(|w| w.joining = Joining::WithMailbox);
                world.proves("password", 5).proves("totp", 6)
            },
            "use email",
        ),
        (
            "the mailbox, shown",
            || joining().set(|w| w.joining = Joining::WithMailbox).proves("password", 5).proves("email", 6),
            "code 2fa start",
        ),
        ("a password, where there is no more", || joining().proves("password", 5), "code 1fa start"),
        ("an app", || joining().totp().proves("password", 5), "use totp"),
        ("an app, used", || joining().totp().proves("password", 5).proves("totp", 6), "code 2fa start"),
        ("an app, used before the password", || joining().totp().proves("totp", 4).proves("password", 5), "use totp"),
        (
            "an app that this client does not take",
            || joining().totp().set(|w| w.policy.factors.clear()).proves("password", 5),
            "use totp",
        ),
        (
            "what the other account has proven is not its own",
            || joining().totp().session(BOB, &[("password", -60), ("totp", -60)]).proves("password", 5),
            "use totp",
        ),
    ];
    check(rows);
}

#[test]
fn req_week_one_7_a_client_that_names_who_was_joined_means_whoever_they_are_now() {
    let named = |sub: &str| {
        let world =
            World::mfa_off().session(ADA, &[("password", -9)]).set(|w| w.previous_subs = vec!["old".to_owned()]);
        let sub = sub.to_owned();
        world.set(|w| w.request.expected_sub = Some(sub)).says()
    };
    assert_eq!((named("ada").as_str(), named("old").as_str()), ("code 1fa keep", "code 1fa keep"));
    assert_eq!(named("bob"), "login");
}

#[test]
fn req_s0_17_req_assurance_8_case_gu1_a_guest_is_a_guest_and_nothing_more() {
    assert_eq!(guest().says(), "code guest start");
    assert_eq!(guest().satisfied().amr(), []);
    assert_eq!(guest().satisfied().acr(), "guest");
    let rows: &[Row] = &[
        ("a level is asked for", || guest().acr("1fa"), "login"),
        ("guests are asked for", || guest().acr("guest 1fa"), "code guest start"),
        ("min_acr", || guest().min_acr(Level::OneFactor), "login"),
        ("not accepted", || guest().set(|w| w.policy.sign_in = vec![SignInMethod::Password]), "login"),
        ("not exempt", || guest().set(|w| w.policy.exempt.clear()), "login"),
        ("whatever else is there", || guest().proves("totp", 1), "code guest start"),
        ("silently", || guest().acr("1fa").prompt("none"), "login_required"),
    ];
    check(rows);
}

#[test]
fn whoever_was_a_guest_may_still_be_named_as_one() {
    let named = |former| {
        let world = World::mfa_off().proves("password", 0).set(|w| w.former_sub = former);
        world.set(|w| w.request.expected_sub = Some("guest-7".to_owned())).says()
    };
    assert_eq!(named(Some("guest-7")), "code 1fa start");
    assert_eq!(named(None), "login_required on a page");
    assert_eq!(
        World::mfa_off().proves("password", 0).set(|w| w.former_sub = Some("guest-7")).expects(BOB).says(),
        "login_required on a page"
    );
}

#[test]
fn the_first_factor_is_the_last_that_this_client_accepts() {
    let first = |proofs: &[(&str, i64)]| {
        first_factor(
            &council().policy,
            &proofs.iter().copied().map(proof).collect::<Vec<_>>().iter().collect::<Vec<_>>(),
        )
    };
    let password = |reset_by_email| FirstFactor::Password { reset_by_email };
    assert_eq!(first(&[]), password(false));
    assert_eq!(first(&[("password", 0)]), password(false));
    assert_eq!(first(&[("reset", 0)]), password(true));
    assert_eq!(first(&[("permit", 0)]), password(true));
    assert_eq!(first(&[("permit", 0), ("reset", 0)]), password(true));
    assert_eq!(first(&[("permit", 0), ("password", 5)]), password(false));
    assert_eq!(first(&[("guest", 0)]), FirstFactor::Guest);
    assert_eq!(first(&[("google", 0), ("password", 5)]), password(false));
    let google = FirstFactor::Federated { provider: "google".to_owned(), mailbox: true };
    assert_eq!(first(&[("google+mailbox", 5), ("password", 0)]), google);
    assert_eq!(first(&[("google", 0), ("alone", 5)]), FirstFactor::federated("google"), "no passkey alone here");
}
