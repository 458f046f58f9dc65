//! Redirect URIs: what may be registered, and what a request may use (RFC 9700, 2.1 and 4.1; RFC 8252, 7.3).
//!
//! A request's URI is compared as text, byte by byte, and is never parsed before it has matched: two parsers that
//! disagree cannot be played against each other. Only the port of a registered loopback address is free.

use url::Url;

/// Why a URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Not an absolute URI, or one that a URL parser would rewrite.
    #[error("must be an absolute URI in its normal form, such as https://portal.example/callback")]
    Malformed,
    /// A `#` part.
    #[error("must not have a fragment (#…)")]
    Fragment,
    /// A user name or password.
    #[error("must not have a user name or password")]
    UserInfo,
    /// A `*`.
    #[error("must not have a wildcard (*)")]
    Wildcard,
    /// `http` to a host that is not this machine.
    #[error("must start with https:// (http:// is for localhost, 127.0.0.1 and [::1] only)")]
    NotHttps,
    /// A scheme that runs or embeds content, or is no reverse domain name.
    #[error(
        "must be https, or for an app on a device a scheme that is a reversed domain name, such as uk.example.app:/cb"
    )]
    Scheme,
}

/// Checks a URI that someone wants to register as a redirect or sign-out URI.
///
/// # Errors
/// The first rule it breaks.
pub fn check_registrable(uri: &str) -> Result<(), RedirectUriError> {
    use RedirectUriError as E;
    if uri.contains('*') {
        return Err(E::Wildcard);
    }
    if uri.contains('#') {
        return Err(E::Fragment);
    }
    if uri.len() > 2048 || !uri.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b)) {
        return Err(E::Malformed);
    }
    let url = Url::parse(uri).map_err(|_| E::Malformed)?;
    if !url.username().is_empty() || url.password().is_some() || authority(uri).is_some_and(|a| a.contains('@')) {
        return Err(E::UserInfo);
    }
    match url.scheme() {
        "https" | "http" if !has_normal_form(uri, &url) => Err(E::Malformed),
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(E::NotHttps),
        // RFC 8252, 7.1: a private-use scheme is a domain name in reverse, so it has a dot.
        scheme if scheme.contains('.') && uri.starts_with(scheme) => Ok(()),
        _ => Err(E::Scheme),
    }
}

/// The text between `//` and the path.
fn authority(uri: &str) -> Option<&str> {
    let rest = uri.split_once("://")?.1;
    rest.split(['/', '?']).next()
}

/// Whether the parser leaves the text as it is, but for a missing slash after the host.
fn has_normal_form(uri: &str, url: &Url) -> bool {
    let parsed = url.as_str();
    parsed == uri || parsed.strip_suffix('/') == Some(uri) || parsed.replacen("/?", "?", 1) == uri
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Whether a request may use `asked` where `registered` is on file: the same text, or a loopback IP address that
/// differs in its port alone (RFC 8252, 7.3).
#[must_use]
pub fn matches(registered: &str, asked: &str) -> bool {
    registered == asked
        || match (without_loopback_port(registered), without_loopback_port(asked)) {
            (Some(registered), Some(asked)) => registered == asked,
            _ => false,
        }
}

/// `http://127.0.0.1[:port]` or `http://[::1][:port]` and what follows, with the port cut out.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    ["http://127.0.0.1", "http://[::1]"].into_iter().find_map(|host| {
        let rest = uri.strip_prefix(host)?;
        let rest = match rest.strip_prefix(':') {
            Some(after) => {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                let (port, rest) = after.split_at(digits);
                port.parse::<u16>().ok()?;
                rest
            }
            None => rest,
        };
        (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_ru5_dangerous_uris_cannot_be_registered() {
        use RedirectUriError as E;
        for (uri, error) in [
            ("javascript:alert(1)", E::Scheme),
            ("JaVaScRiPt:alert(1)", E::Scheme),
            ("data:text/html,x", E::Scheme),
            ("https://app.test/cb#x", E::Fragment),
            ("https://*.app.test/cb", E::Wildcard),
            ("http://app.test/cb", E::NotHttps),
            ("/cb", E::Malformed),
            ("", E::Malformed),
            ("https://a@app.test/cb", E::UserInfo),
            ("https://@app.test/cb", E::UserInfo),
            ("https://app.test\\@evil.test/cb", E::Malformed),
            ("https:app.test/cb", E::Malformed),
            ("https://app.test/a/../cb", E::Malformed),
            ("https://APP.test/cb", E::Malformed),
            ("https://app.test/c b", E::Malformed),
            ("myapp:/cb", E::Scheme),
        ] {
            assert_eq!(check_registrable(uri), Err(error), "{uri}");
        }
    }

    #[test]
    fn sec_r27_ordinary_uris_can_be_registered() {
        for uri in [
            "https://app.test/cb",
            "https://app.test",
            "https://app.test/cb?bar=foo",
            "https://app.test:8443/cb",
            "http://localhost:9/cb",
            "http://127.0.0.1/cb",
            "http://[::1]/cb",
            "uk.gov.council.app:/cb",
        ] {
            assert_eq!(check_registrable(uri), Ok(()), "{uri}");
        }
    }

    #[test]
    fn case_ru1_and_ru3_nothing_but_the_same_text_matches() {
        for asked in [
            "https://evil.test/cb",
            "https://app.test.evil.test/cb",
            "https://app.test/cb/",
            "https://app.test/cb?x=1",
            "https://app.test/cb/../x",
            "http://app.test/cb",
            "https://app.test@evil.test/cb",
            "https://evil.test\\@app.test/cb",
            "a@b@app.test",
            "https:app.test/cb",
            "https://app.test:443/cb",
            "https://APP.test/cb",
        ] {
            assert!(!matches("https://app.test/cb", asked), "{asked}");
        }
        assert!(matches("https://app.test/cb", "https://app.test/cb"));
    }

    #[test]
    fn case_ru6_only_the_port_of_a_loopback_address_is_free() {
        let registered = "http://127.0.0.1/cb";
        assert!(matches(registered, "http://127.0.0.1:51004/cb"));
        assert!(matches("http://[::1]:1/cb", "http://[::1]:2/cb"));
        for asked in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:51004/cb?x=1",
            "http://localhost:51004/cb",
            "http://localhost.evil.test/cb",
            "http://127.0.0.1.evil.test/cb",
            "http://127.0.0.1:80@evil.test/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "https://127.0.0.1/cb",
        ] {
            assert!(!matches(registered, asked), "{asked}");
        }
        assert!(!matches("http://localhost/cb", "http://localhost:3/cb"), "localhost is a name, not an address");
    }
}
