//! What a node does besides answering: refreshing its caches, rotating keys, purging what has expired.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::oidc::alg::SigningAlg;

use crate::app::{App, REFRESH};
use crate::audit::{Actor, AuditEvent};
use crate::keys::rotation::{KeyAction, Occasion, RotationSchedule, StoredKey, plan, plan_revocation, seal_key};
use crate::store::{
    StoreError, Tx, account_changes, account_pages, budgets, clients, contacts, devices, enrolments, grants, guests,
    identities, invitations, newcomers, outbox, passkeys, proofs, recoveries, recovery_codes, requests, send_limits,
    sender_settings, sessions, signing_keys,
};

/// Rows of the audit trail that one call seals at most.
const SEALED_AT_ONCE: usize = 500;

/// For how long a recovery can be used once its wait is over.
const UNUSED_RECOVERY: TimeDelta = TimeDelta::days(14);

/// Starts the jobs; they end with the runtime.
pub fn start(app: &App) {
    tokio::spawn(watch_revisions(app.clone()));
    tokio::spawn(every(
        Duration::from_mins(1),
        app.clone(),
        |app| async move { app.rotate_keys(Occasion::Schedule).await },
    ));
    tokio::spawn(every(Duration::from_secs(1), app.clone(), |app| async move { Ok(seal_audit(&app).await?) }));
    tokio::spawn(work_outbox(app.clone()));
    tokio::spawn(every(Duration::from_mins(5), app.clone(), |app| async move { Ok(purge(&app).await?) }));
}

async fn every<F>(pause: Duration, app: App, job: impl Fn(App) -> F)
where
    F: Future<Output = anyhow::Result<()>>,
{
    let mut ticks = tokio::time::interval(pause);
    loop {
        ticks.tick().await;
        if let Err(error) = job(app.clone()).await {
            tracing::warn!(%error, "a background job failed and will run again");
        }
    }
}

/// Hands over what is due, at once when something was put into the outbox here, else within a second.
async fn work_outbox(app: App) {
    loop {
        // Either way it is time to look.
        let _ = tokio::time::timeout(Duration::from_secs(1), app.outbox.notified()).await;
        if let Err(error) = crate::signin::outbox::work(&app).await {
            tracing::warn!(%error, "the outbox could not be read; it will be again");
        }
    }
}

/// Keeps the caches at most a second behind the store, whoever changed it: another node, or the command line.
async fn watch_revisions(app: App) {
    let mut seen = Vec::new();
    let mut ticks = tokio::time::interval(REFRESH);
    loop {
        ticks.tick().await;
        let now = match app.db.revisions().await {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(%error, "the caches cannot be refreshed");
                continue;
            }
        };
        let changed = |name: &str| now.iter().find(|(n, _)| n == name) != seen.iter().find(|(n, _)| n == name);
        let mut done = Ok(());
        if changed(clients::REVISION) {
            done = done.and(app.refresh_clients().await);
        }
        if changed(signing_keys::REVISION) {
            done = done.and(app.refresh_keys().await);
        }
        if changed(sender_settings::REVISION) {
            done = done.and(app.refresh_senders().await);
        }
        match done {
            Ok(()) => seen = now,
            Err(error) => tracing::warn!(%error, "the caches cannot be refreshed"),
        }
    }
}

/// Links what is new in the audit trail into its chain.
async fn seal_audit(app: &App) -> Result<(), StoreError> {
    while app.purposes.audit.seal(&app.db).await? == SEALED_AT_ONCE {}
    Ok(())
}

/// Deletes what can no longer matter. Budgets outlive their windows, so that nothing revives.
async fn purge(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let transaction = TimeDelta::minutes(i64::from(app.config.sessions.transaction_minutes));
    let session = TimeDelta::hours(i64::from(app.config.sessions.absolute_hours));
    let steps_before = now - transaction * 2;
    let sessions_before = now - session * 2;
    let unused_before = now - TimeDelta::days(i64::from(app.config.limits.phone_unused_days));
    app.db
        .for_workers()
        .write(move |tx| {
            Box::pin(async move {
                proofs::purge(tx, steps_before).await?;
                recovery_codes::purge(tx, steps_before).await?;
                recoveries::purge(tx, now - UNUSED_RECOVERY).await?;
                enrolments::purge(tx, steps_before).await?;
                devices::purge(tx, now).await?;
                outbox::purge(tx, now).await?;
                passkeys::purge(tx, now).await?;
                requests::purge(tx, now).await?;
                identities::purge(tx, now).await?;
                guests::forget(tx, now - TimeDelta::hours(1)).await?;
                newcomers::purge(tx, steps_before).await?;
                invitations::purge(tx, now).await?;
                account_pages::remember_clients(tx, steps_before).await?;
                grants::purge(tx, steps_before).await?;
                account_changes::purge(tx, now).await?;
                sessions::purge(tx, sessions_before).await?;
                budgets::purge(tx, now - TimeDelta::days(7)).await?;
                contacts::doubt_unused(tx, unused_before, now).await?;
                send_limits::purge(tx, now - TimeDelta::days(2), now).await?;
                Ok(())
            })
        })
        .await
}

