//! R39 and R40: the new address or number.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// What both pages show. The field is `email` or `phone`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewContact {
    /// `email` or `phone`.
    pub kind: String,
    /// Where the form posts to.
    pub action: String,
    /// What was typed before.
    pub value: String,
    /// The one in force.
    pub current: Option<String>,
    /// Whether a code goes to the one in force first.
    pub old_first: bool,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl NewContact {
    /// Samples of one kind.
    fn samples(kind: &str, current: &str, wrong: &str, error: &'static str) -> Vec<Self> {
        let plain = Self { kind: kind.to_owned(), action: format!("/account/{kind}"), ..Self::default() };
        let full = Self { current: Some(current.to_owned()), old_first: true, ..plain.clone() };
        let wrong = Self {
            value: wrong.to_owned(),
            errors: vec![FieldError::new(kind.to_owned(), Message::new(error))],
            ..full.clone()
        };
        vec![plain, full, wrong]
    }
}

/// R39: a new email address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NewEmail(pub NewContact);

impl NewEmail {
    /// The page, to be filled in.
    #[must_use]
    pub fn new(page: NewContact) -> Self {
        Self(NewContact { kind: "email".to_owned(), ..page })
    }
}

impl Page for NewEmail {
    const TEMPLATE: &'static str = "pages/account-contact.html";
    const SCREEN: &'static str = "R39";

    fn title(&self) -> Message {
        Message::new("account-email-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    fn samples() -> Vec<Self> {
        let samples = NewContact::samples("email", "resident@example.org", "resident", "error-email-format");
        samples.into_iter().map(Self).collect()
    }
}

/// R40: a new phone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NewPhone(pub NewContact);

impl NewPhone {
    /// The page, to be filled in.
    #[must_use]
    pub fn new(page: NewContact) -> Self {
        Self(NewContact { kind: "phone".to_owned(), ..page })
    }
}

impl Page for NewPhone {
    const TEMPLATE: &'static str = "pages/account-contact.html";
    const SCREEN: &'static str = "R40";

    fn title(&self) -> Message {
        Message::new("account-phone-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    fn samples() -> Vec<Self> {
        NewContact::samples("phone", "+447700900900", "12345", "error-phone-format").into_iter().map(Self).collect()
    }
}
