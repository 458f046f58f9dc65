//! What a back office does through `/api/v1`: whoever it promotes has an account, later changes reach it, and it ends with
//! the record.

use serde_json::{Value, json};

use crate::account::{open, signs_in};
use crate::guests::enter;
use crate::support::journey::{Ask, finish, open_until};
use crate::support::seed::PASSWORD;
use crate::support::server::cli_output;
use crate::support::settings::Backend;
use crate::support::{Agent, Factor, Options, Request, Resident, Response, Server, eventually, inbox, random, sign_in};
use crate::ways_on::becomes_administrator;

/// A client that calls in its own name.
pub(crate) struct Office<'a> {
    server: &'a Server,
    token: String,
    agent: Agent,
}

pub(crate) const ALL: &str = "contacts:read contacts:write contacts:decide";

impl<'a> Office<'a> {
    pub(crate) async fn of(server: &'a Server, client: &str, scope: &str) -> Self {
        let asked = [("grant_type", "client_credentials"), ("scope", scope)];
        let tokens = server.client(client).token(&asked).await.expect(200).json();
        assert_eq!(tokens["scope"], scope);
        let token = tokens["access_token"].as_str().expect("a token").to_owned();
        Self { server, token, agent: Agent::new() }
    }

    pub async fn send(&self, method: http::Method, path: &str, body: Option<&Value>) -> Response {
        let request = Request::new(method, &self.server.url(path)).bearer(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        self.agent.send(request).await
    }

    pub async fn put(&self, id: &str, body: &Value) -> Response {
        self.send(http::Method::PUT, &format!("/api/v1/contacts/{id}"), Some(body)).await
    }

    /// Sends a body as it is written.
    pub async fn writes(&self, method: http::Method, path: &str, body: &str) -> Response {
        let request = Request::new(method, &self.server.url(path)).bearer(&self.token);
        self.agent.send(request.header("content-type", "application/json").body(body.to_owned())).await
    }

    /// Pushes somebody who is taken.
    pub(crate) async fn pushes(&self, id: &str, body: &Value) -> Value {
        let answer = self.put(id, body).await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
        answer.json()
    }

    pub(crate) async fn get(&self, id: &str) -> Response {
        self.send(http::Method::GET, &format!("/api/v1/contacts/{id}"), None).await
    }

    /// Pushes many at once, as JSON lines.
    pub async fn post_lines(&self, lines: &str) -> Response {
        let request = Request::new(http::Method::POST, &self.server.url("/api/v1/contacts")).bearer(&self.token);
        let request = request.header("content-type", "application/jsonl").body(lines.to_owned());
        self.agent.send(request).await
    }

    pub async fn decides(&self, conflict: &Value, decision: &Value) -> Response {
        let path = format!("/api/v1/conflicts/{}", conflict.as_str().expect("an id"));
        self.send(http::Method::POST, &path, Some(decision)).await
    }

    async fn waiting(&self) -> Vec<Value> {
        let listed = self.send(http::Method::GET, "/api/v1/conflicts", None).await.expect(200).json();
        listed["conflicts"].as_array().expect("a list").clone()
    }

    /// Attaches a person to somebody who has an account with a password.
    pub(crate) async fn adopts(&self, id: &str, resident: &Resident) {
        let body = json!({ "email": resident.email });
        let pushed = self.pushes(id, &body).await;
        let decided = self.decides(&pushed["problems"][0]["conflict"], &json!({ "decision": "same_person" })).await;
        decided.expect(200);
        let pushed = self.pushes(id, &body).await;
        assert_eq!((&pushed["changed"], &pushed["problems"]), (&json!([]), &json!([])), "{pushed}");
    }
}

/// A problem as the API answers it.
#[track_caller]
pub fn problem(answer: &Response, status: u16, code: &str, field: Option<&str>) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(answer.header("cache-control").contains("no-store"));
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((&body["code"], body["field"].as_str()), (&json!(code), field), "{body}");
    assert_eq!(body["request_id"], answer.header("x-request-id"), "{body}");
}

