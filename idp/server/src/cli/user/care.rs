//! `idp user show`, `lock`, `unlock`, `reset-mfa`, `end` and `end-sessions`.

use idp_core::journey::AccountStatus;
use idp_core::policy::UserClass;
use serde_json::{Value, json};

use super::{Shown, Who, WithReason};
use crate::cli::desk::Desk;
use crate::cli::failure::Failure;
use crate::cli::output::count;
use crate::hashing::scheme_of;
use crate::signin::ending::{end_everything, end_for_good};
use crate::signin::guess::budget_key;
use crate::signin::mailed::guess_key;
use crate::signin::{notices, recovery, reset};
use crate::store::accounts::{self, Account, class_name};
use crate::store::devices::{self, Device};
use crate::store::recovery_codes::Purpose;
use crate::store::{account_status, budgets, contacts, outbox};

pub(super) async fn find(desk: &Desk, who: &Who) -> Result<Account, Failure> {
    let found = accounts::by_name(&mut desk.db.read().await?, who.class, &who.email, "").await?;
    let class = class_name(who.class);
    let hint = if who.class == UserClass::Resident { ": for a member of staff add --class staff" } else { "" };
    found
        .map(|found| found.account)
        .ok_or_else(|| Failure::failed(format!("there is no {class} with the address {}{hint}", who.email.as_str())))
}

async fn find_subject(desk: &Desk, sub: &str) -> Result<Account, Failure> {
    let mut conn = desk.db.read().await?;
    let found = match account_status::of_subject(&mut conn, sub).await? {
        Some(id) => accounts::by_id(&mut conn, id, "").await?,
        None => None,
    };
    found.ok_or_else(|| Failure::failed(format!("there is no account with the subject {sub}")))
}

fn as_json(account: &Account) -> Value {
    let contact = |contact: &Option<accounts::Contact>| {
        contact.as_ref().map(|contact| json!({ "value": contact.value, "state": contact.state }))
    };
    json!({
        "id": account.id,
        "sub": account.sub,
        "class": class_name(account.class),
        "status": account.status,
        // Nothing about it changes any more.
        "ended_at": (account.status == AccountStatus::Ended).then_some(account.updated_at),
        "email": contact(&account.email),
        "phone": contact(&account.phone),
        "authenticator": account.totp_secret.is_some(),
        "backup_codes_left": account.backup_codes_left(),
        "passkeys": account.passkeys,
        "mfa_on": account.mfa_on,
        "mfa_since": account.mfa_since,
        "wrong_codes": account.wrong_codes.count,
        "recovery_ready_at": account.recovery_ready_at,
        "locale": account.locale,
        "claims": account.profile,
        "updated_at": account.updated_at,
    })
}

/// Prints what is known about an account; secrets are not.
///
/// # Errors
/// There is no such account.
pub async fn show(desk: &Desk, Shown { email, sub, class }: Shown) -> Result<(), Failure> {
    let account = match (email, sub) {
        (Some(email), _) => find(desk, &Who { email, class }).await?,
        (None, sub) => find_subject(desk, &sub.unwrap_or_default()).await?,
    };
    let devices = devices::of_account(&mut desk.db.read().await?, account.id, desk.clock.now()).await?;
    let phc = accounts::password_of(&mut desk.db.read().await?, account.id).await?;
    let mut value = as_json(&account);
    if let Some(map) = value.as_object_mut() {
        let device = |device: &Device| {
            json!({ "id": device.id, "client": device.client, "remembered_at": device.remembered_at,
                    "last_used_at": device.last_used_at, "expires_at": device.expires_at })
        };
        // How the password is hashed: what was imported is until its owner has signed in.
        map.insert("password".to_owned(), phc.as_deref().map(scheme_of).into());
        map.insert("remembered_devices".to_owned(), devices.iter().map(device).collect());
    }
    desk.print(&value, || serde_json::to_string_pretty(&value).unwrap_or_default());
    Ok(())
}

/// Refuses every sign-in, and ends what is under way.
///
/// # Errors
/// There is no such account.
pub async fn lock(desk: &Desk, who: Who) -> Result<(), Failure> {
    let account = find(desk, &who).await?;
    let (event, id, now) = (desk.account_event("account.locked", account.id), account.id, desk.clock.now());
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                account_status::set_status(tx, id, AccountStatus::Locked, now).await?;
                end_everything(tx, id, None, now).await?;
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    done(desk, &who, &account, "locked", "is locked, and its sessions have ended");
    Ok(())
}

