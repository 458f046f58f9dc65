//! A running node: its sockets, the routes on them, its jobs, and how it stops.

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use http::header;
use tokio::sync::watch;

use crate::app::App;
use crate::config::{Config, Server};
use crate::net::limits::RequestLimits;
use crate::net::listener::{Listener, Readiness};
use crate::net::tls::{Tls, TlsError};
use crate::net::{protect, refusal};
use crate::telemetry::Metrics;
use crate::{http as pages, jobs};

/// A node cannot open its sockets.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// An address is in use, or not ours.
    #[error("cannot listen on {address}: {reason}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The wish to stop, which any number of parts wait for.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// To stop at SIGTERM or SIGINT; elsewhere than on Unix, at Ctrl-C. A second signal is not waited for.
    ///
    /// # Errors
    /// The system does not tell of signals.
    pub fn on_signals() -> std::io::Result<Self> {
        let (wish, stop) = watch::channel(false);
        let asked = signals()?;
        tokio::spawn(async move {
            asked.await;
            let _ = wish.send(true);
        });
        Ok(Self(stop))
    }

    /// Waits until it is time to stop.
    pub async fn wait(mut self) {
        // An end of the sender is an end of the runtime: a wish to stop as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// A node with open sockets.
pub struct Node {
    app: App,
    public: Listener,
    address: SocketAddr,
    internal: Option<(Listener, SocketAddr)>,
    tls: Option<Tls>,
    metrics: Metrics,
}

impl Node {
    /// Opens the sockets. Connections wait in them until [`Node::run`].
    ///
    /// # Errors
    /// [`BindError`]
    pub async fn bind(app: &App, metrics: Metrics) -> Result<Self, BindError> {
        let server = &app.config.server;
        let tls = Tls::of(server)?;
        let (public, address) = listen(server.listen, server, tls.clone(), app.readiness.clone()).await?;
        let internal = match server.metrics_listen {
            // Its own readiness: it answers until the process ends.
            Some(wanted) => Some(listen(wanted, server, None, Readiness::default()).await?),
            None => None,
        };
        Ok(Self { app: app.clone(), public, address, internal, tls, metrics })
    }

    /// The public address, with the port that the system chose for port 0.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/metrics` is, if anywhere.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.internal.as_ref().map(|(_, address)| *address)
    }

    /// Serves until `stop`, then drains.
    pub async fn run(self, stop: Stop) {
        let Self { app, public, internal, tls, metrics, address: _ } = self;
        jobs::start(&app);
        if let Some(tls) = tls {
            tokio::spawn(tls.reload_on_hangup());
        }
        if let Some((listener, _)) = internal {
            // Not waited for: whoever scrapes metrics must not hold up the end.
            tokio::spawn(listener.serve(metrics_router(&app, metrics), std::future::pending()));
        }
        let server = &app.config.server;
        let limits = RequestLimits { larger_bodies: vec![pages::api::LARGER_BODY], ..RequestLimits::default() };
        let router = protect(pages::router(&app), server, app.random.clone(), pages::render(&app), limits);
        public.serve(router, stop.wait()).await;
    }
}

async fn listen(
    address: SocketAddr,
    server: &Server,
    tls: Option<Tls>,
    readiness: Readiness,
) -> Result<(Listener, SocketAddr), BindError> {
    let refused = |reason| BindError::Address { address, reason };
    let listener = Listener::bind(address, server, tls, readiness).await.map_err(refused)?;
    let bound = listener.address().map_err(refused)?;
    Ok((listener, bound))
}

/// The routes of the internal address. The public one has no `/metrics`.
fn metrics_router(app: &App, metrics: Metrics) -> Router {
    let render = move || {
        let metrics = metrics.clone();
        async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()) }
    };
    let router = Router::new().route("/metrics", get(render));
    let Config { server, .. } = &app.config;
    protect(router, server, app.random.clone(), refusal::plain(), RequestLimits::default())
}