pub fn mobile(number: &str) -> Value {
    json!([{ "number": number, "default": true }])
}

async fn mail(server: &Server, to: &str) -> Vec<String> {
    let found = inbox::messages(&server.nodes(), to).await;
    found.into_iter().map(|message| format!("{}\n{}", message.subject.unwrap_or_default(), message.body)).collect()
}

/// Waits for a message, and gives all of them.
pub async fn hears(server: &Server, to: &str, text: &str) -> Vec<String> {
    eventually(&format!("{to} hears: {text}"), async || {
        let mail = mail(server, to).await;
        mail.iter().any(|body| body.contains(text)).then_some(mail)
    })
    .await
}

#[tokio::test]
async fn req_s1_4_a_promoted_contact_has_an_account_and_the_same_push_twice_changes_nothing() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let body = json!({
        "email": " Ann.Evans@Example.TEST", "phones": [{ "number": "07700 900 601" }], "given_name": "Ann",
        "family_name": "Evans", "locale": "cy", "status": "active",
    });
    let answer = crm.put("C%2F17", &body).await.expect(201);
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let pushed = answer.json();
    assert_eq!(pushed["external_id"], "C/17");
    assert_eq!((&pushed["created"], &pushed["problems"]), (&true.into(), &json!([])));
    assert_eq!(pushed["changed"], json!(["email", "phones", "name", "locale"]));
    let shown = crm.get("C%2F17").await.expect(200).json();
    let email = json!({ "value": "ann.evans@example.test", "masked": false, "state": "vouched", "default": true });
    assert_eq!(shown["email"], email);
    let phone = json!({
        "value": "+447700900601", "masked": false, "state": "vouched", "default": true, "line": "mobile",
    });
    assert_eq!(shown["phones"], json!([phone]));
    assert_eq!((&shown["status"], &shown["locale"]), (&json!("active"), &json!("cy")));
    assert_eq!((&shown["given_name"], &shown["family_name"]), (&json!("Ann"), &json!("Evans")));
    let user = server.cli(&["user", "show", "--email", "ann.evans@example.test"]);
    assert_eq!((&user["sub"], &user["claims"]["name"]), (&shown["sub"], &json!("Ann Evans")));
    // The same again, spelled otherwise.
    let again = json!({
        "email": "ann.evans@example.test", "phones": mobile("+447700900601"), "given_name": "Ann ",
        "family_name": "Evans", "locale": "cy",
    });
    let pushed = crm.put("C%2F17", &again).await.expect(200).json();
    assert_eq!((&pushed["created"], &pushed["changed"]), (&false.into(), &json!([])));
    for to in ["ann.evans@example.test", "+447700900601"] {
        assert!(mail(&server, to).await.is_empty(), "nobody is told of what did not change");
    }
}

