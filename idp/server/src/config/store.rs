//! `[store]` and `[ephemeral]`: the durable database, and the place for state that may vanish.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::section::section;
use super::source::Reader;

/// The database used when none is named.
pub const DEFAULT_STORE: &str = "sqlite:./data/idp.db";

section! {
    /// The durable database: SQLite on one machine, PostgreSQL for several nodes.
    pub struct Store in "store" {
        /// `sqlite:PATH` or `postgres://user:password@host/database`. The default is `sqlite:./data/idp.db`.
        url: Option<SecretString> = None => "\"sqlite:./data/idp.db\"",
        /// A file that contains the URL, for one with a password in it.
        url_file: Option<PathBuf> = None => "\"/run/secrets/store_url\"",
        /// Connections to PostgreSQL, or readers of SQLite.
        max_connections: u32 = 16,
    }
}

section! {
    /// State that may vanish: the limits by network address. One node keeps it in memory; several nodes share a
    /// Redis. Losing it loses no account, no counter and no single-use value.
    pub struct Ephemeral in "ephemeral" {
        /// `redis://` or `rediss://` with host, port and database. Unset: in memory, for one node only.
        redis_url: Option<SecretString> = None => "\"redis://127.0.0.1:6379/0\"",
        /// A file that contains the URL, for one with a password in it.
        redis_url_file: Option<PathBuf> = None => "\"/run/secrets/redis_url\"",
    }
}

impl Store {
    /// The database's URL; may contain a password.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_ref().map_or(DEFAULT_STORE, |url| url.expose_secret())
    }

    /// The file of a SQLite database; `None` for PostgreSQL.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        let rest = self.url().strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        Some(Path::new(path.split('?').next().unwrap_or(path)))
    }

    pub(super) fn check(&mut self, reader: &mut Reader) {
        reader.secret("store.url", &mut self.url, self.url_file.as_ref());
        let url = self.url();
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            reader.refuse("store.url", "must begin with sqlite: or postgres://");
        } else if self.sqlite_path().is_some_and(|path| path.as_os_str().is_empty()) {
            reader.refuse("store.url", "names no file: write sqlite:PATH");
        }
        reader.within("store.max_connections", &self.max_connections, &(1..=1000), "the default is 16");
    }
}

impl Ephemeral {
    pub(super) fn check(&mut self, reader: &mut Reader) {
        reader.secret("ephemeral.redis_url", &mut self.redis_url, self.redis_url_file.as_ref());
        if let Some(url) = &self.redis_url
            && !["redis://", "rediss://"].iter().any(|scheme| url.expose_secret().starts_with(scheme))
        {
            reader.refuse("ephemeral.redis_url", "must begin with redis:// or rediss://");
        }
    }
}
