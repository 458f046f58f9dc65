//! “Why was I asked?”: the rules behind one sign-in, in words, for the console and the help desk.
//!
//! It decides nothing: each sentence comes from the verdict of the function that the journey itself calls.

use serde::Serialize;

use super::ask::{Step, accepts, step};
use super::choose::{ChooserStep, Unlisted, candidates, chooser_step, factors_listed, verdict};
use super::effective::Policy;
use super::enrol::captures_phone_now;
use super::source::{Source, Sources};
use super::standing::{Channels, FirstFactor, Standing};
use super::value::{Chooser, ChooserLists};
use crate::factor::FactorId;
use crate::level::Level;

/// One rule that applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What was decided; stable.
    pub code: &'static str,
    /// The factor concerned, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<FactorId>,
    /// The field of the policy, or `acr_values` for what the request demands.
    pub field: &'static str,
    /// Where the field's value comes from; `None` for the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The whole in English, ending in the field and its source.
    pub sentence: String,
}

/// What is explained: an account, really signing in or imagined by the console's preview.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The policy that counts, under the floor of the account's class.
    pub policy: &'a Policy,
    /// The tags of its fields.
    pub sources: &'a Sources,
    /// The account.
    pub standing: &'a Standing,
    /// How it signed in.
    pub first: &'a FirstFactor,
    /// What can be sent now.
    pub channels: &'a Channels,
    /// The level that the request demands.
    pub demanded: Option<Level>,
}

/// The rules that applied, in the order of the journey.
#[must_use]
pub fn explain(visit: &Visit<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let Some(refusal) = visit.refused() {
        return vec![refusal];
    }
    let asked = step(visit.policy, visit.first, visit.standing);
    reasons.push(visit.why_step(asked));
    let demand = visit.why_level(asked);
    let factor_page = asked.is_asked() || demand.is_some();
    reasons.extend(demand);
    if captures_phone_now(visit.policy, visit.standing, visit.first) {
        reasons.push(visit.reason("phone_asked", "phone_capture", "A phone number is asked for at sign-in"));
    }
    if factor_page {
        reasons.extend(visit.why_factors());
        reasons.push(visit.why_chooser());
    }
    reasons
}

