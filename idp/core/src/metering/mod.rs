//! What messages and calls cost, and when spending has to stop: tariffs, allowances, charges, quarters, caps.
//!
//! Money is whole millionths of a pound; there is no float anywhere. Nothing here knows where a charge is kept.
//!
//! # How a send is priced
//! [`tariff::in_force`] finds the row of the plan for the channel, the number and the date; [`charge::measure`] turns
//! the send into units and a price. The store takes free units from the year's allowance and writes the amount that
//! [`charge::amount`] gives, in one write with the send. A row is never priced again.

pub mod allowance;
pub mod breaker;
pub mod charge;
pub mod csv;
pub mod london;
pub mod money;
mod parts;
pub mod quarter;
pub mod spend;
pub mod status;
pub mod tariff;
mod word;

pub use charge::{BillOn, Channel, Measured, Purpose, Unit};
pub use money::{Money, MoneyProblem};
pub use parts::{plain_text, sms_parts};
pub use quarter::{Quarter, StartMonth};
pub use status::SendStatus;
pub use tariff::{Prefix, TariffRow};
