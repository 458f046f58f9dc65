//! Each clause of each rule from both sides: the smallest policy that it refuses, and the nearest one that it lets pass.

use super::*;
use crate::policy::{Floor, MfaMode, Preset};

fn council() -> Installation {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let phone = || BTreeSet::from([FactorId::Sms, FactorId::Voice]);
    let prices = ["resale", "own-account", "notify-allowance"].map(|plan| (plan.to_owned(), phone()));
    Installation {
        countries: vec!["GB".to_owned(), "IE".to_owned()],
        senders: BTreeMap::from([
            (FactorId::Email, "smtp".to_owned()),
            (FactorId::Sms, "notify".to_owned()),
            (FactorId::Voice, "twilio".to_owned()),
        ]),
        passkeys: true,
        remotes: names(&["card"]),
        providers: names(&["google", "facebook", "entra"]),
        accounts_without_phone: true,
        prices: BTreeMap::from(prices),
        acr_aliases: BTreeMap::from([("Cl.Cm".to_owned(), Level::TwoFactor)]),
        ..Installation::default()
    }
}

fn judge(toml: &str, installation: &Installation) -> Result<Vec<Warning>, Vec<Refusal>> {
    let document: PolicyDocument = toml::from_str(toml).unwrap();
    check(&document, &document.resolve(&PolicyDocument::default()), installation)
}

fn codes(toml: &str, installation: &Installation) -> Vec<&'static str> {
    judge(toml, installation).err().unwrap_or_default().into_iter().map(|refusal| refusal.code).collect()
}

/// The first text is refused for this reason alone, the second is not refused.
fn rule(code: &str, refused: &str, accepted: &str) {
    rule_at(&council(), code, refused, accepted);
}

fn rule_at(installation: &Installation, code: &str, refused: &str, accepted: &str) {
    assert_eq!(codes(refused, installation), [code], "{refused}");
    assert_eq!(codes(accepted, installation), [""; 0], "{accepted}");
}

fn warned(toml: &str) -> Vec<&'static str> {
    judge(toml, &council()).unwrap().into_iter().map(|warning| warning.code).collect()
}

#[test]
fn the_default_and_every_preset_can_be_saved() {
    for document in Preset::ALL.map(Preset::document).into_iter().chain([PolicyDocument::default()]) {
        let policy = document.resolve(&PolicyDocument::default());
        assert!(check(&document, &policy, &council()).is_ok(), "{:?}", check(&document, &policy, &council()));
    }
}

#[test]
fn a_refusal_names_the_fields_and_says_what_to_do() {
    let refusals = judge("mfa_every_login = true\nremember_device_days = 7", &council()).unwrap_err();
    assert_eq!(refusals[0].fields, ["mfa_every_login", "remember_device_days"]);
    assert!(refusals[0].message.contains("remember_device_days must be 0"));
}

#[test]
fn policy_rule_1_mfa_needs_a_factor() {
    rule("policy_rule_1a", "factors = []", "factors = []\nmfa = \"off\"");
}

#[test]
fn policy_rule_1_mfa_needs_a_factor_that_can_work() {
    let bare = Installation::default();
    rule_at(&bare, "policy_rule_1b", "factors = [\"email\"]", "factors = [\"email\", \"totp\"]");
}

#[test]
fn policy_rule_1_a_remote_factor_is_a_configured_one() {
    rule("policy_rule_1e", "factors = [\"remote:none\", \"email\"]", "factors = [\"remote:card\", \"email\"]");
    let both = codes("factors = [\"remote:none\"]", &council());
    assert_eq!(both, ["policy_rule_1b", "policy_rule_1e"]);
}

#[test]
fn policy_rule_1_nothing_is_written_below_the_floor() {
    let mut installation = council();
    installation.floors.resident = Floor { mfa: Some(MfaMode::Required), ..Floor::default() };
    rule_at(&installation, "policy_rule_1c", "mfa = \"off\"", "mfa = \"off\"\nuser_class = \"any\"");
    installation.floors.resident = Floor { min_acr: Some(Level::TwoFactor), ..Floor::default() };
    // An absent field rises with the floor; only a written one is refused.
    rule_at(&installation, "policy_rule_1c", "min_acr = \"1fa\"", "theme = \"blue\"");
}

#[test]
fn policy_rule_1_an_allow_list_needs_a_pilot() {
    let installation = Installation { allow_list_only: true, ..council() };
    rule_at(&installation, "policy_rule_1d", "mfa = \"required\"", "pilot = [\"a@example.com\"]");
    rule_at(&installation, "policy_rule_1d", "mfa = \"required\"", "mfa = \"optional\"");
}

