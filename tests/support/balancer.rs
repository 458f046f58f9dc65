//! A loopback load balancer: one node after the other, request by request, as unkind as a balancer can be.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

type Message = http::Request<Full<Bytes>>;
type Answer = http::Response<Full<Bytes>>;

/// Forwards each request to the next node; one that refuses the connection is passed over.
#[derive(Debug, Clone)]
pub struct Balancer {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    nodes: Vec<u16>,
    next: AtomicUsize,
    pinned: Mutex<Option<usize>>,
    /// Which node answered each request, in order.
    served: Mutex<Vec<usize>>,
}

impl Balancer {
    /// Listens on `port` from a thread of its own until the program ends.
    pub fn start(port: u16, nodes: Vec<u16>) -> Self {
        let state =
            Arc::new(State { nodes, next: AtomicUsize::new(0), pinned: Mutex::default(), served: Mutex::default() });
        let shared = Arc::clone(&state);
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async { accept(TcpListener::from_std(listener).expect("a listener"), shared).await });
        });
        Self { state }
    }

    /// Sends everything to one node, or takes turns again.
    pub fn pin(&self, node: Option<usize>) {
        *self.state.pinned.lock().expect("no panic while pinning") = node;
    }

    /// Which nodes have answered so far.
    pub fn served(&self) -> Vec<usize> {
        self.state.served.lock().expect("no panic while counting").clone()
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, peer)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(move |request| forward(Arc::clone(&state), peer, request));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn forward(
    state: Arc<State>,
    peer: SocketAddr,
    request: http::Request<Incoming>,
) -> Result<Answer, std::convert::Infallible> {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(bad_gateway("the request broke off"));
    };
    let body = body.to_bytes();
    let source = peer.ip().to_string().parse().expect("an address is a header value");
    parts.headers.append("x-forwarded-for", source);
    let pinned = *state.pinned.lock().expect("no panic while pinning");
    let first = pinned.unwrap_or_else(|| state.next.fetch_add(1, Ordering::Relaxed));
    let tries = if pinned.is_some() { 1 } else { state.nodes.len() };
    for at in 0..tries {
        let node = (first + at) % state.nodes.len();
        let message = http::Request::from_parts(parts.clone(), Full::new(body.clone()));
        if let Ok(answer) = exchange(state.nodes[node], message).await {
            state.served.lock().expect("no panic while counting").push(node);
            return Ok(answer);
        }
    }
    Ok(bad_gateway("no node answers"))
}

async fn exchange(port: u16, message: Message) -> anyhow::Result<Answer> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(message).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(http::Response::from_parts(parts, Full::new(body)))
}

fn bad_gateway(why: &'static str) -> Answer {
    let mut answer = http::Response::new(Full::new(Bytes::from_static(why.as_bytes())));
    *answer.status_mut() = http::StatusCode::BAD_GATEWAY;
    answer
}
