//! The form of a code by email outside the second factors: to set a new password, and to recover a lost factor.

use axum::response::Response;

use super::code::code_problem;
use super::tx::OnTx;
use crate::factor::code::normalised;
use crate::http::cx::{Cx, Stop, see_other};
use crate::net::form::Form;
use crate::page::screens::code::Alphabet;
use crate::page::{ClockTime, Message};
use crate::signin::mailed::{COOLDOWN, Checked, check};
use crate::signin::{Refusal, StepError};
use crate::store::recovery_codes::MailedCode;

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
