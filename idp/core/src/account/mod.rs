//! Email addresses, phone numbers and password rules.
//!
//! A value of these types is already canonical: two spellings of one mailbox or one number are one value, so that no
//! counter, limit or look-up can be split. Nothing here knows where accounts are kept.

mod contact;
mod destination;
mod device;
mod email;
pub mod password;
mod phone;
mod pushed;

pub use contact::ContactState;
pub use destination::{DestinationProblem, check_destination, is_served};
pub use device::Device;
pub use email::{EmailAddress, EmailProblem};
pub use phone::{LineType, PhoneNumber, PhoneProblem};
pub use pushed::{NumberProblem, PushedNumbers, SeveralDefaults};
