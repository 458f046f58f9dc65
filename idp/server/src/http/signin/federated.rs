//! R24 to R26: signing in at an identity provider.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use idp_core::journey::{AccountStatus, Need};

use super::create::place;
use super::login::{address_problem, locked};
use super::tx::{OnTx, owned_by, read};
use crate::federation::{Answer, Hints, Provider, UpstreamError, UpstreamIdentity};
use crate::http::cx::{Cx, Posted, Stop, add_cookie, see_other};
use crate::net::form::Form;
use crate::page::screens::create::CheckDetails;
use crate::page::screens::error::Problem;
use crate::page::screens::other_ways::{FederationFailed, FederationFailure};
use crate::page::screens::session::ExpiredCause;
use crate::page::screens::sign_in;
use crate::page::{FieldError, Frame, Lang, Message};
use crate::signin::done::Done;
use crate::signin::federated::{self, NotThere, Whose};
use crate::signin::newcomer::Newcomer;
use crate::signin::registration::{self, With};
use crate::signin::transaction::OwnSession;
use crate::signin::{Refusal, StepError, cookie, newcomer};
use crate::store::accounts::Account;

/// The longest name that is taken, in characters.
pub(super) const LONGEST_NAME: usize = 100;

/// The providers that people may sign in at for this client, each with the form that leads there.
pub(super) fn offered(on: &OnTx, sealed: &super::tx::Links) -> Vec<sign_in::Provider> {
    let ids = on.view.policy.sign_in.iter().filter_map(|method| method.provider());
    let provider = |id: &str| {
        let provider = on.cx.app.providers.get(id)?;
        Some(sign_in::Provider {
            id: id.to_owned(),
            name: provider.name(on.cx.lang == Lang::Cy).to_owned(),
            action: sealed.to(&format!("/federated/{id}/start")),
        })
    };
    ids.filter_map(provider).collect()
}

/// `POST /federated/{provider}/start`: leaves for the provider.
pub async fn start(cx: Cx, Path(id): Path<String>, Posted(form): Posted) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    let takes = on.view.policy.sign_in.iter().any(|method| method.provider() == Some(id.as_str()));
    if !takes || !(matches!(on.need(), Need::Login | Need::SelectAccount) || on.tx.links_in.is_some()) {
        return on.lead_on().await;
    }
    on.check_form(&form)?;
    let app = on.cx.app.clone();
    let Some(provider) = app.providers.get(&id) else {
        return Ok(on.cx.problem(StatusCode::NOT_FOUND, Problem::NotFound));
    };
    let shared = on.view.policy.shared_device;
    let known = on.tx.email.as_deref().or(on.tx.request.login_hint.as_deref()).filter(|_| !shared);
    let hints = Hints {
        login_hint: known,
        // Whoever is asked who they are is asked there as well; on a shared device always.
        select_account: shared || on.tx.request.prompt.login || on.tx.request.prompt.select_account,
        ui_locale: Some(on.cx.lang.code()),
        rerequest: on.cx.query("again").is_some(),
    };
    match federated::leave(&app, &on.tx, provider, hints, &on.cx.origin).await {
        Ok(url) => Ok(see_other(url.as_str())),
        Err(error) => failed(&on, provider, error).await,
    }
}

/// `GET /federated/{provider}/callback`: whoever comes back from there.
pub async fn callback(cx: Cx, Path(id): Path<String>) -> Result<Response, Stop> {
    let app = cx.app.clone();
    let Some(provider) = app.providers.get(&id) else {
        return Ok(cx.problem(StatusCode::NOT_FOUND, Problem::NotFound));
    };
    let query = Form::query(&cx.uri).unwrap_or_default();
    let state = query.get("state").unwrap_or_default();
    let returned = federated::take_up(&app, provider, state).await.map_err(|error| cx.stop(error))?;
    let Some(returned) = returned else { return Ok(cx.expired(ExpiredCause::Passed, None)) };
    // Only the browser that left comes back: it has the transaction's cookie.
    let on = owned_by(cx, &returned.transaction).await?;
    let answer = match Answer::of(&query) {
        Ok(answer) => answer,
        Err(error) => return failed(&on, provider, error.into()).await,
    };
    match returned.identify(&app, &answer).await {
        Ok(identity) => Box::pin(arrived(on, provider, identity)).await,
        Err(error) => failed(&on, provider, error).await,
    }
}

