//! Using a backup code: R10.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// R10: type a backup code. The field is `code`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Where the form posts to.
    pub action: String,
    /// Where another way is chosen.
    pub choose_href: Option<String>,
    /// Where someone goes who can use none of them.
    pub help_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Backup {
    const TEMPLATE: &'static str = "pages/backup.html";
    const SCREEN: &'static str = "R10";

    fn title(&self) -> Message {
        Message::new("backup-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: "/mfa/backup?tx=sample".to_owned(), ..Self::default() };
        let wrong = Self {
            choose_href: Some("/mfa/method?tx=sample".to_owned()),
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            errors: vec![FieldError::new("code", Message::new("error-backup-wrong"))],
            ..plain.clone()
        };
        vec![plain, wrong]
    }
}
