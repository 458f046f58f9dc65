//! The last look before a message goes to a phone: whether anything may go there; and for a code, how often its number, and the numbers that begin alike, were sent to
//! without a right code; whether the client's sends are answered at all; and what it may spend. Of notices, which no code
//! follows, a number gets a few a day. What may not go out is not handed over and costs nothing.
//!
//! A client that may send no more loses its phone channels for a moment, so that its chooser offers what is left.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::{PhoneNumber, check_destination};
use idp_core::metering::breaker::Breaker;
use idp_core::metering::spend::SpendCap;
use idp_core::metering::{Channel, Money, Purpose, charge, london, tariff};
use idp_core::policy::OnSpendCap;

use crate::app::{App, Purposes};
use crate::audit::AuditEvent;
use crate::clients::Client;
use crate::store::outbox::{Outgoing, Subject};
use crate::store::send_limits::{self, NumberLimits};
use crate::store::{StoreError, Tx, spend, tariffs};

/// For how long a client goes without its phone channels before it is looked at again.
const PAUSE: TimeDelta = TimeDelta::minutes(1);
/// Sends to numbers that share their first digits: an attacker goes through them in order.
const PREFIX: NumberLimits = NumberLimits { unanswered: 50, total: 10_000, window: TimeDelta::hours(24) };
/// Digits of a number that make its prefix.
const PREFIX_DIGITS: usize = 7;

/// Notices to one number: whoever can cause them is signed in, and each costs. The same notice went to the address.
const NOTICES: NumberLimits = NumberLimits { unanswered: i64::MAX, total: 5, window: TimeDelta::hours(24) };

/// Why a message is not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// Too many went to this number without a right code.
    Number,
    /// Too many went to numbers that begin like this one.
    Prefix,
    /// Hardly any of the client's sends is followed by a right code.
    Conversion,
    /// The client has spent what it may.
    SpendCap,
    /// Nothing goes to numbers like this one.
    Destination,
    /// The number has had its notices of a day.
    Notices,
}

impl Withheld {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Prefix => "prefix",
            Self::Conversion => "conversion",
            Self::SpendCap => "spend_cap",
            Self::Destination => "destination",
            Self::Notices => "notices",
        }
    }

    /// Whether it is about everything the client sends to phones.
    #[must_use]
    pub const fn is_of_the_client(self) -> bool {
        matches!(self, Self::Conversion | Self::SpendCap)
    }
}

/// The clients that go without their phone channels, and until when.
#[derive(Debug, Default)]
pub struct Paused {
    until: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Paused {
    /// Whether a client goes without them now.
    #[must_use]
    pub fn is(&self, client: &str, now: DateTime<Utc>) -> bool {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.retain(|_, end| *end > now);
        until.contains_key(client)
    }

    fn pause(&self, client: &str, until: DateTime<Utc>) {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).insert(client.to_owned(), until);
    }
}

/// The keys that a number is counted by.
#[derive(Clone, Copy, Debug)]
struct Keys {
    number: [u8; 32],
    prefix: [u8; 32],
}

impl Keys {
    fn of(purposes: &Purposes, number: &str) -> Self {
        let digits = number.trim_start_matches('+');
        let prefix = digits.get(..PREFIX_DIGITS).unwrap_or(digits);
        Self {
            number: purposes.addresses.tag(&[b"number", digits.as_bytes()]),
            prefix: purposes.addresses.tag(&[b"prefix", prefix.as_bytes()]),
        }
    }
}

/// The key that notices to a number are counted by. Those that carry a link which stops a recovery are counted apart:
/// nobody uses the others up in order to recover an account unseen.
fn notice_key(purposes: &Purposes, number: &str, details: &serde_json::Map<String, serde_json::Value>) -> [u8; 32] {
    let what: &[u8] = if details.contains_key("recovery") { b"recovery-notice" } else { b"notice" };
    purposes.addresses.tag(&[what, number.trim_start_matches('+').as_bytes()])
}

/// What was counted for one message, so that it can be given back.
#[derive(Clone, Debug)]
pub struct Reserved {
    keys: Vec<[u8; 32]>,
    /// Of which client, and how much.
    price: Option<(String, Money)>,
    at: DateTime<Utc>,
}

