//! What an import may not do: give a back office's id to two people, or one number to more people than may share it.

use serde_json::{Value, json};

use crate::account::signs_in;
use crate::contact_sync::{ALL, Office};
use crate::federation::{by, world};
use crate::import::{BCRYPT, PASSWORD, counted, exists, import, person, show};
use crate::support::{Factor, Options, Server, sign_in};

/// What is said about each line.
fn said(words: &str) -> Vec<(&str, &str)> {
    let lines = words.lines().filter_map(|line| line.strip_prefix("line ")?.split_once(": "));
    let mut about =
        lines.map(|(number, problem)| (number, problem.split(':').next().unwrap_or_default())).collect::<Vec<_>>();
    about.sort_by_key(|(number, _)| number.parse::<u64>().ok());
    about
}

#[tokio::test]
async fn no_other_15_req_s1_4_whoever_is_imported_with_an_id_is_found_by_the_next_push() {
    let server = Server::start(Options::default()).await;
    let text = format!(
        "email,email_state,name,external_id,password_hash\nann@example.test,verified,Ann Smith,C/17,{BCRYPT}\n"
    );
    // Ids are somebody's, and the client is one that there is.
    let (code, _, words) = import(&server, "people.csv", &text, &["--trust-verified"]);
    assert!(code == Some(2) && words.contains("--client"), "{code:?} {words}");
    let (code, _, words) = import(&server, "people.csv", &text, &["--trust-verified", "--client", "nobody"]);
    assert!(code == Some(1) && words.contains("nobody"), "{code:?} {words}");
    let line = r#"{"email":"ann@example.test","external_id":"C/17"}"#;
    let (code, counts, words) = import(&server, "people.jsonl", line, &[]);
    assert_eq!((code, counted(&counts), said(&words)), (Some(1), [1, 0, 0, 0, 0, 1], vec![("1", "external_id")]));
    assert!(!exists(&server, "ann@example.test"));

    let (code, counts, words) = import(&server, "people.csv", &text, &["--trust-verified", "--client", "crm"]);
    assert_eq!((code, counted(&counts)), (Some(0), [1, 1, 0, 0, 0, 0]), "{words}");
    let crm = Office::of(&server, "crm", ALL).await;
    let sub = show(&server, "ann@example.test")["sub"].clone();
    let body = json!({ "email": "ann@example.test", "phones": [{ "number": "07700 900611" }], "family_name": "Jones" });
    let pushed = crm.pushes("C%2F17", &body).await;
    assert_eq!((&pushed["created"], &pushed["problems"]), (&false.into(), &json!([])), "{pushed}");
    assert_eq!(crm.get("C%2F17").await.expect(200).json()["sub"], sub);
    let shown = show(&server, "ann@example.test");
    assert_eq!((&shown["phone"]["value"], &shown["email"]["state"]), (&"+447700900611".into(), &"verified".into()));
    // The push has not taken the password away.
    sign_in(&server, &mut server.browser(), &server.portal(), &person("ann@example.test", PASSWORD), Factor::Email)
        .await;
}

#[tokio::test]
async fn no_other_15_an_id_stands_for_one_person() {
    let server = Server::start(Options::default()).await;
    let crm = Office::of(&server, "crm", ALL).await;
    crm.pushes("C1", &json!({ "email": "pushed@example.test" })).await;
    crm.pushes("C9", &json!({ "email": "somebody.else@example.test" })).await;
    let known = server.resident_with_email();
    let text = format!(
        "email,external_id\n\
         first@example.test,C2\n\
         double@example.test,C2\n\
         other@example.test,C9\n\
         pushed@example.test,C1\n\
         pushed@example.test,C3\n\
         none@example.test,\n\
         {},C4\n",
        known.email,
    );
    for (more, expected) in [(&["--dry-run"][..], [7, 2, 0, 2, 1, 2]), (&[], [7, 2, 0, 2, 1, 2])] {
        let (code, counts, words) = import(&server, "ids.csv", &text, &[&["--client", "crm"], more].concat());
        assert_eq!((code, counted(&counts)), (Some(1), expected), "{words}");
        let expected = [("3", "external_id"), ("4", "external_id"), ("6", "email")];
        assert_eq!(said(&words), expected, "{words}");
    }
    assert!(!exists(&server, "double@example.test") && !exists(&server, "other@example.test"));
    crm.get("C3").await.expect(404);
    crm.get("C4").await.expect(404);

    // Somebody who is here already is given an id only when told to, and no second one.
    let line = format!(
        "{}\n{}\n",
        json!({ "email": known.email, "external_id": "C4" }),
        json!({ "email": "first@example.test", "external_id": "C5" })
    );
    let (code, counts, words) = import(&server, "ids.jsonl", &line, &["--client", "crm", "--update"]);
    assert_eq!((code, counted(&counts)), (Some(1), [2, 0, 1, 0, 0, 1]), "{words}");
    assert_eq!(said(&words), [("2", "external_id")], "{words}");
    assert_eq!(crm.get("C4").await.expect(200).json()["sub"], show(&server, &known.email)["sub"]);
    assert_eq!(crm.get("C2").await.expect(200).json()["sub"], show(&server, "first@example.test")["sub"]);
    crm.get("C5").await.expect(404);
    // Whose account has ended leaves the id to somebody new.
    server.cli(&["user", "end", "--email", "first@example.test", "--reason", "moved away"]);
    let line = json!({ "email": "second@example.test", "external_id": "C2" }).to_string();
    let (code, _, words) = import(&server, "again.jsonl", &line, &["--client", "crm"]);
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(crm.get("C2").await.expect(200).json()["sub"], show(&server, "second@example.test")["sub"]);
}

