//! The pages of one's own account: R38 to R45. Each is for whoever is wholly signed in; what changes something takes a
//! fresh proof besides, and leads to it and back.

mod backup;
mod closing;
mod contact;
mod devices;
mod identities;
mod join;
mod names;
mod passkeys;
mod password;
mod security;
mod sessions;
mod sharing;
mod summary;
mod undo;
mod welcome;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;

use super::cx::{Cx, Stop, add_cookie, see_other};
use super::signin::with_providers;
use crate::account::access::{Entry, Inside, Takes, enter};
use crate::app::App;
use crate::net::form::Form;
use crate::net::headers::FormAction;
use crate::page::screens::error::Problem;
use crate::page::{ClientFace, ClockTime, FieldError, Frame, Message, Page};
use crate::signin::cookie;
use crate::signin::{Refusal, StepError};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(summary::page))
        .route("/account/email", get(contact::email_page).post(contact::email))
        .route("/account/email/code", get(contact::email_code_page).post(contact::email_code))
        .route("/account/email/resend", post(contact::email_resend))
        .route("/account/phone", get(contact::phone_page).post(contact::phone))
        .route("/account/phone/code", get(contact::phone_code_page).post(contact::phone_code))
        .route("/account/phone/resend", post(contact::phone_resend))
        .route("/account/password", get(password::page).post(password::save))
        .route("/account/security", get(security::page))
        .route("/account/security/app", get(security::app_page).post(security::app))
        .route("/account/security/remove", get(security::remove_page).post(security::remove))
        .route("/account/security/passkey", get(passkeys::page).post(passkeys::add))
        .route("/account/security/passkey/name", get(passkeys::name_page).post(passkeys::name))
        .route("/account/security/backup-codes", get(backup::ask_page).post(backup::make))
        .route("/account/security/backup-codes/new", get(backup::page).post(backup::go_on))
        .route("/account/security/backup-codes/download", post(backup::download))
        .route("/account/security/identity", get(identities::page).post(identities::link))
        .route("/account/security/identity/remove", get(identities::remove_page).post(identities::remove))
        .route("/account/security/name/remove", get(names::remove_page).post(names::remove))
        .route("/account/join", get(join::page).post(join::begin))
        .route("/account/security/devices/forget", get(devices::page).post(devices::forget))
        .route("/account/sessions", get(sessions::page))
        .route("/account/sessions/end", get(sessions::end_page).post(sessions::end))
        .route("/account/sessions/everywhere", get(sessions::everywhere_page).post(sessions::everywhere))
        .route("/account/activity", get(sessions::activity))
        .route("/account/activity/not-me", get(sessions::not_me_page).post(sessions::not_me))
        .route("/account/data", get(closing::page))
        .route("/account/data/download", get(closing::back).post(closing::download))
        .route("/account/close", get(closing::close_page).post(closing::close))
        .route("/account/apps", get(sharing::page))
        .route("/account/apps/stop", get(sharing::stop_page).post(sharing::stop))
        .route("/account/welcome", get(welcome::begin))
        .route("/account/undo/{token}", get(undo::page).post(undo::undo))
}

pub(in crate::http) use join::{names, not_joined};

/// The account pages as whoever confirms that it is them sees where they came from.
pub fn face(cx: &Cx) -> Option<ClientFace> {
    let name = cx.app.pages.text(cx.lang, "default", &Message::new("account-pages-title")).ok()?;
    Some(ClientFace { name, home_uri: Some("/account".to_owned()), ..ClientFace::default() })
}

/// Somebody on a page of their account.
struct On {
    cx: Cx,
    inside: Box<Inside>,
}

/// Whoever may see the page that was asked for; else the sign-in that leads to it.
async fn seen(cx: Cx) -> Result<On, Stop> {
    let target = here(&cx);
    go_in(cx, Takes::SignIn, &target).await
}

/// Whoever proved afresh who they are; else the way to do so, which leads to the page that was asked for.
async fn fresh(cx: Cx) -> Result<On, Stop> {
    let target = here(&cx);
    go_in(cx, Takes::FreshProof, &target).await
}

/// As [`fresh`], for a form: it must be one of ours, and what was typed into it is there again afterwards.
async fn fresh_form(cx: Cx, form: &Form, kept: &[&str]) -> Result<On, Stop> {
    let on = go_in(cx, Takes::SignIn, "/account").await?;
    on.check_form(form)?;
    let target = on.filled(form, kept)?;
    go_in(on.cx, Takes::FreshProof, &target).await
}

/// As [`seen`], for a form.
async fn seen_form(cx: Cx, form: &Form) -> Result<On, Stop> {
    let on = go_in(cx, Takes::SignIn, "/account").await?;
    on.check_form(form)?;
    Ok(on)
}

