//! Signing in at an identity provider: leaving for it, coming back once, and whose account it opens.

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
use crate::store::identities::{self, IdentityKey};

/// Somebody who came back from a provider and has no account there yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Whom the provider says that it is.
    pub identity: UpstreamIdentity,
    /// When they came back.
    pub at: DateTime<Utc>,
    /// The address that they have proven, to the provider that owns the mailbox or to us.
    pub proven: Option<EmailAddress>,
    /// The account that the identity is to open, once they have signed in to it.
    pub account: Option<Uuid>,
}

impl Arrival {
    /// What is to be linked, and to which account.
    #[must_use]
    pub fn linking(&self) -> Option<Linking> {
        let method = Method::Federated(upstream(&self.identity, self.proven.as_ref()));
        self.account.map(|account| Linking { account, proof: Proof { method, at: self.at } })
    }

    /// What the identity is found by.
    #[must_use]
    pub fn key(&self) -> IdentityKey {
        key(&self.identity)
    }
}

/// What an identity is found by.
#[must_use]
pub fn key(identity: &UpstreamIdentity) -> IdentityKey {
    IdentityKey { issuer: identity.issuer.clone(), subject: identity.subject.clone() }
}

/// What a sign-in with this identity proves of an account with that address.
fn upstream(identity: &UpstreamIdentity, address: Option<&EmailAddress>) -> Upstream {
    let named = identity.email.as_ref().and_then(|email| EmailAddress::parse(&email.address).ok());
    Upstream {
        provider: identity.provider.clone(),
        mailbox: named.is_some() && named.as_ref() == address,
        context: identity.context.clone(),
    }
}

/// What a sign-in with this identity proves of an account.
#[must_use]
pub fn proves(identity: &UpstreamIdentity, account: &Account) -> Upstream {
    let address = account.email.as_ref().and_then(|email| EmailAddress::parse(&email.value).ok());
    upstream(identity, address.as_ref())
}

/// Who came back in this transaction.
///
/// # Errors
/// When the store fails.
pub async fn arrival(app: &App, transaction: &Transaction) -> Result<Option<Arrival>, StepError> {
    let sealed = identities::arrival(&mut app.db.read().await?, &transaction.id).await?;
    Ok(sealed.and_then(|sealed| open(app, transaction, &sealed)))
}

fn open(app: &App, transaction: &Transaction, sealed: &str) -> Option<Arrival> {
    app.purposes.transactions.open_json(&[b"arrival", transaction.id.as_bytes()], sealed).ok()
}
