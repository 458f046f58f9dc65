//! When keys change, and the limits on it (security requirement R53).

use chrono::TimeDelta;

/// The times of a key's life. Made by [`RotationSchedule::new`], which holds the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationSchedule {
    rotate_every: TimeDelta,
    publish_before: TimeDelta,
    keep_after: TimeDelta,
}

/// A configured time is outside its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Keys sign for too long, or would be replaced before their successor has been published long enough.
    #[error("signing keys must rotate at least every 90 days, and no sooner than twice the time of publication")]
    RotateEvery,
    /// Clients and caches would meet signatures of a key that they have not seen.
    #[error("a signing key must be published at least 24 hours before it signs")]
    PublishBefore,
    /// Tokens would outlive the key that verifies them.
    #[error("a retired signing key must be kept as long as the longest-lived token")]
    KeepAfter,
}

impl RotationSchedule {
    /// A schedule within the limits: `rotate_every` at most 90 days and at least twice `publish_before`,
    /// `publish_before` at least 24 hours, `keep_after` at least the life of the longest-lived signed token.
    ///
    /// # Errors
    /// When a time is outside its limit.
    pub fn new(
        rotate_every: TimeDelta,
        publish_before: TimeDelta,
        keep_after: TimeDelta,
        longest_token: TimeDelta,
    ) -> Result<Self, ScheduleError> {
        if publish_before < TimeDelta::hours(24) {
            return Err(ScheduleError::PublishBefore);
        }
        if rotate_every > TimeDelta::days(90) || rotate_every < publish_before * 2 {
            return Err(ScheduleError::RotateEvery);
        }
        if keep_after < longest_token || keep_after < TimeDelta::zero() {
            return Err(ScheduleError::KeepAfter);
        }
        Ok(Self { rotate_every, publish_before, keep_after })
    }

    /// How long a key signs.
    #[must_use]
    pub fn rotate_every(&self) -> TimeDelta {
        self.rotate_every
    }

    /// How long a key is published before it signs.
    #[must_use]
    pub fn publish_before(&self) -> TimeDelta {
        self.publish_before
    }

    /// How long a key stays published after its last signature.
    #[must_use]
    pub fn keep_after(&self) -> TimeDelta {
        self.keep_after
    }
}

impl Default for RotationSchedule {
    /// 60 days, 48 hours, 7 days: within the limits even if nodes are down for weeks.
    fn default() -> Self {
        Self { rotate_every: TimeDelta::days(60), publish_before: TimeDelta::hours(48), keep_after: TimeDelta::days(7) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_r53_a_schedule_outside_the_limits_cannot_be_made() {
        let (days, hours) = (TimeDelta::days, TimeDelta::hours);
        let make = RotationSchedule::new;
        assert!(make(days(90), hours(24), hours(1), hours(1)).is_ok());
        assert_eq!(make(days(91), hours(24), hours(1), hours(1)), Err(ScheduleError::RotateEvery));
        assert_eq!(make(days(1), hours(24), hours(1), hours(1)), Err(ScheduleError::RotateEvery));
        assert_eq!(make(days(30), hours(23), hours(1), hours(1)), Err(ScheduleError::PublishBefore));
        assert_eq!(make(days(30), hours(24), hours(1), hours(2)), Err(ScheduleError::KeepAfter));
        let default = RotationSchedule::default();
        let (every, before, after) = (default.rotate_every(), default.publish_before(), default.keep_after());
        assert_eq!(make(every, before, after, days(1)), Ok(default));
    }
}
