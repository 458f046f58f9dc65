//! One send: what is counted, and what it costs.

use super::money::Money;
use super::tariff::TariffRow;
use super::word::words;
use crate::factor::FactorId;

words! {
    /// The way a message takes.
    pub enum Channel ("a channel") {
        /// Email: free, and still counted.
        Email = "email",
        /// Text message.
        Sms = "sms",
        /// Phone call.
        Voice = "voice",
    }
}

impl Channel {
    /// The channel on which a factor sends its codes, if it does.
    #[must_use]
    pub const fn of(factor: &FactorId) -> Option<Self> {
        match factor {
            FactorId::Email => Some(Self::Email),
            FactorId::Sms => Some(Self::Sms),
            FactorId::Voice => Some(Self::Voice),
            FactorId::Totp | FactorId::Passkey | FactorId::Backup | FactorId::Remote(_) => None,
        }
    }

    /// The factor whose codes take this way.
    #[must_use]
    pub const fn factor(self) -> FactorId {
        match self {
            Self::Email => FactorId::Email,
            Self::Sms => FactorId::Sms,
            Self::Voice => FactorId::Voice,
        }
    }

    /// The units that a price of this channel may be for.
    #[must_use]
    pub const fn units(self) -> &'static [Unit] {
        match self {
            Self::Email => &[Unit::Message],
            Self::Sms => &[Unit::Message, Unit::Part],
            Self::Voice => &[Unit::Call],
        }
    }
}

words! {
    /// What a price is for.
    pub enum Unit ("a unit") {
        /// A message, whatever its length.
        Message = "message",
        /// A part of a text message, as networks count them.
        Part = "part",
        /// A call.
        Call = "call",
    }
}

words! {
    /// Why something was sent.
    pub enum Purpose ("a purpose") {
        /// A code.
        Code = "code",
        /// A notice, such as that a password was changed.
        Notice = "notice",
        /// A trial by an administrator: costs the client nothing.
        Test = "test",
        /// No send: a correction of an earlier row.
        Credit = "credit",
    }
}

words! {
    /// When a call is charged for. Messages are charged when a provider accepts them.
    pub enum BillOn ("a moment") {
        /// When the provider accepts it.
        Accepted = "accepted",
        /// When somebody answers it.
        Answered = "answered",
    }
}

impl BillOn {
    /// Whether a send is charged for as soon as it is accepted.
    #[must_use]
    pub fn at_acceptance(self, channel: Channel) -> bool {
        self == Self::Accepted || channel != Channel::Voice
    }
}

/// A send as it is counted, before any free units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// What is counted.
    pub unit: Unit,
    /// How many.
    pub units: i64,
    /// The price of one.
    pub unit_price: Money,
    /// Whether free units of an allowance go first.
    pub may_be_free: bool,
}

/// Counts a send of `parts` by the row in force. Without a row, and for a test, it is counted and costs nothing.
#[must_use]
pub fn measure(channel: Channel, purpose: Purpose, parts: i64, row: Option<&TariffRow>) -> Measured {
    let unit = row.map_or_else(|| channel.units().first().copied().unwrap_or(Unit::Message), |row| row.unit);
    let units = if unit == Unit::Part { parts.max(1) } else { 1 };
    let priced = row.filter(|_| purpose != Purpose::Test);
    let unit_price = priced.map_or(Money::ZERO, |row| row.unit_price);
    Measured { unit, units, unit_price, may_be_free: priced.is_some() && channel == Channel::Sms }
}

/// What so many units cost when `free` of them are free. Saturates rather than wraps: no price and no message is large
/// enough for that.
#[must_use]
pub fn amount(units: i64, free: i64, unit_price: Money) -> Money {
    let charged = units.saturating_sub(free).max(0);
    unit_price.times(charged).unwrap_or(Money::from_millionths(i64::MAX))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::metering::tariff::{Prefix, STANDARD_PLANS};

    fn resale(channel: Channel) -> TariffRow {
        let plan = STANDARD_PLANS.iter().find(|plan| plan.name == "resale").unwrap();
        plan.rows(NaiveDate::default()).into_iter().find(|row| row.channel == channel).unwrap()
    }

    fn cost(channel: Channel, purpose: Purpose, parts: i64) -> (i64, Money) {
        let row = resale(channel);
        let measured = measure(channel, purpose, parts, Some(&row));
        (measured.units, amount(measured.units, 0, measured.unit_price))
    }

    #[test]
    fn req_s0_9_a_text_message_costs_9_pence_however_many_parts_it_has() {
        assert_eq!(cost(Channel::Sms, Purpose::Code, 1), (1, Money::from_millionths(90_000)));
        assert_eq!(cost(Channel::Sms, Purpose::Code, 3), (1, Money::from_millionths(90_000)));
    }

    #[test]
    fn req_s0_10_a_call_costs_7_pence() {
        assert_eq!(cost(Channel::Voice, Purpose::Code, 1), (1, Money::from_millionths(70_000)));
    }

    #[test]
    fn req_s0_11_an_email_costs_nothing_and_is_counted() {
        assert_eq!(cost(Channel::Email, Purpose::Code, 1), (1, Money::ZERO));
    }

    #[test]
    fn req_s0_12_a_test_is_counted_and_costs_nothing_and_everything_else_costs_from_the_first_send() {
        assert_eq!(cost(Channel::Sms, Purpose::Test, 1), (1, Money::ZERO));
        assert_eq!(cost(Channel::Sms, Purpose::Notice, 1), (1, Money::from_millionths(90_000)));
        assert!(!measure(Channel::Sms, Purpose::Test, 1, Some(&resale(Channel::Sms))).may_be_free);
    }

    #[test]
    fn a_price_by_the_part_counts_parts() {
        let row = TariffRow {
            unit: Unit::Part,
            unit_price: Money::from_millionths(24_000),
            prefix: Prefix::Any,
            ..resale(Channel::Sms)
        };
        let measured = measure(Channel::Sms, Purpose::Code, 3, Some(&row));
        assert_eq!((measured.unit, measured.units), (Unit::Part, 3));
        assert_eq!(amount(3, 1, measured.unit_price), Money::from_millionths(48_000));
        assert_eq!(measure(Channel::Sms, Purpose::Code, 0, Some(&row)).units, 1, "a message has at least one part");
    }

    #[test]
    fn without_a_price_a_send_is_still_counted() {
        let measured = measure(Channel::Voice, Purpose::Code, 1, None);
        assert_eq!((measured.unit, measured.units, measured.unit_price), (Unit::Call, 1, Money::ZERO));
    }

    #[test]
    fn calls_alone_can_be_billed_when_answered() {
        assert!(!BillOn::Answered.at_acceptance(Channel::Voice));
        assert!(BillOn::Answered.at_acceptance(Channel::Sms));
        assert!(BillOn::Accepted.at_acceptance(Channel::Voice));
    }

    proptest! {
        #[test]
        fn case_ad10_the_sum_of_the_sends_is_the_price_of_their_number(
            price in 0_i64..=100_000_000, sends in 0_i64..=2_000, free in 0_i64..=2_000,
        ) {
            let price = Money::from_millionths(price);
            let each = (0..sends).map(|n| amount(1, i64::from(n < free), price));
            let sum = each.fold(Money::ZERO, |sum, one| sum.plus(one).unwrap());
            prop_assert_eq!(sum, amount(sends, free, price));
        }
    }
}
