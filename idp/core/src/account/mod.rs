//! Email addresses, phone numbers and password rules.
