//! The portal's own sessions: what it remembers of a browser between two requests. The browser holds only a random
//! id; state, nonce and PKCE verifier of a sign-in under way stay here, are bound to that id and are used once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::level::Level;
use subtle::ConstantTimeEq as _;

use super::claims::Claims;
use super::relying_party::PortalIdToken;
use crate::clock::{Clock, Random};

/// Browsers remembered; the one that was away longest is forgotten first.
const MAX_SESSIONS: usize = 1000;

/// Sign-ins under way in one browser, for example in several tabs.
const MAX_PENDING: usize = 8;

/// How long a browser is remembered.
const LIFETIME: TimeDelta = TimeDelta::hours(12);

/// How long a sign-in may take.
const PENDING_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// A sign-in under way: what its answer is checked against. `Debug` is left out: these are secrets.
pub(super) struct Pending {
    /// The `state` of the request.
    pub(super) state: String,
    /// The `nonce` of the request.
    pub(super) nonce: String,
    /// The PKCE verifier whose challenge the request carried.
    pub(super) verifier: String,
    /// The client that asked.
    pub(super) client_id: String,
    /// The level that was asked for, if one was.
    pub(super) asked: Option<Level>,
    /// The path at the portal that it leads to.
    pub(super) target: String,
    /// When it began.
    pub(super) started_at: DateTime<Utc>,
}

/// A finished sign-in.
pub(super) struct SignedIn {
    /// The client that was signed in to.
    pub(super) client_id: String,
    /// The ID token, verified; also the hint for signing out.
    pub(super) id_token: PortalIdToken,
    /// Its claims.
    pub(super) claims: Claims,
    /// What userinfo said.
    pub(super) userinfo: Claims,
    /// The level that was asked for, if one was.
    pub(super) asked: Option<Level>,
}

struct Session {
    used_at: DateTime<Utc>,
    pending: VecDeque<Pending>,
    signed_in: Option<Arc<SignedIn>>,
    /// The `state` of a sign-out under way.
    signing_out: Option<String>,
}

/// All sessions, in memory.
pub(super) struct Sessions {
    clock: Clock,
    random: Random,
    kept: Mutex<HashMap<String, Session>>,
}

impl Sessions {
    pub(super) fn new(clock: Clock, random: Random) -> Self {
        Self { clock, random, kept: Mutex::default() }
    }

    /// Remembers a sign-in under way, in this browser's session or in a new one, whose id is the answer.
    pub(super) fn park(&self, id: Option<&str>, pending: Pending) -> String {
        let mut kept = self.kept();
        let id = id.filter(|id| kept.contains_key(*id)).map_or_else(|| self.random.token(), str::to_owned);
        if !kept.contains_key(&id) && kept.len() >= MAX_SESSIONS {
            let oldest = kept.iter().min_by_key(|(_, session)| session.used_at).map(|(id, _)| id.clone());
            oldest.and_then(|oldest| kept.remove(&oldest));
        }
        let session = kept.entry(id.clone()).or_insert_with(|| Session {
            used_at: self.clock.now(),
            pending: VecDeque::new(),
            signed_in: None,
            signing_out: None,
        });
        session.used_at = self.clock.now();
        if session.pending.len() >= MAX_PENDING {
            session.pending.pop_front();
        }
        session.pending.push_back(pending);
        id
    }

    /// Takes the sign-in that began in this browser with this `state`. A second time there is none.
    pub(super) fn take(&self, id: &str, state: &str) -> Option<Pending> {
        let mut kept = self.kept();
        let pending = &mut kept.get_mut(id)?.pending;
        let at = pending.iter().position(|pending| is_same(&pending.state, state))?;
        pending.remove(at).filter(|pending| self.clock.now() - pending.started_at < PENDING_LIFETIME)
    }

