//! R54: what the footer leads to.

use axum::response::Response;
use http::{StatusCode, header};
use idp_core::policy::SignInMethod;
use url::form_urlencoded::Serializer;
use url::{Position, Url};

use super::cx::{Cx, see_other};
use crate::page::screens::information::{CookieRow, Cookies, Information, Topic};
use crate::page::{Frame, Message};
use crate::signin::remembered::longest_days;
use crate::signin::{device, entry};
use crate::store::{StoreError, short_links};

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
    // Only where there are short links is this cookie set; where that is not known it is named.
    if short_links(&cx).await.unwrap_or(true) {
        let expires = Message::new("cookie-expires-minutes").with("minutes", entry::LIFE_SECONDS / 60);
        rows.push(row(cx.names.entry(), "cookie-purpose-entry", expires));
    }
    if cx.app.config.brand.languages.len() > 1 {
        let year = Message::new("cookie-expires-days").with("days", 365);
        rows.push(row(cx.names.language(), "cookie-purpose-lang", year));
    }
    cx.page(StatusCode::OK, &frame(&cx, "/cookies"), &Cookies { cookies: rows })
}

async fn short_links(cx: &Cx) -> Result<bool, StoreError> {
    short_links::any(&mut cx.app.db.read().await?).await
}

/// The council's own page, where it has one, else ours.
fn information(cx: &Cx, topic: Topic, here: &str, own: Option<&Url>) -> Response {
    if let Some(own) = own {
        return see_other(own.as_str());
    }
    let brand = &cx.app.config.brand;
    let contact = brand.contact_email.clone().or_else(|| brand.contact_phone.clone());
    cx.page(StatusCode::OK, &frame(cx, here), &Information { topic, contact })
}

/// The pages that every other one leads to.
const OURS: [&str; 4] = ["/cookies", "/privacy", "/accessibility", "/help"];

/// The frame of such a page, with the way back to the one that led to it.
fn frame(cx: &Cx, here: &str) -> Frame {
    let back = came_from(cx);
    let query = back.as_ref().map(|back| Serializer::new(String::new()).append_pair("back", back).finish());
    let here = query.map_or_else(|| here.to_owned(), |query| format!("{here}?{query}"));
    Frame { back, here, ..cx.frame() }
}

/// The page of ours that led to this one, as the browser says; the links between these pages and languages hand it on.
fn came_from(cx: &Cx) -> Option<String> {
    let referrer = cx.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let referrer = referrer.and_then(|text| Url::parse(text).ok());
    let referrer = referrer.filter(|from| from.origin() == cx.app.config.server.issuer.url().origin());
    let by_referrer = |from: Url| {
        let handed_on = from.query_pairs().find(|(name, _)| name == "back").map(|(_, back)| back.into_owned());
        handed_on.unwrap_or_else(|| from[Position::BeforePath..Position::AfterQuery].to_owned())
    };
    let from = cx.query("back").map(str::to_owned).or_else(|| referrer.map(by_referrer))?;
    // A path of ours, and of no other server.
    let is_path = from.starts_with('/') && !from.starts_with("//") && !from.contains(['\\', '\r', '\n', '\t']);
    let path = from.split(['?', '#']).next().unwrap_or_default();
    (is_path && !OURS.contains(&path)).then_some(from)
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
