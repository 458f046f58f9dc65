//! R43: where somebody is signed in.

use idp_core::account::Device;
use serde::Serialize;

use super::{device_name, sample_time};
use crate::page::{ClockTime, Message, Page};

/// A browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Browser {
    /// What it is called.
    pub device: Message,
    /// Whether it is the one that looks.
    pub this: bool,
    /// When the session began.
    pub started: ClockTime,
    /// When it was last used.
    pub last_used: ClockTime,
    /// Where it is ended.
    pub end_href: String,
}

/// R43.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sessions {
    /// The browsers.
    pub browsers: Vec<Browser>,
    /// Where all of them are ended.
    pub everywhere_href: String,
    /// The ending of the text that says what was just done.
    pub done: Option<String>,
}

impl Page for Sessions {
    const TEMPLATE: &'static str = "pages/account-sessions.html";
    const SCREEN: &'static str = "R43";

    fn title(&self) -> Message {
        Message::new("account-sessions-title")
    }

    fn samples() -> Vec<Self> {
        let browser = |agent: &str, this| Browser {
            device: device_name(&Device::of(agent)),
            this,
            started: sample_time(-90_000),
            last_used: sample_time(60),
            end_href: "/account/sessions/end?session=sample".to_owned(),
        };
        let one = Self {
            browsers: vec![browser("Windows NT 10.0 Chrome/140", true)],
            everywhere_href: "/account/sessions/everywhere".to_owned(),
            done: None,
        };
        let more = Self {
            browsers: vec![
                browser("Windows NT 10.0 Chrome/140", true),
                browser("iPhone Version/18", false),
                browser("", false),
                browser("curl/8", false),
            ],
            done: Some("session".to_owned()),
            ..one.clone()
        };
        vec![one, more]
    }
}
