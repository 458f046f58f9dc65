//! One step of a journey: a proof and its consequence, kept together or not at all.

use idp_core::factor::FactorId;
use idp_core::journey::Need;
use idp_core::oidc::scope::Scopes;
use idp_core::policy::AfterEnrol;

use super::address::{self, Spent};
use super::ask::{self, Asked, Asker, Live};
use super::done::Done;
use super::finish::{self, Finish, Finished};
use super::record::Record;
use super::send_guard;
use super::transaction::Transaction;
use super::view::{Given, View};
use super::{Origin, Refusal, StepError};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::page::Lang;
use crate::store::budgets;
use crate::store::devices::NewDevice;
use crate::store::outbox::Outgoing;
use crate::store::proofs::{self, Challenge};

/// Where a step leads.
#[derive(Debug)]
pub enum Next {
    /// To the page of this need.
    Page(Need),
    /// To the page of this factor, after its message was handed over, if there is one.
    Factor(FactorId, Option<Box<Outgoing>>),
    /// To the page that says that a passkey was made.
    PasskeyMade,
    /// To the first page: a factor was set up, and the policy has the person sign in with it.
    SignInAgain,
    /// To a page that is not a need.
    Paused,
    /// Back to the client.
    Finished(Finished),
}

/// A step to be taken.
#[derive(Debug)]
pub struct Step<'a> {
    /// What is known.
    pub view: &'a View,
    /// The transaction.
    pub transaction: &'a Transaction,
    /// What was done.
    pub done: Done,
    /// What was agreed to.
    pub agreed: Option<Scopes>,
    /// Where from.
    pub origin: &'a Origin,
    /// The language of the page.
    pub lang: Lang,
    /// What is kept with it.
    pub besides: Besides,
}

/// What is kept with what was done.
#[derive(Debug, Default)]
pub struct Besides {
    /// New backup codes, as they are stored.
    pub codes: Option<Vec<String>>,
    /// A device that is to be remembered.
    pub device: Option<NewDevice>,
    /// Whether a page comes next that is not a need: then the journey does not go on before it is left.
    pub pauses: bool,
    /// Whether a second factor is asked of the account, or offered to it, for the first time; worked out by [`advance`].
    pub starts_mfa: bool,
}

/// What follows from a step.
enum Consequence {
    /// The page of this need.
    Show(Need),
    /// The page of this factor; its code, if it has one, is on its way already.
    ShowFactor(FactorId),
    /// The page that says that a passkey was made.
    ShowPasskeyMade,
    /// The first page, in the same transaction.
    BeginAnew,
    /// A page that is not a need.
    Pause,
    /// A code is asked for.
    Ask(FactorId, Box<Asked>, Option<Challenge>),
    /// The journey ends.
    Finish(Box<Finish>),
}

/// Takes a step: asks the rules what follows from it, and keeps both in one write.
///
/// # Errors
/// [`StepError::Refused`] with the reason; then nothing was kept.
pub async fn advance(app: &App, step: Step<'_>) -> Result<Next, StepError> {
    let Step { view, transaction, done, agreed, origin, lang, mut besides } = step;
    let by_mail = matches!(done, Done::ResetCode(_));
    let proof = done.proof(&view.proofs, app.clock.now());
    let terms = matches!(done, Done::Terms(_));
    let given = Given { proof: proof.as_ref(), terms, consent: agreed.as_ref() };
    let need = view.need(app, transaction, given);
    // Remembered once: from when on a second factor was asked of this account, or offered to it.
    let asks_factor = matches!(need, Need::Factor(_) | Need::Enrol(_) | Need::Invite(_));
    besides.starts_mfa = asks_factor && view.account.as_ref().is_some_and(|account| account.mfa_since.is_none());
    let enrols = done.enrols();
    let relogin = enrols.is_some() && view.policy.after_enrol == AfterEnrol::Relogin;
    let mut consequence = match view.sets_up(app, transaction, &need, given) {
        _ if relogin => Consequence::BeginAnew,
        _ if matches!(done, Done::PasskeyMade { .. }) => Consequence::ShowPasskeyMade,
        _ if besides.pauses => Consequence::Pause,
        // They chose a factor that had to wait until one they have was used.
        Some(factor) if enrols.is_none() && matches!(need, Need::Nothing(_) | Need::Terms | Need::Consent(_)) => {
            Consequence::Show(Need::Enrol(vec![factor]))
        }
        _ => match need {
            // Both accounts are proven: whoever is there sees them before they are joined. No session begins.
            Need::Nothing(_) if transaction.joins.is_some() => Consequence::Show(need),
            Need::Nothing(satisfied) => {
                let finish = finish::prepare(app, view, transaction, *satisfied, agreed, origin)?;
                Consequence::Finish(Box::new(finish))
            }
            Need::Factor(need) if !need.choose => match need.ready.first().cloned() {
                Some(factor) => factor_at_once(app, view, transaction, factor, lang)?,
                None => Consequence::Show(Need::Factor(need)),
            },
            need => Consequence::Show(need),
        },
    };
    let Some(record) = Record::of(app, view, transaction, done, proof, besides, origin) else {
        // Nobody is signed in: there is nothing to keep.
        return match consequence {
            Consequence::Show(need) => Ok(Next::Page(need)),
            _ => Err(Refusal::NotIssued.into()),
        };
    };
    if let Consequence::Finish(finish) = &mut consequence
        && record.rests_on_proofs()
    {
        finish.rest_on_proofs();
    }
    if let Consequence::Ask(..) = consequence {
        address::spend(app, origin, Spent::Message).await.map_err(Refusal::Sends)?;
    }
    let (answered, notifies) = (record.answered().cloned(), record.has_notices());
    let next = keep(app, record, consequence).await?;
    if notifies {
        app.outbox.notify_one();
    }
    if by_mail {
        address::give_back(app, origin, Spent::Message).await;
    }
    if let Some(challenge) = answered.filter(|challenge| challenge.factor.is_sent()) {
        address::give_back(app, origin, Spent::Message).await;
        if let Some(billed) = view.billed.as_deref().filter(|_| challenge.factor.is_by_phone()) {
            send_guard::answered(app, billed, &challenge.destination, challenge.sends, challenge.last_sent_at);
        }
    }
    Ok(next)
}

