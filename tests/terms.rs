//! R53: the council's terms, which residents agree to once for every version.

use crate::recovery::{codes, follow};
use crate::support::html::Page;
use crate::support::journey::{Ask, open_until};
use crate::support::{Factor, Options, Server, sign_in};

const OF_MAY: &str = "[terms]\nversion = \"2026-05\"\nurl = \"https://council.example/terms\"\n\
    url_cy = \"https://council.example/telerau\"\nchanges = [\"We keep messages for 12 months.\"]\n";

async fn with_terms() -> Server {
    Server::start(Options { config: OF_MAY.to_owned(), ..Options::default() }).await
}

fn links(page: &Page, to: &str) -> bool {
    page.links.iter().any(|link| link.href == to)
}

#[tokio::test]
async fn scr_r53_whoever_never_agreed_is_asked_once_and_again_for_the_next_version() {
    let mut server = with_terms().await;
    let (resident, party, mut browser) = (server.resident_with_email(), server.portal(), server.browser());
    let request = party.authorize();
    let page = open_until(&server, &mut browser, &request, Ask::Continue, &resident, Factor::Email).await;
    page.assert_contract();
    assert_eq!((page.headings[0].as_str(), page.path()), ("Agree to our terms", "/terms"));
    assert!(links(&page, "https://council.example/terms") && !page.text.contains("12 months"), "{}", page.text);
    let welsh = browser.open(&format!("{}&lang=cy", page.url())).await.page();
    welsh.assert_contract();
    assert!(links(&welsh, "https://council.example/telerau"), "{}", welsh.text);
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    let page = browser.open(&format!("{}&lang=en", page.url())).await.page();
    let callback = browser.press(&page, "continue", &[]).await.callback();
    assert_eq!(party.finish(&request, &callback).await.acr(), "2fa");
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().code();

    server.set_env("IDP_TERMS__VERSION", "2026-11");
    server.restart().await;
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("interaction_required");
    let request = party.authorize();
    let page = browser.open(&request.url()).await.page();
    assert_eq!((page.headings[0].as_str(), page.path()), ("We have updated our terms", "/terms"));
    assert!(page.text.contains("What has changed") && page.text.contains("12 months"), "{}", page.text);
    // Nobody skips it by the address of another page.
    let query = page.url().query().unwrap_or_default().to_owned();
    for path in ["/consent", "/sign-in", "/mfa/method"] {
        let there = browser.open(&format!("{path}?{query}")).await.page();
        assert_eq!(there.path(), "/terms", "{path}");
    }
    // A page from before shows something else than what is agreed to.
    let old = browser.press(&page, "continue", &[("version", "2026-05")]).await.page();
    assert_eq!(old.path(), "/terms");
    let callback = browser.press(&old, "continue", &[]).await.callback();
    party.finish(&request, &callback).await;
}

#[tokio::test]
async fn scr_r53_whoever_does_not_agree_is_signed_out_and_may_still_close_the_account() {
    let mut server = Server::start(Options::default()).await;
    let (resident, party, mut browser) = (server.resident_with_email(), server.portal(), server.browser());
    sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    for (name, value) in [("IDP_TERMS__VERSION", "1"), ("IDP_TERMS__URL", "https://council.example/terms")] {
        server.set_env(name, value);
    }
    server.restart().await;
    let own = browser.open("/account").await.page();
    assert_eq!(own.path(), "/account", "their own pages ask for nothing: {}", own.text);
    let page = browser.open(&party.authorize().url()).await.page();
    assert_eq!(page.path(), "/terms");
    browser.press(&page, "cancel", &[]).await.callback().error("access_denied");
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    let own = browser.open("/account").await.page();
    assert_ne!(own.path(), "/account", "signed out: {}", own.text);
}

#[tokio::test]
async fn scr_r53_scr_r30_whoever_makes_an_account_agrees_by_that_and_guests_and_staff_are_not_asked() {
    let server = with_terms().await;
    let (party, mut browser) = (server.portal(), server.browser());
    let request = party.authorize();
    let page = browser.open(&request.url()).await.page();
    let page = follow(&mut browser, &page, "/create?").await;
    assert!(page.text.contains("By creating an account you agree to our terms"), "{}", page.text);
    assert!(links(&page, "https://council.example/terms"));
    let page = browser.submit(&page, &[("email", "agrees@example.test")]).await.page();
    let code = codes(&server, "agrees@example.test", 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    let page = browser.submit(&page, &[("password", "mauve tractor 9 lamp")]).await.page();
    let page = browser.submit(&page, &[("given_name", "Ann"), ("family_name", "Agrees")]).await.page();
    let callback = browser.press(&page, "continue", &[]).await.callback();
    party.finish(&request, &callback).await;

    let (council, mut guest) = (server.client("council"), server.browser());
    let request = council.authorize();
    let page = guest.open(&request.url()).await.page();
    let page = follow(&mut guest, &page, "/guest?").await;
    let callback = guest.press(&page, "continue", &[]).await.callback();
    assert_eq!(council.finish(&request, &callback).await.acr(), "guest");
}
