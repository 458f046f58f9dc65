//! Setting up a factor within a sign-in: who may, and what comes first.

use super::super::may_set_up;
use super::world::{ADA, World, at};
use super::{Row, check};
use crate::account::{ContactState, LineType};
use crate::factor::FactorId;
use crate::policy::{ChooserLists, PhoneStanding};

const PASSWORD: &[(&str, i64)] = &[("password", -600)];

fn app() -> World {
    World::with_factors("totp").proves("password", 0)
}

/// MFA began to apply to the account just now, and a password alone may enrol for a day.
fn in_the_window(world: World) -> World {
    world.set(|w| {
        w.policy.enrol_on_password_days = 1;
        w.mfa_since = at(-60);
    })
}

fn mobile(w: &mut World) {
    w.standing.phones.push(PhoneStanding { state: ContactState::Verified, line: LineType::Mobile });
}

fn listing_allowed() -> World {
    World::with_factors("email totp").proves("password", 0).set(|w| w.policy.chooser_lists = ChooserLists::Allowed)
}

fn may(world: &World, factor: &FactorId) -> bool {
    may_set_up(&world.need(), &world.offer(), &world.proofs, factor)
}

#[test]
fn before_a_first_factor_is_set_up_a_code_goes_to_a_contact_on_file() {
    let rows: &[Row] = &[
        ("a contact on file", app, "first email"),
        ("proven", || app().proves("email", 1), "enrol totp"),
        (
            "proven long ago, in the session",
            || World::with_factors("totp").session(ADA, &[("password", -9), ("email", -8)]),
            "enrol totp",
        ),
        ("no contact on file", || app().no_email(), "access_denied on a page"),
        ("no contact on file, 2fa asked", || app().no_email().acr("2fa"), "access_denied on a page"),
        (
            "a contact that nobody proved",
            || app().set(|w| w.standing.email = Some(ContactState::Unproven)),
            "access_denied on a page",
        ),
        (
            "a doubtful contact",
            || app().set(|w| w.standing.email = Some(ContactState::Doubtful)),
            "access_denied on a page",
        ),
        ("in the window", || in_the_window(app()), "enrol totp"),
        ("in the window, no contact", || in_the_window(app()).no_email(), "enrol totp"),
        ("in the window, but after a reset", || in_the_window(app()).set(|w| w.after_reset = true), "first email"),
        ("after the window", || in_the_window(app()).set(|w| w.mfa_since = at(-86_400)), "first email"),
        ("the sender is down", || app().set(|w| w.channels.email = false), "access_denied on a page"),
    ];
    check(rows);
}

#[test]
fn before_another_factor_is_set_up_an_enrolled_one_is_used_even_one_that_the_client_does_not_take() {
    let mail = || World::with_factors("email").no_email().totp();
    assert_eq!(mail().proves("password", 0).says(), "first totp");
    assert_eq!(in_the_window(mail()).proves("password", 0).says(), "first totp");
    assert_eq!(mail().proves("password", 0).proves("totp", 1).says(), "enrol email");
    assert_eq!(mail().session(ADA, &[("password", -9), ("totp", -8)]).says(), "enrol email");
}

#[test]
fn with_mfa_every_login_the_sessions_factor_does_not_open_an_enrolment() {
    let every = |w: &mut World| w.policy.mfa_every_login = true;
    let world = World::with_factors("totp").session(ADA, &[("password", -9), ("email", -8)]).set(every);
    assert_eq!(world.says(), "first email");
}

#[test]
fn a_factor_that_the_installation_does_not_have_does_not_bar_the_way() {
    assert_eq!(app().set(mobile).says(), "first email");
    let sms = |w: &mut World| w.installed.push(FactorId::Sms);
    assert_eq!(app().set(mobile).set(sms).says(), "first sms");
    assert_eq!(app().set(mobile).set(sms).set(|w| w.channels.sms = false).says(), "access_denied on a page");
}

#[test]
fn a_pushed_address_is_proven_by_a_code_to_itself() {
    let pushed = |w: &mut World| w.standing.email = Some(ContactState::Vouched);
    assert_eq!(World::with_factors("email").proves("password", 0).set(pushed).says(), "enrol email");
    assert_eq!(World::with_factors("email totp").proves("password", 0).set(pushed).says(), "enrol email");
    assert_eq!(World::with_factors("email").proves("password", 0).set(pushed).totp().says(), "first totp");
    let unproven = |w: &mut World| w.standing.email = Some(ContactState::Unproven);
    let refused = "access_denied on a page";
    assert_eq!(World::with_factors("email").proves("password", 0).set(unproven).says(), refused);
}

