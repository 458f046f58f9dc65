//! What the fakes of message providers have in common: a server on this machine that can be told to fail.

use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;

/// What a provider does with its next requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// As the real one does.
    Works,
    /// Answers with this status and kind of error.
    Fails(u16, &'static str),
    /// Takes nothing and never answers.
    Hangs,
    /// Takes the message and never answers.
    TakesAndHangs,
    /// Sends the caller elsewhere.
    Redirects,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Incoming {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An answer of a provider.
pub type Answer = (u16, Value);

/// Behaviour that a test changes while the provider runs.
#[derive(Debug, Clone)]
pub struct Switch(Arc<Mutex<Behaviour>>);

impl Default for Switch {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Behaviour::Works)))
    }
}

impl Switch {
    pub fn set(&self, behaviour: Behaviour) {
        *lock(&self.0) = behaviour;
    }

    pub fn get(&self) -> Behaviour {
        *lock(&self.0)
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a server on a thread of its own until the test program ends, and gives its port: the command line of the product
/// is waited for by the test's own thread.
pub fn on_a_thread<F: Future>(server: impl FnOnce(tokio::net::TcpListener) -> F + Send + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    listener.set_nonblocking(true).expect("a socket for tokio");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket for tokio");
            server(listener).await;
        });
    });
    port
}

/// Serves a provider on a free port, and gives the port. `fail` writes an error as it does.
pub fn serve(
    switch: Switch,
    handle: impl Fn(&Incoming) -> Answer + Clone + Send + Sync + 'static,
    fail: fn(u16, &str) -> Value,
) -> u16 {
    let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let (switch, handle) = (switch.clone(), handle.clone());
        async move {
            let incoming = Incoming { method, uri, headers, body };
            let behaviour = switch.get();
            match behaviour {
                Behaviour::Works => json(handle(&incoming)),
                Behaviour::Fails(status, kind) => json((status, fail(status, kind))),
                Behaviour::Redirects => {
                    (StatusCode::TEMPORARY_REDIRECT, [("location", incoming.uri.to_string())]).into_response()
                }
                Behaviour::Hangs => std::future::pending().await,
                Behaviour::TakesAndHangs => {
                    handle(&incoming);
                    std::future::pending().await
                }
            }
        }
    };
    let router = axum::Router::new().fallback(answer);
    on_a_thread(async move |listener| axum::serve(listener, router).await)
}

fn json((status, body): Answer) -> Response {
    (StatusCode::from_u16(status).expect("a status"), axum::Json(body)).into_response()
}
