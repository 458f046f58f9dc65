//! `idp demo`: a person, or a script that knows only its documented interface, signs in.

use crate::support::demo::Demo;
use crate::support::journey::{Ask, asks, finish, until};
use crate::support::{Agent, Factor, Request, Stop, inbox};

#[tokio::test]
async fn demo_tells_everything_a_script_needs_and_signs_residents_in() {
    let demo = Demo::start().await;
    let about = &demo.about;
    assert_eq!(about.issuer, demo.issuer.as_str().trim_end_matches('/'));
    let port = demo.issuer.port().expect("a port");
    assert_eq!(about.portal, format!("http://localhost:{}", port + 1));
    let mut presets: Vec<_> = about.clients.iter().map(|client| client.preset.as_str()).collect();
    presets.sort_unstable();
    assert_eq!(presets, ["always-on", "authenticator", "council-portal", "sms-first", "staff-app"]);
    for client in &about.clients {
        assert!(client.redirect_uris.iter().any(|uri| uri == "http://localhost:9/cb"), "{client:?}");
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(client.client_id.chars().chain(client.client_secret.chars()).all(unreserved), "{client:?}");
    }
    for situation in
        ["email only", "with a phone", "with a pushed phone", "with an authenticator", "none enrolled", "staff"]
    {
        demo.resident(situation);
    }
    assert!(!about.admin.email.is_empty() && !about.admin.password.is_empty() && !about.admin.totp_secret.is_empty());
    let printed = demo.printed();
    assert!(printed.contains(&about.portal) && printed.contains(&demo.resident("email only").email), "{printed}");

    // An emailed code at the always-on portal.
    let (party, resident, mut browser) = (demo.client("always-on"), demo.resident("email only"), demo.browser());
    let request = party.authorize();
    let stop = browser.open(&request.url()).await;
    let stop = finish(&mut browser, stop, &resident, Factor::Email, &demo.codes()).await;
    let tokens = party.finish(&request, &stop.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["email", "mfa", "otp", "pwd"]));
    let message = &inbox::messages(&demo.codes().nodes, &resident.email).await[0];
    assert_eq!(message.channel, "email");
    let shape = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|\+00:00)$").expect("a pattern");
    assert!(shape.is_match(&message.sent_at), "{}", message.sent_at);

    // An authenticator at the authenticator portal.
    let (party, resident, mut browser) =
        (demo.client("authenticator"), demo.resident("with an authenticator"), demo.browser());
    let request = party.authorize();
    let stop = browser.open(&request.url()).await;
    let stop = finish(&mut browser, stop, &resident, Factor::Totp, &demo.codes()).await;
    let tokens = party.finish(&request, &stop.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["mfa", "otp", "pwd"]));
}

#[tokio::test]
async fn demo_portal_is_a_relying_party_that_shows_the_claims_it_got() {
    let demo = Demo::start().await;
    let resident = demo.resident("with an authenticator");
    let portal: url::Url = demo.about.portal.parse().expect("an address");
    let agent = Agent::new();
    let home = agent.get(portal.as_str()).await.expect(200);
    assert!(home.is_html(), "{:?}", home.headers);
    let mut at_portal = crate::support::Browser::new(&portal);
    let page = at_portal.open(portal.as_str()).await.page();
    assert!(page.has_button("portal-sign-in"), "{}", page.text);
    let to_provider = at_portal.press(&page, "portal-sign-in", &[]).await.callback();
    let mut url = to_provider.url.clone();
    url.query_pairs_mut().extend_pairs(&to_provider.params);
    let mut browser = demo.browser();
    let stop = browser.open(url.as_str()).await;
    let back = finish(&mut browser, stop, &resident, Factor::Email, &demo.codes()).await.callback();
    let mut url = back.url.clone();
    url.query_pairs_mut().extend_pairs(&back.params);
    let page = at_portal.open(url.as_str()).await.page();
    assert_eq!(page.status(), 200);
    assert!(page.text.contains(&resident.email), "{}", page.text);
}

#[tokio::test]
async fn req_s0_2_the_demos_short_link_leads_through_a_text_to_the_form_of_the_letter() {
    let demo = Demo::start().await;
    let link = demo.about.short_links.first().expect("a short link").clone();
    assert!(demo.printed().contains(&link.address), "{}", demo.printed());
    assert!(demo.about.clients.iter().any(|client| client.client_id == link.client_id));
    let resident = demo.resident("with a phone");
    let portal: url::Url = demo.about.portal.parse().expect("an address");
    let (mut browser, mut at_portal) = (demo.browser(), crate::support::Browser::new(&portal));
    let form = at_portal.open(&link.target_link_uri).await.page();
    assert_eq!(form.path(), "/", "whoever is not signed in does not see the form");

    let to_portal = browser.open(&link.address.to_uppercase().replace("HTTP://LOCALHOST", "http://localhost")).await;
    let to_provider = at_portal.open(&address(&to_portal.callback())).await.callback();
    let page = browser.open(&address(&to_provider)).await.page();
    let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
    let page = browser.submit(&page, &[("password", &resident.password)]).await.page();
    let page = browser.submit(&page, &[("method", "sms")]).await.page();
    let code = inbox::code(&demo.codes().nodes, &resident.phone).await;
    let back = browser.submit(&page, &[("code", &code)]).await.callback();
    let form = at_portal.open(&address(&back)).await.page();
    assert_eq!(form.url().as_str(), link.target_link_uri);
    assert!(form.text.contains("Report a missed bin"), "{}", form.text);

    // Others may post what a link brings by GET (OpenID Connect Registration 2).
    let initiate = portal.join(&format!("/initiate/{}", link.client_id)).expect("an address");
    let fields = [("iss", demo.about.issuer.as_str()), ("target_link_uri", &link.target_link_uri), ("login_hint", "x")];
    let to_provider = at_portal.go(Request::post(initiate.as_str(), &fields)).await.callback();
    assert_eq!((to_provider.url.path(), to_provider.get("login_hint")), ("/authorize", Some("x")));
    // Somebody else's letter leads nowhere from here.
    for query in [
        "iss=https%3A%2F%2Fevil.example".to_owned(),
        format!("iss={}&target_link_uri=https%3A%2F%2Fevil.example%2F", demo.about.issuer.replace(':', "%3A")),
    ] {
        let refused = at_portal.open(&format!("/initiate/{}?{query}", link.client_id)).await.page();
        assert_eq!(refused.status(), 400, "{query}: {}", refused.text);
    }
}