#[test]
fn a_demand_sets_a_factor_up_where_the_policy_lets() {
    let off = || World::mfa_off().no_email().session(ADA, PASSWORD).acr("2fa");
    assert_eq!(in_the_window(off()).says(), "enrol email totp");
    let cannot = off().set(|w| w.enrollable.clear());
    assert_eq!(cannot.says(), "unmet_authentication_requirements on a page");
}

#[test]
fn the_chooser_lists_what_must_be_set_up_only_where_the_policy_says_allowed() {
    assert_eq!(World::with_factors("email totp").proves("password", 0).says(), "use email");
    assert_eq!(listing_allowed().says(), "choose email +totp");
    assert_eq!(listing_allowed().totp().says(), "choose email totp");
    assert_eq!(listing_allowed().set(|w| w.enrollable.clear()).says(), "use email");
}

#[test]
fn sec_r19_a_factor_is_set_up_only_after_what_must_come_before_it() {
    let totp = &FactorId::Totp;
    assert!(!may(&World::with_factors("totp"), totp), "nobody is signed in");
    assert!(!may(&app(), totp), "a contact on file comes first");
    assert!(may(&app().proves("email", 1), totp));
    assert!(!may(&app().proves("email", 1), &FactorId::Email), "it was not asked for");
    assert!(!may(&World::with_factors("email totp").proves("password", 0), totp), "the chooser does not list it");
    assert!(!may(&listing_allowed(), totp), "listed, but a contact on file comes first");
    assert!(may(&in_the_window(listing_allowed()), totp));
    assert!(!may(&in_the_window(listing_allowed()).totp(), totp), "they have it");
}

#[test]
fn what_was_picked_in_the_chooser_can_be_set_up_once_an_enrolled_factor_was_used() {
    let used = listing_allowed().proves("email", 1);
    assert_eq!(used.says(), "code 2fa start");
    assert!(may(&used, &FactorId::Totp));
    let ready_only = World::with_factors("email totp").proves("password", 0).proves("email", 1);
    assert!(!may(&ready_only, &FactorId::Totp));
}

#[test]
fn only_the_factor_that_must_come_first_opens_an_enrolment() {
    let passkeys = |w: &mut World| {
        w.installed.push(FactorId::Passkey);
        w.enrollable.push(FactorId::Passkey);
    };
    let world = || World::with_factors("passkey").totp().set(passkeys).session(ADA, &[("password", -9), ("email", -8)]);
    assert_eq!(world().says(), "first totp");
    assert_eq!(world().proves("totp", 1).says(), "enrol passkey");
}

#[test]
fn nothing_is_offered_for_enrolment_that_they_have_or_whose_sender_is_down() {
    let world = || in_the_window(World::with_factors("email totp").no_email()).proves("password", 0);
    assert_eq!(world().says(), "enrol email totp");
    assert_eq!(world().set(|w| w.channels.email = false).says(), "enrol totp");
    assert_eq!(world().totp().offer().enrol, [FactorId::Email]);
}

#[test]
fn a_sender_that_is_down_does_not_let_a_pushed_contact_replace_an_enrolled_phone() {
    let phone_is_out = |w: &mut World| {
        mobile(w);
        w.installed.push(FactorId::Sms);
        w.channels.sms = false;
        w.standing.email = Some(ContactState::Vouched);
    };
    assert_eq!(World::with_factors("email").proves("password", 0).set(phone_is_out).says(), "access_denied on a page");
}

#[test]
fn sec_r19_where_no_step_is_asked_a_password_alone_sets_up_only_what_the_window_allows() {
    let off = || listing_allowed().set(|w| w.policy.mfa = crate::policy::MfaMode::Off);
    assert_eq!(off().says(), "code 1fa start");
    assert!(!may(&off(), &FactorId::Totp));
    assert!(may(&in_the_window(off()), &FactorId::Totp));
    let pushed = off().set(|w| w.standing.email = Some(ContactState::Vouched));
    assert!(!may(&pushed, &FactorId::Totp));
    assert!(may(&pushed, &FactorId::Email));
}

#[test]
fn of_several_enrolled_factors_the_strongest_comes_first() {
    let card = FactorId::Remote("card".to_owned());
    let several = |w: &mut World| {
        w.installed.extend([FactorId::Passkey, card.clone()]);
        w.channels.remotes.push("card".to_owned());
        w.standing.remotes.push("card".to_owned());
        w.standing.passkeys = 1;
    };
    let world = World::with_factors("email").no_email().totp().proves("password", 0).set(several);
    assert_eq!(world.says(), "first passkey totp remote:card");
    assert_eq!(world.proves("remote:card", 1).says(), "enrol email");
}
