//! The one task that writes to SQLite. It runs every job that waits, commits them together, and answers them after that
//! one commit: durability costs one fsync for the group, not for each job.
//!
//! What a job did can be undone without the others: by a savepoint, except where there is nothing to keep apart. The first
//! job of a group has nothing before it, a job of one statement is undone by SQLite itself if that fails, and if such a job
//! is alone it needs no transaction either.

use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::mpsc;

use crate::audit::AuditEvent;

use super::error::StoreError;
use super::job::{Extent, Job};
use super::statement::{Conn, Link};
use super::tx::Tx;

/// The most jobs that one commit carries, so that none waits long for the others.
const GROUP: usize = 64;
/// The most jobs that wait; further callers wait for room, until they give up.
const QUEUE: usize = 1024;

/// The way to the writer task, which ends when the last of these is dropped.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Opens the database, making the file when there is none, and starts the task.
    pub(super) async fn start(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let tx = open(&options).await?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(Task { options, tx: Some(tx), queue }.run());
        Ok(Self { jobs })
    }

    /// Queues a job; it is answered when it is committed.
    pub(super) async fn send(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.jobs.send(job).await.map_err(|_| StoreError::unavailable("the writer has stopped"))
    }
}

async fn open(options: &SqliteConnectOptions) -> Result<Tx, StoreError> {
    Ok(Tx::new(Conn::new(Link::Writer(super::sqlite::connect(options).await?), None, false)))
}

struct Task {
    options: SqliteConnectOptions,
    tx: Option<Tx>,
    queue: mpsc::Receiver<Box<dyn Job>>,
}

impl Task {
    async fn run(mut self) {
        while let Some(first) = self.queue.recv().await {
            if !first.is_wanted() {
                continue;
            }
            // Requests that are ready to run send their jobs first, and share the commit.
            tokio::task::yield_now().await;
            let mut group = vec![first];
            let outcome = match self.connected().await {
                Ok(mut tx) => {
                    let outcome = self.commit(&mut tx, &mut group).await;
                    self.tx = recovered(tx, &outcome).await;
                    outcome
                }
                Err(error) => Err(error),
            };
            if let Err(error) = &outcome {
                tracing::error!(%error, jobs = group.len(), "a group of writes was not committed");
            }
            for job in group {
                job.answer(outcome.clone());
            }
        }
    }

    async fn connected(&mut self) -> Result<Tx, StoreError> {
        match self.tx.take() {
            Some(tx) => Ok(tx),
            None => open(&self.options).await,
        }
    }

    /// Runs the first job and those that arrive meanwhile, and commits them. An error is one of the group: of the
    /// transaction itself, never of a job.
    async fn commit(&mut self, tx: &mut Tx, group: &mut Vec<Box<dyn Job>>) -> Result<(), StoreError> {
        if let [job] = group.as_mut_slice()
            && job.extent() == Extent::OneStatement
            && self.queue.is_empty()
        {
            job.run(tx).await;
            return Ok(());
        }
        let mut events: Vec<AuditEvent> = Vec::new();
        let (mut counted, mut anything_kept) = (false, false);
        let mut next = 0;
        while let Some(job) = group.get_mut(next) {
            next += 1;
            let undo = match job.extent() {
                _ if !anything_kept => {
                    tx.conn.control("BEGIN IMMEDIATE").await?;
                    Some("ROLLBACK")
                }
                Extent::OneStatement => None,
                Extent::Any => {
                    tx.conn.control("SAVEPOINT job").await?;
                    Some("ROLLBACK TO job")
                }
            };
            tx.events.clear();
            let kept = job.run(tx).await;
            let failure = tx.conn.state.failure.take();
            if kept {
                anything_kept = true;
                counted |= tx.conn.state.counted && !tx.events.is_empty();
                events.append(&mut tx.events);
            } else if let Some(undo) = undo {
                tx.conn.control(undo).await?;
            } else if let Some(failure) = failure.filter(StoreError::may_end_the_transaction) {
                return Err(failure);
            }
            while group.len() < GROUP && group.len() == next {
                match self.queue.try_recv() {
                    Ok(job) if job.is_wanted() => group.push(job),
                    Ok(_) => {}
                    Err(_) => break,
                }
            }
        }
        if !anything_kept {
            return Ok(());
        }
        tx.conn.state.counted = counted;
        tx.insert_events(&events).await?;
        tx.conn.control("COMMIT").await
    }
}

/// The connection after a group: rolled back if the group failed, and given up if even that fails.
async fn recovered(mut tx: Tx, outcome: &Result<(), StoreError>) -> Option<Tx> {
    tx.conn.state.failure = None;
    if outcome.is_ok() || tx.conn.control("ROLLBACK").await.is_ok() {
        tx.conn.state.failure = None;
        return Some(tx);
    }
    None
}
