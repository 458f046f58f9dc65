//! A map whose entries expire and whose size is bounded: when it is full, what would expire first goes first.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

/// What an entry costs besides its value, in bytes: about two keys, two times and the tables' overhead.
const OVERHEAD: usize = 192;

#[derive(Debug)]
pub(super) struct Shelf<V> {
    entries: HashMap<[u8; 32], Entry<V>>,
    by_expiry: BTreeSet<(DateTime<Utc>, [u8; 32])>,
    weight: usize,
    capacity: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    expires_at: DateTime<Utc>,
    weight: usize,
}

impl<V> Shelf<V> {
    /// An empty shelf for about `capacity` bytes.
    pub(super) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), by_expiry: BTreeSet::new(), weight: 0, capacity }
    }

    /// The live value under `key` and when it expires.
    pub(super) fn get_mut(&mut self, key: &[u8; 32], now: DateTime<Utc>) -> Option<(&mut V, DateTime<Utc>)> {
        let entry = self.entries.get_mut(key).filter(|entry| entry.expires_at > now)?;
        Some((&mut entry.value, entry.expires_at))
    }

    /// Puts `value` of `size` bytes under `key`, in the place of what is there. Says whether something that was still
    /// live had to go to make room.
    pub(super) fn put(
        &mut self,
        key: &[u8; 32],
        value: V,
        size: usize,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        self.remove(key);
        let weight = size.saturating_add(OVERHEAD);
        self.weight = self.weight.saturating_add(weight);
        self.by_expiry.insert((expires_at, *key));
        self.entries.insert(*key, Entry { value, expires_at, weight });
        let mut lost = false;
        while let Some((expiry, first)) = self.by_expiry.first().copied() {
            if expiry > now {
                if self.weight <= self.capacity {
                    break;
                }
                lost = true;
            }
            self.remove(&first);
        }
        lost
    }

    /// Takes the live value under `key`.
    pub(super) fn take(&mut self, key: &[u8; 32], now: DateTime<Utc>) -> Option<V> {
        self.remove(key).filter(|entry| entry.expires_at > now).map(|entry| entry.value)
    }

    fn remove(&mut self, key: &[u8; 32]) -> Option<Entry<V>> {
        let entry = self.entries.remove(key)?;
        self.by_expiry.remove(&(entry.expires_at, *key));
        self.weight = self.weight.saturating_sub(entry.weight);
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_full_shelf_loses_what_expires_first_and_says_so() {
        let mut shelf = Shelf::new(3 * OVERHEAD);
        for (key, expiry) in [(1, 30), (2, 10), (3, 20)] {
            assert!(!shelf.put(&[key; 32], key, 0, at(expiry), at(0)));
        }
        assert!(shelf.put(&[4; 32], 4, 0, at(40), at(0)));
        assert!(shelf.get_mut(&[2; 32], at(0)).is_none());
        for key in [1, 3, 4] {
            assert!(shelf.get_mut(&[key; 32], at(0)).is_some());
        }
    }

    #[test]
    fn what_has_expired_is_gone_and_makes_room_without_loss() {
        let mut shelf = Shelf::new(2 * OVERHEAD);
        shelf.put(&[1; 32], 1, 0, at(10), at(0));
        shelf.put(&[2; 32], 2, 0, at(20), at(0));
        assert!(shelf.get_mut(&[1; 32], at(10)).is_none());
        assert!(!shelf.put(&[3; 32], 3, 0, at(30), at(10)));
        assert_eq!(shelf.entries.len(), 2);
        assert_eq!(shelf.take(&[2; 32], at(20)), None);
        assert_eq!(shelf.take(&[3; 32], at(20)), Some(3));
        assert_eq!((shelf.weight, shelf.by_expiry.len()), (0, 0));
    }

    #[test]
    fn a_value_that_is_put_again_replaces_the_old_one() {
        let mut shelf = Shelf::new(10 * OVERHEAD);
        shelf.put(&[1; 32], 1, 5, at(10), at(0));
        shelf.put(&[1; 32], 2, 7, at(20), at(0));
        assert_eq!(shelf.get_mut(&[1; 32], at(15)).map(|(value, _)| *value), Some(2));
        assert_eq!((shelf.weight, shelf.by_expiry.len()), (OVERHEAD + 7, 1));
    }
}
