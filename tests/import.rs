//! People from another system: what of a file goes in, what is said about the rest, and that they sign in as before.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::docs::{commands, document, fenced, section};
use crate::support::journey::{Ask, asks, sign_in, until};
use crate::support::seed::TOTP_SECRET;
use crate::support::server::{binary, cli_output};
use crate::support::{Factor, Options, Resident, Server, Stop, eventually, inbox};

/// The password of everybody in these files, and hashes of it made by other programs: bcrypt by libxcrypt, PBKDF2 by Python's
/// hashlib; Argon2 by its reference implementation, of another password.
pub const PASSWORD: &str = "Bins are collected on Tuesdays, caf\u{e9}";
pub const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6";
const HASHES: [(&str, &str, &str); 8] = [
    ("bcrypt", BCRYPT, PASSWORD),
    ("bcrypt", "$2y$04$abcdefghijklmnopqrstuuYCoEVJStvxDQsH//jSEF7pI/PK9t/J6", PASSWORD),
    ("pbkdf2-sha256", "pbkdf2_sha256$1000$seasalt2Seasalt2$f4Ey98Cy0PpxT8yCUu2VZiwqyMOCbSG3Usqyssg1swU=", PASSWORD),
    (
        "pbkdf2-sha256",
        "$pbkdf2-sha256$29000$8PHy8/T19vf4.fr7/P3./w$9pZsrd.1DaMiJ597a7R3tx8xAJTiUVUP5qVwVXCFPNg",
        PASSWORD,
    ),
    ("pbkdf2-sha256", "AQAAAAEAACcQAAAAEPDx8vP09fb3+Pn6+/z9/v/SKWPPNA7H1nv74grX7wquoRdeoYv6KnCdiH2Zr8wKaA==", PASSWORD),
    ("pbkdf2-sha1", "APDx8vP09fb3+Pn6+/z9/v8x4FraBL3+5X6Gu1im2X9e+8qpdFLyh2Q0l1G8yU6LJw==", PASSWORD),
    ("pbkdf2-sha512", "AQAAAAIAAYagAAAAEPDx8vP09fb3+Pn6+/z9/v+GKA8CKJHhtkQYFxtLzbSpPrztA4sB8rz2eH2636EMHg==", PASSWORD),
    ("argon2id", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"),
];

/// Imports a text as a file of that name.
pub fn import(server: &Server, name: &str, text: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let file = server.folder().join(name);
    fs::write(&file, text).expect("a file");
    let file = file.to_string_lossy().into_owned();
    told(&cli_output(&server.node.config_file(), &[&["user", "import", &file], more].concat()))
}

/// The exit code, the data and the words of a command.
pub fn told(output: &Output) -> (Option<i32>, Value, String) {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), words)
}

pub fn counted(counts: &Value) -> [u64; 6] {
    ["lines", "added", "updated", "present", "duplicates", "refused"]
        .map(|name| counts[name].as_u64().unwrap_or_else(|| panic!("no {name}: {counts}")))
}

pub fn person(email: &str, password: &str) -> Resident {
    Resident {
        email: email.to_owned(),
        password: password.to_owned(),
        phone: String::new(),
        totp_secret: String::new(),
        situation: String::new(),
    }
}

pub fn show(server: &Server, email: &str) -> Value {
    server.cli(&["user", "show", "--email", email])
}

pub fn exists(server: &Server, email: &str) -> bool {
    cli_output(&server.node.config_file(), &["user", "show", "--email", email]).status.success()
}

/// What a guess at a password leads to.
async fn guess(server: &Server, email: &str, password: &str) -> Stop {
    let mut browser = server.browser();
    let someone = person(email, password);
    let stop = browser.open(&server.portal().authorize().url()).await;
    let codes = crate::support::journey::Codes::from(server);
    let page = until(&mut browser, stop, Ask::Password, &someone, Factor::Email, &codes).await.page();
    browser.submit(&page, &[("password", password)]).await
}

