//! Who one can be at a stand-in. The names are invented, the addresses belong to nobody.

use serde_json::{Map, Value, json};

use crate::net::form::Form;

/// Somebody at an OpenID Connect provider: an id for forms, who it is, and the claims about them.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) claims: Map<String, Value>,
}

/// Somebody at Facebook.
#[derive(Clone)]
pub(super) struct Friend {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) user: String,
    pub(super) names: [String; 2],
    pub(super) email: Option<String>,
}

/// The first one is ready to be used: verified, and known nowhere else.
pub const READY: &str = "resident@gmail.com";

/// The subject with this number at the OpenID Connect providers.
fn subject(number: u64) -> String {
    format!("1100000000000000{number:05}")
}

/// The subject there of a person whom the provider knows too, by their place in the list.
#[must_use]
pub fn subject_of_known(at: usize) -> String {
    subject(100 + u64::try_from(at).unwrap_or_default())
}

fn person(id: &str, text: &str, number: u64, names: [&str; 2], claims: Value) -> Person {
    let [given, family] = names;
    let mut all = json!({
        "sub": subject(number),
        "name": format!("{given} {family}"),
        "given_name": given,
        "family_name": family,
        "locale": "en-GB",
    });
    if let (Some(all), Value::Object(claims)) = (all.as_object_mut(), claims) {
        all.extend(claims);
    }
    let claims = all.as_object().cloned().unwrap_or_default();
    Person { id: id.to_owned(), text: text.to_owned(), claims }
}

/// Everybody at the OpenID Connect providers; `known` are people whom the provider knows too.
pub(super) fn people(known: &[(String, String)]) -> Vec<Person> {
    let verified = |email: &str| json!({"email": email, "email_verified": true});
    let rhian = ["Rhian", "Morgan"];
    let mut all = vec![
        person("resident", "resident@gmail.com, verified", 1, rhian, verified(READY)),
        person(
            "no-verified",
            "kofi.mensah@example.com, without email_verified",
            2,
            ["Kofi", "Mensah"],
            json!({"email": "kofi.mensah@example.com"}),
        ),
        person(
            "text-verified",
            "ines.duarte@gmail.com, email_verified is the text “true”",
            3,
            ["Inês", "Duarte"],
            json!({"email": "ines.duarte@gmail.com", "email_verified": "true"}),
        ),
        person(
            "unverified",
            "olu.bello@gmail.com, email_verified is false",
            4,
            ["Olu", "Bello"],
            json!({"email": "olu.bello@gmail.com", "email_verified": false}),
        ),
        person(
            "workspace",
            "anwen.price@school.example.org of a Workspace, verified, with hd",
            5,
            ["Anwen", "Price"],
            json!({"email": "anwen.price@school.example.org", "email_verified": true, "hd": "school.example.org"}),
        ),
        person(
            "own-domain",
            "sam@hughes.example.net of a domain of their own, verified once",
            6,
            ["Sam", "Hughes"],
            verified("sam@hughes.example.net"),
        ),
        person("no-email", "without an address", 7, ["Yusuf", "Aydin"], json!({})),
        person(
            "changed-email",
            "resident.morgan@gmail.com: the first person with another address",
            1,
            rhian,
            verified("resident.morgan@gmail.com"),
        ),
        person(
            "other-sub",
            "resident@gmail.com: the first address with another person",
            8,
            ["Robin", "Morgan"],
            verified(READY),
        ),
    ];
    all.extend(known.iter().enumerate().map(|(at, (situation, email))| {
        let subject = 100 + u64::try_from(at).unwrap_or_default();
        let text = format!("{email}, verified once, who has an account here: {situation}");
        person(&format!("known-{at}"), &text, subject, ["Known", "Here"], verified(email))
    }));
    all
}

/// Whoever is described in a form.
pub(super) fn described(form: &Form) -> Map<String, Value> {
    let mut claims = Map::new();
    for name in ["sub", "email", "email_verified", "hd", "name", "given_name", "family_name"] {
        let Some(text) = form.get(name).filter(|text| !text.is_empty()) else { continue };
        let value = match (name, text) {
            ("email_verified", "true") => Value::Bool(true),
            ("email_verified", "false") => Value::Bool(false),
            _ => Value::from(text),
        };
        claims.insert(name.to_owned(), value);
    }
    claims
}

/// Everybody at Facebook.
pub(super) fn friends(known: &[(String, String)]) -> Vec<Friend> {
    let friend = |id: &str, text: String, user: usize, names: [&str; 2], email: Option<&str>| Friend {
        id: id.to_owned(),
        text,
        user: format!("1022000000000{user:04}"),
        names: names.map(str::to_owned),
        email: email.map(str::to_owned),
    };
    let mut all = vec![
        friend("resident", "gwyn.parry@example.com".to_owned(), 1, ["Gwyn", "Parry"], Some("gwyn.parry@example.com")),
        friend("no-email", "without an address".to_owned(), 2, ["Zofia", "Lis"], None),
        friend(
            "changed-email",
            "gwyn@parry.example.net: the first person with another address".to_owned(),
            1,
            ["Gwyn", "Parry"],
            Some("gwyn@parry.example.net"),
        ),
    ];
    all.extend(known.iter().enumerate().map(|(at, (_, email))| {
        let text = format!("{email}, who has an account here: not linked");
        friend(&format!("known-{at}"), text, 100 + at, ["Known", "Here"], Some(email))
    }));
    all
}
