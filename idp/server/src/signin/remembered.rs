//! Devices that are remembered in place of the second factor: by whom, where, and under which policy.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::TimeDelta;
use idp_core::account::Device as Browser;
use idp_core::policy::{Policy, remembers_devices};

use super::StepError;
use super::transaction::hash;
use super::view::View;
use crate::app::App;
use crate::store::devices::{Device, NewDevice};

/// A device to be remembered, and the value of its cookie.
#[derive(Clone, Debug)]
pub struct Remembering {
    /// What is stored.
    pub device: NewDevice,
    /// The cookie.
    pub cookie: String,
}

/// The version of a policy: another one wherever any of its values is another.
///
/// # Errors
/// Never in practice: a policy can always be written out.
pub fn version_of(policy: &Policy) -> Result<[u8; 32], StepError> {
    let text = serde_json::to_vec(&policy.to_document()).map_err(|error| StepError::Broken(error.to_string()))?;
    let mut version = [0; 32];
    version.copy_from_slice(digest(&SHA256, &text).as_ref());
    Ok(version)
}

/// Prepares to remember this browser, where the policy lets. `old` is the cookie that it has.
///
/// # Errors
/// As [`version_of`].
pub fn prepare(
    app: &App,
    view: &View,
    old: Option<&str>,
    browser: Option<Browser>,
) -> Result<Option<Remembering>, StepError> {
    let Some(account) = view.account.as_ref().filter(|_| remembers_devices(&view.policy)) else { return Ok(None) };
    let (at, cookie) = (app.clock.now(), app.random.token());
    let device = NewDevice {
        id: app.random.uuid(at),
        token_hash: hash(&cookie),
        replaces: old.map(hash),
        account: account.id,
        client: view.client.id.clone(),
        policy_version: version_of(&view.policy)?,
        at,
        expires_at: at + TimeDelta::days(i64::from(view.policy.remember_device_days)),
        browser,
    };
    Ok(Some(Remembering { device, cookie }))
}

/// The device that stands in for the account's second factor now, if there is one among those of the browser.
#[must_use]
pub fn standing_in<'a>(app: &App, view: &'a View) -> Option<&'a Device> {
    let account = view.account.as_ref().filter(|_| remembers_devices(&view.policy))?;
    let now = app.clock.now();
    let device = view.devices.iter().find(|device| device.account == account.id && device.expires_at > now)?;
    let version = version_of(&view.policy).ok()?;
    (device.policy_version == version).then_some(device)
}

/// The longest, in days, that any client lets this browser be remembered: the life of its cookie. What each client allows
/// is in the database.
#[must_use]
pub fn longest_days(app: &App) -> u32 {
    let clients = app.clients();
    clients
        .iter()
        .filter(|c| c.enabled && remembers_devices(&c.policy))
        .map(|c| c.policy.remember_device_days)
        .max()
        .unwrap_or(0)
}
