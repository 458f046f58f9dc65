//! `idp client add`.

use clap::Args;
use idp_core::oidc::alg::SigningAlg;
use idp_core::oidc::client::{ClientAuth, ClientMetadata, GrantType};
use idp_core::oidc::scope::Scopes;
use idp_core::policy::Warning;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{known_organisation, new_policy};
use crate::cli::desk::Desk;
use crate::cli::failure::Failure;
use crate::cli::output::lines;
use crate::cli::policy;
use crate::cli::tariff::Adoption;
use crate::clients::secret_tag;
use crate::http::api::caller;
use crate::store::clients::{self, StoredClient};
use crate::store::organisations;

/// Characters that a client's secret must have at least.
const SHORTEST_SECRET: usize = 32;

/// A client app to be registered.
#[derive(Debug, Args)]
pub struct Add {
    /// Its `client_id`: letters, digits and - . _ ~
    #[arg(long)]
    id: String,
    /// The name that people see; the id, if none is given
    #[arg(long)]
    name: Option<String>,
    /// The name in Welsh
    #[arg(long)]
    name_cy: Option<String>,
    /// Its secret; without one a secret is made and printed once
    #[arg(long, conflicts_with = "public", allow_hyphen_values = true)]
    secret: Option<SecretString>,
    /// Where answers may go; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where the browser may go after signing out; may be given several times
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// `client_secret_basic`, `client_secret_post` or `none`
    #[arg(long, value_parser = auth_method, default_value = "client_secret_basic")]
    auth_method: ClientAuth,
    /// An app that can keep no secret: the same as --auth-method none
    #[arg(long)]
    public: bool,
    /// `authorization_code` or `client_credentials`; may be given several times
    #[arg(long = "grant", value_name = "GRANT", value_parser = grant, default_value = "authorization_code")]
    grants: Vec<GrantType>,
    /// The scopes it may have
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// Take authorization requests without PKCE, for an old client that has a secret
    #[arg(long, visible_alias = "pkce-optional")]
    no_pkce: bool,
    /// What its ID tokens are signed with
    #[arg(long, value_name = "ALG", default_value = "RS256")]
    id_token_alg: SigningAlg,
    /// Sign its userinfo answers with this
    #[arg(long, value_name = "ALG")]
    userinfo_alg: Option<SigningAlg>,
    /// The organisation that is charged for its messages
    #[arg(long, value_name = "ID", default_value = organisations::DEFAULT)]
    organisation: String,
    /// The preset that its policy is written from
    #[arg(long)]
    preset: Option<String>,
    /// Fields of its policy, over those of the preset
    #[arg(long, value_name = "JSON|FILE")]
    policy: Option<String>,
    /// An app of somebody else: people are asked before it gets their data
    #[arg(long)]
    third_party: bool,
    /// Where people read about it
    #[arg(long, value_name = "URI")]
    client_uri: Option<String>,
    /// Its logo: fetched once and shown from here, never by the resident's browser
    #[arg(long, value_name = "URI")]
    logo_uri: Option<String>,
    /// Its privacy notice, linked from the page where people sign in
    #[arg(long, value_name = "URI")]
    policy_uri: Option<String>,
    /// Its terms, linked there as well
    #[arg(long, value_name = "URI")]
    tos_uri: Option<String>,
    /// Where a sign-in can be started from outside
    #[arg(long, value_name = "URI")]
    initiate_login_uri: Option<String>,
}

fn auth_method(text: &str) -> Result<ClientAuth, String> {
    let named = ClientAuth::ALL.into_iter().find(|method| method.as_str() == text);
    named.ok_or_else(|| format!("use one of {}", ClientAuth::ALL.map(ClientAuth::as_str).join(", ")))
}

fn grant(text: &str) -> Result<GrantType, String> {
    let named = GrantType::ALL.into_iter().find(|grant| grant.as_str() == text);
    named.ok_or_else(|| format!("use one of {}", GrantType::ALL.map(GrantType::as_str).join(", ")))
}

impl Add {
    /// Registers the client.
    ///
    /// # Errors
    /// The id is taken, or the metadata or policy break a rule.
    pub async fn run(self, desk: &Desk) -> Result<(), Failure> {
        check_id(&self.id)?;
        let policy = new_policy(self.preset.as_deref(), self.policy.as_deref(), self.third_party)?;
        let (defaults, _) = desk.policies();
        let plan = policy.resolve(&defaults).tariff_plan;
        let installation = policy::installation(desk).await?;
        let base = new_policy(self.preset.as_deref(), None, false)?;
        let complete = policy::complete(&base, &defaults, &installation);
        let judged = policy::judge(&policy, &defaults, &installation)?;
        let mut warnings = policy::news(judged, &base, &defaults, &complete);
        let (id, organisation, given) = (self.id.clone(), self.organisation.clone(), self.secret.clone());
        let metadata = self.metadata();
        check_metadata(&metadata)?;
        warnings.extend(decides_alone(&metadata));
        let is_public = metadata.token_endpoint_auth_method == ClientAuth::None;
        if is_public && given.is_some() {
            return Err(Failure::usage("a client without authentication has no secret: leave out --secret"));
        }
        if let Some(secret) = &given {
            check_secret(secret.expose_secret())?;
        }
        let made = (!is_public && given.is_none()).then(|| SecretString::from(desk.random.token()));
        let secret = given.as_ref().or(made.as_ref());
        let client = StoredClient {
            id: id.clone(),
            organisation,
            metadata,
            policy,
            secret_tag: secret.map(|secret| secret_tag(&id, secret.expose_secret(), &desk.purposes.client_secrets)),
            enabled: true,
            first_accessed_at: None,
        };
        insert(desk, client, Adoption::of(desk, plan)).await?;
        let shown = made.as_ref().map(|secret| secret.expose_secret().to_owned());
        desk.print(&json!({ "client_id": id, "client_secret": shown, "warnings": warnings }), || {
            let secret = shown.as_ref().map(|secret| format!("\nIts secret, shown only now: {secret}"));
            let notes = lines("\nNote: ", warnings.iter().map(|warning| warning.message.clone()));
            format!("The client app {id} is registered.{}{notes}", secret.unwrap_or_default())
        });
        Ok(())
    }

