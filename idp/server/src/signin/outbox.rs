//! Handing committed messages over. Whoever commits a message tries at once; what that does not finish, in this process or
//! another, a worker takes up when the lease has passed. A message keeps its name over all tries, so that it is charged
//! for once.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use data_encoding::BASE64URL_NOPAD;
use futures::StreamExt as _;
use idp_core::account::PhoneNumber;
use idp_core::factor::FactorId;
use idp_core::metering::{Channel, Purpose};
use idp_core::policy::CodePolicy;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::mailed::MINUTES;
use super::recovery;
use super::send_guard::{self, Reserved, Withheld};
use crate::app::{App, Purposes};
use crate::delivery::{Message, Sent};
use crate::factor::code::{self, Binding};
use crate::page::{self, ClockTime, Lang, PageError};
use crate::store::StoreError;
use crate::store::charges::{self, NewCharge};
use crate::store::outbox::{self, CodeShape, Outgoing, Subject};
use crate::store::recovery_codes;

/// For how long a message is its taker's.
pub const LEASE: TimeDelta = TimeDelta::seconds(15);
/// How long a page waits for a message to be handed over before it goes on without knowing.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most messages that one round of the worker takes.
const ROUND: i64 = 50;
/// How many of them are handed over at a time.
const AT_A_TIME: usize = 8;
/// The most tries of one message.
const TRIES: i64 = 6;

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// A provider has it.
    Over,
    /// Not yet; a worker tries again.
    NotYet,
    /// Nobody takes it.
    Never,
    /// It may not go out.
    Withheld(Withheld),
}

/// What a page knows of a message that it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// It is on its way, or a slow sender still has it: the page says where to look, and how to ask again.
    OnItsWay,
    /// It is known that nothing was sent.
    NotSent,
    /// The client's phone channels are closed: something else is to be offered.
    ChannelClosed,
}

/// Hands a message over that was just committed. A slow sender is left to finish by itself.
pub async fn promptly(app: &App, outgoing: Outgoing) -> Prompt {
    let handing_over = tokio::spawn(hand_over(app.clone(), outgoing));
    match tokio::time::timeout(PATIENCE, handing_over).await {
        Ok(Ok(Handed::Over)) | Err(_) => Prompt::OnItsWay,
        Ok(Ok(Handed::Withheld(why))) if why.is_of_the_client() => Prompt::ChannelClosed,
        Ok(_) => Prompt::NotSent,
    }
}

/// Takes what is due and hands it over.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn work(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let db = app.db.for_workers();
    let due = db.write(move |tx| Box::pin(outbox::claim(tx, now, now + LEASE, ROUND))).await?;
    futures::stream::iter(due)
        .for_each_concurrent(AT_A_TIME, |outgoing| async {
            hand_over(app.clone(), outgoing).await;
        })
        .await;
    Ok(())
}

async fn hand_over(app: App, outgoing: Outgoing) -> Handed {
    let message = match write(&app, &outgoing) {
        Ok(message) => message,
        Err(error) => {
            tracing::error!(%error, reference = %outgoing.id, "a message could not be written");
            return settle(&app, outgoing, Handed::Never, None, None).await;
        }
    };
    let reserved = match reserve(&app, &outgoing).await {
        Ok(Ok(reserved)) => reserved,
        Ok(Err(why)) => return settle(&app, outgoing, Handed::Withheld(why), None, None).await,
        Err(error) => {
            // Without the counters nothing that costs money goes out; a worker comes back to it.
            tracing::warn!(%error, reference = %outgoing.id, "a message was not counted and is not sent yet");
            return settle(&app, outgoing, Handed::NotYet, None, None).await;
        }
    };
    let (handed, sent) = match app.senders().router.send(&message).await {
        Ok(sent) => (Handed::Over, Some(sent)),
        Err(error) if error.may_retry() && outgoing.tries < TRIES && app.clock.now() < outgoing.expires_at => {
            (Handed::NotYet, None)
        }
        Err(_) => (Handed::Never, None),
    };
    metrics::counter!("messages_accepted_total", "channel" => outgoing.channel.to_string())
        .increment(u64::from(handed == Handed::Over));
    settle(&app, outgoing, handed, sent, reserved).await
}

