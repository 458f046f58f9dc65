//! What is sent and answered about people, and how a body becomes a record.

use idp_core::account::{EmailAddress, PushedNumbers};
use idp_core::policy::UserClass;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::problem::Problem;
use crate::app::App;
use crate::clients::Client;
use crate::page::lang::offered;
use crate::sync::{Details, LONGEST_ID, Left, Outcome, Record, is_external_id};
use http::StatusCode;

/// The most numbers of one person.
const MOST_NUMBERS: usize = 10;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// Whether a person has an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Has one.
    #[default]
    Active,
    /// Has none any more: has died, or moved away. It ends for good; pushed again as active, the person gets another account.
    Ended,
}

/// What an account is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A resident.
    Resident,
    /// A member of staff: takes the scope `contacts:staff` as well.
    Staff,
}

/// A phone number.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// As people write it; without a country code it is a UK number. An empty text is no number.
    number: String,
    /// Whether codes go to it. At most one is the default; where none is marked it is the first.
    #[serde(default)]
    default: bool,
}

/// A person, whole: numbers that are left out are taken away. Names and language that are left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The address that the person signs in with. Needed unless the person has ended.
    #[serde(default)]
    email: Option<String>,
    /// Phone numbers, at most 10.
    #[serde(default)]
    phones: Vec<Phone>,
    /// The given name.
    #[serde(default)]
    given_name: Option<String>,
    /// The family name.
    #[serde(default)]
    family_name: Option<String>,
    /// The language of messages: `en` or `cy`.
    #[serde(default)]
    locale: Option<String>,
    /// What the account is made as; it stays that. Without it, what may sign in at the client.
    #[serde(default)]
    class: Option<Class>,
    /// Whether the person has an account.
    #[serde(default)]
    status: Status,
}

impl Contact {
    /// Whether it has no address.
    pub fn has_no_email(&self) -> bool {
        self.email.as_deref().is_none_or(|email| email.trim().is_empty())
    }

    /// Whether it is about somebody who has an account.
    pub const fn is_active(&self) -> bool {
        matches!(self.status, Status::Active)
    }

    /// What it says of a person of this client.
    ///
    /// # Errors
    /// The field that is wrong. A number that is none is no error: it stays blank.
    pub fn record(self, app: &App, client: &Client) -> Result<Record, Problem> {
        if self.status == Status::Ended {
            return Ok(Record::Ended);
        }
        let email = self.email.unwrap_or_default();
        if email.trim().is_empty() {
            return Err(Problem::field("email", "email_missing", "a person signs in with an email address"));
        }
        let email = EmailAddress::parse(&email);
        let email = email.map_err(|problem| Problem::field("email", "email_malformed", problem.to_string()))?;
        if self.phones.len() > MOST_NUMBERS {
            return Err(Problem::field("phones", "phones_too_many", format!("at most {MOST_NUMBERS} numbers")));
        }
        let numbers = self.phones.iter().map(|phone| (phone.number.as_str(), phone.default));
        let numbers = PushedNumbers::read(numbers)
            .map_err(|problem| Problem::field("phones", "phones_several_defaults", problem.to_string()))?;
        Ok(Record::Active(Box::new(Details {
            email,
            numbers,
            given_name: name("given_name", self.given_name)?,
            family_name: name("family_name", self.family_name)?,
            locale: self.locale.map(|tag| locale(app, &tag)).transpose()?,
            class: self.class.map(|asked| class(client, asked)).transpose()?,
            usual_class: usual_class(client),
        })))
    }
}

fn name(field: &'static str, text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        let why = format!("at most {LONGEST_NAME} characters, without control characters");
        return Err(Problem::field(field, "name_malformed", why));
    }
    Ok(Some(text))
}

fn locale(app: &App, tag: &str) -> Result<String, Problem> {
    let lang = offered(&app.config.brand.languages, tag);
    let unknown = || Problem::field("locale", "locale_unknown", "use en or cy, where this installation has it");
    lang.map(|lang| lang.code().to_owned()).ok_or_else(unknown)
}

fn class(client: &Client, asked: Class) -> Result<UserClass, Problem> {
    let class = match asked {
        Class::Resident => UserClass::Resident,
        Class::Staff => UserClass::Staff,
    };
    if client.policy.user_class.admits(class) {
        return Ok(class);
    }
    Err(Problem::field("class", "class_not_served", "the client's policy (user_class) does not admit this class"))
}

/// What a client's people are where it does not say.
fn usual_class(client: &Client) -> UserClass {
    if client.policy.user_class.admits(UserClass::Resident) { UserClass::Resident } else { UserClass::Staff }
}

/// The id of a person.
///
/// # Errors
/// It is empty, too long or has control characters.
pub fn external_id(text: &str) -> Result<String, Problem> {
    if !is_external_id(text) {
        let why = format!("1 to {LONGEST_ID} bytes, without control characters");
        return Err(Problem::field("external_id", "external_id_malformed", why));
    }
    Ok(text.to_owned())
}

/// A JSON body.
///
/// # Errors
/// It is none, or not of that form.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "body_malformed", format!("the body cannot be read: {error}"))
    })
}

/// What was not applied.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Unapplied {
    /// `phone_rejected`: the number is none and stays blank. `email_in_use`: somebody else signs in with the address, and
    /// somebody has to decide.
    code: &'static str,
    /// The field, for example `phones[1].number`.
    field: String,
    /// Why a number is none: `format`, `impossible` or `not_a_phone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// The conflict about the address; none where it was only tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<Uuid>,
    /// In words, for developers.
    detail: String,
}

impl From<&Left> for Unapplied {
    fn from(left: &Left) -> Self {
        match left {
            Left::Phone(place, problem) => Self {
                code: "phone_rejected",
                field: format!("phones[{place}].number"),
                reason: Some(problem.as_str()),
                conflict: None,
                detail: problem.to_string(),
            },
            Left::Email(conflict) => Self {
                code: "email_in_use",
                field: "email".to_owned(),
                reason: None,
                conflict: *conflict,
                detail: "another account signs in with this address".to_owned(),
            },
        }
    }
}

/// What came of a push.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Pushed {
    /// The person's id.
    external_id: String,
    /// Whether the account was made by this push.
    created: bool,
    /// What was changed: `status`, `email`, `phones`, `name`, `locale`. Nothing, where all was as it is said.
    changed: Vec<&'static str>,
    /// What was not applied; everything else was.
    problems: Vec<Unapplied>,
}

impl Pushed {
    /// The answer about a person.
    pub fn new(external_id: String, outcome: &Outcome) -> Self {
        Self {
            external_id,
            created: outcome.created,
            changed: outcome.changed.clone(),
            problems: outcome.left.iter().map(Into::into).collect(),
        }
    }
}
