//! Accounts that people make themselves: an address is proven before there is anything to own. Who asks with an address
//! that has an account is told the same; only the mailbox learns of it.

use chrono::{DateTime, Utc};
use idp_core::account::{ContactState, EmailAddress};
use idp_core::factor::FactorId;
use idp_core::journey::{Method, Proof};
use idp_core::oidc::claims::Claims;
use idp_core::policy::{ClientClass, UserClass};
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::federated::may_be_disowned;
use super::first_passkey::FirstPasskey;
use super::guess;
use super::mailed::{self, Recipient, Spending};
use super::newcomer::{Newcomer, key};
use super::transaction::Transaction;
use super::view::View;
use super::{Origin, Refusal, StepError};
use crate::app::{App, Purposes};
use crate::audit::{Actor, AuditEvent};
use crate::hashing::HashError;
use crate::page::Lang;
use crate::password::SetError;
use crate::signin::ending::end_for_good;
use crate::store::accounts::class_name;
use crate::store::new_accounts::{self, NewAccount};
use crate::store::recovery_codes::{MailedCode, Purpose};
use crate::store::{StoreError, Tx, account_changes, accounts, identities, newcomers, proofs};
use idp_core::account::password::PasswordProblem;

/// What the messages to one address are counted by, whether or not there is an account.
fn mailbox_key(purposes: &Purposes, class: UserClass, name: &EmailAddress) -> [u8; 32] {
    purposes.addresses.tag(&[b"create", class_name(class).as_bytes(), name.as_str().as_bytes()])
}

/// Asks for a code to the address that was typed. Whoever has an account with it and makes a new one is told so instead;
/// who comes from an identity provider gets the code, and may link the two.
///
/// # Errors
/// [`Refusal::Sends`] where another was asked for a moment ago, or too many from this network address.
pub async fn ask(
    app: &App,
    view: &View,
    transaction: &Transaction,
    lang: Lang,
    origin: &Origin,
) -> Result<(), StepError> {
    let typed = transaction.email.as_deref().unwrap_or_default();
    let name = EmailAddress::parse(typed).map_err(|error| StepError::Broken(error.to_string()))?;
    let (class, found) = guess::find(app, &view.client, &name).await?;
    let from_provider = view.newcomer.as_ref().is_some_and(|newcomer| newcomer.identity.is_some());
    let account = found.map(|found| found.account.id);
    let taken = account.is_some() && !from_provider;
    let recipient = Recipient {
        mailbox: mailbox_key(&app.purposes, class, &name),
        account,
        destination: Some(name.as_str().to_owned()),
        method: if taken { "create-taken:email" } else { Purpose::Create.method() },
    };
    mailed::ask(app, transaction, Purpose::Create, recipient, lang, origin).await
}

/// Takes a right code: its address is proven, in this transaction.
///
/// # Errors
/// [`Refusal::CodeGone`] where the code was spent meanwhile.
pub async fn prove(
    app: &App,
    view: &View,
    transaction: &Transaction,
    code: &MailedCode,
    origin: &Origin,
) -> Result<Newcomer, StepError> {
    let destination = code.destination.as_deref().ok_or(Refusal::CodeGone)?;
    let address = EmailAddress::parse(destination).map_err(|error| StepError::Broken(error.to_string()))?;
    let at = app.clock.now();
    let before = view.newcomer.clone().unwrap_or(Newcomer { identity: None, at, proven: None, account: None });
    let newcomer = Newcomer { proven: Some(address), account: None, at, ..before };
    let (sealed, id, spending, code) =
        (newcomer.seal(app, transaction)?, transaction.id.clone(), Spending::of(app, code), code.clone());
    let event = AuditEvent {
        account: code.account,
        client: Some(view.client.id.clone()),
        ..origin.event(at, "account.address_proven")
    };
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                spending.redeem(tx, &id, &code, at).await?;
                newcomers::put(tx, &id, sealed, at).await?;
                tx.audit(event);
                Ok::<_, StepError>(())
            })
        })
        .await?;
    super::address::give_back(app, origin, super::address::Spent::Message).await;
    Ok(newcomer)
}

