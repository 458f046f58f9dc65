//! R42: passkeys, backup codes and remembered devices on the pages of one's own account.

use crate::account::{at, key_on, open, told};
use crate::backup_codes::codes_in;
use crate::passkeys::{answer, assert_failed, at_alone, at_second, enrol, post, with_passkey};
use crate::remembered_devices::{is_asked, remember};
use crate::support::authenticator::{Authenticator, options_of};
use crate::support::html::Page;
use crate::support::journey::step;
use crate::support::seed::PASSWORD;
use crate::support::{Browser, Factor, Options, Request, Resident, Server, eventually, inbox, sign_in};

const ADD: &str = "/account/security/passkey";
const CODES: &str = "/account/security/backup-codes";

/// A page of the account, whatever it asks for first: a passkey where one is asked for.
async fn open_with(
    server: &Server,
    browser: &mut Browser,
    path: &str,
    resident: &Resident,
    device: &mut Authenticator,
) -> Page {
    let mut stop = browser.open(path).await;
    for _ in 0..8 {
        let page = stop.page();
        if page.path().starts_with("/account") {
            return page;
        }
        stop = match options_of(&page, "get") {
            Some(_) => answer(browser, &page, device).await,
            None => step(browser, &page, resident, Factor::Email, &server.into()).await,
        };
    }
    panic!("the account does not open")
}

/// Adds a passkey on the page that makes one.
pub(crate) async fn add(browser: &mut Browser, page: &Page, device: &mut Authenticator, name: &str) -> Page {
    assert_eq!(page.path(), ADD, "{:.400}", page.text);
    let made = device.make(&options_of(page, "create").expect("a ceremony"));
    browser.submit(page, &[("credential", &made), ("error", ""), ("name", name)]).await.page()
}

/// Where a link of this text leads to.
pub(crate) fn href_of<'a>(page: &'a Page, part: &str) -> &'a str {
    let found = page.links.iter().find(|link| link.href.contains(part));
    &found.unwrap_or_else(|| panic!("no link to {part} on {}: {}", page.url(), page.text)).href
}

#[tokio::test]
async fn scr_r42_sec_r18_a_passkey_is_added_named_used_and_removed() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let (mut browser, page) = at(&server, "/account/security", &resident).await;
    page.assert_contract();
    assert!(page.text.contains("You have no passkeys"), "{}", page.text);
    let page = browser.open(href_of(&page, ADD)).await.page();
    page.assert_contract();
    let mut device = Authenticator::new(&server.issuer);
    let listed = add(&mut browser, &page, &mut device, "  My <b>phone</b> ").await;
    assert_eq!(listed.path(), "/account/security");
    listed.assert_contract();
    assert!(listed.text.contains("You have added a passkey"), "{}", listed.text);
    assert!(listed.text.contains("My <b>phone</b>") && listed.text.contains("Not used yet"), "{}", listed.text);
    told(&server, &resident.email, "A passkey was added").await;
    // It counts at once, and is what the account pages ask for from now on.
    let page = browser.open("/account/password").await.page();
    assert_eq!(page.path(), "/account/password", "{}", page.text);
    server.advance(301).await;
    let page = browser.open(href_of(&listed, "/passkey/name?")).await.page();
    assert_eq!(page.path(), "/sign-in/confirm");
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    let page = answer(&mut browser, &page, &mut device).await.page();
    page.assert_contract();
    assert_eq!(page.path(), "/account/security/passkey/name");
    let empty = browser.submit(&page, &[("name", " ")]).await.page();
    assert_eq!((empty.status(), empty.text.contains("Enter a name for this passkey")), (422, true));
    let listed = browser.submit(&page, &[("name", "The old one")]).await.page();
    assert!(listed.text.contains("You have renamed your passkey"), "{}", listed.text);
    assert!(listed.text.contains("The old one") && !listed.text.contains("My <b>phone"), "{}", listed.text);
    // Used, and removed.
    let party = server.client("passkey");
    let (mut elsewhere, request, page) = at_alone(&server, &party).await;
    let callback = answer(&mut elsewhere, &page, &mut device).await.callback();
    party.finish(&request, &callback).await;
    let page = browser.open("/account/security").await.page();
    assert!(!page.text.contains("Not used yet"), "{}", page.text);
    let page = browser.open(href_of(&page, "/remove?passkey=")).await.page();
    page.assert_contract();
    assert!(page.text.contains("The old one"), "{}", page.text);
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(
        page.text.contains("You have removed a passkey") && page.text.contains("You have no passkeys"),
        "{}",
        page.text
    );
    told(&server, &resident.email, "A passkey of your account").await;
    let (mut elsewhere, _, page) = at_alone(&server, &party).await;
    assert_failed(answer(&mut elsewhere, &page, &mut device).await, "removed");
}

