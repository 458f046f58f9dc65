//! Nothing that this person has can meet what the client asks for: said before the error goes back.

use serde::Serialize;

use crate::page::{Message, Page};

/// There is no second factor that can be used here, and none may be set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NoWay {
    /// Whom to ask for help.
    pub contact: Option<String>,
    /// Where the way back to the client posts to; it carries the error.
    pub cancel: Option<String>,
}

impl Page for NoWay {
    const TEMPLATE: &'static str = "pages/no-way.html";
    const SCREEN: &'static str = "R15";

    fn title(&self) -> Message {
        Message::new("no-way-title")
    }

    fn samples() -> Vec<Self> {
        let plain = Self { contact: None, cancel: Some("/cancel?tx=sample".to_owned()) };
        vec![Self { contact: Some("01632 960000".to_owned()), ..plain.clone() }, plain]
    }
}
