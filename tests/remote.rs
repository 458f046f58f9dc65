//! `remote:<name>`: a second factor that a service of the council's own implements.

use serde_json::{Value, json};

use crate::recovery::{codes, follow};
use crate::support::factor_service::{FactorService, RIGHT, Said, Trick};
use crate::support::html::Page;
use crate::support::journey::{Ask, asks, finish, open_until, step, until};
use crate::support::provider::Behaviour;
use crate::support::server::{cli_output, free_port};
use crate::support::settings::Backend;
use crate::support::{
    Authorization, Browser, Cluster, Factor, Options, RelyingParty, Resident, Server, Stop, eventually, tokens,
};

const CARD: &str = "remote:council-card";
const QUESTION: &str = "/mfa/question";
/// Any of these may be used.
pub const EITHER: &str = r#"{"factors":["remote:council-card","email"]}"#;
/// Nothing else may be.
pub const ONLY: &str = r#"{"factors":["remote:council-card"]}"#;

/// A server that knows the service as `council-card`.
async fn server_of(service: &FactorService, more: &str) -> Server {
    let config = format!("{}{more}", service.config("council-card"));
    Server::start(Options { config, ..Options::default() }).await
}

/// Where the password leads.
async fn after_password(browser: &mut Browser, request: &Authorization, resident: &Resident, at: i64) -> Stop {
    let codes = crate::support::journey::Codes { nodes: Vec::new(), now: at };
    let stop = browser.open(&request.url()).await;
    let page = until(browser, stop, Ask::Password, resident, Factor::Email, &codes).await.page();
    step(browser, &page, resident, Factor::Email, &codes).await
}

/// Gives a client this policy, and waits until somebody who signs in gets to `path`.
async fn adopt(server: &Server, client: &str, policy: &str, path: &str) {
    server.cli(&["client", "policy", "--id", client, "--set", policy]);
    let (party, resident) = (server.client(client), server.resident_with_email());
    eventually("the policy is in force", async || {
        let stop = after_password(&mut server.browser(), &party.authorize(), &resident, server.now()).await;
        matches!(stop, Stop::Page(page) if page.path() == path && (path == QUESTION || page.choices("method").contains(&CARD)))
            .then_some(())
    })
    .await;
}

/// A server, its service, and the portal with this policy.
pub async fn with_policy(policy: &str, more: &str) -> (FactorService, Server, RelyingParty) {
    let service = FactorService::start();
    let server = server_of(&service, more).await;
    let path = if policy == ONLY { QUESTION } else { "/mfa/method" };
    adopt(&server, "portal", policy, path).await;
    let party = server.portal();
    (service, server, party)
}

/// A browser that has chosen the card, and the page that this leads to.
pub async fn at_card(server: &Server, party: &RelyingParty, resident: &Resident) -> (Browser, Authorization, Page) {
    let (mut browser, request) = (server.browser(), party.authorize());
    let mut page = after_password(&mut browser, &request, resident, server.now()).await.page();
    if page.has_field("method") {
        page = browser.submit(&page, &[("method", CARD)]).await.page();
    }
    (browser, request, page)
}

async fn checks(server: &Server) -> f64 {
    server.metrics().await.sum("otp_checks_total")
}

/// Takes the way that a page offers besides the card, to the end.
pub async fn by_email(server: &Server, browser: &mut Browser, page: &Page, resident: &Resident) -> Stop {
    let link = page.links.iter().find(|link| link.href.starts_with("/mfa/method"));
    let link = link.unwrap_or_else(|| panic!("no other way: {}", page.text));
    let stop = browser.open(&server.url(&link.href)).await;
    finish(browser, stop, resident, Factor::Email, &server.into()).await
}

