//! Provider metadata: a pure function of the configuration (OpenID Connect Discovery 1.0; RFC 8414; RFC 9207).

use serde::Serialize;

use super::alg::SigningAlg;
use super::claims;
use super::client::{ClientAuth, GrantType};
use super::response::ResponseMode;
use super::scope;

/// What the metadata depend on.
#[derive(Clone, Debug)]
pub struct Provider<'a> {
    /// The issuer, exactly as configured.
    pub issuer: &'a str,
    /// The algorithms that ID tokens can be signed with.
    pub algorithms: &'a [SigningAlg],
    /// The `acr` values that can be reached, weakest first.
    pub acr_values: Vec<String>,
    /// The languages of the pages, the default one first (BCP 47).
    pub ui_locales: Vec<&'a str>,
}

/// The document at `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the registered names are what they are")]
pub struct Metadata<'a> {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: String,
    scopes_supported: [&'static str; 5],
    response_types_supported: [&'static str; 1],
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    acr_values_supported: Vec<String>,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<SigningAlg>,
    userinfo_signing_alg_values_supported: Vec<SigningAlg>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    display_values_supported: [&'static str; 1],
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    code_challenge_methods_supported: [&'static str; 1],
    authorization_response_iss_parameter_supported: bool,
    ui_locales_supported: Vec<&'a str>,
    prompt_values_supported: [&'static str; 5],
}

/// Claims of the ID token that say something about the sign-in.
const SIGN_IN_CLAIMS: [&str; 11] =
    ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "previous_sub", "previous_subs"];

/// The metadata of `provider`.
#[must_use]
pub fn of(provider: Provider<'_>) -> Metadata<'_> {
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Metadata {
        issuer: provider.issuer.to_owned(),
        authorization_endpoint: at("/authorize"),
        token_endpoint: at("/token"),
        userinfo_endpoint: at("/userinfo"),
        jwks_uri: at("/jwks"),
        end_session_endpoint: at("/logout"),
        scopes_supported: scope::STANDARD,
        response_types_supported: ["code"],
        response_modes_supported: ResponseMode::ALL.map(ResponseMode::as_str).to_vec(),
        grant_types_supported: GrantType::ALL.map(GrantType::as_str).to_vec(),
        acr_values_supported: provider.acr_values,
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: provider.algorithms.to_vec(),
        userinfo_signing_alg_values_supported: provider.algorithms.to_vec(),
        token_endpoint_auth_methods_supported: ClientAuth::ALL.map(ClientAuth::as_str).to_vec(),
        display_values_supported: ["page"],
        claim_types_supported: ["normal"],
        claims_supported: claims::names().chain(SIGN_IN_CLAIMS).collect(),
        claims_parameter_supported: true,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        ui_locales_supported: provider.ui_locales,
        prompt_values_supported: ["none", "login", "consent", "select_account", "create"],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn checks_1_to_10_no_null_no_empty_list_and_one_origin() {
        let algorithms = [SigningAlg::RS256, SigningAlg::ES256];
        let provider = Provider {
            issuer: "https://id.example",
            algorithms: &algorithms,
            acr_values: vec!["1fa".to_owned()],
            ui_locales: vec!["cy"],
        };
        let Value::Object(document) = serde_json::to_value(of(provider)).unwrap() else { panic!("an object") };
        assert_eq!(document["issuer"], "https://id.example");
        for (name, value) in &document {
            assert!(!value.is_null() && value.as_array().is_none_or(|a| !a.is_empty()), "{name}");
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                assert!(value.as_str().unwrap().starts_with("https://id.example/"), "{name}");
            }
        }
        assert_eq!(document["request_uri_parameter_supported"], false);
        assert_eq!(document["ui_locales_supported"], serde_json::json!(["cy"]));
    }
}
