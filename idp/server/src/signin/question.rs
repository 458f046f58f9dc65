//! Questions that a service elsewhere asks for a factor. It is asked to pose one as rarely as a message is sent, and every
//! answer is counted before the service hears of it, so that no number of parallel answers reaches it; what it cannot
//! say counts as no guess and no message, but in [`vain`](super::vain).

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use secrecy::SecretString;

use super::address::{self, Spent};
use super::ask::{factor_cx, limits};
use super::transaction::Transaction;
use super::vain::{self, Request};
use super::view::View;
use super::{Origin, Refusal, StepError, advance, pose};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::factor::{Answer, Cx, Evidence, FactorError, Occasion, Question, Verdict};
use crate::keys::signing::KeyRing;
use crate::page::Lang;
use crate::store::accounts::Account;
use crate::store::challenges::{self, Again};
use crate::store::proofs::{self, Challenge};
use crate::store::{StoreError, budgets};

/// The pause between two questions.
pub const PAUSE: TimeDelta = TimeDelta::seconds(30);
/// The most questions of one transaction and factor.
const MOST: i64 = 10;

/// What asking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// There is a question to answer.
    Question(Question),
    /// There is one that was answered wrongly as often as it may be; another is posed to whoever asks for it.
    Spent(Question),
    /// The service does not know the account.
    Unknown,
    /// The service gives no answer.
    Unanswered,
    /// Another question is posed from then on.
    TooSoon(DateTime<Utc>),
}

/// Who asks, in which words, and whether they want another question than the one there is.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// Whether they want another one.
    pub again: bool,
    /// Where from.
    pub origin: &'a Origin,
}

/// The question of `factor` to show: the one that was posed, while it can be answered, else a new one.
///
/// # Errors
/// [`Refusal::Sends`] where the account may not be asked again before a time; [`Refusal::AlreadyUsed`] where the factor was
/// proven already.
pub async fn ask(
    app: &App,
    view: &View,
    transaction: &Transaction,
    factor: &FactorId,
    asking: Asking<'_>,
) -> Result<Asked, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let now = app.clock.now();
    let before = view.challenge(factor);
    if let Some(challenge) = before.filter(|challenge| challenge.expires_at > now && !asking.again)
        && let Some(kept) = pose::open(app, transaction, account.id, challenge)
    {
        let question = read(kept.shown)?;
        let spent = challenge.tries >= view.policy.tries_of(factor);
        return Ok(if spent { Asked::Spent(question) } else { Asked::Question(question) });
    }
    address::spend(app, asking.origin, Spent::Message).await.map_err(Refusal::Sends)?;
    if let Some(at) = reserve(app, account, transaction, before, now).await? {
        address::give_back(app, asking.origin, Spent::Message).await;
        return Ok(Asked::TooSoon(at));
    }
    let asker = vain::Asker { account: account.id, factor, origin: asking.origin };
    if !asker.spend(app, Request::Question).await? {
        address::give_back(app, asking.origin, Spent::Message).await;
        give_back(app, account, transaction, before.cloned()).await?;
        return Ok(Asked::Unanswered);
    }
    let found = app.factors.get(factor).ok_or_else(|| StepError::Broken(format!("no factor {factor}")))?;
    let signing = app.signing();
    let occasion = occasion(view, transaction, asking.lang, &signing.ring);
    let cx = Cx { occasion: Some(occasion), ..factor_cx(app, account) };
    let outcome = match found.challenge(cx).await {
        Ok(posed) => {
            asker.give_back(app, Request::Question).await?;
            let event = AuditEvent {
                actor: Actor::Account(account.id),
                account: Some(account.id),
                client: Some(view.client.id.clone()),
                details: serde_json::json!({ "factor": factor }),
                ..asking.origin.event(now, "factor.question_posed")
            };
            let kept = pose::keep(app, transaction, (account.id, factor, false), (posed, false), Some(event));
            return read(kept.await?).map(Asked::Question);
        }
        Err(FactorError::NotEnrolled) => Asked::Unknown,
        Err(FactorError::Unanswered) => Asked::Unanswered,
        Err(error @ FactorError::Unreadable) => return Err(StepError::Broken(error.to_string())),
    };
    address::give_back(app, asking.origin, Spent::Message).await;
    give_back(app, account, transaction, before.cloned()).await?;
    Ok(outcome)
}

fn occasion<'a>(view: &'a View, transaction: &'a Transaction, lang: Lang, ring: &'a KeyRing) -> Occasion<'a> {
    Occasion { transaction: &transaction.id, client: &view.client.id, locale: lang.code(), ring }
}

fn read(shown: serde_json::Value) -> Result<Question, StepError> {
    serde_json::from_value(shown).map_err(|error| StepError::Broken(error.to_string()))
}

