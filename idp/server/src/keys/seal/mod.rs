//! The master key, and the two things made from it: [`Sealer`]s for secrets at rest and [`MacKey`]s for derived values.
//!
//! One master key is configured; each use has a key of its own, derived by HKDF-SHA256 (RFC 5869) from the name of the
//! purpose, so that what is made for one purpose is worthless in another. Nothing here must use the master key itself
//! for anything but derivation.

mod mac;
mod sealer;

use std::fmt;
use std::path::Path;

use aws_lc_rs::hkdf;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER_PERMISSIVE;
use secrecy::SecretString;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

pub use mac::MacKey;
pub use sealer::{SealError, Sealer};

use crate::clock::Random;

/// Length of the master key and of every key derived from it, in bytes.
const KEY_LEN: usize = 32;

/// Separates this program's derivations from anyone else's under the same master key.
const DERIVATION_SALT: &[u8] = b"idp master key, version 1";

/// The 32 bytes that protect everything sealed at rest. Kept outside the database; wiped from memory when dropped.
pub struct MasterKey {
    bytes: Zeroizing<[u8; KEY_LEN]>,
}

/// Why there is no usable master key. Never contains any part of the key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Neither 64 hexadecimal digits nor 32 bytes in base64.
    #[error("the master key must be 32 bytes, as 64 hexadecimal digits or in base64url")]
    Encoding,
    /// All bytes are the same: a placeholder, not a key.
    #[error("the master key is a placeholder: use 32 random bytes")]
    Placeholder,
    /// The file that should hold it cannot be read.
    #[error("the master key cannot be read from {path}")]
    File {
        /// The configured path.
        path: String,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
}

impl MasterKey {
    /// A new random key.
    #[must_use]
    pub fn generate(random: &Random) -> Self {
        Self { bytes: Zeroizing::new(random.bytes()) }
    }

    /// The key of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: Zeroizing<[u8; KEY_LEN]>) -> Self {
        Self { bytes }
    }

    /// Reads a key from text: 64 hexadecimal digits, or base64 of 32 bytes in either alphabet, padded or not. Space
    /// around it is ignored.
    ///
    /// # Errors
    /// When the text is not 32 bytes in one of these forms, or all bytes are the same.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let decoded = if text.len() == KEY_LEN * 2 {
            HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
        } else {
            let unpadded = text.strip_suffix('=').unwrap_or(text);
            URL_SAFE_NO_PAD.decode(unpadded).or_else(|_| STANDARD_NO_PAD.decode(unpadded)).ok()
        };
        let decoded = Zeroizing::new(decoded.ok_or(MasterKeyError::Encoding)?);
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        if decoded.len() != KEY_LEN {
            return Err(MasterKeyError::Encoding);
        }
        bytes.copy_from_slice(&decoded);
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            return Err(MasterKeyError::Placeholder);
        }
        Ok(Self { bytes })
    }

    /// Reads a key from a file that holds it as [`Self::from_text`] wants it.
    ///
    /// # Errors
    /// When the file cannot be read as text, or its text is not a key.
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let mut text = std::fs::read_to_string(path)
            .map_err(|source| MasterKeyError::File { path: path.display().to_string(), source })?;
        let key = Self::from_text(&text);
        text.zeroize();
        key
    }

    /// The key as text that [`Self::from_text`] reads: for the operator who stores it, once.
    #[must_use]
    pub fn to_text(&self) -> SecretString {
        SecretString::from(URL_SAFE_NO_PAD.encode(self.bytes.as_slice()))
    }

    /// The sealer for one purpose. Purposes are short constants such as `signing-key`; two of the same name are the same.
    #[must_use]
    pub fn sealer(&self, purpose: &'static str) -> Sealer {
        Sealer::new(&self.derive(b"seal", purpose))
    }

    /// The message authentication key for one purpose. Never the same key as the sealer of that purpose.
    #[must_use]
    pub fn mac(&self, purpose: &'static str) -> MacKey {
        MacKey::new(&self.derive(b"mac", purpose))
    }

    /// A value that tells whether a database was written under this key, and nothing else about it: stored at the first
    /// start, compared at every later one with [`Self::matches_check_value`].
    #[must_use]
    pub fn check_value(&self) -> String {
        let derived = self.derive(b"check", "master-key");
        URL_SAFE_NO_PAD.encode(derived.as_slice())
    }

    /// Whether `stored` is this key's [`Self::check_value`]. If not, the program must refuse to start: it would seal new
    /// secrets under a key that cannot open the old ones.
    #[must_use]
    pub fn matches_check_value(&self, stored: &str) -> bool {
        self.check_value().as_bytes().ct_eq(stored.as_bytes()).into()
    }

    #[expect(clippy::expect_used, reason = "HKDF fails only for outputs over 255 hashes; this one is a single hash")]
    fn derive(&self, kind: &[u8], purpose: &str) -> Zeroizing<[u8; KEY_LEN]> {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, DERIVATION_SALT).extract(&*self.bytes);
        let mut derived = Zeroizing::new([0; KEY_LEN]);
        root.expand(&[kind, b"\0", purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *derived))
            .expect("32 bytes are one SHA-256 output");
        derived
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

