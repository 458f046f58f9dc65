//! What a provider tells of its own accord: that somebody took their permission back, or wants their data deleted. It can be
//! sent again by whoever saw it: the second time nothing is left to do, even if its owner has come back meanwhile.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ending::{end_everything, erase};
use super::{Origin, StepError};
use crate::app::App;
use crate::audit::AuditEvent;
use crate::page::screens::deletion::Outcome;
use crate::store::identities::{self, IdentityKey};
use crate::store::{Tx, accounts, new_accounts};

/// What somebody asked for at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The app may not know them any more.
    Deauthorize,
    /// Their data is to be deleted.
    Delete,
}

/// Does what was asked of an identity, and when. Gives the code by which what became of it can be looked up; for whom
/// nothing is kept there is one as well. A request from before the identity was linked is about an earlier account, which it
/// may have ended: whoever came back since did not ask.
///
/// # Errors
/// When the store fails.
pub async fn take(
    app: &App,
    provider: &str,
    key: IdentityKey,
    (asked, asked_at): (Asked, DateTime<Utc>),
    origin: &Origin,
) -> Result<String, StepError> {
    let (at, code, name) = (app.clock.now(), app.random.token(), provider.to_owned());
    let event = |kind| AuditEvent {
        details: serde_json::json!({ "provider": provider, "by": "the provider" }),
        ..origin.event(at, kind)
    };
    let (unlinked, ended) = (event("identity.unlinked"), event("account.ended"));
    let kept = code.clone();
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                let mut outcome = Outcome::Nothing;
                // What was signed says whole seconds.
                let found = identities::holder(tx, &key).await?;
                let found = found.filter(|(_, linked_at)| linked_at.timestamp() <= asked_at.timestamp());
                if let Some((account, _)) = found
                    && identities::unlink(tx, &key, account).await?
                {
                    outcome = Outcome::Unlinked;
                    // Whoever came in with it is signed out everywhere.
                    end_everything(tx, account, None, at).await?;
                    tx.audit(AuditEvent { account: Some(account), ..unlinked });
                    if asked == Asked::Delete && !has_other_ways(tx, account).await? {
                        erase(tx, account, at).await?;
                        tx.audit(AuditEvent { account: Some(account), ..ended });
                        outcome = Outcome::Erased;
                    }
                }
                identities::note_deletion(tx, &kept, &name, outcome.as_str(), at).await?;
                Ok::<_, StepError>(())
            })
        })
        .await?;
    Ok(code)
}

/// Whether an account can be signed in to without the identity that is gone, or is somebody else's to end.
async fn has_other_ways(tx: &mut Tx, account: Uuid) -> Result<bool, StepError> {
    if accounts::password_of(tx, account).await?.is_some() || !identities::of_account(tx, account).await?.is_empty() {
        return Ok(true);
    }
    if new_accounts::has_role(tx, account).await? {
        return Ok(true);
    }
    let found = accounts::by_id(tx, account, "").await?;
    Ok(found.is_none_or(|account| {
        let owned = [&account.email, &account.phone].into_iter().flatten().any(|contact| contact.owner.is_some());
        owned || account.passkeys > 0
    }))
}

/// What became of a request.
///
/// # Errors
/// When the store fails.
pub async fn outcome(app: &App, code: &str) -> Result<Outcome, StepError> {
    let found = identities::deletion(&mut app.db.read().await?, code).await?;
    Ok(found.and_then(|name| Outcome::named(&name)).unwrap_or(Outcome::Unknown))
}
