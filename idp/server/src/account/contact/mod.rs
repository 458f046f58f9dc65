//! Changing an email address or a phone number: the old one stays in force until a code that was sent to the new one
//! comes back, and whoever had the old one can undo it for a week.

mod asking;
mod change;
mod proving;

use std::sync::Arc;

use idp_core::account::{ContactState, EmailAddress, PhoneNumber};
use idp_core::factor::FactorId;
use idp_core::policy::ContactEdit;

use super::access::Inside;
use crate::app::App;
use crate::clients::Client;
use crate::signin::StepError;
use crate::signin::contact::phone_for;
use crate::store::account_changes::Kind;
use crate::store::account_pages;
use crate::store::accounts::Contact;

pub use asking::{Stage, Waiting, begin, send, waiting};
pub use change::{undo, was_undone, way_back};
pub use proving::{Typed, prove};

/// Whether a contact may be changed.
#[derive(Clone, Debug)]
pub enum Editable {
    /// After these codes.
    With(ContactEdit),
    /// A back office of this name owns it.
    Owned(String),
    /// This client locks it.
    Locked(Arc<Client>),
    /// There is no sender whose code could prove a new one.
    NoSender,
}

/// The account's contact of a kind.
#[must_use]
pub const fn current(inside: &Inside, kind: Kind) -> Option<&Contact> {
    match kind {
        Kind::Email => inside.account.email.as_ref(),
        Kind::Phone => inside.account.phone.as_ref(),
    }
}

/// Whether the account's contact of a kind may be changed, and how.
///
/// # Errors
/// When the store fails.
pub async fn editable(app: &App, inside: &Inside, kind: Kind) -> Result<Editable, StepError> {
    let facts = account_pages::facts(&mut app.db.read().await?, inside.account.id).await?;
    let owner = match kind {
        Kind::Email => facts.email_owner,
        Kind::Phone => facts.phone_owner,
    };
    if let Some(owner) = owner {
        return Ok(Editable::Owned(owner));
    }
    let rule = |edit: idp_core::policy::ContactEdits| match kind {
        Kind::Email => edit.email,
        Kind::Phone => edit.phone,
    };
    let rules = &inside.rules;
    let locks = rules.policies.iter().position(|policy| rule(policy.contact_edit) == ContactEdit::Locked);
    if let Some(client) = locks.and_then(|place| rules.clients.get(place)) {
        return Ok(Editable::Locked(Arc::clone(client)));
    }
    let channels = app.channels();
    let proves = match kind {
        Kind::Email => channels.email,
        // A text or call has to be somebody's, whose caps it is under.
        Kind::Phone => (channels.sms || channels.voice) && rules.billed().is_some(),
    };
    Ok(if proves { Editable::With(rule(rules.policy.contact_edit)) } else { Editable::NoSender })
}

/// The value that somebody typed, canonical, with the channel that proves it.
///
/// # Errors
/// The key of the text that says what is wrong with it.
pub fn read(app: &App, inside: &Inside, kind: Kind, typed: &str) -> Result<(String, FactorId), &'static str> {
    use idp_core::account::EmailProblem;
    let (value, factor) = match kind {
        Kind::Email => {
            let email = EmailAddress::parse(typed).map_err(|problem| match problem {
                EmailProblem::Empty => "error-email-empty",
                EmailProblem::Format => "error-email-format",
                EmailProblem::TooLong => "error-email-long",
            })?;
            (email.as_str().to_owned(), FactorId::Email)
        }
        Kind::Phone => {
            let factor = channel_of(app, typed);
            (phone_for(&inside.rules.policy, &factor, typed)?.as_str().to_owned(), factor)
        }
    };
    match current(inside, kind) {
        // A number that is not proven, or not any more, can be proven again.
        Some(old) if old.value == value && old.state == ContactState::Verified => Err(match kind {
            Kind::Email => "error-email-same",
            Kind::Phone => "error-phone-same",
        }),
        _ => Ok((value, factor)),
    }
}

/// A text where the number takes one, else a call.
fn channel_of(app: &App, number: &str) -> FactorId {
    let texts = PhoneNumber::parse(number).is_ok_and(|number| number.line_type().takes_texts());
    if app.channels().sms && (texts || !app.channels().voice) { FactorId::Sms } else { FactorId::Voice }
}
