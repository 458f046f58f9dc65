//! Devices: one that somebody signed in with before keeps its own budget, and one that many people use remembers nobody.

use crate::recovery::{codes, follow};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, open_until};
use crate::support::seed::PASSWORD;
use crate::support::{Browser, Factor, Options, Resident, Server, Stop, sign_in};

/// A browser in front of the password page.
async fn at_password(server: &Server, browser: &mut Browser, resident: &Resident) -> Page {
    let request = server.portal().authorize().with("prompt", "login");
    let stop = browser.open(&request.url()).await;
    let codes = server.into();
    crate::support::journey::until(browser, stop, Ask::Password, resident, Factor::Email, &codes).await.page()
}

fn has_device(browser: &Browser) -> bool {
    browser.jar.all().iter().any(|cookie| cookie.name.contains("known-device"))
}

#[tokio::test]
async fn sec_r6_case_pw7_an_attacker_does_not_lock_the_owner_out_of_a_device_they_know() {
    let network = "[limits]\ntrusted_networks = [\"127.0.0.0/8\", \"::1/128\"]\ntrusted_network_factor = 1000\n";
    let server = Server::start(Options { config: network.to_owned(), ..Options::default() }).await;
    let (resident, party) = (server.resident_with_email(), server.portal());
    let mut known = server.browser();
    sign_in(&server, &mut known, &party, &resident, Factor::Email).await;
    assert!(has_device(&known));
    let cookie = known.jar.all().iter().find(|cookie| cookie.name.contains("known-device")).expect("a cookie");
    assert!(!cookie.value.contains(&resident.email), "sealed");
    // A thousand guesses over days, up to the hard stop.
    let mut attacker = server.browser();
    let mut page = at_password(&server, &mut attacker, &resident).await;
    let before = server.metrics().await.sum("argon2_verifications_total");
    for n in 0..110 {
        server.advance(3_601).await;
        page = at_password(&server, &mut attacker, &resident).await;
        let form = page.form_with("password").expect("a form");
        let guesses = (0..9).map(|m| {
            let guess = format!("guess {n} {m}");
            let request = Browser::form_request(&page, form, &[("password", &guess)], None);
            let mut browser = attacker.clone();
            async move { browser.fetch(request).await.status.as_u16() }
        });
        let statuses = futures::future::join_all(guesses).await;
        if statuses.iter().all(|status| *status == 429) {
            break;
        }
    }
    let evaluated = server.metrics().await.sum("argon2_verifications_total") - before;
    assert!((90.0..=100.0).contains(&evaluated), "a hundred in a row and no more: {evaluated}");
    let stopped = attacker.submit(&page, &[("password", PASSWORD)]).await.page();
    assert_eq!(stopped.status(), 429, "the account is locked for strangers");
    // The owner's device signs in.
    let page = at_password(&server, &mut known, &resident).await;
    let stop = known.submit(&page, &[("password", PASSWORD)]).await;
    assert!(matches!(&stop, Stop::Page(page) if asks(page) == Ask::Code), "{stop:?}");
    // That opened nothing for anybody else; but a new password does, from any device.
    let mut new = server.browser();
    let page = at_password(&server, &mut new, &resident).await;
    let locked = new.submit(&page, &[("password", PASSWORD)]).await.page();
    assert_eq!((locked.status(), locked.headings[0].as_str()), (429, "You have tried too many times"));
    let sent = codes(&server, &resident.email, 1).await.len();
    let page = follow(&mut new, &locked, "/forgot?").await;
    let page = new.submit(&page, &[("email", &resident.email)]).await.page();
    let code = codes(&server, &resident.email, sent + 1).await.remove(0);
    let page = new.submit(&page, &[("code", &code)]).await.page();
    new.submit(&page, &[("password", "mauve tractor 9 lamp")]).await;
    let resident = Resident { password: "mauve tractor 9 lamp".to_owned(), ..resident };
    sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
}

#[tokio::test]
async fn sec_r6_a_known_device_has_a_budget_and_another_persons_device_is_none() {
    let server = Server::start(Options::default()).await;
    let (party, resident, other) = (server.portal(), server.resident_with_email(), server.resident_with_email());
    let mut known = server.browser();
    sign_in(&server, &mut known, &party, &resident, Factor::Email).await;
    let guess = async |browser: &mut Browser, resident: &Resident| {
        let page = at_password(&server, browser, resident).await;
        browser.submit(&page, &[("password", "not the password")]).await.page().status()
    };
    let mut last = 0;
    for _ in 0..12 {
        last = guess(&mut known, &resident).await;
    }
    assert_eq!(last, 429, "guesses from a known device are counted too");
    // They were none of everybody's: the account is open from elsewhere.
    sign_in(&server, &mut server.browser(), &party, &resident, Factor::Email).await;
    // The device knows one person only.
    let mut foreign = server.browser();
    let device = known.jar.all().iter().filter(|cookie| cookie.name.contains("known-device")).cloned();
    foreign.jar.plant(&device.collect::<Vec<_>>());
    for _ in 0..12 {
        last = guess(&mut foreign, &other).await;
    }
    assert_eq!(last, 429);
    let mut stranger = server.browser();
    let page = at_password(&server, &mut stranger, &other).await;
    assert_eq!(
        stranger.submit(&page, &[("password", PASSWORD)]).await.page().status(),
        429,
        "one budget for strangers"
    );
}

