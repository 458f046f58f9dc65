//! Checking a password: counted before it is evaluated, the same for accounts that exist and that do not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use idp_core::account::{EmailAddress, password};
use idp_core::journey::AccountStatus;
use idp_core::policy::{ClientClass, UserClass};
use secrecy::{ExposeSecret as _, SecretString};

use super::address::{self, Spent};
use super::device::Device;
use super::view::may_sign_in;
use super::{Origin, Refusal, StepError};
use crate::app::{App, Purposes};
use crate::clients::Client;
use crate::hashing::{HashError, MAX_PASSWORD_BYTES};
use crate::store::accounts::{self, Account, class_name};
use crate::store::budgets::{self, SignInLimits};
use crate::store::likeness;

/// Failures in a row that cost no delay yet.
const FREE_FAILURES: i64 = 4;
/// The pause after which guesses are counted anew.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// A guess at a password.
#[derive(Clone, Copy, Debug)]
pub struct Guess<'a> {
    /// The address as typed.
    pub email: &'a str,
    /// The password as typed.
    pub password: &'a SecretString,
    /// The device, if somebody signed in with it before.
    pub device: Option<&'a Device>,
}

/// What a guess was.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Right, and when it was looked at: a password that is set after that is another one.
    Right(Box<Account>, DateTime<Utc>),
    /// Wrong, or there is no such account, or it may not be used here.
    Wrong,
    /// Right, and the account is locked.
    Locked,
    /// Too many failures from this address; none is evaluated before that time.
    AddressThrottled(DateTime<Utc>),
}

fn limits(app: &App) -> SignInLimits {
    let limits = &app.config.limits;
    SignInLimits {
        per_window: i64::from(limits.account_attempts),
        window: WINDOW,
        in_row: i64::from(limits.account_wrong_in_a_row),
    }
}

/// What the guesses at one account's password are counted by, whether or not there is such an account.
#[must_use]
pub fn budget_key(purposes: &Purposes, class: UserClass, name: &EmailAddress) -> [u8; 32] {
    purposes.addresses.tag(&[b"sign-in", class_name(class).as_bytes(), name.as_str().as_bytes()])
}

/// The hash of another account's password that a guess at this name, which has none, takes as long as.
async fn likeness(app: &App, class: UserClass, name: &EmailAddress) -> Result<Option<String>, StepError> {
    let tag = app.purposes.addresses.tag(&[b"likeness", class_name(class).as_bytes(), name.as_str().as_bytes()]);
    // Spelled as subjects are.
    Ok(likeness::at(&mut app.db.read().await?, class, &URL_SAFE_NO_PAD.encode(tag)).await?)
}

/// Evaluates a guess.
///
/// # Errors
/// [`Refusal::Passwords`] where the account's budget is used up; [`StepError::Busy`] where too many passwords wait.
pub async fn evaluate(app: &App, client: &Client, guess: Guess<'_>, origin: &Origin) -> Result<Outcome, StepError> {
    if guess.password.expose_secret().len() > MAX_PASSWORD_BYTES {
        return Ok(Outcome::Wrong);
    }
    let (Ok(name), Ok(candidate)) =
        (EmailAddress::parse(guess.email), password::prepare(guess.password.expose_secret()))
    else {
        return Ok(Outcome::Wrong);
    };
    let candidate = SecretString::from(candidate);
    let _attempt = match address::attempt(app, origin, Spent::Password).await {
        Ok(attempt) => attempt,
        Err(until) => return Ok(Outcome::AddressThrottled(until)),
    };
    let now = app.clock.now();
    let (class, found) = find(app, client, &name).await?;
    // A device that this person signed in with before has a budget of its own.
    let known = guess.device.zip(found.as_ref()).and_then(|(device, f)| device.budget_key(app, f.account.id));
    let key = known.unwrap_or_else(|| budget_key(&app.purposes, class, &counted_as(&name, found.as_ref())));
    let limits = limits(app);
    let failures =
        app.db.write(move |tx| Box::pin(async move { budgets::reserve_sign_in(tx, key, limits, now).await })).await?;
    let Some(failures) = failures else {
        address::give_back(app, origin, Spent::Password).await;
        let opens_at = budgets::sign_in_opens_at(&mut app.db.read().await?, key, limits).await?;
        return Err(Refusal::Passwords(opens_at).into());
    };
    let phc = found.as_ref().and_then(|f| f.phc.clone());
    let verdict = if let Some(phc) = &phc {
        app.hasher.verify(phc, &candidate).await.map(Some)
    } else {
        let like = likeness(app, class, &name).await?;
        app.hasher.verify_nobody(like.as_deref(), &candidate).await.map(|()| None)
    };
    let verdict = match verdict {
        Ok(verdict) => verdict,
        Err(HashError::Busy) => {
            give_back(app, key);
            address::give_back(app, origin, Spent::Password).await;
            return Err(StepError::Busy);
        }
        Err(HashError::TooLong) => return Ok(Outcome::Wrong),
        Err(error) => return Err(StepError::Broken(error.to_string())),
    };
    let locked = found.as_ref().is_some_and(|f| f.account.status == AccountStatus::Locked);
    if locked && verdict.as_ref().is_some_and(|verdict| verdict.matches) {
        give_back(app, key);
        address::give_back(app, origin, Spent::Password).await;
        return Ok(Outcome::Locked);
    }
    let account = found.map(|f| f.account).filter(|account| may_sign_in(client, account));
    match (verdict, account, phc) {
        (Some(verdict), Some(account), Some(phc)) if verdict.matches => {
            give_back(app, key);
            address::give_back(app, origin, Spent::Password).await;
            if verdict.needs_rehash {
                tokio::spawn(rehash(app.clone(), account.clone(), candidate, phc));
            }
            Ok(Outcome::Right(Box::new(account), now))
        }
        (_, account, _) => {
            failed(app, key, failures, account, client, origin).await?;
            Ok(Outcome::Wrong)
        }
    }
}

