//! What a person is described by on a command line or in a file.

use idp_core::account::ContactState;
use zeroize::Zeroizing;

/// Bytes that an authenticator's secret has at least (RFC 4226, R6).
const SHORTEST_SECRET: usize = 16;

pub(super) fn state(text: &str) -> Result<ContactState, String> {
    let known = [ContactState::Verified, ContactState::Vouched, ContactState::Unproven];
    known.into_iter().find(|state| state.as_str() == text).ok_or_else(|| "use verified, vouched or unproven".to_owned())
}

/// An authenticator's secret as people write it: in small letters, in groups, with or without padding.
pub(super) fn authenticator_secret(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let plain: Zeroizing<String> = Zeroizing::new(
        text.chars().filter(|c| !c.is_whitespace() && *c != '=').map(|c| c.to_ascii_uppercase()).collect(),
    );
    match data_encoding::BASE32_NOPAD.decode(plain.as_bytes()) {
        Ok(secret) if secret.len() >= SHORTEST_SECRET => Ok(Zeroizing::new(secret)),
        _ => Err("must be base32 of at least 16 bytes (26 characters)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authenticators_secret_is_read_as_people_write_it_and_not_when_it_is_short() {
        let secret = |text: &str| authenticator_secret(text).map(|s| s.to_vec()).ok();
        let known = secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(known.as_deref(), Some(b"12345678901234567890".as_slice()));
        assert_eq!(secret("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"), known);
        assert_eq!(secret("GEZDGNBV"), None);
        assert_eq!(secret("not base 32!"), None);
    }
}
