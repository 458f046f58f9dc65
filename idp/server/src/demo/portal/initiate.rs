//! What somebody else starts a sign-in with at the portal (OpenID Connect Core 4), before anything comes of it.

use url::Url;

use crate::net::form::Form;

/// A sign-in that is to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Where it leads to at the portal.
    pub(super) target: String,
    /// Whom it is likely to be of.
    pub(super) login_hint: Option<String>,
}

impl Default for Start {
    fn default() -> Self {
        Self { target: "/".to_owned(), login_hint: None }
    }
}

/// Why no sign-in begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WrongStart {
    #[error("A parameter occurs twice")]
    Malformed,
    #[error("The portal signs in at another provider than the one that is named")]
    OtherIssuer,
    #[error("The address to go to afterwards is not the portal’s")]
    ForeignTarget,
}

/// Reads the parameters. Anybody can send a browser here, with anything: only the portal's own provider is asked, and only
/// pages of the portal are led to.
pub(super) fn read(params: &Form, issuer: &str, base: &Url) -> Result<Start, WrongStart> {
    if params.duplicate().is_some() {
        return Err(WrongStart::Malformed);
    }
    if params.get("iss") != Some(issuer) {
        return Err(WrongStart::OtherIssuer);
    }
    let login_hint = params.get("login_hint").map(str::to_owned);
    let Some(target) = params.get("target_link_uri") else { return Ok(Start { login_hint, ..Start::default() }) };
    // The whole address as it was parsed: a path such as //evil.example alone would lead elsewhere.
    match Url::parse(target) {
        Ok(url) if url.origin() == base.origin() => Ok(Start { target: url.into(), login_hint }),
        _ => Err(WrongStart::ForeignTarget),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(query: &str) -> Result<Start, WrongStart> {
        let base = "http://localhost:8081".parse().expect("an address");
        read(&Form::parse(query.as_bytes()).expect("a query"), "http://localhost:8080", &base)
    }

    #[test]
    fn a_sign_in_begins_at_the_portals_provider_and_leads_to_its_own_pages() {
        let begun =
            start("iss=http://localhost:8080&target_link_uri=http://localhost:8081/forms/a?b=c&login_hint=mary");
        let expected =
            Start { target: "http://localhost:8081/forms/a?b=c".to_owned(), login_hint: Some("mary".to_owned()) };
        assert_eq!(begun, Ok(expected));
        assert_eq!(start("iss=http://localhost:8080"), Ok(Start::default()));
    }

    #[test]
    fn req_s0_2_nobody_is_led_elsewhere_and_no_other_provider_is_asked() {
        for target in [
            "https://evil.example/",
            "//evil.example/",
            "/forms/a",
            "http://localhost:8081@evil.example/",
            "http://localhost:8080/",
            "javascript:alert(1)",
        ] {
            let query = format!("iss=http://localhost:8080&target_link_uri={target}");
            assert_eq!(start(&query), Err(WrongStart::ForeignTarget), "{target}");
        }
        for query in ["", "target_link_uri=http://localhost:8081/", "iss=https://evil.example"] {
            assert_eq!(start(query), Err(WrongStart::OtherIssuer), "{query}");
        }
        assert_eq!(start("iss=http://localhost:8080&iss=http://localhost:8080"), Err(WrongStart::Malformed));
    }
}
