//! Joining two accounts of one person. Whoever asks has proven both: the one that stays by its session and a fresh proof
//! (`access::joining` begins the transaction), the other by signing in to it in that transaction. One write moves all and
//! ends the other account, so that nothing can be half joined.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::journey::{AccountStatus, FRESH_SECONDS, Need, Proof, first_factor, reached};
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use serde_json::json;
use uuid::Uuid;

use super::access::{self, Inside};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::clients::ACCOUNT_PAGES;
use crate::factor::totp;
use crate::page::Lang;
use crate::signin::ending::{end_for_good, still_signed_in};
use crate::signin::transaction::{OwnSession, Transaction, hash};
use crate::signin::view::{Given, View};
use crate::signin::{Origin, Refusal, StepError, notices, rules};
use crate::store::accounts::{self, Account};
use crate::store::{
    Conn, StoreError, Tx, account_changes, account_pages, external_ids, identities, joining, new_accounts, outbox,
    proofs, pushed_contacts, sessions,
};
use crate::sync::{masked_email, masked_phone};

/// Why two accounts are not joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Both are one.
    Same,
    /// The session that asked for it is over, or is somebody else's.
    SessionGone,
    /// What was proven of the account that stays was too old when the other one was proven.
    Stale,
    /// One is staff’s: administrators make and end those.
    Staff,
    /// One is an administrator's.
    Administrator,
    /// Back offices look after both: the ids of the portals.
    Managed(Vec<String>),
    /// Whoever had the other account's old contact may still undo its change.
    ChangedLately,
}

/// One of the two, as whoever joins them is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Its address, without its middle.
    pub email: Option<String>,
    /// Its number, but for the end.
    pub phone: Option<String>,
    /// The ids of the providers that open it.
    pub providers: Vec<String>,
    /// How many passkeys it has.
    pub passkeys: u32,
    /// The ids of the clients that know it.
    pub clients: Vec<String>,
}

/// Two accounts that can be joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The one that stays.
    pub survivor: Side,
    /// The one that ends.
    pub other: Side,
    /// Whether the other has a password that is used no more, because the one that stays has its own.
    pub password_ends: bool,
    /// The portals whose back offices look after the other one, and from then on after the one that stays.
    pub managers: Vec<String>,
}

/// The sign-in to the other account.
#[must_use]
pub fn begin(app: &App, inside: &Inside) -> Transaction {
    access::joining(app, inside)
}

/// Whether an account can be joined to this one at all, whichever it is.
///
/// # Errors
/// When the store fails.
pub async fn may_begin(app: &App, inside: &Inside) -> Result<Result<(), Apart>, StepError> {
    let why = no_resident(&mut app.db.read().await?, &inside.account).await?;
    Ok(why.map_or(Ok(()), Err))
}

/// Whether the other account has been proven in this transaction.
#[must_use]
pub fn is_proven(app: &App, view: &View, transaction: &Transaction) -> bool {
    transaction.joins.is_some() && matches!(view.need(app, transaction, Given::default()), Need::Nothing(_))
}

/// Who asks, and for which account. The session that asked is still there, and still opens the account's own pages: a sign-in
/// at a provider that was disabled meanwhile does not.
async fn asked(
    app: &App,
    view: &View,
    transaction: &Transaction,
) -> Result<Result<(OwnSession, Uuid), Apart>, StepError> {
    let (survivor, other) = transaction.joins.zip(view.account.as_ref()).ok_or(Refusal::NotIssued)?;
    let session = view.session.as_ref().filter(|session| session.id == survivor.session);
    let Some(session) = session.filter(|session| session.account.id == survivor.account) else {
        return Ok(Err(Apart::SessionGone));
    };
    let rules = rules::of(app, &session.account).await?;
    let mut policy = rules.policy;
    policy.sign_in.retain(|method| method.provider().is_none_or(|id| app.providers.is_enabled(id)));
    let held = &session.facts.proofs;
    if !session.facts.is_within_limits(&policy, app.clock.now()) || reached(&policy, held).is_none() {
        return Ok(Err(Apart::SessionGone));
    }
    // However long the sign-in to the other one took: whoever came to an open page meanwhile has proven nothing of this one.
    let began = view.proofs.iter().filter(|proof| proof.method.is_first()).map(|proof| proof.at).max();
    let since = began.ok_or(Refusal::NotIssued)? - TimeDelta::seconds(i64::from(FRESH_SECONDS));
    let fresh = held.iter().filter(|proof| proof.at >= since).collect::<Vec<_>>();
    let first = first_factor(&policy, &fresh);
    let target = rules::demand(app, &rules.standing, policy.vouched_contacts, &first).target();
    let stands =
        reached(&policy, fresh.iter().copied()).is_some_and(|reached| target.is_none_or(|t| reached.level >= t));
    Ok(if stands { Ok((survivor, other.id)) } else { Err(Apart::Stale) })
}

