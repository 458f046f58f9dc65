//! Keyed hashes of typed values: lookup keys of canonical addresses, derived codes, form tokens.

use std::fmt;

use aws_lc_rs::hmac;
use subtle::ConstantTimeEq as _;

use super::{KEY_LEN, feed_framed};

/// Computes HMAC-SHA256 (RFC 2104) for one purpose. Made by [`super::MasterKey::mac`].
#[derive(Clone)]
pub struct MacKey {
    key: hmac::Key,
}

impl MacKey {
    pub(super) fn new(key: &[u8; KEY_LEN]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The tag of a list of parts. Each part is fed with its length, so that `["ab", "c"]` and `["a", "bc"]` have
    /// different tags. Where one key serves several kinds of value, the first part names the kind.
    #[must_use]
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        feed_framed(parts, |bytes| context.update(bytes));
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// Whether `tag` is the tag of `parts`, compared in constant time. A shortened tag is never right.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.tag(parts).as_slice().ct_eq(tag).into()
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::super::MasterKey;
    use super::super::tests::HEX;
    use super::*;

    fn mac(purpose: &'static str) -> MacKey {
        MasterKey::from_text(HEX).unwrap().mac(purpose)
    }

    #[test]
    fn the_derivation_and_the_framing_are_pinned_by_a_known_answer() {
        let tag = mac("address").tag(&[b"email", b"resident@example.org"]);
        assert_eq!(
            data_encoding::HEXLOWER.encode(&tag),
            "d4ea7bbdbf9b5f0c5b23ebde234730cdd7baf1bdc873b2c6e6b87184e9e2a99e"
        );
    }

    #[test]
    fn lists_that_read_alike_when_joined_have_different_tags() {
        let mac = mac("address");
        let lists: [&[&[u8]]; 6] = [&[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"], &[b"abc", b""], &[b"", b"abc"], &[]];
        for (i, one) in lists.iter().enumerate() {
            for (j, other) in lists.iter().enumerate() {
                assert_eq!(mac.verify(one, &mac.tag(other)), i == j);
            }
        }
    }

    #[test]
    fn a_tag_is_right_for_its_purpose_only_and_only_whole() {
        let tag = mac("address").tag(&[b"x"]);
        assert!(mac("address").verify(&[b"x"], &tag));
        assert!(!mac("csrf").verify(&[b"x"], &tag));
        assert!(!mac("address").verify(&[b"x"], &tag[..16]));
        assert!(!mac("address").verify(&[b"x"], &[]));
    }
}
