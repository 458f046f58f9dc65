//! R5, R6 to R9, R13: which second factor, its code, and another code.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::{FactorNeed, Need};
use idp_core::policy::Alphabet as PolicyAlphabet;
use secrecy::{ExposeSecret as _, SecretString};

use super::tx::{OnTx, read};
use crate::factor::code::normalised;
use crate::factor::{Answer, Asking, Cx as FactorCx, Verdict};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::code::{Alphabet, Code, Resend};
use crate::page::screens::method::{Method, MethodOption};
use crate::page::{ClockTime, FieldError, Frame, Message};
use crate::signin::address::{self, Spent};
use crate::signin::advance::{Done, count_wrong};
use crate::signin::ask::{self, Live, ToSend};
use crate::signin::view::Given;
use crate::signin::{Refusal, StepError};
use crate::store::proofs::Challenge;

/// The need for a second factor, or the page of what is needed instead.
async fn for_factor(mut on: OnTx) -> Result<(OnTx, FactorNeed), Response> {
    match on.need() {
        Need::Factor(need) => Ok((on, need)),
        _ => Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response)),
    }
}

/// As the person sees where a factor's code goes.
fn shown(on: &OnTx, factor: &FactorId) -> String {
    let asking = on.view.account.as_ref().and_then(|account| {
        let cx = factor_cx(on, account);
        on.cx.app.factors.get(factor)?.ask(cx).ok()
    });
    match asking {
        Some(Asking::Send { shown, .. }) => shown,
        Some(Asking::Held) | None => String::new(),
    }
}

fn factor_cx<'a>(on: &'a OnTx, account: &'a crate::store::accounts::Account) -> FactorCx<'a> {
    FactorCx { account, authenticators: &on.cx.app.purposes.authenticators, now: on.cx.app.clock.now() }
}

