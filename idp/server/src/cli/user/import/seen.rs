//! What an import remembers of the lines before: eight bytes for each thing, and never the thing itself.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hash, RandomState};

use super::person::{Person, Problem, problem};
use crate::store::accounts::class_name;
use crate::store::contacts::SHARERS;

/// A set that keeps hashes by a key of its own.
#[derive(Default)]
pub(super) struct Digests {
    keys: HashSet<u64>,
    hasher: RandomState,
}

impl Digests {
    /// Whether the thing was put.
    pub(super) fn has(&self, thing: impl Hash) -> bool {
        self.keys.contains(&self.hasher.hash_one(thing))
    }

    /// Remembers the thing.
    pub(super) fn put(&mut self, thing: impl Hash) {
        self.keys.insert(self.hasher.hash_one(thing));
    }
}

/// What a trial would have written.
#[derive(Default)]
pub(super) struct Tried(Digests);

impl Tried {
    /// How many would have a number, up to as many as may.
    pub(super) fn sharers(&self, number: &str) -> i64 {
        (0..SHARERS).find(|n| !self.0.has((number, n))).unwrap_or(SHARERS)
    }

    /// One more would have it.
    pub(super) fn share(&mut self, number: &str) {
        self.0.put((number, self.sharers(number)));
    }
}

/// What an earlier line makes of this one.
pub(super) enum Earlier {
    /// There is none.
    None,
    /// It is about the same person.
    SamePerson,
    /// It has what only one person may have.
    Taken(Problem),
}

/// Who has been read.
#[derive(Default)]
pub(super) struct Seen {
    people: Digests,
    ids: Digests,
}

impl Seen {
    /// Remembers a person of whom no earlier line was.
    pub(super) fn meet(&mut self, person: &Person) -> Earlier {
        let name = (class_name(person.class), person.email.as_str());
        if self.people.has(name) {
            return Earlier::SamePerson;
        }
        if let Some(office) = &person.office {
            if self.ids.has(&office.external_id) {
                return Earlier::Taken(problem("external_id", "an earlier line has the same"));
            }
            self.ids.put(&office.external_id);
        }
        self.people.put(name);
        Earlier::None
    }
}