    fn metadata(self) -> ClientMetadata {
        let scope = self.scope.map(Scopes::from);
        let named = ClientMetadata::named(self.name.unwrap_or(self.id));
        ClientMetadata {
            client_name_cy: self.name_cy,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            grant_types: self.grants,
            token_endpoint_auth_method: if self.public { ClientAuth::None } else { self.auth_method },
            id_token_signed_response_alg: self.id_token_alg,
            userinfo_signed_response_alg: self.userinfo_alg,
            scope: scope.unwrap_or_else(|| named.scope.clone()),
            require_pkce: !self.no_pkce,
            client_uri: self.client_uri,
            logo_uri: self.logo_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            initiate_login_uri: self.initiate_login_uri,
            ..named
        }
    }
}

async fn insert(desk: &Desk, client: StoredClient, adoption: Adoption) -> Result<(), Failure> {
    let (event, now) = (desk.client_event("client.created", &client.id), desk.clock.now());
    let taken = Failure::failed(format!("there is a client app with the id {} already", client.id));
    let added = desk
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                known_organisation(tx, &client.organisation).await?;
                let added = clients::insert(tx, client, now).await?;
                if added {
                    adoption.write(tx).await?;
                    tx.audit(event);
                }
                Ok::<_, Failure>(added)
            })
        })
        .await?;
    if added { Ok(()) } else { Err(taken) }
}

fn check_id(id: &str) -> Result<(), Failure> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if (1..=100).contains(&id.len()) && id.bytes().all(unreserved) {
        return Ok(());
    }
    Err(Failure::usage("--id must have 1 to 100 letters, digits or - . _ ~"))
}

/// What is to be thought about where one client pushes people and decides whose an address is.
fn decides_alone(metadata: &ClientMetadata) -> Option<Warning> {
    let has = |scope: &str| metadata.scope.has(scope);
    (has(caller::WRITE) && has(caller::DECIDE)).then(|| Warning {
        code: "client_warning_decides_own_pushes",
        fields: vec!["scope".to_owned()],
        message: format!(
            "with {} and {} the client decides itself about an address that it pushes and somebody else signs in with: \
             whoever has its secret can take that account over. Give one of the two to another client.",
            caller::WRITE,
            caller::DECIDE
        ),
    })
}

fn check_secret(secret: &str) -> Result<(), Failure> {
    let printable = secret.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if (SHORTEST_SECRET..=256).contains(&secret.len()) && printable {
        return Ok(());
    }
    Err(Failure::usage(
        "--secret must have 32 to 256 printable ASCII characters, chosen at random: leave it out to have one made",
    ))
}

pub(super) fn check_metadata(metadata: &ClientMetadata) -> Result<(), Failure> {
    let problems = metadata.problems();
    if problems.is_empty() {
        return Ok(());
    }
    let lines = lines("\n  ", problems.iter().map(|(field, sentence)| format!("{field} {sentence}")));
    Err(Failure::usage(format!("the client app is refused:{lines}")))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        add: Add,
    }

    fn parsed(line: &str) -> Add {
        Alone::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{error}")).add
    }

    #[test]
    fn arguments_become_metadata() {
        let line = "add --id app --redirect-uri https://a.example/cb --redirect-uri https://a.example/2 --no-pkce \
                    --grant authorization_code --grant client_credentials --auth-method client_secret_post --id-token-alg ES256";
        let metadata = parsed(line).metadata();
        assert_eq!(metadata.client_name, "app");
        assert_eq!(metadata.redirect_uris.len(), 2);
        assert_eq!(metadata.grant_types, GrantType::ALL);
        assert_eq!(metadata.token_endpoint_auth_method, ClientAuth::ClientSecretPost);
        assert_eq!(metadata.id_token_signed_response_alg, SigningAlg::ES256);
        assert!(!metadata.require_pkce);
        assert!(metadata.problems().is_empty());
    }

    #[test]
    fn the_documented_spellings_of_other_switches_are_taken() {
        assert_eq!(parsed("add --id app --public").metadata().token_endpoint_auth_method, ClientAuth::None);
        assert!(!parsed("add --id app --pkce-optional").metadata().require_pkce);
        assert!(Alone::try_parse_from(["add", "--id", "app", "--grant", "password"]).is_err());
        assert!(Alone::try_parse_from(["add", "--id", "app", "--public", "--secret", "x"]).is_err());
    }

    #[test]
    fn ids_and_secrets_that_would_need_encoding_or_guessing_are_refused() {
        for id in ["", "a b", "ä", "a/b", &"x".repeat(101)] {
            assert!(check_id(id).is_err(), "{id}");
        }
        assert!(check_id("demo-council_portal.1~").is_ok());
        for secret in ["short", &"x".repeat(257), &"ü".repeat(32)] {
            assert!(check_secret(secret).is_err(), "{secret}");
        }
        assert!(check_secret(&"s".repeat(32)).is_ok());
    }
}
