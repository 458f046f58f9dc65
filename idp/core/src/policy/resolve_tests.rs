use super::*;
use crate::policy::value::{
    AfterEnrol, Alphabet, Chooser, ChooserLists, EmailWhenPhone, GuestAccount, Locale, MfaMode, OnDisable, PolicyRole,
    Vouched,
};

fn document(toml: &str) -> PolicyDocument {
    toml::from_str(toml).unwrap()
}

fn resolved(toml: &str) -> Policy {
    document(toml).resolve(&PolicyDocument::default())
}

#[test]
fn req_policy_defaults_are_the_table() {
    let policy = Policy::default();
    assert_eq!(policy.sign_in, [SignInMethod::Password]);
    assert_eq!(policy.guest_account, GuestAccount::PerVisit);
    assert_eq!(policy.user_class, ClientClass::Resident);
    assert_eq!(policy.mfa, MfaMode::Required);
    assert_eq!(policy.mfa_changed_by, PolicyRole::Owner);
    assert!(policy.first_party);
    assert_eq!((policy.session_idle_seconds, policy.session_absolute_seconds), (1800, 43200));
    assert_eq!(policy.factors, [FactorId::Email, FactorId::Sms, FactorId::Voice, FactorId::Totp, FactorId::Passkey]);
    assert_eq!((policy.chooser, policy.chooser_lists), (Chooser::WhenMany, ChooserLists::Ready));
    assert_eq!(policy.email_when_phone_present, EmailWhenPhone::Offer);
    assert_eq!(policy.exempt, [Exemption::Guest, Exemption::Federated]);
    assert_eq!(policy.trust_upstream_amr, None);
    assert!(!policy.mfa_every_login);
    assert_eq!((policy.default_max_age, policy.remember_device_days), (None, 0));
    assert_eq!(policy.on_disable, OnDisable::KeepEnrolled);
    assert_eq!((policy.default_acr_values, policy.min_acr), (None, None));
    assert!(policy.self_registration);
    assert_eq!(policy.contact_edit, ContactEdits { email: ContactEdit::VerifyNew, phone: ContactEdit::VerifyNew });
    assert_eq!(policy.vouched_contacts, Vouched::VerifyFirst);
    assert_eq!(policy.phone_capture, PhoneCapture::WhenChosen);
    assert_eq!(policy.enrol_on_password_days, 0);
    let code = CodePolicy {
        alphabet: Alphabet::Digits,
        length: 6,
        ttl_seconds: 600,
        max_tries: 5,
        resend_cooldown_seconds: 30,
        max_sends: 5,
    };
    assert_eq!(policy.code, Codes { email: code, sms: code, voice: code });
    assert_eq!(policy.backup_codes, BackupCodes { count: 5, offer: BackupOffer::Always });
    assert_eq!(policy.after_enrol, AfterEnrol::Continue);
    assert!(!policy.shared_device);
    assert!(!policy.voice_keypress);
    assert_eq!((policy.pilot, policy.tariff_plan, policy.spend_cap), (None, None, None));
    assert_eq!(policy.on_spend_cap, OnSpendCap::Email);
    assert_eq!(policy.countries, ["GB"]);
    assert_eq!((policy.wording.as_str(), policy.theme.as_str()), ("default", "default"));
    assert_eq!(policy.default_locale, Locale::En);
}

#[test]
fn an_absent_field_inherits_the_installation_default_and_a_list_replaces_whole() {
    let installation = document("mfa = \"optional\"\nfactors = [\"totp\", \"email\"]\ntheme = \"blue\"");
    let policy = document("factors = [\"email\"]").resolve(&installation);
    assert_eq!(policy.mfa, MfaMode::Optional);
    assert_eq!(policy.factors, [FactorId::Email]);
    assert_eq!(policy.theme, "blue");
}

#[test]
fn code_merges_per_channel() {
    let installation = document("[code.sms]\nlength = 8\n[code.email]\nlength = 7");
    let policy = document("[code.sms]\nalphabet = \"alphanumeric\"").resolve(&installation);
    assert_eq!((policy.code.sms.alphabet, policy.code.sms.length), (Alphabet::Alphanumeric, 8));
    assert_eq!((policy.code.email.alphabet, policy.code.email.length), (Alphabet::Digits, 7));
    assert_eq!(policy.code.voice, CodePolicy::default());
}

#[test]
fn none_overrides_an_installation_default_that_has_a_value() {
    let installation = document("default_max_age = 0\ntariff_plan = \"resale\"");
    let policy = document("default_max_age = \"none\"\ntariff_plan = \"none\"").resolve(&installation);
    assert_eq!((policy.default_max_age, policy.tariff_plan), (None, None));
    assert_eq!(PolicyDocument::default().resolve(&installation).default_max_age, Some(0));
}

#[test]
fn phone_capture_is_never_when_the_phone_is_locked_or_no_phone_factor_is_allowed() {
    assert_eq!(resolved("contact_edit = { phone = \"locked\" }").phone_capture, PhoneCapture::Never);
    assert_eq!(resolved("factors = [\"email\", \"totp\"]").phone_capture, PhoneCapture::Never);
    assert_eq!(resolved("factors = [\"voice\"]").phone_capture, PhoneCapture::WhenChosen);
}

#[test]
fn backup_codes_come_with_totp_or_passkey_only() {
    assert_eq!(resolved("factors = [\"email\", \"sms\"]").backup_codes.count, 0);
    assert_eq!(resolved("factors = [\"passkey\"]").backup_codes.count, 5);
    assert_eq!(resolved("factors = [\"totp\"]\nbackup_codes = { count = 8 }").backup_codes.count, 8);
}

#[test]
fn the_spend_cap_falls_back_to_email_only_where_email_may_be_used() {
    assert_eq!(resolved("factors = [\"sms\"]").on_spend_cap, OnSpendCap::Alert);
    assert_eq!(resolved("email_when_phone_present = \"hide\"").on_spend_cap, OnSpendCap::Alert);
    assert_eq!(resolved("email_when_phone_present = \"fallback\"").on_spend_cap, OnSpendCap::Email);
}

#[test]
fn a_staff_client_has_no_exemption_not_even_an_inherited_one() {
    assert_eq!(resolved("user_class = \"staff\"").exempt, []);
    let installation = document("exempt = [\"guest\", \"federated\"]");
    assert_eq!(document("user_class = \"staff\"").resolve(&installation).exempt, []);
    let by_installation = document("user_class = \"staff\"");
    assert_eq!(PolicyDocument::default().resolve(&by_installation).exempt, []);
}

#[test]
fn a_policy_survives_being_written_out_and_read_again() {
    let policy = resolved("default_max_age = 60\nmin_acr = \"2fa\"\npilot = [\"a@example.com\"]");
    let written = serde_json::to_string(&policy.to_document()).unwrap();
    assert!(!written.contains("null"));
    let read: PolicyDocument = serde_json::from_str(&written).unwrap();
    assert_eq!(read.resolve(&document("theme = \"other\"")), policy);
}
