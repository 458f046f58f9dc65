//! A code by email, whether or not there is an account: R31, to make one, and R36, to set a new password.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// The page of such a code. The field is `code`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MailedCode<const NEW: bool> {
    /// Where the form posts to.
    pub action: String,
    /// The address, as it was typed.
    pub email: String,
    /// For how many minutes the code works.
    pub minutes: u32,
    /// Where “Send it again” posts to.
    pub resend_action: String,
    /// Where the address is changed.
    pub change_href: String,
    /// What the resident should know first.
    pub notices: Vec<Message>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

/// R31: to make an account.
pub type CreateCode = MailedCode<true>;
/// R36: to set a new password.
pub type ForgotCode = MailedCode<false>;

impl<const NEW: bool> Page for MailedCode<NEW> {
    const TEMPLATE: &'static str = if NEW { "pages/create-code.html" } else { "pages/forgot-code.html" };
    const SCREEN: &'static str = if NEW { "R31" } else { "R36" };

    fn title(&self) -> Message {
        Message::new(if NEW { "create-code-title" } else { "forgot-code-title" })
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let path = if NEW { "/create" } else { "/forgot" };
        let plain = Self {
            action: format!("{path}/code?tx=sample"),
            email: "resident@example.org".to_owned(),
            minutes: 10,
            resend_action: format!("{path}/send?tx=sample"),
            change_href: format!("{path}?tx=sample"),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let again = Self { notices: vec![Message::new("notice-sent-again")], ..plain.clone() };
        let wrong = Self { errors: vec![FieldError::new("code", Message::new("error-code-wrong"))], ..plain.clone() };
        vec![plain, again, wrong]
    }
}
