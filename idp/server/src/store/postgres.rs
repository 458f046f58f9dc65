//! How PostgreSQL is reached, and how one write becomes one READ COMMITTED transaction.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgPool};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::error::StoreError;
use super::job::{Extent, Job};
use super::statement::{Conn, Link};
use super::tx::Tx;

/// What every connection is told when it is made; the limits are below those that the program keeps itself.
const SESSION: &str = "SET statement_timeout = '4s'; SET lock_timeout = '3s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET default_transaction_isolation = 'read committed'";
/// A connection that lay idle for longer is tested before it is used: the server may have been restarted.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    PgConnectOptions::from_str(url)
        .map(|options| options.application_name("idp").statement_cache_capacity(512).disable_statement_logging())
        // The driver's message may repeat the URL, which holds a password.
        .map_err(|_| StoreError::Settings("the PostgreSQL URL cannot be read".into()))
}

/// Connects, and refuses a server that would answer a commit before it is durable.
pub(super) async fn connect(url: &str, most: u32, wait: Duration) -> Result<PgPool, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(most.max(1))
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(SESSION).execute(connection).await.map(drop) })
        })
        .connect_with(options(url)?)
        .await?;
    let commit: String = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(&pool).await?;
    if !matches!(commit.as_str(), "on" | "remote_apply") {
        let why = format!(
            "synchronous_commit is {commit}: an answered write could be lost; set it to on for this database or user"
        );
        return Err(StoreError::Settings(why));
    }
    Ok(pool)
}

pub(super) async fn read(pool: &PgPool, wait: Duration, counted: bool) -> Result<Conn, StoreError> {
    let deadline = Instant::now() + wait;
    let connection = pool.acquire().await?;
    Ok(Conn::new(Link::Postgres(connection), Some(deadline), counted))
}

/// Runs a job in a task of its own: a caller that goes away does not cut a write in the middle.
pub(super) fn start(pool: &PgPool, wait: Duration, mut job: Box<dyn Job>) {
    let pool = pool.clone();
    let task = async move {
        let outcome = transaction(&pool, wait, job.as_mut()).await;
        job.answer(outcome);
    };
    tokio::spawn(task.in_current_span());
}

/// Runs a job as one transaction. An error is the transaction's own, never the job's.
async fn transaction(pool: &PgPool, wait: Duration, job: &mut dyn Job) -> Result<(), StoreError> {
    let mut tx = Tx::new(read(pool, wait, false).await?);
    if job.extent() == Extent::OneStatement {
        // PostgreSQL commits it by itself.
        job.run(&mut tx).await;
        return Ok(());
    }
    tx.conn.control("BEGIN").await?;
    if job.run(&mut tx).await {
        let events = std::mem::take(&mut tx.events);
        tx.insert_events(&events).await?;
        tx.conn.control("COMMIT").await
    } else {
        // Where even this fails, the connection is closed, which rolls back as well.
        tx.conn.control("ROLLBACK").await.ok();
        Ok(())
    }
}
