//! What a request still needs: the pure heart of the product.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::offer::Offer;
use super::proof::{Method, Proof, Reached, reached};
use super::protect::{joining_need, linking_need, protection_need};
use super::satisfied::Satisfied;
use super::set_up::{capture_need, enrol_need, invitation_need, picked_need};
use super::signed_in::{SignedIn, signed_in};
use crate::factor::FactorId;
use crate::level::Level;
use crate::oidc::acr::{Demand, Vocabulary};
use crate::oidc::authorize::AuthorizationRequest;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::scope::Scopes;
use crate::policy::{Chooser, Policy, remembers_devices};

/// The person that the proofs are about.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    /// The account.
    pub id: Uuid,
    /// Its `sub` at this client.
    pub sub: &'a str,
    /// A `sub` that the client may still name it by: of the guest that it was here.
    pub former_sub: Option<&'a str>,
    /// Those of accounts that were joined to it, as the client knew them: a hint may still name one.
    pub previous_subs: &'a [String],
    /// What it can be asked for at this client.
    pub offer: Offer,
    /// Whether this browser is remembered for it at this client, under the policy as it is.
    pub remembered: bool,
}

/// A sign-in at an identity provider that is to be linked to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linking {
    /// The account.
    pub account: Uuid,
    /// What was proven there, and when.
    pub proof: Proof,
}

/// Whether an account is to be joined to another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joining {
    /// No.
    #[default]
    No,
    /// Yes, and there is no mailbox of it that a code could go to.
    WithoutMailbox,
    /// Yes, and its owner reads what comes to its mailbox: a code goes there.
    WithMailbox,
}

/// The browser's session, if it has a live one.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    /// Whose it is.
    pub account: Uuid,
    /// What was proven in it.
    pub proofs: Vec<Proof>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
}

impl SessionFacts {
    /// Whether the session is within the idle and absolute limits of this client.
    #[must_use]
    pub fn is_within_limits(&self, policy: &Policy, now: DateTime<Utc>) -> bool {
        let seconds = |n: u32| TimeDelta::seconds(i64::from(n));
        now < self.last_seen_at + seconds(policy.session_idle_seconds)
            && now < self.created_at + seconds(policy.session_absolute_seconds)
    }
}

/// What the person has agreed to.
#[derive(Clone, Debug, Default)]
pub struct Consent {
    /// Whether the council has terms that they have not agreed to as they are now.
    pub terms_due: bool,
    /// What to share, on earlier occasions.
    pub remembered: Scopes,
    /// What to share, on this one.
    pub given: Option<Scopes>,
}

/// Everything the decision depends on.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// The parked request.
    pub request: &'a AuthorizationRequest,
    /// The client's policy, under the floor of the person's class.
    pub policy: &'a Policy,
    /// The `acr` values known here.
    pub vocabulary: &'a Vocabulary,
    /// The strongest level that anybody can reach at this client.
    pub ceiling: Level,
    /// Who the proofs are about: who proved a first factor in this transaction, else whose the session is.
    pub person: Option<Person<'a>>,
    /// What was proven in this transaction.
    pub proofs: &'a [Proof],
    /// The sign-in at an identity provider that is to be linked to an account.
    pub linking: Option<&'a Linking>,
    /// Whether the account that is signed in to here is to be joined to another one.
    pub joining: Joining,
    /// The browser's session.
    pub session: Option<&'a SessionFacts>,
    /// Whether the person chose an account in this transaction.
    pub chosen: bool,
    /// Whether they accepted the invitation to set a second factor up.
    pub accepted: bool,
    /// Whether they want to set up something else than the contact on file, and prove first what has to come before.
    pub proves_first: bool,
    /// The factor that they picked to be set up.
    pub set_up: Option<&'a FactorId>,
    /// What they agreed to.
    pub consent: Consent,
    /// Now.
    pub now: DateTime<Utc>,
}

/// A second factor is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts for the pages, each with its own meaning")]
pub struct FactorNeed {
    /// Those that can be used at once.
    pub ready: Vec<FactorId>,
    /// Those that the chooser lists although they must be set up first.
    pub enrol: Vec<FactorId>,
    /// Whether the person is asked which; otherwise the first ready one is used.
    pub choose: bool,
    /// Whether the code only opens the way to an enrolment.
    pub before_enrolment: bool,
    /// Whether the code page offers to send the code by email instead, which is not among the ready ones.
    pub email_fallback: bool,
    /// Whether a passkey has to verify the person, because nothing less reaches the level asked for.
    pub verified: bool,
}

impl FactorNeed {
    /// Whether this factor would be accepted now, listed or not.
    #[must_use]
    pub fn accepts(&self, factor: &FactorId) -> bool {
        self.ready.contains(factor) || (self.email_fallback && *factor == FactorId::Email)
    }
}