#[tokio::test]
async fn req_s0_3_scr_r9a_a_factor_of_the_councils_own_signs_a_resident_in() {
    let (service, server, party) = with_policy(EITHER, "share = [\"email\"]\n").await;
    let resident = server.resident_with_email();
    let (mut browser, request) = (server.browser(), party.authorize());
    let page = after_password(&mut browser, &request, &resident, server.now()).await.page();
    assert!(page.text.contains("Council card"), "{}", page.text);
    let page = browser.submit(&page, &[("method", CARD)]).await.page();
    page.assert_contract();
    assert_eq!((page.status(), page.path()), (200, QUESTION));
    assert_eq!(page.headings, ["Confirm who you are with Council card"]);
    assert!(page.text.contains("Which bird is on <b>your</b> card?"), "plain text: {}", page.text);
    let welsh = browser.open(&format!("{}&lang=cy", page.url())).await.page();
    assert!(welsh.text.contains("Pa aderyn") && welsh.text.contains("Cerdyn y cyngor"), "{}", welsh.text);
    let before = service.said("/factor/challenge").len();
    browser.open(page.url().as_str()).await.page();
    assert_eq!(service.said("/factor/challenge").len(), before, "loading the page again asks nothing");
    let callback = browser.submit(&page, &[("code", &format!(" {RIGHT} "))]).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((tokens.acr(), tokens.amr()), ("2fa", vec!["mfa", "pwd"]));
    // What the service was told, signed by the provider for it alone.
    let (asked, given) = (service.said("/factor/challenge"), service.said("/factor/answer"));
    let (asked, given) = (asked.last().expect("a challenge"), given.last().expect("an answer"));
    let reader = RelyingParty::new(&server.issuer, &service.url(), "");
    for (said, typ) in [(asked, "idp-factor-challenge+jwt"), (given, "idp-factor-answer+jwt")] {
        let (header, claims) = tokens::open(&reader, &said.raw, &["exp", "iss", "aud"]).await;
        assert_eq!(header.typ.as_deref(), Some(typ));
        let life = claims["exp"].as_i64().expect("a time") - claims["iat"].as_i64().expect("a time");
        assert_eq!(life, 60);
        assert_eq!(claims["person"], json!({ "email": resident.email }));
    }
    assert_eq!((asked.claims["client_id"].as_str(), asked.claims["locale"].as_str()), (Some("portal"), Some("en")));
    assert_eq!((&given.claims["challenge"], &given.claims["code"]), (&asked.claims["jti"], &Value::from(RIGHT)));
    assert_ne!(asked.claims["jti"], given.claims["jti"]);
    let (sub, txn) = (asked.claims["sub"].clone(), asked.claims["txn"].clone());
    assert_eq!((&given.claims["sub"], &given.claims["txn"]), (&sub, &txn));
    assert_ne!(sub, tokens.sub(), "the service gets a pseudonym");
    // Another sign-in of the same person: the same pseudonym in another transaction.
    at_card(&server, &party, &resident).await;
    let again = service.said("/factor/challenge").pop().expect("a challenge");
    assert_eq!(again.claims["sub"], sub);
    assert_ne!(again.claims["txn"], txn);
    let trail = server.cli(&["audit", "verify"]);
    assert!(!trail.to_string().contains(RIGHT) && !server.log().contains(RIGHT), "no answer is written down");
}

#[tokio::test]
async fn scr_r9b_whom_the_service_does_not_know_goes_another_way_and_nothing_is_counted() {
    let (service, server, party) = with_policy(EITHER, "").await;
    service.know_people(false);
    let resident = server.resident_with_email();
    let before = checks(&server).await;
    let (mut browser, request, page) = at_card(&server, &party, &resident).await;
    page.assert_contract();
    assert_eq!((page.status(), page.headings.as_slice()), (200, &["You cannot use Council card".to_owned()][..]));
    let link = page.links.iter().find(|link| link.href.starts_with("/mfa/method")).expect("another way");
    // The one way that is left is taken without a choice.
    let code = browser.open(&server.url(&link.href)).await.page();
    assert!(code.has_field("code") && code.text.contains("We have sent a security code"), "{}", code.text);
    let code = server.inbox_code(&resident.email).await;
    let page = browser.open(&server.url(&link.href)).await.page();
    assert!((checks(&server).await - before).abs() < f64::EPSILON);
    let tokens = party.finish(&request, &browser.submit(&page, &[("code", &code)]).await.callback()).await;
    assert_eq!(tokens.amr(), ["email", "mfa", "otp", "pwd"]);
    // The next sign-in asks anew: they may have got a card meanwhile.
    service.know_people(true);
    let (mut browser, request, page) = at_card(&server, &party, &resident).await;
    let callback = browser.submit(&page, &[("code", RIGHT)]).await.callback();
    assert_eq!(party.finish(&request, &callback).await.amr(), ["mfa", "pwd"]);
}

