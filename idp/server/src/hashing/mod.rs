//! Password hashes (Argon2id) on a pool of threads of its own.
