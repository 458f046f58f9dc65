//! The passkeys of an account outside a sign-in: adding one and naming it. Removing one is in [`super::factors`].

use idp_core::factor::FactorId;
use idp_core::journey::Method;
use serde_json::json;
use uuid::Uuid;

use super::access::Inside;
use super::{Raised, event, told};
use crate::app::App;
use crate::factor::passkey::ceremony::Person;
use crate::signin::ending::still_signed_in;
use crate::signin::passkey::{Open, ceremonies, made, name_of, random_handle, seal, unseal};
use crate::signin::{Origin, Refusal, StepError};
use crate::store::passkeys::{self, Passkey};
use crate::store::{accounts, outbox};

/// The passkeys of the account, oldest first.
///
/// # Errors
/// When the store fails.
pub async fn list(app: &App, inside: &Inside) -> Result<Vec<Passkey>, StepError> {
    Ok(passkeys::of_account(&mut app.db.read().await?, inside.account.id).await?)
}

/// What a ceremony of this session is sealed for.
fn context(inside: &Inside) -> [&[u8]; 3] {
    [b"passkey-added", inside.session.as_bytes(), inside.account.id.as_bytes()]
}

/// Begins to make one. It may be any that the browser knows: one that signs in alone, or a key that is a second factor.
///
/// # Errors
/// When the store fails.
pub async fn begin(app: &App, inside: &Inside) -> Result<Open, StepError> {
    let (account, proposed) = (inside.account.id, random_handle(app));
    let handle = app.db.write(move |tx| Box::pin(async move { passkeys::handle(tx, account, proposed).await })).await?;
    let held = list(app, inside).await?;
    let name = inside.account.email.as_ref().map_or(inside.account.sub.as_str(), |email| email.value.as_str());
    let begun = ceremonies(app)?.begin_making(Person { handle, name }, &held, false);
    seal(app, &context(inside), begun.map_err(|error| StepError::Broken(error.to_string()))?)
}

/// Keeps the passkey that an answer to [`begin`] made; `sealed` as the page had it, `answer` as the browser's script wrote
/// it. Gives the new value of the session's cookie; `None`: the answer is not accepted.
///
/// # Errors
/// When the store fails.
pub async fn add(
    app: &App,
    inside: &Inside,
    (sealed, answer): (&str, &str),
    name: String,
    origin: &Origin,
) -> Result<Option<String>, StepError> {
    let Some(carried) = unseal(app, &context(inside), sealed) else { return Ok(None) };
    let Some((new, shown)) = made(app, &carried.state, answer, name) else { return Ok(None) };
    let (account, now) = (inside.account.id, app.clock.now());
    let raised = Raised::by(app, inside, Method::Passkey(shown));
    let details = json!({ "factor": FactorId::Passkey, "passkey": new.id, "device": origin.device });
    let event = event(app, inside, origin, "factor.enrolled", details);
    let told = told(app, inside, "factor-added", &json!({ "factor": FactorId::Passkey.to_string() }));
    let added = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                if !passkeys::spend_challenge(tx, carried.hash, carried.remembered_until).await? {
                    return Err(Refusal::CodeGone.into());
                }
                if !passkeys::insert(tx, account, new, now).await? {
                    return Err(Refusal::PasskeyTaken.into());
                }
                accounts::switch_mfa_on(tx, account, now).await?;
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                raised.keep(tx).await
            })
        })
        .await;
    app.outbox.notify_one();
    match added {
        Ok(token) => Ok(Some(token)),
        Err(StepError::Refused(Refusal::CodeGone | Refusal::PasskeyTaken)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives one of the account's passkeys another name; `false` where it has no such passkey or the name is empty.
///
/// # Errors
/// When the store fails.
pub async fn rename(app: &App, inside: &Inside, id: Uuid, typed: &str, origin: &Origin) -> Result<bool, StepError> {
    let Some(name) = name_of(typed) else { return Ok(false) };
    let (account, session) = (inside.account.id, inside.session);
    let event = event(app, inside, origin, "passkey.renamed", json!({ "passkey": id }));
    let renamed = app.db.try_write(move |tx| {
        Box::pin(async move {
            still_signed_in(tx, session).await?;
            let renamed = passkeys::rename(tx, account, id, &name).await?;
            if renamed {
                tx.audit(event);
            }
            Ok(renamed)
        })
    });
    renamed.await
}
