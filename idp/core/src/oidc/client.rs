//! Client metadata (OpenID Connect Dynamic Client Registration 1.0, section 2), as far as rules need it.

use serde::{Deserialize, Serialize};

use super::alg::SigningAlg;
use super::redirect_uri;
use super::scope::Scopes;

/// How a client authenticates at the token endpoint (OpenID Connect Core 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// A public client: no authentication, PKCE always.
    None,
}

impl ClientAuth {
    /// Every method, as `token_endpoint_auth_methods_supported` lists them.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
        }
    }
}

/// A grant type that a client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749, 4.1.
    AuthorizationCode,
    /// RFC 6749, 4.4.
    ClientCredentials,
}

impl GrantType {
    /// Every grant, as `grant_types_supported` lists them.
    pub const ALL: [Self; 2] = [Self::AuthorizationCode, Self::ClientCredentials];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

/// What a relying party registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientMetadata {
    /// The name that residents see.
    pub client_name: String,
    /// The name in Welsh (`client_name#cy`), where it differs.
    #[serde(default, rename = "client_name#cy", skip_serializing_if = "Option::is_none")]
    pub client_name_cy: Option<String>,
    /// Where answers may go; compared as text.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where the browser may go after a sign-out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// The grants it may use.
    #[serde(default = "default_grants")]
    pub grant_types: Vec<GrantType>,
    /// How it authenticates.
    #[serde(default)]
    pub token_endpoint_auth_method: ClientAuth,
    /// What its ID tokens are signed with.
    #[serde(default = "default_alg")]
    pub id_token_signed_response_alg: SigningAlg,
    /// What its userinfo answers are signed with; unsigned JSON where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlg>,
    /// The scopes it may have.
    #[serde(default = "default_scopes")]
    pub scope: Scopes,
    /// Whether a code needs PKCE. Always so for public clients.
    #[serde(default = "yes")]
    pub require_pkce: bool,
    /// Where residents read about the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its privacy notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Where a sign-in may be started from outside (OpenID Connect Core 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
}

fn default_grants() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode]
}

const fn default_alg() -> SigningAlg {
    SigningAlg::RS256
}

fn default_scopes() -> Scopes {
    Scopes::from(super::scope::STANDARD.join(" "))
}

const fn yes() -> bool {
    true
}

impl ClientMetadata {
    /// Metadata of a web application with everything at its default.
    #[must_use]
    pub fn named(client_name: impl Into<String>) -> Self {
        Self {
            client_name: client_name.into(),
            client_name_cy: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: default_grants(),
            token_endpoint_auth_method: ClientAuth::default(),
            id_token_signed_response_alg: default_alg(),
            userinfo_signed_response_alg: None,
            scope: default_scopes(),
            require_pkce: true,
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            initiate_login_uri: None,
        }
    }

    /// Whether an answer may go to `uri`.
    #[must_use]
    pub fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect_uri::matches(registered, uri))
    }

    /// Whether the browser may go to `uri` after a sign-out.
    #[must_use]
    pub fn may_return_to(&self, uri: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|registered| redirect_uri::matches(registered, uri))
    }

    /// Whether it may use `grant`.
    #[must_use]
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether its codes need PKCE.
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce || self.token_endpoint_auth_method == ClientAuth::None
    }

    /// Every rule this metadata breaks, as (field, sentence); an empty list may be saved.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if self.client_name.trim().is_empty() || self.client_name.chars().count() > 100 {
            problems.push(("client_name", "must have 1 to 100 characters".to_owned()));
        }
        if self.client_name.chars().any(char::is_control) {
            problems.push(("client_name", "must not have control characters".to_owned()));
        }
        for (field, uris) in
            [("redirect_uris", &self.redirect_uris), ("post_logout_redirect_uris", &self.post_logout_redirect_uris)]
        {
            for (n, uri) in uris.iter().enumerate() {
                if let Err(error) = redirect_uri::check_registrable(uri) {
                    problems.push((field, format!("entry {} ({uri}) {error}", n + 1)));
                }
            }
        }
        let pages = [
            ("client_uri", &self.client_uri),
            ("logo_uri", &self.logo_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
            ("initiate_login_uri", &self.initiate_login_uri),
        ];
        for (field, uri) in pages {
            let web = |uri: &String| uri.starts_with("https://") || uri.starts_with("http://");
            if let Some(uri) = uri
                && !(web(uri) && redirect_uri::check_registrable(uri).is_ok())
            {
                problems.push((field, format!("({uri}) must be an https:// address")));
            }
        }
        if self.may_use(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            problems.push(("redirect_uris", "must have an entry for the authorization_code grant".to_owned()));
        }
        if self.may_use(GrantType::ClientCredentials) && self.token_endpoint_auth_method == ClientAuth::None {
            problems.push(("grant_types", "client_credentials needs a client that authenticates".to_owned()));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_that_breaks_a_rule_says_which_field_and_entry() {
        let mut metadata = ClientMetadata::named("Portal");
        metadata.redirect_uris = vec!["https://a.example/cb".to_owned(), "http://a.example/cb".to_owned()];
        metadata.logo_uri = Some("javascript:alert(1)".to_owned());
        let problems = metadata.problems();
        assert!(problems.iter().any(|(f, p)| *f == "redirect_uris" && p.starts_with("entry 2 (http://a.example/cb)")));
        assert!(problems.iter().any(|(f, _)| *f == "logo_uri"));
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn a_public_client_needs_pkce_whatever_it_says() {
        let mut metadata = ClientMetadata::named("App");
        metadata.require_pkce = false;
        metadata.token_endpoint_auth_method = ClientAuth::None;
        assert!(metadata.needs_pkce());
    }
}
