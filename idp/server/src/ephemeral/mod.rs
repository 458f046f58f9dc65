//! Short-lived shared state that may vanish at any moment: throttles per address, proof ids that were seen, requests
//! that were pushed. In this node's memory, or in Redis where several nodes share it.
//!
//! Nothing that must be true may rely on it: single use of codes and tokens, counters of accounts and sessions are in
//! the store. No call fails and none waits longer than 100 ms for Redis: where Redis is away, this node's memory
//! answers, and the connection is made anew in the background.
//!
//! Redis must be one server (or one with replicas), version 6.2 or later, with `maxmemory-policy noeviction`. Keys are
//! tagged with their kind and hashed, so that neither secrets nor addresses are readable there.

mod memory;
mod redis;
mod shelf;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use secrecy::SecretString;

use crate::clock::{Clock, Random};

use self::memory::Memory;
use self::redis::Redis;

/// Nothing is kept longer than this, whatever the caller asks for.
pub const LONGEST: Duration = Duration::from_hours(24);

/// What a key is the key of: values of different kinds never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A pushed authorization request (RFC 9126), by its reference.
    PushedRequest,
    /// The `jti` of a `DPoP` proof (RFC 9449), with its key's thumbprint.
    DpopProof,
    /// A count of uses, by whatever is throttled.
    Throttle,
}

impl Kind {
    fn tag(self) -> &'static str {
        match self {
            Self::PushedRequest => "par",
            Self::DpopProof => "dpop",
            Self::Throttle => "throttle",
        }
    }
}

/// What a throttle says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Go on.
    Allowed {
        /// How much is left in this window.
        remaining: u32,
    },
    /// Refuse; nothing was counted.
    Denied {
        /// When the window ends.
        retry_after: Duration,
    },
}

/// Whether a proof id is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once {
    /// It is, as far as is remembered in this epoch: see [`Ephemeral::epoch`].
    First {
        /// The epoch of the memory that holds it now.
        epoch: String,
    },
    /// It was seen before: refuse it.
    Seen,
}

/// Where Redis is.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// `redis://…`, or `rediss://…` for TLS.
    pub url: SecretString,
    /// Put before every key, so that installations can share a server.
    pub prefix: String,
}

/// The settings name no Redis.
#[derive(Debug, thiserror::Error)]
#[error("the Redis URL cannot be read")]
pub struct UnreadableUrl;

/// The short-lived state. Cheap to clone; all clones share it.
#[derive(Clone, Debug)]
pub struct Ephemeral {
    here: Arc<Memory>,
    shared: Option<Redis>,
}

impl Ephemeral {
    /// In this node's memory.
    #[must_use]
    pub fn memory(clock: Clock, random: Random) -> Self {
        Self { here: Arc::new(Memory::new(clock, random)), shared: None }
    }

    /// In Redis, and in this node's memory while Redis is away. Waits at most two seconds for the first connection, and
    /// goes on without it.
    ///
    /// # Errors
    /// If the URL cannot be read.
    pub async fn redis(settings: &RedisSettings, clock: Clock, random: Random) -> Result<Self, UnreadableUrl> {
        let shared = Redis::new(settings, random.clone()).await?;
        Ok(Self { shared: Some(shared), ..Self::memory(clock, random) })
    }

    /// Whether Redis answers; `None` where there is none.
    pub async fn shared_answers(&self) -> Option<bool> {
        match &self.shared {
            Some(shared) => Some(shared.epoch().await.is_some()),
            None => None,
        }
    }

    /// Counts `cost` uses of `key`, at most `limit` in a `window`. The window is fixed: it begins with the first use
    /// and nothing prolongs it, so that at most twice `limit` uses fall into any stretch of its length. A refused use
    /// is not counted.
    pub async fn throttle(&self, key: &str, cost: u32, limit: u32, window: Duration) -> Throttle {
        let (key, window) = (Key::of(Kind::Throttle, key), bounded(window));
        if let Some(shared) = &self.shared
            && let Some(answer) = shared.throttle(&key, cost, limit, window).await
        {
            return answer;
        }
        self.here.throttle(&key, cost, limit, window)
    }

    /// Takes back `cost` uses of `key` that turned out not to count.
    pub async fn give_back(&self, key: &str, cost: u32) {
        let key = Key::of(Kind::Throttle, key);
        if let Some(shared) = &self.shared
            && shared.give_back(&key, cost).await.is_some()
        {
            return;
        }
        self.here.give_back(&key, cost);
    }

    /// Remembers `key` for `ttl` and says whether that is news. Accept only if the epoch in the answer is the one that
    /// the proof's nonce was made in: then a proof cannot be used again after its id was lost.
    pub async fn remember_once(&self, kind: Kind, key: &str, ttl: Duration) -> Once {
        let (key, ttl) = (Key::of(kind, key), bounded(ttl));
        if let Some(shared) = &self.shared
            && let Some(answer) = shared.remember_once(&key, ttl).await
        {
            return answer;
        }
        self.here.remember_once(&key, ttl)
    }

    /// The name of the present memory of proof ids; another one whenever ids have been lost. Put it into nonces.
    pub async fn epoch(&self) -> String {
        if let Some(shared) = &self.shared
            && let Some(epoch) = shared.epoch().await
        {
            return epoch;
        }
        self.here.epoch()
    }

    /// Keeps `value` under `key` for at most `ttl`.
    pub async fn put(&self, kind: Kind, key: &str, value: Vec<u8>, ttl: Duration) {
        let (key, ttl) = (Key::of(kind, key), bounded(ttl));
        if let Some(shared) = &self.shared
            && shared.put(&key, &value, ttl).await.is_some()
        {
            return;
        }
        self.here.put(&key, value, ttl);
    }

    /// The value under `key`, if it is still there.
    pub async fn get(&self, kind: Kind, key: &str) -> Option<Vec<u8>> {
        let key = Key::of(kind, key);
        if let Some(shared) = &self.shared
            && let Some(Some(value)) = shared.get(&key).await
        {
            return Some(value);
        }
        self.here.get(&key)
    }

    /// The value under `key`, which is gone afterwards: of callers at the same time one gets it.
    pub async fn take(&self, kind: Kind, key: &str) -> Option<Vec<u8>> {
        let key = Key::of(kind, key);
        // A value may be here if Redis was away, or slow, when it was put.
        let here = self.here.take(&key);
        if let Some(shared) = &self.shared
            && let Some(Some(value)) = shared.take(&key).await
        {
            return Some(value);
        }
        here
    }
}

fn bounded(ttl: Duration) -> Duration {
    ttl.clamp(Duration::from_millis(1), LONGEST)
}

/// A hashed key with its kind: of one length whatever a stranger sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    kind: Kind,
    hash: [u8; 32],
}

impl Key {
    fn of(kind: Kind, key: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(kind.tag().as_bytes());
        context.update(&[0]);
        context.update(key.as_bytes());
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self { kind, hash }
    }
}