#[tokio::test]
async fn sec_r17_case_wa2_the_challenge_of_the_account_page_is_good_once_here_and_for_five_minutes() {
    let server = Server::start(Options::default()).await;
    let (resident, other) = (server.resident_with_email(), server.resident_with_email());
    let (mut browser, page) = at(&server, ADD, &resident).await;
    // Without a script the form says so, and nothing is lost.
    let none = browser.submit(&page, &[("name", "My key")]).await.page();
    assert_eq!((none.status(), none.path()), (422, ADD));
    assert_eq!(none.form_with("name").and_then(|form| form.field("name")).expect("the field").value, "My key");
    // Another session's challenge, and another account's.
    let mut device = Authenticator::new(&server.issuer);
    for theirs in [at(&server, ADD, &resident).await.1, at(&server, ADD, &other).await.1] {
        let sealed = theirs.form_with("challenge").and_then(|form| form.field("challenge")).expect("a field");
        let made = device.make(&options_of(&theirs, "create").expect("a ceremony"));
        let fields = [("credential", made.as_str()), ("error", ""), ("challenge", &sealed.value)];
        assert_eq!(browser.submit(&page, &fields).await.page().status(), 422);
    }
    // Once.
    let made = device.make(&options_of(&page, "create").expect("a ceremony"));
    let fields = [("credential", made.as_str()), ("error", "")];
    assert_eq!(browser.submit(&page, &fields).await.page().path(), "/account/security");
    assert_eq!(browser.submit(&page, &fields).await.page().status(), 422, "the same again");
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["passkeys"], 1);
    // In time.
    let (mut browser, page) = at(&server, ADD, &other).await;
    server.advance(299).await;
    let mut late = Authenticator::new(&server.issuer);
    let made = late.make(&options_of(&page, "create").expect("a ceremony"));
    server.advance(2).await;
    let page = browser.submit(&page, &[("credential", &made), ("error", "")]).await.page();
    assert_ne!(page.path(), "/account/security", "{}", page.text);
    assert_eq!(server.cli(&["user", "show", "--email", &other.email])["passkeys"], 0);
}

