//! Sign-ins at identity providers that open the account: linking another one, and unlinking one.

use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::access::{self, Inside};
use super::{event, told};
use crate::app::App;
use crate::federation::{Hints, Provider};
use crate::signin::ending::{end_others, still_signed_in};
use crate::signin::federated::{self, NotThere};
use crate::signin::transaction::Transaction;
use crate::signin::{Origin, StepError};
use crate::store::identities::{self, Identity};
use crate::store::{StoreError, Tx, account_changes, accounts, outbox, passkeys};

/// Those that open the account.
///
/// # Errors
/// When the store fails.
pub async fn list(app: &App, inside: &Inside) -> Result<Vec<Identity>, StepError> {
    Ok(identities::of_account(&mut app.db.read().await?, inside.account.id).await?)
}

/// What a provider is called; its id where it is configured no more.
#[must_use]
pub fn name_of(app: &App, id: &str, welsh: bool) -> String {
    app.providers.get(id).map_or_else(|| id.to_owned(), |provider| provider.name(welsh).to_owned())
}

/// Leaves for a provider whose answer is to open the account from now on. Gives where, and the transaction with the value
/// of its cookie.
///
/// # Errors
/// As [`federated::leave`].
pub async fn leave(
    app: &App,
    inside: &Inside,
    provider: &Provider,
    ui_locale: &str,
    origin: &Origin,
) -> Result<(Url, Box<Transaction>, String), NotThere> {
    let mut transaction = Box::new(access::linking(app, inside));
    let owner = transaction.give_to_new_owner(&app.random);
    let hints = Hints { select_account: true, ui_locale: Some(ui_locale), ..Hints::default() };
    let url = federated::leave(app, &transaction, provider, hints, origin).await?;
    Ok((url, transaction, owner))
}

/// What came of unlinking one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// It opens the account no more.
    Done,
    /// It does not open it, or no more.
    NotThere,
    /// The account could not be signed in to without it.
    LastWay,
}

/// Whether an account that is held could be signed in to no more without the one identity or passkey that it has: nothing
/// else opens it, and it has no password.
pub(super) async fn is_last_way(tx: &mut Tx, account: Uuid) -> Result<bool, StoreError> {
    let ways = identities::of_account(tx, account).await?.len() + passkeys::of_account(tx, account).await?.len();
    Ok(ways <= 1 && accounts::password_of(tx, account).await?.is_none())
}

/// Has an identity open the account no more, and signs out wherever else somebody is signed in. Nobody is locked out: a
/// password, a passkey or another identity has to be left.
///
/// # Errors
/// When the store fails.
pub async fn unlink(app: &App, inside: &Inside, identity: &Identity, origin: &Origin) -> Result<Unlinked, StepError> {
    let (account, keep, now) = (inside.account.id, inside.session, app.clock.now());
    let key = identity.key.clone();
    let event = event(app, inside, origin, "identity.unlinked", json!({ "provider": identity.provider }));
    let details = json!({ "provider": name_of(app, &identity.provider, false) });
    let told = told(app, inside, "identity-unlinked", &details);
    let unlinked = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                // Of two that are unlinked at the same time the second knows of the first.
                account_changes::hold(tx, account).await?;
                still_signed_in(tx, keep).await?;
                let held = identities::of_account(tx, account).await?;
                if !held.iter().any(|identity| identity.key == key) {
                    return Ok(Unlinked::NotThere);
                }
                if is_last_way(tx, account).await? {
                    return Ok(Unlinked::LastWay);
                }
                identities::unlink(tx, &key, account).await?;
                end_others(tx, account, keep, now).await?;
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                Ok::<_, StepError>(Unlinked::Done)
            })
        })
        .await;
    app.outbox.notify_one();
    unlinked
}
