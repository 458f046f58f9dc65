//! Passkeys: R11, R12, R20, R21. The ceremony itself needs a script; without one each form leads to a page that goes on.

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// What a page's script hands to the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ceremony {
    /// The options of WebAuthn as JSON.
    pub options: String,
    /// The challenge as it travels in the page, where nobody has said yet who they are.
    pub sealed: Option<String>,
}

impl Ceremony {
    pub(super) fn sample() -> Self {
        Self { options: r#"{"challenge":"c2FtcGxl","rpId":"localhost"}"#.to_owned(), sealed: None }
    }
}

/// R11: use a passkey. The fields are `credential` and `error`, both filled in by the script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UsePasskey {
    /// Where the form posts to.
    pub action: String,
    /// The ceremony.
    pub ceremony: Ceremony,
    /// Where another way is chosen.
    pub other_href: Option<String>,
    /// Where whoever can use none of their second factors goes on.
    pub help_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Page for UsePasskey {
    const TEMPLATE: &'static str = "pages/passkey.html";
    const SCREEN: &'static str = "R11";

    fn title(&self) -> Message {
        Message::new("passkey-title")
    }

    fn samples() -> Vec<Self> {
        let plain =
            Self { action: "/mfa/passkey?tx=sample".to_owned(), ceremony: Ceremony::sample(), ..Self::default() };
        let full = Self {
            ceremony: Ceremony { sealed: Some("sample".to_owned()), ..Ceremony::sample() },
            other_href: Some("/mfa/method?tx=sample".to_owned()),
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        vec![plain, full]
    }
}

/// What somebody can do whose passkey could not be used: the values of the field `way`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Try again.
    Again,
    /// Choose another second factor.
    Other,
    /// Sign in with an address and a password.
    Password,
}

/// R12: the passkey could not be used. The field is `way`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PasskeyFailed {
    /// Where the form posts to.
    pub action: String,
    /// What can be done.
    pub ways: Vec<Way>,
    /// Where whoever can use none of their second factors goes on.
    pub help_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for PasskeyFailed {
    const TEMPLATE: &'static str = "pages/passkey-failed.html";
    const SCREEN: &'static str = "R12";

    fn title(&self) -> Message {
        Message::new("passkey-failed-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain =
            Self { action: "/mfa/passkey/failed?tx=sample".to_owned(), ways: vec![Way::Again], ..Self::default() };
        let full = Self {
            ways: vec![Way::Again, Way::Other, Way::Password],
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong =
            Self { errors: vec![FieldError::new("way", Message::new("error-passkey-way-none"))], ..full.clone() };
        vec![plain, full, wrong]
    }
}

/// R20: make a passkey. The field is `name`; `credential` and `error` are filled in by the script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MakePasskey {
    /// Where the form posts to.
    pub action: String,
    /// The ceremony.
    pub ceremony: Ceremony,
    /// What the passkey is to be called, as typed before.
    pub name: String,
    /// Which passkey of the account it will be; the name where nothing is typed.
    pub number: u32,
    /// Whether it is the second step that the sign-in takes.
    pub required: bool,
    /// Where another second step is chosen.
    pub choose_href: Option<String>,
    /// Where the button that puts it off posts to, where the policy lets.
    pub skip_action: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for MakePasskey {
    const TEMPLATE: &'static str = "pages/setup-passkey.html";
    const SCREEN: &'static str = "R20";

    fn title(&self) -> Message {
        Message::new(if self.required { "setup-passkey-title-required" } else { "setup-passkey-title" })
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/setup/passkey?tx=sample".to_owned(),
            ceremony: Ceremony::sample(),
            number: 1,
            ..Self::default()
        };
        let full = Self {
            name: "My phone".to_owned(),
            choose_href: Some("/setup?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong = Self { errors: vec![FieldError::new("name", Message::new("error-passkey-setup"))], ..full.clone() };
        let invited = Self { skip_action: Some("/setup/skip?tx=sample".to_owned()), ..full.clone() };
        let required = Self { required: true, ..full.clone() };
        vec![plain, full, wrong, invited, required]
    }
}

/// R21: a passkey was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PasskeyMade {
    /// Where the form posts to.
    pub action: String,
}

impl Page for PasskeyMade {
    const TEMPLATE: &'static str = "pages/setup-passkey-done.html";
    const SCREEN: &'static str = "R21";

    fn title(&self) -> Message {
        Message::new("setup-passkey-done-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { action: "/setup/passkey/done?tx=sample".to_owned() }]
    }
}
