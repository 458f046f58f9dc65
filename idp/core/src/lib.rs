//! The rules of the identity provider: values in, decisions out.
//!
//! Nothing here reads a clock, draws a random number, waits, or touches a socket, file or database. What a rule
//! needs to know is an argument; what it decides is the return value.

pub mod account;
pub mod factor;
pub mod journey;
pub mod level;
pub mod metering;
pub mod oidc;
pub mod policy;
pub mod short_link;
