use std::collections::BTreeMap;

use super::*;
use crate::policy::{PolicyDocument, Preset, UserClass};

const PASSWORD: FirstFactor = FirstFactor::Password { reset_by_email: false };

fn federated(id: &str) -> FirstFactor {
    FirstFactor::federated(id)
}

fn account() -> Standing {
    Standing { names: vec!["s1".to_owned(), "a@example.com".to_owned()], ..Standing::bare(UserClass::Resident) }
}

fn preset(preset: Preset) -> Policy {
    preset.document().resolve(&PolicyDocument::default())
}

#[test]
fn sign_in_alone_decides_which_first_factors_are_taken() {
    let council = preset(Preset::CouncilPortal);
    for first in [PASSWORD, federated("google"), federated("facebook"), FirstFactor::Guest] {
        assert!(accepts(&council, &first));
        assert_eq!(accepts(&preset(Preset::StaffApp), &first), first == PASSWORD);
    }
    assert!(!accepts(&council, &federated("nhs")));
    assert!(!accepts(&council, &FirstFactor::Passkey));
}

#[test]
fn req_assurance_4_req_s0_17_s0_18_guest_and_federated_are_exempt_and_a_password_never_is() {
    let council = preset(Preset::CouncilPortal);
    assert_eq!(step(&council, &FirstFactor::Guest, &account()), Step::Exempt);
    assert_eq!(step(&council, &federated("google"), &account()), Step::Exempt);
    assert_eq!(step(&council, &PASSWORD, &account()), Step::Required);
}

#[test]
fn an_exemption_of_one_provider_leaves_the_others_alone() {
    let policy = Policy { exempt: vec![Exemption::FederatedBy("google".to_owned())], ..Policy::default() };
    assert!(exempt(&policy, &federated("google")));
    assert!(!exempt(&policy, &federated("facebook")));
    assert!(!exempt(&policy, &FirstFactor::Guest));
}

#[test]
fn req_s1_2_required_asks_everybody_whatever_they_own() {
    assert_eq!(step(&preset(Preset::AlwaysOn), &PASSWORD, &account()), Step::Required);
}

#[test]
fn optional_asks_only_those_who_switched_it_on() {
    let policy = Policy { mfa: MfaMode::Optional, ..Policy::default() };
    assert_eq!(step(&policy, &PASSWORD, &account()), Step::NotSwitchedOn);
    let on = Standing { switched_on: true, ..account() };
    assert_eq!(step(&policy, &PASSWORD, &on), Step::SwitchedOn);
}

#[test]
fn req_s3_10_switched_off_keeps_asking_those_enrolled_at_this_client() {
    let policy = Policy { mfa: MfaMode::Off, ..preset(Preset::Authenticator) };
    let enrolled = Standing { totp: true, enrolled_here: vec![FactorId::Totp], ..account() };
    let elsewhere = Standing { totp: true, ..account() };
    let email_only = Standing { enrolled_here: vec![FactorId::Email], ..account() };
    assert_eq!(step(&policy, &PASSWORD, &enrolled), Step::KeptEnrolled);
    assert_eq!(step(&policy, &PASSWORD, &elsewhere), Step::Off);
    assert_eq!(step(&policy, &PASSWORD, &email_only), Step::Off);
}

#[test]
fn req_s4_13_switched_off_with_ignore_enrolled_asks_nobody() {
    let policy = Policy { mfa: MfaMode::Off, ..preset(Preset::SmsFirst) };
    let enrolled = Standing { enrolled_here: vec![FactorId::Sms], ..account() };
    assert_eq!(step(&policy, &PASSWORD, &enrolled), Step::Off);
}

#[test]
fn a_pilot_limits_the_policy_to_the_accounts_it_names() {
    for name in ["s1", "a@example.com"] {
        let policy = Policy { pilot: Some(vec![name.to_owned()]), ..Policy::default() };
        assert_eq!(step(&policy, &PASSWORD, &account()), Step::Required);
    }
    let others = Policy { pilot: Some(vec!["b@example.com".to_owned()]), ..Policy::default() };
    assert_eq!(step(&others, &PASSWORD, &account()), Step::OutsidePilot);
    let nobody = Policy { pilot: Some(Vec::new()), ..Policy::default() };
    assert!(!step(&nobody, &PASSWORD, &account()).is_asked());
}

#[test]
fn a_passkey_needs_no_second_factor() {
    assert_eq!(step(&Policy::default(), &FirstFactor::Passkey, &account()), Step::PasskeyIsBoth);
}

#[test]
fn upstream_values_count_only_where_trusted_and_for_2fa_at_most() {
    let values = BTreeMap::from([("mfa".to_owned(), Level::TwoFactor), ("hwk".to_owned(), Level::PhishingResistant)]);
    let trust = BTreeMap::from([("entra".to_owned(), values)]);
    let policy = Policy { trust_upstream_amr: Some(trust), ..Policy::default() };
    assert_eq!(upstream_level(&policy, "entra", ["pwd", "mfa"]), Some(Level::TwoFactor));
    assert_eq!(upstream_level(&policy, "entra", ["hwk"]), Some(Level::TwoFactor));
    assert_eq!(upstream_level(&policy, "entra", ["pwd"]), None);
    assert_eq!(upstream_level(&policy, "google", ["mfa"]), None);
    assert_eq!(upstream_level(&Policy::default(), "entra", ["mfa"]), None);
}

#[test]
fn devices_are_remembered_only_where_nothing_forbids_it() {
    let policy = Policy { remember_device_days: 30, ..Policy::default() };
    assert!(remembers_devices(&policy));
    assert!(!remembers_devices(&Policy { mfa_every_login: true, ..policy.clone() }));
    assert!(!remembers_devices(&Policy { shared_device: true, ..policy }));
    assert!(!remembers_devices(&Policy::default()));
}
