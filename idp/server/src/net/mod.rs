//! The edge: sockets, TLS, limits and headers of every request, and the only way out to other servers.
//!
//! Nothing here knows what a request means. [`protect`] puts the same guard around every route, so that a new route
//! cannot forget it: identity of the request, security headers, address of the client, limits, and a last resort for
//! panics.

pub mod address;
pub mod breaker;
pub mod client_address;
mod connections;
pub mod form;
pub mod headers;
pub mod limits;
pub mod listener;
pub mod outbound;
pub mod panic;
pub mod refusal;
pub mod request_id;
pub mod tls;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::clock::Random;
use crate::config::Server;
use client_address::TrustedProxies;
use headers::SecurityHeaders;
use limits::RequestLimits;
use refusal::Render;

/// The guard around every route. The order matters: what is outside also sees what the inside refuses.
pub fn protect(router: Router, server: &Server, random: Random, render: Render, limits: RequestLimits) -> Router {
    router
        .layer(from_fn_with_state((Arc::new(limits), render.clone()), limits::enforce))
        .layer(from_fn_with_state(render, panic::catch))
        .layer(from_fn_with_state(Arc::new(TrustedProxies::of(server)), client_address::find))
        .layer(from_fn_with_state(Arc::new(SecurityHeaders::default()), headers::add))
        .layer(from_fn_with_state(random, request_id::assign))
}

#[cfg(test)]
mod tests;
