//! Days, financial years and their edges in Europe/London, whatever the time of the machine.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Europe::London;

/// The day in London at that moment.
#[must_use]
pub fn date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&London).date_naive()
}

/// The first moment of that day in London. Clocks change at one in the morning there, so that midnight is always one
/// moment.
#[must_use]
pub fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(chrono::NaiveTime::MIN);
    London.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

/// The financial year of that day, by the year it begins in: from 1 April.
#[must_use]
pub fn financial_year(day: NaiveDate) -> i32 {
    if day.month() >= 4 { day.year() } else { day.year() - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn midnight_in_london_moves_with_summer_time() {
        for (day, expected) in [
            ("2026-03-29", "2026-03-29T00:00:00Z"),
            ("2026-03-30", "2026-03-29T23:00:00Z"),
            ("2026-07-01", "2026-06-30T23:00:00Z"),
            ("2026-10-25", "2026-10-24T23:00:00Z"),
            ("2026-10-26", "2026-10-26T00:00:00Z"),
        ] {
            let day: NaiveDate = day.parse().unwrap();
            assert_eq!(midnight(day), at(expected));
            assert_eq!(date(midnight(day)), day);
        }
    }

    #[test]
    fn req_s2_10_the_financial_year_begins_on_1_april_in_london() {
        // 1 April is in summer time: it begins at 23:00 UTC the day before.
        assert_eq!(financial_year(date(at("2026-03-31T22:59:59Z"))), 2025);
        assert_eq!(financial_year(date(at("2026-03-31T23:00:00Z"))), 2026);
        assert_eq!(financial_year(date(at("2026-12-31T23:59:59Z"))), 2026);
        assert_eq!(financial_year(date(at("2027-01-01T00:00:00Z"))), 2026);
    }
}
