//! Free messages of a plan: so many each financial year, from 1 April in London. Effective-dated like prices.
//!
//! What is counted is the unit of the plan's price for texts: messages, or parts.

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;
use uuid::Uuid;

use super::{london, tariff};

/// The most free messages in a year; more is a typing error.
const MOST: i64 = 100_000_000;

/// Free messages of a plan from a financial year on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowanceRow {
    /// Its id; nil while it is not stored.
    pub id: Uuid,
    /// The plan, by name.
    pub plan: String,
    /// How many are free in each financial year.
    pub free: i64,
    /// 1 April of the first year it counts for.
    pub from: NaiveDate,
}

/// Why a row cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowanceProblem {
    /// No name, or one that would need quoting.
    #[error("a plan has a name of 1 to 40 lower-case letters, digits or -")]
    Plan,
    /// Below zero, or too many.
    #[error("the number of free messages must be 0 to 100,000,000")]
    Number,
    /// Not the first day of a financial year.
    #[error("an allowance begins on 1 April: it is for whole financial years")]
    NotApril,
    /// It would change a year that has begun.
    #[error("the allowance would change a year that has begun: let it begin on {0} or later")]
    Past(NaiveDate),
    /// There is one from that year.
    #[error("the plan has an allowance from {0} already: allowances are not edited")]
    SameYear(NaiveDate),
}

/// Whether `new` may be added to the rows of its plan on the day `today`. The current year may be given its first
/// allowance, which then counts for what is sent from now on.
///
/// # Errors
/// The first rule that it breaks.
pub fn check(new: &AllowanceRow, plan: &[AllowanceRow], today: NaiveDate) -> Result<(), AllowanceProblem> {
    if !tariff::is_name(&new.plan) {
        return Err(AllowanceProblem::Plan);
    }
    if !(0..=MOST).contains(&new.free) {
        return Err(AllowanceProblem::Number);
    }
    if (new.from.month(), new.from.day()) != (4, 1) {
        return Err(AllowanceProblem::NotApril);
    }
    if plan.iter().any(|row| row.plan == new.plan && row.from == new.from) {
        return Err(AllowanceProblem::SameYear(new.from));
    }
    let year = london::financial_year(today);
    let begun = plan.iter().any(|row| row.plan == new.plan && row.from <= today);
    let earliest = NaiveDate::from_ymd_opt(if begun { year + 1 } else { year }, 4, 1).unwrap_or(today);
    if new.from < earliest {
        return Err(AllowanceProblem::Past(earliest));
    }
    Ok(())
}

/// How many are free in the financial year of that day.
#[must_use]
pub fn in_force(plan: &[AllowanceRow], day: NaiveDate) -> i64 {
    let row = plan.iter().filter(|row| row.from <= day).max_by_key(|row| row.from);
    row.map_or(0, |row| row.free)
}

/// How many of `units` are free when `used` of the year's `free` are gone.
#[must_use]
pub fn free_of(units: i64, used: i64, free: i64) -> i64 {
    units.min(free.saturating_sub(used)).max(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn row(free: i64, from: &str) -> AllowanceRow {
        AllowanceRow { id: Uuid::nil(), plan: "notify-allowance".to_owned(), free, from: day(from) }
    }

    #[test]
    fn req_s2_10_the_25_000th_is_free_and_the_25_001st_is_not() {
        let plan = [row(25_000, "2021-04-01"), row(20_000, "2022-04-01"), row(10_000, "2024-04-01")];
        for (on, free) in [
            ("2021-03-31", 0),
            ("2021-04-01", 25_000),
            ("2022-03-31", 25_000),
            ("2022-04-01", 20_000),
            ("2024-03-31", 20_000),
            ("2026-11-28", 10_000),
        ] {
            assert_eq!(in_force(&plan, day(on)), free, "{on}");
        }
        assert_eq!(free_of(1, 24_999, 25_000), 1);
        assert_eq!(free_of(1, 25_000, 25_000), 0);
        // A message of three parts at the edge is partly free.
        assert_eq!(free_of(3, 24_998, 25_000), 2);
    }

    #[test]
    fn case_ad10_allowances_that_contradict_or_re_price_are_refused() {
        let plan = [row(25_000, "2024-04-01")];
        let today = day("2026-11-28");
        let refused = |new: &AllowanceRow| check(new, &plan, today).unwrap_err();
        assert_eq!(refused(&row(10_000, "2024-04-01")), AllowanceProblem::SameYear(day("2024-04-01")));
        assert_eq!(refused(&row(10_000, "2026-04-01")), AllowanceProblem::Past(day("2027-04-01")));
        assert_eq!(refused(&row(10_000, "2027-05-01")), AllowanceProblem::NotApril);
        assert_eq!(refused(&row(-1, "2027-04-01")), AllowanceProblem::Number);
        assert_eq!(refused(&row(i64::MAX, "2027-04-01")), AllowanceProblem::Number);
        check(&row(10_000, "2027-04-01"), &plan, today).unwrap();
        // A plan's first one may be for the year that has begun, not for one that is over.
        check(&row(10_000, "2026-04-01"), &[], today).unwrap();
        assert_eq!(check(&row(10_000, "2025-04-01"), &[], today), Err(AllowanceProblem::Past(day("2026-04-01"))));
    }

    proptest! {
        #[test]
        fn exactly_the_allowance_is_free_whatever_the_sizes(
            sends in proptest::collection::vec(1_i64..=8, 0..400), free in 0_i64..1_500,
        ) {
            let mut used = 0;
            for units in &sends {
                used += free_of(*units, used, free);
            }
            prop_assert_eq!(used, free.min(sends.iter().sum()));
        }
    }
}