/// Feeds `parts` to `sink`, each after its length as eight bytes, so that no two different lists of parts feed the same
/// bytes.
fn feed_framed(parts: &[&[u8]], mut sink: impl FnMut(&[u8])) {
    for part in parts {
        sink(&(part.len() as u64).to_be_bytes());
        sink(part);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    pub(super) const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn the_same_key_is_read_from_hexadecimal_and_from_either_base64() {
        let expected = MasterKey::from_text(HEX).unwrap().check_value();
        for text in [
            HEX.to_uppercase().as_str(),
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "  AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
        ] {
            assert_eq!(MasterKey::from_text(text).unwrap().check_value(), expected, "{text}");
        }
        let symbols = "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8";
        let standard = symbols.replace('-', "+").replace('_', "/");
        assert_eq!(
            MasterKey::from_text(symbols).unwrap().check_value(),
            MasterKey::from_text(&standard).unwrap().check_value()
        );
    }

    #[test]
    fn text_that_is_no_key_is_refused() {
        for text in ["", "secret", &HEX[2..], &format!("{HEX}00"), &HEX.replace('0', "g"), "AAECAwQFBgc"] {
            assert!(matches!(MasterKey::from_text(text), Err(MasterKeyError::Encoding)), "{text}");
        }
        assert!(matches!(MasterKey::from_text(&"0".repeat(64)), Err(MasterKeyError::Placeholder)));
        assert!(matches!(MasterKey::from_text(&"ab".repeat(32)), Err(MasterKeyError::Placeholder)));
    }

    #[test]
    fn a_generated_key_survives_its_text_and_a_file() {
        let key = MasterKey::generate(&Random::default());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{}\n", key.to_text().expose_secret())).unwrap();
        assert!(MasterKey::from_file(file.path()).unwrap().matches_check_value(&key.check_value()));
        assert!(matches!(MasterKey::from_file(Path::new("/nowhere/key")), Err(MasterKeyError::File { .. })));
    }

    #[test]
    fn case_da12_another_master_key_does_not_match_the_stored_check_value() {
        let random = Random::default();
        let (one, other) = (MasterKey::generate(&random), MasterKey::generate(&random));
        assert!(one.matches_check_value(&one.check_value()));
        assert!(!other.matches_check_value(&one.check_value()));
        assert!(!one.matches_check_value(""));
    }

    #[test]
    fn debug_output_shows_nothing_of_the_key() {
        let key = MasterKey::from_text(HEX).unwrap();
        let shown = format!("{key:?} {:?} {:?}", key.sealer("a"), key.mac("a"));
        assert_eq!(shown, "MasterKey([redacted]) Sealer([redacted]) MacKey([redacted])");
    }
}
