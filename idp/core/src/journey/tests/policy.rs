//! What the client's policy asks, preset by preset.

use super::super::Need;
use super::world::{ADA, World};
use super::{Row, check};
use crate::account::{ContactState, LineType};
use crate::factor::FactorId;
use crate::policy::{Chooser, EmailWhenPhone, MfaMode, OnDisable, PhoneStanding, Preset};

const BOTH: &[(&str, i64)] = &[("password", -600), ("email", -590)];
const WITH_APP: &[(&str, i64)] = &[("password", -600), ("totp", -590)];
const PASSWORD: &[(&str, i64)] = &[("password", -600)];

/// Signed in with the password, in this transaction.
fn at_step(preset: Preset) -> World {
    World::preset(preset).proves("password", 0)
}

fn optional() -> World {
    World::of(crate::policy::Policy { mfa: MfaMode::Optional, ..crate::policy::Policy::default() })
}

/// The authenticator's box is unticked.
fn unticked() -> World {
    World::preset(Preset::Authenticator).set(|w| w.policy.mfa = MfaMode::Off)
}

#[test]
fn req_s1_2_s3_2_required_asks_everybody() {
    let rows: &[Row] = &[
        ("council-portal", || at_step(Preset::CouncilPortal), "use email"),
        ("always-on shows the chooser for one method", || at_step(Preset::AlwaysOn), "choose email"),
        ("authenticator, enrolled", || at_step(Preset::Authenticator).totp(), "use totp"),
        ("authenticator, not enrolled", || at_step(Preset::Authenticator), "first email"),
        ("staff-app, enrolled", || at_step(Preset::StaffApp).totp(), "use totp"),
        ("sms-first", || at_step(Preset::SmsFirst), "use email"),
        (
            "default, two ways",
            || World::of(crate::policy::Policy::default()).proves("password", 0).totp(),
            "choose email totp",
        ),
        (
            "default, never a chooser",
            || {
                let never = |w: &mut World| w.policy.chooser = Chooser::Never;
                World::of(crate::policy::Policy::default()).proves("password", 0).totp().set(never)
            },
            "use email totp",
        ),
        (
            "who switched it off has no say",
            || at_step(Preset::AlwaysOn).set(|w| w.standing.switched_on = false),
            "choose email",
        ),
    ];
    check(rows);
}

#[test]
fn req_s1_1_always_on_asks_for_password_and_code_every_time() {
    let always = || World::preset(Preset::AlwaysOn);
    let rows: &[Row] = &[
        ("a full session", || World::preset(Preset::AlwaysOn).session(ADA, BOTH), "login"),
        ("silently", || World::preset(Preset::AlwaysOn).session(ADA, BOTH).prompt("none"), "login_required"),
        ("with a generous max_age", || World::preset(Preset::AlwaysOn).session(ADA, BOTH).max_age(9999), "login"),
        (
            "after the password",
            || World::preset(Preset::AlwaysOn).session(ADA, BOTH).proves("password", 1),
            "choose email",
        ),
    ];
    check(rows);
    assert_eq!(always().session(ADA, BOTH).proves("password", 1).proves("email", 2).says(), "code 2fa raise");
}

#[test]
fn req_s1_1_with_mfa_every_login_no_session_stands_in_for_the_factor() {
    let every = || World::with_factors("email").set(|w| w.policy.mfa_every_login = true);
    assert_eq!(every().session(ADA, BOTH).says(), "use email");
    assert_eq!(every().session(ADA, BOTH).prompt("none").says(), "interaction_required");
    assert_eq!(every().session(ADA, BOTH).proves("email", 1).says(), "code 2fa raise");
    let level = || every().set(|w| w.policy.mfa = MfaMode::Off).session(ADA, BOTH);
    assert_eq!(level().says(), "code 1fa keep");
    assert_eq!(level().acr("2fa").says(), "use email");
}

