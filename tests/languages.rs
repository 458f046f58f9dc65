//! Which languages an installation offers (`brand.languages`): one of them alone, or the other one first.

use crate::account::told;
use crate::support::journey::{Ask, open_until, step};
use crate::support::{Agent, Browser, Factor, Options, Server, Stop, inbox};

fn offering(languages: &str) -> Options {
    Options { config: format!("[brand]\nlanguages = {languages}\n"), ..Options::default() }
}

async fn supported(server: &Server) -> serde_json::Value {
    let found = Agent::new().get(&server.url("/.well-known/openid-configuration")).await.expect(200).json();
    found["ui_locales_supported"].clone()
}

fn welsh(server: &Server) -> Browser {
    Browser { language: "cy, en;q=0.1".to_owned(), ..server.browser() }
}

/// The languages that the page's links lead to.
fn links(page: &crate::support::html::Page) -> Vec<String> {
    let language = |href: &str| href.rsplit_once("lang=").map(|(_, language)| language.to_owned());
    page.links.iter().filter_map(|link| language(&link.href)).collect()
}

#[tokio::test]
async fn check_10_with_one_language_no_page_is_or_offers_another() {
    let server = Server::start(offering(r#"["en"]"#)).await;
    assert_eq!(supported(&server).await, serde_json::json!(["en-GB"]));
    let (party, resident, mut browser) = (server.portal(), server.resident_with_email(), welsh(&server));
    let request = party.authorize().with("ui_locales", "cy en");
    let mut stop = browser.open(&request.url()).await;
    while let Stop::Page(page) = stop {
        assert_eq!((page.language.as_str(), links(&page)), ("en", Vec::new()), "{}", page.url());
        page.assert_contract();
        let same = browser.open(&format!("{}&lang=cy", page.url())).await.page();
        assert_eq!(same.language, "en", "asked for by hand: {}", page.url());
        stop = step(&mut browser, &page, &resident, Factor::Email, &(&server).into()).await;
    }
    party.finish(&request, &stop.callback()).await;
    assert!(browser.jar.all().iter().all(|cookie| !cookie.name.contains("lang")), "nothing to remember");
    let cookies = browser.open(&server.url("/cookies?lang=cy")).await.page();
    assert_eq!(cookies.language, "en");
    assert!(!cookies.text.contains("-lang"), "a cookie that is never set is not listed: {}", cookies.text);
    // What the edge answers by itself, too.
    assert_eq!(welsh(&server).open(&server.url("/nothing-here")).await.page().language, "en");
}

#[tokio::test]
async fn check_10_the_language_named_first_is_the_default_and_the_other_is_a_link_away() {
    let server = Server::start(offering(r#"["cy", "en"]"#)).await;
    assert_eq!(supported(&server).await, serde_json::json!(["cy", "en-GB"]));
    let mut browser = Browser { language: "fr".to_owned(), ..server.browser() };
    let page = browser.open(&server.portal().authorize().url()).await.page();
    assert_eq!((page.language.as_str(), links(&page)), ("cy", vec!["en".to_owned()]));
    let english = browser.open(&format!("{}&lang=en", page.url())).await.page();
    assert_eq!((english.language.as_str(), links(&english)), ("en", vec!["cy".to_owned()]));
    let help = browser.open(&server.url("/help")).await.page();
    assert_eq!(help.language, "en", "the choice is remembered");
}

#[tokio::test]
async fn check_10_welsh_pages_and_messages_call_the_council_and_the_service_by_their_welsh_names() {
    let names = "[brand]\ncouncil = \"Anytown Council\"\ncouncil_cy = \"Cyngor Trefwlad\"\nservice = \"My Anytown\"\n\
                 service_cy = \"Fy Nhrefwlad\"\n";
    let server = Server::start(Options { config: names.to_owned(), ..Options::default() }).await;
    let (party, resident) = (server.portal(), server.resident_with_email());
    for (language, own, other) in [
        ("en", ["Anytown Council", "My Anytown"], ["Trefwlad", "Nhrefwlad"]),
        ("cy", ["Cyngor Trefwlad", "Fy Nhrefwlad"], ["Anytown", "Anytown"]),
    ] {
        let mut browser = Browser { language: language.to_owned(), ..server.browser() };
        // Pages of no application, with their titles, and what the edge answers by itself.
        for path in ["/help", "/nothing-here", "/account"] {
            let page = browser.open(&server.url(path)).await.page();
            assert!(page.title.ends_with(&format!(" - {} - {}", own[1], own[0])), "{path}: {}", page.title);
            for word in other {
                assert!(!page.response.text().contains(word), "{word} at {path}: {}", page.text);
            }
        }
        // An application's page names the council as well.
        let page = browser.open(&party.authorize().url()).await.page();
        assert!(page.title.ends_with(&format!(" - {}", own[0])) && !page.title.contains(own[1]), "{}", page.title);
        assert!(page.text.contains(own[0]) && !page.text.contains(other[0]), "{}", page.text);
        // So does what is sent.
        let mut browser = Browser { language: language.to_owned(), ..server.browser() };
        open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Email).await;
        server.inbox_code(&resident.email).await;
        let mail = inbox::messages(&server.nodes(), &resident.email).await.remove(0);
        assert!(mail.body.contains(own[0]) && !mail.body.contains(other[0]), "{}", mail.body);
        server.advance(3600).await;
    }
    // A notice in Welsh, to somebody who chose it, has no name that would have to mutate.
    let email = "cymraes@example.test";
    server.cli(&["user", "add", "--email", email, "--password", &resident.password, "--locale", "cy"]);
    server.cli(&["user", "reset-mfa", "--email", email, "--reason", "Came to the counter"]);
    let notice = told(&server, email, "eich cyfrif Cyngor Trefwlad").await;
    assert!(notice.body.contains("cysylltwch â ni nawr"), "{}", notice.body);
}
