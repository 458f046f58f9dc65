//! The accept loop: HTTP/1.1 and HTTP/2 on one socket, with or without TLS, made so that slow or silent clients cost
//! little and the others are served (R49, IF4), and so that a restart loses no request (drain).
//!
//! HTTP/1.1 connections close after [`HEAD_TIME`] without a new request: a reverse proxy should keep its own idle
//! connections for less.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Version, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tower::ServiceExt as _;

use super::client_address::{ClientAddress, TrustedProxies};
use super::connections::{Activity, Share, Shares, file_handles};
use super::tls::Tls;
use crate::config::Server;

/// Time for the TLS handshake, and for the head of a request to arrive.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time for which an HTTP/2 connection may be silent.
pub const IDLE_TIME: Duration = Duration::from_secs(75);
/// Bytes of a request's head: the address's 8 KiB and the headers' 16 KiB.
const HEAD_BYTES: usize = 24 * 1024;
const HEADERS: usize = 100;
const STREAMS: u32 = 100;
/// File handles left for the database, keys, and requests of our own.
const SPARE_HANDLES: usize = 128;

/// Whether this node wants requests. `/readyz` answers by it.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    draining: Arc<AtomicBool>,
}

impl Readiness {
    /// Whether the node has been told to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    fn begin_drain(&self) {
        self.draining.store(true, Ordering::Release);
    }
}

/// A bound socket, about to serve.
pub struct Listener {
    socket: TcpListener,
    tls: Option<Tls>,
    readiness: Readiness,
    policy: Policy,
}

/// What the loop does with connections.
#[derive(Clone)]
struct Policy {
    proxies: Arc<TrustedProxies>,
    connections: usize,
    per_address: usize,
    head_time: Duration,
    unready: Duration,
    drain: Duration,
}

impl Listener {
    /// Binds `address`.
    ///
    /// # Errors
    /// The address is in use or not ours.
    pub async fn bind(
        address: SocketAddr,
        server: &Server,
        tls: Option<Tls>,
        readiness: Readiness,
    ) -> std::io::Result<Self> {
        let handles = file_handles().map_or(usize::MAX, |handles| handles.saturating_sub(SPARE_HANDLES).max(16));
        if handles < server.max_connections {
            tracing::warn!(
                handles,
                wanted = server.max_connections,
                "fewer connections: raise the limit of open files"
            );
        }
        let policy = Policy {
            proxies: Arc::new(TrustedProxies::of(server)),
            connections: server.max_connections.min(handles),
            per_address: server.max_connections_per_address,
            head_time: HEAD_TIME,
            unready: Duration::from_secs(server.unready_seconds),
            drain: Duration::from_secs(server.drain_seconds),
        };
        Ok(Self { socket: TcpListener::bind(address).await?, tls, readiness, policy })
    }

    /// The address bound, with the port that the system chose for port 0.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `stop` is ready, then drains: readiness fails first, then no more connections are taken, then
    /// requests under way get the rest of the time.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let Self { socket, tls, readiness, policy } = self;
        let (closing, closed) = watch::channel(false);
        let places = Arc::new(Semaphore::new(policy.connections));
        let shares = Shares::default();
        let mut tasks = JoinSet::new();
        let mut stop = pin!(stop);
        let mut last_call: Option<Instant> = None;
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop, if last_call.is_none() => {
                    readiness.begin_drain();
                    last_call = Some(Instant::now());
                    continue;
                }
                () = sleep_until(last_call.unwrap_or_else(Instant::now) + policy.unready), if last_call.is_some() => break,
                Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
                accepted = accept(&socket, &places) => accepted,
            };
            let Some((stream, peer, place)) = accepted else { continue };
            let Some(share) = share_of(peer.ip(), &shares, &policy) else {
                metrics::counter!("connections_refused_total").increment(1);
                continue;
            };
            let held = Held { _place: place, _share: share };
            let peer = Peer {
                address: peer,
                router: router.clone(),
                readiness: readiness.clone(),
                head_time: policy.head_time,
                closed: closed.clone(),
            };
            let task = connection(stream, tls.clone(), peer);
            tasks.spawn(async move {
                task.await;
                drop(held);
            });
        }
        drop(socket);
        let _ = closing.send(true);
        let rest = policy.drain.saturating_sub(policy.unready);
        let all = async { while tasks.join_next().await.is_some() {} };
        if timeout(rest, all).await.is_err() {
            tracing::warn!("requests were still under way when the time to drain ended");
        }
    }
}

/// A connection's places in the table, given back together.
struct Held {
    _place: OwnedSemaphorePermit,
    _share: Option<Share>,
}

/// The share of a new connection: `Some(None)` for a trusted proxy, which has no share; `None` if it is used up.
#[expect(clippy::option_option, reason = "“refused” and “needs none” are different answers")]
fn share_of(peer: IpAddr, shares: &Shares, policy: &Policy) -> Option<Option<Share>> {
    if policy.proxies.contains(peer) {
        return Some(None);
    }
    shares.take(ClientAddress(peer).throttle_key(), policy.per_address).map(Some)
}

/// The next connection, once there is a place for it; `None` if accepting failed.
async fn accept(
    socket: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, peer)) => {
            // Answers are written whole; waiting to fill a segment only delays them.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            // Out of file handles, or the client left already: the first must not become a busy loop.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(20)).await;
            None
        }
    }
}

/// What one connection needs besides its stream.
struct Peer {
    address: SocketAddr,
    router: Router,
    readiness: Readiness,
    head_time: Duration,
    closed: watch::Receiver<bool>,
}

async fn connection(stream: TcpStream, tls: Option<Tls>, peer: Peer) {
    let Some(tls) = tls else { return serve(stream, peer).await };
    match timeout(peer.head_time, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => serve(stream, peer).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn serve<S>(stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Peer { address, router, readiness, head_time, mut closed } = peer;
    let activity = Activity::new();
    let marks = activity.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let busy = marks.begin();
        let (router, readiness) = (router.clone(), readiness.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            let keeps_alive = request.version() < Version::HTTP_2;
            let mut response = router.oneshot(request).await.map_err(|never: Infallible| match never {})?;
            if keeps_alive && readiness.is_draining() {
                // So that no client finds its idle connection closed just as it sends the next request.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            drop(busy);
            Ok::<_, Infallible>(response)
        }
    });
    let builder = protocol(head_time);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut closing = false;
    loop {
        let deadline = activity.deadline(head_time, IDLE_TIME);
        // While a request is answered there is no deadline, but the question is asked again.
        let ask_again = deadline.unwrap_or_else(|| Instant::now() + head_time);
        tokio::select! {
            result = &mut connection => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended");
                }
                return;
            }
            _ = closed.wait_for(|closed| *closed), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
            () = sleep_until(ask_again) => {
                if activity.deadline(head_time, IDLE_TIME).is_some_and(|deadline| deadline <= Instant::now()) {
                    return;
                }
            }
        }
    }
}

/// Both protocols with their limits.
fn protocol(head_time: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(256)
        .max_header_list_size(16 * 1024)
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(256 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(HEAD_TIME);
    builder
}
