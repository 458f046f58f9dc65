//! The development inbox: messages stay in memory, where `/dev/inbox` shows them. It counts as delivered and answered
//! at once. Configuration allows it on a loopback issuer only.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::SecondsFormat;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use idp_core::factor::FactorId;
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::{Accepted, DeliveryError, Message, Sender};
use crate::clock::Clock;

/// Messages kept; older ones are forgotten.
pub const CAPACITY: usize = 1000;

/// A message as `/dev/inbox.json` lists it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// An email address, or a number in E.164.
    pub to: String,
    /// The factor id.
    pub channel: FactorId,
    /// The subject; empty for text messages and calls.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The code in the text, if there is one.
    pub code: Option<String>,
    /// RFC 3339 in UTC, to the microsecond.
    pub sent_at: String,
}

/// The last messages. Clones share them.
#[derive(Clone)]
pub struct Inbox {
    clock: Clock,
    entries: Arc<Mutex<VecDeque<Entry>>>,
}

impl Inbox {
    /// An empty inbox.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, entries: Arc::default() }
    }

    /// The messages, newest first; only those to `to`, if given.
    #[must_use]
    pub fn entries(&self, to: Option<&str>) -> Vec<Entry> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().rev().filter(|entry| to.is_none_or(|to| entry.to == to)).cloned().collect()
    }

    fn keep(&self, message: &Message) {
        let entry = Entry {
            to: message.to.clone(),
            channel: message.channel.clone(),
            subject: message.subject.clone(),
            body: message.body.clone(),
            code: message.code.as_ref().map(|code| code.expose_secret().to_owned()),
            sent_at: self.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true),
        };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(entry);
    }
}

impl Sender for Inbox {
    fn name(&self) -> &'static str {
        "inbox"
    }

    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Accepted, DeliveryError>> {
        self.keep(message);
        ready(Ok(Accepted { delivered: true, ..Accepted::default() })).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<String, DeliveryError>> {
        ready(Ok("keeps every message".to_owned())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to: &str, code: &str) -> Message {
        let body = format!("{code} is your security code");
        Message { body, code: Some(code.into()), ..super::super::testing::message(to, FactorId::Email) }
    }

    #[tokio::test]
    async fn the_newest_message_is_first_and_in_the_documented_shape() {
        let inbox = Inbox::new(Clock::system());
        for (to, code) in [("a@example.org", "111111"), ("b@example.org", "222222"), ("a@example.org", "333333")] {
            let accepted = inbox.send(&message(to, code)).await.expect("taken");
            assert!(accepted.delivered);
        }
        let json = serde_json::to_value(inbox.entries(Some("a@example.org"))).expect("JSON");
        assert_eq!(json.as_array().map(Vec::len), Some(2));
        let newest = &json[0];
        let keys: Vec<_> = newest.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["body", "channel", "code", "sent_at", "subject", "to"]);
        assert_eq!((newest["code"].as_str(), newest["channel"].as_str()), (Some("333333"), Some("email")));
        let pattern = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$").expect("a pattern");
        assert!(pattern.is_match(newest["sent_at"].as_str().expect("text")));
    }

    #[tokio::test]
    async fn only_the_last_thousand_are_kept() {
        let inbox = Inbox::new(Clock::system());
        for number in 0..=CAPACITY {
            inbox.send(&message("a@example.org", &number.to_string())).await.expect("taken");
        }
        let entries = inbox.entries(None);
        assert_eq!(entries.len(), CAPACITY);
        assert_eq!(entries.last().and_then(|entry| entry.code.as_deref()), Some("1"));
    }
}
