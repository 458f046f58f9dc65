//! What is around a page: whose it is, how it looks, and where it leads.

use crate::support::html::Page;
use crate::support::{Factor, Options, Request, Server, sign_in};

fn leads_to(page: &Page, href: &str) -> bool {
    page.links.iter().any(|link| link.href == href)
}

#[tokio::test]
async fn scr_r48_a_wrong_request_of_a_known_client_leads_to_its_own_page_and_no_other() {
    let server = Server::shared().await;
    let mut browser = server.browser();
    let request = server.client("with-home").authorize().with("redirect_uri", "https://evil.example/");
    let page = browser.open(&request.url()).await.page();
    page.assert_contract();
    assert_eq!(page.status(), 400);
    assert!(leads_to(&page, "http://localhost:9/home"), "{:?}", page.links);
    assert!(page.text.contains("Go back to with-home"), "{}", page.text);
    let away = page.links.iter().filter(|link| !link.href.starts_with(['/', '#']));
    assert_eq!(away.count(), 1, "{:?}", page.links);
    // Without an address of its own, or of nobody, there is no way that we know.
    for request in
        [server.portal().authorize().with("redirect_uri", "https://evil.example/"), request.with("client_id", "nobody")]
    {
        let page = browser.open(&request.url()).await.page();
        assert_eq!(page.status(), 400);
        assert!(page.links.iter().all(|link| !link.href.starts_with("http")), "{:?}", page.links);
    }
}

#[tokio::test]
async fn scr_r38_whoever_is_signed_in_finds_their_account_at_the_foot_of_the_page() {
    let server = Server::shared().await;
    let mut browser = server.browser();
    for path in ["/help", "/cookies"] {
        assert!(!leads_to(&browser.open(path).await.page(), "/account"), "{path}: nobody is signed in");
    }
    sign_in(server, &mut browser, &server.portal(), &server.resident_with_email(), Factor::Email).await;
    for path in ["/help", "/privacy", "/still-signed-in"] {
        let page = browser.open(path).await.page();
        page.assert_contract();
        assert!(leads_to(&page, "/account") && page.text.contains("Your account"), "{path}: {}", page.text);
    }
    // Nothing leads away from a sign-in.
    let page = browser.open(&server.portal().authorize().with("prompt", "login").url()).await.page();
    assert!(!leads_to(&page, "/account"), "{}", page.url());
}

#[tokio::test]
async fn scr_r47_scr_r51_pages_about_a_sign_in_have_the_look_of_its_client() {
    let themes = tempfile::TempDir::new().expect("a folder");
    let own = themes.path().join("anytown");
    std::fs::create_dir(&own).expect("a folder");
    std::fs::write(own.join("theme.css"), ":root { --idp-brand: #7a1f5c; }").expect("a file");
    let folder = themes.path().display().to_string();
    let env = vec![("IDP_BRAND__THEMES_DIR".to_owned(), folder)];
    let server = Server::start(Options { env, ..Options::default() }).await;
    server.cli(&["client", "policy", "--id", "with-home", "--set", r#"{"theme":"anytown"}"#]);
    let (party, mut browser) = (server.client("with-home"), server.browser());
    let has_look = |html: &str| html.contains("/theme.css\"");
    let page = crate::support::eventually("the theme is in force", async || {
        let page = browser.clone().open(&party.authorize().url()).await.page();
        has_look(&page.response.text()).then_some(page)
    })
    .await;
    // Another browser has the address only.
    let elsewhere = server.browser().open(page.url().as_str()).await.page();
    assert!(elsewhere.status() >= 400 && has_look(&elsewhere.response.text()), "{}", elsewhere.text);
    browser.open(&party.authorize().url()).await.page();
    let page = browser.open(&party.authorize().url()).await.page();
    server.advance(31 * 60).await;
    let expired = browser.open(page.url().as_str()).await.page();
    assert_eq!(expired.status(), 410);
    assert!(has_look(&expired.response.text()) && expired.text.contains("with-home"), "{}", expired.text);
    // The page that posts the answer, and the one about a wrong request.
    let silent = party.authorize().with("prompt", "none").with("response_mode", "form_post");
    let posted = browser.fetch(Request::get(&silent.url())).await;
    assert!(posted.text().contains("name=\"error\"") && has_look(&posted.text()), "{}", posted.text());
    let unknown = party.authorize().with("response_type", "nothing").with("response_mode", "form_post");
    let posted = browser.fetch(Request::get(&unknown.url())).await;
    assert!(posted.text().contains("name=\"error\"") && has_look(&posted.text()), "{}", posted.text());
    let wrong = browser.open(&party.authorize().with("redirect_uri", "https://evil.example/").url()).await.page();
    assert!(wrong.status() == 400 && has_look(&wrong.response.text()), "{}", wrong.text);
}
