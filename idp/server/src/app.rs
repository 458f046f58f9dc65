//! The shared state of a node, built once at start.

mod opening;
mod purposes;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use idp_core::level::Level;
use idp_core::oidc::acr::Vocabulary;
use idp_core::oidc::metadata;
use idp_core::policy::{Channels, Floors, PolicyDocument};
use tokio::sync::Notify;

use crate::clients::{Base, Clients};
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::delivery::Tools;
use crate::delivery::inbox::Inbox;
use crate::ephemeral::Ephemeral;
use crate::factor::passkey::ceremony::Ceremonies;
use crate::factor::{Means, Registry};
use crate::federation::Providers;
use crate::hashing::Hasher;
use crate::http::logo::Logos;
use crate::keys::signing::KeyRing;
use crate::keys::{self};
use crate::messages::Senders;
use crate::net::listener::Readiness;
use crate::net::outbound::Outbound;
use crate::page::Pages;
use crate::password::Passwords;
use crate::signin::address::Pending;
use crate::signin::send_guard::Paused;
use crate::store::{Db, clients, signing_keys};
use opening::{ephemeral, schedule, wanted_algorithms};

pub use opening::{Opened, check_master_key, hash_settings, open, store_settings, tools};
pub use purposes::Purposes;

/// How long a cache of this node may lag behind the store.
pub const REFRESH: Duration = Duration::from_millis(700);

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
