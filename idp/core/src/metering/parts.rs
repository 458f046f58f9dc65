//! How many parts a text message is sent, and billed, in.
//!
//! A text whose characters are all in the GSM alphabet (3GPP TS 23.038) has 160 characters in one part, and 153 in each
//! of several; one character that is not makes the whole text UCS-2, with 70 and 67. GOV.UK Notify and Twilio count
//! alike: both follow the networks.

/// The basic GSM alphabet, but for its space, line ends and the letters and digits of ASCII.
const BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// The extension table: each takes two places.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// The places that a character takes in the GSM alphabet; `None` if it is not in it.
fn gsm_places(character: char) -> Option<usize> {
    if character.is_ascii_alphanumeric() || matches!(character, ' ' | '\n' | '\r') || BASIC.contains(character) {
        Some(1)
    } else if EXTENDED.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// The billable parts of a text message; 0 for an empty one.
#[must_use]
pub fn sms_parts(text: &str) -> u32 {
    let gsm = text.chars().try_fold(0, |sum, character| Some(sum + gsm_places(character)?));
    let (length, one, each) = match gsm {
        Some(places) => (places, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    let parts = if length > one { length.div_ceil(each) } else { length.min(1) };
    u32::try_from(parts).unwrap_or(u32::MAX)
}

/// The text with typographic marks that the GSM alphabet lacks written in those it has, so that a curly apostrophe
/// does not more than halve what fits in a part. GOV.UK Notify does the same by itself. Letters stay as they are.
#[must_use]
pub fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{2032}' => plain.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2033}' => plain.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => plain.push('-'),
            '\u{2026}' => plain.push_str("..."),
            '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\t' => plain.push(' '),
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_s0_9_gsm_texts_fill_160_places_then_153_in_each_part() {
        for (length, parts) in
            [(0, 0), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4), (612, 4), (613, 5)]
        {
            assert_eq!(sms_parts(&"a".repeat(length)), parts, "{length}");
        }
    }

    #[test]
    fn extended_characters_take_two_places() {
        for character in EXTENDED.chars() {
            let text = character.to_string();
            assert_eq!((sms_parts(&text.repeat(80)), sms_parts(&text.repeat(81))), (1, 2), "{character}");
        }
    }

    #[test]
    fn welsh_letters_outside_the_alphabet_make_the_whole_text_ucs_2_and_those_inside_cost_nothing() {
        for free in "ÄÉÖÜàäéèìòöùü".chars() {
            assert_eq!(sms_parts(&format!("{free}{}", "a".repeat(159))), 1, "{free}");
        }
        for dear in "ŴŵŶŷÂâÊêÎîÔôÛûÁáÍíÓó".chars() {
            for (length, parts) in [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)] {
                assert_eq!(sms_parts(&format!("{dear}{}", "a".repeat(length - 1))), parts, "{dear} {length}");
            }
        }
        // What UTF-16 writes in two units counts twice.
        assert_eq!((sms_parts(&"🙂".repeat(35)), sms_parts(&"🙂".repeat(36))), (1, 2));
    }

    #[test]
    fn typographic_marks_are_written_plainly_and_letters_are_not() {
        let text = "Don\u{2019}t \u{2018}share\u{2019} it \u{2013} \u{201c}ŵ\u{201d}\u{2026}\u{a0}£";
        assert_eq!(plain_text(text), "Don't 'share' it - \"ŵ\"... £");
        let english = plain_text("123456 is your code. Don\u{2019}t share it.");
        assert_eq!(sms_parts(&format!("{english}{}", "a".repeat(160 - english.len()))), 1);
    }
}
