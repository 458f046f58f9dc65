//! `[passwords]`: the cost of a hash and what a new password must be. Nothing weaker than R1 and R2 is taken.

use std::path::PathBuf;

use super::section::section;
use super::source::Reader;

section! {
    /// The cost of password hashing (Argon2id), and what a new password must be.
    pub struct Passwords in "passwords" {
        /// KiB of memory that one hash takes: at least 19456 with 2 iterations, or 47104 with 1.
        memory_kib: u32 = 19_456,
        /// Passes over the memory.
        iterations: u32 = 2,
        /// Threads that hash, each with its own memory; 0 is one per core.
        threads: usize = 0,
        /// Hashes that may wait for a thread; further sign-ins are told to try again.
        queue: usize = 256,
        /// Characters that a new password must have where a second factor is required.
        minimum_length: usize = 8,
        /// Characters that a new password must have where it can be the only factor.
        minimum_length_alone: usize = 15,
        /// A file of breached passwords, one upper-case SHA-1 in hex a line, sorted: the format that Have I Been
        /// Pwned distributes (a `:count` after the hash is ignored).
        breached_file: Option<PathBuf> = None => "\"/var/lib/idp/breached.txt\"",
        /// Words that a new password may not be built on, beside the council's and the service's name.
        words: Vec<String> = Vec::new(),
    }
}

impl Passwords {
    pub(super) fn check(&self, reader: &mut Reader) {
        let strong =
            (self.iterations >= 2 && self.memory_kib >= 19_456) || (self.iterations == 1 && self.memory_kib >= 47_104);
        if !strong {
            reader.refuse(
                "passwords.memory_kib",
                format!(
                    "is {} with passwords.iterations = {}: set at least 19456 with 2 iterations, or 47104 with 1",
                    self.memory_kib, self.iterations
                ),
            );
        }
        reader.within(
            "passwords.memory_kib",
            &self.memory_kib,
            &(0..=4_194_304),
            "more than 4 GiB a hash cannot be meant",
        );
        reader.within("passwords.iterations", &self.iterations, &(1..=64), "the default is 2");
        reader.within("passwords.threads", &self.threads, &(0..=1024), "0 is one per core");
        reader.within("passwords.queue", &self.queue, &(1..=100_000), "the default is 256");
        reader.within(
            "passwords.minimum_length",
            &self.minimum_length,
            &(8..=64),
            "64 characters must always be accepted",
        );
        reader.within(
            "passwords.minimum_length_alone",
            &self.minimum_length_alone,
            &(15..=64),
            "64 characters must always be accepted",
        );
        if let Some(path) = &self.breached_file
            && let Err(error) = std::fs::File::open(path)
        {
            reader
                .refuse("passwords.breached_file", format!("names {}, which cannot be read: {error}", path.display()));
        }
    }
}