/// Somebody came back, and it is known who.
async fn arrived(mut on: OnTx, provider: &Provider, identity: UpstreamIdentity) -> Result<Response, Stop> {
    let app = on.cx.app.clone();
    let whose = federated::whose(&app, &on.view, identity.clone()).await.map_err(|error| on.cx.stop(error))?;
    if let Some(own) = on.tx.links_in {
        return link_to_session(on, provider, identity, (own, whose)).await;
    }
    match whose {
        Whose::Known(account) => Box::pin(sign_in(on, &identity, *account)).await,
        Whose::Closed(account) if account.status == AccountStatus::Locked => locked(&on).await,
        Whose::Closed(_) | Whose::Nobody => show_failed(&on, provider, FederationFailure::Nobody).await,
        // What opens no account joins none, whoever’s address it names.
        Whose::Linkable(_) if on.tx.joins.is_some() => show_failed(&on, provider, FederationFailure::Nobody).await,
        Whose::New(newcomer) => {
            keep(&mut on, newcomer).await?;
            Box::pin(make(on, provider)).await
        }
        Whose::Linkable(newcomer) => {
            let owner = keep(&mut on, newcomer).await?;
            Ok(with_owner(&on, see_other(&on.at("/link").await?), &owner))
        }
        Whose::Unproven(newcomer) => {
            let owner = keep(&mut on, newcomer).await?;
            Ok(with_owner(&on, see_other(&on.at("/federated/finish").await?), &owner))
        }
    }
}

/// Signs in to the account that the identity opens.
async fn sign_in(mut on: OnTx, identity: &UpstreamIdentity, account: Account) -> Result<Response, Stop> {
    let done = federated::done(identity, &account);
    enter(&mut on, account, done).await
}

async fn enter(on: &mut OnTx, account: Account, done: Done) -> Result<Response, Stop> {
    let view = on.view.clone().with_account(&on.cx.app, account, &done).await;
    *on.view = view.map_err(|error| on.cx.stop(error))?;
    on.step(done, None).await
}

/// On the account pages: the identity is to open the account of whoever left for the provider. Meanwhile somebody else may
/// have signed in with the same browser.
async fn link_to_session(
    mut on: OnTx,
    provider: &Provider,
    identity: UpstreamIdentity,
    (own, whose): (OwnSession, Whose),
) -> Result<Response, Stop> {
    if on.view.session.as_ref().is_none_or(|session| session.id != own.session) {
        return Ok(on.cx.expired(ExpiredCause::Idle, None));
    }
    if matches!(whose, Whose::Known(_) | Whose::Closed(_)) {
        return show_failed(&on, provider, FederationFailure::Taken).await;
    }
    let at = on.cx.app.clock.now();
    let newcomer = Newcomer { identity: Some(identity), at, proven: None, account: Some(own.account) };
    let owner = keep(&mut on, newcomer).await?;
    let response = on.lead_on().await?;
    Ok(with_owner(&on, response, &owner))
}

/// Keeps what is known of a newcomer. Whoever knew the transaction's cookie knows nothing of that: it gets a new one.
pub(super) async fn keep(on: &mut OnTx, newcomer: Newcomer) -> Result<String, Stop> {
    newcomer.keep(&on.cx.app, &on.tx).await.map_err(|error| on.cx.stop(error))?;
    on.view.newcomer = Some(newcomer);
    on.tx.newcomer = true;
    Ok(on.tx.give_to_new_owner(&on.cx.app.random))
}

/// The answer with the transaction's new cookie.
pub(super) fn with_owner(on: &OnTx, mut response: Response, owner: &str) -> Response {
    add_cookie(&mut response, &cookie::set(&on.cx.names.transaction(&on.tx.id), owner, None));
    response
}

/// Makes the account of a newcomer from a provider, and signs in to it.
pub(super) async fn make(mut on: OnTx, provider: &Provider) -> Result<Response, Stop> {
    let Some(identity) = on.view.newcomer.as_ref().and_then(|newcomer| newcomer.identity.clone()) else {
        return on.lead_on().await;
    };
    let made = registration::make(&on.cx.app, &on.view, &on.tx, With::Identity, on.cx.lang, &on.cx.origin).await;
    match made {
        // Made, or somebody made one with that address or that identity at the same moment: it is looked for again.
        Ok(_) | Err(StepError::Refused(Refusal::AlreadyUsed)) => {}
        Err(error) => return Err(on.cx.stop(error)),
    }
    on.tx.newcomer = false;
    on.view.newcomer = None;
    let whose = federated::whose(&on.cx.app, &on.view, identity.clone()).await.map_err(|error| on.cx.stop(error))?;
    match whose {
        Whose::Known(account) => Box::pin(sign_in(on, &identity, *account)).await,
        _ => show_failed(&on, provider, FederationFailure::Down).await,
    }
}