#[tokio::test]
async fn sec_r50_a_service_that_fails_is_answered_at_once_with_another_way_and_nothing_is_counted() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let before = checks(&server).await;
    let long = "x".repeat(300 * 1024);
    let failures = [
        (Behaviour::Fails(503, "busy"), None),
        (Behaviour::Hangs, None),
        (Behaviour::Redirects, None),
        (Behaviour::Works, Some(Trick::Text(long))),
    ];
    for (behaviour, trick) in failures {
        // Between two failures it works, so that the breaker stays closed.
        let resident = server.resident_with_email();
        service.behave(behaviour);
        service.play(trick.clone());
        let (mut browser, request, page) = at_card(&server, &party, &resident).await;
        assert_eq!(page.headings, ["Council card is not available"], "{behaviour:?}");
        page.assert_contract();
        assert!(page.links.iter().any(|link| link.href.starts_with(QUESTION)), "it can be tried again");
        let callback = by_email(&server, &mut browser, &page, &resident).await.callback();
        party.finish(&request, &callback).await;
        service.behave(Behaviour::Works);
        service.play(None);
        let (mut browser, _, page) = at_card(&server, &party, &resident).await;
        // It fails when the answer is on its way: the answer is not counted, and still right afterwards.
        service.behave(behaviour);
        service.play(trick);
        for _ in 0..2 {
            let page = browser.submit(&page, &[("code", RIGHT)]).await.page();
            assert_eq!((page.status(), page.has_field("code")), (200, true), "{behaviour:?}: {}", page.text);
            assert!(page.text.contains("We could not check your answer"), "{}", page.text);
        }
        service.behave(Behaviour::Works);
        service.play(None);
        browser.submit(&page, &[("code", RIGHT)]).await.callback().code();
    }
    // Four codes by email and four right answers.
    assert!((checks(&server).await - before - 8.0).abs() < f64::EPSILON);
    assert!(service.said("/moved/factor/challenge").is_empty(), "no redirect is followed");
}

#[tokio::test]
async fn case_rl15_a_service_that_is_down_is_offered_to_nobody_until_it_answers_again() {
    let service = FactorService::start();
    let closed = format!("url = \"http://127.0.0.1:{}/factor\"", free_port());
    let config = service.config("council-card").replace(&format!("url = {:?}", service.url()), &closed);
    let server = Server::start(Options { config, ..Options::default() }).await;
    adopt(&server, "portal", EITHER, "/mfa/method").await;
    let party = server.portal();
    for _ in 0..5 {
        let (_, _, page) = at_card(&server, &party, &server.resident_with_email()).await;
        assert_eq!(page.headings, ["Council card is not available"]);
    }
    let resident = server.resident_with_email();
    let page = after_password(&mut server.browser(), &party.authorize(), &resident, server.now()).await.page();
    assert!(page.has_field("code") && page.text.contains("security code"), "by email at once: {}", page.text);
    // After half a minute it is tried again.
    server.advance(31).await;
    let resident = server.resident_with_email();
    let page = after_password(&mut server.browser(), &party.authorize(), &resident, server.now()).await.page();
    assert!(page.choices("method").contains(&CARD), "{}", page.text);
}

#[tokio::test]
async fn sec_r11_case_ot1_five_wrong_answers_kill_the_right_one_and_count_for_the_account() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let resident = server.resident_with_email();
    let before = checks(&server).await;
    let (mut browser, _, mut page) = at_card(&server, &party, &resident).await;
    let empty = browser.submit(&page, &[("code", " ")]).await.page();
    assert_eq!((empty.status(), empty.text.contains("Enter your answer")), (422, true));
    for n in 1..=5 {
        page = browser.submit(&page, &[("code", &format!("wren {n}"))]).await.page();
        assert_eq!(page.status(), 422, "{}", page.text);
        assert!(page.text.contains("not correct"), "{}", page.text);
    }
    assert!(page.text.contains("every try"), "{}", page.text);
    let page = browser.submit(&page, &[("code", RIGHT)]).await.page();
    assert_eq!(page.status(), 422, "the right answer came too late: {}", page.text);
    assert_eq!(service.said("/factor/answer").len(), 5, "the service hears of no more");
    assert!((checks(&server).await - before - 5.0).abs() < f64::EPSILON);
    // Another question is posed after a pause, and answered.
    let posed = service.said("/factor/challenge").len();
    let soon = browser.press(&page, "resend", &[]).await.page();
    assert!(soon.text.contains("You can ask again at"), "{}", soon.text);
    assert_eq!(service.said("/factor/challenge").len(), posed);
    server.advance(31).await;
    let page = browser.press(&page, "resend", &[]).await.page();
    assert_eq!((page.status(), service.said("/factor/challenge").len()), (200, posed + 1));
    // Five more use up what the account has in an hour; then no answer of any kind is evaluated.
    let mut page = page;
    for n in 6..=10 {
        page = browser.submit(&page, &[("code", &format!("wren {n}"))]).await.page();
    }
    let heard = service.said("/factor/answer").len();
    let (mut other, _, question) = at_card(&server, &party, &resident).await;
    let locked = other.submit(&question, &[("code", RIGHT)]).await.page();
    assert_eq!((heard, locked.status()), (10, 429), "{}", locked.text);
    assert_eq!(service.said("/factor/answer").len(), heard);
}

