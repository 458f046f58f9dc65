//! The token request (RFC 6749, 4.1.3 and 4.4): reading it, and what a code must agree with.

use chrono::{DateTime, Utc};

use super::client::{ClientAuth, GrantType};
use super::error::{ErrorCode, OAuthError, invalid_request};
use super::params::Params;
use super::pkce::CodeChallenge;

/// Who a token request says it comes from, and by which method.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The client's id.
    pub client_id: String,
    /// Its secret; `None` for a public client.
    pub secret: Option<String>,
    /// How it came.
    pub method: ClientAuth,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Reads the `Authorization` header and the body (RFC 6749, 2.3.1).
    ///
    /// # Errors
    /// `invalid_request` where two methods are used at once, `invalid_client` where there is none or the header is
    /// malformed.
    pub fn read(authorization: Option<&str>, body: &Params) -> Result<Self, OAuthError> {
        let in_body = (body.get("client_id"), body.get("client_secret"));
        let Some(header) = authorization else {
            return match in_body {
                (Some(id), Some(secret)) => Ok(Self {
                    client_id: id.to_owned(),
                    secret: Some(secret.to_owned()),
                    method: ClientAuth::ClientSecretPost,
                }),
                (Some(id), None) => Ok(Self { client_id: id.to_owned(), secret: None, method: ClientAuth::None }),
                (None, _) => Err(OAuthError::new(ErrorCode::InvalidClient, "client authentication is missing")),
            };
        };
        if in_body.1.is_some() {
            return Err(invalid_request("the client authenticates in the header and in the body"));
        }
        let (client_id, secret) = read_basic(header).ok_or_else(|| {
            OAuthError::new(ErrorCode::InvalidClient, "the Authorization header is not well-formed Basic")
        })?;
        if in_body.0.is_some_and(|id| id != client_id) {
            return Err(invalid_request("client_id differs from the Authorization header"));
        }
        Ok(Self { client_id, secret: Some(secret), method: ClientAuth::ClientSecretBasic })
    }
}

/// `Basic base64(urlencoded(id):urlencoded(secret))`.
fn read_basic(header: &str) -> Option<(String, String)> {
    use base64::Engine as _;
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?)).filter(|(id, _)| !id.is_empty())
}

/// `application/x-www-form-urlencoded` decoding of one value that may itself hold `&` or `=`.
fn form_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// A token request, by grant.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenRequest {
    /// RFC 6749, 4.1.3.
    AuthorizationCode {
        /// The code.
        code: String,
        /// Must be that of the authorization request.
        redirect_uri: Option<String>,
        /// PKCE.
        code_verifier: Option<String>,
    },
    /// RFC 6749, 4.4.2.
    ClientCredentials {
        /// The scopes asked for; none means all the client has.
        scope: Option<String>,
    },
}

impl TokenRequest {
    /// Reads the body.
    ///
    /// # Errors
    /// `invalid_request` where a parameter is missing or repeated, `unsupported_grant_type` for any other grant.
    pub fn read(body: &Params) -> Result<Self, OAuthError> {
        if let Some(name) = body.repeated() {
            return Err(invalid_request(format!("the parameter {name} came more than once")));
        }
        let text = |name: &str| body.get(name).map(str::to_owned);
        match body.get("grant_type") {
            None => Err(invalid_request("grant_type is missing")),
            Some("authorization_code") => Ok(Self::AuthorizationCode {
                code: text("code").ok_or_else(|| invalid_request("code is missing"))?,
                redirect_uri: text("redirect_uri"),
                code_verifier: text("code_verifier"),
            }),
            Some("client_credentials") => Ok(Self::ClientCredentials { scope: text("scope") }),
            Some(_) => Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code or client_credentials",
            )),
        }
    }

    /// The grant type asked for.
    #[must_use]
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
        }
    }
}

/// What a code was issued for.
#[derive(Clone, Copy, Debug)]
pub struct CodeFacts<'a> {
    /// The client.
    pub client_id: &'a str,
    /// The redirect URI of the request.
    pub redirect_uri: &'a str,
    /// Its challenge.
    pub code_challenge: Option<&'a CodeChallenge>,
    /// When it stops working: at most 60 s after it was issued.
    pub expires_at: DateTime<Utc>,
}

/// What a client presents with a code.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The authenticated client.
    pub client_id: &'a str,
    /// `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`.
    pub code_verifier: Option<&'a str>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Whether a code may be redeemed by who presents it (RFC 6749, 4.1.3; RFC 7636, 4.6; RFC 9700, 2.1.1).