#[tokio::test]
async fn scr_r42_scr_r22_new_backup_codes_are_made_shown_once_and_replace_the_old_ones() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident();
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.portal(), &resident, Factor::Totp).await;
    server.advance(31).await;
    let page = open(&server, &mut browser, "/account/security", &resident, Factor::Totp).await;
    assert!(page.text.contains("You have no backup codes left"), "{}", page.text);
    let page = browser.open(href_of(&page, CODES)).await.page();
    page.assert_contract();
    let shown = browser.press(&page, "continue", &[]).await.page();
    shown.assert_contract();
    let codes = codes_in(&shown.text);
    assert_eq!(codes.len(), 5, "{}", shown.text);
    told(&server, &resident.email, "Backup codes were made").await;
    let again = browser.open(shown.url().as_str()).await.page();
    assert_eq!(codes_in(&again.text), codes, "a reload shows the same");
    let form = shown.form_of_button("download").expect("a form");
    let file = browser.fetch(Browser::form_request(&shown, form, &[], Some("download"))).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert_eq!(codes_in(&file.text()), codes);
    let unsaved = browser.press(&shown, "continue", &[]).await.page();
    assert_eq!(unsaved.status(), 422, "they say that the codes are saved");
    // Nobody else is shown them.
    let other = server.resident();
    let mut theirs = server.browser();
    let page = open(&server, &mut theirs, "/account", &other, Factor::Totp).await;
    assert_eq!(page.path(), "/account");
    let page = theirs.open(shown.url().as_str()).await.page();
    assert!(codes_in(&page.text).is_empty() && page.path() == "/account/security", "{}", page.url());
    let page = browser.press(&shown, "continue", &[("saved", "yes")]).await.page();
    assert!(page.text.contains("You have made backup codes"), "{}", page.text);
    assert!(page.text.contains("You have 5 backup codes left"), "{}", page.text);
    let gone = browser.open(shown.url().as_str()).await.page();
    assert!(codes_in(&gone.text).is_empty() && gone.path() == "/account/security", "shown once: {}", gone.url());
    // They work in place of the app, here too; new ones void them.
    server.advance(301).await;
    let page = browser.open(CODES).await.page();
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    let page = browser.open(href_of(&page, "/mfa/backup")).await.page();
    let page = browser.submit(&page, &[("code", &codes[0])]).await.page();
    assert_eq!(page.path(), CODES, "{}", page.text);
    let shown = browser.press(&page, "continue", &[]).await.page();
    assert_eq!(codes_in(&shown.text).len(), 5);
    server.advance(16 * 60).await;
    let late = browser.open(shown.url().as_str()).await.page();
    assert!(codes_in(&late.text).is_empty(), "for a quarter of an hour: {}", late.url());
    let mut elsewhere = server.browser();
    let page = elsewhere.open("/account").await.page();
    let page = elsewhere.submit(&page, &[("email", &resident.email)]).await.page();
    let page = elsewhere.submit(&page, &[("password", &resident.password)]).await.page();
    let page = elsewhere.open(href_of(&page, "/mfa/backup")).await.page();
    assert_eq!(elsewhere.submit(&page, &[("code", &codes[1])]).await.page().status(), 422, "void");
}

#[tokio::test]
async fn sec_r13_case_ot7_codes_are_made_once_in_a_while_and_a_phone_hears_of_five_changes_a_day() {
    let server = Server::start(Options::default()).await;
    let (email, phone, secret) = ("often@example.test", "+447700900911", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    let add = ["user", "add", "--email", email, "--password", PASSWORD, "--totp-secret", secret, "--phone", phone];
    server.cli(&add);
    let resident = Resident {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        phone: phone.to_owned(),
        totp_secret: secret.to_owned(),
        situation: String::new(),
    };
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.portal(), &resident, Factor::Totp).await;
    server.advance(31).await;
    let page = open(&server, &mut browser, CODES, &resident, Factor::Totp).await;
    let codes = codes_in(&browser.press(&page, "continue", &[]).await.page().text);
    assert_eq!(codes.len(), 5);
    // Twice at once, and once more: there is nothing new, and nothing is told.
    let mut second = browser.clone();
    let (one, two) = tokio::join!(browser.press(&page, "continue", &[]), second.press(&page, "continue", &[]));
    for page in [one.page(), two.page()] {
        assert_eq!(page.status(), 429, "{}", page.text);
        assert!(page.text.contains("You made new backup codes a moment ago"), "{}", page.text);
        page.assert_contract();
    }
    for _ in 0..7 {
        server.advance(31).await;
        let made = browser.press(&page, "continue", &[]).await.page();
        assert_eq!(codes_in(&made.text).len(), 5, "the action goes on: {}", made.text);
    }
    let told =
        async |to: &str| inbox::messages(&server.nodes(), to).await.into_iter().filter(|m| m.code.is_none()).count();
    eventually("every mail", async || (told(email).await == 8).then_some(())).await;
    eventually("texts are withheld", async || {
        (server.log().matches("a message to a phone was withheld").count() == 3).then_some(())
    })
    .await;
    assert_eq!(told(phone).await, 5);
    // A day later it hears of it again.
    server.advance(24 * 3600).await;
    let mut browser = server.browser();
    let page = open(&server, &mut browser, CODES, &resident, Factor::Totp).await;
    browser.press(&page, "continue", &[]).await.page();
    eventually("a text", async || (told(phone).await == 6).then_some(())).await;
}