/// Where a browser is led, with the parameters.
fn address(callback: &crate::support::browser::Callback) -> String {
    let mut url = callback.url.clone();
    url.query_pairs_mut().extend_pairs(&callback.params);
    url.into()
}

#[tokio::test]
async fn demo_residents_without_a_confirmed_address_are_told_what_to_do() {
    let demo = Demo::start().await;
    let (party, resident, mut browser) = (demo.client("always-on"), demo.resident("none enrolled"), demo.browser());
    let stop = browser.open(&party.authorize().url()).await;
    let page = until(&mut browser, stop, Ask::Password, &resident, Factor::Email, &demo.codes()).await.page();
    match browser.submit(&page, &[("password", &resident.password)]).await {
        Stop::Callback(callback) => assert_eq!(callback.get("code"), None, "no way round the second factor"),
        Stop::Page(page) => {
            assert!(page.status() < 500, "{}", page.text);
            assert_ne!(asks(&page), Ask::Password);
        }
    }
}

/// Presses a provider's button on the sign-in page, sends the first form of its stand-in (or the one of `person`), and comes
/// back.
async fn by(browser: &mut crate::support::Browser, request: &str, provider: &str, person: Option<&str>) -> Stop {
    let page = browser.open(request).await.page();
    let form = page.forms.iter().find(|form| form.action.path().contains(provider)).expect("a form of its own");
    let away = browser.fetch(crate::support::Browser::form_request(&page, form, &[], None)).await.expect(303);
    let agent = Agent::new();
    let there = crate::support::html::Page::parse(agent.get(away.location().expect("a redirect")).await);
    let form = match person {
        Some(words) => there.forms.iter().find(|form| form.buttons.iter().any(|button| button.id == words)),
        None => there.forms.first(),
    };
    let form = form.unwrap_or_else(|| panic!("no such person: {}", there.text));
    let sent = crate::support::Browser::form_request(&there, form, &[], None);
    let back = agent.send(sent).await.expect(303).location().expect("a way back").to_owned();
    browser.open(&back).await
}

#[tokio::test]
async fn demo_req_s0_17_req_s0_18_google_facebook_and_guests_at_the_council_portal() {
    let demo = Demo::start().await;
    let party = demo.client("council-portal");
    let codes = demo.codes();
    // Google: straight back, with one factor.
    let (mut browser, request) = (demo.browser(), party.authorize());
    let callback = by(&mut browser, &request.url(), "google", None).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("1fa", vec!["fed"]));
    assert_eq!(party.claims(&tokens.access_token).await["email"], "resident@gmail.com");
    // Nothing but the Google mailbox: a page explains, then the error; without pages the error.
    let page = browser.open(&party.authorize().with("acr_values", "2fa").url()).await.page();
    assert!(page.status() < 400, "{} {}", page.status(), page.text);
    browser.press(&page, "cancel", &[]).await.callback().error("unmet_authentication_requirements");
    let silent = party.authorize().with("acr_values", "2fa").with("prompt", "none");
    browser.open(&silent.url()).await.callback().error("unmet_authentication_requirements");
    // Whoever has linked Google and has a phone reaches the level with our own factor.
    let (mut browser, request) = (demo.browser(), party.authorize().with("acr_values", "2fa"));
    let phone = demo.resident("with a phone");
    let mut stop = by(&mut browser, &request.url(), "google", Some("as-known-1")).await;
    for _ in 0..4 {
        let Stop::Page(page) = &stop else { break };
        stop = match asks(page) {
            Ask::Method => browser.submit(page, &[("method", "sms")]).await,
            Ask::Code => {
                let code = inbox::code(&codes.nodes, &phone.phone).await;
                browser.submit(page, &[("code", &code)]).await
            }
            other => panic!("{other:?}: {}", page.text),
        };
    }
    let tokens = party.finish(&request, &stop.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["fed", "mfa", "otp", "sms"]));
    // Facebook: an address that it names is proven first, to nobody but its owner.
    let (mut browser, request) = (demo.browser(), party.authorize());
    let page = by(&mut browser, &request.url(), "facebook", None).await.page();
    let email = page.form_with("email").and_then(|form| form.field("email")).expect("an address").value.clone();
    let page = browser.submit(&page, &[]).await.page();
    let code = inbox::code(&codes.nodes, &email).await;
    let tokens = party.finish(&request, &browser.submit(&page, &[("code", &code)]).await.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("1fa", vec!["fed"]));
    // A guest, where guests are taken.
    let (mut browser, request) = (demo.browser(), party.authorize());
    let page = browser.open(&request.url()).await.page();
    let link = page.links.iter().find(|link| link.href.contains("guest")).expect("a way for guests").href.clone();
    let page = browser.open(&link).await.page();
    let tokens = party.finish(&request, &browser.submit(&page, &[]).await.callback()).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("guest", vec![]));
    let page = demo.browser().open(&demo.client("always-on").authorize().url()).await.page();
    assert!(!page.links.iter().any(|link| link.href.contains("guest")), "{}", page.text);
}
