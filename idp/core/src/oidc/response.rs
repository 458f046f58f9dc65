//! Authorization responses: which parameters, and how they travel.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::error::OAuthError;

/// How an authorization response travels (OAuth 2.0 Multiple Response Types; OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect.
    Query,
    /// In its fragment.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    /// Every mode, as `response_modes_supported` lists them.
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// The default mode of a response type: a token never travels in a query.
    #[must_use]
    pub fn default_of(response_type: &str) -> Self {
        let has_token = response_type.split_ascii_whitespace().any(|word| word == "token" || word == "id_token");
        if has_token { Self::Fragment } else { Self::Query }
    }
}

/// A proven address for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// The registered redirect URI, as the request wrote it.
    pub redirect_uri: String,
    /// How the answer travels.
    pub mode: ResponseMode,
    /// To be returned byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// An answer on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Send the browser to this address.
    Redirect(String),
    /// Let the browser post these fields to the address.
    Post {
        /// The redirect URI.
        action: String,
        /// Names and values.
        fields: Vec<(&'static str, String)>,
    },
}

impl ReplyTo {
    /// A successful answer: `code`, `state` and `iss` (RFC 9207).
    #[must_use]
    pub fn code(&self, issuer: &str, code: &str) -> Reply {
        self.reply(issuer, vec![("code", code.to_owned())])
    }

    /// An error: `error`, `error_description`, `state` and `iss`.
    #[must_use]
    pub fn error(&self, issuer: &str, error: &OAuthError) -> Reply {
        let fields = vec![("error", error.code.to_string()), ("error_description", error.description().to_owned())];
        self.reply(issuer, fields)
    }

    fn reply(&self, issuer: &str, mut fields: Vec<(&'static str, String)>) -> Reply {
        fields.extend(self.state.clone().map(|state| ("state", state)));
        fields.push(("iss", issuer.to_owned()));
        match self.mode {
            ResponseMode::Query => Reply::Redirect(with_query(&self.redirect_uri, &fields)),
            ResponseMode::Fragment => Reply::Redirect(format!("{}#{}", self.redirect_uri, encoded(&fields))),
            ResponseMode::FormPost => Reply::Post { action: self.redirect_uri.clone(), fields },
        }
    }
}

/// `uri` with `fields` added to its query, which stays as it is.
#[must_use]
pub fn with_query(uri: &str, fields: &[(&'static str, String)]) -> String {
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{}", encoded(fields))
}

fn encoded(fields: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::error::ErrorCode;

    fn reply_to(redirect_uri: &str, mode: ResponseMode, state: Option<&str>) -> ReplyTo {
        ReplyTo { redirect_uri: redirect_uri.to_owned(), mode, state: state.map(str::to_owned) }
    }

    #[test]
    fn check_21_a_registered_query_is_kept() {
        let reply = reply_to("https://a.test/cb?bar=foo", ResponseMode::Query, None).code("https://op.test", "c");
        let expected = "https://a.test/cb?bar=foo&code=c&iss=https%3A%2F%2Fop.test";
        assert_eq!(reply, Reply::Redirect(expected.to_owned()));
    }

    #[test]
    fn check_29_state_comes_back_as_it_was_sent() {
        let state = "+%&\"<>é ";
        let Reply::Redirect(location) =
            reply_to("https://a.test/cb", ResponseMode::Query, Some(state)).code("https://op.test", "c")
        else {
            panic!("a redirect");
        };
        let url = url::Url::parse(&location).unwrap();
        assert_eq!(url.query_pairs().find(|(n, _)| n == "state").unwrap().1, state);
    }

    #[test]
    fn check_54_every_answer_says_who_gave_it() {
        let error = OAuthError::new(ErrorCode::AccessDenied, "no");
        for mode in ResponseMode::ALL {
            let said = match reply_to("https://a.test/cb", mode, None).error("https://op.test", &error) {
                Reply::Redirect(location) => location.contains("iss=https%3A%2F%2Fop.test"),
                Reply::Post { fields, .. } => fields.contains(&("iss", "https://op.test".to_owned())),
            };
            assert!(said, "{mode:?}");
        }
    }
}
