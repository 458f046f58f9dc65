//! The keys that sign tokens: parsed once, published as a JWK set, and used to recognise our own tokens again.
//!
//! Nothing here reads a clock or the database. Tokens of others are verified by `keys::trusted`: this
//! code trusts only keys in the ring.

mod jwk;
mod key;
mod own;
mod ring;

pub use jwk::{Parameters, PublicJwk};
pub use key::{KeyError, SignError, SigningKey};
pub use own::{Expectation, TokenError};
pub(in crate::keys) use own::{MAX_LEN, signature_is_right};
pub(crate) use own::{audience_is_right, seconds_in};
pub use ring::{KeyRing, RingKey, Standing};

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod vector_tests;
