//! Phone numbers: read as people write them, kept in E.164.
//!
//! Only numbers that a person can be reached at are accepted; whether a *policy* allows the destination is not
//! decided here.

use std::fmt;
use std::str::FromStr;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, Type, country};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Longest text that is looked at, in bytes.
const LONGEST_INPUT: usize = 64;
/// Ofcom keeps `07700 900000` to `07700 900999` free for drama; demonstrations and tests use them as mobiles.
const DRAMA_RANGE: &str = "+447700900";
/// Calling codes of no country: satellite, international freephone, premium. Nobody's own phone is there, and a
/// message to one can cost any sum.
const WITHOUT_COUNTRY: [u16; 9] = [800, 808, 870, 878, 881, 882, 883, 888, 979];

/// What a number reaches, as far as its digits tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineType {
    /// A mobile, or a number that may be one: texts and calls.
    Mobile,
    /// A fixed line: calls only.
    Landline,
    /// Premium, personal or shared-cost: neither.
    Premium,
    /// Anything else: neither.
    Other,
}

impl LineType {
    /// Whether a text message can arrive.
    #[must_use]
    pub const fn takes_texts(self) -> bool {
        matches!(self, Self::Mobile)
    }

    /// Whether a person answers calls.
    #[must_use]
    pub const fn takes_calls(self) -> bool {
        matches!(self, Self::Mobile | Self::Landline)
    }
}

/// A real phone number. `Display` is E.164; `Debug` shows the last three digits only.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber {
    e164: String,
    country: String,
}

/// Why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneProblem {
    /// Nothing was typed.
    #[error("the phone number is empty")]
    Empty,
    /// It cannot be read as a phone number.
    #[error("the phone number is not in a form like 07700 900123 or +44 7700 900123")]
    Format,
    /// It can be read, but no such number exists.
    #[error("there is no such phone number")]
    Impossible,
}

impl PhoneNumber {
    /// Reads a number as somebody typed it; without a country code it is a UK number.
    ///
    /// # Errors
    /// Says whether it is empty, unreadable or impossible.
    pub fn parse(text: &str) -> Result<Self, PhoneProblem> {
        if text.len() > LONGEST_INPUT {
            return Err(PhoneProblem::Format);
        }
        let plain: String = text.nfkc().collect();
        let plain = plain.trim();
        if plain.is_empty() {
            return Err(PhoneProblem::Empty);
        }
        if !plain.chars().all(is_phone_character) {
            return Err(PhoneProblem::Format);
        }
        let number = phonenumber::parse(Some(country::GB), plain).map_err(|_| PhoneProblem::Format)?;
        if WITHOUT_COUNTRY.contains(&number.code().value()) {
            return Err(PhoneProblem::Impossible);
        }
        let e164 = number.format().mode(Mode::E164).to_string();
        if is_drama(&e164) {
            return Ok(Self { e164, country: "GB".to_owned() });
        }
        if !number.is_valid() {
            return Err(PhoneProblem::Impossible);
        }
        let country = number.country().id().ok_or(PhoneProblem::Impossible)?;
        Ok(Self { e164, country: country.as_ref().to_owned() })
    }

    /// E.164: `+` and up to 15 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.e164
    }

    /// The country, ISO 3166-1 alpha-2 in upper case.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The last three digits, for “number ending 123”.
    #[must_use]
    pub fn ending(&self) -> &str {
        self.e164.len().checked_sub(3).and_then(|start| self.e164.get(start..)).unwrap_or_default()
    }

    /// What the number reaches.
    #[must_use]
    pub fn line_type(&self) -> LineType {
        if is_drama(&self.e164) {
            return LineType::Mobile;
        }
        let Ok(number) = phonenumber::parse(None, &self.e164) else { return LineType::Other };
        match number.number_type(&DATABASE) {
            Type::Mobile | Type::FixedLineOrMobile => LineType::Mobile,
            Type::FixedLine | Type::Voip => LineType::Landline,
            Type::PremiumRate | Type::SharedCost | Type::PersonalNumber => LineType::Premium,
            _ => LineType::Other,
        }
    }
}

/// Digits and what people write between them; letters would be read as keypad digits.
fn is_phone_character(c: char) -> bool {
    c.is_ascii_digit() || c.is_whitespace() || "+-.()/\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}".contains(c)
}

