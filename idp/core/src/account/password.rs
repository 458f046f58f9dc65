//! What a new password must be, and the one form in which passwords are compared.
//!
//! No composition rules and no expiry. Hashing and the list of breached passwords are elsewhere: the caller says
//! whether the password is on it.

use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Score, zxcvbn};

/// Longest password in bytes, checked before anything costs time.
pub const LONGEST_BYTES: usize = 1_024;
/// Shortest minimum that can be configured, in code points.
pub const SHORTEST_MINIMUM: usize = 8;
/// Minimum where a password can be the only factor, in code points.
pub const SINGLE_FACTOR_MINIMUM: usize = 15;
/// How many characters are searched for patterns: the search is quadratic.
const JUDGED_CHARACTERS: usize = 100;
/// Words shorter than this occur by chance.
const SHORTEST_WORD: usize = 3;
/// What must be left of a password without a known word, in characters.
const REMAINDER: usize = 8;

/// What the installation asks of new passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// From [`minimum_length`].
    pub min_code_points: usize,
    /// Names of the portal, the council and the place.
    pub words: Vec<String>,
}

/// Why a new password is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// Fewer code points than the minimum.
    #[error("the password has fewer than {0} characters")]
    TooShort(usize),
    /// More than 1,024 bytes.
    #[error("the password is longer than 1,024 bytes")]
    TooLong,
    /// It is little more than the person's own address or name.
    #[error("the password contains your name or email address")]
    OwnWord,
    /// It is little more than a word that everybody at this portal would try.
    #[error("the password contains a word that is easy to guess here: {0}")]
    KnownWord(String),
    /// It is on the list of breached passwords.
    #[error("the password is on a list of passwords that criminals use")]
    Breached,
    /// A guesser would find it soon.
    #[error("the password is easy to guess")]
    Guessable,
}

/// The minimum for new passwords in code points: the setting, else 8 while the default policy requires a second
/// factor and 15 otherwise; never below 8.
#[must_use]
pub fn minimum_length(default_mfa_required: bool, setting: Option<usize>) -> usize {
    let usual = if default_mfa_required { SHORTEST_MINIMUM } else { SINGLE_FACTOR_MINIMUM };
    setting.unwrap_or(usual).max(SHORTEST_MINIMUM)
}

/// The form that is hashed, at set and at check: NFC and nothing else (no trim, no case fold, no truncation).
///
/// # Errors
/// [`PasswordProblem::TooLong`] above 1,024 bytes, as typed or normalised.
pub fn prepare(password: &str) -> Result<String, PasswordProblem> {
    if password.len() > LONGEST_BYTES {
        return Err(PasswordProblem::TooLong);
    }
    let prepared: String = password.nfc().collect();
    if prepared.len() > LONGEST_BYTES { Err(PasswordProblem::TooLong) } else { Ok(prepared) }
}

