//! Short links: the way from a letter to a form, and what the ledger says of it.

use serde_json::{Value, json};

use crate::outbox::{charges, with_phone};
use crate::phones;
use crate::recovery::follow;
use crate::support::html::Page;
use crate::support::journey::{Ask, asks};
use crate::support::server::cli_output;
use crate::support::{
    Authorization, Browser, Factor, Options, RelyingParty, Request, Resident, Server, eventually, sign_in,
};

const TARGET: &str = "http://localhost:9/report?day=1";

/// A server with the link `slug` to `client`.
async fn with_link(slug: &str, client: &str) -> Server {
    let server = Server::start(Options::default()).await;
    server.cli(&["link", "add", "--slug", slug, "--client", client, "--target", TARGET]);
    server
}

/// Follows a link to the relying party, which starts the sign-in for its form.
async fn by_link(browser: &mut Browser, address: &str, party: &RelyingParty) -> Authorization {
    let callback = browser.open(address).await.callback();
    assert_eq!(callback.response.status, 303);
    assert_eq!((callback.url.path(), callback.get("target_link_uri")), ("/initiate", Some(TARGET)));
    assert_eq!(callback.get("iss"), Some(browser.issuer.as_str().trim_end_matches('/')));
    let carried = callback.get("target_link_uri").expect("a target").to_owned();
    party.authorize().with("state", &carried)
}

async fn past_password(browser: &mut Browser, request: &Authorization, resident: &Resident) -> Page {
    let page = browser.open(&request.url()).await.page();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    browser.submit(&page, &[("password", &resident.password)]).await.page()
}

/// How whoever caused each row of the ledger came, and what the row is for, oldest first.
async fn entries(server: &Server, count: usize) -> Vec<(String, String)> {
    let rows =
        eventually("the ledger has them", async || Some(charges(server)).filter(|rows| rows.len() >= count)).await;
    let text = |row: &Value, key: &str| row[key].as_str().expect(key).to_owned();
    let mut rows: Vec<_> = rows.iter().map(|row| (text(row, "at"), text(row, "entry"), text(row, "purpose"))).collect();
    rows.sort();
    assert_eq!(rows.len(), count, "{rows:?}");
    rows.into_iter().map(|(_, entry, purpose)| (entry, purpose)).collect()
}

fn pair(entry: &str, purpose: &str) -> (String, String) {
    (entry.to_owned(), purpose.to_owned())
}

fn has_entry_cookie(browser: &Browser) -> bool {
    browser.jar.all().iter().any(|cookie| cookie.name.starts_with("__Host-idp-entry"))
}

#[tokio::test]
async fn req_s0_2_req_s0_9_a_form_is_reached_from_a_letter_by_text_and_the_ledger_says_so() {
    let server = with_link("bins", "forms").await;
    let resident = with_phone(&server, "letter@example.test", "+447700900801");
    let (party, mut browser) = (server.client("forms"), server.browser());
    let request = by_link(&mut browser, "/go/bins", &party).await;
    assert!(has_entry_cookie(&browser));
    let page = past_password(&mut browser, &request, &resident).await;
    assert!(!has_entry_cookie(&browser), "it counts for one sign-in");
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let code = server.inbox_code(&resident.phone).await;
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    assert_eq!(callback.get("state"), Some(TARGET), "the deep link is still there");
    party.finish(&request, &callback).await;
    assert_eq!(entries(&server, 1).await, [pair("go:bins", "code")]);
    let row = charges(&server).remove(0);
    assert_eq!((row["client_id"].as_str(), row["amount"].as_str()), (Some("forms"), Some("0.09")), "{row}");

    // The same person in the same browser, at the portal's own address.
    let request = party.authorize().with("prompt", "login");
    let page = browser.open(&request.url()).await.page();
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    browser.submit(&page, &[("method", "sms")]).await.page();
    assert_eq!(entries(&server, 2).await, [pair("go:bins", "code"), pair("direct", "code")]);
}

#[tokio::test]
async fn req_s0_2_the_way_from_a_letter_survives_an_enrolment() {
    let server = with_link("bookings", "forms-by-text").await;
    let (party, resident, mut browser) =
        (server.client("forms-by-text"), server.resident_with_email(), server.browser());
    let callback = browser.open("/go/bookings").await.callback();
    assert_eq!(callback.get("form"), Some("text"), "what the client registered is kept: {:?}", callback.params);
    let request = by_link(&mut browser, "/go/bookings", &party).await;
    let page = past_password(&mut browser, &request, &resident).await;
    let page = browser.submit(&page, &[("phone", "07700 900802"), ("method", "sms")]).await.page();
    let code = server.inbox_code("+447700900802").await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(asks(&page), Ask::Email, "{}", page.text);
    // The code that proves the number, and the message to the address that there is one now.
    let set_up = entries(&server, 2).await;
    assert!(set_up.iter().all(|(entry, _)| entry == "go:bookings"), "{set_up:?}");
    server.advance(61).await;
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    assert_eq!(asks(&page), Ask::Code, "{}", page.text);
    let code = phones::sent(&server, "+447700900802").await.remove(0).code;
    let callback = browser.submit(&page, &[("code", &code)]).await.callback();
    assert_eq!(callback.get("state"), Some(TARGET));
    party.finish(&request, &callback).await;
    let all = entries(&server, 3).await;
    assert!(all.iter().all(|(entry, _)| entry == "go:bookings"), "{all:?}");
}

