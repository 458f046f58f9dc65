//! Challenges that a factor poses itself. What the factor has to know when it is answered is kept in the challenge's row,
//! sealed for it alone; it works once, and not for long.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ask::factor_cx;
use super::transaction::Transaction;
use super::view::View;
use super::{Refusal, StepError};
use crate::app::App;
use crate::audit::AuditEvent;
use crate::factor::{Cx, Posed};
use crate::store::accounts::Account;
use crate::store::challenges::{self, Pose};
use crate::store::passkeys::{self, Passkey};
use crate::store::proofs::{Challenge, method_of};

/// For how long a challenge works.
pub const LIFE: TimeDelta = TimeDelta::minutes(5);
/// A page that is loaded again shows the same challenge while it has at least this long to live.
const WORTH_SHOWING: TimeDelta = TimeDelta::minutes(1);
/// The most challenges of one transaction and factor.
const MOST: i64 = 50;

/// What is kept of a challenge.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    state: Vec<u8>,
    pub(super) shown: Value,
    verified: bool,
}

/// What is kept of `challenge`, if it is one that a factor posed to this account here.
#[must_use]
pub fn state_of(
    app: &App,
    transaction: &Transaction,
    account: Uuid,
    challenge: Option<&Challenge>,
) -> Option<Zeroizing<Vec<u8>>> {
    let challenge = challenge.filter(|challenge| challenge.expires_at > app.clock.now())?;
    open(app, transaction, account, challenge).map(|kept| Zeroizing::new(kept.state))
}

pub(super) fn open(app: &App, transaction: &Transaction, account: Uuid, challenge: &Challenge) -> Option<Kept> {
    let method = challenge.method();
    let context = context(&transaction.id, &account, &method, &challenge.id);
    let plain = app.purposes.challenges.open(&context, challenge.state.as_ref()?).ok()?;
    serde_json::from_slice(&plain).ok()
}

fn context<'a>(transaction: &'a str, account: &'a Uuid, method: &'a str, challenge: &'a Uuid) -> [&'a [u8]; 4] {
    [transaction.as_bytes(), account.as_bytes(), method.as_bytes(), challenge.as_bytes()]
}

/// The passkeys of an account, where the factor is one.
///
/// # Errors
/// When the store fails.
pub async fn held(app: &App, account: &Account, factor: &FactorId) -> Result<Vec<Passkey>, StepError> {
    if *factor != FactorId::Passkey {
        return Ok(Vec::new());
    }
    Ok(passkeys::of_account(&mut app.db.read().await?, account.id).await?)
}

/// The challenge of `factor` to show: the one that was posed, while it is worth it, else a new one. `verified`: only an
/// answer for which a device verified the person will do.
///
/// # Errors
/// [`Refusal::AlreadyUsed`] where the factor was proven already.
pub async fn pose(
    app: &App,
    view: &View,
    transaction: &Transaction,
    factor: &FactorId,
    verified: bool,
) -> Result<Value, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    if let Some(kept) = view.challenge(factor).and_then(|c| again(app, view, transaction, account.id, c))
        && kept.verified == verified
    {
        return Ok(kept.shown);
    }
    let found = app.factors.get(factor).ok_or_else(|| StepError::Broken(format!("no factor {factor}")))?;
    let passkeys = held(app, account, factor).await?;
    let cx = Cx { passkeys: &passkeys, verified, ..factor_cx(app, account) };
    let posed = found.challenge(cx).await.map_err(|error| StepError::Broken(error.to_string()))?;
    keep(app, transaction, (account.id, factor, false), (posed, verified), None).await
}

/// What was posed, while it is worth showing again.
fn again(app: &App, view: &View, transaction: &Transaction, account: Uuid, challenge: &Challenge) -> Option<Kept> {
    let fresh = challenge.expires_at > app.clock.now() + WORTH_SHOWING;
    let open_to_tries = challenge.tries < view.policy.tries_of(&challenge.factor);
    if fresh && open_to_tries { open(app, transaction, account, challenge) } else { None }
}

/// The challenge of an enrolment to show: the one that was posed, while it is worth it, else the one that `posed` makes.
///
/// # Errors
/// As [`pose`].
pub async fn pose_set_up(
    app: &App,
    view: &View,
    transaction: &Transaction,
    factor: &FactorId,
    posed: impl FnOnce() -> Result<Posed, StepError>,
) -> Result<Value, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?.id;
    if let Some(kept) = view.set_up_challenge(factor).and_then(|c| again(app, view, transaction, account, c)) {
        return Ok(kept.shown);
    }
    keep(app, transaction, (account, factor, true), (posed()?, false), None).await
}

/// Keeps what was `posed` to an account by a factor that it uses or sets up, with the event that says so.
pub(super) async fn keep(
    app: &App,
    transaction: &Transaction,
    (account, factor, sets_up): (Uuid, &FactorId, bool),
    (posed, verified): (Posed, bool),
    event: Option<AuditEvent>,
) -> Result<Value, StepError> {
    let now: DateTime<Utc> = app.clock.now();
    let challenge = app.random.uuid(now);
    let kept = Kept { state: posed.state, shown: posed.shown, verified };
    let plain = serde_json::to_vec(&kept).map_err(|error| StepError::Broken(error.to_string()))?;
    let method = method_of(factor, sets_up);
    let context = context(&transaction.id, &account, &method, &challenge);
    let pose = Pose {
        transaction: transaction.id.clone(),
        account,
        factor: factor.clone(),
        sets_up,
        challenge,
        state: app.purposes.challenges.seal(&app.random, &context, &plain),
        expires_at: now + LIFE,
        at: now,
        most: MOST,
    };
    let write = app.db.write(move |tx| {
        Box::pin(async move {
            let posed = challenges::pose(tx, pose).await?;
            if let Some(event) = event.filter(|_| posed) {
                tx.audit(event);
            }
            Ok(posed)
        })
    });
    let posed = write.await?;
    if posed { Ok(kept.shown) } else { Err(Refusal::AlreadyUsed.into()) }
}
