//! `/api/v1/openapi.json`: the description of the API, public, the same in every installation.

use axum::response::{IntoResponse as _, Response};
use http::header;
use utoipa::openapi::security::{ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa::{Modify, OpenApi};

use super::caller::{DECIDE, READ, STAFF, WRITE};
use super::{batch, bodies, conflicts, contacts, invitations, problem};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Identity provider: back office",
        version = "1",
        description = "People that a back office promotes to users of a portal. Callers are clients with an access token of the \
                       client credentials grant. Fields that are not described here are refused; new ones may be added to answers.",
        license(name = "MIT")
    ),
    paths(contacts::put, contacts::get, invitations::post, batch::post, conflicts::list, conflicts::decide),
    components(schemas(
        bodies::Contact,
        bodies::Phone,
        bodies::Pushed,
        bodies::Unapplied,
        contacts::ShownPerson,
        problem::ProblemBody
    )),
    modifiers(&Security)
)]
struct Api;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let scopes = Scopes::from_iter([
            (READ, "Read people that you pushed, and what waits for a decision"),
            (WRITE, "Push people"),
            (STAFF, "Make and change accounts of staff, besides contacts:write"),
            (DECIDE, "Decide about addresses that somebody else signs in with"),
        ]);
        let flow = Flow::ClientCredentials(ClientCredentials::new("/token", scopes));
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("client_credentials", SecurityScheme::OAuth2(OAuth2::new([flow])));
    }
}

/// The document, as it is committed.
fn text() -> String {
    Api::openapi().to_pretty_json().map(|text| text + "\n").unwrap_or_default()
}

/// `GET /api/v1/openapi.json`.
pub async fn get() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")], text())
        .into_response()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_committed_document_is_what_the_code_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        if std::env::var_os("IDP_BLESS").is_some() {
            std::fs::write(&path, text()).expect("the document is written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text(), "docs/openapi.json differs: run IDP_BLESS=1 cargo test -p idp --lib document");
    }
}
