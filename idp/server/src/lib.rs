//! The identity provider: everything that touches the world.

pub mod clock;
pub mod page;