#[tokio::test]
async fn no_other_15_req_week_one_1_a_number_comes_in_for_five_people_and_no_more() {
    let server = Server::start(Options::default()).await;
    let line = |n: usize, state: &str| {
        json!({ "email": format!("sharer{n}@example.test"), "phone": "07700 900621", "phone_state": state }).to_string()
            + "\n"
    };
    // Four in a first run, three in a second; who is only vouched for counts for nobody, and is not counted.
    let first = (0..4).map(|n| line(n, "verified")).collect::<String>() + &line(4, "vouched");
    let trust = ["--trust-verified"];
    let (code, counts, words) = import(&server, "first.jsonl", &first, &trust);
    assert_eq!((code, &counts["phones_left_out"]), (Some(0), &0.into()), "{words}");
    let second = (5..8).map(|n| line(n, "verified")).collect::<String>();
    for more in [&["--dry-run"][..], &[]] {
        let (code, counts, words) = import(&server, "second.jsonl", &second, &[&trust, more].concat());
        assert_eq!((code, counted(&counts)), (Some(0), [3, 3, 0, 0, 0, 0]), "{words}");
        assert_eq!(
            (said(&words), &counts["phones_left_out"]),
            (vec![("2", "phone"), ("3", "phone")], &2.into()),
            "{words}"
        );
        assert!(!words.contains("900621"), "{words}");
    }
    let number = |n: usize| show(&server, &format!("sharer{n}@example.test"))["phone"]["value"].clone();
    assert_eq!((number(5), number(6), number(7)), ("+447700900621".into(), Value::Null, Value::Null));
    // Nor does an update prove it for a sixth.
    let again = line(4, "verified");
    for more in [&["--dry-run"][..], &[]] {
        let (_, counts, words) = import(&server, "again.jsonl", &again, &[&["--update"], &trust[..], more].concat());
        assert_eq!((counted(&counts), said(&words)), ([1, 0, 0, 1, 0, 0], vec![("1", "phone")]), "{words}");
    }
    assert_eq!(show(&server, "sharer4@example.test")["phone"]["state"], "vouched");
}

#[tokio::test]
async fn sec_r41_an_update_gives_nobody_elses_password_or_number_to_whoever_has_proven_the_address() {
    let (upstreams, server) = world().await;
    // Made with Google, which proves the address; there is no password.
    let email = "resident@gmail.com";
    let request = server.client("council").authorize();
    by(&upstreams, &mut server.browser(), &request, "google", "resident", &[]).await.callback().code();
    let before = show(&server, email);
    assert_eq!((&before["email"]["state"], &before["phone"]), (&"verified".into(), &Value::Null), "{before}");
    // In the other system somebody else had typed that address.
    let line = |state: &str| {
        json!({
            "email": email, "email_state": state, "name": "From the file", "phone": "07700 900641",
            "phone_state": "vouched", "password_hash": BCRYPT,
        })
        .to_string()
    };
    for more in [&["--dry-run"][..], &[]] {
        let (code, counts, words) = import(&server, "a.jsonl", &line("unproven"), &[&["--update"], more].concat());
        assert_eq!((code, counted(&counts)), (Some(0), [1, 0, 1, 0, 0, 0]), "{words}");
        assert_eq!((said(&words), &counts["left_to_owners"]), (vec![("1", "phone, password_hash")], &1.into()));
    }
    let after = show(&server, email);
    assert_eq!((&after["password"], &after["phone"]), (&before["password"], &Value::Null), "{after}");
    assert_eq!(after["claims"]["name"], "From the file");
    // Where the file is believed to say that they proved it there, the number comes; a password comes beside no other way in.
    let (_, counts, words) = import(&server, "b.jsonl", &line("verified"), &["--update", "--trust-verified"]);
    assert_eq!((said(&words), &counts["left_to_owners"]), (vec![("1", "password_hash")], &1.into()), "{words}");
    let after = show(&server, email);
    assert_eq!((&after["password"], &after["phone"]["value"]), (&before["password"], &"+447700900641".into()));
    assert!(!signs_in(&server, email, PASSWORD).await, "the password of the file opens nothing");
}