#[tokio::test]
async fn scr_r42_without_an_app_or_a_passkey_there_are_no_backup_codes_and_they_go_with_the_last() {
    let server = Server::start(Options::default()).await;
    let mut resident = server.resident_with_email();
    let (mut browser, page) = at(&server, "/account/security", &resident).await;
    assert!(page.links.iter().all(|link| link.href != CODES), "{}", page.text);
    assert_eq!(browser.open(CODES).await.page().path(), "/account/security");
    let page = open(&server, &mut browser, "/account/security/app", &resident, Factor::Email).await;
    resident.totp_secret = key_on(&page);
    browser.submit(&page, &[("code", &server.totp(&resident))]).await.page();
    // The first ones take the place of none, and nobody is told otherwise.
    let page = browser.open(CODES).await.page();
    assert!(page.headings == ["Make backup codes?"] && !page.text.contains("stop working"), "{}", page.text);
    let page = browser.press(&page, "continue", &[]).await.page();
    browser.press(&page, "continue", &[("saved", "yes")]).await.page();
    let notice = told(&server, &resident.email, "Backup codes were made").await;
    assert!(!notice.body.contains("stopped working"), "{notice:?}");
    let again = browser.open(CODES).await.page();
    assert!(again.text.contains("The ones you have will stop working"), "{}", again.text);
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["backup_codes_left"], 5);
    let page = browser.open("/account/security/remove?factor=totp").await.page();
    assert!(page.text.contains("Your backup codes will stop working too"), "{}", page.text);
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("You have removed your authenticator app"), "{}", page.text);
    assert_eq!(server.cli(&["user", "show", "--email", &resident.email])["backup_codes_left"], 0);
}

#[tokio::test]
async fn scr_r42_remembered_devices_are_listed_and_forgotten_one_by_one_and_all_at_once() {
    let server = Server::start(Options::default()).await;
    let (party, resident) = (server.client("remembers"), server.resident());
    let mut phone = server.browser();
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1";
    phone.extra.push(("user-agent".to_owned(), agent.to_owned()));
    remember(&server, &mut phone, &party, &resident).await;
    let mut desk = server.browser();
    remember(&server, &mut desk, &party, &resident).await;
    let mut browser = server.browser();
    let page = open(&server, &mut browser, "/account/security", &resident, Factor::Totp).await;
    page.assert_contract();
    assert!(page.text.contains("Safari on iPhone") && page.text.contains("remembers"), "{}", page.text);
    let forget = page.links.iter().filter(|link| link.href.contains("forget?device=")).map(|link| link.href.clone());
    let forget = forget.collect::<Vec<_>>();
    assert_eq!(forget.len(), 2);
    let mut of_phone = None;
    for href in &forget {
        let page = browser.open(href).await.page();
        page.assert_contract();
        if page.text.contains("iPhone") {
            of_phone = Some(page);
        }
    }
    assert!(!is_asked(&server, &phone, &party, &resident).await, "asking forgets nothing");
    // Another account's device is none of theirs.
    let stranger = server.resident();
    let mut theirs = server.browser();
    open(&server, &mut theirs, "/account/security", &stranger, Factor::Totp).await;
    assert_eq!(theirs.open(&forget[0]).await.page().path(), "/account/security");
    let page = browser.press(&of_phone.expect("the phone"), "continue", &[]).await.page();
    assert!(page.text.contains("We will ask for a second step on that device"), "{}", page.text);
    assert!(!page.text.contains("iPhone"), "{}", page.text);
    assert!(is_asked(&server, &phone, &party, &resident).await);
    assert!(!is_asked(&server, &desk, &party, &resident).await);
    let page = browser.open("/account/security/devices/forget").await.page();
    let page = browser.press(&page, "continue", &[]).await.page();
    assert!(page.text.contains("We will ask for a second step on every device"), "{}", page.text);
    assert!(page.links.iter().all(|link| !link.href.contains("forget")), "{}", page.text);
    assert!(is_asked(&server, &desk, &party, &resident).await);
}

