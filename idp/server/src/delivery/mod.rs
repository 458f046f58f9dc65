//! Sending messages: what a message is, what a sender promises, and the senders.
//!
//! A sender gets a rendered message and hands it over once. It decides no wording, counts no attempt and never tries
//! again: the outbox does. It knows neither pages nor the database. A new sender is one file that implements
//! [`Sender`], and a line in [`router`], which chooses among the senders of a channel.

pub mod inbox;
pub mod notify;
pub mod receipts;
mod recipients;
pub mod router;
pub mod smtp;
pub mod twilio;
mod twiml;

use std::fmt;

use futures::future::BoxFuture;
use idp_core::factor::FactorId;
use secrecy::SecretString;

pub use receipts::{Receipt, ReceiptError, ReceiptStatus};
pub use router::{Checked, Router, Sent, Tools};

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
    /// The text as the person reads or hears it; a call says the code as often as it is in here.
    pub body: String,
    /// The language of the text, `en` or `cy`.
    pub locale: String,
    /// The code in the text; a message without one is a notice. Senders with templates of their own send it by name,
    /// and a call says it digit by digit.
    pub code: Option<SecretString>,
    /// The minutes for which the code works, for templates; 0 in a notice.
    pub minutes: u32,
    /// The service that the person signs in to, for templates.
    pub service: String,
    /// For calls: the words that ask for a key press before the code is said, so that no voicemail records it.
    pub key_prompt: Option<String>,
    /// How often it was handed over before without an answer: a sender that can looks for it before it sends again.
    pub tries_before: u32,
    /// Our own name for this send, the same at each try, without personal data.
    pub reference: String,
}

impl Message {
    /// The address or number as logs show it.
    #[must_use]
    pub fn masked_to(&self) -> String {
        if self.to.contains('@') { masked_email(&self.to) } else { masked_phone(&self.to) }
    }
}

/// Neither the text nor the whole address.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("to", &self.masked_to())
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
    /// Billable parts of a text message.
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
    /// The provider refuses this address: no such number, not reachable, opted out. Nobody else is asked.
    #[error("the address was refused: {0}")]
    Recipient(String),
    /// The address is not in `messages.allow_list`.
    #[error("the address is not in messages.allow_list")]
    Withheld,
    /// The provider refuses us: credentials, account, template. Another sender may take the message.
    #[error("the provider refused us: {0}")]
    Refused(String),
    /// Nobody answered in time, or not now. The message may have been taken all the same.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
}

impl DeliveryError {
    /// Whether the same message, with the same code and reference, may be tried again later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether another sender may do better: not where the message or its address is at fault.
    #[must_use]
    pub const fn is_the_senders(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unavailable(_))
    }

    /// A word for metrics and the ledger.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Recipient(_) => "recipient",
            Self::Withheld => "withheld",
            Self::Refused(_) => "refused",
            Self::Unavailable(_) => "unavailable",
        }
    }
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

    /// Whether it tells later what became of a message that it took, so that it is worth waiting for.
    fn reports(&self) -> bool {
        false
    }

    /// Whether the provider can be reached and knows us, without sending anything; with a remark for an operator.
    ///
    /// # Errors
    /// See [`DeliveryError`].
    fn check(&self) -> BoxFuture<'_, Result<String, DeliveryError>>;
}

impl From<crate::net::outbound::FetchError> for DeliveryError {
    fn from(error: crate::net::outbound::FetchError) -> Self {
        use crate::net::outbound::FetchError;
        match error {
            FetchError::Unreachable => Self::Unavailable("no answer".to_owned()),
            FetchError::Forbidden | FetchError::Redirected | FetchError::TooLong | FetchError::Misconfigured => {
                Self::Refused(error.to_string())
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A message to send in tests.

    use super::*;

    /// A code, in English.
    pub(crate) fn message(to: &str, channel: FactorId) -> Message {
        Message {
            to: to.to_owned(),
            channel,
            subject: "Your security code".to_owned(),
            body: "123456 is your security code.\n".to_owned(),
            locale: "en".to_owned(),
            code: Some("123456".into()),
            minutes: 15,
            service: "Bins".to_owned(),
            key_prompt: None,
            tries_before: 0,
            reference: "0190-abc".to_owned(),
        }
    }
}
