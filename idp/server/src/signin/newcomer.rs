//! Who has no account yet, in a transaction: who came back from an identity provider, or has proven an address to make an
//! account. Kept in the store and not in the address of the pages: nobody goes back to an older one.

use chrono::{DateTime, Utc};
use idp_core::account::EmailAddress;
use idp_core::journey::{Linking, Method, Proof, Upstream};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::StepError;
use super::transaction::Transaction;
use crate::app::App;
use crate::federation::UpstreamIdentity;
use crate::store::accounts::Account;
use crate::store::identities::IdentityKey;
use crate::store::newcomers;

/// Somebody without an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// Whom a provider says that it is.
    pub identity: Option<UpstreamIdentity>,
    /// Since when they are here.
    pub at: DateTime<Utc>,
    /// The address that they have proven, to the provider that owns the mailbox or to us.
    pub proven: Option<EmailAddress>,
    /// The account that the identity is to open, once they have signed in to it.
    pub account: Option<Uuid>,
}

impl Newcomer {
    /// What is to be linked, and to which account. `address` is that of who is here, if it is known: whether the sign-in
    /// there is the account's mailbox again depends on it, whatever was proven on the way.
    #[must_use]
    pub fn linking(&self, address: Option<&EmailAddress>) -> Option<Linking> {
        let identity = self.identity.as_ref()?;
        let method = Method::Federated(proves(identity, address.or(self.proven.as_ref())));
        self.account.map(|account| Linking { account, proof: Proof { method, at: self.at } })
    }

    /// As it is kept.
    ///
    /// # Errors
    /// Only by a mistake of ours.
    pub fn seal(&self, app: &App, transaction: &Transaction) -> Result<String, StepError> {
        let context = [b"newcomer", transaction.id.as_bytes()];
        let sealed = app.purposes.transactions.seal_json(&app.random, &context, self);
        sealed.map_err(|error| StepError::Broken(error.to_string()))
    }

    /// Keeps it, in place of what was known before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep(&self, app: &App, transaction: &Transaction) -> Result<(), StepError> {
        let (sealed, id, at) = (self.seal(app, transaction)?, transaction.id.clone(), self.at);
        app.db.write(move |tx| Box::pin(async move { newcomers::put(tx, &id, sealed, at).await })).await?;
        Ok(())
    }
}

/// Who is new in this transaction.
///
/// # Errors
/// When the store fails.
pub async fn find(app: &App, transaction: &Transaction) -> Result<Option<Newcomer>, StepError> {
    let sealed = newcomers::find(&mut app.db.read().await?, &transaction.id).await?;
    let context: [&[u8]; 2] = [b"newcomer", transaction.id.as_bytes()];
    Ok(sealed.and_then(|sealed| app.purposes.transactions.open_json(&context, &sealed).ok()))
}

/// Nobody is new in this transaction any more.
///
/// # Errors
/// When the store fails.
pub async fn forget(app: &App, transaction: &Transaction) -> Result<(), StepError> {
    let id = transaction.id.clone();
    app.db.write(move |tx| Box::pin(async move { newcomers::take(tx, &id).await.map(drop) })).await?;
    Ok(())
}

/// What an identity is found by.
#[must_use]
pub fn key(identity: &UpstreamIdentity) -> IdentityKey {
    IdentityKey { issuer: identity.issuer.clone(), subject: identity.subject.clone() }
}

/// The address of an account, if it has one.
#[must_use]
pub fn address_of(account: &Account) -> Option<EmailAddress> {
    account.email.as_ref().and_then(|email| EmailAddress::parse(&email.value).ok())
}

/// What a sign-in with this identity proves of an account with that address.
#[must_use]
pub fn proves(identity: &UpstreamIdentity, address: Option<&EmailAddress>) -> Upstream {
    let named = identity.email.as_ref().map(|email| &email.address);
    Upstream {
        provider: identity.provider.clone(),
        mailbox: named.is_some() && named == address,
        context: identity.context.clone(),
    }
}
