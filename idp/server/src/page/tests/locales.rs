//! Both languages say the same things.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::page::theme;

/// Key -> the values that its text uses.
fn texts(lang: &str) -> BTreeMap<String, BTreeSet<String>> {
    let start = Regex::new(r"^([a-z][a-z0-9-]*) =").unwrap();
    let value = Regex::new(r"\{ *\$([a-z]+)").unwrap();
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for (path, content) in theme::default_files().filter(|(p, _)| p.starts_with(&format!("locales/{lang}/"))) {
        for line in content.lines().filter(|line| !line.starts_with('#')) {
            if let Some(found) = start.captures(line) {
                found[1].clone_into(&mut key);
                assert!(!texts.contains_key(&key), "{path}: {key} is there twice");
            }
            if !line.trim().is_empty() {
                let values = texts.entry(key.clone()).or_default();
                values.extend(value.captures_iter(line).map(|found| found[1].to_owned()));
            }
        }
    }
    texts
}

#[test]
fn scr_both_languages_have_the_same_texts_with_the_same_values() {
    let (en, cy) = (texts("en"), texts("cy"));
    assert!(en.len() > 200, "{}", en.len());
    for (key, values) in &en {
        assert_eq!(Some(values), cy.get(key), "{key}");
    }
    let extra: Vec<_> = cy.keys().filter(|key| !en.contains_key(*key)).collect();
    assert!(extra.is_empty(), "{extra:?}");
}

#[test]
fn scr_texts_have_no_straight_quotes() {
    for (path, content) in theme::default_files().filter(|(path, _)| path.starts_with("locales/")) {
        for line in content.lines().filter(|line| !line.starts_with('#')) {
            assert!(!line.contains('\'') && !line.contains('"'), "{path}: {line}");
        }
    }
}

#[test]
fn scr_a_wording_changes_only_texts_that_exist() {
    let en = texts("en");
    let wordings = ["default", "always-on", "staff-app", "authenticator", "sms-first"];
    for key in en.keys() {
        if let Some((plain, wording)) = key.split_once("--") {
            assert!(en.contains_key(plain), "{key}");
            assert!(wordings.contains(&wording), "{key}");
        }
    }
}

#[test]
fn scr_errors_give_instructions_without_blame() {
    for (path, content) in theme::default_files().filter(|(path, _)| path.ends_with("en/errors.ftl")) {
        let lower = content.to_lowercase();
        for banned in ["please", "sorry", "valid", "forgot", "oops"] {
            assert!(!lower.contains(banned), "{path}: {banned}");
        }
    }
}

#[test]
fn scr_every_text_is_used() {
    let sources = [
        include_str!("../screens/sign_in.rs"),
        include_str!("../screens/method.rs"),
        include_str!("../screens/phone.rs"),
        include_str!("../screens/backup.rs"),
        include_str!("../screens/other_ways.rs"),
        include_str!("../screens/passkey.rs"),
        include_str!("../screens/question.rs"),
        include_str!("../../http/signin/question.rs"),
        include_str!("../../http/signin/setup/passkey.rs"),
        include_str!("../screens/code.rs"),
        include_str!("../screens/setup.rs"),
        include_str!("../screens/consent.rs"),
        include_str!("../screens/terms.rs"),
        include_str!("../screens/session.rs"),
        include_str!("../screens/dead_link.rs"),
        include_str!("../screens/error.rs"),
        include_str!("../screens/forgot.rs"),
        include_str!("../screens/recovery.rs"),
        include_str!("../screens/form_post.rs"),
        include_str!("../screens/information.rs"),
        include_str!("../screens/admin_invite.rs"),
        include_str!("../screens/inbox.rs"),
        include_str!("../screens/no_way.rs"),
        include_str!("../screens/account/mod.rs"),
        include_str!("../screens/account/contact.rs"),
        include_str!("../screens/account/passkey.rs"),
        include_str!("../screens/account/password.rs"),
        include_str!("../screens/account/data.rs"),
        include_str!("../screens/account/identity.rs"),
        include_str!("../screens/account/joining.rs"),
        include_str!("../screens/create.rs"),
        include_str!("../screens/mailed_code.rs"),
        include_str!("../screens/deletion.rs"),
        include_str!("../screens/account/security.rs"),
        include_str!("../screens/account/sessions.rs"),
        include_str!("../screens/account/activity.rs"),
        include_str!("../screens/account/apps.rs"),
        include_str!("../screens/account/confirm.rs"),
        include_str!("../screens/account/undo.rs"),
        include_str!("../../http/signin/setup/backup_codes.rs"),
        include_str!("../../signin/outbox.rs"),
        include_str!("../../messages/trial.rs"),
        include_str!("../engine.rs"),
    ];
    let templates =
        theme::default_files().filter(|(path, _)| !path.starts_with("locales/")).map(|(_, content)| content);
    let all: String = templates.chain(sources).collect();
    // `"problem-" ~ x`, `format!("method-{method}")`: a key that starts so is used.
    let made = Regex::new(r#""([a-z-]+-)("\s*~|\{)"#).unwrap();
    let mut beginnings: Vec<String> = made.captures_iter(&all).map(|found| found[1].to_owned()).collect();
    // Handlers say what went wrong and what happened; the information pages count their parts.
    beginnings.extend(["error-", "notice-", "scope-", "privacy-", "accessibility-", "help-"].map(str::to_owned));
    for key in texts("en").keys() {
        let plain = key.split("--").next().unwrap();
        let used = all.contains(&format!("\"{plain}\"")) || beginnings.iter().any(|start| plain.starts_with(start));
        assert!(used, "{key}");
    }
}
