//! The council's terms: R53.

use serde::Serialize;

use crate::page::{Message, Page};

/// R53: agree to the terms as they are now. There is nothing to fill in.
///
/// The main form is the agreement. “Sign out” is the separate form with the button `cancel`: it ends the session too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// Where the form posts to.
    pub action: String,
    /// The version that is agreed to, posted as `version`.
    pub version: String,
    /// Where the terms are.
    pub terms_href: String,
    /// Whether the person agreed to an earlier version.
    pub agreed_before: bool,
    /// What has changed since the version before, in sentences.
    pub changes: Vec<String>,
    /// Where signing out posts to.
    pub cancel: Option<String>,
}

impl Page for Terms {
    const TEMPLATE: &'static str = "pages/terms.html";
    const SCREEN: &'static str = "R53";

    fn title(&self) -> Message {
        Message::new(if self.agreed_before { "terms-title" } else { "terms-title-first" })
    }

    fn samples() -> Vec<Self> {
        let first = Self {
            action: "/terms?tx=sample".to_owned(),
            version: "2026-11".to_owned(),
            terms_href: "/sample-terms".to_owned(),
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let changed = Self {
            agreed_before: true,
            changes: vec!["We keep messages for 12 months instead of 24.".to_owned()],
            ..first.clone()
        };
        vec![first, changed]
    }
}
