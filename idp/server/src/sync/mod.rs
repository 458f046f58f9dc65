//! Contacts that a back office pushes: whoever is promoted to a user of a portal gets an account, later changes are applied
//! to it, and it ends with the record. A person is known by an id in the namespace of the client whose back office pushes.
//!
//! What is pushed replaces what was there, as `vouched`: somebody says so whose job it is, and nobody has proven it. An address
//! that somebody else signs in with is not applied; somebody decides ([`conflict`]).
//!
//! Every push is one write. It knows neither HTTP nor SQL.

mod apply;
pub mod conflict;
mod ending;
pub mod invitation;
mod push;
mod shown;

use uuid::Uuid;

use idp_core::account::{EmailAddress, NumberProblem, PushedNumbers};
use idp_core::policy::UserClass;

use crate::audit::AuditEvent;
use crate::clock::Random;
use crate::store::StoreError;

pub use push::{Settling, push};
pub use shown::{Known, KnownContact, known};

/// Whose back office speaks, and of whom.
#[derive(Clone, Debug)]
pub struct Person {
    /// The client.
    pub client: String,
    /// The person's id there.
    pub external_id: String,
}

/// The longest id of a person, in bytes.
pub const LONGEST_ID: usize = 200;

/// Whether a text can be a person's id in a back office: 1 to [`LONGEST_ID`] bytes without control characters.
#[must_use]
pub fn is_external_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// What a back office says of a person.
#[derive(Clone, Debug)]
pub enum Record {
    /// Has an account, with these details.
    Active(Box<Details>),
    /// Has none any more: has died, or moved away.
    Ended,
}

/// The details of a person.
#[derive(Clone, Debug)]
pub struct Details {
    /// The address: the person signs in with it.
    pub email: EmailAddress,
    /// The phone numbers.
    pub numbers: PushedNumbers,
    /// The given name, where it is told.
    pub given_name: Option<String>,
    /// The family name, where it is told.
    pub family_name: Option<String>,
    /// The language of messages, where it is told.
    pub locale: Option<String>,
    /// What the account is, where it is told.
    pub class: Option<UserClass>,
    /// What an account is made as where that is not told.
    pub usual_class: UserClass,
}

/// What was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The number at this place of the push is none.
    Phone(usize, NumberProblem),
    /// Somebody else signs in with the address: the conflict's id; none where it was only tried.
    Email(Option<Uuid>),
}

/// What came of a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the account was made.
    pub created: bool,
    /// What was changed: `status`, `email`, `phones`, `name`, `locale`.
    pub changed: Vec<&'static str>,
    /// What was not applied.
    pub left: Vec<Left>,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A person who was never pushed cannot end.
    #[error("there is no such person")]
    UnknownPerson,
    /// An account stays what it was made as.
    #[error("the account is of another class")]
    ClassFixed,
    /// Accounts of staff are not theirs to make or change.
    #[error("accounts of staff take a permission of their own")]
    NotForStaff,
    /// There is no such conflict.
    #[error("there is no such conflict")]
    UnknownConflict,
    /// It was decided before, or another push has settled it.
    #[error("the conflict is decided already")]
    AlreadyDecided,
    /// Somebody signs in with that name.
    #[error("somebody signs in with that name already")]
    NameTaken,
    /// The person has no account, or it has ended.
    #[error("the person has no account any more")]
    PersonGone,
    /// Who had the address does not sign in with it any more, or their account has ended.
    #[error("nobody signs in with the address any more: the next push applies it")]
    HolderGone,
    /// The account that has the address is another back office's, or another person's of this one.
    #[error("the account that has the address is already somebody's in a back office")]
    HolderManaged,
    /// A back office does not act on administrators (R44).
    #[error("the account is an administrator's, which no back office changes")]
    Administrator,
    /// There is no address that messages go to.
    #[error("there is no address that an invitation could go to: it takes one that is vouched for or verified")]
    NoAddress,
    /// The person has no name to sign in with: somebody else has the address.
    #[error("the person has nothing to sign in with yet: decide the conflict about their address first")]
    NoName,
    /// Who has a password needs no invitation.
    #[error("the person has a password already")]
    HasPassword,
    /// The last invitation was sent a moment ago.
    #[error("an invitation was sent within the last hour")]
    JustInvited,
    /// The person signs in already: two accounts that are both in use are not made one.
    #[error("the person has an account of their own that can be signed in to")]
    PersonSignsIn,
}

/// A push or decision that failed.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Refused by a rule; nothing of it was kept.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was only tried: what it would have come to.
    #[error("it was only tried")]
    Tried(Outcome),
}

/// By whom, and how people are told.
#[derive(Clone, Debug)]
pub struct By {
    /// Randomness.
    pub random: Random,
    /// Whether accounts of staff are theirs to make and to change.
    pub staff: bool,
    /// The language of messages to people who have chosen none.
    pub lang: String,
    /// What every event of it begins with: its time is that of the write, its kind is replaced.
    pub event: AuditEvent,
}

impl By {
    /// Whether accounts of this class are theirs to make and to change.
    fn may_change(&self, class: UserClass) -> Result<(), Refused> {
        if class == UserClass::Staff && !self.staff { Err(Refused::NotForStaff) } else { Ok(()) }
    }

    fn event(&self, kind: &'static str, account: Uuid, client: &str) -> AuditEvent {
        AuditEvent { kind, account: Some(account), client: Some(client.to_owned()), ..self.event.clone() }
    }
}

/// The address as the audit trail and others may see it.
#[must_use]
pub fn masked_email(value: &str) -> String {
    EmailAddress::parse(value).map_or_else(|_| "…".to_owned(), |email| email.masked())
}

/// The number as the audit trail and others may see it.
#[must_use]
pub fn masked_phone(value: &str) -> String {
    let ending = value.len().checked_sub(3).and_then(|start| value.get(start..)).unwrap_or_default();
    format!("…{ending}")
}
