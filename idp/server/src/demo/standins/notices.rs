//! What Facebook posts of its own accord: that somebody removed the app, or wants their data deleted. Here it is sent at
//! the press of a button, with a right signature or a wrong one, and the answer is shown.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use url::Url;

use super::page::{Choice, Chooser, Field, Group};
use super::people::friends;
use super::{NOTICES_PATH, Shared, StandIns, lock};
use crate::config::is_loopback;
use crate::net::form::Form;

pub(super) fn routes() -> Router<Arc<StandIns>> {
    Router::new().route(NOTICES_PATH, get(choose).post(send))
}

async fn choose(State(stand_ins): Shared) -> Response {
    let origin = lock(&stand_ins.redirect_uris).iter().find_map(|uri| Some(uri.parse::<Url>().ok()?.origin()));
    let origin = origin.map(|origin| origin.ascii_serialization()).unwrap_or_default();
    let user = friends(&[]).into_iter().next().map(|friend| friend.user).unwrap_or_default();
    let choice = |id: &str, text: &str, path: &str| Choice {
        id: id.to_owned(),
        text: text.to_owned(),
        fields: vec![
            Field { name: "url", value: format!("{origin}/federated/facebook/{path}") },
            Field { name: "user", value: user.clone() },
        ],
    };
    stand_ins.pages.choose(&Chooser {
        title: "Stand-in for Facebook: notices",
        about: "What Facebook tells an app of its own accord.",
        action: NOTICES_PATH,
        request: "",
        hints: Vec::new(),
        groups: vec![
            Group {
                name: "Signed by Facebook",
                choices: vec![
                    choice("deletion", "Ask for data to be deleted", "deletion"),
                    choice("deauthorize", "Say that the app was removed", "deauthorize"),
                ],
            },
            Group {
                name: "Signed by somebody else",
                choices: vec![
                    choice("forged-deletion", "Ask for data to be deleted", "deletion"),
                    choice("forged-deauthorize", "Say that the app was removed", "deauthorize"),
                ],
            },
        ],
    })
}

async fn send(State(stand_ins): Shared, body: Bytes) -> Response {
    let form = Form::parse(&body).unwrap_or_default();
    let (chosen, user) = (form.get("as").unwrap_or_default(), form.get("user").unwrap_or_default());
    let url = form.get("url").and_then(|url| url.parse::<Url>().ok()).filter(is_loopback);
    let Some(url) = url else {
        return stand_ins.pages.say(StatusCode::BAD_REQUEST, "Error", "the address is not on this machine");
    };
    let text = stand_ins.signed_request(user, !chosen.starts_with("forged"));
    let body = serde_urlencoded::to_string([("signed_request", text)]).unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    match stand_ins.outbound.send(Method::POST, &url, headers, body.into()).await {
        Ok(answer) => {
            let said = format!("{}\n{}", answer.status, String::from_utf8_lossy(&answer.body));
            stand_ins.pages.say(StatusCode::OK, "The notice was answered", &said)
        }
        Err(error) => stand_ins.pages.say(StatusCode::OK, "The notice was not answered", &error.to_string()),
    }
}

impl StandIns {
    /// A request about this person, signed with the app's secret or with another one.
    #[must_use]
    pub fn signed_request(&self, user: &str, right: bool) -> String {
        let at = self.now().timestamp();
        let payload = json!({"user_id": user, "algorithm": "HMAC-SHA256", "issued_at": at, "expires": at + 3600});
        let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
        let secret = if right { self.facebook.app().secret.clone() } else { self.random.token() };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        format!("{}.{payload}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, payload.as_bytes()).as_ref()))
    }
}
