use super::*;
use crate::policy::effective::Policy;

fn policies() -> [Policy; 5] {
    Preset::ALL.map(|preset| preset.document().resolve(&PolicyDocument::default()))
}

/// One row of the table: what each preset, in the table's order, has in one field.
fn row<T: PartialEq + std::fmt::Debug>(field: impl Fn(&Policy) -> T, expected: [T; 5]) {
    for ((preset, policy), expected) in Preset::ALL.into_iter().zip(policies()).zip(expected) {
        assert_eq!(field(&policy), expected, "{}", preset.name());
    }
}

#[test]
fn req_presets_are_named_and_versioned() {
    let names = Preset::ALL.map(|preset| preset.document().preset.unwrap().to_string());
    assert_eq!(names, ["council-portal@1", "always-on@1", "staff-app@1", "authenticator@1", "sms-first@1"]);
    assert_eq!(Preset::named("sms-first"), Some(Preset::SmsFirst));
    assert_eq!(Preset::named("none"), None);
    assert_eq!(Preset::written(&"sms-first@2".parse().unwrap()), None);
}

#[test]
fn req_s0_18_sign_in() {
    let password = || vec![SignInMethod::Password];
    let council = vec![SignInMethod::Password, SignInMethod::Google, SignInMethod::Facebook, SignInMethod::Guest];
    row(|p| p.sign_in.clone(), [council, password(), password(), password(), password()]);
}

#[test]
fn req_s2_2_user_class() {
    use ClientClass::{Any, Resident, Staff};
    row(|p| p.user_class, [Resident, Resident, Staff, Resident, Any]);
}

#[test]
fn req_s0_4_s1_2_s3_2_mfa_is_required() {
    row(|p| p.mfa, [MfaMode::Required; 5]);
}

#[test]
fn req_s1_2_s2_4_mfa_changed_by() {
    use PolicyRole::{ClientManager, Operator, Owner};
    row(|p| p.mfa_changed_by, [Operator, Operator, Operator, ClientManager, Owner]);
}

#[test]
fn req_s0_7_s2_6_s3_3_factors() {
    use FactorId::{Email, Sms, Totp, Voice};
    row(
        |p| p.factors.clone(),
        [vec![Voice, Sms, Email], vec![Email, Sms], vec![Sms, Totp], vec![Totp], vec![Sms, Email]],
    );
}

#[test]
fn req_s1_8_s2_5_s4_10_chooser() {
    use Chooser::{Always, Never, WhenMany};
    use ChooserLists::{Allowed, Ready};
    row(
        |p| (p.chooser, p.chooser_lists),
        [(WhenMany, Ready), (Always, Ready), (WhenMany, Allowed), (WhenMany, Ready), (Never, Ready)],
    );
}

#[test]
fn req_s0_7_s4_11_email_when_phone_present() {
    use EmailWhenPhone::{Fallback, Offer};
    row(|p| p.email_when_phone_present, [Fallback, Offer, Offer, Offer, Fallback]);
}

#[test]
fn req_s0_17_s0_18_exempt() {
    let none = Vec::new;
    row(|p| p.exempt.clone(), [vec![Exemption::Guest, Exemption::Federated], none(), none(), none(), none()]);
}

#[test]
fn req_s1_1_s4_1_every_login() {
    row(
        |p| (p.mfa_every_login, p.default_max_age),
        [(false, None), (true, Some(0)), (false, None), (false, None), (true, Some(0))],
    );
}

#[test]
fn req_s1_4_vouched_contacts() {
    use Vouched::{Usable, VerifyFirst};
    row(|p| p.vouched_contacts, [Usable, Usable, VerifyFirst, VerifyFirst, VerifyFirst]);
}

#[test]
fn req_s2_7_s4_7_phone_capture() {
    use PhoneCapture::{FirstLogin, Never, WhenChosen};
    row(|p| p.phone_capture, [Never, Never, WhenChosen, Never, FirstLogin]);
}

#[test]
fn req_enrol_on_password_days() {
    row(|p| p.enrol_on_password_days, [0, 0, 14, 14, 14]);
}

#[test]
fn req_s1_3_s4_12_contact_edit() {
    use ContactEdit::{Locked, VerifyNew};
    row(
        |p| (p.contact_edit.email, p.contact_edit.phone),
        [(VerifyNew, VerifyNew), (Locked, Locked), (Locked, VerifyNew), (VerifyNew, VerifyNew), (Locked, VerifyNew)],
    );
}

#[test]
fn req_self_registration() {
    row(|p| p.self_registration, [true, false, false, false, false]);
}

#[test]
fn req_s2_8_s4_8_code_alphabet_and_length() {
    use Alphabet::{Alphanumeric, Digits};
    row(|p| p.code.sms.alphabet, [Digits, Digits, Alphanumeric, Digits, Digits]);
    row(|p| p.code.sms.length, [6; 5]);
}

#[test]
fn req_s3_8_backup_codes() {
    row(|p| p.backup_codes.count, [0, 0, 0, 5, 0]);
    assert_eq!(policies()[3].backup_codes.offer, BackupOffer::OnRequest);
}

#[test]
fn req_s4_9_after_enrol() {
    use AfterEnrol::{Continue, Relogin};
    row(|p| p.after_enrol, [Continue, Continue, Continue, Continue, Relogin]);
}

#[test]
fn req_s3_10_s4_13_on_disable() {
    use OnDisable::{IgnoreEnrolled, KeepEnrolled};
    row(|p| p.on_disable, [KeepEnrolled, KeepEnrolled, IgnoreEnrolled, KeepEnrolled, IgnoreEnrolled]);
}

#[test]
fn req_s0_9_s2_10_s4_2_tariff_plan() {
    let plan = |name: &str| Some(name.to_owned());
    row(
        |p| p.tariff_plan.clone(),
        [plan("resale"), plan("own-account"), plan("notify-allowance"), None, plan("own-account")],
    );
}

#[test]
fn req_s1_8_s3_4_s4_7_wording() {
    let expected = ["default", "always-on", "staff-app", "authenticator", "sms-first"].map(str::to_owned);
    row(|p| p.wording.clone(), expected);
}

#[test]
fn a_field_that_the_table_does_not_list_has_its_default() {
    for policy in policies() {
        assert_eq!((policy.remember_device_days, policy.min_acr), (0, None));
        assert_eq!((policy.session_idle_seconds, policy.pilot.is_none()), (1800, true));
    }
}
