//! The authorization request: one table of checks, used for every way a request can arrive.
//!
//! A request is read in two steps. [`reply_to`] proves client and redirect URI; until it has, nothing may be sent
//! anywhere but to the person's own screen. Then [`read`] runs [`CHECKS`], whose errors go back to the client.
//! To support a further parameter, add a field to [`AuthorizationRequest`] and a function to [`CHECKS`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::acr::{Demand, Vocabulary};
use super::claims::ClaimsRequest;
use super::client::{ClientMetadata, GrantType};
use super::error::{ErrorCode, OAuthError, invalid_request};
use super::params::Params;
use super::pkce::CodeChallenge;
use super::prompt::Prompt;
use super::response::{ReplyTo, ResponseMode};
use super::scope::{self, Scopes};

/// A request that passed every check, as it is parked while the person signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where and how the answer goes.
    pub reply_to: ReplyTo,
    /// What is asked for, cut to what the client may have.
    pub scopes: Scopes,
    /// To be echoed in the ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// PKCE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// What the person is to be asked.
    pub prompt: Prompt,
    /// The greatest age of the sign-in, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// The levels asked for; empty when the client's own default applies.
    pub demand: Demand,
    /// Claims named one by one.
    pub claims: ClaimsRequest,
    /// The subject the client expects, from `id_token_hint` or the `claims` parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_sub: Option<String>,
    /// What to put into the email field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// Preferred languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    /// When it arrived; the age of a sign-in is measured at this time, so that a slow second factor cannot loop.
    pub received_at: DateTime<Utc>,
}

/// What an `id_token_hint` turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// Not sent.
    Absent,
    /// One of our ID tokens, perhaps expired.
    Ours {
        /// Its subject.
        sub: String,
    },
    /// Not one of ours.
    Foreign,
}

/// What the checks look at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The parameters.
    pub params: &'a Params,
    /// The proven client's id.
    pub client_id: &'a str,
    /// The proven client.
    pub client: &'a ClientMetadata,
    /// The `acr` values known here.
    pub vocabulary: &'a Vocabulary,
    /// The verified hint.
    pub hint: &'a Hint,
    /// When the request arrived.
    pub received_at: DateTime<Utc>,
}

/// Proves client and redirect URI. An error here is shown on a page of our own and never sent anywhere.
///
/// # Errors
/// `invalid_request` where a parameter is repeated, the client is unknown or disabled (`client` is `None`), or the
/// redirect URI is missing or not registered.
pub fn reply_to(params: &Params, client: Option<&ClientMetadata>) -> Result<ReplyTo, OAuthError> {
    if let Some(name) = params.repeated() {
        return Err(invalid_request(format!("the parameter {name} came more than once")));
    }
    if params.get("client_id").is_none() {
        return Err(invalid_request("client_id is missing"));
    }
    let client = client.ok_or_else(|| invalid_request("client_id is not known here"))?;
    let redirect_uri = params.get("redirect_uri").ok_or_else(|| invalid_request("redirect_uri is missing"))?;
    if !client.may_redirect_to(redirect_uri) {
        return Err(invalid_request("redirect_uri is not registered for this client"));
    }
    let default = ResponseMode::default_of(params.get("response_type").unwrap_or_default());
    let asked = params.get("response_mode").and_then(ResponseMode::named);
    // An answer with a token never goes into a query (OAuth 2.0 Multiple Response Types, 5).
    let mode = match asked {
        Some(ResponseMode::Query) if default == ResponseMode::Fragment => default,
        Some(mode) => mode,
        None => default,
    };
    Ok(ReplyTo { redirect_uri: redirect_uri.to_owned(), mode, state: params.get("state").map(str::to_owned) })
}

type Check = fn(&Asked<'_>, &mut AuthorizationRequest) -> Result<(), OAuthError>;

/// Every check of a request whose client and redirect URI are proven, in the order their errors are reported.
pub const CHECKS: &[Check] = &[
    response_type,
    response_mode,
    request_objects,
    registration,
    scopes,
    nonce,
    pkce,
    prompt,
    max_age,
    claims,
    acr,
    expected_subject,
    hints,
];

/// Runs [`CHECKS`]. Parameters the product does not know are ignored.
///
/// # Errors
/// The first check's error, to be sent to `reply_to`.
pub fn read(asked: &Asked<'_>, reply_to: ReplyTo) -> Result<AuthorizationRequest, OAuthError> {
    let mut request = AuthorizationRequest {
        client_id: asked.client_id.to_owned(),
        reply_to,
        scopes: Scopes::default(),
        nonce: None,
        code_challenge: None,
        prompt: Prompt::default(),
        max_age: None,
        demand: Demand::default(),
        claims: ClaimsRequest::default(),
        expected_sub: None,
        login_hint: None,
        ui_locales: None,
        received_at: asked.received_at,
    };
    CHECKS.iter().try_for_each(|check| check(asked, &mut request))?;
    Ok(request)
}

fn response_type(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match asked.params.get("response_type") {
        None => Err(invalid_request("response_type is missing")),
        Some("code") if asked.client.may_use(GrantType::AuthorizationCode) => Ok(()),
        Some("code") => {
            Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use response_type code"))
        }
        Some(_) => Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "response_type must be code")),
    }
}

