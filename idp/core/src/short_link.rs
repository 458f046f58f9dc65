//! Short links: the addresses of forms that people type from a letter. A link leads to where its client starts a sign-in
//! (OpenID Connect Core 4), which leads to the form.

use url::Url;

use crate::oidc::client::ClientMetadata;
use crate::oidc::redirect_uri::{RedirectUriError, check_registrable};

/// The most characters of a slug: who types it has a pen in the other hand.
const LONGEST: usize = 40;

/// Whether a text can be the end of a short address: 1 to 40 lower-case letters, digits and hyphens, none of these at
/// either end.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

/// The slug that somebody meant who typed or copied this from a letter: in capitals, with the full stop of the sentence, a
/// slash or a space behind it, with the dash or the soft hyphen that the letter was set with.
#[must_use]
pub fn meant(typed: &str) -> Option<String> {
    let inner = typed.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let visible = inner.chars().filter(|c| !matches!(c, '\u{ad}' | '\u{200b}' | '\u{feff}'));
    let slug: String = visible
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '_' => '-',
            c => c.to_ascii_lowercase(),
        })
        .collect();
    is_slug(&slug).then_some(slug)
}

/// Why a link cannot lead there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The client does not say where a sign-in is started.
    #[error("the client app has no initiate_login_uri: idp client set-initiate-login sets it")]
    NoInitiateLogin,
    /// No address that anybody may be led to.
    #[error("the target {0}")]
    Target(#[from] RedirectUriError),
    /// The address of an app, not of a page.
    #[error("the target must be an https:// address")]
    NotWeb,
    /// Another site than the client's own: a link must not lead just anywhere.
    #[error(
        "the target must be at the origin of a redirect URI, the client_uri or the initiate_login_uri of the client app"
    )]
    ForeignOrigin,
}

/// Where a browser goes that follows a link to `target`: the client's `initiate_login_uri` with `iss` and
/// `target_link_uri`. Asked when a link is saved, and each time it is followed: clients change.
///
/// # Errors
/// The first rule that the link breaks.
pub fn login_address(client: &ClientMetadata, issuer: &str, target: &str) -> Result<String, LinkError> {
    let initiate = client.initiate_login_uri.as_deref().ok_or(LinkError::NoInitiateLogin)?;
    let mut address = Url::parse(initiate).map_err(|_| LinkError::NoInitiateLogin)?;
    check_registrable(target)?;
    let origin = Url::parse(target).map_err(|_| LinkError::NotWeb)?.origin();
    if !origin.is_tuple() {
        return Err(LinkError::NotWeb);
    }
    let own = client.redirect_uris.iter().map(String::as_str).chain(client.client_uri.as_deref()).chain([initiate]);
    if !own.filter_map(|uri| Url::parse(uri).ok()).any(|uri| uri.origin() == origin) {
        return Err(LinkError::ForeignOrigin);
    }
    address.query_pairs_mut().append_pair("iss", issuer).append_pair("target_link_uri", target);
    Ok(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example";

    fn client() -> ClientMetadata {
        ClientMetadata {
            redirect_uris: vec!["https://forms.example/cb".to_owned(), "org.example.app:/cb".to_owned()],
            client_uri: Some("https://www.example/bins".to_owned()),
            initiate_login_uri: Some("https://start.example/login?from=op".to_owned()),
            ..ClientMetadata::named("Forms")
        }
    }

    #[test]
    fn req_s0_2_a_slug_is_found_however_a_letter_is_typed_off() {
        for typed in [
            "bin-day",
            "BIN-DAY",
            "Bin-Day.",
            "bin-day/",
            "bin-day ",
            " bin-day",
            "bin-day),",
            "“bin-day”",
            "bin-day…",
            "bin–day",
            "bin\u{2011}day",
            "bin_day",
            "bin-\u{ad}day",
            "bin-day-",
            "bin-day\u{a0}",
            "bin-day//",
        ] {
            assert_eq!(meant(typed).as_deref(), Some("bin-day"), "{typed:?}");
        }
        for typed in ["", "/", "...", "bin day", "bin/day", "bïn", "bin?day", "bin%20day", &"x".repeat(41)] {
            assert_eq!(meant(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_slug_is_what_can_be_said_on_the_telephone() {
        for slug in ["b", "42", "council-tax-2026", &"x".repeat(40)] {
            assert!(is_slug(slug), "{slug}");
        }
        for text in ["", "-", "-bins", "bins-", "Bins", "bins.", "bins/day", "bïns", &"x".repeat(41)] {
            assert!(!is_slug(text), "{text}");
        }
    }

    #[test]
    fn req_s0_2_a_link_leads_to_where_the_client_starts_a_sign_in() {
        let address =
            login_address(&client(), ISSUER, "https://forms.example/bins?day=1&x=a b".replace(' ', "+").as_str());
        let expected = "https://start.example/login?from=op&iss=https%3A%2F%2Fid.example&\
                        target_link_uri=https%3A%2F%2Fforms.example%2Fbins%3Fday%3D1%26x%3Da%2Bb";
        assert_eq!(address.as_deref(), Ok(expected));
        for own in ["https://www.example/", "https://start.example/form", "https://forms.example"] {
            assert!(login_address(&client(), ISSUER, own).is_ok(), "{own}");
        }
    }

    #[test]
    fn req_s0_2_a_link_leads_nowhere_but_to_its_client() {
        use LinkError as E;
        for (target, error) in [
            ("https://evil.example/", E::ForeignOrigin),
            ("https://forms.example.evil.example/", E::ForeignOrigin),
            ("https://forms.example:8443/", E::ForeignOrigin),
            ("http://localhost/", E::ForeignOrigin),
            ("http://forms.example/", E::Target(RedirectUriError::NotHttps)),
            ("https://forms.example@evil.example/", E::Target(RedirectUriError::UserInfo)),
            ("https://forms.example/#part", E::Target(RedirectUriError::Fragment)),
            ("javascript:alert(1)", E::Target(RedirectUriError::Scheme)),
            ("//forms.example/", E::Target(RedirectUriError::Malformed)),
            ("/bins", E::Target(RedirectUriError::Malformed)),
            ("org.example.app:/form", E::NotWeb),
        ] {
            assert_eq!(login_address(&client(), ISSUER, target), Err(error), "{target}");
        }
        let silent = ClientMetadata { initiate_login_uri: None, ..client() };
        assert_eq!(login_address(&silent, ISSUER, "https://forms.example/"), Err(E::NoInitiateLogin));
    }
}
