//! Passkeys: made, used alone and as a second factor, and every forgery that the relying party has to refuse.

use serde_json::Value;

use crate::support::authenticator::{Authenticator, options_of};
use crate::support::html::Page;
use crate::support::journey::{Ask, open_until};
use crate::support::{Authorization, Browser, Factor, Options, RelyingParty, Resident, Server, Stop, Tokens};

/// A browser in front of the page that makes a passkey, at the client that takes nothing else.
async fn at_making(server: &Server, browser: &mut Browser, request: &Authorization, resident: &Resident) -> Page {
    let page = open_until(server, browser, request, Ask::Continue, resident, Factor::Email).await;
    let page = browser.submit(&page, &[]).await.page();
    assert_eq!(page.path(), "/setup/passkey", "{:.400}", page.text);
    assert_eq!(page.headings, ["Set up a passkey as your second step"], "what is asked for is called so");
    page
}

/// Makes a passkey and signs in with it as the second factor.
pub(crate) async fn enrol(
    server: &Server,
    browser: &mut Browser,
    resident: &Resident,
    device: &mut Authenticator,
) -> Tokens {
    let party = server.client("passkey-only");
    let request = party.authorize();
    let page = at_making(server, browser, &request, resident).await;
    let options = options_of(&page, "create").expect("a ceremony");
    let made = device.make(&options);
    let done = browser.submit(&page, &[("credential", &made), ("error", ""), ("name", "My phone")]).await.page();
    assert_eq!(done.path(), "/setup/passkey/done", "{:.400}", done.text);
    let callback = browser.submit(&done, &[]).await.callback();
    party.finish(&request, &callback).await
}

/// A resident with a passkey, and the device that has it.
pub(crate) async fn with_passkey(server: &Server) -> (Resident, Authenticator) {
    let resident = server.resident_with_email();
    let mut device = Authenticator::new(&server.issuer);
    enrol(server, &mut server.browser(), &resident, &mut device).await;
    (resident, device)
}

/// A new browser in front of the passkey page, the password typed.
pub(crate) async fn at_second(
    server: &Server,
    party: &RelyingParty,
    resident: &Resident,
) -> (Browser, Authorization, Page) {
    let (mut browser, request) = (server.browser(), party.authorize());
    let page = open_until(server, &mut browser, &request, Ask::Continue, resident, Factor::Email).await;
    assert_eq!(page.path(), "/mfa/passkey", "{:.400}", page.text);
    (browser, request, page)
}

/// A new browser in front of the page where a passkey alone signs in.
pub(crate) async fn at_alone(server: &Server, party: &RelyingParty) -> (Browser, Authorization, Page) {
    let (mut browser, request) = (server.browser(), party.authorize());
    let first = browser.open(&request.url()).await.page();
    let page = browser.open(&first.url().as_str().replace("/sign-in?", "/sign-in/passkey?")).await.page();
    assert_eq!(page.path(), "/sign-in/passkey", "{:.400}", page.text);
    (browser, request, page)
}

/// Answers the page's ceremony with this device.
pub(crate) async fn answer(browser: &mut Browser, page: &Page, device: &mut Authenticator) -> Stop {
    let options = options_of(page, "get").expect("a ceremony");
    post(browser, page, &device.sign(&options)).await
}

pub(crate) async fn post(browser: &mut Browser, page: &Page, credential: &str) -> Stop {
    browser.submit(page, &[("credential", credential), ("error", "")]).await
}

/// The answer was refused, and the person can go on.
#[track_caller]
pub(crate) fn assert_failed(stop: Stop, what: &str) {
    let page = stop.page();
    assert!(page.path().ends_with("/passkey/failed"), "{what}: {} {:.300}", page.url(), page.text);
    assert_eq!(page.status(), 200, "{what}");
    assert!(page.choices("way").contains(&"again"), "{what}");
}

