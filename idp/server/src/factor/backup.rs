//! Backup codes: what to sign in with when a phone or a key is lost. Twelve characters of an alphabet of 32 are 60 bits; the
//! database holds an HMAC of each.
//!
//! New codes are derived from a seed that only the sealed address of the browser's own page has. So they can be shown and
//! downloaded, and are not stored in a form that could be read back.

use data_encoding::BASE32_NOPAD;
use futures::future::BoxFuture;
use idp_core::factor::FactorId;
use idp_core::level::Amr;
use secrecy::ExposeSecret as _;
use subtle::{Choice, ConstantTimeEq as _};
use uuid::Uuid;

use super::{Answer, Asking, Cx, Evidence, FactorError, SecondFactor, Verdict};
use crate::keys::seal::MacKey;
use crate::store::proofs::Challenge;

/// Digits and capital letters, without those that look like another: I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code.
const LENGTH: usize = 12;
/// Characters of a group.
const GROUP: usize = 4;

/// What a set of new codes is derived from.
pub type Seed = [u8; 16];

/// A backup code.
#[derive(Clone, Copy, Debug)]
pub struct Backup;

impl SecondFactor for Backup {
    fn id(&self) -> FactorId {
        FactorId::Backup
    }

    fn amr(&self) -> &'static [Amr] {
        FactorId::Backup.amr()
    }

    fn ask(&self, cx: Cx<'_>) -> Result<Asking, FactorError> {
        if cx.account.backup_codes_left() > 0 { Ok(Asking::Held) } else { Err(FactorError::NotEnrolled) }
    }

    fn verify<'a>(
        &'a self,
        cx: Cx<'a>,
        _: Option<&'a Challenge>,
        answer: &'a Answer,
    ) -> BoxFuture<'a, Result<Verdict, FactorError>> {
        Box::pin(async move {
            let tag = tag(cx.backup_codes, cx.account.id, answer.code.expose_secret());
            if is_among(cx, &tag, false) {
                return Ok(Verdict::Right(Evidence::BackupCode { tag }));
            }
            Ok(Verdict::Wrong)
        })
    }
}

/// Whether what was typed is a code of this account that was used before.
#[must_use]
pub fn was_used(cx: Cx<'_>, answer: &Answer) -> bool {
    is_among(cx, &tag(cx.backup_codes, cx.account.id, answer.code.expose_secret()), true)
}

/// Whether the account has a code with that tag, used or not. Every one is compared, whichever it is.
fn is_among(cx: Cx<'_>, tag: &str, used: bool) -> bool {
    let candidates = cx.account.backup_codes.iter().filter(|code| code.used == used);
    candidates.fold(Choice::from(0), |found, code| found | code.tag.as_bytes().ct_eq(tag.as_bytes())).into()
}

/// The codes of a seed, as they count.
#[must_use]
pub fn derive(key: &MacKey, seed: &Seed, count: u32) -> Vec<String> {
    let code = |n: u32| {
        let bytes = key.tag(&[b"derive", seed, &n.to_be_bytes()]);
        // The alphabet's length divides 256, so every character is as likely.
        bytes
            .iter()
            .take(LENGTH)
            .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
            .map(|c| char::from(*c))
            .collect()
    };
    (0..count).map(code).collect()
}

/// What is stored in place of a code.
#[must_use]
pub fn tag(key: &MacKey, account: Uuid, code: &str) -> String {
    BASE32_NOPAD.encode(&key.tag(&[b"code", account.as_bytes(), unmistaken(code).as_bytes()]))
}

/// Letters that are in no code, as the digits that they were taken for. Case, spaces and hyphens went before.
fn unmistaken(code: &str) -> String {
    code.chars()
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

/// A code in groups of four, as it is shown.
#[must_use]
pub fn shown(code: &str) -> String {
    let mut shown = String::with_capacity(code.len() + code.len() / GROUP);
    for (i, c) in code.chars().enumerate() {
        if i > 0 && i % GROUP == 0 {
            shown.push('-');
        }
        shown.push(c);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Random;
    use crate::keys::seal::MasterKey;

    fn key() -> MacKey {
        MasterKey::generate(&Random::default()).mac("backup-codes")
    }

    #[test]
    fn sec_r16_a_code_has_more_than_fifty_bits_and_no_two_are_the_same() {
        let codes = derive(&key(), &[7; 16], 20);
        let distinct = codes.iter().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(distinct.len(), 20);
        assert!(codes.iter().all(|code| code.len() == LENGTH && code.bytes().all(|b| ALPHABET.contains(&b))));
        // 32 characters are five bits each.
        const { assert!(LENGTH * 5 >= 50) };
    }

    #[test]
    fn sec_r16_codes_follow_from_the_seed_and_from_nothing_that_is_stored() {
        let key = key();
        assert_eq!(derive(&key, &[1; 16], 5), derive(&key, &[1; 16], 5));
        assert_ne!(derive(&key, &[1; 16], 5), derive(&key, &[2; 16], 5));
        let other = MasterKey::generate(&Random::default()).mac("backup-codes");
        assert_ne!(derive(&key, &[1; 16], 5), derive(&other, &[1; 16], 5));
    }

    #[test]
    fn a_tag_belongs_to_one_account_and_forgives_letters_that_look_like_digits() {
        let key = key();
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(tag(&key, ada, "0O1IL"), tag(&key, ada, "00111"));
        assert_ne!(tag(&key, ada, "00111"), tag(&key, bob, "00111"));
        assert_eq!(shown("ABCD23EF4567"), "ABCD-23EF-4567");
    }
}
