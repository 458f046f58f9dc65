//! What one network address may do. These budgets may be lost with the state that may vanish; the ones of accounts
//! may not, and are elsewhere.

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
}

impl Spent {
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Message => "message",
        }
    }

    const fn window(self) -> Duration {
        match self {
            Self::Password => Duration::from_mins(15),
            Self::Message => Duration::from_hours(1),
        }
    }

    fn limit(self, app: &App) -> u32 {
        match self {
            Self::Password => app.config.limits.address_failures,
            Self::Message => app.config.limits.unanswered_per_address_per_hour,
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
        Throttle::Denied { retry_after } => {
            Err(app.clock.now() + TimeDelta::from_std(retry_after).unwrap_or(TimeDelta::hours(1)))
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
