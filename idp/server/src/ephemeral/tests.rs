//! One contract for both kinds of short-lived state, and what becomes of it when Redis goes away.
//!
//! With `IDP_TEST_REDIS_URL` set the contract runs against that server too, and a `redis-server` of the tests' own is
//! stopped, killed and emptied.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::TimeDelta;

use super::memory::Memory;
use super::{Ephemeral, Key, Kind, Once, RedisSettings, Throttle};
use crate::clock::{Clock, Random};

const REDIS_URL: &str = "IDP_TEST_REDIS_URL";
const MINUTE: Duration = Duration::from_mins(1);

/// The short-lived state under test, and how its time passes.
struct Tested {
    state: Ephemeral,
    /// Moved by the test where the state obeys it; Redis has a clock of its own.
    clock: Option<Clock>,
}

impl Tested {
    /// Waits until `ready` is true: with the test's clock moved on, or asking Redis again and again.
    async fn until(&self, passed: Duration, ready: impl AsyncFn(&Ephemeral) -> bool) {
        if let Some(clock) = &self.clock {
            clock.advance(TimeDelta::from_std(passed).unwrap());
            assert!(ready(&self.state).await);
        } else {
            wait_until(async || ready(&self.state).await).await;
        }
    }
}

async fn wait_until(ready: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if ready().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within ten seconds");
}

async fn redis_at(url: &str) -> Ephemeral {
    let prefix = format!("test:{}:", Random::default().token());
    let settings = RedisSettings { url: url.to_owned().into(), prefix };
    Ephemeral::redis(&settings, Clock::system(), Random::default()).await.unwrap()
}

/// Waits until Redis, not the fallback, answers.
async fn wait_for_redis(state: &Ephemeral) {
    let shared = state.shared.as_ref().unwrap();
    wait_until(async || shared.epoch().await.is_some()).await;
}

async fn every_kind() -> Vec<Tested> {
    let clock = Clock::system();
    let memory = Ephemeral::memory(clock.clone(), Random::default());
    let mut all = vec![Tested { state: memory, clock: Some(clock) }];
    match std::env::var(REDIS_URL) {
        Ok(url) => {
            let state = redis_at(&url).await;
            wait_for_redis(&state).await;
            all.push(Tested { state, clock: None });
        }
        Err(_) => eprintln!("skipped on Redis: {REDIS_URL} is not set"),
    }
    all
}

fn allowed(remaining: u32) -> Throttle {
    Throttle::Allowed { remaining }
}

#[tokio::test]
async fn a_throttle_allows_its_limit_then_denies_until_its_window_ends() {
    for tested in every_kind().await {
        let window = Duration::from_millis(300);
        let state = &tested.state;
        assert_eq!(state.throttle("a", 1, 3, window).await, allowed(2));
        assert_eq!(state.throttle("a", 2, 3, window).await, allowed(0));
        let denied = state.throttle("a", 1, 3, window).await;
        assert!(matches!(denied, Throttle::Denied { retry_after } if retry_after <= window), "{denied:?}");
        assert_eq!(state.throttle("b", 1, 3, window).await, allowed(2));
        tested.until(window, async |state| state.throttle("a", 1, 3, window).await == allowed(2)).await;
    }
}

#[tokio::test]
async fn what_is_given_back_can_be_used_again_and_a_refusal_costs_nothing() {
    for Tested { state, .. } in every_kind().await {
        state.throttle("a", 3, 3, MINUTE).await;
        for _ in 0..3 {
            assert!(matches!(state.throttle("a", 1, 3, MINUTE).await, Throttle::Denied { .. }));
        }
        state.give_back("a", 2).await;
        assert_eq!(state.throttle("a", 1, 3, MINUTE).await, allowed(1));
        state.give_back("a", 100).await;
        assert_eq!(state.throttle("a", 1, 3, MINUTE).await, allowed(2));
        state.give_back("never used", 1).await;
        assert_eq!(state.throttle("never used", 1, 3, MINUTE).await, allowed(2));
        let never = state.throttle("dear", 4, 3, MINUTE).await;
        assert_eq!(never, Throttle::Denied { retry_after: MINUTE });
    }
}

#[tokio::test]
async fn of_100_uses_at_once_the_limit_is_allowed() {
    for Tested { state, .. } in every_kind().await {
        let uses = (0..100).map(|_| state.throttle("a", 1, 10, MINUTE));
        let answers = futures::future::join_all(uses).await;
        assert_eq!(answers.iter().filter(|answer| matches!(answer, Throttle::Allowed { .. })).count(), 10);
    }
}

#[tokio::test]
async fn a_proof_is_new_once_until_it_expires() {
    for tested in every_kind().await {
        let (state, ttl) = (&tested.state, Duration::from_millis(300));
        let epoch = state.epoch().await;
        let first = Once::First { epoch };
        let all = futures::future::join_all((0..20).map(|_| state.remember_once(Kind::DpopProof, "a", ttl))).await;
        assert_eq!(all.iter().filter(|once| **once == first).count(), 1);
        assert_eq!(all.iter().filter(|once| **once == Once::Seen).count(), 19);
        assert_eq!(state.remember_once(Kind::DpopProof, "b", ttl).await, first);
        tested.until(ttl, async |state| state.remember_once(Kind::DpopProof, "a", ttl).await == first).await;
    }
}