/// The one factor that is used without a choice. A code of it that is still live is not sent again just because
/// somebody passes by.
fn factor_at_once(
    app: &App,
    view: &View,
    transaction: &Transaction,
    factor: FactorId,
    lang: Lang,
) -> Result<Consequence, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let before = view.challenge(&factor).cloned();
    let who = Asker { transaction, billed: view.billed.as_deref(), account, policy: &view.policy, lang };
    Ok(match ask::prepare(app, who, &factor)? {
        Some(asked) if asked.live(before.as_ref()) == Live::New => Consequence::Ask(factor, Box::new(asked), before),
        _ => Consequence::ShowFactor(factor),
    })
}

/// Keeps what was done and what follows from it, in one write.
async fn keep(app: &App, record: Record, consequence: Consequence) -> Result<Next, StepError> {
    let consequence = match consequence {
        Consequence::Show(need) if record.is_empty() => return Ok(Next::Page(need)),
        Consequence::ShowFactor(factor) if record.is_empty() => return Ok(Next::Factor(factor, None)),
        other => other,
    };
    let asked = match &consequence {
        Consequence::Ask(_, asked, _) => Some(asked.clone()),
        _ => None,
    };
    let outcome = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                match consequence {
                    Consequence::Show(need) => record.keep(tx).await.map(|()| Next::Page(need)),
                    Consequence::ShowFactor(factor) => record.keep(tx).await.map(|()| Next::Factor(factor, None)),
                    Consequence::Pause => record.keep(tx).await.map(|()| Next::Paused),
                    Consequence::ShowPasskeyMade => record.keep(tx).await.map(|()| Next::PasskeyMade),
                    Consequence::BeginAnew => record.keep_and_begin_anew(tx).await.map(|()| Next::SignInAgain),
                    Consequence::Ask(factor, asked, before) => {
                        let outgoing = record.keep_and_ask(tx, &asked, before).await?;
                        Ok(Next::Factor(factor, Some(Box::new(outgoing))))
                    }
                    Consequence::Finish(finish) => {
                        record.keep_last(tx).await?;
                        finish.carry_out(tx).await.map(Next::Finished)
                    }
                }
            })
        })
        .await;
    match (outcome, asked) {
        (Err(StepError::Refused(Refusal::Sends(until))), Some(asked)) => {
            Err(Refusal::Sends(asked.block(app, until).await?).into())
        }
        (outcome, _) => outcome,
    }
}

/// Counts a wrong code. `true`: it was evaluated. `false`: the code or the account had no try left.
///
/// # Errors
/// When the store fails.
pub async fn count_wrong(
    app: &App,
    view: &View,
    transaction: &Transaction,
    challenge: Option<Challenge>,
    factor: &FactorId,
    origin: &Origin,
) -> Result<bool, StepError> {
    let event = wrong_event(app, view, factor, origin);
    count_try(app, view, transaction, challenge, factor, event).await
}

/// What the trail says of a wrong code.
pub(super) fn wrong_event(app: &App, view: &View, factor: &FactorId, origin: &Origin) -> Option<AuditEvent> {
    let account = view.account.as_ref()?.id;
    Some(AuditEvent {
        actor: Actor::Account(account),
        account: Some(account),
        client: Some(view.client.id.clone()),
        details: serde_json::json!({ "factor": factor, "device": origin.device }),
        ..origin.event(app.clock.now(), "factor.wrong")
    })
}

/// Counts a try as wrong, with the event that says so. `false`: the code or the account had none left.
///
/// # Errors
/// When the store fails.
pub(super) async fn count_try(
    app: &App,
    view: &View,
    transaction: &Transaction,
    challenge: Option<Challenge>,
    factor: &FactorId,
    event: Option<AuditEvent>,
) -> Result<bool, StepError> {
    let Some(account) = view.account.as_ref().map(|account| account.id) else { return Ok(false) };
    let (limits, now) = (ask::limits(app), app.clock.now());
    let max_tries = view.policy.tries_of(factor);
    let transaction = transaction.id.clone();
    // The account before the code, as where a right one is counted: two orders would wait for each other. What is not
    // evaluated counts nowhere, so that what is left of a code tells nothing of a guess.
    let counted = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                if !budgets::spend_code(tx, account, false, 0, limits, now).await? {
                    return Err(Refusal::Codes(None).into());
                }
                if let Some(challenge) = challenge
                    && !proofs::try_code(tx, &transaction, &challenge, None, now, max_tries).await?
                {
                    return Err(Refusal::CodeGone.into());
                }
                if let Some(event) = event {
                    tx.audit(event);
                }
                Ok(())
            })
        })
        .await;
    match counted {
        Ok(()) => Ok(true),
        Err(StepError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