/// Judges a new password. `own` are the account's email address and names; `breached` is the list's verdict.
///
/// # Errors
/// Every reason that applies, in the order in which a page should say them.
pub fn check_new(
    candidate: &str,
    rules: &PasswordRules,
    own: &[&str],
    breached: bool,
) -> Result<(), Vec<PasswordProblem>> {
    let password = prepare(candidate).map_err(|problem| vec![problem])?;
    if password.is_empty() {
        return Err(vec![PasswordProblem::Empty]);
    }
    let mut problems = Vec::new();
    if password.chars().count() < rules.min_code_points {
        problems.push(PasswordProblem::TooShort(rules.min_code_points));
    }
    let own_words = own_words(own);
    if own_words.iter().any(|word| rests_on(&password, word)) {
        problems.push(PasswordProblem::OwnWord);
    }
    if let Some(word) = rules.words.iter().find(|word| rests_on(&password, &fold(word))) {
        problems.push(PasswordProblem::KnownWord(word.clone()));
    }
    if breached {
        problems.push(PasswordProblem::Breached);
    }
    if is_guessable(&password, &own_words, &rules.words) {
        problems.push(PasswordProblem::Guessable);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn is_guessable(password: &str, own: &[String], known: &[String]) -> bool {
    let judged: String = password.chars().take(JUDGED_CHARACTERS).collect();
    let words: Vec<&str> = own.iter().chain(known).map(String::as_str).collect();
    let estimate = zxcvbn(&judged, &words);
    // Without any pattern only the length speaks, and that has its own rule: eight random characters score two.
    let has_pattern = estimate.sequence().iter().any(|part| !matches!(part.pattern, MatchPattern::BruteForce));
    has_pattern && estimate.score() < Score::Three
}

/// Letters and digits only, lower case: `West Borough!` and `westborough` are one word.
fn fold(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The whole of each text, and its parts: the local part of an address, each name.
fn own_words(own: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = own
        .iter()
        .flat_map(|text| {
            let local = text.split_once('@').map_or(*text, |(local, _)| local);
            std::iter::once(*text).chain(std::iter::once(local)).chain(local.split(|c: char| !c.is_alphanumeric()))
        })
        .map(fold)
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether too little is left of the password without the (folded) word.
fn rests_on(password: &str, word: &str) -> bool {
    if word.chars().count() < SHORTEST_WORD {
        return false;
    }
    let folded = fold(password);
    folded.contains(word) && folded.replace(word, "").chars().count() < REMAINDER
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [&str; 2] = ["alice.smith@example.com", "Alice Smith"];

    fn problems(candidate: &str, min_code_points: usize) -> Vec<PasswordProblem> {
        let rules = PasswordRules { min_code_points, words: vec!["Westborough".to_owned(), "MyPortal".to_owned()] };
        check_new(candidate, &rules, &OWN, false).err().unwrap_or_default()
    }

    #[test]
    fn sec_r2_the_minimum_is_8_with_a_second_factor_and_15_without_and_never_below_8() {
        assert_eq!(minimum_length(true, None), 8);
        assert_eq!(minimum_length(false, None), 15);
        assert_eq!(minimum_length(false, Some(12)), 12);
        assert_eq!(minimum_length(true, Some(4)), 8);
    }

    #[test]
    fn sec_r2_length_counts_code_points_at_the_boundary() {
        assert_eq!(problems("kV9$wq2", 8), [PasswordProblem::TooShort(8)]);
        assert_eq!(problems("kV9$wq2x", 8), []);
        assert_eq!(problems("mauve tractor9", 15), [PasswordProblem::TooShort(15)]);
        assert_eq!(problems("mauve tractor 9", 15), []);
        // Eight code points of three bytes each: bytes must not be counted.
        assert_eq!(problems("\u{9f8d}\u{866b}\u{98db}\u{5929}\u{6c34}\u{706b}\u{98a8}\u{571f}", 8), []);
        // Seven letters with a combining mark are seven code points after NFC, not fourteen.
        assert!(problems(&"e\u{301}".repeat(7), 8).contains(&PasswordProblem::TooShort(8)));
    }

    #[test]
    fn sec_r2_long_passwords_are_accepted_up_to_1024_bytes() {
        let phrase = "correct otter battery staple umbrella ".repeat(30);
        assert_eq!(problems(&phrase[..64], 15), []);
        assert_eq!(problems(&phrase[..1_024], 15), []);
        assert_eq!(problems(&phrase[..1_025], 15), [PasswordProblem::TooLong]);
        assert_eq!(prepare(&"a".repeat(1_025)), Err(PasswordProblem::TooLong));
        // One code point that NFC writes as three.
        assert_eq!(prepare(&"\u{fb2c}".repeat(341)), Err(PasswordProblem::TooLong));
    }

    #[test]
    fn sec_r3_two_unicode_spellings_are_one_password() {
        assert_eq!(prepare("cafe\u{301} au lait"), prepare("caf\u{e9} au lait"));
    }

    #[test]
    fn sec_r3_nothing_is_trimmed_folded_or_cut() {
        for (one, other) in [
            ("secret", "Secret"),
            ("secret", " secret"),
            ("secret", "secret "),
            ("\u{fb01}sh", "fish"),
            (&"a".repeat(1_000), &"a".repeat(999)),
        ] {
            assert_ne!(prepare(one), prepare(other));
        }
    }

    #[test]
    fn sec_r4_case_pw10_samples_are_refused_with_a_reason_and_without_a_composition_rule() {
        for common in [
            "password1234567",
            "123456789012345",
            "qwertyuiopasdfg",
            "aaaaaaaaaaaaaaa",
            "passwordpassword",
            "iloveyouiloveyou",
            "letmeinletmein12",
            "abcdefghijklmnop",
            "1q2w3e4r5t6y7u8i",
            "P@ssw0rdP@ssw0rd",
            "football12345678",
            "welcomewelcome12",
        ] {
            assert!(problems(common, 15).contains(&PasswordProblem::Guessable), "{common}");
        }
        for place in ["Westborough2024!", "WESTBOROUGH-abc", "westborough westborough", "my portal 12345"] {
            assert!(problems(place, 8).iter().any(|p| matches!(p, PasswordProblem::KnownWord(_))), "{place}");
        }
        for own in ["alice.smith@example.com", "Alice.Smith@example.com1", "smithsmith1234", "alicesmith99"] {
            assert!(problems(own, 8).contains(&PasswordProblem::OwnWord), "{own}");
        }
        assert_eq!(problems("all lower case words do", 15), []);
    }

    #[test]
    fn sec_r4_a_breached_password_is_refused_however_good_it_looks() {
        let rules = PasswordRules { min_code_points: 8, words: Vec::new() };
        assert_eq!(check_new("mauve tractor 9 lamp", &rules, &OWN, true), Err(vec![PasswordProblem::Breached]));
        assert_eq!(check_new("mauve tractor 9 lamp", &rules, &OWN, false), Ok(()));
    }

    #[test]
    fn a_known_word_is_no_obstacle_in_a_long_passphrase() {
        assert_eq!(problems("the purple bus to westborough sings", 15), []);
        assert_eq!(problems("", 8), [PasswordProblem::Empty]);
    }
}
