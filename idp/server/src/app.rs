//! The shared state of a node, built once at start.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use chrono::TimeDelta;
use idp_core::level::Level;
use idp_core::oidc::acr::Vocabulary;
use idp_core::oidc::alg::SigningAlg;
use idp_core::oidc::metadata;
use idp_core::policy::{Channels, Floors, PolicyDocument};
use secrecy::SecretString;
use tokio::sync::Notify;

use crate::clients::{Base, Clients};
use crate::clock::{Clock, Random};
use crate::config::{Config, SigningAlgorithm};
use crate::delivery::Tools;
use crate::delivery::inbox::Inbox;
use crate::ephemeral::{Ephemeral, RedisSettings};
use crate::factor::passkey::ceremony::Ceremonies;
use crate::factor::{Means, Registry};
use crate::federation::Providers;
use crate::hashing::{HashSettings, Hasher};
use crate::http::logo::Logos;
use crate::keys::rotation::RotationSchedule;
use crate::keys::seal::{MacKey, MasterKey, Sealer};
use crate::keys::signing::KeyRing;
use crate::keys::{self};
use crate::messages::Senders;
use crate::net::listener::Readiness;
use crate::net::outbound::Outbound;
use crate::page::Pages;
use crate::password::Passwords;
use crate::signin::address::Pending;
use crate::signin::send_guard::Paused;
use crate::store::{Chain, Db, StoreSettings, clients, signing_keys};

/// Keys for the values that travel or are stored under a tag, one a purpose.
#[derive(Clone, Debug)]
pub struct Purposes {
    /// Seals transactions.
    pub transactions: Sealer,
    /// Seals authenticator secrets.
    pub authenticators: Sealer,
    /// Seals what a known device's cookie holds.
    pub devices: Sealer,
    /// Seals signing keys.
    pub signing_keys: Sealer,
    /// Seals what factors keep of a challenge.
    pub challenges: Sealer,
    /// Tags client secrets.
    pub client_secrets: MacKey,
    /// Tags the addresses that guesses are counted by.
    pub addresses: MacKey,
    /// Derives one-time codes.
    pub codes: MacKey,
    /// Derives backup codes, and tags those that are stored.
    pub backup_codes: MacKey,
    /// Derives form tokens.
    pub forms: MacKey,
    /// Derives the pseudonyms that services of second factors know accounts by.
    pub pseudonyms: MacKey,
    /// Seals the senders' settings.
    pub sender_settings: Sealer,
    /// Seals what a call says once a key was pressed.
    pub calls: Sealer,
    /// Seals the audit trail.
    pub audit: Chain,
}

impl Purposes {
    /// The keys that are made from this master key.
    #[must_use]
    pub fn of(master: &MasterKey) -> Self {
        Self {
            transactions: master.sealer("transactions"),
            authenticators: master.sealer("authenticators"),
            devices: master.sealer("devices"),
            signing_keys: master.sealer("signing-keys"),
            challenges: master.sealer("challenges"),
            client_secrets: master.mac("client-secrets"),
            addresses: master.mac("addresses"),
            codes: master.mac("codes"),
            backup_codes: master.mac("backup-codes"),
            forms: master.mac("forms"),
            pseudonyms: master.mac("factor-pseudonyms"),
            sender_settings: master.sealer("sender-settings"),
            calls: master.sealer("calls"),
            audit: Chain::new(&master.mac("audit-chain").tag(&[])),
        }
    }
}

/// The state that every request shares. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

/// What [`App`] points to.
pub struct Inner {
    /// The configuration.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The durable store.
    pub db: Db,
    /// State that may vanish.
    pub ephemeral: Ephemeral,
    /// The password pool.
    pub hasher: Hasher,
    /// What a new password must be.
    pub passwords: Passwords,
    /// Pages.
    pub pages: Pages,
    /// Keys by purpose.
    pub purposes: Purposes,
    /// The second factors.
    pub factors: Registry,
    /// The identity providers that people sign in at.
    pub providers: Providers,
    /// This installation as a relying party of passkeys; none where its issuer is named by an address.
    pub ceremonies: Option<Ceremonies>,
    /// The only way out to other servers.
    pub outbound: Outbound,
    /// Logos of clients.
    pub logos: Logos,
    /// Passwords that are being checked, by address.
    pub pending: Pending,
    /// The development inbox.
    pub inbox: Option<Inbox>,
    /// The `acr` values known here.
    pub vocabulary: Vocabulary,
    /// What a policy inherits.
    pub policy_defaults: PolicyDocument,
    /// The least for each class.
    pub floors: Arc<Floors>,
    /// Whether the node is about to stop.
    pub readiness: Readiness,
    /// Clients that go without their phone channels for a moment.
    pub paused: Paused,
    /// Wakes the outbox: something is due.
    pub outbox: Notify,
    demo: OnceLock<serde_json::Value>,
    clients: RwLock<Arc<Clients>>,
    keys: RwLock<Arc<Signing>>,
    tools: Tools,
    senders: RwLock<Arc<Senders>>,
}

