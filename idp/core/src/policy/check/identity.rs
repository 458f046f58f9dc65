//! Rules 7 and 8: identity providers, staff, passkeys.

use super::Draft;
use crate::factor::FactorId;
use crate::level::Level;
use crate::policy::name::{Exemption, SignInMethod};
use crate::policy::value::ClientClass;

impl Draft<'_> {
    pub(super) fn identities(&mut self) {
        self.rule_7();
        self.rule_8();
    }

    fn offers(&self, provider: &str) -> bool {
        self.policy.sign_in.iter().any(|method| method.provider() == Some(provider))
    }

    fn rule_7(&mut self) {
        let policy = self.policy;
        for exemption in &policy.exempt {
            if let Exemption::FederatedBy(id) = exemption {
                self.refuse_if(
                    !self.offers(id),
                    "policy_rule_7a",
                    &["exempt", "sign_in"],
                    &format!("exempt names {id}, which is not in sign_in."),
                );
            }
        }
        for (id, levels) in policy.trust_upstream_amr.iter().flatten() {
            self.refuse_if(
                !self.offers(id),
                "policy_rule_7b",
                &["trust_upstream_amr", "sign_in"],
                &format!("trust_upstream_amr names {id}, which is not in sign_in."),
            );
            self.refuse_if(
                id == "google" || id == "facebook",
                "policy_rule_7c",
                &["trust_upstream_amr", "sign_in"],
                &format!("trust_upstream_amr names {id}, which sends no amr or acr."),
            );
            self.refuse_if(
                levels.values().any(|level| *level > Level::TwoFactor),
                "policy_value",
                &["trust_upstream_amr"],
                &format!("trust_upstream_amr gives {id} more than 2fa."),
            );
        }
    }

    fn rule_8(&mut self) {
        let policy = self.policy;
        let staff = policy.user_class == ClientClass::Staff;
        self.refuse_if(
            staff && policy.sign_in.contains(&SignInMethod::Guest),
            "policy_rule_8a",
            &["user_class", "sign_in"],
            "user_class = staff takes no guests: remove guest from sign_in.",
        );
        self.refuse_if(
            staff && policy.sign_in.contains(&SignInMethod::Facebook),
            "policy_rule_8b",
            &["user_class", "sign_in"],
            "user_class = staff takes no Facebook accounts: remove facebook from sign_in.",
        );
        self.refuse_if(
            staff && policy.self_registration,
            "policy_rule_8c",
            &["user_class", "self_registration"],
            "Staff do not create their own accounts: with user_class = staff set self_registration to false.",
        );
        self.refuse_if(
            staff && !policy.exempt.is_empty(),
            "policy_rule_8d",
            &["user_class", "exempt"],
            "Staff are never exempt: with user_class = staff set exempt to [].",
        );
        self.refuse_if(
            policy.sign_in.contains(&SignInMethod::Passkey) && !policy.factors.contains(&FactorId::Passkey),
            "policy_rule_8e",
            &["sign_in", "factors"],
            "passkey is in sign_in but not in factors, so nobody could register one.",
        );
    }
}