#[test]
fn policy_rule_2_nobody_without_a_phone_is_shut_out() {
    let phone_only = "factors = [\"sms\", \"voice\"]\nphone_capture = \"never\"";
    rule("policy_rule_2a", phone_only, "factors = [\"sms\", \"email\"]\nphone_capture = \"never\"");
    rule("policy_rule_2a", phone_only, "factors = [\"sms\", \"voice\"]\nphone_capture = \"first_login\"");
    let everybody_has_one = Installation { accounts_without_phone: false, ..council() };
    assert!(judge(phone_only, &everybody_has_one).is_ok());
}

#[test]
fn policy_rule_2_a_locked_phone_is_not_captured() {
    let locked = "contact_edit = { phone = \"locked\" }\nphone_capture = \"when_chosen\"";
    rule("policy_rule_2b", locked, "contact_edit = { phone = \"verify_new\" }\nphone_capture = \"when_chosen\"");
}

#[test]
fn policy_rule_2_capture_needs_a_phone_factor() {
    let capture = "phone_capture = \"when_chosen\"\nfactors = ";
    rule("policy_rule_2c", &format!("{capture}[\"totp\"]"), &format!("{capture}[\"totp\", \"voice\"]"));
}

#[test]
fn policy_rule_3_never_choosing_needs_an_order_between_email_and_phone() {
    let never = "chooser = \"never\"\nfactors = [\"sms\", \"email\"]\n";
    rule("policy_rule_3a", never, &format!("{never}email_when_phone_present = \"fallback\""));
    rule("policy_rule_3a", never, "chooser = \"never\"\nfactors = [\"sms\", \"totp\"]");
}

#[test]
fn policy_rule_3_what_becomes_of_email_needs_email_and_a_phone() {
    for yields in ["email_when_phone_present = \"fallback\"", "email_when_phone_present = \"hide\""] {
        let with = |factors: &str| format!("{yields}\nfactors = {factors}");
        rule("policy_rule_3b", &with("[\"sms\", \"totp\"]"), &with("[\"sms\", \"email\"]"));
        rule("policy_rule_3c", &with("[\"email\", \"totp\"]"), &with("[\"email\", \"voice\"]"));
    }
}

#[test]
fn policy_rule_3_a_list_of_allowed_methods_needs_a_chooser() {
    let allowed = "chooser_lists = \"allowed\"\nfactors = [\"totp\"]\n";
    rule("policy_rule_3d", &format!("{allowed}chooser = \"never\""), &format!("{allowed}chooser = \"when_many\""));
}

#[test]
fn policy_rule_4_remembered_devices_contradict_every_login() {
    let remember = "remember_device_days = 1\n";
    rule("policy_rule_4a", &format!("{remember}mfa_every_login = true"), remember);
}

#[test]
fn policy_rule_4_remembered_devices_contradict_a_level_of_two_factors() {
    let remember = "remember_device_days = 1\n";
    rule("policy_rule_4b", &format!("{remember}min_acr = \"2fa\""), &format!("{remember}min_acr = \"1fa\""));
}

#[test]
fn policy_rule_5_a_level_of_two_factors_needs_required() {
    for mode in ["off", "optional"] {
        let mfa = format!("mfa = \"{mode}\"\n");
        rule("policy_rule_5a", &format!("{mfa}min_acr = \"2fa\""), &format!("{mfa}min_acr = \"1fa\""));
    }
}

#[test]
fn policy_rule_5_the_level_must_be_reachable() {
    let phr = "min_acr = \"phr\"\nfactors = ";
    rule("policy_rule_5b", &format!("{phr}[\"totp\"]"), &format!("{phr}[\"totp\", \"passkey\"]"));
    let no_passkeys = Installation { passkeys: false, ..council() };
    rule_at(&no_passkeys, "policy_rule_5b", "min_acr = \"phr\"", "min_acr = \"2fa\"");
}

#[test]
fn policy_rule_5_the_default_level_is_not_below_the_minimum() {
    let minimum = "min_acr = \"2fa\"\ndefault_acr_values = ";
    rule("policy_rule_5c", &format!("{minimum}[\"phr\", \"1fa\"]"), &format!("{minimum}[\"phr\", \"2fa\"]"));
    rule("policy_value", &format!("{minimum}[\"Cl.Cx\"]"), &format!("{minimum}[\"Cl.Cm\"]"));
}

