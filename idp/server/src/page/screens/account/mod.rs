//! The pages of one's own account: R38 to R45.

pub mod activity;
pub mod apps;
pub mod confirm;
pub mod contact;
pub mod data;
pub mod identity;
pub mod passkey;
pub mod password;
pub mod security;
pub mod sessions;
pub mod undo;

use idp_core::account::Device;
use serde::Serialize;

use crate::page::{ClockTime, Message, Page};

/// What a browser is called.
#[must_use]
pub fn device_name(device: &Device) -> Message {
    let Device { browser, system } = device;
    let known = |text: &str| !text.is_empty();
    match (known(browser), known(system)) {
        (true, true) => Message::new("device-on").with("browser", browser.as_str()).with("system", system.as_str()),
        (true, false) => Message::new("device-named").with("name", browser.as_str()),
        (false, true) => Message::new("device-named").with("name", system.as_str()),
        (false, false) => Message::new("device-unknown"),
    }
}

/// Seconds since 1970 as samples show them.
fn sample_time(seconds: i64) -> ClockTime {
    let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    ClockTime::at(at(1_790_900_000 + seconds), at(1_790_930_000))
}

/// One line of what the account holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which: `name`, `email`, `phone` or `password`.
    pub what: String,
    /// Its value; none where there is none.
    pub value: Option<String>,
    /// What there is to say about it.
    pub note: Option<Message>,
    /// Where it is changed; none where it cannot be changed here.
    pub change_href: Option<String>,
    /// Whether there is nothing to change yet, and it is added.
    pub adds: bool,
}

/// R38: the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// What it holds.
    pub rows: Vec<Row>,
    /// The ending of the text that says what was just done.
    pub done: Option<String>,
}

impl Page for Account {
    const TEMPLATE: &'static str = "pages/account-summary.html";
    const SCREEN: &'static str = "R38";

    fn title(&self) -> Message {
        Message::new("account-pages-title")
    }

    fn samples() -> Vec<Self> {
        let row = |what: &str, value: Option<&str>, note: Option<Message>, change: bool| Row {
            what: what.to_owned(),
            value: value.map(str::to_owned),
            note,
            change_href: change.then(|| format!("/account/{what}")),
            adds: value.is_none() && what != "password",
        };
        let locked = || Some(Message::new("account-managed").with("portal", "Report a missed bin"));
        let plain = Self {
            rows: vec![
                row("name", Some("Sam Evans"), None, false),
                row("email", Some("resident@example.org"), None, true),
                row("phone", None, None, true),
                row(
                    "password",
                    None,
                    Some(Message::new("account-password-changed").with("time", sample_time(0))),
                    true,
                ),
            ],
            done: None,
        };
        let managed = Self {
            rows: vec![
                row("email", Some("resident@example.org"), locked(), false),
                row("phone", Some("+447700900900"), Some(Message::new("account-contact-doubtful")), true),
                Row { adds: true, ..row("password", None, Some(Message::new("account-password-none")), true) },
            ],
            done: Some("email".to_owned()),
        };
        vec![plain, managed]
    }
}
