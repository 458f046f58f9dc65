//! The breaker of a client's sends: when too few messages are followed by a right code, somebody is pumping them.
//!
//! Sends are counted in buckets of five minutes, by when they were *sent*, also for the right code that follows later.
//! The newest bucket is not judged yet: people take a minute to type.

use chrono::{DateTime, TimeDelta, Utc};

/// Seconds of a bucket.
const BUCKET_SECONDS: i64 = 300;

/// The rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// How long back sends are judged.
    pub window: TimeDelta,
    /// With fewer sends than this nothing is judged.
    pub at_least: i64,
    /// The least percentage of sends that a right code must follow.
    pub percent: i64,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { window: TimeDelta::hours(1), at_least: 50, percent: 20 }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    /// Messages and calls.
    pub sent: i64,
    /// Those that a right code followed.
    pub verified: i64,
}

/// The bucket of a send.
#[must_use]
pub const fn bucket(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(BUCKET_SECONDS)
}

impl Breaker {
    /// The first and the last bucket that are judged now.
    #[must_use]
    pub fn judged(&self, now: DateTime<Utc>) -> (i64, i64) {
        (bucket(now - self.window), bucket(now) - 1)
    }

    /// Whether no more may be sent, going by what was counted in the judged buckets. It closes by itself when they
    /// have passed.
    #[must_use]
    pub const fn is_open(&self, counted: Conversion) -> bool {
        counted.sent >= self.at_least
            && counted.verified.saturating_mul(100) < counted.sent.saturating_mul(self.percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_ot7_it_opens_when_too_few_sends_are_followed_by_a_right_code() {
        let breaker = Breaker::default();
        for (sent, verified, open) in [
            (0, 0, false),
            (49, 0, false),
            (50, 0, true),
            (50, 9, true),
            (50, 10, false),
            (5_000, 900, true),
            (5_000, 4_000, false),
        ] {
            assert_eq!(breaker.is_open(Conversion { sent, verified }), open, "{sent} {verified}");
        }
    }

    #[test]
    fn what_was_sent_just_now_is_not_judged_and_what_is_old_no_more() {
        let breaker = Breaker::default();
        let now: DateTime<Utc> = "2026-11-30T09:02:00Z".parse().unwrap();
        let (first, last) = breaker.judged(now);
        assert!(bucket(now) > last);
        assert_eq!(bucket(now - TimeDelta::minutes(5)), last);
        assert_eq!(bucket(now - TimeDelta::hours(1)), first);
    }
}