/// Counts a message before it is handed over, or says why it may not be. `None` for what needs no guard: messages that
/// cost nothing.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn reserve(app: &App, outgoing: &Outgoing) -> Result<Result<Option<Reserved>, Withheld>, StoreError> {
    let channel = Channel::of(&outgoing.channel).filter(|_| outgoing.channel.is_by_phone());
    let client = outgoing.send_as.client.as_deref().and_then(|id| app.clients().enabled(id).cloned());
    // A number that was on file before the countries changed, or that a back office pushed.
    let countries = client.as_ref().map_or(&app.config.limits.countries, |client| &client.policy.countries);
    if channel.is_some_and(|channel| !may_go(&outgoing.destination, channel, countries)) {
        note(app, outgoing, outgoing.send_as.client.clone(), Withheld::Destination).await?;
        return Ok(Err(Withheld::Destination));
    }
    if let (Some(_), Subject::Notice { details, .. }) = (&channel, &outgoing.subject) {
        return reserve_notice(app, outgoing, notice_key(&app.purposes, &outgoing.destination, details)).await;
    }
    let (Some(channel), Some(client)) = (channel, client) else { return Ok(Ok(None)) };
    let now = app.clock.now();
    let keys = Keys::of(&app.purposes, &outgoing.destination);
    let limits =
        NumberLimits { unanswered: i64::from(app.config.limits.unanswered_per_number_per_day), ..NumberLimits::NUMBER };
    let number = outgoing.destination.clone();
    let guarded = client.clone();
    // A refusal rolls back what was counted before it.
    let outcome = app
        .db
        .for_workers()
        .try_write(move |tx| {
            Box::pin(async move {
                if !send_limits::spend(tx, keys.number, limits, now).await? {
                    return Err(Refused::Withheld(Withheld::Number));
                }
                if !send_limits::spend(tx, keys.prefix, PREFIX, now).await? {
                    return Err(Refused::Withheld(Withheld::Prefix));
                }
                let breaker = Breaker::default();
                if breaker.is_open(send_limits::conversion(tx, &guarded.id, &breaker, now).await?) {
                    return Err(Refused::Withheld(Withheld::Conversion));
                }
                let price = reserve_price(tx, &guarded, channel, &number, now).await?;
                send_limits::count_send(tx, &guarded.id, now).await?;
                Ok(price)
            })
        })
        .await;
    match outcome {
        Ok(price) => {
            let price = price.map(|price| (client.id.clone(), price));
            Ok(Ok(Some(Reserved { keys: vec![keys.number, keys.prefix], price, at: now })))
        }
        Err(Refused::Store(error)) => Err(error),
        Err(Refused::Withheld(why)) => {
            if why.is_of_the_client() {
                app.paused.pause(&client.id, now + PAUSE);
            }
            note(app, outgoing, Some(client.id.clone()), why).await?;
            Ok(Err(why))
        }
    }
}

/// Counts a notice to a phone. One too many is withheld, which is no failure of what it tells of: the address hears of it.
async fn reserve_notice(
    app: &App,
    outgoing: &Outgoing,
    key: [u8; 32],
) -> Result<Result<Option<Reserved>, Withheld>, StoreError> {
    let now = app.clock.now();
    let db = app.db.for_workers();
    if db.write(move |tx| Box::pin(send_limits::spend(tx, key, NOTICES, now))).await? {
        return Ok(Ok(Some(Reserved { keys: vec![key], price: None, at: now })));
    }
    note(app, outgoing, outgoing.send_as.client.clone(), Withheld::Notices).await?;
    Ok(Err(Withheld::Notices))
}

fn may_go(number: &str, channel: Channel, countries: &[String]) -> bool {
    PhoneNumber::parse(number).is_ok_and(|number| check_destination(&number, channel, countries).is_ok())
}

/// Why a reservation came to nothing.
enum Refused {
    Withheld(Withheld),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Takes the price of a send from what the client may spend. A cap that only alerts lets everything pass.
async fn reserve_price(
    tx: &mut Tx,
    client: &Client,
    channel: Channel,
    number: &str,
    now: DateTime<Utc>,
) -> Result<Option<Money>, Refused> {
    let (Some(plan), Some(name)) = (&client.policy.tariff_plan, &client.policy.spend_cap) else { return Ok(None) };
    let Some(cap) = spend::cap(tx, name).await? else { return Ok(None) };
    let rows = tariffs::prices_of(tx, plan).await?;
    let row = tariff::in_force(&rows, channel, Some(number), london::date(now));
    let measured = charge::measure(channel, Purpose::Code, 1, row);
    let price = charge::amount(measured.units, 0, measured.unit_price);
    if spend::reserve(tx, &client.id, price, &cap, now).await? {
        return Ok(Some(price));
    }
    if client.policy.on_spend_cap == OnSpendCap::Alert {
        let uncapped = SpendCap { daily: None, monthly: None, ..cap };
        spend::reserve(tx, &client.id, price, &uncapped, now).await?;
        return Ok(Some(price));
    }
    Err(Refused::Withheld(Withheld::SpendCap))
}

/// Tells operators: a number that is sent to too often may be somebody's attack.
async fn note(app: &App, outgoing: &Outgoing, client: Option<String>, why: Withheld) -> Result<(), StoreError> {
    let why = why.as_str();
    tracing::warn!(client, why, reference = %outgoing.id, "a message to a phone was withheld");
    metrics::counter!("messages_withheld_total", "why" => why).increment(1);
    let event = AuditEvent {
        account: outgoing.account,
        client,
        details: serde_json::json!({ "factor": outgoing.channel, "why": why }),
        ..AuditEvent::new(app.clock.now(), "message.withheld")
    };
    app.db
        .for_workers()
        .write(move |tx| {
            Box::pin(async move {
                tx.audit(event);
                Ok(())
            })
        })
        .await
}

/// Gives back what was counted for a message that nobody took.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn release(tx: &mut Tx, reserved: Reserved) -> Result<(), StoreError> {
    for key in reserved.keys {
        send_limits::give_back(tx, key).await?;
    }
    match reserved.price {
        Some((client, price)) => spend::release(tx, &client, price, reserved.at).await,
        None => Ok(()),
    }
}

/// A right code followed what was sent to this number: nothing of it counts as unanswered any more. No request waits for
/// it.
pub fn answered(app: &App, client: &str, number: &str, sends: i64, sent_at: DateTime<Utc>) {
    let keys = Keys::of(&app.purposes, number);
    let (db, client) = (app.db.for_workers(), client.to_owned());
    tokio::spawn(async move {
        let counted = db
            .write(move |tx| {
                Box::pin(async move {
                    send_limits::answered(tx, keys.number).await?;
                    send_limits::answered_some(tx, keys.prefix, sends).await?;
                    send_limits::count_verified(tx, &client, sends, sent_at).await
                })
            })
            .await;
        if let Err(error) = counted {
            tracing::warn!(%error, "an answered code was not counted");
        }
    });
}
