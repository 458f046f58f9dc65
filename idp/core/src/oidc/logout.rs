//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): what a request to end the session leads to.

use super::client::ClientMetadata;
use super::error::{OAuthError, invalid_request};
use super::response::with_query;

/// What is known about a logout request.
#[derive(Clone, Copy, Debug)]
pub struct LogoutRequest<'a> {
    /// The verified `id_token_hint`.
    pub hint: LogoutHint<'a>,
    /// `client_id`.
    pub client_id: Option<&'a str>,
    /// The client that `client_id` or else the hint's audience names, if it is known.
    pub client: Option<&'a ClientMetadata>,
    /// `post_logout_redirect_uri`.
    pub return_to: Option<&'a str>,
    /// `state`.
    pub state: Option<&'a str>,
    /// The `sid` of the browser's session.
    pub session: Option<&'a str>,
}

/// What an `id_token_hint` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutHint<'a> {
    /// Not sent.
    Absent,
    /// One of our ID tokens, perhaps expired.
    Ours {
        /// The client it was issued to.
        audience: &'a str,
        /// The session it was issued in.
        sid: Option<&'a str>,
    },
    /// Not one of ours.
    Foreign,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutStep {
    /// Ask the person first. Afterwards, go to the address, if there is one.
    Confirm(Option<String>),
    /// End the session at once, then go to the address or show that it is done.
    SignOut(Option<String>),
}

/// Decides what a logout request leads to. Nothing is ever sent to an address that no proven client registered.
///
/// # Errors
/// `invalid_request`, for a page of our own: the hint is not ours, client and hint differ, or the address is not
/// registered. The session stays.
pub fn decide(request: &LogoutRequest<'_>) -> Result<LogoutStep, OAuthError> {
    let proven = match request.hint {
        LogoutHint::Foreign => return Err(invalid_request("id_token_hint is not an ID token of this provider")),
        LogoutHint::Ours { audience, sid } => {
            if request.client_id.is_some_and(|id| id != audience) {
                return Err(invalid_request("id_token_hint was issued to another client than client_id"));
            }
            // A hint of another session is no proof that this person wants to leave this one.
            sid.is_some() && (request.session.is_none() || request.session == sid)
        }
        LogoutHint::Absent => false,
    };
    let return_to = match (request.return_to, request.client) {
        (None, _) => None,
        (Some(uri), Some(client)) if client.may_return_to(uri) => Some(uri),
        (Some(_), None) if request.hint == LogoutHint::Absent && request.client_id.is_none() => None,
        (Some(_), _) => return Err(invalid_request("post_logout_redirect_uri is not registered for this client")),
    };
    let target = return_to.map(|uri| match request.state {
        Some(state) => with_query(uri, &[("state", state.to_owned())]),
        None => uri.to_owned(),
    });
    Ok(if proven { LogoutStep::SignOut(target) } else { LogoutStep::Confirm(target) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: LogoutHint<'static> = LogoutHint::Ours { audience: "app", sid: Some("s1") };

    fn client() -> ClientMetadata {
        let mut client = ClientMetadata::named("App");
        client.post_logout_redirect_uris = vec!["https://app.test/bye".to_owned()];
        client
    }

    fn request<'a>(client: &'a ClientMetadata, hint: LogoutHint<'a>, uri: Option<&'a str>) -> LogoutRequest<'a> {
        LogoutRequest { hint, client_id: None, client: Some(client), return_to: uri, state: None, session: Some("s1") }
    }

    #[test]
    fn check_113_and_114_a_proven_request_goes_back_with_state_and_nothing_else() {
        let client = client();
        let mut asked = request(&client, OURS, Some("https://app.test/bye"));
        assert_eq!(decide(&asked), Ok(LogoutStep::SignOut(Some("https://app.test/bye".to_owned()))));
        asked.state = Some("a b");
        assert_eq!(decide(&asked), Ok(LogoutStep::SignOut(Some("https://app.test/bye?state=a+b".to_owned()))));
    }

    #[test]
    fn check_115_forged_hints_and_unregistered_addresses_end_on_a_page() {
        let client = client();
        assert!(decide(&request(&client, LogoutHint::Foreign, Some("https://app.test/bye"))).is_err());
        for uri in ["https://app.test/bye?foo=bar", "https://evil.test/bye", "https://app.test@evil.test/bye"] {
            assert!(decide(&request(&client, OURS, Some(uri))).is_err(), "{uri}");
        }
        let mut other = request(&client, OURS, None);
        other.client_id = Some("another");
        assert!(decide(&other).is_err());
    }

    #[test]
    fn check_116_and_117_without_proof_the_person_is_asked() {
        let client = client();
        let mut bare = request(&client, LogoutHint::Absent, Some("https://app.test/bye"));
        bare.client = None;
        assert_eq!(decide(&bare), Ok(LogoutStep::Confirm(None)), "never a redirect without client or hint");
        bare.return_to = None;
        assert_eq!(decide(&bare), Ok(LogoutStep::Confirm(None)));
        let mut other_session = request(&client, OURS, None);
        other_session.session = Some("s2");
        assert_eq!(decide(&other_session), Ok(LogoutStep::Confirm(None)));
    }
}
