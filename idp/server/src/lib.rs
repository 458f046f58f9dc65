//! The identity provider: everything that touches the world.

pub mod audit;
pub mod clock;
pub mod ephemeral;
pub mod store;
