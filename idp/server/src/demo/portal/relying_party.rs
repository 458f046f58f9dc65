//! The relying party's side of the protocol: discovery, requests, and the checks of what comes back. Knows nothing of
//! pages or cookies. Every check that OpenID Connect Core 3.1.3.7 and RFC 9207 ask of a client is made here or by the
//! `openidconnect` crate.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use idp_core::level::Level;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthenticationContextClass, AuthorizationCode, ClaimsVerificationError, Client,
    ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IdToken, IdTokenFields, IdTokenVerifier, IssuerUrl, LoginHint, LogoutRequest, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, UserInfoClaims,
};
use secrecy::ExposeSecret as _;
use url::Url;

use super::callback::{self, Answer, WrongAnswer};
use super::claims::{self, OtherClaims};
use super::initiate::{self, Start, WrongStart};
use super::session::{Pending, SignedIn};
use super::{CALLBACK_PATH, PortalClient, PortalSettings, SIGNED_OUT_PATH, SetupError, without_slash};
use crate::clock::{Clock, Random};
use crate::net::form::Form;
use crate::net::outbound::{FetchError, Outbound};

/// The ID token with all its claims.
pub(super) type PortalIdToken =
    IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

type TokenFields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Tokens = StandardTokenResponse<TokenFields, CoreTokenType>;

type ErrorResponse = StandardErrorResponse<CoreErrorResponseType>;

/// The crate's client as a provider's metadata make it.
type DiscoveredClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    ErrorResponse,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What the portal asks the resident for.
pub(super) const SCOPES: [&str; 4] = ["profile", "email", "phone", "address"];

/// Signatures that the portal takes. Those with a shared secret are not among them.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why somebody is sent to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// To sign in, or to come back at once where they are signed in there already.
    SignIn,
    /// To give a second factor if the sign-in had none: a step-up.
    SecondFactor,
    /// To prove again who they are.
    Again,
}

impl Ask {
    /// The level that is asked for.
    pub(super) const fn level(self) -> Option<Level> {
        match self {
            Self::SecondFactor => Some(Level::TwoFactor),
            Self::SignIn | Self::Again => None,
        }
    }
}

/// Why a sign-in failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignInError {
    #[error("The identity provider cannot be reached, or its metadata cannot be read: {0}")]
    Discovery(String),
    #[error("The identity provider's metadata name no {0}")]
    Missing(&'static str),
    #[error(transparent)]
    Callback(#[from] WrongAnswer),
    #[error("The code was not exchanged for tokens: {0}")]
    Token(String),
    #[error("The ID token is not acceptable: {0}")]
    IdToken(String),
    #[error("The signing key of the ID token is not known")]
    UnknownKey,
    #[error("The user information was not given: {0}")]
    UserInfo(String),
}

/// The guarded client, as the crate wants one.
struct Exchange(Outbound);

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = FetchError;
    type Future = BoxFuture<'c, Result<HttpResponse, FetchError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.execute(request))
    }
}

/// The relying party.
pub(super) struct RelyingParty {
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    signed_out: PostLogoutRedirectUrl,
    exchange: Exchange,
    clock: Clock,
    random: Random,
    /// What discovery said. Asked for when first needed, and again while there is no answer.
    provider: Mutex<Option<Arc<ProviderMetadataWithLogout>>>,
}

impl RelyingParty {
    pub(super) fn new(
        settings: &PortalSettings,
        clock: Clock,
        random: Random,
        outbound: Outbound,
    ) -> Result<Self, SetupError> {
        let base = without_slash(&settings.base);
        Ok(Self {
            issuer: IssuerUrl::new(without_slash(&settings.issuer).to_owned())?,
            redirect: RedirectUrl::new(format!("{base}{CALLBACK_PATH}"))?,
            signed_out: PostLogoutRedirectUrl::new(format!("{base}{SIGNED_OUT_PATH}"))?,
            exchange: Exchange(outbound),
            clock,
            random,
            provider: Mutex::default(),
        })
    }

