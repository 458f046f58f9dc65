//! `idp doctor`: what works and what does not, for an operator and for a container's health check. Changes nothing.

mod services;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use clap::Args;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::services::factor_services;
use super::Common;
use super::failure::Failure;
use super::output::{count, print, say, table};
use crate::app::{Purposes, check_master_key, hash_settings, store_settings, tools};
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::delivery::Checked;
use crate::ephemeral::{Ephemeral, RedisSettings};
use crate::federation::{Providers, UpstreamError};
use crate::hashing::Hasher;
use crate::keys::seal::MasterKey;
use crate::messages::{self, Senders};
use crate::net::outbound::Outbound;
use crate::store::Db;

/// Seconds by which our clock and the database's may differ.
const SKEW: i64 = 5;
/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long hashes are counted.
const MEASURED: Duration = Duration::from_secs(2);

/// The command.
#[derive(Clone, Copy, Debug, Args)]
pub struct Doctor {
    /// Only ask the node on this machine whether it is ready, as a health check does
    #[arg(long, conflicts_with = "argon2_rate")]
    ready: bool,
    /// Measure how many passwords a second this machine hashes, with nothing else running
    #[arg(long)]
    argon2_rate: bool,
}

/// What a check found that is not wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Good {
    /// It works.
    Works(String),
    /// It works as it is set up, which somebody may not have meant.
    Remark(String),
}

/// What a check found, or what is wrong and what to do.
type Found = Result<Good, String>;

fn works(words: impl Into<String>) -> Good {
    Good::Works(words.into())
}

fn remark(words: impl Into<String>) -> Good {
    Good::Remark(words.into())
}

/// The state of a check and its words.
const fn told(found: &Found) -> (&'static str, &String) {
    match found {
        Ok(Good::Works(words)) => ("ok", words),
        Ok(Good::Remark(words)) => ("remark", words),
        Err(words) => ("fail", words),
    }
}

impl Doctor {
    /// Runs the command.
    ///
    /// # Errors
    /// A check failed.
    pub async fn run(self, common: &Common) -> Result<(), Failure> {
        let config = Config::load(common.config.as_deref())?;
        if self.argon2_rate {
            return argon2_rate(&config).await;
        }
        if self.ready {
            let found = within(ready(&config)).await;
            return found.map(|found| say(told(&Ok(found)).1)).map_err(Failure::failed);
        }
        let checks = examine(&config).await;
        let failed = checks.iter().filter(|(_, found)| found.is_err()).count();
        let as_json = |(name, found): &(&str, Found)| {
            let (state, words) = told(found);
            json!({ "check": name, "ok": found.is_ok(), "state": state, "remark": words })
        };
        let row = |(name, found): &(&str, Found)| {
            let (state, words) = told(found);
            [(*name).to_owned(), state.to_owned(), words.clone()]
        };
        print(common.json, &checks.iter().map(as_json).collect::<Vec<Value>>(), || {
            table(["CHECK", "STATE", "REMARK"], &checks.iter().map(row).collect::<Vec<_>>())
        });
        match failed {
            0 => Ok(()),
            failed => Err(Failure::failed(format!("{} failed", count(failed, "check")))),
        }
    }
}

/// A check that does not wait for ever.
async fn within(check: impl Future<Output = Found>) -> Found {
    timeout(PATIENCE, check).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
}

