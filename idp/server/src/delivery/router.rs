//! Who carries a message: the senders of its channel in their order, each with a time limit and a circuit breaker.

use std::sync::Arc;
use std::time::Duration;

use idp_core::factor::FactorId;
use idp_core::policy::Channels;

use super::inbox::Inbox;
use super::notify::Notify;
use super::recipients::AllowList;
use super::smtp::{Smtp, SmtpError};
use super::twilio::Twilio;
use super::{Accepted, DeliveryError, Message, Sender};
use crate::clock::{Clock, Random};
use crate::config::{Issuer, SenderName, SenderSettings};
use crate::keys::seal::Sealer;
use crate::net::breaker::Breaker;
use crate::net::outbound::Outbound;

/// What senders are built with.
#[derive(Clone)]
pub struct Tools {
    /// The clock.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The only way out to other servers.
    pub outbound: Outbound,
    /// Our own address, for receipts.
    pub issuer: Issuer,
    /// Seals what a call says once a key was pressed.
    pub calls: Sealer,
    /// The development inbox, which then takes everything.
    pub inbox: Option<Inbox>,
}

/// A message that somebody has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The sender's name.
    pub sender: &'static str,
    /// What it said.
    pub accepted: Accepted,
}

/// What a sender said when it was asked whether it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The sender's name.
    pub sender: &'static str,
    /// The channels that it is there for.
    pub channels: Vec<FactorId>,
    /// A remark, or what is wrong.
    pub outcome: Result<String, DeliveryError>,
}

struct Entry {
    sender: Arc<dyn Sender>,
    breaker: Breaker,
}

/// The senders of every channel. Cheap to clone; clones share their breakers.
#[derive(Clone)]
pub struct Router {
    inner: Arc<Inner>,
}

struct Inner {
    email: Vec<Entry>,
    sms: Vec<Entry>,
    voice: Vec<Entry>,
    allow_list: AllowList,
    timeout: Duration,
    clock: Clock,
}

const CHANNELS: [FactorId; 3] = [FactorId::Email, FactorId::Sms, FactorId::Voice];

impl Router {
    /// The senders as set up; one that lacks a setting is left out.
    ///
    /// # Errors
    /// The SMTP settings cannot be used.
    pub fn new(settings: &SenderSettings, tools: &Tools) -> Result<Self, SmtpError> {
        let smtp = Smtp::new(&settings.mail, tools.clock.clone())?.map(Arc::new);
        let notify = Notify::new(&settings.notify, tools).map(Arc::new);
        let twilio = Twilio::new(&settings.twilio, tools).map(Arc::new);
        let find = |name: &SenderName, channel: &FactorId| -> Option<Arc<dyn Sender>> {
            match name {
                SenderName::Smtp => Some(smtp.clone()?),
                SenderName::Notify => Some(notify.clone().filter(|notify| notify.carries(channel))?),
                SenderName::Twilio => Some(twilio.clone().filter(|twilio| twilio.carries(channel))?),
            }
        };
        let list = |names: &[SenderName], channel: FactorId| match &tools.inbox {
            Some(inbox) => vec![Arc::new(inbox.clone()) as Arc<dyn Sender>],
            None => names.iter().filter_map(|name| find(name, &channel)).collect(),
        };
        let messages = &settings.messages;
        let timeout = Duration::from_secs(messages.timeout_seconds);
        let senders = [
            list(&messages.email, FactorId::Email),
            list(&messages.sms, FactorId::Sms),
            list(&messages.voice, FactorId::Voice),
        ];
        Ok(Self::of(senders, AllowList::new(&messages.allow_list), timeout, tools.clock.clone()))
    }

    fn of(senders: [Vec<Arc<dyn Sender>>; 3], allow_list: AllowList, timeout: Duration, clock: Clock) -> Self {
        let entry = |sender| Entry { sender, breaker: Breaker::default() };
        let [email, sms, voice] = senders.map(|list| list.into_iter().map(entry).collect());
        Self { inner: Arc::new(Inner { email, sms, voice, allow_list, timeout, clock }) }
    }

    fn entries(&self, channel: &FactorId) -> &[Entry] {
        match channel {
            FactorId::Email => &self.inner.email,
            FactorId::Sms => &self.inner.sms,
            FactorId::Voice => &self.inner.voice,
            FactorId::Totp | FactorId::Passkey | FactorId::Backup | FactorId::Remote(_) => &[],
        }
    }