async fn go_in(cx: Cx, takes: Takes, target: &str) -> Result<On, Stop> {
    let entry = enter(&cx.app, cx.visitor(), takes, target).await;
    match entry.map_err(|error| cx.stop(error))? {
        Entry::In(inside) => Ok(On { cx, inside }),
        Entry::First(transaction) => Err(Stop::from(super::signin::take_up(cx, transaction).await?)),
    }
}

/// Path and query of the page that was asked for, without the language, which is remembered.
fn here(cx: &Cx) -> String {
    let query = cx.uri.query().unwrap_or_default();
    let kept = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("lang=")).collect::<Vec<_>>();
    let path = cx.uri.path();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

impl On {
    fn now(&self) -> DateTime<Utc> {
        self.cx.app.clock.now()
    }

    fn time(&self, at: DateTime<Utc>) -> ClockTime {
        ClockTime::at(at, self.now())
    }

    fn form_token(&self) -> [u8; 32] {
        self.cx.app.purposes.forms.tag(&[b"account", self.inside.session.as_bytes()])
    }

    /// Refuses a form that no page of this session sent.
    fn check_form(&self, form: &Form) -> Result<(), Stop> {
        let token = form.get("csrf").and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok()).unwrap_or_default();
        let parts: [&[u8]; 2] = [b"account", self.inside.session.as_bytes()];
        if self.cx.is_from_our_pages() && self.cx.app.purposes.forms.verify(&parts, &token) {
            return Ok(());
        }
        Err(Stop::from(self.cx.problem(StatusCode::FORBIDDEN, Problem::Forbidden)))
    }

    /// The page that a form came from, with what was typed into these fields sealed into its address.
    fn filled(&self, form: &Form, kept: &[&str]) -> Result<String, Stop> {
        let target = here(&self.cx);
        let typed = kept.iter().filter_map(|name| Some((*name, form.get(name)?))).collect::<Vec<_>>();
        if typed.is_empty() {
            return Ok(target);
        }
        let purposes = &self.cx.app.purposes;
        let context: [&[u8]; 2] = [b"account-form", self.inside.account.id.as_bytes()];
        let sealed = purposes.transactions.seal_json(&self.cx.app.random, &context, &typed);
        let sealed = sealed.map_err(|error| self.cx.stop(StepError::Broken(error.to_string())))?;
        let joint = if target.contains('?') { '&' } else { '?' };
        Ok(format!("{target}{joint}typed={sealed}"))
    }

    /// What was typed into a field before the proof that came between.
    fn typed(&self, name: &str) -> Option<String> {
        let sealed = self.cx.query("typed")?;
        let context: [&[u8]; 2] = [b"account-form", self.inside.account.id.as_bytes()];
        let typed = self.cx.app.purposes.transactions.open_json::<Vec<(String, String)>>(&context, sealed).ok()?;
        typed.into_iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// What was just done, as the page that it leads to says: one of `known`.
    fn done(&self, known: &[&str]) -> Option<String> {
        self.cx.query("done").filter(|done| known.contains(done)).map(str::to_owned)
    }

    /// A page of the account.
    fn page<P: Page>(&self, back: Option<&str>, page: &P) -> Response {
        let status = if page.errors().is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        self.page_with(status, back, page)
    }

    /// A page whose form leads to an identity provider.
    fn page_that_leaves<P: Page>(&self, back: Option<&str>, page: &P) -> Response {
        let mut response = self.page(back, page);
        let targets = with_providers(&self.cx.app, "'self' https:".to_owned());
        response.extensions_mut().insert(FormAction(targets));
        response
    }

    fn page_with<P: Page>(&self, status: StatusCode, back: Option<&str>, page: &P) -> Response {
        let frame = Frame {
            csrf: Some(BASE64URL_NOPAD.encode(&self.form_token())),
            here: here(&self.cx),
            back: back.map(str::to_owned),
            ..self.cx.frame()
        };
        self.cx.page(status, &frame, page)
    }

    /// An answer that brings the session's new cookie.
    fn raised(&self, mut response: Response, token: &str) -> Response {
        add_cookie(&mut response, &cookie::set(&self.cx.names.session(), token, None));
        response
    }

    /// The page of a refusal.
    fn refused(&self, error: &StepError) -> Response {
        let now = self.now();
        let until = match error {
            StepError::Refused(Refusal::Sends(until)) => Some(*until),
            StepError::Refused(Refusal::Passwords(until)) => Some(until.unwrap_or(now + chrono::TimeDelta::days(1))),
            StepError::Refused(Refusal::Codes(until)) => {
                let last = self.inside.account.wrong_codes.last_at.unwrap_or(now);
                Some(until.unwrap_or(last + chrono::TimeDelta::hours(1)))
            }
            _ => None,
        };
        until.map_or_else(|| self.cx.failure(error), |until| self.cx.too_many(until))
    }
}

fn wrong(field: &'static str, key: &'static str) -> Vec<FieldError> {
    vec![FieldError::new(field, Message::new(key))]
}

fn to(path: &str) -> Response {
    see_other(path)
}
