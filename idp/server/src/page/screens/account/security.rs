//! R42: what protects the account.

use idp_core::factor::FactorId;
use serde::Serialize;

use super::sample_time;
use crate::page::{Message, Page};

/// Something to do with a factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Where it is done.
    pub href: String,
    /// What it is called: `add`, `replace`, `change` or `remove`.
    pub what: String,
}

impl Action {
    /// An action at an address.
    #[must_use]
    pub fn new(what: &str, href: impl Into<String>) -> Self {
        Self { what: what.to_owned(), href: href.into() }
    }
}

/// One factor, as a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The factor.
    pub factor: FactorId,
    /// Its state, in words.
    pub state: Message,
    /// What it is bound to, such as a number.
    pub detail: Option<String>,
    /// What can be done.
    pub actions: Vec<Action>,
}

/// R42: the factors of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Security {
    /// The factors.
    pub cards: Vec<Card>,
    /// The ending of the text that says what was just done.
    pub done: Option<String>,
}

impl Page for Security {
    const TEMPLATE: &'static str = "pages/account-security.html";
    const SCREEN: &'static str = "R42";

    fn title(&self) -> Message {
        Message::new("account-security-title")
    }

    fn samples() -> Vec<Self> {
        let card = |factor, state, detail: Option<&str>, actions| Card {
            factor,
            state,
            detail: detail.map(str::to_owned),
            actions,
        };
        let bare = Self {
            cards: vec![
                card(
                    FactorId::Totp,
                    Message::new("account-factor-none"),
                    None,
                    vec![Action::new("add", "/account/security/app")],
                ),
                card(
                    FactorId::Sms,
                    Message::new("account-managed").with("portal", "Report a missed bin"),
                    Some("+447700900900"),
                    Vec::new(),
                ),
                card(
                    FactorId::Email,
                    Message::new("account-contact-unproven"),
                    Some("resident@example.org"),
                    Vec::new(),
                ),
            ],
            done: None,
        };
        let since = Message::new("account-factor-since").with("time", sample_time(0));
        let full = Self {
            cards: vec![
                card(
                    FactorId::Totp,
                    since,
                    None,
                    vec![
                        Action::new("replace", "/account/security/app"),
                        Action::new("remove", "/account/security/remove?factor=totp"),
                    ],
                ),
                card(
                    FactorId::Sms,
                    Message::new("account-factor-ready"),
                    Some("+447700900900"),
                    vec![
                        Action::new("change", "/account/phone"),
                        Action::new("remove", "/account/security/remove?factor=sms"),
                    ],
                ),
                card(
                    FactorId::Email,
                    Message::new("account-factor-ready"),
                    Some("resident@example.org"),
                    vec![Action::new("change", "/account/email")],
                ),
            ],
            done: Some("app".to_owned()),
        };
        vec![bare, full]
    }
}