/// The two accounts as they are, or why they stay apart.
///
/// # Errors
/// When the store fails.
pub async fn pair(app: &App, view: &View, transaction: &Transaction) -> Result<Result<Pair, Apart>, StepError> {
    let (survivor, other) = match asked(app, view, transaction).await? {
        Ok((survivor, other)) => (survivor.account, other),
        Err(apart) => return Ok(Err(apart)),
    };
    let mut conn = app.db.read().await?;
    let (survivor, other) = both(&mut conn, survivor, other).await?;
    if let Some(apart) = apart(&mut conn, &survivor, &other, app.clock.now()).await? {
        return Ok(Err(apart));
    }
    let password_ends = accounts::password_of(&mut conn, survivor.id).await?.is_some()
        && accounts::password_of(&mut conn, other.id).await?.is_some();
    let managers = external_ids::managers(&mut conn, other.id).await?;
    let (survivor, other) = (side(&mut conn, &survivor).await?, side(&mut conn, &other).await?);
    Ok(Ok(Pair { survivor, other, password_ends, managers }))
}

async fn side(conn: &mut Conn, account: &Account) -> Result<Side, StoreError> {
    let linked = identities::of_account(conn, account.id).await?;
    Ok(Side {
        email: account.email.as_ref().map(|email| masked_email(&email.value)),
        phone: account.phone.as_ref().map(|phone| masked_phone(&phone.value)),
        providers: linked.into_iter().map(|identity| identity.provider).collect(),
        passkeys: account.passkeys,
        clients: account_pages::clients_of(conn, account.id).await?,
    })
}

async fn both(conn: &mut Conn, survivor: Uuid, other: Uuid) -> Result<(Account, Account), StepError> {
    let survivor = accounts::by_id(conn, survivor, ACCOUNT_PAGES).await?.ok_or(Refusal::NotIssued)?;
    let other = accounts::by_id(conn, other, ACCOUNT_PAGES).await?.ok_or(Refusal::NotIssued)?;
    Ok((survivor, other))
}

/// Why these two stay apart, if they do.
async fn apart(
    conn: &mut Conn,
    survivor: &Account,
    other: &Account,
    now: DateTime<Utc>,
) -> Result<Option<Apart>, StoreError> {
    if survivor.id == other.id {
        return Ok(Some(Apart::Same));
    }
    for account in [survivor, other] {
        if let Some(why) = no_resident(conn, account).await? {
            return Ok(Some(why));
        }
    }
    let (mut managers, others) =
        (external_ids::managers(conn, survivor.id).await?, external_ids::managers(conn, other.id).await?);
    if !managers.is_empty() && !others.is_empty() {
        managers.extend(others);
        managers.sort_unstable();
        managers.dedup();
        return Ok(Some(Apart::Managed(managers)));
    }
    Ok(account_changes::has_way_back(conn, other.id, now).await?.then_some(Apart::ChangedLately))
}

async fn no_resident(conn: &mut Conn, account: &Account) -> Result<Option<Apart>, StoreError> {
    if account.class != UserClass::Resident {
        return Ok(Some(Apart::Staff));
    }
    Ok(new_accounts::has_role(conn, account.id).await?.then_some(Apart::Administrator))
}

/// Joins the two for good: what one has moves to the other, and it ends. Everybody who is reached by either is told. Where a
/// factor moved that has just been proven, the session holds that proof, and its cookie has the value that is given.
///
/// # Errors
/// [`Refusal::AlreadyUsed`] where what was proven of the other account is gone meanwhile, [`Refusal::NotIssued`] where one of
/// them was locked or the session ended.
pub async fn join(
    app: &App,
    view: &View,
    transaction: &Transaction,
    origin: &Origin,
) -> Result<Result<Option<String>, Apart>, StepError> {
    let (survivor, other) = match asked(app, view, transaction).await? {
        Ok(asked) => asked,
        Err(apart) => return Ok(Err(apart)),
    };
    let write = Join {
        app: app.clone(),
        survivor,
        other,
        transaction: transaction.id.clone(),
        held: view.session.as_ref().map(|session| session.facts.proofs.clone()).unwrap_or_default(),
        proven: view.proofs.clone(),
        token: app.random.token(),
        origin: origin.clone(),
        lang: view.lang,
        at: app.clock.now(),
    };
    let joined = app.db.try_write(move |tx| Box::pin(write.carry_out(tx))).await;
    app.outbox.notify_one();
    joined
}

/// What the write needs.
struct Join {
    app: App,
    survivor: OwnSession,
    other: Uuid,
    transaction: String,
    /// What was proven in the session.
    held: Vec<Proof>,
    /// What was proven of the other account.
    proven: Vec<Proof>,
    /// What the session's cookie becomes, where it becomes another one.
    token: String,
    origin: Origin,
    lang: Lang,
    at: DateTime<Utc>,
}

