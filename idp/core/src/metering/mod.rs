//! What messages are counted and charged by.

mod parts;

pub use parts::{plain_text, sms_parts};
