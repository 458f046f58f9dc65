//! What is known at one moment of a transaction, and what it still needs.

use std::borrow::Cow;
use std::sync::Arc;

use idp_core::factor::FactorId;
use idp_core::journey::{
    AccountStatus, Consent, Joining, Need, Offer, Person, Proof, Situation, first_factor, is_open, may_set_up,
    next_need,
};
use idp_core::level::Level;
use idp_core::oidc::authorize::AuthorizationRequest;
use idp_core::oidc::scope::Scopes;
use idp_core::policy::{ClientClass, FirstFactor, Policy, UserClass, remembers_devices};

use super::done::Done;
use super::newcomer::{self, Newcomer};
use super::rules;
use super::standing::{offer_to, standing};
use super::transaction::{Transaction, hash};
use super::{StepError, remembered};
use crate::app::App;
use crate::clients::Client;
use crate::page::Lang;
use crate::store::accounts::Account;
use crate::store::devices::{self, Device};
use crate::store::guests::{self, LiveGuest};
use crate::store::proofs::{self, Challenge};
use crate::store::sessions::{self, Session};

/// What is known at one moment of a transaction.
#[derive(Clone, Debug)]
pub struct View {
    /// The client that asks.
    pub client: Arc<Client>,
    /// Its policy, under the floor of the account's class.
    pub policy: Policy,
    /// Who is charged for its texts and calls: the client, or for the account pages one that the account uses.
    pub billed: Option<String>,
    /// The browser's session, if it may be used at this client.
    pub session: Option<Session>,
    /// Who the proofs are about: of this transaction, else of the session.
    pub account: Option<Account>,
    /// What was proven in this transaction by that account.
    pub proofs: Vec<Proof>,
    /// What is being asked of it.
    pub challenges: Vec<Challenge>,
    /// What the policy lets it be asked for.
    pub offer: Offer,
    /// What this browser is remembered for at this client.
    pub devices: Vec<Device>,
    /// How the sign-in began that counts at this client.
    pub first: FirstFactor,
    /// Whether the browser is in a network of devices that many people use.
    pub shared_network: bool,
    /// The remote factors whose services said that they do not know the account.
    pub unknown_at: Vec<String>,
    /// The language of the page that they are at.
    pub lang: Lang,
    /// How they came: messages say so.
    pub entry: String,
    /// Who is here without an account.
    pub newcomer: Option<Newcomer>,
    /// The guest that the client names and that this browser is: whoever signs in now was that guest.
    pub former: Option<LiveGuest>,
}

/// Minutes without a request after which a session on a device that many people use is over.
const SHARED_IDLE_SECONDS: u32 = 300;

/// Who asks, as the browser says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visitor<'a> {
    /// The session's cookie.
    pub session_token: Option<&'a str>,
    /// The cookie of a device that is remembered in place of the second factor.
    pub device_token: Option<&'a str>,
    /// The cookie of a guest.
    pub guest_token: Option<&'a str>,
    /// Whether the browser is in a network of devices that many people use.
    pub shared_network: bool,
    /// The language of the page.
    pub lang: Lang,
}

