//! The second factors. A factor knows only its own proof: expiry, limits, resends, lockout, audit and form protection
//! are applied once around every factor by [`crate::signin`], so that a new one cannot forget them. A factor knows neither
//! HTTP nor SQL.
//!
//! To add one: a file with a type that implements [`SecondFactor`], a line in [`Registry::installed`], its texts and
//! template, and a paragraph in the documentation.

pub mod backup;
pub mod code;
mod email;
pub mod passkey;
mod phone;
mod remote;
pub mod totp;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use idp_core::factor::FactorId;
use idp_core::journey::{Method, PasskeyUse};
use idp_core::level::{Amr, Level};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use self::passkey::ceremony::Ceremonies;
use crate::clock::Random;
use crate::config;
use crate::keys::seal::{MacKey, Sealer};
use crate::keys::signing::KeyRing;
use crate::net::outbound::Outbound;
use crate::store::accounts::Account;
use crate::store::passkeys::{Passkey, Used};
use crate::store::proofs::Challenge;

/// What a factor may look at while it works.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// Whose factor it is.
    pub account: &'a Account,
    /// Opens authenticator secrets.
    pub authenticators: &'a Sealer,
    /// Tags backup codes.
    pub backup_codes: &'a MacKey,
    /// Its passkeys, where the factor is one.
    pub passkeys: &'a [Passkey],
    /// Whether only an answer for which the device verified the person will do.
    pub verified: bool,
    /// In which sign-in; known where a challenge is posed or answered.
    pub occasion: Option<Occasion<'a>>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// A sign-in, for factors that ask a service elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The transaction.
    pub transaction: &'a str,
    /// The client.
    pub client: &'a str,
    /// The language of the page.
    pub locale: &'a str,
    /// Signs what goes out in the issuer's name.
    pub ring: &'a KeyRing,
}

/// What asking for a factor comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asking {
    /// The service makes a code and sends it to this contact.
    Send {
        /// The address or number.
        to: String,
        /// As the person sees it.
        shown: String,
    },
    /// The person has what is needed; nothing is sent or kept.
    Held,
    /// A challenge is posed on the factor's page; see [`SecondFactor::challenge`].
    Pose,
}

/// A challenge that a factor poses.
#[derive(Clone, Debug, PartialEq)]
pub struct Posed {
    /// What the factor has to know when it is answered. The service keeps it sealed, bound to transaction, account and
    /// factor, gives it back once, and forgets it after a few minutes.
    pub state: Vec<u8>,
    /// What its page shows or hands to the browser.
    pub shown: serde_json::Value,
}

/// What a factor asks in words of its own, as its challenge shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The words, plain text, by language. There is at least one.
    pub prompt: BTreeMap<String, String>,
    /// Whether something is typed; otherwise the person does elsewhere what it says, and then goes on.
    pub typed: bool,
}

/// What a person answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The code as typed, without spaces and hyphens.
    pub code: SecretString,
    /// The code that was sent, for factors that send one.
    pub expected: Option<SecretString>,
    /// What the factor kept, for those that pose a challenge.
    pub state: Option<Zeroizing<Vec<u8>>>,
}

/// What an answer is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right.
    Right(Evidence),
    /// Wrong: it counts.
    Wrong,
    /// Neither yet: what the person has to do elsewhere is not done. It counts as nothing.
    Pending,
    /// Right, but from what may be a copy: it counts as wrong, and the trail says so.
    Cloned {
        /// The passkey that may have been copied.
        passkey: Uuid,
    },
}

/// What a right answer uses up: kept in the same write as the proof, so that it passes once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing but the challenge, if there is one.
    Plain,
    /// A time step of an authenticator.
    Step(i64),
    /// A backup code.
    BackupCode {
        /// What is stored of it.
        tag: String,
    },
    /// The sign count of a passkey, with what its use has shown.
    Passkey {
        /// What the use changes.
        used: Used,
        /// What it has shown.
        shown: PasskeyUse,
    },
}

impl Evidence {
    /// What a right answer of `factor` proves.
    #[must_use]
    pub fn proves(&self, factor: &FactorId) -> Method {
        match self {
            Self::Passkey { shown, .. } => Method::Passkey(*shown),
            Self::Plain | Self::Step(_) | Self::BackupCode { .. } => Method::Factor(factor.clone()),
        }
    }
}

