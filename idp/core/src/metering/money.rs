//! Money: whole millionths of a pound.
//!
//! A price of a message has fractions of a penny (2.33p), so that a pound has a million parts here. Sums are exact;
//! only a total is rounded, once, to pence.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Millionths in a pound.
const POUND: i64 = 1_000_000;
/// Millionths in a penny.
const PENNY: i64 = 10_000;
/// The most pounds that a text may name: a typing error rather than a price or a cap.
const MOST_POUNDS: i64 = 1_000_000;

/// An amount in pounds sterling, exact to a millionth. Negative amounts are credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Money(i64);

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyProblem {
    /// Not digits with at most one point: words, exponents, NaN.
    #[error("must be pounds in digits, like 0.09")]
    Format,
    /// Less than nothing.
    #[error("must not be negative")]
    Negative,
    /// More than six decimals.
    #[error("must have at most six decimals")]
    TooFine,
    /// Over a million pounds.
    #[error("is too large")]
    TooLarge,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many millionths of a pound.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// The amount in millionths of a pound.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// Reads an amount that is not negative: digits, and up to six decimals behind a point.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MoneyProblem> {
        if let Some(rest) = text.strip_prefix('-') {
            return Err(Self::unsigned(rest).map_or_else(|problem| problem, |_| MoneyProblem::Negative));
        }
        Self::unsigned(text)
    }

    fn unsigned(text: &str) -> Result<Self, MoneyProblem> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (pounds, decimals) = text.split_once('.').unwrap_or((text, "0"));
        if pounds.is_empty() || decimals.is_empty() || !digits(pounds) || !digits(decimals) {
            return Err(MoneyProblem::Format);
        }
        if decimals.len() > 6 {
            return Err(MoneyProblem::TooFine);
        }
        // Only digits are left, so that all that can fail is the size.
        let pounds: i64 = pounds.parse().map_err(|_| MoneyProblem::TooLarge)?;
        if pounds > MOST_POUNDS {
            return Err(MoneyProblem::TooLarge);
        }
        let decimals: i64 = format!("{decimals:0<6}").parse().map_err(|_| MoneyProblem::Format)?;
        Ok(Self(pounds * POUND + decimals))
    }

    /// So many times the amount; `None` where that is too large to count.
    #[must_use]
    pub const fn times(self, count: i64) -> Option<Self> {
        match self.0.checked_mul(count) {
            Some(millionths) => Some(Self(millionths)),
            None => None,
        }
    }

    /// The sum; `None` where it is too large to count.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(millionths) => Some(Self(millionths)),
            None => None,
        }
    }

    /// The amount in whole pence, half a penny away from zero. For a total, once; never for what is added up further.
    #[must_use]
    pub const fn pence(self) -> i64 {
        let (whole, rest) = (self.0 / PENNY, self.0 % PENNY);
        if rest.abs() * 2 >= PENNY { whole + rest.signum() } else { whole }
    }

    /// The amount rounded to pence, as `1234.50`.
    #[must_use]
    pub fn rounded(self) -> String {
        let pence = self.pence();
        let sign = if pence < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", pence.unsigned_abs() / 100, pence.unsigned_abs() % 100)
    }
}

/// Pounds with two to six decimals: `0.09`, `0.0233`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let decimals = format!("{:06}", size % POUND.unsigned_abs());
        let (pence, fine) = decimals.split_at_checked(2).unwrap_or((&decimals, ""));
        write!(f, "{sign}{}.{pence}{}", size / POUND.unsigned_abs(), fine.trim_end_matches('0'))
    }
}

impl FromStr for Money {
    type Err = MoneyProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// As written by `Display`: credits too.
impl TryFrom<String> for Money {
    type Error = MoneyProblem;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.strip_prefix('-') {
            Some(rest) => Self::unsigned(rest).map(|Self(millionths)| Self(-millionths)),
            None => Self::unsigned(&text),
        }
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn req_s0_9_req_s0_10_prices_are_exact() {
        for (text, millionths, shown) in [
            ("0.09", 90_000, "0.09"),
            ("0.07", 70_000, "0.07"),
            ("0.0233", 23_300, "0.0233"),
            ("0.000001", 1, "0.000001"),
            ("12", 12_000_000, "12.00"),
            ("0", 0, "0.00"),
        ] {
            let money = Money::parse(text).unwrap();
            assert_eq!((money.millionths(), money.to_string().as_str()), (millionths, shown), "{text}");
        }
    }

    #[test]
    fn case_ad10_what_is_no_price_is_refused() {
        for text in [
            "", "NaN", "nan", "inf", "1e309", "1e2", "0x9", "٠.٩", "+1", " 1", "1 ", "1,5", ".5", "5.", "1.2.3", "£1",
            "--1",
        ] {
            assert_eq!(Money::parse(text), Err(MoneyProblem::Format), "{text:?}");
        }
        for text in ["-1", "-0.000001", "-0"] {
            assert_eq!(Money::parse(text), Err(MoneyProblem::Negative), "{text:?}");
        }
        assert_eq!(Money::parse("0.0000001"), Err(MoneyProblem::TooFine));
        for text in ["1000001", "9223372036854775807", "99999999999999999999999999"] {
            assert_eq!(Money::parse(text), Err(MoneyProblem::TooLarge), "{text:?}");
        }
        assert_eq!(Money::from_millionths(i64::MAX).times(2), None);
        assert_eq!(Money::from_millionths(i64::MAX).plus(Money::from_millionths(1)), None);
    }

    #[test]
    fn a_total_is_rounded_once_half_a_penny_away_from_zero() {
        for (millionths, rounded) in [
            (0, "0.00"),
            (4_999, "0.00"),
            (5_000, "0.01"),
            (14_999, "0.01"),
            (-5_000, "-0.01"),
            (-4_999, "0.00"),
            (1_234_567_890, "1234.57"),
        ] {
            assert_eq!(Money::from_millionths(millionths).rounded(), rounded);
        }
        // Three messages of 2.33p are 6.99p: 7p, not three times 2p.
        assert_eq!(Money::from_millionths(23_300).times(3).unwrap().rounded(), "0.07");
    }

    proptest! {
        #[test]
        fn sec_r47_what_is_shown_reads_back(millionths in -1_000_000_000_000_i64..=1_000_000_000_000) {
            let money = Money::from_millionths(millionths);
            prop_assert_eq!(Money::try_from(money.to_string()), Ok(money));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,30}") {
            if let Ok(money) = Money::parse(&text) {
                prop_assert!(money >= Money::ZERO);
            }
        }

        #[test]
        fn rounding_is_never_off_by_more_than_half_a_penny(millionths in -1_000_000_000_000_i64..=1_000_000_000_000) {
            let off = Money::from_millionths(millionths).pence() * 10_000 - millionths;
            prop_assert!(off.abs() <= 5_000);
        }
    }
}
