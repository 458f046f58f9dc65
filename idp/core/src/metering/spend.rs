//! Caps on what a client may spend in a day and in a month, and the alerts before them.

use serde::Serialize;

use super::money::Money;

/// A cap, referred to by a policy's `spend_cap`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpendCap {
    /// The name.
    pub name: String,
    /// The most in a day of Europe/London.
    pub daily: Option<Money>,
    /// The most in a month.
    pub monthly: Option<Money>,
}

impl SpendCap {
    /// Whether the cap can be kept: it has a name and caps something.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        super::tariff::is_name(&self.name)
            && (self.daily.is_some() || self.monthly.is_some())
            && self.daily.into_iter().chain(self.monthly).all(|cap| cap >= Money::ZERO)
    }
}

/// How full a cap is, in the steps that somebody is told of: 0, 80 or 100 percent.
#[must_use]
pub fn alert_level(spent: Money, cap: Option<Money>) -> i64 {
    let Some(cap) = cap else { return 0 };
    let (spent, cap) = (i128::from(spent.millionths()), i128::from(cap.millionths()));
    if spent >= cap {
        100
    } else if spent * 100 >= cap * 80 {
        80
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_told_at_80_and_at_100_percent() {
        let cap = Some(Money::from_millionths(1_000_000));
        for (spent, level) in [(0, 0), (799_999, 0), (800_000, 80), (999_999, 80), (1_000_000, 100), (i64::MAX, 100)] {
            assert_eq!(alert_level(Money::from_millionths(spent), cap), level, "{spent}");
        }
        assert_eq!(alert_level(Money::from_millionths(i64::MAX), None), 0);
    }

    #[test]
    fn a_cap_that_caps_nothing_is_refused() {
        let cap = SpendCap { name: "small".to_owned(), daily: None, monthly: Some(Money::ZERO) };
        assert!(cap.is_valid());
        assert!(!SpendCap { monthly: None, ..cap.clone() }.is_valid());
        assert!(!SpendCap { name: "none".to_owned(), ..cap }.is_valid());
    }
}
