//! The end of a session: R46 and R47.

use serde::Serialize;

use crate::page::{Message, Page};

/// R46, first page: whether to sign out. Shown where the request does not prove who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignOut {
    /// Where the form posts to.
    pub action: String,
    /// Where someone goes who stays signed in.
    pub stay_href: String,
}

impl Page for SignOut {
    const TEMPLATE: &'static str = "pages/sign-out.html";
    const SCREEN: &'static str = "R46";

    fn title(&self) -> Message {
        Message::new("sign-out-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { action: "/sign-out".to_owned(), stay_href: "/still-signed-in".to_owned() }]
    }
}

/// R46, instead of the second page: for whoever stays and has no service to go back to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StillSignedIn {
    /// Where one signs out after all.
    pub sign_out_href: String,
}

impl Page for StillSignedIn {
    const TEMPLATE: &'static str = "pages/still-signed-in.html";
    const SCREEN: &'static str = "R46c";

    fn title(&self) -> Message {
        Message::new("still-signed-in-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { sign_out_href: "/sign-out".to_owned() }]
    }
}

/// R46, second page: signed out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignedOut {
    /// Where one signs in again.
    pub again_href: Option<String>,
    /// The client's own page.
    pub client_href: Option<String>,
    /// Addresses that each client wants loaded to end its own session (OpenID Connect Front-Channel Logout 1.0).
    pub frames: Vec<String>,
    /// Whether it was on every device, and not in this browser alone.
    pub everywhere: bool,
    /// Whether to remind of a provider's own session, as on a shared device.
    pub shared_device: bool,
    /// Whether it was because the account was closed.
    pub closed: bool,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "pages/signed-out.html";
    const SCREEN: &'static str = "R46b";

    fn title(&self) -> Message {
        Message::new(if self.closed { "account-closed-title" } else { "signed-out-title" })
    }

    fn samples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                again_href: Some("/sign-in".to_owned()),
                client_href: Some("/back".to_owned()),
                frames: Vec::new(),
                everywhere: false,
                shared_device: true,
                closed: false,
            },
            Self { closed: true, ..Self::default() },
            Self { everywhere: true, ..Self::default() },
        ]
    }
}

/// Why a step cannot go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpiredCause {
    /// Nothing was done for too long, or the step belongs to nobody here.
    #[default]
    Idle,
    /// The step was done already, and the back button led to it.
    Passed,
}

/// R47: the sign-in cannot go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Why.
    pub cause: ExpiredCause,
    /// Where one starts again: the client's page, or the sign-in page.
    pub again_href: Option<String>,
}

impl Page for Expired {
    const TEMPLATE: &'static str = "pages/expired.html";
    const SCREEN: &'static str = "R47";

    fn title(&self) -> Message {
        Message::new(match self.cause {
            ExpiredCause::Idle => "expired-title-idle",
            ExpiredCause::Passed => "expired-title-passed",
        })
    }

    fn samples() -> Vec<Self> {
        vec![Self::default(), Self { cause: ExpiredCause::Passed, again_href: Some("/back".to_owned()) }]
    }
}
