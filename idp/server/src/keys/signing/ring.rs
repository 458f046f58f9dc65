//! The key ring: an immutable snapshot of the published keys. A change makes a new ring.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use idp_core::oidc::alg::SigningAlg;
use serde_json::json;

use super::key::SigningKey;

/// What a published key does. The order is the order of publication: clients that take the first key take the one in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Signs.
    Active,
    /// Is published so that clients know it before it signs.
    Next,
    /// Signs no more; its tokens are still alive.
    Retired,
}

/// A key in the ring. Revoked keys are not in it: their tokens are refused at once.
#[derive(Clone, Debug)]
pub struct RingKey {
    /// The parsed key.
    pub key: Arc<SigningKey>,
    /// What it does now.
    pub standing: Standing,
}

/// The keys of one issuer at one moment.
#[derive(Clone, Debug)]
pub struct KeyRing {
    issuer: String,
    keys: Vec<RingKey>,
    jwks: Bytes,
    etag: String,
}

impl KeyRing {
    /// A ring of `keys` for tokens whose `iss` is `issuer`. Where several active keys share an algorithm, the first in
    /// the list signs. A key named twice is taken once.
    #[must_use]
    pub fn new(issuer: impl Into<String>, keys: impl IntoIterator<Item = RingKey>) -> Self {
        let mut unique: Vec<RingKey> = Vec::new();
        for key in keys {
            if unique.iter().all(|known| known.key.kid() != key.key.kid()) {
                unique.push(key);
            }
        }
        unique.sort_by_key(|key| key.standing);
        let published: Vec<_> = unique.iter().map(|key| key.key.jwk()).collect();
        let jwks = Bytes::from(json!({ "keys": published }).to_string());
        let hash = digest(&SHA256, &jwks);
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash));
        Self { issuer: issuer.into(), keys: unique, jwks, etag }
    }

    /// The key that signs with `alg` now.
    #[must_use]
    pub fn signer(&self, alg: SigningAlg) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.standing == Standing::Active && key.key.alg() == alg).map(|key| &*key.key)
    }

    /// The algorithms with an active key, for the metadata.
    #[must_use]
    pub fn signing_algs(&self) -> Vec<SigningAlg> {
        SigningAlg::ALL.into_iter().filter(|alg| self.signer(*alg).is_some()).collect()
    }

    /// The JWK set (RFC 7517 section 5) as JSON, computed once.
    #[must_use]
    pub fn jwks(&self) -> &Bytes {
        &self.jwks
    }

    /// A strong entity tag of [`Self::jwks`], with its quotation marks.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The issuer whose tokens this ring signs.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The published key of this name. Names are compared, never interpreted.
    pub(super) fn published(&self, kid: &str) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.key.kid() == kid).map(|key| &*key.key)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn ring_key(alg: SigningAlg, standing: Standing) -> RingKey {
        let key = SigningKey::from_pkcs8(alg, &SigningKey::generate(alg).unwrap()).unwrap();
        RingKey { key: Arc::new(key), standing }
    }

    #[test]
    fn check_13_the_key_set_lists_each_key_once_the_active_first() {
        let next = ring_key(SigningAlg::ES256, Standing::Next);
        let active = ring_key(SigningAlg::ES256, Standing::Active);
        let retired = ring_key(SigningAlg::EdDSA, Standing::Retired);
        let ring = KeyRing::new("https://op", [retired.clone(), next.clone(), active.clone(), next.clone()]);
        let set: Value = serde_json::from_slice(ring.jwks()).unwrap();
        let kids: Vec<_> = set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!(kids, [active.key.kid(), next.key.kid(), retired.key.kid()]);
        assert_eq!(ring.signer(SigningAlg::ES256).map(SigningKey::kid), Some(active.key.kid()));
        assert!(ring.signer(SigningAlg::EdDSA).is_none(), "a retired key signs nothing");
        assert_eq!(ring.signing_algs(), [SigningAlg::ES256]);
    }

    #[test]
    fn check_15_the_entity_tag_changes_with_the_keys_and_only_with_them() {
        let one = ring_key(SigningAlg::EdDSA, Standing::Active);
        let ring = KeyRing::new("https://op", [one.clone()]);
        assert_eq!(ring.etag(), KeyRing::new("https://op", [one.clone()]).etag());
        assert!(ring.etag().starts_with('"') && ring.etag().ends_with('"'));
        let other = ring_key(SigningAlg::EdDSA, Standing::Next);
        assert_ne!(ring.etag(), KeyRing::new("https://op", [one, other]).etag());
    }
}
