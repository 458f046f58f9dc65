//! Every combination of policy, level asked, prompt, age, session, transaction, enrolment and expectation: what must
//! hold whatever the answer is.

use chrono::TimeDelta;

use super::super::{Explained, Method, Need, Proof, Satisfied, first_factor};
use super::world::{ADA, BOB, World, at, sub_of};
use crate::account::ContactState;
use crate::factor::FactorId;
use crate::level::{Amr, Level};
use crate::policy::{ChooserLists, FirstFactor, MfaMode, Policy, Preset, SignInMethod};

const RESET: FirstFactor = FirstFactor::Password { reset_by_email: true };

/// A step in one dimension.
type Change = fn(World) -> World;

const POLICIES: &[fn() -> World] = &[
    || World::preset(Preset::CouncilPortal).set(|w| w.policy.first_party = false),
    || World::preset(Preset::AlwaysOn),
    || World::preset(Preset::Authenticator),
    || World::mfa_off(),
    || World::mfa_off().min_acr(Level::TwoFactor),
    || World::of(Policy { mfa: MfaMode::Optional, enrol_on_password_days: 30, ..Policy::default() }),
    || World::of(Policy { mfa_every_login: true, chooser_lists: ChooserLists::Allowed, ..Policy::default() }),
    || World::with_factors("totp").set(|w| w.policy.default_max_age = Some(300)),
    || World::with_factors("email passkey").set(|w| w.ceiling = Level::PhishingResistant),
    || World::of(Policy { sign_in: vec![SignInMethod::Google], ..Policy::default() }),
];
const LEVELS: &[Change] =
    &[|w| w, |w| w.acr("1fa"), |w| w.acr("Cl.Cm"), |w| w.acr("phr"), |w| w.acr("phr 2fa"), |w| w.acr("urn:x 2fa 1fa")];
const PROMPTS: &[Change] =
    &[|w| w, |w| w.prompt("none"), |w| w.prompt("login"), |w| w.prompt("consent"), |w| w.prompt("select_account")];
const AGES: &[Change] = &[|w| w, |w| w.max_age(0), |w| w.max_age(400)];
const SESSIONS: &[Change] = &[
    |w| w,
    |w| w.session(ADA, &[("password", -300)]),
    |w| w.session(ADA, &[("password", -600), ("email", -590)]),
    |w| w.session(ADA, &[("password", -300), ("totp", -290)]),
    |w| w.session(ADA, &[("password", -50_000), ("totp", -10)]),
    |w| w.session(BOB, &[("password", -300), ("email", -290)]),
];
const TRANSACTIONS: &[Change] = &[
    |w| w,
    |w| w.proves("password", -3),
    |w| w.proves("password", -3).proves("email", -2),
    |w| w.proves("password", -400).proves("totp", -350),
    |w| w.proves("totp", -350),
    |w| w.proves("totp", -2),
    |w| w.proves("permit", -3),
    |w| w.proves("permit", -3).proves("totp", -2).proves("reset", -3).set(|w| w.first = RESET),
];
const ENROLMENTS: &[Change] = &[
    |w| w,
    |w| w.no_email(),
    |w| w.totp(),
    |w| w.no_email().totp(),
    |w| w.set(|w| w.standing.email = Some(ContactState::Vouched)),
];
const EXPECTATIONS: &[Change] =
    &[|w| w, |w| w.expects(ADA), |w| w.expects(BOB), |w| w.set(|w| w.consent.terms_due = true)];

/// Calls `look` with every combination at one policy.
fn every(policy: fn() -> World, mut look: impl FnMut(&World)) {
    let mut worlds = vec![policy()];
    for dimension in [LEVELS, PROMPTS, AGES, SESSIONS, TRANSACTIONS, ENROLMENTS] {
        worlds = worlds.iter().flat_map(|world| dimension.iter().map(|change| change(world.clone()))).collect();
    }
    for world in worlds {
        for change in EXPECTATIONS {
            look(&change(world.clone()));
        }
    }
}