/// Nobody was identified.
async fn failed(on: &OnTx, provider: &Provider, error: NotThere) -> Result<Response, Stop> {
    let cause = match error {
        NotThere::Step(StepError::Refused(refusal)) => return Ok(on.refused(&refusal).await),
        NotThere::Step(error) => return Err(on.cx.stop(error)),
        NotThere::Upstream(UpstreamError::Cancelled) => FederationFailure::Cancelled,
        NotThere::Upstream(UpstreamError::Refused(_)) => FederationFailure::Refused,
        NotThere::Upstream(UpstreamError::Unavailable(_) | UpstreamError::Misconfigured(_)) => FederationFailure::Down,
    };
    show_failed(on, provider, cause).await
}

/// Leads to the page that says why. It has an address of its own: the one that the provider leads back to works once.
async fn show_failed(on: &OnTx, provider: &Provider, cause: FederationFailure) -> Result<Response, Stop> {
    let page = on.at("/federated/failed").await?;
    Ok(see_other(&format!("{page}&provider={}&cause={}", provider.id(), cause.as_str())))
}

/// `GET /federated/failed`.
pub async fn failed_page(cx: Cx) -> Result<Response, Stop> {
    let mut on = read(cx).await?;
    let app = on.cx.app.clone();
    let provider = app.providers.get(on.cx.query("provider").unwrap_or_default());
    let cause = FederationFailure::named(on.cx.query("cause").unwrap_or_default());
    let Some((provider, cause)) = provider.zip(cause) else { return on.lead_on().await };
    let status = match cause {
        FederationFailure::Cancelled | FederationFailure::NoEmail => StatusCode::OK,
        FederationFailure::Refused | FederationFailure::Nobody => StatusCode::FORBIDDEN,
        FederationFailure::Taken => StatusCode::CONFLICT,
        FederationFailure::Down => StatusCode::SERVICE_UNAVAILABLE,
    };
    let links = on.links().await?;
    let page = FederationFailed {
        provider: provider.name(on.cx.lang == Lang::Cy).to_owned(),
        cause,
        links: on.tx.links_in.is_some(),
        again_action: (!matches!(cause, FederationFailure::Nobody | FederationFailure::Taken))
            .then(|| format!("{}&again=1", links.to(&format!("/federated/{}/start", provider.id())))),
        other_href: on.tx.links_in.is_none().then(|| links.to("/sign-in")),
        cancel: Some(links.to("/cancel")),
    };
    let here = format!("{}&provider={}&cause={}", links.to("/federated/failed"), provider.id(), cause.as_str());
    Ok(on.page(status, &on.frame(&here), &page))
}

/// The transaction of somebody who came back without an address that was proven, with the provider's name.
async fn unfinished(cx: Cx) -> Result<Result<(OnTx, UpstreamIdentity, String), Response>, Stop> {
    let mut on = read(cx).await?;
    let newcomer = on.view.newcomer.as_ref().filter(|newcomer| newcomer.proven.is_none());
    let identity = newcomer.and_then(|newcomer| newcomer.identity.clone());
    let Some(identity) = identity.filter(|_| matches!(on.need(), Need::Login)) else {
        return Ok(Err(on.lead_on().await.unwrap_or_else(IntoResponse::into_response)));
    };
    let name = on.cx.app.providers.get(&identity.provider).map(|p| p.name(on.cx.lang == Lang::Cy).to_owned());
    Ok(Ok((on, identity, name.unwrap_or_default())))
}

/// `GET /federated/finish`: only what is missing is asked for.
pub async fn finish_page(cx: Cx) -> Result<Response, Stop> {
    let (on, identity, provider) = match unfinished(cx).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let email = identity.email.as_ref().map(|email| email.address.as_str().to_owned()).unwrap_or_default();
    let asks_name = asks_name(&on, &identity);
    let proves_address = !(asks_name || email.is_empty());
    show_finish(&on, CheckDetails { provider, asks_name, proves_address, email, ..CheckDetails::default() }).await
}

