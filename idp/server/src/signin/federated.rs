//! Signing in at an identity provider: leaving for it, coming back once, and whose account it opens.

use chrono::TimeDelta;
use idp_core::account::{ContactState, EmailAddress};
use idp_core::journey::AccountStatus;
use idp_core::policy::UserClass;
use serde::{Deserialize, Serialize};
use url::Url;

use super::address::{self, Spent};
use super::done::Done;
use super::guess;
use super::newcomer::{Newcomer, address_of, key, proves};
use super::transaction::{Transaction, hash};
use super::view::{View, may_sign_in};
use super::{Origin, Refusal, StepError};
use crate::app::App;
use crate::federation::{Answer, Hints, Kept, Provider, UpstreamError, UpstreamIdentity};
use crate::store::accounts::{self, Account};
use crate::store::{Conn, StoreError, external_ids, identities, new_accounts};

/// A sign-in that goes on at a provider.
#[derive(Serialize, Deserialize)]
struct Away {
    provider: String,
    kept: Kept,
    /// The transaction as its addresses have it.
    transaction: String,
}

/// Why somebody does not leave for a provider, or came back from it for nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotThere {
    /// The provider says no, or nothing.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// A rule, or the store.
    #[error(transparent)]
    Step(#[from] StepError),
}

/// Where a provider sends people back to: what is registered there.
///
/// # Errors
/// Only by a mistake of ours: the issuer is an address.
pub fn callback(app: &App, provider: &Provider) -> Result<Url, StepError> {
    let text = format!("{}/federated/{}/callback", app.issuer().trim_end_matches('/'), provider.id());
    Url::parse(&text).map_err(|error| StepError::Broken(error.to_string()))
}

/// Leaves for a provider: the address to send the browser to. What has to be known when it comes back is a row, found by
/// the hash of the `state` and taken up once; each is a row that a stranger has us write, so they are counted.
///
/// # Errors
/// The provider does not answer, or too many have left for one from this network address.
pub async fn leave(
    app: &App,
    transaction: &Transaction,
    provider: &Provider,
    hints: Hints<'_>,
    origin: &Origin,
) -> Result<Url, NotThere> {
    address::spend(app, origin, Spent::LargeRequest)
        .await
        .map_err(|until| StepError::from(Refusal::Requests(until)))?;
    let (state, now) = (app.random.token(), app.clock.now());
    let (url, kept) = provider.begin(&state, &callback(app, provider)?, hints, (&app.random, now)).await?;
    let away = Away { provider: provider.id().to_owned(), kept, transaction: transaction.seal(app, origin).await? };
    let hash = hash(&state);
    let sealed = app.purposes.transactions.seal_json(&app.random, &[b"away", &hash], &away);
    let sealed = sealed.map_err(|error| StepError::Broken(error.to_string()))?;
    let expires_at = now + TimeDelta::minutes(i64::from(app.config.sessions.transaction_minutes));
    let begun =
        app.db.write(move |tx| Box::pin(async move { identities::begin(tx, hash, sealed, expires_at).await })).await;
    begun.map_err(StepError::from)?;
    Ok(url)
}

/// Somebody who came back from a provider, not yet known to be who.
pub struct Returned<'a> {
    provider: &'a Provider,
    kept: Kept,
    /// The transaction that they left, as its addresses have it.
    pub transaction: String,
}

/// Takes up a sign-in that went on at a provider, by its `state`: once, on whichever node, and from that provider only.
///
/// # Errors
/// When the store fails.
pub async fn take_up<'a>(app: &App, provider: &'a Provider, state: &str) -> Result<Option<Returned<'a>>, StepError> {
    let (hash, now) = (hash(state), app.clock.now());
    let sealed = app.db.write(move |tx| Box::pin(async move { identities::take(tx, hash, now).await })).await?;
    let away = sealed.and_then(|sealed| app.purposes.transactions.open_json::<Away>(&[b"away", &hash], &sealed).ok());
    let away = away.filter(|away| away.provider == provider.id());
    Ok(away.map(|away| Returned { provider, kept: away.kept, transaction: away.transaction }))
}

impl Returned<'_> {
    /// Who it is.
    ///
    /// # Errors
    /// The provider says no or nothing, or its answer is not right.
    pub async fn identify(&self, app: &App, answer: &Answer) -> Result<UpstreamIdentity, NotThere> {
        let callback = callback(app, self.provider)?;
        Ok(self.provider.finish(answer, &self.kept, &callback, app.clock.now()).await?)
    }
}

