//! Giving a passkey another name: part of R42.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// What a passkey is called. The field is `name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PasskeyName {
    /// Where the form posts to.
    pub action: String,
    /// What it is called now, or was typed before.
    pub name: String,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for PasskeyName {
    const TEMPLATE: &'static str = "pages/account-passkey-name.html";
    const SCREEN: &'static str = "R42b";

    fn title(&self) -> Message {
        Message::new("account-passkey-name-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let action = "/account/security/passkey/name?passkey=sample".to_owned();
        let named = Self { action, name: "My phone".to_owned(), errors: Vec::new() };
        let errors = vec![FieldError::new("name", Message::new("error-passkey-name-empty"))];
        vec![named.clone(), Self { name: String::new(), errors, ..named }]
    }
}
