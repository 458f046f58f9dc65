//! R45: whom the account shares with.

use serde::Serialize;

use super::sample_time;
use crate::page::{ClockTime, Message, Page};

/// A service that details are shared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What is shared.
    pub details: Vec<Message>,
    /// Since when.
    pub since: ClockTime,
    /// Where that is stopped.
    pub stop_href: String,
}

/// R45.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Apps {
    /// The services.
    pub services: Vec<Service>,
    /// The ending of the text that says what was just done.
    pub done: Option<String>,
}

impl Page for Apps {
    const TEMPLATE: &'static str = "pages/account-apps.html";
    const SCREEN: &'static str = "R45";

    fn title(&self) -> Message {
        Message::new("account-apps-title")
    }

    fn samples() -> Vec<Self> {
        let service = |name: &str| Service {
            name: name.to_owned(),
            details: vec![Message::new("scope-openid"), Message::new("scope-email")],
            since: sample_time(-90_000),
            stop_href: "/account/apps/stop?client=sample".to_owned(),
        };
        let none = Self { done: Some("sharing".to_owned()), ..Self::default() };
        vec![Self { services: vec![service("Anytown Libraries"), service("Leisure")], done: None }, none]
    }
}
