//! The security headers of every answer, errors included (R25). A handler says only what differs on its page, through
//! an extension of its response: [`FormAction`] or [`FrameSrc`]; and its own `Cache-Control` where it may be stored.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Where this page's forms may lead, as the value of CSP's `form-action`. A page whose POST ends in a redirect to a
/// relying party must name that origin too: browsers apply the directive to the whole chain of redirects.
#[derive(Clone, Debug)]
pub struct FormAction(pub String);

/// What this page may frame, as the value of CSP's `frame-src`: relying parties told of a logout.
#[derive(Clone, Debug)]
pub struct FrameSrc(pub String);

const POLICY_HEAD: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                           connect-src 'self'; font-src 'self'; form-action ";
const POLICY_TAIL: &str =
    "; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), geolocation=(), microphone=(), \
     payment=(), usb=()",
);

/// The headers that are the same in every answer of this installation.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    usual_policy: HeaderValue,
}

impl Default for SecurityHeaders {
    fn default() -> Self {
        Self { usual_policy: policy("'self'", None).unwrap_or(HeaderValue::from_static("default-src 'none'")) }
    }
}

impl SecurityHeaders {
    fn write(&self, path: &str, response: &mut Response) {
        let policy = self.policy_of(response);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(PERMISSIONS_POLICY, PERMISSIONS);
        let isolated = is_under(path, "/account") || is_under(path, "/admin");
        let opener = if isolated { "same-origin" } else { "unsafe-none" };
        headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static(opener));
        // Browsers heed it over TLS alone, so a loopback issuer may say it as well.
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
        or_no_store(headers);
    }

    fn policy_of(&self, response: &Response) -> HeaderValue {
        let form = response.extensions().get::<FormAction>().map(|action| action.0.as_str());
        let frame = response.extensions().get::<FrameSrc>().map(|source| source.0.as_str());
        if form.is_none() && frame.is_none() {
            return self.usual_policy.clone();
        }
        policy(form.unwrap_or("'self'"), frame).unwrap_or_else(|| {
            tracing::error!("a page's form-action or frame-src is not a list of sources; the usual policy is sent");
            self.usual_policy.clone()
        })
    }
}

/// The policy with these sources; `None` if they would end the directive they stand in.
fn policy(form_action: &str, frame_src: Option<&str>) -> Option<HeaderValue> {
    let is_sources = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b";,".contains(&byte));
    if !is_sources(form_action) || !frame_src.is_none_or(is_sources) {
        return None;
    }
    let frame = frame_src.map(|sources| format!("; frame-src {sources}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{POLICY_HEAD}{form_action}{frame}{POLICY_TAIL}")).ok()
}

fn is_under(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn or_no_store(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Middleware: adds the headers.
pub async fn add(State(security): State<Arc<SecurityHeaders>>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    security.write(uri.path(), &mut response);
    response
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    fn written(path: &str, mut response: Response) -> HeaderMap {
        SecurityHeaders::default().write(path, &mut response);
        response.headers().clone()
    }

    fn csp(headers: &HeaderMap) -> &str {
        headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text")
    }

    #[test]
    fn sec_r25_every_answer_has_the_whole_policy() {
        let headers = written("/sign-in", ().into_response());
        assert_eq!(
            csp(&headers),
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
             font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'"
        );
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "same-origin");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::STRICT_TRANSPORT_SECURITY], "max-age=63072000");
    }

    #[test]
    fn sec_r25_account_and_admin_are_isolated_from_their_opener_and_the_sign_in_is_not() {
        for (path, opener) in [
            ("/account", "same-origin"),
            ("/account/passkeys", "same-origin"),
            ("/admin/clients", "same-origin"),
            ("/accounting", "unsafe-none"),
            ("/sign-in", "unsafe-none"),
        ] {
            assert_eq!(written(path, ().into_response())[CROSS_ORIGIN_OPENER_POLICY], opener, "{path}");
        }
    }

    #[test]
    fn a_page_names_its_own_form_targets_but_cannot_end_the_directive() {
        let mut page = ().into_response();
        page.extensions_mut().insert(FormAction("'self' https: com.example.app:".to_owned()));
        page.extensions_mut().insert(FrameSrc("https://rp.example".to_owned()));
        let headers = written("/sign-in", page);
        assert!(csp(&headers).contains("form-action 'self' https: com.example.app:; frame-src https://rp.example; "));

        let mut page = ().into_response();
        page.extensions_mut().insert(FormAction("'self'; script-src *".to_owned()));
        assert!(csp(&written("/sign-in", page)).contains("form-action 'self'; frame-ancestors"));
    }

    #[test]
    fn what_may_be_stored_says_so_itself() {
        let jwks = ([(header::CACHE_CONTROL, "public, max-age=300")], "{}").into_response();
        assert_eq!(written("/jwks", jwks)[header::CACHE_CONTROL], "public, max-age=300");
    }
}
