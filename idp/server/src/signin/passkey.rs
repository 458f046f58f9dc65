//! Passkeys: signing in with one alone, and making one within a sign-in. Using one as a second factor is a factor like any
//! other.
//!
//! Who signs in with a passkey alone is not known before the answer, and a page that anybody may open must not cost a
//! write. So that challenge travels sealed in the page, bound to the transaction and its owner, and is written down when
//! it is spent.

use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::EmailAddress;
use idp_core::factor::FactorId;
use idp_core::journey::PasskeyUse;
use idp_core::policy::{Policy, SignInMethod};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::address::{self, Spent};
use super::done::Done;
use super::transaction::{Transaction, hash};
use super::view::{View, may_sign_in};
use super::{Origin, Refusal, StepError, notices, pose};
use crate::app::App;
use crate::audit::{Actor, AuditEvent};
use crate::factor::passkey::ceremony::{Ceremonies, Person, Refused, read_use};
use crate::factor::passkey::evidence;
use crate::factor::{Evidence, Posed};
use crate::store::accounts::{self, Account};
use crate::store::passkeys::{self, NewPasskey};
use crate::store::{Tx, outbox};

/// The longest name of a passkey, in characters.
pub const LONGEST_NAME: usize = 60;

/// A challenge of a page where nobody has said who they are.
#[derive(Clone, Debug)]
pub struct Open {
    /// What the browser is told.
    pub shown: Value,
    /// What its form sends back.
    pub sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    state: Vec<u8>,
    posed_at: DateTime<Utc>,
}

/// The ceremonies of this installation.
///
/// # Errors
/// [`StepError::Broken`] where it takes no passkeys.
pub fn ceremonies(app: &App) -> Result<&Ceremonies, StepError> {
    app.ceremonies.as_ref().ok_or_else(|| StepError::Broken("this installation takes no passkeys".to_owned()))
}

/// Whether a passkey alone signs in at a client of this policy.
#[must_use]
pub fn signs_in(app: &App, policy: &Policy) -> bool {
    app.ceremonies.is_some() && policy.sign_in.contains(&SignInMethod::Passkey)
}

fn context(transaction: &Transaction) -> [&[u8]; 3] {
    let owner = transaction.owner.as_ref().map_or(&[][..], |owner| owner.as_slice());
    [b"passkey-alone", transaction.id.as_bytes(), owner]
}

/// A challenge that anybody's passkey may answer.
///
/// # Errors
/// Only a mistake of ours.
pub fn open_challenge(app: &App, transaction: &Transaction) -> Result<Open, StepError> {
    let begun = ceremonies(app)?.begin_use(&[], true);
    seal(app, &context(transaction), begun.map_err(|error| StepError::Broken(error.to_string()))?)
}

/// A ceremony that was begun, as its page carries it.
///
/// # Errors
/// Only a mistake of ours.
pub fn seal(app: &App, context: &[&[u8]], (state, shown): (Vec<u8>, Value)) -> Result<Open, StepError> {
    let sealed = Sealed { state, posed_at: app.clock.now() };
    let sealed = app.purposes.challenges.seal_json(&app.random, context, &sealed);
    Ok(Open { shown, sealed: sealed.map_err(|error| StepError::Broken(error.to_string()))? })
}

/// A ceremony that a page carried.
#[derive(Clone, Debug)]
pub struct Carried {
    /// What is kept of it.
    pub state: Vec<u8>,
    /// What it is remembered by once it is spent.
    pub hash: [u8; 32],
    /// How long it has to be remembered.
    pub remembered_until: DateTime<Utc>,
}

/// The ceremony that a page carried, while it works; that it works once is the caller's.
#[must_use]
pub fn unseal(app: &App, context: &[&[u8]], sealed: &str) -> Option<Carried> {
    let kept = app.purposes.challenges.open_json::<Sealed>(context, sealed).ok()?;
    let expires_at = kept.posed_at + pose::LIFE;
    let remembered_until = expires_at + TimeDelta::minutes(1);
    (expires_at > app.clock.now()).then(|| Carried { state: kept.state, hash: hash(sealed), remembered_until })
}

/// What an answer to an open challenge is worth.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Right: whose passkey it is, and the step to take.
    Right(Box<Account>, Box<Done>),
    /// Not accepted.
    Refused,
    /// Too many failures from this address; none is evaluated before that time.
    AddressThrottled(DateTime<Utc>),
}