/// Whether the person reads an explanation before an error goes back to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explained {
    /// The error goes back at once.
    Silently,
    /// A page says why, with a way back that carries the error.
    OnAPage,
}

/// What the request needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A first factor.
    Login,
    /// The choice of an account.
    SelectAccount,
    /// A second factor.
    Factor(FactorNeed),
    /// The setting up of one of these second factors.
    Enrol(Vec<FactorId>),
    /// The setting up of one of these second factors, which nothing asks for: the person may go on without.
    Invite(Vec<FactorId>),
    /// A new password, which a code by email permits.
    NewPassword,
    /// Agreement to the council's terms.
    Terms,
    /// Consent to these scopes.
    Consent(Scopes),
    /// Nothing will help: an error.
    Refuse(OAuthError, Explained),
    /// Nothing: a code may be issued.
    Nothing(Box<Satisfied>),
}

/// What the request needs next. Where `prompt=none` forbids a page, the need becomes the error that says so.
#[must_use]
pub fn next_need(situation: &Situation<'_>) -> Need {
    let need = open_need(situation);
    if !situation.request.prompt.none {
        return need;
    }
    let (code, why) = match need {
        Need::Nothing(_) | Need::Refuse(..) => {
            return match need {
                Need::Refuse(error, _) => Need::Refuse(error, Explained::Silently),
                other => other,
            };
        }
        Need::Login | Need::NewPassword => (ErrorCode::LoginRequired, "the person is not signed in"),
        Need::SelectAccount => (ErrorCode::InteractionRequired, "the person has to choose an account"),
        Need::Factor(_) | Need::Enrol(_) | Need::Invite(_) => {
            (ErrorCode::InteractionRequired, "a second factor is needed")
        }
        Need::Terms => (ErrorCode::InteractionRequired, "the person has to agree to the terms"),
        Need::Consent(_) => (ErrorCode::ConsentRequired, "the person has to agree to share their details"),
    };
    Need::Refuse(OAuthError::new(code, why), Explained::Silently)
}

fn open_need(situation: &Situation<'_>) -> Need {
    let Situation { request, policy, .. } = situation;
    let demand = demand(situation);
    let target = demand.target().max(policy.min_acr);
    if target > Some(situation.ceiling) {
        return Need::Refuse(unmet("no sign-in at this client can reach the level asked for"), Explained::Silently);
    }
    let Some(signed_in) = signed_in(situation) else { return first_need(situation) };
    let SignedIn { person, counting, .. } = &signed_in;
    if request.prompt.select_account && !situation.chosen && !signed_in.afresh {
        return which_account(policy);
    }
    let is_other = |sub: &str| {
        sub != person.sub && Some(sub) != person.former_sub && !person.previous_subs.iter().any(|known| known == sub)
    };
    if request.expected_sub.as_deref().is_some_and(is_other) {
        return wrong_person(&signed_in);
    }
    if let Some(need) = new_password_need(&person.offer, counting)
        .or_else(|| linking_need(situation, &signed_in))
        .or_else(|| joining_need(situation, &signed_in))
    {
        return need;
    }
    let linked = situation.linking.map(|linking| &linking.proof);
    let Some(reached) = reached(policy, counting.iter().chain(linked)) else { return Need::Login };
    if reached.level < Level::OneFactor && (person.offer.step || target > Some(reached.level)) {
        // A guest has nothing more to show: who is to be known signs in.
        return Need::Login;
    }
    let fresh = signed_in.fresh(request);
    if let Some(need) = capture_need(&person.offer, &fresh, situation.proves_first)
        .or_else(|| picked_need(situation, &person.offer, &fresh))
    {
        return need;
    }
    let by_device = if stands_in(person, policy, &demand, &reached) {
        true
    } else if let Some(need) = second_need(situation, &person.offer, &reached, target, (counting, &fresh)) {
        return need;
    } else {
        false
    };
    if let Some(need) = invitation_need(situation, &signed_in) {
        return need;
    }
    if situation.consent.terms_due {
        return Need::Terms;
    }
    let scopes = match consent_need(situation) {
        Ok(scopes) => scopes,
        Err(need) => return need,
    };
    Need::Nothing(Box::new(Satisfied {
        account: person.id,
        level: reached.level,
        acr: demand.answer(reached.level),
        amr: reached.amr,
        auth_time: reached.auth_time,
        scopes,
        proofs: signed_in.held_with(linked),
        session: signed_in.session,
        by_device,
        provider: reached.provider,
    }))
}

/// Whether a remembered device stands in for the second factor that the policy asks for. It is no proof: the level stays
/// what the first factor reached, and who asks for a level, whichever, gets one that was proven.
fn stands_in(person: &Person<'_>, policy: &Policy, demand: &Demand, reached: &Reached) -> bool {
    let asked = demand.target().is_some() || policy.min_acr > Some(reached.level);
    person.remembered && remembers_devices(policy) && person.offer.step && !reached.second_factor && !asked
}

