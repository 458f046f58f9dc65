//! What is said where a sign-in cannot go on: why, from when on it can, and whom to ask.

use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use super::frame::passed;
use super::tx::OnTx;
use crate::http::cx::{Stop, retry_after};
use crate::page::ClockTime;
use crate::page::screens::code::{LockCause, Locked};
use crate::page::screens::no_way::NoWay;
use crate::signin::Refusal;

impl OnTx {
    /// Nothing that this person has can be used here: says so, or which service would have to answer for that.
    pub async fn no_way(&self) -> Result<Response, Stop> {
        if let Some(silent) = super::question::silent(self) {
            return super::question::not_answering(self, &silent).await;
        }
        let page = NoWay { cancel: Some(self.at("/cancel").await?), contact: self.contact() };
        Ok(self.page(StatusCode::OK, &self.frame(""), &page))
    }

    /// Whom to ask for help.
    pub fn contact(&self) -> Option<String> {
        self.cx.contact()
    }

    /// The page of a refusal.
    pub async fn refused(&self, refusal: &Refusal) -> Response {
        let now = self.cx.app.clock.now();
        // Wrong codes are counted whatever they are of; messages are not sent to an app.
        let other = matches!(refusal, Refusal::Sends(_)) && self.several();
        let (cause, until) = match refusal {
            Refusal::Codes(until) => (LockCause::Codes, until.or_else(|| Some(self.codes_open_at()))),
            Refusal::Sends(until) => (LockCause::Sends, Some(*until)),
            Refusal::Passwords(until) => (LockCause::Passwords, *until),
            Refusal::Requests(until) => return self.cx.too_many(*until),
            Refusal::AlreadyUsed
            | Refusal::NotIssued
            | Refusal::CodeGone
            | Refusal::CodeUsed
            | Refusal::PasskeyCopied(_)
            | Refusal::PasskeyTaken
            | Refusal::TooManyPeople => {
                return passed(&self.cx, &self.tx);
            }
        };
        let until = until.unwrap_or(now + TimeDelta::days(1));
        // Each of these leads to whatever is needed then.
        let again = match cause {
            LockCause::Codes => "/mfa/code",
            LockCause::Sends => "/mfa/resend",
            LockCause::Passwords => "/sign-in",
        };
        let page = Locked {
            cause,
            reopens: ClockTime::at(until, now),
            again_href: self.at(again).await.ok(),
            contact: self.contact(),
            other_href: match cause {
                LockCause::Passwords => self.at("/forgot").await.ok(),
                _ if other => self.at("/mfa/method").await.ok(),
                _ => None,
            },
            cancel: self.at("/cancel").await.ok(),
        };
        let mut response = self.page(StatusCode::TOO_MANY_REQUESTS, &self.frame(""), &page);
        retry_after(&mut response, (until - now).num_seconds());
        response
    }

    fn codes_open_at(&self) -> DateTime<Utc> {
        let last = self.view.account.as_ref().and_then(|a| a.wrong_codes.last_at);
        last.unwrap_or_else(|| self.cx.app.clock.now()) + TimeDelta::hours(1)
    }
}