/// Who is asked to sign in with a passkey alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Whoever has one.
    Anybody,
    /// Whoever the browser's session is of, to confirm that it is still them.
    SameAgain,
}

/// Whether this is whoever is asked: nobody stands in for somebody whom the session, the client or the address that was
/// typed names.
async fn is_asked(
    app: &App,
    view: &View,
    transaction: &Transaction,
    asked: Asked,
    account: &Account,
) -> Result<bool, StepError> {
    let request = &transaction.request;
    if request.expected_sub.as_ref().is_some_and(|sub| *sub != account.sub && !account.previous_subs.contains(sub)) {
        return Ok(false);
    }
    let named = transaction.email.as_ref().or(request.login_hint.as_ref());
    let Some(named) = named.and_then(|text| EmailAddress::parse(text).ok()) else {
        let session = view.session.as_ref().filter(|_| asked == Asked::SameAgain);
        return Ok(session.is_none_or(|session| session.account.id == account.id));
    };
    let own = accounts::names_of(&mut app.db.read().await?, account.id).await?;
    Ok(own.iter().any(|name| name == named.as_str()))
}

/// Evaluates an answer to an open challenge: `sealed` as the page had it, `answer` as the browser's script wrote it.
///
/// # Errors
/// When the store fails.
pub async fn evaluate(
    app: &App,
    view: &View,
    transaction: &Transaction,
    (asked, sealed, answer): (Asked, &str, &str),
    origin: &Origin,
) -> Result<Outcome, StepError> {
    let _attempt = match address::attempt(app, origin, Spent::Password).await {
        Ok(attempt) => attempt,
        Err(until) => return Ok(Outcome::AddressThrottled(until)),
    };
    let carried = unseal(app, &context(transaction), sealed);
    let (Some(carried), Ok(answer)) = (carried, read_use(answer)) else { return Ok(Outcome::Refused) };
    let found = passkeys::by_credential(&mut app.db.read().await?, answer.get_credential_id(), &view.client.id).await?;
    let Some((passkey, account)) = found.filter(|(_, account)| may_sign_in(&view.client, account)) else {
        return Ok(Outcome::Refused);
    };
    match ceremonies(app)?.finish_use(&carried.state, &answer, &passkey, true) {
        Ok(_) if !is_asked(app, view, transaction, asked, &account).await? => {
            tracing::info!("a passkey is of another account than the one that is asked for");
            Ok(Outcome::Refused)
        }
        Ok(shown) => {
            address::give_back(app, origin, Spent::Password).await;
            let done = Done::Passkey {
                evidence: evidence(&passkey, shown, true),
                challenge: carried.hash,
                expires_at: carried.remembered_until,
            };
            Ok(Outcome::Right(Box::new(account), Box::new(done)))
        }
        Err(Refused::Cloned) => {
            note_copy(app, view, &account, passkey.id, origin).await?;
            Ok(Outcome::Refused)
        }
        Err(refused) => {
            tracing::info!(%refused, "a passkey was not accepted");
            let event = event(app, view, (account.id, passkey.id), "sign_in.passkey_wrong", origin);
            note(app, event).await?;
            Ok(Outcome::Refused)
        }
    }
}

async fn note(app: &App, event: AuditEvent) -> Result<(), StepError> {
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    Ok(())
}

/// For how long after a notice that there may be a copy of a passkey nobody is told again of the same one.
const TOLD_FOR: TimeDelta = TimeDelta::days(1);

fn event(app: &App, view: &View, (account, passkey): (Uuid, Uuid), kind: &'static str, origin: &Origin) -> AuditEvent {
    AuditEvent {
        actor: Actor::Account(account),
        account: Some(account),
        client: Some(view.client.id.clone()),
        details: serde_json::json!({ "passkey": passkey }),
        ..origin.event(app.clock.now(), kind)
    }
}

/// The sign count of a passkey did not grow, so that somebody may have a copy of it: the trail says so, and every contact of
/// its owner is told, once a day at most.
///
/// # Errors
/// When the store fails.
pub async fn note_copy(
    app: &App,
    view: &View,
    account: &Account,
    passkey: Uuid,
    origin: &Origin,
) -> Result<(), StepError> {
    metrics::counter!("passkey_copies_suspected_total").increment(1);
    let (owner, now) = (account.id, app.clock.now());
    let event = event(app, view, (owner, passkey), "passkey.sign_count_regressed", origin);
    let told = notices::of_copied_passkey(app, account, view, now);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.audit(event);
                if passkeys::note_copy(tx, owner, passkey, now, now - TOLD_FOR).await? {
                    for notice in told {
                        outbox::put(tx, notice, now).await?;
                    }
                }
                Ok(())
            })
        })
        .await?;
    app.outbox.notify_one();
    Ok(())
}

