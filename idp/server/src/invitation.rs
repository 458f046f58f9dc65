//! Invitations of administrators (R10): a random token, kept as its hash, that works once and not for long. There is
//! no account before somebody has used one.

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::oidc::claims::Claims;
use idp_core::policy::UserClass;
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::{App, Purposes};
use crate::audit::{Actor, AuditEvent};
use crate::clock::Random;
use crate::factor::{FactorError, totp};
use crate::keys::seal::{SealError, Sealer};
use crate::signin::transaction::hash;
use crate::signin::{Origin, ask};
use crate::store::invitations::{self, Invitation};
use crate::store::new_accounts::{self, NewAccount};
use crate::store::{Db, StoreError, budgets};

/// Makes an invitation, with the event `event`, and gives its token: the only time that it is seen. `times` are now and
/// when it ends.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn invite(
    db: &Db,
    purposes: &Purposes,
    random: &Random,
    role: &str,
    times: [DateTime<Utc>; 2],
    event: AuditEvent,
) -> Result<String, StoreError> {
    let token = random.token();
    let hash = hash(&token);
    let secret = totp::new_secret(random);
    let secret = purposes.authenticators.seal(random, &context(&hash), secret.as_slice());
    let invitation = Invitation { role: role.to_owned(), secret };
    let [now, expires_at] = times;
    db.write(move |tx| {
        Box::pin(async move {
            invitations::insert(tx, hash, invitation, now, expires_at).await?;
            tx.audit(event);
            Ok(())
        })
    })
    .await?;
    Ok(token)
}

fn context(hash: &[u8; 32]) -> [&[u8]; 2] {
    [b"invitation", hash]
}

/// The authenticator's secret of an invitation.
///
/// # Errors
/// It was not sealed for this invitation, or under another master key.
pub fn secret(sealer: &Sealer, hash: &[u8; 32], invitation: &Invitation) -> Result<Zeroizing<Vec<u8>>, SealError> {
    sealer.open(&context(hash), &invitation.secret)
}

/// What an administrator's account is made of.
#[derive(Clone, Debug)]
pub struct NewAdministrator {
    /// What they sign in with.
    pub email: EmailAddress,
    /// Their password, hashed.
    pub phc: String,
    /// The code that their app shows.
    pub code: String,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The invitation was used or has expired.
    #[error("the invitation was used or has expired")]
    Gone,
    /// The code is not the one that the app shows.
    #[error("the code is wrong")]
    WrongCode,
    /// A member of staff has that address.
    #[error("the address is taken")]
    Taken,
    /// The invitation's secret cannot be read.
    #[error("the invitation's secret cannot be read")]
    Unreadable,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AcceptError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Conflict { .. }) { Self::Taken } else { Self::Store(error) }
    }
}

impl From<SealError> for AcceptError {
    fn from(_: SealError) -> Self {
        Self::Unreadable
    }
}

impl From<FactorError> for AcceptError {
    fn from(_: FactorError) -> Self {
        Self::Unreadable
    }
}

/// Uses an invitation: the account, its authenticator, its role and the end of the invitation are one write.
///
/// # Errors
/// [`AcceptError`]; nothing was kept, and but for [`AcceptError::Gone`] the invitation can still be used.
pub async fn accept(app: &App, token: &str, new: NewAdministrator, origin: &Origin) -> Result<(), AcceptError> {
    let (hash, now) = (hash(token), app.clock.now());
    let invitation = invitations::find(&mut app.db.read().await?, hash, now).await?.ok_or(AcceptError::Gone)?;
    let secret = secret(&app.purposes.authenticators, &hash, &invitation)?;
    let step = totp::step_of(&secret, &new.code, now)?.ok_or(AcceptError::WrongCode)?;
    let id = app.random.uuid(now);
    let account = NewAccount {
        id,
        sub: app.random.token(),
        class: UserClass::Staff,
        // The operator knows whom they gave the invitation to; nobody has proven the address.
        email: Some((new.email, ContactState::Unproven)),
        phone: None,
        external_owner: None,
        profile: Claims::new(),
        locale: None,
        phc: Some(new.phc),
        totp_secret: Some(totp::seal(&app.purposes.authenticators, &app.random, id, &secret)),
        guest: None,
        contact_ids: [app.random.uuid(now), app.random.uuid(now)],
        at: now,
    };
    let event = AuditEvent {
        actor: Actor::Account(id),
        account: Some(id),
        details: json!({ "role": invitation.role }),
        ..origin.event(now, "admin.joined")
    };
    let limits = ask::limits(app);
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                if !invitations::spend(tx, hash, now).await? {
                    return Err(AcceptError::Gone);
                }
                new_accounts::insert(tx, account).await?;
                new_accounts::grant_role(tx, id, &invitation.role, now).await?;
                // The step counts as used: the code that confirmed the app does not sign in as well.
                budgets::spend_code(tx, id, true, step, limits, now).await?;
                tx.audit(event);
                Ok(())
            })
        })
        .await
}
