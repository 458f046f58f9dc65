//! The cookies of a sign-in: what they are called and how they look. All are `__Host-`, `Secure`, `HttpOnly` and `Lax`; on a
//! loopback issuer the name ends in the port, because browsers do not tell the ports of one host apart.

use std::fmt::Write as _;

use crate::config::Issuer;

/// The cookies of one installation.
#[derive(Clone, Debug)]
pub struct CookieNames {
    suffix: String,
}

/// What the name of every cookie of ours begins with.
const PREFIX: &str = "__Host-idp-";

impl CookieNames {
    /// The names at this issuer.
    #[must_use]
    pub fn of(issuer: &Issuer) -> Self {
        let suffix = if issuer.is_loopback() { format!("-{}", issuer.port()) } else { String::new() };
        Self { suffix }
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> String {
        format!("{PREFIX}session{}", self.suffix)
    }

    /// The device that somebody signed in with before.
    #[must_use]
    pub fn known_device(&self) -> String {
        format!("{PREFIX}known-device{}", self.suffix)
    }

    /// The chosen language.
    #[must_use]
    pub fn language(&self) -> String {
        format!("{PREFIX}lang{}", self.suffix)
    }

    /// The device, where a client may remember it in place of the second factor.
    #[must_use]
    pub fn device(&self) -> String {
        format!("{PREFIX}device{}", self.suffix)
    }

    /// The guest that this browser was last.
    #[must_use]
    pub fn guest(&self) -> String {
        format!("{PREFIX}guest{}", self.suffix)
    }

    /// The short link that this browser followed last.
    #[must_use]
    pub fn entry(&self) -> String {
        format!("{PREFIX}entry{}", self.suffix)
    }

    /// The owner of the transaction with that id.
    #[must_use]
    pub fn transaction(&self, id: &str) -> String {
        let short = id.get(..12).unwrap_or(id);
        format!("{PREFIX}tx-{short}{}", self.suffix)
    }

    /// Whether a name is that of any transaction's owner here.
    #[must_use]
    pub fn is_transaction(&self, name: &str) -> bool {
        name.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with("tx-") && rest.ends_with(&self.suffix))
    }

    /// Whether a name is that of any cookie of ours.
    #[must_use]
    pub fn is_ours(&self, name: &str) -> bool {
        name.starts_with(PREFIX) && name.ends_with(&self.suffix)
    }
}

/// A `Set-Cookie` value; without `max_age` (seconds) it lasts as long as the browser runs.
#[must_use]
pub fn set(name: &str, value: &str, max_age: Option<u32>) -> String {
    let mut cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax");
    if let Some(seconds) = max_age {
        // Writing to a String cannot fail.
        let _ = write!(cookie, "; Max-Age={seconds}");
    }
    cookie
}

/// A `Set-Cookie` value that takes a cookie away.
#[must_use]
pub fn clear(name: &str) -> String {
    set(name, "", Some(0))
}
