//! Guests: a subject of their own at one client, without a name, for a while. A guest is no session that could be taken up
//! again: its cookie only tells, when its client asks for it by `id_token_hint`, that whoever signs in now was that guest.

use chrono::TimeDelta;
use idp_core::level::Level;
use idp_core::oidc::claims::Claims;
use idp_core::policy::{GuestAccount, SignInMethod, UserClass};

use super::address::{self, Spent};
use super::transaction::Transaction;
use super::view::View;
use super::{Origin, Refusal, StepError};
use crate::app::App;
use crate::store::accounts::{self, Account, Guest};
use crate::store::new_accounts::{self, NewAccount};
use crate::store::{StoreError, guests};

/// Whether somebody may go on as a guest: the client takes them, and asks for no more than a guest can show.
#[must_use]
pub fn may_enter(view: &View, transaction: &Transaction) -> bool {
    let asked = transaction.request.demand.target().max(view.policy.min_acr);
    view.policy.sign_in.contains(&SignInMethod::Guest) && asked <= Some(Level::Guest)
}

/// The account of a new guest, or the one that all guests of the client share. Each is a row that a stranger has us write,
/// so they are counted.
///
/// # Errors
/// [`Refusal::Requests`] where too many came from this network address.
pub async fn enter(app: &App, view: &View, origin: &Origin) -> Result<Account, StepError> {
    address::spend(app, origin, Spent::Guest).await.map_err(Refusal::Requests)?;
    let client = view.client.id.as_str();
    let shared = view.policy.guest_account == GuestAccount::Shared;
    if shared && let Some(account) = find_shared(app, client).await? {
        return Ok(account);
    }
    let (at, random) = (app.clock.now(), &app.random);
    let id = random.uuid(at);
    let life = TimeDelta::minutes(i64::from(app.config.sessions.guest_minutes));
    let new = NewAccount {
        id,
        sub: random.token(),
        class: UserClass::Resident,
        email: None,
        phone: None,
        external_owner: None,
        profile: Claims::new(),
        locale: None,
        phc: None,
        totp_secret: None,
        guest: Some(Guest { client: client.to_owned(), until: (!shared).then_some(at + life) }),
        contact_ids: [random.uuid(at), random.uuid(at)],
        at,
    };
    let made = app.db.write(move |tx| Box::pin(async move { new_accounts::insert(tx, new).await })).await;
    let found = match made {
        Ok(()) => accounts::by_id(&mut app.db.read().await?, id, client).await?,
        // Another guest was the first.
        Err(StoreError::Conflict { .. }) if shared => find_shared(app, client).await?,
        Err(error) => return Err(error.into()),
    };
    found.ok_or_else(|| StepError::Broken("a guest that was just made is not there".to_owned()))
}

async fn find_shared(app: &App, client: &str) -> Result<Option<Account>, StepError> {
    let mut conn = app.db.read().await?;
    let Some(id) = guests::shared(&mut conn, client).await? else { return Ok(None) };
    Ok(accounts::by_id(&mut conn, id, client).await?)
}
