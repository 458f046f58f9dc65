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
    w.standing.phones.push(PhoneStanding::new(ContactState::Verified, LineType::Mobile));
}

fn listing_allowed() -> World {
    World::with_factors("email totp").proves("password", 0).set(|w| w.policy.chooser_lists = ChooserLists::Allowed)
}

fn may(world: &World, factor: &FactorId) -> bool {
    world.with(world.offer(), |situation| may_set_up(situation, &world.need(), factor))
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
    let off = || World::mfa_off().no_email().session(ADA, &[("password", -60)]).acr("2fa");
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

fn optional() -> World {
    World::with_factors("email totp").proves("password", 0).set(|w| w.policy.mfa = crate::policy::MfaMode::Optional)
}

#[test]
fn scr_r15_who_may_go_without_a_second_factor_is_invited_after_a_password_and_only_then() {
    let rows: &[Row] = &[
        ("after a password", optional, "invite totp"),
        ("accepted: the contact on file comes first", || optional().set(|w| w.accepted = true), "first email"),
        ("accepted and proven", || optional().set(|w| w.accepted = true).proves("email", 1), "invite totp"),
        ("not before consent is asked", || optional().set(|w| w.policy.first_party = false), "invite totp"),
        ("set up", || optional().set(|w| w.accepted = true).proves("email", 1).proves("totp", 2), "code 2fa start"),
        ("put off", || optional().set(|w| w.invite_after = Some(at(1))), "code 1fa start"),
        ("put off long ago", || optional().set(|w| w.invite_after = Some(at(0))), "invite totp"),
        ("on a session", || optional().set(|w| w.proofs.clear()).session(ADA, PASSWORD), "code 1fa keep"),
        ("silently", || optional().set(|w| w.proofs.clear()).session(ADA, PASSWORD).prompt("none"), "code 1fa keep"),
        ("no pages", || optional().prompt("none"), "code 1fa start"),
        ("switched on", || optional().totp(), "choose email totp"),
        ("a phone is one", || optional().set(mobile), "code 1fa start"),
        ("no contact to prove first", || optional().no_email(), "code 1fa start"),
        ("on a device of many", || optional().set(|w| w.policy.shared_device = true), "code 1fa start"),
        ("required", || optional().set(|w| w.policy.mfa = crate::policy::MfaMode::Required), "use email"),
        ("off", || optional().set(|w| w.policy.mfa = crate::policy::MfaMode::Off), "code 1fa start"),
        ("a level is asked: no invitation", || optional().acr("2fa"), "use email"),
    ];
    check(rows);
    let open = optional();
    assert!(!may(&open, &FactorId::Totp), "the contact on file comes first");
    assert!(may(&optional().set(|w| w.accepted = true).proves("email", 1), &FactorId::Totp));
    assert!(!may(&optional().set(|w| w.accepted = true).proves("email", 1), &FactorId::Passkey));
}

#[test]
fn req_week_one_8_a_number_that_is_in_doubt_can_be_proven_again_where_none_may_be_captured() {
    let doubtful = |w: &mut World| {
        w.standing.phones.push(PhoneStanding::new(ContactState::Doubtful, LineType::Mobile));
        w.policy.factors = vec![FactorId::Sms];
        w.policy.phone_capture = crate::policy::PhoneCapture::Never;
        w.installed.push(FactorId::Sms);
        w.enrollable.push(FactorId::Sms);
    };
    let world = || World::with_factors("sms").proves("password", 0).set(doubtful);
    assert_eq!(world().says(), "first email");
    assert_eq!(world().proves("email", 1).says(), "enrol sms");
    // Where it is abroad it is no way to get a code, and still protects: nothing less takes its place.
    let abroad = |w: &mut World| {
        w.standing.phones.clear();
        w.standing
            .phones
            .push(PhoneStanding { served: false, ..PhoneStanding::new(ContactState::Verified, LineType::Mobile) });
        w.policy.factors.push(FactorId::Totp);
    };
    assert_eq!(world().set(abroad).says(), "access_denied on a page");
}

#[test]
fn case_ot25_sec_r21_with_a_password_alone_a_pushed_number_is_proven_and_nothing_else_is_set_up() {
    let pushed = |w: &mut World| {
        w.standing.phones.push(PhoneStanding::new(ContactState::Vouched, LineType::Mobile));
        w.installed.push(FactorId::Sms);
        w.enrollable.push(FactorId::Sms);
    };
    let world = || in_the_window(World::with_factors("sms totp").proves("password", 0)).set(pushed);
    assert_eq!(world().says(), "enrol sms totp");
    assert!(may(&world(), &FactorId::Sms));
    assert!(!may(&world(), &FactorId::Totp), "a contact on file comes first");
    // Who wants something else than the number on file proves a contact, and then it is open.
    let other = || world().set(|w| w.proves_first = true);
    assert_eq!(other().says(), "first email");
    assert_eq!(other().proves("email", 1).says(), "enrol sms totp");
    assert!(may(&other().proves("email", 1), &FactorId::Totp));
    // Where there is no other contact, the number is all that can be proven.
    assert_eq!(other().no_email().says(), "enrol sms");
    let captured = || world().set(|w| w.policy.phone_capture = crate::policy::PhoneCapture::FirstLogin);
    assert_eq!(captured().says(), "enrol sms");
    assert_eq!(captured().set(|w| w.proves_first = true).says(), "first email");
}

#[test]
fn sec_r18_an_old_session_sets_nothing_up_before_the_first_factor_is_proven_again() {
    let session =
        |first: i64, second: i64| World::with_factors("totp").session(ADA, &[("password", first), ("email", second)]);
    assert_eq!(session(-300, -299).says(), "enrol totp");
    assert_eq!(session(-301, -10).says(), "login");
    assert_eq!(session(-1500, -1499).says(), "login");
    assert!(!may(&session(-1500, -1499), &FactorId::Totp));
    assert_eq!(session(-1500, -1499).proves("password", 5).says(), "first email");
    // What is proven for the request may take its time.
    let slow = session(-1500, -1499).proves("password", 5).proves("email", 900).set(|w| w.now = at(1800));
    assert_eq!(slow.says(), "enrol totp");
    assert!(may(&slow, &FactorId::Totp));
    // A password of the last minutes with an older code: the code is asked for again.
    let later = session(-1500, -1499).set(|w| w.session.as_mut().unwrap().proofs[0].at = at(-10));
    assert_eq!(later.says(), "first email");
    // Who uses what they have is asked for no password, and who picks what they have not is.
    let listed = || {
        World::with_factors("email totp").session(ADA, &[("password", -1500)]).set(|w| {
            w.policy.chooser_lists = ChooserLists::Allowed;
        })
    };
    assert_eq!(listed().says(), "choose email +totp");
    assert_eq!(listed().set(|w| w.picked = Some(FactorId::Totp)).says(), "login");
    assert!(!may(&listed().proves("email", 1), &FactorId::Totp));
    let capturing = |w: &mut World| {
        w.policy.phone_capture = crate::policy::PhoneCapture::FirstLogin;
        w.installed.push(FactorId::Sms);
        w.enrollable.push(FactorId::Sms);
    };
    let captures = World::with_factors("sms email").session(ADA, &[("password", -1500), ("email", -1499)]);
    assert_eq!(captures.set(capturing).says(), "login");
}
