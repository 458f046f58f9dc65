//! One-time codes that are sent: derived, never stored.
//!
//! A code is an HMAC, under a key that is not in the database, of the challenge's id and everything it is bound to. A
//! resend derives the same code again.

use idp_core::policy::{Alphabet, CodePolicy};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::Answer;
use crate::keys::seal::MacKey;

/// Letters and digits without vowels (no words) and without those that look or sound alike.
const LETTERS: &[u8] = b"BCDFGHJKMNPQRTVWXY";
const DIGITS: &[u8] = b"0123456789";
/// Digits of alphanumeric codes: without 0 and 1, which look like letters.
const CLEAR_DIGITS: &[u8] = b"23456789";

/// What a code is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// The challenge.
    pub challenge: Uuid,
    /// The transaction.
    pub transaction: &'a str,
    /// The account.
    pub account: Uuid,
    /// The factor.
    pub factor: &'a str,
    /// The address or number.
    pub destination: &'a str,
}

/// The code of a challenge: uniform over all codes of this alphabet and length.
#[must_use]
pub fn derive(codes: &MacKey, binding: &Binding<'_>, policy: &CodePolicy) -> SecretString {
    let mut stream = Stream { codes, binding, block: 0, bytes: Vec::new() };
    let length = policy.length as usize;
    let code = match policy.alphabet {
        Alphabet::Digits => (0..length).map(|_| stream.pick(DIGITS)).collect::<String>(),
        Alphabet::Alphanumeric => loop {
            let both = [LETTERS, CLEAR_DIGITS].concat();
            let code = (0..length).map(|_| stream.pick(&both)).collect::<String>();
            let has = |set: &[u8]| code.bytes().any(|b| set.contains(&b));
            if has(LETTERS) && has(CLEAR_DIGITS) {
                break code;
            }
        },
    };
    SecretString::from(code)
}

/// An endless stream of bytes made from the binding.
struct Stream<'a> {
    codes: &'a MacKey,
    binding: &'a Binding<'a>,
    block: u64,
    bytes: Vec<u8>,
}

impl Stream<'_> {
    fn next(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.bytes.pop() {
                return byte;
            }
            let Binding { challenge, transaction, account, factor, destination } = *self.binding;
            let parts: [&[u8]; 6] = [
                challenge.as_bytes(),
                transaction.as_bytes(),
                account.as_bytes(),
                factor.as_bytes(),
                destination.as_bytes(),
                &self.block.to_be_bytes(),
            ];
            self.bytes = self.codes.tag(&parts).to_vec();
            self.block += 1;
        }
    }

    /// One of `set`, without bias: bytes beyond the last whole multiple are thrown away.
    fn pick(&mut self, set: &[u8]) -> char {
        let size = set.len();
        let limit = 256 - 256 % size;
        loop {
            let byte = usize::from(self.next());
            if byte < limit
                && let Some(found) = set.get(byte % size)
            {
                return char::from(*found);
            }
        }
    }
}

/// A code as it counts: digits of any script's full width become plain, letters upper case; spaces and hyphens of any
/// kind fall away.
#[must_use]
pub fn normalised(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| {
            !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' | '\u{200b}')
        })
        .map(|c| match c {
            '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10).unwrap_or(c),
            c => c.to_ascii_uppercase(),
        })
        .collect()
}

/// Whether the answer is the code that was sent, in constant time.
#[must_use]
pub fn is_expected(answer: &Answer) -> bool {
    answer.expected.as_ref().is_some_and(|expected| {
        bool::from(expected.expose_secret().as_bytes().ct_eq(answer.code.expose_secret().as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Random;
    use crate::keys::seal::MasterKey;

    fn policy(alphabet: Alphabet) -> CodePolicy {
        CodePolicy { alphabet, ..CodePolicy::default() }
    }

    fn code(key: &MacKey, n: u128, alphabet: Alphabet) -> String {
        let binding = Binding {
            challenge: Uuid::from_u128(n),
            transaction: "t",
            account: Uuid::nil(),
            factor: "email",
            destination: "a@b.example",
        };
        derive(key, &binding, &policy(alphabet)).expose_secret().to_owned()
    }

    #[test]
    fn sec_r11_codes_are_six_digits_uniform_and_the_same_when_derived_again() {
        let key = MasterKey::generate(&Random::default()).mac("codes");
        assert_eq!(code(&key, 1, Alphabet::Digits), code(&key, 1, Alphabet::Digits));
        let mut seen = [[0_u32; 10]; 6];
        let rounds = 100_000_u32;
        for n in 0..rounds {
            for (place, digit) in code(&key, u128::from(n), Alphabet::Digits).bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] += 1;
            }
        }
        let expected = f64::from(rounds) / 10.0;
        for place in seen {
            let chi2 = place.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum::<f64>();
            // 9 degrees of freedom: beyond 40 once in 100,000 runs.
            assert!(chi2 < 40.0, "{chi2} {place:?}");
        }
    }

    #[test]
    fn req_s2_8_alphanumeric_codes_have_a_letter_and_a_digit_and_no_vowel() {
        let key = MasterKey::generate(&Random::default()).mac("codes");
        for n in 0..2000 {
            let code = code(&key, n, Alphabet::Alphanumeric);
            assert_eq!(code.len(), 6);
            assert!(code.bytes().any(|b| b.is_ascii_digit()) && code.bytes().any(|b| b.is_ascii_uppercase()), "{code}");
            assert!(!code.bytes().any(|b| b"AEIOU01LSZ".contains(&b)), "{code}");
        }
    }

    #[test]
    fn sec_r11_a_code_is_bound_to_everything() {
        let key = MasterKey::generate(&Random::default()).mac("codes");
        let base = Binding {
            challenge: Uuid::nil(),
            transaction: "t",
            account: Uuid::nil(),
            factor: "email",
            destination: "a@b.example",
        };
        let of = |binding: Binding<'_>| derive(&key, &binding, &policy(Alphabet::Digits)).expose_secret().to_owned();
        let others = [
            Binding { challenge: Uuid::max(), ..base },
            Binding { transaction: "u", ..base },
            Binding { account: Uuid::max(), ..base },
            Binding { factor: "sms", ..base },
            Binding { destination: "c@b.example", ..base },
        ];
        let same = others.into_iter().filter(|other| of(*other) == of(base)).count();
        assert!(same <= 1, "two of five chance collisions in a million do not happen");
    }

    #[test]
    fn typed_codes_lose_spaces_hyphens_width_and_case() {
        assert_eq!(normalised(" 123-4\u{2013}5\u{a0}6 "), "123456");
        assert_eq!(normalised("１２３４５６"), "123456");
        assert_eq!(normalised("bc2-df3"), "BC2DF3");
    }
}
