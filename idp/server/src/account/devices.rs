//! The browsers that are remembered in place of a second factor: which, and forgetting them.

use serde_json::json;
use uuid::Uuid;

use super::access::Inside;
use super::event;
use crate::app::App;
use crate::signin::remembered::version_of;
use crate::signin::{Origin, StepError};
use crate::store::devices::{self, Device};

/// The browsers that stand in for a second factor now, the one used last first. Those that were remembered under another
/// policy do not.
///
/// # Errors
/// When the store fails.
pub async fn list(app: &App, inside: &Inside) -> Result<Vec<Device>, StepError> {
    let account = &inside.account;
    let mut found = devices::of_account(&mut app.db.read().await?, account.id, app.clock.now()).await?;
    let clients = app.clients();
    found.retain(|device| {
        let client = clients.enabled(&device.client);
        let version = client.and_then(|client| version_of(&client.policy_for(account.class)).ok());
        version.is_some_and(|version| device.policy_version == version)
    });
    Ok(found)
}

/// Forgets one browser; `false` where it is not remembered for this account.
///
/// # Errors
/// When the store fails.
pub async fn forget(app: &App, inside: &Inside, id: Uuid, origin: &Origin) -> Result<bool, StepError> {
    let account = inside.account.id;
    let event = event(app, inside, origin, "device.forgotten", json!({ "device": id }));
    let forgotten = app.db.write(move |tx| {
        Box::pin(async move {
            let forgotten = devices::revoke(tx, account, id).await?;
            if forgotten {
                tx.audit(event);
            }
            Ok(forgotten)
        })
    });
    Ok(forgotten.await?)
}

/// Forgets every browser that is remembered for this account.
///
/// # Errors
/// When the store fails.
pub async fn forget_all(app: &App, inside: &Inside, origin: &Origin) -> Result<(), StepError> {
    let account = inside.account.id;
    let mut event = event(app, inside, origin, "account.devices_forgotten", json!({}));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                event.details = json!({ "devices": devices::forget_devices(tx, account).await? });
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    Ok(())
}