#[test]
fn optional_asks_those_who_switched_it_on() {
    let rows: &[Row] = &[
        ("not switched on", || optional().session(ADA, PASSWORD), "code 1fa keep"),
        ("not switched on, though proven elsewhere", || optional().session(ADA, BOTH), "code 2fa keep"),
        ("switched on", || optional().session(ADA, PASSWORD).set(|w| w.standing.switched_on = true), "use email"),
        ("switched on by enrolling", || optional().session(ADA, PASSWORD).totp(), "choose email totp"),
        ("switched on and proven", || optional().session(ADA, WITH_APP).totp(), "code 2fa keep"),
    ];
    check(rows);
}

#[test]
fn req_s3_10_switched_off_keeps_asking_who_enrolled_until_a_reset() {
    let rows: &[Row] = &[
        ("enrolled", || unticked().totp().proves("password", 0), "use totp"),
        ("enrolled and proven", || unticked().totp().proves("password", 0).proves("totp", 1), "code 2fa start"),
        ("never enrolled", || unticked().proves("password", 0), "code 1fa start"),
        (
            "enrolled at another client",
            || unticked().proves("password", 0).set(|w| w.standing.totp = true),
            "code 1fa start",
        ),
        (
            "ignored",
            || unticked().totp().proves("password", 0).set(|w| w.policy.on_disable = OnDisable::IgnoreEnrolled),
            "code 1fa start",
        ),
        (
            "an address never counts",
            || World::mfa_off().proves("password", 0).set(|w| w.standing.enrolled_here.push(FactorId::Email)),
            "code 1fa start",
        ),
    ];
    check(rows);
}

#[test]
fn email_yields_to_a_phone_only_where_the_phone_can_be_used_in_this_installation() {
    let phone = |w: &mut World| {
        w.standing.phones.push(PhoneStanding::new(ContactState::Verified, LineType::Mobile));
    };
    let with_phone = || at_step(Preset::CouncilPortal).set(phone);
    assert_eq!(with_phone().says(), "use email");
    assert_eq!(with_phone().set(|w| w.policy.email_when_phone_present = EmailWhenPhone::Hide).says(), "use email");
    let installed = with_phone().set(|w| w.installed.extend([FactorId::Sms, FactorId::Voice]));
    assert_eq!(installed.says(), "choose voice sms");
}

#[test]
fn a_sender_that_is_down_fails_closed() {
    let down = |w: &mut World| w.channels.email = false;
    assert_eq!(World::with_factors("email").proves("password", 0).set(down).says(), "access_denied on a page");
    assert_eq!(World::with_factors("email totp").proves("password", 0).totp().set(down).says(), "use totp");
    let unmet = "unmet_authentication_requirements on a page";
    assert_eq!(World::with_factors("email").proves("password", 0).acr("2fa").set(down).says(), unmet);
}

#[test]
fn a_policy_whose_factors_are_not_installed_fails_closed() {
    assert_eq!(World::with_factors("sms").proves("password", 0).says(), "access_denied on a page");
    assert_eq!(World::with_factors("").proves("password", 0).says(), "access_denied on a page");
}

#[test]
fn a_policy_that_changes_in_mid_flight_counts_at_once() {
    let done = || World::with_factors("email totp").totp().proves("password", 0).proves("email", 1);
    assert_eq!(done().says(), "code 2fa start");
    assert_eq!(done().set(|w| w.policy.factors = vec![FactorId::Totp]).says(), "use totp");
    assert_eq!(done().set(|w| w.policy.sign_in.clear()).says(), "login");
}

#[test]
fn an_offer_from_before_a_change_of_the_policy_asks_for_nothing_that_no_longer_counts() {
    let world = World::with_factors("totp").proves("password", 0);
    let before = world.clone().totp().set(|w| w.policy.factors.push(FactorId::Email)).offer();
    let Need::Factor(need) = world.need_with(before) else { panic!("a factor is needed") };
    assert_eq!(need.ready, [FactorId::Totp]);
}

#[test]
fn a_factor_that_the_account_has_and_the_installation_has_not_is_not_asked_for() {
    let world = World::with_factors("totp email").proves("password", 0).totp();
    assert_eq!(world.says(), "choose totp email");
    assert_eq!(world.set(|w| w.installed = vec![FactorId::Email]).says(), "use email");
}
