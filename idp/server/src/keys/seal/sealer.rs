//! Authenticated encryption of small secrets, bound to the place where they are kept.
//!
//! A sealed value is `version (1 byte) || salt (16 bytes) || AES-256-GCM ciphertext and tag`. Every message has a key
//! of its own, derived from the salt, so that there is no limit on the number of messages and no nonce to repeat.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{KEY_LEN, feed_framed};
use crate::clock::Random;

const VERSION: u8 = 1;
const SALT_LEN: usize = 16;
const TAG_LEN: usize = 16;
const HEADER_LEN: usize = 1 + SALT_LEN;

/// Seals and opens values for one purpose. Made by [`super::MasterKey::sealer`].
#[derive(Clone)]
pub struct Sealer {
    key: hkdf::Prk,
}

/// Why a sealed value cannot be had. The cases are for operators; whoever presented the value is told none of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short, or not base64url.
    #[error("the sealed value is malformed")]
    Malformed,
    /// Sealed by a newer version of this program.
    #[error("the sealed value has the unknown version {0}")]
    UnknownVersion(u8),
    /// Altered, moved from another row or purpose, or sealed under another master key.
    #[error("the sealed value does not open here: altered, moved, or sealed under another master key")]
    Refused,
    /// The value cannot be written as JSON, or what was sealed is not the JSON of the wanted type.
    #[error("the sealed value does not have the expected content")]
    Content,
}

impl Sealer {
    pub(super) fn new(key: &[u8; KEY_LEN]) -> Self {
        Self { key: hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key) }
    }

    /// Seals `plain` for the place that `context` names, such as table, row id and column. The same context opens it.
    #[must_use]
    pub fn seal(&self, random: &Random, context: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        self.seal_with_salt(&random.bytes(), context, plain)
    }

    #[expect(clippy::expect_used, reason = "AES-GCM refuses only messages over 64 GiB")]
    fn seal_with_salt(&self, salt: &[u8; SALT_LEN], context: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        // The capacity is exact, so the plain text is never left behind by a reallocation.
        let mut sealed = Vec::with_capacity(HEADER_LEN + plain.len() + TAG_LEN);
        sealed.push(VERSION);
        sealed.extend_from_slice(salt);
        let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + TAG_LEN));
        body.extend_from_slice(plain);
        self.message_key(salt)
            .seal_in_place_append_tag(only_nonce(), Aad::from(associated_data(context)), &mut *body)
            .expect("the message is short enough for AES-GCM");
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens what [`Self::seal`] made with the same context.
    ///
    /// # Errors
    /// When the value is malformed, of an unknown version, or was altered or sealed for another place, purpose or master
    /// key.
    pub fn open(&self, context: &[&[u8]], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (&version, rest) = sealed.split_first().ok_or(SealError::Malformed)?;
        if version != VERSION {
            return Err(SealError::UnknownVersion(version));
        }
        let (salt, body) = rest.split_first_chunk::<SALT_LEN>().ok_or(SealError::Malformed)?;
        if body.len() < TAG_LEN {
            return Err(SealError::Malformed);
        }
        let mut plain = Zeroizing::new(body.to_vec());
        let len = self
            .message_key(salt)
            .open_in_place(only_nonce(), Aad::from(associated_data(context)), &mut plain)
            .map_err(|_| SealError::Refused)?
            .len();
        plain.truncate(len);
        Ok(plain)
    }

    /// Seals a value as unpadded base64url text: for values that travel in URLs, cookies and form fields.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn seal_json(&self, random: &Random, context: &[&[u8]], value: &impl Serialize) -> Result<String, SealError> {
        let json = Zeroizing::new(serde_json::to_vec(value).map_err(|_| SealError::Content)?);
        Ok(URL_SAFE_NO_PAD.encode(self.seal(random, context, &json)))
    }

    /// Opens what [`Self::seal_json`] made with the same context.
    ///
    /// # Errors
    /// As [`Self::open`]; also when the text is not base64url or what it seals is not a `T`.
    pub fn open_json<T: DeserializeOwned>(&self, context: &[&[u8]], sealed: &str) -> Result<T, SealError> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealError::Malformed)?;
        serde_json::from_slice(&self.open(context, &sealed)?).map_err(|_| SealError::Content)
    }

    #[expect(clippy::expect_used, reason = "the lengths are constants that fit the algorithms")]
    fn message_key(&self, salt: &[u8; SALT_LEN]) -> LessSafeKey {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        self.key
            .expand(&[salt], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *key))
            .expect("32 bytes are one SHA-256 output");
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*key).expect("AES-256 keys have 32 bytes"))
    }
}

