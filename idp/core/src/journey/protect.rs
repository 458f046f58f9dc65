//! What comes before the ways in to an account change: its owner has just signed in to it, with the strongest factor that
//! it has.

use chrono::{DateTime, Utc};

use super::need::{Explained, FactorNeed, Need, Situation};
use super::offer::Offer;
use super::proof::Proof;
use super::set_up::has_first;
use super::signed_in::SignedIn;
use crate::factor::FactorId;
use crate::oidc::error::{ErrorCode, OAuthError};

/// A sign-in elsewhere is to be linked: whoever is there has just signed in to that account, with the strongest factor
/// that it has.
pub(super) fn linking_need(situation: &Situation<'_>, signed_in: &SignedIn<'_>) -> Option<Need> {
    let linking = situation.linking?;
    // However long they were there: it is the moment of the link that a sign-in has to be fresh at.
    let fresh = signed_in.fresh_at(linking.proof.at);
    if signed_in.person.id != linking.account || !has_first(&fresh) {
        return Some(Need::Login);
    }
    protection_need(&signed_in.person.offer, &fresh, DateTime::<Utc>::MIN_UTC)
}

/// An account is to be joined to another one: whoever is there has signed in to it in this very transaction, with the
/// strongest factor that it has. No session stands in for that.
pub(super) fn joining_need(situation: &Situation<'_>, signed_in: &SignedIn<'_>) -> Option<Need> {
    if !situation.joining {
        return None;
    }
    if !signed_in.afresh {
        return Some(Need::Login);
    }
    protection_need(&signed_in.person.offer, &signed_in.fresh(situation.request), DateTime::<Utc>::MIN_UTC)
}

/// The proof, since that time, that an account which has more than its mailbox asks for before its ways in change.
pub(super) fn protection_need(offer: &Offer, proofs: &[Proof], since: DateTime<Utc>) -> Option<Need> {
    let factors = offer.protection.as_deref()?;
    let is_proven = |factor: &FactorId| {
        let uses = proofs.iter().filter(|proof| proof.method.factor() == Some(factor));
        uses.map(|proof| proof.at).max() >= Some(since)
    };
    if factors.iter().any(is_proven) {
        return None;
    }
    if factors.is_empty() {
        let why = "the second factor that has to come first cannot be used now";
        return Some(Need::Refuse(OAuthError::new(ErrorCode::AccessDenied, why), Explained::OnAPage));
    }
    Some(Need::Factor(FactorNeed {
        choose: factors.len() > 1,
        ready: factors.to_vec(),
        enrol: Vec::new(),
        before_enrolment: false,
        email_fallback: false,
        verified: false,
    }))
}
