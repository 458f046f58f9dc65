//! What the configuration takes and refuses, seen from outside.

use std::fs;

use idp_core::policy::MfaMode;
use secrecy::ExposeSecret;

use super::*;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("idp.toml");
    fs::write(&path, file).expect("written");
    Config::from_sources(Some(&path), environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn refused(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).expect_err("refused").to_string()
}

#[test]
fn nothing_at_all_is_a_configuration_on_loopback_with_sqlite() {
    let config = Config::from_sources(None, std::iter::empty()).expect("valid");
    assert_eq!(config.server.issuer.as_str(), "http://localhost:8080");
    assert!(config.server.listen.ip().is_loopback());
    assert_eq!(config.store.sqlite_path(), Some(std::path::Path::new("./data/idp.db")));
    assert_eq!((config.tokens.code_seconds, config.tokens.access_token_seconds), (60, 300));
}

#[test]
fn the_environment_goes_before_the_file_and_its_text_becomes_what_the_key_holds() {
    let config = load(
        "[server]\nlisten = \"127.0.0.1:1\"\ndrain_seconds = 7\n[mail]\nhost = \"localhost\"\nfrom = \"a@example.org\"\n",
        &[
            ("IDP_SERVER__LISTEN", "127.0.0.1:2"),
            ("IDP_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1/32"),
            ("IDP_MAIL__USERNAME", "true"),
            ("IDP_MAIL__PASSWORD", "12345"),
            ("IDP_DEVELOPMENT__INBOX", "true"),
            ("IDP_KEYS__ALGORITHMS", "[\"ES256\"]"),
            ("IDP_ACR__ALIASES", "{\"Cl.Cm\": \"2fa\"}"),
            ("IDP_POLICY__DEFAULTS__MFA", "required"),
            ("IDP_POLICY__DEFAULTS__MFA_EVERY_LOGIN", "true"),
            ("IDP_GOVUK_DIR", "not a key of ours"),
        ],
    )
    .expect("valid");
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!(config.server.drain_seconds, 7);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.mail.password.as_ref().map(ExposeSecret::expose_secret), Some("12345"));
    assert!(config.development.inbox);
    assert_eq!(config.keys.algorithms, [SigningAlgorithm::Es256]);
    assert_eq!(config.acr.aliases.get("Cl.Cm"), Some(&idp_core::level::Level::TwoFactor));
    assert_eq!(config.policy.defaults.mfa, Some(MfaMode::Required));
    assert_eq!(config.policy.defaults.mfa_every_login, Some(true));
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let error = refused("[server]\nlisen = \"127.0.0.1:1\"\n", &[("IDP_TOKNES__CODE_SECONDS", "5")]);
    assert!(error.contains("server.lisen is not a key: did you mean server.listen?"), "{error}");
    assert!(error.contains("toknes is not a section: did you mean tokens?"), "{error}");
    let error = refused("issuer = \"https://id.example.org\"\n[brand]\nrotate_days = 30\n", &[]);
    assert!(error.contains("did you mean server.issuer?"), "{error}");
    assert!(error.contains("brand.rotate_days is not a key: did you mean keys.rotate_days?"), "{error}");
}

#[test]
fn an_unknown_field_of_a_policy_and_a_wrong_one_are_named_with_their_whole_path() {
    let error = refused("[policy.defaults]\nmfa_evry_login = true\n", &[]);
    assert!(
        error.contains("policy.defaults.mfa_evry_login is not a field of a policy: did you mean mfa_every_login?"),
        "{error}"
    );
    let error = refused("[policy.defaults]\nmfa = \"maybe\"\n", &[]);
    assert!(error.contains("policy.defaults.mfa is wrong:") && error.contains("maybe"), "{error}");
    let error = refused("", &[("IDP_POLICY__DEFAULTS", "{\"mfaa\": \"off\"}")]);
    assert!(
        error.contains("policy.defaults.mfaa")
            && error.contains("did you mean mfa?")
            && error.contains("IDP_POLICY__DEFAULTS"),
        "{error}"
    );
}

#[test]
fn names_in_welsh_are_the_english_ones_where_there_are_none() {
    use crate::page::Lang;
    let config = load("", &[]).expect("the defaults");
    assert_eq!(
        (config.brand.council_in(Lang::Cy), config.brand.service_in(Lang::Cy)),
        ("Example Council", "Eich cyfrif")
    );
    let named = load("[brand]\ncouncil = \"A\"\nservice = \"B\"\nservice_cy = \"C\"\n", &[]).expect("valid");
    assert_eq!((named.brand.council_in(Lang::Cy), named.brand.service_in(Lang::Cy)), ("A", "C"));
    assert_eq!(named.brand.service_in(Lang::En), "B");
    assert!(refused("[brand]\ncouncil_cy = \" \"\n", &[]).contains("brand.council_cy must be a name"));
}

#[test]
fn all_problems_are_named_at_once_with_key_and_origin() {
    let error = load("[tokens]\ncode_seconds = 61\nid_token_seconds = \"soon\"\n", &[("IDP_SERVER__LISTEN", "8080")])
        .expect_err("refused");
    let of = |key: &str| error.problems.iter().find(|problem| problem.key == key).expect("named").clone();
    assert_eq!(error.problems.len(), 3);
    assert!(of("tokens.code_seconds").origin.ends_with("idp.toml"), "{error}");
    assert!(of("tokens.code_seconds").message.contains("from 5 to 60"), "{error}");
    assert!(of("tokens.id_token_seconds").message.contains("whole number"), "{error}");
    assert_eq!(of("server.listen").origin, "IDP_SERVER__LISTEN");
}

