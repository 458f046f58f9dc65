//! Setting up a second factor: R15, R18, R23.

use idp_core::factor::FactorId;
use serde::Serialize;

use crate::page::qr::{self, Qr};
use crate::page::{FieldError, Message, Page};

/// One factor that can be set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetupOption {
    /// The value posted as `method`.
    pub method: FactorId,
    /// Its words.
    pub label: Message,
    /// What it takes.
    pub hint: Option<Message>,
}

impl SetupOption {
    /// The option for a factor.
    #[must_use]
    pub fn new(method: FactorId) -> Self {
        let hint = match &method {
            FactorId::Remote(_) => None,
            known => Some(Message::new(format!("setup-{known}-hint"))),
        };
        Self { label: factor_name(&method), hint, method }
    }
}

/// The name of a factor for somebody who has not set it up.
pub(super) fn factor_name(method: &FactorId) -> Message {
    match method {
        FactorId::Remote(name) => Message::new("method-remote").with("name", name.as_str()),
        known => Message::new(format!("setup-{known}")),
    }
}

/// R15: which factor to set up. The field is `method`; with one option it is chosen already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Setup {
    /// Where the form posts to.
    pub action: String,
    /// The factors that this client allows.
    pub options: Vec<SetupOption>,
    /// Where “Skip for now” posts to, where the policy lets.
    pub skip_action: Option<String>,
    /// For how many days whoever skips is not asked again.
    pub skip_days: u32,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Setup {
    const TEMPLATE: &'static str = "pages/setup.html";
    const SCREEN: &'static str = "R15";

    fn title(&self) -> Message {
        Message::new("setup-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/setup?tx=sample".to_owned(),
            options: [FactorId::Totp, FactorId::Sms, FactorId::Voice, FactorId::Email, FactorId::Passkey]
                .map(SetupOption::new)
                .to_vec(),
            skip_action: Some("/setup/skip?tx=sample".to_owned()),
            skip_days: 30,
            cancel: Some("/cancel?tx=sample".to_owned()),
            errors: Vec::new(),
        };
        let one = Self { options: vec![SetupOption::new(FactorId::Totp)], skip_action: None, ..plain.clone() };
        let wrong = Self { errors: vec![FieldError::new("method", Message::new("error-setup-none"))], ..plain.clone() };
        vec![plain, one, wrong]
    }
}

/// Which part of setting up an app a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AppPart {
    /// The key and the code on one page.
    #[default]
    Whole,
    /// The key alone; the next page asks for the code.
    Scan,
    /// The code alone.
    Code,
}

/// R18: set up an authenticator app. The field is `code`. The key is shown and never posted back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct App {
    /// Where the form posts to.
    pub action: String,
    /// What this page shows.
    pub part: AppPart,
    /// The key as a drawing.
    pub qr: Qr,
    /// The key as an `otpauth:` address, for a phone that shows this page itself.
    pub uri: String,
    /// The key for typing, in groups of four.
    pub key: String,
    /// Where another way is chosen.
    pub choose_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl App {
    /// The page for a key in base 32 and its `otpauth:` address.
    ///
    /// # Errors
    /// [`qr::TooLong`] when the address fits into no QR code.
    pub fn new(action: String, uri: String, secret: &str) -> Result<Self, qr::TooLong> {
        Ok(Self {
            action,
            part: AppPart::Whole,
            qr: qr::svg_path(&uri)?,
            uri,
            key: in_fours(secret),
            choose_href: None,
            cancel: None,
            errors: Vec::new(),
        })
    }
}

/// `ABCDEFGH` as `ABCD EFGH`.
pub(super) fn in_fours(secret: &str) -> String {
    let mut grouped = String::new();
    for (i, c) in secret.chars().enumerate() {
        if i > 0 && i % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(c);
    }
    grouped
}

/// A key that is nobody's, for samples.
pub(super) const SAMPLE_KEY: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
/// Its address.
pub(super) const SAMPLE_URI: &str = "otpauth://totp/Anytown%20Council:resident%40example.org?secret=\
                                     JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Anytown%20Council";

impl Page for App {
    const TEMPLATE: &'static str = "pages/setup-app.html";
    const SCREEN: &'static str = "R18";

    fn title(&self) -> Message {
        Message::new(if self.part == AppPart::Code { "setup-app-code-title" } else { "setup-app-title" })
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let Ok(plain) = Self::new("/setup/app?tx=sample".to_owned(), SAMPLE_URI.to_owned(), SAMPLE_KEY) else {
            return Vec::new();
        };
        let full = Self {
            choose_href: Some("/setup?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong = Self { errors: vec![FieldError::new("code", Message::new("error-code-wrong"))], ..full.clone() };
        let scan = Self { part: AppPart::Scan, ..full.clone() };
        let code = Self { part: AppPart::Code, ..full.clone() };
        vec![plain, full, wrong, scan, code]
    }
}

/// R23: the factor is set up, or about to be with the button of this page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Where the form posts to.
    pub action: String,
    /// Whether it is set up: then the button only leads on.
    pub enabled: bool,
    /// Where “Generate backup codes” posts to, where the policy offers them on request.
    pub codes_action: Option<String>,
    /// Where the way back to the client posts to, where it is not too late for one.
    pub cancel: Option<String>,
}

impl Page for Done {
    const TEMPLATE: &'static str = "pages/setup-done.html";
    const SCREEN: &'static str = "R23";

    fn title(&self) -> Message {
        Message::new(if self.enabled { "setup-enabled-title" } else { "setup-done-title" })
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: "/setup/done?tx=sample".to_owned(), ..Self::default() };
        let codes_action = Some("/setup/backup-codes/new?tx=sample".to_owned());
        let asks = Self { codes_action, ..plain.clone() };
        let enabled = Self { enabled: true, ..asks.clone() };
        vec![plain.clone(), Self { cancel: Some("/cancel?tx=sample".to_owned()), ..plain }, asks, enabled]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_s3_5_the_key_is_typed_in_groups_of_four() {
        assert_eq!(in_fours("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert_eq!(in_fours(""), "");
    }
}
