//! Setting a second factor up within a sign-in: whether it is asked for or only offered, and what comes first.

use super::need::{Explained, FactorNeed, Need, Person, Situation};
use super::offer::Offer;
use super::proof::Proof;
use super::signed_in::SignedIn;
use crate::factor::FactorId;
use crate::oidc::error::{ErrorCode, OAuthError};

/// What has to be proven before a factor is set up, unless it was already.
pub(super) fn before_enrolment(offer: &Offer, proofs: &[Proof]) -> Option<Need> {
    let ready = offer.before_enrolment.clone()?;
    if proofs.iter().any(|proof| proof.method.factor().is_some_and(|factor| ready.contains(factor))) {
        return None;
    }
    if ready.is_empty() {
        let why = "this person has no contact on file to confirm before setting up a second factor";
        return Some(Need::Refuse(OAuthError::new(ErrorCode::AccessDenied, why), Explained::OnAPage));
    }
    Some(Need::Factor(FactorNeed {
        choose: ready.len() > 1,
        ready,
        enrol: Vec::new(),
        before_enrolment: true,
        email_fallback: false,
        verified: false,
    }))
}

/// A phone number is asked for before anything else.
pub(super) fn capture_need(offer: &Offer, proofs: &[Proof]) -> Option<Need> {
    if offer.capture.is_empty() {
        return None;
    }
    Some(before_enrolment(offer, proofs).unwrap_or_else(|| Need::Enrol(offer.capture.clone())))
}

/// The person is invited to set a second factor up, once after each time that they sign in. Who accepts is asked for what
/// has to come before.
pub(super) fn invitation_need(situation: &Situation<'_>, signed_in: &SignedIn<'_>) -> Option<Need> {
    let SignedIn { person: Person { offer, .. }, counting, afresh, .. } = signed_in;
    let has_set_up = counting.iter().any(|proof| proof.method.factor().is_some_and(|f| offer.invitation.contains(f)));
    if situation.request.prompt.none || !afresh || offer.invitation.is_empty() || has_set_up {
        return None;
    }
    let first = if situation.accepted { before_enrolment(offer, counting) } else { None };
    Some(first.unwrap_or_else(|| Need::Invite(offer.invitation.clone())))
}

/// Whether the person may set up `factor` now: the policy lets them, and what must come before was proven. The pages
/// that set a factor up ask this on every request.
#[must_use]
pub fn may_set_up(need: &Need, offer: &Offer, proofs: &[Proof], factor: &FactorId) -> bool {
    match need {
        Need::Enrol(factors) => factors.contains(factor),
        Need::Invite(factors) => factors.contains(factor) && before_enrolment(offer, proofs).is_none(),
        Need::Factor(need) => need.enrol.contains(factor) && before_enrolment(offer, proofs).is_none(),
        // Picked in the chooser, then kept waiting for a factor that they have; that one has met the need itself.
        Need::Consent(_) | Need::Nothing(_) => {
            offer.listed_to_enrol.contains(factor) && before_enrolment(offer, proofs).is_none()
        }
        Need::Login | Need::SelectAccount | Need::NewPassword | Need::Refuse(..) => false,
    }
}
