//! The `prompt` parameter (OpenID Connect Core 3.1.2.1).

use serde::{Deserialize, Serialize};

use super::error::{OAuthError, invalid_request};

/// What the client wants the person to be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the parameter is a set of independent words")]
pub struct Prompt {
    /// Show no page.
    pub none: bool,
    /// Ask for the credentials again.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Let the person choose an account.
    pub select_account: bool,
    /// Have the person make an account (Initiating User Registration via OpenID Connect 1.0).
    #[serde(default)]
    pub create: bool,
}

impl Prompt {
    /// Reads the parameter; unknown words are ignored.
    ///
    /// # Errors
    /// `invalid_request` where `none` stands beside another word.
    pub fn read(text: Option<&str>) -> Result<Self, OAuthError> {
        let mut prompt = Self::default();
        let words = text.unwrap_or_default().split_ascii_whitespace();
        let mut count = 0;
        for word in words {
            count += 1;
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                "create" => prompt.create = true,
                _ => {}
            }
        }
        if prompt.none && count > 1 {
            return Err(invalid_request("prompt none cannot be combined with another value"));
        }
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_34_none_stands_alone() {
        assert!(Prompt::read(Some("none login")).is_err());
        assert!(Prompt::read(Some("none")).unwrap().none);
    }

    #[test]
    fn check_37_unknown_words_are_ignored() {
        let prompt = Prompt::read(Some("login shrug consent")).unwrap();
        assert!(prompt.login && prompt.consent && !prompt.none && !prompt.select_account);
        assert_eq!(Prompt::read(None), Ok(Prompt::default()));
    }
}
