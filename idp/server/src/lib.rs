//! The identity provider: everything that touches the world.

pub mod audit;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod ephemeral;
pub mod hashing;
pub mod keys;
pub mod net;
pub mod page;
pub mod store;
pub mod telemetry;