#[tokio::test]
async fn req_s1_4_a_later_change_replaces_the_contact_tells_the_old_one_and_keeps_sessions() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    let party = server.portal();
    let tokens = sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    crm.adopts("1", &resident).await;
    hears(&server, &resident.email, "joined").await;
    let new = "moved.house@example.test";
    let pushed = crm.pushes("1", &json!({ "email": new, "phones": mobile("07700900602") })).await;
    assert_eq!(pushed["changed"], json!(["email", "phones"]));
    let told = hears(&server, &resident.email, "Your email address was changed").await;
    assert!(told.iter().all(|body| !body.contains(new) && !body.contains("900602")), "{told:?}");
    assert!(mail(&server, new).await.is_empty() && mail(&server, "+447700900602").await.is_empty());
    let shown = crm.get("1").await.expect(200).json();
    assert_eq!((&shown["sub"], &shown["email"]["state"]), (&json!(tokens.sub()), &json!("vouched")));
    // The session goes on; the new address signs in, the old one does not.
    party.userinfo(&tokens.access_token).await.expect(200);
    browser.open(&party.authorize().with("prompt", "none").url()).await.callback().code();
    assert!(!signs_in(&server, &resident.email, PASSWORD).await);
    // No password reset goes to it before its first right code.
    let mut forgetful = server.browser();
    let page = forgetful.open(&server.client("council").authorize().url()).await.page();
    let page = forgetful.submit(&page, &[("email", new)]).await.page();
    let link = page.links.iter().find(|link| link.href.starts_with("/forgot")).expect("a link");
    let page = forgetful.open(&link.href).await.page();
    forgetful.submit(&page, &[("email", new)]).await.page();
    let mails = hears(&server, new, "You cannot reset it yet").await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    // Where the policy takes pushed contacts, a code goes there, and proves it.
    let moved = Resident { email: new.to_owned(), ..resident.clone() };
    let mut elsewhere = server.browser();
    let council = server.client("always");
    let page = open_until(&server, &mut elsewhere, &council.authorize(), Ask::Method, &moved, Factor::Email).await;
    let page = elsewhere.submit(&page, &[("method", "email")]).await.page();
    let code = server.inbox_code(new).await;
    elsewhere.submit(&page, &[("code", &code)]).await.callback().code();
    assert_eq!(crm.get("1").await.json()["email"]["state"], "verified");
    // Pushed as it is, it stays proven; the number moves, and the old one hears of it.
    let pushed = crm.pushes("1", &json!({ "email": new, "phones": mobile("07700900603") })).await;
    assert_eq!(pushed["changed"], json!(["phones"]));
    assert_eq!(crm.get("1").await.json()["email"]["state"], "verified");
    let told = hears(&server, "+447700900602", "phone number").await;
    assert!(told.iter().all(|body| !body.contains("900603")), "{told:?}");
    assert!(mail(&server, "+447700900603").await.is_empty());
}

#[tokio::test]
async fn req_s1_3_whose_contacts_a_back_office_manages_cannot_change_them_here() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let resident = server.resident_with_email();
    crm.adopts("1", &resident).await;
    let mut browser = server.browser();
    sign_in(&server, &mut browser, &server.portal(), &resident, Factor::Email).await;
    server.advance(31).await;
    let page = open(&server, &mut browser, "/account", &resident, Factor::Email).await;
    assert!(page.text.contains("Managed by crm"), "{}", page.text);
    page.assert_contract();
    for path in ["/account/email", "/account/phone"] {
        let page = open(&server, &mut browser, path, &resident, Factor::Email).await;
        assert!(page.path() == "/account" || path == "/account/phone", "{path}: {}", page.path());
    }
    assert_eq!(crm.get("1").await.json()["email"]["value"], resident.email.as_str());
}

#[tokio::test]
async fn req_s1_5_an_unreal_number_stays_blank_is_reported_and_the_rest_is_applied() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let email = "blank@example.test";
    let body = json!({ "email": email, "phones": mobile("07700 90"), "given_name": "Blank" });
    let pushed = crm.pushes("1", &body).await;
    let report = &pushed["problems"][0];
    assert_eq!((&report["code"], &report["field"]), (&json!("phone_rejected"), &json!("phones[0].number")));
    assert_eq!(report["reason"], "impossible", "{report}");
    let shown = crm.get("1").await.json();
    assert_eq!((&shown["phones"], &shown["given_name"]), (&json!([]), &json!("Blank")));
    assert_eq!(server.cli(&["user", "show", "--email", email])["phone"], Value::Null);
    // Several numbers, one the default; a landline is kept, and gets calls.
    let phones = json!([{ "number": "07700900604" }, { "number": "020 7946 0604", "default": true }]);
    crm.pushes("1", &json!({ "email": email, "phones": phones })).await;
    let shown = crm.get("1").await.json();
    let line = |place: usize, field: &str| shown["phones"][place][field].clone();
    assert_eq!((line(0, "value"), line(0, "line")), (json!("+442079460604"), json!("landline")));
    assert_eq!((line(1, "value"), line(1, "default")), (json!("+447700900604"), json!(false)));
    // Then the default is none: it goes, nothing takes its place, and the mailbox hears of it, for a landline reads no texts.
    let phones = json!([{ "number": "07700900604" }, { "number": "n/a", "default": true }]);
    let pushed = crm.pushes("1", &json!({ "email": email, "phones": phones })).await;
    assert_eq!(pushed["problems"][0]["reason"], "format");
    assert_eq!(server.cli(&["user", "show", "--email", email])["phone"], Value::Null);
    hears(&server, email, "phone number").await;
    for (wrong, code, field) in [
        (json!({ "phones": [] }), "email_missing", "email"),
        (json!({ "email": "nonsense" }), "email_malformed", "email"),
        (json!({ "email": email, "locale": "fr" }), "locale_unknown", "locale"),
        (json!({ "email": email, "class": "staff" }), "class_not_served", "class"),
        (json!({ "email": email, "given_name": "a\u{0}b" }), "name_malformed", "given_name"),
    ] {
        problem(&crm.put("1", &wrong).await, 422, code, Some(field));
    }
    let two = json!([{ "number": "07700900604", "default": true }, { "number": "07700900605", "default": true }]);
    let answer = crm.put("1", &json!({ "email": email, "phones": two })).await;
    problem(&answer, 422, "phones_several_defaults", Some("phones"));
    problem(&crm.put("1", &json!({ "email": email, "shoe_size": 9 })).await, 400, "body_malformed", None);
}

