//! Signing keys as rows: sealed private keys with the times of their lives.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use idp_core::oidc::alg::SigningAlg;

use crate::clock::Random;
use crate::keys::seal::Sealer;
use crate::keys::signing::{KeyError, KeyRing, RingKey, SigningKey, Standing};

/// A row of the key table. Its state is told by its times alone, see [`StoredKey::state`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// RFC 7638 thumbprint; the primary key.
    pub kid: String,
    /// The one algorithm the key is used with.
    pub alg: SigningAlg,
    /// The private key in PKCS #8, sealed under the master key with `kid` and `alg` as context.
    pub sealed_pkcs8: Vec<u8>,
    /// When the key was made.
    pub created_at: DateTime<Utc>,
    /// Since when the key stands in the JWK set.
    pub published_at: DateTime<Utc>,
    /// Since when it signs; `None` until then.
    pub active_from: Option<DateTime<Utc>>,
    /// When it stopped signing.
    pub retired_at: Option<DateTime<Utc>>,
    /// When it was revoked: out of the JWK set, and its tokens refused.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Published, not yet signing.
    Next,
    /// Signing since.
    Active(DateTime<Utc>),
    /// Published, but not signing since.
    Retired(DateTime<Utc>),
    /// Neither published nor signing since.
    Revoked(DateTime<Utc>),
}

impl StoredKey {
    /// Where the key is in its life. Revocation wins over everything.
    #[must_use]
    pub fn state(&self) -> State {
        match (self.revoked_at, self.retired_at, self.active_from) {
            (Some(revoked), _, _) => State::Revoked(revoked),
            (None, Some(retired), _) => State::Retired(retired),
            (None, None, Some(active)) => State::Active(active),
            (None, None, None) => State::Next,
        }
    }
}

/// A key just made: the row to insert, and the same key ready for use.
#[derive(Debug)]
pub struct NewKey {
    /// The row.
    pub stored: StoredKey,
    /// The parsed key.
    pub key: SigningKey,
}

/// Makes a key and seals it, published at `now`, and signing from `now` if `active`. RSA keys take a noticeable part of
/// a second: call it off the request path.
///
/// # Errors
/// When the cryptographic library cannot make a key.
pub fn seal_key(
    alg: SigningAlg,
    active: bool,
    sealer: &Sealer,
    random: &Random,
    now: DateTime<Utc>,
) -> Result<NewKey, KeyError> {
    let pkcs8 = SigningKey::generate(alg)?;
    let key = SigningKey::from_pkcs8(alg, &pkcs8)?;
    let stored = StoredKey {
        kid: key.kid().to_owned(),
        alg,
        sealed_pkcs8: sealer.seal(random, &context(key.kid(), alg), &pkcs8),
        created_at: now,
        published_at: now,
        active_from: active.then_some(now),
        retired_at: None,
        revoked_at: None,
    };
    Ok(NewKey { stored, key })
}

/// Unseals and parses a stored key.
///
/// # Errors
/// When the row does not open under this master key as this key and algorithm, or does not hold the key that it names.
pub fn open_key(stored: &StoredKey, sealer: &Sealer) -> Result<SigningKey, KeyError> {
    let pkcs8 = sealer
        .open(&context(&stored.kid, stored.alg), &stored.sealed_pkcs8)
        .map_err(|source| KeyError::Sealed { kid: stored.kid.clone(), source })?;
    let key = SigningKey::from_pkcs8(stored.alg, &pkcs8)?;
    if key.kid() != stored.kid {
        return Err(KeyError::WrongKid { expected: stored.kid.clone(), found: key.kid().to_owned() });
    }
    Ok(key)
}

/// The key ring that these rows make: every key that is not revoked, the newest active one of each algorithm first.
///
/// # Errors
/// When one of the keys does not open: a ring with a key missing would refuse good tokens, so there is none.
pub fn ring(issuer: &str, stored: &[StoredKey], sealer: &Sealer) -> Result<KeyRing, KeyError> {
    let mut rows: Vec<_> = stored.iter().filter(|key| key.revoked_at.is_none()).collect();
    rows.sort_by(|a, b| b.active_from.cmp(&a.active_from).then_with(|| a.kid.cmp(&b.kid)));
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let standing = match row.state() {
            State::Next => Standing::Next,
            State::Active(_) => Standing::Active,
            State::Retired(_) | State::Revoked(_) => Standing::Retired,
        };
        keys.push(RingKey { key: Arc::new(open_key(row, sealer)?), standing });
    }
    Ok(KeyRing::new(issuer, keys))
}

fn context(kid: &str, alg: SigningAlg) -> [&[u8]; 3] {
    [b"signing-key", kid.as_bytes(), alg.as_str().as_bytes()]
}
