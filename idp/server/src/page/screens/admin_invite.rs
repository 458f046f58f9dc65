//! The first administrator's invitation: an address and a password, then an authenticator app.

use serde::Serialize;

use super::setup::{SAMPLE_KEY, SAMPLE_URI, in_fours};
use crate::page::qr::{self, Qr};
use crate::page::{FieldError, Message, Page};

/// First page. The fields are `email` and `password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Invite {
    /// Where the form posts to.
    pub action: String,
    /// What was typed before, or the invited address.
    pub email: String,
    /// The least length of the password.
    pub min_length: u32,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Invite {
    const TEMPLATE: &'static str = "pages/admin-invite.html";
    const SCREEN: &'static str = "A0";

    fn title(&self) -> Message {
        Message::new("admin-invite-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/admin/invite/sample".to_owned(),
            email: "admin@example.org".to_owned(),
            min_length: 12,
            errors: Vec::new(),
        };
        let wrong = Self {
            email: String::new(),
            errors: vec![
                FieldError::new("email", Message::new("error-email-empty")),
                FieldError::new("password", Message::new("error-password-short").with("length", 12)),
            ],
            ..plain.clone()
        };
        vec![plain, wrong]
    }
}

/// Second page. The field is `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InviteApp {
    /// Where the form posts to.
    pub action: String,
    /// The key as a drawing.
    pub qr: Qr,
    /// The key as an `otpauth:` address.
    pub uri: String,
    /// The key for typing, in groups of four.
    pub key: String,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl InviteApp {
    /// The page for a key in base 32 and its `otpauth:` address.
    ///
    /// # Errors
    /// [`qr::TooLong`] when the address fits into no QR code.
    pub fn new(action: String, uri: String, secret: &str) -> Result<Self, qr::TooLong> {
        Ok(Self { action, qr: qr::svg_path(&uri)?, uri, key: in_fours(secret), errors: Vec::new() })
    }
}

impl Page for InviteApp {
    const TEMPLATE: &'static str = "pages/admin-invite-app.html";
    const SCREEN: &'static str = "A0b";

    fn title(&self) -> Message {
        Message::new("admin-invite-app-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let Ok(plain) = Self::new("/admin/invite/sample/app".to_owned(), SAMPLE_URI.to_owned(), SAMPLE_KEY) else {
            return Vec::new();
        };
        let wrong = Self { errors: vec![FieldError::new("code", Message::new("error-code-wrong"))], ..plain.clone() };
        vec![plain, wrong]
    }
}

/// Last page: the account is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InviteDone {
    /// What the administrator signs in with.
    pub email: String,
}

impl Page for InviteDone {
    const TEMPLATE: &'static str = "pages/admin-invite-done.html";
    const SCREEN: &'static str = "A0c";

    fn title(&self) -> Message {
        Message::new("admin-invite-done-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { email: "admin@example.org".to_owned() }]
    }
}
