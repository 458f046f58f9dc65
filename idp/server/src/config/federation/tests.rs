//! What can be configured as a provider, and what is refused.

use secrecy::ExposeSecret;

use crate::config::{Config, ConfigError};

const GOOGLE: &str = "[federation.google]\nclient_id = \"id\"\nclient_secret = \"hunter2\"\n";
const FACEBOOK: &str = "[federation.facebook]\napp_id = \"1234\"\napp_secret = \"hunter2\"\n";
const OTHER: &str = "[federation.oidc.nhs-login]\nname = \"NHS login\"\nissuer = \"https://auth.example.nhs.uk/\"\n\
                     client_id = \"id\"\nclient_secret = \"hunter2\"\n";

fn load_with(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("idp.toml");
    std::fs::write(&path, file).expect("written");
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources(Some(&path), environment)
}

fn load(file: &str) -> Result<Config, ConfigError> {
    load_with(file, &[])
}

#[test]
fn providers_are_tables_with_the_real_addresses_by_default() {
    let federation = load(&format!("{GOOGLE}{FACEBOOK}{OTHER}")).expect("valid").federation;
    let google = federation.google.expect("configured");
    assert_eq!((google.issuer.as_str(), google.enabled), ("https://accounts.google.com", true));
    let facebook = federation.facebook.expect("configured");
    assert_eq!(facebook.dialog_url.as_str(), "https://www.facebook.com/");
    assert_eq!(facebook.graph_url.as_str(), "https://graph.facebook.com/");
    assert_eq!((facebook.graph_version.as_str(), facebook.enabled), ("v26.0", true));
    let other = federation.oidc.get("nhs-login").expect("configured");
    assert_eq!((other.label(false), other.label(true)), ("NHS login", "NHS login"));
    assert_eq!(other.issuer, "https://auth.example.nhs.uk/", "as it is written");
    assert_eq!(other.scopes, ["openid", "email", "profile"]);
    assert!(other.enabled && !other.trust_email);
}

#[test]
fn sec_r10_ids_and_secrets_of_digits_are_text_and_no_secret_is_shown() {
    let environment = [
        ("IDP_FEDERATION__FACEBOOK__APP_ID", "1234567890123456"),
        ("IDP_FEDERATION__FACEBOOK__APP_SECRET", "00112233445566778899001122334455"),
        ("IDP_FEDERATION__GOOGLE__CLIENT_SECRET", "12345"),
        ("IDP_FEDERATION__GOOGLE__CLIENT_ID", "id"),
        ("IDP_FEDERATION__GOOGLE__ENABLED", "false"),
    ];
    let config = load_with("", &environment).expect("valid");
    let facebook = config.federation.facebook.as_ref().expect("configured");
    assert_eq!(facebook.app_id, "1234567890123456");
    let secret = facebook.app_secret.as_ref().map(ExposeSecret::expose_secret);
    assert_eq!(secret, Some("00112233445566778899001122334455"));
    let google = config.federation.google.as_ref().expect("configured");
    assert_eq!(google.client_secret.as_ref().map(ExposeSecret::expose_secret), Some("12345"));
    assert!(!google.enabled);
    assert!(!format!("{config:?}").contains("00112233445566778899001122334455"));
    let wrong = GOOGLE.replace("\"hunter2\"", "[\"hunter2\"]");
    let error = load(&wrong).expect_err("refused").to_string();
    assert!(error.contains("federation.google") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_secret_can_be_in_a_file_and_must_be_somewhere() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("secret");
    std::fs::write(&path, "from-the-file\n").expect("written");
    let file = format!("client_secret_file = \"{}\"", path.display());
    let config = load(&GOOGLE.replace("client_secret = \"hunter2\"", &file)).expect("valid");
    let google = config.federation.google.expect("configured");
    assert_eq!(google.client_secret.as_ref().map(ExposeSecret::expose_secret), Some("from-the-file"));
    let error = load(&format!("{GOOGLE}{file}\n")).expect_err("both").to_string();
    assert!(error.contains("federation.google.client_secret_file is set beside"), "{error}");
    let error = load("[federation.google]\nclient_id = \"id\"\n").expect_err("none").to_string();
    assert!(error.contains("federation.google.client_secret is missing"), "{error}");
}

#[test]
fn sec_r50_what_cannot_be_a_provider_is_refused_at_start_with_section_and_key() {
    for (file, key, words) in [
        (format!("{GOOGLE}issuer = \"http://accounts.example\"\n"), "google.issuer", "must be an https address"),
        (format!("{GOOGLE}issuer = \"accounts.google.com\"\n"), "google.issuer", "must be the issuer"),
        (format!("{GOOGLE}issuer = \"https://a:b@c.example\"\n"), "google.issuer", "user name or password"),
        (format!("{GOOGLE}issuer = \"http://localhost:8082/google\"\n"), "google.issuer", "allow_loopback_fetch"),
        (GOOGLE.replace("client_id = \"id\"", "client_id = \"\""), "google.client_id", "must be the id"),
        (GOOGLE.replace("client_id = \"id\"\n", ""), "google", "missing field `client_id`"),
        (format!("{GOOGLE}secret = \"x\"\n"), "google", "unknown field `secret`"),
        (format!("{FACEBOOK}graph_version = \"26\"\n"), "facebook.graph_version", "like v26.0"),
        (format!("{FACEBOOK}graph_url = \"http://graph.example\"\n"), "facebook.graph_url", "must be an https"),
        (OTHER.replace("nhs-login", "google"), "oidc.google", "not like another"),
        (OTHER.replace("nhs-login", "guest"), "oidc.guest", "not like another"),
        (OTHER.replace("nhs-login", "federated"), "oidc.federated", "not like another"),
        (OTHER.replace("nhs-login", "NHS"), "oidc.NHS", "lower-case"),
        (OTHER.replace("NHS login", " "), "oidc.nhs-login.name", "1 to 60 characters"),
        (format!("{OTHER}scopes = \"email\"\n"), "oidc.nhs-login.scopes", "must contain openid"),
        (format!("{OTHER}scopes = [\"openid\", \"a b\"]\n"), "oidc.nhs-login.scopes", "must be up to 20 scopes"),
    ] {
        let error = load(&file).expect_err(words).to_string();
        assert!(error.contains(&format!("federation.{key}")) && error.contains(words), "{key}, {words}: {error}");
    }
    let here = format!("{GOOGLE}issuer = \"http://localhost:8082/google\"\n");
    let config = load_with(&here, &[("IDP_DEVELOPMENT__ALLOW_LOOPBACK_FETCH", "true")]).expect("development");
    assert_eq!(config.federation.google.expect("configured").issuer, "http://localhost:8082/google");
}
