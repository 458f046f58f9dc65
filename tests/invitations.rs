//! Inviting whoever a back office made an account for: a link that opens nothing, a code, and a first password.

use serde_json::json;

use crate::account::signs_in;
use crate::contact_sync::{ALL, Office, hears, mobile, problem};
use crate::support::journey::{Ask, asks, open_until};
use crate::support::seed::PASSWORD;
use crate::support::server::cli_output;
use crate::support::{Factor, Options, Resident, Server, eventually, inbox, sign_in};

#[tokio::test]
async fn req_s1_4_what_waits_for_a_code_ends_when_a_back_office_changes_the_contact() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let resident = server.resident_with_email();
    crm.adopts("1", &resident).await;
    let (mut browser, party) = (server.browser(), server.client("email-only"));
    let page = open_until(&server, &mut browser, &party.authorize(), Ask::Code, &resident, Factor::Email).await;
    let code = server.inbox_code(&resident.email).await;
    crm.pushes("1", &json!({ "email": "not.here.any.more@example.test" })).await;
    let stop = browser.submit(&page, &[("code", &code)]).await;
    let page = stop.page();
    assert_ne!(asks(&page), Ask::Nothing, "{}", page.text);
}

#[tokio::test]
async fn req_s1_4_req_week_one_9_an_invitation_begins_a_code_opens_nothing_and_its_code_proves_the_address() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let email = "invited@example.test";
    let invite =
        async |id: &str| crm.send(http::Method::POST, &format!("/api/v1/contacts/{id}/invitation"), None).await;
    problem(&invite("1").await, 404, "unknown_contact", None);
    crm.pushes("1", &json!({ "email": email, "phones": mobile("07700900611") })).await;
    // Without an invitation there is no code.
    let asks_for_code = async |browser: &mut crate::support::Browser| {
        let page = browser.open("/account/welcome").await.page();
        page.assert_contract();
        assert!(page.has_field("email") && !page.text.contains(email), "{}: {}", page.path(), page.text);
        browser.submit(&page, &[("email", email)]).await.page()
    };
    asks_for_code(&mut server.browser()).await;
    let told = hears(&server, email, "You cannot reset it yet").await;
    assert_eq!(told.len(), 1);
    let invited = invite("1").await.expect(202).json();
    assert_eq!(invited["email"], "i***@example.test");
    problem(&invite("1").await, 409, "just_invited", None);
    let mails = hears(&server, email, "/account/welcome").await;
    assert!(mails.iter().all(|body| !body.contains("07700")), "{mails:?}");
    server.advance(60).await;
    let mut browser = server.browser();
    let page = asks_for_code(&mut browser).await;
    assert_eq!(browser.open("/account").await.page().path(), "/sign-in", "the link is no credential");
    hears(&server, email, "code").await;
    let code = eventually("a code", async || {
        let found = inbox::messages(&server.nodes(), email).await;
        found.into_iter().find_map(|message| message.code)
    })
    .await;
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    assert!(page.has_field("password"), "{}: {}", page.path(), page.text);
    assert_eq!(crm.get("1").await.json()["email"]["state"], "verified", "the code proves the address");
    browser.submit(&page, &[("password", PASSWORD)]).await.page();
    assert!(signs_in(&server, email, PASSWORD).await);
    problem(&invite("1").await, 409, "has_password", None);
    let args = ["user", "invite", "--email", email, "--reason", "Asked"];
    assert!(!cli_output(&server.node.config_file(), &args).status.success(), "who has a password needs none");
    // The first sign-in at a portal.
    let resident = Resident {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    };
    let tokens = sign_in(&server, &mut server.browser(), &server.client("always"), &resident, Factor::Email).await;
    assert_eq!(crm.get("1").await.json()["sub"], tokens.sub());
}

#[tokio::test]
async fn req_week_one_1_req_week_one_9_who_shares_a_mailbox_is_invited_by_the_name_of_their_own() {
    let server = Server::start(Options::default()).await;
    let (crm, holder) = (Office::of(&server, "crm", ALL).await, server.resident_with_email());
    let pushed = crm.pushes("1", &json!({ "email": holder.email })).await;
    let invite = async || crm.send(http::Method::POST, "/api/v1/contacts/1/invitation", None).await;
    problem(&invite().await, 409, "no_address", None);
    let named = json!({ "decision": "sign_in_name", "sign_in_name": "second@family.example" });
    crm.decides(&pushed["problems"][0]["conflict"], &named).await.expect(200);
    invite().await.expect(202);
    hears(&server, &holder.email, "Enter second@family.example there").await;
    let mut browser = server.browser();
    let page = browser.open("/account/welcome").await.page();
    assert_eq!(page.headings, ["Your invitation"]);
    let page = browser.submit(&page, &[("email", "second@family.example")]).await.page();
    assert!(page.text.contains("to the email address that we have for it"), "{}", page.text);
    let code = crate::recovery::codes(&server, &holder.email, 1).await.remove(0);
    let page = browser.submit(&page, &[("code", &code)]).await.page();
    page.assert_contract();
    assert_eq!(page.headings, ["Choose a password"]);
    browser.submit(&page, &[("password", "mauve tractor 9 lamp")]).await;
    assert!(signs_in(&server, "second@family.example", "mauve tractor 9 lamp").await);
    assert!(signs_in(&server, &holder.email, PASSWORD).await, "the other one's is as it was");
}

#[tokio::test]
async fn req_week_one_9_an_invitation_is_for_the_address_that_it_went_to() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    crm.pushes("1", &json!({ "email": "old.place@example.test" })).await;
    server.cli(&["user", "invite", "--email", "old.place@example.test", "--reason", "Asked for at the counter"]);
    hears(&server, "old.place@example.test", "/account/welcome").await;
    let new = "new.place@example.test";
    crm.pushes("1", &json!({ "email": new })).await;
    let mut browser = server.browser();
    let page = browser.open("/account/welcome").await.page();
    browser.submit(&page, &[("email", new)]).await.page();
    let told = hears(&server, new, "You cannot reset it yet").await;
    assert_eq!(told.len(), 1, "{told:?}");
}
