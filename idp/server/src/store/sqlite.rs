//! How SQLite files are opened, and the connections that read them. Writing is the business of `writer`.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::StoreError;

/// The most that a page cache may use, in KiB, for each reading connection and for the writing one.
const READER_CACHE: &str = "-2000";
const WRITER_CACHE: &str = "-8000";
/// Pages in the log before they are copied into the database: 16 MiB. A page that changed often meanwhile is copied once.
const CHECKPOINT_PAGES: &str = "4000";

/// The options of the writing connection: WAL and `synchronous=FULL`, so that a commit that was answered is on disk.
pub(super) fn writer_options(url: &str, wait: Duration) -> Result<SqliteConnectOptions, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Settings(error.to_string()))?;
    // The driver gives a database in memory a name of its own, which is a URI.
    let file = options.get_filename().as_os_str();
    if file.is_empty() || file.to_string_lossy().starts_with("file:") {
        let why = "SQLite in memory is not supported, because readers and the writer are separate connections";
        return Err(StoreError::Settings(why.into()));
    }
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(wait)
        .statement_cache_capacity(512)
        .pragma("cache_size", WRITER_CACHE)
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .thread_name(|_| "sqlite-writer".into())
        .disable_statement_logging())
}

/// The options of a reading connection.
pub(super) fn reader_options(writer: &SqliteConnectOptions) -> SqliteConnectOptions {
    writer
        .clone()
        .create_if_missing(false)
        .read_only(true)
        .pragma("query_only", "on")
        .pragma("cache_size", READER_CACHE)
        .thread_name(|id| format!("sqlite-read-{id}"))
        .disable_statement_logging()
}

/// Opens a connection. Going over to WAL needs the file alone and heeds no busy timeout, so that of several processes that
/// start at once some have to try again.
pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    const PAUSE: Duration = Duration::from_millis(50);
    let mut tries = 0;
    loop {
        match options.connect().await.map_err(StoreError::from) {
            Err(StoreError::Unavailable { .. }) if tries < 100 => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// Makes a database file that is missing, and its directory, closed to other users. Files that `SQLite` puts beside it
/// get the rights that it has.
pub(super) fn make_private(file: &Path) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| StoreError::Settings(format!("{}: {error}", file.display()));
    make_directory(file).map_err(failed)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

/// Makes the directory of a file that holds secrets, closed to other users. One that is there is left as it is.
pub(crate) fn make_directory(file: &Path) -> std::io::Result<()> {
    let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) else {
        return Ok(());
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(parent)
}

/// A bounded set of reading connections, opened when first needed. Unlike sqlx's own pool it does not test a
/// connection each time it comes back: the file is local, and a test costs as much as the read itself.
#[derive(Debug)]
pub(super) struct Readers {
    options: SqliteConnectOptions,
    idle: Mutex<Vec<SqliteConnection>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(options: SqliteConnectOptions, most: u32) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(usize::MAX).clamp(1, 64)));
        Arc::new(Self { options, idle: Mutex::default(), free })
    }

    /// A connection of its own for the caller.
    pub(super) async fn acquire(self: &Arc<Self>, wait: Duration) -> Result<Reader, StoreError> {
        let permit = tokio::time::timeout(wait, Arc::clone(&self.free).acquire_owned())
            .await
            .map_err(|_| StoreError::unavailable("all reading connections are busy"))?
            .map_err(|closed| StoreError::unavailable(closed.to_string()))?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader { connection: Some(connection), home: Arc::clone(self), _permit: permit })
    }
}

/// A reading connection on loan from [`Readers`].
#[derive(Debug)]
pub(super) struct Reader {
    connection: Option<SqliteConnection>,
    home: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    pub(super) fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.connection.as_mut()
    }

    /// Closes the connection instead of giving it back.
    pub(super) fn abandon(&mut self) {
        self.connection = None;
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
