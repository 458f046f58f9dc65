//! What a client of the API may not do with the scopes that it has, and what it leaves behind by trying.

use http::Method;
use serde_json::{Value, json};

use crate::contact_sync::{ALL, Office, problem};
use crate::operator::database_has;
use crate::support::settings::Backend;
use crate::support::{Options, Server};

const BATCH: &str = "/api/v1/contacts";

#[tokio::test]
async fn sec_r44_accounts_of_staff_take_a_scope_of_their_own() {
    let server = Server::start(Options::default()).await;
    let without = Office::of(&server, "hr", "contacts:read contacts:write").await;
    let officer = json!({ "email": "officer@example.test", "class": "staff" });
    let refused = without.put("1", &officer).await;
    problem(&refused, 403, "insufficient_scope", None);
    assert!(refused.text().contains("contacts:staff"), "{}", refused.text());
    problem(&without.get("1").await, 404, "unknown_contact", None);
    without.pushes("2", &json!({ "email": "resident@example.test" })).await;
    let with = Office::of(&server, "hr", "contacts:read contacts:write contacts:staff").await;
    with.pushes("1", &officer).await;
    // What is there is not changed, ended or invited without it.
    for body in [json!({ "email": "mallory@example.test" }), json!({ "status": "ended" }), officer.clone()] {
        problem(&without.put("1", &body).await, 403, "insufficient_scope", None);
    }
    let invitation = "/api/v1/contacts/1/invitation";
    problem(&without.send(Method::POST, invitation, None).await, 403, "insufficient_scope", None);
    let shown = with.get("1").await.json();
    assert_eq!((&shown["email"]["value"], &shown["status"]), (&json!("officer@example.test"), &json!("active")));
    with.send(Method::POST, invitation, None).await.expect(202);
    // Of many only those lines are refused.
    let lines = [
        json!({ "external_id": "3", "email": "c@example.test" }),
        json!({ "external_id": "4", "email": "d@example.test", "class": "staff" }),
    ];
    let lines = lines.map(|line| line.to_string()).join("\n");
    let done = without.writes(Method::POST, BATCH, &lines).await.expect(200).json();
    assert_eq!((&done["counts"]["created"], &done["counts"]["refused"]), (&json!(1), &json!(1)), "{done}");
    assert_eq!(done["lines"][1]["refused"]["code"], "insufficient_scope", "{done}");
    // Nor where a client has nobody but staff, and says nothing of the class.
    let rota = Office::of(&server, "rota", "contacts:write").await;
    problem(&rota.put("1", &json!({ "email": "warden@example.test" })).await, 403, "insufficient_scope", None);
}

#[tokio::test]
async fn sec_r44_whoever_registers_a_client_that_pushes_and_decides_is_told_what_that_means() {
    let server = Server::start(Options::default()).await;
    let codes = |id: &str, scope: &str| {
        let added = server.cli(&["client", "add", "--id", id, "--grant", "client_credentials", "--scope", scope]);
        added["warnings"].as_array().expect("a list").iter().map(|one| one["code"].clone()).collect::<Vec<_>>()
    };
    let warning = json!("client_warning_decides_own_pushes");
    assert!(codes("both", ALL).contains(&warning));
    for (id, scope) in [("pushes", "contacts:write"), ("decides", "contacts:decide")] {
        assert!(!codes(id, scope).contains(&warning), "{id}");
    }
}

#[tokio::test]
async fn sec_r44_a_line_of_many_is_read_as_strictly_as_a_person_alone() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    for body in [
        r#""email":"a@example.test","status":"ended","status":"active""#,
        r#""email":"a@example.test","email":"b@example.test""#,
        r#""email":"a@example.test","phones":[{"number":"07700900701","number":"07700900702"}]"#,
        r#""email":"a@example.test","shoe_size":9"#,
    ] {
        let alone = crm.writes(Method::PUT, "/api/v1/contacts/1", &format!("{{{body}}}")).await;
        problem(&alone, 400, "body_malformed", None);
        let line = format!(r#"{{"external_id":"1",{body}}}"#);
        let many = crm.writes(Method::POST, BATCH, &line).await.expect(200).json();
        assert_eq!(many["lines"][0]["refused"]["code"], "body_malformed", "{line}: {many}");
    }
    let twice = r#"{"external_id":"1","email":"a@example.test","external_id":"2"}"#;
    let many = crm.writes(Method::POST, BATCH, twice).await.expect(200).json();
    assert_eq!(many["lines"][0]["refused"]["code"], "body_malformed", "{many}");
    for id in ["1", "2"] {
        problem(&crm.get(id).await, 404, "unknown_contact", None);
    }
}

#[tokio::test]
async fn sec_r46_a_trial_is_on_the_trail_and_names_no_conflict_that_there_is_not() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    let resident = server.resident_with_email();
    let lines = [
        json!({ "external_id": "1", "email": resident.email }),
        json!({ "external_id": "2", "email": "nobody@example.test" }),
    ];
    let lines = lines.map(|line| line.to_string()).join("\n");
    let tried = crm.writes(Method::POST, &format!("{BATCH}?dry_run=true"), &lines).await.expect(200).json();
    let report = &tried["lines"][0]["pushed"]["problems"][0];
    assert_eq!((&report["code"], &report["conflict"]), (&json!("email_in_use"), &Value::Null), "{tried}");
    assert_eq!(tried["counts"]["emails_in_use"], 1);
    let waiting = crm.send(Method::GET, "/api/v1/conflicts", None).await.json();
    assert_eq!(waiting["conflicts"], json!([]));
    if Backend::chosen() == Backend::Sqlite {
        assert!(database_has(&server, "contact.tried"), "on the trail");
        assert!(database_has(&server, r#""emails_in_use":1"#), "with the counts");
    }
    let pushed = crm.pushes("1", &json!({ "email": resident.email })).await;
    assert!(pushed["problems"][0]["conflict"].is_string(), "{pushed}");
}