#[tokio::test]
async fn sec_r11_case_ot2_parallel_answers_reach_the_service_as_often_as_they_may_be_tried() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let resident = server.resident_with_email();
    let (browser, _, page) = at_card(&server, &party, &resident).await;
    let form = page.form_with("code").expect("a form");
    let tries = (0..40).map(|n| {
        let code = if n == 30 { RIGHT.to_owned() } else { format!("wren {n}") };
        let (mut browser, request) = (browser.clone(), Browser::form_request(&page, form, &[("code", &code)], None));
        async move { browser.go(request).await }
    });
    let stops = futures::future::join_all(tries).await;
    let heard: Vec<Said> = service.said("/factor/answer");
    let wrong = heard.iter().filter(|said| said.claims["code"] != RIGHT).count();
    assert!(wrong <= 5, "{wrong} wrong answers were evaluated");
    let passed = stops.iter().filter(|stop| matches!(stop, Stop::Callback(_))).count();
    assert!(passed <= heard.len() - wrong, "{passed}");
}

#[tokio::test]
async fn sec_r34_no_forged_verdict_counts_for_anything() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let resident = server.resident_with_email();
    let issuer = server.issuer.as_str().trim_end_matches('/').to_owned();
    // A right verdict to replay.
    let (mut browser, _, page) = at_card(&server, &party, &resident).await;
    browser.submit(&page, &[("code", RIGHT)]).await.callback().code();
    let (mut browser, _, page) = at_card(&server, &party, &resident).await;
    let before = checks(&server).await;
    let at = server.now();
    let canary = FactorService::start();
    let tricks = [
        Trick::Unsigned("none"),
        Trick::Unsigned("None"),
        Trick::Hmac,
        Trick::Stranger(json!({})),
        Trick::Stranger(json!({ "jku": format!("{}/jwks", canary.url()) })),
        Trick::Stranger(json!({ "jwk": canary.jwk() })),
        Trick::Header(json!({ "jku": format!("{}/jwks", canary.url()) })),
        Trick::Header(json!({ "x5u": format!("{}/cert", canary.url()) })),
        Trick::Header(json!({ "crit": ["exp"] })),
        Trick::Header(json!({ "typ": "idp-factor-question+jwt" })),
        Trick::Header(json!({ "typ": "JWT" })),
        Trick::Claim("aud", json!("https://another.example.org")),
        Trick::Claim("aud", Value::Null),
        Trick::Claim("iss", json!(issuer)),
        Trick::Claim("exp", json!(at - 1)),
        Trick::Claim("exp", Value::Null),
        Trick::Claim("exp", json!("soon")),
        Trick::Claim("iat", json!(at + 3600)),
        Trick::Claim("in_reply_to", json!("another message")),
        Trick::Claim("in_reply_to", Value::Null),
        Trick::Claim("verdict", json!(true)),
        Trick::Claim("verdict", Value::Null),
        Trick::Replay,
        Trick::Text("right".to_owned()),
        Trick::Text(r#"{"verdict":"right"}"#.to_owned()),
        Trick::Text(String::new()),
    ];
    for trick in tricks {
        service.play(Some(trick.clone()));
        let shown = browser.submit(&page, &[("code", RIGHT)]).await.page();
        assert!(shown.has_field("code") && shown.text.contains("We could not check your answer"), "{trick:?}");
        // An honest answer in between, so that the service is not taken for one that is down.
        service.play(None);
        server.advance(1).await;
        let (mut honest, _, other) = at_card(&server, &party, &server.resident_with_email()).await;
        honest.submit(&other, &[("code", RIGHT)]).await.callback().code();
    }
    let seen = canary.said("/factor/jwks").len() + canary.said("/factor/cert").len();
    assert_eq!(seen, 0, "nothing is fetched for a header");
    assert!((checks(&server).await - before - 26.0).abs() < f64::EPSILON, "none of them was counted");
    assert!(server.metrics().await.sum_where("factor_service_answers_total", "outcome=\"refused\"") >= 20.0);
    browser.submit(&page, &[("code", RIGHT)]).await.callback().code();
}

