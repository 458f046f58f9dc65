//! The demo portal: a relying party as a council's portal would be one, on the `openidconnect` crate.
//!
//! It knows the provider only by its address, as any other portal does, and nothing of its insides: what works here
//! works for a portal written elsewhere. `docs/integrating.md` explains each step of [`relying_party`]. It is for
//! trying things out and keeps everything in memory.

mod callback;
mod claims;
mod handlers;
mod initiate;
mod page;
mod relying_party;
mod session;

use axum::Router;
use secrecy::SecretString;
use url::Url;

use crate::clock::{Clock, Random};
use crate::net::outbound::Outbound;

/// Where a client's browser comes back to with a code, below the portal's address.
pub const CALLBACK_PATH: &str = "/callback";

/// Where a browser comes back to after signing out, below the portal's address.
pub const SIGNED_OUT_PATH: &str = "/signed-out";

/// Where a sign-in is started from outside (OpenID Connect Core 4), below the portal's address; the client's id follows.
pub const INITIATE_PATH: &str = "/initiate/";

/// A form of the portal, below its address: whoever is not signed in is led away from it.
pub const FORM_PATH: &str = "/forms/missed-bin";

/// What the portal needs to know.
#[derive(Clone, Debug)]
pub struct PortalSettings {
    /// The provider's address.
    pub issuer: Url,
    /// The portal's own address, as browsers see it.
    pub base: Url,
    /// The clients it can be, each registered with [`CALLBACK_PATH`] and [`SIGNED_OUT_PATH`] below `base`.
    pub clients: Vec<PortalClient>,
    /// The residents one can try it with.
    pub residents: Vec<PortalResident>,
}

/// One registered client, authenticated by `client_secret_basic`.
#[derive(Clone, Debug)]
pub struct PortalClient {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The preset its policy was written from.
    pub preset: String,
    /// Its name, as the sign-in page says it.
    pub name: String,
}

/// Someone to sign in as. The start page shows all of it, which is what the demo is for.
#[derive(Clone, Debug)]
pub struct PortalResident {
    /// The address they sign in with.
    pub email: String,
    /// Their password.
    pub password: SecretString,
    /// Their telephone number in E.164, if they have one.
    pub phone: Option<String>,
    /// The key of their authenticator app in base32, if they have one.
    pub totp_secret: Option<SecretString>,
    /// What is special about them, for example `with an authenticator`.
    pub situation: String,
}

/// Why the portal cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A template of the portal is wrong.
    #[error("the portal's templates: {0}")]
    Template(#[from] tera::Error),
    /// The provider's or the portal's address cannot be one.
    #[error("the portal's addresses: {0}")]
    Address(#[from] url::ParseError),
}

/// The demo portal.
#[derive(Debug)]
pub struct Portal;

impl Portal {
    /// The portal's routes, with the same guard around them as the provider's. The provider need not answer yet: it is
    /// asked at the first sign-in.
    ///
    /// # Errors
    /// [`SetupError`]
    pub fn router(
        settings: PortalSettings,
        clock: Clock,
        random: Random,
        outbound: Outbound,
    ) -> Result<Router, SetupError> {
        handlers::router(settings, clock, random, outbound)
    }
}

/// An origin or issuer as it is written in requests: without the slash that [`Url`] puts behind it.
fn without_slash(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}
