//! `idp user recovery list`, `stop` and `approve`.

use clap::Subcommand;
use serde_json::json;

use super::{Who, WithReason, care};
use crate::cli::desk::Desk;
use crate::cli::failure::Failure;
use crate::signin::ending::{RECOVERY_READY, close_recovery};
use crate::store::{outbox, recoveries};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Recovery {
    /// List the accounts that wait for a lost second factor to be taken away
    List,
    /// Stop the recovery of an account
    Stop(WithReason),
    /// End the wait of a recovery now: for whoever has proven in person who they are
    Approve(WithReason),
}

impl Recovery {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such account, or no recovery of it.
    pub async fn run(self, desk: &Desk) -> Result<(), Failure> {
        match self {
            Self::List => list(desk).await,
            Self::Stop(what) => stop(desk, what).await,
            Self::Approve(what) => approve(desk, what).await,
        }
    }
}

async fn list(desk: &Desk) -> Result<(), Failure> {
    let open = recoveries::list(&mut desk.db.read().await?).await?;
    let rows = open.iter().map(|row| {
        json!({
            "id": row.account_id,
            "sub": row.sub,
            "email": row.email,
            "opened_at": row.opened_at.0,
            "ready_at": row.ready_at.0,
        })
    });
    let value = json!(rows.collect::<Vec<_>>());
    desk.print(&value, || {
        let lines = open.iter().map(|row| {
            let who = row.email.as_deref().unwrap_or(&row.sub);
            format!("{who}: asked for at {}, ready at {}", row.opened_at.0, row.ready_at.0)
        });
        let lines = lines.collect::<Vec<_>>();
        if lines.is_empty() { "No recovery is open.".to_owned() } else { lines.join("\n") }
    });
    Ok(())
}

async fn stop(desk: &Desk, WithReason { who, reason }: WithReason) -> Result<(), Failure> {
    let account = care::find(desk, &who).await?;
    let (mut event, id, now) = (desk.account_event("recovery.stopped", account.id), account.id, desk.clock.now());
    event.details = json!({ "reason": reason });
    let stopped = desk
        .db
        .write(move |tx| {
            Box::pin(async move {
                let stopped = close_recovery(tx, id, "operator", now).await?;
                if stopped {
                    tx.audit(event);
                }
                Ok(stopped)
            })
        })
        .await?;
    if !stopped {
        return Err(none_open(&who));
    }
    care::done(desk, &who, &account, "recovery_stopped", "keeps its second factor: the recovery is stopped");
    Ok(())
}

async fn approve(desk: &Desk, WithReason { who, reason }: WithReason) -> Result<(), Failure> {
    let account = care::find(desk, &who).await?;
    let (mut event, id, now) = (desk.account_event("recovery.approved", account.id), account.id, desk.clock.now());
    event.details = json!({ "reason": reason });
    let approved = desk
        .db
        .write(move |tx| {
            Box::pin(async move {
                let approved = recoveries::approve(tx, id, now).await?;
                if approved {
                    outbox::hasten(tx, id, RECOVERY_READY, now).await?;
                    tx.audit(event);
                }
                Ok(approved)
            })
        })
        .await?;
    if !approved {
        return Err(none_open(&who));
    }
    care::done(desk, &who, &account, "recovery_approved", "need not wait any longer to be recovered");
    Ok(())
}

fn none_open(who: &Who) -> Failure {
    Failure::failed(format!("{} waits for no recovery", who.email.as_str()))
}