/// The request's own demand, else the client's default.
fn demand(situation: &Situation<'_>) -> Demand {
    let asked = &situation.request.demand;
    match &situation.policy.default_acr_values {
        Some(default) if asked.listed.is_empty() => {
            Demand::of(default.iter().map(String::as_str), situation.vocabulary)
        }
        _ => asked.clone(),
    }
}

/// Nobody is signed in for this request.
fn first_need(situation: &Situation<'_>) -> Need {
    let asks = situation.request.prompt.select_account && !situation.chosen;
    let alive = situation.session.is_some_and(|s| s.is_within_limits(situation.policy, situation.now));
    if asks && alive && !situation.request.prompt.login { which_account(situation.policy) } else { Need::Login }
}

/// The choice of an account. A shared device lists nobody: whoever is there signs in.
const fn which_account(policy: &Policy) -> Need {
    if policy.shared_device { Need::Login } else { Need::SelectAccount }
}

/// A code by email has permitted a new password, and none was set since. An account that has more than its mailbox
/// proves that first.
fn new_password_need(offer: &Offer, proofs: &[Proof]) -> Option<Need> {
    let at = |method: &Method| proofs.iter().filter(|proof| proof.method == *method).map(|proof| proof.at).max();
    let permitted = at(&Method::ResetPermit)?;
    if at(&Method::ResetPassword).max(at(&Method::Password)) >= Some(permitted) {
        return None;
    }
    protection_need(offer, proofs, permitted).or(Some(Need::NewPassword))
}

/// The client named somebody else than the person who is signed in. A session can make room for a sign-in; but who
/// signed in for this very request and is still not the one is answered with the error that OpenID Connect Core 3.1.2.1
/// demands.
fn wrong_person(signed_in: &SignedIn<'_>) -> Need {
    if !signed_in.afresh {
        return Need::Login;
    }
    let why = "the person who signed in is not the one that the request names";
    Need::Refuse(OAuthError::new(ErrorCode::LoginRequired, why), Explained::OnAPage)
}

fn second_need(
    situation: &Situation<'_>,
    offer: &Offer,
    reached: &Reached,
    target: Option<Level>,
    (proofs, fresh): (&[Proof], &[Proof]),
) -> Option<Need> {
    let policy = situation.policy;
    let meets = |reached: &Reached| target.is_none_or(|target| reached.level >= target);
    if meets(reached) && (reached.second_factor || !offer.step) {
        return None;
    }
    // Only a factor that ends this need is asked for, so that nobody is led in a circle.
    let ends = |factor: &&FactorId| {
        let proof = Proof { method: Method::best_of(factor), at: reached.auth_time };
        let then = super::proof::reached(policy, proofs.iter().chain(std::iter::once(&proof)));
        then.is_some_and(|then| then.second_factor && meets(&then))
    };
    let ready = offer.ready.iter().filter(ends).cloned().collect::<Vec<_>>();
    let enrol = offer.enrol.iter().filter(ends).cloned().collect::<Vec<_>>();
    if !ready.is_empty() {
        let enrol = offer.listed_to_enrol.iter().filter(ends).cloned().collect::<Vec<_>>();
        // Where the level leaves only one of the listed ways, there is nothing left to choose.
        let several = policy.chooser == Chooser::Always || ready.len() + enrol.len() > 1;
        return Some(Need::Factor(FactorNeed {
            ready,
            enrol,
            choose: offer.choose && several,
            before_enrolment: false,
            email_fallback: offer.email_fallback && ends(&&FactorId::Email),
            verified: target >= Some(Level::PhishingResistant),
        }));
    }
    if enrol.is_empty() {
        let error = if meets(reached) {
            OAuthError::new(ErrorCode::AccessDenied, "this person has no second factor and may not set one up here")
        } else {
            unmet("this person has no second factor that reaches the level asked for")
        };
        return Some(Need::Refuse(error, Explained::OnAPage));
    }
    Some(enrol_need(offer, fresh, enrol, situation.proves_first))
}

/// The scopes granted, or the need to ask for them.
fn consent_need(situation: &Situation<'_>) -> Result<Scopes, Need> {
    let Situation { request, policy, consent, .. } = situation;
    if let Some(given) = &consent.given {
        return Ok(request.scopes.only(|scope| scope == "openid" || given.has(scope)));
    }
    let asks = request.prompt.consent || !(policy.first_party || request.scopes.is_within(&consent.remembered));
    if asks { Err(Need::Consent(request.scopes.clone())) } else { Ok(request.scopes.clone()) }
}

fn unmet(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, why)
}