#[tokio::test]
async fn check_135_scr_r20_r21_a_passkey_is_made_within_a_sign_in_and_counts_at_once() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let mut device = Authenticator::new(&server.issuer);
    let tokens = enrol(server, &mut server.browser(), &resident, &mut device).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("phr", vec!["mfa", "pwd", "swk", "user"]));
    // From now on it is asked for.
    let party = server.client("passkey-only");
    let (mut browser, request, page) = at_second(server, &party, &resident).await;
    let callback = answer(&mut browser, &page, &mut device).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("phr", vec!["mfa", "pwd", "swk", "user"]));
}

#[tokio::test]
async fn sec_r17_what_the_browser_is_told_names_nobody_and_asks_for_no_attestation() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let (mut browser, party) = (server.browser(), server.client("passkey-only"));
    let page = at_making(server, &mut browser, &party.authorize(), &resident).await;
    let options = options_of(&page, "create").expect("a ceremony");
    assert_eq!(options["rp"]["id"], "localhost");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "preferred");
    assert_eq!(options["authenticatorSelection"].get("authenticatorAttachment"), None);
    let algorithms = options["pubKeyCredParams"].as_array().expect("a list");
    let algorithms = algorithms.iter().filter_map(|one| one["alg"].as_i64()).collect::<Vec<_>>();
    assert_eq!(algorithms, [-7, -8, -257]);
    assert_eq!(options["user"]["id"].as_str().expect("a handle").len(), 22, "128 random bits");
    assert!(options["challenge"].as_str().expect("a challenge").len() >= 22, "at least 128 bits");
    assert!(options["timeout"].as_i64().expect("a time") <= 300_000);
    // A page that is loaded again asks the same; another account has another handle.
    let again = browser.open(page.url().as_str()).await.page();
    let again = options_of(&again, "create").expect("a ceremony");
    assert_eq!(again["user"]["id"], options["user"]["id"]);
    let other = server.resident_with_email();
    let page = at_making(server, &mut server.browser(), &party.authorize(), &other).await;
    assert_ne!(options_of(&page, "create").expect("a ceremony")["user"]["id"], options["user"]["id"]);
}

#[tokio::test]
async fn check_134_136_a_passkey_alone_signs_in_without_an_address_and_is_both_factors() {
    let server = Server::shared().await;
    let (_, mut device) = with_passkey(server).await;
    let party = server.client("passkey");
    let (mut browser, request, page) = at_alone(server, &party).await;
    let options = options_of(&page, "get").expect("a ceremony");
    assert_eq!(options["allowCredentials"], serde_json::json!([]), "nobody is named");
    assert_eq!(options["userVerification"], "required");
    let callback = answer(&mut browser, &page, &mut device).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("phr", vec!["mfa", "swk", "user"]));
    // The session stands for both factors.
    let silent = party.authorize().with("prompt", "none").with("acr_values", "phr");
    let callback = browser.open(&silent.url()).await.callback();
    let again = party.finish(&silent, &callback).await;
    assert_eq!((again.acr(), again.auth_time()), ("phr", tokens.auth_time()));
}

#[tokio::test]
async fn check_135_a_key_that_stays_in_its_device_says_so_and_one_without_a_person_is_no_more_than_a_second_factor() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let mut device = Authenticator { synced: false, verifies: false, ..Authenticator::new(&server.issuer) };
    let tokens = enrol(server, &mut server.browser(), &resident, &mut device).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["hwk", "mfa", "pwd"]));
    // Alone it does not sign in.
    let party = server.client("passkey");
    let (mut browser, _, page) = at_alone(server, &party).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "unverified alone");
    // As a second factor it does, unless more is asked for.
    let only = server.client("passkey-only");
    let (mut browser, request, page) = at_second(server, &only, &resident).await;
    assert_eq!(options_of(&page, "get").expect("a ceremony")["userVerification"], "preferred");
    let callback = answer(&mut browser, &page, &mut device).await.callback();
    let tokens = only.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["hwk", "mfa", "pwd"]));
    let request = only.authorize().with("acr_values", "phr");
    let page = browser.open(&request.url()).await.page();
    assert_eq!(options_of(&page, "get").expect("a ceremony")["userVerification"], "required");
    assert_failed(answer(&mut browser, &page, &mut device).await, "unverified for phr");
    let page = browser.open(&request.url()).await.page();
    let verified = &mut Authenticator { verifies: true, ..device };
    let callback = answer(&mut browser, &page, verified).await.callback();
    let tokens = only.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("phr", vec!["hwk", "mfa", "pwd", "user"]));
}

