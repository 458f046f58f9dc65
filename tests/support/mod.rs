//! What black-box tests stand on: the real binary as a child process, a script's browser, a relying party.
//!
//! Nothing here looks into the product: it knows the documented paths, field names and button ids, and the
//! command line. A test that needs more than that does not belong into this suite.

pub mod authenticator;
pub mod balancer;
pub mod browser;
pub mod cluster;
pub mod cookies;
pub mod demo;
pub mod factor_service;
pub mod html;
pub mod http;
pub mod inbox;
pub mod journey;
pub mod metrics;
pub mod notify;
pub mod provider;
pub mod proxy;
pub mod relying_party;
pub mod seed;
pub mod server;
pub mod settings;
pub mod tokens;
pub mod totp;
pub mod twilio;
pub mod upstreams;

pub use browser::{Browser, Callback, Mode, Stop};
pub use cluster::Cluster;
pub use http::{Agent, Request, Response};
pub use journey::{Factor, sign_in};
pub use relying_party::{Authorization, RelyingParty};
pub use seed::Resident;
pub use server::{Options, Server};
pub use tokens::Tokens;

/// Fresh random text for states, nonces and names: 256 bits in base64url.
pub fn random() -> String {
    use base64::Engine;
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has random numbers");
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Seconds since 1970 of this machine's own clock.
#[expect(clippy::disallowed_methods, reason = "a test's own clock: the product's is moved through /dev/clock")]
pub fn unix_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("before the year 292277026596")
}

/// Asks again until `probe` answers, for at most 20 seconds: the way to wait for a condition of another process.
pub async fn eventually<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
