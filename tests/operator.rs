//! What an operator does to an account as a whole.

use serde_json::Value;

use crate::account::told;
use crate::passkeys::{assert_failed, at_alone, with_passkey};
use crate::phones::{past_password, sent, with_phone};
use crate::support::authenticator::options_of;
use crate::support::server::cli_output;
use crate::support::settings::Backend;
use crate::support::{Factor, Options, Server, Stop, inbox, sign_in};

/// Whether the database has this text, where it is a file that can be looked into.
pub fn database_has(server: &Server, text: &str) -> bool {
    let files = std::fs::read_dir(server.folder()).expect("a folder").flatten();
    let ours = files.filter(|file| file.file_name().to_string_lossy().starts_with("idp.sqlite"));
    let found = ours.map(|file| std::fs::read(file.path()).unwrap_or_default());
    found.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[tokio::test]
async fn sec_r18_a_reset_of_the_second_factors_takes_a_reason_which_the_trail_keeps() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    for reason in [&[][..], &["--reason", " "], &["--reason", &"x".repeat(501)]] {
        let args = [&["user", "reset-mfa", "--email", &resident.email][..], reason].concat();
        let refused = cli_output(&server.node.config_file(), &args);
        assert!(!refused.status.success(), "{reason:?}");
    }
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["authenticator"], true);
    let reason = "Came to the counter with a passport";
    server.cli(&["user", "reset-mfa", "--email", &resident.email, "--reason", reason]);
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["authenticator"], false);
    assert!(Backend::chosen() != Backend::Sqlite || database_has(&server, reason), "on the audit trail");
}

#[tokio::test]
async fn case_ot26_sec_r18_a_reset_leaves_no_phone_in_force_and_every_contact_hears_of_it() {
    let server = Server::start(Options::default()).await;
    let phone = "+447700900912";
    let resident = with_phone(&server, "taken.over@example.test", phone, "verified");
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.portal(), &resident, Factor::Email).await;
    server.cli(&["user", "reset-mfa", "--email", &resident.email, "--reason", "Came to the counter"]);
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["phone"]["state"], "doubtful");
    assert_eq!(browser.open("/account").await.page().path(), "/sign-in", "its sessions have ended");
    for contact in [resident.email.as_str(), phone] {
        told(&server, contact, "second step of your account").await;
    }
    let (page, _) = past_password(&mut server.browser(), &server.client("council"), &resident).await;
    assert!(!page.choices("method").contains(&"sms") && !page.text.contains("912"), "{}", page.text);
    assert!(sent(&server, phone).await.iter().all(|message| message.code.is_empty()), "no code goes there");
    // Nor does a number stay in force that a back office owns: its owner proves it anew.
    let (owned, number) = ("owned.phone@example.test", "+447700900913");
    let add = ["user", "add", "--email", owned, "--password", &resident.password, "--phone", number];
    server.cli(&[&add[..], &["--phone-state", "vouched", "--external-owner", "Benefits"]].concat());
    server.cli(&["user", "reset-mfa", "--email", owned, "--reason", "Came to the counter"]);
    assert_eq!(server.cli(&["user", "show", "--email", owned])["phone"]["state"], "doubtful");
    told(&server, number, "second step of your account").await;
}

#[tokio::test]
async fn req_week_one_5_an_account_that_has_ended_is_silent_and_its_address_free_and_its_subject_is_nobodys() {
    let server = Server::start(Options::default()).await;
    let (resident, mut device) = with_passkey(&server).await;
    let (party, mut browser) = (server.portal(), server.browser());
    let tokens = sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    party.userinfo(&tokens.access_token).await.expect(200);
    let (mut half, alone) = (server.browser(), server.client("passkey"));
    let page = half.open(&party.authorize().url()).await.page();
    let page = half.submit(&page, &[("email", &resident.email)]).await.page();
    let (mut with_key, _, ceremony) = at_alone(&server, &alone).await;
    let signed = device.sign(&options_of(&ceremony, "get").expect("a ceremony"));

    let without = cli_output(&server.node.config_file(), &["user", "end", "--email", &resident.email]);
    assert!(!without.status.success(), "it takes a reason");
    let ended =
        server.cli(&["user", "end", "--email", &resident.email, "--reason", "Died on 2 May, the registrar says"]);
    assert_eq!((&ended["sub"], &ended["done"]), (&tokens.sub().into(), &"ended".into()));
    let sent = inbox::messages(&server.nodes(), &resident.email).await.len();

    // Sessions and tokens are dead, and nothing signs in.
    party.userinfo(&tokens.access_token).await.expect(401);
    let silent = browser.open(&party.authorize().with("prompt", "none").url()).await.callback();
    assert_eq!(silent.get("error"), Some("login_required"));
    let wrong = half.submit(&page, &[("password", &resident.password)]).await.page();
    assert!(wrong.status() == 422 && wrong.text.contains("is not correct"), "as for nobody’s address: {}", wrong.text);
    let fields = [("credential", signed.as_str()), ("error", "")];
    assert_failed(with_key.submit(&ceremony, &fields).await, "its passkey");

    // No message is ever sent to it again.
    let mut forgetful = server.browser();
    let page = forgetful.open(&party.authorize().url()).await.page();
    let page = forgetful.submit(&page, &[("email", &resident.email)]).await.page();
    let link = page.links.iter().find(|link| link.href.starts_with("/forgot")).expect("a link");
    let page = forgetful.open(&link.href).await.page();
    forgetful.submit(&page, &[("email", &resident.email)]).await.page();
    server.advance(3600).await;
    assert_eq!(inbox::messages(&server.nodes(), &resident.email).await.len(), sent);

    // The address is free; whoever has it next is somebody else.
    let gone = cli_output(&server.node.config_file(), &["user", "show", "--email", &resident.email]);
    assert!(!gone.status.success(), "nobody signs in with it");
    let shown = server.cli(&["user", "show", "--sub", tokens.sub()]);
    assert_eq!((&shown["status"], &shown["email"]), (&"ended".into(), &Value::Null));
    let at: chrono::DateTime<chrono::Utc> = shown["ended_at"].as_str().expect("when").parse().expect("a time");
    assert!((server.now() - at.timestamp()).abs() <= 3600 + 600, "{at}");
    server.cli(&["user", "add", "--email", &resident.email, "--password", &resident.password]);
    let next = server.cli(&["user", "show", "--email", &resident.email]);
    assert_ne!(next["sub"], Value::from(tokens.sub()));
    assert_eq!((&next["passkeys"], &next["status"]), (&0.into(), &"active".into()));
    let again = sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
    assert_ne!(again.sub(), tokens.sub());
}

