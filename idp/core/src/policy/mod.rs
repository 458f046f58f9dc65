//! The per-client policy.
