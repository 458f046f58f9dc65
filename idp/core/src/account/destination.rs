//! Where texts and calls may go: the countries of a policy, and only to numbers that a person pays an ordinary price for.

use super::phone::{LineType, PhoneNumber};
use crate::metering::Channel;

/// Why nothing is sent to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationProblem {
    /// Not a country of the policy. Jersey, Guernsey and the Isle of Man have numbers like ours and are not the UK.
    #[error("the number's country is not among those that codes are sent to")]
    Country,
    /// Premium rate, shared cost or personal: whoever owns it may earn by it.
    #[error("the number is premium rate, shared cost or personal")]
    Premium,
    /// Pager, company-wide (UAN), freephone, voicemail: nobody's own phone.
    #[error("the number is no mobile or landline phone")]
    NotAPhone,
    /// A text to a fixed line.
    #[error("the number is a landline, which gets calls and no texts")]
    Landline,
}

impl DestinationProblem {
    /// The text of the error at the field.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Landline => "error-phone-landline",
            // To somebody who types it, these are numbers that we cannot send codes to, whatever their country.
            Self::Country | Self::Premium | Self::NotAPhone => "error-phone-country",
        }
    }
}

/// Whether this channel may be used to this number, with these countries (ISO 3166-1, upper case).
///
/// # Errors
/// Why not. What a number is comes before where it is: a premium number is refused in every country.
pub fn check_destination(
    number: &PhoneNumber,
    channel: Channel,
    countries: &[String],
) -> Result<(), DestinationProblem> {
    match (number.line_type(), channel) {
        (LineType::Premium, _) => return Err(DestinationProblem::Premium),
        (LineType::Other, _) | (_, Channel::Email) => return Err(DestinationProblem::NotAPhone),
        (LineType::Landline, Channel::Sms) => return Err(DestinationProblem::Landline),
        (LineType::Mobile, _) | (LineType::Landline, Channel::Voice) => {}
    }
    if countries.iter().any(|country| country == number.country()) { Ok(()) } else { Err(DestinationProblem::Country) }
}

/// Whether codes may go to a number at all, by whichever channel it takes.
#[must_use]
pub fn is_served(number: &PhoneNumber, countries: &[String]) -> bool {
    [Channel::Sms, Channel::Voice].into_iter().any(|channel| check_destination(number, channel, countries).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::PhoneProblem;
    use super::*;

    fn checked(number: &str, channel: Channel, countries: &[&str]) -> Result<(), DestinationProblem> {
        let countries: Vec<_> = countries.iter().map(|country| (*country).to_owned()).collect();
        check_destination(&PhoneNumber::parse(number).unwrap(), channel, &countries)
    }

    #[test]
    fn case_ot7_sec_r13_only_ordinary_numbers_of_the_listed_countries_get_anything() {
        use DestinationProblem::{Country, Landline, NotAPhone, Premium};
        for (number, text, call) in [
            ("07700 900000", Ok(()), Ok(())),
            ("07700 900999", Ok(()), Ok(())),
            ("07400 123456", Ok(()), Ok(())),
            ("020 7946 0018", Err(Landline), Ok(())),
            ("+33 6 31 96 65 43", Err(Country), Err(Country)),
            ("+353 85 012 3456", Err(Country), Err(Country)),
            // Premium, shared cost, personal.
            ("0909 879 0000", Err(Premium), Err(Premium)),
            ("0871 200 0000", Err(Premium), Err(Premium)),
            ("0845 600 0000", Err(Premium), Err(Premium)),
            ("070 1234 5678", Err(Premium), Err(Premium)),
            // Company-wide, pager, freephone.
            ("0370 010 0000", Err(NotAPhone), Err(NotAPhone)),
            ("0300 123 4567", Err(NotAPhone), Err(NotAPhone)),
            ("07640 123456", Err(NotAPhone), Err(NotAPhone)),
            ("0800 123 4567", Err(NotAPhone), Err(NotAPhone)),
            // A premium number abroad.
            ("+33 899 12 34 56", Err(Premium), Err(Premium)),
        ] {
            assert_eq!(checked(number, Channel::Sms, &["GB"]), text, "text to {number}");
            assert_eq!(checked(number, Channel::Voice, &["GB"]), call, "call to {number}");
        }
        assert_eq!(checked("+33 6 31 96 65 43", Channel::Sms, &["GB", "FR"]), Ok(()));
        assert_eq!(checked("07700 900123", Channel::Sms, &[]), Err(Country));
    }

    #[test]
    fn case_ot7_the_islands_are_not_the_uk_unless_they_are_listed() {
        for (number, country) in [
            ("+44 7797 712345", "JE"),
            ("+44 7781 123456", "GG"),
            ("+44 7624 123456", "IM"),
            ("+44 7524 123456", "IM"),
            ("+44 7829 712345", "JE"),
            ("+44 7839 123456", "GG"),
            ("+44 1534 456789", "JE"),
            ("+44 1481 256789", "GG"),
            ("+44 1624 756789", "IM"),
        ] {
            assert_eq!(PhoneNumber::parse(number).unwrap().country(), country, "{number}");
            assert_eq!(checked(number, Channel::Voice, &["GB"]), Err(DestinationProblem::Country), "{number}");
            assert_eq!(checked(number, Channel::Voice, &["GB", country]), Ok(()), "{number}");
        }
    }

    #[test]
    fn case_ot7_numbers_of_no_country_are_no_phone_numbers() {
        // Satellite, international networks, freephone, shared cost, premium; +979 is not assigned to subscribers.
        for number in [
            "+870 773 111 632",
            "+881 612 345678",
            "+882 16 1234 5678",
            "+883 510 012 345",
            "+800 1234 5678",
            "+808 1234 5678",
            "+878 10 123 456 789",
            "+979 123 456 789",
        ] {
            let parsed = PhoneNumber::parse(number);
            assert!(matches!(parsed, Err(PhoneProblem::Impossible | PhoneProblem::Format)), "{number}: {parsed:?}");
        }
    }

    #[test]
    fn req_s4_16_each_refusal_has_its_text() {
        assert_eq!(DestinationProblem::Landline.text_key(), "error-phone-landline");
        assert_eq!(DestinationProblem::Country.text_key(), "error-phone-country");
        assert_eq!(DestinationProblem::Premium.text_key(), "error-phone-country");
    }
}
