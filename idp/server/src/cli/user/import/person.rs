//! What a line says about a person: every field checked, and every problem named. No message repeats a value: there are
//! secrets among them.

use std::fmt;

use idp_core::account::{ContactState, EmailAddress, LineType, PhoneNumber};
use idp_core::oidc::claims::{self, Claims};
use idp_core::policy::UserClass;
use serde_json::Value;
use zeroize::Zeroizing;

use super::super::{class, given};
use super::lines::Fields;
use crate::hashing;
use crate::sync;

/// Fields that are no claims.
const OWN: [&str; 9] =
    ["email", "email_state", "phone", "phone_state", "class", "locale", "password_hash", "totp_secret", "external_id"];
/// The parts of an address (OpenID Connect Core 5.1.1).
const ADDRESS: [&str; 6] = ["formatted", "street_address", "locality", "region", "postal_code", "country"];
/// Claims of the profile that come from elsewhere.
const ELSEWHERE: [&str; 2] = ["locale", "updated_at"];
/// Longest claim in characters.
const LONGEST: usize = 1_000;

/// The names of all fields.
pub(super) fn fields() -> impl Iterator<Item = &'static str> {
    OWN.into_iter().chain(profile_claims()).chain(["address"]).chain(ADDRESS)
}

fn profile_claims() -> impl Iterator<Item = &'static str> {
    claims::of_scope("profile").iter().copied().filter(|name| !ELSEWHERE.contains(name))
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    field: String,
    what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

pub(super) fn problem(field: &str, what: impl fmt::Display) -> Problem {
    Problem { field: field.to_owned(), what: what.to_string() }
}

/// A person who can be brought in.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) class: UserClass,
    pub(super) email: EmailAddress,
    pub(super) email_state: ContactState,
    pub(super) phone: Option<(PhoneNumber, ContactState)>,
    /// Why there is no phone although the line has one (requirement S1.5).
    pub(super) phone_left_out: Option<Problem>,
    pub(super) profile: Claims,
    pub(super) locale: Option<String>,
    pub(super) phc: Option<String>,
    pub(super) totp_secret: Option<Zeroizing<Vec<u8>>>,
    /// Who the person is to a back office.
    pub(super) office: Option<sync::Person>,
}

/// How lines are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading<'a> {
    /// Whether the file is believed where it says that a contact was proven elsewhere.
    pub(super) trust_verified: bool,
    /// The client whose ids of people the file has.
    pub(super) client: Option<&'a str>,
}

impl Person {
    /// Whether the phone takes calls and no texts.
    pub(super) fn has_landline(&self) -> bool {
        self.phone.as_ref().is_some_and(|(phone, _)| phone.line_type() == LineType::Landline)
    }

    /// Reads a line.
    pub(super) fn read(fields: Fields, reading: Reading<'_>) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { fields, problems: Vec::new(), trust_verified: reading.trust_verified };
        let email = match reader.text("email") {
            Some(text) => reader.read("email", || EmailAddress::parse(&text)),
            None => reader.read("email", || Err("a person needs one")),
        };
        let class = reader.text("class").map(|text| reader.read("class", || class(&text)));
        let email_state = reader.state("email_state");
        let phone_state = reader.state("phone_state");
        let phone = reader.text("phone").map(|text| PhoneNumber::parse(&text));
        let locale = reader.text("locale");
        if locale.as_deref().is_some_and(|locale| !matches!(locale, "en" | "cy")) {
            reader.problems.push(problem("locale", "use en or cy"));
        }
        let hash = reader.text("password_hash");
        let phc = hash.and_then(|text| reader.read("password_hash", || hashing::imported(&text)));
        let secret = reader.text("totp_secret").map(Zeroizing::new);
        let totp_secret = secret.and_then(|text| reader.read("totp_secret", || given::authenticator_secret(&text)));
        let office = reader.office(reading.client);
        let profile = reader.profile();
        reader.refuse_others();
        let (phone, phone_left_out) = match phone {
            Some(Ok(phone)) => (Some((phone, phone_state)), None),
            Some(Err(why)) => (None, Some(problem("phone", format_args!("left out: {why}")))),
            None => (None, None),
        };
        match (email, reader.problems.is_empty()) {
            (Some(email), true) => Ok(Self {
                class: class.flatten().unwrap_or(UserClass::Resident),
                email,
                email_state,
                phone,
                phone_left_out,
                profile,
                locale,
                phc,
                totp_secret,
                office,
            }),
            _ => Err(reader.problems),
        }
    }
}