/// Every check, in the order of an operator's interest.
async fn examine(config: &Config) -> Vec<(&'static str, Found)> {
    let (clock, random) = (Clock::system(), Random::default());
    let mut checks = vec![("configuration", Ok(works(format!("issuer {}", config.server.issuer))))];
    checks.push(("brand", Ok(brand(config))));
    let mut opened = None;
    let is_new = config.store.sqlite_path().is_some_and(|path| !path.exists());
    if is_new {
        checks.push(("database", Ok(remark("not made yet: the first start makes it"))));
    } else {
        let db = Db::connect(&store_settings(config)).await.map(|db| db.for_workers());
        match db {
            Err(error) => checks.push(("database", Err(error.to_string()))),
            Ok(db) => {
                checks.push(("database", Ok(works("answers"))));
                checks.push(("migrations", within(migrations(&db)).await));
                checks.push(("master key", within(master_key(config, &random, &db)).await));
                checks.push(("clock", within(skew(&db, &clock)).await));
                opened = Some(db);
            }
        }
    }
    checks.push(("redis", within(redis(config, &clock, &random)).await));
    checks.push(("messages", within(Box::pin(messages(config, opened.as_ref(), &clock, &random))).await));
    if !config.factors.remote.is_empty() {
        checks.push(("factor services", factor_services(config).await));
    }
    checks.push(("identity providers", within(providers(config, &clock)).await));
    checks.push(("breached passwords", breached(config)));
    checks
}

async fn migrations(db: &Db) -> Found {
    match db.pending_migrations().await {
        Ok(0) => Ok(works("up to date")),
        Ok(pending) => Err(format!("{pending} to run: idp migrate, or start a node")),
        Err(error) => Err(error.to_string()),
    }
}

async fn master_key(config: &Config, random: &Random, db: &Db) -> Found {
    let key = config.master_key(random).map_err(|error| error.to_string())?;
    check_master_key(db, &key).await.map_err(|error| format!("{error:#}"))?;
    Ok(works("the one this database was made with"))
}

async fn skew(db: &Db, clock: &Clock) -> Found {
    let text = db.clock_text().await.map_err(|error| error.to_string())?;
    let there = text.get(..19).and_then(|text| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok());
    let there = there.ok_or_else(|| format!("the database's time {text} cannot be read"))?.and_utc();
    let seconds = (clock.now() - there).num_seconds();
    if seconds.abs() <= SKEW {
        Ok(works("the database's and ours agree"))
    } else {
        Err(format!("differs from the database's by {seconds} s: set both by a time server"))
    }
}

async fn redis(config: &Config, clock: &Clock, random: &Random) -> Found {
    let Some(url) = &config.ephemeral.redis_url else {
        return Ok(works("none: right for one node only"));
    };
    let settings = RedisSettings { url: url.clone(), prefix: "idp".to_owned() };
    let shared = Ephemeral::redis(&settings, clock.clone(), random.clone()).await.map_err(|error| error.to_string())?;
    match shared.shared_answers().await {
        Some(true) => Ok(works("answers")),
        _ => Err("does not answer: throttles are counted by each node for itself".to_owned()),
    }
}

/// Whether every sender that is set up can be reached and knows us.
async fn messages(config: &Config, db: Option<&Db>, clock: &Clock, random: &Random) -> Found {
    if config.development.inbox {
        return Ok(works("the development inbox keeps every message"));
    }
    let (purposes, stored) = match db {
        // Nothing is sealed yet, so that any key will do.
        None => (Purposes::of(&MasterKey::generate(random)), BTreeMap::new()),
        Some(db) if db.pending_migrations().await.map_err(|error| error.to_string())? > 0 => {
            return Ok(remark("looked at when the database is up to date"));
        }
        Some(db) => {
            let purposes = Purposes::of(&config.master_key(random).map_err(|error| error.to_string())?);
            let stored = messages::stored(db, &purposes).await.map_err(|error| error.to_string())?;
            (purposes, stored)
        }
    };
    let tools = tools(config, &purposes, (clock, random), None);
    let senders = Senders::new(config, &stored, &tools).map_err(|error| error.to_string())?;
    let checked = senders.router.check().await;
    if checked.is_empty() {
        return Ok(remark("no sender is set up: no message can be sent"));
    }
    let said = |Checked { sender, outcome, .. }: &Checked| match outcome {
        Ok(remark) => format!("{sender} {remark}"),
        Err(error) => format!("{sender}: {error}"),
    };
    let words = checked.iter().map(said).collect::<Vec<_>>().join("; ");
    if checked.iter().all(|checked| checked.outcome.is_ok()) { Ok(works(words)) } else { Err(words) }
}

