//! R41: a new password.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// R41. The fields are `current_password` and `new_password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewPassword {
    /// Where the form posts to.
    pub action: String,
    /// Whose password it is, for password managers.
    pub email: String,
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
        Message::new("account-password-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/account/password".to_owned(),
            email: "resident@example.org".to_owned(),
            min_length: 8,
            ..Self::default()
        };
        let wrong = Self {
            errors: vec![
                FieldError::new("current_password", Message::new("error-current-password")),
                FieldError::new("new_password", Message::new("error-password-short").with("length", 8)),
            ],
            ..plain.clone()
        };
        vec![plain.clone(), Self { disowned: true, ..plain }, wrong]
    }
}
