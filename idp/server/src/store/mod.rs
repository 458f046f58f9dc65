//! The durable store: everything that must be true after a crash. One file per aggregate; no rule of the protocol
//! belongs here, and no other module runs SQL.
//!
//! SQLite and PostgreSQL share one code path. [`Db`] is an enum over the two; statements are constants whose text is
//! valid in both; [`Conn`] binds and runs them on whichever driver there is. There is nothing to write twice.
//!
//! # Recipe: an aggregate
//! ```text
//! statements! {
//!     FIND = "SELECT id, email, created_at FROM accounts WHERE id = $1";
//!     SPEND = "UPDATE codes SET spent_at = $2 WHERE hash = $1 AND spent_at IS NULL AND expires_at > $2 RETURNING grant_id";
//! }
//!
//! #[derive(sqlx::FromRow)]
//! struct Row { id: Uuid, email: String, created_at: Micros }
//!
//! // A read. Take `&mut Conn`, so that it can be used inside a write as well.
//! async fn find(conn: &mut Conn, id: Uuid) -> Result<Option<Row>, StoreError> {
//!     conn.query_as::<Row>(FIND).bind(id).fetch_optional().await
//! }
//! let row = find(&mut db.read().await?, id).await?;
//!
//! // A write. The body owns what it uses (`move`), because it runs in another task; it may borrow from `tx` only.
//! let grant = db.write(move |tx| Box::pin(async move {
//!     let grant: Option<Uuid> = tx.query_scalar(SPEND).bind(hash).bind(Micros(now)).fetch_optional().await?;
//!     if let Some(grant) = grant {
//!         tx.audit(AuditEvent { account: Some(account), ..AuditEvent::new(now, "code.redeemed") });
//!     }
//!     Ok(grant)
//! })).await?;
//!
//! // A write of one statement of which only the number of changed rows matters.
//! let taken = db.execute(TAKE, move |take| take.bind(id)).await? == 1;
//! ```
//! Then add the file's `ALL` to [`all_statements`].
//!
//! # Rules
//! - A write is all or nothing. Its body runs once, to its end, whether or not the caller still waits; an `Err` rolls
//!   it back. To roll back with an error of your own use [`Db::try_write`].
//! - A statement that fails dooms its write, even if the body ignores the error: expect conflicts with
//!   `ON CONFLICT DO NOTHING`, or match on [`StoreError::Conflict`] outside the write.
//! - Nothing but SQL is awaited in a body: on SQLite all writes wait for it.
//! - Single use and limits are one conditional statement (`UPDATE … WHERE … RETURNING`). PostgreSQL is at READ
//!   COMMITTED: what a `SELECT` saw may have changed at the next statement.
//! - Whole numbers are `i64` and BIGINT (`SUM` needs `CAST(… AS BIGINT)`); times are [`Micros`] in TIMESTAMPTZ or
//!   INTEGER; ids are `Uuid` in UUID or BLOB; [`Json`](sqlx::types::Json) in JSONB or TEXT; bytes in BYTEA or BLOB; what has
//!   a textual form is [`Text`] in TEXT. No deferred constraints: they would fail the commit of a whole group.
//! - A placeholder that meets no column (as in `CASE WHEN $2 THEN NULL ELSE $3 END`) is text to PostgreSQL: write
//!   `CAST($3 AS BIGINT)` or `CAST($3 AS TIMESTAMPTZ)`, which SQLite reads as a number.
//! - A text from outside may hold NUL, which PostgreSQL refuses: validate before you store.

pub mod account_changes;
pub mod account_pages;
pub mod account_status;
pub mod accounts;
mod audit;
pub mod backup_codes;
pub mod budgets;
pub mod census;
mod chain;
pub mod challenges;