impl Visit<'_> {
    fn reason(&self, code: &'static str, field: &'static str, what: &str) -> Reason {
        let source = self.sources.get(field);
        Reason { code, factor: None, field, source: Some(source), sentence: format!("{what} ({field}, {source}).") }
    }

    fn refused(&self) -> Option<Reason> {
        if !accepts(self.policy, self.first) {
            let what = format!("Sign-in refused: {} is not accepted here", self.first_name());
            return Some(self.reason("sign_in_refused", "sign_in", &what));
        }
        let guest = *self.first == FirstFactor::Guest;
        (!guest && !self.policy.user_class.admits(self.standing.class)).then(|| {
            self.reason("class_refused", "user_class", "Sign-in refused: this class of account may not sign in here")
        })
    }

    fn first_name(&self) -> String {
        match self.first {
            FirstFactor::Password { .. } => "a password".to_owned(),
            FirstFactor::Passkey => "a passkey".to_owned(),
            FirstFactor::Federated { provider, .. } => format!("federated sign-in with {provider}"),
            FirstFactor::Guest => "guest sign-in".to_owned(),
        }
    }

    fn why_step(&self, asked: Step) -> Reason {
        let (code, field, what) = match asked {
            Step::Required => ("mfa_required", "mfa", "MFA asked: it is required of everybody".to_owned()),
            Step::SwitchedOn => ("mfa_switched_on", "mfa", "MFA asked: the owner switched it on".to_owned()),
            Step::KeptEnrolled => (
                "mfa_kept_enrolled",
                "on_disable",
                "MFA asked although it is off: a factor enrolled at this client is kept".to_owned(),
            ),
            Step::Exempt => ("mfa_exempt", "exempt", format!("MFA skipped: {} is exempt", self.first_name())),
            Step::PasskeyIsBoth => ("mfa_passkey", "sign_in", "MFA skipped: a passkey is both factors".to_owned()),
            Step::Off => ("mfa_off", "mfa", "MFA skipped: it is off".to_owned()),
            Step::NotSwitchedOn => (
                "mfa_not_switched_on",
                "mfa",
                "MFA skipped: it is optional and the owner did not switch it on".to_owned(),
            ),
            Step::OutsidePilot => {
                ("mfa_outside_pilot", "pilot", "MFA skipped: the account is not one of the pilot's".to_owned())
            }
        };
        self.reason(code, field, &what)
    }

    /// A level asks for a factor where the step alone does not.
    fn why_level(&self, asked: Step) -> Option<Reason> {
        if asked.is_asked() || asked == Step::PasskeyIsBoth {
            return None;
        }
        if self.policy.min_acr >= Some(Level::TwoFactor) {
            return self.policy.min_acr.map(|level| {
                self.reason(
                    "level_minimum",
                    "min_acr",
                    &format!("MFA asked all the same: this client takes no less than {level}"),
                )
            });
        }
        self.demanded.filter(|level| *level >= Level::TwoFactor).map(|level| Reason {
            code: "level_demanded",
            factor: None,
            field: "acr_values",
            source: None,
            sentence: format!("MFA asked all the same: the request demands {level} (acr_values, request)."),
        })
    }

    fn why_factors(&self) -> Vec<Reason> {
        use FactorId::{Email, Passkey, Sms, Totp, Voice};
        let allowed: Vec<FactorId> = candidates(self.policy).collect();
        let others = [Email, Sms, Voice, Totp, Passkey].into_iter().filter(|factor| !allowed.contains(factor));
        allowed.iter().cloned().chain(others).map(|factor| self.why_factor(&factor)).collect()
    }

    fn why_factor(&self, factor: &FactorId) -> Reason {
        let listed = factors_listed(self.policy, self.standing, self.first, self.channels);
        let waiting = listed.iter().any(|entry| entry.factor == *factor && !entry.ready);
        let (code, field, why) = match verdict(self.policy, self.standing, self.first, self.channels, factor) {
            Ok(()) => ("factor_listed", "factors", "is listed: it is allowed and ready"),
            Err(Unlisted::NotSetUp) if waiting => {
                ("factor_listed_to_set_up", "chooser_lists", "is listed: it is allowed and can be set up")
            }
            Err(Unlisted::NotAllowed) => ("factor_not_allowed", "factors", "is not listed: it is not allowed"),
            Err(Unlisted::NoSender) => ("factor_no_sender", "factors", "is not listed: nothing can deliver it now"),
            Err(Unlisted::NotSetUp) if self.is_unproven(factor) => {
                ("factor_unproven", "vouched_contacts", "is not listed: the contact was pushed and not yet proven")
            }
            Err(Unlisted::NotSetUp) if self.policy.chooser_lists == ChooserLists::Allowed => {
                ("factor_not_set_up", "factors", "is not listed: it is not set up and cannot be here")
            }
            Err(Unlisted::NotSetUp) => ("factor_not_set_up", "chooser_lists", "is not listed: it is not set up"),
            Err(Unlisted::Country) => {
                ("factor_country", "countries", "is not listed: its number is in no country that codes go to")
            }
            Err(Unlisted::Fallback) => {
                ("factor_fallback", "email_when_phone_present", "is a link on the code page: there is a phone")
            }
            Err(Unlisted::Hidden) => ("factor_hidden", "email_when_phone_present", "is not listed: there is a phone"),
            Err(Unlisted::SameChannel) => {
                ("factor_same_channel", "factors", "is not listed: the password was just reset through it")
            }
        };
        Reason { factor: Some(factor.clone()), ..self.reason(code, field, &format!("{factor} {why}")) }
    }

    /// Whether this factor is missing only because a pushed contact must be proven first.
    fn is_unproven(&self, factor: &FactorId) -> bool {
        self.standing.holds(factor, super::value::Vouched::Usable)
    }

    fn why_chooser(&self) -> Reason {
        let listed = factors_listed(self.policy, self.standing, self.first, self.channels);
        match chooser_step(self.policy, &listed) {
            ChooserStep::Nothing => self.reason("nothing_usable", "factors", "No factor can be used"),
            ChooserStep::Show if self.policy.chooser == Chooser::Always => {
                self.reason("chooser_always", "chooser", "The chooser is shown, whatever it lists")
            }
            ChooserStep::Show => {
                self.reason("chooser_shown", "chooser", "The chooser is shown: there are several methods")
            }
            ChooserStep::Use(first) if self.policy.chooser == Chooser::Never => self.reason(
                "chooser_never",
                "chooser",
                &format!("{} is used at once: there is no chooser", first.factor),
            ),
            ChooserStep::Use(first) => self.reason(
                "chooser_skipped",
                "chooser",
                &format!("{} is used at once: it is the only method", first.factor),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{ContactState, LineType};
    use crate::policy::standing::PhoneStanding;
    use crate::policy::{Floor, MfaMode, PolicyDocument, Preset, UserClass};

    const PASSWORD: FirstFactor = FirstFactor::Password { reset_by_email: false };

    fn why(
        document: &PolicyDocument,
        standing: &Standing,
        first: &FirstFactor,
        demanded: Option<Level>,
    ) -> Vec<Reason> {
        let base = PolicyDocument::default();
        let (policy, sources) = (document.resolve(&base), Sources::of(document, &base, &Floor::default()));
        let channels = Channels::all();
        explain(&Visit { policy: &policy, sources: &sources, standing, first, channels: &channels, demanded })
    }

    fn codes(reasons: &[Reason]) -> Vec<&'static str> {
        reasons.iter().map(|reason| reason.code).collect()
    }

    fn resident() -> Standing {
        let phone = PhoneStanding::new(ContactState::Vouched, LineType::Landline);
        Standing { email: Some(ContactState::Verified), phones: vec![phone], ..Standing::bare(UserClass::Resident) }
    }

    #[test]
    fn an_exempt_sign_in_is_explained_with_field_and_source() {
        let google = FirstFactor::federated("google");
        let reasons = why(&Preset::CouncilPortal.document(), &resident(), &google, None);
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].sentence, "MFA skipped: federated sign-in with google is exempt (exempt, Preset).");
        assert_eq!((reasons[0].code, reasons[0].source), ("mfa_exempt", Some(Source::Preset)));
    }

    #[test]
    fn a_demanded_level_wins_over_the_exemption_and_says_so() {
        let google = FirstFactor::federated("google");
        let reasons = why(&Preset::CouncilPortal.document(), &resident(), &google, Some(Level::TwoFactor));
        assert_eq!(codes(&reasons)[..2], ["mfa_exempt", "level_demanded"]);
        assert!(reasons.len() > 2);
        let minimum =
            PolicyDocument { min_acr: Some(Some(Level::TwoFactor).into()), ..Preset::CouncilPortal.document() };
        assert_eq!(codes(&why(&minimum, &resident(), &google, None))[1], "level_minimum");
    }

    #[test]
    fn every_factor_is_said_to_be_listed_or_not_and_why() {
        let reasons = why(&Preset::CouncilPortal.document(), &resident(), &PASSWORD, None);
        assert_eq!(
            codes(&reasons),
            [
                "mfa_required",
                "factor_listed",
                "factor_not_set_up",
                "factor_fallback",
                "factor_not_allowed",
                "factor_not_allowed",
                "chooser_skipped",
            ]
        );
        assert_eq!(reasons[1].factor, Some(FactorId::Voice));
        assert_eq!(
            reasons[3].sentence,
            "email is a link on the code page: there is a phone (email_when_phone_present, Preset)."
        );
    }

    #[test]
    fn a_pushed_phone_that_must_be_proven_first_is_named_as_the_reason() {
        let document = PolicyDocument { vouched_contacts: None, ..Preset::CouncilPortal.document() };
        let reasons = why(&document, &resident(), &PASSWORD, None);
        assert_eq!((reasons[1].code, reasons[1].source), ("factor_unproven", Some(Source::Default)));
    }

    #[test]
    fn what_is_not_set_up_is_listed_where_the_policy_lists_allowed_methods() {
        let staff = Standing::bare(UserClass::Staff);
        let reasons = why(&Preset::StaffApp.document(), &staff, &PASSWORD, None);
        assert_eq!(codes(&reasons)[1..3], ["factor_listed_to_set_up", "factor_listed_to_set_up"]);
        assert_eq!(codes(&reasons).last(), Some(&"chooser_shown"));
    }

    #[test]
    fn a_sign_in_that_is_not_accepted_is_explained_and_nothing_else() {
        let staff = Preset::StaffApp.document();
        assert_eq!(codes(&why(&staff, &resident(), &FirstFactor::Guest, None)), ["sign_in_refused"]);
        assert_eq!(codes(&why(&staff, &resident(), &PASSWORD, None)), ["class_refused"]);
    }

    #[test]
    fn switched_off_says_who_is_still_asked_and_that_the_others_are_not() {
        let off = PolicyDocument { mfa: Some(MfaMode::Off), ..Preset::Authenticator.document() };
        let enrolled =
            Standing { totp: true, enrolled_here: vec![FactorId::Totp], ..Standing::bare(UserClass::Resident) };
        let reasons = why(&off, &enrolled, &PASSWORD, None);
        assert_eq!(codes(&reasons)[0], "mfa_kept_enrolled");
        assert_eq!(codes(&reasons).last(), Some(&"chooser_skipped"));
        assert_eq!(codes(&why(&off, &resident(), &PASSWORD, None)), ["mfa_off"]);
    }

    #[test]
    fn first_login_capture_is_explained() {
        let reasons = why(&Preset::SmsFirst.document(), &resident(), &PASSWORD, None);
        assert_eq!(codes(&reasons)[1], "phone_asked");
        assert_eq!(codes(&reasons).last(), Some(&"chooser_never"));
    }
}
