//! Each requirement of the five source systems has a test that names it. The table in `docs/requirements.md` is made from the
//! names; `IDP_BLESS=1 cargo test -p idp matrix` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What is asked, in short. `Later` names what a release in development brings, where no test can show it yet.
const REQUIREMENTS: &[(&str, &str, Due)] = &[
    ("S0.1", "Pages of the GOV.UK Design System, WCAG 2.2 AA", Due::Now),
    ("S0.2", "Portal and form short addresses are two ways in", Due::Now),
    ("S0.3", "Codes by email or phone, biometrics, authenticator apps", Due::Now),
    ("S0.4", "A second factor is required of everybody", Due::Now),
    ("S0.5", "Codes go to the account’s own email and default number", Due::Now),
    ("S0.6", "Without a phone only email", Due::Now),
    ("S0.7", "With a phone a call or a text; email stays as a link", Due::Now),
    ("S0.8", "Every way is a code that completes the sign-in", Due::Now),
    ("S0.9", "A text message costs £0.09", Due::Now),
    ("S0.10", "A call costs £0.07", Due::Now),
    ("S0.11", "Email is free, and counted", Due::Now),
    ("S0.12", "Charges from the first access on", Due::Now),
    ("S0.13", "Invoiced by quarters", Due::Now),
    ("S0.14", "Prices change; old quarters keep theirs", Due::Now),
    ("S0.15", "External providers of texts and calls", Due::Now),
    ("S0.16", "The policy is not weakened without the role for it", Due::Now),
    ("S0.17", "Guests are not asked for a second factor", Due::Now),
    ("S0.18", "Google and Facebook are exempt", Due::Now),
    ("S1.1", "Password and second factor at every login", Due::Now),
    ("S1.2", "Users cannot switch it off", Due::Now),
    ("S1.3", "Users cannot edit phone or email", Due::Now),
    ("S1.4", "Contacts are pushed, and later changes follow", Due::Now),
    ("S1.5", "An unreal phone number stays blank", Due::Now),
    ("S1.6", "Sender settings are system-wide", Due::Now),
    ("S1.7", "Twilio by client ID, secret and number", Due::Now),
    ("S1.8", "“Choose Verification Method”", Due::Now),
    ("S1.9", "Send to Email where the address is confirmed", Due::Now),
    ("S1.10", "Send to SMS only where it can arrive", Due::Now),
    ("S1.11", "Login, choose, code sent, enter code, logged in", Due::Now),
    ("S2.1", "Microsoft Authenticator, Google Authenticator, Authy", Due::Now),
    ("S2.2", "Required of staff", Due::Now),
    ("S2.3", "Texts by GOV.UK Notify, and an app", Due::Now),
    ("S2.4", "Switched on by the vendor", Due::Now),
    ("S2.5", "Text or app is chosen after the password", Due::Now),
    ("S2.6", "An app can be limited to some factors", Due::Now),
    ("S2.7", "The number is captured at the first text", Due::Now),
    ("S2.8", "Codes of six letters and numbers", Due::Now),
    ("S2.9", "The council’s own Notify template", Due::Now),
    ("S2.10", "The first 25,000 texts are free", Due::Now),
    ("S2.11", "A QR code links the app once", Due::Now),
    ("S2.12", "Words for the Microsoft app", Due::Now),
    ("S2.13", "TOTP (RFC 6238) and OpenID Connect", Due::Now),
    ("S3.1", "One box switches it on", Due::Now),
    ("S3.2", "It then applies to all customers", Due::Now),
    ("S3.3", "An app’s code and the password", Due::Now),
    ("S3.4", "Set up within the login", Due::Now),
    ("S3.5", "The key can be typed", Due::Now),
    ("S3.6", "OneAuth and Google Authenticator are named", Due::Now),
    ("S3.7", "Backup codes: generate, download or copy, continue", Due::Now),
    ("S3.8", "Five codes, each for one use", Due::Now),
    ("S3.9", "An administrator resets it", Due::Now),
    ("S3.10", "Switched off, those enrolled are still asked", Due::Now),
    ("S3.11", "The same box switches it off", Due::Now),
    ("S4.1", "A code at each login", Due::Now),
    ("S4.2", "The organisation’s own Twilio account, trials too", Due::Now),
    ("S4.3", "Chargeable", Due::Now),
    ("S4.4", "SMS Account ID, Authentication Token, Phone Number", Due::Now),
    ("S4.5", "Account Policy, for those who may", Due::Later("the admin console")),
    ("S4.6", "The box “Enable Multi-factor authentication”", Due::Later("the admin console")),
    ("S4.7", "“Update Phone Number” at the first login", Due::Now),
    ("S4.8", "Send Verification Code, six digits, Verify Code", Due::Now),
    ("S4.9", "Back to the login screen afterwards", Due::Now),
    ("S4.10", "Later logins send the code at once", Due::Now),
    ("S4.11", "“Send code to email”", Due::Now),
    ("S4.12", "The number is changed with a code to the new one", Due::Now),
    ("S4.13", "Unticked, the password alone", Due::Now),
    ("S4.14", "An outbound proxy", Due::Now),
    ("S4.15", "Only listed numbers get messages", Due::Now),
    ("S4.16", "Clear words for a wrong number", Due::Now),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Now,
    Later(&'static str),
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every test's name that carries an id, with its file.
fn named() -> BTreeMap<String, BTreeSet<(String, String)>> {
    let rust = regex::Regex::new(r"fn ([a-z0-9_]*req_s\d_[a-z0-9_]*)\(").expect("a pattern");
    let script = regex::Regex::new(r"test\([`'\x22]([a-z0-9_ ]*req_s\d_[^`'\x22]*)").expect("a pattern");
    let id = regex::Regex::new(r"req_s(\d)_(\d+)").expect("a pattern");
    let more = regex::Regex::new(r"(?:^|_)s(\d)_(\d+)").expect("a pattern");
    let mut found = BTreeMap::<String, BTreeSet<_>>::new();
    for folder in ["tests", "idp/core/src", "idp/server/src"] {
        for (path, text) in sources(&root().join(folder)) {
            let short = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            for name in rust.captures_iter(&text).chain(script.captures_iter(&text)) {
                let name = name[1].to_owned();
                let ids = id.captures_iter(&name).chain(more.captures_iter(&name));
                for id in ids.map(|id| format!("S{}.{}", &id[1], &id[2])).collect::<BTreeSet<_>>() {
                    found.entry(id).or_default().insert((short.clone(), name.clone()));
                }
            }
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "mjs")
            && let Ok(text) = fs::read_to_string(&path)
        {
            found.push((path, text));
        }
    }
    found
}

fn table(named: &BTreeMap<String, BTreeSet<(String, String)>>) -> String {
    let mut text = String::from(
        "# Requirements and the tests that show them\n\nThe product replaces the sign-in of five systems. This table is made \
         from the names of the tests; a requirement\nwithout one fails the build.\n\n| Id | What | Shown by |\n|---|---|---|\n",
    );
    for (id, what, due) in REQUIREMENTS {
        let tests = named.get(*id).into_iter().flatten();
        let mut tests = tests.map(|(file, name)| format!("`{name}` ({file})")).collect::<Vec<_>>();
        if let (Due::Later(with), true) = (due, tests.is_empty()) {
            tests.push(format!("comes with {with}"));
        }
        writeln!(text, "| {id} | {what} | {} |", tests.join("<br>")).expect("text");
    }
    text
}

#[test]
fn matrix_every_requirement_of_the_source_systems_has_a_test_that_names_it() {
    let named = named();
    let missing = REQUIREMENTS.iter().filter(|(id, _, due)| *due == Due::Now && !named.contains_key(*id));
    let missing = missing.map(|(id, what, _)| format!("{id} {what}")).collect::<Vec<_>>();
    assert!(missing.is_empty(), "no test names these: {missing:#?}");
    let unknown = named.keys().filter(|id| !REQUIREMENTS.iter().any(|(known, _, _)| known == id)).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "there is no such requirement: {unknown:?}");
}

#[test]
fn matrix_the_table_in_the_documentation_is_current() {
    let path = root().join("docs/requirements.md");
    let table = table(&named());
    if std::env::var_os("IDP_BLESS").is_some() {
        fs::write(&path, &table).expect("written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == table, "docs/requirements.md differs: run IDP_BLESS=1 cargo test -p idp matrix");
}
