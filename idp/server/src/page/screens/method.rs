//! The choice of a second factor: R5.

use idp_core::factor::FactorId;
use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// One way to get a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MethodOption {
    /// The value posted as `method`.
    pub method: FactorId,
    /// Its words.
    pub label: Message,
    /// More words below, or none.
    pub hint: Option<Message>,
    /// Whether it is chosen already: the one used last.
    pub checked: bool,
}

impl MethodOption {
    /// The option for a factor; `destination` is the masked address or number it goes to, or what a service of one's own
    /// is called; empty where there is none.
    #[must_use]
    pub fn new(method: FactorId, destination: &str, checked: bool) -> Self {
        let label = match &method {
            FactorId::Remote(_) => Message::new("method-remote").with("name", destination),
            _ => Message::new(format!("method-{method}")).with("destination", destination),
        };
        let sent = matches!(method, FactorId::Email | FactorId::Sms | FactorId::Voice);
        let hint =
            (!sent && !matches!(method, FactorId::Remote(_))).then(|| Message::new(format!("method-{method}-hint")));
        Self { method, label, hint, checked }
    }

    /// The same factor where it still has to be set up.
    #[must_use]
    pub fn to_set_up(method: FactorId) -> Self {
        Self {
            hint: Some(Message::new("method-to-set-up")),
            label: super::setup::factor_name(&method),
            method,
            checked: false,
        }
    }
}

/// R5: how to get a code. The field is `method`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Method {
    /// Where the form posts to.
    pub action: String,
    /// The ways that this account has.
    pub options: Vec<MethodOption>,
    /// What the resident should know first, for example that a channel has a failure.
    pub notices: Vec<Message>,
    /// Where someone goes who can use none of them.
    pub help_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Method {
    const TEMPLATE: &'static str = "pages/method.html";
    const SCREEN: &'static str = "R5";

    fn title(&self) -> Message {
        Message::new("method-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/mfa/method?tx=sample".to_owned(),
            options: vec![
                MethodOption::new(FactorId::Email, "r***@example.org", true),
                MethodOption::new(FactorId::Sms, "900", false),
                MethodOption::new(FactorId::Voice, "900", false),
                MethodOption::new(FactorId::Totp, "", false),
                MethodOption::new(FactorId::Passkey, "", false),
                MethodOption::new(FactorId::Backup, "", false),
                MethodOption::new(FactorId::Remote("smart-card".to_owned()), "Council card", false),
            ],
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let unset = Self {
            options: vec![MethodOption::new(FactorId::Sms, "900", false), MethodOption::to_set_up(FactorId::Totp)],
            notices: vec![Message::new("notice-sms-down")],
            help_href: None,
            ..plain.clone()
        };
        let wrong =
            Self { errors: vec![FieldError::new("method", Message::new("error-method-none"))], ..plain.clone() };
        vec![plain, unset, wrong]
    }
}