#[tokio::test]
async fn req_week_one_5_an_account_that_ends_in_mid_sign_in_gets_nothing() {
    let server = Server::start(Options::default()).await;
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), server.browser());
    let page = browser.open(&party.authorize().url()).await.page();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    let mut page = page;
    if page.has_field("method") {
        page = browser.submit(&page, &[("method", "email")]).await.page();
    }
    let code = server.inbox_code(&resident.email).await;
    server.cli(&["user", "end", "--email", &resident.email, "--reason", "Moved abroad"]);
    let stop = browser.submit(&page, &[("code", &code)]).await;
    assert!(matches!(stop, Stop::Page(page) if !page.has_field("code") || page.status() >= 400));
}

/// A check of `idp doctor`: its state and its words.
fn doctor(config: &std::path::Path, name: &str) -> (String, String) {
    let output = cli_output(config, &["doctor"]);
    let checks: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name}: {checks:?}"));
    let text = |key: &str| found[key].as_str().expect("text").to_owned();
    (text("state"), text("remark"))
}

#[test]
fn docs_the_doctor_remarks_what_nobody_has_set() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let config = folder.path().join("idp.toml");
    let written = |more: &str| {
        let basis = format!(
            "[server]\nissuer = \"https://id.example.gov.uk\"\n[store]\nurl = \"sqlite:{}\"\n",
            folder.path().join("idp.db").display()
        );
        std::fs::write(&config, format!("{basis}{more}")).expect("a file");
    };
    written("");
    let (state, words) = doctor(&config, "brand");
    assert_eq!(state, "remark", "{words}");
    for key in ["brand.council", "brand.council_cy", "brand.contact_email"] {
        assert!(words.contains(key), "{key}: {words}");
    }
    assert_eq!(doctor(&config, "messages").0, "remark");
    assert_eq!(doctor(&config, "breached passwords").0, "remark");
    assert!(cli_output(&config, &["doctor"]).status.success(), "a remark is no failure");
    written(
        "[brand]\ncouncil = \"Anytown Council\"\ncouncil_cy = \"Cyngor Trefwlad\"\ncontact_phone = \"01632 960000\"\n",
    );
    assert_eq!(doctor(&config, "brand"), ("ok".to_owned(), "Anytown Council".to_owned()));
}

#[tokio::test]
async fn sec_r18_whoever_ends_the_wait_of_a_recovery_says_why() {
    let server = Server::shared().await;
    for what in ["approve", "stop"] {
        let args = ["user", "recovery", what, "--email", "nobody@example.test"];
        let refused = cli_output(&server.node.config_file(), &args);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && said.contains("--reason"), "{what}: {said}");
    }
}

#[tokio::test]
async fn docs_a_policy_is_noted_about_what_is_new_in_it_and_judged_by_the_senders_there_are() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let config = folder.path().join("idp.toml");
    let twilio = "[twilio]\naccount_sid = \"AC0123456789abcdef0123456789abcdef\"\nauth_token = \"secret\"\nfrom = \"+441632960000\"\n";
    let basis = format!(
        "[server]\nissuer = \"https://id.example.gov.uk\"\n[store]\nurl = \"sqlite:{}\"\n{twilio}",
        folder.path().join("idp.db").display()
    );
    std::fs::write(&config, basis).expect("a file");
    let run = |args: &[&str]| {
        let output = cli_output(&config, args);
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), said(&output.stdout) + &said(&output.stderr))
    };
    let add = [
        "client",
        "add",
        "--id",
        "bins",
        "--redirect-uri",
        "https://bins.example.gov.uk/cb",
        "--preset",
        "council-portal",
    ];
    let (added, said) = run(&add);
    assert!(added, "Twilio is a sender of texts and calls: {said}");
    assert!(
        said.matches("policy_warning").count() == 1 && said.contains("policy_warning_no_sender"),
        "for email: {said}"
    );
    let (changed, said) = run(&["client", "policy", "--id", "bins", "mfa=off"]);
    assert!(changed && !said.contains("note:"), "no news: {said}");
    let (changed, said) =
        run(&["client", "policy", "--id", "bins", "factors=sms", "email_when_phone_present=offer", "on_spend_cap="]);
    assert!(changed && said.contains("note: There is one factor only"), "{said}");
    let (changed, said) =
        run(&["client", "policy", "--id", "bins", "factors=totp", "email_when_phone_present=fallback"]);
    assert!(!changed && said.contains("email_when_phone_present=offer"), "it says what to write: {said}");
}

#[tokio::test]
async fn a_subject_that_begins_with_a_hyphen_is_one() {
    let server = Server::start(Options::default()).await;
    let output = cli_output(&server.node.config_file(), &["user", "show", "--sub", "-MYCd4U7ui2Isge8ATZPEjHBHw2tlM"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && !said.contains("unexpected argument"), "{said}");
}