///
/// # Errors
/// `invalid_grant`, with the reason. One who presents another client's code learns no more than that.
pub fn may_redeem(code: &CodeFacts<'_>, presented: &Presented<'_>) -> Result<(), OAuthError> {
    let refuse = |why: &'static str| Err(OAuthError::new(ErrorCode::InvalidGrant, why));
    if code.client_id != presented.client_id {
        return refuse("the code is not valid");
    }
    if presented.now >= code.expires_at {
        return refuse("the code has expired");
    }
    if presented.redirect_uri != Some(code.redirect_uri) {
        return refuse("redirect_uri is not the one of the authorization request");
    }
    match (code.code_challenge, presented.code_verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => refuse("code_verifier was sent for a code without code_challenge"),
        (Some(_), None) => refuse("code_verifier is missing"),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(()),
        (Some(_), Some(_)) => refuse("code_verifier does not match code_challenge"),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use chrono::TimeDelta;

    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn basic(text: &str) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    }

    #[test]
    fn check_66_and_case_ca9_basic_credentials_are_form_decoded() {
        let read = Credentials::read(Some(&basic("my+app:a%3Ab%25c%2Bd:e")), &Params::default()).unwrap();
        assert_eq!(read.client_id, "my app");
        assert_eq!(read.secret.as_deref(), Some("a:b%c+d:e"));
        for header in ["Basic !", "Bearer x", "Basic", &basic("no-colon"), &basic("a%zz:b"), &basic(":b")] {
            let error = Credentials::read(Some(header), &Params::default()).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidClient, "{header}");
        }
    }

    #[test]
    fn check_67_and_case_ca2_two_methods_at_once_are_refused() {
        let body = Params::from_iter([("client_id", "app"), ("client_secret", "s")]);
        assert_eq!(Credentials::read(Some(&basic("app:s")), &body).unwrap_err().code, ErrorCode::InvalidRequest);
        assert_eq!(Credentials::read(None, &body).unwrap().method, ClientAuth::ClientSecretPost);
        let public = Params::from_iter([("client_id", "app")]);
        assert_eq!(Credentials::read(None, &public).unwrap().method, ClientAuth::None);
        assert_eq!(Credentials::read(None, &Params::default()).unwrap_err().code, ErrorCode::InvalidClient);
    }

    #[test]
    fn check_64_and_case_tk9_grant_types() {
        let error = |pairs: &[(&str, &str)]| TokenRequest::read(&pairs.iter().copied().collect()).err().unwrap().code;
        assert_eq!(error(&[]), ErrorCode::InvalidRequest);
        assert_eq!(error(&[("grant_type", "password")]), ErrorCode::UnsupportedGrantType);
        assert_eq!(error(&[("grant_type", "authorization_code")]), ErrorCode::InvalidRequest);
        assert_eq!(
            error(&[("grant_type", "authorization_code"), ("code", "a"), ("code", "a")]),
            ErrorCode::InvalidRequest
        );
    }

    #[test]
    fn check_69_and_71_a_code_agrees_with_client_time_redirect_uri_and_verifier() {
        let challenge = CodeChallenge::stored("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned());
        let now = DateTime::UNIX_EPOCH;
        let code = CodeFacts {
            client_id: "app",
            redirect_uri: "https://a.test/cb",
            code_challenge: Some(&challenge),
            expires_at: now + TimeDelta::seconds(60),
        };
        let good =
            Presented { client_id: "app", redirect_uri: Some("https://a.test/cb"), code_verifier: Some(VERIFIER), now };
        assert_eq!(may_redeem(&code, &good), Ok(()));
        for bad in [
            Presented { client_id: "other", ..good },
            Presented { redirect_uri: None, ..good },
            Presented { redirect_uri: Some("https://a.test/other"), ..good },
            Presented { code_verifier: None, ..good },
            Presented { code_verifier: Some("x"), ..good },
            Presented { now: now + TimeDelta::seconds(60), ..good },
        ] {
            assert_eq!(may_redeem(&code, &bad).unwrap_err().code, ErrorCode::InvalidGrant);
        }
        let without = CodeFacts { code_challenge: None, ..code };
        assert!(may_redeem(&without, &good).is_err(), "case_pk3: a verifier without a challenge is a downgrade");
        assert!(may_redeem(&without, &Presented { code_verifier: None, ..good }).is_ok());
    }
}
