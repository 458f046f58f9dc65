//! `[metering]`: how messages and calls are charged for.

use idp_core::metering::{BillOn, StartMonth};

use super::section::{choice, section};
use super::source::Reader;

choice! {
    /// When a call is charged for.
    pub enum BillCalls {
        /// When the provider accepts it.
        Accepted = "accepted",
        /// When somebody answers it.
        Answered = "answered",
    }
}

section! {
    /// How messages and calls are charged for. Prices are not here but in the database: see `idp tariff`.
    pub struct Metering in "metering" {
        /// When a call is charged for. Messages are charged for when the provider accepts them.
        bill_on: BillCalls = BillCalls::Accepted,
        /// The month (1 to 12) in which the invoicing year begins. With 1, quarters are those of the calendar; with 4,
        /// `2026Q1` is April to June 2026. Quarters are of Europe/London and close 5 days after they end.
        quarter_start_month: u32 = 1,
    }
}

impl Metering {
    pub(super) fn check(&self, reader: &mut Reader) {
        if StartMonth::new(self.quarter_start_month).is_none() {
            reader.refuse("metering.quarter_start_month", "must be a month, 1 to 12");
        }
    }

    /// When a call is charged for.
    #[must_use]
    pub const fn bill_on(&self) -> BillOn {
        match self.bill_on {
            BillCalls::Accepted => BillOn::Accepted,
            BillCalls::Answered => BillOn::Answered,
        }
    }

    /// The month in which the invoicing year begins.
    #[must_use]
    pub fn start_month(&self) -> StartMonth {
        StartMonth::new(self.quarter_start_month).unwrap_or_default()
    }
}
