//! A password hash as it is stored: one of Argon2, or one that another system made.

use super::foreign::Foreign;
use super::pool::Memory;
use super::problem::HashProblem;
use super::scheme::Argon2Hash;
use super::{HashError, HashSettings};

/// What a hash of Argon2 begins with.
const ARGON2: &str = "$argon2";
/// The longest text that is looked at, in bytes.
const LONGEST: usize = 512;

/// A hash that was read, or made up.
#[derive(Clone, Debug)]
pub(super) enum Stored {
    /// Argon2 of any variant.
    Argon2(Argon2Hash),
    /// Of another system.
    Foreign(Foreign),
}

impl Stored {
    pub(super) fn parse(text: &str) -> Result<Self, HashProblem> {
        if text.len() > LONGEST {
            return Err(HashProblem::Unknown);
        }
        if text.starts_with(ARGON2) {
            return Argon2Hash::parse(text).map(Self::Argon2);
        }
        Foreign::parse(text).map(Self::Foreign)
    }

    /// Whether a new hash by these settings would be stronger. Whatever another system made is renewed: a hash that depends
    /// on the cost of Argon2 only can be raised by a setting.
    pub(super) fn is_weaker_than(&self, settings: &HashSettings) -> bool {
        match self {
            Self::Argon2(hash) => hash.is_weaker_than(settings),
            Self::Foreign(_) => true,
        }
    }

    pub(super) fn matches(&self, password: &[u8], memory: &mut Memory) -> Result<bool, HashError> {
        match self {
            Self::Argon2(hash) => hash.matches(password, memory),
            Self::Foreign(hash) => Ok(hash.matches(password)),
        }
    }

    /// As people call the scheme.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Argon2(hash) => hash.name(),
            Self::Foreign(hash) => hash.name(),
        }
    }
}

/// A hash that another system exported, as it is to be stored. Django writes its own name of a scheme before a hash that has
/// one already.
///
/// # Errors
/// As [`HashProblem`] says.
pub fn imported(text: &str) -> Result<String, HashProblem> {
    let bare = match text.split_once('$') {
        Some(("bcrypt", rest)) => rest.to_owned(),
        Some(("argon2", rest)) => format!("${rest}"),
        _ => text.to_owned(),
    };
    Stored::parse(&bare).map(|_| bare)
}

/// The scheme of a stored hash: `argon2id`, `bcrypt`, `pbkdf2-sha256` …; `unreadable` if it is none.
#[must_use]
pub fn scheme_of(stored: &str) -> &'static str {
    Stored::parse(stored).map_or("unreadable", |stored| stored.name())
}

/// Whether another system made the hash, so that nobody has signed in with the password here.
#[must_use]
pub fn is_foreign(stored: &str) -> bool {
    matches!(Stored::parse(stored), Ok(Stored::Foreign(_)))
}