#[test]
fn policy_rule_6_a_guest_reaches_no_level() {
    let guest = "sign_in = [\"password\", \"guest\"]\nmin_acr = ";
    rule("policy_rule_6a", &format!("{guest}\"1fa\""), &format!("{guest}\"guest\""));
}

#[test]
fn policy_rule_6_an_exempt_provider_contradicts_two_factors() {
    let google = "sign_in = [\"password\", \"google\"]\nmin_acr = \"2fa\"\nexempt = ";
    rule("policy_rule_6b", &format!("{google}[\"federated\"]"), &format!("{google}[]"));
    rule("policy_rule_6b", &format!("{google}[\"federated:google\"]"), &format!("{google}[\"guest\"]"));
}

#[test]
fn policy_rule_6_a_guest_must_be_exempt_where_mfa_is_required() {
    let guest = "sign_in = [\"guest\"]\nexempt = ";
    rule("policy_rule_6c", &format!("{guest}[\"federated\"]"), &format!("{guest}[\"guest\"]"));
    assert!(judge(&format!("{guest}[]\nmfa = \"optional\""), &council()).is_ok());
}

#[test]
fn policy_rule_7_an_exempt_provider_is_one_that_people_can_use() {
    let exempt = "exempt = [\"federated:google\"]\nsign_in = ";
    rule("policy_rule_7a", &format!("{exempt}[\"password\"]"), &format!("{exempt}[\"password\", \"google\"]"));
}

#[test]
fn policy_rule_7_a_trusted_provider_is_one_that_people_can_use() {
    let trust = |sign_in: &str| format!("sign_in = {sign_in}\n[trust_upstream_amr.entra]\nmfa = \"2fa\"");
    rule("policy_rule_7b", &trust("[\"password\"]"), &trust("[\"entra\"]"));
}

#[test]
fn policy_rule_7_google_and_facebook_send_nothing_to_trust() {
    for id in ["google", "facebook"] {
        let trust = format!("sign_in = [\"{id}\"]\n[trust_upstream_amr.{id}]\nmfa = \"2fa\"");
        rule("policy_rule_7c", &trust, "sign_in = [\"entra\"]\n[trust_upstream_amr.entra]\nmfa = \"2fa\"");
    }
    let phr = "sign_in = [\"entra\"]\n[trust_upstream_amr.entra]\nfido = \"phr\"";
    rule("policy_value", phr, "sign_in = [\"entra\"]\n[trust_upstream_amr.entra]\nfido = \"2fa\"");
}

#[test]
fn policy_rule_8_staff_are_no_guests_and_bring_no_facebook_account() {
    let staff = "user_class = \"staff\"\nself_registration = false\nmfa = \"optional\"\nsign_in = ";
    rule("policy_rule_8a", &format!("{staff}[\"password\", \"guest\"]"), &format!("{staff}[\"password\"]"));
    rule("policy_rule_8b", &format!("{staff}[\"facebook\"]"), &format!("{staff}[\"google\"]"));
}

#[test]
fn policy_rule_8_staff_do_not_register_themselves() {
    rule("policy_rule_8c", "user_class = \"staff\"", "user_class = \"staff\"\nself_registration = false");
}

#[test]
fn policy_rule_8_staff_are_never_exempt() {
    let staff = "user_class = \"staff\"\nself_registration = false\nexempt = ";
    rule("policy_rule_8d", &format!("{staff}[\"federated\"]"), &format!("{staff}[]"));
}

#[test]
fn policy_rule_8_a_passkey_for_signing_in_is_a_factor_too() {
    let passkey = "sign_in = [\"passkey\"]\nfactors = ";
    rule("policy_rule_8e", &format!("{passkey}[\"totp\"]"), &format!("{passkey}[\"passkey\"]"));
}

#[test]
fn policy_rule_9_codes_are_long_enough_short_lived_and_rarely_tried() {
    rule("policy_rule_9a", "code.voice.alphabet = \"alphanumeric\"", "code.sms.alphabet = \"alphanumeric\"");
    for channel in ["email", "sms", "voice"] {
        for (code, field, refused, accepted) in [
            ("policy_rule_9b", "length", 5, 6),
            ("policy_rule_9c", "ttl_seconds", 601, 600),
            ("policy_rule_9d", "max_tries", 6, 5),
            ("policy_rule_9e", "resend_cooldown_seconds", 29, 30),
            ("policy_range", "length", 11, 10),
            ("policy_range", "ttl_seconds", 59, 60),
            ("policy_range", "max_tries", 0, 1),
            ("policy_range", "max_sends", 0, 1),
            ("policy_range", "max_sends", 6, 5),
        ] {
            let write = |value| format!("code.{channel}.{field} = {value}");
            rule(code, &write(refused), &write(accepted));
        }
    }
}