#[test]
fn sec_r1_weak_hashing_is_refused() {
    for (memory, iterations) in [("19455", "2"), ("19456", "1"), ("47103", "1")] {
        let error = refused("", &[("IDP_PASSWORDS__MEMORY_KIB", memory), ("IDP_PASSWORDS__ITERATIONS", iterations)]);
        assert!(error.contains("passwords.memory_kib"), "{error}");
    }
    assert!(load("", &[("IDP_PASSWORDS__MEMORY_KIB", "47104"), ("IDP_PASSWORDS__ITERATIONS", "1")]).is_ok());
}

#[test]
fn sec_r5_limits_can_be_made_stricter_but_not_looser() {
    assert!(load("[limits]\naccount_attempts = 5\nsend_block_seconds = 7201\n", &[]).is_ok());
    let error = refused("[limits]\naccount_attempts = 11\nsend_block_seconds = 7199\n", &[]);
    assert!(
        error.contains("limits.account_attempts is 11") && error.contains("limits.send_block_seconds is 7199"),
        "{error}"
    );
}

#[test]
fn development_parts_are_refused_unless_the_issuer_is_loopback() {
    let on = "[development]\ninbox = true\nclock = true\nallow_loopback_fetch = true\n";
    assert!(load(on, &[]).is_ok());
    let error = refused(on, &[("IDP_SERVER__ISSUER", "https://id.example.gov.uk")]);
    for key in ["development.inbox", "development.clock", "development.allow_loopback_fetch"] {
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn a_secret_comes_from_its_file_and_never_from_both() {
    let directory = tempfile::tempdir().expect("a directory");
    let secret = directory.path().join("url");
    fs::write(&secret, "postgres://idp:hunter2@db/idp\n").expect("written");
    let secret = secret.to_str().expect("a path");
    let master = ("IDP_KEYS__MASTER_KEY", "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=");
    let config = load("", &[("IDP_STORE__URL_FILE", secret), master]).expect("valid");
    assert_eq!(config.store.url(), "postgres://idp:hunter2@db/idp");
    let error = refused("", &[("IDP_STORE__URL_FILE", secret), ("IDP_STORE__URL", "postgres://x@y/z"), master]);
    assert!(error.contains("store.url_file is set beside store.url"), "{error}");
}

#[test]
fn without_a_sqlite_file_the_master_key_must_be_named() {
    let error = refused("", &[("IDP_STORE__URL", "postgres://idp@db/idp")]);
    assert!(error.contains("keys.master_key_file must be set"), "{error}");
}

#[test]
fn case_ot24_neither_errors_nor_debug_output_contain_a_secret() {
    let environment = [
        ("IDP_STORE__URL", "mysql://idp:hunter2@db/idp"),
        ("IDP_MAIL__PASSWORD", "hunter2"),
        ("IDP_KEYS__MASTER_KEY", "hunter2"),
        ("IDP_OUTBOUND__PROXY_PASSWORD", "hunter2"),
    ];
    let error = refused("[mail]\npassword = 1\n[keys]\nmaster_key = [\"hunter2\"]\n", &environment);
    assert!(!error.contains("hunter2"), "{error}");
    let error = refused("[mail]\npassword = \"hunter2\n", &[]);
    assert!(error.contains("is not TOML") && error.contains("line 2") && !error.contains("hunter2"), "{error}");
    let mail = [("IDP_MAIL__HOST", "localhost"), ("IDP_MAIL__FROM", "a@b.org"), ("IDP_MAIL__USERNAME", "u")];
    let config = load("[mail]\npassword = \"hunter2\"\n", &mail).expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn sec_r48_trusting_every_address_as_a_proxy_is_refused() {
    let error = refused("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]\n", &[]);
    assert!(error.contains("server.trusted_proxies contains every address"), "{error}");
}

#[test]
fn a_policy_is_read_as_the_console_reads_it_and_its_mistakes_are_named() {
    let config = load("[policy.floors.staff]\nmfa = \"required\"\n", &[]).expect("valid");
    assert_eq!(config.policy.floors.staff.mfa, Some(MfaMode::Required));
    let error = refused("[policy.defaults]\nmfa = \"perhaps\"\n[policy.floors.visitor]\n", &[]);
    assert!(error.contains("policy.defaults.mfa is wrong") && error.contains("`visitor`"), "{error}");
    assert!(refused("[policy.defaults]\nmfaa = \"required\"\n", &[]).contains("mfaa"), "an unknown field");
}

#[test]
fn a_key_signs_for_at_least_twice_as_long_as_it_is_published_before() {
    assert!(load("[keys]\nrotate_days = 2\n", &[]).is_ok());
    let error = refused("[keys]\nrotate_days = 1\n", &[]);
    assert!(error.contains("keys.rotate_days must be at least twice keys.publish_hours"), "{error}");
}

#[test]
fn metrics_are_never_public() {
    for address in ["0.0.0.0:9090", "198.51.100.1:9090", "127.0.0.1:8080"] {
        assert!(refused("", &[("IDP_SERVER__METRICS_LISTEN", address)]).contains("server.metrics_listen"), "{address}");
    }
}
