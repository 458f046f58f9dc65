//! How passwords are hashed, and how much of it happens at once.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use argon2::Params;

use super::scheme::TAG_LEN;

/// Parameters of the hashes and of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashSettings {
    /// Memory for one hash, in KiB (the `m` of Argon2).
    pub memory_kib: u32,
    /// Passes over the memory (`t`).
    pub passes: u32,
    /// Lanes (`p`). They are computed one after the other: more than one only makes hashes of other systems.
    pub lanes: u32,
    /// Number of threads; `None` is one per core.
    pub threads: Option<NonZeroUsize>,
    /// How many passwords may wait for a thread. One more is refused.
    pub queue: usize,
    /// How long a thread keeps its memory without a password to hash.
    pub idle_release: Duration,
}

impl Default for HashSettings {
    /// The parameters of the specification (requirement R1), one thread per core, 256 waiting, 60 seconds.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
            threads: None,
            queue: 256,
            idle_release: Duration::from_mins(1),
        }
    }
}

impl HashSettings {
    /// Whether hashes are at least as strong as requirement R1 demands: 19 MiB in two passes, or 46 MiB in one. Weaker
    /// settings are for tests alone, and configuration refuses them.
    #[must_use]
    pub fn meets_floor(&self) -> bool {
        let enough = |memory, passes| self.memory_kib >= memory && self.passes >= passes;
        self.lanes == 1 && (enough(19_456, 2) || enough(47_104, 1))
    }

    pub(super) fn params(&self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(TAG_LEN))
    }

    /// How many threads hash.
    #[must_use]
    pub fn thread_count(&self) -> NonZeroUsize {
        self.threads.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_r1_the_floor_is_either_profile_with_one_lane() {
        let with = |memory_kib, passes, lanes| HashSettings { memory_kib, passes, lanes, ..HashSettings::default() };
        assert!(HashSettings::default().meets_floor());
        assert!(with(47_104, 1, 1).meets_floor());
        assert!(!with(47_103, 1, 1).meets_floor());
        assert!(!with(19_455, 2, 1).meets_floor());
        assert!(!with(19_455, 3, 1).meets_floor());
        assert!(!with(19_456, 2, 2).meets_floor());
    }
}
