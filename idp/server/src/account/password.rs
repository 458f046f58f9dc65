//! Changing the password, or creating the first one: a current one is asked for, the new one judged, and everybody else
//! signed out.

use idp_core::account::password::PasswordProblem;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::access::Inside;
use super::{event, told};
use crate::app::App;
use crate::clients::{ACCOUNT_PAGES, Client};
use crate::hashing::HashError;
use crate::password::SetError;
use crate::signin::ending::{end_others, still_signed_in};
use crate::signin::guess::{Guess, Outcome, evaluate};
use crate::signin::reset::own_words;
use crate::signin::view::class_of;
use crate::signin::{Origin, Refusal, StepError};
use crate::store::{account_changes, accounts, outbox};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The new password is in force.
    Done,
    /// The current one is not what was typed.
    WrongCurrent,
    /// The new one is the current one.
    Same,
    /// The new one breaks rules.
    Refused(Vec<PasswordProblem>),
    /// Too many failures from this address; none is evaluated before that time.
    AddressThrottled(chrono::DateTime<chrono::Utc>),
}

/// Whether the account has a password: whoever signs in elsewhere, or with a passkey, may have none.
///
/// # Errors
/// When the store fails.
pub async fn exists(app: &App, inside: &Inside) -> Result<bool, StepError> {
    Ok(accounts::password_of(&mut app.db.read().await?, inside.account.id).await?.is_some())
}

/// Changes the password of whoever knows the current one.
///
/// # Errors
/// [`crate::signin::Refusal::Passwords`] where the account's budget is used up; [`StepError::Busy`] where too many
/// passwords wait.
pub async fn change(
    app: &App,
    inside: &Inside,
    current: &SecretString,
    new: &SecretString,
    origin: &Origin,
) -> Result<Changed, StepError> {
    if let Some(refused) = wrong_current(app, inside, current, origin).await? {
        return Ok(refused);
    }
    if current.expose_secret() == new.expose_secret() {
        return Ok(Changed::Same);
    }
    set(app, inside, new, Is::Another, origin).await
}

/// Sets the first password of an account that has none.
///
/// # Errors
/// [`crate::signin::Refusal::NotIssued`] where it has one by now; [`StepError::Busy`] where too many passwords wait.
pub async fn create(app: &App, inside: &Inside, new: &SecretString, origin: &Origin) -> Result<Changed, StepError> {
    set(app, inside, new, Is::TheFirst, origin).await
}

/// Which password of an account one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    TheFirst,
    Another,
}

/// Why the current password is not taken for what it should be.
async fn wrong_current(
    app: &App,
    inside: &Inside,
    current: &SecretString,
    origin: &Origin,
) -> Result<Option<Changed>, StepError> {
    let email = inside.account.email.as_ref().map(|email| email.value.clone()).unwrap_or_default();
    let pages = app.clients().for_sign_in(ACCOUNT_PAGES).cloned();
    let pages = pages.ok_or_else(|| StepError::Broken("the account pages are no client".to_owned()))?;
    let mut client = Client::clone(&pages);
    client.policy.user_class = class_of(inside.account.class);
    match evaluate(app, &client, Guess { email: &email, password: current, device: None }, origin).await? {
        Outcome::Right(account, _) if account.id == inside.account.id => Ok(None),
        Outcome::Right(..) | Outcome::Wrong | Outcome::Locked => Ok(Some(Changed::WrongCurrent)),
        Outcome::AddressThrottled(until) => Ok(Some(Changed::AddressThrottled(until))),
    }
}

/// Judges a new password and sets it: everybody else is signed out, and every contact is told.
async fn set(app: &App, inside: &Inside, new: &SecretString, is: Is, origin: &Origin) -> Result<Changed, StepError> {
    let phc = match app.passwords.hash_new(new, own_words(&inside.account)).await {
        Ok(phc) => phc,
        Err(SetError::Refused(problems)) => return Ok(Changed::Refused(problems)),
        Err(SetError::Hash(HashError::Busy)) => return Err(StepError::Busy),
        Err(SetError::Hash(error)) => return Err(StepError::Broken(error.to_string())),
    };
    let (account, keep, now) = (inside.account.id, inside.session, app.clock.now());
    let (kind, notice) = match is {
        Is::TheFirst => ("password.created", "password-created"),
        Is::Another => ("password.changed", "password-changed"),
    };
    let event = event(app, inside, origin, kind, json!({}));
    let told = told(app, inside, notice, &json!({}));
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                account_changes::hold(tx, account).await?;
                still_signed_in(tx, keep).await?;
                if is == Is::TheFirst && accounts::password_of(tx, account).await?.is_some() {
                    return Err(Refusal::NotIssued.into());
                }
                accounts::set_password(tx, account, &phc, now).await?;
                end_others(tx, account, keep, now).await?;
                for notice in told {
                    outbox::put(tx, notice, now).await?;
                }
                tx.audit(event);
                Ok::<_, StepError>(())
            })
        })
        .await?;
    app.outbox.notify_one();
    Ok(Changed::Done)
}