impl View {
    /// Reads what is known. `None` where the client is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn load(app: &App, transaction: &Transaction, visitor: Visitor<'_>) -> Result<Option<Self>, StepError> {
        let Visitor { session_token, device_token, guest_token, shared_network, lang } = visitor;
        let Some(client) = app.clients().for_sign_in(&transaction.request.client_id).cloned() else { return Ok(None) };
        let (mut progress, mut session, mut devices) = (None, None, Vec::new());
        // A cookie that nothing can come of costs no statement.
        let device = device_token.filter(|_| remembers_devices(&client.policy));
        if transaction.begun || session_token.is_some() || device.is_some() {
            let mut conn = app.db.read().await?;
            if let Some(token) = device {
                devices = devices::of_browser(&mut conn, hash(token), &client.id).await?;
            }
            if let Some(token) = session_token {
                session = sessions::by_token(&mut conn, hash(token), &client.id).await?;
            }
            if transaction.begun {
                progress = proofs::of_transaction(&mut conn, &transaction.id, &client.id).await?;
            }
        }
        let former = match (guest_token, transaction.request.expected_sub.as_deref()) {
            (Some(token), Some(sub)) => {
                let mut conn = app.db.read().await?;
                let guest = guests::by_token(&mut conn, hash(token), &client.id, app.clock.now()).await?;
                guest.filter(|guest| guest.sub == sub)
            }
            _ => None,
        };
        // A guest's session is nothing that goes on.
        let session = session.filter(|s| s.account.guest.is_none() && may_sign_in(&client, &s.account));
        let (account, proofs, challenges) = match progress {
            Some(p) if p.proofs.iter().any(|proof| proof.method.is_first()) => {
                (Some(p.account), p.proofs, p.challenges)
            }
            Some(p) if session.as_ref().is_some_and(|s| s.account.id == p.account.id) => {
                (Some(p.account), p.proofs, p.challenges)
            }
            _ => (session.as_ref().map(|s| s.account.clone()), Vec::new(), Vec::new()),
        };
        let account = account.filter(|account| may_sign_in(&client, account));
        let unknown_at = transaction.unknown_at.clone();
        let newcomer = if transaction.newcomer { newcomer::find(app, transaction).await? } else { None };
        let at = (lang, transaction.came_by().to_owned());
        let moment = Moment { client, session, account, shared_network, at, unknown_at, devices, newcomer, former };
        moment.view(app, None, proofs, challenges).await.map(Some)
    }

    /// The same moment after `account` has `done` what says who is here.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn with_account(self, app: &App, account: Account, done: &Done) -> Result<Self, StepError> {
        let same = self.account.as_ref().is_some_and(|a| a.id == account.id);
        let (challenges, unknown_at) = if same { (self.challenges, self.unknown_at) } else { (Vec::new(), Vec::new()) };
        let Self { client, session, shared_network, devices, newcomer, former, .. } = self;
        let (account, at) = (Some(account), (self.lang, self.entry));
        let given = done.proof(&[], app.clock.now());
        let moment = Moment { client, session, account, shared_network, at, unknown_at, devices, newcomer, former };
        moment.view(app, given.as_ref(), Vec::new(), challenges).await
    }

    /// The client as it is for confirming that it is still whoever the session is of: two accounts may have the same
    /// address, one of each class.
    #[must_use]
    pub fn client_for_session(&self) -> Arc<Client> {
        match &self.session {
            Some(session) if self.client.is_account_pages() => {
                let mut client = Client::clone(&self.client);
                client.policy.user_class = class_of(session.account.class);
                Arc::new(client)
            }
            _ => Arc::clone(&self.client),
        }
    }

    /// What the transaction needs, after what was `given` on this occasion.
    #[must_use]
    pub fn need(&self, app: &App, transaction: &Transaction, given: Given<'_>) -> Need {
        self.ask(app, transaction, given, next_need)
    }

    /// Asks the rules about this moment.
    fn ask<T>(
        &self,
        app: &App,
        transaction: &Transaction,
        given: Given<'_>,
        ask: impl FnOnce(&Situation<'_>) -> T,
    ) -> T {
        let proofs = self.proofs.iter().chain(given.proof).cloned().collect::<Vec<_>>();
        let facts = self.session.as_ref().map(|s| s.facts.clone());
        let person = self.account.as_ref().map(|account| Person {
            id: account.id,
            sub: &account.sub,
            former_sub: self.former.as_ref().map(|guest| guest.sub.as_str()),
            previous_subs: &account.previous_subs,
            offer: self.offer.clone(),
            remembered: remembered::standing_in(app, self).is_some(),
        });
        let remembered = self.account.as_ref().map(|a| a.consented.clone()).unwrap_or_default();
        let address = self.account.as_ref().and_then(newcomer::address_of);
        let linking = self.newcomer.as_ref().and_then(|newcomer| newcomer.linking(address.as_ref()));
        let request = self.request_of(app, transaction);
        ask(&Situation {
            request: &request,
            policy: &self.policy,
            vocabulary: &app.vocabulary,
            ceiling: self.ceiling(app),
            person,
            proofs: &proofs,
            linking: linking.as_ref(),
            joining: self.joining(app, transaction),
            session: facts.as_ref(),
            chosen: transaction.chosen,
            accepted: transaction.accepted,
            proves_first: transaction.proves_first,
            set_up: transaction.set_up.as_ref(),
            consent: Consent {
                terms_due: self.terms_due(app) && !given.terms,
                remembered,
                given: given.consent.cloned(),
            },
            now: app.clock.now(),
        })
    }

    /// Whether the account is to be joined to another one, and has a mailbox that a code can go to.
    fn joining(&self, app: &App, transaction: &Transaction) -> Joining {
        let email = self.account.as_ref().and_then(|account| account.email.as_ref());
        let reached = email.is_some_and(|email| email.state.receives_codes(self.policy.vouched_contacts));
        match transaction.joins {
            None => Joining::No,
            Some(_) if reached && app.channels().carry(&FactorId::Email) => Joining::WithMailbox,
            Some(_) => Joining::WithoutMailbox,
        }
    }

    /// The request, with what is asked of an account that is to be joined: known only once its owner has signed in to it.
    fn request_of<'t>(&self, app: &App, transaction: &'t Transaction) -> Cow<'t, AuthorizationRequest> {
        let request = Cow::Borrowed(&transaction.request);
        let Some(account) = self.account.as_ref().filter(|_| transaction.joins.is_some()) else { return request };
        let standing = standing(app, account, &self.policy.countries);
        let demand = rules::demand(app, &standing, self.policy.vouched_contacts, &self.first);
        Cow::Owned(AuthorizationRequest { demand, ..request.into_owned() })
    }

    /// Whether the council has terms that the resident who is here has not agreed to as they are. Guests come and go, and
    /// whoever does not agree can still close their account.
    fn terms_due(&self, app: &App) -> bool {
        let Some(account) = &self.account else { return false };
        let asked = account.class == UserClass::Resident && account.guest.is_none() && !self.client.is_account_pages();
        let agreed = account.terms.as_ref().map(|(version, _)| version.as_str());
        let version = app.config.terms.version.as_deref();
        asked && version.is_some() && agreed != version
    }

    /// The strongest level that anybody can reach at this client.
    fn ceiling(&self, app: &App) -> Level {
        let usable = self.policy.factors.iter().filter_map(|id| app.factors.get(id));
        usable.map(|factor| factor.level()).max().unwrap_or(Level::OneFactor)
    }

    /// The factor that was chosen to be set up in this transaction, if it may be now.
    #[must_use]
    pub fn sets_up(&self, app: &App, transaction: &Transaction, need: &Need, given: Given<'_>) -> Option<FactorId> {
        transaction.set_up.clone().filter(|factor| self.may_set_up(app, transaction, (need, given), factor))
    }

    /// Whether this factor may be set up now.
    #[must_use]
    pub fn may_set_up(
        &self,
        app: &App,
        transaction: &Transaction,
        (need, given): (&Need, Given<'_>),
        factor: &FactorId,
    ) -> bool {
        self.ask(app, transaction, given, |situation| may_set_up(situation, need, factor))
    }

    /// Whether what must come before a set-up was proven, so that another contact than the one on file may be set up.
    #[must_use]
    pub fn is_open(&self, app: &App, transaction: &Transaction) -> bool {
        self.ask(app, transaction, Given::default(), is_open)
    }

    /// The code being asked for by that factor.
    #[must_use]
    pub fn challenge(&self, factor: &FactorId) -> Option<&Challenge> {
        self.challenges.iter().find(|c| c.factor == *factor && !c.sets_up)
    }

    /// The code being asked for from a contact that is being set up for that factor.
    #[must_use]
    pub fn set_up_challenge(&self, factor: &FactorId) -> Option<&Challenge> {
        self.challenges.iter().find(|c| c.factor == *factor && c.sets_up)
    }
}

