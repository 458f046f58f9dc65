//! Tariffs: a plan is a set of prices, each from a date on. A row is never edited; a change is a later row.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::charge::{Channel, Unit};
use super::money::Money;

/// The largest price of one message or call, in millionths: £100. More is a typing error.
const HIGHEST_PRICE: Money = Money::from_millionths(100_000_000);
/// How many years ahead a change can be entered.
const YEARS_AHEAD: i32 = 10;

/// The numbers that a price is for: all, or those that begin with these digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Prefix {
    /// `*`.
    Any,
    /// `+44`, `+447624`: the beginning of a number in E.164.
    Digits(String),
}

/// The text is no prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a prefix: use * or the first digits of a number, like +44")]
pub struct NotAPrefix(String);

impl Prefix {
    fn covers(&self, number: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Digits(digits) => number.is_some_and(|number| number.starts_with(digits.as_str())),
        }
    }

    /// Whether some number is meant by both.
    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Digits(one), Self::Digits(other)) => {
                one.starts_with(other.as_str()) || other.starts_with(one.as_str())
            }
            _ => true,
        }
    }

    const fn length(&self) -> usize {
        match self {
            Self::Any => 0,
            Self::Digits(digits) => digits.len(),
        }
    }
}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |rest: &str| (1..=7).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit());
        match text.strip_prefix('+') {
            None if text == "*" => Ok(Self::Any),
            Some(rest) if digits(rest) && !rest.starts_with('0') => Ok(Self::Digits(text.to_owned())),
            _ => Err(NotAPrefix(text.to_owned())),
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Digits(digits) => f.write_str(digits),
        }
    }
}

impl TryFrom<String> for Prefix {
    type Error = NotAPrefix;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.to_string()
    }
}

/// A price of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TariffRow {
    /// Its id; nil while it is not stored.
    pub id: Uuid,
    /// The plan, by name.
    pub plan: String,
    /// The channel.
    pub channel: Channel,
    /// The numbers.
    pub prefix: Prefix,
    /// What the price is for.
    pub unit: Unit,
    /// The price of one.
    pub unit_price: Money,
    /// The first day, in London, on which it counts.
    pub from: NaiveDate,
}

/// Why a row cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TariffProblem {
    /// No name, or one that would need quoting.
    #[error("a plan has a name of 1 to 40 lower-case letters, digits or -")]
    Plan,
    /// A price by the call for texts, and the like.
    #[error("{0} is not priced by the {1}")]
    Unit(Channel, Unit),
    /// Below zero.
    #[error("the price must not be negative")]
    Negative,
    /// Over £100.
    #[error("the price is too large: at most £100")]
    TooLarge,
    /// Email has no numbers.
    #[error("email has no numbers: use the prefix *")]
    EmailPrefix,
    /// It would change what was sent already.
    #[error("the price would change what was sent already: let it begin on {0} or later")]
    Past(NaiveDate),
    /// So far ahead that it must be a typing error.
    #[error("the price begins too far ahead: at most ten years")]
    TooFarAhead,
    /// There is one for that channel and prefix from that day.
    #[error("the plan has a price for that channel and prefix from {0} already: prices are not edited")]
    SameDay(NaiveDate),
}

/// Whether the text can be the name of a plan, a cap or an organisation.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text != "none"
}

/// Whether `new` may be added to the rows of its plan on the day `today`.
///
/// A price may begin today only where no price for the same numbers is in force: else some of today's sends would have
/// another price than the day.
///
/// # Errors
/// The first rule that it breaks.
pub fn check(new: &TariffRow, plan: &[TariffRow], today: NaiveDate) -> Result<(), TariffProblem> {
    if !is_name(&new.plan) {
        return Err(TariffProblem::Plan);
    }
    if !new.channel.units().contains(&new.unit) {
        return Err(TariffProblem::Unit(new.channel, new.unit));
    }
    if new.channel == Channel::Email && new.prefix != Prefix::Any {
        return Err(TariffProblem::EmailPrefix);
    }
    if new.unit_price < Money::ZERO {
        return Err(TariffProblem::Negative);
    }
    if new.unit_price > HIGHEST_PRICE {
        return Err(TariffProblem::TooLarge);
    }
    if new.from.year() > today.year() + YEARS_AHEAD {
        return Err(TariffProblem::TooFarAhead);
    }
    let same = |row: &&TariffRow| row.channel == new.channel && row.plan == new.plan;
    if plan.iter().filter(same).any(|row| row.prefix == new.prefix && row.from == new.from) {
        return Err(TariffProblem::SameDay(new.from));
    }
    let in_force = plan.iter().filter(same).any(|row| row.from <= today && row.prefix.meets(&new.prefix));
    let earliest = if in_force { today.succ_opt().unwrap_or(today) } else { today };
    if new.from < earliest {
        return Err(TariffProblem::Past(earliest));
    }
    Ok(())
}

/// The row of a plan for a send on that day: of those whose prefix fits the number, the longest prefix, and of these
/// the latest. A number is in E.164; email has none.
#[must_use]
pub fn in_force<'a>(
    plan: &'a [TariffRow],
    channel: Channel,
    number: Option<&str>,
    day: NaiveDate,
) -> Option<&'a TariffRow> {
    let fits = |row: &&TariffRow| row.channel == channel && row.from <= day && row.prefix.covers(number);
    plan.iter().filter(fits).max_by_key(|row| (row.prefix.length(), row.from))
}

/// A plan that one command creates.
#[derive(Clone, Copy, Debug)]
pub struct StandardPlan {
    /// The name that presets refer to.
    pub name: &'static str,
    prices: [(Channel, Unit, i64); 3],
}

impl StandardPlan {
    /// Its rows from `from` on.
    #[must_use]
    pub fn rows(&self, from: NaiveDate) -> Vec<TariffRow> {
        let row = |(channel, unit, millionths)| TariffRow {
            id: Uuid::nil(),
            plan: self.name.to_owned(),
            channel,
            prefix: Prefix::Any,
            unit,
            unit_price: Money::from_millionths(millionths),
            from,
        };
        self.prices.map(row).into()
    }
}

/// The plans that the presets name.
pub const STANDARD_PLANS: [StandardPlan; 3] = [
    // The platform resells: 9p a message, 7p a call.
    StandardPlan {
        name: "resale",
        prices: [
            (Channel::Sms, Unit::Message, 90_000),
            (Channel::Voice, Unit::Call, 70_000),
            (Channel::Email, Unit::Message, 0),
        ],
    },
    // The council pays its own provider; here it is only counted.
    StandardPlan {
        name: "own-account",
        prices: [(Channel::Sms, Unit::Message, 0), (Channel::Voice, Unit::Call, 0), (Channel::Email, Unit::Message, 0)],
    },
    // GOV.UK Notify: by the part, what is over the year's allowance. The price is that of April 2026, without VAT.
    StandardPlan {
        name: "notify-allowance",
        prices: [
            (Channel::Sms, Unit::Part, 24_000),
            (Channel::Voice, Unit::Call, 0),
            (Channel::Email, Unit::Message, 0),
        ],
    },
];

#[cfg(test)]
#[path = "tariff_tests.rs"]
mod tests;
