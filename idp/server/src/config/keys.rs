//! `[keys]`: the signing keys, and the master key that seals every secret at rest.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::section::{choice, section};
use super::source::Reader;
use super::store::Store;
use crate::keys::seal::MasterKey;

choice! {
    /// An algorithm that tokens are signed with (RFC 7518, RFC 8037).
    pub enum SigningAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256, which every relying party must support.
        Rs256 = "RS256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

section! {
    /// Signing keys, and the master key that seals secrets at rest.
    pub struct Keys in "keys" {
        /// 32 random bytes in base64, as `openssl rand -base64 32` prints them. They seal the signing keys,
        /// authenticator secrets and provider credentials in the database: without them a copy of the database, or a
        /// backup, opens nothing. Keep a copy apart from the backups.
        master_key: Option<SecretString> = None => "\"…\"",
        /// A file that contains the master key. With a SQLite file as the store, `data/master.key` beside it is used,
        /// and made when the database is.
        master_key_file: Option<PathBuf> = None => "\"/run/secrets/master_key\"",
        /// The algorithms offered, the default one first. One signing key is kept for each.
        algorithms: Vec<SigningAlgorithm> = vec![SigningAlgorithm::Rs256, SigningAlgorithm::Es256],
        /// Days for which a key signs before the next one takes over; at least twice `publish_hours`.
        rotate_days: u16 = 90,
        /// Hours for which the next key is published before it signs, so that relying parties have fetched it.
        publish_hours: u16 = 24,
    }
}

impl Keys {
    pub(super) fn check(&mut self, reader: &mut Reader, store: &Store) {
        if self.master_key.is_some() && self.master_key_file.is_some() {
            reader.refuse("keys.master_key_file", "is set beside keys.master_key: keep one of them");
        }
        if let Some(key) = &self.master_key
            && let Err(error) = MasterKey::from_text(key.expose_secret())
        {
            reader.refuse("keys.master_key", format!("cannot be used: {error}"));
        }
        if self.master_key.is_none() && self.master_key_file.is_none() && store.sqlite_path().is_none() {
            reader.refuse(
                "keys.master_key_file",
                "must be set with this store: write `openssl rand -base64 32` to a file that every node can read, and name it here",
            );
        }
        if self.algorithms.is_empty() {
            reader.refuse("keys.algorithms", "must name at least one of RS256, PS256, ES256, EdDSA");
        }
        let mut seen = Vec::new();
        for algorithm in &self.algorithms {
            if seen.contains(algorithm) {
                reader.refuse("keys.algorithms", format!("names {} twice", algorithm.as_str()));
            }
            seen.push(*algorithm);
        }
        reader.within("keys.rotate_days", &self.rotate_days, &(1..=90), "a key may sign for 90 days at most");
        reader.within("keys.publish_hours", &self.publish_hours, &(24..=720), "relying parties cache keys for a day");
        if u32::from(self.rotate_days) * 24 < u32::from(self.publish_hours) * 2 {
            reader.refuse("keys.rotate_days", "must be at least twice keys.publish_hours");
        }
    }
}