/// Counts a question before the service is asked for it. Gives the time from which on there may be another, if that is
/// not now.
async fn reserve(
    app: &App,
    account: &Account,
    transaction: &Transaction,
    before: Option<&Challenge>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StepError> {
    let (id, limits, transaction) = (account.id, limits(app), transaction.id.clone());
    let again = Again { at: now, posed_before: now - PAUSE, most: MOST };
    let until = now + TimeDelta::seconds(i64::from(app.config.limits.send_block_seconds));
    let sends = before.map_or(0, |challenge| challenge.sends);
    let next = before.map_or(now, |challenge| challenge.last_sent_at + PAUSE);
    let before = before.cloned();
    let reserved = app.db.try_write(move |tx| {
        Box::pin(async move {
            if !budgets::spend_send(tx, id, limits, now).await? {
                return Err(StepError::from(Refusal::Sends(until)));
            }
            match before {
                Some(challenge) if !challenges::reserve_pose(tx, &transaction, &challenge, again).await? => {
                    Err(Refusal::CodeGone.into())
                }
                _ => Ok(()),
            }
        })
    });
    match reserved.await {
        Ok(()) => Ok(None),
        Err(StepError::Refused(Refusal::CodeGone)) if sends < MOST => Ok(Some(next)),
        Err(StepError::Refused(Refusal::CodeGone)) => Err(Refusal::Sends(until).into()),
        Err(StepError::Refused(Refusal::Sends(until))) => {
            let blocked =
                app.db.write(move |tx| Box::pin(async move { budgets::block_sends(tx, id, until, now).await }));
            Err(Refusal::Sends(blocked.await?).into())
        }
        Err(error) => Err(error),
    }
}

/// None was posed: it counts as nothing.
async fn give_back(
    app: &App,
    account: &Account,
    transaction: &Transaction,
    before: Option<Challenge>,
) -> Result<(), StoreError> {
    let (account, transaction) = (account.id, transaction.id.clone());
    let write = app.db.write(move |tx| {
        Box::pin(async move {
            budgets::give_back_send(tx, account).await?;
            match before {
                Some(challenge) => challenges::give_back_pose(tx, &transaction, &challenge).await,
                None => Ok(()),
            }
        })
    });
    write.await
}

/// What an answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It is right.
    Right(Evidence),
    /// It is wrong, and was counted.
    Wrong,
    /// What has to be done elsewhere is not done yet.
    Pending,
    /// The service gives no answer.
    Unanswered,
    /// The question or the account had no try left: the service was not asked.
    NotEvaluated,
}

/// What an answer to `challenge` is worth.
///
/// # Errors
/// When the store fails.
pub async fn answer(
    app: &App,
    view: &View,
    transaction: &Transaction,
    challenge: &Challenge,
    typed: SecretString,
    asking: Asking<'_>,
) -> Result<Answered, StepError> {
    let (account, factor) = (view.account.as_ref().ok_or(Refusal::NotIssued)?, &challenge.factor);
    let found = app.factors.get(factor).ok_or_else(|| StepError::Broken(format!("no factor {factor}")))?;
    let state = pose::state_of(app, transaction, account.id, Some(challenge));
    let Some(state) = state else { return Ok(Answered::NotEvaluated) };
    let asker = vain::Asker { account: account.id, factor, origin: asking.origin };
    if !asker.spend(app, Request::Verdict).await? {
        return Ok(Answered::Unanswered);
    }
    if !advance::count_try(app, view, transaction, Some(challenge.clone()), factor, None).await? {
        asker.give_back(app, Request::Verdict).await?;
        return Ok(Answered::NotEvaluated);
    }
    let signing = app.signing();
    let occasion = occasion(view, transaction, asking.lang, &signing.ring);
    let cx = Cx { occasion: Some(occasion), ..factor_cx(app, account) };
    let answer = Answer { code: typed, expected: None, state: Some(state) };
    let answered = match found.verify(cx, Some(challenge), &answer).await {
        Ok(Verdict::Right(evidence)) => {
            address::give_back(app, asking.origin, Spent::Message).await;
            asker.forget(app).await?;
            Answered::Right(evidence)
        }
        Ok(Verdict::Pending) => Answered::Pending,
        Ok(Verdict::Wrong | Verdict::Cloned { .. }) => {
            asker.give_back(app, Request::Verdict).await?;
            let event = advance::wrong_event(app, view, factor, asking.origin);
            let note = app.db.write(move |tx| {
                Box::pin(async move {
                    if let Some(event) = event {
                        tx.audit(event);
                    }
                    Ok(())
                })
            });
            note.await?;
            return Ok(Answered::Wrong);
        }
        Err(FactorError::Unanswered | FactorError::NotEnrolled) => Answered::Unanswered,
        Err(error @ FactorError::Unreadable) => return Err(StepError::Broken(error.to_string())),
    };
    // Only a wrong answer stays counted; a right one is counted by the statement that lets it pass.
    let (account, transaction, challenge) = (account.id, transaction.id.clone(), challenge.clone());
    let write = app.db.write(move |tx| {
        Box::pin(async move {
            budgets::give_back_code(tx, account).await?;
            proofs::give_back_try(tx, &transaction, &challenge).await
        })
    });
    write.await?;
    Ok(answered)
}
