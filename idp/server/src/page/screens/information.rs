//! The pages of the footer: R54.

use serde::Serialize;

use crate::page::{Message, Page};

/// A cookie as the cookies page lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CookieRow {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: Message,
    /// When it ends.
    pub expires: Message,
}

/// R54, cookies: the table comes from the code that sets them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cookies {
    /// Every cookie that we set.
    pub cookies: Vec<CookieRow>,
}

impl Page for Cookies {
    const TEMPLATE: &'static str = "pages/cookies.html";
    const SCREEN: &'static str = "R54";

    fn title(&self) -> Message {
        Message::new("cookies-title")
    }

    fn samples() -> Vec<Self> {
        let row =
            |name: &str, purpose, expires| CookieRow { name: name.to_owned(), purpose: Message::new(purpose), expires };
        let hours = Message::new("cookie-expires-hours").with("hours", 12);
        vec![Self {
            cookies: vec![
                row("__Host-idp-session", "cookie-purpose-session", hours),
                row("__Host-idp-step", "cookie-purpose-step", Message::new("cookie-expires-browser")),
                row("__Host-idp-device", "cookie-purpose-device", Message::new("cookie-expires-days").with("days", 90)),
                row(
                    "__Host-idp-known-device",
                    "cookie-purpose-known-device",
                    Message::new("cookie-expires-days").with("days", 400),
                ),
                row("__Host-idp-guest", "cookie-purpose-guest", Message::new("cookie-expires-browser")),
                row(
                    "__Host-idp-entry",
                    "cookie-purpose-entry",
                    Message::new("cookie-expires-minutes").with("minutes", 30),
                ),
                row("__Host-idp-lang", "cookie-purpose-lang", Message::new("cookie-expires-days").with("days", 365)),
            ],
        }]
    }
}

/// Which of the other information pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// What happens to personal data.
    Privacy,
    /// The accessibility statement that the regulations of 2018 ask for.
    Accessibility,
    /// Help with signing in.
    Help,
}

/// R54, the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Information {
    /// Which.
    pub topic: Topic,
    /// Whom to ask, in words.
    pub contact: Option<String>,
}

impl Page for Information {
    const TEMPLATE: &'static str = "pages/information.html";
    const SCREEN: &'static str = "R54b";

    fn title(&self) -> Message {
        Message::new(match self.topic {
            Topic::Privacy => "privacy-title",
            Topic::Accessibility => "accessibility-title",
            Topic::Help => "help-title",
        })
    }

    fn samples() -> Vec<Self> {
        [Topic::Privacy, Topic::Accessibility, Topic::Help]
            .into_iter()
            .flat_map(|topic| [None, Some("01632 960000".to_owned())].map(|contact| Self { topic, contact }))
            .collect()
    }
}