#[tokio::test]
async fn sec_r11_a_verdict_about_one_sign_in_is_none_about_another() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let (first, second) = (server.resident_with_email(), server.resident_with_email());
    let (mut one, request, page_one) = at_card(&server, &party, &first).await;
    let (mut two, _, page_two) = at_card(&server, &party, &second).await;
    let callback = one.submit(&page_one, &[("code", RIGHT)]).await.callback();
    party.finish(&request, &callback).await;
    // What was right for the one is said about the other: of another person, and of another sign-in of the same one.
    service.play(Some(Trick::Replay));
    let shown = two.submit(&page_two, &[("code", "wren")]).await.page();
    assert!(shown.has_field("code") && shown.text.contains("could not check"), "{}", shown.text);
    service.play(None);
    let (mut again, _, page) = at_card(&server, &party, &first).await;
    service.play(Some(Trick::Replay));
    assert!(again.submit(&page, &[("code", "wren")]).await.page().has_field("code"));
    service.play(None);
    // The form of one sign-in is worth nothing in another one's browser.
    let form = page_two.form_with("code").expect("a form");
    let request = Browser::form_request(&page_two, form, &[("code", RIGHT)], None);
    assert_ne!(again.go(request).await.page().status(), 200);
    // The challenges were different ones, each answered by its own.
    let asked = service.said("/factor/challenge");
    let mut ids: Vec<_> = asked.iter().map(|said| said.claims["jti"].to_string()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), asked.len());
    two.submit(&page_two, &[("code", RIGHT)]).await.callback().code();
    let (_, _, answered) = at_card(&server, &party, &second).await;
    assert_eq!(answered.path(), QUESTION);
}

#[tokio::test]
async fn scr_r9a_what_is_confirmed_elsewhere_is_waited_for_without_a_field() {
    let (service, server, party) = with_policy(ONLY, "").await;
    service.wait(false);
    let resident = server.resident_with_email();
    let before = checks(&server).await;
    let (mut browser, request, page) = at_card(&server, &party, &resident).await;
    assert_eq!((page.path(), page.has_field("code"), asks(&page)), (QUESTION, false, Ask::Continue));
    let mut page = browser.press(&page, "continue", &[]).await.page();
    // More often than a wrong answer may be given: waiting is no guess.
    for _ in 0..7 {
        assert!(page.text.contains("has not had your confirmation yet"), "{}", page.text);
        page = browser.press(&page, "continue", &[]).await.page();
    }
    assert!((checks(&server).await - before).abs() < f64::EPSILON);
    service.wait(true);
    let tokens = party.finish(&request, &browser.press(&page, "continue", &[]).await.callback()).await;
    assert_eq!(tokens.acr(), "2fa");
    // It is one of the account's factors from now on: a client that asks for those it has keeps asking for it.
    let off = r#"{"mfa":"off","on_disable":"keep_enrolled","factors":["remote:council-card"]}"#;
    server.cli(&["client", "policy", "--id", "portal", "--set", off]);
    let stranger = server.resident_with_email();
    eventually("the second factor is off", async || {
        let stop = after_password(&mut server.browser(), &party.authorize(), &stranger, server.now()).await;
        matches!(stop, Stop::Callback(_)).then_some(())
    })
    .await;
    let page = after_password(&mut server.browser(), &party.authorize(), &resident, server.now()).await.page();
    assert_eq!(page.path(), QUESTION);
}

