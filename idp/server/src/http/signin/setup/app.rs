//! R18, R23: setting up an authenticator app. Nothing is enrolled before it is enabled.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::policy::BackupOffer;

use super::{for_setup, to_set_up};
use crate::factor::code::normalised;
use crate::factor::totp;
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::http::signin::code::code_problem;
use crate::http::signin::tx::{OnTx, Wishes, read};
use crate::page::screens::code::Alphabet;
use crate::page::screens::setup::{App as AppPage, AppPart, Done as DonePage};
use crate::page::{FieldError, Frame, Message};
use crate::signin::advance::count_wrong;
use crate::signin::backup::{Notice, Wish};
use crate::signin::done::Done;
use crate::signin::{Refusal, StepError, ask};
use crate::store::accounts::Account;
use crate::store::budgets;
use crate::store::enrolments::{self, Enrolment};

/// The authenticator that this transaction is setting up; begun at the first look, the same at every reload.
async fn enrolment(on: &OnTx, account: &Account) -> Result<Enrolment, StepError> {
    let app = &on.cx.app;
    if let Some(found) = enrolments::find(&mut app.db.read().await?, &on.tx.id, account.id).await? {
        return Ok(found);
    }
    let secret = totp::new_secret(&app.random);
    let sealed = totp::seal(&app.purposes.authenticators, &app.random, account.id, secret.as_slice());
    let (id, account, now) = (on.tx.id.clone(), account.id, app.clock.now());
    let found = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                enrolments::begin(tx, &id, account, sealed, now).await?;
                enrolments::find(tx, &id, account).await
            })
        })
        .await?;
    found.ok_or_else(|| StepError::Broken("an enrolment that was just begun is gone".to_owned()))
}

/// Which part of the page: the wordings of some systems show the code field on a page of its own.
fn parts(on: &OnTx) -> bool {
    on.view.policy.wording == "authenticator"
}

/// `GET /setup/app`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let (on, account) = match for_app(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let part = match (parts(&on), on.cx.query("part")) {
        (false, _) => AppPart::Whole,
        (true, Some("code")) => AppPart::Code,
        (true, _) => AppPart::Scan,
    };
    show_app(&on, &account, part, Vec::new()).await
}

async fn for_app(on: OnTx) -> Result<(OnTx, Account), Response> {
    let (mut on, account, factors) = for_setup(on).await?;
    if factors.contains(&FactorId::Totp) {
        return Ok((on, account));
    }
    Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response))
}

