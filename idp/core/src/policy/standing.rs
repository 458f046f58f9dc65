//! What the rules must know about an account and about the moment: plain facts, gathered by the caller.

use super::value::{UserClass, Vouched};
use crate::account::{ContactState, LineType};
use crate::factor::FactorId;

/// How the person proved who they are, first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstFactor {
    /// With a password.
    Password {
        /// The password was set in this transaction with a code by email: email cannot be the second factor too.
        reset_by_email: bool,
    },
    /// With a passkey, which is both factors in one.
    Passkey,
    /// At an identity provider.
    Federated {
        /// Its id.
        provider: String,
        /// The account's address is the mailbox that stands behind that sign-in: email cannot be the second factor too.
        mailbox: bool,
    },
    /// As a guest.
    Guest,
}

impl FirstFactor {
    /// At an identity provider that knows nothing of the account's mailbox.
    #[must_use]
    pub fn federated(provider: &str) -> Self {
        Self::Federated { provider: provider.to_owned(), mailbox: false }
    }

    /// Whether the account's mailbox stands behind it: then a code to that mailbox is the same channel again.
    #[must_use]
    pub const fn is_by_mailbox(&self) -> bool {
        matches!(self, Self::Password { reset_by_email: true } | Self::Federated { mailbox: true, .. })
    }
}

/// A phone number of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneStanding {
    /// How far it is proven.
    pub state: ContactState,
    /// What it reaches.
    pub line: LineType,
    /// Whether codes may go to its country. One to which none may still protects: nothing else takes its place.
    pub served: bool,
    /// Whether a back office owns it: then nobody sets another one up in its place.
    pub owned: bool,
}

impl PhoneStanding {
    /// A number of a country that codes go to, and that its holder may replace.
    #[must_use]
    pub const fn new(state: ContactState, line: LineType) -> Self {
        Self { state, line, served: true, owned: false }
    }
}

/// The account as the policy sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the field `pilot` may call this account: its subject and its canonical email address.
    pub names: Vec<String>,
    /// Its class.
    pub class: UserClass,
    /// The default email address, if there is one.
    pub email: Option<ContactState>,
    /// The phone numbers, the default one first.
    pub phones: Vec<PhoneStanding>,
    /// An authenticator app is active.
    pub totp: bool,
    /// How many passkeys are registered.
    pub passkeys: u32,
    /// How many backup codes are unused.
    pub backup_codes_left: u32,
    /// The names of the remote factors that it has used: those it is known to hold.
    pub remotes: Vec<String>,
    /// The names of the remote factors of which only their services know whether it holds them. They are offered and
    /// asked; until one was used it protects nothing.
    pub remotes_unknown: Vec<String>,
    /// The factors set up or used at this client.
    pub enrolled_here: Vec<FactorId>,
    /// The owner switched the second factor on; enrolling an authenticator or passkey does, a reset undoes it.
    pub switched_on: bool,
}

impl Standing {
    /// An account that has nothing.
    #[must_use]
    pub const fn bare(class: UserClass) -> Self {
        Self {
            names: Vec::new(),
            class,
            email: None,
            phones: Vec::new(),
            totp: false,
            passkeys: 0,
            backup_codes_left: 0,
            remotes: Vec::new(),
            remotes_unknown: Vec::new(),
            enrolled_here: Vec::new(),
            switched_on: false,
        }
    }

    /// Whether the account could use this factor at once, were it allowed and its sender working.
    #[must_use]
    pub fn holds(&self, factor: &FactorId, vouched: Vouched) -> bool {
        let phone = |reaches: fn(LineType) -> bool| {
            self.phones.iter().any(|phone| phone.state.receives_codes(vouched) && reaches(phone.line))
        };
        match factor {
            FactorId::Email => self.email.is_some_and(|state| state.receives_codes(vouched)),
            FactorId::Sms => phone(LineType::takes_texts),
            FactorId::Voice => phone(LineType::takes_calls),
            FactorId::Totp => self.totp,
            FactorId::Passkey => self.passkeys > 0,
            FactorId::Backup => self.backup_codes_left > 0,
            FactorId::Remote(name) => self.remotes.contains(name),
        }
    }

    /// Whether a code of this factor may go where it would go.
    #[must_use]
    pub fn is_served(&self, factor: &FactorId) -> bool {
        !factor.is_by_phone() || self.phones.iter().any(|phone| phone.served)
    }

    /// Whether asking for this factor may come to something: the account holds it, or nobody here knows.
    #[must_use]
    pub fn may_use(&self, factor: &FactorId, vouched: Vouched) -> bool {
        let unknown = matches!(factor, FactorId::Remote(name) if self.remotes_unknown.contains(name));
        unknown || self.holds(factor, vouched)
    }

    /// Whether any factor other than an email address is set up.
    #[must_use]
    pub fn holds_more_than_email(&self, vouched: Vouched) -> bool {
        self.totp
            || self.passkeys > 0
            || !self.remotes.is_empty()
            || self.holds(&FactorId::Sms, vouched)
            || self.holds(&FactorId::Voice, vouched)
    }
}

/// Which senders and services answer now: configured, healthy and below the spend cap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one fact for each channel")]
pub struct Channels {
    /// Email goes out.
    pub email: bool,
    /// Texts go out.
    pub sms: bool,
    /// Calls go out.
    pub voice: bool,
    /// This installation takes passkeys.
    pub passkey: bool,
    /// The remote factors that answer.
    pub remotes: Vec<String>,
}

impl Channels {
    /// Everything built in works.
    #[must_use]
    pub const fn all() -> Self {
        Self { email: true, sms: true, voice: true, passkey: true, remotes: Vec::new() }
    }

    /// Whether this factor can work now.
    #[must_use]
    pub fn carry(&self, factor: &FactorId) -> bool {
        match factor {
            FactorId::Email => self.email,
            FactorId::Sms => self.sms,
            FactorId::Voice => self.voice,
            FactorId::Passkey => self.passkey,
            FactorId::Totp | FactorId::Backup => true,
            FactorId::Remote(name) => self.remotes.contains(name),
        }
    }
}
