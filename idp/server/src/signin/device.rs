//! A device that somebody signed in with before: it keeps a budget of its own for guesses at their password, so that an
//! attacker elsewhere does not lock them out. It is no proof of anything.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::App;

/// For how long a device is known, in seconds: what browsers keep a cookie for at most.
pub const LIFE_SECONDS: u32 = 400 * 86_400;
/// The most accounts that a device is known by; the one that signed in longest ago goes first.
const ACCOUNTS: usize = 8;

/// A known device, as its cookie seals it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    id: [u8; 16],
    accounts: Vec<Uuid>,
}

impl Device {
    /// The device that a cookie is of.
    #[must_use]
    pub fn open(app: &App, cookie: &str) -> Option<Self> {
        app.purposes.devices.open_json(&[b"device"], cookie).ok()
    }

    /// The cookie of `before`, or of a new device, after `account` signed in; `None` where it says so already, or
    /// cannot be sealed.
    #[must_use]
    pub fn after_sign_in(app: &App, before: Option<Self>, account: Uuid) -> Option<String> {
        let mut device = before.unwrap_or_else(|| Self { id: app.random.bytes(), accounts: Vec::new() });
        if device.accounts.first() == Some(&account) {
            return None;
        }
        device.accounts.retain(|other| *other != account);
        device.accounts.insert(0, account);
        device.accounts.truncate(ACCOUNTS);
        app.purposes.devices.seal_json(&app.random, &[b"device"], &device).ok()
    }

    /// What the guesses from this device at an account's password are counted by; `None` where that account never signed
    /// in here.
    #[must_use]
    pub fn budget_key(&self, app: &App, account: Uuid) -> Option<[u8; 32]> {
        let known = self.accounts.contains(&account);
        known.then(|| app.purposes.addresses.tag(&[b"sign-in-device", &self.id, account.as_bytes()]))
    }
}