#[tokio::test]
async fn case_wa1_another_origin_port_scheme_or_relying_party_is_refused() {
    let server = Server::shared().await;
    let (resident, mut device) = with_passkey(server).await;
    let (only, alone) = (server.client("passkey-only"), server.client("passkey"));
    let (own, rp_id) = (device.origin.clone(), device.rp_id.clone());
    let port = server.issuer.port().expect("a port");
    let origins = [
        "https://badexample.test".to_owned(),
        "http://localhost".to_owned(),
        format!("http://localhost:{}", port + 1),
        format!("https://localhost:{port}"),
        format!("http://sub.localhost:{port}"),
        format!("http://localhost.evil.test:{port}"),
        format!("{own}/"),
        format!("{own} "),
        own.to_uppercase(),
        "null".to_owned(),
        String::new(),
    ];
    for origin in origins {
        device.origin.clone_from(&origin);
        let (mut browser, _, page) = at_alone(server, &alone).await;
        assert_failed(answer(&mut browser, &page, &mut device).await, &origin);
    }
    device.origin = own;
    for other in ["example.test", "localhost.", "LOCALHOST", ""] {
        other.clone_into(&mut device.rp_id);
        let (mut browser, _, page) = at_alone(server, &alone).await;
        assert_failed(answer(&mut browser, &page, &mut device).await, other);
    }
    device.rp_id = rp_id;
    device.cross_origin = true;
    let (mut browser, _, page) = at_second(server, &only, &resident).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "a frame of another site");
    device.cross_origin = false;
    device.kind = Some("webauthn.create");
    let (mut browser, _, page) = at_alone(server, &alone).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "another ceremony");
    device.kind = None;
    let (mut browser, _, page) = at_alone(server, &alone).await;
    answer(&mut browser, &page, &mut device).await.callback();
}

#[tokio::test]
async fn case_wa2_a_challenge_works_once_here_and_for_five_minutes() {
    let server = Server::start(Options::default()).await;
    let (resident, mut device) = with_passkey(&server).await;
    let (other, _) = with_passkey(&server).await;
    let (only, alone) = (server.client("passkey-only"), server.client("passkey"));

    // Replayed in the transaction where it was right.
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    let signed = device.sign(&options_of(&page, "get").expect("a ceremony"));
    let mut second = browser.clone();
    post(&mut browser, &page, &signed).await.callback();
    let replayed = post(&mut second, &page, &signed).await;
    assert!(matches!(replayed, Stop::Page(page) if page.status() >= 400 || page.path().ends_with("/failed")));

    // In another transaction, of the same and of another person.
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    assert_failed(post(&mut browser, &page, &signed).await, "another transaction");
    let (_, _, first) = at_second(&server, &only, &resident).await;
    let signed = device.sign(&options_of(&first, "get").expect("a ceremony"));
    let (mut browser, _, page) = at_second(&server, &only, &resident).await;
    assert_failed(post(&mut browser, &page, &signed).await, "another transaction");
    let (mut browser, _, page) = at_second(&server, &only, &other).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "another person’s passkey");

    // Nobody there, nobody verified.
    device.present = false;
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "nobody present");
    device.present = true;
    device.verifies = false;
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "nobody verified, alone");
    let (mut browser, _, page) = at_second(&server, &only, &resident).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "verified when it was made, and now not");
    device.verifies = true;

    // A wrong answer spends the challenge.
    let (mut browser, _, page) = at_second(&server, &only, &resident).await;
    let options = options_of(&page, "get").expect("a ceremony");
    device.present = false;
    assert_failed(post(&mut browser, &page, &device.sign(&options)).await, "nobody present");
    device.present = true;
    assert_failed(post(&mut browser, &page, &device.sign(&options)).await, "spent");

    // Too late.
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    let (mut browser_second, _, page_second) = at_second(&server, &only, &resident).await;
    server.advance(301).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "six minutes");
    assert_failed(answer(&mut browser_second, &page_second, &mut device).await, "six minutes");
}

