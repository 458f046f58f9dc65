//! The sign-in journey: what a parked request still needs before a code may be issued.
//!
//! [`next_need`] is evaluated afresh after every step from the request, the policy, the proofs given so far and the
//! time. There is no step counter and no flow graph: back button, second tab, step-up, `max_age`, `prompt` and a policy
//! that changes in mid-flight all fall out of it.
//!
//! A code needs a [`Satisfied`], and only `next_need` can make one: "no token before the second factor" holds because
//! nothing else compiles. Every grant passes [`may_issue`].

mod issue;
mod need;
mod offer;
mod proof;
mod protect;
mod satisfied;
mod set_up;
mod signed_in;
#[cfg(test)]
mod tests;

pub use issue::{AccountStatus, IssueFacts, NotIssued, may_issue};
pub use need::{Consent, Explained, FactorNeed, Joining, Linking, Need, Person, SessionFacts, Situation, next_need};
pub use offer::{Asked, Offer, offer};
pub use proof::{Method, PasskeyUse, Proof, Reached, Upstream, first_factor, reached};
pub use satisfied::{Satisfied, SessionChange};
pub use set_up::{is_open, may_set_up};
pub use signed_in::FRESH_SECONDS;