impl Join {
    async fn carry_out(self, tx: &mut Tx) -> Result<Result<Option<String>, Apart>, StepError> {
        let (into, from) = (self.survivor.account, self.other);
        // Of two that join the same accounts, in whichever direction, the second waits here and finds what the first did.
        for account in [into.min(from), into.max(from)] {
            account_changes::hold(tx, account).await?;
        }
        still_signed_in(tx, self.survivor.session).await?;
        let (survivor, other) = both(tx, into, from).await?;
        if [&survivor, &other].iter().any(|account| account.status != AccountStatus::Active) {
            return Err(Refusal::NotIssued.into());
        }
        if let Some(apart) = apart(tx, &survivor, &other, self.at).await? {
            return Ok(Err(apart));
        }
        if !proofs::take(tx, &self.transaction, from).await? {
            return Err(Refusal::AlreadyUsed.into());
        }
        joining::move_all(tx, into, from, self.at).await?;
        let app_moved = self.move_app(tx, &survivor, &other).await?;
        self.describe(tx, &survivor, &other).await?;
        end_for_good(tx, from, self.at).await?;
        for notice in self.notices(&survivor, &other) {
            outbox::put(tx, notice, self.at).await?;
        }
        tx.audit(self.event("account.joined", into, &json!({ "account": from })));
        tx.audit(self.event("account.ended", from, &json!({ "by": "its owner", "joined_to": into })));
        self.raise(tx, app_moved).await.map(Ok)
    }

    /// Whoever has just used a factor that moved is not asked for it again on the next page.
    async fn raise(self, tx: &mut Tx, app_moved: bool) -> Result<Option<String>, StepError> {
        let moved = |proof: &Proof| match proof.method.factor() {
            Some(FactorId::Passkey) => true,
            Some(FactorId::Totp) => app_moved,
            _ => false,
        };
        let new = self.proven.into_iter().filter(moved).collect::<Vec<_>>();
        if new.is_empty() {
            return Ok(None);
        }
        let mut proofs = self.held;
        proofs.retain(|held| !new.iter().any(|proof| proof.method.is_same_way_as(&held.method)));
        proofs.extend(new);
        if !sessions::raise(tx, self.survivor.session, hash(&self.token), proofs, self.at).await? {
            return Err(Refusal::NotIssued.into());
        }
        Ok(Some(self.token))
    }

    /// The authenticator app of the other one, where there is none: its secret is sealed for its account. Says whether it moved.
    async fn move_app(&self, tx: &mut Tx, survivor: &Account, other: &Account) -> Result<bool, StepError> {
        let Some(sealed) = other.totp_secret.as_ref().filter(|_| survivor.totp_secret.is_none()) else {
            return Ok(false);
        };
        let key = &self.app.purposes.authenticators;
        let secret = totp::open(key, other.id, sealed).map_err(|error| StepError::Broken(error.to_string()))?;
        let sealed = totp::seal(key, &self.app.random, survivor.id, &secret);
        accounts::set_authenticator(tx, survivor.id, sealed, self.at).await?;
        joining::move_app_step(tx, survivor.id, other.id).await?;
        Ok(true)
    }

    /// What is known of the person: what the account that stays does not say the other one adds. Whoever had switched the
    /// second factor on has.
    async fn describe(&self, tx: &mut Tx, survivor: &Account, other: &Account) -> Result<(), StepError> {
        let mut profile = other.profile.clone();
        profile.extend(survivor.profile.clone());
        accounts::set_profile(tx, survivor.id, profile, self.at).await?;
        accounts::set_profile(tx, other.id, Claims::new(), self.at).await?;
        if other.mfa_on && !survivor.mfa_on {
            accounts::switch_mfa_on(tx, survivor.id, self.at).await?;
        }
        if let Some(since) = other.mfa_since {
            accounts::start_mfa(tx, survivor.id, since).await?;
        }
        Ok(pushed_contacts::touch(tx, survivor.id, self.at).await?)
    }

    fn event(&self, kind: &'static str, account: Uuid, details: &serde_json::Value) -> AuditEvent {
        AuditEvent {
            actor: Actor::Account(self.survivor.account),
            account: Some(account),
            session: Some(self.survivor.session),
            details: details.clone(),
            ..self.origin.event(self.at, kind)
        }
    }

    /// Both sides are told, each of the other; whoever is reached by both of them once.
    fn notices(&self, survivor: &Account, other: &Account) -> Vec<outbox::Outgoing> {
        let told = |of: &Account, kind, about: &Account| {
            let details = json!({ "other": name_of(about) });
            notices::to_contacts(&self.app, of, &(None, self.lang), kind, &details, self.at)
        };
        let mut all = told(survivor, "account-joined", other);
        let known = all.iter().map(|notice| notice.destination.clone()).collect::<Vec<_>>();
        let rest = told(other, "account-joined-away", survivor).into_iter();
        all.extend(rest.filter(|notice| !known.contains(&notice.destination)));
        all
    }
}

/// What an account is called in a message to somebody else's mailbox.
fn name_of(account: &Account) -> String {
    let email = account.email.as_ref().map(|email| masked_email(&email.value));
    let phone = || account.phone.as_ref().map(|phone| masked_phone(&phone.value));
    email.or_else(phone).unwrap_or_else(|| "…".to_owned())
}