/// The signing keys of one moment, and the documents that depend on them.
#[derive(Debug)]
pub struct Signing {
    /// The keys.
    pub ring: KeyRing,
    /// The discovery document.
    pub metadata: Bytes,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl App {
    /// Opens the store, brings it up to date, makes what is missing and reads the caches.
    ///
    /// # Errors
    /// Whatever keeps the node from serving, in words for an operator.
    pub async fn start(config: Config, clock: Clock, random: Random) -> anyhow::Result<Self> {
        // On the heap: the configuration and everything built from it are large.
        Box::pin(Self::build(config, clock, random)).await
    }

    async fn build(config: Config, clock: Clock, random: Random) -> anyhow::Result<Self> {
        let Opened { db, purposes } = open(&config, &random).await?;
        let ephemeral = ephemeral(&config, &clock, &random).await?;
        let hasher = Hasher::new(hash_settings(&config), random.clone()).context("password hashing cannot start")?;
        let passwords = Passwords::new(&config, hasher.clone());
        let pages = Pages::load(config.brand.themes_dir.as_deref()).context("the pages cannot be loaded")?;
        let policy_defaults = config.policy.defaults.clone();
        let floors = Arc::new(config.policy.floors.clone());
        let inbox = config.development.inbox.then(|| Inbox::new(clock.clone()));
        let tools = tools(&config, &purposes, (&clock, &random), inbox.clone());
        let senders =
            Box::pin(Senders::load(&config, &db, &purposes, &tools)).await.context("the senders of messages")?;
        let vocabulary = Vocabulary::new(BTreeMap::from_iter(config.acr.aliases.clone()));
        let issuer = config.server.issuer.as_str().to_owned();
        let ceremonies = Ceremonies::of(config.server.issuer.url(), &config.brand.council);
        let factors = Registry::installed(Means {
            ceremonies: ceremonies.as_ref(),
            config: &config.factors,
            outbound: &tools.outbound,
            random: &random,
            pseudonyms: &purposes.pseudonyms,
        });
        let providers = Providers::new(&config.federation, &tools.outbound);
        let inner = Inner {
            clock,
            random,
            db,
            ephemeral,
            hasher,
            passwords,
            pages,
            purposes,
            factors,
            providers,
            ceremonies,
            outbound: tools.outbound.clone(),
            logos: Logos::default(),
            pending: Pending::default(),
            inbox,
            vocabulary,
            policy_defaults,
            floors,
            readiness: Readiness::default(),
            paused: Paused::default(),
            outbox: Notify::new(),
            demo: OnceLock::new(),
            clients: RwLock::default(),
            keys: RwLock::new(Arc::new(Signing { ring: KeyRing::new(issuer, []), metadata: Bytes::new() })),
            tools,
            senders: RwLock::new(Arc::new(senders)),
            config,
        };
        let app = Self { inner: Arc::new(inner) };
        app.rotate_keys(keys::rotation::Occasion::Schedule).await?;
        app.refresh_keys().await?;
        app.refresh_clients().await?;
        Ok(app)
    }

    /// The issuer, exactly as configured.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.config.server.issuer.as_str()
    }