#[tokio::test]
async fn req_12_wrong_passwords_do_not_lock_codes_and_wrong_codes_do_not_lock_passwords() {
    let server = Server::start(Options::default()).await;
    let (party, resident) = (server.portal(), server.resident_with_email());
    let (mut owner, request) = (server.browser(), party.authorize());
    let code_page = open_until(&server, &mut owner, &request, Ask::Code, &resident, Factor::Email).await;
    let mut attacker = server.browser();
    let mut status = 0;
    for _ in 0..12 {
        let page = at_password(&server, &mut attacker, &resident).await;
        status = attacker.submit(&page, &[("password", "not the password")]).await.page().status();
    }
    assert_eq!(status, 429, "passwords are locked");
    let code = server.inbox_code(&resident.email).await;
    owner.submit(&code_page, &[("code", &code)]).await.callback().code();
    // And the other way about: ten wrong codes lock the factor, and the password is evaluated all the same.
    let other = server.resident();
    let mut browser = server.browser();
    'lock: for _ in 0..4 {
        let mut page = open_until(&server, &mut browser, &party.authorize(), Ask::Code, &other, Factor::Totp).await;
        for n in 0..4_u32 {
            let wrong = format!("{:06}", (server.totp(&other).parse::<u32>().expect("digits") + 7 + n) % 1_000_000);
            page = browser.submit(&page, &[("code", &wrong)]).await.page();
            if page.status() == 429 {
                break 'lock;
            }
        }
    }
    let mut browser = server.browser();
    let page = at_password(&server, &mut browser, &other).await;
    let stop = browser.submit(&page, &[("password", PASSWORD)]).await.page();
    assert_ne!(stop.headings[0], "You have tried too many times", "{}", stop.text);
}

#[tokio::test]
async fn req_week_one_6_a_shared_device_remembers_nobody_and_forgets_after_five_minutes() {
    let server = Server::start(Options::default()).await;
    let (party, resident) = (server.client("shared-device"), server.resident_with_email());
    let mut kiosk = server.browser();
    sign_in(&server, &mut kiosk, &party, &resident, Factor::Email).await;
    assert!(!has_device(&kiosk), "{:?}", kiosk.jar.all());
    let page = kiosk
        .open(&party.authorize().with("prompt", "select_account").with("login_hint", &resident.email).url())
        .await
        .page();
    assert_eq!((page.path(), asks(&page)), ("/sign-in", Ask::Email), "no list of accounts: {}", page.text);
    assert!(!page.response.text().contains(&resident.email), "no address of whoever was here: {}", page.text);
    // Used within five minutes it stays; after five without it is over.
    server.advance(290).await;
    kiosk.open(&party.authorize().with("prompt", "none").url()).await.callback().code();
    server.advance(290).await;
    kiosk.open(&party.authorize().with("prompt", "none").url()).await.callback().code();
    server.advance(301).await;
    kiosk.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    let page = kiosk.open(&party.authorize().url()).await.page();
    assert_eq!(page.path(), "/sign-in");
    assert!(!page.response.text().contains(&resident.email), "{}", page.text);
    // Signing out reminds of other providers.
    let tokens = sign_in(&server, &mut kiosk, &party, &resident, Factor::Email).await;
    let page = kiosk.open(&party.logout_url(&[("id_token_hint", &tokens.id_token)])).await.page();
    assert!(page.text.contains("Google"), "{}", page.text);
}

#[tokio::test]
async fn req_week_one_6_networks_can_be_listed_as_shared() {
    let config = "[sessions]\nshared_networks = [\"127.0.0.0/8\", \"::1/128\"]\n";
    let server = Server::start(Options { config: config.to_owned(), ..Options::default() }).await;
    let (party, resident) = (server.portal(), server.resident_with_email());
    let mut kiosk = server.browser();
    sign_in(&server, &mut kiosk, &party, &resident, Factor::Email).await;
    assert!(!has_device(&kiosk));
    server.advance(301).await;
    kiosk.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    let page = kiosk.open("/signed-out").await.page();
    assert!(page.text.contains("Google"), "{}", page.text);
    let cookies = kiosk.open("/cookies").await.page();
    assert!(cookies.text.contains("known-device") && cookies.text.contains("400 days"), "{}", cookies.text);
}
