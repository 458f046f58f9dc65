//! A situation that is easy to write down. Times are seconds relative to [`now`]; the request arrives at zero.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::{
    Asked, Consent, Explained, Joining, Linking, Method, Need, Offer, PasskeyUse, Person, Proof, Satisfied,
    SessionChange, SessionFacts, Situation, Upstream, next_need, offer,
};
use crate::account::ContactState;
use crate::factor::FactorId;
use crate::level::Level;
use crate::oidc::acr::{Demand, Vocabulary};
use crate::oidc::authorize::AuthorizationRequest;
use crate::oidc::claims::ClaimsRequest;
use crate::oidc::prompt::Prompt;
use crate::oidc::response::{ReplyTo, ResponseMode};
use crate::oidc::scope::Scopes;
use crate::policy::{Channels, FirstFactor, Policy, PolicyDocument, Preset, SignInMethod, Standing, UserClass};

/// Who signs in.
pub(super) const ADA: Uuid = Uuid::from_u128(1);
/// Somebody else with the same browser.
pub(super) const BOB: Uuid = Uuid::from_u128(2);

pub(super) fn now() -> DateTime<Utc> {
    at(0)
}

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

pub(super) fn sub_of(account: Uuid) -> &'static str {
    if account == ADA { "ada" } else { "bob" }
}

pub(super) fn scopes(text: &str) -> Scopes {
    Scopes::from(text.to_owned())
}

/// `password`, `permit`, `reset`, `guest`, `google` (`google+mailbox` where the address is its mailbox, any further `+word`
/// signed by it), `alone` (a passkey and nothing else), `passkey` (after a first factor; with `+uv`
/// verified, with `+hw` bound to its device) or the name of another factor, with its time.
pub(super) fn proof((method, seconds): (&str, i64)) -> Proof {
    let method = match method {
        "password" => Method::Password,
        "permit" => Method::ResetPermit,
        "reset" => Method::ResetPassword,
        "alone" => Method::Passkey(PasskeyUse { alone: true, verified: true, bound: false }),
        "guest" => Method::Guest,
        name if name.starts_with("google") => {
            let words = name.split('+').skip(1).map(str::to_owned);
            let (mailbox, context) = words.partition::<Vec<_>, _>(|word| word == "mailbox");
            Method::Federated(Upstream { provider: "google".to_owned(), mailbox: !mailbox.is_empty(), context })
        }
        name if name.starts_with("passkey") => {
            let has = |word: &str| name.split('+').any(|part| part == word);
            Method::Passkey(PasskeyUse { alone: has("alone"), verified: has("uv"), bound: has("hw") })
        }
        name => Method::Factor(name.parse().unwrap()),
    };
    Proof { method, at: at(seconds) }
}

fn factors(names: &str) -> Vec<FactorId> {
    names.split_whitespace().map(|name| name.parse().unwrap()).collect()
}

/// An installation with a password, email codes and authenticator apps, and one request.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a situation")]
pub(super) struct World {
    pub(super) request: AuthorizationRequest,
    pub(super) policy: Policy,
    pub(super) vocabulary: Vocabulary,
    pub(super) ceiling: Level,
    pub(super) standing: Standing,
    pub(super) first: FirstFactor,
    pub(super) channels: Channels,
    pub(super) installed: Vec<FactorId>,
    pub(super) enrollable: Vec<FactorId>,
    pub(super) after_reset: bool,
    pub(super) mfa_since: DateTime<Utc>,
    /// Who proved something in this transaction.
    pub(super) actor: Uuid,
    pub(super) proofs: Vec<Proof>,
    pub(super) session: Option<SessionFacts>,
    pub(super) linking: Option<Linking>,
    pub(super) joining: Joining,
    pub(super) previous_subs: Vec<String>,
    pub(super) former_sub: Option<&'static str>,
    pub(super) chosen: bool,
    pub(super) accepted: bool,
    pub(super) proves_first: bool,
    pub(super) picked: Option<FactorId>,
    pub(super) set_up: Channels,
    pub(super) invite_after: Option<DateTime<Utc>>,
    /// Whose device this browser is remembered as.
    pub(super) remembered: Option<Uuid>,
    pub(super) consent: Consent,
    pub(super) now: DateTime<Utc>,
}

