//! Setting a new password: the rules of the installation, the operator's list of breached passwords, and the hash.
//!
//! What a password must be is decided in `idp_core::account::password`; this puts together what that needs to know.
//! Nothing here knows accounts or pages.

mod breached;

use std::sync::Arc;

use idp_core::account::password::{self, PasswordProblem, PasswordRules};
use idp_core::policy::MfaMode;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Config;
use crate::hashing::{HashError, Hasher};

pub use breached::{Breached, BreachedError};

/// Words of the council's and the service's name shorter than this are no words to build a password on.
const SHORTEST_NAME: usize = 4;

/// What a new password must be, and how it becomes a hash. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    rules: Arc<PasswordRules>,
    breached: Arc<Breached>,
    hasher: Hasher,
}

/// Why a password was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// It breaks rules: every one that it breaks, in the order in which a page should say them.
    #[error("{}", sentences(.0))]
    Refused(Vec<PasswordProblem>),
    /// It could not be hashed now.
    #[error(transparent)]
    Hash(#[from] HashError),
}

fn sentences(problems: &[PasswordProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Passwords {
    /// The rules as configured. A list of breached passwords is read when the first password is judged.
    #[must_use]
    pub fn new(config: &Config, hasher: Hasher) -> Self {
        let breached = Arc::new(Breached::new(config.passwords.breached_file.clone()));
        Self { rules: Arc::new(rules(config)), breached, hasher }
    }

    /// The least number of characters (code points).
    #[must_use]
    pub fn minimum_length(&self) -> usize {
        self.rules.min_code_points
    }

    /// Judges a new password; `own` are the person's email address and names. Takes milliseconds, and reads a file:
    /// from asynchronous code use [`Passwords::hash_new`].
    ///
    /// # Errors
    /// Every reason against it. A list of breached passwords that cannot be read says nothing, and the log says so.
    pub fn check(&self, candidate: &SecretString, own: &[&str]) -> Result<(), Vec<PasswordProblem>> {
        let candidate = candidate.expose_secret();
        let prepared = password::prepare(candidate).map_err(|problem| vec![problem])?;
        let breached = self.breached.contains(&prepared).unwrap_or_else(|error| {
            tracing::error!(%error, "a new password was not compared with the breached ones");
            false
        });
        password::check_new(candidate, &self.rules, own, breached)
    }

    /// The hash of a password, as it is stored, without judging it.
    ///
    /// # Errors
    /// [`HashError::TooLong`], or the pool is busy.
    pub async fn hash(&self, candidate: &SecretString) -> Result<String, HashError> {
        let prepared = password::prepare(candidate.expose_secret()).map_err(|_| HashError::TooLong)?;
        self.hasher.hash(&SecretString::from(prepared)).await
    }

    /// Judges a new password away from the threads that answer requests, and hashes it.
    ///
    /// # Errors
    /// [`SetError`]
    pub async fn hash_new(&self, candidate: &SecretString, own: Vec<String>) -> Result<String, SetError> {
        let (passwords, judged) = (self.clone(), candidate.clone());
        let verdict = tokio::task::spawn_blocking(move || {
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            passwords.check(&judged, &own)
        });
        verdict.await.map_err(|_| HashError::Failed)?.map_err(SetError::Refused)?;
        Ok(self.hash(candidate).await?)
    }
}

/// The rules as configured: the longer minimum where the installation's own policy asks for no second factor.
fn rules(config: &Config) -> PasswordRules {
    let required = config.policy.defaults.mfa.unwrap_or_default() == MfaMode::Required;
    let settings = &config.passwords;
    let minimum = if required { settings.minimum_length } else { settings.minimum_length_alone };
    let names = config.brand.names();
    let parts = names.flat_map(|name| {
        let words = name.split_whitespace().filter(|word| word.chars().count() >= SHORTEST_NAME);
        words.map(str::to_owned).chain(std::iter::once(name.to_owned()))
    });
    let words = settings.words.iter().cloned().chain(parts).collect();
    PasswordRules { min_code_points: password::minimum_length(required, Some(minimum)), words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Random;
    use crate::hashing::HashSettings;

    fn passwords(extra: &[(&str, &str)]) -> Passwords {
        let environment = extra.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let config = Config::from_sources(None, environment).expect("a configuration");
        let settings = HashSettings { memory_kib: 64, passes: 1, ..HashSettings::default() };
        Passwords::new(&config, Hasher::new(settings, Random::default()).expect("a pool"))
    }

    fn problems(passwords: &Passwords, candidate: &str, own: &[&str]) -> Vec<PasswordProblem> {
        passwords.check(&candidate.into(), own).err().unwrap_or_default()
    }

    #[test]
    fn sec_r4_the_names_of_the_council_and_the_service_are_known_words() {
        let passwords = passwords(&[
            ("IDP_BRAND__COUNCIL", "Westborough District Council"),
            ("IDP_BRAND__SERVICE", "My Westborough"),
            ("IDP_PASSWORDS__WORDS", "Riverside"),
        ]);
        for candidate in ["Westborough1!", "westborough district council 7", "RIVERSIDE-77"] {
            let found = problems(&passwords, candidate, &[]);
            assert!(found.iter().any(|p| matches!(p, PasswordProblem::KnownWord(_))), "{candidate}: {found:?}");
        }
        assert_eq!(problems(&passwords, "mauve tractor 9 lamp", &[]), []);
    }

    #[test]
    fn sec_r4_the_commonest_passwords_are_refused_however_they_are_capitalised() {
        let passwords = passwords(&[]);
        for common in [
            "password",
            "12345678",
            "123456789",
            "1234567890",
            "qwertyuiop",
            "iloveyou",
            "princess",
            "sunshine",
            "football",
            "baseball",
            "superman",
            "starwars",
            "computer",
            "michelle",
            "jennifer",
            "liverpool",
            "chocolate",
            "butterfly",
            "trustno1",
            "whatever",
            "password1",
            "passw0rd",
            "letmein1",
            "welcome1",
            "abcd1234",
            "1q2w3e4r",
            "qazwsxedc",
            "zaq12wsx",
            "midnight",
            "blink182",
            "mercedes",
            "Bond007!",
            "metallica",
            "snowball",
            "scorpion",
            "manchester",
            "elizabeth",
            "scooby-doo",
            "arsenal1",
            "guinness",
        ] {
            for spelling in [common.to_owned(), common.to_uppercase()] {
                assert!(!problems(&passwords, &spelling, &[]).is_empty(), "{spelling}");
            }
        }
    }

    #[test]
    fn sec_r4_the_operators_list_of_breached_passwords_is_used() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("breached.txt");
        std::fs::write(&path, "mauve tractor 9 lamp\n").expect("written");
        let passwords = passwords(&[("IDP_PASSWORDS__BREACHED_FILE", path.to_str().expect("a path"))]);
        assert_eq!(problems(&passwords, "mauve tractor 9 lamp", &[]), [PasswordProblem::Breached]);
        assert_eq!(problems(&passwords, "mauve tractor 8 lamp", &[]), []);
    }

    #[test]
    fn sec_r2_without_a_second_factor_the_longer_minimum_holds() {
        assert_eq!(passwords(&[]).minimum_length(), 8);
        assert_eq!(passwords(&[("IDP_POLICY__DEFAULTS", r#"{"mfa":"off"}"#)]).minimum_length(), 15);
    }

    #[tokio::test]
    async fn sec_r3_a_password_is_hashed_in_the_form_in_which_it_is_compared() {
        let passwords = passwords(&[]);
        let phc = passwords.hash_new(&"cafe\u{301} au lait bleu".into(), Vec::new()).await.expect("a hash");
        let composed = SecretString::from("caf\u{e9} au lait bleu");
        assert!(passwords.hasher.verify(&phc, &composed).await.expect("a verdict").matches);
        let refused =
            passwords.hash_new(&"ann.smith@example.org".into(), vec!["ann.smith@example.org".to_owned()]).await;
        assert!(matches!(refused, Err(SetError::Refused(_))));
    }
}
