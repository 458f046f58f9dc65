//! Claims about the person: which a scope releases, which a request names (OpenID Connect Core 5.1, 5.4, 5.5).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{OAuthError, invalid_request};
use super::scope::Scopes;

/// Claims by name.
pub type Claims = Map<String, Value>;

/// The claims of each scope (OpenID Connect Core 5.4).
const BY_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// Every claim about a person the product can return, `sub` first.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("sub").chain(BY_SCOPE.iter().flat_map(|(_, names)| names.iter().copied()))
}

/// The names that `scope` releases.
#[must_use]
pub fn of_scope(scope: &str) -> &'static [&'static str] {
    BY_SCOPE.iter().find(|(name, _)| *name == scope).map_or(&[], |(_, names)| names)
}

/// The part of `all` that `scopes` and the individually `requested` names release; empty values are left out.
#[must_use]
pub fn released(all: &Claims, scopes: &Scopes, requested: &[String]) -> Claims {
    let by_scope = |name: &str| scopes.iter().any(|scope| of_scope(scope).contains(&name));
    let wanted = |name: &str| by_scope(name) || requested.iter().any(|r| r == name);
    all.iter().filter(|(name, value)| wanted(name) && !is_blank(value)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What the `claims` parameter asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Claims to return from userinfo.
    pub userinfo: Vec<String>,
    /// Claims to return in the ID token.
    pub id_token: Vec<String>,
    /// The values asked of the `acr` claim of the ID token.
    pub acr_values: Vec<String>,
    /// Whether one of them must be reached.
    pub acr_essential: bool,
    /// The subject the client expects (`sub` with a `value`).
    pub sub: Option<String>,
}

impl ClaimsRequest {
    /// Reads the parameter (OpenID Connect Core 5.5). Names the product has no claim for are ignored.
    ///
    /// # Errors
    /// `invalid_request` where it is no JSON object of objects.
    pub fn read(text: Option<&str>) -> Result<Self, OAuthError> {
        let Some(text) = text else { return Ok(Self::default()) };
        let malformed = || invalid_request("claims must be a JSON object with the members userinfo and id_token");
        let Ok(Value::Object(members)) = serde_json::from_str(text) else { return Err(malformed()) };
        let member = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(claims)) if claims.values().all(|c| c.is_null() || c.is_object()) => Ok(claims.clone()),
            Some(_) => Err(malformed()),
        };
        let (userinfo, id_token) = (member("userinfo")?, member("id_token")?);
        let known = |claims: &Map<String, Value>| {
            claims.keys().filter(|k| names().any(|n| n == k.as_str() && n != "sub")).cloned().collect()
        };
        let sub =
            [&id_token, &userinfo].into_iter().find_map(|c| Some(c.get("sub")?.get("value")?.as_str()?.to_owned()));
        let acr_values = id_token.get("acr").map(asked_values).unwrap_or_default();
        let acr_essential = id_token.get("acr").and_then(|acr| acr.get("essential")?.as_bool()).unwrap_or(false);
        Ok(Self { userinfo: known(&userinfo), id_token: known(&id_token), acr_values, acr_essential, sub })
    }
}

/// The strings in `value` and `values` of one claim's request.
fn asked_values(request: &Value) -> Vec<String> {
    let one = request.get("value").into_iter();
    let many = request.get("values").and_then(Value::as_array).into_iter().flatten();
    one.chain(many).filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all() -> Claims {
        let Value::Object(map) =
            json!({"name": "Ann", "nickname": " ", "email": "a@b.example", "email_verified": false, "address": {}})
        else {
            unreachable!()
        };
        map
    }

    #[test]
    fn check_90_scopes_release_their_claims_and_blank_ones_are_left_out() {
        let claims = released(&all(), &Scopes::from("openid profile email address".to_owned()), &[]);
        assert_eq!(claims.keys().collect::<Vec<_>>(), ["email", "email_verified", "name"]);
        assert!(released(&all(), &Scopes::from("openid".to_owned()), &[]).is_empty());
    }

    #[test]
    fn check_47_single_claims_go_where_they_were_asked_for() {
        let request = ClaimsRequest::read(Some(r#"{"userinfo":{"name":{"essential":true},"x":null}}"#)).unwrap();
        assert_eq!(request.userinfo, ["name"]);
        assert!(request.id_token.is_empty());
        let claims = released(&all(), &Scopes::from("openid".to_owned()), &request.userinfo);
        assert_eq!(claims.get("name"), Some(&json!("Ann")));
    }

    #[test]
    fn check_45_acr_and_sub_are_read_from_the_id_token_member() {
        let text = r#"{"id_token":{"acr":{"essential":true,"values":["2fa","phr"]},"sub":{"value":"s1"}}}"#;
        let request = ClaimsRequest::read(Some(text)).unwrap();
        assert_eq!(request.acr_values, ["2fa", "phr"]);
        assert!(request.acr_essential);
        assert_eq!(request.sub.as_deref(), Some("s1"));
    }

    #[test]
    fn check_46_malformed_claims_are_refused() {
        for text in ["", "{", "[]", "\"x\"", r#"{"userinfo":[]}"#, r#"{"id_token":{"acr":"2fa"}}"#] {
            assert!(ClaimsRequest::read(Some(text)).is_err(), "{text}");
        }
    }
}