#[tokio::test]
async fn no_other_15_sec_r1_people_sign_in_with_the_password_of_their_old_system_and_it_is_hashed_anew() {
    let server = Server::start(Options::default()).await;
    let line = |(n, hash): (usize, &(&str, &str, &str))| format!("hash{n}@example.test,verified,\"{}\"", hash.1);
    let lines = HASHES.iter().enumerate().map(line).collect::<Vec<_>>().join("\n");
    let text = format!("email,email_state,password_hash\n{lines}\n");
    let (code, counts, words) = import(&server, "hashes.csv", &text, &["--trust-verified"]);
    assert_eq!((code, counted(&counts)), (Some(0), [8, 8, 0, 0, 0, 0]), "{words}");
    for (n, (scheme, _, password)) in HASHES.iter().enumerate() {
        let email = format!("hash{n}@example.test");
        assert_eq!(show(&server, &email)["password"], *scheme);
        let wrong = guess(&server, &email, "Bins are collected on Mondays").await.page();
        assert!(wrong.status() == 422 && wrong.text.contains("is not correct"), "{scheme}: {}", wrong.text);
        assert_eq!(show(&server, &email)["password"], *scheme, "a wrong one changes nothing");
        let (someone, party) = (person(&email, password), server.portal());
        sign_in(&server, &mut server.browser(), &party, &someone, Factor::Email).await;
        let renewed = async || (show(&server, &email)["password"] == "argon2id").then_some(());
        eventually("the new hash", renewed).await;
        // The new hash is of the same password.
        sign_in(&server, &mut server.browser(), &party, &someone, Factor::Email).await;
        let wrong = guess(&server, &email, "Bins are collected on Mondays").await.page();
        assert_eq!(wrong.status(), 422, "{scheme}");
    }
}

#[tokio::test]
async fn no_other_15_an_authenticator_app_goes_on_working() {
    let server = Server::start(Options::default()).await;
    let line = format!(
        r#"{{"email":"app@example.test","email_state":"verified","name":"Ann Smith","address":{{"locality":"Anytown"}},"locale":"cy","password_hash":"{BCRYPT}","totp_secret":"{}"}}"#,
        TOTP_SECRET.to_lowercase()
    );
    let (code, counts, words) = import(&server, "people.jsonl", &line, &["--trust-verified"]);
    assert_eq!((code, counted(&counts)), (Some(0), [1, 1, 0, 0, 0, 0]), "{words}");
    let shown = show(&server, "app@example.test");
    assert_eq!(
        (&shown["authenticator"], &shown["mfa_on"], &shown["locale"]),
        (&true.into(), &true.into(), &"cy".into())
    );
    assert_eq!(
        (&shown["claims"]["name"], &shown["claims"]["address"]["locality"]),
        (&"Ann Smith".into(), &"Anytown".into())
    );
    let someone = Resident { totp_secret: TOTP_SECRET.to_owned(), ..person("app@example.test", PASSWORD) };
    let tokens = sign_in(&server, &mut server.browser(), &server.portal(), &someone, Factor::Totp).await;
    assert_eq!(shown["sub"], *tokens.sub());
}

