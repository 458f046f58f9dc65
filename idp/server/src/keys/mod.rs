//! Keys: the master key and what is sealed under it, and the keys that sign tokens.
//!
//! This module turns bytes into keys and back and plans their life. It must not read or write the database, and it
//! decides nothing about tokens beyond “did we, or whom we trust, sign this, for this purpose”.

pub mod rotation;
pub mod seal;
pub mod signing;
pub mod trusted;