/// What must hold of a code, worked out from the facts and not by the code under test.
fn check_code(world: &World, code: &Satisfied) {
    let World { request, policy, .. } = world;
    let here = world.proofs.iter().any(|proof| proof.method.is_first());
    let session = world.session.iter().flat_map(|session| &session.proofs);
    let source = if here { world.proofs.iter().collect::<Vec<_>>() } else { session.collect() };
    let first = source.iter().filter(|proof| proof.method.is_first()).map(|proof| proof.at).max();

    assert!(policy.sign_in.contains(&SignInMethod::Password), "no accepted first factor: {world:#?}");
    assert_eq!(first, Some(code.auth_time()), "auth_time: {world:#?}");
    assert_eq!(Some(code.account()), world.person(), "{world:#?}");
    assert!(request.expected_sub.as_deref().is_none_or(|sub| sub == sub_of(code.account())), "{world:#?}");

    let lowest = request.demand.listed.iter().map(|listed| listed.level).min();
    assert!(lowest.is_none_or(|level| code.level() >= level), "below the demand: {world:#?}");
    assert!(policy.min_acr.is_none_or(|level| code.level() >= level), "below min_acr: {world:#?}");
    assert!(world.vocabulary.level(code.acr()).is_some_and(|said| said <= code.level()), "acr lies: {world:#?}");

    let accepted = |proof: &&Proof| matches!(&proof.method, Method::Factor(factor) if policy.factors.contains(factor));
    let mfa = code.amr().contains(&Amr::Mfa);
    assert_eq!(mfa, code.level() >= Level::TwoFactor, "{world:#?}");
    // The mailbox that reset the password completes the step, and raises nothing.
    let by_email = first_factor(policy, &source).is_by_mailbox();
    let email = world.proofs.iter().chain(world.session.iter().flat_map(|session| &session.proofs));
    let mailbox_again = by_email && email.clone().any(|proof| proof.method == Method::Factor(FactorId::Email));
    assert!(mfa || mailbox_again || !world.offer().step, "no step: {world:#?}");
    if mfa {
        // Of this transaction, what was proven since its sign-in or, without one, since the session it leans on began.
        let session = world.session.iter().filter(|_| !here);
        let since = session.clone().map(|session| session.created_at).next().unwrap_or(code.auth_time());
        let new = world.proofs.iter().filter(|proof| proof.at >= since);
        let old = session.filter(|_| !policy.mfa_every_login).flat_map(|session| &session.proofs);
        assert!(new.chain(old).any(|proof| accepted(&proof)), "mfa without a factor: {world:#?}");
    }
    if let Some(session) = &world.session {
        let stale = session.account != code.account() && session.created_at > code.auth_time();
        assert!(!stale, "another's session is newer: {world:#?}");
    }
    if !here {
        assert!(!request.prompt.login, "{world:#?}");
        assert!(!request.prompt.select_account || world.chosen, "{world:#?}");
        let age = request.received_at - code.auth_time();
        for limit in request.max_age.into_iter().chain(policy.default_max_age) {
            assert!(limit > 0 && age <= TimeDelta::seconds(limit.into()), "too old: {world:#?}");
        }
    }
    assert!(!world.consent.terms_due, "the terms were not agreed to: {world:#?}");
    let agreed = policy.first_party || request.scopes.is_within(&world.consent.remembered);
    assert!(world.consent.given.is_some() || (agreed && !request.prompt.consent), "no consent: {world:#?}");
}

/// The world after Ada did what was needed. `enrols_with_proof` says whether setting a factor up proves it too.
fn fulfil(world: World, need: &Need, enrols_with_proof: bool, seconds: i64) -> World {
    let next = world.set(|w| w.now = at(seconds));
    match need {
        Need::Login => next.set(|w| w.actor = ADA).proves("password", seconds),
        Need::SelectAccount => next.set(|w| w.chosen = true),
        Need::NewPassword => next.proves("reset", seconds).set(|w| w.first = RESET),
        Need::Factor(need) => next.proves(&need.ready[0].to_string(), seconds),
        Need::Enrol(factors) => {
            let next = match factors[0] {
                FactorId::Totp => next.totp(),
                _ => next.set(|w| w.standing.email = Some(ContactState::Verified)),
            };
            if enrols_with_proof { next.proves(&factors[0].to_string(), seconds) } else { next }
        }
        // Who skips is not asked again; who accepts is led to what they set up, and that is the same as an enrolment.
        Need::Invite(_) => next.set(|w| w.invite_after = Some(at(86_400))),
        Need::Terms => next.set(|w| w.consent.terms_due = false),
        Need::Consent(scopes) => next.set(|w| w.consent.given = Some(scopes.clone())),
        Need::Refuse(..) | Need::Nothing(_) => next,
    }
}

/// Does what is needed, again and again, to the end. Setting a factor up may or may not prove it too; says whether it
/// came to that.
fn walk(mut world: World, mut need: Need, enrols_with_proof: bool) -> bool {
    let mut enrolled = false;
    for step in 1..=7 {
        if matches!(need, Need::Refuse(..) | Need::Nothing(_)) {
            return enrolled;
        }
        enrolled |= matches!(need, Need::Enrol(_));
        world = fulfil(world, &need, enrols_with_proof, step);
        let next = world.need();
        assert_ne!(next, need, "no progress: {world:#?}");
        if let Need::Nothing(code) = &next {
            check_code(&world, code);
        }
        need = next;
    }
    assert!(matches!(need, Need::Refuse(..) | Need::Nothing(_)), "still {need:?} after seven steps: {world:#?}");
    enrolled
}

/// How often the answer was a code, an error and something to do.
fn check_policy(policy: fn() -> World) -> [u32; 3] {
    let mut answers = [0; 3];
    every(policy, |world| {
        let need = world.need();
        let answer = match &need {
            Need::Nothing(code) => {
                check_code(world, code);
                0
            }
            Need::Refuse(..) => 1,
            _ => 2,
        };
        answers[answer] += 1;
        if world.request.prompt.none {
            let silent = matches!(need, Need::Nothing(_) | Need::Refuse(_, Explained::Silently));
            assert!(silent, "a page for prompt=none: {world:#?}");
        }
        let can_sign_in = world.policy.sign_in.contains(&SignInMethod::Password);
        if can_sign_in && walk(world.clone(), need.clone(), true) {
            walk(world.clone(), need, false);
        }
    });
    answers
}

#[test]
fn sec_r19_r20_whatever_is_asked_a_code_has_its_grounds_and_every_journey_ends() {
    let answers = std::thread::scope(|scope| {
        let policies = POLICIES.iter().map(|policy| scope.spawn(|| check_policy(*policy))).collect::<Vec<_>>();
        policies.into_iter().map(|policy| policy.join().unwrap()).collect::<Vec<_>>()
    });
    let total = |answer: usize| answers.iter().map(|of_policy| of_policy[answer]).sum::<u32>();
    assert!((0..3).all(|answer| total(answer) > 10_000), "{answers:?}");
}
