//! The identity provider: everything that touches the world.

pub mod audit;
pub mod clock;
pub mod hashing;
pub mod keys;
pub mod store;
pub mod config;
pub mod page;
