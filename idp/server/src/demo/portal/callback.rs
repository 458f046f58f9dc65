//! What the provider sends back to the portal's callback, before any session is looked at.

use crate::net::form::Form;

/// What a callback of the provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A code to redeem.
    Code(String),
    /// The provider refused, or the resident did.
    Refused {
        /// The `error` value.
        error: String,
        /// `error_description`, which may be empty.
        description: String,
    },
}

/// The callback is not an answer of the provider that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WrongAnswer {
    #[error("The answer is not one to a request: {0}")]
    Malformed(&'static str),
    #[error("The answer came from another provider than the one that was asked")]
    OtherIssuer,
}

/// Reads a callback. `iss` comes before all else: an answer of another provider must not even be believed in its error
/// (RFC 9207, section 2.4).
pub(super) fn read(query: &Form, issuer: &str) -> Result<Answer, WrongAnswer> {
    if query.duplicate().is_some() {
        return Err(WrongAnswer::Malformed("a parameter occurs twice"));
    }
    if query.get("iss") != Some(issuer) {
        return Err(WrongAnswer::OtherIssuer);
    }
    match (query.get("code"), query.get("error")) {
        (Some(code), None) => Ok(Answer::Code(code.to_owned())),
        (None, Some(error)) => Ok(Answer::Refused {
            error: error.to_owned(),
            description: query.get("error_description").unwrap_or_default().to_owned(),
        }),
        _ => Err(WrongAnswer::Malformed("it holds neither a code nor an error, or both")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(query: &str) -> Result<Answer, WrongAnswer> {
        read(&Form::parse(query.as_bytes()).expect("a query"), "http://localhost:8080")
    }

    #[test]
    fn an_answer_is_a_code_or_an_error_of_this_issuer() {
        let code = answer("code=abc&state=s&iss=http%3A%2F%2Flocalhost%3A8080");
        assert_eq!(code, Ok(Answer::Code("abc".to_owned())));
        let refused = answer("error=access_denied&error_description=No&state=s&iss=http%3A%2F%2Flocalhost%3A8080");
        assert_eq!(refused, Ok(Answer::Refused { error: "access_denied".to_owned(), description: "No".to_owned() }));
    }

    #[test]
    fn an_answer_of_another_issuer_or_of_none_is_refused() {
        for query in [
            "code=abc&state=s",
            "code=abc&state=s&iss=http%3A%2F%2Flocalhost%3A8080%2F",
            "error=access_denied&state=s&iss=https%3A%2F%2Fevil.example",
        ] {
            assert_eq!(answer(query), Err(WrongAnswer::OtherIssuer), "{query}");
        }
    }

    #[test]
    fn an_answer_that_says_two_things_is_refused() {
        for query in ["", "&code=a&error=b", "&code=a&code=b", "&state=s"] {
            let query = format!("iss=http%3A%2F%2Flocalhost%3A8080{query}");
            assert!(matches!(answer(&query), Err(WrongAnswer::Malformed(_))), "{query}");
        }
    }
}
