//! What the account pages ask of an account: the strictest rule over the clients that it is known at.

use std::sync::Arc;

use idp_core::factor::FactorId;
use idp_core::oidc::acr::Demand;
use idp_core::policy::{AccountRules, ContactEdits, FirstFactor, Policy, Standing, Vouched, contact_rule, strongest};

use super::standing::standing;
use crate::app::App;
use crate::clients::{ACCOUNT_PAGES, Client};
use crate::store::accounts::Account;
use crate::store::{StoreError, account_pages};

/// The rules of one account.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The policy of the account pages.
    pub policy: Policy,
    /// The clients that the account is known at.
    pub clients: Vec<Arc<Client>>,
    /// Their policies for an account of its class, in the same order.
    pub policies: Vec<Policy>,
    /// The account as policies see it.
    pub standing: Standing,
}

impl Rules {
    /// Who is charged for a text or call that the account pages ask for, and whose caps it is under: the client last used
    /// of those that use phones, else the one last used.
    #[must_use]
    pub fn billed(&self) -> Option<&str> {
        let by_phone = self.policies.iter().position(Policy::allows_phone).unwrap_or_default();
        self.clients.get(by_phone).map(|client| client.id.as_str())
    }
}

/// The rules of one account.
///
/// # Errors
/// When the store fails.
pub async fn of(app: &App, account: &Account) -> Result<Rules, StoreError> {
    let ids = account_pages::clients_of(&mut app.db.read().await?, account.id).await?;
    let known = app.clients();
    let clients = ids.iter().filter_map(|id| known.enabled(id).cloned()).collect::<Vec<_>>();
    let policies = clients.iter().map(|client| client.policy_for(account.class)).collect::<Vec<_>>();
    let base = known.for_sign_in(ACCOUNT_PAGES).map(|client| client.policy_for(account.class)).unwrap_or_default();
    let standing = standing(app, account, &base.countries);
    let policy = AccountRules { base: &base, clients: &policies, standing: &standing }.policy();
    Ok(Rules { policy, clients, policies, standing })
}

/// Who may change the account's contacts in a sign-in at a client with the policy `here`: they are the account's, so the
/// strictest rule over the clients that it is known at holds, and that one's.
///
/// # Errors
/// When the store fails.
pub async fn contact_edits(app: &App, account: &Account, here: &Policy) -> Result<ContactEdits, StoreError> {
    let known = of(app, account).await?.policy.contact_edit;
    Ok(ContactEdits {
        email: contact_rule([known.email, here.contact_edit.email]),
        phone: contact_rule([known.phone, here.contact_edit.phone]),
    })
}

/// What is asked of an account before something of it changes: where it has a second factor, that, whatever the policy says.
/// The mailbox that stands behind the first one is none.
#[must_use]
pub fn demand(app: &App, standing: &Standing, vouched: Vouched, first: &FirstFactor) -> Demand {
    let mut factors = strongest(standing, vouched);
    factors.retain(|factor| !(first.is_by_mailbox() && *factor == FactorId::Email));
    let has_factor = !factors.is_empty();
    Demand::of(has_factor.then_some("2fa"), &app.vocabulary)
}
