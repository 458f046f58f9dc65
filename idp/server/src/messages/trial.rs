//! A message to try the senders with, on an operator's word.

use std::time::Instant;

use idp_core::account::{EmailAddress, PhoneNumber};
use idp_core::factor::FactorId;

use super::Senders;
use crate::clock::{Clock, Random};
use crate::delivery::{DeliveryError, Message, Sent};
use crate::page::{self, Lang, PageError, Pages};

/// The code in it: it opens nothing.
const CODE: &str = "123456";
/// The minutes that it names.
const MINUTES: u32 = 15;

/// Whom to, and how.
#[derive(Clone, Debug)]
pub struct TrialMessage {
    /// An address or number as somebody typed it.
    pub to: String,
    /// `email`, `sms` or `voice`.
    pub channel: FactorId,
    /// The language.
    pub lang: Lang,
    /// Whether a call asks for a key press first.
    pub keypress: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The address or number as it was sent to.
    pub to: String,
    /// Our name for the send, as in receipts.
    pub reference: String,
    /// Who took it.
    pub sent: Sent,
    /// How long that took.
    pub milliseconds: u128,
}

/// Why it was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// It is not an address for this channel.
    #[error("{0} is not an address for this channel")]
    Address(String),
    /// Its text cannot be written.
    #[error("the text cannot be written: {0}")]
    Text(#[from] PageError),
    /// Nobody took it.
    #[error("{0}")]
    Delivery(#[from] DeliveryError),
}

/// Sends a code that opens nothing through the real senders, allow-list and all.
///
/// # Errors
/// See [`TrialError`].
pub async fn trial(
    senders: &Senders,
    (pages, council): (&Pages, &str),
    (clock, random): (&Clock, &Random),
    trial: TrialMessage,
) -> Result<Trial, TrialError> {
    let TrialMessage { to, channel, lang, keypress } = trial;
    let canonical = match channel {
        FactorId::Email => EmailAddress::parse(&to).ok().map(|address| address.as_str().to_owned()),
        FactorId::Sms | FactorId::Voice => PhoneNumber::parse(&to).ok().map(|number| number.as_str().to_owned()),
        _ => None,
    };
    let to = canonical.ok_or(TrialError::Address(to))?;
    let text = |key: &'static str| {
        let message = page::Message::new(key).with("code", CODE).with("council", council);
        pages.text(lang, "default", &message)
    };
    let reference = random.uuid(clock.now()).to_string();
    let message = Message {
        to: to.clone(),
        subject: if channel == FactorId::Email { text("trial-subject")? } else { String::new() },
        body: text(if channel == FactorId::Voice { "trial-call-body" } else { "trial-body" })?,
        locale: lang.code().to_owned(),
        code: Some(CODE.into()),
        minutes: MINUTES,
        service: council.to_owned(),
        key_prompt: if keypress { Some(text("trial-key-prompt")?) } else { None },
        tries_before: 0,
        reference: reference.clone(),
        channel,
    };
    let start = Instant::now();
    let sent = senders.router.send(&message).await?;
    Ok(Trial { to, reference, sent, milliseconds: start.elapsed().as_millis() })
}