/// Why no account was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// The password breaks rules.
    Refused(Vec<PasswordProblem>),
    /// Somebody has the address by now.
    Taken,
}

/// What an account is made with besides the address that was proven.
#[derive(Clone, Debug)]
pub enum With {
    /// A password. What was proven counts for the sign-in that goes on: the password, and the code that the mailbox got.
    Password(SecretString),
    /// A passkey that signs in alone, and no password. What was proven counts: the passkey, and the code that the mailbox got.
    Passkey(Box<FirstPasskey>),
    /// The identity that came back from a provider, for which the account is found from now on.
    Identity,
}

/// Makes the account of a newcomer, once. Gives its id.
///
/// # Errors
/// [`Refusal::AlreadyUsed`] where the newcomer has one by now; [`Refusal::CodeGone`] or [`Refusal::PasskeyTaken`] where the
/// passkey cannot be kept; [`StepError::Busy`] where too many passwords wait.
pub async fn make(
    app: &App,
    view: &View,
    transaction: &Transaction,
    with: With,
    lang: Lang,
    origin: &Origin,
) -> Result<Result<Uuid, NotMade>, StepError> {
    let newcomer = view.newcomer.as_ref().ok_or(Refusal::AlreadyUsed)?;
    let address = newcomer.proven.clone().ok_or(Refusal::AlreadyUsed)?;
    let phc = match &with {
        With::Identity | With::Passkey(_) => None,
        With::Password(typed) => match app.passwords.hash_new(typed, vec![address.as_str().to_owned()]).await {
            Ok(phc) => Some(phc),
            Err(SetError::Refused(problems)) => return Ok(Err(NotMade::Refused(problems))),
            Err(SetError::Hash(HashError::Busy)) => return Err(StepError::Busy),
            Err(SetError::Hash(error)) => return Err(StepError::Broken(error.to_string())),
        },
    };
    let (at, random) = (app.clock.now(), &app.random);
    let id = random.uuid(at);
    let identity = newcomer.identity.clone();
    let new = NewAccount {
        id,
        sub: random.token(),
        class: UserClass::Resident,
        email: Some((address, ContactState::Verified)),
        phone: None,
        external_owner: None,
        profile: identity.as_ref().map(profile).unwrap_or_default(),
        locale: Some(lang.code().to_owned()),
        phc,
        totp_secret: None,
        guest: None,
        contact_ids: [random.uuid(at), random.uuid(at)],
        at,
    };
    let event = AuditEvent {
        actor: Actor::Account(id),
        account: Some(id),
        client: Some(view.client.id.clone()),
        details: serde_json::json!({ "by": identity.as_ref().map_or("address", |identity| identity.provider.as_str()) }),
        ..origin.event(at, "account.created")
    };
    let method = if let With::Passkey(passkey) = &with { Some(Method::Passkey(passkey.shown)) } else { None };
    let enrolled =
        AuditEvent { kind: "factor.enrolled", details: serde_json::json!({ "method": method }), ..event.clone() };
    // The page of the address said so. Whoever comes from a provider may not have seen it, and is asked.
    let terms = app.config.terms.version.clone().filter(|_| identity.is_none());
    let transaction = transaction.id.clone();
    let made = app.db.try_write(move |tx| {
        Box::pin(async move {
            if !newcomers::take(tx, &transaction).await? {
                return Err(StepError::from(Refusal::AlreadyUsed));
            }
            new_accounts::insert(tx, new).await?;
            tx.audit(event);
            if let Some(version) = terms {
                accounts::agree_to_terms(tx, id, &version, at).await?;
            }
            match identity {
                Some(identity) => {
                    let email = identity.email.as_ref().map(|email| email.address.as_str().to_owned());
                    if !identities::link(tx, &key(&identity), id, &identity.provider, email, at).await? {
                        return Err(Refusal::AlreadyUsed.into());
                    }
                }
                None => {
                    let first = match with {
                        With::Passkey(passkey) => {
                            let shown = passkey.shown;
                            passkey.keep(tx, id, at).await?;
                            tx.audit(enrolled);
                            Method::Passkey(shown)
                        }
                        With::Password(_) | With::Identity => Method::Password,
                    };
                    prove_both(tx, &transaction, id, first, at).await?;
                }
            }
            Ok(())
        })
    });
    match made.await {
        Ok(()) => Ok(Ok(id)),
        Err(StepError::Store(StoreError::Conflict { .. })) => Ok(Err(NotMade::Taken)),
        Err(error) => Err(error),
    }
}

