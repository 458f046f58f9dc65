//! Rules 4 to 6: levels against remembered devices, the mode and the ways to sign in.

use super::{Draft, Installation};
use crate::factor::FactorId;
use crate::level::Level;
use crate::policy::ask::exempt;
use crate::policy::effective::Policy;
use crate::policy::name::SignInMethod;
use crate::policy::standing::FirstFactor;
use crate::policy::value::MfaMode;

impl Draft<'_> {
    pub(super) fn levels(&mut self) {
        self.rule_4();
        self.rule_5();
        self.rule_6();
    }

    fn wants_two_factors(&self) -> bool {
        self.policy.min_acr >= Some(Level::TwoFactor)
    }

    fn rule_4(&mut self) {
        let remembers = self.policy.remember_device_days > 0;
        self.refuse_if(
            remembers && self.policy.mfa_every_login,
            "policy_rule_4a",
            &["mfa_every_login", "remember_device_days"],
            "mfa_every_login asks every time, so remember_device_days must be 0.",
        );
        self.refuse_if(
            remembers && self.wants_two_factors(),
            "policy_rule_4b",
            &["min_acr", "remember_device_days"],
            "A remembered device reaches 1fa only, so with min_acr of 2fa or more remember_device_days must be 0.",
        );
    }

    fn rule_5(&mut self) {
        let (policy, installation) = (self.policy, self.installation);
        self.refuse_if(
            policy.mfa != MfaMode::Required && self.wants_two_factors(),
            "policy_rule_5a",
            &["mfa", "min_acr"],
            "min_acr of 2fa or more needs mfa = required.",
        );
        self.refuse_if(
            policy.min_acr > reachable(policy, installation),
            "policy_rule_5b",
            &["min_acr", "factors"],
            "No way in sign_in and factors reaches min_acr.",
        );
        let values = policy.default_acr_values.iter().flatten();
        let known: Vec<Option<Level>> = values.map(|value| level(value, installation)).collect();
        self.refuse_if(
            known.iter().flatten().min().is_some_and(|lowest| Some(*lowest) < policy.min_acr),
            "policy_rule_5c",
            &["default_acr_values", "min_acr"],
            "default_acr_values lists a level below min_acr.",
        );
        self.refuse_if(
            known.iter().any(Option::is_none),
            "policy_value",
            &["default_acr_values"],
            "default_acr_values lists a value that is neither a level nor a configured alias.",
        );
    }

    fn rule_6(&mut self) {
        let policy = self.policy;
        let guest = policy.sign_in.contains(&SignInMethod::Guest);
        self.refuse_if(
            guest && policy.min_acr >= Some(Level::OneFactor),
            "policy_rule_6a",
            &["min_acr", "sign_in"],
            "A guest never reaches min_acr: remove guest from sign_in.",
        );
        let exempt_provider = policy
            .sign_in
            .iter()
            .filter_map(SignInMethod::provider)
            .find(|id| exempt(policy, &FirstFactor::federated(id)));
        if let Some(id) = exempt_provider {
            self.refuse_if(
                self.wants_two_factors(),
                "policy_rule_6b",
                &["min_acr", "exempt"],
                &format!("{id} is exempt and so reaches 1fa only, which is below min_acr."),
            );
        }
        self.refuse_if(
            guest && policy.mfa == MfaMode::Required && !exempt(policy, &FirstFactor::Guest),
            "policy_rule_6c",
            &["sign_in", "exempt"],
            "A guest has no second factor: with mfa = required, guest in sign_in must be in exempt too.",
        );
    }
}

fn level(value: &str, installation: &Installation) -> Option<Level> {
    value.parse().ok().or_else(|| installation.acr_aliases.get(value).copied())
}

/// The strongest level that anybody can reach at this client; `None` if nobody can sign in at all.
fn reachable(policy: &Policy, installation: &Installation) -> Option<Level> {
    let passkeys = installation.passkeys;
    let first = |method: &SignInMethod| match method {
        SignInMethod::Passkey if passkeys => Level::PhishingResistant,
        SignInMethod::Passkey | SignInMethod::Guest => Level::Guest,
        _ => Level::OneFactor,
    };
    let alone = policy.sign_in.iter().map(first).max()?;
    if alone != Level::OneFactor {
        return Some(alone);
    }
    let second = policy.factors.iter().filter(|factor| installation.supports(factor)).map(|factor| match factor {
        FactorId::Passkey => Level::PhishingResistant,
        _ => Level::TwoFactor,
    });
    let upstream = policy.trust_upstream_amr.iter().flat_map(|trust| trust.values()).flat_map(|levels| levels.values());
    let upstream = upstream.copied().map(|level| level.min(Level::TwoFactor));
    second.chain(upstream).max().max(Some(alone))
}
