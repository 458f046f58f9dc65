//! A forgotten password: R35 to R37; and an account that is locked: R52.
//!
//! The words are the same whether or not an account exists.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// R35: whose password. The field is `email`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forgot {
    /// Where the form posts to.
    pub action: String,
    /// Whether they were invited to choose a first password.
    pub first: bool,
    /// What was typed before.
    pub email: String,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Forgot {
    const TEMPLATE: &'static str = "pages/forgot.html";
    const SCREEN: &'static str = "R35";

    fn title(&self) -> Message {
        Message::new(if self.first { "invited-title" } else { "forgot-title" })
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: "/forgot?tx=sample".to_owned(), ..Self::default() };
        let carried = Self {
            email: "resident@example.org".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong = Self {
            email: "resident".to_owned(),
            errors: vec![FieldError::new("email", Message::new("error-email-format"))],
            ..carried.clone()
        };
        let first = Self { first: true, ..plain.clone() };
        vec![plain, first, carried, wrong]
    }
}

/// R37: the new password. The field is `password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewPassword {
    /// Where the form posts to.
    pub action: String,
    /// Whether they were invited to choose a first password.
    pub first: bool,
    /// The account's address, for password managers.
    pub email: String,
    /// How many characters a password must have.
    pub length: u32,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for NewPassword {
    const TEMPLATE: &'static str = "pages/new-password.html";
    const SCREEN: &'static str = "R37";

    fn title(&self) -> Message {
        Message::new(if self.first { "first-password-title" } else { "new-password-title" })
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/forgot/new?tx=sample".to_owned(),
            first: false,
            email: "resident@example.org".to_owned(),
            length: 8,
            cancel: Some("/cancel?tx=sample".to_owned()),
            errors: Vec::new(),
        };
        let short = Message::new("error-password-short").with("length", 8);
        let wrong = Self { errors: vec![FieldError::new("password", short)], ..plain.clone() };
        let first = Self { first: true, ..plain.clone() };
        vec![plain, first, wrong]
    }
}

/// R52: the password was right, and the account is locked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccountLocked {
    /// Whom to ask for help.
    pub contact: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Page for AccountLocked {
    const TEMPLATE: &'static str = "pages/account-locked.html";
    const SCREEN: &'static str = "R52";

    fn title(&self) -> Message {
        Message::new("account-locked-title")
    }

    fn samples() -> Vec<Self> {
        let plain = Self { contact: None, cancel: Some("/cancel?tx=sample".to_owned()) };
        vec![Self { contact: Some("01632 960000".to_owned()), ..plain.clone() }, plain]
    }
}
