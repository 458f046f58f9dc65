//! R54: what the footer leads to.

use axum::response::Response;
use http::StatusCode;
use idp_core::policy::SignInMethod;
use url::Url;

use super::cx::{Cx, see_other};
use crate::page::screens::information::{CookieRow, Cookies, Information, Topic};
use crate::page::{Frame, Message};
use crate::signin::device;
use crate::signin::remembered::longest_days;

/// `GET /cookies`: the cookies that the code sets, from the code.
pub async fn cookies(cx: Cx) -> Response {
    let row = |name, purpose: &'static str, expires| CookieRow { name, purpose: Message::new(purpose), expires };
    let mut rows = vec![
        row(cx.names.session(), "cookie-purpose-session", Message::new("cookie-expires-browser")),
        row(cx.names.transaction("…"), "cookie-purpose-step", Message::new("cookie-expires-browser")),
        row(
            cx.names.known_device(),
            "cookie-purpose-known-device",
            Message::new("cookie-expires-days").with("days", device::LIFE_SECONDS / 86_400),
        ),
    ];
    // Only where a client remembers devices is this cookie set.
    let days = longest_days(&cx.app);
    if days > 0 {
        let expires = Message::new("cookie-expires-days").with("days", days);
        rows.push(row(cx.names.device(), "cookie-purpose-device", expires));
    }
    // Only where a client takes guests is this cookie set.
    if cx.app.clients().iter().any(|client| client.policy.sign_in.contains(&SignInMethod::Guest)) {
        let expires = Message::new("cookie-expires-browser");
        rows.push(row(cx.names.guest(), "cookie-purpose-guest", expires));
    }
    if cx.app.config.brand.languages.len() > 1 {
        let year = Message::new("cookie-expires-days").with("days", 365);
        rows.push(row(cx.names.language(), "cookie-purpose-lang", year));
    }
    let frame = Frame { here: "/cookies".to_owned(), ..cx.frame() };
    cx.page(StatusCode::OK, &frame, &Cookies { cookies: rows })
}

/// The council's own page, where it has one, else ours.
fn information(cx: &Cx, topic: Topic, here: &str, own: Option<&Url>) -> Response {
    if let Some(own) = own {
        return see_other(own.as_str());
    }
    let brand = &cx.app.config.brand;
    let contact = brand.contact_email.clone().or_else(|| brand.contact_phone.clone());
    let frame = Frame { here: here.to_owned(), ..cx.frame() };
    cx.page(StatusCode::OK, &frame, &Information { topic, contact })
}

/// `GET /privacy`.
pub async fn privacy(cx: Cx) -> Response {
    information(&cx, Topic::Privacy, "/privacy", cx.app.config.brand.privacy_url.as_ref())
}

/// `GET /accessibility`.
pub async fn accessibility(cx: Cx) -> Response {
    information(&cx, Topic::Accessibility, "/accessibility", cx.app.config.brand.accessibility_url.as_ref())
}

/// `GET /help`.
pub async fn help(cx: Cx) -> Response {
    information(&cx, Topic::Help, "/help", cx.app.config.brand.help_url.as_ref())
}
