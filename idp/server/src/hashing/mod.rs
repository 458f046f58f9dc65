//! Password hashes: Argon2id (RFC 9106) on a pool of threads of its own. Hashes that other systems made (bcrypt, PBKDF2) are
//! compared there too, until they are replaced.
//!
//! Hashing is the one expensive thing in a sign-in, so how much of it happens at once is fixed: one thread per core, and
//! a queue with an end. It knows nothing about accounts or password rules; the caller has normalised the password (NFC).

mod foreign;
mod pool;
mod problem;
mod scheme;
mod settings;
mod stored;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::{ExposeSecret as _, SecretString};

use crate::clock::Random;
use pool::{Memory, Pool, SubmitError};
use scheme::Argon2Hash;
use stored::Stored;

pub use problem::HashProblem;
pub use settings::HashSettings;
pub use stored::{imported, is_foreign, scheme_of};

/// Longest password, in bytes, that is hashed at all (case PW8).
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// What comparing a password with a stored hash says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the one.
    pub matches: bool,
    /// The hash is weaker than the settings ask for: store a new one if the password matches (requirement R1).
    pub needs_rehash: bool,
}

/// How much the pool has done since it started. A job is counted when a thread takes it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashCounts {
    /// Comparisons computed, those for unknown accounts included.
    pub verified: u64,
    /// New hashes computed.
    pub hashed: u64,
}

/// Why there is no hash or verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full: the caller is asked to come back.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The password has more than [`MAX_PASSWORD_BYTES`]. Nothing was computed.
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    TooLong,
    /// The stored text is not a hash that this program reads, or asks for more work than any that it would write.
    #[error("the stored password hash cannot be read: {0}")]
    Unreadable(#[from] HashProblem),
    /// The pool is gone or the computation failed.
    #[error("the password could not be hashed")]
    Failed,
}

/// The pool cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Argon2 does not work with these parameters.
    #[error("the Argon2 parameters are not usable: {0}")]
    Parameters(argon2::Error),
    /// The operating system gives no thread.
    #[error("the hashing threads cannot be started")]
    Threads(#[from] std::io::Error),
}

/// Hashes and compares passwords. Clones share the pool; its threads end with the last clone.
#[derive(Clone, Debug)]
pub struct Hasher {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: Pool,
    settings: HashSettings,
    params: argon2::Params,
    random: Random,
    nobody: Stored,
    verified: AtomicU64,
    hashed: AtomicU64,
}

impl Hasher {
    /// Starts the threads. They take no memory for hashing before the first password.
    ///
    /// # Errors
    /// When the parameters are not usable or a thread cannot be started.
    pub fn new(settings: HashSettings, random: Random) -> Result<Self, SetupError> {
        let params = settings.params().map_err(SetupError::Parameters)?;
        metrics::describe_counter!("argon2_verifications_total", "Passwords compared with a stored hash");
        metrics::describe_counter!("argon2_hashes_total", "New password hashes computed");
        metrics::describe_counter!("argon2_refused_total", "Passwords not hashed because the queue was full");
        let pool = Pool::start(settings.thread_count(), settings.queue, settings.idle_release)?;
        // No password has this random tag, so that nothing needs to be computed now.
        let nobody = Stored::Argon2(Argon2Hash::new(params.clone(), random.bytes(), random.bytes()));
        let (verified, hashed) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self { inner: Arc::new(Inner { pool, settings, params, random, nobody, verified, hashed }) })
    }

    /// A new hash with a salt of its own, as a PHC string.
    ///
    /// # Errors
    /// When the password is too long or the queue is full.
    pub async fn hash(&self, password: &SecretString) -> Result<String, HashError> {
        let (params, salt) = (self.inner.params.clone(), self.inner.random.bytes());
        self.run(password, move |inner, password, memory| {
            inner.hashed.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("argon2_hashes_total").increment(1);
            scheme::hash(params, salt, password, memory)
        })
        .await
    }

    /// Compares a password with a stored hash, in time that does not depend on where they differ.
    ///
    /// # Errors
    /// When the password is too long, the stored text is not a readable hash, or the queue is full.
    pub async fn verify(&self, phc: &str, password: &SecretString) -> Result<Verdict, HashError> {
        let stored = Stored::parse(phc)?;
        let needs_rehash = stored.is_weaker_than(&self.inner.settings);
        let matches = self.compare(stored, password).await?;
        Ok(Verdict { matches, needs_rehash })
    }

    /// Does the work of [`Self::verify`] for an account that does not exist, or has no password, so that the answer takes
    /// as long: that of a new hash, or of one `like` this, where there are hashes that cost something else.
    ///
    /// # Errors
    /// When the password is too long or the queue is full, as for an account that exists.
    pub async fn verify_nobody(&self, like: Option<&str>, password: &SecretString) -> Result<(), HashError> {
        let costume = like.and_then(|like| Stored::parse(like).ok());
        self.compare(costume.unwrap_or_else(|| self.inner.nobody.clone()), password).await.map(|_never| ())
    }

    /// What the pool has done so far.
    #[must_use]
    pub fn counts(&self) -> HashCounts {
        HashCounts {
            verified: self.inner.verified.load(Ordering::Relaxed),
            hashed: self.inner.hashed.load(Ordering::Relaxed),
        }
    }

    async fn compare(&self, stored: Stored, password: &SecretString) -> Result<bool, HashError> {
        self.run(password, move |inner, password, memory| {
            inner.verified.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("argon2_verifications_total").increment(1);
            stored.matches(password, memory)
        })
        .await
    }

    async fn run<T, F>(&self, password: &SecretString, compute: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce(&Inner, &[u8], &mut Memory) -> Result<T, HashError> + Send + 'static,
    {
        if password.expose_secret().len() > MAX_PASSWORD_BYTES {
            return Err(HashError::TooLong);
        }
        let password = password.clone();
        // Weak: a waiting job must not keep the pool alive.
        let inner = Arc::downgrade(&self.inner);
        let submitted = self.inner.pool.submit(move |memory| {
            let inner = inner.upgrade().ok_or(HashError::Failed)?;
            compute(&inner, password.expose_secret().as_bytes(), memory)
        });
        match submitted {
            Ok(result) => result.await.unwrap_or(Err(HashError::Failed)),
            Err(SubmitError::Full) => {
                metrics::counter!("argon2_refused_total").increment(1);
                Err(HashError::Busy)
            }
        }
    }
}
