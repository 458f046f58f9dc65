//! Setting a second factor up within a sign-in: whether it is asked for or only offered, and what comes first.

use super::need::{Explained, FactorNeed, Need, Person, Situation};
use super::offer::Offer;
use super::proof::Proof;
use super::signed_in::{SignedIn, signed_in};
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

/// One of `factors` has to be set up. Where one of them proves the contact on file it is offered at once, unless the
/// person wants another one (`proves_first`) and can prove a contact.
pub(super) fn enrol_need(offer: &Offer, proofs: &[Proof], mut factors: Vec<FactorId>, proves_first: bool) -> Need {
    let before = before_enrolment(offer, proofs);
    let is_closed = matches!(before, Some(Need::Refuse(..)));
    if !(has_first(proofs) || is_closed && offer.on_file.is_empty()) {
        return Need::Login;
    }
    let Some(before) = before else { return Need::Enrol(factors) };
    let on_file = |factor: &FactorId| offer.on_file.contains(factor);
    if !factors.iter().any(on_file) || (proves_first && !is_closed) {
        return before;
    }
    factors.retain(|factor| !is_closed || on_file(factor));
    Need::Enrol(factors)
}

/// A phone number is asked for before anything else.
pub(super) fn capture_need(offer: &Offer, proofs: &[Proof], proves_first: bool) -> Option<Need> {
    let captures = !offer.capture.is_empty();
    captures.then(|| enrol_need(offer, proofs, offer.capture.clone(), proves_first))
}

/// The person is invited to set a second factor up, once after each time that they sign in. Who accepts is asked for what
/// has to come before.
pub(super) fn invitation_need(situation: &Situation<'_>, signed_in: &SignedIn<'_>) -> Option<Need> {
    let SignedIn { person: Person { offer, .. }, counting, afresh, .. } = signed_in;
    let has_set_up = counting.iter().any(|proof| proof.method.factor().is_some_and(|f| offer.invitation.contains(f)));
    if situation.request.prompt.none || !afresh || offer.invitation.is_empty() || has_set_up {
        return None;
    }
    let fresh = signed_in.fresh(situation.request);
    let first = if situation.accepted { before_enrolment(offer, &fresh) } else { None };
    Some(first.unwrap_or_else(|| Need::Invite(offer.invitation.clone())))
}

/// Whether the person may set up `factor` now: the policy lets them, and what must come before was proven. The pages
/// that set a factor up ask this on every request.
#[must_use]
pub fn may_set_up(situation: &Situation<'_>, need: &Need, factor: &FactorId) -> bool {
    let Some(signed_in) = signed_in(situation) else { return false };
    let (offer, fresh) = (&signed_in.person.offer, signed_in.fresh(situation.request));
    if !has_first(&fresh) {
        return false;
    }
    let is_open = before_enrolment(offer, &fresh).is_none();
    let open = is_open || offer.on_file.contains(factor);
    match need {
        Need::Enrol(factors) => factors.contains(factor) && open,
        Need::Invite(factors) => factors.contains(factor) && is_open,
        Need::Factor(need) => need.enrol.contains(factor) && open,
        // Picked in the chooser, then kept waiting for a factor that they have; that one has met the need itself.
        Need::Terms | Need::Consent(_) | Need::Nothing(_) => offer.listed_to_enrol.contains(factor) && open,
        Need::Login | Need::SelectAccount | Need::NewPassword | Need::Refuse(..) => false,
    }
}

/// Whether what must come before was proven: only then may a factor reach something else than the contact on file.
#[must_use]
pub fn is_open(situation: &Situation<'_>) -> bool {
    signed_in(situation).is_some_and(|signed_in| {
        let fresh = signed_in.fresh(situation.request);
        has_first(&fresh) && before_enrolment(&signed_in.person.offer, &fresh).is_none()
    })
}

/// What was picked in the chooser to be set up waits for a first factor, where the session's is too old for that.
pub(super) fn picked_need(situation: &Situation<'_>, offer: &Offer, fresh: &[Proof]) -> Option<Need> {
    let picked = situation.set_up.is_some_and(|factor| offer.listed_to_enrol.contains(factor));
    (picked && !has_first(fresh)).then_some(Need::Login)
}

/// Whether a first factor is among them.
pub(super) fn has_first(proofs: &[Proof]) -> bool {
    proofs.iter().any(|proof| proof.method.is_first())
}
