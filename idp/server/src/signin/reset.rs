//! A forgotten password: a code by email permits a new one, once, in the same transaction.

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, EmailAddress, password};
use idp_core::journey::AccountStatus;
use idp_core::policy::UserClass;
use secrecy::SecretString;

use super::done::Done;
use super::guess;
use super::mailed::{self, Recipient};
use super::transaction::Transaction;
use super::view::View;
use super::{Origin, Refusal, StepError};
use crate::app::{App, Purposes};
use crate::clients::Client;
use crate::hashing::HashError;
use crate::page::Lang;
use crate::password::SetError;
use crate::store::accounts::{self, Account, SignIn, class_name};
use crate::store::identities;
use crate::store::recovery_codes::Purpose;

/// What the resets of one address are counted by, whether or not there is an account.
#[must_use]
pub fn mailbox_key(purposes: &Purposes, class: UserClass, name: &EmailAddress) -> [u8; 32] {
    purposes.addresses.tag(&[b"reset", class_name(class).as_bytes(), name.as_str().as_bytes()])
}

/// Asks for a code to the address that was typed.
///
/// # Errors
/// [`Refusal::Sends`] where another was asked for a moment ago, or too many from this network address.
pub async fn ask(
    app: &App,
    client: &Client,
    transaction: &Transaction,
    lang: Lang,
    origin: &Origin,
) -> Result<(), StepError> {
    let typed = transaction.email.as_deref().unwrap_or_default();
    let name = EmailAddress::parse(typed).map_err(|error| StepError::Broken(error.to_string()))?;
    let (class, found) = guess::find(app, client, &name).await?;
    let counted = guess::counted_as(&name, found.as_ref());
    let found = found.filter(|found| found.account.status == AccountStatus::Active);
    let is_vouched_for = is_vouched_for(app, found.as_ref()).await?;
    let (method, destination) = message_to(found.as_ref(), is_vouched_for, app.clock.now());
    let account = found.map(|found| found.account.id).filter(|_| destination.is_some());
    let recipient = Recipient { mailbox: mailbox_key(&app.purposes, class, &counted), account, destination, method };
    mailed::ask(app, transaction, Purpose::Reset, recipient, lang, origin).await
}

/// Whether somebody else vouches for the owner of an account: an identity provider that signs them in. A passkey is on a device
/// that may be lost or elsewhere, and goes on being asked for after a password was made. It is asked of nobody as well, which
/// takes as long.
async fn is_vouched_for(app: &App, found: Option<&SignIn>) -> Result<bool, StepError> {
    let account = found.map(|found| &found.account);
    let id = account.map(|account| account.id).unwrap_or_default();
    let linked = identities::of_account(&mut app.db.read().await?, id).await?;
    Ok(linked.iter().any(|identity| app.providers.is_enabled(&identity.provider)))
}

/// Which message an account gets, and where. A code goes to an address that its owner has proven; one that was pushed
/// and never proven is told why there is none, unless its owner was invited to choose a first password; a phone is never asked.
fn message_to(found: Option<&SignIn>, is_vouched_for: bool, now: DateTime<Utc>) -> (&'static str, Option<String>) {
    let code = Purpose::Reset.method();
    let Some((found, email)) = found.and_then(|found| Some((found, found.account.email.as_ref()?))) else {
        return (code, None);
    };
    let invited = found.phc.is_none() && found.account.invited_until.is_some_and(|until| until > now);
    let method = match email.state {
        ContactState::Vouched if invited => code,
        // Whoever was invited, or whom nobody else signs in, makes a password, a first one too.
        ContactState::Verified if found.phc.is_some() || invited || !is_vouched_for => code,
        ContactState::Verified => "reset-no-password:email",
        ContactState::Vouched => "reset-unproven:email",
        ContactState::Unproven | ContactState::Doubtful => return (code, None),
    };
    (method, Some(email.value.clone()))
}

/// The account that a right code was sent to, if it may still sign in at this client.
///
/// # Errors
/// When the store fails.
pub async fn account(app: &App, client: &Client, id: uuid::Uuid) -> Result<Option<Account>, StepError> {
    let found = accounts::by_id(&mut app.db.read().await?, id, &client.id).await?;
    Ok(found.filter(|account| super::view::may_sign_in(client, account)))
}

/// Why a new password was not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSet {
    /// It breaks rules.
    Refused(Vec<password::PasswordProblem>),
    /// It is the one that they have.
    Same,
}

/// Judges a new password, and prepares to set it.
///
/// # Errors
/// [`StepError::Busy`] where too many passwords wait to be hashed.
pub async fn new_password(app: &App, view: &View, typed: &SecretString) -> Result<Result<Done, NotSet>, StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let (current, names) = {
        let mut conn = app.db.read().await?;
        (accounts::password_of(&mut conn, account.id).await?, accounts::names_of(&mut conn, account.id).await?)
    };
    let hashed = match app.passwords.hash_new(typed, own_words(account)).await {
        Ok(phc) => phc,
        Err(SetError::Refused(problems)) => return Ok(Err(NotSet::Refused(problems))),
        Err(SetError::Hash(error)) => return Err(failed(error)),
    };
    if let Some(current) = current {
        let candidate =
            SecretString::from(password::prepare(secrecy::ExposeSecret::expose_secret(typed)).unwrap_or_default());
        if app.hasher.verify(&current, &candidate).await.map_err(failed)?.matches {
            return Ok(Err(NotSet::Same));
        }
    }
    let names = names.iter().filter_map(|name| EmailAddress::parse(name).ok());
    let budgets = names.map(|name| guess::budget_key(&app.purposes, account.class, &name)).collect();
    Ok(Ok(Done::NewPassword { phc: SecretString::from(hashed), budgets }))
}

fn failed(error: HashError) -> StepError {
    if matches!(error, HashError::Busy) { StepError::Busy } else { StepError::Broken(error.to_string()) }
}

/// What a password of this account must not be built on.
#[must_use]
pub fn own_words(account: &Account) -> Vec<String> {
    let names = ["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username"];
    let text = |name: &str| account.profile.get(name)?.as_str().map(str::to_owned);
    account.email.iter().map(|email| email.value.clone()).chain(names.into_iter().filter_map(text)).collect()
}