pub mod charges;
pub mod clients;
pub mod contact_conflicts;
pub mod contacts;
pub mod devices;
pub mod enrolments;
mod error;
pub mod external_ids;
pub mod grants;
pub mod guests;
pub mod identities;
pub mod imports;
pub mod invitations;
mod job;
pub mod likeness;
mod migrate;
pub mod new_accounts;
pub mod newcomers;
pub mod organisations;
pub mod outbox;
pub mod parallel_runs;
pub mod passkeys;
mod postgres;
pub mod proofs;
pub mod pushed_contacts;
pub mod recoveries;
pub mod recovery_codes;
pub mod requests;
mod revisions;
pub mod send_limits;
pub mod sender_settings;
pub mod sessions;
pub mod short_links;
pub mod signing_keys;
pub mod spend;
mod sqlite;
mod statement;
pub mod tariffs;
mod tx;
mod value;
mod writer;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

pub use chain::{Chain, Flaw, Verdict};
pub use error::StoreError;
pub use statement::{Conn, Record, Scalar, ScalarStatement, Statement, Value};
pub use tx::Tx;
pub use value::{Micros, Text};

pub(crate) use sqlite::make_directory;

use job::{Answer, Extent, Job, job};
use sqlite::Readers;
use statement::Link;
use writer::Writer;

/// Which database, and how much of it.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub url: SecretString,
    /// The most connections that this node opens: all of them on PostgreSQL, those that read on SQLite.
    pub max_connections: u32,
    /// The longest that a read or write may take, waiting for a connection included. At most 5 s.
    pub wait: Duration,
}

impl StoreSettings {
    /// The default limits: 16 connections, 4.5 s.
    #[must_use]
    pub fn new(url: impl Into<SecretString>) -> Self {
        Self { url: url.into(), max_connections: 16, wait: Duration::from_millis(4500) }
    }
}

/// The database. Cheap to clone; all clones share their connections.
#[derive(Clone, Debug)]
pub struct Db {
    driver: Driver,
    wait: Duration,
    counted: bool,
}

#[derive(Clone, Debug)]
enum Driver {
    Sqlite { options: Arc<SqliteConnectOptions>, readers: Arc<Readers>, writer: Writer },
    Postgres { options: Arc<PgConnectOptions>, pool: PgPool },
}

impl Db {
    /// Opens the database; a missing SQLite file is made. Call [`Db::migrate`] before anything else.
    ///
    /// # Errors
    /// [`StoreError::Settings`] if the URL names no supported database, or the server would answer a commit before it
    /// is durable; [`StoreError::Unavailable`] if it is away.
    pub async fn connect(settings: &StoreSettings) -> Result<Self, StoreError> {
        let url = settings.url.expose_secret();
        let wait = settings.wait.min(Duration::from_secs(5));
        let driver = if url.starts_with("sqlite:") {
            let options = sqlite::writer_options(url, wait)?;
            sqlite::make_private(options.get_filename())?;
            let writer = Writer::start(options.clone()).await?;
            let readers = Readers::new(sqlite::reader_options(&options), settings.max_connections);
            Driver::Sqlite { options: Arc::new(options), readers, writer }
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = postgres::connect(url, settings.max_connections, wait).await?;
            Driver::Postgres { options: Arc::new(postgres::options(url)?), pool }
        } else {
            return Err(StoreError::Settings("its URL starts neither with sqlite: nor with postgres:".into()));
        };
        Ok(Self { driver, wait, counted: true })
    }

