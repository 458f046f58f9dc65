//! Rules 9 and 10: codes, backup codes, money; and the ranges of numbers.

use super::Draft;
use crate::factor::FactorId;
use crate::policy::effective::CodePolicy;
use crate::policy::value::{Alphabet, OnSpendCap};

impl Draft<'_> {
    pub(super) fn codes(&mut self) {
        let code = &self.policy.code;
        self.refuse_if(
            code.voice.alphabet != Alphabet::Digits,
            "policy_rule_9a",
            &["code.voice.alphabet", "code.voice"],
            "A code that is read out must be digits.",
        );
        for (channel, code) in [("email", &code.email), ("sms", &code.sms), ("voice", &code.voice)] {
            self.rule_9(channel, code);
        }
        self.rule_10();
    }

    fn rule_9(&mut self, channel: &str, code: &CodePolicy) {
        let table = format!("code.{channel}");
        let field = |name: &str| format!("{table}.{name}");
        let clauses = [
            (code.length < 6, "policy_rule_9b", field("length"), "at least 6 characters"),
            (code.ttl_seconds > 600, "policy_rule_9c", field("ttl_seconds"), "at most 600 seconds"),
            (code.max_tries > 5, "policy_rule_9d", field("max_tries"), "at most 5 tries"),
            (
                code.resend_cooldown_seconds < 30,
                "policy_rule_9e",
                field("resend_cooldown_seconds"),
                "at least 30 seconds between two sends",
            ),
            (code.length > 10, "policy_range", field("length"), "at most 10 characters"),
            (code.ttl_seconds < 60, "policy_range", field("ttl_seconds"), "at least 60 seconds"),
            (code.max_tries < 1, "policy_range", field("max_tries"), "at least 1 try"),
            (code.max_sends < 1 || code.max_sends > 5, "policy_range", field("max_sends"), "1 to 5 sends"),
        ];
        for (wrong, rule, name, limit) in clauses {
            self.refuse_if(wrong, rule, &[&name, &table], &format!("{name}: a code has {limit}."));
        }
    }

    fn rule_10(&mut self) {
        let policy = self.policy;
        self.refuse_if(
            policy.backup_codes.count > 0 && !policy.allows(&FactorId::Backup),
            "policy_rule_10a",
            &["backup_codes", "factors"],
            "Backup codes stand in for totp or passkey, and factors has neither: set backup_codes.count to 0.",
        );
        self.refuse_if(
            policy.on_spend_cap == OnSpendCap::Email && !policy.email_may_be_used(),
            "policy_rule_10b",
            &["on_spend_cap", "factors"],
            "on_spend_cap = email, but email may not be used here: set alert or refuse.",
        );
        let Some(plan) = &policy.tariff_plan else { return };
        let priced = self.installation.prices.get(plan);
        for factor in policy.factors.iter().filter(|factor| matches!(factor, FactorId::Sms | FactorId::Voice)) {
            self.refuse_if(
                !priced.is_some_and(|channels| channels.contains(factor)),
                "policy_rule_10c",
                &["tariff_plan", "factors"],
                &format!("tariff_plan {plan} has no price for {factor}."),
            );
        }
    }

    /// What a single field may hold, whatever the others say.
    pub(super) fn values(&mut self) {
        let policy = self.policy;
        let ranges = [
            (policy.remember_device_days > 90, "remember_device_days", "0 to 90"),
            (policy.enrol_on_password_days > 30, "enrol_on_password_days", "0 to 30"),
            (policy.backup_codes.count > 20, "backup_codes.count", "0 to 20"),
            (policy.session_idle_seconds == 0, "session_idle_seconds", "1 or more"),
            (policy.session_absolute_seconds == 0, "session_absolute_seconds", "1 or more"),
        ];
        for (wrong, field, range) in ranges {
            self.refuse_if(wrong, "policy_range", &[field], &format!("{field} must be {range}."));
        }
        let country = |text: &String| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        let values = [
            (
                policy.factors.contains(&FactorId::Backup),
                "factors",
                "backup is not listed: it comes with totp and passkey.",
            ),
            (has_twice(&policy.factors), "factors", "factors lists a factor twice."),
            (policy.sign_in.is_empty(), "sign_in", "sign_in is empty: nobody could sign in."),
            (has_twice(&policy.sign_in), "sign_in", "sign_in lists a way to sign in twice."),
            (!policy.countries.iter().all(country), "countries", "countries takes two-letter codes such as GB."),
        ];
        for (wrong, field, message) in values {
            self.refuse_if(wrong, "policy_value", &[field], message);
        }
    }
}

fn has_twice<T: PartialEq>(list: &[T]) -> bool {
    list.iter().enumerate().any(|(i, entry)| list.iter().skip(i + 1).any(|other| other == entry))
}
