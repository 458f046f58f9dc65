//! What comes before the ways in to an account change: its owner has just signed in to it, with the strongest factor that
//! it has.

use chrono::{DateTime, Utc};

use super::need::{Explained, FactorNeed, Joining, Need, Situation};
use super::offer::Offer;
use super::proof::{Proof, first_factor};
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
/// strongest factor that it has, and reads its mailbox. No session stands in for that. Joining takes the account's address
/// away from whoever it is: a password and a code that somebody was talked out of are not enough for that.
pub(super) fn joining_need(situation: &Situation<'_>, signed_in: &SignedIn<'_>) -> Option<Need> {
    if situation.joining == Joining::No {
        return None;
    }
    if !signed_in.afresh {
        return Some(Need::Login);
    }
    let fresh = signed_in.fresh(situation.request);
    let reads_mail = || {
        let by_code = fresh.iter().any(|proof| proof.method.factor() == Some(&FactorId::Email));
        by_code || first_factor(situation.policy, &fresh.iter().collect::<Vec<_>>()).is_by_mailbox()
    };
    protection_need(&signed_in.person.offer, &fresh, DateTime::<Utc>::MIN_UTC).or_else(|| {
        let asks = situation.joining == Joining::WithMailbox && !reads_mail();
        asks.then(|| use_of(vec![FactorId::Email]))
    })
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
    Some(use_of(factors.to_vec()))
}

/// One of these factors, and nothing in place of it.
fn use_of(ready: Vec<FactorId>) -> Need {
    Need::Factor(FactorNeed {
        choose: ready.len() > 1,
        ready,
        enrol: Vec::new(),
        before_enrolment: false,
        email_fallback: false,
        verified: false,
    })
}
