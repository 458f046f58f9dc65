//! R42: the second factors of the account.

use axum::response::Response;
use http::StatusCode;
use idp_core::account::ContactState;
use idp_core::factor::FactorId;
use idp_core::policy::{Policy, UserClass};

use super::summary::managed;
use super::{On, backup, devices, fresh, fresh_form, identities, names, passkeys, seen, to, wrong};
use crate::account::contact::{self, Editable};
use crate::account::factors::{self, Removal, Stays};
use crate::factor::code::normalised;
use crate::factor::totp;
use crate::http::cx::{Cx, Posted, Stop};
use crate::http::signin::code::code_problem;
use crate::page::screens::account::confirm::{Confirm, Question};
use crate::page::screens::account::security::{Action, Card, Security};
use crate::page::screens::code::Alphabet;
use crate::page::screens::setup::App as AppPage;
use crate::page::{FieldError, Message};
use crate::signin::{Refusal, StepError};
use crate::store::account_changes::Kind;
use crate::store::account_pages;

/// `GET /account/security`.
pub async fn page(cx: Cx) -> Result<Response, Stop> {
    let on = seen(cx).await?;
    let stop = |error| on.cx.stop(error);
    let rows = passkeys::rows(&on).await.map_err(stop)?;
    let page = Security {
        cards: cards(&on).await.map_err(stop)?,
        passkey_stays: rows.iter().find_map(|row| stays(&on, Removal::Passkey(row.id))),
        passkeys: rows.into_iter().map(|row| row.shown).collect(),
        passkeys_unused: !is_taken(&on, &FactorId::Passkey),
        add_passkey_href: on.cx.app.ceremonies.is_some().then(|| passkeys::PATH.to_owned()),
        identities: identities::rows(&on).await.map_err(stop)?,
        linkable: identities::linkable(&on),
        names: names::rows(&on).await.map_err(stop)?,
        join_href: (on.inside.account.class == UserClass::Resident).then(|| super::join::PATH.to_owned()),
        codes: backup::card(&on),
        devices: devices::rows(&on).await.map_err(stop)?,
        forget_all_href: devices::PATH.to_owned(),
        done: on.done(&[
            "app",
            "removed-totp",
            "removed-sms",
            "removed-passkey",
            "passkey",
            "passkey-name",
            "codes",
            "device",
            "devices",
            "identity",
            "unlinked",
            "joined",
            "name",
        ]),
    };
    Ok(on.page(Some("/account"), &page))
}

/// Why a factor has to stay, where it has.
pub(super) fn stays(on: &On, removal: Removal) -> Option<Message> {
    match factors::may_remove(&on.cx.app, &on.inside, removal) {
        Err(Stays::Needed(client)) => Some(Message::new("account-stays").with("portal", client.name_in(on.cx.lang))),
        Ok(()) | Err(Stays::NotThere | Stays::Locked | Stays::LastWay) => None,
    }
}

/// Whether any service that they use takes this factor; who uses none yet may come to use one that does.
fn is_taken(on: &On, factor: &FactorId) -> bool {
    let policies = &on.inside.rules.policies;
    let takes = |policy: &Policy| if factor.is_by_phone() { policy.allows_phone() } else { policy.allows(factor) };
    policies.is_empty() || policies.iter().any(takes)
}

/// What somebody reads about a factor that they do not have.
fn not_set_up(on: &On, factor: &FactorId) -> Message {
    Message::new(if is_taken(on, factor) { "account-factor-none" } else { "account-factor-unused" })
}

async fn cards(on: &On) -> Result<Vec<Card>, StepError> {
    let facts = account_pages::facts(&mut on.cx.app.db.read().await?, on.inside.account.id).await?;
    let app = match facts.totp_enabled_at {
        Some(at) => {
            let stays = stays(on, Removal::App);
            let removes = stays.is_none().then(|| Action::new("remove", "/account/security/remove?factor=totp"));
            let actions = [Action::new("replace", "/account/security/app")].into_iter().chain(removes).collect();
            let state = Message::new("account-factor-since").with("time", on.time(at));
            Card { factor: FactorId::Totp, state, detail: None, stays, actions }
        }
        None => Card {
            factor: FactorId::Totp,
            state: not_set_up(on, &FactorId::Totp),
            detail: None,
            stays: None,
            actions: vec![Action::new("add", "/account/security/app")],
        },
    };
    Ok(vec![app, contact_card(on, Kind::Phone).await?, contact_card(on, Kind::Email).await?])
}

async fn contact_card(on: &On, kind: Kind) -> Result<Card, StepError> {
    let found = contact::current(&on.inside, kind);
    let editable = contact::editable(&on.cx.app, &on.inside, kind).await?;
    let (factor, path) = match kind {
        Kind::Email => (FactorId::Email, "/account/email"),
        Kind::Phone => (FactorId::Sms, "/account/phone"),
    };
    let state = match found.map(|contact| contact.state) {
        None => not_set_up(on, &factor),
        Some(_) if managed(on, &editable).is_some() => managed(on, &editable).unwrap_or_else(|| Message::new("")),
        Some(ContactState::Verified) => Message::new("account-factor-ready"),
        Some(ContactState::Doubtful) => Message::new("account-contact-doubtful"),
        Some(ContactState::Vouched | ContactState::Unproven) => Message::new("account-contact-unproven"),
    };
    let (mut actions, mut stay) = (Vec::new(), None);
    if matches!(editable, Editable::With(_)) {
        actions.push(Action::new(if found.is_some() { "change" } else { "add" }, path));
        if kind == Kind::Phone && found.is_some() {
            stay = stays(on, Removal::Phone);
            let removes = stay.is_none().then(|| Action::new("remove", "/account/security/remove?factor=sms"));
            actions.extend(removes);
        }
    }
    Ok(Card { factor, state, detail: found.map(|contact| contact.value.clone()), stays: stay, actions })
}

