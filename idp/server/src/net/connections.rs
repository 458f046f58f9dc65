//! Who is connected: shares of the connection table by address, and whether a connection is doing anything.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;

/// Connections held by each address, so that one cannot take the whole table.
#[derive(Clone, Default)]
pub(super) struct Shares {
    held: Arc<Mutex<HashMap<IpNet, usize>>>,
}

/// One connection's place; given back when dropped.
pub(super) struct Share {
    shares: Shares,
    key: IpNet,
}

impl Shares {
    /// A place for one more connection of `key`; `None` if it holds `limit` already.
    pub(super) fn take(&self, key: IpNet, limit: usize) -> Option<Share> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(key).or_insert(0);
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Share { shares: self.clone(), key })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.shares.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.key);
            }
        }
    }
}

/// Whether a connection has sent a request, is waiting for an answer, or has fallen silent.
pub(super) struct Activity {
    opened: Instant,
    requested: AtomicBool,
    waiting: AtomicUsize,
    last_millis: AtomicU64,
}

/// A request being answered.
pub(super) struct Busy(Arc<Activity>);

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            requested: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            last_millis: AtomicU64::new(0),
        })
    }

    /// Marks a request as being answered until the mark is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.requested.store(true, Ordering::Relaxed);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Busy(self.clone())
    }

    /// When to close the connection if nothing else happens: `first` after opening if no request came, `idle` after
    /// the last answer; `None` while a request is being answered.
    pub(super) fn deadline(&self, first: Duration, idle: Duration) -> Option<Instant> {
        if !self.requested.load(Ordering::Relaxed) {
            return Some(self.opened + first);
        }
        let quiet = self.waiting.load(Ordering::Relaxed) == 0;
        quiet.then(|| self.opened + Duration::from_millis(self.last_millis.load(Ordering::Relaxed)) + idle)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let millis = u64::try_from(self.0.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_millis.store(millis, Ordering::Relaxed);
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Raises the limit of open files as far as this process may, and says how many it can have; `None` for no limit.
///
/// The soft limit is commonly 1024 for the sake of programs that use `select`, which we do not.
#[cfg(unix)]
pub(super) fn file_handles() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    current.and_then(|handles| usize::try_from(handles).ok())
}

/// This system has no such limit.
#[cfg(not(unix))]
pub(super) fn file_handles() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_share_and_a_closed_connection_gives_its_place_back() {
        let shares = Shares::default();
        let key: IpNet = "192.0.2.1/32".parse().expect("a network");
        let other: IpNet = "192.0.2.2/32".parse().expect("a network");
        let first = shares.take(key, 2).expect("a place");
        let second = shares.take(key, 2);
        assert!(second.is_some() && shares.take(key, 2).is_none());
        assert!(shares.take(other, 2).is_some());
        drop(first);
        assert!(shares.take(key, 2).is_some());
        drop(second);
        assert!(shares.held.lock().expect("not poisoned").is_empty());
    }

    #[test]
    fn a_connection_has_a_deadline_unless_it_waits_for_an_answer() {
        let activity = Activity::new();
        let (first, idle) = (Duration::from_secs(10), Duration::from_mins(1));
        assert_eq!(activity.deadline(first, idle), Some(activity.opened + first));
        let busy = activity.begin();
        assert_eq!(activity.deadline(first, idle), None);
        drop(busy);
        assert!(activity.deadline(first, idle).is_some_and(|deadline| deadline >= activity.opened + idle));
    }
}
