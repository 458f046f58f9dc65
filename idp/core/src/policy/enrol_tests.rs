use super::*;
use crate::account::LineType;
use crate::policy::standing::PhoneStanding;
use crate::policy::{ContactEdits, PolicyDocument, Preset, UserClass};

const PASSWORD: FirstFactor = FirstFactor::Password { reset_by_email: false };

fn preset(preset: Preset) -> Policy {
    preset.document().resolve(&PolicyDocument::default())
}

fn bare() -> Standing {
    Standing::bare(UserClass::Resident)
}

fn with_phone(state: ContactState) -> Standing {
    Standing { phones: vec![PhoneStanding::new(state, LineType::Mobile)], ..bare() }
}

#[test]
fn only_a_factor_that_the_policy_allows_may_be_set_up() {
    let policy = preset(Preset::StaffApp);
    assert_eq!(may_enrol(&policy, &bare(), &FactorId::Totp), Ok(()));
    assert_eq!(may_enrol(&policy, &bare(), &FactorId::Passkey), Err(NotEnrollable::NotAllowed));
    assert_eq!(may_enrol(&policy, &bare(), &FactorId::Email), Err(NotEnrollable::NotAllowed));
    let remote = FactorId::Remote("card".to_owned());
    let with_remote = Policy { factors: vec![FactorId::Totp, remote.clone()], ..policy };
    assert_eq!(may_enrol(&with_remote, &bare(), &remote), Err(NotEnrollable::NotHere));
    assert_eq!(may_enrol(&with_remote, &bare(), &FactorId::Backup), Err(NotEnrollable::NotHere));
}

#[test]
fn req_s1_3_a_locked_contact_is_not_entered_but_the_one_on_file_may_be_proven() {
    let policy = preset(Preset::AlwaysOn);
    assert_eq!(may_enrol(&policy, &bare(), &FactorId::Sms), Err(NotEnrollable::Locked));
    assert_eq!(may_enrol(&policy, &bare(), &FactorId::Email), Err(NotEnrollable::Locked));
    let pushed = Standing { email: Some(ContactState::Unproven), ..with_phone(ContactState::Vouched) };
    assert_eq!(may_enrol(&policy, &pushed, &FactorId::Sms), Ok(()));
    assert_eq!(may_enrol(&policy, &pushed, &FactorId::Email), Ok(()));
}

#[test]
fn req_s2_7_a_phone_is_captured_only_where_the_policy_says() {
    assert_eq!(may_enrol(&preset(Preset::StaffApp), &bare(), &FactorId::Sms), Ok(()));
    let never = preset(Preset::CouncilPortal);
    assert_eq!(may_enrol(&never, &bare(), &FactorId::Voice), Err(NotEnrollable::NoPhoneCapture));
    let locked = ContactEdits { phone: ContactEdit::Locked, ..ContactEdits::default() };
    let locked = Policy { contact_edit: locked, ..preset(Preset::StaffApp) };
    assert_eq!(may_enrol(&locked, &bare(), &FactorId::Sms), Err(NotEnrollable::Locked));
}

#[test]
fn req_s4_7_first_login_asks_for_a_phone_until_one_is_verified() {
    let policy = preset(Preset::SmsFirst);
    assert!(captures_phone_now(&policy, &bare(), &PASSWORD));
    assert!(captures_phone_now(&policy, &with_phone(ContactState::Vouched), &PASSWORD));
    assert!(!captures_phone_now(&policy, &with_phone(ContactState::Verified), &PASSWORD));
    assert!(!captures_phone_now(&preset(Preset::StaffApp), &bare(), &PASSWORD));
}

#[test]
fn req_s0_18_nobody_who_comes_from_a_provider_or_as_a_guest_is_asked_for_a_phone() {
    let policy = preset(Preset::SmsFirst);
    assert!(!captures_phone_now(&policy, &bare(), &FirstFactor::federated("google")));
    assert!(!captures_phone_now(&policy, &bare(), &FirstFactor::Guest));
}

#[test]
fn a_password_alone_enrols_only_within_the_window_and_never_after_a_reset() {
    let policy = preset(Preset::Authenticator);
    let since = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let last = since + Duration::days(14) - Duration::seconds(1);
    assert_eq!(enrol_gate(&policy, &bare(), since, false, last), EnrolGate::Open);
    assert_eq!(enrol_gate(&policy, &bare(), since, false, since + Duration::days(14)), EnrolGate::ContactCode);
    assert_eq!(enrol_gate(&policy, &bare(), since, true, last), EnrolGate::ContactCode);
    assert_eq!(enrol_gate(&Policy::default(), &bare(), since, false, since), EnrolGate::ContactCode);
}

#[test]
fn an_enrolled_factor_is_asked_before_another_is_set_up_but_an_email_address_is_none() {
    let policy = preset(Preset::Authenticator);
    let since = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let email = Standing { email: Some(ContactState::Verified), ..bare() };
    let totp = Standing { totp: true, ..bare() };
    assert_eq!(enrol_gate(&policy, &email, since, false, since), EnrolGate::Open);
    assert_eq!(enrol_gate(&policy, &totp, since, true, since), EnrolGate::EnrolledFactor);
    assert_eq!(
        enrol_gate(&policy, &with_phone(ContactState::Verified), since, false, since),
        EnrolGate::EnrolledFactor
    );
}

#[test]
fn a_number_that_a_back_office_owns_is_proven_and_not_replaced() {
    let policy = Policy { factors: vec![FactorId::Sms], ..Policy::default() };
    let owned = |state| Standing {
        phones: vec![PhoneStanding { owned: true, ..PhoneStanding::new(state, LineType::Mobile) }],
        ..bare()
    };
    assert_eq!(may_enrol(&policy, &owned(ContactState::Vouched), &FactorId::Sms), Ok(()));
    assert_eq!(may_add_phone(&policy, &owned(ContactState::Vouched)), Err(NotEnrollable::Locked));
    assert_eq!(may_enrol(&policy, &owned(ContactState::Verified), &FactorId::Sms), Err(NotEnrollable::Locked));
}

#[test]
fn case_ot25_sec_r21_who_has_a_pushed_number_is_no_newcomer_whatever_it_is_worth_at_this_client() {
    let since = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let first = preset(Preset::SmsFirst);
    let (pushed, doubted) = (with_phone(ContactState::Vouched), with_phone(ContactState::Doubtful));
    assert_eq!(enrol_gate(&first, &pushed, since, false, since), EnrolGate::PushedContact);
    assert_eq!(enrol_gate(&first, &pushed, since, true, since), EnrolGate::ContactCode);
    assert_eq!(enrol_gate(&first, &pushed, since, false, since + Duration::days(14)), EnrolGate::ContactCode);
    assert_eq!(enrol_gate(&first, &doubted, since, false, since), EnrolGate::ContactCode);
    let usable = Policy { vouched_contacts: crate::policy::Vouched::Usable, ..first };
    assert_eq!(enrol_gate(&usable, &pushed, since, false, since), EnrolGate::EnrolledFactor);
    assert!(proves_pushed_contact(&pushed, &FactorId::Sms) && !proves_pushed_contact(&pushed, &FactorId::Totp));
    assert!(!proves_pushed_contact(&doubted, &FactorId::Sms));
}