#[tokio::test]
async fn sec_r17_case_wa2_the_sealed_challenge_of_a_page_is_good_for_its_own_browser() {
    let server = Server::shared().await;
    let (_, mut device) = with_passkey(server).await;
    let alone = server.client("passkey");
    let (_, _, theirs) = at_alone(server, &alone).await;
    let (mut browser, _, page) = at_alone(server, &alone).await;
    let stolen = theirs.form_with("challenge").and_then(|form| form.field("challenge")).expect("a field").value.clone();
    let signed = device.sign(&options_of(&theirs, "get").expect("a ceremony"));
    let fields = [("credential", signed.as_str()), ("error", ""), ("challenge", stolen.as_str())];
    assert_failed(browser.submit(&page, &fields).await, "another page’s challenge");
    for forged in ["", "x", "AAAA"] {
        let fields = [("credential", signed.as_str()), ("error", ""), ("challenge", forged)];
        assert_failed(browser.submit(&page, &fields).await, "a forged challenge");
    }
}

#[tokio::test]
async fn sec_r17_a_sign_count_that_goes_back_is_refused_and_written_down() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let mut device = Authenticator { count: Some(5), ..Authenticator::new(&server.issuer) };
    enrol(&server, &mut server.browser(), &resident, &mut device).await;
    let (only, alone) = (server.client("passkey-only"), server.client("passkey"));
    let (mut browser, _, page) = at_second(&server, &only, &resident).await;
    answer(&mut browser, &page, &mut device).await.callback();
    for (count, what) in [(6, "the same again"), (3, "less"), (0, "none")] {
        device.count = Some(count);
        let (mut browser, _, page) = at_second(&server, &only, &resident).await;
        assert_failed(answer(&mut browser, &page, &mut device).await, what);
    }
    device.count = Some(6);
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "alone");
    let suspected = server.metrics().await.sum("passkey_copies_suspected_total");
    assert!((suspected - 4.0).abs() < 0.5, "{suspected}");
    device.count = Some(20);
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    answer(&mut browser, &page, &mut device).await.callback();
}

#[tokio::test]
async fn case_wa2_of_two_answers_with_one_sign_count_one_passes() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let mut device = Authenticator { count: Some(1), ..Authenticator::new(&server.issuer) };
    enrol(server, &mut server.browser(), &resident, &mut device).await;
    let alone = server.client("passkey");
    let (mut one, _, page_one) = at_alone(server, &alone).await;
    let (mut two, _, page_two) = at_alone(server, &alone).await;
    let first = device.sign(&options_of(&page_one, "get").expect("a ceremony"));
    device.count = Some(2);
    let second = device.sign(&options_of(&page_two, "get").expect("a ceremony"));
    let (first, second) = tokio::join!(post(&mut one, &page_one, &first), post(&mut two, &page_two, &second));
    let passed = [first, second].into_iter().filter(|stop| matches!(stop, Stop::Callback(_))).count();
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn sec_r17_a_passkey_is_registered_once_and_the_list_of_those_held_is_checked_here() {
    let server = Server::shared().await;
    let (_, mut device) = with_passkey(server).await;
    let other = server.resident_with_email();
    let (mut browser, party) = (server.browser(), server.client("passkey-only"));
    let page = at_making(server, &mut browser, &party.authorize(), &other).await;
    let options = options_of(&page, "create").expect("a ceremony");
    let made = device.make(&options);
    let again = browser.submit(&page, &[("credential", &made), ("error", "")]).await.page();
    assert_eq!((again.status(), again.path()), (422, "/setup/passkey"), "a credential id is one account’s");
}

