//! A message to try the senders with, on an operator's word.

use std::time::Instant;

use idp_core::account::{EmailAddress, PhoneNumber};
use idp_core::factor::FactorId;
use idp_core::metering::{BillOn, Channel, Purpose};
use serde_json::json;

use super::Senders;
use crate::audit::{Actor, AuditEvent};
use crate::clock::{Clock, Random};
use crate::delivery::{DeliveryError, Message, Sent};
use crate::page::{self, Lang, PageError, Pages};
use crate::store::charges::{self, NewCharge};
use crate::store::{Db, StoreError, organisations};

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
    /// It was sent, and could not be noted in the ledger.
    #[error("it was sent; the store: {0}")]
    Store(#[from] StoreError),
}

/// What a trial needs.
#[derive(Clone, Copy)]
pub struct Workshop<'a> {
    /// The senders.
    pub senders: &'a Senders,
    /// The texts.
    pub pages: &'a Pages,
    /// The council's name, in the texts.
    pub council: &'a str,
    /// The store.
    pub db: &'a Db,
    /// The clock.
    pub clock: &'a Clock,
    /// Randomness.
    pub random: &'a Random,
}

/// Sends a code that opens nothing through the real senders, allow-list and all, and notes it in the ledger: it costs
/// no client anything.
///
/// # Errors
/// See [`TrialError`].
pub async fn trial(workshop: Workshop<'_>, actor: Actor, trial: TrialMessage) -> Result<Trial, TrialError> {
    let Workshop { senders, pages, council, db, clock, random } = workshop;
    let TrialMessage { to, channel, lang, keypress } = trial;
    let (to, country) = recipient(&channel, &to).ok_or(TrialError::Address(to))?;
    let text = |key: &'static str| {
        let message = page::Message::new(key).with("code", CODE).with("council", council);
        pages.text(lang, "default", &message)
    };
    let id = random.uuid(clock.now());
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
        reference: id.to_string(),
        channel: channel.clone(),
    };
    let start = Instant::now();
    let sent = senders.router.send(&message).await?;
    let milliseconds = start.elapsed().as_millis();
    let at = clock.now();
    let charge = Channel::of(&channel).map(|channel| NewCharge {
        id,
        // It is sent for no client.
        client_id: String::new(),
        organisation: organisations::DEFAULT.to_owned(),
        account_id: None,
        entry: "direct".to_owned(),
        purpose: Purpose::Test,
        channel,
        number: country.is_some().then(|| to.clone()),
        country,
        parts: sent.accepted.fragments.map_or(1, i64::from),
        plan: None,
        bill_on: BillOn::Accepted,
        sender: sent.sender.to_owned(),
        provider_id: sent.accepted.provider_id.clone(),
        at,
    });
    let details = json!({ "channel": channel.to_string(), "sender": sent.sender, "reference": id });
    let event = AuditEvent { actor, details, ..AuditEvent::new(at, "message.tried") };
    db.write(move |tx| {
        Box::pin(async move {
            if let Some(charge) = charge {
                charges::record(tx, charge).await?;
            }
            tx.audit(event);
            Ok(())
        })
    })
    .await?;
    Ok(Trial { to, reference: id.to_string(), sent, milliseconds })
}

/// The address or number as it is sent to, and a number's country.
fn recipient(channel: &FactorId, typed: &str) -> Option<(String, Option<String>)> {
    match channel {
        FactorId::Email => Some((EmailAddress::parse(typed).ok()?.as_str().to_owned(), None)),
        FactorId::Sms | FactorId::Voice => {
            let number = PhoneNumber::parse(typed).ok()?;
            Some((number.as_str().to_owned(), Some(number.country().to_owned())))
        }
        _ => None,
    }
}
