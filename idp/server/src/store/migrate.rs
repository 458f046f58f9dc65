//! Brings the schema up to this release. The scripts are in `migrations/{sqlite,postgres}`, under the same numbers and
//! names; to change the schema add one file to both and never edit an old one.

use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::error::StoreError;
use super::sqlite;
use super::statement::{Conn, statements};

statements! {
    DONE = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
    CLOCK = "SELECT CAST(CURRENT_TIMESTAMP AS TEXT)";
}

/// The scripts for SQLite.
pub(super) static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
/// The scripts for PostgreSQL.
pub(super) static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How long a node waits for another one that is migrating.
const WAIT: Duration = Duration::from_mins(2);

/// Runs what is missing, all in one transaction that locks the file against every other process.
pub(super) async fn on_sqlite(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let mut connection = sqlite::connect(&options.clone().busy_timeout(WAIT)).await?;
    let mut tx = connection.begin_with("BEGIN EXCLUSIVE").await?;
    SQLITE.run_direct(None, &mut *tx, false).await?;
    tx.commit().await?;
    connection.close().await?;
    Ok(())
}

/// Runs what is missing, under an advisory lock: of several nodes that start at once, one migrates and the others wait.
/// The connection is its own, without time limits on statements, and its end releases the lock.
pub(super) async fn on_postgres(options: &PgConnectOptions) -> Result<(), StoreError> {
    let mut connection = options.connect().await?;
    let run = POSTGRES.run_direct(None, &mut connection, false);
    let outcome = tokio::time::timeout(WAIT, run).await;
    connection.close().await?;
    outcome.map_err(|_| StoreError::unavailable("another node has been migrating for two minutes"))??;
    Ok(())
}

/// How many of the `known` scripts have not run. A database without any is one that none has run in.
pub(super) async fn pending(conn: &mut Conn, known: &Migrator) -> Result<usize, StoreError> {
    let done: Vec<(i64,)> = match conn.query_as(DONE).fetch_all().await {
        Err(StoreError::Failed(_)) => Vec::new(),
        done => done?,
    };
    Ok(known.iter().filter(|script| !done.contains(&(script.version,))).count())
}
