//! The canonical form of an email address: one mailbox, one value.
//!
//! NFKC, trimmed, lower case, IDNA domain in its ASCII form, exactly one `@`, no comma, space, quote or invisible
//! character. It must not guess further: dots and `+tags` in the local part name different mailboxes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Longest address in bytes (RFC 5321 path limit, without the angle brackets).
const LONGEST: usize = 254;
/// Longest local part in bytes (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// Longest text that is looked at, in bytes: normalising costs time.
const LONGEST_INPUT: usize = 1_024;
/// ASCII characters, beyond letters and digits, that an unquoted local part may hold (RFC 5322 `atext`, and the dot).
const LOCAL_MARKS: &str = "!#$%&'*+-/=?^_`{|}~.";

/// An email address in canonical form. `Display` is that form; `Debug` is masked, so that logs do not hold addresses.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    canonical: String,
    at: usize,
}

/// Why a text is no email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailProblem {
    /// Nothing was typed.
    #[error("the email address is empty")]
    Empty,
    /// It is not of the form name@example.com.
    #[error("the email address is not in the form name@example.com")]
    Format,
    /// More than 254 bytes, or more than 64 before the `@`.
    #[error("the email address is too long")]
    TooLong,
}

impl EmailAddress {
    /// Reads an address as somebody typed it.
    ///
    /// # Errors
    /// Says whether it is empty, malformed or too long.
    pub fn parse(text: &str) -> Result<Self, EmailProblem> {
        if text.len() > LONGEST_INPUT {
            return Err(EmailProblem::TooLong);
        }
        let folded = fold(text);
        let trimmed = folded.trim();
        if trimmed.is_empty() {
            return Err(EmailProblem::Empty);
        }
        if trimmed.chars().count() > LONGEST {
            return Err(EmailProblem::TooLong);
        }
        let (local, domain) = trimmed.split_once('@').ok_or(EmailProblem::Format)?;
        if !is_local_part(local) {
            return Err(EmailProblem::Format);
        }
        let domain = ascii_domain(domain)?;
        let canonical = format!("{local}@{domain}");
        if local.len() > LONGEST_LOCAL || canonical.len() > LONGEST {
            return Err(EmailProblem::TooLong);
        }
        Ok(Self { at: local.len(), canonical })
    }

    /// The canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.canonical
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.canonical.get(..self.at).unwrap_or_default()
    }

    /// The domain, in its ASCII form.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.canonical.get(self.at + 1..).unwrap_or_default()
    }

    /// The form for a screen that must not give the address away: `a***@example.com`.
    #[must_use]
    pub fn masked(&self) -> String {
        let first: String = self.local_part().chars().take(1).collect();
        format!("{first}***@{}", self.domain())
    }
}

/// NFKC and lower case. Case is folded by character, without regard to context, so that the result is stable.
fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

fn is_local_part(local: &str) -> bool {
    let well_dotted = !local.is_empty() && !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    well_dotted
        && local
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || LOCAL_MARKS.contains(c) || (!c.is_ascii() && !is_invisible(c)))
}

/// Spaces, controls and characters without a shape, which would let two equal-looking addresses differ.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffd}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

fn ascii_domain(domain: &str) -> Result<String, EmailProblem> {
    let dotted = domain.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".");
    let rooted = dotted.strip_suffix('.').unwrap_or(&dotted);
    if rooted.chars().any(is_invisible) {
        return Err(EmailProblem::Format);
    }
    let ascii = idna::domain_to_ascii_strict(rooted).map_err(|_| EmailProblem::Format)?;
    let top = ascii.rsplit_once('.').map(|(_, top)| top);
    // One label is a machine on the local network; an all-digit last label is an IP address.
    if top.is_some_and(|top| top.bytes().any(|b| !b.is_ascii_digit())) { Ok(ascii) } else { Err(EmailProblem::Format) }
}

impl FromStr for EmailAddress {
    type Err = EmailProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailProblem;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.canonical
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::phone::scramble;

    fn canonical(text: &str) -> Result<String, EmailProblem> {
        EmailAddress::parse(text).map(String::from)
    }