    /// Hands a message to the first sender of its channel that takes it.
    ///
    /// # Errors
    /// See [`DeliveryError`]; [`DeliveryError::may_retry`] says whether to come again.
    pub async fn send(&self, message: &Message) -> Result<Sent, DeliveryError> {
        if !self.inner.allow_list.allows(&message.to) {
            let (to, reference) = (message.masked_to(), &message.reference);
            tracing::warn!(to, %reference, "a message was not sent: its address is not in messages.allow_list");
            return Err(DeliveryError::Withheld);
        }
        let mut failed: Option<DeliveryError> = None;
        for entry in self.entries(&message.channel) {
            let error = match self.hand_to(entry, message).await {
                Ok(accepted) => return Ok(Sent { sender: entry.sender.name(), accepted }),
                Err(error) if error.is_the_senders() => error,
                Err(error) => return Err(error),
            };
            // Of several failures the one counts that leaves hope.
            if !failed.as_ref().is_some_and(DeliveryError::may_retry) {
                failed = Some(error);
            }
        }
        Err(failed.unwrap_or_else(|| DeliveryError::Refused("no sender is set up for this channel".to_owned())))
    }

    async fn hand_to(&self, entry: &Entry, message: &Message) -> Result<Accepted, DeliveryError> {
        let (sender, channel, clock) = (entry.sender.name(), message.channel.to_string(), &self.inner.clock);
        if !entry.breaker.may_try(clock.now()) {
            return Err(DeliveryError::Unavailable("it failed too often and is left alone for a while".to_owned()));
        }
        let outcome = tokio::time::timeout(self.inner.timeout, entry.sender.send(message)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(DeliveryError::Unavailable("no answer in time".to_owned())));
        match &outcome {
            Ok(_) => {
                entry.breaker.succeeded();
                metrics::counter!("messages_sent_total", "channel" => channel, "sender" => sender).increment(1);
            }
            Err(error) => {
                let (reference, why) = (&message.reference, error.kind());
                tracing::warn!(%error, sender, channel, %reference, "a message was not taken");
                if !error.is_the_senders() {
                    entry.breaker.succeeded();
                } else if entry.breaker.failed(clock.now()) {
                    tracing::error!(sender, channel, "a sender fails and is left alone for half a minute");
                }
                metrics::counter!("messages_failed_total", "channel" => channel, "sender" => sender, "why" => why)
                    .increment(1);
            }
        }
        outcome
    }

    /// The channels that have a sender which is set up and not failing.
    #[must_use]
    pub fn channels(&self) -> Channels {
        let now = self.inner.clock.now();
        let works = |entries: &[Entry]| entries.iter().any(|entry| !entry.breaker.is_open(now));
        Channels {
            email: works(&self.inner.email),
            sms: works(&self.inner.sms),
            voice: works(&self.inner.voice),
            ..Channels::default()
        }
    }

    /// The channels that have a sender which is set up, failing or not.
    #[must_use]
    pub fn set_up(&self) -> Channels {
        let Inner { email, sms, voice, .. } = &*self.inner;
        Channels { email: !email.is_empty(), sms: !sms.is_empty(), voice: !voice.is_empty(), ..Channels::default() }
    }

    /// The senders of a channel, in their order.
    #[must_use]
    pub fn senders(&self, channel: &FactorId) -> Vec<&'static str> {
        self.entries(channel).iter().map(|entry| entry.sender.name()).collect()
    }

    /// Whether any sender of a channel tells later what became of a message.
    #[must_use]
    pub fn reports(&self, channel: &FactorId) -> bool {
        self.entries(channel).iter().any(|entry| entry.sender.reports())
    }

    /// Asks every sender whether it works; sends nothing.
    pub async fn check(&self) -> Vec<Checked> {
        let mut found: Vec<(Arc<dyn Sender>, Vec<FactorId>)> = Vec::new();
        for channel in CHANNELS {
            for entry in self.entries(&channel) {
                match found.iter_mut().find(|(sender, _)| sender.name() == entry.sender.name()) {
                    Some((_, channels)) => channels.push(channel.clone()),
                    None => found.push((entry.sender.clone(), vec![channel.clone()])),
                }
            }
        }
        let timeout = self.inner.timeout;
        let asked = found.into_iter().map(|(sender, channels)| async move {
            let outcome = tokio::time::timeout(timeout, sender.check()).await;
            let outcome = outcome.unwrap_or_else(|_| Err(DeliveryError::Unavailable("no answer in time".to_owned())));
            Checked { sender: sender.name(), channels, outcome }
        });
        futures::future::join_all(asked).await
    }
}

#[cfg(test)]
mod tests;
