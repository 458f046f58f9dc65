//! Names that came with an account that was joined, and doing without one.

use serde_json::json;

use super::access::Inside;
use super::{event, told};
use crate::app::App;
use crate::signin::ending::{end_others, still_signed_in};
use crate::signin::{Origin, StepError};
use crate::store::{account_changes, outbox, sign_in_names};
use crate::sync::masked_email;

/// Those that whoever is here signs in with since another account was joined to theirs.
///
/// # Errors
/// When the store fails.
pub async fn joined(app: &App, inside: &Inside) -> Result<Vec<String>, StepError> {
    Ok(sign_in_names::joined(&mut app.db.read().await?, inside.account.id).await?)
}

/// Has a name open the account no more, and signs out wherever else somebody is signed in.
///
/// # Errors
/// When the store fails.
pub async fn remove(app: &App, inside: &Inside, name: String, origin: &Origin) -> Result<(), StepError> {
    let (account, keep, now) = (inside.account.id, inside.session, app.clock.now());
    let masked = masked_email(&name);
    let event = event(app, inside, origin, "sign_in_name.removed", json!({ "name": masked }));
    let told = told(app, inside, "name-removed", &json!({ "name": masked }));
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                // Of two that are removed at the same time the second knows of the first.
                account_changes::hold(tx, account).await?;
                still_signed_in(tx, keep).await?;
                if !sign_in_names::remove(tx, account, &name).await? {
                    return Ok(());
                }
                end_others(tx, account, keep, now).await?;
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                Ok::<_, StepError>(())
            })
        })
        .await?;
    app.outbox.notify_one();
    Ok(())
}
