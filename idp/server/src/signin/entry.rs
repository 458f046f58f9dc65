//! How somebody came to a sign-in: by a short link, or directly. A browser keeps it in a sealed cookie until the client that
//! the link leads to asks for a sign-in; then it belongs to that transaction, and stands on every message that it sends.

use idp_core::oidc::authorize::AuthorizationRequest;
use serde::{Deserialize, Serialize};

use super::StepError;
use crate::app::App;

/// How somebody came who followed no short link.
pub const DIRECT: &str = "direct";
/// For how long a browser keeps the link that it followed, in seconds.
pub const LIFE_SECONDS: u32 = 30 * 60;

/// A link that was followed, as its cookie seals it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Followed {
    slug: String,
    client: String,
    at: i64,
}

/// The cookie of a browser that follows the link `slug` to `client`.
///
/// # Errors
/// When it cannot be sealed.
pub fn cookie(app: &App, slug: &str, client: &str) -> Result<String, StepError> {
    let followed = Followed { slug: slug.to_owned(), client: client.to_owned(), at: app.clock.now().timestamp() };
    let sealed = app.purposes.transactions.seal_json(&app.random, &[b"entry"], &followed);
    sealed.map_err(|error| StepError::Broken(error.to_string()))
}

/// How whoever has this cookie came to this request; `None` where the cookie is of another client, or too old. A request
/// that shows no page sends nothing either: it leaves the cookie to the one that follows.
#[must_use]
pub fn of(app: &App, cookie: &str, request: &AuthorizationRequest) -> Option<String> {
    let followed: Followed = app.purposes.transactions.open_json(&[b"entry"], cookie).ok()?;
    let age = app.clock.now().timestamp() - followed.at;
    let counts = followed.client == request.client_id && age < i64::from(LIFE_SECONDS) && !request.prompt.none;
    counts.then(|| format!("go:{}", followed.slug))
}
