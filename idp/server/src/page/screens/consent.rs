//! What is shared with a client: R29.

use serde::Serialize;

use crate::page::{Message, Page};

/// A detail that will be shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What it is.
    pub label: Message,
    /// Its present value; empty where there is nothing to show.
    pub value: String,
}

/// A scope that can be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OptionalScope {
    /// The value posted as `scope`.
    pub scope: String,
    /// What it is.
    pub label: Message,
    /// Its present value; empty where there is nothing to show.
    pub value: String,
    /// Whether it is ticked.
    pub checked: bool,
}

/// R29: agree to share. The field is `scope`, once for each scope that stays ticked.
///
/// The main form is the agreement. “Do not share” is the separate form with the button `cancel`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// Where the form posts to.
    pub action: String,
    /// What is shared in any case.
    pub details: Vec<Detail>,
    /// What can be left out.
    pub optional: Vec<OptionalScope>,
    /// Whether the client may come back for the details later (`offline_access`).
    pub offline: bool,
    /// Where refusing posts to.
    pub cancel: Option<String>,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "pages/consent.html";
    const SCREEN: &'static str = "R29";

    fn title(&self) -> Message {
        Message::new("consent-title")
    }

    fn samples() -> Vec<Self> {
        let plain = Self {
            action: "/consent?tx=sample".to_owned(),
            details: vec![Detail { label: Message::new("scope-openid"), value: String::new() }],
            cancel: Some("/cancel?tx=sample".to_owned()),
            ..Self::default()
        };
        let scope = |scope: &str, value: &str| OptionalScope {
            scope: scope.to_owned(),
            label: Message::new(format!("scope-{scope}")),
            value: value.to_owned(),
            checked: true,
        };
        let full = Self {
            details: vec![Detail { label: Message::new("scope-email"), value: "resident@example.org".to_owned() }],
            optional: vec![scope("profile", "Sam Evans"), scope("phone", "07700 900900"), scope("address", "")],
            offline: true,
            ..plain.clone()
        };
        vec![plain, full]
    }
}
