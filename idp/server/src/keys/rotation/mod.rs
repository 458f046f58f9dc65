//! The life of a signing key: next, active, retired, gone; or revoked.
//!
//! [`plan`] says what is due and touches nothing. Whoever stores keys runs it inside one transaction that holds the
//! write lock of the key table, carries out the actions in order, and announces the change to the other nodes. Running
//! it again with nothing due gives an empty plan.

mod plan;
mod schedule;
mod stored;

#[cfg(test)]
mod tests;

pub use plan::{KeyAction, Occasion, plan, plan_revocation};
pub use schedule::{RotationSchedule, ScheduleError};
pub use stored::{NewKey, State, StoredKey, open_key, ring, seal_key};