    /// The clients of this moment.
    #[must_use]
    pub fn clients(&self) -> Arc<Clients> {
        Arc::clone(&self.clients.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The signing keys of this moment.
    #[must_use]
    pub fn signing(&self) -> Arc<Signing> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What `/dev/demo.json` says, in the demo.
    #[must_use]
    pub fn demo(&self) -> Option<&serde_json::Value> {
        self.demo.get()
    }

    /// States what `/dev/demo.json` says; once.
    pub fn set_demo(&self, demo: serde_json::Value) {
        // A second statement would be a mistake of the demo, which the first one survives.
        let _ = self.demo.set(demo);
    }

    /// The senders of this moment.
    #[must_use]
    pub fn senders(&self) -> Arc<Senders> {
        Arc::clone(&self.senders.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The channels that have a sender which is set up and not failing.
    #[must_use]
    pub fn channels(&self) -> Channels {
        let remotes = self.factors.remotes(self.clock.now()).into_iter();
        let remotes = remotes.filter(|(_, answers)| *answers).map(|(name, _)| name).collect();
        Channels { passkey: self.ceremonies.is_some(), remotes, ..self.senders().router.channels() }
    }

    /// The channels that this client may use now.
    #[must_use]
    pub fn channels_of(&self, client: &str) -> Channels {
        let channels = self.channels();
        if self.paused.is(client, self.clock.now()) {
            return Channels { sms: false, voice: false, ..channels };
        }
        channels
    }

    /// Reads the senders' settings anew. Senders that are made anew have forgotten their failures.
    ///
    /// # Errors
    /// The store fails, or the configured settings cannot be used any more.
    pub async fn refresh_senders(&self) -> anyhow::Result<()> {
        let fresh = Arc::new(Senders::load(&self.config, &self.db, &self.purposes, &self.tools).await?);
        *self.senders.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Reads the clients anew.
    ///
    /// # Errors
    /// As [`crate::store::StoreError`] says.
    pub async fn refresh_clients(&self) -> anyhow::Result<()> {
        let rows = clients::all(&mut self.db.for_workers().read().await?).await?;
        let providers = self.providers.iter().filter_map(|provider| provider.id().parse().ok()).collect::<Vec<_>>();
        let base = Base {
            defaults: &self.policy_defaults,
            floors: &self.floors,
            countries: &self.config.limits.countries,
            providers: &providers,
        };
        let fresh = Arc::new(Clients::new(rows, &base));
        *self.clients.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Reads the signing keys anew.
    ///
    /// # Errors
    /// When the store fails, or a key does not open under the master key.
    pub async fn refresh_keys(&self) -> anyhow::Result<()> {
        let rows = signing_keys::all(&mut self.db.for_workers().read().await?).await?;
        let ring = keys::rotation::ring(self.issuer(), &rows, &self.purposes.signing_keys)?;
        let algorithms = ring.signing_algs();
        let provider = metadata::Provider {
            issuer: self.issuer(),
            algorithms: &algorithms,
            acr_values: self.vocabulary.supported(&self.factors.reachable()),
            ui_locales: self.config.brand.languages.iter().map(|language| language.locale()).collect(),
        };
        let metadata = Bytes::from(serde_json::to_vec(&metadata::of(provider))?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Signing { ring, metadata });
        Ok(())
    }

    /// Carries out what is due in the lives of the signing keys.
    ///
    /// # Errors
    /// When the store fails, or no key can be made.
    pub async fn rotate_keys(&self, occasion: keys::rotation::Occasion) -> anyhow::Result<()> {
        let schedule = schedule(&self.config)?;
        let wanted = wanted_algorithms(&self.config);
        crate::jobs::rotate_keys(self, &schedule, &wanted, occasion).await
    }

    /// The strongest level that anybody can reach here.
    #[must_use]
    pub fn ceiling(&self) -> Level {
        self.factors.reachable().into_iter().max().unwrap_or(Level::OneFactor)
    }
}

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

async fn ephemeral(config: &Config, clock: &Clock, random: &Random) -> anyhow::Result<Ephemeral> {
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

fn wanted_algorithms(config: &Config) -> Vec<SigningAlg> {
    let named = |alg: &SigningAlgorithm| match alg {
        SigningAlgorithm::Rs256 => SigningAlg::RS256,
        SigningAlgorithm::Ps256 => SigningAlg::PS256,
        SigningAlgorithm::Es256 => SigningAlg::ES256,
        SigningAlgorithm::EdDsa => SigningAlg::EdDSA,
    };
    config.keys.algorithms.iter().map(named).collect()
}

fn schedule(config: &Config) -> anyhow::Result<RotationSchedule> {
    let longest = TimeDelta::seconds(i64::from(config.tokens.id_token_seconds.max(config.tokens.access_token_seconds)));
    let days = TimeDelta::days(i64::from(config.keys.rotate_days));
    let publish = TimeDelta::hours(i64::from(config.keys.publish_hours));
    // A retired key stays published for as long as an id_token_hint is likely to come back.
    Ok(RotationSchedule::new(days, publish, TimeDelta::days(7).max(longest), longest)?)
}

/// How long a cache of this node may lag behind the store.
pub const REFRESH: Duration = Duration::from_millis(700);