impl World {
    /// A plain request of a resident with a verified address at a client with this policy.
    pub(super) fn of(policy: Policy) -> Self {
        let request = AuthorizationRequest {
            client_id: "app".to_owned(),
            reply_to: ReplyTo {
                redirect_uri: "https://app.test/cb".to_owned(),
                mode: ResponseMode::Query,
                state: None,
            },
            scopes: scopes("openid profile"),
            nonce: None,
            code_challenge: None,
            prompt: Prompt::default(),
            max_age: None,
            demand: Demand::default(),
            claims: ClaimsRequest::default(),
            expected_sub: None,
            login_hint: None,
            ui_locales: None,
            received_at: now(),
        };
        Self {
            request,
            policy: Policy { first_party: true, ..policy },
            vocabulary: Vocabulary::new([("Cl.Cm".to_owned(), Level::TwoFactor)].into()),
            ceiling: Level::TwoFactor,
            standing: Standing { email: Some(ContactState::Verified), ..Standing::bare(UserClass::Resident) },
            first: FirstFactor::Password { reset_by_email: false },
            channels: Channels::all(),
            installed: factors("email totp"),
            enrollable: factors("email totp"),
            after_reset: false,
            mfa_since: at(-100 * 86_400),
            actor: ADA,
            proofs: Vec::new(),
            session: None,
            linking: None,
            joining: Joining::No,
            previous_subs: Vec::new(),
            former_sub: None,
            chosen: false,
            accepted: false,
            proves_first: false,
            picked: None,
            set_up: Channels::all(),
            invite_after: None,
            remembered: None,
            consent: Consent::default(),
            now: now(),
        }
    }

    pub(super) fn preset(preset: Preset) -> Self {
        Self::of(preset.document().resolve(&PolicyDocument::default()))
    }

    /// The table of defaults, with these factors.
    pub(super) fn with_factors(names: &str) -> Self {
        Self::of(Policy { factors: factors(names), ..Policy::default() })
    }

    /// The second factor is not asked for.
    pub(super) fn mfa_off() -> Self {
        Self::of(Policy { mfa: crate::policy::MfaMode::Off, ..Policy::default() })
    }

