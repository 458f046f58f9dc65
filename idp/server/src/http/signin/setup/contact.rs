//! R16, R17, R19: setting up a contact for codes. A code that was sent to it proves it, and is the second factor of this
//! sign-in as well.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::factor::FactorId;

use super::for_setup;
use crate::factor::code::normalised;
use crate::http::cx::{Cx, Posted, Stop, see_other};
use crate::http::signin::arrival::notice_of;
use crate::http::signin::code::{alphabet, code_problem};
use crate::http::signin::factor::send;
use crate::http::signin::tx::{OnTx, Wishes, read};
use crate::page::screens::code::Code;
use crate::page::screens::phone::Phone;
use crate::page::{FieldError, Frame, Message};
use crate::signin::advance::count_wrong;
use crate::signin::contact::Leave;
use crate::signin::done::Done;
use crate::signin::outbox::{self, Prompt};
use crate::signin::{Refusal, ask, contact};
use crate::store::accounts::Account;
use crate::store::proofs::Challenge;

/// What may be set up of these factors, for this account; else the page of what is needed instead.
async fn for_contact(on: OnTx, wanted: &[FactorId]) -> Result<(OnTx, Account, Vec<FactorId>), Response> {
    let (mut on, account, factors) = for_setup(on).await?;
    let offered = factors.into_iter().filter(|factor| wanted.contains(factor)).collect::<Vec<_>>();
    if offered.is_empty() {
        return Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response));
    }
    Ok((on, account, offered))
}

const BY_PHONE: [FactorId; 2] = [FactorId::Sms, FactorId::Voice];

/// `GET /setup/phone`.
pub async fn phone_page(cx: Cx) -> Result<Response, Stop> {
    let (on, account, factors) = match for_contact(read(cx).await?, &BY_PHONE).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    // A number that the back office knows is there already, to be confirmed.
    let known = account.phone.as_ref().map(|phone| phone.value.clone()).unwrap_or_default();
    let voice = on.cx.query("by") == Some("voice") || !factors.contains(&FactorId::Sms);
    show_phone(&on, &factors, known, voice, Vec::new()).await
}

async fn show_phone(
    on: &OnTx,
    factors: &[FactorId],
    phone: String,
    voice: bool,
    errors: Vec<FieldError>,
) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/setup/phone");
    let page = Phone {
        action: here.clone(),
        phone,
        choose: factors.len() > 1,
        voice,
        choose_href: on.view.offer.capture.is_empty().then_some(links.to("/setup")),
        cancel: Some(links.to("/cancel")),
        errors,
    };
    Ok(on.page(status, &on.frame(&here), &page))
}