/// What a passkey of this account is to be called if its owner does not say: its number.
#[must_use]
pub fn number_of_next(account: &Account) -> u32 {
    account.passkeys.saturating_add(1)
}

/// The options for making a passkey within a sign-in.
///
/// # Errors
/// [`Refusal::AlreadyUsed`] where one was made in this transaction already.
pub async fn begin_making(app: &App, view: &View, transaction: &Transaction) -> Result<Value, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let (id, proposed) = (account.id, random_handle(app));
    let handle = app.db.write(move |tx| Box::pin(async move { passkeys::handle(tx, id, proposed).await })).await?;
    let held = pose::held(app, account, &FactorId::Passkey).await?;
    let name = account.email.as_ref().map_or(account.sub.as_str(), |email| email.value.as_str());
    let discoverable = signs_in(app, &view.policy);
    pose::pose_set_up(app, view, transaction, &FactorId::Passkey, || {
        let person = Person { handle, name };
        let posed = ceremonies(app)?.begin_making(person, &held, discoverable);
        let (state, shown) = posed.map_err(|error| StepError::Broken(error.to_string()))?;
        Ok(Posed { state, shown })
    })
    .await
}

/// 128 bits that are nobody's until they are stored.
#[must_use]
pub fn random_handle(app: &App) -> Uuid {
    uuid::Builder::from_random_bytes(app.random.bytes()).into_uuid()
}

/// The step that an answer to [`begin_making`] is worth; `None` where it is not accepted.
#[must_use]
pub fn finish_making(app: &App, view: &View, transaction: &Transaction, name: String, answer: &str) -> Option<Done> {
    let account = view.account.as_ref()?;
    let challenge = view.set_up_challenge(&FactorId::Passkey)?.clone();
    let state = pose::state_of(app, transaction, account.id, Some(&challenge))?;
    let (new, shown) = made(app, &state, answer, name)?;
    Some(Done::PasskeyMade { challenge, new: Box::new(new), shown })
}

/// The passkey that an answer made, with what making it has shown; `None` where the answer is not accepted.
#[must_use]
pub fn made(app: &App, state: &[u8], answer: &str, name: String) -> Option<(NewPasskey, PasskeyUse)> {
    let made = app.ceremonies.as_ref()?.finish_making(state, answer);
    let made = made.inspect_err(|refused| tracing::info!(%refused, "a new passkey was not accepted")).ok()?;
    let new = NewPasskey {
        id: app.random.uuid(app.clock.now()),
        credential_id: made.credential_id,
        credential: made.credential,
        name,
        sign_count: i64::from(made.shown.sign_count),
        backed_up: made.shown.backed_up,
        user_verified: made.shown.verified,
    };
    Some((new, PasskeyUse { alone: false, verified: made.shown.verified, bound: made.shown.bound }))
}

/// A name as it is kept: trimmed, without control characters, not longer than [`LONGEST_NAME`]; `None` where nothing is
/// left.
#[must_use]
pub fn name_of(typed: &str) -> Option<String> {
    let kept = typed.chars().filter(|c| !c.is_control()).collect::<String>();
    let name = kept.trim().chars().take(LONGEST_NAME).collect::<String>();
    (!name.is_empty()).then_some(name)
}

/// Uses a passkey up, in this write.
///
/// # Errors
/// [`Refusal::PasskeyCopied`] where its sign count did not grow, or it is gone.
pub async fn use_up(tx: &mut Tx, account: Uuid, evidence: &Evidence, at: DateTime<Utc>) -> Result<(), StepError> {
    let Evidence::Passkey { used, .. } = evidence else { return Ok(()) };
    if passkeys::use_up(tx, account, *used, at).await? { Ok(()) } else { Err(Refusal::PasskeyCopied(used.id).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_wa5_a_name_is_plain_text_of_sixty_characters() {
        assert_eq!(name_of("  My phone\n").as_deref(), Some("My phone"));
        assert_eq!(name_of(" \t "), None);
        assert_eq!(name_of("\u{0}").as_deref(), None);
        assert_eq!(name_of(&"é".repeat(100)).map(|name| name.chars().count()), Some(LONGEST_NAME));
    }
}
