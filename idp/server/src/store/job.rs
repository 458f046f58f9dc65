//! A write on its way to the database: what its caller wants done, and how the caller is answered. Whoever runs one sees
//! only [`Job`], so the machinery of a write is compiled once, and not for every write of the program.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::error::StoreError;
use super::tx::Tx;

/// How much a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// One statement that says how many rows it changed, and nothing else.
    OneStatement,
    /// Whatever its body does.
    Any,
}

/// A write that waits for its turn, its commit and its answer.
pub(super) trait Job: Send {
    /// How much it does.
    fn extent(&self) -> Extent;
    /// Whether the caller still waits for the answer.
    fn is_wanted(&self) -> bool;
    /// Runs the body and says whether what it did shall be kept.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Answers the caller, once the transaction is committed or has failed.
    fn answer(self: Box<Self>, transaction: Result<(), StoreError>);
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

    fn answer(self: Box<Self>, transaction: Result<(), StoreError>) {
        let outcome = match (self.outcome, transaction) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => return,
        };
        // A caller that went away has no use for the answer.
        self.reply.send(outcome).ok();
    }
}

/// Where the answer arrives.
pub(super) type Answer<T, E> = oneshot::Receiver<Result<T, E>>;

/// A job of this body.
pub(super) fn job<T, E, F>(extent: Extent, counted: bool, body: F) -> (Box<dyn Job>, Answer<T, E>)
where
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Pending { body: Some(body), outcome: None, reply, extent, counted }), answer)
}
