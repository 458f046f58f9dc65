//! `/admin/invite/{token}`: whoever holds an administrator's invitation makes the account with it.
//!
//! The address and the password of the first page travel to the second one sealed, in the address of its form: until
//! the authenticator's code is right nothing is kept, and the invitation is not used.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use idp_core::account::EmailAddress;
use idp_core::account::EmailProblem;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::cx::{Cx, Posted, Stop, see_other};
use super::signin::code_problem;
use super::words;
use crate::app::App;
use crate::factor::code::normalised;
use crate::factor::totp;
use crate::hashing::HashError;
use crate::invitation::{self, AcceptError, NewAdministrator};
use crate::net::form::Form;
use crate::page::screens::admin_invite::{Invite, InviteApp, InviteDone};
use crate::page::screens::code::Alphabet;
use crate::page::screens::dead_link::{About, Why};
use crate::page::screens::error::Problem;
use crate::page::{FieldError, Frame, Message};
use crate::password::SetError;
use crate::signin::StepError;
use crate::signin::transaction::hash;
use crate::store::invitations::{self, Invitation};

/// Seconds from the first page to the code of the second.
const ANSWER_WITHIN: i64 = 15 * 60;

/// The routes.
pub fn routes() -> Router<App> {
    Router::new().route("/admin/invite/{token}", get(page).post(post))
}

/// What the first page leaves for the second.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    email: EmailAddress,
    phc: String,
    at: i64,
}

/// A request with a live invitation.
struct OnInvite {
    cx: Cx,
    token: String,
    hash: [u8; 32],
    invitation: Invitation,
}

async fn find(cx: Cx, token: String) -> Result<OnInvite, Stop> {
    let hash = hash(&token);
    let now = cx.app.clock.now();
    let found = async { invitations::find(&mut cx.app.db.read().await?, hash, now).await }.await;
    match found.map_err(|error| cx.stop(error))? {
        Some(invitation) => Ok(OnInvite { cx, token, hash, invitation }),
        None => Err(gone(&cx, hash).await),
    }
}

/// Says what became of an invitation that cannot be used: whoever has its token may know.
async fn gone(cx: &Cx, hash: [u8; 32]) -> Stop {
    let used = async { invitations::was_used(&mut cx.app.db.read().await?, hash).await }.await;
    match used {
        Ok(used) => Stop::from(cx.dead_link(About::Invitation, Why::of(used))),
        Err(error) => cx.stop(error),
    }
}

async fn page(cx: Cx, Path(token): Path<String>) -> Result<Response, Stop> {
    let on = find(cx, token).await?;
    match on.begun() {
        Some((begun, step)) => on.show_app(&begun, &step, Vec::new()),
        None => Ok(on.show_form(String::new(), Vec::new())),
    }
}

async fn post(cx: Cx, Path(token): Path<String>, Posted(form): Posted) -> Result<Response, Stop> {
    let on = find(cx, token).await?;
    on.check_form(&form)?;
    match on.begun() {
        Some((begun, step)) => on.confirm(begun, &step, &form).await,
        None => on.begin(&form).await,
    }
}

impl OnInvite {
    fn path(&self) -> String {
        format!("/admin/invite/{}", self.token)
    }

    fn form_token(&self) -> String {
        BASE64URL_NOPAD.encode(&self.cx.app.purposes.forms.tag(&[b"invitation", &self.hash]))
    }

