//! Finding the master key at start, and making it at the very first one.
//!
//! It is made only together with a new SQLite database. Beside an existing database a missing key means that it was
//! lost or not mounted, and a new one would hide that while opening nothing.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::{Config, ConfigError, Problem};
use crate::clock::Random;
use crate::keys::seal::MasterKey;

impl Config {
    /// The file the master key is read from, unless it is given as a value.
    #[must_use]
    pub fn master_key_path(&self) -> Option<PathBuf> {
        if self.keys.master_key.is_some() {
            return None;
        }
        let beside = || Some(self.store.sqlite_path()?.parent()?.join("master.key"));
        self.keys.master_key_file.clone().or_else(beside)
    }

    /// The master key. Call before the database is opened: with no key named and a SQLite file that does not exist
    /// yet, the key is made, in a file that only its owner can read.
    ///
    /// # Errors
    /// The key's file is missing beside an existing database, unreadable, readable by others, or not a key.
    pub fn master_key(&self, random: &Random) -> Result<MasterKey, ConfigError> {
        if let Some(text) = &self.keys.master_key {
            return MasterKey::from_text(text.expose_secret())
                .map_err(|error| wrong("keys.master_key", &error.to_string(), "value"));
        }
        let Some(path) = self.master_key_path() else {
            return Err(wrong("keys.master_key", "is not a key", "not set"));
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                private(&path)?;
                MasterKey::from_text(&text).map_err(|error| wrong_file(&path, &format!("is not a key: {error}")))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.may_make_key() => {
                make(&path, random).map_err(|error| wrong_file(&path, &format!("cannot be written: {error}")))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(wrong_file(&path, "is missing: put back the key that this database was made with"))
            }
            Err(error) => Err(wrong_file(&path, &format!("cannot be read: {error}"))),
        }
    }

    fn may_make_key(&self) -> bool {
        self.keys.master_key_file.is_none() && self.store.sqlite_path().is_some_and(|database| !database.exists())
    }
}

fn make(path: &Path, random: &Random) -> std::io::Result<MasterKey> {
    crate::store::make_directory(path)?;
    let key = MasterKey::generate(random);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", key.to_text().expose_secret())?;
    file.sync_all()?;
    Ok(key)
}

/// Refuses a key that everyone on the machine can read. A group may: that is how secrets are mounted in containers.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    let others = mode & 0o007;
    if others == 0 { Ok(()) } else { Err(wrong_file(path, "can be read by everyone: chmod 600 it")) }
}

#[cfg(not(unix))]
fn private(_path: &Path) -> Result<(), ConfigError> {
    Ok(())
}

fn wrong_file(path: &Path, what: &str) -> ConfigError {
    wrong("keys.master_key_file", &format!("{} {what}", path.display()), "file")
}

fn wrong(key: &str, message: &str, origin: &str) -> ConfigError {
    ConfigError {
        problems: vec![Problem { key: key.to_owned(), origin: origin.to_owned(), message: message.to_owned() }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_store(directory: &Path) -> Config {
        let url = format!("sqlite:{}/idp.db", directory.display());
        Config::from_sources(None, [("IDP_STORE__URL".to_owned(), url)].into_iter()).expect("a configuration")
    }

    #[test]
    fn the_first_start_makes_a_private_key_and_the_second_finds_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = with_store(&directory.path().join("data"));
        let made = config.master_key(&Random::default()).expect("made");
        let found = config.master_key(&Random::default()).expect("found");
        assert!(made.matches_check_value(&found.check_value()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = config.master_key_path().expect("a path");
            assert_eq!(std::fs::metadata(path).expect("the file").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn case_da12_no_key_is_made_beside_a_database_that_had_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = with_store(directory.path());
        std::fs::write(directory.path().join("idp.db"), "").expect("a database");
        let error = config.master_key(&Random::default()).expect_err("no key");
        assert!(error.to_string().contains("put back the key"), "{error}");
        assert!(!directory.path().join("master.key").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_everyone_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().expect("a directory");
        let config = with_store(directory.path());
        config.master_key(&Random::default()).expect("made");
        let path = directory.path().join("master.key");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(config.master_key(&Random::default()).is_err());
    }
}
