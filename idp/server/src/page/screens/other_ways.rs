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

/// R25: the provider did not sign the resident in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FederationFailed {
    /// The provider's name as people know it.
    pub provider: String,
    /// Why.
    pub cause: FederationFailure,
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
        Message::new("federation-failed-title").with("provider", self.provider.as_str())
    }

    fn samples() -> Vec<Self> {
        use FederationFailure::{Cancelled, Down, NoEmail, Nobody, Refused, Taken};
        [Cancelled, NoEmail, Down, Refused, Nobody, Taken]
            .into_iter()
            .map(|cause| Self {
                provider: "Google".to_owned(),
                cause,
                again_action: Some("/federated/google/start?tx=sample".to_owned()),
                other_href: Some("/sign-in?tx=sample".to_owned()),
                cancel: Some("/cancel?tx=sample".to_owned()),
            })
            .collect()
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