fn response_mode(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match asked.params.get("response_mode") {
        Some(mode) if ResponseMode::named(mode).is_none() => {
            Err(invalid_request("response_mode must be query, fragment or form_post"))
        }
        _ => Ok(()),
    }
}

fn request_objects(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    match (asked.params.has("request"), asked.params.has("request_uri")) {
        (true, true) => Err(invalid_request("request and request_uri cannot be combined")),
        (true, false) => Err(OAuthError::new(ErrorCode::RequestNotSupported, "request objects are not supported")),
        (false, true) => Err(OAuthError::new(ErrorCode::RequestUriNotSupported, "request_uri is not supported")),
        (false, false) => Ok(()),
    }
}

fn registration(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    if asked.params.has("registration") {
        return Err(OAuthError::new(ErrorCode::RegistrationNotSupported, "registration is not supported"));
    }
    Ok(())
}

fn scopes(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let wanted = Scopes::read(asked.params.get("scope"))?;
    request.scopes = wanted.only(|s| scope::STANDARD.contains(&s) && asked.client.scope.has(s));
    if request.scopes.is_empty() {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "this client may have none of the scopes asked for"));
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every check has the same form")]
fn nonce(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.nonce = asked.params.get("nonce").map(str::to_owned);
    Ok(())
}

fn pkce(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.code_challenge =
        CodeChallenge::read(asked.params.get("code_challenge"), asked.params.get("code_challenge_method"))?;
    if request.code_challenge.is_none() && asked.client.needs_pkce() {
        return Err(invalid_request("code_challenge is missing: this client must use PKCE with S256"));
    }
    Ok(())
}

fn prompt(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.prompt = Prompt::read(asked.params.get("prompt"))?;
    Ok(())
}

fn max_age(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(text) = asked.params.get("max_age") else { return Ok(()) };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse::<u32>().ok().filter(|_| digits);
    request.max_age = Some(seconds.ok_or_else(|| invalid_request("max_age must be a number of seconds, 0 or more"))?);
    Ok(())
}

fn claims(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.claims = ClaimsRequest::read(asked.params.get("claims"))?;
    Ok(())
}

fn acr(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let words = asked.params.get("acr_values").unwrap_or_default().split_ascii_whitespace();
    // An essential acr claim says more than the hint of acr_values, so it stands alone where it names a known value.
    let by_claim = Demand::of(request.claims.acr_values.iter().map(String::as_str), asked.vocabulary);
    if request.claims.acr_essential && !request.claims.acr_values.is_empty() && by_claim.listed.is_empty() {
        let why = "none of the essential acr values is known here";
        return Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, why));
    }
    request.demand = if by_claim.listed.is_empty() { Demand::of(words, asked.vocabulary) } else { by_claim };
    Ok(())
}