#[tokio::test]
async fn no_other_15_req_s1_5_broken_lines_are_named_and_the_rest_goes_in() {
    let server = Server::start(Options::default()).await;
    let known = server.resident_with_email();
    let text = format!(
        "email,phone,phone_state,password_hash,totp_secret\n\
         fine@example.test,07700 900123,vouched,{BCRYPT},\n\
         no address,,,,\n\
         verified@example.test,07700 900123,verified,,\n\
         costly@example.test,,,{},\n\
         open@example.test,\"07700,,,\n\
         \n\
         short@example.test,,,,SECRETSECRET\n\
         unreal@example.test,ask his wife,,,\n\
         landline@example.test,020 7946 0018,vouched,,\n\
         FINE@example.test,,,,\n\
         {},,,,\n\
         few@example.test\n\
         last@example.test,,,plaintext-password,\n",
        BCRYPT.replace("$04$", "$17$"),
        known.email,
    );
    // A trial says the same and changes nothing.
    let (code, trial, words) = import(&server, "people.csv", &text, &["--dry-run"]);
    assert_eq!((code, counted(&trial)), (Some(1), [12, 3, 0, 1, 1, 7]), "{words}");
    assert!(trial["dry_run"] == true && !exists(&server, "fine@example.test"));
    let errors = server.folder().join("errors.txt");
    let (code, counts, quiet) = import(&server, "people.csv", &text, &["--errors", errors.to_str().expect("a path")]);
    assert_eq!((code, counted(&counts)), (Some(1), counted(&trial)));
    assert_eq!((&counts["phones_left_out"], &counts["landlines"]), (&1.into(), &1.into()));
    assert_eq!(counts["without_password"], 2, "whose numbers were interesting");
    assert!(quiet.starts_with("idp: 7 lines refused") && quiet.lines().count() == 1, "{quiet}");
    let told = fs::read_to_string(&errors).expect("the errors");
    for said in [&told, &words] {
        let about: Vec<(&str, &str)> = said
            .lines()
            .filter_map(|line| line.strip_prefix("line ")?.split_once(": "))
            .map(|(number, problem)| (number, problem.split(':').next().unwrap_or_default()))
            .collect();
        let mut sorted = about.clone();
        sorted.sort_by_key(|(number, _)| number.parse::<u64>().ok());
        let expected = [
            ("3", "email"),
            ("4", "phone_state"),
            ("5", "password_hash"),
            (
                "6",
                "a quotation mark has no second one on this line; double it within a value, and keep each person on one line",
            ),
            ("8", "totp_secret"),
            ("9", "phone"),
            ("11", "email"),
            ("13", "the line has 1 values, and the header 5"),
            ("14", "password_hash"),
        ];
        assert_eq!(sorted, expected, "{said}");
        for secret in ["SECRETSECRET", "plaintext-password", "ask his wife", "abcdefghijklmnopqrstuu"] {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
        assert!(said.contains("bcrypt with a cost above 16"), "{said}");
    }
    // An unreal number stays blank; nobody signs in with what was refused.
    assert_eq!(show(&server, "unreal@example.test")["phone"], Value::Null);
    assert_eq!(show(&server, "fine@example.test")["phone"]["value"], "+447700900123");
    assert_eq!(show(&server, "fine@example.test")["email"]["state"], "unproven");
    assert!(!exists(&server, "verified@example.test") && !exists(&server, "last@example.test"));
}

#[tokio::test]
async fn no_other_15_an_import_can_be_repeated_and_changes_people_only_when_told_to() {
    let server = Server::start(Options::default()).await;
    let before = format!(
        "email,email_state,name,phone,password_hash\n\
         again@example.test,verified,Ann Smith,07700 900123,{BCRYPT}\n\
         settled@example.test,verified,Bob Jones,,{BCRYPT}\n"
    );
    let trust = ["--trust-verified"];
    assert_eq!(counted(&import(&server, "people.csv", &before, &trust).1), [2, 2, 0, 0, 0, 0]);
    // Bob signs in here: from then on his password is his business.
    sign_in(&server, &mut server.browser(), &server.portal(), &person("settled@example.test", PASSWORD), Factor::Email)
        .await;
    eventually("the new hash", async || {
        (show(&server, "settled@example.test")["password"] == "argon2id").then_some(())
    })
    .await;
    assert_eq!(counted(&import(&server, "people.csv", &before, &trust).1), [2, 0, 0, 2, 0, 0]);

    // Ann has married and Bob has moved; both have another password in the old system.
    let pbkdf2 = HASHES[2].1;
    let after = format!(
        "email,email_state,name,phone,phone_state,locality,password_hash\n\
         again@example.test,verified,Ann Jones,07700 900124,vouched,,{pbkdf2}\n\
         settled@example.test,verified,,07700 900125,vouched,Anytown,{pbkdf2}\n"
    );
    let untouched = (show(&server, "again@example.test"), show(&server, "settled@example.test"));
    assert_eq!(counted(&import(&server, "later.csv", &after, &trust).1), [2, 0, 0, 2, 0, 0]);
    let update = ["--update", "--trust-verified"];
    let tried = import(&server, "later.csv", &after, &["--update", "--trust-verified", "--dry-run"]).1;
    assert_eq!(counted(&tried), [2, 0, 2, 0, 0, 0]);
    assert_eq!((show(&server, "again@example.test"), show(&server, "settled@example.test")), untouched);
    assert_eq!(counted(&import(&server, "later.csv", &after, &update).1), [2, 0, 2, 0, 0, 0]);
    let ann = show(&server, "again@example.test");
    assert_eq!((&ann["claims"]["name"], &ann["password"]), (&"Ann Jones".into(), &"pbkdf2-sha256".into()));
    assert_eq!((&ann["phone"]["value"], &ann["phone"]["state"]), (&"+447700900124".into(), &"vouched".into()));
    assert_eq!(ann["email"]["state"], "verified", "a file takes nothing back");
    let bob = show(&server, "settled@example.test");
    assert_eq!((&bob["claims"]["name"], &bob["password"]), (&"Bob Jones".into(), &"argon2id".into()));
    assert_eq!(
        (&bob["claims"]["address"]["locality"], &bob["phone"]["value"]),
        (&"Anytown".into(), &"+447700900125".into())
    );
    assert_eq!(counted(&import(&server, "later.csv", &after, &update).1), [2, 0, 0, 2, 0, 0], "nothing is new");

    // Where its owner has proven a number, the file's is not taken.
    let proven = "settled2@example.test";
    server.cli(&[
        "user",
        "add",
        "--email",
        proven,
        "--password",
        "correct horse battery staple",
        "--phone",
        "07700 900126",
    ]);
    let line = format!(
        r#"{{"email":"{proven}","phone":"07700 900127","password_hash":"{BCRYPT}","totp_secret":"{TOTP_SECRET}"}}"#
    );
    assert_eq!(counted(&import(&server, "more.jsonl", &line, &["--update"]).1), [1, 0, 0, 1, 0, 0]);
    let shown = show(&server, proven);
    assert_eq!((&shown["phone"]["value"], &shown["authenticator"]), (&"+447700900126".into(), &false.into()));
    let verified = server.cli(&["audit", "verify"]);
    assert_ne!(verified, Value::Null);
}

#[tokio::test]
async fn no_other_15_what_is_no_file_of_people_is_refused_before_anything_is_written() {
    let server = Server::shared().await;
    let table = [
        ("a.csv", "email,phone_no\nheader@example.test,1\n", "phone_no"),
        ("b.csv", "name\nAnn\n", "no column email"),
        ("c.csv", "email,email\nheader@example.test,1\n", "twice"),
        ("d.csv", "", "no column email"),
        ("e.txt", "email\nheader@example.test\n", "--format"),
        ("f.csv", "email,\"name\nheader@example.test,1\n", "quotation mark"),
    ];
    for (name, text, said) in table {
        let (code, counts, words) = import(server, name, text, &[]);
        assert!(code == Some(2) && counts == Value::Null && words.contains(said), "{name}: {code:?} {words}");
    }
    let missing = cli_output(&server.node.config_file(), &["user", "import", "missing.csv"]);
    assert!(missing.status.code() == Some(1) && String::from_utf8_lossy(&missing.stderr).contains("missing.csv"));
    assert!(!exists(server, "header@example.test"));
}

#[tokio::test]
async fn no_other_15_standard_input_is_read_and_progress_is_for_a_terminal_only() {
    let server = Server::start(Options::default()).await;
    let text = (0..600).map(|n| format!("{{\"email\":\"many{n}@example.test\"}}")).collect::<Vec<_>>().join("\n");
    let file = server.folder().join("many.jsonl");
    fs::write(&file, text).expect("a file");
    let config = server.node.config_file();
    let import = |file: &str, input: Stdio| {
        let mut command = binary(server.folder());
        command.args(["user", "import", file, "--format", "jsonl", "--dry-run", "--config"]).arg(&config);
        command.stdin(input).output().expect("the binary runs")
    };
    let piped = import("-", fs::File::open(&file).expect("the file").into());
    assert!(piped.status.success() && piped.stderr.is_empty(), "{}", String::from_utf8_lossy(&piped.stderr));
    let said = String::from_utf8_lossy(&piped.stdout).into_owned();
    assert!(said.starts_with("A trial: nothing was written. 600 lines: 600 added, 0 updated"), "{said}");

    // With a terminal of its own.
    let program = Path::new(env!("CARGO_BIN_EXE_idp"));
    let line = format!("{} user import many.jsonl --config {}", program.display(), config.display());
    let mut script = Command::new("script");
    script.current_dir(server.folder()).args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").stdin(Stdio::null());
    let shown = script.output().expect("script runs");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains(" % [") && shown.contains("600 added"), "{shown}");
    assert!(exists(&server, "many599@example.test"));
}

