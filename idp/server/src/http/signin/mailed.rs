//! The form of a code by email outside the second factors: to set a new password, to make an account, and to recover a lost
//! factor.

use axum::response::Response;
use http::StatusCode;

use super::code::code_problem;
use super::tx::OnTx;
use crate::factor::code::normalised;
use crate::http::cx::{Cx, Stop, see_other};
use crate::net::form::Form;
use crate::page::screens::code::Alphabet;
use crate::page::screens::mailed_code::MailedCode as CodePage;
use crate::page::{ClockTime, FieldError, Frame, Message};
use crate::signin::mailed::{COOLDOWN, Checked, MINUTES, check, find};
use crate::signin::{Refusal, StepError};
use crate::store::recovery_codes::{MailedCode, Purpose};

/// How many digits such a code has.
const DIGITS: u32 = 6;

/// Leads to the page of a code that was asked for; who asks again too soon is told to wait.
pub async fn sent(
    on: &OnTx,
    asked: Result<(), StepError>,
    page: &str,
    notice: &str,
) -> Result<Result<Response, Refusal>, Stop> {
    let notice = match asked {
        Ok(()) => notice,
        Err(StepError::Refused(Refusal::Sends(until))) if until <= on.cx.app.clock.now() + COOLDOWN => "&notice=wait",
        Err(StepError::Refused(refusal)) => return Ok(Err(refusal)),
        Err(error) => return Err(on.cx.stop(error)),
    };
    Ok(Ok(see_other(&format!("{}{notice}", on.at(page).await?))))
}

/// Where a code is asked for and typed.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// What for.
    pub purpose: Purpose,
    /// Where the address is typed.
    pub address: &'static str,
    /// Where the code is typed.
    pub code: &'static str,
    /// Where it is asked for again.
    pub again: &'static str,
}

impl Place {
    /// Leads to the page of a code that was asked for, whoever has the address.
    pub async fn lead(self, on: &OnTx, asked: Result<(), StepError>, notice: &str) -> Result<Response, Stop> {
        match sent(on, asked, self.code, notice).await? {
            Ok(response) => Ok(response),
            Err(Refusal::Sends(until)) => Ok(on.cx.too_many(until)),
            Err(refusal) => Ok(on.refused(&refusal).await),
        }
    }

    /// The code that this transaction has asked for; without one the page that asks comes first.
    pub async fn asked(self, on: &OnTx) -> Result<Result<MailedCode, Response>, Stop> {
        match find(&on.cx.app, &on.tx, self.purpose).await.map_err(|error| on.cx.stop(error))? {
            Some(code) if on.tx.email.is_some() => Ok(Ok(code)),
            _ => Ok(Err(see_other(&on.at(self.address).await?))),
        }
    }

    /// The page of the code.
    pub async fn show<const NEW: bool>(
        self,
        on: &OnTx,
        code: &MailedCode,
        errors: Vec<FieldError>,
    ) -> Result<Response, Stop> {
        let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let links = on.links().await?;
        let (here, change) = (links.to(self.code), links.to(self.address));
        let page = CodePage::<NEW> {
            action: here.clone(),
            email: on.tx.email.clone().unwrap_or_default(),
            minutes: MINUTES,
            resend_action: links.to(self.again),
            change_href: change.clone(),
            notices: notice_of(&on.cx, code).into_iter().collect(),
            cancel: Some(links.to("/cancel")),
            errors,
        };
        Ok(on.page(status, &Frame { back: Some(change), ..on.frame(&here) }, &page))
    }
}

/// What the page of the code says first.
pub fn notice_of(cx: &Cx, code: &MailedCode) -> Option<Message> {
    let now = cx.app.clock.now();
    match cx.query("notice") {
        Some("sent-again") => Some(Message::new("notice-sent-again")),
        Some("wait") => {
            let again = code.last_sent_at + COOLDOWN;
            (again > now).then(|| Message::new("resend-wait").with("time", ClockTime::at(again, now)))
        }
        _ => None,
    }
}

/// A code that works no more.
pub fn gone() -> Message {
    Message::new("error-mailed-code-gone")
}

/// Whether a typed code is right; else what is wrong with it, which was counted.
pub async fn typed(on: &OnTx, code: &MailedCode, form: &Form) -> Result<Result<(), Message>, Stop> {
    let typed = normalised(form.get("code").unwrap_or_default());
    if let Some(problem) = code_problem(&typed, Alphabet::Digits, DIGITS) {
        return Ok(Err(problem));
    }
    let checked = check(&on.cx.app, &on.tx, code, &typed, &on.cx.origin).await;
    Ok(match checked.map_err(|error| on.cx.stop(error))? {
        Checked::Right => Ok(()),
        Checked::Wrong { spent: false } => Err(Message::new("error-code-wrong")),
        Checked::Wrong { spent: true } => Err(Message::new("error-code-spent")),
        Checked::Gone => Err(gone()),
    })
}