    #[test]
    fn different_spellings_of_one_mailbox_give_one_value() {
        for (one, other) in [
            ("alice@example.com", "Alice@Example.COM"),
            ("alice@example.com", "  alice@example.com\r\n"),
            ("alice@example.com", "alice\u{ff20}example.com"),
            ("alice@example.com", "\u{ff21}\u{ff4c}\u{ff49}\u{ff43}\u{ff45}@example.com"),
            ("alice@example.com", "alice@example.com."),
            ("alice@example.com", "alice@example\u{3002}com\u{3002}"),
            ("alice@b\u{fc}cher.example", "alice@xn--bcher-kva.example"),
            ("alice@b\u{fc}cher.example", "alice@BU\u{308}CHER.example"),
            ("jos\u{e9}@example.com", "Jose\u{301}@example.com"),
            ("office@example.com", "o\u{fb03}ce@example.com"),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
            assert!(canonical(one).is_ok(), "{one}");
        }
    }

    #[test]
    fn different_mailboxes_stay_different() {
        for (one, other) in [
            ("a.lice@example.com", "alice@example.com"),
            ("alice+x@example.com", "alice@example.com"),
            ("alice@example.com", "alice@example.org"),
        ] {
            assert_ne!(canonical(one), canonical(other));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for text in ["", "  ", "\u{3000}"] {
            assert_eq!(canonical(text), Err(EmailProblem::Empty));
        }
        for text in [
            "alice",
            "@example.com",
            "alice@",
            "a@b@example.com",
            "a,b@example.com",
            "a@example.com,b@example.com",
            "a\u{ff0c}b@example.com",
            "a\0@example.com",
            "a\nb@example.com",
            "a b@example.com",
            "a@exa mple.com",
            "\"a\"@example.com",
            "<a@example.com>",
            ".a@example.com",
            "a..b@example.com",
            "a@localhost",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@example..com",
            "a@example.com..",
            "a@-example.com",
            "a\u{200b}b@example.com",
            "a\u{202e}b@example.com",
            "a@exam\u{200b}ple.com",
            "a@exam\u{ad}ple.com",
            "a;b@example.com",
            "a@example_x.com",
        ] {
            assert_eq!(canonical(text), Err(EmailProblem::Format), "{text:?}");
        }
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}com", "abcdefgh.".repeat(28));
        let huge = "a".repeat(2_000);
        for text in [long_local, long, huge] {
            assert_eq!(canonical(&text), Err(EmailProblem::TooLong));
        }
    }

    #[test]
    fn the_longest_address_is_accepted() {
        let domain = format!("{}{}.com", "abcdefgh.".repeat(20), "a".repeat(5));
        let text = format!("{}@{domain}", "b".repeat(64));
        assert_eq!(text.len(), LONGEST);
        assert_eq!(canonical(&text), Ok(text));
    }

    #[test]
    fn scr_r5_masking_keeps_the_first_letter_and_the_domain() {
        let address = EmailAddress::parse("Alice.Smith@Example.com").unwrap();
        assert_eq!(address.masked(), "a***@example.com");
        assert_eq!(format!("{address:?}"), "EmailAddress(a***@example.com)");
        assert_eq!((address.local_part(), address.domain()), ("alice.smith", "example.com"));
    }

    #[test]
    fn reading_the_canonical_form_again_changes_nothing() {
        let alphabet: Vec<char> =
            "aB9.+-_@@ \u{ff20}\u{130}\u{3a3}\u{3c2}\u{1e9e}\u{fb03}\u{308}\u{fc}\u{2126}\u{345}\u{3002}"
                .chars()
                .collect();
        let mut accepted = 0;
        for seed in 0..4_000 {
            let text = format!("{}@ex.example", scramble(&alphabet, seed));
            for text in [text, format!("a@{}.example", scramble(&alphabet, seed))] {
                if let Ok(first) = EmailAddress::parse(&text) {
                    accepted += 1;
                    assert_eq!(EmailAddress::parse(first.as_str()).as_ref(), Ok(&first), "{text:?}");
                }
            }
        }
        assert!(accepted > 100, "{accepted}");
    }
}
