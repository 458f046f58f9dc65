//! R9a and R9b: a question that a service elsewhere asks for a factor, and what is said where it asks none.

use axum::response::Response;
use http::StatusCode;
use idp_core::factor::FactorId;
use idp_core::journey::{FactorNeed, Need};
use idp_core::policy::remembers_devices;
use secrecy::SecretString;

use super::code::count_check;
use super::factor::{for_factor, label};
use super::tx::{OnTx, Wishes, page_of, read};
use crate::factor;
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::page::screens::question::{NotAsked, Question, Why, prompt_in};
use crate::page::{ClockTime, FieldError, Frame, Message};
use crate::signin::done::Done;
use crate::signin::question::{self, Answered, Asked, Asking};
use crate::signin::{Refusal, StepError};
use crate::store::proofs::Challenge;

const PATH: &str = "/mfa/question";
/// The longest answer that is passed on, in characters.
const LONGEST: usize = 200;

/// The sign-in where a factor that asks elsewhere is the one to be used; otherwise the page of what is.
async fn for_question(cx: Cx) -> Result<Result<(OnTx, FactorNeed, FactorId), Response>, Stop> {
    let (mut on, need) = match for_factor(read(cx).await?).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    let chosen = on.tx.factor.clone().filter(|factor| need.accepts(factor));
    let only = || if need.choose { None } else { need.ready.first().cloned() };
    match chosen.or_else(only) {
        Some(factor) if page_of(&factor) == PATH => {
            on.tx.factor = Some(factor.clone());
            Ok(Ok((on, need, factor)))
        }
        Some(factor) => Ok(Err(see_other(&on.at(page_of(&factor)).await?))),
        None => Ok(Err(see_other(&on.at("/mfa/method").await?))),
    }
}

