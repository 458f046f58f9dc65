//! R11 and R12: a passkey, as the second factor or alone. The script posts its answer in hidden fields; a form that comes
//! without one says so, and its page leads on.

use axum::response::Response;
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::FactorNeed;
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::factor::for_factor;
use super::login::for_login;
use super::tx::{Links, OnTx, Wishes, read};
use crate::factor::{Answer, Cx as FactorCx, FactorError, Verdict};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::net::form::Form;
use crate::page::screens::passkey::{Ceremony, PasskeyFailed, UsePasskey, Way};
use crate::page::{FieldError, Frame, Message};
use crate::signin::advance::count_wrong;
use crate::signin::ask::factor_cx;
use crate::signin::done::Done;
use crate::signin::passkey::{self, Asked, Outcome};
use crate::signin::{Refusal, StepError, pose};

/// The second factor’s page, if a passkey is one that is asked for.
async fn for_passkey(cx: Cx) -> Result<Result<(OnTx, FactorNeed), Response>, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    if need.accepts(&FactorId::Passkey) {
        return Ok(Ok((on, need)));
    }
    Ok(Err(see_other(&on.at("/mfa/method").await?)))
}

/// `GET /mfa/passkey`.
pub async fn second_page(cx: Cx) -> Result<Response, Stop> {
    let (mut on, need) = match for_passkey(cx).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let posed = pose::pose(&on.cx.app, &on.view, &on.tx, &FactorId::Passkey, need.verified).await;
    let options = match posed {
        Ok(options) => options,
        Err(StepError::Refused(refusal)) => return Ok(on.refused(&refusal).await),
        Err(error) => return Err(on.cx.stop(error)),
    };
    on.tx.begun = true;
    on.tx.factor = Some(FactorId::Passkey);
    let other = has_other(&need).then_some("/mfa/method");
    show(&on, "/mfa/passkey", &options, None, other).await
}

fn has_other(need: &FactorNeed) -> bool {
    need.ready.len() + need.enrol.len() > 1
}

async fn show(
    on: &OnTx,
    path: &str,
    options: &Value,
    sealed: Option<String>,
    other: Option<&str>,
) -> Result<Response, Stop> {
    let links = on.links().await?;
    let here = format!("{}{}", links.to(path), kept(on));
    let other_href = other.map(|other| links.to(other));
    let page = UsePasskey {
        action: here.clone(),
        ceremony: Ceremony { options: options.to_string(), sealed },
        other_href: other_href.clone(),
        help_href: help(&links, path),
        cancel: Some(links.to("/cancel")),
    };
    Ok(on.page(StatusCode::OK, &Frame { back: other_href, ..on.frame(&here) }, &page))
}

/// Where whoever can use no second factor goes on: the passkey may be on another device, or lost.
fn help(links: &Links, path: &str) -> Option<String> {
    path.starts_with("/mfa/").then(|| links.to("/mfa/help"))
}

/// The answer that the script posted; `None` where there is none.
pub(in crate::http) fn answer_in(form: &Form) -> Option<&str> {
    let credential = form.get("credential").filter(|answer| !answer.is_empty())?;
    form.get("error").unwrap_or_default().is_empty().then_some(credential)
}

