//! Signing in without a password: a provider that failed (R25) and going on as a guest (R28).

use serde::Serialize;

use crate::page::{Message, Page};

/// Why a provider's sign-in came to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FederationFailure {
    /// The resident stopped it there.
    #[default]
    Cancelled,
    /// It shared no address, and the service needs one.
    NoEmail,
    /// It did not answer, or not as it should.
    Down,
    /// Its answer was not right.
    Refused,
    /// Nobody here has that sign-in, and accounts are made by administrators.
    Nobody,
    /// It opens another account already.
    Taken,
}

impl FederationFailure {
    const ALL: [Self; 6] = [Self::Cancelled, Self::NoEmail, Self::Down, Self::Refused, Self::Nobody, Self::Taken];

    /// As an address names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::NoEmail => "no-email",
            Self::Down => "down",
            Self::Refused => "refused",
            Self::Nobody => "nobody",
            Self::Taken => "taken",
        }
    }

    /// From how an address names it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }
}

/// R25: the provider did not sign the resident in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FederationFailed {
    /// The provider's name as people know it.
    pub provider: String,
    /// Why.
    pub cause: FederationFailure,
    /// Whether it was to be linked to the account of whoever is signed in.
    pub links: bool,
    /// Where trying again posts to.
    pub again_action: Option<String>,
    /// Where another way of signing in is chosen.
    pub other_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Page for FederationFailed {
    const TEMPLATE: &'static str = "pages/federation-failed.html";
    const SCREEN: &'static str = "R25";

    fn title(&self) -> Message {
        let key = if self.links { "federation-not-linked-title" } else { "federation-failed-title" };
        Message::new(key).with("provider", self.provider.as_str())
    }

    fn samples() -> Vec<Self> {
        let failed = |cause| Self {
            provider: "Google".to_owned(),
            cause,
            links: false,
            again_action: Some("/federated/google/start?tx=sample".to_owned()),
            other_href: Some("/sign-in?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
        };
        let not_linked = Self { links: true, other_href: None, ..failed(FederationFailure::Taken) };
        FederationFailure::ALL.into_iter().map(failed).chain([not_linked]).collect()
    }
}

/// R28: go on without an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// Where the form posts to.
    pub action: String,
    /// Where one signs in instead.
    pub sign_in_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
}

impl Page for Guest {
    const TEMPLATE: &'static str = "pages/guest.html";
    const SCREEN: &'static str = "R28";

    fn title(&self) -> Message {
        Message::new("guest-title")
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: "/guest?tx=sample".to_owned(), ..Self::default() };
        let full = Self {
            sign_in_href: Some("/sign-in?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..plain.clone()
        };
        vec![plain, full]
    }
}