#[tokio::test]
async fn check_134_scr_r38_a_passkey_alone_opens_the_account_pages_and_confirms_who_it_is() {
    let server = Server::start(Options::default()).await;
    let (resident, mut device) = with_passkey(&server).await;
    let mut browser = server.browser();
    let first = browser.open("/account").await.page();
    let conditional = options_of(&first, "conditional").expect("the address field offers it");
    let signed = device.sign(&conditional);
    let page = post(&mut browser, &first, &signed).await.page();
    assert_eq!(page.path(), "/account", "{}", page.text);
    assert!(page.text.contains(&resident.email), "{}", page.text);
    // It is both factors, for a change too, and has to be fresh.
    assert_eq!(browser.open("/account/password").await.page().path(), "/account/password");
    server.advance(301).await;
    let confirm = browser.open("/account/password").await.page();
    assert_eq!(confirm.path(), "/sign-in/confirm");
    let page = browser.open(href_of(&confirm, "/sign-in/passkey?")).await.page();
    let page = answer(&mut browser, &page, &mut device).await.page();
    assert_eq!(page.path(), "/account/password", "{}", page.text);
}

#[tokio::test]
async fn sec_r18_of_two_factors_removed_at_the_same_time_one_stays_where_a_client_asks_for_one() {
    let server = Server::start(Options::default()).await;
    let rule = r#"{"factors":["totp","passkey"]}"#;
    server.cli(&["client", "policy", "--id", "app-only", "--set", rule]);
    for round in 0..4 {
        let (resident, mut device) = (server.resident(), Authenticator::new(&server.issuer));
        let mut browser = server.browser();
        sign_in(&server, &mut browser, &server.client("app-only"), &resident, Factor::Totp).await;
        let page = open(&server, &mut browser, ADD, &resident, Factor::Totp).await;
        let listed = add(&mut browser, &page, &mut device, "").await;
        assert!(listed.text.contains("Passkey 1"), "{}", listed.text);
        let key = browser.open(href_of(&listed, "/remove?passkey=")).await.page();
        let app = eventually("each may go while the other is there", async || {
            let page = browser.clone().open("/account/security/remove?factor=totp").await.page();
            page.has_button("continue").then_some(page)
        })
        .await;
        let mut second = browser.clone();
        let (one, two) = tokio::join!(browser.press(&app, "continue", &[]), second.press(&key, "continue", &[]));
        let pages = [one.page(), two.page()];
        let removed = pages.iter().filter(|page| page.text.contains("You have removed ")).count();
        let refused = pages.iter().filter(|page| page.text.contains("You cannot remove this")).count();
        assert_eq!((removed, refused), (1, 1), "round {round}");
        let shown = server.cli(&["user", "show", "--email", &resident.email]);
        let left = u64::from(shown["authenticator"] == true) + shown["passkeys"].as_u64().expect("a number");
        assert_eq!(left, 1, "round {round}: {shown}");
        server.advance(31).await;
    }
}

#[tokio::test]
async fn sec_r18_every_change_of_r42_takes_a_fresh_proof_and_half_a_sign_in_opens_none_of_it() {
    let server = Server::start(Options::default()).await;
    let (resident, mut device) = with_passkey(&server).await;
    let mut browser = server.browser();
    let page = open_with(&server, &mut browser, "/account/security", &resident, &mut device).await;
    let name = href_of(&page, "/passkey/name?").to_owned();
    let remove = name.replace("/passkey/name?", "/remove?");
    let form = browser.open("/account/security/devices/forget").await.page();
    let token = form.forms[0].field("csrf").expect("a token").value.clone();
    server.advance(301).await;
    let mut half = server.browser();
    sign_in(&server, &mut half, &server.client("one-factor"), &resident, Factor::Email).await;
    for path in [ADD, CODES, &name, &remove] {
        assert_eq!(browser.open(path).await.page().path(), "/sign-in/confirm", "{path}");
        let fields = [("csrf", token.as_str()), ("name", "x"), ("saved", "yes")];
        let request = Request::post(&server.url(path), &fields).header("sec-fetch-site", "same-origin");
        assert_eq!(browser.go(request).await.page().path(), "/sign-in/confirm", "{path}");
        let page = half.open(path).await.page();
        assert!(!page.path().starts_with("/account"), "{path}: {}", page.url());
    }
    for path in ["/account/security", "/account/security/devices/forget", "/account/security/backup-codes/new?codes=x"]
    {
        let page = half.open(path).await.page();
        assert!(!page.path().starts_with("/account"), "{path}: {}", page.url());
    }
    let shown = server.cli(&["user", "show", "--email", &resident.email]);
    assert_eq!((&shown["passkeys"], &shown["backup_codes_left"]), (&1.into(), &0.into()));
}

