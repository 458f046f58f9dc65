use super::*;
use crate::account::{ContactState, LineType};
use crate::policy::standing::PhoneStanding;
use crate::policy::{PolicyDocument, Preset, UserClass, Vouched};
use FactorId::{Backup, Email, Passkey, Sms, Totp, Voice};

const PASSWORD: FirstFactor = FirstFactor::Password { reset_by_email: false };

fn phone(state: ContactState, line: LineType) -> PhoneStanding {
    PhoneStanding::new(state, line)
}

fn with_email() -> Standing {
    Standing { email: Some(ContactState::Verified), ..Standing::bare(UserClass::Resident) }
}

fn with_phone() -> Standing {
    Standing { phones: vec![phone(ContactState::Verified, LineType::Mobile)], ..with_email() }
}

fn preset(preset: Preset) -> Policy {
    preset.document().resolve(&PolicyDocument::default())
}

fn usable(policy: &Policy, standing: &Standing) -> Vec<FactorId> {
    factors_usable(policy, standing, &PASSWORD, &Channels::all())
}

fn step(policy: &Policy, standing: &Standing) -> ChooserStep {
    chooser_step(policy, &factors_listed(policy, standing, &PASSWORD, &Channels::all()))
}

fn ready(factor: FactorId) -> Listed {
    Listed { factor, ready: true }
}

#[test]
fn req_s0_7_with_a_phone_the_chooser_shows_exactly_call_and_text_and_email_is_the_fallback() {
    let policy = preset(Preset::CouncilPortal);
    assert_eq!(usable(&policy, &with_phone()), [Voice, Sms]);
    assert_eq!(step(&policy, &with_phone()), ChooserStep::Show);
    assert!(email_is_fallback(&policy, &with_phone(), &PASSWORD, &Channels::all()));
}

#[test]
fn req_s0_6_without_a_phone_email_is_used_at_once() {
    let policy = preset(Preset::CouncilPortal);
    assert_eq!(usable(&policy, &with_email()), [Email]);
    assert_eq!(step(&policy, &with_email()), ChooserStep::Use(ready(Email)));
    assert!(!email_is_fallback(&policy, &with_email(), &PASSWORD, &Channels::all()));
}

#[test]
fn req_s1_8_always_shows_the_chooser_for_one_method() {
    assert_eq!(step(&preset(Preset::AlwaysOn), &with_email()), ChooserStep::Show);
    assert_eq!(usable(&preset(Preset::AlwaysOn), &with_phone()), [Email, Sms]);
}

#[test]
fn req_s1_9_an_unconfirmed_email_is_not_offered() {
    let policy = preset(Preset::AlwaysOn);
    let unproven = Standing { email: Some(ContactState::Unproven), ..with_email() };
    assert_eq!(usable(&policy, &unproven), []);
    assert_eq!(step(&policy, &unproven), ChooserStep::Nothing);
}

#[test]
fn req_s1_10_text_needs_a_usable_mobile_and_a_working_sender() {
    let policy = preset(Preset::AlwaysOn);
    let no_sms = Channels { sms: false, ..Channels::all() };
    assert_eq!(factors_usable(&policy, &with_phone(), &PASSWORD, &no_sms), [Email]);
    for (state, line) in [
        (ContactState::Doubtful, LineType::Mobile),
        (ContactState::Unproven, LineType::Mobile),
        (ContactState::Verified, LineType::Premium),
    ] {
        let standing = Standing { phones: vec![phone(state, line)], ..with_email() };
        assert_eq!(usable(&policy, &standing), [Email]);
    }
}

#[test]
fn a_pushed_phone_receives_codes_where_vouched_contacts_are_usable() {
    let pushed = Standing { phones: vec![phone(ContactState::Vouched, LineType::Mobile)], ..with_email() };
    assert_eq!(usable(&preset(Preset::CouncilPortal), &pushed), [Voice, Sms]);
    let strict = Policy { vouched_contacts: Vouched::VerifyFirst, ..preset(Preset::CouncilPortal) };
    assert_eq!(usable(&strict, &pushed), [Email]);
}

#[test]
fn a_landline_gets_calls_and_never_texts() {
    let landline = Standing { phones: vec![phone(ContactState::Verified, LineType::Landline)], ..with_email() };
    assert_eq!(usable(&preset(Preset::CouncilPortal), &landline), [Voice]);
}

#[test]
fn email_comes_back_when_no_phone_sender_works() {
    let channels = Channels { sms: false, voice: false, ..Channels::all() };
    assert_eq!(factors_usable(&preset(Preset::CouncilPortal), &with_phone(), &PASSWORD, &channels), [Email]);
}

#[test]
fn hide_removes_email_altogether_while_a_phone_is_usable() {
    let policy = Policy { email_when_phone_present: EmailWhenPhone::Hide, ..preset(Preset::CouncilPortal) };
    assert_eq!(usable(&policy, &with_phone()), [Voice, Sms]);
    assert!(!email_is_fallback(&policy, &with_phone(), &PASSWORD, &Channels::all()));
}

