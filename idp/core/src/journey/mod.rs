//! The sign-in journey: what a parked request still needs.
