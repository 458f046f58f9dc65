//! The end of a journey: session and grant, in the same write as the last proof. The one place that issues a code.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use idp_core::factor::FactorId;
use idp_core::journey::{IssueFacts, Satisfied, SessionChange, may_issue};
use idp_core::oidc::response::Reply;
use idp_core::oidc::scope::Scopes;
use uuid::Uuid;

use super::transaction::{Transaction, hash};
use super::view::View;
use super::{Origin, Refusal, StepError, remembered};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::store::grants::{self, NewGrant};
use crate::store::sessions::{self, NewSession};
use crate::store::{Tx, accounts, devices, proofs};

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
    event: AuditEvent,
    reply: Reply,
    cookie: Option<String>,
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
    let facts = IssueFacts {
        account: (account.status, account.class),
        client_enabled: view.client.enabled,
        client_class: view.policy.user_class,
        session_alive: true,
    };
    may_issue(&facts).map_err(|_| Refusal::NotIssued)?;
    let now = app.clock.now();
    let code = app.random.token();
    let (session_id, session, cookie) = session_step(app, view, &satisfied, origin);
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
        at: now,
    };
    let to_account = transaction.is_for_account_pages();
    let used = satisfied.proofs().iter().filter(|_| !to_account).filter_map(|proof| proof.method.factor());
    let used = used.filter(|factor| !account.used_here.contains(factor)).cloned().collect();
    let device = remembered::standing_in(app, view).filter(|_| satisfied.by_device()).map(|device| device.id);
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
        event,
        reply,
        cookie,
    })
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

fn session_step(app: &App, view: &View, satisfied: &Satisfied, origin: &Origin) -> (Uuid, SessionStep, Option<String>) {
    let now = app.clock.now();
    let token = app.random.token();
    match (&view.session, satisfied.session()) {
        (Some(session), SessionChange::Keep) => {
            let touch = (session.facts.last_seen_at + TOUCH_EVERY < now).then_some(session.id);
            (session.id, SessionStep::Keep { touch }, None)
        }
        (Some(session), SessionChange::Raise) => {
            (session.id, SessionStep::Raise { id: session.id, token_hash: hash(&token) }, Some(token))
        }
        (session, _) => {
            let new = NewSession {
                id: app.random.uuid(now),
                token_hash: hash(&token),
                sid: app.random.token(),
                account: satisfied.account(),
                proofs: satisfied.proofs().to_vec(),
                device: origin.device.clone(),
                at: now,
            };
            (new.id, SessionStep::Start { new, ends: session.as_ref().map(|s| s.id) }, Some(token))
        }
    }
}

impl Finish {
    /// Ends the journey, in this write.
    ///
    /// # Errors
    /// [`Refusal::AlreadyUsed`] where the transaction has led to a code before, [`Refusal::NotIssued`] where the session
    /// has ended meanwhile or the password been replaced; the write must then be rolled back.
    pub async fn carry_out(self, tx: &mut Tx) -> Result<Finished, StepError> {
        let (account, at, client_id) = (self.grant.account, self.grant.at, self.grant.client_id.clone());
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
        Ok(Finished { reply: self.reply, session: self.cookie })
    }
}
