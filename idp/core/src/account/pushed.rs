//! Phone numbers as a back office pushes them: several, one the default, none of them known to be real.
//!
//! A number that is none stays out and is reported; the others are kept. Where the default is none the person has no
//! default: no other number is guessed in its place.

use super::phone::{PhoneNumber, PhoneProblem};

/// Why a pushed number is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberProblem {
    /// It cannot be read as a phone number.
    #[error("it cannot be read as a phone number")]
    Format,
    /// It can be read, but no such number exists.
    #[error("there is no such phone number")]
    Impossible,
    /// Premium rate, shared cost, freephone, pager and their like: nobody's own phone.
    #[error("it is no mobile or landline phone")]
    NotAPhone,
}

impl NumberProblem {
    /// As interfaces say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Impossible => "impossible",
            Self::NotAPhone => "not_a_phone",
        }
    }
}

/// The numbers of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushedNumbers {
    /// The real ones, each once, in the order they were pushed; `true` for the default.
    pub kept: Vec<(PhoneNumber, bool)>,
    /// Which were none, by their place in the push from 0, and why.
    pub rejected: Vec<(usize, NumberProblem)>,
}

/// More than one number is marked as the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at most one number is the default")]
pub struct SeveralDefaults;

impl PushedNumbers {
    /// Reads numbers with whether each is the default; where none is marked it is the first. An empty text is no number.
    ///
    /// # Errors
    /// [`SeveralDefaults`].
    pub fn read<'a>(pushed: impl IntoIterator<Item = (&'a str, bool)>) -> Result<Self, SeveralDefaults> {
        let mut pushed: Vec<_> =
            pushed.into_iter().enumerate().filter(|(_, (text, _))| !text.trim().is_empty()).collect();
        match pushed.iter().filter(|(_, (_, default))| *default).count() {
            0 => {
                if let Some((_, (_, default))) = pushed.first_mut() {
                    *default = true;
                }
            }
            1 => {}
            _ => return Err(SeveralDefaults),
        }
        let mut numbers = Self::default();
        for (place, (text, default)) in pushed {
            match real(text) {
                Ok(number) => numbers.keep(number, default),
                Err(problem) => numbers.rejected.push((place, problem)),
            }
        }
        Ok(numbers)
    }

    fn keep(&mut self, number: PhoneNumber, default: bool) {
        match self.kept.iter_mut().find(|(kept, _)| *kept == number) {
            Some((_, kept)) => *kept |= default,
            None => self.kept.push((number, default)),
        }
    }

    /// The default number, if it is real.
    #[must_use]
    pub fn default_number(&self) -> Option<&PhoneNumber> {
        self.kept.iter().find(|(_, default)| *default).map(|(number, _)| number)
    }
}

fn real(text: &str) -> Result<PhoneNumber, NumberProblem> {
    let number = PhoneNumber::parse(text).map_err(|problem| match problem {
        PhoneProblem::Empty | PhoneProblem::Format => NumberProblem::Format,
        PhoneProblem::Impossible => NumberProblem::Impossible,
    })?;
    if number.line_type().takes_calls() { Ok(number) } else { Err(NumberProblem::NotAPhone) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = (Vec<(String, bool)>, Vec<(usize, NumberProblem)>);

    fn read(pushed: &[(&str, bool)]) -> Read {
        let numbers = PushedNumbers::read(pushed.iter().copied()).unwrap();
        (numbers.kept.into_iter().map(|(number, default)| (number.to_string(), default)).collect(), numbers.rejected)
    }

    #[test]
    fn req_s1_5_an_unreal_number_stays_blank_and_the_others_are_kept() {
        let mobile = "+447700900123".to_owned();
        let landline = "+442079460018".to_owned();
        assert_eq!(read(&[]), (vec![], vec![]));
        assert_eq!(read(&[("  ", true)]), (vec![], vec![]));
        assert_eq!(read(&[("07700 900123", false)]), (vec![(mobile.clone(), true)], vec![]));
        assert_eq!(read(&[("ring me", true)]), (vec![], vec![(0, NumberProblem::Format)]));
        assert_eq!(read(&[("+44 1", true)]).0, vec![]);
        assert_eq!(read(&[("0909 879 0000", true)]).1, vec![(0, NumberProblem::NotAPhone)]);
        // The default is none: no other takes its place.
        assert_eq!(
            read(&[("", false), ("12", true), ("020 7946 0018", false)]),
            (vec![(landline.clone(), false)], vec![(1, PushedNumbers::read([("12", true)]).unwrap().rejected[0].1)])
        );
        // Two spellings are one number.
        assert_eq!(
            read(&[("07700 900123", false), ("020 7946 0018", false), ("+44 7700 900 123", true)]),
            (vec![(mobile, true), (landline, false)], vec![])
        );
    }

    #[test]
    fn req_s1_5_there_is_one_default_at_most() {
        let two = [("07700 900123", true), ("07700 900124", true)];
        assert_eq!(PushedNumbers::read(two), Err(SeveralDefaults));
    }
}