#[tokio::test]
async fn sec_r18_sec_r8_who_has_used_it_needs_it_for_the_account_pages_and_a_new_password() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let (holder, stranger) = (server.resident_with_email(), server.resident_with_email());
    let (mut browser, _, page) = at_card(&server, &party, &holder).await;
    browser.submit(&page, &[("code", RIGHT)]).await.callback().code();
    // The account pages ask for the strongest factor that somebody has: the card, not the mailbox.
    for (resident, card) in [(&holder, true), (&stranger, false)] {
        let mut browser = server.browser();
        let page = browser.open("/account").await.page();
        let codes = (&server).into();
        let page =
            until(&mut browser, Stop::Page(Box::new(page)), Ask::Password, resident, Factor::Email, &codes).await;
        let page = step(&mut browser, &page.page(), resident, Factor::Email, &codes).await.page();
        assert_eq!(page.path() == QUESTION, card, "{}", page.url());
    }
    // A code by email alone sets no new password of theirs.
    for (resident, card) in [(&holder, true), (&stranger, false)] {
        let (mut browser, request) = (server.browser(), party.authorize());
        let page = open_until(&server, &mut browser, &request, Ask::Password, resident, Factor::Email).await;
        let page = follow(&mut browser, &page, "/forgot?").await;
        let page = browser.submit(&page, &[("email", &resident.email)]).await.page();
        let code = codes(&server, &resident.email, 1).await.remove(0);
        let page = browser.submit(&page, &[("code", &code)]).await.page();
        assert_eq!((page.path() == QUESTION, page.has_field("password")), (card, !card), "{}", page.url());
    }
    // Nothing takes the place of what somebody has, not even where its service knows them no more.
    service.know_people(false);
    let (mut browser, request) = (server.browser(), party.authorize());
    let page = open_until(&server, &mut browser, &request, Ask::Password, &holder, Factor::Email).await;
    let page = follow(&mut browser, &page, "/forgot?").await;
    let page = browser.submit(&page, &[("email", &holder.email)]).await.page();
    let code = codes(&server, &holder.email, 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert_eq!(page.headings, ["You cannot use Council card"]);
    assert!(!page.links.iter().any(|link| link.href.starts_with("/mfa/method")), "there is no other way");
}