async fn show_app(on: &OnTx, account: &Account, part: AppPart, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let enrolment = enrolment(on, account).await.map_err(|error| on.cx.stop(error))?;
    if enrolment.confirmed {
        return Ok(see_other(&on.at("/setup/done").await?));
    }
    let app = &on.cx.app;
    let broken = |error: String| on.cx.stop(StepError::Broken(error));
    let secret = totp::open(&app.purposes.authenticators, account.id, &enrolment.secret)
        .map_err(|error| broken(error.to_string()))?;
    let name = account.email.as_ref().map_or(account.sub.as_str(), |e| e.value.as_str());
    let uri = totp::otpauth_uri(&secret, app.config.brand.council_in(on.cx.lang), name)
        .map_err(|error| broken(error.to_string()))?;
    let links = on.links().await?;
    let here = links.to("/setup/app");
    let mut page =
        AppPage::new(here.clone(), uri, &totp::base32(&secret)).map_err(|error| broken(error.to_string()))?;
    page.part = part;
    let before = links.to("/setup");
    if on.several() {
        page.choose_href = Some(links.to("/mfa/method"));
    } else if to_set_up(on).len() > 1 {
        page.choose_href = Some(before.clone());
    }
    page.cancel = Some(links.to("/cancel"));
    page.errors = errors;
    let (back, here) = match part {
        // The other language has the same part of the page.
        AppPart::Code => (Some(here.clone()), format!("{here}&part=code")),
        AppPart::Whole | AppPart::Scan => (Some(before), here),
    };
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /setup/app`: the code that shows that the app has the secret.
pub async fn confirm(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, account) = match for_app(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some(typed) = form.get("code") else {
        // The page that only shows the key leads on to the one that asks for its code.
        return Ok(see_other(&format!("{}&part=code", on.at("/setup/app").await?)));
    };
    let part = if parts(&on) { AppPart::Code } else { AppPart::Whole };
    let typed = normalised(typed);
    let again = |message: Message| vec![FieldError::new("code", message)];
    if let Some(problem) = code_problem(&typed, Alphabet::Digits, 6) {
        return show_app(&on, &account, part, again(problem)).await;
    }
    match check(&on, &account, &typed).await {
        Ok(Confirmed::Right) => Ok(see_other(&on.at("/setup/done").await?)),
        Ok(Confirmed::Wrong) => show_app(&on, &account, part, again(Message::new("error-code-wrong"))).await,
        Err(StepError::Refused(refusal)) => Ok(on.refused(&refusal).await),
        Err(error) => Err(on.cx.stop(error)),
    }
}

enum Confirmed {
    Right,
    Wrong,
}

/// Checks the code that confirms an enrolment, under the same budget as any other code.
async fn check(on: &OnTx, account: &Account, typed: &str) -> Result<Confirmed, StepError> {
    let app = &on.cx.app;
    let now = app.clock.now();
    let enrolment = enrolment(on, account).await?;
    let broken = |error: crate::factor::FactorError| StepError::Broken(error.to_string());
    let secret = totp::open(&app.purposes.authenticators, account.id, &enrolment.secret).map_err(broken)?;
    let Some(step) = totp::step_of(&secret, typed, now).map_err(broken)? else {
        let counted = count_wrong(app, &on.view, &on.tx, None, &FactorId::Totp, &on.cx.origin).await?;
        return if counted { Ok(Confirmed::Wrong) } else { Err(Refusal::Codes(None).into()) };
    };
    let (id, account, limits) = (on.tx.id.clone(), account.id, ask::limits(app));
    let passed = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                // The step counts as used: the code that confirmed an app does not sign in as well.
                let passed = budgets::spend_code(tx, account, true, step, limits, now).await?;
                if passed {
                    enrolments::confirm(tx, &id, account, now).await?;
                }
                Ok(passed)
            })
        })
        .await?;
    if passed { Ok(Confirmed::Right) } else { Err(Refusal::Codes(None).into()) }
}

/// `GET /setup/done`.
pub async fn done_page(cx: Cx) -> Result<Response, Stop> {
    let on = read(cx).await?;
    if is_enabled(&on) {
        return show_enabled(&on).await;
    }
    let (on, account) = match for_app(on).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let enrolment = enrolment(&on, &account).await.map_err(|error| on.cx.stop(error))?;
    if !enrolment.confirmed {
        return Ok(see_other(&on.at("/setup/app").await?));
    }
    let links = on.links().await?;
    let here = links.to("/setup/done");
    let mut page = DonePage { action: here.clone(), cancel: Some(links.to("/cancel")), ..DonePage::default() };
    if codes_on_request(&on, &account) && !parts(&on) {
        page.codes_action = Some(links.to("/setup/backup-codes/new"));
    }
    Ok(on.page(StatusCode::OK, &on.frame(&here), &page))
}

/// Whether backup codes are made for this account if it asks for them.
fn codes_on_request(on: &OnTx, account: &Account) -> bool {
    let policy = on.view.policy.backup_codes;
    policy.count > 0 && policy.offer == BackupOffer::OnRequest && account.backup_codes_left() == 0
}

/// Whether the authenticator is enabled, and the page only asks about backup codes.
const fn is_enabled(on: &OnTx) -> bool {
    matches!(on.tx.backup, Some(Notice::Offered { left: None, .. }))
}

async fn show_enabled(on: &OnTx) -> Result<Response, Stop> {
    let links = on.links().await?;
    let here = links.to("/setup/done");
    let codes_action = Some(links.to("/setup/backup-codes/new"));
    let page = DonePage { action: here.clone(), enabled: true, codes_action, cancel: None };
    Ok(on.page(StatusCode::OK, &on.frame(&here), &page))
}

/// `POST /setup/done`: the authenticator is enabled, and counts as the second factor of this sign-in.
pub async fn done(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    on.check_form(&form)?;
    if is_enabled(&on) {
        return super::backup_codes::leave(&mut on).await;
    }
    // The wording that enables on this page asks about codes on the next one.
    let codes = if parts(&on) { Wish::Later } else { Wish::Unasked };
    enable(on, codes).await
}

/// The authenticator is enabled, with backup codes.
pub(super) async fn done_with_codes(on: OnTx) -> Result<Response, Stop> {
    enable(on, Wish::Now).await
}

async fn enable(on: OnTx, codes: Wish) -> Result<Response, Stop> {
    let (mut on, account) = match for_app(on).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let enrolment = enrolment(&on, &account).await.map_err(|error| on.cx.stop(error))?;
    if !enrolment.confirmed {
        return Ok(see_other(&on.at("/setup/app").await?));
    }
    let wishes = Wishes { codes, ..Wishes::default() };
    on.step_wishing(Done::Enrolled { secret: enrolment.secret }, None, wishes).await
}
