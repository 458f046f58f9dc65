//! The short-lived state in this node's memory: all there is on one node, the fallback on several. Bounded: a flood
//! pushes out what would expire first, in its own kind only.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::shelf::Shelf;
use super::{Key, Once, Throttle};
use crate::clock::{Clock, Random};

/// Bytes for each of the three kinds of state.
const CAPACITY: usize = 16 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Memory {
    clock: Clock,
    random: Random,
    shelves: Mutex<Shelves>,
}

#[derive(Debug)]
struct Shelves {
    counts: Shelf<u32>,
    proofs: Shelf<()>,
    values: Shelf<Vec<u8>>,
    epoch: String,
}

impl Memory {
    pub(super) fn new(clock: Clock, random: Random) -> Self {
        Self::with_capacity(clock, random, CAPACITY)
    }

    pub(super) fn with_capacity(clock: Clock, random: Random, capacity: usize) -> Self {
        let shelves = Shelves {
            counts: Shelf::new(capacity),
            proofs: Shelf::new(capacity),
            values: Shelf::new(capacity),
            epoch: random.token(),
        };
        Self { clock, random, shelves: Mutex::new(shelves) }
    }

    fn open(&self) -> (MutexGuard<'_, Shelves>, DateTime<Utc>) {
        (self.shelves.lock().unwrap_or_else(PoisonError::into_inner), self.clock.now())
    }

    pub(super) fn throttle(&self, key: &Key, cost: u32, limit: u32, window: Duration) -> Throttle {
        let (mut shelves, now) = self.open();
        let used = shelves.counts.get_mut(&key.hash, now);
        let retry_after = used.as_ref().map_or(window, |(_, ends)| (*ends - now).to_std().unwrap_or_default());
        let total = used.as_ref().map_or(0, |(used, _)| **used).saturating_add(cost);
        let Some(remaining) = limit.checked_sub(total) else { return Throttle::Denied { retry_after } };
        match used {
            Some((used, _)) => *used = total,
            None => {
                shelves.counts.put(&key.hash, total, 0, after(now, window), now);
            }
        }
        Throttle::Allowed { remaining }
    }

    pub(super) fn give_back(&self, key: &Key, cost: u32) {
        let (mut shelves, now) = self.open();
        if let Some((used, _)) = shelves.counts.get_mut(&key.hash, now) {
            *used = used.saturating_sub(cost);
        }
    }

    pub(super) fn remember_once(&self, key: &Key, ttl: Duration) -> Once {
        let (mut shelves, now) = self.open();
        if shelves.proofs.get_mut(&key.hash, now).is_some() {
            return Once::Seen;
        }
        if shelves.proofs.put(&key.hash, (), 0, after(now, ttl), now) {
            // An id was lost that could still be replayed: nonces of its time are worth nothing from now on.
            shelves.epoch = self.random.token();
        }
        Once::First { epoch: shelves.epoch.clone() }
    }

    pub(super) fn epoch(&self) -> String {
        self.open().0.epoch.clone()
    }

    pub(super) fn put(&self, key: &Key, value: Vec<u8>, ttl: Duration) {
        let (mut shelves, now) = self.open();
        let size = value.len();
        shelves.values.put(&key.hash, value, size, after(now, ttl), now);
    }

    pub(super) fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let (mut shelves, now) = self.open();
        shelves.values.get_mut(&key.hash, now).map(|(value, _)| value.clone())
    }

    pub(super) fn take(&self, key: &Key) -> Option<Vec<u8>> {
        let (mut shelves, now) = self.open();
        shelves.values.take(&key.hash, now)
    }
}

fn after(now: DateTime<Utc>, ttl: Duration) -> DateTime<Utc> {
    now + TimeDelta::from_std(ttl).unwrap_or(TimeDelta::MAX)
}
