//! Linking a sign-in at an identity provider: part of R42.

use serde::Serialize;

use crate::page::{Message, Page};

/// What linking means, before somebody leaves for the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinkIdentity {
    /// The provider's name as people know it.
    pub provider: String,
    /// Where the form posts to.
    pub action: String,
}

impl Page for LinkIdentity {
    const TEMPLATE: &'static str = "pages/account-identity.html";
    const SCREEN: &'static str = "R42";

    fn title(&self) -> Message {
        Message::new("account-identity-link-title").with("provider", self.provider.as_str())
    }

    fn samples() -> Vec<Self> {
        let action = "/account/security/identity?provider=google".to_owned();
        vec![Self { provider: "Google".to_owned(), action }]
    }
}