struct Reader {
    fields: Fields,
    problems: Vec<Problem>,
    trust_verified: bool,
}

impl Reader {
    /// Takes a field that is text; nothing where it is missing or blank.
    fn text(&mut self, name: &str) -> Option<String> {
        match self.fields.remove(name)? {
            Value::Null => None,
            Value::String(text) => self.plain(name, &text),
            _ => {
                self.problems.push(problem(name, "must be text"));
                None
            }
        }
    }

    fn plain(&mut self, name: &str, text: &str) -> Option<String> {
        let text = text.trim();
        if text.chars().count() > LONGEST {
            self.problems.push(problem(name, format_args!("is longer than {LONGEST} characters")));
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            self.problems.push(problem(name, "has control characters"));
        } else if !text.is_empty() {
            return Some(text.to_owned());
        }
        None
    }

    fn read<T, E: fmt::Display>(&mut self, name: &str, read: impl FnOnce() -> Result<T, E>) -> Option<T> {
        read().map_err(|what| self.problems.push(problem(name, what))).ok()
    }

    fn state(&mut self, name: &str) -> ContactState {
        let Some(text) = self.text(name) else { return ContactState::Unproven };
        match given::state(&text) {
            Ok(ContactState::Verified) if !self.trust_verified => {
                self.problems.push(problem(name, "verified is taken with --trust-verified only"));
            }
            Ok(state) => return state,
            Err(what) => self.problems.push(problem(name, what)),
        }
        ContactState::Unproven
    }

    fn office(&mut self, client: Option<&str>) -> Option<sync::Person> {
        let external_id = self.text("external_id")?;
        let Some(client) = client else {
            self.problems.push(problem("external_id", "say whose ids these are, with --client"));
            return None;
        };
        if !sync::is_external_id(&external_id) {
            let most = sync::LONGEST_ID;
            self.problems.push(problem("external_id", format_args!("is longer than {most} bytes, or has line breaks")));
            return None;
        }
        Some(sync::Person { client: client.to_owned(), external_id })
    }

    fn profile(&mut self) -> Claims {
        let mut profile = Claims::new();
        for name in profile_claims() {
            if let Some(text) = self.text(name) {
                profile.insert(name.to_owned(), text.into());
            }
        }
        let mut address = Claims::new();
        match self.fields.remove("address") {
            Some(Value::Object(parts)) => {
                for (name, part) in parts {
                    let field = format!("address.{name}");
                    match part {
                        _ if !ADDRESS.contains(&name.as_str()) => {
                            self.problems.push(problem(&field, "is no part of an address"));
                        }
                        Value::Null => {}
                        Value::String(text) => {
                            address.extend(self.plain(&field, &text).map(|text| (name, text.into())));
                        }
                        _ => self.problems.push(problem(&field, "must be text")),
                    }
                }
            }
            Some(Value::String(text)) => {
                address.extend(self.plain("address", &text).map(|text| ("formatted".to_owned(), text.into())));
            }
            None | Some(Value::Null) => {}
            Some(_) => self.problems.push(problem("address", "must be text or an object")),
        }
        for name in ADDRESS {
            if let Some(text) = self.text(name) {
                address.insert(name.to_owned(), text.into());
            }
        }
        if !address.is_empty() {
            profile.insert("address".to_owned(), Value::Object(address));
        }
        profile
    }

