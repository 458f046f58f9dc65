//! Codes as an authenticator app makes them (RFC 6238: SHA-1, 6 digits, 30 seconds).

use aws_lc_rs::hmac;

/// The length of a step in seconds.
pub const STEP: i64 = 30;

/// The code of a base32 secret at a time in Unix seconds.
pub fn code(secret: &str, unix_time: i64) -> String {
    let bytes = data_encoding::BASE32_NOPAD
        .decode(secret.replace([' ', '-'], "").to_ascii_uppercase().trim_end_matches('=').as_bytes())
        .unwrap_or_else(|e| panic!("{secret}: {e}"));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = hmac::sign(&key, &(unix_time / STEP).to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 15);
    let word = u32::from_be_bytes([tag[at], tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

#[test]
fn codes_match_the_vectors_of_rfc_6238() {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; // "12345678901234567890"
    assert_eq!(code(secret, 59), "287082");
    assert_eq!(code(secret, 1_111_111_109), "081804");
    assert_eq!(code(secret, 20_000_000_000), "353130");
}
