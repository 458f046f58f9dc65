//! The development inbox: the messages that would have been sent.

use serde::Serialize;

use crate::page::{Message, Page};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InboxMessage {
    /// The address or number.
    pub to: String,
    /// The factor whose channel it took.
    pub channel: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// When it was sent.
    pub sent_at: String,
}

/// The messages, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inbox {
    /// The messages.
    pub messages: Vec<InboxMessage>,
}

impl Page for Inbox {
    const TEMPLATE: &'static str = "pages/inbox.html";
    const SCREEN: &'static str = "development";

    fn title(&self) -> Message {
        Message::new("inbox-title")
    }

    fn samples() -> Vec<Self> {
        let message = InboxMessage {
            to: "resident@example.org".to_owned(),
            channel: "email".to_owned(),
            subject: "Your security code".to_owned(),
            body: "Your code is 123456".to_owned(),
            sent_at: "2026-11-02T09:30:00.000000Z".to_owned(),
        };
        vec![Self { messages: vec![message] }, Self::default()]
    }
}