#[tokio::test]
async fn req_week_one_1_a_shared_address_waits_for_a_decision_and_can_have_another_sign_in_name() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let family = server.resident_with_email();
    let body = json!({ "email": family.email, "phones": mobile("07700900606"), "given_name": "Sam" });
    let pushed = crm.pushes("sam", &body).await;
    let report = &pushed["problems"][0];
    assert_eq!((&report["code"], &report["field"]), (&json!("email_in_use"), &json!("email")));
    let shown = crm.get("sam").await.json();
    assert_eq!((&shown["email"], &shown["given_name"]), (&Value::Null, &json!("Sam")), "the rest is applied");
    assert_eq!(shown["phones"][0]["value"], "+447700900606");
    // The same again is the same conflict.
    let again = crm.pushes("sam", &body).await;
    assert_eq!((&again["problems"], &again["changed"]), (&pushed["problems"], &json!([])));
    let waiting = crm.waiting().await;
    assert_eq!(waiting.len(), 1);
    assert_eq!((&waiting[0]["external_id"], &waiting[0]["email"]), (&json!("sam"), &json!(family.email)));
    assert!(signs_in(&server, &family.email, PASSWORD).await, "who has it keeps it");
    // The operator sees who has it.
    let listed = server.cli(&["conflict", "list"]);
    let holder = server.cli(&["user", "show", "--email", &family.email]);
    assert_eq!((&listed[0]["id"], &listed[0]["holder"]["sub"]), (&report["conflict"], &holder["sub"]));
    let id = &report["conflict"];
    let taken = json!({ "decision": "sign_in_name", "sign_in_name": family.email });
    problem(&crm.decides(id, &taken).await, 409, "name_taken", Some("sign_in_name"));
    let nameless = json!({ "decision": "sign_in_name" });
    problem(&crm.decides(id, &nameless).await, 422, "sign_in_name_missing", Some("sign_in_name"));
    let named = json!({ "decision": "sign_in_name", "sign_in_name": "sam@family.example" });
    assert_eq!(crm.decides(id, &named).await.expect(200).json()["decision"], "sign_in_name");
    problem(&crm.decides(id, &named).await, 409, "already_decided", None);
    let sam = server.cli(&["user", "show", "--email", "sam@family.example"]);
    assert_eq!((&sam["sub"], &sam["email"]["value"]), (&shown["sub"], &json!(family.email)));
    // From now on the push is applied, and another address for messages too, under the same name.
    let pushed = crm.pushes("sam", &body).await;
    assert_eq!((&pushed["problems"], &pushed["changed"]), (&json!([]), &json!([])));
    crm.pushes("sam", &json!({ "email": "sams.own@example.test", "phones": mobile("07700900606") })).await;
    let sam = server.cli(&["user", "show", "--email", "sam@family.example"]);
    assert_eq!(sam["email"]["value"], "sams.own@example.test");
    assert!(crm.waiting().await.is_empty());
}