/// `POST /setup/phone`: sends a code to the number.
pub async fn phone(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, account, factors) = match for_contact(read(cx).await?, &BY_PHONE).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let typed = form.get("phone").unwrap_or_default().to_owned();
    let chosen = form.get("method").and_then(|text| text.parse().ok()).filter(|factor| factors.contains(factor));
    let Some(factor) = chosen.or_else(|| factors.first().cloned()) else { return on.lead_on().await };
    let voice = factor == FactorId::Voice;
    let read = contact::phone_for(&on.view.policy, &factor, &typed);
    let leave = match &read {
        Ok(number) => leave_for(&on, &account, number.as_str()).await?,
        Err(_) => Leave::Refused,
    };
    let number = match (leave, read) {
        (Leave::Granted, Ok(number)) => number,
        (Leave::AfterProof, _) => {
            on.tx.proves_first = true;
            on.tx.set_up = Some(factor);
            return on.lead_on().await;
        }
        (_, read) => {
            let key = read.err().unwrap_or("error-phone-on-file");
            let errors = vec![FieldError::new("phone", Message::new(key))];
            return show_phone(&on, &factors, typed, voice, errors).await;
        }
    };
    match ask_to_prove(&on, &account, &factor, number.as_str().to_owned(), false).await? {
        Ok(query) => {
            on.tx.set_up = Some(factor);
            on.tx.begun = true;
            Ok(see_other(&format!("{}{query}", on.at("/setup/phone/code").await?)))
        }
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

async fn leave_for(on: &OnTx, account: &Account, number: &str) -> Result<Leave, Stop> {
    contact::leave_for(&on.cx.app, &on.view, &on.tx, account, number).await.map_err(|error| on.cx.stop(error))
}

/// Sends the code that proves a contact, unless a live one went there already; gives what the next page is to say.
async fn ask_to_prove(
    on: &OnTx,
    account: &Account,
    factor: &FactorId,
    destination: String,
    again: bool,
) -> Result<Result<&'static str, Refusal>, Stop> {
    let Some(who) = on.asker() else { return Ok(Err(Refusal::NotIssued)) };
    let before = on.view.set_up_challenge(factor).cloned();
    let asked = ask::prepare_set_up(&on.cx.app, who, factor, destination);
    if !again && asked.live(before.as_ref()) == ask::Live::Repeat {
        return Ok(Ok(""));
    }
    match send(on, account.id, factor, asked, before).await? {
        Ok(outgoing) => {
            let sent = outbox::promptly(&on.cx.app, outgoing).await == Prompt::OnItsWay;
            Ok(Ok(match (sent, again) {
                (false, _) => "&notice=not-sent",
                (true, true) => "&notice=sent-again",
                (true, false) => "",
            }))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// The number that is being proven, and by which factor.
fn asked_phone(on: &OnTx, factors: &[FactorId]) -> Option<(FactorId, Challenge)> {
    let chosen = on.tx.set_up.clone().filter(|factor| factors.contains(factor));
    let order = chosen.into_iter().chain(factors.iter().cloned());
    order.into_iter().find_map(|factor| on.view.set_up_challenge(&factor).cloned().map(|found| (factor, found)))
}

/// `GET /setup/phone/code`.
pub async fn phone_code_page(cx: Cx) -> Result<Response, Stop> {
    let (on, _, factors) = match for_contact(read(cx).await?, &BY_PHONE).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match asked_phone(&on, &factors) {
        Some((factor, challenge)) => show_code(&on, PHONE, &factor, &challenge, Vec::new()).await,
        None => Ok(see_other(&on.at("/setup/phone").await?)),
    }
}

/// `POST /setup/phone/code`.
pub async fn phone_code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, account, factors) = match for_contact(read(cx).await?, &BY_PHONE).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    match asked_phone(&on, &factors) {
        // Another number may have been pushed, or another rule made, since it was typed.
        Some((_, challenge)) if leave_for(&on, &account, &challenge.destination).await? != Leave::Granted => {
            Ok(see_other(&on.at("/setup/phone").await?))
        }
        Some((factor, challenge)) => {
            let number = challenge.destination.clone();
            match prove(on, PHONE, factor, challenge, form.get("code").unwrap_or_default()).await? {
                Ok(response) => Ok(response),
                Err(on) => {
                    let errors = vec![FieldError::new("phone", Message::new("error-phone-shared"))];
                    show_phone(&on, &factors, number, false, errors).await
                }
            }
        }
        None => Ok(see_other(&on.at("/setup/phone").await?)),
    }
}

/// `POST /setup/phone/resend`.
pub async fn phone_resend(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, account, factors) = match for_contact(read(cx).await?, &BY_PHONE).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some((factor, challenge)) = asked_phone(&on, &factors) else {
        return Ok(see_other(&on.at("/setup/phone").await?));
    };
    resend(on, account, PHONE, factor, challenge.destination).await
}

async fn resend(
    on: OnTx,
    account: Account,
    kind: Kind,
    factor: FactorId,
    destination: String,
) -> Result<Response, Stop> {
    match ask_to_prove(&on, &account, &factor, destination, true).await? {
        Ok(query) => Ok(see_other(&format!("{}{query}", on.at(kind.code).await?))),
        Err(refusal) => Ok(on.refused(&refusal).await),
    }
}

/// The pages of one kind of contact.
#[derive(Clone, Copy)]
struct Kind {
    code: &'static str,
    resend: &'static str,
    change: Option<&'static str>,
}

const PHONE: Kind = Kind { code: "/setup/phone/code", resend: "/setup/phone/resend", change: Some("/setup/phone") };
const EMAIL: Kind = Kind { code: "/setup/email", resend: "/setup/email/send", change: None };

async fn show_code(
    on: &OnTx,
    kind: Kind,
    factor: &FactorId,
    challenge: &Challenge,
    errors: Vec<FieldError>,
) -> Result<Response, Stop> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to(kind.code);
    // The whole number was typed a moment ago, or is the account's own address.
    let mut page = Code::set_up(factor, here.clone(), challenge.destination.clone());
    if let Some(code) = on.view.policy.code.of(factor) {
        page.alphabet = alphabet(code.alphabet);
        page.length = code.length;
        page.minutes = code.ttl_seconds.div_ceil(60);
    }
    page.resend_action = Some(links.to(kind.resend));
    if let Some(change) = kind.change {
        page.change_href = Some(links.to(change));
    }
    let notice = match on.cx.query("notice") {
        Some("sent-again") => Some("notice-sent-again"),
        Some("not-sent") => Some("notice-not-sent"),
        _ => None,
    };
    let known = notice_of(challenge, on.cx.app.clock.now());
    page.notices = known.or(notice.map(Message::new)).into_iter().collect();
    page.cancel = Some(links.to("/cancel"));
    page.errors = errors;
    let back = page.change_href.clone();
    Ok(on.page(status, &Frame { back, ..on.frame(&here) }, &page))
}

