//! The end of a journey: session and grant, in the same write as the last proof. The one place that issues a code.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use idp_core::journey::{IssueFacts, Satisfied, SessionChange, may_issue};
use idp_core::oidc::response::Reply;
use idp_core::oidc::scope::Scopes;
use uuid::Uuid;

use super::ending::end_everything;
use super::transaction::{Transaction, hash};
use super::view::View;
use super::{Origin, Refusal, StepError, newcomer, notices, remembered};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::federation::UpstreamIdentity;
use crate::store::accounts::Account;
use crate::store::grants::{self, NewGrant};
use crate::store::guests::{self, LiveGuest};
use crate::store::outbox::{self, Outgoing};
use crate::store::sessions::{self, NewSession};
use crate::store::{Tx, accounts, contacts, devices, identities, newcomers, proofs};

/// A session is noted as used at most this often.
const TOUCH_EVERY: TimeDelta = TimeDelta::seconds(60);

/// Everything that the last write of a journey needs.
#[derive(Debug)]
pub struct Finish {
    satisfied: Satisfied,
    session: SessionStep,
    grant: NewGrant,
    /// Whether nothing is granted: the account pages are no relying party.
    grants_nothing: bool,
    agreed: Option<Scopes>,
    used: Vec<FactorId>,
    /// The device that stood in for the second factor.
    device: Option<Uuid>,
    /// The sign-in elsewhere that opens the account from now on.
    link: Option<Link>,
    /// The guest that this person was.
    former: Option<LiveGuest>,
    event: AuditEvent,
    reply: Reply,
    cookies: Cookies,
}

/// The cookies that change; a guest is no session that could be taken up again.
#[derive(Debug, Default)]
struct Cookies {
    session: Option<String>,
    guest: Option<String>,
}

/// A sign-in elsewhere that opens the account from now on.
#[derive(Debug)]
struct Link {
    identity: UpstreamIdentity,
    /// The account's address, where the provider or a code has just proven it for the first time.
    proves: Option<String>,
    notices: Vec<Outgoing>,
    event: AuditEvent,
}

#[derive(Debug)]
enum SessionStep {
    Keep { touch: Option<Uuid> },
    Raise { id: Uuid, token_hash: [u8; 32] },
    Start { new: NewSession, ends: Option<Uuid> },
}

/// What the browser gets.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The answer to the client.
    pub reply: Reply,
    /// The new value of the session's cookie, where it changed.
    pub session: Option<String>,
    /// The value of a guest's cookie: it opens nothing, and tells later who the guest was.
    pub guest: Option<String>,
}

/// Prepares the end of a journey.
///
/// # Errors
/// [`Refusal::NotIssued`] where account, client or session may not have anything.
pub fn prepare(
    app: &App,
    view: &View,
    transaction: &Transaction,
    satisfied: Satisfied,
    agreed: Option<Scopes>,
    origin: &Origin,
) -> Result<Finish, StepError> {
    let account = view.account.as_ref().filter(|a| a.id == satisfied.account()).ok_or(Refusal::NotIssued)?;
    let now = app.clock.now();
    let facts = IssueFacts {
        account: (account.status, account.class),
        client_enabled: view.client.enabled,
        client_class: view.policy.user_class,
        session_alive: true,
        provider_enabled: satisfied.provider().is_none_or(|id| app.providers.is_enabled(id)),
        guest_elsewhere: account.is_guest_elsewhere(&view.client.id, now),
    };
    may_issue(&facts).map_err(|_| Refusal::NotIssued)?;
    let code = app.random.token();
    let (session_id, session, cookies) = session_step(app, view, &satisfied, origin);
    let kind = match satisfied.session() {
        SessionChange::Keep => "sign_in.silent",
        SessionChange::Raise => "sign_in.stepped_up",
        SessionChange::Start => "sign_in.succeeded",
    };
    let event = AuditEvent {
        actor: Actor::Account(account.id),
        account: Some(account.id),
        client: Some(view.client.id.clone()),
        session: Some(session_id),
        details: details(view, &satisfied, origin),
        ..origin.event(now, kind)
    };
    let grant = NewGrant {
        id: app.random.uuid(now),
        transaction_id: transaction.id.clone(),
        client_id: view.client.id.clone(),
        account: account.id,
        session: session_id,
        scopes: satisfied.scopes().clone(),
        acr: satisfied.acr().to_owned(),
        amr: satisfied.amr().to_vec(),
        auth_time: satisfied.auth_time(),
        nonce: transaction.request.nonce.clone(),
        claims: transaction.request.claims.clone(),
        redirect_uri: transaction.request.reply_to.redirect_uri.clone(),
        code_challenge: transaction.request.code_challenge.clone(),
        code_hash: hash(&code),
        code_expires_at: now + TimeDelta::seconds(i64::from(app.config.tokens.code_seconds)),
        provider: satisfied.provider().map(str::to_owned),
        previous_sub: None,
        at: now,
    };
    let to_account = transaction.is_for_account_pages();
    let used = satisfied.proofs().iter().filter(|_| !to_account).filter_map(|proof| proof.method.factor());
    let used = used.filter(|factor| !account.used_here.contains(factor)).cloned().collect();
    let device = remembered::standing_in(app, view).filter(|_| satisfied.by_device()).map(|device| device.id);
    let link = link_of(app, view, account, origin);
    let former = view.former.clone().filter(|_| !satisfied.is_guest());
    let reply = if to_account {
        Reply::Redirect(transaction.request.reply_to.redirect_uri.clone())
    } else {
        transaction.request.reply_to.code(app.issuer(), &code)
    };
    Ok(Finish {
        satisfied,
        used,
        device,
        session,
        grant,
        grants_nothing: to_account,
        agreed: agreed.map(|scopes| scopes.with(&account.consented)),
        link,
        former,
        event,
        reply,
        cookies,
    })
}