#[tokio::test]
async fn req_week_one_1_a_shared_address_that_is_refused_stays_refused_until_it_is_free() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let holder = server.resident_with_email();
    let body = json!({ "email": holder.email });
    let pushed = crm.pushes("1", &body).await;
    let id = pushed["problems"][0]["conflict"].as_str().expect("a conflict");
    let without = cli_output(&server.node.config_file(), &["conflict", "decide", "--id", id, "--decision", "refuse"]);
    assert!(!without.status.success(), "it takes a reason");
    let refuse = ["conflict", "decide", "--id", id, "--decision", "refuse", "--reason", "Not theirs"];
    assert_eq!(server.cli(&refuse)["decision"], "refuse");
    assert!(!cli_output(&server.node.config_file(), &refuse).status.success(), "once");
    assert_eq!(crm.pushes("1", &body).await["problems"], pushed["problems"]);
    assert!(crm.waiting().await.is_empty() && server.cli(&["conflict", "list"]) == json!([]));
    server.cli(&["user", "end", "--email", &holder.email, "--reason", "Moved"]);
    let pushed = crm.pushes("1", &body).await;
    assert_eq!((&pushed["problems"], &pushed["changed"]), (&json!([]), &json!(["email"])));
}

#[tokio::test]
async fn req_week_one_1_the_same_person_is_joined_once_told_and_never_taken_from_another_back_office() {
    let server = Server::start(Options::default()).await;
    let (crm, housing) = (Office::of(&server, "crm", ALL).await, Office::of(&server, "housing", ALL).await);
    let resident = server.resident_with_email();
    let mut browser = server.browser();
    let tokens = sign_in(&server, &mut browser, &server.portal(), &resident, Factor::Email).await;
    crm.adopts("1", &resident).await;
    assert_eq!(crm.get("1").await.json()["sub"], tokens.sub(), "the account that was there is the person’s");
    hears(&server, &resident.email, "joined your account").await;
    // Another one’s ids and conflicts are nobody’s business.
    problem(&housing.get("1").await, 404, "unknown_contact", None);
    let pushed = housing.pushes("1", &json!({ "email": resident.email })).await;
    assert_ne!(housing.get("1").await.json()["sub"], tokens.sub());
    let conflict = pushed["problems"][0]["conflict"].clone();
    let same = json!({ "decision": "same_person" });
    problem(&crm.decides(&conflict, &same).await, 404, "unknown_conflict", None);
    problem(&housing.decides(&conflict, &same).await, 409, "holder_managed", None);
    assert_eq!(housing.waiting().await.len(), 1, "what is refused by a rule is not decided");
    // Two accounts that can both be signed in to are not made one.
    let other = server.resident_with_email();
    housing.pushes("2", &json!({ "email": "own.account@example.test" })).await;
    let pushed = housing.pushes("2", &json!({ "email": other.email })).await;
    let conflict = &pushed["problems"][0]["conflict"];
    problem(&housing.decides(conflict, &same).await, 409, "contact_signs_in", None);
    assert_eq!(housing.get("2").await.json()["email"]["value"], "own.account@example.test");
}

#[tokio::test]
async fn sec_r44_a_back_office_neither_joins_nor_changes_nor_ends_an_administrators_account() {
    let server = Server::start(Options::default()).await;
    server.cli(&["client", "set-policy", "--id", "crm", "user_class=any"]);
    let crm = Office::of(&server, "crm", &format!("{ALL} contacts:staff")).await;
    becomes_administrator(&server, "owner@example.test").await;
    let body = json!({ "email": "owner@example.test", "class": "staff" });
    let pushed = eventually("the policy is in force", async || {
        let answer = crm.put("1", &body).await;
        answer.status.is_success().then(|| answer.json())
    })
    .await;
    let decided = crm.decides(&pushed["problems"][0]["conflict"], &json!({ "decision": "same_person" })).await;
    problem(&decided, 409, "administrator", None);
    assert_eq!(server.cli(&["user", "show", "--email", "owner@example.test", "--class", "staff"])["status"], "active");
}