/// `POST /mfa/passkey`.
pub async fn second(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, _) = match for_passkey(cx).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some(answer) = answer_in(&form) else { return Ok(see_other(&on.at("/mfa/passkey/failed").await?)) };
    let verdict = verify(&on, answer).await.map_err(|error| on.cx.stop(error))?;
    let challenge = on.view.challenge(&FactorId::Passkey).cloned();
    metrics::counter!("otp_checks_total", "factor" => "passkey").increment(1);
    let refused = match verdict {
        None => None,
        Some(Verdict::Right(evidence)) => {
            let done = Done::Factor { factor: FactorId::Passkey, challenge, evidence };
            match on.step_or_refusal(done, None, Wishes::default()).await? {
                Ok(response) => return Ok(response),
                Err(refusal) => Some(refusal),
            }
        }
        Some(verdict) => {
            let (app, factor) = (&on.cx.app, FactorId::Passkey);
            let counted = count_wrong(app, &on.view, &on.tx, challenge, &factor, &on.cx.origin).await;
            let counted = counted.map_err(|error| on.cx.stop(error))?;
            match verdict {
                Verdict::Cloned { passkey } => Some(Refusal::PasskeyCopied(passkey)),
                _ if counted => None,
                _ => Some(Refusal::Codes(None)),
            }
        }
    };
    match refused {
        None | Some(Refusal::CodeGone) => Ok(see_other(&on.at("/mfa/passkey/failed").await?)),
        Some(Refusal::PasskeyCopied(passkey)) => {
            note_copy(&on, passkey).await?;
            Ok(see_other(&on.at("/mfa/passkey/failed").await?))
        }
        Some(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// There may be a copy of the passkey: its owner is told.
async fn note_copy(on: &OnTx, passkey: Uuid) -> Result<(), Stop> {
    let Some(account) = &on.view.account else { return Ok(()) };
    let noted = passkey::note_copy(&on.cx.app, &on.view, account, passkey, &on.cx.origin).await;
    noted.map_err(|error| on.cx.stop(error))
}

/// What an answer to the challenge of this transaction is worth; `None` where none is open.
async fn verify(on: &OnTx, answer: &str) -> Result<Option<Verdict>, StepError> {
    let app = &on.cx.app;
    let account = on.view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let challenge = on.view.challenge(&FactorId::Passkey);
    let Some(state) = pose::state_of(app, &on.tx, account.id, challenge) else { return Ok(None) };
    let held = pose::held(app, account, &FactorId::Passkey).await?;
    let found = app.factors.get(&FactorId::Passkey).ok_or(Refusal::NotIssued)?;
    let cx = FactorCx { passkeys: &held, ..factor_cx(app, account) };
    let answer = Answer { code: SecretString::from(answer.to_owned()), expected: None, state: Some(state) };
    let verdict = found.verify(cx, challenge, &answer).await;
    verdict.map(Some).map_err(|error: FactorError| StepError::Broken(error.to_string()))
}

/// `GET /mfa/passkey/failed`.
pub async fn second_failed_page(cx: Cx) -> Result<Response, Stop> {
    match for_passkey(cx).await? {
        Ok((on, need)) => show_failed(&on, "/mfa/passkey/failed", second_ways(&need), Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

fn second_ways(need: &FactorNeed) -> Vec<Way> {
    if has_other(need) { vec![Way::Again, Way::Other] } else { vec![Way::Again] }
}

async fn show_failed(on: &OnTx, path: &str, ways: Vec<Way>, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = format!("{}{}", links.to(path), kept(on));
    let (help_href, cancel) = (help(&links, path), Some(links.to("/cancel")));
    let page = PasskeyFailed { action: here.clone(), ways, help_href, cancel, errors };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// The way that was chosen, if the page had it.
fn way_in(form: &Form, ways: &[Way]) -> Option<Way> {
    let way = match form.get("way")? {
        "again" => Way::Again,
        "other" => Way::Other,
        "password" => Way::Password,
        _ => return None,
    };
    ways.contains(&way).then_some(way)
}

/// `POST /mfa/passkey/failed`.
pub async fn second_failed(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, need) = match for_passkey(cx).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let ways = second_ways(&need);
    match way_in(&form, &ways) {
        Some(Way::Other) => Ok(see_other(&on.at("/mfa/method").await?)),
        Some(Way::Again | Way::Password) => Ok(see_other(&on.at("/mfa/passkey").await?)),
        None => show_failed(&on, "/mfa/passkey/failed", ways, no_way_chosen()).await,
    }
}

fn no_way_chosen() -> Vec<FieldError> {
    vec![FieldError::new("way", Message::new("error-passkey-way-none"))]
}

/// The first factor’s page, if a passkey alone signs in here.
async fn for_alone(cx: Cx) -> Result<Result<OnTx, Response>, Stop> {
    let on = match for_login(read(cx).await?).await {
        Ok(on) => on,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    if passkey::signs_in(&on.cx.app, &on.view.client.policy) {
        return Ok(Ok(on));
    }
    Ok(Err(see_other(&on.at(password_path(&on)).await?)))
}

/// Where somebody signs in with a password instead.
fn password_path(on: &OnTx) -> &'static str {
    match (&on.view.session, &on.tx.email) {
        (Some(_), None) => "/sign-in/confirm",
        (_, Some(_)) => "/sign-in/password",
        (None, None) => "/sign-in",
    }
}

/// What the addresses of these pages keep: whether anybody may sign in, as on the page of the address, or whoever the
/// session is of confirms that it is still them.
fn kept(on: &OnTx) -> &'static str {
    if on.cx.query("by") == Some("address") { "&by=address" } else { "" }
}

/// The page that says that the passkey could not be used.
async fn failed(on: &OnTx) -> Result<Response, Stop> {
    Ok(see_other(&format!("{}{}", on.at("/sign-in/passkey/failed").await?, kept(on))))
}

/// `GET /sign-in/passkey`.
pub async fn alone_page(cx: Cx) -> Result<Response, Stop> {
    let on = match for_alone(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let open = passkey::open_challenge(&on.cx.app, &on.tx).map_err(|error| on.cx.stop(error))?;
    show(&on, "/sign-in/passkey", &open.shown, Some(open.sealed), Some(password_path(&on))).await
}

/// `POST /sign-in/passkey`: from its own page, or from the first page where the browser offered a passkey.
pub async fn alone(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = match for_alone(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some(answer) = answer_in(&form) else { return failed(&on).await };
    let sealed = form.get("challenge").unwrap_or_default();
    let (app, origin) = (&on.cx.app, &on.cx.origin);
    // Who joins an account signs in to another one than the session is of.
    let same = kept(&on).is_empty() && on.tx.joins.is_none();
    let asked = if same { Asked::SameAgain } else { Asked::Anybody };
    let outcome = passkey::evaluate(app, &on.view, &on.tx, (asked, sealed, answer), origin).await;
    let (account, done) = match outcome.map_err(|error| on.cx.stop(error))? {
        Outcome::Right(account, done) => (account, done),
        Outcome::Refused => return failed(&on).await,
        Outcome::AddressThrottled(until) => return Ok(on.cx.too_many(until)),
    };
    let view = on.view.with_account(&on.cx.app, *account, &done).await;
    *on.view = view.map_err(|error| on.cx.stop(error))?;
    match on.step_or_refusal(*done, None, Wishes::default()).await? {
        Ok(response) => Ok(response),
        Err(Refusal::CodeGone) => failed(&on).await,
        Err(Refusal::PasskeyCopied(passkey)) => {
            note_copy(&on, passkey).await?;
            failed(&on).await
        }
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

const ALONE_WAYS: [Way; 2] = [Way::Again, Way::Password];

/// `GET /sign-in/passkey/failed`.
pub async fn alone_failed_page(cx: Cx) -> Result<Response, Stop> {
    match for_alone(cx).await? {
        Ok(on) => show_failed(&on, "/sign-in/passkey/failed", ALONE_WAYS.to_vec(), Vec::new()).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /sign-in/passkey/failed`.
pub async fn alone_failed(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = match for_alone(cx).await? {
        Ok(on) => on,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    match way_in(&form, &ALONE_WAYS) {
        Some(Way::Password) => Ok(see_other(&on.at(password_path(&on)).await?)),
        Some(Way::Again | Way::Other) => Ok(see_other(&format!("{}{}", on.at("/sign-in/passkey").await?, kept(&on)))),
        None => show_failed(&on, "/sign-in/passkey/failed", ALONE_WAYS.to_vec(), no_way_chosen()).await,
    }
}