fn is_drama(e164: &str) -> bool {
    e164.strip_prefix(DRAMA_RANGE).is_some_and(|rest| rest.len() == 3)
}

impl FromStr for PhoneNumber {
    type Err = PhoneProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneProblem;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.e164
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.e164)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber(…{})", self.ending())
    }
}

/// A text of up to 20 characters from the alphabet, the same for the same seed.
#[cfg(test)]
pub(super) fn scramble(alphabet: &[char], seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % bound
    };
    let length = next(20);
    (0..length).map(|_| alphabet[next(alphabet.len())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e164(text: &str) -> Result<String, PhoneProblem> {
        PhoneNumber::parse(text).map(String::from)
    }

    #[test]
    fn req_s1_5_s4_7_every_usual_spelling_gives_one_number() {
        for text in [
            "07700 900123",
            "07700900123",
            "+447700900123",
            "+44 7700 900123",
            "+44 (0)7700 900123",
            "0044 7700 900123",
            "(07700) 900-123",
            " 07700\u{a0}900\u{2011}123 ",
            "\u{ff10}7700 900123",
            "+44-7700-900-123",
        ] {
            assert_eq!(e164(text), Ok("+447700900123".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_number_with_a_country_code_is_of_that_country() {
        for (text, country) in
            [("+447700900123", "GB"), ("020 7946 0018", "GB"), ("+33 6 31 96 65 43", "FR"), ("+353 85 012 3456", "IE")]
        {
            assert_eq!(PhoneNumber::parse(text).unwrap().country(), country, "{text}");
        }
    }

    #[test]
    fn req_s4_16_what_is_no_number_is_refused_with_its_reason() {
        for text in ["", "   ", "\u{3000}"] {
            assert_eq!(e164(text), Err(PhoneProblem::Empty), "{text:?}");
        }
        for text in [
            "abc",
            "07700 900abc",
            "x",
            "+",
            "()",
            "1",
            "07700 900123 ext 4",
            "alice@example.com",
            "\0",
            "tel:07700900123",
        ] {
            assert_eq!(e164(text), Err(PhoneProblem::Format), "{text:?}");
        }
        assert_eq!(e164(&"0".repeat(200)), Err(PhoneProblem::Format));
        for text in ["07700 90012", "0000000000", "+44 1", "+881 612 345678", "+979 123 456 789", "999"] {
            assert!(matches!(e164(text), Err(PhoneProblem::Impossible | PhoneProblem::Format)), "{text:?}");
        }
        assert_eq!(e164("07700 9001234"), Err(PhoneProblem::Impossible));
    }

    #[test]
    fn the_line_type_tells_who_gets_texts_and_calls() {
        for (text, expected) in [
            ("07700 900000", LineType::Mobile),
            ("07700 900999", LineType::Mobile),
            ("07400 123456", LineType::Mobile),
            ("020 7946 0018", LineType::Landline),
            ("0121 234 5678", LineType::Landline),
            ("0909 879 0000", LineType::Premium),
            ("070 1234 5678", LineType::Premium),
            ("0800 123 4567", LineType::Other),
        ] {
            assert_eq!(PhoneNumber::parse(text).map(|n| n.line_type()), Ok(expected), "{text}");
        }
        assert!(LineType::Landline.takes_calls());
        assert!(!LineType::Landline.takes_texts());
        assert!(!LineType::Premium.takes_calls());
    }

    #[test]
    fn scr_r5_the_ending_is_the_last_three_digits() {
        let number = PhoneNumber::parse("07700 900900").unwrap();
        assert_eq!(number.ending(), "900");
        assert_eq!(format!("{number:?}"), "PhoneNumber(…900)");
    }

    #[test]
    fn no_text_makes_the_parser_panic_and_the_stored_form_reads_back() {
        let alphabet: Vec<char> = "0123456789012345678901234567890+++ ()-./x\u{ff10}\u{663}#*;".chars().collect();
        for seed in 0..2_500 {
            let tail = scramble(&alphabet, seed);
            for text in [tail.clone(), format!("+{tail}"), format!("+447{tail}"), format!("+8{tail}")] {
                if let Ok(number) = PhoneNumber::parse(&text) {
                    let _ = number.line_type();
                    assert_eq!(PhoneNumber::parse(number.as_str()).as_ref(), Ok(&number), "{text:?}");
                }
            }
        }
    }
}
