//! The first factor: R1 to R4.
//!
//! The words are the same whether or not an account exists.

use serde::Serialize;

use super::passkey::Ceremony;
use crate::page::{FieldError, Message, Page};

/// Another organisation's sign-in, as a form of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// Its id: `google`, `facebook` or a configured one.
    pub id: String,
    /// Its name as people know it.
    pub name: String,
    /// Where its form posts to; the address contains the id.
    pub action: String,
}

/// R1, the start: who are you. The field is `email`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// Where the form posts to; nowhere where nobody signs in with an address here.
    pub action: Option<String>,
    /// What was typed before, or the request's `login_hint`.
    pub email: String,
    /// What the resident should know first.
    pub notices: Vec<Message>,
    /// The providers that this client allows.
    pub providers: Vec<Provider>,
    /// Where a passkey is used, where nobody signs in with an address.
    pub passkey_href: Option<String>,
    /// The ceremony that the browser may offer with the address, where a passkey alone signs in.
    pub passkey: Option<Ceremony>,
    /// Where its answer is posted.
    pub passkey_action: String,
    /// Where a guest goes on; the address contains `guest`.
    pub guest_href: Option<String>,
    /// Where an account is created.
    pub create_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "pages/sign-in.html";
    const SCREEN: &'static str = "R1";

    fn title(&self) -> Message {
        Message::new("sign-in-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: Some("/sign-in?tx=sample".to_owned()), ..Self::default() };
        let provider = |id: &str, name: &str| Provider {
            id: id.to_owned(),
            name: name.to_owned(),
            action: format!("/federated/{id}/start?tx=sample"),
        };
        let full = Self {
            email: "resident@example.org".to_owned(),
            notices: vec![Message::new("notice-set-up")],
            providers: vec![provider("google", "Google"), provider("facebook", "Facebook")],
            passkey: Some(Ceremony {
                options: r#"{"challenge":"c2FtcGxl","rpId":"localhost"}"#.to_owned(),
                sealed: Some("sample".to_owned()),
            }),
            passkey_action: "/sign-in/passkey?tx=sample".to_owned(),
            guest_href: Some("/guest?tx=sample".to_owned()),
            create_href: Some("/create?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong = Self {
            email: "resident".to_owned(),
            errors: vec![FieldError::new("email", Message::new("error-email-format"))],
            ..full.clone()
        };
        let taken = Self { notices: vec![Message::new("notice-account-taken")], ..full.clone() };
        let elsewhere = Self {
            action: None,
            passkey: None,
            passkey_href: Some("/sign-in/passkey?tx=sample".to_owned()),
            ..full.clone()
        };
        vec![plain, full, wrong, taken, elsewhere]
    }
}

/// An account that is signed in in this browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveAccount {
    /// The value posted as `account`: opaque.
    pub value: String,
    /// Its address.
    pub email: String,
    /// Its owner's name, or empty.
    pub name: String,
}

/// R2: which of the signed-in accounts. The field is `account`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChooseAccount {
    /// Where the form posts to.
    pub action: String,
    /// The accounts.
    pub accounts: Vec<LiveAccount>,
    /// Where someone else signs in.
    pub other_href: String,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for ChooseAccount {
    const TEMPLATE: &'static str = "pages/account.html";
    const SCREEN: &'static str = "R2";

    fn title(&self) -> Message {
        Message::new("account-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let account = |value: &str, email: &str, name: &str| LiveAccount {
            value: value.to_owned(),
            email: email.to_owned(),
            name: name.to_owned(),
        };
        let plain = Self {
            action: "/sign-in/account?tx=sample".to_owned(),
            accounts: vec![account("a", "resident@example.org", "Sam Evans"), account("b", "work@example.org", "")],
            other_href: "/sign-in?tx=sample&other=1".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            errors: Vec::new(),
        };
        let wrong =
            Self { errors: vec![FieldError::new("account", Message::new("error-account-none"))], ..plain.clone() };
        vec![plain, wrong]
    }
}

/// R3: the password. The field is `password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Password {
    /// Where the form posts to.
    pub action: String,
    /// The address as it was typed.
    pub email: String,
    /// Where the address is changed.
    pub change_href: String,
    /// Where a forgotten password is replaced.
    pub forgot_href: Option<String>,
    /// Where a passkey is used instead.
    pub passkey_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Password {
    const TEMPLATE: &'static str = "pages/password.html";
    const SCREEN: &'static str = "R3";

    fn title(&self) -> Message {
        Message::new("password-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/sign-in/password?tx=sample".to_owned(),
            email: "resident@example.org".to_owned(),
            change_href: "/sign-in?tx=sample".to_owned(),
            ..Self::default()
        };
        let full = Self {
            forgot_href: Some("/forgot?tx=sample".to_owned()),
            passkey_href: Some("/sign-in/passkey?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong = Self { errors: vec![FieldError::new("password", Message::new("error-sign-in"))], ..full.clone() };
        vec![plain, full, wrong]
    }
}

/// R4: prove again who you are. The field is `password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confirm {
    /// Where the password form posts to; none for an account without a password.
    pub action: Option<String>,
    /// The account's address.
    pub email: String,
    /// Where a forgotten password is replaced.
    pub forgot_href: Option<String>,
    /// The linked providers.
    pub providers: Vec<Provider>,
    /// Where a passkey is used instead.
    pub passkey_href: Option<String>,
    /// Where another person signs in.
    pub someone_else_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Confirm {
    const TEMPLATE: &'static str = "pages/confirm.html";
    const SCREEN: &'static str = "R4";

    fn title(&self) -> Message {
        Message::new("confirm-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: Some("/sign-in/confirm?tx=sample".to_owned()),
            email: "resident@example.org".to_owned(),
            forgot_href: Some("/forgot?tx=sample".to_owned()),
            passkey_href: Some("/sign-in/passkey?tx=sample".to_owned()),
            someone_else_href: Some("/sign-in?tx=sample&other=1".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let linked = Self {
            action: None,
            forgot_href: None,
            providers: vec![Provider {
                id: "google".to_owned(),
                name: "Google".to_owned(),
                action: "/federated/google/start?tx=sample".to_owned(),
            }],
            ..plain.clone()
        };
        let wrong = Self { errors: vec![FieldError::new("password", Message::new("error-sign-in"))], ..plain.clone() };
        vec![plain, linked, wrong]
    }
}