    /// Signs in: everything of the session `id` moves to a new id, which is the answer, so that nobody who knew the
    /// old one is signed in by it.
    pub(super) fn sign_in(&self, id: &str, signed_in: SignedIn) -> Option<String> {
        let mut kept = self.kept();
        let mut session = kept.remove(id)?;
        session.used_at = self.clock.now();
        session.signed_in = Some(Arc::new(signed_in));
        let id = self.random.token();
        kept.insert(id.clone(), session);
        Some(id)
    }

    /// Who is signed in in this browser.
    pub(super) fn signed_in(&self, id: &str) -> Option<Arc<SignedIn>> {
        self.kept().get(id)?.signed_in.clone()
    }

    /// Signs out here and remembers the `state` with which the provider will send the browser back.
    pub(super) fn sign_out(&self, id: &str, state: String) -> Option<Arc<SignedIn>> {
        let mut kept = self.kept();
        let session = kept.get_mut(id)?;
        let signed_in = session.signed_in.take()?;
        session.signing_out = Some(state);
        Some(signed_in)
    }

    /// Whether this browser comes back from the sign-out that began here with this `state`; once.
    pub(super) fn has_signed_out(&self, id: &str, state: &str) -> bool {
        let mut kept = self.kept();
        let Some(session) = kept.get_mut(id) else { return false };
        session.signing_out.take_if(|expected| is_same(expected, state)).is_some()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        kept.retain(|_, session| now - session.used_at < LIFETIME);
        kept
    }
}

fn is_same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions() -> (Sessions, Clock) {
        let clock = Clock::system();
        (Sessions::new(clock.clone(), Random::default()), clock)
    }

    fn pending(clock: &Clock, state: &str) -> Pending {
        Pending {
            state: state.to_owned(),
            nonce: format!("nonce of {state}"),
            verifier: "verifier".to_owned(),
            client_id: "portal".to_owned(),
            asked: None,
            target: "/".to_owned(),
            started_at: clock.now(),
        }
    }

    #[test]
    fn a_state_is_good_once_and_only_in_its_own_browser() {
        let (sessions, clock) = sessions();
        let own = sessions.park(None, pending(&clock, "a"));
        let other = sessions.park(None, pending(&clock, "b"));
        assert_ne!(own, other);
        assert!(sessions.take(&other, "a").is_none());
        assert!(sessions.take(&own, "unknown").is_none());
        assert_eq!(sessions.take(&own, "a").map(|pending| pending.nonce).as_deref(), Some("nonce of a"));
        assert!(sessions.take(&own, "a").is_none());
    }

    #[test]
    fn two_tabs_of_a_browser_sign_in_side_by_side() {
        let (sessions, clock) = sessions();
        let id = sessions.park(None, pending(&clock, "first"));
        assert_eq!(sessions.park(Some(&id), pending(&clock, "second")), id);
        assert!(sessions.take(&id, "first").is_some());
        assert!(sessions.take(&id, "second").is_some());
    }

    #[test]
    fn a_session_id_that_the_portal_did_not_make_is_not_taken_over() {
        let (sessions, clock) = sessions();
        assert_ne!(sessions.park(Some("chosen by someone else"), pending(&clock, "a")), "chosen by someone else");
    }

    #[test]
    fn a_sign_in_that_took_too_long_is_over() {
        let (sessions, clock) = sessions();
        let id = sessions.park(None, pending(&clock, "a"));
        clock.advance(PENDING_LIFETIME);
        assert!(sessions.take(&id, "a").is_none());
    }

    #[test]
    fn memory_is_bounded_whatever_is_asked() {
        let (sessions, clock) = sessions();
        let first = sessions.park(None, pending(&clock, "a"));
        for _ in 0..MAX_PENDING {
            sessions.park(Some(&first), pending(&clock, "more"));
        }
        assert!(sessions.take(&first, "a").is_none(), "the oldest sign-in made room");
        for _ in 0..MAX_SESSIONS {
            clock.advance(TimeDelta::milliseconds(1));
            sessions.park(None, pending(&clock, "b"));
        }
        assert!(sessions.take(&first, "more").is_none(), "the oldest session made room");
        assert_eq!(sessions.kept().len(), MAX_SESSIONS);
    }
}