#[tokio::test]
async fn no_other_7_a_guest_who_signs_in_is_told_by_the_subject_that_the_back_office_knows() {
    let server = Server::start(Options::default()).await;
    let id = "council-and-office";
    let (office, party, resident) =
        (Office::of(&server, id, ALL).await, server.client(id), server.resident_with_email());
    office.adopts("8", &resident).await;
    let told = office.get("8").await.json()["sub"].clone();
    let mut browser = server.browser();
    let guest = enter(&mut browser, &party, &party.authorize()).await;
    let request = party.authorize().with("id_token_hint", &guest.id_token);
    let stop = browser.open(&request.url()).await;
    let callback = finish(&mut browser, stop, &resident, Factor::Email, &(&server).into()).await.callback();
    let tokens = party.finish(&request, &callback).await;
    assert_eq!((told, tokens.text("previous_sub")), (json!(tokens.sub()), Some(guest.sub())));
    assert_eq!(office.get("8").await.json()["sub"], tokens.sub());
    // Where nothing told the client who they are, it knows them by the guest's, and so does an operator.
    let council = server.client("council");
    let mut browser = server.browser();
    let guest = enter(&mut browser, &council, &council.authorize()).await;
    let request = council.authorize().with("id_token_hint", &guest.id_token);
    let stop = browser.open(&request.url()).await;
    let callback = finish(&mut browser, stop, &resident, Factor::Email, &(&server).into()).await.callback();
    assert_eq!(council.finish(&request, &callback).await.sub(), guest.sub());
    let shown = server.cli(&["user", "show", "--sub", guest.sub()]);
    assert_eq!(shown["email"]["value"], resident.email.as_str(), "{shown}");
}

#[tokio::test]
async fn req_week_one_5_a_record_that_ends_takes_the_account_with_it_and_comes_back_as_somebody_new() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let (resident, party, mut browser) = (server.resident_with_email(), server.portal(), server.browser());
    let tokens = sign_in(&server, &mut browser, &party, &resident, Factor::Email).await;
    crm.adopts("1", &resident).await;
    hears(&server, &resident.email, "joined").await;
    problem(&crm.put("nobody", &json!({ "status": "ended" })).await, 404, "unknown_contact", None);
    problem(&crm.get("nobody").await, 404, "unknown_contact", None);
    let sent = mail(&server, &resident.email).await.len();
    let pushed = crm.pushes("1", &json!({ "status": "ended" })).await;
    assert_eq!(pushed["changed"], json!(["status"]));
    assert_eq!(crm.pushes("1", &json!({ "status": "ended" })).await["changed"], json!([]));
    party.userinfo(&tokens.access_token).await.expect(401);
    let silent = browser.open(&party.authorize().with("prompt", "none").url()).await.callback();
    assert_eq!(silent.get("error"), Some("login_required"));
    let shown = crm.get("1").await.json();
    assert_eq!((&shown["status"], &shown["email"], &shown["phones"]), (&json!("ended"), &Value::Null, &json!([])));
    assert!(shown["ended_at"].is_string());
    // Whoever comes back is somebody new, by the address that is free again.
    let pushed = crm.put("1", &json!({ "email": resident.email })).await.expect(201).json();
    assert_eq!(pushed["problems"], json!([]));
    assert_ne!(crm.get("1").await.json()["sub"], tokens.sub());
    assert!(!signs_in(&server, &resident.email, PASSWORD).await, "the password of before is nobody’s");
    assert_eq!(mail(&server, &resident.email).await.len(), sent, "silent");
}

