//! What a node, or a command line, is opened with, as the configuration says.

use anyhow::Context as _;
use chrono::TimeDelta;
use idp_core::oidc::alg::SigningAlg;
use secrecy::SecretString;

use super::Purposes;
use crate::clock::{Clock, Random};
use crate::config::{Config, SigningAlgorithm};
use crate::delivery::Tools;
use crate::delivery::inbox::Inbox;
use crate::ephemeral::{Ephemeral, RedisSettings};
use crate::hashing::HashSettings;
use crate::keys::rotation::RotationSchedule;
use crate::keys::seal::MasterKey;
use crate::net::outbound::Outbound;
use crate::store::{Db, StoreSettings, signing_keys};

/// The store, brought up to date, and the keys to what is sealed in it: all that a command line needs.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The durable store.
    pub db: Db,
    /// Keys by purpose.
    pub purposes: Purposes,
}

/// Opens the store and brings it up to date.
///
/// # Errors
/// When the master key or the store is away, or they do not belong together, in words for an operator.
pub async fn open(config: &Config, random: &Random) -> anyhow::Result<Opened> {
    // The key first: a new one is made only where there is no database yet.
    let master = master_key(config, random)?;
    let db = Db::connect(&store_settings(config)).await.context("the store cannot be opened")?;
    db.migrate().await.context("the store cannot be brought up to date")?;
    check_master_key(&db, &master).await?;
    Ok(Opened { db, purposes: Purposes::of(&master) })
}

/// What senders are built with.
#[must_use]
pub fn tools(config: &Config, purposes: &Purposes, (clock, random): (&Clock, &Random), inbox: Option<Inbox>) -> Tools {
    Tools {
        clock: clock.clone(),
        random: random.clone(),
        outbound: Outbound::new(&config.outbound, &config.development),
        issuer: config.server.issuer.clone(),
        calls: purposes.calls.clone(),
        inbox,
    }
}

/// Where the store is, as configured.
#[must_use]
pub fn store_settings(config: &Config) -> StoreSettings {
    StoreSettings {
        url: SecretString::from(config.store.url().to_owned()),
        max_connections: config.store.max_connections,
        ..StoreSettings::new("")
    }
}

fn master_key(config: &Config, random: &Random) -> anyhow::Result<MasterKey> {
    config.master_key(random).context("the master key cannot be read")
}

/// Refuses to start with another master key than the one everything was sealed with.
///
/// # Errors
/// It is another one, or the store fails.
pub async fn check_master_key(db: &Db, master: &MasterKey) -> anyhow::Result<()> {
    const FACT: &str = "master_key_check";
    let db = db.for_workers();
    let value = master.check_value();
    db.write(move |tx| Box::pin(async move { signing_keys::state_fact(tx, FACT, &value).await })).await?;
    let stored = signing_keys::fact(&mut db.read().await?, FACT).await?.unwrap_or_default();
    anyhow::ensure!(
        master.matches_check_value(&stored),
        "the master key is not the one this store was made with: restore the right key (keys.master_key_file); nothing was changed"
    );
    Ok(())
}

pub(super) async fn ephemeral(config: &Config, clock: &Clock, random: &Random) -> anyhow::Result<Ephemeral> {
    let Some(url) = &config.ephemeral.redis_url else {
        return Ok(Ephemeral::memory(clock.clone(), random.clone()));
    };
    let settings = RedisSettings { url: url.clone(), prefix: "idp".to_owned() };
    Ephemeral::redis(&settings, clock.clone(), random.clone()).await.context("ephemeral.redis_url")
}

/// How passwords are hashed, as configured.
#[must_use]
pub fn hash_settings(config: &Config) -> HashSettings {
    HashSettings {
        memory_kib: config.passwords.memory_kib,
        passes: config.passwords.iterations,
        threads: std::num::NonZeroUsize::new(config.passwords.threads),
        queue: config.passwords.queue,
        ..HashSettings::default()
    }
}

pub(super) fn wanted_algorithms(config: &Config) -> Vec<SigningAlg> {
    let named = |alg: &SigningAlgorithm| match alg {
        SigningAlgorithm::Rs256 => SigningAlg::RS256,
        SigningAlgorithm::Ps256 => SigningAlg::PS256,
        SigningAlgorithm::Es256 => SigningAlg::ES256,
        SigningAlgorithm::EdDsa => SigningAlg::EdDSA,
    };
    config.keys.algorithms.iter().map(named).collect()
}

pub(super) fn schedule(config: &Config) -> anyhow::Result<RotationSchedule> {
    let longest = TimeDelta::seconds(i64::from(config.tokens.id_token_seconds.max(config.tokens.access_token_seconds)));
    let days = TimeDelta::days(i64::from(config.keys.rotate_days));
    let publish = TimeDelta::hours(i64::from(config.keys.publish_hours));
    // A retired key stays published for as long as an id_token_hint is likely to come back.
    Ok(RotationSchedule::new(days, publish, TimeDelta::days(7).max(longest), longest)?)
}
