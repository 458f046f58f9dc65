//! What became of a send, as the provider's receipts say; they come late, twice and out of order.

use chrono::{DateTime, Utc};

use super::word::words;

words! {
    /// What is known of a send.
    pub enum SendStatus ("a status") {
        /// The provider took it.
        Accepted = "accepted",
        /// It is on its way; a phone rings.
        Sent = "sent",
        /// Somebody answered the call.
        Answered = "answered",
        /// It arrived; a call was answered and ended.
        Delivered = "delivered",
        /// It did not arrive, and will not.
        Failed = "failed",
    }
}

impl SendStatus {
    /// How far it is: a receipt never takes a send back.
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Accepted => 0,
            Self::Sent => 1,
            Self::Answered => 2,
            Self::Delivered | Self::Failed => 3,
        }
    }

    /// Whether nothing more is to come.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.rank() == 3
    }

    /// Whether a call with this status was answered.
    #[must_use]
    pub const fn proves_answer(self) -> bool {
        matches!(self, Self::Answered | Self::Delivered)
    }

    /// Whether this status at `at` says more than `known`: it is further, or as far and later.
    #[must_use]
    pub fn supersedes(self, at: DateTime<Utc>, known: (Self, DateTime<Utc>)) -> bool {
        (self.rank(), at) > (known.0.rank(), known.1)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn receipts_in_any_order_come_to_the_same_end() {
        let start = DateTime::UNIX_EPOCH;
        let receipts = [SendStatus::Sent, SendStatus::Answered, SendStatus::Failed, SendStatus::Delivered];
        let timed: Vec<_> =
            receipts.iter().zip(1..).map(|(status, n)| (*status, start + TimeDelta::seconds(n))).collect();
        for turn in 0..timed.len() {
            let mut known = (SendStatus::Accepted, start);
            for (status, at) in timed.iter().cycle().skip(turn).take(timed.len() * 2) {
                if status.supersedes(*at, known) {
                    known = (*status, *at);
                }
            }
            assert_eq!(known.0, SendStatus::Delivered, "{turn}");
        }
        assert!(!SendStatus::Sent.supersedes(start + TimeDelta::hours(9), (SendStatus::Delivered, start)));
        assert!(!SendStatus::Sent.supersedes(start, (SendStatus::Sent, start)), "the same receipt twice");
    }
}