#[tokio::test]
async fn req_s0_2_the_way_from_a_letter_survives_a_new_account_and_a_request_begun_anew() {
    let server = with_link("council-tax", "forms-for-all").await;
    let (party, mut browser) = (server.client("forms-for-all"), server.browser());
    let request = by_link(&mut browser, "/go/council-tax", &party).await;
    let page = browser.open(&request.url()).await.page();
    server.advance(3600).await;
    let over = browser.open(page.url().as_str()).await.page();
    assert_eq!(over.status(), 410, "{}", over.text);
    let page = follow(&mut browser, &over, "/start-again?").await;
    let page = follow(&mut browser, &page, "/create?").await;
    let page = browser.submit(&page, &[("email", "new.reader@example.test")]).await.page();
    let code = eventually("a code", async || {
        let sent = crate::support::inbox::messages(&server.nodes(), "new.reader@example.test").await;
        sent.into_iter().find_map(|message| message.code)
    })
    .await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    let page = browser.submit(&page, &[("password", "mauve tractor 9 lamp")]).await.page();
    let page = browser.submit(&page, &[("given_name", "Wen"), ("family_name", "Llwyd")]).await.page();
    let callback = browser.press(&page, "continue", &[]).await.callback();
    assert_eq!(callback.get("state"), Some(TARGET));
    party.finish(&request, &callback).await;
    assert_eq!(entries(&server, 1).await, [pair("go:council-tax", "code")]);
}

#[tokio::test]
async fn req_s0_2_a_link_counts_for_the_next_sign_in_at_its_client_within_half_an_hour() {
    let server = with_link("bins", "forms").await;
    let (party, mut browser) = (server.client("forms"), server.browser());
    by_link(&mut browser, "/go/bins", &party).await;
    // Neither another client nor a question without a page takes it.
    browser.open(&server.portal().authorize().url()).await.page();
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().error("login_required");
    assert!(has_entry_cookie(&browser));
    // A posted request does.
    let resume = browser.fetch(party.authorize().post()).await.expect(303).location().expect("the way on").to_owned();
    let page = browser.open(&resume).await.page();
    assert!(!has_entry_cookie(&browser));
    let resident = server.resident_with_email();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    browser.submit(&page, &[("password", &resident.password)]).await.page();
    assert_eq!(entries(&server, 1).await, [pair("go:bins", "code")]);

    // After half an hour it says nothing any more, even in a browser that keeps cookies for longer.
    let (mut late, resident) = (server.browser(), server.resident_with_email());
    by_link(&mut late, "/go/bins", &party).await;
    let kept = late.jar.all().iter().find(|cookie| cookie.name.contains("-entry")).expect("the cookie").clone();
    assert_eq!(kept.max_age, Some(1800));
    assert!(kept.secure && kept.http_only && kept.same_site.as_deref() == Some("lax"), "{kept:?}");
    server.advance(1801).await;
    late.jar.plant(&[kept]);
    past_password(&mut late, &party.authorize(), &resident).await;
    assert_eq!(entries(&server, 2).await[1], pair("direct", "code"));
}

#[tokio::test]
async fn req_s0_2_an_address_is_typed_off_a_letter_in_any_way() {
    let server = with_link("bin-day", "forms").await;
    let (party, mut browser) = (server.client("forms"), server.browser());
    for typed in [
        "/go/bin-day",
        "/go/Bin-Day",
        "/GO/BIN-DAY",
        "/Go/bin-day.",
        "/go/bin-day/",
        "/go/bin-day%20",
        "/go/bin-day),",
        "/go/bin-day%E2%80%9D",
        "/go/bin%E2%80%93day",
        "/go/bin-day?utm_source=letter",
    ] {
        by_link(&mut browser, typed, &party).await;
    }
    let head = Request::new(http::Method::HEAD, &server.url("/go/bin-day"));
    let head = browser.fetch(head).await.expect(303);
    assert!(head.location().is_some_and(|to| to.starts_with("http://localhost:9/initiate?iss=")), "{head:?}");
    assert_eq!(head.header("cache-control"), "no-store");
    for typed in ["/go/", "/go", "/go/bin", "/go/bin-day/report", "/go/bin day", "/go/%FF", "/go/%00", "/go/..%2Fjwks"]
    {
        let page = browser.open(typed).await.page();
        page.assert_contract();
        assert_eq!((page.status(), page.headings[0].as_str()), (404, "Page not found"), "{typed}: {}", page.text);
    }
    let post = browser.fetch(Request::post(&server.url("/go/bin-day"), &[])).await;
    assert_eq!(post.status, 405);
}