#[tokio::test]
async fn case_wa5_hostile_attestations_are_refused_and_names_are_text() {
    let server = Server::shared().await;
    let resident = server.resident_with_email();
    let (mut browser, party) = (server.browser(), server.client("passkey-only"));
    let mut page = at_making(server, &mut browser, &party.authorize(), &resident).await;
    let device = Authenticator::new(&server.issuer);
    let deep = vec![0x81; 6_000];
    let hostile: [(&str, &[u8]); 6] = [
        ("empty", &[]),
        ("truncated", &[0xa3, 0x63, b'f', b'm']),
        ("an array", &[0x80]),
        ("thousands deep", &deep),
        (
            "a length without its bytes",
            &[0xa3, 0x63, b'f', b'm', b't', 0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        ("endless", &[0x9f, 0x9f, 0x9f, 0x9f]),
    ];
    for (what, bytes) in hostile {
        let options = options_of(&page, "create").expect("a ceremony");
        let made = device.make_with(&options, bytes);
        page = browser.submit(&page, &[("credential", &made), ("error", "")]).await.page();
        assert_eq!((page.status(), page.path()), (422, "/setup/passkey"), "{what}");
    }
    for (what, text) in [("no JSON", "x"), ("another JSON", "[]"), ("nested", &"[".repeat(10_000))] {
        page = browser.submit(&page, &[("credential", text), ("error", "")]).await.page();
        assert_eq!((page.status(), page.path()), (422, "/setup/passkey"), "{what}");
    }
    let megabyte = "A".repeat(1 << 20);
    let refused = browser.submit(&page, &[("credential", &megabyte), ("error", "")]).await.page();
    assert!(matches!(refused.status(), 400 | 413), "{}", refused.status());
    let name = "<img src=x onerror=alert(1)>";
    let wrong = browser.submit(&page, &[("credential", "x"), ("error", ""), ("name", name)]).await.page();
    let shown = wrong.form_with("name").and_then(|form| form.field("name")).map(|field| field.value.as_str());
    assert_eq!(shown, Some(name), "escaped, and still there");
    assert!(!wrong.response.text().contains("<img src=x"));
}

/// What an attacker does to an assertion.
type Change = fn(&mut Value);

#[tokio::test]
async fn case_wa5_hostile_assertions_are_refused() {
    let server = Server::shared().await;
    let (_, mut device) = with_passkey(server).await;
    let alone = server.client("passkey");
    let changes: [(&str, Change); 8] = [
        ("no signature", |v| v["response"]["signature"] = "".into()),
        ("another signature", |v| v["response"]["signature"] = "MEUCIQDx".into()),
        ("short data", |v| v["response"]["authenticatorData"] = "AAAA".into()),
        ("no client data", |v| v["response"]["clientDataJSON"] = "e30".into()),
        ("another type", |v| v["type"] = "password".into()),
        ("another id", |v| v["rawId"] = "AAAA".into()),
        ("another’s handle", |v| v["response"]["userHandle"] = "AAAAAAAAAAAAAAAAAAAAAA".into()),
        ("no handle", |v| v["response"]["userHandle"] = Value::Null),
    ];
    for (what, change) in changes {
        let (mut browser, _, page) = at_alone(server, &alone).await;
        let signed = device.sign(&options_of(&page, "get").expect("a ceremony"));
        let mut value = serde_json::from_str(&signed).expect("JSON");
        change(&mut value);
        assert_failed(post(&mut browser, &page, &value.to_string()).await, what);
    }
}

#[tokio::test]
async fn scr_r11_r12_check_139_without_a_script_the_form_leads_on() {
    let server = Server::shared().await;
    let (resident, _) = with_passkey(server).await;
    let (mut browser, _, page) = at_second(server, &server.client("passkey-only"), &resident).await;
    page.assert_contract();
    let failed = browser.submit(&page, &[]).await;
    assert_failed(failed.clone(), "no script");
    let failed = failed.page();
    let again = browser.submit(&failed, &[("way", "again")]).await.page();
    assert_eq!(again.path(), "/mfa/passkey");
    let none = browser.submit(&failed, &[("way", "")]).await.page();
    assert_eq!(none.status(), 422);
    // Alone: the password is the other way.
    let (mut browser, _, page) = at_alone(server, &server.client("passkey")).await;
    let failed = browser.submit(&page, &[]).await.page();
    assert_eq!(failed.choices("way"), ["again", "password"]);
    let first = browser.submit(&failed, &[("way", "password")]).await.page();
    assert_eq!(first.path(), "/sign-in");
}

#[tokio::test]
async fn scr_r1_r3_r4_the_ways_to_a_passkey_are_where_the_client_takes_one() {
    let server = Server::shared().await;
    let (resident, mut device) = with_passkey(server).await;
    let (party, portal, mut browser) = (server.client("passkey"), server.portal(), server.browser());
    let request = party.authorize();
    let first = browser.open(&request.url()).await.page();
    let conditional = options_of(&first, "conditional").expect("a ceremony for the address field");
    assert_eq!(conditional["allowCredentials"], serde_json::json!([]));
    let password = browser.submit(&first, &[("email", &resident.email)]).await.page();
    let link = password.links.iter().find(|link| link.href.starts_with("/sign-in/passkey?")).expect("R3’s link");
    let page = browser.open(&link.href).await.page();
    let callback = answer(&mut browser, &page, &mut device).await.callback();
    let tokens = party.finish(&request, &callback).await;
    // R4: it is still the same person.
    let again = party.authorize().with("prompt", "login");
    let confirm = browser.open(&again.url()).await.page();
    assert_eq!(confirm.path(), "/sign-in/confirm");
    let link = confirm.links.iter().find(|link| link.href.starts_with("/sign-in/passkey?")).expect("R4’s link");
    let page = browser.open(&link.href).await.page();
    let callback = answer(&mut browser, &page, &mut device).await.callback();
    let confirmed = party.finish(&again, &callback).await;
    assert_eq!((confirmed.sub(), confirmed.sid(), confirmed.acr()), (tokens.sub(), tokens.sid(), "phr"));
    // The browser's own offer answers the first page.
    let (mut browser, request) = (server.browser(), party.authorize());
    let first = browser.open(&request.url()).await.page();
    let signed = device.sign(&options_of(&first, "conditional").expect("a ceremony"));
    let callback = post(&mut browser, &first, &signed).await.callback();
    assert_eq!(party.finish(&request, &callback).await.acr(), "phr");
    // Elsewhere there is none of it.
    let mut browser = server.browser();
    let first = browser.open(&portal.authorize().url()).await.page();
    assert_eq!(options_of(&first, "conditional"), None);
    let elsewhere = first.url().as_str().replace("/sign-in?", "/sign-in/passkey?");
    assert_eq!(browser.open(&elsewhere).await.page().path(), "/sign-in");
}

#[tokio::test]
async fn check_45_a_level_that_only_a_passkey_reaches_is_met_by_one_or_refused() {
    let server = Server::shared().await;
    let (resident, mut device) = with_passkey(server).await;
    let party = server.client("passkey");
    let (mut browser, request) = (server.browser(), party.authorize().with("acr_values", "phr"));
    let page = open_until(server, &mut browser, &request, Ask::Continue, &resident, Factor::Email).await;
    let options = options_of(&page, "get").expect("only a passkey reaches it");
    assert_eq!(options["userVerification"], "required");
    let callback = post(&mut browser, &page, &device.sign(&options)).await.callback();
    assert_eq!(party.finish(&request, &callback).await.acr(), "phr");
    let email_only = server.client("email-only").authorize().with("acr_values", "phr");
    server.browser().open(&email_only.url()).await.callback().error("unmet_authentication_requirements");
}

#[tokio::test]
async fn sec_r18_a_help_desk_reset_takes_passkeys_away() {
    let server = Server::shared().await;
    let (resident, mut device) = with_passkey(server).await;
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["passkeys"], 1);
    let alone = server.client("passkey");
    let (mut browser, _, page) = at_alone(server, &alone).await;
    server.cli(&["user", "reset-mfa", "--email", &resident.email, "--reason", "lost"]);
    assert_failed(answer(&mut browser, &page, &mut device).await, "taken away");
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["passkeys"], 0);
}
