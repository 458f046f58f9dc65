//! `idp user invite`.

use serde_json::json;

use super::{WithReason, care};
use crate::cli::desk::Desk;
use crate::cli::failure::Failure;
use crate::sync::invitation::{self, PATH, Whom};
use crate::sync::{By, SyncError};

/// Invites somebody who has no password to choose one; a node that runs sends the message.
///
/// # Errors
/// There is no such account, or it has a password or no address that messages go to.
pub async fn invite(desk: &Desk, WithReason { who, reason }: WithReason) -> Result<(), Failure> {
    let account = care::find(desk, &who).await?;
    let mut event = desk.event("contact.invited");
    event.details = json!({ "reason": reason });
    let lang = desk.config.policy.defaults.default_locale.unwrap_or_default().as_str().to_owned();
    let by = By { random: desk.random.clone(), staff: true, lang, event };
    let link = desk.config.server.issuer.link(PATH);
    let invited = invitation::invite(&desk.db, by, Whom::Account(account.id), link).await;
    invited.map_err(|error| match error {
        SyncError::Store(error) => error.into(),
        other => Failure::failed(other.to_string()),
    })?;
    care::done(desk, &who, &account, "invited", "is invited to choose a password");
    Ok(())
}
