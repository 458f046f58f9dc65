//! The identity provider: everything that touches the world.

pub mod account;
pub mod app;
pub mod audit;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod demo;
pub mod ephemeral;
pub mod factor;
pub mod federation;
pub mod hashing;
pub mod http;
pub mod invitation;
pub mod jobs;
pub mod keys;
pub mod messages;
pub mod net;
pub mod node;
pub mod page;
pub mod password;
pub mod signin;
pub mod store;
pub mod sync;
pub mod telemetry;
