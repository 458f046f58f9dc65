//! A transaction: one browser's parked request. It travels sealed in the address of every page and is owned by a
//! cookie; what was proven in it is in the store, under its id. An anonymous visitor costs no write.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use idp_core::factor::FactorId;
use idp_core::oidc::authorize::AuthorizationRequest;
use idp_core::oidc::error::OAuthError;
use idp_core::oidc::response::Reply;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::address::{self, Spent};
use super::{Origin, Refusal, StepError, backup, entry};
use crate::app::App;
use crate::clients::ACCOUNT_PAGES;
use crate::clock::Random;
use crate::keys::seal::Sealer;
use crate::store::{StoreError, requests};

/// The longest sealed transaction that travels whole; a larger request is parked in the store.
const LONGEST: usize = 4096;
/// How long an old transaction can still be begun anew.
const RESTARTABLE: TimeDelta = TimeDelta::hours(24);

/// One browser's parked request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its own consequence")]
pub struct Transaction {
    /// Its id: 43 characters.
    pub id: String,
    /// The hash of the cookie that owns it. A transaction is given to a browser before it is sealed: an address that
    /// anybody could take up would let several browsers share what is proven in it.
    #[serde(default, with = "hash_as_text", skip_serializing_if = "Option::is_none")]
    pub owner: Option<[u8; 32]>,
    /// The request.
    pub request: AuthorizationRequest,
    /// The address that was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The second factor that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<FactorId>,
    /// The second factor that is to be set up before the journey ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_up: Option<FactorId>,
    /// The remote factors whose services said in it that they do not know the person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_at: Vec<String>,
    /// The language that was chosen in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The short link that they came by, as the ledger names it; none for who came directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// What it has to say about backup codes.
    pub backup: Option<backup::Notice>,
    /// Whether somebody is there without an account: back from an identity provider, or with an address that they proved.
    #[serde(default)]
    pub newcomer: bool,
    /// The session in which an identity provider is to be linked to an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links_in: Option<OwnSession>,
    /// Whether somebody came by an invitation, to choose the first password of their account.
    #[serde(default)]
    pub invited: bool,
    /// Whether an account was made in it, and its pages are not over.
    #[serde(default)]
    pub made: bool,
    /// Whether an account was chosen.
    pub chosen: bool,
    /// Whether the invitation to set a second factor up was accepted.
    #[serde(default)]
    pub accepted: bool,
    /// Whether what has to come before a set-up is proven first: they want something else than the contact on file.
    #[serde(default)]
    pub proves_first: bool,
    /// Whether anything about it is in the store.
    pub begun: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Whether its request is in the store: said once, by whoever put it there or found it.
    #[serde(skip)]
    pub parked: OnceLock<()>,
}

/// A session with whose it is. Another session of the account, or of somebody else in the same browser, does not stand for
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSession {
    /// The account.
    pub account: Uuid,
    /// The session.
    pub session: Uuid,
}

#[derive(Serialize, Deserialize)]
enum Sealed<T> {
    Whole(T),
    /// All but the request, which is in the store.
    Parked(Map<String, Value>),
}

/// Where the request stands in a transaction that is written as an object.
const REQUEST: &str = "request";

/// Why a transaction cannot go on.
#[derive(Clone, Debug)]
pub enum Gone {
    /// Not one of ours.
    Unreadable,
    /// Too old. It can be begun anew.
    Expired(Box<Transaction>),
    /// Another browser's, or one that is over.
    NotOwned(Box<Transaction>),
    /// The browser keeps no cookies.
    NoCookies(Box<Transaction>),
}

/// The hash of an opaque value, as it is stored and compared.
#[must_use]
pub fn hash(value: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, value.as_bytes()).as_ref());
    hash
}

impl Transaction {
    /// A transaction for a request that nobody has taken up.
    #[must_use]
    pub fn new(request: AuthorizationRequest, random: &Random, now: DateTime<Utc>) -> Self {
        let id = random.token();
        Self {
            id,
            owner: None,
            request,
            email: None,
            factor: None,
            set_up: None,
            unknown_at: Vec::new(),
            lang: None,
            entry: None,
            backup: None,
            newcomer: false,
            links_in: None,
            invited: false,
            made: false,
            chosen: false,
            accepted: false,
            proves_first: false,
            begun: false,
            started_at: now,
            parked: OnceLock::new(),
        }
    }

    /// Whether it is a sign-in to the account pages.
    #[must_use]
    pub fn is_for_account_pages(&self) -> bool {
        self.request.client_id == ACCOUNT_PAGES
    }

    /// How they came, as the ledger names it.
    #[must_use]
    pub fn came_by(&self) -> &str {
        self.entry.as_deref().unwrap_or(entry::DIRECT)
    }