#[tokio::test]
async fn req_week_one_9_a_batch_is_tried_first_counted_and_then_applied_line_by_line() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let resident = server.resident_with_email();
    let taken = resident.email.clone();
    let lines = [
        json!({ "external_id": "a", "email": "a@example.test", "phones": mobile("07700900607") }),
        json!({ "external_id": "b", "email": "b@example.test", "phones": mobile("020 7946 0607") }),
        json!({ "external_id": "c", "phones": mobile("07700900607") }),
        json!({ "external_id": "d", "email": "d@example.test", "phones": mobile("12") }),
        json!({ "external_id": "e", "email": "A@example.test" }),
        json!({ "external_id": "a", "email": "other@example.test" }),
        json!({ "external_id": "f", "email": taken }),
        json!({ "external_id": "g", "email": "g@example.test", "unknown": 1 }),
    ];
    let text = lines.map(|line| line.to_string()).join("\n") + "\n\nnot json\n";
    let send = async |query: &str| {
        let request = Request::new(http::Method::POST, &server.url(&format!("/api/v1/contacts{query}")));
        let request = request.bearer(&crm.token).header("content-type", "application/jsonl").body(text.clone());
        crm.agent.send(request).await
    };
    problem(&send("?dry_run=perhaps").await, 400, "dry_run_malformed", Some("dry_run"));
    let tried = send("?dry_run=true").await.expect(200).json();
    assert_eq!(tried["dry_run"], true);
    let counts = json!({
        "lines": 9, "created": 5, "changed": 0, "unchanged": 0, "refused": 4, "blank_emails": 1, "blank_phones": 3,
        "rejected_phones": 1, "landlines": 1, "duplicates": 2, "emails_in_use": 2,
    });
    assert_eq!(tried["counts"], counts);
    for id in ["a", "b", "d", "e", "f"] {
        problem(&crm.get(id).await, 404, "unknown_contact", None);
    }
    assert!(crm.waiting().await.is_empty(), "a trial keeps nothing");
    let done = send("").await.expect(200).json();
    assert_eq!((&done["dry_run"], &done["counts"]), (&json!(false), &counts));
    let line = |place: usize| &done["lines"][place];
    assert_eq!((&line(0)["line"], &line(0)["pushed"]["created"]), (&json!(1), &json!(true)));
    assert_eq!((&line(2)["refused"]["code"], &line(2)["refused"]["field"]), (&json!("email_missing"), &json!("email")));
    assert_eq!(
        (&line(4)["same_email_as"], &line(4)["pushed"]["problems"][0]["code"]),
        (&json!(1), &json!("email_in_use"))
    );
    assert_eq!(line(5)["refused"]["code"], "duplicate_line");
    assert_eq!(line(8)["line"], 10);
    assert_eq!(line(8)["refused"]["code"], "body_malformed");
    assert_eq!(crm.get("b").await.json()["phones"][0]["line"], "landline");
    let again = send("").await.expect(200).json();
    assert_eq!((&again["counts"]["created"], &again["counts"]["unchanged"]), (&json!(0), &json!(5)));
    // A thousand lines and no more.
    let many = |count: usize| {
        let line = |n| json!({ "external_id": format!("m{n}"), "email": format!("m{n}@example.test") }).to_string();
        (0..count).map(line).collect::<Vec<_>>().join("\n")
    };
    let request = || Request::new(http::Method::POST, &server.url("/api/v1/contacts")).bearer(&crm.token);
    problem(&crm.agent.send(request().body(many(1001))).await, 400, "too_many_lines", None);
    let done = crm.agent.send(request().body(many(1000))).await.expect(200).json();
    assert_eq!(done["counts"]["created"], 1000);
}

