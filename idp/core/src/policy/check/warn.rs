//! What may be saved but is worth a second thought.

use super::{Installation, Warning};
use crate::factor::FactorId;
use crate::policy::effective::Policy;
use crate::policy::name::SignInMethod;
use crate::policy::value::{ContactEdit, OnDisable};

pub(super) fn warnings(policy: &Policy, installation: &Installation) -> Vec<Warning> {
    let factors = &policy.factors;
    let contacts_only = !factors.is_empty()
        && factors.iter().all(|factor| matches!(factor, FactorId::Email | FactorId::Sms | FactorId::Voice));
    let locked = policy.contact_edit.email == ContactEdit::Locked || policy.contact_edit.phone == ContactEdit::Locked;
    let unknown =
        policy.sign_in.iter().filter_map(SignInMethod::provider).any(|id| !installation.providers.contains(id));
    let clauses = [
        (
            contacts_only && policy.on_disable == OnDisable::KeepEnrolled,
            "policy_warning_keep_enrolled",
            ["factors", "on_disable"],
            "Everybody with a phone used here goes on being asked when mfa is switched off.",
        ),
        (
            on_one_sender(factors, installation),
            "policy_warning_one_sender",
            ["factors", "senders"],
            "All factors go through one sender: its outage shuts everybody out.",
        ),
        (
            factors.iter().any(|factor| factor.is_sent() && !installation.supports(factor)),
            "policy_warning_no_sender",
            ["factors", "senders"],
            "factors has a way of sending codes for which no sender is set up: nobody is offered it until one is.",
        ),
        (
            matches!(factors.as_slice(), [FactorId::Sms | FactorId::Email]),
            "policy_warning_sole_factor",
            ["factors", "factors"],
            "There is one factor only, and somebody who loses that contact cannot sign in.",
        ),
        (
            policy.countries.iter().any(|country| !installation.countries.contains(country)),
            "policy_warning_countries",
            ["countries", "limits.countries"],
            "Texts and calls go only to the countries that limits.countries names as well.",
        ),
        (
            locked && policy.self_registration,
            "policy_warning_locked_registration",
            ["contact_edit", "self_registration"],
            "People who create their own account cannot correct the contacts they typed.",
        ),
        (
            unknown,
            "policy_warning_provider",
            ["sign_in", "federation"],
            "sign_in names an identity provider that is not configured: its button is not shown.",
        ),
    ];
    let wanted = clauses.into_iter().filter(|(applies, ..)| *applies);
    wanted
        .map(|(_, code, [one, other], message)| {
            let mut fields = vec![one.to_owned(), other.to_owned()];
            fields.dedup();
            Warning { code, fields, message: message.to_owned() }
        })
        .collect()
}

fn on_one_sender(factors: &[FactorId], installation: &Installation) -> bool {
    let mut senders = factors.iter().map(|factor| installation.senders.get(factor));
    let Some(Some(first)) = senders.next() else { return false };
    factors.len() > 1 && senders.all(|sender| sender == Some(first))
}