    fn check_form(&self, form: &Form) -> Result<(), Stop> {
        let token = form.get("csrf").and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok()).unwrap_or_default();
        if self.cx.is_from_our_pages() && self.cx.app.purposes.forms.verify(&[b"invitation", &self.hash], &token) {
            return Ok(());
        }
        Err(Stop::from(self.cx.problem(StatusCode::FORBIDDEN, Problem::Forbidden)))
    }

    /// What the first page has left in the address, while it is fresh.
    fn begun(&self) -> Option<(Begun, String)> {
        let step = self.cx.query("step")?;
        let begun: Begun = self.cx.app.purposes.transactions.open_json(&[b"invitation", &self.hash], step).ok()?;
        (self.cx.app.clock.now().timestamp() - begun.at < ANSWER_WITHIN).then_some((begun, step.to_owned()))
    }

    fn broken(&self, error: &impl ToString) -> Stop {
        self.cx.stop(StepError::Broken(error.to_string()))
    }

    fn show_form(&self, email: String, errors: Vec<FieldError>) -> Response {
        let min_length = words::shortest_password(&self.cx.app);
        let page = Invite { action: self.path(), email, min_length, errors };
        let frame = Frame { csrf: Some(self.form_token()), here: self.path(), ..self.cx.frame() };
        self.cx.page(status_of(&page.errors), &frame, &page)
    }

    fn show_app(&self, begun: &Begun, step: &str, errors: Vec<FieldError>) -> Result<Response, Stop> {
        let app = &self.cx.app;
        let secret = invitation::secret(&app.purposes.authenticators, &self.hash, &self.invitation)
            .map_err(|error| self.broken(&error))?;
        let uri = totp::otpauth_uri(&secret, app.config.brand.council_in(self.cx.lang), begun.email.as_str())
            .map_err(|error| self.broken(&error))?;
        let here = format!("{}?step={step}", self.path());
        let mut page =
            InviteApp::new(here.clone(), uri, &totp::base32(&secret)).map_err(|error| self.broken(&error))?;
        page.errors = errors;
        let frame = Frame { csrf: Some(self.form_token()), here, back: Some(self.path()), ..self.cx.frame() };
        Ok(self.cx.page(status_of(&page.errors), &frame, &page))
    }

    /// The first page's form.
    async fn begin(&self, form: &Form) -> Result<Response, Stop> {
        let typed = form.get("email").unwrap_or_default().to_owned();
        let password = SecretString::from(form.get("password").unwrap_or_default());
        let email = EmailAddress::parse(&typed);
        let app = &self.cx.app;
        let hashed = match app.passwords.hash_new(&password, vec![typed.clone()]).await {
            Err(SetError::Hash(HashError::Busy)) => return Err(self.cx.stop(StepError::Busy)),
            Err(SetError::Hash(error)) => return Err(self.broken(&error)),
            Err(SetError::Refused(problems)) => Err(problems),
            Ok(phc) => Ok(phc),
        };
        match (email, hashed) {
            (Ok(email), Ok(phc)) => {
                let begun = Begun { email, phc, at: app.clock.now().timestamp() };
                let sealer = &app.purposes.transactions;
                let step = sealer.seal_json(&app.random, &[b"invitation", &self.hash], &begun);
                let step = step.map_err(|error| self.broken(&error))?;
                Ok(see_other(&format!("{}?step={step}", self.path())))
            }
            (email, hashed) => {
                let email = email.err().map(email_error);
                let password =
                    hashed.err().map(|problems| FieldError::new("password", words::of_new_password(&problems)));
                Ok(self.show_form(typed, email.into_iter().chain(password).collect()))
            }
        }
    }

    /// The second page's form.
    async fn confirm(self, begun: Begun, step: &str, form: &Form) -> Result<Response, Stop> {
        let code = normalised(form.get("code").unwrap_or_default());
        let again = |message: Message| vec![FieldError::new("code", message)];
        if let Some(problem) = code_problem(&code, Alphabet::Digits, 6) {
            return self.show_app(&begun, step, again(problem));
        }
        let new = NewAdministrator { email: begun.email.clone(), phc: begun.phc.clone(), code };
        match invitation::accept(&self.cx.app, &self.token, new, &self.cx.origin).await {
            Ok(()) => {
                let page = InviteDone { email: begun.email.as_str().to_owned() };
                Ok(self.cx.page(StatusCode::OK, &self.cx.frame(), &page))
            }
            Err(AcceptError::WrongCode) => self.show_app(&begun, step, again(Message::new("error-code-wrong"))),
            Err(AcceptError::Taken) => {
                let errors = vec![FieldError::new("email", Message::new("error-email-taken"))];
                Ok(self.show_form(begun.email.as_str().to_owned(), errors))
            }
            Err(AcceptError::Gone) => Err(gone(&self.cx, self.hash).await),
            Err(AcceptError::Store(error)) => Err(self.cx.stop(error)),
            Err(error @ AcceptError::Unreadable) => Err(self.broken(&error)),
        }
    }
}

fn status_of(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn email_error(problem: EmailProblem) -> FieldError {
    let text = match problem {
        EmailProblem::Empty => "error-email-empty",
        EmailProblem::Format => "error-email-format",
        EmailProblem::TooLong => "error-email-long",
    };
    FieldError::new("email", Message::new(text))
}
