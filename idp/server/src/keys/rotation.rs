//! The life of a signing key, as a plan.