    /// The address to send the browser to, and what its answer will be checked against.
    pub(super) async fn request(
        &self,
        client: &PortalClient,
        ask: Ask,
        start: Start,
    ) -> Result<(Url, Pending), SignInError> {
        let provider = self.provider().await?;
        let pending = Pending {
            state: self.random.token(),
            nonce: self.random.token(),
            verifier: self.random.token(),
            client_id: client.client_id.clone(),
            asked: ask.level(),
            target: start.target,
            started_at: self.clock.now(),
        };
        let (state, nonce) = (CsrfToken::new(pending.state.clone()), Nonce::new(pending.nonce.clone()));
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let crate_client = self.client(&provider, client);
        let mut request = crate_client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Some(level) = ask.level() {
            request = request.add_auth_context_value(AuthenticationContextClass::new(level.to_string()));
        }
        if let Some(hint) = start.login_hint {
            request = request.set_login_hint(LoginHint::new(hint));
        }
        if ask == Ask::Again {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        Ok((request.url().0, pending))
    }

    /// Reads what somebody else starts a sign-in with.
    pub(super) fn start(&self, params: &Form) -> Result<Start, WrongStart> {
        initiate::read(params, self.issuer.as_str(), self.redirect.url())
    }

    /// Reads a callback of the provider.
    pub(super) fn answer(&self, query: &Form) -> Result<Answer, WrongAnswer> {
        callback::read(query, self.issuer.as_str())
    }

    /// Redeems a code, verifies the ID token and asks for the user information.
    pub(super) async fn redeem(
        &self,
        client: &PortalClient,
        pending: &Pending,
        code: String,
    ) -> Result<SignedIn, SignInError> {
        let provider = self.provider().await?;
        let crate_client = self.client(&provider, client);
        let tokens: Tokens = crate_client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| SignInError::Missing("token_endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .request_async(&self.exchange)
            .await
            .map_err(|error| SignInError::Token(token_error(&error)))?;
        let claims = match self.verify(&crate_client, &tokens, pending) {
            // The provider has changed its keys since it was asked for them.
            Err(SignInError::UnknownKey) => {
                self.forget_provider();
                let provider = self.provider().await?;
                self.verify(&self.client(&provider, client), &tokens, pending)?
            }
            verified => verified?,
        };
        let id_token = tokens.id_token().ok_or(SignInError::Token("there is no ID token".to_owned()))?.clone();
        let subject = claims.get("sub").and_then(|sub| sub.as_str()).unwrap_or_default();
        let userinfo: UserInfoClaims<OtherClaims, CoreGenderClaim> = crate_client
            .user_info(tokens.access_token().clone(), Some(openidconnect::SubjectIdentifier::new(subject.to_owned())))
            .map_err(|_| SignInError::Missing("userinfo_endpoint"))?
            .request_async(&self.exchange)
            .await
            .map_err(|error| SignInError::UserInfo(error.to_string()))?;
        let userinfo = claims::by_name(&userinfo).map_err(|error| SignInError::UserInfo(error.to_string()))?;
        Ok(SignedIn { client_id: client.client_id.clone(), id_token, claims, userinfo, asked: pending.asked })
    }

    /// Where the browser goes to sign out at the provider too (RP-Initiated Logout 1.0), and the `state` with which
    /// it comes back.
    pub(super) async fn sign_out(&self) -> Result<(LogoutRequest, String), SignInError> {
        let provider = self.provider().await?;
        let endpoint = provider.additional_metadata().end_session_endpoint.clone();
        let endpoint = endpoint.ok_or(SignInError::Missing("end_session_endpoint"))?;
        let state = self.random.token();
        let request = LogoutRequest::from(endpoint)
            .set_post_logout_redirect_uri(self.signed_out.clone())
            .set_state(CsrfToken::new(state.clone()));
        Ok((request, state))
    }

    /// The claims of the ID token, once signature, issuer, audience, times, nonce and `at_hash` are right.
    fn verify(
        &self,
        client: &DiscoveredClient,
        tokens: &Tokens,
        pending: &Pending,
    ) -> Result<claims::Claims, SignInError> {
        let id_token = tokens.id_token().ok_or(SignInError::Token("there is no ID token".to_owned()))?;
        let verifier: IdTokenVerifier<'_, CoreJsonWebKey> =
            client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(|| self.clock.now());
        let nonce = Nonce::new(pending.nonce.clone());
        let trusted = id_token.claims(&verifier, &nonce).map_err(|error| match error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                SignInError::UnknownKey
            }
            // The reason behind “Signature verification failed” is in the source.
            ClaimsVerificationError::SignatureVerification(reason) => SignInError::IdToken(reason.to_string()),
            other => SignInError::IdToken(other.to_string()),
        })?;
        if let Some(expected) = trusted.access_token_hash() {
            let wrong = |error: &dyn std::error::Error| SignInError::IdToken(error.to_string());
            let algorithm = id_token.signing_alg().map_err(|error| wrong(&error))?;
            let key = id_token.signing_key(&verifier).map_err(|error| wrong(&error))?;
            let actual =
                AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(|error| wrong(&error))?;
            if actual != *expected {
                return Err(SignInError::IdToken("at_hash is that of another access token".to_owned()));
            }
        }
        claims::by_name(trusted).map_err(|error| SignInError::IdToken(error.to_string()))
    }

    fn client(&self, provider: &ProviderMetadataWithLogout, client: &PortalClient) -> DiscoveredClient {
        let secret = ClientSecret::new(client.client_secret.expose_secret().to_owned());
        Client::from_provider_metadata(provider.clone(), ClientId::new(client.client_id.clone()), Some(secret))
            .set_redirect_uri(self.redirect.clone())
    }

    async fn provider(&self) -> Result<Arc<ProviderMetadataWithLogout>, SignInError> {
        let known = self.provider.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(provider) = known {
            return Ok(provider);
        }
        let found = ProviderMetadataWithLogout::discover_async(self.issuer.clone(), &self.exchange).await;
        let found = Arc::new(found.map_err(|error| SignInError::Discovery(error.to_string()))?);
        *self.provider.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        Ok(found)
    }

    fn forget_provider(&self) {
        *self.provider.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The token endpoint's own words where it said some.
fn token_error(error: &RequestTokenError<FetchError, ErrorResponse>) -> String {
    match error {
        RequestTokenError::ServerResponse(said) => said.to_string(),
        RequestTokenError::Request(error) => error.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn relying_party() -> RelyingParty {
        let settings = PortalSettings {
            issuer: "http://localhost:8080".parse().expect("an address"),
            base: "http://localhost:8081".parse().expect("an address"),
            clients: Vec::new(),
            residents: Vec::new(),
        };
        let outbound = Outbound::new(&config::Outbound::default(), &config::Development::default());
        RelyingParty::new(&settings, Clock::system(), Random::default(), outbound).expect("a relying party")
    }

    #[test]
    fn addresses_are_sent_as_they_are_registered() {
        let party = relying_party();
        assert_eq!(party.issuer.as_str(), "http://localhost:8080");
        assert_eq!(party.redirect.as_str(), "http://localhost:8081/callback");
        assert_eq!(party.signed_out.as_str(), "http://localhost:8081/signed-out");
    }

    #[test]
    fn only_a_step_up_asks_for_a_level() {
        assert_eq!(Ask::SecondFactor.level(), Some(Level::TwoFactor));
        assert_eq!(Ask::SignIn.level(), None);
        assert_eq!(Ask::Again.level(), None);
    }
}
