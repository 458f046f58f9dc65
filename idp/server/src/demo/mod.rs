//! What `idp demo` runs: the provider on a temporary database, with residents of every situation, clients of every
//! preset, the inbox, a portal beside it, and stand-ins for Google and Facebook. Nothing here is part of `idp serve`, and
//! nothing of the provider needs it.

pub mod portal;
mod residents;
mod seed;
pub mod standins;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use crate::app::App;
use crate::clock::{Clock, Random};
use crate::config::{Config, ConfigError, Log, LogFormat, Server};
use crate::net::listener::{Listener, Readiness};
use crate::net::outbound::Outbound;
use crate::node::{BindError, Node, Stop};
use crate::store::StoreError;
use crate::telemetry::{self, Metrics};
use portal::{
    CALLBACK_PATH, FORM_PATH, INITIATE_PATH, Portal, PortalClient, PortalResident, PortalSettings, SIGNED_OUT_PATH,
};
use seed::Seeded;
use standins::{ABOUT_PATH, NOTICES_PATH, StandInSettings, StandIns};

/// The demo does not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No temporary directory, no signals, no runtime.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// A port cannot be part of an address.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The provider did not start.
    #[error("{0:#}")]
    Start(anyhow::Error),
    /// A port is in use: choose others with `--port`.
    #[error("{0}: choose other ports with --port")]
    Bind(#[from] BindError),
    /// The demo's people and clients could not be made.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] crate::hashing::HashError),
    /// The portal did not start.
    #[error(transparent)]
    Portal(#[from] portal::SetupError),
    /// The stand-ins did not start.
    #[error("the stand-ins' templates: {0}")]
    StandIns(#[from] tera::Error),
    /// Another part of this process logs or counts already.
    #[error("{0}")]
    Telemetry(String),
}

/// Where the demo's parts are.
#[derive(Clone, Debug)]
struct Places {
    issuer: Url,
    portal: Url,
    stand_ins: Url,
    ports: [u16; 3],
}

impl Places {
    fn at(base: u16) -> Result<Self, DemoError> {
        let ports = [0, 1, 2].map(|next| base.saturating_add(next));
        let url = |port: u16| Url::parse(&format!("http://localhost:{port}"));
        let [issuer, portal, stand_ins] = ports.map(url);
        let bad = |error: url::ParseError| DemoError::Portal(error.into());
        let (issuer, portal) = (issuer.map_err(bad)?, portal.map_err(bad)?);
        Ok(Self { issuer, portal, stand_ins: stand_ins.map_err(bad)?, ports })
    }
}

/// An address without the slash that [`Url`] puts behind a host.
fn plain(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

/// Runs the demo with the provider at port `base`, the portal at the next one and the stand-ins behind it, until it is
/// told to stop. Its data goes with it, unless it is kept in a `store`.
///
/// # Errors
/// [`DemoError`]
pub async fn run(base: u16, store: Option<SecretString>) -> Result<(), DemoError> {
    let telemetry = |error: &dyn std::fmt::Display| DemoError::Telemetry(error.to_string());
    let log = Log { format: LogFormat::Text, level: "warn".to_owned() };
    telemetry::start(&log).map_err(|error| telemetry(&error))?;
    let metrics = Metrics::start().map_err(|error| telemetry(&error))?;
    let stop = Stop::on_signals()?;
    let folder = tempfile::Builder::new().prefix("idp-demo-").tempdir()?;
    let places = Places::at(base)?;
    let (clock, random) = (Clock::system(), Random::default());
    let stand_ins = stand_ins(&places, &clock, &random)?;
    let settings = settings(&places, folder.path(), store.as_ref(), (&random, &stand_ins));
    let config = Config::from_sources(None, settings.into_iter())?;
    let app = App::start(config, clock.clone(), random.clone()).await.map_err(DemoError::Start)?;
    let node = Node::bind(&app, metrics).await?;
    let [_, portal_port, stand_ins_port] = places.ports;
    let (portal_listener, stand_ins_listener) = (listen(portal_port).await?, listen(stand_ins_port).await?);
    let seeded = seed::seed(&app, &redirects(&places)).await?;
    app.refresh_clients().await.map_err(DemoError::Start)?;
    let outbound = Outbound::new(&app.config.outbound, &app.config.development);
    let router = Portal::router(portal_settings(&places, &seeded), clock, random, outbound)?;
    let metrics = node.metrics_address().map(|address| format!("http://{address}/metrics"));
    app.set_demo(document(&places, &seeded, metrics.as_deref()));
    crate::cli::say(&greeting(&places, &seeded));
    tokio::join!(
        node.run(stop.clone()),
        portal_listener.serve(router, stop.clone().wait()),
        stand_ins_listener.serve(stand_ins.router(), stop.wait())
    );
    Ok(())
}

/// Runs the stand-ins alone, until they are told to stop, for a provider with this `issuer` that is started otherwise.
/// Prints the sections of its configuration file that make it use them.
///
/// # Errors
/// [`DemoError`]
pub async fn run_stand_ins(port: u16, issuer: &Url) -> Result<(), DemoError> {
    let log = Log { format: LogFormat::Text, level: "warn".to_owned() };
    telemetry::start(&log).map_err(|error| DemoError::Telemetry(error.to_string()))?;
    let stop = Stop::on_signals()?;
    let base = Url::parse(&format!("http://localhost:{port}")).map_err(|error| DemoError::Portal(error.into()))?;
    let settings = StandInSettings { base, redirect_uris: callbacks(issuer), known: Vec::new() };
    let stand_ins = StandIns::on_this_machine(settings, &Clock::system(), &Random::default())?;
    let listener = listen(port).await?;
    crate::cli::say(&format!("[development]\nallow_loopback_fetch = true\n{}", stand_ins.toml().trim_end()));
    listener.serve(stand_ins.router(), stop.wait()).await;
    Ok(())
}

/// A socket on this machine for what stands beside the provider.
async fn listen(port: u16) -> Result<Listener, BindError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = Listener::bind(address, &Server::default(), None, Readiness::default()).await;
    listener.map_err(|reason| BindError::Address { address, reason })
}

/// Where the stand-ins send people back to.
fn callbacks(issuer: &Url) -> Vec<String> {
    ["google", "facebook", "partner"].map(|id| format!("{}/federated/{id}/callback", plain(issuer))).into()
}

/// The stand-ins, which know two residents as whom an attacker could try to come.
fn stand_ins(places: &Places, clock: &Clock, random: &Random) -> Result<Arc<StandIns>, DemoError> {
    let known = residents::RESIDENTS.iter().take(2);
    let how = |resident: &residents::Resident| if resident.has_google { "linked already" } else { "not linked" };
    let settings = StandInSettings {
        base: places.stand_ins.clone(),
        redirect_uris: callbacks(&places.issuer),
        known: known.map(|resident| (how(resident).to_owned(), resident.email.to_owned())).collect(),
    };
    Ok(StandIns::on_this_machine(settings, clock, random)?)
}

/// The configuration, as the environment of `idp serve` would give it.
fn settings(
    places: &Places,
    folder: &Path,
    store: Option<&SecretString>,
    (random, stand_ins): (&Random, &StandIns),
) -> Vec<(String, String)> {
    let temporary = format!("sqlite:{}", folder.join("idp.db").display());
    let url = store.map_or(temporary.as_str(), |url| url.expose_secret());
    // A database that came empty has no key beside it.
    let master_key = BASE64.encode(&random.bytes::<32>());
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, places.ports[0])).to_string();
    [
        ("IDP_SERVER__ISSUER", plain(&places.issuer)),
        ("IDP_SERVER__LISTEN", &listen),
        ("IDP_SERVER__METRICS_LISTEN", "127.0.0.1:0"),
        // Whoever presses Ctrl-C sits in front of it; there is no balancer to wait for.
        ("IDP_SERVER__UNREADY_SECONDS", "0"),
        ("IDP_SERVER__DRAIN_SECONDS", "2"),
        ("IDP_STORE__URL", url),
        ("IDP_KEYS__MASTER_KEY", &master_key),
        ("IDP_BRAND__COUNCIL", "Anytown Council"),
        ("IDP_BRAND__COUNCIL_CY", "Cyngor Anytown"),
        ("IDP_BRAND__CONTACT_PHONE", "01632 960000"),
        ("IDP_DEVELOPMENT__INBOX", "true"),
        ("IDP_DEVELOPMENT__CLOCK", "true"),
        ("IDP_DEVELOPMENT__ALLOW_LOOPBACK_FETCH", "true"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .chain(stand_ins.environment())
    .collect()
}

/// Where every demo client may be answered, and where browsers may go after signing out. At port 9 nothing listens: that
/// is for scripts that follow redirects by hand.
fn redirects(places: &Places) -> seed::Redirects {
    let portal = plain(&places.portal);
    seed::Redirects {
        answers: vec![format!("{portal}{CALLBACK_PATH}"), "http://localhost:9/cb".to_owned()],
        signed_out: vec![format!("{portal}{SIGNED_OUT_PATH}"), "http://localhost:9/bye".to_owned()],
        home: portal.to_owned(),
        initiate: format!("{portal}{INITIATE_PATH}"),
        form: format!("{portal}{FORM_PATH}"),
    }
}

fn portal_settings(places: &Places, seeded: &Seeded) -> PortalSettings {
    let clients = seeded.clients.iter().map(|client| PortalClient {
        client_id: client.id.clone(),
        client_secret: client.secret.clone().into(),
        preset: client.preset.to_owned(),
        name: client.name.to_owned(),
    });
    let residents = seeded.residents.iter().map(|person| PortalResident {
        email: person.email.to_owned(),
        password: person.password.clone().into(),
        phone: person.phone.map(str::to_owned),
        totp_secret: person.totp_secret.clone().map(Into::into),
        situation: person.situation.to_owned(),
    });
    PortalSettings {
        issuer: places.issuer.clone(),
        base: places.portal.clone(),
        clients: clients.collect(),
        residents: residents.collect(),
    }
}

/// The short address of the portal's form.
fn short_link(places: &Places) -> String {
    format!("{}/go/{}", plain(&places.issuer), seed::SLUG)
}

/// What `/dev/demo.json` says.
fn document(places: &Places, seeded: &Seeded, metrics: Option<&str>) -> Value {
    let redirects = redirects(places);
    let client = |client: &seed::DemoClient| {
        json!({
            "client_id": client.id,
            "client_secret": client.secret,
            "redirect_uris": redirects.answers,
            "preset": client.preset,
        })
    };
    let resident = |person: &seed::Person| {
        json!({
            "email": person.email,
            "password": person.password,
            "phone": person.phone,
            "totp_secret": person.totp_secret,
            "situation": person.situation,
        })
    };
    json!({
        "issuer": plain(&places.issuer),
        "portal": plain(&places.portal),
        "clients": seeded.clients.iter().map(client).collect::<Vec<_>>(),
        "residents": seeded.residents.iter().map(resident).collect::<Vec<_>>(),
        "short_links": [{
            "address": short_link(places),
            "client_id": seed::client_id(seed::LINKED),
            "target_link_uri": redirects.form,
        }],
        "admin": {
            "email": seeded.admin.email,
            "password": seeded.admin.password,
            "totp_secret": seeded.admin.totp_secret,
        },
        "upstreams": {
            "google": { "first": standins::READY, "issuer": format!("{}/google", plain(&places.stand_ins)) },
            "facebook": { "notices": format!("{}{NOTICES_PATH}", plain(&places.stand_ins)) },
            "about": format!("{}{ABOUT_PATH}", plain(&places.stand_ins)),
        },
        // Clients cannot register themselves.
        "initial_access_token": null,
        "metrics": metrics,
    })
}

/// What a person sees who starts the demo.
fn greeting(places: &Places, seeded: &Seeded) -> String {
    let (issuer, portal, stand_ins) = (plain(&places.issuer), plain(&places.portal), plain(&places.stand_ins));
    let mut text = format!(
        "\nThe demo is running. Its data is temporary: it is gone when you press Ctrl-C.\n\n\
         \x20 The portal, where to begin   {portal}\n\
         \x20 A form, as in a letter       {}\n\
         \x20 Messages that were sent      {issuer}/dev/inbox\n\
         \x20 The identity provider        {issuer}\n\
         \x20 Google and Facebook          in the portal’s first service: stand-ins, {stand_ins}{ABOUT_PATH}\n\
         \x20 All of this as JSON          {issuer}/dev/demo.json\n\n\
         Sign in as\n",
        short_link(places)
    );
    let admin = [("administrator", &seeded.admin)];
    let residents = seeded.residents.iter().map(|person| (person.situation, person));
    for (situation, person) in residents.chain(admin) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {situation:<22} {:<31} {}", person.email, person.password);
        if let Some(phone) = person.phone {
            let _ = writeln!(text, "  {:<22} phone {phone}", "");
        }
        if let Some(secret) = &person.totp_secret {
            let _ = writeln!(text, "  {:<22} authenticator key {secret}", "");
        }
    }
    text.push_str("\nClients (id and secret)\n");
    for client in &seeded.clients {
        let _ = writeln!(text, "  {:<22} {}", client.id, client.secret);
    }
    let _ = write!(text, "\nlistening on {issuer}");
    text
}

#[cfg(test)]
mod tests;
