//! What pages of several areas say in the same words.

use idp_core::account::password::PasswordProblem;

use crate::app::App;
use crate::page::Message;

/// What is wrong with a new password: the first thing that is.
pub fn of_new_password(problems: &[PasswordProblem]) -> Message {
    match problems.first() {
        Some(PasswordProblem::Empty) => Message::new("error-new-password-empty"),
        Some(PasswordProblem::TooShort(least)) => {
            Message::new("error-password-short").with("length", u32::try_from(*least).unwrap_or(u32::MAX))
        }
        Some(PasswordProblem::TooLong) => Message::new("error-password-long"),
        Some(PasswordProblem::OwnWord) => Message::new("error-password-email"),
        Some(PasswordProblem::KnownWord(_) | PasswordProblem::Breached | PasswordProblem::Guessable) | None => {
            Message::new("error-password-common")
        }
    }
}

/// How many characters a new password has at least.
pub fn shortest_password(app: &App) -> u32 {
    u32::try_from(app.passwords.minimum_length()).unwrap_or(u32::MAX)
}