#[test]
fn policy_rule_10_backup_codes_come_with_totp_or_passkey() {
    let backup = "backup_codes = { count = 5 }\nfactors = ";
    rule("policy_rule_10a", &format!("{backup}[\"sms\", \"email\"]"), &format!("{backup}[\"sms\", \"totp\"]"));
}

#[test]
fn policy_rule_10_the_spend_cap_falls_back_to_email_only_where_email_may_be_used() {
    let email = "on_spend_cap = \"email\"\nfactors = ";
    rule("policy_rule_10b", &format!("{email}[\"sms\"]"), &format!("{email}[\"sms\", \"email\"]"));
    let hidden = format!("{email}[\"sms\", \"email\"]\nemail_when_phone_present = \"hide\"");
    assert_eq!(codes(&hidden, &council()), ["policy_rule_10b"]);
}

#[test]
fn policy_rule_10_a_tariff_plan_prices_every_listed_channel() {
    let mut installation = council();
    installation.prices.insert("texts".to_owned(), BTreeSet::from([FactorId::Sms]));
    let plan = "tariff_plan = \"texts\"\nfactors = ";
    rule_at(&installation, "policy_rule_10c", &format!("{plan}[\"voice\"]"), &format!("{plan}[\"sms\"]"));
    rule(
        "policy_rule_10c",
        "tariff_plan = \"gone\"\nfactors = [\"sms\"]",
        "tariff_plan = \"gone\"\nfactors = [\"totp\"]",
    );
}

#[test]
fn a_number_out_of_its_range_is_refused() {
    rule("policy_range", "remember_device_days = 91", "remember_device_days = 90");
    rule("policy_range", "enrol_on_password_days = 31", "enrol_on_password_days = 30");
    rule("policy_range", "backup_codes = { count = 21 }", "backup_codes = { count = 20 }");
    rule("policy_range", "session_idle_seconds = 0", "session_idle_seconds = 1");
    rule("policy_range", "session_absolute_seconds = 0", "session_absolute_seconds = 1");
}

#[test]
fn a_list_that_makes_no_sense_is_refused() {
    rule("policy_value", "factors = [\"totp\", \"backup\"]", "factors = [\"totp\"]");
    rule("policy_value", "factors = [\"totp\", \"totp\"]", "factors = [\"totp\", \"email\"]");
    rule("policy_value", "sign_in = []", "sign_in = [\"password\"]");
    rule("policy_value", "sign_in = [\"google\", \"google\"]", "sign_in = [\"google\", \"password\"]");
    rule("policy_value", "countries = [\"gb\"]", "countries = [\"GB\", \"IE\"]");
}

#[test]
fn policy_warnings_are_given_and_do_not_refuse() {
    assert_eq!(warned(""), [""; 0]);
    assert_eq!(warned("factors = [\"sms\", \"email\"]"), ["policy_warning_keep_enrolled"]);
    assert_eq!(warned("factors = [\"sms\", \"email\"]\non_disable = \"ignore_enrolled\""), [""; 0]);
    assert_eq!(warned("factors = [\"email\"]\non_disable = \"ignore_enrolled\""), ["policy_warning_sole_factor"]);
    assert_eq!(warned("contact_edit = { email = \"locked\" }"), ["policy_warning_locked_registration"]);
    assert_eq!(warned("contact_edit = { email = \"locked\" }\nself_registration = false"), [""; 0]);
    assert_eq!(warned("sign_in = [\"password\", \"nhs\"]"), ["policy_warning_provider"]);
    assert_eq!(warned("countries = [\"GB\", \"FR\"]"), ["policy_warning_countries"]);
    let mut one_sender = council();
    one_sender.senders.insert(FactorId::Email, "notify".to_owned());
    let both = "factors = [\"sms\", \"email\"]\non_disable = \"ignore_enrolled\"";
    assert_eq!(judge(both, &one_sender).unwrap()[0].code, "policy_warning_one_sender");
    assert!(judge("factors = [\"sms\", \"email\", \"totp\"]", &one_sender).unwrap().is_empty());
    let mut no_texts = council();
    no_texts.senders.remove(&FactorId::Sms);
    assert_eq!(judge("factors = [\"sms\", \"totp\"]", &no_texts).unwrap()[0].code, "policy_warning_no_sender");
    assert!(judge("factors = [\"email\", \"totp\"]", &no_texts).unwrap().is_empty());
}
