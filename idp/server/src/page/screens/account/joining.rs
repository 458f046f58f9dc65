//! Joining another account to this one: part of R42.

use serde::Serialize;

use crate::page::{Message, Page};

/// What joining means, before somebody signs in to the other account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Join {
    /// Where the form posts to.
    pub action: String,
}

impl Page for Join {
    const TEMPLATE: &'static str = "pages/account-join.html";
    const SCREEN: &'static str = "R42";

    fn title(&self) -> Message {
        Message::new("account-join-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { action: "/account/join".to_owned() }]
    }
}

/// One of two accounts, so that its owner knows it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JoinedAccount {
    /// Its address, without its middle.
    pub email: Option<String>,
    /// Its number, but for the end.
    pub phone: Option<String>,
    /// The names of the providers that open it.
    pub providers: Vec<String>,
    /// How many passkeys it has.
    pub passkeys: u32,
    /// The names of the services that know it.
    pub services: Vec<String>,
}

/// Both accounts are proven: is it to be done?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckJoin {
    /// Where the form posts to.
    pub action: String,
    /// The one that stays.
    pub survivor: JoinedAccount,
    /// The one that ends.
    pub other: JoinedAccount,
    /// Whether the password of the one that ends is used no more.
    pub password_ends: bool,
    /// The names of the portals whose back offices look after the contacts of the one that ends.
    pub managers: Vec<String>,
    /// Where the way back posts to.
    pub cancel: Option<String>,
}

impl Page for CheckJoin {
    const TEMPLATE: &'static str = "pages/account-join-check.html";
    const SCREEN: &'static str = "R42";

    fn title(&self) -> Message {
        Message::new("account-join-check-title")
    }

    fn samples() -> Vec<Self> {
        let (action, cancel) = ("/join?tx=sample".to_owned(), Some("/cancel?tx=sample".to_owned()));
        let survivor = JoinedAccount {
            email: Some("r***@example.org".to_owned()),
            services: vec!["Report a missed bin".to_owned()],
            ..JoinedAccount::default()
        };
        let other = JoinedAccount {
            email: Some("r***@gmail.com".to_owned()),
            phone: Some("…900".to_owned()),
            providers: vec!["Google".to_owned()],
            passkeys: 2,
            services: vec!["Housing".to_owned(), "Anytown Libraries".to_owned()],
        };
        let plain = Self { action, survivor, other, password_ends: true, cancel, ..Self::default() };
        let managed = Self {
            survivor: plain.other.clone(),
            other: JoinedAccount::default(),
            password_ends: false,
            managers: vec!["Housing".to_owned()],
            ..plain.clone()
        };
        vec![plain, managed]
    }
}

/// Why two accounts are not joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotJoined {
    /// Why.
    pub why: Message,
    /// Where it is begun anew, if that helps.
    pub again_href: Option<String>,
}

impl Page for NotJoined {
    const TEMPLATE: &'static str = "pages/account-join-refused.html";
    const SCREEN: &'static str = "R42";

    fn title(&self) -> Message {
        Message::new("account-join-refused-title")
    }

    fn samples() -> Vec<Self> {
        let of = |why| Self { why, again_href: None };
        let again = |why| Self { why, again_href: Some("/account/join".to_owned()) };
        vec![
            again(Message::new("account-join-same")),
            again(Message::new("account-join-session")),
            again(Message::new("account-join-stale")),
            of(Message::new("account-join-staff")),
            of(Message::new("account-join-administrator")),
            of(Message::new("account-join-managed").with("portals", "Housing, Report a missed bin")),
            of(Message::new("account-join-changed")),
        ]
    }
}
