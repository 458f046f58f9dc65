//! Time and randomness: the only two places that ask the machine for either.
//!
//! Everything else takes a [`Clock`] or a [`Random`], so that a test decides what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use uuid::Uuid;

/// The wall clock, with an offset that only development mode moves.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// Now, cut to microseconds: what both databases can keep.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::microseconds(self.offset_micros.load(Ordering::Relaxed));
        (Utc::now() + offset).trunc_subsecs(6)
    }

    /// Moves this clock, and all its clones, by `delta`. For development mode and tests.
    pub fn advance(&self, delta: TimeDelta) {
        self.offset_micros.fetch_add(delta.num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }
}

/// The cryptographic random number generator.
#[derive(Clone, Debug)]
pub struct Random {
    source: Arc<SystemRandom>,
}

impl Default for Random {
    fn default() -> Self {
        Self { source: Arc::new(SystemRandom::new()) }
    }
}

impl Random {
    /// `N` random bytes.
    ///
    /// # Panics
    /// If the operating system has no randomness: then no request can be answered safely.
    #[must_use]
    #[expect(clippy::expect_used, reason = "without randomness no request can be answered safely")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.source.fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }

    /// An opaque value as every code, token and id in a cookie is: 32 random bytes in unpadded base64url, 43
    /// characters.
    #[must_use]
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A version 7 UUID: the primary key of everything we create.
    #[must_use]
    pub fn uuid(&self, now: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes::<10>()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_of_an_advanced_clock_is_advanced_too() {
        let clock = Clock::system();
        let clone = clock.clone();
        let before = clone.now();
        clock.advance(TimeDelta::hours(2));
        assert!(clone.now() - before >= TimeDelta::hours(2));
        assert_eq!(clock.now().timestamp_subsec_nanos() % 1000, 0);
    }

    #[test]
    fn tokens_are_43_characters_and_differ() {
        let random = Random::default();
        assert_eq!(random.token().len(), 43);
        assert_ne!(random.token(), random.token());
    }
}
