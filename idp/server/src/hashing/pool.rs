//! A fixed number of threads, a queue with an end, and memory that is kept between jobs.

use std::any::Any;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use argon2::Block;
use tokio::sync::oneshot;
use zeroize::Zeroize;

/// Address space reserved per thread, in blocks of 1 KiB. The C library returns an area to the operating system when it
/// is freed only if it never has reason to keep it, which for the GNU library means areas over 32 MiB. What is reserved
/// and never touched costs nothing.
const RESERVED_BLOCKS: usize = 33 * 1024;

/// The memory of one thread.
#[derive(Default)]
pub(super) struct Memory {
    blocks: Vec<Block>,
}

impl Memory {
    /// `count` blocks with unknown content, the same ones each time.
    pub(super) fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.blocks.capacity() < count {
            self.release();
            self.blocks = Vec::with_capacity(count.max(RESERVED_BLOCKS));
        }
        if self.blocks.len() < count {
            self.blocks.resize(count, Block::new());
        }
        self.blocks.split_at_mut(count).0
    }

    fn is_held(&self) -> bool {
        self.blocks.capacity() > 0
    }

    /// Wipes what was used and gives it back. Between jobs it is not wiped: that would cost a tenth of every hash.
    fn release(&mut self) {
        self.blocks.iter_mut().for_each(Zeroize::zeroize);
        self.blocks = Vec::new();
    }
}

/// Something to do in the memory of a thread.
trait Job: Send {
    /// Nobody waits for the result any more.
    fn is_abandoned(&self) -> bool;
    fn run(self: Box<Self>, memory: &mut Memory);
}

struct Answered<T, F> {
    answer: oneshot::Sender<T>,
    compute: F,
}

impl<T: Send, F: FnOnce(&mut Memory) -> T + Send> Job for Answered<T, F> {
    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn run(self: Box<Self>, memory: &mut Memory) {
        let result = (self.compute)(memory);
        // Whoever asked may have gone away in the meantime.
        let _ = self.answer.send(result);
    }
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SubmitError {
    /// As many jobs wait as may.
    Full,
}

/// The threads. Dropping it lets them finish what waits, and ends them.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    capacity: usize,
    idle_release: Duration,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Box<dyn Job>>,
    closed: bool,
    /// Threads that hold memory.
    holding: usize,
}

enum Next {
    Job(Box<dyn Job>),
    Idle,
    Closed,
}

impl Pool {
    pub(super) fn start(threads: NonZeroUsize, capacity: usize, idle_release: Duration) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { queue: Mutex::default(), changed: Condvar::new(), capacity, idle_release });
        // Made first: if a thread cannot be started, dropping it ends those that were.
        let pool = Self { shared };
        for number in 0..threads.get() {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("argon2-{number}")).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// Queues a job; its result comes through the receiver. A job whose receiver is gone by the time that a thread is free
    /// is skipped.
    pub(super) fn submit<T, F>(&self, compute: F) -> Result<oneshot::Receiver<T>, SubmitError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Memory) -> T + Send + 'static,
    {
        let (answer, receiver) = oneshot::channel();
        let mut queue = self.shared.lock();
        if queue.jobs.len() >= self.shared.capacity {
            // Requests that were given up must not keep others out.
            queue.jobs.retain(|job| !job.is_abandoned());
        }
        if queue.jobs.len() >= self.shared.capacity {
            return Err(SubmitError::Full);
        }
        queue.jobs.push_back(Box::new(Answered { answer, compute }));
        drop(queue);
        self.shared.changed.notify_one();
        Ok(receiver)
    }

    /// How many threads hold memory.
    #[cfg(test)]
    pub(super) fn holding(&self) -> usize {
        self.shared.lock().holding
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("capacity", &self.shared.capacity).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Jobs run outside the lock, so the queue is whole whatever happened to a thread.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut memory = Memory::default();
        loop {
            let held = memory.is_held();
            match self.next(held) {
                Next::Job(job) => {
                    if !job.is_abandoned()
                        && let Err(cause) = catch_unwind(AssertUnwindSafe(|| job.run(&mut memory)))
                    {
                        report(&*cause);
                    }
                }
                Next::Idle => memory.release(),
                Next::Closed => return,
            }
            match (held, memory.is_held()) {
                (false, true) => self.lock().holding += 1,
                (true, false) => self.lock().holding -= 1,
                _ => {}
            }
        }
    }

    /// Waits for a job; if the thread holds memory, not for ever.
    fn next(&self, holds_memory: bool) -> Next {
        let nothing_to_do = |queue: &mut Queue| queue.jobs.is_empty() && !queue.closed;
        let queue = self.lock();
        let mut queue = if holds_memory {
            let waited = self.changed.wait_timeout_while(queue, self.idle_release, nothing_to_do);
            let (queue, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() {
                return Next::Idle;
            }
            queue
        } else {
            self.changed.wait_while(queue, nothing_to_do).unwrap_or_else(PoisonError::into_inner)
        };
        queue.jobs.pop_front().map_or(Next::Closed, Next::Job)
    }
}

