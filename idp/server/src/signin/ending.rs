//! Ending what an account has under way. Whoever keeps something that must not survive a new password, a lock or a reset
//! adds it here, so that no occasion forgets it.

use chrono::{DateTime, Utc};
use idp_core::journey::AccountStatus;
use idp_core::oidc::claims::Claims;
use uuid::Uuid;

use super::{Origin, Refusal, StepError};
use crate::audit::{Actor, AuditEvent};
use crate::store::sessions::Session;
use crate::store::{
    StoreError, Tx, account_changes, account_pages, account_status, accounts, budgets, charges, contact_conflicts,
    devices, grants, outbox, proofs, recoveries, recovery_codes, sessions,
};

/// The notice that waits for a recovery to be ready.
pub const RECOVERY_READY: &str = "recovery-ready";

/// Ends everything that an account has under way: sessions, grants with their tokens, unfinished sign-ins, codes by email,
/// remembered devices and an open recovery. The transaction `but` goes on. Says how many sessions ended.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_everything(
    tx: &mut Tx,
    account: Uuid,
    but: Option<&str>,
    at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    // First what leads to a session.
    end_unfinished(tx, account, but, at).await?;
    let ended = sessions::end_all(tx, account, at).await?;
    grants::revoke_of_account(tx, account, at).await?;
    Ok(ended)
}

/// Ends every session but the one that is kept, and what leads to another one. Says how many sessions ended.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_others(tx: &mut Tx, account: Uuid, keep: Uuid, at: DateTime<Utc>) -> Result<u64, StoreError> {
    end_unfinished(tx, account, None, at).await?;
    account_pages::end_others(tx, account, keep, at).await
}

/// Ends a session, which the trail then says. Nothing happens where it has ended before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_session(tx: &mut Tx, session: &Session, origin: &Origin, at: DateTime<Utc>) -> Result<(), StoreError> {
    if sessions::end(tx, session.id, at).await? {
        tx.audit(AuditEvent {
            actor: Actor::Account(session.account.id),
            account: Some(session.account.id),
            session: Some(session.id),
            ..origin.event(at, "session.ended")
        });
    }
    Ok(())
}

/// Ends what an account has not finished and what stands in for a proof: sign-ins, codes by email, changes of contacts,
/// remembered devices and an open recovery. Sessions and their grants go on.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_unfinished(
    tx: &mut Tx,
    account: Uuid,
    but: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    // A sign-in that finishes at this moment has a budget or its proofs first, so that what it begins is there to be ended.
    budgets::hold(tx, account).await?;
    let but = but.unwrap_or_default();
    proofs::clear_of_account(tx, account, but).await?;
    recovery_codes::forget(tx, account, but).await?;
    account_changes::forget(tx, account).await?;
    devices::forget_devices(tx, account).await?;
    close_recovery(tx, account, "ended", at).await.map(drop)
}

/// Ends an account for good: nobody signs in to it, no message goes to it, and what it was reached by is free for others. Its
/// row stays, so that its subject is nobody else's. `false` where it has ended before.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn end_for_good(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    if !account_status::set_status(tx, account, AccountStatus::Ended, at).await? {
        return Ok(false);
    }
    end_everything(tx, account, None, at).await?;
    // By the addresses of the account, which are its own until they are released.
    recovery_codes::forget_done(tx, account, at).await?;
    contact_conflicts::forget(tx, account).await?;
    account_status::release(tx, account, at).await?;
    outbox::silence(tx, account).await?;
    Ok(true)
}

/// Ends an account for good and forgets whose it was: what is left names nobody.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn erase(tx: &mut Tx, account: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    if !end_for_good(tx, account, at).await? {
        return Ok(false);
    }
    accounts::set_profile(tx, account, Claims::new(), at).await?;
    charges::anonymise(tx, account).await?;
    Ok(true)
}

/// Closes an account's open recovery; `false` where there is none.
///
/// # Errors
/// As [`StoreError`] says.
pub async fn close_recovery(
    tx: &mut Tx,
    account: Uuid,
    by: &'static str,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let closed = recoveries::close(tx, account, by, at).await?;
    if closed {
        outbox::call_off(tx, account, RECOVERY_READY).await?;
    }
    Ok(closed)
}

/// What is done on the pages of an account counts only while the session lives: meanwhile its owner may have ended it
/// elsewhere.
///
/// # Errors
/// [`Refusal::NotIssued`] where it has ended; the write must then be rolled back.
pub async fn still_signed_in(tx: &mut Tx, session: Uuid) -> Result<(), StepError> {
    if sessions::is_live(tx, session).await? { Ok(()) } else { Err(Refusal::NotIssued.into()) }
}
