//! The sign-in before and this one side by side: what a later file of the old system says against the accounts here.

use std::fs;

use serde_json::{Value, json};

use crate::import::{BCRYPT, PASSWORD, import, person, show, told};
use crate::support::server::cli_output;
use crate::support::{Factor, Options, Server, eventually, sign_in};

/// Of the same password in another scheme, as if it had been changed.
const LATER: &str = "pbkdf2_sha256$1000$seasalt2Seasalt2$f4Ey98Cy0PpxT8yCUu2VZiwqyMOCbSG3Usqyssg1swU=";

/// Compares a text as a file of that name.
fn compare(server: &Server, name: &str, text: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let file = server.folder().join(name);
    fs::write(&file, text).expect("a file");
    let file = file.to_string_lossy().into_owned();
    told(&cli_output(&server.node.config_file(), &[&["user", "parallel-run", &file], more].concat()))
}

fn counted<const N: usize>(counts: &Value, names: [&str; N]) -> [u64; N] {
    names.map(|name| counts[name].as_u64().unwrap_or_else(|| panic!("no {name}: {counts}")))
}

const BOTH: [&str; 7] = ["lines", "same", "differ", "new_there", "gone_there", "duplicates", "refused"];
const HERE: [&str; 3] = ["signed_in_here", "hashed_anew", "with_second_factor"];

#[tokio::test]
async fn no_other_15_a_parallel_run_says_who_differs_who_is_missing_and_who_has_moved() {
    let server = Server::start(Options::default()).await;
    let head = "email,email_state,name,phone,external_id,password_hash\n";
    let before = format!(
        "{head}\
         same@example.test,verified,Ann Smith,07700 900631,C1,{BCRYPT}\n\
         moved@example.test,verified,Bob Jones,,C2,{BCRYPT}\n\
         waits@example.test,verified,Cai Evans,07700 900632,C3,{BCRYPT}\n\
         renamed@example.test,verified,Dee Reed,,C4,{BCRYPT}\n\
         gone@example.test,verified,Eve Hall,,C5,{BCRYPT}\n"
    );
    let office = ["--client", "crm"];
    let (code, _, words) = import(&server, "before.csv", &before, &["--trust-verified", "--client", "crm"]);
    assert_eq!(code, Some(0), "{words}");
    // Who registered here is nobody's loss there.
    let own = server.resident_with_email();
    let (code, counts, words) = compare(&server, "before.csv", &before, &office);
    assert_eq!((code, counted(&counts, BOTH)), (Some(0), [5, 5, 0, 0, 0, 0, 0]), "{words}");
    assert_eq!((counted(&counts, HERE), words.as_str()), ([0; 3], ""));

    let moved = person("moved@example.test", PASSWORD);
    sign_in(&server, &mut server.browser(), &server.portal(), &moved, Factor::Email).await;
    eventually("the new hash", async || (show(&server, &moved.email)["password"] == "argon2id").then_some(())).await;
    let after = format!(
        "{head}\
         same@example.test,verified,Ann Smith,07700 900631,C1,{BCRYPT}\n\
         moved@example.test,verified,,,C2,{LATER}\n\
         waits@example.test,verified,Cai Bowen,07700 900633,C3,{LATER}\n\
         new.name@example.test,verified,,,C4,\n\
         newcomer@example.test,verified,Fay West,,C6,{BCRYPT}\n\
         WAITS@example.test,,,,,\n\
         no address,,,,,\n"
    );
    let untouched = show(&server, "waits@example.test");
    let list = server.folder().join("differences.txt").to_string_lossy().into_owned();
    let (code, counts, words) =
        compare(&server, "after.csv", &after, &[&office[..], &["--differences", &list]].concat());
    assert_eq!((code, counted(&counts, BOTH)), (Some(1), [7, 2, 2, 1, 1, 1, 1]), "{words} {counts}");
    assert_eq!(counted(&counts, HERE), [1, 1, 1], "{counts}");
    let differing = json!({ "email": 1, "phone": 1, "profile": 1, "locale": 0, "password": 1 });
    assert_eq!(counts["differing"], differing);
    // As data, a line of data each; nothing of what people have is in it.
    let listed = fs::read_to_string(&list).expect("the list");
    for secret in ["900633", "Bowen", "$2b$", "pbkdf2", "example.test"] {
        assert!(!listed.contains(secret), "{secret} in {listed}");
    }
    let lines = listed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>();
    let gone = show(&server, "gone@example.test")["sub"].clone();
    let expected = [
        json!({ "line": 4, "is": "differs", "in": ["phone", "profile", "password"] }),
        json!({ "line": 5, "is": "differs", "in": ["email"] }),
        json!({ "line": 6, "is": "new_there" }),
        json!({ "line": 8, "is": "refused", "why": lines[3]["why"] }),
        json!({ "sub": gone, "is": "gone_there" }),
    ];
    assert_eq!(lines, expected);
    // Nothing was written.
    assert_eq!(show(&server, "waits@example.test"), untouched);
    server.cli(&["user", "show", "--email", &own.email]);

    // In words.
    let mut command = crate::support::server::binary(server.folder());
    command.args(["user", "parallel-run", "after.csv", "--client", "crm", "--config"]).arg(server.node.config_file());
    let output = command.output().expect("the binary runs");
    let (said, listed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        said.starts_with("7 lines: 2 the same, 2 differ, 1 new there, 1 duplicate, 1 refused; 1 gone there.\n"),
        "{said}"
    );
    assert!(said.contains("1 signed in here, 1 with a hash made anew, 1 with a second factor."), "{said}");
    assert!(listed.contains("line 4: differs: phone, profile, password\n"), "{listed}");
    assert!(listed.contains(&format!("subject {}: gone there\n", gone.as_str().expect("a subject"))), "{listed}");
    // Without ids people are known by their addresses: who has another is new on one side and gone on the other.
    let plain = "email\nsame@example.test\nnew.name@example.test\n";
    let (code, counts, words) = compare(&server, "plain.csv", plain, &[]);
    assert_eq!((code, counted(&counts, BOTH)), (Some(0), [2, 1, 0, 1, 4, 0, 0]), "{words}");
}
