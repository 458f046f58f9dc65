//! The identity provider: everything that touches the world.

pub mod clock;
pub mod config;
pub mod delivery;
pub mod net;
pub mod telemetry;
