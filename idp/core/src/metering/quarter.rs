//! Quarters, by which charges are invoiced: of Europe/London, from a month that is a setting.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc};

use super::london;

/// Days after the end of a quarter for which receipts may still come in.
const DAYS_OPEN: u64 = 5;

/// The month in which the invoicing year begins: 1 to 12. With 1, quarters are those of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartMonth(u32);

impl StartMonth {
    /// The month of that number, from 1.
    #[must_use]
    pub const fn new(month: u32) -> Option<Self> {
        if matches!(month, 1..=12) { Some(Self(month)) } else { None }
    }
}

impl Default for StartMonth {
    fn default() -> Self {
        Self(1)
    }
}

/// A quarter: `2026Q3`. The year is the one that the invoicing year begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    number: u32,
}

/// The text names no quarter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a quarter: write it like 2026Q3")]
pub struct NotAQuarter(String);

impl Quarter {
    /// The quarter in which that moment is.
    #[must_use]
    pub fn of(at: DateTime<Utc>, start: StartMonth) -> Self {
        let day = london::date(at);
        let months = day.month() + 12 - start.0;
        let year = if day.month() >= start.0 { day.year() } else { day.year() - 1 };
        Self { year, number: months % 12 / 3 + 1 }
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.number == 4 {
            Self { year: self.year + 1, number: 1 }
        } else {
            Self { number: self.number + 1, ..self }
        }
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self, start: StartMonth) -> NaiveDate {
        let first = NaiveDate::from_ymd_opt(self.year, start.0, 1).unwrap_or_default();
        first.checked_add_months(Months::new((self.number - 1) * 3)).unwrap_or_default()
    }

    /// The first moment of the quarter, and the first after it.
    #[must_use]
    pub fn bounds(self, start: StartMonth) -> (DateTime<Utc>, DateTime<Utc>) {
        (london::midnight(self.first_day(start)), london::midnight(self.next().first_day(start)))
    }

    /// When it is closed: from then on its figures stay as they are, and a correction is a credit in a later one.
    #[must_use]
    pub fn closes_at(self, start: StartMonth) -> DateTime<Utc> {
        let day = self.next().first_day(start);
        london::midnight(day.checked_add_days(Days::new(DAYS_OPEN)).unwrap_or(day))
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.year, self.number)
    }
}

impl FromStr for Quarter {
    type Err = NotAQuarter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (year, number) = text.split_once('Q')?;
            let digits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
            let number = NUMBERS.iter().position(|name| *name == number)?;
            let quarter = Self { year: year.parse().ok()?, number: u32::try_from(number).ok()? + 1 };
            (digits && quarter.year >= 2000).then_some(quarter)
        };
        read().ok_or_else(|| NotAQuarter(text.to_owned()))
    }
}

const NUMBERS: [&str; 4] = ["1", "2", "3", "4"];

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn quarter(text: &str) -> Quarter {
        text.parse().unwrap()
    }

    #[test]
    fn req_s0_13_a_quarter_begins_and_ends_at_midnight_in_london() {
        let calendar = StartMonth::default();
        for (name, from, to, closed) in [
            ("2026Q1", "2026-01-01T00:00:00Z", "2026-03-31T23:00:00Z", "2026-04-05T23:00:00Z"),
            ("2026Q2", "2026-03-31T23:00:00Z", "2026-06-30T23:00:00Z", "2026-07-05T23:00:00Z"),
            ("2026Q3", "2026-06-30T23:00:00Z", "2026-09-30T23:00:00Z", "2026-10-05T23:00:00Z"),
            ("2026Q4", "2026-09-30T23:00:00Z", "2027-01-01T00:00:00Z", "2027-01-06T00:00:00Z"),
        ] {
            assert_eq!(quarter(name).bounds(calendar), (at(from), at(to)), "{name}");
            assert_eq!(quarter(name).closes_at(calendar), at(closed), "{name}");
        }
    }

    #[test]
    fn the_invoicing_year_may_begin_in_another_month() {
        let april = StartMonth::new(4).unwrap();
        assert_eq!(Quarter::of(at("2026-07-15T12:00:00Z"), april), quarter("2026Q2"));
        assert_eq!(Quarter::of(at("2027-02-15T12:00:00Z"), april), quarter("2026Q4"));
        assert_eq!(quarter("2026Q4").bounds(april), (at("2027-01-01T00:00:00Z"), at("2027-03-31T23:00:00Z")));
        let february = StartMonth::new(2).unwrap();
        assert_eq!(Quarter::of(at("2026-01-31T23:59:59Z"), february), quarter("2025Q4"));
        assert_eq!(StartMonth::new(0), None);
        assert_eq!(StartMonth::new(13), None);
    }

    #[test]
    fn what_names_no_quarter_is_refused() {
        for text in ["", "2026", "2026Q0", "2026Q5", "2026q3", "26Q3", "+026Q3", "2026Q33", "2026Q3 ", "1999Q1"] {
            assert!(text.parse::<Quarter>().is_err(), "{text:?}");
        }
        assert_eq!(quarter("2026Q3").to_string(), "2026Q3");
    }

    proptest! {
        #[test]
        fn every_moment_is_in_exactly_the_quarter_that_contains_it(
            seconds in 946_684_800_i64 + 400 * 86_400..4_102_444_800,
            month in 1_u32..=12,
        ) {
            let start = StartMonth::new(month).unwrap();
            let moment = DateTime::from_timestamp(seconds, 0).unwrap();
            let found = Quarter::of(moment, start);
            let (from, to) = found.bounds(start);
            prop_assert!(from <= moment && moment < to);
            prop_assert_eq!(Quarter::of(to, start), found.next());
            prop_assert_eq!(Quarter::of(to - TimeDelta::microseconds(1), start), found);
            prop_assert_eq!(found.to_string().parse(), Ok(found));
            prop_assert!(found.closes_at(start) >= to + TimeDelta::days(5) - TimeDelta::hours(1));
        }
    }
}
