//! A link from a message or a letter that leads nowhere any more.

use serde::Serialize;

use crate::page::{Message, Page};

/// What a link was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// Making an administrator’s account.
    Invitation,
    /// Putting back a contact that was changed.
    Undo,
    /// A service that a short link leads to.
    Service,
}

/// Why it leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// What it was for has been done.
    Used,
    /// It was there for a limited time.
    Expired,
    /// Nothing is known of it: it is none of ours, or was not copied as a whole.
    Unknown,
    /// It is one of ours, and what it leads to cannot be used.
    Closed,
}

impl Why {
    /// What became of a link of ours: `used` says whether it was, where that is still known.
    #[must_use]
    pub const fn of(used: Option<bool>) -> Self {
        match used {
            Some(true) => Self::Used,
            Some(false) => Self::Expired,
            None => Self::Unknown,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
            Self::Closed => "closed",
        }
    }
}

/// R47b: the link has been used, has expired, is none of ours, or leads to what cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLink {
    /// What it was for.
    pub about: About,
    /// Why it leads nowhere.
    pub why: Why,
    /// Whom to ask for help, in words; without it there is a link to the help page.
    pub contact: Option<String>,
}

impl Page for DeadLink {
    const TEMPLATE: &'static str = "pages/dead-link.html";
    const SCREEN: &'static str = "R47b";

    fn title(&self) -> Message {
        Message::new(format!("dead-link-title-{}", self.why.key()))
    }

    fn samples() -> Vec<Self> {
        let page = |about, why| Self { about, why, contact: None };
        let all = [About::Invitation, About::Undo].into_iter();
        let all = all.flat_map(|about| [Why::Used, Why::Expired, Why::Unknown].map(|why| page(about, why)));
        let named = Self { contact: Some("01632 960000".to_owned()), ..page(About::Undo, Why::Used) };
        all.chain([named, page(About::Service, Why::Closed)]).collect()
    }
}
