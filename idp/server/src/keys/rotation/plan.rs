//! What is due in the lives of the signing keys.

use chrono::{DateTime, Utc};
use idp_core::oidc::alg::SigningAlg;

use super::schedule::RotationSchedule;
use super::stored::{State, StoredKey};

/// One step, to be carried out at the `now` of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyAction {
    /// Make a key and publish it; if `active`, it signs at once.
    Create {
        /// For this algorithm.
        alg: SigningAlg,
        /// Whether it signs from now.
        active: bool,
    },
    /// Set `active_from`: the published key signs from now.
    Activate {
        /// The key.
        kid: String,
    },
    /// Set `retired_at`: the key stays published but signs no more.
    Retire {
        /// The key.
        kid: String,
    },
    /// Set `revoked_at`: the key leaves the JWK set, and its tokens are refused.
    Revoke {
        /// The key.
        kid: String,
    },
    /// Delete the row: no token of this key is alive any more.
    Remove {
        /// The key.
        kid: String,
    },
}

/// Why the plan is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Time has passed.
    Schedule,
    /// The operator wants a new key: it is published now, and signs when it has been published long enough.
    Command,
    /// The operator wants a new key that signs now, although clients have not seen it.
    CommandNow,
}

/// What is due at `now`, in the order in which to carry it out.
///
/// - Each wanted algorithm has one active key: at the first start, at once.
/// - Its successor is published `publish_before` before the active key has signed for `rotate_every`, and takes over
///   when it has been published that long, never sooner by itself.
/// - The old key stays published for `keep_after`.
/// - Keys of an algorithm that is not wanted any more retire, and unused ones go.
#[must_use]
pub fn plan(
    keys: &[StoredKey],
    schedule: &RotationSchedule,
    wanted: &[SigningAlg],
    now: DateTime<Utc>,
    occasion: Occasion,
) -> Vec<KeyAction> {
    let mut actions = Vec::new();
    for alg in SigningAlg::ALL {
        let lives = Lives::of(keys, alg);
        if wanted.contains(&alg) {
            keep_signing(&lives, schedule, alg, now, occasion, &mut actions);
        } else {
            actions.extend(lives.active.iter().map(|(key, _)| retire(key)));
            actions.extend(lives.next.iter().map(|key| remove(key)));
        }
        // Revoked rows are kept as long, so that the revocation can be seen while it matters.
        let gone = lives.ended.iter().filter(|(_, ended)| now - *ended >= schedule.keep_after());
        actions.extend(gone.map(|(key, _)| remove(key)));
    }
    actions
}

/// What to do when the key `kid` must not be trusted any more: revoke it, and if it signs, put a key in its place at
/// once. Empty when there is no such key or it is revoked already.
#[must_use]
pub fn plan_revocation(keys: &[StoredKey], kid: &str) -> Vec<KeyAction> {
    let Some(key) = keys.iter().find(|key| key.kid == kid) else { return Vec::new() };
    let mut actions = Vec::new();
    match key.state() {
        State::Revoked(_) => return actions,
        State::Active(_) => {
            let lives = Lives::of(keys, key.alg);
            if lives.active.iter().all(|(other, _)| other.kid == kid) {
                actions.push(replacement(&lives, key.alg));
            }
        }
        State::Next | State::Retired(_) => {}
    }
    actions.push(KeyAction::Revoke { kid: kid.to_owned() });
    actions
}

fn keep_signing(
    lives: &Lives<'_>,
    schedule: &RotationSchedule,
    alg: SigningAlg,
    now: DateTime<Utc>,
    occasion: Occasion,
    actions: &mut Vec<KeyAction>,
) {
    // Two nodes may have started at the same time: the newest key stays.
    let (current, surplus) = match lives.active.split_first() {
        Some(((_, since), surplus)) => (Some(*since), surplus),
        None => (None, lives.active.as_slice()),
    };
    actions.extend(surplus.iter().map(|(key, _)| retire(key)));

    let successor_ready = lives.next.first().is_some_and(|key| now - key.published_at >= schedule.publish_before());
    let successor_wanted = occasion == Occasion::Command
        || current.is_some_and(|since| now - since >= schedule.rotate_every() - schedule.publish_before());
    if current.is_none() || successor_ready || occasion == Occasion::CommandNow {
        actions.push(replacement(lives, alg));
        actions.extend(lives.active.first().map(|(key, _)| retire(key)));
    } else if successor_wanted && lives.next.is_empty() {
        actions.push(KeyAction::Create { alg, active: false });
    }
}

/// The key published longest, or a new one.
fn replacement(lives: &Lives<'_>, alg: SigningAlg) -> KeyAction {
    match lives.next.first() {
        Some(key) => KeyAction::Activate { kid: key.kid.clone() },
        None => KeyAction::Create { alg, active: true },
    }
}

fn retire(key: &StoredKey) -> KeyAction {
    KeyAction::Retire { kid: key.kid.clone() }
}

fn remove(key: &StoredKey) -> KeyAction {
    KeyAction::Remove { kid: key.kid.clone() }
}

/// The keys of one algorithm by state.
struct Lives<'a> {
    /// Published longest first.
    next: Vec<&'a StoredKey>,
    /// Newest first, with the time since when they sign.
    active: Vec<(&'a StoredKey, DateTime<Utc>)>,
    /// Retired and revoked ones, with the time since when.
    ended: Vec<(&'a StoredKey, DateTime<Utc>)>,
}

impl<'a> Lives<'a> {
    fn of(keys: &'a [StoredKey], alg: SigningAlg) -> Self {
        let mut lives = Self { next: Vec::new(), active: Vec::new(), ended: Vec::new() };
        for key in keys.iter().filter(|key| key.alg == alg) {
            match key.state() {
                State::Next => lives.next.push(key),
                State::Active(since) => lives.active.push((key, since)),
                State::Retired(since) | State::Revoked(since) => lives.ended.push((key, since)),
            }
        }
        lives.next.sort_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.kid.cmp(&b.kid)));
        lives.active.sort_by(|(a, a_since), (b, b_since)| b_since.cmp(a_since).then_with(|| a.kid.cmp(&b.kid)));
        lives
    }
}