#[tokio::test]
async fn sec_r13_case_ot6_nobody_is_asked_more_often_than_messages_are_sent() {
    let (service, server, party) = with_policy(ONLY, "").await;
    let resident = server.resident_with_email();
    let (mut browser, _, page) = at_card(&server, &party, &resident).await;
    let posed = service.said("/factor/challenge").len();
    server.advance(31).await;
    let form = page.form_of_button("resend").expect("a form");
    let request = Browser::form_request(&page, form, &[], Some("resend"));
    futures::future::join_all((0..20).map(|_| {
        let (mut browser, request) = (browser.clone(), request.clone());
        async move { browser.fetch(request).await }
    }))
    .await;
    assert_eq!(service.said("/factor/challenge").len(), posed + 1, "twenty at once are one");
    // However many sign-ins are begun, the account's unanswered questions come to an end.
    let mut last = 200;
    for _ in 0..30 {
        let (_, _, page) = at_card(&server, &party, &resident).await;
        last = page.status();
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    let locked = browser.press(&page, "resend", &[]).await.page();
    assert!(matches!(locked.status(), 200 | 429), "{}", locked.status());
}

#[tokio::test]
async fn sec_r11_case_ot4_a_question_lives_for_five_minutes_and_is_then_asked_again() {
    let (service, server, party) = with_policy(EITHER, "").await;
    let resident = server.resident_with_email();
    let (mut browser, request, page) = at_card(&server, &party, &resident).await;
    let posed = service.said("/factor/challenge").len();
    server.advance(301).await;
    let late = browser.submit(&page, &[("code", RIGHT)]).await.page();
    assert!(late.has_field("code") && late.text.contains("That took too long"), "{}", late.text);
    assert_eq!((service.said("/factor/challenge").len(), service.said("/factor/answer").len()), (posed + 1, 0));
    party.finish(&request, &browser.submit(&late, &[("code", RIGHT)]).await.callback()).await;
    // An answer that passed passes once.
    let again = browser.submit(&late, &[("code", RIGHT)]).await.page();
    assert_ne!(again.status(), 200, "{}", again.text);
    assert_eq!(service.said("/factor/answer").len(), 1);
}

#[tokio::test]
async fn sec_r34_the_keys_of_a_service_may_change_where_it_publishes_them() {
    let service = FactorService::start();
    let keys = format!("jwks_url = \"{}/jwks\"", service.url());
    let config = service.config_with("council-card", &keys);
    let server = Server::start(Options { config, ..Options::default() }).await;
    adopt(&server, "portal", EITHER, "/mfa/method").await;
    let party = server.portal();
    let (mut browser, _, page) = at_card(&server, &party, &server.resident_with_email()).await;
    browser.submit(&page, &[("code", RIGHT)]).await.callback().code();
    service.change_key();
    // Whoever floods us with bad signatures does not have us fetch for each; a minute later the new key is found.
    let resident = server.resident_with_email();
    let (_, _, page) = at_card(&server, &party, &resident).await;
    assert_eq!(page.headings, ["Council card is not available"]);
    server.advance(61).await;
    let (mut browser, _, page) = at_card(&server, &party, &resident).await;
    browser.submit(&page, &[("code", RIGHT)]).await.callback().code();
}

#[test]
fn sec_r50_without_leave_a_service_on_this_machine_is_refused_before_anybody_needs_it() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let config = folder.path().join("idp.toml");
    let service = FactorService::start().config("council-card").replace("allow_loopback_fetch = true\n", "");
    std::fs::write(&config, format!("[server]\nissuer = \"http://localhost:8080\"\n{service}")).expect("a file");
    let checked = cli_output(&config, &["config", "check"]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert_eq!(checked.status.code(), Some(2), "{said}");
    let (key, what) = ("factors.remote.council-card.url", "set development.allow_loopback_fetch");
    assert!(said.contains(key) && said.contains(what), "{said}");
}

#[tokio::test]
async fn policy_rule_1e_only_a_service_that_is_configured_can_be_a_factor() {
    let service = FactorService::start();
    let server = server_of(&service, "").await;
    let set = |factor: &str| {
        let policy = format!(r#"{{"factors":["{factor}","email"]}}"#);
        cli_output(&server.node.config_file(), &["client", "policy", "--id", "portal", "--set", &policy])
    };
    let refused = set("remote:library-card");
    let said = format!("{}{}", String::from_utf8_lossy(&refused.stdout), String::from_utf8_lossy(&refused.stderr));
    assert!(!refused.status.success() && said.contains("policy_rule_1e"), "{said}");
    assert!(set(CARD).status.success());
}

#[tokio::test]
#[ignore = "needs PostgreSQL and Redis: tests/run starts them"]
async fn cluster_a_question_is_posed_at_one_node_and_answered_at_another() {
    assert_ne!(Backend::chosen(), Backend::Sqlite, "set IDP_TEST_POSTGRES_URL and IDP_TEST_REDIS_URL");
    let service = FactorService::start();
    let config = service.config("council-card");
    let cluster = Cluster::with(2, Options { config, ..Options::default() }).await;
    crate::support::server::cli(
        &cluster.nodes[0].config_file(),
        &["client", "policy", "--id", "portal", "--set", ONLY],
    );
    let (party, resident) = (cluster.portal(), cluster.resident_with_email());
    let now = cluster.codes().now;
    let (mut browser, request, page) = eventually("the policy is in force at both nodes", async || {
        let (mut browser, request, resident) = (cluster.browser(), party.authorize(), resident.clone());
        // While the nodes disagree about the policy, each sends the browser to the page that the other leads away from.
        let attempt = tokio::spawn(async move {
            let page = after_password(&mut browser, &request, &resident, now).await.page();
            (browser, request, page)
        });
        attempt.await.ok().filter(|(_, _, page)| page.path() == QUESTION)
    })
    .await;
    let before = cluster.balancer.served().len();
    let wrong = browser.submit(&page, &[("code", "wren")]).await.page();
    assert_eq!(wrong.status(), 422, "{}", wrong.text);
    let callback = browser.submit(&wrong, &[("code", RIGHT)]).await.callback();
    party.finish(&request, &callback).await;
    let served = cluster.balancer.served();
    assert!([0, 1].iter().all(|node| served[before..].contains(node)), "both nodes were asked");
}

#[tokio::test]
async fn docs_the_doctor_asks_whether_the_service_answers() {
    let service = FactorService::start();
    let server = server_of(&service, "").await;
    let check = || {
        let output = cli_output(&server.node.config_file(), &["doctor"]);
        let checks: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        let found = checks.into_iter().find(|check| check["check"] == "factor services").expect("a check");
        (found["state"].as_str().expect("a state").to_owned(), found["remark"].as_str().expect("words").to_owned())
    };
    let (state, words) = check();
    assert!(state == "ok" && words.starts_with("remote:council-card: ") && words.ends_with("answers"), "{words}");
    service.behave(Behaviour::Hangs);
    let (state, words) = check();
    assert!(state == "fail" && words.contains("remote:council-card") && words.contains("did not answer"), "{words}");
}