/// Whose account an identity opens.
#[derive(Debug)]
pub enum Whose {
    /// This one's.
    Known(Box<Account>),
    /// One that may not be used here.
    Closed(Box<Account>),
    /// Nobody's, and there is an account with the address that was proven: it may be linked to that.
    Linkable(Newcomer),
    /// Nobody's: an account can be made.
    New(Newcomer),
    /// Nobody's, and an address has to be proven first.
    Unproven(Newcomer),
    /// Nobody's, and nobody makes an account here.
    Nobody,
}

/// Whose account an identity opens at this client.
///
/// # Errors
/// When the store fails.
pub async fn whose(app: &App, view: &View, identity: UpstreamIdentity) -> Result<Whose, StepError> {
    let found = identities::account_of(&mut app.db.read().await?, &key(&identity), &view.client.id).await?;
    if let Some(account) = found {
        let account = Box::new(account);
        return Ok(if may_sign_in(&view.client, &account) { Whose::Known(account) } else { Whose::Closed(account) });
    }
    let proven = identity.email.as_ref().filter(|email| email.authoritative).map(|email| email.address.clone());
    let newcomer = Newcomer { identity: Some(identity), at: app.clock.now(), proven, account: None };
    place(app, view, newcomer).await
}

/// What becomes of a newcomer, by the address that they have proven.
///
/// # Errors
/// When the store fails.
pub async fn place(app: &App, view: &View, newcomer: Newcomer) -> Result<Whose, StepError> {
    let Some(address) = &newcomer.proven else {
        return Ok(if may_register(view) { Whose::Unproven(newcomer) } else { Whose::Nobody });
    };
    let (_, found) = guess::find(app, &view.client, address).await?;
    Ok(match found {
        Some(found) => Whose::Linkable(Newcomer { account: Some(found.account.id), ..newcomer }),
        None if may_register(view) => Whose::New(newcomer),
        None => Whose::Nobody,
    })
}

/// Whether people may make accounts of their own at this client. Those of staff are made by administrators.
#[must_use]
pub fn may_register(view: &View) -> bool {
    view.policy.self_registration
        && view.policy.user_class.admits(UserClass::Resident)
        && !view.client.is_account_pages()
}

/// The step that signs in with this identity.
#[must_use]
pub fn done(identity: &UpstreamIdentity, account: &Account) -> Done {
    Done::Federated {
        upstream: proves(identity, address_of(account).as_ref()),
        key: key(identity),
        email: identity.email.as_ref().map(|email| email.address.as_str().to_owned()),
    }
}

/// Whether whoever has proven this address may say that an account with it is none of theirs, and have it closed. It is a
/// resident's account in use, nobody has proven the address there, and nothing else protects or opens it: no second factor
/// and no number that somebody vouches for, no sign-in at a provider, no role, no back office that says whose it is. A
/// mailbox alone never beats an account that has more: those are for the help desk.
///
/// # Errors
/// When the store fails.
pub async fn may_be_disowned(conn: &mut Conn, account: &Account, proven: &EmailAddress) -> Result<bool, StoreError> {
    let called = account.email.as_ref().filter(|email| email.value == proven.as_str());
    let unproven = called.is_some_and(|email| email.state == ContactState::Unproven && email.owner.is_none());
    let phone = account.phone.as_ref().is_some_and(|phone| phone.state != ContactState::Unproven);
    let protected = phone || account.totp_secret.is_some() || account.passkeys > 0 || !account.remotes.is_empty();
    let in_use = account.class == UserClass::Resident && account.status == AccountStatus::Active;
    if !unproven || protected || !in_use {
        return Ok(false);
    }
    let linked = identities::of_account(conn, account.id).await?;
    let managers = external_ids::managers(conn, account.id).await?;
    Ok(linked.is_empty() && managers.is_empty() && !new_accounts::has_role(conn, account.id).await?)
}

/// The account that a newcomer is about to be linked to.
///
/// # Errors
/// When the store fails.
pub async fn target(app: &App, view: &View, newcomer: &Newcomer) -> Result<Option<Account>, StepError> {
    let Some(id) = newcomer.account else { return Ok(None) };
    let found = accounts::by_id(&mut app.db.read().await?, id, &view.client.id).await?;
    Ok(found)
}
