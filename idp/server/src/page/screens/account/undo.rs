//! What a “this was not me” link leads to.

use serde::Serialize;

use crate::page::{Message, Page};

/// Putting back the contact from before. Showing it changes nothing; its form does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Undo {
    /// `email` or `phone`.
    pub kind: String,
    /// Where the form posts to; none once it is done.
    pub action: Option<String>,
    /// The contact from before, masked.
    pub old: String,
}

impl Page for Undo {
    const TEMPLATE: &'static str = "pages/account-undo.html";
    const SCREEN: &'static str = "R39-R40";

    fn title(&self) -> Message {
        let done = if self.action.is_some() { "title" } else { "done-title" };
        Message::new(format!("account-undo-{}-{done}", self.kind))
    }

    fn samples() -> Vec<Self> {
        let undo = |kind: &str, old: &str, done: bool| Self {
            kind: kind.to_owned(),
            action: (!done).then(|| "/account/undo/sample".to_owned()),
            old: old.to_owned(),
        };
        let (email, phone) = ("r***@example.org", "900");
        vec![
            undo("email", email, false),
            undo("email", email, true),
            undo("phone", phone, false),
            undo("phone", phone, true),
        ]
    }
}