/// Counts the message, at its first try.
async fn reserve(app: &App, outgoing: &Outgoing) -> Result<Result<Option<Reserved>, Withheld>, StoreError> {
    if outgoing.tries > 1 { Ok(Ok(None)) } else { send_guard::reserve(app, outgoing).await }
}

/// Notes what became of a message, and charges for it where a provider accepted it.
async fn settle(
    app: &App,
    outgoing: Outgoing,
    handed: Handed,
    sent: Option<Sent>,
    reserved: Option<Reserved>,
) -> Handed {
    let again_at = app.clock.now() + pause_after(outgoing.tries);
    let charge = sent.map(|sent| charge_of(app, &outgoing, sent));
    let noted = app
        .db
        .for_workers()
        .write(move |tx| {
            Box::pin(async move {
                match handed {
                    Handed::Over => outbox::sent(tx, &outgoing).await?,
                    Handed::NotYet => outbox::put_off(tx, &outgoing, again_at).await?,
                    Handed::Never | Handed::Withheld(_) => {
                        outbox::failed(tx, &outgoing).await?;
                        if let Some(reserved) = reserved {
                            send_guard::release(tx, reserved).await?;
                        }
                    }
                }
                match charge {
                    Some(charge) => charges::record(tx, charge).await.map(drop),
                    None => Ok(()),
                }
            })
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "what became of a message was not noted; it may be sent again");
    }
    handed
}

/// Who pays for messages about an account that no client caused.
const NO_CLIENT: &str = "idp";

/// The row of the ledger for a message that was accepted; its id is the message's, so that there is one, however often
/// it was tried.
fn charge_of(app: &App, outgoing: &Outgoing, sent: Sent) -> NewCharge {
    let client = outgoing.send_as.client.as_deref().and_then(|id| app.clients().enabled(id).cloned());
    let number = outgoing.channel.is_by_phone().then(|| outgoing.destination.clone());
    NewCharge {
        id: outgoing.id,
        client_id: client.as_ref().map_or_else(|| NO_CLIENT.to_owned(), |client| client.id.clone()),
        organisation: client.as_ref().map_or_else(|| "default".to_owned(), |client| client.organisation.clone()),
        account_id: outgoing.account,
        entry: outgoing.send_as.entry.clone(),
        purpose: if matches!(outgoing.subject, Subject::Code { .. }) { Purpose::Code } else { Purpose::Notice },
        channel: Channel::of(&outgoing.channel).unwrap_or(Channel::Email),
        country: number.as_deref().and_then(|n| PhoneNumber::parse(n).ok()).map(|n| n.country().to_owned()),
        number,
        parts: sent.accepted.fragments.map_or(1, i64::from),
        plan: client.and_then(|client| client.policy.tariff_plan.clone()),
        bill_on: app.config.metering.bill_on(),
        sender: sent.sender.to_owned(),
        provider_id: sent.accepted.provider_id,
        at: app.clock.now(),
    }
}

/// 2 s after the first try, doubling up to a minute.
fn pause_after(tries: i64) -> TimeDelta {
    let doublings = u32::try_from(tries.clamp(1, 6)).unwrap_or(1);
    TimeDelta::seconds(i64::from(2_u32.pow(doublings)).min(60))
}

