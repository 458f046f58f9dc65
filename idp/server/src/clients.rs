//! The client apps this node works with: a snapshot that is replaced whole when the store's revision changes.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use idp_core::oidc::client::{ClientAuth, ClientMetadata};
use idp_core::policy::{ClientClass, Floors, Policy, PolicyDocument, SignInMethod, UserClass};

use crate::keys::seal::MacKey;
use crate::page::Lang;
use crate::store::clients::StoredClient;

/// The id that the account pages have in a sign-in: no client can be registered by it, and none that asks for it is let
/// in from outside.
pub const ACCOUNT_PAGES: &str = "idp:account";

/// A client app, ready for use.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// What it registered.
    pub metadata: ClientMetadata,
    /// Who is charged for its messages: the id of an organisation.
    pub organisation: String,
    /// Its policy before any floor.
    pub policy: Policy,
    /// Whether it may be used.
    pub enabled: bool,
    /// When its first valid authorization request came.
    pub first_accessed_at: Option<DateTime<Utc>>,
    secret_tag: Option<Vec<u8>>,
    floors: Arc<Floors>,
}

impl Client {
    /// The policy for an account of `class`: no weaker than the floor of that class.
    #[must_use]
    pub fn policy_for(&self, class: UserClass) -> Policy {
        self.policy.under_floor(&self.floors.of(class))
    }

    /// Whether it stands for the account pages.
    #[must_use]
    pub fn is_account_pages(&self) -> bool {
        self.id == ACCOUNT_PAGES
    }

    /// Whether `secret` is this client's, in constant time.
    #[must_use]
    pub fn has_secret(&self, secret: &str, secrets: &MacKey) -> bool {
        self.secret_tag.as_ref().is_some_and(|tag| secrets.verify(&secret_parts(&self.id, secret), tag))
    }

    /// Its display name in a language.
    #[must_use]
    pub fn name_in(&self, lang: Lang) -> String {
        let welsh = self.metadata.client_name_cy.as_ref().filter(|_| lang == Lang::Cy);
        welsh.unwrap_or(&self.metadata.client_name).clone()
    }

    /// Whether it authenticates at all.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == ClientAuth::None
    }
}

fn secret_parts<'a>(id: &'a str, secret: &'a str) -> [&'a [u8]; 2] {
    [id.as_bytes(), secret.as_bytes()]
}

/// What is stored in place of a client's secret.
#[must_use]
pub fn secret_tag(id: &str, secret: &str, secrets: &MacKey) -> Vec<u8> {
    secrets.tag(&secret_parts(id, secret)).to_vec()
}

/// What the installation says about every client's policy.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// What a policy inherits.
    pub defaults: &'a PolicyDocument,
    /// The least for each class.
    pub floors: &'a Arc<Floors>,
    /// The countries that the installation sends to; a policy names some of them.
    pub countries: &'a [String],
    /// The identity providers that the account pages take: whoever has linked one may come in with it.
    pub providers: &'a [SignInMethod],
}

impl Base<'_> {
    fn policy(&self, document: &PolicyDocument) -> Policy {
        let mut policy = document.resolve(self.defaults);
        policy.countries.retain(|country| self.countries.contains(country));
        policy
    }
}

/// The account pages as a sign-in sees them: what they ask of an account is worked out when the account is known.
fn account_pages(base: &Base<'_>) -> Client {
    let policy = base.policy(&PolicyDocument::default());
    let own = [SignInMethod::Password, SignInMethod::Passkey];
    let sign_in = own.into_iter().chain(base.providers.iter().cloned()).collect();
    Client {
        id: ACCOUNT_PAGES.to_owned(),
        organisation: String::new(),
        metadata: ClientMetadata::named(ACCOUNT_PAGES),
        policy: Policy { user_class: ClientClass::Any, sign_in, ..policy },
        enabled: true,
        first_accessed_at: None,
        secret_tag: None,
        floors: Arc::clone(base.floors),
    }
}

/// All clients of one moment.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    by_id: HashMap<String, Arc<Client>>,
    account_pages: Option<Arc<Client>>,
}

impl Clients {
    /// The clients of these rows.
    #[must_use]
    pub fn new(rows: Vec<StoredClient>, base: &Base<'_>) -> Self {
        let client = |row: StoredClient| Client {
            policy: base.policy(&row.policy),
            id: row.id,
            organisation: row.organisation,
            metadata: row.metadata,
            enabled: row.enabled,
            first_accessed_at: row.first_accessed_at,
            secret_tag: row.secret_tag,
            floors: Arc::clone(base.floors),
        };
        let by_id = rows.into_iter().map(client).map(|client| (client.id.clone(), Arc::new(client))).collect();
        Self { by_id, account_pages: Some(Arc::new(account_pages(base))) }
    }

    /// The client with that id, if it may be used.
    #[must_use]
    pub fn enabled(&self, id: &str) -> Option<&Arc<Client>> {
        self.by_id.get(id).filter(|client| client.enabled)
    }

    /// The client with that id, if people may sign in for it: the account pages too, which are none to anybody outside.
    #[must_use]
    pub fn for_sign_in(&self, id: &str) -> Option<&Arc<Client>> {
        if id == ACCOUNT_PAGES { self.account_pages.as_ref() } else { self.enabled(id) }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.by_id.values()
    }
}
