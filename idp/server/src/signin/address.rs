//! What one network address may do. These budgets may be lost with the state that may vanish; the ones of accounts
//! may not, and are elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Origin;
use crate::app::App;
use crate::ephemeral::Throttle;

/// What is counted by address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// A password that turned out wrong.
    Password,
    /// A message that no right code followed.
    Message,
    /// A request to the service of a second factor that came to nothing.
    Vain,
    /// A request that is too large to travel in an address, or that leaves for a provider, so that it is kept.
    LargeRequest,
    /// A guest.
    Guest,
}

impl Spent {
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Message => "message",
            Self::Vain => "vain",
            Self::LargeRequest => "large-request",
            Self::Guest => "guest",
        }
    }

    const fn window(self) -> Duration {
        match self {
            Self::Password => Duration::from_mins(15),
            Self::Message | Self::Vain => Duration::from_hours(1),
            Self::LargeRequest | Self::Guest => Duration::from_mins(1),
        }
    }

    fn limit(self, app: &App) -> u32 {
        match self {
            Self::Password => app.config.limits.address_failures,
            Self::Message => app.config.limits.unanswered_per_address_per_hour,
            // Whoever waits for something asks a few times for one message.
            Self::Vain => app.config.limits.unanswered_per_address_per_hour.saturating_mul(5),
            Self::LargeRequest => app.config.limits.large_requests_per_address_per_minute,
            Self::Guest => app.config.limits.guests_per_address_per_minute,
        }
    }
}

/// Spends one before it is known how it turns out. `Err`: there is none left before that time.
///
/// # Errors
/// When another may be tried.
pub async fn spend(app: &App, origin: &Origin, spent: Spent) -> Result<(), DateTime<Utc>> {
    let Some(key) = key(origin, spent) else { return Ok(()) };
    match app.ephemeral.throttle(&key, 1, limit(app, origin, spent), spent.window()).await {
        Throttle::Allowed { .. } => Ok(()),
        Throttle::Denied { retry_after } => Err(reopens(app, retry_after)),
    }
}

fn reopens(app: &App, retry_after: Duration) -> DateTime<Utc> {
    app.clock.now() + TimeDelta::from_std(retry_after).unwrap_or(TimeDelta::hours(1))
}

/// Attempts of each address whose outcome is not known yet. A whole office signs in from one address on Monday at nine:
/// what is spent in advance there is mostly given back, so an attempt waits for that before it is refused.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    attempts: Arc<Mutex<HashMap<String, u32>>>,
}

/// One attempt whose outcome is not known yet.
#[derive(Debug)]
pub struct Attempt {
    pending: Pending,
    key: String,
}

impl Pending {
    fn begin(&self, key: String) -> Attempt {
        *self.lock().entry(key.clone()).or_default() += 1;
        Attempt { pending: self.clone(), key }
    }

    fn any(&self, key: &str) -> bool {
        self.lock().contains_key(key)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut attempts = self.pending.lock();
        if let Some(count) = attempts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                attempts.remove(&self.key);
            }
        }
    }
}

/// As [`spend`], for an attempt that takes a moment: while the outcome of others from the same address is open, it waits
/// for them, up to the time that a person waits for a page.
///
/// # Errors
/// When another may be tried.
pub async fn attempt(app: &App, origin: &Origin, spent: Spent) -> Result<Option<Attempt>, DateTime<Utc>> {
    const PAUSE: Duration = Duration::from_millis(50);
    const PAUSES: u32 = 100;
    let Some(key) = key(origin, spent) else { return Ok(None) };
    let limit = limit(app, origin, spent);
    let mut pauses = 0;
    loop {
        match app.ephemeral.throttle(&key, 1, limit, spent.window()).await {
            Throttle::Allowed { .. } => return Ok(Some(app.pending.begin(key))),
            Throttle::Denied { .. } if pauses < PAUSES && app.pending.any(&key) => {
                pauses += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Throttle::Denied { retry_after } => return Err(reopens(app, retry_after)),
        }
    }
}

/// Gives one back: it turned out well.
pub async fn give_back(app: &App, origin: &Origin, spent: Spent) {
    if let Some(key) = key(origin, spent) {
        app.ephemeral.give_back(&key, 1).await;
    }
}

fn key(origin: &Origin, spent: Spent) -> Option<String> {
    Some(format!("{}:{}", spent.name(), origin.address_key.as_deref()?))
}

/// Many people share a trusted network: a council's own offices, a library.
fn limit(app: &App, origin: &Origin, spent: Spent) -> u32 {
    let limits = &app.config.limits;
    let trusted = origin.address.is_some_and(|address| limits.trusted_networks.iter().any(|n| n.contains(&address)));
    let factor = if trusted { limits.trusted_network_factor } else { 1 };
    spent.limit(app).saturating_mul(factor)
}