/// Carries out what is due in the lives of the signing keys. The plan is made inside the write, from what is there
/// then: of several nodes that start at once, one makes the keys.
///
/// # Errors
/// When the store fails, or no key can be made.
pub async fn rotate_keys(
    app: &App,
    schedule: &RotationSchedule,
    wanted: &[SigningAlg],
    occasion: Occasion,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let stored = signing_keys::all(&mut app.db.for_workers().read().await?).await?;
    let actions = plan(&stored, schedule, wanted, now, occasion);
    if actions.is_empty() {
        return Ok(());
    }
    let made = make(app, &actions, now)?;
    let (schedule, wanted) = (*schedule, wanted.to_vec());
    app.db
        .for_workers()
        .write(move |tx| {
            Box::pin(async move {
                // The revision row is what makes writers wait for each other.
                tx.bump(signing_keys::REVISION).await?;
                let stored = signing_keys::all(tx).await?;
                let actions = plan(&stored, &schedule, &wanted, now, occasion);
                carry_out(tx, actions, stored, made, now).await
            })
        })
        .await?;
    Ok(())
}

/// Takes a key out of use at once, and puts another in its place if it signed; `false` if there is no such key, or it
/// was revoked before.
///
/// # Errors
/// When the store fails, or no key can be made.
pub async fn revoke_key(app: &App, kid: &str) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let stored = signing_keys::all(&mut app.db.for_workers().read().await?).await?;
    let made = make(app, &plan_revocation(&stored, kid), now)?;
    let kid = kid.to_owned();
    let revoked = app
        .db
        .for_workers()
        .write(move |tx| {
            Box::pin(async move {
                tx.bump(signing_keys::REVISION).await?;
                let stored = signing_keys::all(tx).await?;
                let actions = plan_revocation(&stored, &kid);
                let found = !actions.is_empty();
                carry_out(tx, actions, stored, made, now).await?;
                Ok(found)
            })
        })
        .await?;
    Ok(revoked)
}

/// The keys that a plan wants made. That is done before the write, which must not wait for anything but SQL.
fn make(app: &App, actions: &[KeyAction], now: DateTime<Utc>) -> anyhow::Result<Vec<StoredKey>> {
    let wanted = actions.iter().filter_map(|action| match action {
        KeyAction::Create { alg, active } => Some((*alg, *active)),
        _ => None,
    });
    let made = wanted.map(|(alg, active)| seal_key(alg, active, &app.purposes.signing_keys, &app.random, now));
    Ok(made.map(|new| new.map(|new| new.stored)).collect::<Result<_, _>>()?)
}

async fn carry_out(
    tx: &mut Tx,
    actions: Vec<KeyAction>,
    stored: Vec<StoredKey>,
    mut made: Vec<StoredKey>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for action in actions {
        let change = |kid: &str, set: fn(&mut StoredKey, DateTime<Utc>)| {
            stored.iter().find(|key| key.kid == kid).cloned().map(|mut key| {
                set(&mut key, now);
                key
            })
        };
        let (kind, changed) = match &action {
            KeyAction::Create { alg, active } => {
                let fits = |key: &StoredKey| key.alg == *alg && key.active_from.is_some() == *active;
                let found = made.iter().position(fits).map(|at| made.swap_remove(at));
                ("key.created", found)
            }
            KeyAction::Activate { kid } => ("key.activated", change(kid, |key, now| key.active_from = Some(now))),
            KeyAction::Retire { kid } => ("key.retired", change(kid, |key, now| key.retired_at = Some(now))),
            KeyAction::Revoke { kid } => ("key.revoked", change(kid, |key, now| key.revoked_at = Some(now))),
            KeyAction::Remove { kid } => {
                signing_keys::delete(tx, kid).await?;
                continue;
            }
        };
        let Some(key) = changed else { continue };
        let details = serde_json::json!({ "kid": key.kid, "alg": key.alg });
        signing_keys::put(tx, key).await?;
        tx.audit(AuditEvent { actor: Actor::System, details, ..AuditEvent::new(now, kind) });
    }
    Ok(())
}
