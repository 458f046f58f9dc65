//! Scopes (RFC 6749, 3.3; OpenID Connect Core 5.4).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::{ErrorCode, OAuthError};

/// The scopes whose claims the product can return; `scopes_supported` lists them.
pub const STANDARD: [&str; 5] = ["openid", "profile", "email", "address", "phone"];

/// A set of scopes in the order asked, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads a `scope` parameter.
    ///
    /// # Errors
    /// `invalid_scope` where it is empty, holds a character outside `%x21 / %x23-5B / %x5D-7E`, or more than 100 scopes.
    pub fn read(text: Option<&str>) -> Result<Self, OAuthError> {
        let text = text.unwrap_or_default();
        let legal = |c: char| matches!(c, '\x20' | '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
        if !text.chars().all(legal) {
            return Err(OAuthError::new(
                ErrorCode::InvalidScope,
                "scope holds a character that RFC 6749 does not allow",
            ));
        }
        let scopes = Self::from(text.to_owned());
        if scopes.0.is_empty() {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "scope is missing"));
        }
        if scopes.0.len() > 100 {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "scope has more than 100 values"));
        }
        Ok(scopes)
    }

    /// Those of these scopes that `allowed` says yes to.
    #[must_use]
    pub fn only(&self, allowed: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|s| allowed(s)).cloned().collect())
    }

    /// Whether `scope` is among them.
    #[must_use]
    pub fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|s| s == scope)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every one of these is in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|s| other.has(s))
    }

    /// These and those of `other`, each once.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(other.0.iter().filter(|s| !self.has(s)).cloned());
        Self(all)
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<String> for Scopes {
    fn from(text: String) -> Self {
        let mut scopes = Vec::<String>::new();
        for word in text.split_ascii_whitespace() {
            if !scopes.iter().any(|s| s == word) {
                scopes.push(word.to_owned());
            }
        }
        Self(scopes)
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.to_string()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_26_empty_and_malformed_scopes_are_refused() {
        for text in [None, Some(""), Some("  "), Some("openid \"x\""), Some("openid é")] {
            assert_eq!(Scopes::read(text).unwrap_err().code, ErrorCode::InvalidScope);
        }
        let many = (0..101).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        assert!(Scopes::read(Some(&many)).is_err());
    }

    #[test]
    fn order_is_kept_and_repeats_fall_away() {
        let scopes = Scopes::read(Some("email openid email")).unwrap();
        assert_eq!(scopes.to_string(), "email openid");
        assert!(scopes.only(|s| s == "openid").is_within(&scopes));
    }
}