    /// A field that nobody reads is a mistake in its name: what it says would be lost.
    fn refuse_others(&mut self) {
        // The name may be anything, and its beginning is enough to find it.
        let others =
            self.fields.keys().map(|name| name.chars().filter(|c| !c.is_control()).take(40).collect::<String>());
        self.problems.extend(others.map(|name| problem(&name, "is no field of a person")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value, trust_verified: bool) -> Result<Person, Vec<String>> {
        let Value::Object(fields) = value else { unreachable!() };
        let reading = Reading { trust_verified, client: Some("crm") };
        Person::read(fields, reading).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn no_other_15_a_person_is_read_whole() {
        let person = read(
            json!({
                "email": " Ann@Example.ORG ", "class": "staff", "phone": "07700 900123", "phone_state": "vouched",
                "name": "Ann Smith", "given_name": "Ann", "address": { "locality": "Anytown" }, "postal_code": "AN1 1AA",
                "locale": "cy", "totp_secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "nickname": " ", "gender": null,
                "external_id": "C/17",
            }),
            false,
        )
        .unwrap_or_else(|problems| panic!("{problems:?}"));
        assert_eq!((person.email.as_str(), person.email_state), ("ann@example.org", ContactState::Unproven));
        assert_eq!((person.class, person.locale.as_deref()), (UserClass::Staff, Some("cy")));
        let phone = person.phone.as_ref().map(|(phone, state)| (phone.as_str(), *state));
        assert_eq!(phone, Some(("+447700900123", ContactState::Vouched)));
        let office = person.office.map(|office| (office.client, office.external_id));
        assert_eq!(office, Some(("crm".to_owned(), "C/17".to_owned())));
        let expected = json!({
            "name": "Ann Smith", "given_name": "Ann", "address": { "locality": "Anytown", "postal_code": "AN1 1AA" }
        });
        assert_eq!(Value::Object(person.profile), expected);
        assert_eq!(person.totp_secret.map(|secret| secret.len()), Some(20));
    }

    #[test]
    fn no_other_15_every_problem_of_a_line_is_named_and_no_value_repeated() {
        let problems = read(
            json!({
                "email": "secret1", "class": "secret2", "email_state": "secret3", "phone_state": "verified", "locale": "fr",
                "password_hash": "secret4", "totp_secret": "secret5", "name": 7, "shoe_size": "secret6",
                "website": "secret\u{0}7", "address": { "planet": "secret8" },
            }),
            false,
        );
        let problems = problems.err().expect("problems");
        let fields: Vec<&str> = problems.iter().filter_map(|problem| problem.split(':').next()).collect();
        let expected = [
            "email",
            "class",
            "email_state",
            "phone_state",
            "locale",
            "password_hash",
            "totp_secret",
            "name",
            "website",
            "address.planet",
            "shoe_size",
        ];
        assert_eq!(fields, expected, "{problems:?}");
        assert!(problems.iter().all(|problem| !problem.contains("secret") || problem.starts_with("totp_secret:")));
        assert!(read(json!({}), false).is_err_and(|problems| problems == ["email: a person needs one"]));
    }

    #[test]
    fn no_other_15_an_id_needs_somebody_whose_it_is() {
        let line = json!({ "email": "a@example.org", "external_id": "C17" });
        let Value::Object(fields) = line else { unreachable!() };
        let problems = Person::read(fields, Reading::default()).err().unwrap_or_default();
        let problems = problems.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(problems, ["external_id: say whose ids these are, with --client"]);
        for refused in ["x".repeat(201), "a\nb".to_owned()] {
            assert!(read(json!({ "email": "a@example.org", "external_id": refused }), false).is_err(), "{refused}");
        }
    }

    #[test]
    fn no_other_15_verified_is_believed_only_when_told_to() {
        let line = json!({ "email": "a@example.org", "email_state": "verified" });
        assert!(read(line.clone(), false).is_err());
        assert_eq!(read(line, true).map(|person| person.email_state).ok(), Some(ContactState::Verified));
    }

    #[test]
    fn req_s1_5_a_number_that_is_none_is_left_out_and_the_person_stays() {
        let line = |phone: &str| {
            read(json!({ "email": "a@example.org", "phone": phone }), false).unwrap_or_else(|_| unreachable!())
        };
        for unreal in ["12345", "ask his wife", "+44 7700 90012"] {
            let person = line(unreal);
            assert!(person.phone.is_none() && person.phone_left_out.is_some(), "{unreal}");
            assert!(!person.phone_left_out.is_some_and(|why| why.to_string().contains(unreal)));
        }
        assert!(line("020 7946 0018").has_landline() && !line("07700 900123").has_landline());
    }
}