/// The message as it is sent.
fn write(app: &App, outgoing: &Outgoing) -> Result<Message, PageError> {
    let lang = outgoing.send_as.lang.parse().unwrap_or_default();
    let client = outgoing.send_as.client.as_deref();
    let service = client.and_then(|id| app.clients().enabled(id).map(|c| c.name_in(lang))).unwrap_or_default();
    let writer = Writer { app, lang, wording: &outgoing.send_as.wording, service: &service };
    let mut message = Message {
        to: outgoing.destination.clone(),
        channel: outgoing.channel.clone(),
        subject: String::new(),
        body: String::new(),
        locale: lang.code().to_owned(),
        code: None,
        minutes: 0,
        service: String::new(),
        key_prompt: None,
        tries_before: u32::try_from(outgoing.tries - 1).unwrap_or_default(),
        reference: outgoing.id.to_string(),
    };
    match &outgoing.subject {
        Subject::Code { method, .. } if recovery_codes::carries(method) => {
            let code = code_of(app, outgoing, DIGITS);
            // The purpose, or one that says why there is no code.
            let kind = method.split(':').next().unwrap_or_default();
            (message.subject, message.body) = writer.mailed(kind, code.expose_secret())?;
            message.code = (!kind.contains('-')).then_some(code);
            message.minutes = MINUTES;
            message.service.clone_from(&service);
        }
        Subject::Code { .. } => {
            let shape = outgoing.send_as.code.unwrap_or(DIGITS);
            let code = code_of(app, outgoing, shape);
            (message.subject, message.body) = writer.code(&outgoing.channel, code.expose_secret(), shape)?;
            message.code = Some(code);
            message.minutes = shape.ttl_seconds.div_ceil(60);
            message.service.clone_from(&service);
            if shape.keypress && outgoing.channel == FactorId::Voice {
                message.key_prompt = Some(writer.text(page::Message::new("voice-key-prompt"))?);
            }
        }
        Subject::Notice { kind, details } => {
            (message.subject, message.body) = writer.notice(&outgoing.channel, kind, details)?;
        }
    }
    Ok(message)
}

/// The shape of codes that no policy is about.
pub const DIGITS: CodeShape =
    CodeShape { alphabet: idp_core::policy::Alphabet::Digits, length: 6, ttl_seconds: 600, keypress: false };

fn code_of(app: &App, outgoing: &Outgoing, shape: CodeShape) -> SecretString {
    let Subject::Code { transaction, method, challenge } = &outgoing.subject else {
        return SecretString::from(String::new());
    };
    let binding = Binding {
        challenge: *challenge,
        transaction,
        account: outgoing.account.unwrap_or_default(),
        factor: method,
        destination: &outgoing.destination,
    };
    let policy = CodePolicy { alphabet: shape.alphabet, length: shape.length, ..CodePolicy::default() };
    code::derive(&app.purposes.codes, &binding, &policy)
}

/// The link that stops a recovery. Short: it travels in texts as well.
fn stop_link(app: &App, id: uuid::Uuid) -> String {
    let issuer = app.issuer().trim_end_matches('/');
    format!("{issuer}/recovery/stop?t={}", recovery::stop_token(&app.purposes, id))
}

/// The detail of a notice that says when something happens.
const TIME: &str = "time";

/// The detail of a notice that names the way back it carries. The link itself is in no table: it is made when it is
/// written.
pub const UNDO: &str = "undo";

fn undo_tag(purposes: &Purposes, id: Uuid) -> [u8; 32] {
    purposes.forms.tag(&[b"undo", id.as_bytes()])
}

/// The link that leads back to a contact that was changed.
fn undo_link(purposes: &Purposes, issuer: &str, id: Uuid) -> String {
    let token = [&id.as_bytes()[..], &undo_tag(purposes, id)].concat();
    format!("{issuer}/account/undo/{}", BASE64URL_NOPAD.encode(&token))
}

/// The way back that a link's token names, if we made it.
#[must_use]
pub fn undone_by(purposes: &Purposes, token: &str) -> Option<Uuid> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
    let (id, tag) = bytes.split_at_checked(16)?;
    let id = Uuid::from_slice(id).ok()?;
    purposes.forms.verify(&[b"undo", id.as_bytes()], tag).then_some(id)
}