fn report(cause: &(dyn Any + Send)) {
    let text = cause.downcast_ref::<&str>().copied().or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(cause = text.unwrap_or("unknown"), "a password hash failed");
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;

    fn pool(capacity: usize, idle_release: Duration) -> Pool {
        Pool::start(NonZeroUsize::MIN, capacity, idle_release).unwrap()
    }

    /// Occupies the only thread until what is returned is dropped, and returns when it is occupied.
    fn occupy(pool: &Pool) -> (mpsc::Sender<()>, oneshot::Receiver<()>) {
        let (started, has_started) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let result = pool.submit(move |_| {
            started.send(()).unwrap();
            let _ = released.recv();
        });
        has_started.recv().unwrap();
        (release, result.unwrap())
    }

    fn wait_until(condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < Duration::from_secs(30), "the condition never came true");
            thread::yield_now();
        }
    }

    #[test]
    fn case_pw8_a_full_queue_refuses_and_takes_jobs_again_when_it_has_room() {
        let pool = pool(2, Duration::from_mins(1));
        let occupied = occupy(&pool);
        let first = pool.submit(|_| 1).unwrap();
        let second = pool.submit(|_| 2).unwrap();
        assert_eq!(pool.submit(|_| 3).err(), Some(SubmitError::Full));
        drop(occupied);
        assert_eq!((first.blocking_recv(), second.blocking_recv()), (Ok(1), Ok(2)));
        assert_eq!(pool.submit(|_| 4).unwrap().blocking_recv(), Ok(4));
    }

    #[test]
    fn a_job_that_nobody_waits_for_is_skipped() {
        let pool = pool(8, Duration::from_mins(1));
        let occupied = occupy(&pool);
        let (ran, has_run) = mpsc::channel();
        drop(pool.submit(move |_| ran.send(())).unwrap());
        let later = pool.submit(|_| ()).unwrap();
        drop(occupied);
        assert_eq!(later.blocking_recv(), Ok(()));
        assert!(has_run.recv().is_err(), "the job was dropped without running");
    }

    #[test]
    fn case_pw8_jobs_that_were_given_up_do_not_fill_the_queue() {
        let pool = pool(2, Duration::from_mins(1));
        let occupied = occupy(&pool);
        let kept = pool.submit(|_| 1).unwrap();
        for _ in 0..10 {
            drop(pool.submit(|_| 2).unwrap());
        }
        let last = pool.submit(|_| 3).unwrap();
        assert_eq!(pool.submit(|_| 4).err(), Some(SubmitError::Full));
        drop(occupied);
        assert_eq!((kept.blocking_recv(), last.blocking_recv()), (Ok(1), Ok(3)));
    }

    #[test]
    fn memory_is_the_same_for_each_job_and_freed_after_an_idle_time() {
        let reused = pool(8, Duration::from_mins(1));
        let address = |memory: &mut Memory| memory.blocks(16).as_ptr().addr();
        let first = reused.submit(address).unwrap().blocking_recv();
        assert_eq!(reused.submit(address).unwrap().blocking_recv(), first);
        wait_until(|| reused.holding() == 1);

        let freed = pool(8, Duration::from_millis(1));
        assert_eq!(freed.submit(|memory| memory.blocks(16).len()).unwrap().blocking_recv(), Ok(16));
        wait_until(|| freed.holding() == 0);
        assert_eq!(freed.submit(|memory| memory.blocks(8).len()).unwrap().blocking_recv(), Ok(8));
    }

    #[test]
    fn memory_grows_to_what_a_job_needs() {
        let mut memory = Memory::default();
        for count in [8, RESERVED_BLOCKS, 16, RESERVED_BLOCKS + 1] {
            assert_eq!(memory.blocks(count).len(), count);
        }
        memory.release();
        assert!(!memory.is_held());
    }

    #[test]
    fn a_failing_job_does_not_take_its_thread_with_it() {
        let pool = pool(8, Duration::from_mins(1));
        let failed = pool.submit(|_| -> u8 { panic!("meant to fail") }).unwrap();
        assert!(failed.blocking_recv().is_err());
        assert_eq!(pool.submit(|_| 7).unwrap().blocking_recv(), Ok(7));
    }

    #[test]
    fn the_threads_end_with_the_pool() {
        let pool = pool(8, Duration::from_mins(1));
        let shared = Arc::downgrade(&pool.shared);
        assert_eq!(pool.submit(|memory| memory.blocks(8).len()).unwrap().blocking_recv(), Ok(8));
        drop(pool);
        wait_until(|| shared.strong_count() == 0);
    }
}