/// Whether the client is told a name, and the provider gave none.
fn asks_name(on: &OnTx, identity: &UpstreamIdentity) -> bool {
    let named = identity.name.is_some() || identity.given_name.is_some() || identity.family_name.is_some();
    on.tx.request.scopes.has("profile") && !named
}

async fn show_finish(on: &OnTx, page: CheckDetails) -> Result<Response, Stop> {
    let status = if page.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = on.links().await?;
    let here = links.to("/federated/finish");
    let page = CheckDetails {
        action: here.clone(),
        other_href: Some(links.to("/sign-in")),
        cancel: Some(links.to("/cancel")),
        ..page
    };
    Ok(on.page(status, &Frame { back: Some(links.to("/sign-in")), ..on.frame(&here) }, &page))
}

/// What is wrong with a name.
pub(super) fn name_problem(field: &'static str, typed: &str, empty: &'static str) -> Option<FieldError> {
    let key = if typed.is_empty() {
        empty
    } else if typed.chars().count() > LONGEST_NAME {
        "error-name-long"
    } else {
        return None;
    };
    Some(FieldError::new(field, Message::new(key)))
}

/// A name as it was typed, without what no name has.
pub(super) fn typed_name(form: &Form, field: &str) -> String {
    let text = form.get(field).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

/// `POST /federated/finish`: a code goes to the address.
pub async fn finish(cx: Cx, Posted(form): Posted) -> Result<Response, Stop> {
    let (mut on, mut identity, provider) = match unfinished(cx).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    on.check_form(&form)?;
    let asks_name = asks_name(&on, &identity);
    let (given, family) = (typed_name(&form, "given_name"), typed_name(&form, "family_name"));
    let email = form.get("email").unwrap_or_default().trim().to_owned();
    let mut errors = Vec::new();
    if asks_name {
        errors.extend(name_problem("given_name", &given, "error-given-name"));
        errors.extend(name_problem("family_name", &family, "error-family-name"));
    }
    errors.extend(address_problem(&email).map(|key| FieldError::new("email", Message::new(key))));
    if !errors.is_empty() {
        let page = CheckDetails {
            provider,
            asks_name,
            given_name: given,
            family_name: family,
            email,
            errors,
            ..CheckDetails::default()
        };
        return show_finish(&on, page).await;
    }
    if asks_name {
        identity.name = Some(format!("{given} {family}"));
        identity.given_name = Some(given);
        identity.family_name = Some(family);
        if let Some(before) = on.view.newcomer.clone() {
            let named = Newcomer { identity: Some(identity), ..before };
            named.keep(&on.cx.app, &on.tx).await.map_err(|error| on.cx.stop(error))?;
        }
    }
    on.tx.email = Some(email);
    let asked = registration::ask(&on.cx.app, &on.view, &on.tx, on.cx.lang, &on.cx.origin).await;
    place(&on).lead(&on, asked, "").await
}

/// Goes on with a newcomer whose address is proven now.
pub(super) async fn placed(mut on: OnTx, newcomer: Newcomer) -> Result<Response, Stop> {
    let provider_id = newcomer.identity.as_ref().map(|identity| identity.provider.clone()).unwrap_or_default();
    let app = on.cx.app.clone();
    let Some(provider) = app.providers.get(&provider_id) else { return on.lead_on().await };
    match federated::place(&app, &on.view, newcomer).await.map_err(|error| on.cx.stop(error))? {
        Whose::Linkable(newcomer) => {
            let owner = keep(&mut on, newcomer).await?;
            Ok(with_owner(&on, see_other(&on.at("/link").await?), &owner))
        }
        Whose::New(newcomer) => {
            keep(&mut on, newcomer).await?;
            Box::pin(make(on, provider)).await
        }
        _ => show_failed(&on, provider, FederationFailure::Nobody).await,
    }
}

/// Forgets who came back: they go on in another way.
pub(super) async fn forget(on: &mut OnTx) -> Result<(), Stop> {
    newcomer::forget(&on.cx.app, &on.tx).await.map_err(|error| on.cx.stop(error))?;
    on.tx.newcomer = false;
    on.view.newcomer = None;
    Ok(())
}