#[tokio::test]
async fn req_s0_2_case_ru8_a_link_leads_to_pages_of_its_client_only() {
    let server = with_link("bins", "forms").await;
    let config = server.folder().join("node.toml");
    let refused = |args: &[&str]| {
        let output = cli_output(&config, args);
        assert!(!output.status.success(), "{args:?} was taken");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let add = |slug: &str, client: &str, target: &str| {
        refused(&["link", "add", "--slug", slug, "--client", client, "--target", target])
    };
    for target in [
        "https://evil.example/",
        "http://localhost:10/report",
        "http://localhost@evil.example/",
        "//evil.example",
        "/report",
        "javascript:alert(1)",
        "http://evil.example/",
    ] {
        let said = add("evil", "forms", target);
        assert!(said.contains("the link is refused") && !said.contains("panicked"), "{target}: {said}");
    }
    assert!(add("nobody", "nobody", TARGET).contains("no client app"));
    assert!(add("silent", "portal", TARGET).contains("initiate_login_uri"));
    assert!(add("bins", "forms", TARGET).contains("already"));
    for slug in ["Bins", "bins.", "-bins", "b/s", "", &"b".repeat(41)] {
        assert!(add(slug, "forms", TARGET).contains("--slug"), "{slug}");
    }
    assert_eq!(server.cli(&["link", "list"]).as_array().map(Vec::len), Some(1));

    // Whoever sends the link on cannot add to it.
    let mut browser = server.browser();
    let sent_on = "/go/bins?target_link_uri=https%3A%2F%2Fevil.example&iss=https%3A%2F%2Fevil.example&login_hint=x";
    let callback = browser.open(sent_on).await.callback();
    assert_eq!(callback.params.keys().collect::<Vec<_>>(), ["iss", "target_link_uri"]);
    assert_eq!(callback.get("target_link_uri"), Some(TARGET));
}

#[tokio::test]
async fn req_s0_2_scr_r47_a_link_to_a_client_that_is_away_says_so_and_works_again_with_it() {
    let server = with_link("bins", "forms").await;
    let mut browser = server.browser();
    let away = |server: &Server| server.cli(&["link", "list"])[0]["problem"].clone();
    server.cli(&["client", "disable", "--id", "forms"]);
    for (lang, heading) in [("en", "This service is not available"), ("cy", "Nid yw’r gwasanaeth hwn ar gael")] {
        browser.language = lang.to_owned();
        let page = eventually("the node knows", async || match browser.open("/go/bins").await {
            crate::support::Stop::Page(page) => Some(page),
            crate::support::Stop::Callback(_) => None,
        })
        .await;
        page.assert_contract();
        assert_eq!((page.status(), page.headings[0].as_str()), (404, heading), "{}", page.text);
    }
    assert_eq!(away(&server), "the client app is disabled");
    // What is printed outlives what was registered.
    server.cli(&["client", "delete", "--id", "forms"]);
    assert_eq!(away(&server), "there is no such client app");
    let register = ["client", "add", "--id", "forms", "--redirect-uri", "http://localhost:9/cb"];
    server.cli(&register);
    assert_eq!(away(&server), "the client app has no initiate_login_uri: idp client set-initiate-login sets it");
    let start = ["client", "set-initiate-login", "--id", "forms", "--uri"];
    let config = server.folder().join("node.toml");
    assert!(!cli_output(&config, &[&start[..], &["http://forms.example/"]].concat()).status.success());
    server.cli(&[&start[..], &["http://localhost:9/initiate"]].concat());
    assert_eq!(away(&server), Value::Null);
    eventually("the node knows", async || match browser.open("/go/bins").await {
        crate::support::Stop::Callback(callback) => Some(callback),
        crate::support::Stop::Page(_) => None,
    })
    .await;
}

#[tokio::test]
async fn req_s0_2_an_operator_sees_which_links_are_used_and_takes_them_away() {
    let server = with_link("bins", "forms").await;
    let link = server.cli(&["link", "list"])[0].clone();
    assert_eq!(link["address"], json!(server.url("/go/bins")));
    assert_eq!((&link["client_id"], &link["target_link_uri"]), (&json!("forms"), &json!(TARGET)));
    assert_eq!((&link["last_used_at"], &link["problem"]), (&Value::Null, &Value::Null));
    let mut browser = server.browser();
    let page = browser.open("/cookies").await.page();
    assert!(page.text.contains("__Host-idp-entry") && page.text.contains("30 minutes"), "{}", page.text);
    browser.open("/go/bins").await.callback();
    let used = async || Some(server.cli(&["link", "list"])[0]["last_used_at"].clone()).filter(|at| !at.is_null());
    let first = eventually("its use is noted", used).await;
    // Within a day no further follower costs a write.
    server.advance(3600).await;
    browser.open("/go/bins").await.callback();
    sign_in(&server, &mut browser, &server.portal(), &server.resident_with_email(), Factor::Email).await;
    assert_eq!(used().await, Some(first));
    assert_eq!(server.cli(&["link", "remove", "--slug", "bins"]), json!({ "slug": "bins", "removed": true }));
    assert_eq!(browser.open("/go/bins").await.page().status(), 404);
    assert!(!browser.open("/cookies").await.page().text.contains("__Host-idp-entry"));
}