/// Whether residents are told whose pages they are on, and whom to ask.
fn brand(config: &Config) -> Good {
    let unsaid = config.brand.unsaid();
    if unsaid.is_empty() { works(config.brand.council.as_str()) } else { remark(unsaid.join("; ")) }
}

/// Whether every identity provider that is enabled can be reached and is what is configured.
async fn providers(config: &Config, clock: &Clock) -> Found {
    let providers = Providers::new(&config.federation, &Outbound::new(&config.outbound, &config.development));
    let now = clock.now();
    let checked = providers.iter().map(|provider| async move { (provider.id(), provider.check(now).await) });
    let checked = futures::future::join_all(checked).await;
    if checked.is_empty() {
        return Ok(works("none: people sign in with accounts of their own"));
    }
    let said = |(id, outcome): &(&str, Result<(), UpstreamError>)| match outcome {
        Ok(()) => format!("{id} answers"),
        Err(error) => format!("{id}: {error}"),
    };
    let words = checked.iter().map(said).collect::<Vec<_>>().join("; ");
    if checked.iter().all(|(_, outcome)| outcome.is_ok()) { Ok(works(words)) } else { Err(words) }
}

fn breached(config: &Config) -> Found {
    let Some(path) = config.passwords.breached_file.clone() else {
        return Ok(remark("no list: only guessable passwords are refused"));
    };
    let shown = path.display().to_string();
    let list = crate::password::Breached::new(Some(path));
    list.contains("").map(|_| Good::Works(shown)).map_err(|error| error.to_string())
}

/// Asks the node on this machine by its own socket. One that speaks TLS is asked for a connection only: its
/// certificate names another host.
async fn ready(config: &Config) -> Found {
    let server = &config.server;
    let address = reachable(server.listen);
    let mut stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
    if server.tls_certificate_file.is_some() {
        return Ok(works("takes connections"));
    }
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.issuer.host());
    let mut answer = Vec::new();
    let exchange = async {
        stream.write_all(request.as_bytes()).await?;
        stream.take(64 * 1024).read_to_end(&mut answer).await
    };
    exchange.await.map_err(|error| format!("{address}: {error}"))?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") { Ok(works("ready")) } else { Err(format!("not ready: {status}")) }
}

/// Where a socket that listens on every address can be reached from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    let ip = if listen.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(std::net::Ipv6Addr::LOCALHOST) };
    SocketAddr::new(ip, listen.port())
}

/// Counts hashes for a while, with as many passwords waiting as there are threads.
async fn argon2_rate(config: &Config) -> Result<(), Failure> {
    let settings = hash_settings(config);
    let threads = settings.thread_count().get();
    let hasher = Hasher::new(settings, Random::default()).map_err(|error| Failure::failed(error.to_string()))?;
    let start = Instant::now();
    let loops = (0..threads).map(|_| {
        let hasher = hasher.clone();
        async move {
            let password = "a password to measure with".into();
            let mut done = 0_u32;
            while start.elapsed() < MEASURED {
                hasher.hash(&password).await.map_err(|error| Failure::failed(error.to_string()))?;
                done += 1;
            }
            Ok::<_, Failure>(done)
        }
    });
    let done: u32 = futures::future::try_join_all(loops).await?.into_iter().sum();
    let rate = f64::from(done) / start.elapsed().as_secs_f64();
    say(&json!({ "hashes_per_second": (rate * 100.0).round() / 100.0, "threads": threads }).to_string());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_on_every_address_is_asked_on_loopback() {
        for (listen, asked) in
            [("0.0.0.0:8080", "127.0.0.1:8080"), ("[::]:1", "[::1]:1"), ("192.0.2.1:80", "192.0.2.1:80")]
        {
            assert_eq!(reachable(listen.parse().expect("an address")), asked.parse().expect("an address"));
        }
    }

    #[tokio::test]
    async fn a_node_that_does_not_run_is_not_ready() {
        let listen = [("IDP_SERVER__LISTEN".to_owned(), "127.0.0.1:1".to_owned())];
        let config = Config::from_sources(None, listen.into_iter()).expect("a configuration");
        assert!(ready(&config).await.is_err());
    }
}
