//! R41: a new password.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// R41. The fields are `current_password`, where there is one, and `new_password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewPassword {
    /// Where the form posts to.
    pub action: String,
    /// Whose password it is, for password managers.
    pub email: String,
    /// Whether there is a password already.
    pub has_one: bool,
    /// The least number of characters.
    pub min_length: u32,
    /// Whether they came because of a sign-in that they do not know.
    pub disowned: bool,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for NewPassword {
    const TEMPLATE: &'static str = "pages/account-password.html";
    const SCREEN: &'static str = "R41";

    fn title(&self) -> Message {
        Message::new(if self.has_one { "account-password-title" } else { "account-first-password-title" })
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/account/password".to_owned(),
            email: "resident@example.org".to_owned(),
            has_one: true,
            min_length: 8,
            ..Self::default()
        };
        let first = Self { has_one: false, ..plain.clone() };
        let wrong = Self {
            errors: vec![
                FieldError::new("current_password", Message::new("error-current-password")),
                FieldError::new("new_password", Message::new("error-password-short").with("length", 8)),
            ],
            ..plain.clone()
        };
        vec![plain.clone(), first.clone(), Self { disowned: true, ..plain }, Self { disowned: true, ..first }, wrong]
    }
}