/// A factor that cannot do its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactorError {
    /// The account does not have it.
    #[error("the account does not have this factor")]
    NotEnrolled,
    /// A stored secret cannot be opened.
    #[error("the stored secret of this factor cannot be read")]
    Unreadable,
    /// Whoever knows gave no answer that can be used.
    #[error("the service of this factor does not answer")]
    Unanswered,
}

/// A way to prove something besides the password.
pub trait SecondFactor: Send + Sync {
    /// The name in policies, forms, addresses, audit and templates.
    fn id(&self) -> FactorId;

    /// The methods it adds to `amr` (RFC 8176).
    fn amr(&self) -> &'static [Amr];

    /// The level that it lifts a first factor to.
    fn level(&self) -> Level {
        Level::TwoFactor
    }

    /// Whether it can be set up within a sign-in.
    fn can_enrol(&self) -> bool {
        false
    }

    /// What pages call it, where the configuration says so and not their texts.
    fn label(&self, _welsh: bool) -> Option<&str> {
        None
    }

    /// Whether the service that it asks, if it asks one, answers as far as is known.
    fn answers(&self, _now: DateTime<Utc>) -> bool {
        true
    }

    /// What asking this account for it comes to.
    ///
    /// # Errors
    /// The account does not have it.
    fn ask(&self, cx: Cx<'_>) -> Result<Asking, FactorError>;

    /// The challenge to pose, for factors that [`SecondFactor::ask`] says [`Asking::Pose`] of.
    fn challenge<'a>(&'a self, _: Cx<'a>) -> BoxFuture<'a, Result<Posed, FactorError>> {
        Box::pin(async { Err(FactorError::NotEnrolled) })
    }

    /// What an answer is worth. `challenge` is what was asked, for factors that send or keep something.
    fn verify<'a>(
        &'a self,
        cx: Cx<'a>,
        challenge: Option<&'a Challenge>,
        answer: &'a Answer,
    ) -> BoxFuture<'a, Result<Verdict, FactorError>>;
}

/// What factors are made with.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// This installation as a relying party of passkeys, where it can be one.
    pub ceremonies: Option<&'a Ceremonies>,
    /// What the configuration says of factors.
    pub config: &'a config::Factors,
    /// The only way out to other servers.
    pub outbound: &'a Outbound,
    /// Randomness.
    pub random: &'a Random,
    /// Derives the pseudonyms that services know accounts by.
    pub pseudonyms: &'a MacKey,
}

/// The factors of this installation.
#[derive(Clone)]
pub struct Registry {
    factors: Vec<Arc<dyn SecondFactor>>,
}

impl Registry {
    /// Every factor the product has; passkeys where this installation can be their relying party.
    #[must_use]
    pub fn installed(means: Means<'_>) -> Self {
        let mut factors: Vec<Arc<dyn SecondFactor>> = vec![
            Arc::new(email::Email),
            Arc::new(phone::Sms),
            Arc::new(phone::Voice),
            Arc::new(totp::Totp),
            Arc::new(backup::Backup),
        ];
        if let Some(ceremonies) = means.ceremonies {
            factors.push(Arc::new(passkey::Passkey::new(ceremonies.clone())));
        }
        factors.extend(remote::all(means));
        Self { factors }
    }

    /// The factor of that name.
    #[must_use]
    pub fn get(&self, id: &FactorId) -> Option<&Arc<dyn SecondFactor>> {
        self.factors.iter().find(|factor| factor.id() == *id)
    }

    /// Their names.
    #[must_use]
    pub fn ids(&self) -> Vec<FactorId> {
        self.factors.iter().map(|factor| factor.id()).collect()
    }

    /// The names of those that services elsewhere implement, and whether each answers.
    #[must_use]
    pub fn remotes(&self, now: DateTime<Utc>) -> Vec<(String, bool)> {
        let named = |factor: &Arc<dyn SecondFactor>| match factor.id() {
            FactorId::Remote(name) => Some((name, factor.answers(now))),
            _ => None,
        };
        self.factors.iter().filter_map(named).collect()
    }

    /// The names of those that can be set up within a sign-in.
    #[must_use]
    pub fn enrollable(&self) -> Vec<FactorId> {
        self.factors.iter().filter(|factor| factor.can_enrol()).map(|factor| factor.id()).collect()
    }

    /// The levels that somebody can reach here, weakest first.
    #[must_use]
    pub fn reachable(&self) -> Vec<Level> {
        let mut levels = vec![Level::OneFactor];
        levels.extend(self.factors.iter().map(|factor| factor.level()));
        levels.sort_unstable();
        levels.dedup();
        levels
    }
}
