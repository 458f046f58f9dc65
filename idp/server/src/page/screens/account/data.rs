//! A copy of one's data, and the way to close the account: part of R38.

use serde::Serialize;

use crate::page::{Message, Page};

/// What is kept about a person, to take along or to end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Data {
    /// Where the copy is asked for.
    pub download_action: String,
    /// Where the account is closed.
    pub close_href: String,
}

impl Page for Data {
    const TEMPLATE: &'static str = "pages/account-data.html";
    const SCREEN: &'static str = "R38";

    fn title(&self) -> Message {
        Message::new("account-data-title")
    }

    fn samples() -> Vec<Self> {
        vec![Self { download_action: "/account/data/download".to_owned(), close_href: "/account/close".to_owned() }]
    }
}
