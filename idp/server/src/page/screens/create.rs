//! Making an account: R30 to R34, and what a provider left out: R26.
//!
//! The words are the same whether or not an account exists.

use serde::Serialize;

use super::passkey::Ceremony;
use crate::page::{FieldError, Message, Page};

/// R30: the address. The field is `email`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Create {
    /// Where the form posts to.
    pub action: String,
    /// What was typed before.
    pub email: String,
    /// Where the terms are that one agrees to by going on.
    pub terms_href: Option<String>,
    /// Where one signs in instead.
    pub sign_in_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Create {
    const TEMPLATE: &'static str = "pages/create.html";
    const SCREEN: &'static str = "R30";

    fn title(&self) -> Message {
        Message::new("create-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: "/create?tx=sample".to_owned(), ..Self::default() };
        let carried = Self {
            email: "resident@example.org".to_owned(),
            terms_href: Some("/sample-terms".to_owned()),
            sign_in_href: Some("/sign-in?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        let wrong = Self {
            email: "resident".to_owned(),
            errors: vec![FieldError::new("email", Message::new("error-email-format"))],
            ..carried.clone()
        };
        vec![plain, carried, wrong]
    }
}

/// R32: the password. The field is `password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreatePassword {
    /// Where the form posts to.
    pub action: String,
    /// The address that was proven, for password managers.
    pub email: String,
    /// How many characters a password must have.
    pub length: u32,
    /// Where a passkey is made instead, at a client that signs people in with one.
    pub passkey_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for CreatePassword {
    const TEMPLATE: &'static str = "pages/create-password.html";
    const SCREEN: &'static str = "R32";

    fn title(&self) -> Message {
        Message::new("create-password-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/create/password?tx=sample".to_owned(),
            email: "resident@example.org".to_owned(),
            length: 8,
            passkey_href: None,
            cancel: Some("/cancel?tx=sample".to_owned()),
            errors: Vec::new(),
        };
        let passkey = Self { passkey_href: Some("/create/passkey?tx=sample".to_owned()), ..plain.clone() };
        let short = Message::new("error-password-short").with("length", 8);
        let wrong = Self { errors: vec![FieldError::new("password", short)], ..plain.clone() };
        vec![plain, passkey, wrong]
    }
}

/// R32: a passkey in place of the password. The field is `name`; `credential` and `error` are filled in by the script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreatePasskey {
    /// Where the form posts to.
    pub action: String,
    /// The address that was proven.
    pub email: String,
    /// The ceremony.
    pub ceremony: Ceremony,
    /// What the passkey is to be called, as typed before.
    pub name: String,
    /// Where a password is made instead.
    pub password_href: String,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for CreatePasskey {
    const TEMPLATE: &'static str = "pages/create-passkey.html";
    const SCREEN: &'static str = "R32";

    fn title(&self) -> Message {
        Message::new("create-passkey-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/create/passkey?tx=sample".to_owned(),
            email: "resident@example.org".to_owned(),
            ceremony: Ceremony::sample(),
            password_href: "/create/password?tx=sample".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let error = FieldError::new("name", Message::new("error-create-passkey"));
        let wrong = Self { name: "My phone".to_owned(), errors: vec![error], ..plain.clone() };
        vec![plain, wrong]
    }
}

/// R33: the name, where the client needs it. The fields are `given_name` and `family_name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateDetails {
    /// Where the form posts to.
    pub action: String,
    /// The given name, as typed.
    pub given_name: String,
    /// The family name, as typed.
    pub family_name: String,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for CreateDetails {
    const TEMPLATE: &'static str = "pages/create-details.html";
    const SCREEN: &'static str = "R33";

    fn title(&self) -> Message {
        Message::new("create-details-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/create/details?tx=sample".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let wrong =
            Self { errors: vec![FieldError::new("given_name", Message::new("error-given-name"))], ..plain.clone() };
        vec![plain, wrong]
    }
}

/// R34: the account is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateDone {
    /// Where the form posts to.
    pub action: String,
}

impl Page for CreateDone {
    const TEMPLATE: &'static str = "pages/create-done.html";
    const SCREEN: &'static str = "R34";

    fn title(&self) -> Message {
        Message::new("create-done-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { action: "/create/done?tx=sample".to_owned() }]
    }
}

/// R26: what a provider left out. The fields are `given_name` and `family_name`, where a name is asked for, and `email`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckDetails {
    /// Where the form posts to.
    pub action: String,
    /// The provider's name as people know it.
    pub provider: String,
    /// Whether a name is asked for.
    pub asks_name: bool,
    /// The given name, as typed.
    pub given_name: String,
    /// The family name, as typed.
    pub family_name: String,
    /// The address that was typed, or that the provider named.
    pub email: String,
    /// Where another way of signing in is chosen.
    pub other_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for CheckDetails {
    const TEMPLATE: &'static str = "pages/check-details.html";
    const SCREEN: &'static str = "R26";

    fn title(&self) -> Message {
        Message::new("check-details-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/federated/finish?tx=sample".to_owned(),
            provider: "Facebook".to_owned(),
            other_href: Some("/sign-in?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let named = Self { asks_name: true, email: "resident@example.org".to_owned(), ..plain.clone() };
        let wrong = Self {
            errors: vec![
                FieldError::new("given_name", Message::new("error-given-name")),
                FieldError::new("email", Message::new("error-email-empty")),
            ],
            ..named.clone()
        };
        vec![plain, named, wrong]
    }
}

/// R27: there is an account with the address that a provider vouches for. The field is `password`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where the form posts to; nowhere where the account has no password.
    pub action: Option<String>,
    /// The provider's name as people know it.
    pub provider: String,
    /// The address.
    pub email: String,
    /// Where another sign-in of the account is used for it.
    pub providers: Vec<super::sign_in::Provider>,
    /// Where a forgotten password is replaced, or a first one chosen.
    pub forgot_href: String,
    /// Where a passkey is used instead.
    pub passkey_href: Option<String>,
    /// Where “Do not link” posts to.
    pub leave_action: String,
    /// Where whoever has nothing to do with the account posts to, if nobody has proven its address.
    pub disown_action: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Link {
    const TEMPLATE: &'static str = "pages/link.html";
    const SCREEN: &'static str = "R27";

    fn title(&self) -> Message {
        Message::new("link-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: Some("/link?tx=sample".to_owned()),
            provider: "Google".to_owned(),
            email: "resident@example.org".to_owned(),
            forgot_href: "/forgot?tx=sample".to_owned(),
            leave_action: "/link/leave?tx=sample".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let unproven = Self { disown_action: Some("/link/disown?tx=sample".to_owned()), ..plain.clone() };
        let facebook = super::sign_in::Provider {
            id: "facebook".to_owned(),
            name: "Facebook".to_owned(),
            action: "/federated/facebook/start?tx=sample".to_owned(),
        };
        let other = Self { action: None, providers: vec![facebook], ..plain.clone() };
        let unchosen = Self { action: None, ..plain.clone() };
        let passkey = Self { passkey_href: Some("/sign-in/passkey?tx=sample".to_owned()), ..plain.clone() };
        let wrong =
            Self { errors: vec![FieldError::new("password", Message::new("error-password-empty"))], ..plain.clone() };
        vec![plain, unproven, other, unchosen, passkey, wrong]
    }
}