/// `GET /account/security/app`: R18, outside a sign-in.
pub async fn app_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    show_app(&on, Vec::new()).await
}

async fn show_app(on: &On, errors: Vec<FieldError>) -> Result<Response, Stop> {
    let app = &on.cx.app;
    let broken = |error: String| on.cx.stop(StepError::Broken(error));
    let secret = factors::new_app(app, &on.inside).await.map_err(|error| on.cx.stop(error))?;
    let account = &on.inside.account;
    let name = account.email.as_ref().map_or(account.sub.as_str(), |email| email.value.as_str());
    let uri = totp::otpauth_uri(&secret, app.config.brand.council_in(on.cx.lang), name)
        .map_err(|error| broken(error.to_string()))?;
    let page = AppPage::new("/account/security/app".to_owned(), uri, &totp::base32(&secret));
    let mut page = page.map_err(|error| broken(error.to_string()))?;
    page.errors = errors;
    Ok(on.page(Some("/account/security"), &page))
}

/// `POST /account/security/app`: the code that shows that the app has the secret enables it.
pub async fn app(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let typed = normalised(form.get("code").unwrap_or_default());
    if let Some(problem) = code_problem(&typed, Alphabet::Digits, 6) {
        return show_app(&on, vec![FieldError::new("code", problem)]).await;
    }
    match factors::enable_app(&on.cx.app, &on.inside, &typed, &on.cx.origin).await {
        Ok(Some(token)) => Ok(on.raised(to("/account/security?done=app"), &token)),
        Ok(None) => show_app(&on, wrong("code", "error-code-wrong")).await,
        Err(StepError::Refused(Refusal::CodeUsed)) => show_app(&on, wrong("code", "error-code-used-app")).await,
        Err(error) => Ok(on.refused(&error)),
    }
}

/// What the address names, and what it is called where there are several.
async fn named(on: &On) -> Result<(Removal, Question, Option<Message>), Stop> {
    if let Some(passkey) = passkeys::named(on).await? {
        let about = Message::new("device-named").with("name", passkey.name.as_str());
        return Ok((Removal::Passkey(passkey.id), Question::RemovePasskey, Some(about)));
    }
    match on.cx.query("factor") {
        Some("totp") => Ok((Removal::App, Question::RemoveApp, None)),
        Some("sms") => Ok((Removal::Phone, Question::RemovePhone, None)),
        _ => Err(Stop::from(to("/account/security"))),
    }
}

/// The question, or why the factor stays.
async fn question(on: &On) -> Result<(Removal, Confirm), Stop> {
    let (removal, question, about) = named(on).await?;
    if removal == Removal::Phone {
        let editable = contact::editable(&on.cx.app, &on.inside, Kind::Phone).await;
        if managed(on, &editable.map_err(|error| on.cx.stop(error))?).is_some() {
            return Err(Stop::from(to("/account/security")));
        }
    }
    let refused = match factors::may_remove(&on.cx.app, &on.inside, removal) {
        Ok(()) => None,
        Err(stays) => Some(why(on, &stays)?),
    };
    let codes_go = factors::takes_codes_along(&on.inside.account, removal);
    let also = codes_go.then(|| Message::new("account-codes-go-too"));
    Ok((removal, Confirm { question, action: super::here(&on.cx), refused, about, also }))
}

/// Why a factor stays, where there is something to say about it.
fn why(on: &On, stays: &Stays) -> Result<Message, Stop> {
    match stays {
        Stays::Needed(client) => Ok(Message::new("account-refused-needed").with("portal", client.name_in(on.cx.lang))),
        Stays::LastWay => Ok(Message::new("account-passkey-last")),
        Stays::NotThere | Stays::Locked => Err(Stop::from(to("/account/security"))),
    }
}

/// `GET /account/security/remove`.
pub async fn remove_page(cx: Cx) -> Result<Response, Stop> {
    let on = fresh(cx).await?;
    let (_, page) = question(&on).await?;
    Ok(on.page(Some("/account/security"), &page))
}

/// `POST /account/security/remove`.
pub async fn remove(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let on = fresh_form(cx, &form, &[]).await?;
    let (removal, page) = question(&on).await?;
    if page.refused.is_some() {
        return Ok(on.page(Some("/account/security"), &page));
    }
    let removed = factors::remove(&on.cx.app, &on.inside, removal, &on.cx.origin).await;
    match removed.map_err(|error| on.cx.stop(error))? {
        Ok(()) => Ok(to(&format!("/account/security?done=removed-{}", removal.factor()))),
        // Something else was removed meanwhile.
        Err(stays) => {
            let page = Confirm { refused: Some(why(&on, &stays)?), ..page };
            Ok(on.page_with(StatusCode::CONFLICT, Some("/account/security"), &page))
        }
    }
}