/// Takes sign-ins again, and forgets failed guesses at the password.
///
/// # Errors
/// There is no such account.
pub async fn unlock(desk: &Desk, who: Who) -> Result<(), Failure> {
    let account = find(desk, &who).await?;
    let reset = reset::mailbox_key(&desk.purposes, who.class, &who.email);
    let recovery = recovery::mailbox_key(&desk.purposes, account.id);
    let keys = [
        budget_key(&desk.purposes, who.class, &who.email),
        guess_key(&desk.purposes, Purpose::Reset, &reset),
        guess_key(&desk.purposes, Purpose::Recovery, &recovery),
    ];
    let (event, id, now) = (desk.account_event("account.unlocked", account.id), account.id, desk.clock.now());
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                account_status::set_status(tx, id, AccountStatus::Active, now).await?;
                for key in keys {
                    budgets::forget_sign_in(tx, key).await?;
                }
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    done(desk, &who, &account, "unlocked", "is in use again, and failed guesses at its password are forgotten");
    Ok(())
}

/// Takes away every second factor, puts every phone number in doubt, and ends every session and grant: whoever had one is
/// out. The contacts from before are told, by a node that runs: somebody may have talked an operator into it.
///
/// # Errors
/// There is no such account.
pub async fn reset_mfa(desk: &Desk, WithReason { who, reason }: WithReason) -> Result<(), Failure> {
    let account = find(desk, &who).await?;
    let (mut event, id, now) = (desk.account_event("account.mfa_reset", account.id), account.id, desk.clock.now());
    event.details = json!({ "reason": reason });
    let by = (&desk.random, &desk.config);
    let told = notices::receiving(&account).into_iter();
    let told = told.map(|to| notices::unasked(by, &account, to, "factors-reset", now)).collect::<Vec<_>>();
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                account_status::reset_factors(tx, id, now).await?;
                contacts::doubt_phones(tx, id, now).await?;
                budgets::forget_factors(tx, id).await?;
                end_everything(tx, id, None, now).await?;
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    done(desk, &who, &account, "mfa_reset", "has no second factor any more, and its sessions have ended");
    Ok(())
}

/// Ends an account for good: nobody signs in to it any more and no message goes out, and its address and number are free. Its
/// subject is never given to anybody else.
///
/// # Errors
/// There is no such account.
pub async fn end(desk: &Desk, WithReason { who, reason }: WithReason) -> Result<(), Failure> {
    let account = find(desk, &who).await?;
    let (mut event, id, now) = (desk.account_event("account.ended", account.id), account.id, desk.clock.now());
    event.details = json!({ "reason": reason });
    desk.db
        .write(move |tx| {
            Box::pin(async move {
                if end_for_good(tx, id, now).await? {
                    tx.audit(event);
                }
                Ok(())
            })
        })
        .await?;
    done(desk, &who, &account, "ended", "has ended for good; its address and number can be used again");
    Ok(())
}

/// Ends every session and grant.
///
/// # Errors
/// There is no such account.
pub async fn end_sessions(desk: &Desk, who: Who) -> Result<(), Failure> {
    let account = find(desk, &who).await?;
    let (mut event, id, now) = (desk.account_event("account.sessions_ended", account.id), account.id, desk.clock.now());
    let ended = desk
        .db
        .write(move |tx| {
            Box::pin(async move {
                let ended = end_everything(tx, id, None, now).await?;
                event.details = json!({ "sessions": ended });
                tx.audit(event);
                Ok(ended)
            })
        })
        .await?;
    desk.print(&json!({ "id": account.id, "sub": account.sub, "sessions": ended }), || {
        let have = if ended == 1 { "has" } else { "have" };
        format!("{} of {} {have} ended, with every token.", count(ended, "session"), who.email.as_str())
    });
    Ok(())
}

pub(super) fn done(desk: &Desk, who: &Who, account: &Account, what: &str, sentence: &str) {
    desk.print(&json!({ "id": account.id, "sub": account.sub, "done": what }), || {
        format!("The account of {} {sentence}.", who.email.as_str())
    });
}