#[tokio::test]
async fn no_other_15_sec_r7_a_guess_at_nobody_costs_what_a_guess_at_somebody_costs() {
    let server = Server::start(Options::default()).await;
    let line = format!(r#"{{"email":"one@example.test","email_state":"verified","password_hash":"{BCRYPT}"}}"#);
    import(&server, "one.jsonl", &line, &["--trust-verified"]);
    for email in ["one@example.test", "nobody-at-all@example.test"] {
        let before = server.metrics().await.sum("argon2_verifications_total");
        let page = guess(&server, email, "Bins are collected on Mondays").await.page();
        assert!(page.status() == 422 && asks(&page) == Ask::Password, "{email}: {}", page.text);
        assert!((server.metrics().await.sum("argon2_verifications_total") - before - 1.0).abs() < 0.1, "{email}");
    }
    assert!(inbox::messages(&server.nodes(), "one@example.test").await.is_empty(), "nobody is written to");
}

#[tokio::test]
async fn docs_no_other_15_the_files_and_commands_of_the_guide_bring_people_in() {
    let server = Server::start(Options::default()).await;
    let text = document("docs/operating.md");
    let heading = "### Bringing people in from another system";
    for (name, language) in [("people.csv", "csv"), ("people.jsonl", "json")] {
        fs::write(server.folder().join(name), fenced(&text, heading, language)).expect("a file");
    }
    let commands = self::commands(section(&text, heading), "idp user import");
    assert!(commands.len() >= 3, "{commands:?}");
    let compared = self::commands(section(&text, "#### Both systems side by side"), "idp user parallel-run");
    assert_eq!(compared.len(), 2, "{compared:?}");
    for line in commands.iter().chain(&compared) {
        let args = line.split_whitespace().skip(1).collect::<Vec<_>>();
        let mut command = binary(server.folder());
        command.args(&args).args(["--json", "--config"]).arg(server.node.config_file());
        let (code, counts, words) = told(&command.stdin(Stdio::null()).output().expect("the binary runs"));
        assert_eq!((code, counts["refused"].as_u64()), (Some(0), Some(0)), "{line}: {words}");
        assert!(counts["lines"].as_u64() >= Some(1), "{line}: {counts}");
    }
    let shown = show(&server, "ann.smith@example.org");
    assert_eq!((&shown["password"], &shown["phone"]["value"]), (&"bcrypt".into(), &"+447700900123".into()));
    let shown = show(&server, "rhys.jones@example.org");
    assert_eq!((&shown["locale"], &shown["authenticator"]), (&"cy".into(), &true.into()));
    for name in
        ["email", "class", "email_state", "totp_secret", "password_hash", "postal_code", "birthdate", "zoneinfo"]
    {
        assert!(section(&text, heading).contains(&format!("`{name}`")), "{name} is not in the guide");
    }
}

#[tokio::test]
async fn no_other_15_a_file_as_a_spreadsheet_writes_it_is_refused_with_what_to_do() {
    let server = Server::start(Options::default()).await;
    for (name, text, expected) in [
        ("semicolons.csv", "email;given_name\na@example.test;Ann\n", "separate the columns by commas"),
        ("without.csv", "ann@example.test,Ann\n", "the first line must name the columns"),
        ("capital.csv", "Email\na@example.test\n", "write it email"),
        ("list.json", "[]", "one object on each line"),
    ] {
        let file = server.folder().join(name);
        std::fs::write(&file, text).expect("a file");
        let output = cli_output(&server.node.config_file(), &["user", "import", file.to_str().expect("a path")]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected) && !said.contains("ann@"), "{name}: {said}");
    }
}