/// Each key encrypts one message, so one nonce is enough.
fn only_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

fn associated_data(context: &[&[u8]]) -> Vec<u8> {
    let mut framed = vec![VERSION];
    feed_framed(context, |bytes| framed.extend_from_slice(bytes));
    framed
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::super::MasterKey;
    use super::super::tests::HEX;
    use super::*;

    const CONTEXT: &[&[u8]] = &[b"totp", b"row-1"];

    fn sealer() -> Sealer {
        MasterKey::from_text(HEX).unwrap().sealer("test")
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_and_each_sealing_differs() {
        let random = Random::default();
        for plain in [&b""[..], b"x", &[7; 5000]] {
            let sealed = sealer().seal(&random, CONTEXT, plain);
            assert_eq!(sealed.len(), 1 + 16 + plain.len() + 16);
            assert_eq!(sealer().open(CONTEXT, &sealed).unwrap().as_slice(), plain);
            assert_ne!(sealer().seal(&random, CONTEXT, plain), sealed);
        }
    }

    #[test]
    fn the_format_is_pinned_by_a_known_answer() {
        let sealed = sealer().seal_with_salt(&[0x5a; 16], CONTEXT, b"known answer");
        assert_eq!(
            data_encoding::HEXLOWER.encode(&sealed),
            "015a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5ae3676e7d4b3c3cf982485e91481cf30904cba6758b9b2b902de80f60"
        );
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_refused() {
        let sealed = sealer().seal(&Random::default(), CONTEXT, b"secret");
        for index in 0..sealed.len() {
            for bit in 0..8 {
                let mut altered = sealed.clone();
                altered[index] ^= 1 << bit;
                let refused = sealer().open(CONTEXT, &altered).unwrap_err();
                let expected = if index == 0 { SealError::UnknownVersion(altered[0]) } else { SealError::Refused };
                assert_eq!(refused, expected);
            }
            assert!(sealer().open(CONTEXT, &sealed[..index]).is_err());
        }
        let mut longer = sealed;
        longer.push(0);
        assert_eq!(sealer().open(CONTEXT, &longer), Err(SealError::Refused));
    }

    #[test]
    fn a_value_moved_to_another_place_purpose_or_master_key_does_not_open() {
        let random = Random::default();
        let sealed = sealer().seal(&random, CONTEXT, b"secret");
        let moved: [&[&[u8]]; 6] = [
            &[b"totp", b"row-2"],
            &[b"row-1", b"totp"],
            &[b"totprow-1"],
            &[b"totp", b"row-", b"1"],
            &[b"totp", b"row-1", b""],
            &[],
        ];
        for context in moved {
            assert_eq!(sealer().open(context, &sealed), Err(SealError::Refused));
        }
        let other_purpose = MasterKey::from_text(HEX).unwrap().sealer("test2");
        assert_eq!(other_purpose.open(CONTEXT, &sealed), Err(SealError::Refused));
        let other_key = MasterKey::generate(&random).sealer("test");
        assert_eq!(other_key.open(CONTEXT, &sealed), Err(SealError::Refused));
    }

    #[test]
    fn json_travels_as_url_safe_text_and_a_wrong_type_is_told_from_tampering() {
        let random = Random::default();
        let text = sealer().seal_json(&random, CONTEXT, &("état", 7)).unwrap();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(sealer().open_json::<(String, u8)>(CONTEXT, &text), Ok(("état".to_owned(), 7)));
        assert_eq!(sealer().open_json::<u8>(CONTEXT, &text), Err(SealError::Content));
        assert_eq!(sealer().open_json::<u8>(CONTEXT, "no base64!"), Err(SealError::Malformed));
        assert_eq!(sealer().open_json::<u8>(CONTEXT, ""), Err(SealError::Malformed));
    }
}