/// The name that guesses and messages are counted by: of an account with several names it is one and the same.
#[must_use]
pub(super) fn counted_as(typed: &EmailAddress, found: Option<&accounts::SignIn>) -> EmailAddress {
    found.and_then(|found| EmailAddress::parse(&found.counted_as).ok()).unwrap_or_else(|| typed.clone())
}

/// The account that signs in by that name at this client. Where both classes may sign in, a resident goes before a
/// member of staff of the same address.
pub(super) async fn find(
    app: &App,
    client: &Client,
    name: &EmailAddress,
) -> Result<(UserClass, Option<accounts::SignIn>), StepError> {
    let mut conn = app.db.read().await?;
    let class = match client.policy.user_class {
        ClientClass::Staff => UserClass::Staff,
        ClientClass::Resident | ClientClass::Any => UserClass::Resident,
    };
    let found = accounts::by_name(&mut conn, class, name, &client.id).await?;
    if found.is_none() && client.policy.user_class == ClientClass::Any {
        let staff = accounts::by_name(&mut conn, UserClass::Staff, name, &client.id).await?;
        if staff.is_some() {
            return Ok((UserClass::Staff, staff));
        }
    }
    Ok((class, found))
}

/// Gives the account's reservation back. No request waits for it: until it is done the account has one guess less.
fn give_back(app: &App, key: [u8; 32]) {
    let db = app.db.for_workers();
    tokio::spawn(async move {
        if let Err(error) = budgets::give_back_sign_in(&db, key).await {
            tracing::warn!(%error, "a password reservation was not given back");
        }
    });
}

async fn failed(
    app: &App,
    key: [u8; 32],
    failures: i64,
    account: Option<Account>,
    client: &Client,
    origin: &Origin,
) -> Result<(), StepError> {
    let now = app.clock.now();
    let mut event = origin.event(now, "sign_in.password_wrong");
    event.account = account.map(|a| a.id);
    event.client = Some(client.id.clone());
    event.details = serde_json::json!({ "failures_in_a_row": failures, "device": origin.device });
    let delay = delay_after(app, failures);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(delay) = delay {
                    budgets::block_sign_in(tx, key, now + delay).await?;
                }
                tx.audit(event);
                Ok(())
            })
        })
        .await?;
    Ok(())
}

/// The delay after so many failures in a row: none at first, then doubling up to the longest.
fn delay_after(app: &App, failures: i64) -> Option<TimeDelta> {
    let limits = &app.config.limits;
    let doublings = u32::try_from(failures - FREE_FAILURES - 1).ok()?;
    let seconds = limits.account_first_delay_seconds.saturating_mul(2_u32.saturating_pow(doublings));
    Some(TimeDelta::seconds(i64::from(seconds.min(limits.account_longest_delay_seconds))))
}

/// Stores a stronger hash of a password that was just right.
async fn rehash(app: App, account: Account, candidate: SecretString, verified: String) {
    let Ok(phc) = app.hasher.hash(&candidate).await else { return };
    let stored = app
        .db
        .for_workers()
        .write(move |tx| Box::pin(async move { accounts::rehash(tx, account.id, &phc, &verified).await }))
        .await;
    if let Err(error) = stored {
        tracing::warn!(%error, "a stronger password hash was not stored");
    }
}