    /// Brings the schema up to this release. Several nodes may call it at once.
    ///
    /// # Errors
    /// [`StoreError::Schema`] if a newer release has been here (nothing is changed), or a migration fails.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.driver {
            Driver::Sqlite { options, .. } => migrate::on_sqlite(options).await,
            Driver::Postgres { options, .. } => migrate::on_postgres(options).await,
        }
    }

    /// How many steps of this release the schema lacks; changes nothing.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let known = match &self.driver {
            Driver::Sqlite { .. } => &migrate::SQLITE,
            Driver::Postgres { .. } => &migrate::POSTGRES,
        };
        migrate::pending(&mut self.for_workers().read().await?, known).await
    }

    /// What the database takes for now, as `YYYY-MM-DD HH:MM:SS` in UTC.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn clock_text(&self) -> Result<String, StoreError> {
        self.for_workers().read().await?.query_scalar(migrate::CLOCK).fetch_one().await
    }

    /// The same database for work that no request waits for: its statements are not counted in
    /// `store_statements_total`.
    #[must_use]
    pub fn for_workers(&self) -> Self {
        Self { counted: false, ..self.clone() }
    }

    /// A connection to read with. It sees what was committed before each of its statements.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is none to be had in time.
    pub async fn read(&self) -> Result<Conn, StoreError> {
        match &self.driver {
            Driver::Sqlite { readers, .. } => {
                let deadline = tokio::time::Instant::now() + self.wait;
                let reader = readers.acquire(self.wait).await?;
                Ok(Conn::new(Link::Reader(reader), Some(deadline), self.counted))
            }
            Driver::Postgres { pool, .. } => postgres::read(pool, self.wait, self.counted).await,
        }
    }

    /// Runs `body` as one write and answers when it is durable. See the module's rules.
    ///
    /// # Errors
    /// Those of the body; [`StoreError::Unavailable`] if the commit fails.
    pub async fn write<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        self.try_write(body).await
    }

    /// As [`Db::write`], with an error type of the caller's own; any `Err` rolls the write back.
    ///
    /// # Errors
    /// Those of the body; `E::from` a [`StoreError`] if the commit fails.
    pub async fn try_write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.run(job(Extent::Any, self.counted, body)).await
    }

    /// Runs one statement as a write of its own, and gives the number of rows it changed when they are durable. It costs
    /// less than [`Db::write`]: no transaction needs to be begun and ended around it.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn execute<B>(&self, sql: &'static str, bind: B) -> Result<u64, StoreError>
    where
        B: for<'c> FnOnce(Statement<'c, ()>) -> Statement<'c, ()> + Send + 'static,
    {
        self.run(job(Extent::OneStatement, self.counted, move |tx| bind(tx.query(sql)).execute().boxed())).await
    }

    /// Has a job run, and waits for its answer.
    async fn run<T, E: From<StoreError>>(&self, (job, answer): (Box<dyn Job>, Answer<T, E>)) -> Result<T, E> {
        let stopped = |_| StoreError::unavailable("the write was given up");
        match &self.driver {
            Driver::Sqlite { writer, .. } => {
                let answered = async {
                    writer.send(job).await?;
                    answer.await.map_err(stopped)
                };
                let in_time = tokio::time::timeout(self.wait, answered).await;
                in_time.unwrap_or_else(|_| Err(StoreError::unavailable("the write took too long")))?
            }
            Driver::Postgres { pool, .. } => {
                postgres::start(pool, self.wait, job);
                answer.await.map_err(stopped)?
            }
        }
    }

    /// The revision of each kind of record that has ever changed, by name. Made to be polled; not counted.
    ///
    /// # Errors
    /// As [`StoreError`] says.
    pub async fn revisions(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.for_workers().read().await?.query_as(revisions::LIST).fetch_all().await
    }
}

/// Every statement of the store with its name, so that a test, or an operator's check, can prepare them all.
#[must_use]
pub fn all_statements() -> Vec<(&'static str, &'static str)> {
    [
        account_changes::ALL,
        account_status::ALL,
        new_accounts::ALL,
        newcomers::ALL,
        account_pages::ALL,
        accounts::ALL,
        backup_codes::ALL,
        budgets::ALL,
        census::ALL,
        chain::ALL,
        challenges::ALL,
        charges::ALL,
        clients::ALL,
        contact_conflicts::ALL,
        contacts::ALL,
        devices::ALL,
        enrolments::ALL,
        external_ids::ALL,
        grants::ALL,
        guests::ALL,
        identities::ALL,
        imports::ALL,
        invitations::ALL,
        likeness::ALL,
        migrate::ALL,
        outbox::ALL,
        organisations::ALL,
        parallel_runs::ALL,
        passkeys::ALL,
        proofs::ALL,
        pushed_contacts::ALL,
        recoveries::ALL,
        recovery_codes::ALL,
        requests::ALL,
        revisions::ALL,
        send_limits::ALL,
        sender_settings::ALL,
        sessions::ALL,
        short_links::ALL,
        signing_keys::ALL,
        spend::ALL,
        tariffs::ALL,
    ]
    .concat()
}
