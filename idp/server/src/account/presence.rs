//! Where somebody is signed in, and ending it; whom they share with, and ending that.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::access::Inside;
use super::{event, told};
use crate::app::App;
use crate::signin::ending::{end_everything, end_others};
use crate::signin::{Origin, StepError};
use crate::store::account_changes;
use crate::store::account_pages::{self, LiveSession, PastSignIn, Shared};
use crate::store::outbox;

/// For how long sign-ins are listed.
const LISTED: TimeDelta = TimeDelta::days(90);
/// How many of them a page lists.
pub const A_PAGE: i64 = 20;

/// The sessions that are alive under the account's own limits, the last used first.
///
/// # Errors
/// When the store fails.
pub async fn live(app: &App, inside: &Inside) -> Result<Vec<LiveSession>, StepError> {
    let now = app.clock.now();
    let (longest_idle, longest) = longest_limits(app, inside);
    let mut conn = app.db.read().await?;
    Ok(account_pages::sessions(&mut conn, inside.account.id, now - longest_idle, now - longest).await?)
}

/// A session is alive while any client takes it.
fn longest_limits(app: &App, inside: &Inside) -> (TimeDelta, TimeDelta) {
    let policies = inside.rules.policies.iter().chain(std::iter::once(&inside.rules.policy));
    let (idle, whole) = policies.fold((0, 0), |(idle, whole), policy| {
        (policy.session_idle_seconds.max(idle), policy.session_absolute_seconds.max(whole))
    });
    let configured = TimeDelta::hours(i64::from(app.config.sessions.absolute_hours));
    (TimeDelta::seconds(i64::from(idle)), TimeDelta::seconds(i64::from(whole)).min(configured * 2))
}

/// Ends one session; `false` if it is none of the account's, or had ended.
///
/// # Errors
/// When the store fails.
pub async fn end(app: &App, inside: &Inside, session: Uuid, origin: &Origin) -> Result<bool, StepError> {
    let (account, now) = (inside.account.id, app.clock.now());
    let mut event = event(app, inside, origin, "session.ended", json!({ "by": "account page" }));
    event.session = Some(session);
    let ended = app.db.write(move |tx| {
        Box::pin(async move {
            let ended = account_pages::end_own(tx, account, session, now).await?;
            if ended {
                tx.audit(event);
            }
            Ok(ended)
        })
    });
    Ok(ended.await?)
}

/// Ends every session of the account with everything that came from them, this one too.
///
/// # Errors
/// When the store fails.
pub async fn end_all(app: &App, inside: &Inside, origin: &Origin) -> Result<(), StepError> {
    let (account, now) = (inside.account.id, app.clock.now());
    let mut event = event(app, inside, origin, "account.sessions_ended", json!({}));
    let told = told(app, inside, "signed-out", &json!({}));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // Whoever changes the account at this moment does so before, or sees that their session is over.
                account_changes::hold(tx, account).await?;
                let ended = end_everything(tx, account, None, now).await?;
                event.details = json!({ "sessions": ended });
                tx.audit(event);
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                Ok(())
            })
        })
        .await?;
    app.outbox.notify_one();
    Ok(())
}

/// Ends every session but this one: somebody does not know a sign-in to their account.
///
/// # Errors
/// When the store fails.
pub async fn disown(app: &App, inside: &Inside, origin: &Origin) -> Result<(), StepError> {
    let (account, keep, now) = (inside.account.id, inside.session, app.clock.now());
    let mut event = event(app, inside, origin, "account.sign_in_disowned", json!({}));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                account_changes::hold(tx, account).await?;
                let ended = end_others(tx, account, keep, now).await?;
                event.details = json!({ "sessions": ended });
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    Ok(())
}

/// One page of the sign-ins of the last 90 days, counted from 1, and whether another follows.
///
/// # Errors
/// When the store fails.
pub async fn past(app: &App, inside: &Inside, page: u32) -> Result<(Vec<PastSignIn>, bool), StepError> {
    let since = app.clock.now() - LISTED;
    let offset = i64::from(page.saturating_sub(1)) * A_PAGE;
    let mut conn = app.db.read().await?;
    let mut found = account_pages::sign_ins(&mut conn, inside.account.id, since, A_PAGE + 1, offset).await?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > A_PAGE;
    found.truncate(usize::try_from(A_PAGE).unwrap_or(usize::MAX));
    Ok((found, more))
}

/// What the account shares.
///
/// # Errors
/// When the store fails.
pub async fn shared(app: &App, inside: &Inside) -> Result<Vec<Shared>, StepError> {
    Ok(account_pages::shared(&mut app.db.read().await?, inside.account.id).await?)
}

/// Stops sharing with a client; `false` where nothing was shared.
///
/// # Errors
/// When the store fails.
pub async fn stop_sharing(app: &App, inside: &Inside, client: &str, origin: &Origin) -> Result<bool, StepError> {
    let (account, now, client) = (inside.account.id, app.clock.now(), client.to_owned());
    let mut event = event(app, inside, origin, "consent.withdrawn", json!({}));
    event.client = Some(client.clone());
    let stopped = app.db.write(move |tx| {
        Box::pin(async move {
            let stopped = account_pages::stop_sharing(tx, account, &client, now).await?;
            if stopped {
                tx.audit(event);
            }
            Ok(stopped)
        })
    });
    Ok(stopped.await?)
}
