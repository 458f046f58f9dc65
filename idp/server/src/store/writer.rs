//! The one task that writes to SQLite. It runs every job that waits, commits them together, and answers them after that
//! one commit: durability costs one fsync for the group, not for each job.
//!
//! What a job did can be undone without the others: by a savepoint, except where there is nothing to keep apart. The first
//! job of a group has nothing before it, a job of one statement is undone by SQLite itself if that fails, and if such a job
//! is alone it needs no transaction either.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::{mpsc, oneshot};

use crate::audit::AuditEvent;

use super::error::StoreError;
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
    wait: Duration,
}

impl Writer {
    /// Opens the database, making the file when there is none, and starts the task.
    pub(super) async fn start(options: SqliteConnectOptions, wait: Duration) -> Result<Self, StoreError> {
        let tx = open(&options).await?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(Task { options, tx: Some(tx), queue }.run());
        Ok(Self { jobs, wait })
    }

    /// Has `body` run and committed.
    pub(super) async fn write<T, E, F>(&self, extent: Extent, counted: bool, body: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { body: Some(body), outcome: None, reply, extent, counted });
        let stopped = || StoreError::unavailable("the writer has stopped");
        let answered = async {
            self.jobs.send(job).await.map_err(|_| stopped())?;
            answer.await.map_err(|_| stopped())
        };
        match tokio::time::timeout(self.wait, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(StoreError::unavailable("the write took too long").into()),
        }
    }
}

async fn open(options: &SqliteConnectOptions) -> Result<Tx, StoreError> {
    Ok(Tx::new(Conn::new(Link::Writer(super::sqlite::connect(options).await?), None, false)))
}

/// How much a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// One statement that says how many rows it changed, and nothing else.
    OneStatement,
    /// Whatever its body does.
    Any,
}

/// A write that waits for its turn, its commit and its answer.
trait Job: Send {
    fn extent(&self) -> Extent;
    /// Whether the caller still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Runs the body and says whether what it did shall be kept.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Answers the caller, once the group is committed or has failed.
    fn answer(self: Box<Self>, group: Result<(), StoreError>);
}

struct Pending<F, T, E> {
    body: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    extent: Extent,
    counted: bool,
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn extent(&self) -> Extent {
        self.extent
    }

    fn is_wanted(&self) -> bool {
        !self.reply.is_closed()
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let Some(body) = self.body.take() else { return false };
            tx.conn.state.counted = self.counted;
            let outcome = AssertUnwindSafe(async { body(tx).await }).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
            let outcome = tx.settle(outcome);
            self.outcome.insert(outcome).is_ok()
        })
    }

    fn answer(self: Box<Self>, group: Result<(), StoreError>) {
        let outcome = match (self.outcome, group) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => return,
        };
        // A caller that went away has no use for the answer.
        self.reply.send(outcome).ok();
    }
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
            tx.conn.state.failure = None;
            if kept {
                anything_kept = true;
                counted |= tx.conn.state.counted && !tx.events.is_empty();
                events.append(&mut tx.events);
            } else if let Some(undo) = undo {
                tx.conn.control(undo).await?;
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