#[tokio::test]
async fn a_value_is_taken_once_and_belongs_to_its_kind() {
    for tested in every_kind().await {
        let state = &tested.state;
        let value = vec![0, 1, 255];
        state.put(Kind::PushedRequest, "a", value.clone(), MINUTE).await;
        assert_eq!(state.get(Kind::PushedRequest, "a").await, Some(value.clone()));
        assert_eq!(state.get(Kind::DpopProof, "a").await, None);
        assert_eq!(state.take(Kind::DpopProof, "a").await, None);
        let takers = (0..20).map(|_| state.take(Kind::PushedRequest, "a"));
        let taken: Vec<_> = futures::future::join_all(takers).await.into_iter().flatten().collect();
        assert_eq!((taken.len(), taken.first()), (1, Some(&value)));
        assert_eq!(state.get(Kind::PushedRequest, "a").await, None);
        let ttl = Duration::from_millis(100);
        state.put(Kind::PushedRequest, "b", value, ttl).await;
        tested.until(ttl, async |state| state.get(Kind::PushedRequest, "b").await.is_none()).await;
    }
}

#[test]
fn sec_r52_a_memory_that_loses_a_live_proof_begins_a_new_epoch() {
    let memory = Memory::with_capacity(Clock::system(), Random::default(), 1000);
    let before = memory.epoch();
    for number in 0..3 {
        memory.remember_once(&Key::of(Kind::DpopProof, &number.to_string()), MINUTE);
    }
    assert_eq!(memory.epoch(), before);
    for number in 3..10 {
        memory.remember_once(&Key::of(Kind::DpopProof, &number.to_string()), MINUTE);
    }
    assert_ne!(memory.epoch(), before);
}

#[tokio::test]
async fn a_url_that_is_none_is_refused() {
    let settings = RedisSettings { url: "localhost".to_owned().into(), prefix: String::new() };
    assert!(Ephemeral::redis(&settings, Clock::system(), Random::default()).await.is_err());
}

#[tokio::test]
async fn sec_rl6_a_redis_that_is_away_is_replaced_by_this_nodes_memory() {
    // Accepts connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let state = redis_at(&format!("redis://{}", silent.local_addr().unwrap())).await;
    assert_eq!(state.throttle("a", 1, 2, MINUTE).await, allowed(1));
    assert_eq!(state.throttle("a", 1, 2, MINUTE).await, allowed(0));
    assert!(matches!(state.throttle("a", 1, 2, MINUTE).await, Throttle::Denied { .. }));
    assert_ne!(state.remember_once(Kind::DpopProof, "a", MINUTE).await, Once::Seen);
    assert_eq!(state.remember_once(Kind::DpopProof, "a", MINUTE).await, Once::Seen);
    state.put(Kind::PushedRequest, "a", vec![1], MINUTE).await;
    assert_eq!(state.take(Kind::PushedRequest, "a").await, Some(vec![1]));
}

/// A `redis-server` of the test's own.
struct Server {
    port: u16,
    process: Child,
}

impl Server {
    fn start() -> Option<Self> {
        if std::env::var(REDIS_URL).is_err() {
            eprintln!("skipped: {REDIS_URL} is not set");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Some(Self { port, process: Self::spawn(port) })
    }

    fn spawn(port: u16) -> Child {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.stdout(Stdio::null()).spawn().unwrap()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    async fn state(&self) -> Ephemeral {
        redis_at(&format!("redis://127.0.0.1:{}", self.port)).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test]
async fn sec_rl6_a_redis_that_is_killed_is_missed_by_nobody_and_used_again_when_it_is_back() {
    let Some(mut server) = Server::start() else { return };
    let state = server.state().await;
    wait_for_redis(&state).await;
    let before = state.epoch().await;
    state.throttle("a", 2, 2, MINUTE).await;
    state.remember_once(Kind::DpopProof, "a", MINUTE).await;
    server.kill();
    // The brake still works, from nought; proofs are in another epoch, so that nonces of the old one are refused.
    assert_eq!(state.throttle("a", 2, 2, MINUTE).await, allowed(0));
    assert!(matches!(state.throttle("a", 1, 2, MINUTE).await, Throttle::Denied { .. }));
    let lost = state.remember_once(Kind::DpopProof, "a", MINUTE).await;
    assert!(matches!(lost, Once::First { epoch } if epoch != before));
    state.put(Kind::PushedRequest, "meanwhile", vec![1], MINUTE).await;
    server.process = Server::spawn(server.port);
    wait_for_redis(&state).await;
    let again = state.remember_once(Kind::DpopProof, "a", MINUTE).await;
    assert!(matches!(again, Once::First { epoch } if epoch != before));
    assert_eq!(state.take(Kind::PushedRequest, "meanwhile").await, Some(vec![1]));
}

#[tokio::test]
async fn sec_rl6_a_redis_that_hangs_costs_one_wait_and_not_one_for_each_request() {
    let Some(server) = Server::start() else { return };
    let state = server.state().await;
    wait_for_redis(&state).await;
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let guard = metrics::set_default_local_recorder(&recorder);
    server.signal("-STOP");
    for number in 0..100 {
        assert_eq!(state.throttle(&number.to_string(), 1, 1, MINUTE).await, allowed(0));
    }
    let page = recorder.handle().render();
    drop(guard);
    server.signal("-CONT");
    assert!(page.lines().any(|line| line == "ephemeral_failures_total 1"), "{page}");
    assert!(page.lines().any(|line| line == "ephemeral_fallbacks_total 100"), "{page}");
    wait_for_redis(&state).await;
}

#[tokio::test]
async fn sec_r52_a_redis_that_is_emptied_begins_a_new_epoch() {
    let Some(server) = Server::start() else { return };
    let state = server.state().await;
    wait_for_redis(&state).await;
    let before = state.epoch().await;
    assert_eq!(state.epoch().await, before);
    let flushed = Command::new("redis-cli").args(["-p", &server.port.to_string(), "FLUSHALL"]).output().unwrap();
    assert!(flushed.status.success());
    assert_ne!(state.epoch().await, before);
}