/// What a view is worked out from.
struct Moment {
    client: Arc<Client>,
    session: Option<Session>,
    account: Option<Account>,
    shared_network: bool,
    /// The language of the page, and how they came.
    at: (Lang, String),
    unknown_at: Vec<String>,
    devices: Vec<Device>,
    newcomer: Option<Newcomer>,
    former: Option<LiveGuest>,
}

impl Moment {
    /// The view, in which the first factor may be `given` and not in the store yet.
    async fn view(
        self,
        app: &App,
        given: Option<&Proof>,
        proofs: Vec<Proof>,
        challenges: Vec<Challenge>,
    ) -> Result<View, StepError> {
        let Self { client, session, account, shared_network, at, unknown_at, devices, newcomer, former } = self;
        let (lang, entry) = at;
        let (mut policy, billed) = match &account {
            None => (client.policy.clone(), Some(client.id.clone())),
            Some(account) if client.is_account_pages() => {
                let rules = rules::of(app, account).await?;
                let billed = rules.billed().map(str::to_owned);
                (rules.policy, billed)
            }
            Some(account) => (client.policy_for(account.class), Some(client.id.clone())),
        };
        policy.sign_in.retain(|method| method.provider().is_none_or(|id| app.providers.is_enabled(id)));
        policy.shared_device |= shared_network;
        if policy.shared_device {
            policy.session_idle_seconds = policy.session_idle_seconds.min(SHARED_IDLE_SECONDS);
        }
        let here = proofs.iter().chain(given).any(|proof| proof.method.is_first());
        let held = session.iter().filter(|_| !here).flat_map(|session| &session.facts.proofs);
        let counting = proofs.iter().chain(given).chain(held).collect::<Vec<_>>();
        let first = first_factor(&policy, &counting);
        let offer = account
            .as_ref()
            .map(|account| offer_to(app, &client, &policy, account, (&first, &unknown_at)))
            .unwrap_or_default();
        Ok(View {
            client,
            policy,
            billed,
            session,
            account,
            proofs,
            challenges,
            offer,
            devices,
            first,
            shared_network,
            unknown_at,
            lang,
            entry,
            newcomer,
            former,
        })
    }
}

/// What was given on this very occasion and is not in the store yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// A proof.
    pub proof: Option<&'a Proof>,
    /// Agreement to the terms.
    pub terms: bool,
    /// Consent.
    pub consent: Option<&'a Scopes>,
}

/// A client that only this class may sign in at.
#[must_use]
pub const fn class_of(class: UserClass) -> ClientClass {
    match class {
        UserClass::Resident => ClientClass::Resident,
        UserClass::Staff => ClientClass::Staff,
    }
}

/// Whether an account may sign in at a client at all.
#[must_use]
pub fn may_sign_in(client: &Client, account: &Account) -> bool {
    account.status == AccountStatus::Active && client.policy.user_class.admits(account.class)
}