    pub(super) fn set(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Something is proven in this transaction.
    pub(super) fn proves(mut self, method: &str, seconds: i64) -> Self {
        let proof = proof((method, seconds));
        self.proofs.retain(|other| other.method != proof.method);
        self.proofs.push(proof);
        self
    }

    /// The browser has a session, since the first of these proofs.
    pub(super) fn session(mut self, account: Uuid, proofs: &[(&str, i64)]) -> Self {
        let proofs = proofs.iter().copied().map(proof).collect::<Vec<_>>();
        let created_at = proofs.iter().map(|proof| proof.at).min().unwrap_or(self.now);
        self.session = Some(SessionFacts { account, proofs, created_at, last_seen_at: self.now });
        self
    }

    pub(super) fn prompt(mut self, words: &str) -> Self {
        self.request.prompt = Prompt::read(Some(words)).unwrap();
        self
    }

    pub(super) fn max_age(mut self, seconds: u32) -> Self {
        self.request.max_age = Some(seconds);
        self
    }

    pub(super) fn acr(mut self, values: &str) -> Self {
        self.request.demand = Demand::of(values.split_whitespace(), &self.vocabulary);
        self
    }

    pub(super) fn min_acr(mut self, level: Level) -> Self {
        self.policy.min_acr = Some(level);
        self
    }

    /// The account has an authenticator, used at this client.
    pub(super) fn totp(mut self) -> Self {
        self.standing.totp = true;
        self.standing.switched_on = true;
        self.standing.enrolled_here.push(FactorId::Totp);
        self
    }

    /// The account has a passkey, this installation takes them, and this client lets people sign in with one alone.
    pub(super) fn passkey(mut self) -> Self {
        self.standing.passkeys = 1;
        self.standing.switched_on = true;
        self.takes_passkeys()
    }

    /// This installation takes passkeys.
    pub(super) fn takes_passkeys(mut self) -> Self {
        self.installed.push(FactorId::Passkey);
        self.enrollable.push(FactorId::Passkey);
        self.ceiling = Level::PhishingResistant;
        self
    }

    /// This client lets people sign in with a passkey alone.
    pub(super) fn signs_in_with_passkey(mut self) -> Self {
        self.policy.sign_in.push(SignInMethod::Passkey);
        self
    }

    pub(super) fn no_email(mut self) -> Self {
        self.standing.email = None;
        self
    }

    pub(super) fn expects(mut self, account: Uuid) -> Self {
        self.request.expected_sub = Some(sub_of(account).to_owned());
        self
    }

    /// Whom the proofs are about.
    pub(super) fn person(&self) -> Option<Uuid> {
        if self.proofs.iter().any(|proof| proof.method.is_first()) {
            return Some(self.actor);
        }
        self.session.as_ref().map(|session| session.account)
    }

    pub(super) fn offer(&self) -> Offer {
        offer(&Asked {
            policy: &self.policy,
            standing: &self.standing,
            first: &self.first,
            channels: &self.channels,
            set_up: &self.set_up,
            installed: &self.installed,
            enrollable: &self.enrollable,
            after_reset: self.after_reset,
            mfa_since: self.mfa_since,
            invite_after: self.invite_after,
            now: self.now,
        })
    }

    pub(super) fn need(&self) -> Need {
        self.need_with(self.offer())
    }

    /// What is needed if this is what the person can be asked for.
    pub(super) fn need_with(&self, offer: Offer) -> Need {
        self.with(offer, next_need)
    }

    /// Asks about the situation.
    pub(super) fn with<T>(&self, offer: Offer, ask: impl FnOnce(&Situation<'_>) -> T) -> T {
        let person = self.person().map(|id| Person {
            id,
            sub: sub_of(id),
            former_sub: self.former_sub,
            previous_subs: &self.previous_subs,
            offer,
            remembered: self.remembered == Some(id),
        });
        ask(&Situation {
            request: &self.request,
            policy: &self.policy,
            vocabulary: &self.vocabulary,
            ceiling: self.ceiling,
            person,
            proofs: &self.proofs,
            linking: self.linking.as_ref(),
            joining: self.joining,
            session: self.session.as_ref(),
            chosen: self.chosen,
            accepted: self.accepted,
            proves_first: self.proves_first,
            set_up: self.picked.as_ref(),
            consent: self.consent.clone(),
            now: self.now,
        })
    }

    /// The code's grounds; fails the test where something is still needed.
    pub(super) fn satisfied(&self) -> Satisfied {
        match self.need() {
            Need::Nothing(satisfied) => *satisfied,
            other => panic!("{other:?}"),
        }
    }

    /// The need in a few words: `login`, `select`, `new password`, `use email` (at once), `choose email totp +sms` (the last to be set
    /// up), `first email` (before an enrolment), `enrol totp`, `invite totp`, `terms`, `consent openid`, `access_denied` (silent) or
    /// `access_denied on a page`, and `code 2fa raise`.
    pub(super) fn says(&self) -> String {
        let list = |factors: &[FactorId], before: &str| {
            factors.iter().fold(String::new(), |text, factor| text + " " + before + &factor.to_string())
        };
        match self.need() {
            Need::Login => "login".to_owned(),
            Need::SelectAccount => "select".to_owned(),
            Need::NewPassword => "new password".to_owned(),
            Need::Factor(need) => {
                let verb = match (need.before_enrolment, need.choose) {
                    (true, _) => "first",
                    (false, true) => "choose",
                    (false, false) => "use",
                };
                format!("{verb}{}{}", list(&need.ready, ""), list(&need.enrol, "+"))
            }
            Need::Enrol(factors) => format!("enrol{}", list(&factors, "")),
            Need::Invite(factors) => format!("invite{}", list(&factors, "")),
            Need::Terms => "terms".to_owned(),
            Need::Consent(scopes) => format!("consent {scopes}"),
            Need::Refuse(error, Explained::Silently) => error.code.to_string(),
            Need::Refuse(error, Explained::OnAPage) => format!("{} on a page", error.code),
            Need::Nothing(satisfied) => {
                let change = match satisfied.session() {
                    SessionChange::Keep => "keep",
                    SessionChange::Raise => "raise",
                    SessionChange::Start => "start",
                };
                format!("code {} {change}", satisfied.level())
            }
        }
    }
}