/// `GET /mfa/method`.
pub async fn method_page(cx: Cx) -> Result<Response, Stop> {
    let (mut on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    if !need.choose && need.ready.len() + need.enrol.len() < 2 {
        return on.lead_on().await;
    }
    show_methods(&on, &need, Vec::new()).await
}

async fn show_methods(on: &OnTx, need: &FactorNeed, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/mfa/method");
    let ready = need.ready.iter().map(|factor| {
        let last = on.tx.factor.as_ref() == Some(factor);
        MethodOption::new(factor.clone(), &shown(on, factor), last)
    });
    let page = Method {
        action: here.clone(),
        options: ready.chain(need.enrol.iter().cloned().map(MethodOption::to_set_up)).collect(),
        cancel: Some(links.to("/cancel")),
        errors,
        ..Method::default()
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /mfa/method`.
pub async fn method(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let chosen = form.get("method").and_then(|text| text.parse::<FactorId>().ok());
    match chosen {
        Some(factor) if need.ready.contains(&factor) => ask_for(on, factor, false).await,
        Some(factor) if need.enrol.contains(&factor) => {
            // Where a factor that is enrolled has to come first, it is asked for, and the set-up follows.
            on.tx.set_up = Some(factor);
            let sets_up = on.view.sets_up(&on.tx, &Need::Factor(need.clone()), Given::default()).is_some();
            match need.ready.first().cloned() {
                Some(ready) if !sets_up => ask_for(on, ready, false).await,
                _ => Ok(see_other(&on.at("/setup").await?)),
            }
        }
        // What the page did not list is refused whatever the form says: the list is the server's.
        _ => show_methods(&on, &need, vec![FieldError::new("method", Message::new("error-method-none"))]).await,
    }
}

/// Asks for a factor's code and leads to its page. A code that is live is sent again only when `again` is asked for.
async fn ask_for(mut on: OnTx, factor: FactorId, again: bool) -> Result<Response, Stop> {
    match send_code(&on, &factor, again).await? {
        Ok(to_send) => on.lead_to_factor(factor, to_send).await,
        Err(Refusal::Sends(until)) => too_soon(on, factor, until).await,
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// Counts a send of a factor's code, if one is due, and gives the message that is to go out.
async fn send_code(on: &OnTx, factor: &FactorId, again: bool) -> Result<Result<Option<ToSend>, Refusal>, Stop> {
    let app = &on.cx.app;
    let Some(account) = on.view.account.as_ref() else { return Ok(Err(Refusal::NotIssued)) };
    let prepared = ask::prepare(app, &on.tx.id, account, &on.view.policy, factor);
    let Some(asked) = prepared.map_err(|error| on.cx.stop(error))? else { return Ok(Ok(None)) };
    let before = on.view.challenge(factor).cloned();
    if !again && asked.live(before.as_ref()) == Live::Repeat {
        return Ok(Ok(None));
    }
    if let Err(until) = address::spend(app, &on.cx.origin, Spent::Message).await {
        return Ok(Err(Refusal::Sends(until)));
    }
    let event = crate::audit::AuditEvent {
        account: Some(account.id),
        client: Some(on.view.client.id.clone()),
        details: serde_json::json!({ "factor": factor }),
        ..on.cx.origin.event(app.clock.now(), "factor.code_sent")
    };
    let carried = asked.clone();
    let sent = app
        .db
        .try_write(move |tx| {
            Box::pin(async move {
                let to_send = carried.carry_out(tx, before).await?;
                tx.audit(event);
                Ok(to_send)
            })
        })
        .await;
    match sent {
        Ok(to_send) => Ok(Ok(Some(to_send))),
        Err(StepError::Refused(Refusal::Sends(until))) => {
            let until = asked.block(app, until).await.map_err(|error| on.cx.stop(error))?;
            Ok(Err(Refusal::Sends(until)))
        }
        Err(StepError::Refused(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(on.cx.stop(error)),
    }
}

/// R13 with the time at which another code can be asked for, or R14 where that is not soon.
async fn too_soon(on: OnTx, factor: FactorId, until: chrono::DateTime<chrono::Utc>) -> Result<Response, Stop> {
    let now = on.cx.app.clock.now();
    if until - now > chrono::TimeDelta::minutes(5) {
        return Ok(on.refused(&Refusal::Sends(until)).await);
    }
    let mut response =
        show_resend(&on, &factor, Some(ClockTime::at(until, now)), StatusCode::TOO_MANY_REQUESTS).await?;
    crate::http::cx::retry_after(&mut response, (until - now).num_seconds());
    Ok(response)
}

/// The factor of the code page: the one chosen, if it is ready, else the only one.
fn current(on: &OnTx, need: &FactorNeed) -> Option<FactorId> {
    let chosen = on.tx.factor.clone().filter(|factor| need.ready.contains(factor));
    chosen.or_else(|| if need.choose { None } else { need.ready.first().cloned() })
}

/// `GET /mfa/code`.
pub async fn code_page(cx: Cx) -> Result<Response, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Some(factor) = current(&on, &need) else { return Ok(see_other(&on.at("/mfa/method").await?)) };
    if factor.is_sent() && on.view.challenge(&factor).is_none() {
        // Nothing was sent yet; showing a page never sends, so the page that does comes first.
        return Ok(see_other(&on.at("/mfa/resend").await?));
    }
    let notice = match on.cx.query("notice") {
        Some("not-sent") => Some("notice-not-sent"),
        Some("sent-again") => Some("notice-sent-again"),
        _ => None,
    };
    show_code(&on, &need, &factor, notice, Vec::new()).await
}

async fn show_code(
    on: &OnTx,
    need: &FactorNeed,
    factor: &FactorId,
    notice: Option<&'static str>,
    errors: Vec<FieldError>,
) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/mfa/code");
    let several = need.ready.len() + need.enrol.len() > 1;
    let mut page = Code::new(factor, here.clone(), shown(on, factor));
    if let Some(code) = on.view.policy.code.of(factor) {
        page.alphabet = alphabet(code.alphabet);
        page.length = code.length;
        page.minutes = code.ttl_seconds.div_ceil(60);
    }
    if factor.is_sent() {
        page.resend_action = Some(links.to("/mfa/resend"));
    }
    if several {
        page.choose_href = Some(links.to("/mfa/method"));
    }
    page.notices = notice.map(Message::new).into_iter().collect();
    page.cancel = Some(links.to("/cancel"));
    page.errors = errors;
    let back = page.choose_href.clone();
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

const fn alphabet(alphabet: PolicyAlphabet) -> Alphabet {
    match alphabet {
        PolicyAlphabet::Digits => Alphabet::Digits,
        PolicyAlphabet::Alphanumeric => Alphabet::Alnum,
    }
}

/// What is wrong with the form of a code.
pub(in crate::http) fn code_problem(typed: &str, alphabet: Alphabet, length: u32) -> Option<Message> {
    let count = u32::try_from(typed.chars().count()).unwrap_or(u32::MAX);
    match alphabet {
        _ if typed.is_empty() => Some(match alphabet {
            Alphabet::Digits => Message::new("error-code-empty-digits").with("length", length),
            Alphabet::Alnum => Message::new("error-code-empty-alnum").with("length", length),
        }),
        Alphabet::Digits if !typed.chars().all(|c| c.is_ascii_digit()) => Some(Message::new("error-code-letters")),
        Alphabet::Digits if count != length => {
            Some(Message::new("error-code-length-digits").with("length", length).with("count", count))
        }
        Alphabet::Alnum if count != length => {
            Some(Message::new("error-code-length-alnum").with("length", length).with("count", count))
        }
        _ => None,
    }
}

/// `POST /mfa/code`.
pub async fn code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some(factor) = current(&on, &need) else { return Ok(see_other(&on.at("/mfa/method").await?)) };
    let typed = normalised(form.get("code").unwrap_or_default());
    let policy = on.view.policy.code.of(&factor).copied();
    let (kind, length) = policy.as_ref().map_or((Alphabet::Digits, 6), |p| (alphabet(p.alphabet), p.length));
    if let Some(problem) = code_problem(&typed, kind, length) {
        return show_code(&on, &need, &factor, None, vec![FieldError::new("code", problem)]).await;
    }
    let challenge = on.view.challenge(&factor).cloned();
    if factor.is_sent() && !is_live(&on, challenge.as_ref()) {
        return dead_code(on, need, factor, challenge).await;
    }
    let verdict = verify(&on, &factor, challenge.as_ref(), typed).await.map_err(|error| on.cx.stop(error))?;
    let done = match (verdict, challenge.clone()) {
        (Verdict::Right { .. }, Some(challenge)) => Done::Code(challenge),
        (Verdict::Right { step }, None) => Done::Authenticator { step },
        (Verdict::Wrong, challenge) => return wrong(on, need, factor, challenge).await,
    };
    let outcome = on.step_or_refusal(done, None).await?;
    if matches!(outcome, Ok(_) | Err(Refusal::CodeUsed)) {
        count_check(&factor);
    }
    match outcome {
        Ok(response) => Ok(response),
        Err(Refusal::CodeUsed) => {
            let error = FieldError::new("code", Message::new("error-code-used-app"));
            show_code(&on, &need, &factor, None, vec![error]).await
        }
        Err(Refusal::CodeGone | Refusal::Codes(_)) => not_evaluated(on, need, factor, challenge).await,
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// Counts a code that somebody was told about.
fn count_check(factor: &FactorId) {
    metrics::counter!("otp_checks_total", "factor" => factor.to_string()).increment(1);
}

/// A try came too late: others had used up the code or the account's budget meanwhile. The answer is the same whether
/// it was right or wrong, or parallel guesses would tell more than the counted ones do.
async fn not_evaluated(
    mut on: OnTx,
    need: FactorNeed,
    factor: FactorId,
    before: Option<Challenge>,
) -> Result<Response, Stop> {
    let Some(before) = before else { return Ok(on.refused(&Refusal::Codes(None)).await) };
    on.reload().await?;
    let error = match on.view.challenge(&factor) {
        None => return on.lead_on().await,
        Some(now) if now.id != before.id => "error-code-replaced",
        Some(now) if !is_live(&on, Some(now)) => "error-code-spent",
        Some(_) => return Ok(on.refused(&Refusal::Codes(None)).await),
    };
    show_code(&on, &need, &factor, None, vec![FieldError::new("code", Message::new(error))]).await
}

fn is_live(on: &OnTx, challenge: Option<&Challenge>) -> bool {
    challenge.is_some_and(|c| {
        let tries = on.view.policy.code.of(&c.factor).map_or(5, |p| i64::from(p.max_tries));
        c.expires_at > on.cx.app.clock.now() && c.tries < tries
    })
}

/// The code works no more. One that has expired is replaced at once; whoever used up the tries of one gets no other
/// without asking for it.
async fn dead_code(
    on: OnTx,
    need: FactorNeed,
    factor: FactorId,
    challenge: Option<Challenge>,
) -> Result<Response, Stop> {
    let spent = challenge.is_some_and(|c| c.expires_at > on.cx.app.clock.now());
    let key = if spent {
        "error-code-spent"
    } else {
        match send_code(&on, &factor, true).await? {
            Ok(Some(to_send)) => {
                if on.send(to_send).await {
                    "error-code-expired"
                } else {
                    "error-code-expired-unsent"
                }
            }
            Ok(None) | Err(_) => "error-code-expired-unsent",
        }
    };
    show_code(&on, &need, &factor, None, vec![FieldError::new("code", Message::new(key))]).await
}

/// Adds a notice to the address that a response leads to.
fn with_notice(mut response: Response, notice: &str) -> Response {
    let location = response.headers().get(http::header::LOCATION).and_then(|l| l.to_str().ok());
    if let Some(location) = location.filter(|l| l.starts_with("/mfa/code") && !l.contains("&notice="))
        && let Ok(value) = http::HeaderValue::from_str(&format!("{location}&notice={notice}"))
    {
        response.headers_mut().insert(http::header::LOCATION, value);
    }
    response
}

async fn verify(
    on: &OnTx,
    factor: &FactorId,
    challenge: Option<&Challenge>,
    typed: String,
) -> Result<Verdict, StepError> {
    let app = &on.cx.app;
    let account = on.view.account.as_ref().ok_or(Refusal::NotIssued)?;
    let found = app.factors.get(factor).ok_or_else(|| StepError::Broken(format!("no factor {factor}")))?;
    let expected = challenge.map(|c| {
        let policy = on.view.policy.code.of(factor).copied().unwrap_or_default();
        ask::code_of(app, &on.tx.id, account.id, c, &policy)
    });
    let answer = Answer { code: SecretString::from(typed), expected };
    let verdict = found.verify(factor_cx(on, account), challenge, &answer).await;
    debug_assert!(!answer.code.expose_secret().is_empty(), "empty codes are refused before");
    verdict.map_err(|error| StepError::Broken(error.to_string()))
}

async fn wrong(on: OnTx, need: FactorNeed, factor: FactorId, challenge: Option<Challenge>) -> Result<Response, Stop> {
    let counted = count_wrong(&on.cx.app, &on.view, &on.tx, challenge.clone(), &factor, &on.cx.origin).await;
    if !counted.map_err(|error| on.cx.stop(error))? {
        return not_evaluated(on, need, factor, challenge).await;
    }
    count_check(&factor);
    let tries = challenge.as_ref().map_or(0, |c| c.tries + 1);
    let spent = on.view.policy.code.of(&factor).is_some_and(|p| tries >= i64::from(p.max_tries));
    let key = if spent && challenge.is_some() { "error-code-spent" } else { "error-code-wrong" };
    show_code(&on, &need, &factor, None, vec![FieldError::new("code", Message::new(key))]).await
}

/// `GET /mfa/resend`: showing it sends nothing.
pub async fn resend_page(cx: Cx) -> Result<Response, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Some(factor) = current(&on, &need).filter(FactorId::is_sent) else {
        return Ok(see_other(&on.at("/mfa/method").await?));
    };
    let cooldown = on.view.policy.code.of(&factor).map_or(30, |p| p.resend_cooldown_seconds);
    let now = on.cx.app.clock.now();
    let again = on
        .view
        .challenge(&factor)
        .map(|c| c.last_sent_at + chrono::TimeDelta::seconds(i64::from(cooldown)))
        .filter(|at| *at > now);
    show_resend(&on, &factor, again.map(|at| ClockTime::at(at, now)), StatusCode::OK).await
}

async fn show_resend(
    on: &OnTx,
    factor: &FactorId,
    again_at: Option<ClockTime>,
    status: StatusCode,
) -> Result<Response, Stop> {
    let links = on.links().await?;
    let here = links.to("/mfa/resend");
    let mut page = Resend::new(factor, here.clone(), shown(on, factor));
    page.again_at = again_at;
    if on.several() {
        page.choose_href = Some(links.to("/mfa/method"));
    }
    page.cancel = Some(links.to("/cancel"));
    let back = on.view.challenge(factor).is_some().then_some(links.to("/mfa/code"));
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// `POST /mfa/resend`.
pub async fn resend(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some(factor) = current(&on, &need).filter(FactorId::is_sent) else {
        return Ok(see_other(&on.at("/mfa/method").await?));
    };
    let response = ask_for(on, factor, true).await?;
    Ok(with_notice(response, "sent-again"))
}
