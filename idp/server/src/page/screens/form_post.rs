//! The answer to the client as a form: R51.

use serde::Serialize;

use crate::page::{Message, Page};

/// One parameter of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// R51: hands the answer to the client (OAuth 2.0 Form Post Response Mode). With scripts it sends itself. It carries
/// no token of ours, because it leaves for another origin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FormPost {
    /// The redirect URI.
    pub action: String,
    /// The answer.
    pub parameters: Vec<Parameter>,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "pages/form-post.html";
    const SCREEN: &'static str = "R51";

    fn title(&self) -> Message {
        Message::new("form-post-title")
    }

    fn samples() -> Vec<Self> {
        let parameter = |name: &str, value: &str| Parameter { name: name.to_owned(), value: value.to_owned() };
        vec![Self {
            action: "/back".to_owned(),
            parameters: vec![parameter("code", "sample"), parameter("state", "a\"b<c")],
        }]
    }
}
