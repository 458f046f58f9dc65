//! Sending messages: what a message is, what a sender promises, and the senders.
//!
//! A sender gets a rendered message and hands it over once. It decides no wording, counts no attempt and never tries
//! again: the outbox does. It knows neither pages nor the database. A new sender is one file that implements
//! [`Sender`].

pub mod inbox;
pub mod smtp;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use idp_core::factor::FactorId;
use secrecy::SecretString;

use crate::clock::Clock;
use crate::config::Config;
use crate::telemetry::{Redacted, masked_email, masked_phone};

/// One message to one person, ready to send.
#[derive(Clone)]
pub struct Message {
    /// An email address, or a number in E.164.
    pub to: String,
    /// The factor whose channel it takes: `email`, `sms` or `voice`.
    pub channel: FactorId,
    /// The subject; empty for text messages and calls.
    pub subject: String,
    /// The text as the person reads or hears it.
    pub body: String,
    /// The language of the text, `en` or `cy`.
    pub locale: String,
    /// The code in the text, for the development inbox only.
    pub code: Option<SecretString>,
    /// Our own name for this send, the same at each try, without personal data.
    pub reference: String,
}

/// Neither the text nor the whole address.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = if self.to.contains('@') { masked_email(&self.to) } else { masked_phone(&self.to) };
        f.debug_struct("Message")
            .field("to", &to)
            .field("channel", &self.channel)
            .field("body", &Redacted(()))
            .field("locale", &self.locale)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// What a sender said when it took a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's own id, which its receipts carry.
    pub provider_id: Option<String>,
    /// Billable parts, where the provider says at once.
    pub fragments: Option<u32>,
    /// Whether it has arrived already, so that no receipt will follow.
    pub delivered: bool,
}

/// Why a message was not taken. None of these is charged for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// The message cannot be sent by anyone: its address or subject is not one. A fault of ours.
    #[error("the message is malformed: {0}")]
    Malformed(&'static str),
    /// The provider will never take it: a wrong address, or our credentials.
    #[error("the provider refused the message: {0}")]
    Refused(String),
    /// Nobody answered in time, or not now: try again.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
}

/// A way for messages to leave.
pub trait Sender: Send + Sync {
    /// The name in audit, metrics and health checks.
    fn name(&self) -> &'static str;

    /// Hands over one message. When the answer is [`Accepted`], the provider has it.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<Accepted, DeliveryError>>;

    /// Whether the provider can be reached and knows us, without sending anything.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    fn check(&self) -> BoxFuture<'_, Result<(), DeliveryError>>;
}

/// Who carries email: the development inbox, else the configured SMTP server, else nobody.
///
/// # Errors
/// The SMTP settings cannot be used.
pub fn mail(
    config: &Config,
    inbox: Option<&inbox::Inbox>,
    clock: &Clock,
) -> Result<Option<Arc<dyn Sender>>, smtp::SmtpError> {
    if let Some(inbox) = inbox {
        return Ok(Some(Arc::new(inbox.clone())));
    }
    Ok(smtp::Smtp::new(&config.mail, clock.clone())?.map(|smtp| Arc::new(smtp) as Arc<dyn Sender>))
}
