//! R43 and R44: where somebody is signed in, and how they signed in.

use axum::response::Response;
use idp_core::account::Device;
use uuid::Uuid;

use super::{On, fresh, fresh_form, seen, seen_form, to};
use crate::account::presence;
use crate::clients::ACCOUNT_PAGES;
use crate::http::cx::{Cx, Posted, Stop, add_cookie};
use crate::page::screens::account::activity::{Activity, Event, how};
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::page::screens::account::device_name;
use crate::page::screens::account::sessions::{Browser, Sessions};
use crate::signin::cookie;
use crate::store::account_pages::{LiveSession, PastSignIn};

/// The last page of sign-ins that is listed.
const LAST_PAGE: u32 = 500;

async fn live(on: &On) -> Result<Vec<LiveSession>, Stop> {
    presence::live(&on.cx.app, &on.inside).await.map_err(|error| on.cx.stop(error))
}

/// `GET /account/sessions`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let browser = |session: LiveSession| Browser {
        device: device_name(&session.device),
        this: session.id == on.inside.session,
        started: on.time(session.created_at),
        last_used: on.time(session.last_seen_at),
        end_href: format!("/account/sessions/end?session={}", session.id),
    };
    let page = Sessions {
        browsers: live(&on).await?.into_iter().map(browser).collect(),
        everywhere_href: "/account/sessions/everywhere".to_owned(),
        done: on.done(&["session"]),
    };
    Ok(on.page(Some("/account"), &page))
}

fn session_named(on: &On) -> Result<Uuid, Stop> {
    let named = on.cx.query("session").and_then(|text| text.parse().ok());
    named.ok_or_else(|| Stop::from(to("/account/sessions")))
}

/// `GET /account/sessions/end`.
pub async fn end_page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let named = session_named(&on)?;
    let Some(session) = live(&on).await?.into_iter().find(|session| session.id == named) else {
        return Ok(to("/account/sessions"));
    };
    let about = Some(device_name(&session.device));
    let page = Confirm { question: Question::EndSession, action: super::here(&on.cx), about, ..Confirm::default() };
    Ok(on.page(Some("/account/sessions"), &page))
}

/// `POST /account/sessions/end`.
pub async fn end(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = seen_form(cx, &form).await?;
    let named = session_named(&on)?;
    presence::end(&on.cx.app, &on.inside, named, &on.cx.origin).await.map_err(|error| on.cx.stop(error))?;
    if named == on.inside.session {
        return Ok(signed_out(&on, "/signed-out"));
    }
    Ok(to("/account/sessions?done=session"))
}

fn signed_out(on: &On, page: &str) -> Response {
    let mut response = to(page);
    let session = on.cx.names.session();
    for (name, _) in on.cx.cookies() {
        if name == session || on.cx.names.is_transaction(name) {
            add_cookie(&mut response, &cookie::clear(name));
        }
    }
    response
}

/// `GET /account/sessions/everywhere`.
pub async fn everywhere_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let action = "/account/sessions/everywhere".to_owned();
    let page = Confirm { question: Question::Everywhere, action, ..Confirm::default() };
    Ok(on.page(Some("/account/sessions"), &page))
}

/// `POST /account/sessions/everywhere`.
pub async fn everywhere(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    presence::end_all(&on.cx.app, &on.inside, &on.cx.origin).await.map_err(|error| on.cx.stop(error))?;
    Ok(signed_out(&on, "/signed-out?everywhere=yes"))
}

/// `GET /account/activity`.
pub async fn activity(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let page = on.cx.query("page").and_then(|text| text.parse().ok()).unwrap_or(1).clamp(1, LAST_PAGE);
    let (past, more) = presence::past(&on.cx.app, &on.inside, page).await.map_err(|error| on.cx.stop(error))?;
    let at = |page: u32| format!("/account/activity?page={page}");
    let page = Activity {
        events: past.iter().map(|event| shown(&on, event)).collect(),
        newer_href: (page > 1).then(|| at(page - 1)),
        older_href: (more && page < LAST_PAGE).then(|| at(page + 1)),
        not_me_href: "/account/activity/not-me".to_owned(),
    };
    Ok(on.page(Some("/account"), &page))
}

fn shown(on: &On, event: &PastSignIn) -> Event {
    let text = |name: &str| event.details.get(name).and_then(|value| value.as_str());
    let methods = match event.kind.as_str() {
        "sign_in.password_wrong" => vec!["pwd"],
        "factor.wrong" => text("factor").into_iter().collect(),
        _ => {
            let listed = |name: &str| event.details.get(name).and_then(|listed| listed.as_array());
            let methods = listed("amr").into_iter().chain(listed("factors")).flatten();
            methods.filter_map(|method| method.as_str()).collect()
        }
    };
    let device = event.details.get("device").cloned().and_then(|device| serde_json::from_value::<Device>(device).ok());
    let clients = on.cx.app.clients();
    let client = event.client.as_deref().filter(|id| *id != ACCOUNT_PAGES);
    Event {
        at: on.time(event.at),
        how: how(&methods),
        device: device_name(&device.unwrap_or_default()),
        service: client.map(|id| clients.enabled(id).map_or_else(|| id.to_owned(), |c| c.name_in(on.cx.lang))),
        led_in: event.kind.starts_with("sign_in.s"),
    }
}

/// `GET /account/activity/not-me`.
pub async fn not_me_page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let action = "/account/activity/not-me".to_owned();
    let page = Confirm { question: Question::NotMe, action, ..Confirm::default() };
    Ok(on.page(Some("/account/activity"), &page))
}

/// `POST /account/activity/not-me`: every other session ends at once; then the password is changed.
pub async fn not_me(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = seen_form(cx, &form).await?;
    presence::disown(&on.cx.app, &on.inside, &on.cx.origin).await.map_err(|error| on.cx.stop(error))?;
    Ok(to("/account/password?because=not-me"))
}
