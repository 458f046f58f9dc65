//! What every page shows around its own content.

use serde::Serialize;

use super::lang::Lang;
use super::message::Message;

/// The service that sent the resident here, as they know it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientFace {
    /// Its display name in the page's language.
    pub name: String,
    /// Its logo, below our own origin.
    pub logo_src: Option<String>,
    /// Its privacy notice.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// Its start page.
    pub home_uri: Option<String>,
}

/// What every page shows around its own content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The language of the page.
    pub lang: Lang,
    /// The languages offered, in the order of the language navigation; with fewer than two there is none.
    pub languages: Vec<Lang>,
    /// The theme's name; an unknown one is the default theme.
    pub theme: String,
    /// The set of texts whose words win over the usual ones: `default`, `always-on`, `staff-app`, `authenticator` or
    /// `sms-first`.
    pub wording: String,
    /// The council's name, in the page's language.
    pub council: String,
    /// The name of the whole service, in the page's language; empty where the council's name does for it.
    pub own_service: String,
    /// The service that asked for the sign-in, if one did.
    pub client: Option<ClientFace>,
    /// The token that each form carries.
    pub csrf: Option<String>,
    /// Where the back link goes; none on the first step and after success.
    pub back: Option<String>,
    /// What the resident should know first, whichever page comes next.
    pub banner: Option<Message>,
    /// Path and query of this page: where the other language's link goes. Empty where the page cannot be asked for
    /// again; then it has no language links.
    pub here: String,
    /// Whether the page answers a form: then whoever comes back to it, or loads it again, gets the page at `here` and is not
    /// asked to send the form again.
    pub answers_form: bool,
    /// Whether the browser says that somebody is signed in, and nothing is under way: then the foot of the page leads to
    /// their account.
    pub signed_in: bool,
    /// The id of the request, which error pages show.
    pub reference: String,
}

impl Frame {
    /// The name of the service that asked; where none did, of the whole service.
    #[must_use]
    pub fn service(&self) -> &str {
        let own = if self.own_service.is_empty() { &self.council } else { &self.own_service };
        self.client.as_ref().map_or(own, |client| &client.name)
    }
}