    /// The error that goes back where the person leaves. The account pages are no relying party: they are left to
    /// themselves, or, by whoever did not get in, to the page that says where to get help.
    #[must_use]
    pub fn error(&self, issuer: &str, error: &OAuthError) -> Reply {
        match (self.is_for_account_pages(), self.request.max_age) {
            (false, _) => self.request.reply_to.error(issuer, error),
            (true, Some(_)) => Reply::Redirect("/account".to_owned()),
            (true, None) => Reply::Redirect("/help".to_owned()),
        }
    }

    /// The same request, begun anew.
    #[must_use]
    pub fn again(self, random: &Random, now: DateTime<Utc>) -> Self {
        let request = AuthorizationRequest { received_at: now, ..self.request };
        Self { entry: self.entry, ..Self::new(request, random, now) }
    }

    /// Gives the transaction to whoever has the value returned, and to nobody who had one before.
    pub fn give_to_new_owner(&mut self, random: &Random) -> String {
        let value = random.token();
        self.owner = Some(hash(&value));
        value
    }

    /// The transaction as text for an address.
    ///
    /// # Errors
    /// When a request that is too large to travel cannot be parked; [`Refusal::Requests`] where too many were, from this
    /// network address: each is a row that a stranger has us write.
    pub async fn seal(&self, app: &App, origin: &Origin) -> Result<String, StepError> {
        let sealer = &app.purposes.transactions;
        let whole = seal(sealer, &app.random, &Sealed::Whole(self))?;
        if whole.len() <= LONGEST {
            return Ok(whole);
        }
        let broken = |error: &dyn std::fmt::Display| StepError::Broken(error.to_string());
        let written = serde_json::to_value(self).map_err(|error| broken(&error))?;
        let Value::Object(mut parked) = written else { return Err(broken(&"a transaction is an object")) };
        parked.remove(REQUEST);
        if self.parked.get().is_none() {
            address::spend(app, origin, Spent::LargeRequest).await.map_err(Refusal::Requests)?;
            let request = sealer
                .seal_json(&app.random, &[b"request", self.id.as_bytes()], &self.request)
                .map_err(|error| broken(&error))?;
            let (id, expires_at) = (self.id.clone(), self.started_at + RESTARTABLE);
            requests::insert(&app.db, id, request, expires_at).await?;
            // Whoever says it twice says the same.
            let _ = self.parked.set(());
        }
        seal(sealer, &app.random, &Sealed::<&Self>::Parked(parked))
    }

    /// The transaction that a text seals, whoever owns it and however old it is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(app: &App, text: &str) -> Result<Option<Self>, StoreError> {
        let sealer = &app.purposes.transactions;
        match sealer.open_json::<Sealed<Box<Self>>>(&[b"transaction"], text) {
            Ok(Sealed::Whole(transaction)) => Ok(Some(*transaction)),
            Ok(Sealed::Parked(mut parked)) => {
                let id = parked.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                let stored = requests::find(&mut app.db.read().await?, &id, app.clock.now()).await?;
                let request = stored.and_then(|s| sealer.open_json(&[b"request", id.as_bytes()], &s).ok());
                let Some(request) = request else { return Ok(None) };
                parked.insert(REQUEST.to_owned(), request);
                let whole = serde_json::from_value::<Self>(Value::Object(parked)).ok();
                Ok(whole.map(|whole| Self { parked: OnceLock::from(()), ..whole }))
            }
            Err(_) => Ok(None),
        }
    }

    /// The transaction, if it can go on in the browser that sent `owner` (the value of its cookie).
    ///
    /// # Errors
    /// The outer error when the store fails.
    pub fn check(
        self,
        owner: Option<&str>,
        has_cookies: bool,
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> Result<Self, Gone> {
        if now >= self.started_at + life {
            return Err(if now < self.started_at + RESTARTABLE {
                Gone::Expired(Box::new(self))
            } else {
                Gone::Unreadable
            });
        }
        match owner {
            Some(value) if self.owner == Some(hash(value)) => Ok(self),
            None if !has_cookies => Err(Gone::NoCookies(Box::new(self))),
            _ => Err(Gone::NotOwned(Box::new(self))),
        }
    }
}

fn seal(sealer: &Sealer, random: &Random, value: &Sealed<&Transaction>) -> Result<String, StepError> {
    sealer.seal_json(random, &[b"transaction"], value).map_err(|error| StepError::Broken(error.to_string()))
}

/// A hash in 43 characters, which as a list of numbers is three times as long: an address is sent several times in a page.
mod hash_as_text {
    use data_encoding::BASE64URL_NOPAD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(super) fn serialize<S: Serializer>(hash: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
        match hash {
            Some(hash) => serializer.serialize_some(&BASE64URL_NOPAD.encode(hash)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 32]>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(D::Error::custom)?;
        bytes.try_into().map(Some).map_err(|_| D::Error::custom("not a hash"))
    }
}