#[test]
fn req_s2_5_staff_see_both_methods_before_either_is_set_up() {
    let policy = preset(Preset::StaffApp);
    let bare = Standing::bare(UserClass::Staff);
    let listed = factors_listed(&policy, &bare, &PASSWORD, &Channels::all());
    assert_eq!(listed, [Listed { factor: Sms, ready: false }, Listed { factor: Totp, ready: false }]);
    assert_eq!(chooser_step(&policy, &listed), ChooserStep::Show);
    let enrolled = Standing { totp: true, ..bare };
    let listed = factors_listed(&policy, &enrolled, &PASSWORD, &Channels::all());
    assert_eq!(listed, [Listed { factor: Sms, ready: false }, ready(Totp)]);
}

#[test]
fn req_s3_3_an_authenticator_is_used_at_once_even_beside_backup_codes() {
    let policy = preset(Preset::Authenticator);
    let standing = Standing { totp: true, backup_codes_left: 3, ..with_phone() };
    assert_eq!(usable(&policy, &standing), [Totp, Backup]);
    assert_eq!(step(&policy, &standing), ChooserStep::Use(ready(Totp)));
}

#[test]
fn backup_codes_come_with_totp_and_passkey_only() {
    let standing = Standing { backup_codes_left: 3, ..with_phone() };
    assert_eq!(usable(&preset(Preset::CouncilPortal), &standing), [Voice, Sms]);
    let policy = Policy { factors: vec![Passkey], ..Policy::default() };
    assert_eq!(usable(&policy, &standing), [Backup]);
}

#[test]
fn req_s4_10_sms_first_texts_at_once() {
    assert_eq!(step(&preset(Preset::SmsFirst), &with_phone()), ChooserStep::Use(ready(Sms)));
}

#[test]
fn after_a_reset_by_email_the_same_mailbox_is_offered_only_if_there_is_nothing_else() {
    let reset = FirstFactor::Password { reset_by_email: true };
    let policy = preset(Preset::AlwaysOn);
    assert_eq!(factors_usable(&policy, &with_phone(), &reset, &Channels::all()), [Sms]);
    assert_eq!(factors_usable(&policy, &with_email(), &reset, &Channels::all()), [Email]);
}

#[test]
fn a_remote_factor_is_usable_while_its_service_answers() {
    let policy = Policy { factors: vec![FactorId::Remote("card".to_owned())], ..Policy::default() };
    let standing = Standing { remotes: vec!["card".to_owned()], ..with_email() };
    assert_eq!(usable(&policy, &standing), []);
    let answering = Channels { remotes: vec!["card".to_owned()], ..Channels::all() };
    assert_eq!(factors_usable(&policy, &standing, &PASSWORD, &answering).len(), 1);
}

#[test]
fn req_week_one_11_a_way_whose_sender_fails_is_told_of_and_one_that_never_had_a_sender_is_not() {
    let policy = Policy { factors: vec![FactorId::Email, FactorId::Sms, FactorId::Voice], ..Policy::default() };
    let standing = Standing {
        email: Some(ContactState::Verified),
        phones: vec![phone(ContactState::Verified, LineType::Mobile)],
        ..Standing::bare(UserClass::Resident)
    };
    let failing = |standing: &Standing, channels: &Channels, set_up: &Channels| {
        factors_failing(&policy, standing, &FirstFactor::Password { reset_by_email: false }, (channels, set_up))
    };
    let (all, no_texts) = (Channels::all(), Channels { sms: false, ..Channels::all() });
    assert_eq!(failing(&standing, &no_texts, &all), [FactorId::Sms]);
    assert_eq!(failing(&standing, &no_texts, &no_texts), []);
    assert_eq!(failing(&standing, &all, &all), []);
    let without_phone = Standing { phones: Vec::new(), ..standing };
    assert_eq!(failing(&without_phone, &no_texts, &all), [], "they do not miss it");
}

#[test]
fn a_remote_factor_that_nobody_here_knows_of_is_offered_and_protects_nothing() {
    let card = FactorId::Remote("card".to_owned());
    let policy = Policy { factors: vec![card.clone(), Email], ..Policy::default() };
    let standing = Standing { remotes_unknown: vec!["card".to_owned()], ..with_email() };
    let answering = Channels { remotes: vec!["card".to_owned()], ..Channels::all() };
    assert_eq!(factors_usable(&policy, &standing, &PASSWORD, &answering), [card.clone(), Email]);
    assert_eq!(factors_usable(&policy, &standing, &PASSWORD, &Channels::all()), [Email], "its service is down");
    assert!(!standing.holds(&card, policy.vouched_contacts));
    assert!(!standing.holds_more_than_email(policy.vouched_contacts));
    let used = Standing { remotes: vec!["card".to_owned()], ..with_email() };
    assert!(used.holds_more_than_email(policy.vouched_contacts));
}