/// What making an account has shown: whoever made it knows the password or has the passkey, and got the code in that mailbox.
async fn prove_both(
    tx: &mut Tx,
    transaction: &str,
    id: Uuid,
    first: Method,
    at: DateTime<Utc>,
) -> Result<(), StepError> {
    for method in [first, Method::Factor(FactorId::Email)] {
        if !proofs::give(tx, transaction, id, &Proof { method, at }).await? {
            return Err(Refusal::AlreadyUsed.into());
        }
    }
    Ok(())
}

/// Keeps the name of whoever made an account.
///
/// # Errors
/// When the store fails.
pub async fn name(app: &App, view: &View, (given, family): (String, String)) -> Result<(), StepError> {
    let account = view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let mut profile = account.profile.clone();
    profile.insert("name".to_owned(), Value::from(format!("{given} {family}")));
    profile.insert("given_name".to_owned(), Value::from(given));
    profile.insert("family_name".to_owned(), Value::from(family));
    let (id, at) = (account.id, app.clock.now());
    app.db.write(move |tx| Box::pin(async move { accounts::set_profile(tx, id, profile, at).await })).await?;
    Ok(())
}

/// What a provider says of somebody's name.
fn profile(identity: &crate::federation::UpstreamIdentity) -> Claims {
    let claims =
        [("given_name", &identity.given_name), ("family_name", &identity.family_name), ("name", &identity.name)];
    let known = claims.into_iter().filter_map(|(claim, value)| Some((claim.to_owned(), Value::from(value.clone()?))));
    known.collect()
}

/// Ends an account that has a newcomer's address although nobody proved it there: whatever was set up for it beforehand is
/// worth nothing (R41).
///
/// # Errors
/// [`Refusal::NotIssued`] where it may not be closed, or no more: its owner may have proven the address meanwhile.
pub async fn disown(app: &App, view: &View, newcomer: &Newcomer, origin: &Origin) -> Result<(), StepError> {
    let target = super::federated::target(app, view, newcomer).await?.ok_or(Refusal::NotIssued)?;
    let proven = newcomer.proven.clone().ok_or(Refusal::NotIssued)?;
    let (id, client, at) = (target.id, view.client.id.clone(), app.clock.now());
    let event = AuditEvent {
        account: Some(id),
        client: Some(view.client.id.clone()),
        details: serde_json::json!({ "reason": "its address was never proven, and belongs to somebody else" }),
        ..origin.event(at, "account.ended")
    };
    app.db
        .try_write(move |tx| {
            Box::pin(async move {
                account_changes::hold(tx, id).await?;
                let account = accounts::by_id(tx, id, &client).await?.ok_or(Refusal::NotIssued)?;
                if !may_be_disowned(tx, &account, &proven).await? {
                    return Err(Refusal::NotIssued.into());
                }
                end_for_good(tx, id, at).await?;
                tx.audit(event);
                Ok::<_, StepError>(())
            })
        })
        .await
}

/// Whether accounts with a password are made at this client.
#[must_use]
pub fn takes_passwords(view: &View) -> bool {
    super::federated::may_register(view)
        && view.client.policy.user_class != ClientClass::Staff
        && view.client.policy.sign_in.contains(&idp_core::policy::SignInMethod::Password)
}
