//! The short-lived state in Redis. Every operation is one command or one script, so that nodes cannot come between
//! each other, and answers `None` when Redis does not: the caller then asks this node's memory.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd, FromRedisValue, RedisResult, Script};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;

use super::{Key, Once, RedisSettings, Throttle, UnreadableUrl};
use crate::clock::Random;

/// How long a request waits for Redis.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long an attempt to connect may take; the start waits for the first one, no request for any.
const CONNECT: Duration = Duration::from_secs(2);
/// How long Redis is left alone after it has failed.
const PAUSE: Duration = Duration::from_secs(1);

/// KEYS: the count. ARGV: cost, limit, window in ms. Gives whether it is allowed, and what is left or how many ms remain.
static THROTTLE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local total = tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1])
         local left = redis.call('PTTL', KEYS[1])
         if total > tonumber(ARGV[2]) then
           return {0, left > 0 and left or tonumber(ARGV[3])}
         end
         if left > 0 then redis.call('SET', KEYS[1], total, 'KEEPTTL')
         else redis.call('SET', KEYS[1], total, 'PX', ARGV[3]) end
         return {1, tonumber(ARGV[2]) - total}",
    )
});

/// KEYS: the count. ARGV: cost.
static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local used = tonumber(redis.call('GET', KEYS[1]) or '0')
         if used > 0 then redis.call('SET', KEYS[1], math.max(used - tonumber(ARGV[1]), 0), 'KEEPTTL') end
         return 1",
    )
});

/// KEYS: the epoch, the proof (or none). ARGV: a fresh epoch, ttl in ms. Gives the epoch, or nothing if the proof is known.
static REMEMBER: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local epoch = redis.call('GET', KEYS[1])
         if not epoch then
           epoch = ARGV[1]
           redis.call('SET', KEYS[1], epoch)
         end
         if KEYS[2] and not redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[2]) then return false end
         return epoch",
    )
});

#[derive(Clone)]
pub(super) struct Redis {
    link: Arc<Link>,
    prefix: Arc<str>,
    random: Random,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Redis {
    pub(super) async fn new(settings: &RedisSettings, random: Random) -> Result<Self, UnreadableUrl> {
        let client = Client::open(settings.url.expose_secret()).map_err(|_| UnreadableUrl)?;
        let link = Arc::new(Link { client, state: Mutex::new(State::Connecting) });
        Arc::clone(&link).connect().await;
        Ok(Self { link, prefix: settings.prefix.as_str().into(), random })
    }

    pub(super) async fn throttle(&self, key: &Key, cost: u32, limit: u32, window: Duration) -> Option<Throttle> {
        let mut call = THROTTLE.key(self.key(key));
        call.arg(cost).arg(limit).arg(millis(window));
        let (allowed, number): (bool, u64) =
            self.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await?;
        Some(if allowed {
            Throttle::Allowed { remaining: u32::try_from(number).unwrap_or(u32::MAX) }
        } else {
            Throttle::Denied { retry_after: Duration::from_millis(number) }
        })
    }

    pub(super) async fn give_back(&self, key: &Key, cost: u32) -> Option<()> {
        let mut call = GIVE_BACK.key(self.key(key));
        call.arg(cost);
        self.ask(|mut connection| async move { call.invoke_async::<i64>(&mut connection).await }).await.map(drop)
    }

    pub(super) async fn remember_once(&self, key: &Key, ttl: Duration) -> Option<Once> {
        let mut call = REMEMBER.key(self.epoch_key());
        call.key(self.key(key)).arg(self.random.token()).arg(millis(ttl));
        let epoch: Option<String> =
            self.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await?;
        Some(epoch.map_or(Once::Seen, |epoch| Once::First { epoch }))
    }

    pub(super) async fn epoch(&self) -> Option<String> {
        let mut call = REMEMBER.key(self.epoch_key());
        call.arg(self.random.token());
        self.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await
    }

    pub(super) async fn put(&self, key: &Key, value: &[u8], ttl: Duration) -> Option<()> {
        self.command(redis::cmd("SET").arg(self.key(key)).arg(value).arg("PX").arg(millis(ttl))).await
    }

    pub(super) async fn get(&self, key: &Key) -> Option<Option<Vec<u8>>> {
        self.command(redis::cmd("GET").arg(self.key(key))).await
    }

    pub(super) async fn take(&self, key: &Key) -> Option<Option<Vec<u8>>> {
        self.command(redis::cmd("GETDEL").arg(self.key(key))).await
    }

    fn key(&self, key: &Key) -> String {
        format!("{}{}:{}", self.prefix, key.kind.tag(), URL_SAFE_NO_PAD.encode(key.hash))
    }

    fn epoch_key(&self) -> String {
        format!("{}epoch", self.prefix)
    }

    async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        self.ask(|mut connection| async move { command.query_async(&mut connection).await }).await
    }

    /// The answer, unless Redis is away or takes longer than [`PATIENCE`].
    async fn ask<T, F: Future<Output = RedisResult<T>>>(
        &self,
        question: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Option<T> {
        let (connection, number) = self.link.connection()?;
        let why = match tokio::time::timeout(PATIENCE, question(connection)).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        self.link.failed(number, &why);
        None
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The connection and whether it can be trusted. After a failure Redis is left alone for [`PAUSE`], then connected to
/// in the background, so that a Redis that is away costs no request any time.
struct Link {
    client: Client,
    state: Mutex<State>,
}

enum State {
    Up { connection: MultiplexedConnection, since: Instant },
    Connecting,
    Down { until: Instant },
}

impl Link {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, if there is one, and the time it was made as its name.
    fn connection(self: &Arc<Self>) -> Option<(MultiplexedConnection, Instant)> {
        let mut state = self.state();
        match &*state {
            State::Up { connection, since } => return Some((connection.clone(), *since)),
            State::Down { until } if *until <= Instant::now() => {
                *state = State::Connecting;
                tokio::spawn(Arc::clone(self).connect());
            }
            State::Down { .. } | State::Connecting => {}
        }
        metrics::counter!("ephemeral_fallbacks_total").increment(1);
        None
    }

    async fn connect(self: Arc<Self>) {
        let attempt = tokio::time::timeout(CONNECT, self.client.get_multiplexed_async_connection()).await;
        let why = match attempt {
            Ok(Ok(connection)) => {
                tracing::info!("connected to Redis");
                *self.state() = State::Up { connection, since: Instant::now() };
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        metrics::counter!("ephemeral_failures_total").increment(1);
        tracing::warn!(why, "Redis is away; this node's memory stands in for it");
        *self.state() = State::Down { until: Instant::now() + PAUSE };
    }

    /// Gives up the connection made at `number`, unless another request has done so before.
    fn failed(&self, number: Instant, why: &str) {
        metrics::counter!("ephemeral_fallbacks_total").increment(1);
        let mut state = self.state();
        if matches!(&*state, State::Up { since, .. } if *since == number) {
            *state = State::Down { until: Instant::now() + PAUSE };
            metrics::counter!("ephemeral_failures_total").increment(1);
            tracing::warn!(why, "Redis has failed; this node's memory stands in for it");
        }
    }
}
