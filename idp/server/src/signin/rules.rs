//! What the account pages ask of an account: the strictest rule over the clients that it is known at.

use std::sync::Arc;

use idp_core::policy::{AccountRules, Policy, Standing};

use super::view::standing;
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
    let standing = standing(account);
    let policy = AccountRules { base: &base, clients: &policies, standing: &standing }.policy();
    Ok(Rules { policy, clients, policies, standing })
}
