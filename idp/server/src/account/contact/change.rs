//! The new contact in force, everybody told, and the way back.

use chrono::TimeDelta;
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use idp_core::journey::Method;
use idp_core::policy::UserClass;
use serde_json::json;
use uuid::Uuid;

use super::current;
use super::proving::Right;
use crate::account::access::Inside;
use crate::account::{Raised, event};
use crate::app::App;
use crate::clients::ACCOUNT_PAGES;
use crate::signin::contact::sharers_key;
use crate::signin::ending::end_everything;
use crate::signin::outbox::UNDO;
use crate::signin::{Origin, Refusal, StepError, notices};
use crate::store::account_changes::{self, Change, Kind, Replacement, WayBack};
use crate::store::accounts::{self, Account};
use crate::store::outbox::{self, Outgoing};
use crate::store::{devices, proofs};

/// For how long a change can be undone.
const UNDOABLE: TimeDelta = TimeDelta::days(7);

/// Puts the new contact into force, and tells everybody who should know.
pub(super) async fn change(
    app: &App,
    inside: &Inside,
    kind: Kind,
    change: Change,
    right: Right,
    origin: &Origin,
) -> Result<String, StepError> {
    let (account, class, now) = (inside.account.id, inside.account.class, app.clock.now());
    let old = current(inside, kind).cloned();
    let replacement = Replacement {
        account,
        class,
        kind,
        value: change.value.clone(),
        state: ContactState::Verified,
        id: app.random.uuid(now),
        hold: sharers_key(&app.purposes, &change.value),
        at: now,
    };
    let way = old.filter(|old| old.value != change.value).map(|old| WayBack {
        id: app.random.uuid(now),
        account,
        kind,
        old: (old.value, old.state),
        new: change.value.clone(),
        at: now,
    });
    let told = told(app, inside, kind, &change, way.as_ref());
    let raised = Raised::by(app, inside, Method::Factor(change.factor.clone()));
    let event = event(app, inside, origin, "contact.changed", json!({ "kind": kind.as_str() }));
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                right.count(tx).await?;
                if !account_changes::finish(tx, account, kind, &change.id, now).await? {
                    return Err(StepError::from(Refusal::CodeGone));
                }
                if !account_changes::replace(tx, replacement).await? {
                    return Err(Refusal::TooManyPeople.into());
                }
                devices::forget_devices(tx, account).await?;
                if let Some(way) = way {
                    account_changes::leave_way_back(tx, way, now + UNDOABLE).await?;
                }
                for id in [change.id.clone(), format!("{}{}", change.id, account_changes::OLD)] {
                    proofs::clear(tx, &id).await?;
                }
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                raised.keep(tx).await
            })
        })
        .await
}

/// The contacts from before hear of it, the one that was replaced with the way back; so does the new address.
fn told(app: &App, inside: &Inside, kind: Kind, change: &Change, way: Option<&WayBack>) -> Vec<Outgoing> {
    let now = app.clock.now();
    let by = || (None, inside.lang);
    let text = match kind {
        Kind::Email => "email-changed",
        Kind::Phone => "phone-changed",
    };
    let undo = |outgoing: &Outgoing| outgoing.channel == FactorId::Email && outgoing.destination != change.value;
    let mut told = notices::to_contacts(app, &inside.account, &by(), text, &json!({}), now);
    for outgoing in &mut told {
        if let (Some(way), true, outbox::Subject::Notice { details, kind }) =
            (way, undo(outgoing), &mut outgoing.subject)
        {
            details.insert(UNDO.to_owned(), json!(way.id));
            kind.push_str("-undo");
        }
    }
    if kind == Kind::Email {
        let to = (FactorId::Email, change.value.clone());
        told.push(notices::to_one(app, &inside.account, by(), to, text, &json!({}), now));
    }
    told
}

/// Everybody who has a contact of the account before or after it hears that a change was undone: whoever follows the link
/// has a mailbox, and need not be the account's owner.
fn told_of_undoing(app: &App, account: &Account, way: &WayBack) -> Vec<Outgoing> {
    let (text, channel) = match way.kind {
        Kind::Email => ("email-restored", FactorId::Email),
        Kind::Phone => ("phone-restored", FactorId::Sms),
    };
    let mut heard = notices::receiving(account);
    let restored = (channel, way.old.0.clone());
    if notices::receives(way.old.1) && !heard.contains(&restored) {
        heard.push(restored);
    }
    let channels = app.channels();
    heard.retain(|(channel, _)| channels.carry(channel));
    let now = app.clock.now();
    heard.into_iter().map(|to| notices::unasked((&app.random, &app.config), account, to, text, now)).collect()
}

/// What a “this was not me” link leads to, while it leads anywhere.
///
/// # Errors
/// When the store fails.
pub async fn way_back(app: &App, id: Uuid) -> Result<Option<(WayBack, UserClass)>, StepError> {
    Ok(account_changes::way_back(&mut app.db.read().await?, id, app.clock.now()).await?)
}

/// Whether such a link that leads nowhere any more was used; otherwise it has expired.
///
/// # Errors
/// When the store fails.
pub async fn was_undone(app: &App, id: Uuid) -> Result<bool, StepError> {
    Ok(account_changes::was_undone(&mut app.db.read().await?, id).await?)
}

/// Puts the contact before back into force, ends every session, for somebody else was here, and tells everybody. `false` where the way was
/// used before, or the contact is another account's by now.
///
/// # Errors
/// When the store fails.
pub async fn undo(app: &App, way: WayBack, class: UserClass, origin: &Origin) -> Result<bool, StepError> {
    let now = app.clock.now();
    let mut event = origin.event(now, "contact.change_undone");
    event.account = Some(way.account);
    event.details = json!({ "kind": way.kind.as_str() });
    let replacement = Replacement {
        account: way.account,
        class,
        kind: way.kind,
        value: way.old.0.clone(),
        state: way.old.1,
        id: app.random.uuid(now),
        hold: sharers_key(&app.purposes, &way.old.0),
        at: now,
    };
    let account = accounts::by_id(&mut app.db.read().await?, way.account, ACCOUNT_PAGES).await?;
    let told = account.map(|account| told_of_undoing(app, &account, &way)).unwrap_or_default();
    let undone = app.db.try_write(move |tx| {
        Box::pin(async move {
            let used = account_changes::use_way_back(tx, &way, now).await?;
            if !used || !account_changes::replace(tx, replacement).await? {
                return Err(StepError::from(Refusal::AlreadyUsed));
            }
            end_everything(tx, way.account, None, now).await?;
            for notice in told {
                outbox::put(tx, notice, now).await?;
            }
            tx.audit(event);
            Ok(())
        })
    });
    match undone.await {
        Ok(()) => {
            app.outbox.notify_one();
            Ok(true)
        }
        Err(StepError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
