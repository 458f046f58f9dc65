//! R6 to R9 and R13: the code of a second factor, and another code.

use axum::response::Response;
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::FactorNeed;
use idp_core::policy::{Alphabet as PolicyAlphabet, remembers_devices};
use secrecy::{ExposeSecret as _, SecretString};

use super::arrival::{CHECKED, failing_instead, notice_of, offer_others, undelivered, unheard_of};
use super::factor::{ask_for, for_factor, send_code, shown};
use super::tx::{OnTx, Wishes, page_of, read};
use crate::factor::code::normalised;
use crate::factor::{Answer, Verdict};
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::net::form::Form;
use crate::page::screens::code::{Alphabet, Code, Resend};
use crate::page::{ClockTime, FieldError, Frame, Message};
use crate::signin::advance::count_wrong;
use crate::signin::done::Done;
use crate::signin::outbox::{self, Prompt};
use crate::signin::{Refusal, StepError, ask};
use crate::store::proofs::Challenge;

/// The factor of the code page: the one chosen, if it is ready, else the only one.
fn current(on: &OnTx, need: &FactorNeed) -> Option<FactorId> {
    let chosen = on.tx.factor.clone().filter(|factor| need.accepts(factor));
    chosen.or_else(|| if need.choose { None } else { need.ready.first().cloned() })
}

/// `GET /mfa/code`.
pub async fn code_page(cx: Cx) -> Result<Response, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let Some(factor) = current(&on, &need) else { return Ok(see_other(&on.at("/mfa/method").await?)) };
    if page_of(&factor) != "/mfa/code" {
        return Ok(see_other(&on.at(page_of(&factor)).await?));
    }
    if factor.is_sent() && on.view.challenge(&factor).is_none() {
        // Nothing was sent yet; showing a page never sends, so the page that does comes first.
        return Ok(see_other(&on.at("/mfa/resend").await?));
    }
    let notice = match on.cx.query("notice") {
        Some("not-sent") => Some(Message::new("notice-not-sent")),
        Some("sent-again") => Some(Message::new("notice-sent-again")),
        Some(CHECKED) => on.view.challenge(&factor).and_then(|challenge| unheard_of(&on, challenge)),
        _ => None,
    };
    show_code(&on, &need, &factor, notice, Vec::new()).await
}

async fn show_code(
    on: &OnTx,
    need: &FactorNeed,
    factor: &FactorId,
    notice: Option<Message>,
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
    offer_others(on, need, factor, &links, &mut page);
    if need.ready.contains(&FactorId::Backup) {
        page.backup_href = Some(links.to("/mfa/backup"));
    }
    if !need.before_enrolment && remembers_devices(&on.view.policy) {
        page.remember_days = on.view.policy.remember_device_days;
    }
    page.help_href = Some(links.to("/mfa/help"));
    if several {
        page.choose_href = Some(links.to("/mfa/method"));
    }
    let known = on.view.challenge(factor).and_then(|challenge| notice_of(challenge, on.cx.app.clock.now()));
    page.notices = failing_instead(on, need);
    page.notices.extend(known.or(notice));
    page.cancel = Some(links.to("/cancel"));
    page.errors = errors;
    // Who accepted to set a second factor up, or wants another than the contact on file, may think again.
    let chose = on.tx.accepted || on.tx.proves_first;
    let back = page.choose_href.clone().or_else(|| chose.then(|| links.to("/setup")));
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

pub(in crate::http) const fn alphabet(alphabet: PolicyAlphabet) -> Alphabet {
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
    if page_of(&factor) != "/mfa/code" {
        return Ok(see_other(&on.at(page_of(&factor)).await?));
    }
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
    let done = match verdict {
        Verdict::Right(evidence) => Done::Factor { factor: factor.clone(), challenge: challenge.clone(), evidence },
        Verdict::Wrong | Verdict::Pending | Verdict::Cloned { .. } => return wrong(on, need, factor, challenge).await,
    };
    let remember = !need.before_enrolment && form.get("remember").is_some();
    let outcome = on.step_or_refusal(done, None, Wishes { remember, ..Wishes::default() }).await?;
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
pub(super) fn count_check(factor: &FactorId) {
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
    challenge.is_some_and(|c| c.expires_at > on.cx.app.clock.now() && c.tries < on.view.policy.tries_of(&c.factor))
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
            Ok(Some(outgoing)) => {
                if outbox::promptly(&on.cx.app, outgoing).await == Prompt::OnItsWay {
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

pub(super) async fn verify(
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
    let answer = Answer { code: SecretString::from(typed), expected, state: None };
    let verdict = found.verify(ask::factor_cx(app, account), challenge, &answer).await;
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
    let spent = tries >= on.view.policy.tries_of(&factor);
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

pub(super) async fn show_resend(
    on: &OnTx,
    factor: &FactorId,
    again_at: Option<ClockTime>,
    status: StatusCode,
) -> Result<Response, Stop> {
    let links = on.links().await?;
    let here = links.to("/mfa/resend");
    let mut page = Resend::new(factor, here.clone(), shown(on, factor));
    page.again_at = again_at;
    page.notices = undelivered(on, Some(factor));
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

/// `POST /mfa/call`: the same code again, in a call.
pub async fn call(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    instead(cx, form, FactorId::Voice).await
}

/// `POST /mfa/email`: a code by email instead.
pub async fn email(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    instead(cx, form, FactorId::Email).await
}

async fn instead(cx: Cx, form: Form, factor: FactorId) -> Result<Response, Stop> {
    let (on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    if need.accepts(&factor) { ask_for(on, factor, false).await } else { Ok(see_other(&on.at("/mfa/method").await?)) }
}
