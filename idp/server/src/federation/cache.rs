//! Documents of a provider, kept for as long as it says, within bounds. One request fetches a document and all others
//! wait for it. Whoever misses something in a document can have it fetched again, but no more often than once a minute:
//! anybody can make up what is missing.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};
use tokio::sync::Mutex;

use super::error::UpstreamError;

/// The shortest time for which a document is used.
const SHORTEST: TimeDelta = TimeDelta::minutes(1);
/// The time where the provider says none.
const USUAL: TimeDelta = TimeDelta::minutes(10);
/// The longest time.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// The pause between two fetches that somebody who misses something asks for.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

struct Held<T> {
    document: Arc<T>,
    fetched_at: DateTime<Utc>,
    lives: TimeDelta,
    tried_at: DateTime<Utc>,
}

/// One document.
pub(super) struct Cache<T> {
    held: Mutex<Option<Held<T>>>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { held: Mutex::new(None) }
    }
}

/// What a fetch gives: the document, and for how long it may be used.
pub(super) type Fetched<T> = Result<(T, TimeDelta), UpstreamError>;

impl<T> Cache<T> {
    /// The document, fetched where there is none that may be used.
    pub(super) async fn get(
        &self,
        now: DateTime<Utc>,
        fetch: impl Future<Output = Fetched<T>>,
    ) -> Result<Arc<T>, UpstreamError> {
        let mut held = self.held.lock().await;
        // A clock that was set back must not keep it for longer.
        if let Some(held) = held.as_ref().filter(|held| (held.fetched_at..held.fetched_at + held.lives).contains(&now))
        {
            return Ok(Arc::clone(&held.document));
        }
        let (document, lives) = fetch.await?;
        let document = Arc::new(document);
        *held = Some(Held { document: Arc::clone(&document), fetched_at: now, lives, tried_at: now });
        Ok(document)
    }

    /// A later document than `used`, in which something is missing; none if it was fetched just now.
    pub(super) async fn later(
        &self,
        used: &Arc<T>,
        now: DateTime<Utc>,
        fetch: impl Future<Output = Fetched<T>>,
    ) -> Result<Option<Arc<T>>, UpstreamError> {
        let mut guard = self.held.lock().await;
        if let Some(held) = guard.as_mut() {
            if !Arc::ptr_eq(&held.document, used) {
                return Ok(Some(Arc::clone(&held.document)));
            }
            if (held.tried_at..held.tried_at + PAUSE).contains(&now) {
                return Ok(None);
            }
            // Before it is tried: a fetch that fails or is given up counts too.
            held.tried_at = now;
        }
        let (document, lives) = fetch.await?;
        let document = Arc::new(document);
        *guard = Some(Held { document: Arc::clone(&document), fetched_at: now, lives, tried_at: now });
        Ok(Some(document))
    }
}

/// For how long an answer with these headers may be used (RFC 9111, section 5.2.2).
pub(super) fn life(headers: &HeaderMap) -> TimeDelta {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = text(CACHE_CONTROL).to_ascii_lowercase();
    let mut directives = said.split(',').map(str::trim);
    if directives.clone().any(|directive| ["no-store", "no-cache"].contains(&directive)) {
        return SHORTEST;
    }
    let seconds =
        directives.find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse::<u64>().ok());
    let Some(seconds) = seconds else { return USUAL };
    let age: i64 = text(AGE).trim().parse().unwrap_or(0);
    let left: i64 = i64::from(u32::try_from(seconds).unwrap_or(u32::MAX)).saturating_sub(age.max(0));
    TimeDelta::try_seconds(left).unwrap_or(LONGEST).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(control: &str, age: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, control.parse().expect("a value"));
        headers.insert(AGE, age.parse().expect("a value"));
        headers
    }

    #[test]
    fn a_document_lives_as_long_as_it_says_within_bounds() {
        for (control, age, seconds) in [
            ("public, max-age=20000", "0", 20_000),
            ("Public, Max-Age=20000, must-revalidate", "5000", 15_000),
            ("max-age=1", "0", 60),
            ("max-age=99999999999", "0", 86_400),
            ("no-store, max-age=20000", "0", 60),
            ("public", "0", 600),
            ("max-age=many", "-5", 600),
            ("max-age=100", "1000", 60),
        ] {
            assert_eq!(life(&headers(control, age)), TimeDelta::seconds(seconds), "{control} {age}");
        }
        assert_eq!(life(&HeaderMap::new()), USUAL);
    }

    #[tokio::test]
    async fn case_fe11_what_is_missing_is_looked_for_once_a_minute_even_where_it_fails() {
        let (cache, start) = (Cache::default(), DateTime::UNIX_EPOCH);
        let at = |seconds| start + TimeDelta::seconds(seconds);
        let first = cache.get(start, async { Ok((1, USUAL)) }).await.expect("fetched");
        let untouched = async { panic!("fetched again") };
        assert_eq!(*cache.get(at(599), untouched).await.expect("kept"), 1);
        let untouched = async { panic!("fetched again") };
        assert!(cache.later(&first, at(59), untouched).await.expect("kept").is_none());
        let gone = || async { Err(super::super::Outage::TooSlow.into()) };
        assert!(cache.later(&first, at(60), gone()).await.is_err());
        assert!(cache.later(&first, at(119), gone()).await.expect("kept").is_none());
        let second = cache.later(&first, at(120), async { Ok((2, USUAL)) }).await.expect("fetched").expect("later");
        assert_eq!(*second, 2);
        let known = cache.later(&first, at(121), gone()).await.expect("kept").expect("another one than was used");
        assert_eq!(*known, 2);
        assert!(cache.get(at(720), gone()).await.is_err(), "its time is over");
        assert!(cache.get(start - TimeDelta::hours(1), gone()).await.is_err(), "a clock that was set back");
    }
}