fn expected_subject(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let by_hint = match asked.hint {
        Hint::Absent => None,
        Hint::Ours { sub } => Some(sub.clone()),
        Hint::Foreign => return Err(invalid_request("id_token_hint is not an ID token of this provider")),
    };
    let by_claim = request.claims.sub.clone();
    if by_hint.is_some() && by_claim.is_some() && by_hint != by_claim {
        return Err(invalid_request("id_token_hint and the claims parameter name different subjects"));
    }
    request.expected_sub = by_hint.or(by_claim);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every check has the same form")]
fn hints(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.login_hint = asked.params.get("login_hint").map(str::to_owned);
    request.ui_locales = asked.params.get("ui_locales").map(str::to_owned);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::ClientAuth;

    const CB: &str = "https://app.test/cb";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn client() -> ClientMetadata {
        let mut client = ClientMetadata::named("App");
        client.redirect_uris = vec![CB.to_owned()];
        client
    }

    fn good() -> Vec<(&'static str, &'static str)> {
        vec![
            ("client_id", "app"),
            ("redirect_uri", CB),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]
    }

    /// The good request with some parameters replaced (`""` removes one).
    fn with(changes: &[(&'static str, &'static str)]) -> Params {
        let mut pairs = good();
        pairs.retain(|(name, _)| changes.iter().all(|(n, _)| n != name));
        pairs.extend(changes.iter().filter(|(_, v)| !v.is_empty()));
        Params::from_iter(pairs)
    }

    fn run(params: &Params, client: &ClientMetadata, hint: &Hint) -> Result<AuthorizationRequest, OAuthError> {
        let reply_to = reply_to(params, Some(client)).unwrap();
        let vocabulary = Vocabulary::default();
        let asked = Asked {
            params,
            client_id: "app",
            client,
            vocabulary: &vocabulary,
            hint,
            received_at: DateTime::UNIX_EPOCH,
        };
        read(&asked, reply_to)
    }

    fn error(changes: &[(&'static str, &'static str)]) -> ErrorCode {
        run(&with(changes), &client(), &Hint::Absent).unwrap_err().code
    }

    #[test]
    fn checks_16_to_20_and_27_nothing_is_sent_before_client_and_redirect_uri_are_proven() {
        let client = client();
        assert!(reply_to(&with(&[]), Some(&client)).is_ok());
        assert!(reply_to(&with(&[]), None).is_err(), "unknown client");
        for changes in [
            &[("client_id", "")][..],
            &[("redirect_uri", "")],
            &[("redirect_uri", "https://app.test/cb/x")],
            &[("redirect_uri", "https://app.test/cb?x=1")],
            &[("redirect_uri", "https://APP.test/cb")],
        ] {
            assert!(reply_to(&with(changes), Some(&client)).is_err(), "{changes:?}");
        }
        let mut twice = good();
        twice.push(("state", "1"));
        twice.push(("state", "1"));
        assert!(reply_to(&Params::from_iter(twice), Some(&client)).is_err());
    }

    #[test]
    fn checks_22_to_24_response_types() {
        assert_eq!(error(&[("response_type", "")]), ErrorCode::InvalidRequest);
        for other in ["foo", "token", "code token", "id_token token"] {
            assert_eq!(error(&[("response_type", other)]), ErrorCode::UnsupportedResponseType);
        }
        let mut machine = client();
        machine.grant_types = vec![GrantType::ClientCredentials];
        let refused = run(&with(&[]), &machine, &Hint::Absent).unwrap_err();
        assert_eq!(refused.code, ErrorCode::UnauthorizedClient);
    }

    #[test]
    fn checks_25_28_40_46_48_49_52_each_fault_has_its_error() {
        for (changes, code) in [
            (&[("scope", "")][..], ErrorCode::InvalidScope),
            (&[("scope", "nonsense")], ErrorCode::InvalidScope),
            (&[("max_age", "-1")], ErrorCode::InvalidRequest),
            (&[("max_age", "+1")], ErrorCode::InvalidRequest),
            (&[("max_age", "NaN")], ErrorCode::InvalidRequest),
            (&[("claims", "{")], ErrorCode::InvalidRequest),
            (&[("code_challenge", ""), ("code_challenge_method", "")], ErrorCode::InvalidRequest),
            (&[("code_challenge_method", "plain")], ErrorCode::InvalidRequest),
            (&[("request", "x")], ErrorCode::RequestNotSupported),
            (&[("request_uri", "https://a.test/r")], ErrorCode::RequestUriNotSupported),
            (&[("request", "x"), ("request_uri", "y")], ErrorCode::InvalidRequest),
            (&[("response_mode", "carrier_pigeon")], ErrorCode::InvalidRequest),
            (&[("prompt", "none login")], ErrorCode::InvalidRequest),
            (&[("registration", "{}")], ErrorCode::RegistrationNotSupported),
        ] {
            assert_eq!(error(changes), code, "{changes:?}");
        }
        let oauth_only = run(&with(&[("scope", "profile unknown"), ("extra", "foobar")]), &client(), &Hint::Absent);
        assert_eq!(oauth_only.unwrap().scopes.to_string(), "profile");
    }

    #[test]
    fn check_41_hints_of_ours_name_the_subject_and_foreign_ones_are_refused() {
        let ours = run(&with(&[]), &client(), &Hint::Ours { sub: "s1".to_owned() }).unwrap();
        assert_eq!(ours.expected_sub.as_deref(), Some("s1"));
        assert!(run(&with(&[]), &client(), &Hint::Foreign).is_err());
        let other = with(&[("claims", r#"{"id_token":{"sub":{"value":"s2"}}}"#)]);
        assert!(run(&other, &client(), &Hint::Ours { sub: "s1".to_owned() }).is_err());
    }

    #[test]
    fn check_48_a_client_may_be_let_off_pkce_unless_it_is_public() {
        let mut client = client();
        client.require_pkce = false;
        let bare = with(&[("code_challenge", ""), ("code_challenge_method", "")]);
        assert!(run(&bare, &client, &Hint::Absent).is_ok());
        client.token_endpoint_auth_method = ClientAuth::None;
        assert!(run(&bare, &client, &Hint::Absent).is_err());
    }

    #[test]
    fn check_52_an_error_of_a_token_type_goes_into_the_fragment() {
        let params = with(&[("response_type", "id_token token"), ("response_mode", "query")]);
        assert_eq!(reply_to(&params, Some(&client())).unwrap().mode, ResponseMode::Fragment);
    }
}