/// What is linked with this sign-in, if anything is.
fn link_of(app: &App, view: &View, account: &Account, origin: &Origin) -> Option<Link> {
    let newcomer = view.newcomer.as_ref().filter(|newcomer| newcomer.account == Some(account.id))?;
    let identity = newcomer.identity.clone()?;
    let at = app.clock.now();
    let named = app.providers.get(&identity.provider).map(|provider| provider.name(false).to_owned());
    let unproven = account.email.as_ref().filter(|email| email.state != ContactState::Verified);
    let proves = unproven.filter(|email| newcomer.proven.as_ref().is_some_and(|proven| proven.as_str() == email.value));
    Some(Link {
        proves: proves.map(|email| email.value.clone()),
        notices: notices::of_linked_identity(app, view, &named.unwrap_or_default(), at),
        event: AuditEvent {
            actor: Actor::Account(account.id),
            account: Some(account.id),
            client: Some(view.client.id.clone()),
            details: serde_json::json!({ "provider": identity.provider }),
            ..origin.event(at, "identity.linked")
        },
        identity,
    })
}

impl Link {
    /// Links it, in this write.
    async fn carry_out(
        self,
        tx: &mut Tx,
        transaction: &str,
        account: Uuid,
        at: DateTime<Utc>,
    ) -> Result<(), StepError> {
        if !newcomers::take(tx, transaction).await? {
            return Err(Refusal::AlreadyUsed.into());
        }
        let Self { identity, proves, notices, event } = self;
        let email = identity.email.as_ref().map(|email| email.address.as_str().to_owned());
        if !identities::link(tx, &newcomer::key(&identity), account, &identity.provider, email, at).await? {
            return Err(Refusal::NotIssued.into());
        }
        if let Some(address) = proves {
            contacts::confirm(tx, account, &FactorId::Email, &address, at).await?;
        }
        for notice in notices {
            outbox::put(tx, notice, at).await?;
        }
        tx.audit(event);
        Ok(())
    }
}

/// What the audit trail says of a sign-in. `amr` is what a client reads, and tells a backup code from an app’s code no more
/// than RFC 8176 does; `factors` names what was used.
fn details(view: &View, satisfied: &Satisfied, origin: &Origin) -> serde_json::Value {
    let used = satisfied.proofs().iter().filter_map(|proof| {
        let accepted = |factor: &&FactorId| view.policy.allows(factor) || proof.method.is_both();
        proof.method.factor().filter(accepted)
    });
    let factors = used.collect::<BTreeSet<_>>();
    let mut details = serde_json::json!({
        "acr": satisfied.acr(),
        "amr": satisfied.amr(),
        "factors": factors,
        "device": origin.device,
    });
    if let Some(map) = details.as_object_mut().filter(|_| satisfied.by_device()) {
        map.insert("remembered_device".to_owned(), true.into());
    }
    details
}

