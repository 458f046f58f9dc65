//! The circuit breaker of one server that we ask, such as a sender's: after five failures in a row nobody waits for it
//! for half a minute; then one request tries again, and the next ones go through when it succeeds.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Failures in a row that open it.
pub const FAILURES: u32 = 5;
/// Seconds for which it stays open.
pub const OPEN_SECONDS: i64 = 30;

#[derive(Debug, Default)]
struct State {
    failures: u32,
    opened_at: Option<DateTime<Utc>>,
}

/// The breaker.
#[derive(Debug, Default)]
pub struct Breaker {
    state: Mutex<State>,
}

impl State {
    fn is_open(&self, now: DateTime<Utc>) -> bool {
        // A clock that was set back must not hold it open.
        self.opened_at.is_some_and(|at| (at..at + TimeDelta::seconds(OPEN_SECONDS)).contains(&now))
    }
}

impl Breaker {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether nobody should wait for this server now.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.with(|state| state.is_open(now))
    }

    /// Whether a request may try. After the pause one may; for the others it stays open until that one has succeeded,
    /// or for another pause: so a try that is given up blocks nothing.
    pub fn may_try(&self, now: DateTime<Utc>) -> bool {
        self.with(|state| {
            if state.is_open(now) {
                return false;
            }
            if state.opened_at.is_some() {
                state.opened_at = Some(now);
            }
            true
        })
    }

    /// Notes that it answered.
    pub fn succeeded(&self) {
        self.with(|state| *state = State::default());
    }

    /// Notes a failure; `true` if it opened the breaker.
    pub fn failed(&self, now: DateTime<Utc>) -> bool {
        self.with(|state| {
            state.failures = state.failures.saturating_add(1);
            let opens = state.failures >= FAILURES && !state.is_open(now);
            if state.failures >= FAILURES {
                state.opened_at = Some(now);
            }
            opens
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_rl15_five_failures_open_it_for_thirty_seconds_then_one_tries() {
        let (breaker, now) = (Breaker::default(), DateTime::UNIX_EPOCH);
        let after = |seconds| now + TimeDelta::seconds(seconds);
        for _ in 0..4 {
            assert!(breaker.may_try(now) && !breaker.failed(now));
        }
        assert!(breaker.may_try(now) && breaker.failed(now), "the fifth opens it");
        assert!(!breaker.may_try(after(29)) && breaker.is_open(after(29)));
        assert!(!breaker.is_open(after(30)) && breaker.may_try(after(30)), "one tries");
        assert!(!breaker.may_try(after(31)) && breaker.is_open(after(31)), "only one");
        breaker.failed(after(35));
        assert!(!breaker.may_try(after(64)) && breaker.may_try(after(65)), "another pause");
        breaker.succeeded();
        assert!(breaker.may_try(after(66)) && breaker.may_try(after(66)) && !breaker.is_open(after(66)));
    }

    #[test]
    fn a_success_between_failures_keeps_it_closed_and_a_clock_set_back_does_not_hold_it_open() {
        let (breaker, now) = (Breaker::default(), DateTime::UNIX_EPOCH);
        for _ in 0..4 {
            breaker.failed(now);
        }
        breaker.succeeded();
        assert!(!breaker.failed(now));
        for _ in 0..4 {
            breaker.failed(now);
        }
        assert!(breaker.is_open(now) && !breaker.is_open(now - TimeDelta::hours(1)));
    }
}
