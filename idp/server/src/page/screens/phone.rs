//! Giving a phone number for codes: R16. Its code page, R17, is [`super::code::Code`] with `change_href`.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// R16: which number. The fields are `phone`, echoed as it was typed, and `method` (`sms` or `voice`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Phone {
    /// Where the form posts to.
    pub action: String,
    /// What was typed before, or the number that the back office knows.
    pub phone: String,
    /// Whether the resident chooses between a text message and a call; otherwise the form asks for the number alone.
    pub choose: bool,
    /// Whether the choice is a call.
    pub voice: bool,
    /// Where another way is chosen.
    pub choose_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Phone {
    const TEMPLATE: &'static str = "pages/phone.html";
    const SCREEN: &'static str = "R16";

    fn title(&self) -> Message {
        Message::new("phone-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: "/setup/phone?tx=sample".to_owned(), ..Self::default() };
        let full = Self {
            choose: true,
            choose_href: Some("/setup?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong = Self {
            phone: "12345".to_owned(),
            voice: true,
            errors: vec![FieldError::new("phone", Message::new("error-phone-format"))],
            ..full.clone()
        };
        vec![plain, full, wrong]
    }
}
