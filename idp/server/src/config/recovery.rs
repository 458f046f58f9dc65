//! `[recovery]`: how somebody gets back in who has lost a second factor.

use super::section::section;
use super::source::Reader;

section! {
    /// How somebody gets back in who has lost a second factor.
    pub struct Recovery in "recovery" {
        /// Hours between asking for recovery and the sign-in that takes the lost factor away. In that time every contact
        /// of the account can stop it.
        wait_hours: u32 = 72,
    }
}

impl Recovery {
    pub(super) fn check(&self, reader: &mut Reader) {
        reader.within("recovery.wait_hours", &self.wait_hours, &(24..=720), "people need time to see a notice");
    }
}
