//! Rules 1 to 3: the second-factor step, the phone number, the chooser.

use super::Draft;
use crate::factor::FactorId;
use crate::policy::source::{fields, raised};
use crate::policy::value::{Chooser, ChooserLists, ContactEdit, EmailWhenPhone, MfaMode, PhoneCapture};

impl Draft<'_> {
    pub(super) fn steps(&mut self) {
        self.rule_1();
        self.rule_2();
        self.rule_3();
    }

    fn rule_1(&mut self) {
        let (policy, installation) = (self.policy, self.installation);
        let asks = policy.mfa != MfaMode::Off;
        self.refuse_if(
            asks && policy.factors.is_empty(),
            "policy_rule_1a",
            &["mfa", "factors"],
            "mfa is not off but factors is empty: list a factor, or set mfa to off.",
        );
        self.refuse_if(
            asks && !policy.factors.is_empty() && !policy.factors.iter().any(|factor| installation.supports(factor)),
            "policy_rule_1b",
            &["mfa", "factors"],
            "mfa is not off but none of factors can work: email, sms and voice need a configured sender.",
        );
        let written = fields(self.document);
        for field in raised(policy, &installation.floors.at_saving(policy.user_class)) {
            self.refuse_if(
                written.contains_key(field),
                "policy_rule_1c",
                &[field, "floors"],
                &format!("{field} is weaker than the installation's floor for user_class: strengthen or remove it."),
            );
        }
        self.refuse_if(
            installation.allow_list_only && policy.mfa == MfaMode::Required && policy.pilot.is_none(),
            "policy_rule_1d",
            &["mfa", "pilot"],
            "Messages go only to an allow-list, so mfa = required would shut everybody else out: name a pilot.",
        );
        let nowhere = |factor: &&FactorId| matches!(factor, FactorId::Remote(_)) && !installation.supports(factor);
        for factor in policy.factors.iter().filter(nowhere) {
            self.refuse_if(
                true,
                "policy_rule_1e",
                &["factors"],
                &format!("factors names {factor}, which is no configured service: add it to [factors.remote] first."),
            );
        }
    }

    fn rule_2(&mut self) {
        let policy = self.policy;
        let phone_only = !policy.factors.is_empty()
            && policy.factors.iter().all(|factor| matches!(factor, FactorId::Sms | FactorId::Voice));
        let captures = policy.phone_capture != PhoneCapture::Never;
        self.refuse_if(
            policy.mfa == MfaMode::Required && phone_only && !captures && self.installation.accounts_without_phone,
            "policy_rule_2a",
            &["factors", "phone_capture"],
            "factors needs a phone and phone_capture = never, but some accounts have no phone number: they could not \
             sign in.",
        );
        self.refuse_if(
            captures && policy.contact_edit.phone == ContactEdit::Locked,
            "policy_rule_2b",
            &["phone_capture", "contact_edit.phone"],
            "phone_capture asks for a number that contact_edit.phone = locked forbids to enter.",
        );
        self.refuse_if(
            captures && !policy.allows_phone(),
            "policy_rule_2c",
            &["phone_capture", "factors"],
            "phone_capture asks for a number, but factors has neither sms nor voice.",
        );
    }

    fn rule_3(&mut self) {
        let policy = self.policy;
        let email = policy.factors.contains(&FactorId::Email);
        let yields = policy.email_when_phone_present != EmailWhenPhone::Offer;
        self.refuse_if(
            policy.chooser == Chooser::Never && !yields && email && policy.allows_phone(),
            "policy_rule_3a",
            &["chooser", "email_when_phone_present"],
            "With chooser = never nobody can choose between email and phone: set email_when_phone_present to fallback \
             or hide.",
        );
        self.refuse_if(
            yields && !email,
            "policy_rule_3b",
            &["email_when_phone_present", "factors"],
            "email_when_phone_present makes email yield to a phone, but factors has no email: set \
             email_when_phone_present=offer together with factors, or add email to factors.",
        );
        self.refuse_if(
            yields && !policy.allows_phone(),
            "policy_rule_3c",
            &["email_when_phone_present", "factors"],
            "email_when_phone_present makes email yield to a phone, but factors has neither sms nor voice: set \
             email_when_phone_present=offer together with factors, or add sms or voice to factors.",
        );
        self.refuse_if(
            policy.chooser == Chooser::Never && policy.chooser_lists == ChooserLists::Allowed,
            "policy_rule_3d",
            &["chooser_lists", "chooser"],
            "chooser_lists = allowed needs a chooser, but chooser = never.",
        );
    }
}