/// `GET /mfa/question`. The question is asked when its page is shown first; loading it again asks nothing.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    match for_question(cx).await? {
        Ok((on, need, factor)) => {
            let notices = match on.cx.query("notice") {
                Some("expired") => vec![Message::new("question-expired")],
                _ => Vec::new(),
            };
            show(on, need, factor, (notices, None), false).await
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /mfa/question/again`.
pub async fn again(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, need, factor) = match for_question(cx).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    show(on, need, factor, (Vec::new(), None), true).await
}

/// Shows the question, or why there is none.
async fn show(
    mut on: OnTx,
    need: FactorNeed,
    factor: FactorId,
    (mut notices, mut error): (Vec<Message>, Option<&'static str>),
    again: bool,
) -> Result<Response, Stop> {
    let ask = async |on: &OnTx, again| {
        let asking = Asking { lang: on.cx.lang, again, origin: &on.cx.origin };
        question::ask(&on.cx.app, &on.view, &on.tx, &factor, asking).await
    };
    let mut asked = ask(&on, again).await;
    if let Ok(Asked::TooSoon(at)) = &asked {
        // The one that was asked before is still there.
        notices.push(Message::new("question-too-soon").with("time", ClockTime::at(*at, on.cx.app.clock.now())));
        asked = ask(&on, false).await;
    }
    let shown = match asked {
        Ok(Asked::Question(shown)) => shown,
        Ok(Asked::Spent(shown)) => {
            match error {
                Some(_) => error = Some("error-question-spent"),
                None => notices.push(Message::new("error-question-spent")),
            }
            shown
        }
        Ok(Asked::Unknown) => {
            if let FactorId::Remote(name) = &factor {
                on.tx.unknown_at.push(name.clone());
            }
            on.reload().await?;
            if !need.choose && !has_used(&on, &factor) {
                // They neither chose it nor ever had it: what is left is what they get, and nothing about a service that
                // they may never have heard of.
                return on.lead_on().await;
            }
            return not_asked(on, &factor, Why::Unknown).await;
        }
        Ok(Asked::Unanswered) => {
            on.reload().await?;
            return not_asked(on, &factor, Why::Unanswered).await;
        }
        Ok(Asked::TooSoon(at)) => return Ok(on.refused(&Refusal::Sends(at)).await),
        Err(StepError::Refused(refusal)) => return Ok(on.refused(&refusal).await),
        Err(error) => return Err(on.cx.stop(error)),
    };
    on.tx.begun = true;
    show_question(&on, &need, &factor, &shown, (notices, error)).await
}

async fn show_question(
    on: &OnTx,
    need: &FactorNeed,
    factor: &FactorId,
    shown: &factor::Question,
    (notices, error): (Vec<Message>, Option<&'static str>),
) -> Result<Response, Stop> {
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let links = on.links().await?;
    let here = links.to(PATH);
    let mut page = Question::new(factor, label(on, factor), prompt_in(on.cx.lang, &shown.prompt));
    page.action.clone_from(&here);
    page.typed = shown.typed;
    page.again_action = links.to("/mfa/question/again");
    if need.ready.contains(&FactorId::Backup) {
        page.backup_href = Some(links.to("/mfa/backup"));
    }
    if !need.before_enrolment && remembers_devices(&on.view.policy) {
        page.remember_days = on.view.policy.remember_device_days;
    }
    if need.ready.len() + need.enrol.len() > 1 {
        page.choose_href = Some(links.to("/mfa/method"));
    }
    page.help_href = Some(links.to("/mfa/help"));
    page.cancel = Some(links.to("/cancel"));
    page.notices = notices;
    let what = error.map(|key| Message::new(key).with("name", page.name.as_str()));
    if shown.typed {
        page.errors = what.into_iter().map(|message| FieldError::new("code", message)).collect();
    } else {
        // There is no field that an error could belong to.
        page.notices.extend(what);
    }
    let back = page.choose_href.clone();
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// Whether the account has used this factor before.
fn has_used(on: &OnTx, factor: &FactorId) -> bool {
    let used = on.view.account.iter().flat_map(|account| &account.remotes);
    used.cloned().map(FactorId::Remote).any(|used| used == *factor)
}

/// The factor that this client would take whose service does not answer now. One that said that it does not know the
/// person would be of no use if it did.
pub(super) fn silent(on: &OnTx) -> Option<FactorId> {
    let app = &on.cx.app;
    let silent = app.factors.remotes(app.clock.now()).into_iter().filter(|(_, answers)| !answers);
    let silent = silent.filter(|(name, _)| !on.tx.unknown_at.contains(name)).map(|(name, _)| FactorId::Remote(name));
    silent.into_iter().find(|factor| on.view.policy.allows(factor))
}

/// As R9b, where nobody asks the service any more for a while and nothing else can be used.
pub(super) async fn not_answering(on: &OnTx, factor: &FactorId) -> Result<Response, Stop> {
    let links = on.links().await?;
    let page = NotAsked {
        why: Why::Unanswered,
        name: label(on, factor),
        again_href: Some(links.to("/mfa/method")),
        other_href: None,
        help_href: None,
        contact: on.contact(),
        cancel: Some(links.to("/cancel")),
    };
    Ok(on.page(StatusCode::OK, &on.frame(""), &page))
}

/// Says why there is no question, and which other ways there are.
async fn not_asked(on: OnTx, factor: &FactorId, why: Why) -> Result<Response, Stop> {
    let others = match on.need() {
        Need::Factor(need) => need.ready.iter().chain(&need.enrol).any(|other| other != factor),
        Need::Enrol(_) => true,
        _ => false,
    };
    let links = on.links().await?;
    let page = NotAsked {
        why,
        name: label(&on, factor),
        again_href: (why == Why::Unanswered).then(|| links.to(PATH)),
        other_href: others.then(|| links.to("/mfa/method")),
        help_href: matches!(on.need(), Need::Factor(_)).then(|| links.to("/mfa/help")),
        contact: on.contact(),
        cancel: Some(links.to("/cancel")),
    };
    Ok(on.page(StatusCode::OK, &on.frame(""), &page))
}

/// `POST /mfa/question`.
pub async fn answer(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, need, factor) = match for_question(cx).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let challenge = on.view.challenge(&factor).cloned();
    let now = on.cx.app.clock.now();
    let Some(challenge) = challenge.filter(|challenge| challenge.expires_at > now) else {
        return Ok(see_other(&format!("{}&notice=expired", on.at(PATH).await?)));
    };
    let typed = form.get("code").map(str::trim);
    if typed.is_some_and(|typed| typed.is_empty() || typed.chars().count() > LONGEST) {
        return show(on, need, factor, (Vec::new(), Some("error-question-empty")), false).await;
    }
    let typed = SecretString::from(typed.unwrap_or_default().to_owned());
    let asking = Asking { lang: on.cx.lang, again: false, origin: &on.cx.origin };
    let answered = question::answer(&on.cx.app, &on.view, &on.tx, &challenge, typed, asking).await;
    match answered.map_err(|error| on.cx.stop(error))? {
        Answered::Right(evidence) => {
            let done = Done::Factor { factor: factor.clone(), challenge: Some(challenge.clone()), evidence };
            let remember = !need.before_enrolment && form.get("remember").is_some();
            match on.step_or_refusal(done, None, Wishes { remember, ..Wishes::default() }).await? {
                Ok(response) => {
                    count_check(&factor);
                    Ok(response)
                }
                Err(Refusal::CodeGone | Refusal::Codes(_)) => not_evaluated(on, need, factor, &challenge).await,
                Err(refusal) => Ok(on.refused(&refusal).await),
            }
        }
        Answered::Wrong => {
            count_check(&factor);
            on.reload().await?;
            show(on, need, factor, (Vec::new(), Some("error-question-wrong")), false).await
        }
        Answered::Pending => {
            let pending = Message::new("question-pending").with("name", label(&on, &factor));
            on.reload().await?;
            show(on, need, factor, (vec![pending], None), false).await
        }
        Answered::Unanswered => {
            let unsaid = Message::new("question-unanswered").with("name", label(&on, &factor));
            on.reload().await?;
            show(on, need, factor, (vec![unsaid], None), false).await
        }
        Answered::NotEvaluated => not_evaluated(on, need, factor, &challenge).await,
    }
}

/// The answer came too late: others had used up the question or the account's budget meanwhile.
async fn not_evaluated(mut on: OnTx, need: FactorNeed, factor: FactorId, before: &Challenge) -> Result<Response, Stop> {
    on.reload().await?;
    let now = on.cx.app.clock.now();
    let key = match on.view.challenge(&factor) {
        None => return on.lead_on().await,
        Some(challenge) if challenge.id != before.id => "error-question-replaced",
        Some(challenge) if challenge.expires_at <= now || challenge.tries >= on.view.policy.tries_of(&factor) => {
            "error-question-spent"
        }
        Some(_) => return Ok(on.refused(&Refusal::Codes(None)).await),
    };
    show(on, need, factor, (Vec::new(), Some(key)), false).await
}