struct Writer<'a> {
    app: &'a App,
    lang: Lang,
    wording: &'a str,
    service: &'a str,
}

impl Writer<'_> {
    fn text(&self, message: page::Message) -> Result<String, PageError> {
        let council = self.app.config.brand.council_in(self.lang);
        let service = if self.service.is_empty() { council } else { self.service };
        let message = message.with("service", service).with("council", council);
        self.app.pages.text(self.lang, self.wording, &message)
    }

    /// Where a password is changed: several messages say that somebody else may know it.
    fn password_page(&self) -> String {
        format!("{}/account/password", self.app.issuer().trim_end_matches('/'))
    }

    fn code(&self, channel: &FactorId, code: &str, shape: CodeShape) -> Result<(String, String), PageError> {
        let minutes = shape.ttl_seconds.div_ceil(60);
        let of = |key: &'static str| page::Message::new(key).with("code", code).with("minutes", minutes);
        Ok(match channel {
            FactorId::Sms => {
                let body = of("sms-code-body").with("domain", self.app.config.server.issuer.host());
                (String::new(), self.text(body)?)
            }
            FactorId::Voice => {
                let digits = code.chars().map(String::from).collect::<Vec<_>>().join(", ");
                (String::new(), self.text(page::Message::new("voice-code-body").with("code", digits))?)
            }
            _ => (self.text(of("mail-code-subject"))?, self.text(of("mail-code-body"))?),
        })
    }

    fn mailed(&self, kind: &str, code: &str) -> Result<(String, String), PageError> {
        let of = |part| {
            let message = page::Message::new(format!("mail-{kind}-{part}")).with("code", code);
            message.with("minutes", MINUTES).with("page", self.password_page())
        };
        Ok((self.text(of("subject"))?, self.text(of("body"))?))
    }

    fn notice(
        &self,
        channel: &FactorId,
        kind: &str,
        details: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<(String, String), PageError> {
        let of = |part: &str| {
            let message = page::Message::new(format!("notice-{kind}-{part}"));
            let mut message = message.with("page", self.password_page());
            if let Some(id) = details.get(UNDO).and_then(|id| id.as_str()?.parse().ok()) {
                let link = undo_link(&self.app.purposes, self.app.issuer(), id);
                message = message.with("link", link);
            }
            for (name, value) in details {
                if let Some(at) = (name == TIME).then(|| value.as_str()?.parse().ok()).flatten() {
                    // Whoever reads it later needs the date.
                    message = message.with(TIME, ClockTime::at(at, DateTime::UNIX_EPOCH));
                    continue;
                }
                message = match value.as_u64().and_then(|number| u32::try_from(number).ok()) {
                    // The text chooses its plural form by a number.
                    Some(number) => message.with(name.clone(), number),
                    None => message.with(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
                };
            }
            // The link is worked out here, so that no copy of the outbox holds one that works.
            match details.get("recovery").and_then(|id| id.as_str()?.parse().ok()) {
                Some(id) => message.with("link", stop_link(self.app, id)),
                None => message,
            }
        };
        match channel {
            FactorId::Email => Ok((self.text(of("subject"))?, self.with_contact(self.text(of("body"))?)?)),
            _ => Ok((String::new(), self.text(of("text"))?)),
        }
    }

    /// The body of a notice, with whom to ask for help where that is configured.
    fn with_contact(&self, body: String) -> Result<String, PageError> {
        let brand = &self.app.config.brand;
        let known = brand.contact_phone.iter().chain(&brand.contact_email).map(String::as_str).collect::<Vec<_>>();
        if known.is_empty() {
            return Ok(body);
        }
        let contact = self.text(page::Message::new("notice-contact").with("contact", known.join(", ")))?;
        Ok(format!("{}\n\n{contact}", body.trim_end()))
    }
}