/// Checks the code that proves a contact, under the same budget as any other code. `Err`: as many people as may share it
/// have it.
async fn prove(
    mut on: OnTx,
    kind: Kind,
    factor: FactorId,
    challenge: Challenge,
    typed: &str,
) -> Result<Result<Response, OnTx>, Stop> {
    let typed = normalised(typed);
    let policy = on.view.policy.code.of(&factor).copied().unwrap_or_default();
    if let Some(problem) = code_problem(&typed, alphabet(policy.alphabet), policy.length) {
        return show_code(&on, kind, &factor, &challenge, vec![FieldError::new("code", problem)]).await.map(Ok);
    }
    let error = match contact::check(&on.cx.app, &on.view, &on.tx, &challenge, &typed) {
        contact::Checked::Dead => "error-code-spent",
        contact::Checked::Wrong => {
            let counted =
                count_wrong(&on.cx.app, &on.view, &on.tx, Some(challenge.clone()), &factor, &on.cx.origin).await;
            if !counted.map_err(|error| on.cx.stop(error))? {
                return Ok(Ok(on.refused(&Refusal::Codes(None)).await));
            }
            let spent = challenge.tries + 1 >= on.view.policy.tries_of(&factor);
            if spent { "error-code-spent" } else { "error-code-wrong" }
        }
        contact::Checked::Right => {
            match on.step_or_refusal(Done::Contact(challenge.clone()), None, Wishes::default()).await? {
                Ok(response) => return Ok(Ok(response)),
                // Too late: the same answer as to a wrong one that came too late.
                Err(Refusal::CodeGone) => return Ok(Ok(on.refused(&Refusal::Codes(None)).await)),
                Err(Refusal::TooManyPeople) => return Ok(Err(on)),
                Err(refusal) => return Ok(Ok(on.refused(&refusal).await)),
            }
        }
    };
    show_code(&on, kind, &factor, &challenge, vec![FieldError::new("code", Message::new(error))]).await.map(Ok)
}

/// `GET /setup/email`: showing it sends nothing before it was asked to.
pub async fn email_page(cx: Cx) -> Result<Response, Stop> {
    let (on, account, _) = match for_contact(read(cx).await?, &[FactorId::Email]).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match on.view.set_up_challenge(&FactorId::Email).cloned() {
        Some(challenge) => show_code(&on, EMAIL, &FactorId::Email, &challenge, Vec::new()).await,
        None => show_email(&on, &account).await,
    }
}

/// R19 before anything was sent.
async fn show_email(on: &OnTx, account: &Account) -> Result<Response, Stop> {
    let Some(email) = account.email.as_ref() else { return Err(Stop::from(on.no_way().await?)) };
    let links = on.links().await?;
    let here = links.to("/setup/email");
    let mut page =
        crate::page::screens::code::Resend::new(&FactorId::Email, links.to("/setup/email/send"), email.value.clone());
    page.choose_href = Some(links.to("/setup"));
    page.cancel = Some(links.to("/cancel"));
    Ok(on.page(StatusCode::OK, &on.frame(&here), &page))
}

/// `POST /setup/email/send`.
pub async fn email_send(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, account, _) = match for_contact(read(cx).await?, &[FactorId::Email]).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let Some(email) = account.email.clone() else { return on.no_way().await };
    on.tx.set_up = Some(FactorId::Email);
    on.tx.begun = true;
    resend(on, account, EMAIL, FactorId::Email, email.value).await
}

/// `POST /setup/email`.
pub async fn email_code(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (on, _, _) = match for_contact(read(cx).await?, &[FactorId::Email]).await {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    match on.view.set_up_challenge(&FactorId::Email).cloned() {
        Some(challenge) => {
            let proven = prove(on, EMAIL, FactorId::Email, challenge, form.get("code").unwrap_or_default()).await?;
            match proven {
                Ok(response) => Ok(response),
                Err(mut on) => on.lead_on().await,
            }
        }
        None => Ok(see_other(&on.at("/setup/email").await?)),
    }
}