fn session_step(app: &App, view: &View, satisfied: &Satisfied, origin: &Origin) -> (Uuid, SessionStep, Cookies) {
    let now = app.clock.now();
    let token = app.random.token();
    match (&view.session, satisfied.session()) {
        (Some(session), SessionChange::Keep) => {
            let touch = (session.facts.last_seen_at + TOUCH_EVERY < now).then_some(session.id);
            (session.id, SessionStep::Keep { touch }, Cookies::default())
        }
        (Some(session), SessionChange::Raise) => {
            let step = SessionStep::Raise { id: session.id, token_hash: hash(&token) };
            (session.id, step, Cookies { session: Some(token), guest: None })
        }
        (session, _) => {
            let new = NewSession {
                id: app.random.uuid(now),
                token_hash: hash(&token),
                sid: app.random.token(),
                account: satisfied.account(),
                proofs: satisfied.proofs().to_vec(),
                device: origin.device.clone(),
                rests_on: None,
                at: now,
            };
            if satisfied.is_guest() {
                return (new.id, SessionStep::Start { new, ends: None }, Cookies { session: None, guest: Some(token) });
            }
            let ends = session.as_ref().map(|s| s.id);
            (new.id, SessionStep::Start { new, ends }, Cookies { session: Some(token), guest: None })
        }
    }
}

impl Finish {
    /// Has the session begin only if what was proven in earlier steps of the transaction is there still.
    pub fn rest_on_proofs(&mut self) {
        if let SessionStep::Start { new, .. } = &mut self.session {
            new.rests_on = Some(self.grant.transaction_id.clone());
        }
    }

    /// Ends the journey, in this write.
    ///
    /// # Errors
    /// [`Refusal::AlreadyUsed`] where the transaction has led to a code before, [`Refusal::NotIssued`] where the session
    /// has ended meanwhile or the password been replaced; the write must then be rolled back.
    pub async fn carry_out(mut self, tx: &mut Tx) -> Result<Finished, StepError> {
        let (account, at, client_id) = (self.grant.account, self.grant.at, self.grant.client_id.clone());
        if let Some(link) = self.link {
            link.carry_out(tx, &self.grant.transaction_id, account, at).await?;
        }
        match self.session {
            SessionStep::Keep { touch: None } => {}
            SessionStep::Keep { touch: Some(id) } => sessions::touch(tx, id, at).await?,
            SessionStep::Raise { id, token_hash } => {
                if !sessions::raise(tx, id, token_hash, self.satisfied.proofs().to_vec(), at).await? {
                    return Err(Refusal::NotIssued.into());
                }
            }
            SessionStep::Start { new, ends } => {
                if let Some(id) = ends {
                    sessions::end(tx, id, at).await?;
                }
                if !sessions::insert(tx, new).await? {
                    return Err(Refusal::NotIssued.into());
                }
            }
        }
        if let Some(id) = self.device
            && !devices::touch(tx, id, at).await?
        {
            // It was forgotten since this step began: the second factor has to be asked for after all.
            return Err(Refusal::NotIssued.into());
        }
        if let Some(guest) = self.former {
            // Where nothing else tells who they are, the client knows them as before; else it is told.
            if !guests::adopt(tx, &client_id, account, &guest.sub).await? {
                self.grant.previous_sub = Some(guest.sub);
            }
            end_everything(tx, guest.account, None, at).await?;
        }
        if self.grants_nothing {
            // What was proven in the transaction is in the session now, and leads there once.
            proofs::clear(tx, &self.grant.transaction_id).await?;
        } else if !grants::insert(tx, self.grant).await? {
            return Err(Refusal::AlreadyUsed.into());
        }
        if let Some(scopes) = self.agreed {
            accounts::agree(tx, account, &client_id, &scopes, at).await?;
        }
        for factor in self.used {
            accounts::use_factor(tx, account, &client_id, &factor, at).await?;
        }
        tx.audit(self.event);
        let Cookies { session, guest } = self.cookies;
        Ok(Finished { reply: self.reply, session, guest })
    }
}