#[tokio::test]
async fn sec_r17_case_wa2_a_suspected_copy_of_a_passkey_is_told_to_its_owner_once_a_day() {
    let server = Server::start(Options::default()).await;
    let resident = server.resident_with_email();
    let mut device = Authenticator { count: Some(5), ..Authenticator::new(&server.issuer) };
    enrol(&server, &mut server.browser(), &resident, &mut device).await;
    let (only, alone) = (server.client("passkey-only"), server.client("passkey"));
    let notices = async || {
        let messages = inbox::messages(&server.nodes(), &resident.email).await;
        messages.iter().filter(|message| message.body.contains("may be a copy")).count()
    };
    device.count = Some(3);
    let (mut browser, _, page) = at_second(&server, &only, &resident).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "a copy, as the second factor");
    eventually("the notice", async || (notices().await == 1).then_some(())).await;
    let audit = server.cli(&["user", "show", "--email", &resident.email]);
    assert_eq!(audit["passkeys"], 1, "it is its owner's to remove");
    device.count = Some(2);
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "a copy, alone");
    // R42 says which it is.
    device.count = Some(20);
    let mut browser = server.browser();
    let page = open_with(&server, &mut browser, "/account/security", &resident, &mut device).await;
    assert!(page.text.contains("There may be a copy"), "{}", page.text);
    assert_eq!(notices().await, 1, "once a day");
    server.advance(25 * 3600).await;
    device.count = Some(1);
    let (mut browser, _, page) = at_alone(&server, &alone).await;
    assert_failed(answer(&mut browser, &page, &mut device).await, "a day later");
    eventually("another notice", async || (notices().await == 2).then_some(())).await;
}

#[tokio::test]
async fn case_wa2_a_passkey_of_somebody_else_never_stands_in_for_whoever_is_here() {
    let server = Server::start(Options::default()).await;
    let (resident, mut own) = with_passkey(&server).await;
    let (_, mut theirs) = with_passkey(&server).await;
    let (party, only) = (server.client("passkey"), server.client("passkey-only"));
    // Nobody is named yet: it signs in whoever it is of.
    let (mut browser, request, page) = at_alone(&server, &party).await;
    let callback = answer(&mut browser, &page, &mut theirs).await.callback();
    let of_other = party.finish(&request, &callback).await.sub().to_owned();
    // After a password it is no second factor of that account.
    let (mut browser, _, page) = at_second(&server, &only, &resident).await;
    assert_failed(answer(&mut browser, &page, &mut theirs).await, "a second factor of somebody else");
    // Whoever confirms that it is still them is who they were; “someone else” begins anew.
    let (mut browser, request, page) = at_alone(&server, &party).await;
    let callback = answer(&mut browser, &page, &mut own).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_ne!(tokens.sub(), of_other);
    let again = party.authorize().with("prompt", "login");
    let confirm = browser.open(&again.url()).await.page();
    let page = browser.open(href_of(&confirm, "/sign-in/passkey?")).await.page();
    assert_failed(answer(&mut browser, &page, &mut theirs).await, "confirming as somebody else");
    assert_eq!(browser.open("/account").await.page().path(), "/account", "still signed in as before");
    let first = browser.open(href_of(&confirm, "/sign-in?")).await.page();
    let signed = theirs.sign(&options_of(&first, "conditional").expect("an offer"));
    let callback = post(&mut browser, &first, &signed).await.callback();
    assert_eq!(party.finish(&again, &callback).await.sub(), of_other);
    // The client names somebody, by a hint or by a token.
    let hinted = party.authorize().with("login_hint", &resident.email);
    let named = party.authorize().with("id_token_hint", &tokens.id_token);
    for (request, what) in [(hinted, "login_hint"), (named, "id_token_hint")] {
        let mut browser = server.browser();
        let first = browser.open(&request.url()).await.page();
        let page = browser.open(&first.url().as_str().replace("/sign-in?", "/sign-in/passkey?")).await.page();
        assert_failed(answer(&mut browser, &page, &mut theirs).await, what);
        let page = browser.open(page.url().as_str()).await.page();
        let callback = answer(&mut browser, &page, &mut own).await.callback();
        assert_eq!(party.finish(&request, &callback).await.sub(), tokens.sub(), "{what}");
    }
}