#[tokio::test]
async fn sec_r44_only_a_client_with_the_scope_gets_in_and_sees_its_own_people_only() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    crm.pushes("1", &json!({ "email": "somebody@example.test" })).await;
    let reader = Office::of(&server, "crm", "contacts:read").await;
    reader.get("1").await.expect(200);
    let body = json!({ "email": "else@example.test" });
    problem(&reader.put("1", &body).await, 403, "insufficient_scope", None);
    let writer = Office::of(&server, "crm", "contacts:write").await;
    problem(&writer.get("1").await, 403, "insufficient_scope", None);
    let nobodys = json!("00000000-0000-0000-0000-000000000000");
    let refuse = json!({ "decision": "refuse" });
    problem(&writer.decides(&nobodys, &refuse).await, 403, "insufficient_scope", None);
    problem(&crm.decides(&nobodys, &refuse).await, 404, "unknown_conflict", None);
    problem(&crm.decides(&json!("not-an-id"), &refuse).await, 404, "unknown_conflict", None);
    let housing = Office::of(&server, "housing", ALL).await;
    problem(&housing.get("1").await, 404, "unknown_contact", None);
    // Without a token, with one that is none, and with that of a person.
    let url = server.url("/api/v1/contacts/1");
    let agent = Agent::new();
    let none = agent.get(&url).await;
    problem(&none, 401, "no_token", None);
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"api\"");
    problem(&agent.send(Request::get(&url).bearer(&random())).await, 401, "invalid_token", None);
    problem(&agent.send(Request::get(&url).basic("crm", "secret")).await, 401, "no_token", None);
    let resident = server.resident();
    let party = server.portal().scope("openid contacts:read");
    let tokens = sign_in(&server, &mut server.browser(), &party, &resident, Factor::Totp).await;
    problem(&agent.send(Request::get(&url).bearer(&tokens.access_token)).await, 401, "invalid_token", None);
    // A client without the scope gets no token with it.
    let asked = [("grant_type", "client_credentials"), ("scope", "contacts:write")];
    server.client("machine").token(&asked).await.oauth_error(400, "invalid_scope");
    // What no route takes is a problem as well.
    problem(&agent.get(&server.url("/api/v1/nothing")).await, 404, "not_found", None);
    let deleted = crm.send(http::Method::DELETE, "/api/v1/contacts/1", None).await;
    problem(&deleted, 405, "method_not_allowed", None);
    let large = Request::new(http::Method::PUT, &url).bearer(&crm.token).body(vec![b' '; 2 * 1024 * 1024]);
    if let Ok(answer) = agent.try_send(large).await {
        problem(&answer, 413, "too_large", None);
    }
    // A token dies with its time and with its client.
    server.advance(3600).await;
    problem(&crm.get("1").await, 401, "invalid_token", None);
    let document = agent.get(&server.url("/api/v1/openapi.json")).await.expect(200).json();
    for path in ["/api/v1/contacts/{external_id}", "/api/v1/contacts", "/api/v1/conflicts", "/api/v1/conflicts/{id}"] {
        assert!(document["paths"][path].is_object(), "{path} is documented");
    }
}

#[tokio::test]
async fn req_s1_4_the_same_push_sixteen_times_at_once_makes_one_account() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    for round in 0..4 {
        let id = format!("r{round}");
        let body = json!({ "email": format!("{id}@example.test"), "phones": mobile("07700900608") });
        let pushes = (0..16).map(|_| crm.put(&id, &body));
        let answers = futures::future::join_all(pushes).await;
        let made = answers.iter().filter(|answer| answer.status.as_u16() == 201).count();
        assert_eq!(made, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
        assert!(answers.iter().all(|answer| answer.json()["problems"] == json!([])));
    }
    // Two people with one address at once: one has it.
    let body = json!({ "email": "twins@example.test" });
    let ids = (0..8).map(|n| format!("twin{n}")).collect::<Vec<_>>();
    let answers = futures::future::join_all(ids.iter().map(|id| crm.put(id, &body))).await;
    let without = answers.iter().filter(|answer| answer.json()["problems"] == json!([])).count();
    assert_eq!(without, 1);
    assert_eq!(crm.waiting().await.len(), 7);
}

#[tokio::test]
async fn sec_r46_what_a_back_office_changes_is_on_the_trail_with_masked_contacts() {
    let server = Server::start(Options::default()).await;
    if Backend::chosen() != Backend::Sqlite {
        return;
    }
    let crm = Office::of(&server, "crm", ALL).await;
    crm.pushes("1", &json!({ "email": "first@example.test", "phones": mobile("07700900609") })).await;
    crm.pushes("1", &json!({ "email": "second@example.test", "phones": mobile("07700900610") })).await;
    let masked = r#""after":{"email":"s***@example.test","phones":["…610"]},"before":{"email":"f***@example.test","phones":["…609"]}"#;
    assert!(crate::operator::database_has(&server, masked), "on the audit trail");
}
