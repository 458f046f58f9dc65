//! Who is signed in for a request, and which proofs count for it. What they amount to is decided in `proof`.

use chrono::{DateTime, TimeDelta, Utc};

use super::need::{Person, SessionFacts, Situation};
use super::proof::{Method, Proof};
use super::satisfied::SessionChange;
use crate::oidc::authorize::AuthorizationRequest;

/// Somebody who is signed in for a request.
pub(super) struct SignedIn<'a> {
    /// Who.
    pub(super) person: &'a Person<'a>,
    /// Whether they proved a first factor in this transaction; otherwise their session stands in for it.
    pub(super) afresh: bool,
    /// The proofs that count for this request.
    pub(super) counting: Vec<Proof>,
    /// The proofs that the session is to hold, for this client and the others.
    pub(super) held: Vec<Proof>,
    /// What has to happen to the session.
    pub(super) session: SessionChange,
}

/// How old what was proven in a session may be where a contact or a factor is set up or changed, in seconds.
pub const FRESH_SECONDS: u32 = 300;

impl SignedIn<'_> {
    /// Those of the proofs that count for setting something up: what was proven for this request, however long that
    /// takes, and what was proven just before it arrived. An open session alone must not add a way in.
    pub(super) fn fresh(&self, request: &AuthorizationRequest) -> Vec<Proof> {
        self.fresh_at(request.received_at)
    }

    /// Those of the proofs that were given since just before a moment.
    pub(super) fn fresh_at(&self, moment: DateTime<Utc>) -> Vec<Proof> {
        given_since(&self.counting, moment - TimeDelta::seconds(i64::from(FRESH_SECONDS)))
    }

    /// The proofs that the session is to hold, with one that is linked to the account at the end.
    pub(super) fn held_with(&self, linked: Option<&Proof>) -> Vec<Proof> {
        latest_of_each(self.held.iter().chain(linked))
    }
}

/// Who is signed in for this request. A first factor given in this transaction stands on its own; otherwise the session
/// stands, as far as it is fresh enough, and what was proven in this transaction adds to it.
pub(super) fn signed_in<'a>(situation: &'a Situation<'_>) -> Option<SignedIn<'a>> {
    let person = situation.person.as_ref()?;
    let first = situation.proofs.iter().filter(|proof| proof.method.is_first()).map(|proof| proof.at).max();
    match first {
        Some(first) => afresh(situation, person, first),
        None => on_the_session(situation, person),
    }
}

fn afresh<'a>(situation: &'a Situation<'_>, person: &'a Person<'_>, first: DateTime<Utc>) -> Option<SignedIn<'a>> {
    // Somebody else has signed in with this browser since: what was begun before is not theirs to finish.
    if situation.session.is_some_and(|session| session.account != person.id && session.created_at > first) {
        return None;
    }
    // What came before the first factor belongs to whoever was signed in then.
    let mut counting = given_since(situation.proofs, first);
    counting.extend(proven_in_another_tab(situation, person));
    let (held, session) = match own_session(situation, person) {
        Some(session) => (latest_of_each(session.proofs.iter().chain(&counting)), SessionChange::Raise),
        None => (latest_of_each(&counting), SessionChange::Start),
    };
    Some(SignedIn { person, afresh: true, counting, held, session })
}

/// Second factors that the same person proved in this browser, for another request, since this one arrived.
fn proven_in_another_tab(situation: &Situation<'_>, person: &Person<'_>) -> Vec<Proof> {
    let session = own_session(situation, person).filter(|_| !situation.policy.mfa_every_login);
    let since = session.map(|session| given_since(&session.proofs, situation.request.received_at)).unwrap_or_default();
    since.into_iter().filter(|proof| !proof.method.is_first()).collect()
}

fn on_the_session<'a>(situation: &'a Situation<'_>, person: &'a Person<'_>) -> Option<SignedIn<'a>> {
    let session = own_session(situation, person)
        .filter(|_| !(situation.request.prompt.login || situation.request.prompt.create))?;
    let keeps_factors = !situation.policy.mfa_every_login;
    // A passkey that was used alone is a second factor as well: where sessions stand in for none, it is asked for again.
    let stands = |proof: &&Proof| keeps_factors || (proof.method.is_first() && !proof.method.is_both());
    let old = session.proofs.iter().filter(stands);
    let old = old.filter(|proof| fits(proof, situation)).collect::<Vec<_>>();
    if !old.iter().any(|proof| proof.method.is_first()) {
        return None;
    }
    // What was proven before this session began was proven by whoever's session it was before.
    let new = given_since(situation.proofs, session.created_at);
    let change = if new.is_empty() { SessionChange::Keep } else { SessionChange::Raise };
    let held = latest_of_each(session.proofs.iter().chain(&new));
    let counting = old.into_iter().chain(&new).cloned().collect();
    Some(SignedIn { person, afresh: false, counting, held, session: change })
}

/// The person's own session, if it is within the limits of this client.
fn own_session<'a>(situation: &'a Situation<'_>, person: &Person<'_>) -> Option<&'a SessionFacts> {
    situation
        .session
        .filter(|session| session.account == person.id && session.is_within_limits(situation.policy, situation.now))
}

/// Whether a session's proof was young enough when the request arrived; later it may grow old, so that a slow second
/// factor cannot loop. The stricter of the request and the policy counts: a request can be edited in the address bar.
fn fits(proof: &Proof, situation: &Situation<'_>) -> bool {
    let Situation { request, policy, .. } = situation;
    let max_age = request.max_age.into_iter().chain(policy.default_max_age).min();
    max_age
        .is_none_or(|seconds| seconds > 0 && request.received_at - proof.at <= TimeDelta::seconds(i64::from(seconds)))
}

fn given_since(proofs: &[Proof], start: DateTime<Utc>) -> Vec<Proof> {
    proofs.iter().filter(|proof| proof.at >= start).cloned().collect()
}

fn latest_of_each<'a>(proofs: impl IntoIterator<Item = &'a Proof>) -> Vec<Proof> {
    let mut latest = Vec::<Proof>::new();
    // A permit to set a password is spent in its transaction, and nothing that a session holds.
    for proof in proofs.into_iter().filter(|proof| proof.method != Method::ResetPermit) {
        match latest.iter_mut().find(|other| other.method.is_same_way_as(&proof.method)) {
            Some(other) if other.at < proof.at => *other = proof.clone(),
            Some(_) => {}
            None => latest.push(proof.clone()),
        }
    }
    latest
}
